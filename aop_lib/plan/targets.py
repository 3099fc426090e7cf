"""Targets handed down: the year into months, the company into teams and people, every part summing to the last unit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.plan.cascade import Part, handings, is_flow, person_parts, team_parts
from aop_lib.plan.paths import History, basis_kpis, company_path, history, season
from aop_lib.plan.ratio_targets import team_ratios
from aop_lib.plan.splits import two_way_split

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Goal

__all__ = ["History", "basis_kpis", "company_path", "history", "person_targets", "season", "stretch", "targets", "two_way_split"]


def targets(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the target of every KPI of every goal per month: for the company, for groups and for teams.

    Defined as::

        KPI whose months add up (aggregate sum)   year split over the months to the deadline: evenly, by season or by workdays
        any other KPI                             start + (target - start) * month / months to the deadline
        team                                      company * share, a team of a group: the group's part * share
        team, of a ratio                          its numerator / its denominator (`ratio_targets`)

    A team's months sum to its share of the year, the teams of a month to the company's month, to the last unit, where the
    shares sum to 1. Where they sum to less, the rest stays above them; where to more, the teams stretch.

    Args:
        params: Goals with start and target in the metric's unit, and how they are handed down.
        kpis: Actuals that shape targets: seasons, shares by history or capacity (in a review those of the frozen plan).

    Returns:
        The frame `targets`: team is empty for the company, level 0; level 1 is taken from the company, 2 from the group `parent`.
    """
    rows: list[dict[str, Any]] = []
    for goal in each_kpi(params):
        company = company_path(params, goal, kpis)
        ratios = [Part(part.team, part.parent, part.level, values) for part, values in team_ratios(params, goal, kpis)]
        parts = [Part("", "", 0, company), *team_parts(params, goal, company, kpis), *ratios]
        rows += [_row(goal, part.team, month, value) | {"level": part.level, "parent": part.parent} for part in parts for month, value in part.path.items()]
    return frames.conformed("targets", pd.DataFrame(rows)) if rows else frames.empty("targets")


def person_targets(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the target per month of everybody who answers for a share of a team's part; arguments as in `targets`.

    Returns:
        The frame `person_targets`: the people of a team sum to its part where their shares sum to 1, per month and for the year.
    """
    rows = []
    for goal in each_kpi(params):
        parts = team_parts(params, goal, company_path(params, goal, kpis), kpis) if goal.people else []
        for (team, person), path in person_parts(params, goal, parts).items():
            rows += [_row(goal, team, month, value) | {"person": person} for month, value in path.items()]
    return frames.conformed("person_targets", pd.DataFrame(rows)) if rows else frames.empty("person_targets")


def stretch(params: Params, kpis: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Returns, for each step in which a KPI is handed down, the year's target above beside the sum of the targets below.

    Defined as::

        stretch         parts - target       above zero: the teams together carry more than is asked above them
        stretch_share   stretch / target     missing at or below zero
        year            the sum of the months; for a KPI whose months do not add up the last month

    Args:
        params: Goals and metrics.
        kpis: Actuals that shape targets.
        targets: The frame `targets`.

    Returns:
        The frame `stretch`: parent is empty for the company; only KPIs that add up over teams.
    """
    rows = []
    for goal in each_kpi(params):
        own = targets[(targets["goal"] == goal.id) & (targets["metric"] == goal.kpi)]
        years = _years(own, is_sum=is_flow(params.metrics[goal.kpi]))
        for each in handings(params, goal, kpis) if params.metrics[goal.kpi].additive else ():
            whole, parts = years[each.group], sum((years[team] for team in each.shares.weights), Decimal(0))
            rows.append(_stretch_row(goal, each.group, whole, parts) | {"teams": len(each.shares.weights), "split_by": each.way.by})
    return frames.conformed("stretch", pd.DataFrame(rows)) if rows else frames.empty("stretch")


def each_kpi(params: Params) -> list[Goal]:
    """Returns every goal once per KPI, in the order of the file."""
    return [each for goal in params.goals.goals for each in goal.by_kpi()]


def _years(own: pd.DataFrame, *, is_sum: bool) -> Mapping[str, Decimal]:
    counted = own if is_sum else own[own["month"] == own["month"].max()]
    found: dict[str, Decimal] = {}
    for team, value in zip(counted["team"], counted["value"], strict=True):
        found[team] = found.get(team, Decimal(0)) + value
    return found


def _stretch_row(goal: Goal, group: str, whole: Decimal, parts: Decimal) -> dict[str, Any]:
    share = float((parts - whole) / whole) if whole > 0 else float("nan")
    return {"goal": goal.id, "metric": goal.kpi, "parent": group, "target": whole, "parts": parts, "stretch": parts - whole, "stretch_share": share}


def _row(goal: Goal, team: str, month: pd.Timestamp, value: Decimal) -> dict[str, Any]:
    return {"goal": goal.id, "metric": goal.kpi, "team": team, "month": month, "value": value}
