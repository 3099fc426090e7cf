"""Trends: the recent history of each key figure, for the small pictures beside it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.periods import add_months, months_between
from aop_lib.plan import story
from aop_lib.plan.profit_and_loss import Result, line_totals, result_of
from aop_lib.plan.targets import history

if TYPE_CHECKING:
    from aop_lib.load import Params

POINTS = 8
REVENUE, COST, OPEX, PROFIT, MARGIN = "Revenue", "Cost of revenue", "Operating expenses", "Operating profit", "Gross margin"


def trends(params: Params, ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the last eight points of each key figure: by quarters back from the last closed month, by months where history is short.

    Args:
        params: The last closed month, the company's ARR metric and its label.
        ledger: Actuals, closed months.
        accounts: The account tree.
        lines: The P&L lines.
        kpis: Actuals per month.

    Returns:
        The frame `trends`: label as in the story's figures, month is the last one of the period, value in reporting currency
        (`Gross margin` as a fraction, n/m periods left out).
    """
    ends, length = trend_periods(params.last_closed, ledger["month"].min() if len(ledger) else None)
    ends_of = {add_months(end, -back): end for end in ends for back in range(length)}
    within = ledger[ledger["month"].isin(ends_of)]
    totals = line_totals(within.assign(end=within["month"].map(ends_of)), accounts, lines, ["end"])
    rows = [(label, end, value) for end in ends for label, value in _figures(result_of(totals[totals["end"] == end], lines))]
    if metric := params.company.arr_metric:
        past = history(kpis, metric)
        rows += [(params.metrics[metric].label, end, past[end]) for end in ends if metric in params.metrics and end in past]
    if not rows:
        return frames.empty("trends")
    return frames.conformed("trends", pd.DataFrame(rows, columns=["label", "month", "value"]))


def trend_periods(last_closed: pd.Timestamp, first: pd.Timestamp | None) -> tuple[Sequence[pd.Timestamp], int]:
    """Returns the last months of the periods that history covers whole, oldest first, and their length in months.

    Args:
        last_closed: The last closed month, with which the last period ends.
        first: The first month of the ledger; None where it is empty.
    """
    if first is None or first > last_closed:
        return [], 3
    covered = months_between(first, last_closed) + 1
    length = 3 if covered >= 3 * POINTS else 1
    count = min(POINTS, covered // length)
    return [add_months(last_closed, -length * back) for back in reversed(range(count))], length


def _figures(period: Result) -> list[tuple[str, Any]]:
    figures: list[tuple[str, Decimal]] = [(REVENUE, period.revenue), (COST, period.cost_of_revenue), (OPEX, period.opex), (PROFIT, period.operating_profit)]
    margin = period.gross_margin
    return figures if margin is None else [*figures, (MARGIN, story.exact(margin))]
