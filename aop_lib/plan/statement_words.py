"""What the pages say of the statements: cash first, what cannot be made and why, and the series of the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan import story
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.opening_balance import NEEDED
from aop_lib.plan.owners import first_owner, owner_name
from aop_lib.plan.statement_views import BUDGET, head_table
from aop_lib.plan.views import OPERATING_PROFIT
from aop_lib.plan.wording import amount_text, counted, month_name

if TYPE_CHECKING:
    from aop_lib.load import Params

CASH_SOURCES = (
    "Opening: the group's books at the last close, balances at closing rates. Subscription revenue is billed as the driver model bills its own (billings ÷ "
    "revenue per segment and month) and collected after its days; costs without people and depreciation are paid after the suppliers' days; people, taxes, "
    "other revenue and other income in their month; investment and financing are the drivers' of that name. What has no driver stays as it is: accrued pay, "
    "taxes owed, prepaid costs."
)
BALANCE_SOURCES = (
    "Each flow is rounded once to the cent, balances are rolled from flows. Deferred revenue is kept per segment; where less is billed than recognised, the "
    "rest stands as revenue not billed yet. Balances of later months stay at the rates of the opening."
)
ARR_SOURCES = "ARR as the drivers of the plan move it, each movement rounded once; the budget's revenue is its own."
NATURAL = "Accounts of one name before the comma are one line; people, variable and fixed are the accounts' behaviour."

HEADS = (
    "Heads at a close: people whose start and end, as the HR system knows them today, hold the day (known leavers are gone, known starters there), and the "
    "heads of approved requests from the month they start. The plan, the tests of alignment and the needs of teams use this one count."
)


def missing_text(statements: pd.DataFrame) -> str:
    """Returns why there is no cash flow and no balance sheet, and what would be needed; empty where they are there."""
    if (statements["statement"] == "balance_sheet").any():
        return ""
    if statements.empty:
        return "The budget was made elsewhere and came without statements, so its cash flow and balance sheet cannot be told."
    return f"Cash flow, balance sheet and contracts cannot be made: the plan has no opening balance. Needed: {NEEDED}."


def cash_path(params: Params, statements: pd.DataFrame, plan: str = BUDGET) -> dict[pd.Timestamp, Decimal]:
    """Returns cash at each close of the planned year; empty where there is no balance sheet."""
    own = statements[(statements["plan"] == plan) & (statements["statement"] == "balance_sheet") & (statements["line"] == "cash")]
    return {month: amount for month, amount in zip(own["month"], own["amount"], strict=True) if month in params.year_months}


def floors(params: Params) -> dict[pd.Timestamp, Decimal]:
    """Returns the least cash that allocation.yml asks for at the close of each month; months without any are left out."""
    found: dict[pd.Timestamp, Decimal] = {}
    for limit in params.allocation.cash:
        for month in params.year_months:
            if limit.start is None or month >= limit.start:
                found[month] = max(found.get(month, limit.at_least), limit.at_least)
    return found


def cash_finding(params: Params, statements: pd.DataFrame, plan: str = BUDGET) -> str:
    """Returns where cash goes in the planned year: its lowest month, its close, and how both stand against the floor."""
    path = cash_path(params, statements, plan)
    if not path:
        return "Cash cannot be told: there is no opening balance"
    low, last = min(path, key=lambda month: (path[month], month)), max(path)
    below = [month for month in path if path[month] < floors(params).get(month, path[month])]
    if below:
        gap = max(floors(params)[month] - path[month] for month in below)
        return f"Cash falls below its floor in {counted(len(below), 'month')}, first in {month_name(below[0])}, by {amount_text(gap)} at most"
    if path[low] < 0:
        return f"Cash runs out: it falls to {amount_text(path[low])} in {month_name(low)}"
    floor = ", never below its floor" if floors(params) else ""
    if low == last:
        return f"Cash falls to {amount_text(path[low])} by {month_name(low)}{floor}"
    return f"Cash is lowest in {month_name(low)} with {amount_text(path[low])} and ends the year at {amount_text(path[last])}{floor}"


def cash_series(params: Params, statements: pd.DataFrame, history: Mapping[pd.Timestamp, Decimal]) -> pd.DataFrame:
    """Returns cash by month for a picture: actual, the plan from the last close on, and the floor; month, series, value."""
    own = statements[(statements["plan"] == BUDGET) & (statements["statement"] == "balance_sheet") & (statements["line"] == "cash")]
    path = dict(zip(own["month"], own["amount"], strict=True))
    rows = [("actual", month, amount) for month, amount in history.items()]
    rows += [("plan", month, amount) for month, amount in path.items() if month >= min(params.last_closed, params.year_months[0])]
    rows += [("floor", month, amount) for month, amount in floors(params).items()]
    return pd.DataFrame(rows, columns=["series", "month", "value"])[["month", "series", "value"]]


def plans_series(params: Params, statements: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Returns cash by month of several plans for a picture; the first one as `plan`, the others under their names."""
    rows = [
        ("plan" if not place else name, month, amount)
        for place, (plan, name) in enumerate(names.items())
        for month, amount in cash_path(params, statements, plan).items()
    ]
    rows += [("floor", month, amount) for month, amount in floors(params).items()]
    return pd.DataFrame(rows, columns=["series", "month", "value"])[["month", "series", "value"]]


