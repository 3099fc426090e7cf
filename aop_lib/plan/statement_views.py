"""The statements as readers get them: by quarter and by month, lines with names, and every displayed sum adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.periods import add_months, month_text
from aop_lib.plan.figure_keys import amount_key, statement_key
from aop_lib.plan.profit_and_loss import OPERATING
from aop_lib.plan.views import TYPE_NAMES, statement_view

if TYPE_CHECKING:
    from aop_lib.load import Params

BUDGET = "budget"
Layout = tuple[tuple[str, str, str, int, str], ...]
"""Rows of a statement: line, name, style, direction, group."""

CASH_FLOW: Layout = (
    ("net_result", "Net result", "", 1, ""),
    ("depreciation", "Depreciation", "", 1, ""),
    ("receivables", "Receivables", "", 1, ""),
    ("unbilled", "Revenue not billed yet", "", 1, ""),
    ("other_assets", "Other assets", "", 1, ""),
    ("payables", "Payables", "", 1, ""),
    ("deferred", "Deferred revenue", "", 1, ""),
    ("other_liabilities", "Other liabilities", "", 1, ""),
    ("operating", "Cash from operations", "result", 1, ""),
    ("investing", "Investment", "", 1, ""),
    ("financing", "Financing", "", 1, ""),
    ("change", "Change in cash", "result", 1, ""),
    ("opening", "Cash at the opening", "", 1, ""),
    ("closing", "Cash at the close", "result", 1, ""),
)
BALANCE_SHEET: Layout = (
    ("cash", "Cash", "", 1, ""),
    ("receivables", "Receivables", "", 1, ""),
    ("unbilled", "Revenue not billed yet", "", 1, ""),
    ("fixed_assets", "Fixed assets", "", 1, ""),
    ("other_assets", "Other assets", "", 1, ""),
    ("assets", "Assets", "result", 1, ""),
    ("payables", "Payables", "", -1, "liabilities"),
    ("deferred", "Deferred revenue", "", -1, "liabilities"),
    ("other_liabilities", "Other liabilities", "", -1, "liabilities"),
    ("liabilities", "Liabilities", "sub", -1, "liabilities"),
    ("capital", "Equity at the opening", "", -1, "equity"),
    ("results", "Results since then", "", -1, "equity"),
    ("financing", "Financing since then", "", -1, "equity"),
    ("equity", "Equity", "sub", -1, "equity"),
    ("difference", "Assets less liabilities and equity", "result", 1, ""),
)
CONTRACTS: Layout = (
    ("opening", "Before", "result", 1, ""),
    ("billings", "Billings", "", 1, ""),
    ("revenue", "Subscription revenue", "", -1, ""),
    ("closing", "At the close", "result", 1, ""),
)
ARR: Layout = (
    ("opening", "Before", "result", 1, ""),
    ("new", "New", "", 1, ""),
    ("reactivation", "Reactivated", "", 1, ""),
    ("expansion", "Expansion", "", 1, ""),
    ("price", "Price", "", 1, ""),
    ("contraction", "Contraction", "", -1, ""),
    ("churn", "Churn", "", -1, ""),
    ("closing", "At the close", "result", 1, ""),
)
LAYOUTS = {"cash_flow": CASH_FLOW, "balance_sheet": BALANCE_SHEET, "contracts": CONTRACTS, "arr": ARR}
HEADS = {"now": "Now", "approved": "Approved requests add", "q1": "Q1", "q2": "Q2", "q3": "Q3", "q4": "Q4"}
KINDS = {"revenue": "Revenue", "people": "People", "variable": "Variable costs", "fixed": "Fixed costs"} | {
    key: TYPE_NAMES[key] for key in ("other_income", "other_expense", "tax")
}


def periods(params: Params, *, by_month: bool = False) -> dict[str, list[pd.Timestamp]]:
    """Returns the columns of a statement: quarters and the year, or months; each with its months."""
    months = params.year_months
    if by_month:
        return {f"{month:%b}": [month] for month in months}
    return {f"Q{place + 1}": months[3 * place : 3 * place + 3] for place in range(4)} | {"Year": months}


def statement_table(params: Params, statements: pd.DataFrame, statement: str, plan: str = BUDGET, *, by_month: bool = False) -> pd.DataFrame:
    """Returns a statement with one money column per period.

    Defined as::

        flows      sum of the period's months           opening    at the period's first month       balances, closing    at its last month

    Args:
        params: The planned year.
        statements: The frame `statements` or `overlay_statements`.
        statement: A key of `LAYOUTS`.
        plan: The plan.
        by_month: Months rather than quarters and the year.

    Returns:
        label, style, direction, group, the periods and explains (of the budget's totals: of the last period); rows that are zero throughout
        are left out. Empty without that statement.
    """
    own = statements[(statements["plan"] == plan) & (statements["statement"] == statement)]
    known = {(line, month): Decimal(amount) for line, month, amount in own[["line", "month", "amount"]].itertuples(index=False)}
    columns = {
        name: [_over(known, line, months, is_balance=statement == "balance_sheet") for line, *_ in LAYOUTS[statement]]
        for name, months in _with_before(params, statement, by_month=by_month).items()
    }
    view = pd.DataFrame([each[1:] for each in LAYOUTS[statement]], columns=["label", "style", "direction", "group"])
    told = view.assign(**{name: money.money_series(values) for name, values in columns.items()})
    last = periods(params, by_month=by_month).popitem()[1]
    keys = [_key(params, f"{statement}.{line}", last) if style and plan == BUDGET else "" for line, _, style, *_ in LAYOUTS[statement]]
    told = told.assign(explains=keys)
    kept = (told["style"] != "") | (told[list(columns)] != 0).any(axis=1)
    return told[kept].reset_index(drop=True) if len(own) else told.iloc[:0]


def _key(params: Params, name: str, months: Sequence[pd.Timestamp]) -> str:
    """Returns the key of a total over months; of a balance at the last of them, and of an opening at the year's."""
    first = months[0] if name.endswith((".operating", ".change")) else params.year_months[0]
    return statement_key(name, month_text(first), month_text(first if name.endswith(".opening") else months[-1]))


def _with_before(params: Params, statement: str, *, by_month: bool) -> dict[str, list[pd.Timestamp]]:
    before = {"Before": [add_months(params.year_months[0], -1)]} if statement == "balance_sheet" else {}
    found = periods(params, by_month=by_month)
    return before | ({name: months for name, months in found.items() if name != "Year"} if before else found)


def _over(known: Mapping[tuple[str, pd.Timestamp], Decimal], line: str, months: Sequence[pd.Timestamp], *, is_balance: bool) -> Decimal:
    if line == "difference":
        return known.get(("assets", months[-1]), Decimal(0)) - sum(
            (known.get((side, months[-1]), Decimal(0)) for side in ("liabilities", "equity")), Decimal(0)
        )
    if is_balance or line == "closing":
        return known.get((line, months[-1]), Decimal(0))
    chosen = months[:1] if line == "opening" else months
    return sum((known.get((line, month), Decimal(0)) for month in chosen), Decimal(0))


def pl_table(params: Params, statements: pd.DataFrame, lines: pd.DataFrame, plan: str = BUDGET, *, by_month: bool = False) -> pd.DataFrame:
    """Returns the P&L with one money column per period: label, style, direction, group and the periods."""
    own = statements[(statements["plan"] == plan) & (statements["statement"] == "pl")]
    wide = lines[["line"]]
    columns = periods(params, by_month=by_month)
    for name, months in columns.items():
        wide = wide.assign(**{name: _summed(own[own["month"].isin(months)], "line", list(wide["line"]))})
    return statement_view(wide, lines, {name: name for name in columns}, () if by_month else ("budget",))


def _summed(rows: pd.DataFrame, key: str, wanted: Sequence[str]) -> pd.Series:
    found = money.sums(rows, [key])
    known = dict(zip(found[key], found["amount"], strict=True))
    return money.money_series((known.get(each, Decimal(0)) for each in wanted), index=range(len(wanted)))


def natural_table(params: Params, statements: pd.DataFrame, plan: str = BUDGET) -> pd.DataFrame:
    """Returns the P&L by kind of cost, each kind with its sum: label, style, direction, group, quarters, the year and explains."""
    own = statements[(statements["plan"] == plan) & (statements["statement"] == "natural") & statements["month"].isin(params.year_months)]
    rows = [(part, line) for part in KINDS for line in sorted(set(own.loc[own["part"] == part, "line"]))]
    told = []
    for part, line in rows:
        is_last = (part, line) == [each for each in rows if each[0] == part][-1]
        told.append((line, "", way_of(part), part, own[(own["part"] == part) & (own["line"] == line)]))
        if is_last and sum(each[0] == part for each in rows) > 1:
            told.append((KINDS[part], "sub", way_of(part), part, own[own["part"] == part]))
    told.append(("Net result", "result", 1, "", own))
    frame = pd.DataFrame([each[:4] for each in told], columns=["label", "style", "direction", "group"])
    for name, months in periods(params).items():
        frame[name] = money.money_series(_result(each[4][each[4]["month"].isin(months)], is_signed=each[1] == "result") for each in told)
    frame["explains"] = [
        amount_key(f"kind:{part}" if style == "sub" else "net_result", BUDGET) if style and plan == BUDGET else "" for _, style, _, part, _ in told
    ]
    return frame if rows else frame.iloc[:0]


def way_of(part: str) -> int:
    """Returns what a kind of cost or revenue does to profit: +1 or -1."""
    return 1 if part in {"revenue", "other_income"} else -1


def _result(rows: pd.DataFrame, *, is_signed: bool) -> Decimal:
    if not is_signed:
        return money.total(rows["amount"])
    return sum((way_of(part) * Decimal(amount) for part, amount in zip(rows["part"], rows["amount"], strict=True)), Decimal("0.00"))


def team_table(params: Params, statements: pd.DataFrame, lines: pd.DataFrame, teams: pd.DataFrame, plan: str = BUDGET) -> pd.DataFrame:
    """Returns the P&L by team: name, revenue, cost_of_revenue, opex and what is left of them (profit), of the year."""
    own = statements[(statements["plan"] == plan) & (statements["statement"] == "teams") & statements["month"].isin(params.year_months)]
    typed = own.merge(lines[["line", "type"]], on="line", validate="many_to_one").query("type in @OPERATING", local_dict={"OPERATING": list(OPERATING)})
    names = dict(zip(teams["team"], teams["name"], strict=True))
    order = [
        each for each in [*teams.sort_values("position", kind="stable")["team"], *sorted(set(typed["part"]) - set(names))] if (typed["part"] == each).any()
    ]
    rows = []
    for team in order:
        sums = {kind: money.total(typed.loc[(typed["part"] == team) & (typed["type"] == kind), "amount"]) for kind in OPERATING}
        rows.append({"name": names.get(team, team or "No team"), **sums, "profit": sums["revenue"] - sums["cost_of_revenue"] - sums["opex"]})
    frame = pd.DataFrame(rows, columns=["name", *OPERATING, "profit"])
    return frame.astype(dict.fromkeys((*OPERATING, "profit"), money.MONEY))


def head_table(params: Params, headcount: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Returns heads by team: name, now (at the last closed month), what approved requests add by the year's end, and heads at each quarter's end."""
    names = dict(zip(teams["team"], teams["name"], strict=True))
    heads, approved = (_counts(headcount, name) for name in ("heads", "approved"))
    first, ends = min(headcount["month"], default=None), [months[-1] for name, months in periods(params).items() if name != "Year"]
    own = set(headcount["team"])
    rows = []
    for team in [each for each in teams.sort_values("position", kind="stable")["team"] if each in own]:
        last = {f"q{place + 1}": heads[team, month] for place, month in enumerate(ends)}
        rows.append({"name": names[team], "now": heads[team, first], "approved": approved[team, ends[-1]], **last})
    return pd.DataFrame(rows, columns=["name", "now", "approved", "q1", "q2", "q3", "q4"])


def _counts(headcount: pd.DataFrame, name: str) -> dict[tuple[str, pd.Timestamp | None], int]:
    return {(team, month): int(count) for team, month, count in headcount[["team", "month", name]].itertuples(index=False, name=None)}
