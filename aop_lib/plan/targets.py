"""Targets handed down: the year into months, the company into teams, every part summing to the last unit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames
from aop_lib.money import split
from aop_lib.periods import add_months, months_between

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.catalogue import Metric
    from aop_lib.params.goals import Goal

UNITS = {"currency": Decimal("0.01"), "count": Decimal(1), "fte": Decimal("0.1")}
_FINEST = Decimal("0.0000000001")

History = dict[pd.Timestamp, Decimal]


def targets(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns every goal's target per month, for the company and for each team that has a stated share.

    Defined as::

        KPI whose months add up (aggregate sum)   year split over the months to the deadline, evenly or by season
        any other KPI                             start + (target - start) * month / months to the deadline
        team                                      company * share, only for KPIs that add up over teams

    A team's months sum to its share of the year, the teams of a month to the company's month, to the last unit, where the
    shares sum to 1. Where they sum to less, the rest stays with the company; where to more, the teams stretch.

    Args:
        params: Goals with start and target in the metric's unit, and the shares of teams.
        kpis: Actuals per month; the season is taken from the company's.

    Returns:
        The frame `targets`: team is empty for the company; value in the metric's unit.
    """
    rows = []
    for goal in params.goals.goals:
        company = company_path(params, goal, kpis)
        rows += _rows(goal, "", company)
        for team, path in team_paths(params, goal, company).items():
            rows += _rows(goal, team, path)
    return frames.conformed("targets", pd.DataFrame(rows)) if rows else frames.empty("targets")


def company_path(params: Params, goal: Goal, kpis: pd.DataFrame) -> History:
    """Returns the company's target for each month of the year, in the metric's unit."""
    metric = params.metrics[goal.kpi]
    months, count = params.year_months, months_to_deadline(params, goal)
    if metric.aggregate == "sum":
        weights = season(params, goal, kpis)[:count]
        parts = split(goal.target, weights, unit_of(metric, goal.target))
        return dict(zip(months, [*parts, *([Decimal(0)] * (12 - count))], strict=True))
    unit = unit_of(metric, goal.target, goal.start)
    steps = [min(step, count) for step in range(1, 13)]
    return {month: _on_path(goal, Decimal(step) / count, unit) for month, step in zip(months, steps, strict=True)}


def team_paths(params: Params, goal: Goal, company: History) -> dict[str, History]:
    """Returns the target for each month of each team with a stated share; none for a KPI that does not add up."""
    metric = params.metrics[goal.kpi]
    shares = list(goal.teams.values())
    if not metric.additive or not shares or min(shares) < 0 or sum(shares) == 0:
        return {}
    unit = unit_of(metric, goal.target, goal.start)
    weights = [*shares, max(1 - sum(shares, Decimal(0)), Decimal(0))]
    parts = _flow_parts if metric.aggregate == "sum" else _stock_parts
    grid = parts(list(company.values()), weights, unit)
    return {team: dict(zip(company, row, strict=True)) for team, row in zip(goal.teams, grid, strict=False)}


def _flow_parts(months: Sequence[Decimal], weights: Sequence[Decimal], unit: Decimal) -> list[list[Decimal]]:
    sign = -1 if sum(months) < 0 else 1
    sizes = [sign * month for month in months]
    year = _rounded(sum(sizes, Decimal(0)) * sum(weights), unit)
    if not year:
        return [[Decimal(0)] * len(months) for _ in weights]
    grid = two_way_split(split(year, weights, unit), split(year, sizes, unit), unit)
    return [[sign * value for value in row] for row in grid]


def _stock_parts(months: Sequence[Decimal], weights: Sequence[Decimal], unit: Decimal) -> list[list[Decimal]]:
    return _transposed([split(_rounded(month * sum(weights), unit), weights, unit) for month in months])


def two_way_split(rows: Sequence[Decimal], columns: Sequence[Decimal], unit: Decimal) -> list[list[Decimal]]:
    """Returns a grid of whole units whose rows and columns sum exactly to the totals given.

    Column after column is split by what each row should have by then and does not have yet; in the last column
    that is exactly what each row still lacks.

    Args:
        rows: Total of each row, zero or more, whole units.
        columns: Total of each column, zero or more, whole units; same sum as the rows.
        unit: The smallest piece.

    Returns:
        One list per row, one value per column.

    Raises:
        ValueError: If a total is negative or the sums differ.
    """
    whole = sum(columns, Decimal(0))
    if min([*rows, *columns], default=Decimal(0)) < 0 or sum(rows, Decimal(0)) != whole:
        raise ValueError("row and column totals must be zero or more and have the same sum")
    given, so_far, parts = [Decimal(0)] * len(rows), Decimal(0), []
    for column in columns:
        so_far += column
        claims = [max(row * so_far / whole - had, Decimal(0)) if column else Decimal(0) for row, had in zip(rows, given, strict=True)]
        part = split(column, claims, unit) if column else claims
        given = [had + got for had, got in zip(given, part, strict=True)]
        parts.append(part)
    return _transposed(parts) if parts else [[] for _ in rows]


def season(params: Params, goal: Goal, kpis: pd.DataFrame) -> list[Decimal]:
    """Returns a weight for each month of the fiscal year: that calendar month's share of the KPI's last twelve closed months.

    All weights are 1 where the goal asks for even months, or where the history is shorter, negative or zero.
    """
    even = [Decimal(1)] * 12
    if goal.months == "even":
        return even
    past = history(kpis, goal.kpi)
    last = [add_months(params.last_closed, -back) for back in range(12)]
    if any(month not in past for month in last):
        return even
    by_month = {month.month: past[month] for month in last}
    weights = [by_month[month.month] for month in params.year_months]
    return weights if min(weights) >= 0 and sum(weights[: months_to_deadline(params, goal)]) > 0 else even


def history(kpis: pd.DataFrame, metric: str, team: str = "") -> History:
    """Returns a metric's actuals by month, for the company or a team."""
    rows = kpis[(kpis["metric"] == metric) & (kpis["team"] == team)]
    return dict(zip(rows["month"], rows["value"], strict=True))


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


def _on_path(goal: Goal, part: Decimal, unit: Decimal) -> Decimal:
    return _rounded(goal.start + (goal.target - goal.start) * part, unit)


def _rounded(value: Decimal, unit: Decimal) -> Decimal:
    return (value / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * unit


def _transposed(parts: Sequence[Sequence[Decimal]]) -> list[list[Decimal]]:
    return [list(row) for row in zip(*parts, strict=True)]


def _rows(goal: Goal, team: str, path: History) -> list[dict[str, object]]:
    return [{"goal": goal.id, "metric": goal.kpi, "team": team, "month": month, "value": value} for month, value in path.items()]
