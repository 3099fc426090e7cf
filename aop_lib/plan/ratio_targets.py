"""Ratios handed down through their parts: what is above the line and what is below it, both exact, and the ratio they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.money import split
from aop_lib.plan.cascade import handed, handings
from aop_lib.plan.expected import expected
from aop_lib.plan.formula_values import Unknown
from aop_lib.plan.paths import History, company_path
from aop_lib.plan.quotients import Quotient, quotient
from aop_lib.plan.shares import Shares, numerator_shares
from aop_lib.plan.splits import rounded

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Goal

PLACES = Decimal("0.0000000001")
NONE = Decimal(0)


@dataclass(frozen=True)
class RatioPart:
    """What one team owes of a ratio.

    Attributes:
        team: Whose part it is; empty for the company.
        parent: The group whose part it is taken from.
        level: 0 for the company, 1 below it and so on.
        numerator: What is above the line, per month.
        denominator: What is below it, per month.
    """

    team: str
    parent: str
    level: int
    numerator: History
    denominator: History

    def value(self, month: pd.Timestamp) -> Decimal | None:
        """Returns the ratio that the parts make; None where nothing is below the line."""
        below = self.denominator[month]
        return (self.numerator[month] / below).quantize(PLACES) if below > 0 else None


@dataclass(frozen=True)
class NoParts:
    """Why a ratio has no parts, in words."""

    reason: str


def ratio_parts(params: Params, goal: Goal, kpis: pd.DataFrame) -> list[RatioPart] | NoParts:
    """Returns the parts of a ratio for the company, then for each group and team that it is handed to.

    Defined as::

        denominator of the company   what is expected of it (`expected`), or the stated year in the months' proportion; whole units
        numerator of the company     target of the month * denominator, rounded once to whole units
        team                         its share of each, by the largest remainder; its ratio = its numerator / its denominator

    so that the sum of the numerators over the sum of the denominators is the company's, exactly, wherever the shares sum to 1.

    Args:
        params: Catalogue, teams.
        goal: One KPI of a goal that is a ratio.
        kpis: Actuals that shape targets.
    """
    made = quotient(params, goal.kpi)
    if made is None:
        return NoParts(f"{params.metrics[goal.kpi].label} is no quotient of the catalogue, so it has no parts that could be split")
    below = _denominator(params, goal, kpis, made)
    if isinstance(below, NoParts):
        return below
    path = company_path(params, goal, kpis)
    above = {month: rounded(path[month] * below[month], made.above_unit) for month in below}
    parts = {"": RatioPart("", "", 0, above, below)}
    for each in handings(params, goal, kpis):
        whole = parts[each.group]
        upper = _shared(whole.numerator, numerator_shares(each.way, each.shares), made.above_unit, is_flow=made.adds_up)
        lower = _shared(whole.denominator, each.shares, made.below_unit, is_flow=made.adds_up)
        parts |= {team: RatioPart(team, each.group, each.level, upper[team], lower[team]) for team in each.shares.weights}
    return list(parts.values())


def ratio_targets(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the parts of every ratio that is handed down or could be: company, groups and teams, per month.

    Args:
        params: Catalogue, teams.
        kpis: Actuals that shape targets.

    Returns:
        The frame `ratio_targets`: value is numerator / denominator; the names say what they are.
    """
    rows: list[dict[str, Any]] = []
    for goal in (each for whole in params.goals.goals for each in whole.by_kpi()):
        parts = ratio_parts(params, goal, kpis) if is_ratio(params, goal.kpi) else NoParts("")
        made = quotient(params, goal.kpi)
        if made is not None and not isinstance(parts, NoParts):
            rows += [_row(goal, made, part, month) for part in parts for month in part.denominator]
    return frames.conformed("ratio_targets", pd.DataFrame(rows)) if rows else frames.empty("ratio_targets")


def is_ratio(params: Params, metric: str) -> bool:
    """Returns whether a metric is handed down by its parts: it does not add up over teams and is a quotient."""
    return not params.metrics[metric].additive and quotient(params, metric) is not None


def team_ratios(params: Params, goal: Goal, kpis: pd.DataFrame) -> Iterator[tuple[RatioPart, History]]:
    """Yields each group and team that a ratio is handed to with its ratio per month; those that have nothing below the line are left out."""
    parts = ratio_parts(params, goal, kpis) if is_ratio(params, goal.kpi) else NoParts("")
    for part in [] if isinstance(parts, NoParts) else parts:
        values = {month: part.value(month) for month in part.denominator}
        known = {month: value for month, value in values.items() if value is not None}
        if part.level and len(known) == len(values):
            yield part, known


def _shared(whole: History, shares: Shares, unit: Decimal, *, is_flow: bool) -> dict[str, History]:
    if not any(shares.weights.values()):
        return {team: dict.fromkeys(whole, NONE) for team in shares.weights}
    one_sign = min(whole.values()) >= 0 or max(whole.values()) <= 0
    return handed(whole, shares, unit, is_flow=is_flow and one_sign)


def _denominator(params: Params, goal: Goal, kpis: pd.DataFrame, made: Quotient) -> History | NoParts:
    evaluation = expected(params, kpis)
    values: History = {}
    for month in params.year_months:
        value = evaluation.node(made.below, month)
        if isinstance(value, Unknown):
            return NoParts(f"{value.reason}, which {params.metrics[goal.kpi].label} is a share of")
        if value <= 0:
            return NoParts(f"{made.below_name} is expected to be zero or less, so a share of it means nothing")
        values[month] = rounded(value, made.below_unit)
    return values if goal.denominator is None else _stated(values, goal.denominator, made)


def _stated(values: Mapping[pd.Timestamp, Decimal], year: Decimal, made: Quotient) -> History | NoParts:
    months = list(values)
    if year <= 0:
        return NoParts(f"the stated {made.below_name} is zero or less, so a share of it means nothing")
    if made.adds_up:
        return dict(zip(months, split(rounded(year, made.below_unit), list(values.values()), made.below_unit), strict=True))
    return {month: rounded(value * year / values[months[-1]], made.below_unit) for month, value in values.items()}


def _row(goal: Goal, made: Quotient, part: RatioPart, month: pd.Timestamp) -> dict[str, Any]:
    return {
        "goal": goal.id, "metric": goal.kpi, "team": part.team, "level": part.level, "parent": part.parent, "month": month,
        "numerator": part.numerator[month], "denominator": part.denominator[month], "value": part.value(month),
        "numerator_name": made.above_name, "denominator_name": made.below_name,
    }  # fmt: skip
