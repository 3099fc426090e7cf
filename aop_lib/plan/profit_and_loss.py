"""The profit and loss statement: natural amounts into lines, lines into results, results into report rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib import money

GROSS = ("revenue", "cost_of_revenue")
OPERATING = (*GROSS, "opex")
NET = (*OPERATING, "other_income", "other_expense", "tax")

_GROUPS = (
    ("revenue", "Revenue", ("revenue",)),
    ("cost_of_revenue", "Cost of revenue", ("cost_of_revenue",)),
    ("opex", "Operating expenses", ("opex",)),
    ("other", "Other income and expense", ("other_income", "other_expense")),
    ("tax", "Taxes", ("tax",)),
)
_RESULTS = {"cost_of_revenue": ("gross_profit", "Gross profit", GROSS), "opex": ("operating_profit", "Operating profit", OPERATING)}


@dataclass(frozen=True)
class Result:
    """What is left of revenue at each level, in reporting currency; costs are positive.

    Attributes:
        revenue: Sum of the revenue lines.
        cost_of_revenue: Sum of the lines of that type.
        opex: Sum of the operating expense lines.
        other: Other income less other expense, favourable positive.
        tax: Taxes.
    """

    revenue: Decimal
    cost_of_revenue: Decimal
    opex: Decimal
    other: Decimal
    tax: Decimal

    @property
    def gross_profit(self) -> Decimal:
        """Revenue less its cost."""
        return self.revenue - self.cost_of_revenue

    @property
    def operating_profit(self) -> Decimal:
        """Gross profit less operating expenses."""
        return self.gross_profit - self.opex

    @property
    def net_result(self) -> Decimal:
        """Operating profit with other income and expense, less taxes."""
        return self.operating_profit + self.other - self.tax

    @property
    def gross_margin(self) -> Decimal | None:
        """Gross profit as a fraction of revenue; None (n/m) where revenue is zero or negative."""
        return self.gross_profit / self.revenue if self.revenue > 0 else None


def pl_accounts(accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the accounts that add into a P&L line, with line, line_sign, type and direction of that line."""
    known = accounts.loc[accounts["line"].isin(lines["line"]), ["account", "line", "line_sign"]]
    return known.merge(lines[["line", "type", "direction"]], on="line", how="left", validate="many_to_one")


def signed(column: pd.Series, signs: pd.Series) -> pd.Series:
    """Returns a money column times +1 or -1, exact."""
    return (column.astype(money.MONEY) * signs.astype("int64")).astype(money.MONEY)


def line_totals(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, by: Sequence[str] = ("month",), column: str = "amount") -> pd.DataFrame:
    """Returns natural amounts added into P&L lines.

    Defined as::

        line total = sum(line_sign * amount)

    Args:
        amounts: Any long frame with `account`, the keys of `by` and a money column in reporting currency.
        accounts: The account tree; accounts without a line (balance sheet, statistical) do not enter.
        lines: The P&L lines.
        by: Further keys of the result.
        column: The money column.

    Returns:
        One row per (*by, line) that occurs, with `column`.
    """
    placed = amounts[[*by, "account", column]].merge(pl_accounts(accounts, lines)[["account", "line", "line_sign"]], on="account", validate="many_to_one")
    placed = placed.assign(**{column: signed(placed[column], placed["line_sign"])})
    return money.sums(placed, [*by, "line"], column)


def profit_by(
    amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, by: Sequence[str], types: Sequence[str] = OPERATING, column: str = "amount"
) -> pd.DataFrame:
    """Returns the profit of each group.

    Defined as::

        profit = sum(direction * line_sign * amount)     over the lines of those types

    Args:
        amounts: As for `line_totals`.
        accounts: The account tree.
        lines: The P&L lines.
        by: The keys of the result, at least one; `line` may be among them.
        types: `GROSS`, `OPERATING` or `NET`.
        column: The money column.

    Returns:
        One row per group that occurs, with `column`, favourable positive.
    """
    totals = line_totals(amounts, accounts, lines, [key for key in by if key != "line"], column).merge(
        lines[["line", "type", "direction"]], on="line", validate="many_to_one"
    )
    totals = totals[totals["type"].isin(types)]
    return money.sums(totals.assign(**{column: signed(totals[column], totals["direction"])}), list(by), column)


