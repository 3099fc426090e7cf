"""What the budget page says: what is wrong with the budget, and its first screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.periods import add_months
from aop_lib.plan import story
from aop_lib.plan.budget import BASE, IMPORTED, team_budgets
from aop_lib.plan.carry_forward import DEFAULT_RULE, place_rules, planned_budgets
from aop_lib.plan.figure_keys import amount_key
from aop_lib.plan.findings import Row, finding, findings_frame
from aop_lib.plan.owners import first_owner, owner_name, team_name, team_owner
from aop_lib.plan.profit_and_loss import Result, line_totals, pl_accounts, result
from aop_lib.plan.requests import UNDECIDED, undecided_decisions
from aop_lib.plan.restatements import is_restatement
from aop_lib.plan.trends import MARGIN, OPEX, PROFIT, REVENUE
from aop_lib.plan.wording import against_text, amount_text, counted, listed, month_name, months_name, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params

JUMP = Decimal("0.25")


def budget_findings(
    params: Params,
    base: pd.DataFrame,
    budget: pd.DataFrame,
    estimate: pd.DataFrame,
    status: pd.DataFrame,
    accounts: pd.DataFrame,
    lines: pd.DataFrame,
    teams: pd.DataFrame,
    ledger: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Returns what is wrong with the budget.

    Checked are: drivers without a source, teams whose spend jumps by a quarter and a material amount, lines that had amounts
    and have no budget, approved requests outside the P&L, undecided requests.

    Args:
        params: drivers.yml, materiality, teams, owners.
        base: The frame `base_budget`.
        budget: The frame `budget`.
        estimate: The frame `year_end_estimate`.
        status: The frame `request_status`.
        accounts: The account tree.
        lines: The P&L lines.
        teams: For names and order.
        ledger: Actuals; with them, rules that need more history than there is are found as well.

    Returns:
        The frame `budget_findings`.
    """
    rows = [
        *_nothing(params, budget),
        *_assumed(params, base, accounts, lines),
        *_jumps(params, budget, estimate, accounts, lines, teams),
        *_gone(params, budget, estimate, accounts, lines),
        *_outside(params, budget, accounts, lines),
        *_undecided(params, status),
        *(_history(params, ledger) if ledger is not None and len(ledger) else ()),
    ]
    return findings_frame("budget_findings", rows)


def _nothing(params: Params, budget: pd.DataFrame) -> Iterator[Row]:
    if budget.empty:
        yield finding(
            "error",
            "budget",
            params.label,
            "There is no budget of the year",
            expected="actuals to carry forward, or one imported budget",
            found="none",
            owner=owner_name(params, first_owner(params)),
        )


def imported_findings(params: Params, imported: pd.DataFrame) -> pd.DataFrame:
    """Returns, for a budget made elsewhere, what cannot be told from it, and which it is where several could be meant."""
    names, owner = planned_budgets(params, imported), owner_name(params, first_owner(params))
    rows = []
    if len(names) > 1:
        rows.append(
            finding(
                "error",
                "imported",
                listed(names),
                "Several imported budgets are for the year, so none was taken",
                expected="baseline: imported:NAME in the cycle's file",
                found=counted(len(names), "budget"),
                owner=owner,
            )
        )
    if len(names) == 1:
        rows.append(
            finding(
                "note",
                "imported",
                names[0],
                "The budget was made elsewhere: base, requests and approvals cannot be told apart",
                expected="requests and decisions",
                found="amounts by team, account and month",
                owner=owner,
            )
        )
    return findings_frame("budget_findings", rows)


