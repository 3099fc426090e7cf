"""What the variance page says: which variances want an explanation, and the first screen with the decisions they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aop_lib import money
from aop_lib.display import with_shown
from aop_lib.periods import month_text
from aop_lib.plan import story
from aop_lib.plan.figure_keys import amount_key, metric_key
from aop_lib.plan.findings import Row, finding, findings_frame
from aop_lib.plan.goals import MARK, goal_progress
from aop_lib.plan.owners import first_owner, owner_name, team_name, team_owner
from aop_lib.plan.profit_and_loss import OPERATING, Result, result
from aop_lib.plan.requests import decision_due
from aop_lib.plan.timing import natures
from aop_lib.plan.trends import MARGIN, OPEX, PROFIT, REVENUE
from aop_lib.plan.variance import ACTUAL_ONLY, BUDGET_ONLY, line_variances, material, reviewed_months
from aop_lib.plan.views import statement_view
from aop_lib.plan.wording import against_text, amount_text, listed, months_name, percent_text, short_or_ahead_text

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params

DECISIONS = 3


def team_line_variances(variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns variances by team and P&L line: what the discussion is about."""
    return line_variances(variances, accounts, lines, ["team"])


def variance_findings(params: Params, variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, timed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns the variances that want an explanation.

    Checked are: a review without a budget, lines that only one side has, unbudgeted and unspent amounts of accounts by team
    beyond the materiality amount, and material adverse variances by team and line, each with the team's owner and whether it is
    timing or permanent.

    Args:
        params: Materiality, teams, owners, months under review.
        variances: The frame `variances`.
        accounts: The account tree.
        lines: The P&L lines.
        timed: The frame `variance_timing`; without it nothing is said of timing.

    Returns:
        The frame `variance_findings`; amounts are the size of the variance, reporting currency.
    """
    if not has_budget(variances):
        nothing = finding(
            "error",
            "budget",
            params.label,
            "There is no budget to compare with",
            expected=f"a budget of {months_name(reviewed_months(params))}",
            found="none",
            owner=owner_name(params, first_owner(params)),
        )
        return findings_frame("variance_findings", [nothing])
    rows = [
        *_one_sided(params, one_sided_lines(variances, accounts, lines)),
        *_accounts(params, variances, accounts, lines),
        *_adverse(params, variances, accounts, lines, timed),
    ]
    return findings_frame("variance_findings", rows)


def one_sided_lines(variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the lines below operating profit that only the budget or only the actuals have: they cannot be compared like for like."""
    table = line_variances(variances, accounts, lines)
    return table[table["sides"].isin([BUDGET_ONLY, ACTUAL_ONLY]) & ~table["type"].isin(OPERATING)].reset_index(drop=True)


def _one_sided(params: Params, one_sided: pd.DataFrame) -> Iterator[Row]:
    for each in one_sided.to_dict("records"):
        missing = "a budget" if each["sides"] == ACTUAL_ONLY else "actuals"
        yield finding(
            "note",
            "one side only",
            each["name"],
            f"The line has no counterpart: {each['sides']}",
            expected=missing,
            found=amount_text(each["budget"] + each["actual"]),
            owner=owner_name(params, first_owner(params)),
            amount=abs(each["variance"]),
        )


def _accounts(params: Params, variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Row]:
    names = dict(zip(accounts["account"], accounts["name"], strict=True))
    costs = variances[variances["line"].isin(lines.loc[lines["type"].isin(["cost_of_revenue", "opex"]), "line"])]
    sums = money.sums(costs, ["team", "account"], "budget").merge(
        money.sums(costs, ["team", "account"], "actual"), on=["team", "account"], validate="one_to_one"
    )
    for each in sums.to_dict("records"):
        budget, actual = each["budget"], each["actual"]
        where, owner = f"{team_name(params, each['team'])}, {names[each['account']]}", owner_name(params, team_owner(params, each["team"]))
        if not budget and abs(actual) >= params.company.materiality.amount:
            yield finding(
                "warning", "unbudgeted", where, "Spent without a budget", expected="a budget", found=amount_text(actual), owner=owner, amount=abs(actual)
            )
        elif not actual and abs(budget) >= params.company.materiality.amount:
            yield finding("note", "unspent", where, "Budgeted and not spent", expected=amount_text(budget), found="nothing", owner=owner, amount=abs(budget))


def _adverse(params: Params, variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, timed: pd.DataFrame | None) -> Iterator[Row]:
    worst = adverse(params, variances, accounts, lines)
    worst = worst[worst["budget"] != 0]
    for each, said in zip(worst.to_dict("records"), _natures(worst, timed), strict=True):
        yield finding(
            "warning",
            "variance",
            f"{team_name(params, each['team'])}, {each['name']}",
            f"{each['name']} is {short_text(each)}{said}",
            expected=amount_text(each["budget"]),
            found=amount_text(each["actual"]),
            owner=owner_name(params, team_owner(params, each["team"])),
            amount=-each["variance"],
        )


def _natures(table: pd.DataFrame, timed: pd.DataFrame | None) -> list[str]:
    if timed is None:
        return [""] * len(table)
    return [f"; {nature}" if nature else "" for nature in natures(table, timed, ["team"])]


def adverse(params: Params, variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the material adverse variances by team and P&L line down to operating profit, the largest first."""
    rows = material(team_line_variances(variances, accounts, lines), params.company.materiality)
    return rows[(rows["variance"] < 0) & rows["type"].isin(OPERATING)].reset_index(drop=True)


def explained_findings(params: Params, findings: pd.DataFrame, variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns findings with the key under which a material variance is explained, in a column `explains`.

    Args:
        params: Materiality and teams.
        findings: The frame `variance_findings`.
        variances: The frame `variances`.
        accounts: The account tree.
        lines: The P&L lines.
    """
    worst = adverse(params, variances, accounts, lines).to_dict("records")
    keys = {f"{team_name(params, row['team'])}, {row['name']}": amount_key(row["line"], "actual", "planned", team=row["team"]) for row in worst}
    told = zip(findings["topic"], findings["where"], strict=True)
    return findings.assign(explains=[keys.get(where, "") if topic == "variance" else "" for topic, where in told])


def short_text(row: dict[Any, Any]) -> str:
    """Returns a variance of one line in words: `86 k over plan (7.1 %)`, `212 k under plan (1.9 %)`."""
    difference = row["actual"] - row["budget"]
    share = percent_text(abs(difference) / row["budget"]) if row["budget"] > 0 else "n/m"
    return f"{amount_text(abs(difference))} {'over' if difference > 0 else 'under'} plan ({share})"


def variance_story(
    params: Params,
    variances: pd.DataFrame,
    accounts: pd.DataFrame,
    lines: pd.DataFrame,
    targets: pd.DataFrame,
    kpis: pd.DataFrame,
    timed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Returns the first screen of the variance page: the message, key figures against plan, and what the largest adverse variances ask for.

    Args:
        params: Months under review, materiality, teams, owners, the company's ARR metric.
        variances: The frame `variances`.
        accounts: The account tree.
        lines: The P&L lines.
        targets: The frame `targets`, for ARR's path in a review.
        kpis: Actuals per month.
        timed: The frame `variance_timing`; without it nothing is said of timing.
    """
    budget, actual = (result(variances, accounts, lines, side) for side in ("budget", "actual"))
    title = variance_title(params, variances, budget, actual)
    rows = [story.message(title), *_figures(params, variances, budget, actual), *_arr(params, targets, kpis)]
    if not has_budget(variances):
        return story.story_frame("variance_story", [*rows, story.line(title)])
    rows += [*_decisions(params, adverse(params, variances, accounts, lines), timed), story.line(title)]
    if largest := _largest(params, variances, accounts, lines):
        rows.append(story.line(f"Largest variances: {listed(largest)}"))
    return story.story_frame("variance_story", rows)


def _largest(params: Params, variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> list[str]:
    """The three largest material lines in words, with the figures that the page's table displays."""
    by_line = line_variances(variances, accounts, lines)
    shown = with_shown(statement_view(by_line, lines, {"actual": "actual", "budget": "plan"}), params.company.reporting_currency)
    known = {row["label"]: row for row in shown.to_dict("records")}
    operating = by_line[by_line["type"].isin(OPERATING)]
    found = [known[name] for name in material(operating, params.company.materiality)["name"].head(3)]
    return [f"{row['label']} {amount_text(abs(row['actual_shown'] - row['plan_shown']))} {_side(row)} plan" for row in found]


def _side(row: dict[Any, Any]) -> str:
    return "over" if row["actual_shown"] > row["plan_shown"] else "under"


def variance_title(params: Params, variances: pd.DataFrame, budget: Result, actual: Result) -> str:
    """Returns the review in one sentence: revenue against plan and what operating profit is short or ahead."""
    period = params.label if params.is_review else f"FY{params.fiscal_year - 1} to date"
    if not has_budget(variances):
        return f"{period}: there is no budget to compare with"
    profit = actual.operating_profit - budget.operating_profit
    return f"{period}: revenue {against_text(actual.revenue, budget.revenue)}, operating profit {short_or_ahead_text(profit)}"


def has_budget(variances: pd.DataFrame) -> bool:
    """Returns whether there is any budget to compare with."""
    return bool((variances["sides"] != ACTUAL_ONLY).any())


def _figures(params: Params, variances: pd.DataFrame, budget: Result, actual: Result) -> list[story.Row]:
    currency, period = params.company.reporting_currency, months_name(reviewed_months(params))
    watch = params.cycle.status_limits.get("watch", story.WATCH)
    named: list[tuple[str, str, Decimal | None, Decimal | None, int, str]] = [
        (REVENUE, currency, actual.revenue, budget.revenue, 1, "total_revenue"),
        (MARGIN, "pct", actual.gross_margin, budget.gross_margin, 1, "gross_margin"),
        (OPEX, currency, actual.opex, budget.opex, -1, "total_opex"),
        (PROFIT, currency, actual.operating_profit, budget.operating_profit, 1, "operating_profit"),
    ]
    if not has_budget(variances):
        return [
            story.figure(name, period, unit, value, direction=direction, explains=amount_key(key, "actual"))
            for name, unit, value, _, direction, key in named
            if value is not None
        ]
    return [
        story.figure(
            name,
            period,
            unit,
            value,
            reference=plan,
            reference_label="plan",
            direction=direction,
            status=story.status_of(value, plan, direction, watch),
            explains=amount_key(key, "actual", "planned"),
        )
        for name, unit, value, plan, direction, key in named
        if value is not None and plan is not None
    ]


def _arr(params: Params, targets: pd.DataFrame, kpis: pd.DataFrame) -> list[story.Row]:
    if not params.is_review or params.company.arr_metric is None:
        return []
    progress = goal_progress(params, targets, kpis)
    own = progress[(progress["metric"] == params.company.arr_metric) & (progress["team"] == "")].head(1)
    return [
        story.figure(
            row["metric_name"],
            months_name([row["month"]]),
            params.company.reporting_currency,
            row["actual"],
            reference=row["path"],
            reference_label="plan",
            direction=row["direction"],
            status=MARK[row["status"]],
            explains=metric_key(row["metric"], month_text(row["month"])),
        )
        for row in own.to_dict("records")
    ]


def _decisions(params: Params, worst: pd.DataFrame, timed: pd.DataFrame | None) -> list[story.Row]:
    rows, worst = list[story.Row](), worst.head(DECISIONS)
    for each, said in zip(worst.to_dict("records"), _natures(worst, timed), strict=True):
        team = team_name(params, each["team"])
        verb = "Cover" if each["direction"] < 0 else "Recover"
        rows.append(
            story.decision(
                f"{verb} {team}'s {amount_text(-each['variance'])} in {each['name']}",
                f"{amount_text(each['actual'])} against {amount_text(each['budget'])}: {short_text(each)}{said}.",
                owner=owner_name(params, team_owner(params, each["team"])),
                prepared_by="",
                due=decision_due(params),
                amount=-each["variance"],
            )
        )
    return rows