def profit(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, types: Sequence[str] = OPERATING, column: str = "amount") -> Decimal:
    """Returns the profit of all amounts together: operating profit unless other types are given."""
    return money.total(profit_by(amounts, accounts, lines, ["line"], types, column)[column])


def result_of(totals: pd.DataFrame, lines: pd.DataFrame, column: str = "amount") -> Result:
    """Returns the levels of profit of P&L lines.

    Args:
        totals: Rows with `line` and a money column of line totals; a line may occur often (months, teams).
        lines: The P&L lines.
        column: The money column.
    """
    typed = totals[["line", column]].merge(lines[["line", "type", "direction"]], on="line", validate="many_to_one")
    effect = typed.assign(**{column: signed(typed[column], typed["direction"])})
    found = {kind: money.total(effect.loc[effect["type"] == kind, column]) for kind in NET}
    return Result(found["revenue"], -found["cost_of_revenue"], -found["opex"], found["other_income"] + found["other_expense"], -found["tax"])


def result(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, column: str = "amount") -> Result:
    """Returns the levels of profit of natural amounts."""
    return result_of(line_totals(amounts, accounts, lines, (), column), lines, column)


def statement_rows(totals: pd.DataFrame, lines: pd.DataFrame, amounts: Sequence[str] = ("amount",), effects: Sequence[str] = ()) -> pd.DataFrame:
    """Returns the rows of a P&L in report order, with subtotals and results between the lines.

    Defined as::

        subtotal of a group   = sum of its lines
        gross profit          = revenue - cost of revenue
        operating profit      = gross profit - operating expenses
        net result            = operating profit + other income and expense - taxes

    Args:
        totals: One row per line with the columns below; a missing line counts as zero.
        lines: The P&L lines.
        amounts: Money columns of line totals; results add them with the line's direction.
        effects: Money columns that are favourable positive already (variances); results add them as they are.

    Returns:
        row, name, kind (`line`, `subtotal`, `result`), type, direction and the columns; groups without lines are left out, a group of one
        line has no subtotal, and results stand only where the statement has lines to make them.
    """
    rows: list[dict[str, Any]] = []
    ordered = lines.sort_values("position", kind="stable")
    for key, name, types in _GROUPS:
        own = ordered[ordered["type"].isin(types)]
        rows += [_row(line["line"], line["name"], "line", line["type"], line["direction"], own[own["line"] == line["line"]]) for line in own.to_dict("records")]
        if len(own) > 1:
            rows.append(_row(f"total_{key}", name, "subtotal", key, 0 if key == "other" else int(own["direction"].iloc[0]), own))
        if key in _RESULTS and len(own):
            result_key, label, members = _RESULTS[key]
            rows.append(_row(result_key, label, "result", "", 1, ordered[ordered["type"].isin(members)]))
    if not ordered[~ordered["type"].isin(OPERATING)].empty:
        rows.append(_row("net_result", "Net result", "result", "", 1, ordered))
    return _filled(rows, totals, amounts, effects)


def _row(row: str, name: str, kind: str, type_: str, direction: int, members: pd.DataFrame) -> dict[str, Any]:
    return {
        "row": row,
        "name": name,
        "kind": kind,
        "type": type_,
        "direction": int(direction),
        "members": dict(zip(members["line"], members["direction"], strict=True)),
    }


def _filled(rows: list[dict[str, Any]], totals: pd.DataFrame, amounts: Sequence[str], effects: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["row", "name", "kind", "type", "direction", "members"])
    for column in (*amounts, *effects):
        known = dict(zip(totals["line"], totals[column], strict=True))
        frame[column] = money.money_series(_total_of(row, known, column in effects) for row in rows)
    return frame.drop(columns="members")


def _total_of(row: dict[str, Any], known: dict[str, Decimal], is_effect: bool) -> Decimal:
    as_result = row["direction"] == 0 or row["kind"] == "result"
    signs = {line: direction if as_result and not is_effect else 1 for line, direction in row["members"].items()}
    return sum((Decimal(known.get(line, 0)) * sign for line, sign in signs.items()), Decimal("0.00"))