def assumed_rules(params: Params, base: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns each rule that nobody has sourced with the base budget that rests on it.

    Args:
        params: drivers.yml.
        base: The frame `base_budget`.
        accounts: The account tree.

    Returns:
        rule (its place in words), method, growth, monthly_growth, owner, amount (sum of absolute amounts); largest first.
    """
    sizes = money.sums(base.assign(amount=base["amount"].abs().astype(money.MONEY)), ["account", "team"])
    rules = place_rules(params, accounts, zip(sizes["account"], sizes["team"], strict=True))
    amounts: Counter[tuple[str, str, Decimal, Decimal, str]] = Counter()
    for account, team, amount in zip(sizes["account"], sizes["team"], sizes["amount"], strict=True):
        rule = rules[account, team]
        if not rule.source:
            place = ", ".join(str(each) for each in (rule.account, rule.line, rule.team) if each) or (
                "accounts without a rule" if rule is DEFAULT_RULE else "everything"
            )
            amounts[place, rule.method, rule.growth, rule.monthly_growth, rule.owner or ""] += amount
    ordered = sorted(amounts, key=lambda key: (-amounts[key], key))
    return pd.DataFrame([(*key, amounts[key]) for key in ordered], columns=["rule", "method", "growth", "monthly_growth", "owner", "amount"])


def _assumed(params: Params, base: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Row]:
    names = {**dict(zip(accounts["account"], accounts["name"], strict=True)), **dict(zip(lines["line"], lines["name"], strict=True))}
    for each in assumed_rules(params, base, accounts).to_dict("records"):
        place = names.get(each["rule"], each["rule"])
        growth = [f"{percent_text(each[key])} {text}" for key, text in (("growth", "growth"), ("monthly_growth", "growth a month")) if each[key]]
        yield finding(
            "warning" if growth else "note",
            "assumed",
            place,
            f"{place} rests on an assumption without a source",
            expected="a source in drivers.yml",
            found=f"{each['method'].replace('_', ' ')}{', ' + listed(growth) if growth else ''}",
            owner=owner_name(params, each["owner"] or first_owner(params)),
            amount=each["amount"],
        )


def _jumps(params: Params, budget: pd.DataFrame, estimate: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, teams: pd.DataFrame) -> Iterator[Row]:
    for each in team_budgets(budget, estimate, accounts, lines, teams, ("cost_of_revenue", "opex")).to_dict("records"):
        change, before = each["change"], each["before"]
        if abs(change) < params.company.materiality.amount or (before > 0 and abs(change) < JUMP * before):
            continue
        what = "Spend jumps" if change > 0 else "Spend drops"
        yield finding(
            "warning",
            "jump",
            each["name"],
            f"{what} against the year before: {amount_text(abs(each['approved']))} is approved requests",
            expected=amount_text(before),
            found=f"{amount_text(each['budget'])}, {against_text(each['budget'], before, 'the year before')}",
            owner=owner_name(params, team_owner(params, each["team"])),
            amount=abs(change),
        )


def _history(params: Params, ledger: pd.DataFrame) -> Iterator[Row]:
    first, needed = ledger["month"].min(), add_months(params.last_closed, -11)
    rules = [rule for rule in params.drivers.rules if rule.method == "same_month_last_year"]
    if rules and first > needed:
        what = "The ledger is too short for the same month last year, so the run rate stands in"
        owner = owner_name(params, first_owner(params))
        yield finding(
            "warning",
            "history",
            counted(len(rules), "rule"),
            what,
            expected=f"actuals from {month_name(needed)}",
            found=f"from {month_name(first)}",
            owner=owner,
        )


def _gone(params: Params, budget: pd.DataFrame, estimate: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Row]:
    budgeted = set(line_totals(budget, accounts, lines, ())["line"])
    before = line_totals(estimate, accounts, lines, ())
    names = dict(zip(lines["line"], lines["name"], strict=True))
    for each in before.to_dict("records"):
        if each["amount"] and each["line"] not in budgeted:
            yield finding(
                "warning",
                "line",
                names[each["line"]],
                "The line had amounts in the year before and has no budget",
                expected="a budget, or a reason why there is none",
                found=f"{amount_text(each['amount'])} in {months_name(params.ending_year_months)}",
                owner=owner_name(params, first_owner(params)),
                amount=abs(each["amount"]),
            )


def _outside(params: Params, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Row]:
    outside = budget[~budget["account"].isin(pl_accounts(accounts, lines)["account"])]
    for each in money.sums(outside, ["layer", "team", "account"]).to_dict("records"):
        yield finding(
            "warning",
            "account",
            each["layer"],
            "An approved amount is on an account outside the P&L, so it is in the budget and not in profit",
            expected="an account with a P&L line",
            found=each["account"],
            owner=owner_name(params, team_owner(params, each["team"])),
            amount=abs(each["amount"]),
        )


def _undecided(params: Params, status: pd.DataFrame) -> Iterator[Row]:
    waiting = status[status["decision"] == UNDECIDED]
    if len(waiting):
        yield finding(
            "warning",
            "undecided",
            counted(len(waiting), "request"),
            "Undecided requests are not in the budget",
            expected="a decision on each",
            found=listed([f"{title} ({team_name(params, team)})" for title, team in zip(waiting["title"], waiting["team"], strict=True)], 4),
            owner=owner_name(params, first_owner(params)),
            amount=money.total(waiting["asked"]),
        )


def budget_story(
    params: Params, budget: pd.DataFrame, estimate: pd.DataFrame, status: pd.DataFrame, requests: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Returns the first screen of the budget page: the year's revenue and operating profit, beside the year before.

    Args:
        params: Labels, currency, owners.
        budget: The frame `budget`.
        estimate: The frame `year_end_estimate`.
        status: The frame `request_status`; empty for an imported budget.
        requests: The frame `requests`, for who submitted what; may be empty.
        accounts: The account tree.
        lines: The P&L lines.
    """
    year, before = result(budget, accounts, lines), result(estimate, accounts, lines)
    title = budget_title(params, budget, year, status)
    rows = [story.message(title), *_figures(params, year, before if len(estimate) else None)]
    if not params.is_review:
        rows += undecided_decisions(params, status, requests)
    approved = money.total(budget.loc[~budget["layer"].isin([BASE, IMPORTED]) & ~is_restatement(budget["layer"]), "amount"])
    rows.append(story.line(title))
    if len(estimate):
        revenue, opex = (against_text(here, past, "the year before") for here, past in ((year.revenue, before.revenue), (year.opex, before.opex)))
        rows.append(story.line(f"Revenue {revenue}, operating expenses {opex}"))
    if approved:
        rows.append(story.line(f"Approved requests add {amount_text(approved)} to what is carried forward"))
    return story.story_frame("budget_story", rows)


def budget_title(params: Params, budget: pd.DataFrame, year: Result, status: pd.DataFrame) -> str:
    """Returns the budget in one sentence: revenue, operating profit, and how many requests are in it."""
    name = params.year_label
    if budget.empty:
        return f"{name} has no budget"
    profit = f"operating {'profit' if year.operating_profit >= 0 else 'loss'} {amount_text(abs(year.operating_profit))}"
    head = f"{name} budget: revenue {amount_text(year.revenue)}, {profit}"
    if status.empty:
        return head
    counts = status["decision"].value_counts()
    waiting = f", {counts[UNDECIDED]} undecided" if UNDECIDED in counts else ""
    return f"{head}; {int(counts.get('approved', 0))} of {counted(len(status), 'request')} approved{waiting}"


def _figures(params: Params, year: Result, before: Result | None) -> list[story.Row]:
    currency, label = params.company.reporting_currency, f"{params.year_label} budget"
    sides = ("budget", "before") if before else ("budget",)
    parts: list[tuple[str, str, int, str, Callable[[Result], Decimal | None]]] = [
        (REVENUE, currency, 1, amount_key("total_revenue", *sides), lambda each: each.revenue),
        (MARGIN, "pct", 1, amount_key("gross_margin", *sides), lambda each: each.gross_margin),
        (OPEX, currency, -1, amount_key("total_opex", *sides), lambda each: each.opex),
        (PROFIT, currency, 1, amount_key("operating_profit", *sides), lambda each: each.operating_profit),
    ]
    return [
        story.figure(name, label, unit, value, reference=of(before) if before else None, reference_label="prior year", direction=direction, explains=key)
        for name, unit, direction, key, of in parts
        if (value := of(year)) is not None
    ]