def plans_cash(params: Params, statements: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Returns cash of several plans: name, lowest, when, closing, change (closing against the first plan's)."""
    paths = {name: cash_path(params, statements, plan) for plan, name in names.items()}
    rows = []
    for name, path in ((name, path) for name, path in paths.items() if path):
        low, first = min(path, key=lambda month: (path[month], month)), next(iter(paths.values()))
        rows.append((name, path[low], month_name(low), path[max(path)], path[max(path)] - first[max(first)]))
    frame = pd.DataFrame(rows, columns=["name", "lowest", "when", "closing", "change"])
    return frame.astype(dict.fromkeys(("lowest", "closing", "change"), money.MONEY))


def plans_finding(table: pd.DataFrame) -> str:
    """Returns which plan has least cash, and when."""
    if table.empty:
        return "Cash cannot be told: there is no opening balance"
    least = min(table.to_dict("records"), key=lambda row: row["lowest"])
    text = "runs out of cash" if least["lowest"] < 0 else "has least cash"
    return f"“{least['name']}” {text}: {amount_text(least['lowest'])} in {least['when']}"


def heads_finding(params: Params, headcount: pd.DataFrame, teams: pd.DataFrame) -> str:
    """Returns how many people the plan has at its end beside today, and what approved requests add."""
    table = head_table(params, headcount, teams)
    if table.empty:
        return "The snapshot names no people"
    now, then, more = (int(table[name].sum()) for name in ("now", "q4", "approved"))
    way = f"from {now} to {then}" if now != then else f"stay at {now}"
    move = "" if now == then else " rise" if then > now else " fall"
    return f"Heads{move or ''} {way} by {month_name(params.year_months[-1])}; approved requests add {more}"


def quarter_finding(table: pd.DataFrame) -> str:
    """Returns in which quarter operating profit is lowest and highest.

    Args:
        table: What `statement_views.pl_table` returned, by quarter.
    """
    own = next((row for row in table.to_dict("records") if row["label"] == OPERATING_PROFIT), None)
    if own is None:
        return "The P&L by quarter"
    quarters = [name for name in table if str(name).startswith("Q")]
    low, high = (pick(quarters, key=lambda name: own[name]) for pick in (min, max))
    return f"Operating profit lies between {amount_text(own[low])} in {low} and {amount_text(own[high])} in {high}"


def arr_year_finding(params: Params, table: pd.DataFrame) -> str:
    """Returns how ARR moves over the planned year."""
    keyed = {row["label"]: row for row in table.to_dict("records")}
    if not keyed:
        return "There is no recurring business to bridge"
    before, after = keyed["Before"]["Year"], keyed["At the close"]["Year"]
    return f"The plan's drivers lead ARR from {amount_text(before)} to {amount_text(after)} over {params.year_label}"


def balance_finding(params: Params, statements: pd.DataFrame) -> str:
    """Returns what the company stands on at the end of the planned year: assets, deferred revenue, equity."""
    own = statements[(statements["plan"] == BUDGET) & (statements["statement"] == "balance_sheet") & (statements["month"] == params.year_months[-1])]
    known = dict(zip(own["line"], own["amount"], strict=True))
    if not known:
        return "The balance sheet cannot be told: there is no opening balance"
    deferred = f", of which customers paid {amount_text(known['deferred'])} ahead" if known["deferred"] > 0 else ""
    return f"Assets are {amount_text(known['assets'])} at the end of the year{deferred}; equity is {amount_text(known['equity'])}"


def with_cash(params: Params, told: pd.DataFrame, statements: pd.DataFrame) -> pd.DataFrame:
    """Returns the budget's first screen with a line on cash, where it can be told.

    Args:
        params: The planned year and the floor.
        told: The frame `budget_story`.
        statements: The frame `statements`.
    """
    if not cash_path(params, statements):
        return told
    before: list[Row] = [{str(name): value for name, value in row.items()} for row in told.to_dict("records")]
    return story.story_frame("budget_story", [*before, story.line(cash_finding(params, statements))])


def statement_findings(params: Params, statements: pd.DataFrame, plan: str = BUDGET) -> list[Row]:
    """Returns what is wrong with the statements of a plan: none can be made, cash below zero or its floor, assets worn below zero."""
    owner = owner_name(params, first_owner(params))
    if text := missing_text(statements):
        return [finding("note", "statements", params.label, text, expected=NEEDED, found="none", owner=owner)] if len(statements) else []
    path, limits = cash_path(params, statements, plan), floors(params)
    rows = []
    for month in [month for month in path if path[month] < limits.get(month, Decimal(0))][:1]:
        expected = f"at least {amount_text(limits.get(month, Decimal(0)))}"
        gap = limits.get(month, Decimal(0)) - path[month]
        what = "Cash falls below its floor" if month in limits else "Cash falls below zero"
        rows.append(finding("error", "cash", month_name(month), what, expected=expected, found=amount_text(path[month]), owner=owner, amount=gap))
    own = statements[(statements["plan"] == plan) & (statements["statement"] == "balance_sheet") & (statements["line"] == "fixed_assets")]
    worn = own[own["amount"] < 0].sort_values("month", kind="stable")
    for month, amount in list(zip(worn["month"], worn["amount"], strict=True))[:1]:
        what = "Depreciation goes on beyond the cost of fixed assets"
        rows.append(finding("warning", "assets", month_name(month), what, expected="zero or more", found=amount_text(amount), owner=owner, amount=-amount))
    return rows
