"""Pipeline and bookings: what the CRM tells, as known at the cycle's cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.periods import add_months, month_spine, posting_month

if TYPE_CHECKING:
    from aop_lib.load import Params

Row = tuple[str, str, pd.Timestamp, Decimal]
NONE = Decimal(0)


def open_pipeline(opportunities: pd.DataFrame, last_closed: pd.Timestamp) -> Iterator[Row]:
    """Yields the yearly contract value of open opportunities as known at the cut, shown in the last closed month; unweighted."""
    if len(opportunities):
        yield "open_pipeline", "", last_closed, sum(opportunities.loc[~opportunities["is_closed"], "amount"], NONE)


def bookings(opportunities: pd.DataFrame, last_closed: pd.Timestamp) -> Iterator[Row]:
    """Yields won_bookings and won_deals of each month from the first that anything was won in, months without any as zero."""
    won = opportunities[opportunities["is_won"] & opportunities["close"].notna()]
    months = [posting_month(day.date()) for day in won["close"]]
    if not months or min(months) > last_closed:
        return
    for month in month_spine(min(months), add_months(last_closed, 1)):
        amounts = [amount for amount, when in zip(won["amount"], months, strict=True) if when == month]
        yield "won_bookings", "", month, sum(amounts, NONE)
        yield "won_deals", "", month, Decimal(len(amounts))


def year_coverage(opportunities: pd.DataFrame, year: Sequence[pd.Timestamp], last_closed: pd.Timestamp) -> Iterator[Row]:
    """Yields pipeline_in_year (open, expected to close in the year) and bookings_in_year (won in it so far), in the last closed month.

    Args:
        opportunities: As known at the cut.
        year: The months of the cycle's fiscal year.
        last_closed: The last closed month.
    """
    if not len(opportunities):
        return
    inside = [not pd.isna(day) and posting_month(day.date()) in year for day in opportunities["close"]]
    own = opportunities[inside]
    yield "pipeline_in_year", "", last_closed, sum(own.loc[~own["is_closed"], "amount"], NONE)
    closed = own[own["is_won"]]
    months = [posting_month(day.date()) <= last_closed for day in closed["close"]]
    yield "bookings_in_year", "", last_closed, sum(closed.loc[months, "amount"], NONE)


def bookings_target(params: Params) -> Iterator[Row]:
    """Yields the target of the goals whose KPI is the bookings metric, in the last closed month; nothing without such a goal."""
    kpis = (each for goal in params.goals.goals for each in goal.by_kpi())
    targets = [each.target for each in kpis if each.kpi == params.company.switches.bookings_metric]
    if targets:
        yield "bookings_target", "", params.last_closed, sum(targets, NONE)
