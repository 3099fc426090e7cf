"""The cascade of one KPI: the company's path handed to groups, from groups to teams, and from teams to people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.paths import History, unit_of
from aop_lib.plan.shares import Shares, shares_of
from aop_lib.plan.splits import flow_parts, stock_parts

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.catalogue import Metric
    from aop_lib.params.goals import Goal, Split


@dataclass(frozen=True)
class Part:
    """What one team owes.

    Attributes:
        team: Whose part it is.
        parent: The group whose part it is taken from; empty for the company's.
        level: 1 below the company, 2 below a group and so on.
        path: Its target for each month.
    """

    team: str
    parent: str
    level: int
    path: History


@dataclass(frozen=True)
class Handing:
    """One step of handing down: from the company or a group to the teams in it.

    Attributes:
        group: From whom; empty for the company.
        level: The level of the teams that get it.
        way: How.
        shares: By which weights.
    """

    group: str
    level: int
    way: Split
    shares: Shares


def team_parts(params: Params, goal: Goal, company: History, kpis: pd.DataFrame) -> list[Part]:
    """Returns what each group and team owes of a KPI that adds up; none for any other KPI.

    Args:
        params: Teams, metrics.
        goal: One KPI of a goal (`Goal.by_kpi`), with how it is handed down.
        company: The company's target for each month.
        kpis: Actuals that shape targets, for shares by history or capacity.
    """
    metric = params.metrics[goal.kpi]
    if not metric.additive:
        return []
    unit = unit_of(metric, goal.target, goal.start)
    paths, parts = {"": company}, []
    for each in handings(params, goal, kpis):
        for team, path in handed(paths[each.group], each.shares, unit, is_flow=is_flow(metric)).items():
            paths[team] = path
            parts.append(Part(team, each.group, each.level, path))
    return parts


def handings(params: Params, goal: Goal, kpis: pd.DataFrame) -> Iterator[Handing]:
    """Yields every step in which a KPI is handed down, from the company to groups, then from each group to the teams in it."""
    left: list[tuple[str, int, Split]] = [("", 1, goal)]
    while left:
        group, level, way = left.pop(0)
        shares = shares_of(params, kpis, way, goal.kpi, group)
        if shares is not None:
            yield Handing(group, level, way, shares)
            left += [(team, level + 1, goal.split[team]) for team in shares.weights if team in goal.split]


def handed(whole: History, shares: Shares, unit: Decimal, *, is_flow: bool) -> dict[str, History]:
    """Returns the path of each of those that share one; where the shares sum to less than the whole, the rest is nobody's.

    Args:
        whole: The path that is shared, whole units.
        shares: By which weights.
        unit: The smallest piece.
        is_flow: Whether its months add up, so that the parts sum over months as well.
    """
    parts = flow_parts if is_flow else stock_parts
    grid = parts(list(whole.values()), [*shares.weights.values(), shares.kept], shares.whole, unit)
    return {team: dict(zip(whole, row, strict=True)) for team, row in zip(shares.weights, grid, strict=False)}


def person_parts(params: Params, goal: Goal, parts: list[Part]) -> dict[tuple[str, str], History]:
    """Returns the path of each (team, person) that answers for a share of a team's part."""
    metric = params.metrics[goal.kpi]
    unit = unit_of(metric, goal.target, goal.start)
    found: dict[tuple[str, str], History] = {}
    for part in parts:
        shares = Shares(goal.people.get(part.team, {}))
        if shares.weights and min(shares.weights.values()) >= 0 and sum(shares.weights.values()) > 0:
            paths = handed(part.path, shares, unit, is_flow=is_flow(metric))
            found |= {(part.team, person): path for person, path in paths.items()}
    return found


def is_flow(metric: Metric) -> bool:
    """Returns whether a metric's months add up."""
    return metric.aggregate == "sum"
