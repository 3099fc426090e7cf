"""A KPI's path through the year: where the company must be in each month, and the history that shapes it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.money import split
from aop_lib.periods import add_months, month_end, months_between
from aop_lib.plan.splits import rounded

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.catalogue import Metric
    from aop_lib.params.goals import Goal

UNITS = {"currency": Decimal("0.01"), "count": Decimal(1), "fte": Decimal("0.1")}
_FINEST = Decimal("0.0000000001")
SATURDAY = 5

History = dict[pd.Timestamp, Decimal]


def company_path(params: Params, goal: Goal, kpis: pd.DataFrame) -> History:
    """Returns the company's target for each month of the year, in the metric's unit.

    Defined as::

        KPI whose months add up (aggregate sum)   year split over the months to the deadline: evenly, by season or by workdays
        any other KPI                             start + (target - start) * month / months to the deadline
    """
    metric = params.metrics[goal.kpi]
    months, count = params.year_months, months_to_deadline(params, goal)
    if metric.aggregate == "sum":
        parts = split(goal.target, month_weights(params, goal, kpis)[:count], unit_of(metric, goal.target))
        return dict(zip(months, [*parts, *([Decimal(0)] * (12 - count))], strict=True))
    unit = unit_of(metric, goal.target, goal.start)
    steps = [Decimal(min(step, count)) / count for step in range(1, 13)]
    return {month: rounded(goal.start + (goal.target - goal.start) * step, unit) for month, step in zip(months, steps, strict=True)}


def month_weights(params: Params, goal: Goal, kpis: pd.DataFrame) -> list[Decimal]:
    """Returns a weight for each month of the fiscal year, as the goal asks: all 1, by season, or by workdays."""
    if goal.months == "workdays":
        days = [Decimal(workdays(month, params.company.holidays)) for month in params.year_months]
        return days if sum(days[: months_to_deadline(params, goal)]) else [Decimal(1)] * 12
    return season(params, goal, kpis)


def workdays(month: pd.Timestamp, holidays: list[date]) -> int:
    """Returns the days of a month from Monday to Friday that are no holidays of the company."""
    days = [month.date() + timedelta(days=offset) for offset in range(month_end(month).day)]
    return sum(day.weekday() < SATURDAY and day not in holidays for day in days)


def season(params: Params, goal: Goal, kpis: pd.DataFrame) -> list[Decimal]:
    """Returns a weight for each month of the fiscal year: that calendar month's share of the KPI's last twelve closed months.

    All weights are 1 where the goal does not ask for a season, or where the history is shorter, negative or zero.
    """
    even = [Decimal(1)] * 12
    if goal.months != "seasonal":
        return even
    past = history(kpis, goal.kpi)
    last = twelve_to(basis_month(params, kpis))
    if any(month not in past for month in last):
        return even
    by_month = {month.month: past[month] for month in last}
    weights = [by_month[month.month] for month in params.year_months]
    return weights if min(weights) >= 0 and sum(weights[: months_to_deadline(params, goal)]) > 0 else even


def basis_month(params: Params, kpis: pd.DataFrame) -> pd.Timestamp:
    """Returns the last month whose actuals may shape a target: the last closed one; in a review none of the reviewed year.

    A review hands in the actuals of its frozen plan, so that the targets are those that were approved.
    """
    last = params.last_closed
    if not params.is_review:
        return last
    months = [month for month in kpis["month"].unique() if month < params.year_months[0]]
    return max(months, default=add_months(params.year_months[0], -1))


def basis_kpis(frozen: dict[str, pd.DataFrame] | None, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the actuals that shape targets: those of the frozen plan in a review that has them, else the cycle's own.

    Args:
        frozen: Frames of the frozen plan with `kpis`; None in a plan cycle.
        kpis: The cycle's own actuals.
    """
    return frozen["kpis"] if frozen and len(frozen["kpis"]) else kpis


def history(kpis: pd.DataFrame, metric: str, team: str = "") -> History:
    """Returns a metric's actuals by month, for the company or a team."""
    rows = kpis[(kpis["metric"] == metric) & (kpis["team"] == team)]
    return dict(zip(rows["month"], rows["value"], strict=True))


def twelve_to(month: pd.Timestamp) -> list[pd.Timestamp]:
    """Returns the twelve months to a month, itself the last."""
    return [add_months(month, -back) for back in range(11, -1, -1)]


def months_to_deadline(params: Params, goal: Goal) -> int:
    """Returns how many months of the year a goal has; a deadline outside the year counts as the year's end."""
    deadline = pd.Timestamp(goal.deadline)
    count = months_between(params.year_months[0], deadline) + 1
    return count if 1 <= count <= 12 else 12


def unit_of(metric: Metric, *values: Decimal) -> Decimal:
    """Returns the smallest piece of a metric: a cent, a whole, a tenth of a person; finer where the values are."""
    finest = UNITS.get(metric.unit, _FINEST)
    for value in values:
        exponent = value.normalize().as_tuple().exponent
        finest = min(finest, Decimal(1).scaleb(int(exponent)))
    return max(finest, _FINEST)
