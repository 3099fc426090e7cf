"""What must be equal in the statements, to the cent, in every month of every plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.budget import control_totals
from aop_lib.plan.opening_balance import posted_equity
from aop_lib.plan.profit_and_loss import result
from aop_lib.plan.statement_views import way_of

if TYPE_CHECKING:
    from aop_lib.load import Params

Side = Mapping[pd.Timestamp, Decimal]
Check = tuple[str, Decimal, Decimal]


def statement_ties(params: Params, statements: pd.DataFrame, plans: Mapping[str, pd.DataFrame], accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the identities of every plan's statements; each names the month in which it is farthest off, the last one where none is.

    Defined as::

        balance     assets = liabilities + equity                       cash       opening + cash flow = cash of the balance sheet
        contracts   before + billings - revenue = deferred - unbilled   P&L        the plan's net result = of lines, teams and kinds of cost, by month

    Args:
        params: The planned year.
        statements: The frame `statements` or `overlay_statements`.
        plans: Name to the plan's amounts.
        accounts: The account tree.
        lines: The P&L lines.
    """
    ways = dict(zip(lines["line"], lines["direction"], strict=True))
    checks = [
        check for plan, amounts in plans.items() for check in _checks(params, plan, statements[statements["plan"] == plan], amounts, accounts, lines, ways)
    ]
    return control_totals(checks)


def _checks(
    params: Params, plan: str, own: pd.DataFrame, amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, ways: Mapping[str, int]
) -> Iterator[Check]:
    def side(statement: str, **signs: int) -> dict[pd.Timestamp, Decimal]:
        rows = own[(own["statement"] == statement) & own["line"].isin(list(signs))]
        found: dict[pd.Timestamp, Decimal] = {}
        for line, month, amount in rows[["line", "month", "amount"]].itertuples(index=False, name=None):
            found[month] = found.get(month, Decimal("0.00")) + signs[line] * Decimal(amount)
        return found

    if (own["statement"] == "balance_sheet").any():
        yield _worst(f"{plan}: assets = liabilities + equity", side("balance_sheet", assets=1), side("balance_sheet", liabilities=1, equity=1))
        flows = ("net_result", "depreciation", "receivables", "unbilled", "other_assets", "payables", "deferred", "other_liabilities", "investing", "financing")
        cash = side("cash_flow", opening=1, **dict.fromkeys(flows, 1))
        yield _worst(f"{plan}: cash before + cash flow = cash", cash, side("balance_sheet", cash=1))
        rolled = side("contracts", opening=1, billings=1, revenue=-1)
        yield _worst(f"{plan}: before + billings - revenue = deferred revenue", rolled, side("balance_sheet", deferred=1, unbilled=-1))
    by_line = side("pl", **{str(line): int(way) for line, way in ways.items()})
    year = sum((amount for month, amount in by_line.items() if month in params.year_months), Decimal("0.00"))
    within = amounts[amounts["month"].isin(params.year_months)]
    yield f"{plan}: net result of the statements = of the plan", year, result(within, accounts, lines).net_result
    yield _worst(f"{plan}: net result of teams = of lines", side("teams", **{str(line): int(way) for line, way in ways.items()}), by_line)
    yield _worst(f"{plan}: net result by kind of cost = of lines", _natural(own), by_line)


def _natural(own: pd.DataFrame) -> dict[pd.Timestamp, Decimal]:
    found: dict[pd.Timestamp, Decimal] = {}
    for part, month, amount in own.loc[own["statement"] == "natural", ["part", "month", "amount"]].itertuples(index=False, name=None):
        found[month] = found.get(month, Decimal("0.00")) + way_of(part) * Decimal(amount)
    return found


def _worst(name: str, left: Side, right: Side) -> Check:
    """Returns the month of the left side in which both are farthest apart, the last one where they agree throughout."""
    zero = Decimal("0.00")
    months = sorted(left)
    if not months:
        return name, zero, zero
    month = max(months, key=lambda each: (abs(left[each] - right.get(each, zero)), each))
    return name, left[month], right.get(month, zero)


def opening_ties(params: Params, opening: pd.DataFrame, books: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns that equity of the opening balance, assets less liabilities, is what the books hold as equity and results.

    A review has other books than the plan that it stands on, so there is nothing to hold them against.

    Args:
        params: The opening month.
        opening: The frame `opening_balance`.
        books: The frame `group_books`.
        accounts: The account tree.
    """
    known = {} if params.is_review else dict(zip(opening["kind"], opening["amount"], strict=True))
    return control_totals([("opening: assets - liabilities = equity of the books", known["capital"], posted_equity(params, books, accounts))] if known else [])
