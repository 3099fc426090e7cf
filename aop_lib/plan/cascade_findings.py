"""What is wrong with how targets are handed down: teams that cannot move a KPI, shares that do not fit, ratios without parts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.cascade import handings
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.movable import can_move
from aop_lib.plan.owners import owner_name, team_name, team_owner
from aop_lib.plan.ratio_targets import NoParts, is_ratio, ratio_parts
from aop_lib.plan.shares import measure_of, shares_of
from aop_lib.plan.targets import each_kpi
from aop_lib.plan.wording import counted, listed, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Goal, Split


def cascade_findings(params: Params, kpis: pd.DataFrame) -> list[Row]:
    """Returns what is wrong with how targets are handed down, as rows of findings.

    Args:
        params: Goals, teams, catalogue.
        kpis: Actuals per month.
    """
    return [row for goal in each_kpi(params) for row in _of_goal(params, goal, kpis)]


def unmovable(params: Params) -> list[tuple[str, str, str]]:
    """Returns goal, KPI and team wherever a goal names a team that cannot move its KPI (`movable.can_move`)."""
    return [
        (goal.id, goal.kpi, team)
        for goal in each_kpi(params)
        for team in dict.fromkeys(team for way in (goal, *goal.split.values()) for team in (*way.teams, *way.among))
        if not can_move(params, team, goal.kpi)
    ]


def _of_goal(params: Params, goal: Goal, kpis: pd.DataFrame) -> Iterator[Row]:
    owner = owner_name(params, goal.owner)
    yield from _cannot_move(params, goal)
    for group, way in (("", goal), *goal.split.items()):
        yield from _measured(params, goal, way, group, kpis, owner)
    yield from (row for group, way in goal.split.items() for row in _sum(params, goal, group, way, owner))
    yield from _people(params, goal, kpis, owner)
    yield from _parts(params, goal, kpis, owner)
    if goal.months == "workdays" and params.metrics[goal.kpi].aggregate != "sum":
        what = "Only months that add up are split by workdays, so the path is a straight line"
        yield finding("note", "season", goal.id, what, expected="months: even", found="months: workdays", owner=owner)


def _cannot_move(params: Params, goal: Goal) -> Iterator[Row]:
    moves = {each.id: each.moves for each in params.company.teams}
    for _, _, team in (each for each in unmovable(params) if each[:2] == (goal.id, goal.kpi)):
        yield finding(
            "error", "shares", goal.id, f"{team_name(params, team)} has a target for {params.metrics[goal.kpi].label}, which it cannot move",
            expected=f"a team whose `moves` in company.yml names {goal.kpi} or a part of it", found=listed(moves.get(team, [])),
            owner=owner_name(params, team_owner(params, team)),
        )  # fmt: skip


def _people(params: Params, goal: Goal, kpis: pd.DataFrame, owner: str) -> Iterator[Row]:
    metric = params.metrics[goal.kpi]
    handed = {team for each in handings(params, goal, kpis) for team in each.shares.weights} if metric.additive else set()
    for team, shares in goal.people.items():
        whole, name = sum(shares.values(), Decimal(0)), team_name(params, team)
        if team not in handed:
            what = f"{name} has no part of {metric.label} that its people could answer for"
            expected = "a share for the team" if metric.additive else "a KPI that adds up"
            yield finding("warning", "people", goal.id, what, expected=expected, found=counted(len(shares), "person", "people"), owner=owner)
        elif whole != 1:
            what = f"The people of {name} answer for {percent_text(whole)} of its part"
            yield finding(
                "note" if whole > 1 else "warning", "people", goal.id, what, expected="shares that sum to 100 %", found=percent_text(whole), owner=owner
            )


def _parts(params: Params, goal: Goal, kpis: pd.DataFrame, owner: str) -> Iterator[Row]:
    if is_ratio(params, goal.kpi) and (goal.teams or goal.by != "stated"):
        parts = ratio_parts(params, goal, kpis)
        if isinstance(parts, NoParts):
            what = f"{params.metrics[goal.kpi].label} cannot be handed down: {parts.reason}"
            yield finding("warning", "shares", goal.id, what, expected="actuals of what the ratio is made of", found="none", owner=owner)


def _measured(params: Params, goal: Goal, way: Split, group: str, kpis: pd.DataFrame, owner: str) -> Iterator[Row]:
    if way.by != "stated" and shares_of(params, kpis, way, goal.kpi, group) is None:
        name = measure_of(way, goal.kpi)
        label = params.metrics[name].label if name in params.metrics else name
        what = f"No team that moves it has figures of {label}, so the target is not handed down by {way.by}"
        yield finding("warning", "shares", goal.id, what, expected=f"actuals of {label} per team, or stated shares", found="none", owner=owner)


def _sum(params: Params, goal: Goal, group: str, way: Split, owner: str) -> Iterator[Row]:
    whole = sum(way.teams.values(), Decimal(0))
    if way.by != "stated" or not way.teams or whole == 1:
        return
    name = team_name(params, group)
    what = (
        f"The teams of {name} stretch {percent_text(whole - 1)} beyond its part"
        if whole > 1
        else f"No team answers for {percent_text(1 - whole)} of {name}'s part"
    )
    yield finding("note" if whole > 1 else "warning", "shares", goal.id, what, expected="shares that sum to 100 %", found=percent_text(whole), owner=owner)
