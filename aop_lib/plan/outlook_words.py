"""What the outlook says: the year against plan and prior year, why each method, where goals end, and what has to be decided."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import money
from aop_lib.plan import story as stories
from aop_lib.plan.goal_outlook import OUTLOOK, RUN_RATE
from aop_lib.plan.outlook import FORECAST, outlook_name, seen
from aop_lib.plan.outlook_methods import ACTUAL, NAMES
from aop_lib.plan.owners import owner_name, team_name, team_owner
from aop_lib.plan.profit_and_loss import OPERATING, result
from aop_lib.plan.progress import MARK
from aop_lib.plan.requests import decision_due
from aop_lib.plan.variance import line_variances, material, reviewed_year, variances
from aop_lib.plan.views import statement_view, year_totals
from aop_lib.plan.wording import against_text, amount_text, counted, day_name, listed, month_name, percent_text, short_or_ahead_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

DECISIONS = 3
METHODS = {**NAMES, OUTLOOK: "P&L outlook", RUN_RATE: "run rate", ACTUAL: "actual"}
ESTIMATE = "The months that are left of the year that is ending are estimated by drivers.yml; the back-test says how far such estimates were off."
SOURCES = (
    "Actual: the ledger through the last closed month. Months left: each account by its method, with approved requests as planned. The method is the one "
    "with the least WAPE (sum of absolute errors / sum of absolute actuals) over rolling origins, each of which knows only the months before it; drivers "
    "are kept unless another is off by less than nine tenths of theirs, and their growth is today's, which flatters them. outlook.yml fixes methods and "
    "holds what owners state. Prior year: the ledger."
)


def outlook_finding(params: Params, outlook: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> str:
    """Returns where the year ends against its plan: revenue and operating profit."""
    here, planned = result(outlook, accounts, lines), result(budget, accounts, lines)
    name = f"{params.year_label} outlook {outlook_name(params)}"
    profit = f"operating profit {amount_text(here.operating_profit)}, {short_or_ahead_text(here.operating_profit - planned.operating_profit)}"
    return f"{name}: revenue {amount_text(here.revenue)}, {against_text(here.revenue, planned.revenue)}; {profit}"


def outlook_statement(
    params: Params, outlook: pd.DataFrame, budget: pd.DataFrame, before: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Returns the year's outlook beside the plan and the prior year, ready for a variance table: actual, plan, year_actual, year_plan."""
    parts = {
        "actual": (outlook, params.year_months), "plan": (budget, params.year_months), "year_actual": (outlook, params.year_months),
        "year_plan": (before, params.ending_year_months),
    }  # fmt: skip
    table = lines[["line"]]
    for column, (amounts, months) in parts.items():
        own = year_totals(amounts, accounts, lines, months)
        table = table.assign(**{column: money.money_series(own["amount"], index=table.index)})
    return statement_view(table, lines, {column: column for column in parts}, ("outlook", "budget", "before"))


