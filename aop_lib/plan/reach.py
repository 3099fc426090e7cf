"""Reach: how far a target is from where a KPI stands, beside every change of the same length in the KPI's own history."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.periods import add_months, months_between
from aop_lib.plan.paths import History, basis_month, history, months_to_deadline
from aop_lib.plan.progress import direction_of
from aop_lib.plan.wording import MINUS, NBSP, counted, month_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Goal

QUARTER = Decimal("0.25")
BEYOND = Decimal("1.5")
FEWEST = 4


@dataclass(frozen=True)
class Reach:
    """What a target asks for beside what there has been; changes are in the good direction.

    Attributes:
        latest: The KPI at `month`: its value, or the sum of as many months as the target covers.
        month: The last month with an actual.
        span: Months from there to the deadline.
        required: Change that the target asks for: a fraction of `latest`, or a difference.
        past: Every change over that span in the history, in order of its last month; spans overlap.
        is_growth: Whether changes are fractions.
        unit: The KPI's unit.
    """

    latest: Decimal
    month: pd.Timestamp
    span: int
    required: Decimal
    past: tuple[Decimal, ...]
    is_growth: bool
    unit: str

    @property
    def as_much(self) -> int:
        """In how many spans of the history the KPI changed at least as much."""
        return sum(each >= self.required for each in self.past)

    @property
    def best(self) -> Decimal:
        """The best change of the history."""
        return max(self.past)

    def said(self, change: Decimal) -> str:
        """Returns a change in words, with its sign."""
        if self.is_growth:
            return f"{'+' if change >= 0 else ''}{percent_text(change)}"
        if self.unit == "pct":
            points = round(change * 100, 1)
            return f"{MINUS if points < 0 else '+'}{abs(points)}{NBSP}pp"
        return f"{'+' if change >= 0 else ''}{value_text(change, self.unit)}"


def reach(params: Params, goal: Goal, kpis: pd.DataFrame) -> Reach | None:
    """Returns what a goal asks for beside the KPI's own history; None without actuals.

    Defined as::

        latest     the last closed month before the plan; for a KPI whose months add up, the sum of as many months as the target covers
        span       months from there to the deadline
        change     value / value a span before - 1 where every value is above zero and the unit is no per cent; else the difference

    Args:
        params: Calendar and metrics.
        goal: The goal with its main KPI.
        kpis: Actuals per month; in a review those of the frozen plan.
    """
    metric = params.metrics[goal.kpi]
    count = months_to_deadline(params, goal)
    last = basis_month(params, kpis)
    own = {month: value for month, value in history(kpis, goal.kpi).items() if month <= last}
    series = _sums(own, count) if metric.aggregate == "sum" else own
    if not series:
        return None
    month = max(series)
    span = max(months_between(month, params.year_months[count - 1]), 1)
    direction = direction_of(metric, goal)
    is_growth = metric.unit != "pct" and min(series.values()) > 0 and goal.target > 0
    changes = [_change(series[add_months(each, -span)], series[each], direction, is_growth) for each in sorted(series) if add_months(each, -span) in series]
    unit = params.company.reporting_currency if metric.unit == "currency" else metric.unit
    return Reach(series[month], month, span, _change(series[month], goal.target, direction, is_growth), tuple(changes), is_growth, unit)


def verdict(found: Reach) -> tuple[str, str]:
    """Returns pass, weak or fail, and the reason with its figures.

    Defined as::

        pass   the target is reached already, or at least a quarter of the spans changed as much (of four spans or more)
        weak   fewer did, but the required change is within 1.5 times the best; or there is no span or fewer than four to compare with
        fail   beyond 1.5 times the best change there ever was, or the KPI never once improved
    """
    asked = f"{found.said(found.required)} in {counted(found.span, 'month')} from {value_text(found.latest, found.unit)} in {month_name(found.month)}"
    if found.required <= 0:
        return "pass", f"The target is reached already: it stands at {value_text(found.latest, found.unit)} in {month_name(found.month)}"
    if not found.past:
        return "weak", f"Asks {asked}; the history is too short to hold one span of that length"
    ranked = f"{found.as_much} of {counted(len(found.past), 'past span')} of that length did as much, the best {found.said(found.best)}"
    if found.best <= 0 or found.required > BEYOND * found.best:
        return "fail", f"Asks {asked}; {ranked}"
    if found.as_much < QUARTER * len(found.past) or len(found.past) < FEWEST:
        return "weak", f"Asks {asked}; only {ranked}"
    return "pass", f"Asks {asked}; {ranked}"


def _sums(own: History, count: int) -> History:
    return {
        month: sum((own[add_months(month, -back)] for back in range(count)), Decimal(0))
        for month in own
        if all(add_months(month, -back) in own for back in range(count))
    }


def _change(before: Decimal, after: Decimal, direction: int, is_growth: bool) -> Decimal:
    return direction * (after / before - 1 if is_growth else after - before)