def outlook_parts(outlook: pd.DataFrame, budget: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Returns the outlook as `actual` and `estimate` beside the `plan`, for a chart by month."""
    closed = outlook["basis"] == ACTUAL
    return {"actual": outlook[closed], "estimate": outlook[~closed], "plan": budget}


def months_left_finding(series: pd.DataFrame) -> str:
    """Returns what the months left bring against their plan."""
    wide = {name: dict(zip(own["month"], own["value"], strict=True)) for name, own in series.groupby("series")}
    left = wide.get("estimate", {})
    if not left:
        return "Every month of the year is closed"
    whole = sum((Decimal(value) for value in left.values()), Decimal(0))
    planned = sum((Decimal(wide.get("plan", {}).get(month, 0)) for month in left), Decimal(0))
    return f"The {counted(len(left), 'month')} left bring an operating profit of {amount_text(whole)}, {short_or_ahead_text(whole - planned)}"


def methods_finding(params: Params, methods: pd.DataFrame) -> str:
    """Returns how many accounts each method carries, and how often the statistical model beat the naive ones; in a plan, how often drivers did."""
    if methods.empty:
        return "No account has a past to carry on"
    if not params.is_review:
        better = int((methods["driver_error"] < methods["naive_error"]).sum())
        known = counted(int(methods["driver_error"].notna().sum()), "account")
        return f"The months left of FY{params.fiscal_year - 1} are estimated by drivers, which in the past beat the naive methods for {better} of {known}"
    counts = methods["method"].value_counts()
    words = listed([f"{counts[name]} by {METHODS[name]}" for name in sorted(counts.index, key=lambda name: (-counts[name], name))])
    beaten = int((methods["statistical_error"] < methods["naive_error"]).sum())
    tested = int(methods["statistical_error"].notna().sum())
    return f"{words}; the statistical model beat the naive ones for {beaten} of {counted(tested, 'account')}" if tested else words


def methods_view(methods: pd.DataFrame, outlook: pd.DataFrame) -> pd.DataFrame:
    """Returns each account with its method, the errors in words and what the method brings in the months left, the largest first."""
    left = outlook[outlook["basis"] == FORECAST]
    sums = money.sums(left, ["account"])
    amounts = dict(zip(sums["account"], sums["amount"], strict=True))
    rows = methods.assign(
        method=[METHODS[each] for each in methods["method"]],
        naive=[METHODS[each] for each in methods["naive"]],
        amount=money.money_series((amounts.get(account, Decimal(0)) for account in methods["account"]), index=methods.index),
        **{f"{name}_shown": [_error(each) for each in methods[name]] for name in ("error", "naive_error", "statistical_error", "driver_error")},
        scaled_shown=["n/m" if pd.isna(each) else f"{each:.2f}" for each in methods["scaled"]],
    )
    return rows.sort_values("amount", key=lambda column: -column.abs(), kind="stable", ignore_index=True)


def _error(value: float) -> str:
    return "n/m" if pd.isna(value) else percent_text(Decimal(repr(float(value))))


def stated_view(params: Params, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns what owners state in outlook.yml, in words: where, what, months, who, why."""
    names = {each.id: each.name for each in params.company.lines} | dict(zip(accounts["account"], accounts["name"], strict=True))
    rows = []
    for each in seen(params):
        where = names.get(each.account or each.line or "", each.account or each.line or "all accounts")
        what = f"{amount_text(each.amount)} a month" if each.amount is not None else f"{percent_text(each.change)} more than the method gives"
        said = f"{owner_name(params, each.owner)}, {day_name(each.on)}"
        until = f" until before {month_name(each.end)}" if each.end else ""
        rows.append((f"{where}{', ' + team_name(params, each.team) if each.team else ''}", what, f"{month_name(each.start)}{until}", said, each.why))
    return pd.DataFrame(rows, columns=["where", "what", "months", "said", "why"])


def goal_outlook_view(params: Params, goals: pd.DataFrame) -> pd.DataFrame:
    """Returns where each goal's KPI ends, in words: name, actual, outlook, target, gap, status, method, reason, owner."""
    units = [params.company.reporting_currency if unit == "currency" else unit for unit in goals["unit"]]
    shown = {column: [_value(value, unit) for value, unit in zip(goals[column], units, strict=True)] for column in ("actual", "outlook", "target")}
    return goals.assign(**shown, method=[METHODS[each] for each in goals["method"]])


def _value(value: Decimal, unit: str) -> str:
    return value_text(value.quantize(Decimal("0.1")) if unit in {"count", "fte"} else value, unit)


def goal_bars(params: Params, goals: pd.DataFrame) -> pd.DataFrame:
    """Returns goals for bullet bars: label, sub, share of the target that the outlook reaches, status, text; of lagging KPIs, where a share means something."""
    rows = []
    view = goal_outlook_view(params, goals)
    for row, text in zip(goals.to_dict("records"), view.to_dict("records"), strict=True):
        share = stories.attainment(row["outlook"], row["target"], row["direction"])
        if share is not None and row["role"] == "lagging":
            shown = max(Decimal(0), min(share, Decimal("1.2")))
            said = f"{text['outlook']} of {text['target']}"
            rows.append({"label": row["metric_name"], "sub": row["owner_name"], "share": shown, "status": MARK[row["status"]], "text": said})
    return pd.DataFrame(rows, columns=["label", "sub", "share", "status", "text"])


def goals_finding(goals: pd.DataFrame) -> str:
    """Returns how many KPIs of goals end at their target, and the one that ends farthest from it."""
    if goals.empty:
        return "No goal has an actual to carry on"
    met = int((goals["gap"] >= 0).sum())
    missed = goals[goals["gap"] < 0]
    if missed.empty:
        return f"Every one of {counted(len(goals), 'KPI')} ends at its target"
    worst = min(missed.to_dict("records"), key=_reached)
    return f"{met} of {counted(len(goals), 'KPI')} of goals end at their target; farthest from it is {worst['metric_name']}"


def _reached(row: dict[Any, Any]) -> Decimal:
    return stories.attainment(row["outlook"], row["target"], row["direction"]) or Decimal(0)


def gaps(params: Params, outlook: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the material adverse variances of the whole year by team and line down to operating profit, the largest first."""
    year = variances(budget, outlook, accounts, lines, reviewed_year(params))
    table = material(line_variances(year, accounts, lines, ["team"]), params.company.materiality)
    return table[(table["variance"] < 0) & table["type"].isin(OPERATING)].reset_index(drop=True)


def with_outlook(
    params: Params, story: pd.DataFrame, outlook: pd.DataFrame, goals: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Returns the first screen of the budget page in a review with the outlook: its line, and what its largest gaps ask for; unchanged in a plan.

    Args:
        params: Teams, owners, materiality.
        story: The frame `budget_story`.
        outlook: The frame `outlook`.
        goals: The frame `goal_outlook`.
        budget: The frame `budget`.
        accounts: The account tree.
        lines: The P&L lines.
    """
    if not params.is_review or budget.empty:
        return story
    rows: list[stories.Row] = [{str(key): value for key, value in row.items()} for row in story.to_dict("records")]
    rows += [stories.line(outlook_finding(params, outlook, budget, accounts, lines))]
    rows += [stories.line(goals_finding(goals))] if len(goals) else []
    worst = gaps(params, outlook, budget, accounts, lines).head(DECISIONS)
    rows += [_decision(params, row) for row in worst.to_dict("records")] if len(outlook[outlook["basis"] == FORECAST]) else []
    return stories.story_frame("budget_story", rows)


def _decision(params: Params, row: dict[Any, Any]) -> stories.Row:
    team = team_name(params, row["team"])
    verb = "closes" if row["direction"] > 0 else "pays for"
    return stories.decision(
        f"Decide what {verb} {team}'s {amount_text(-row['variance'])} in {row['name']} by the end of the year",
        f"Outlook {outlook_name(params)}: {amount_text(row['actual'])} against a plan of {amount_text(row['budget'])}.",
        owner=owner_name(params, team_owner(params, row["team"])), due=decision_due(params), amount=-row["variance"],
    )  # fmt: skip
