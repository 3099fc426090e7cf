"""What is wrong with the team plans: targets nobody works at, work without a target, money, roles, people and the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.findings import Row, finding, findings_frame
from aop_lib.plan.owners import first_owner, owner_name, team_name, team_owner
from aop_lib.plan.requests import request_status
from aop_lib.plan.responsibilities import Item
from aop_lib.plan.responsibility_findings import overload_findings, people_findings, role_findings
from aop_lib.plan.timeline_findings import funding_findings, late_findings, timeline_findings
from aop_lib.plan.trees import team_ancestry
from aop_lib.plan.wording import counted, listed, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params


def plan_findings(params: Params, frames: dict[str, pd.DataFrame], found: list[Item]) -> pd.DataFrame:
    """Returns what is wrong with the team plans, roles and milestones.

    Checked are: targets without an initiative and initiatives without a target, what initiatives bring against what targets need, their
    money against their requests, one accountable and at least one responsible person for everything, people who left, full weeks,
    dependencies, days nobody works.

    Args:
        params: Plans, goals, owners, decisions.
        frames: By name: targets, initiatives, initiative_effects, action_gaps, occurrences, people, requests, request_lines.
        found: What `responsibilities.items` returned.

    Returns:
        The frame `plan_findings`.
    """
    roles = list(role_findings(params, found)) if params.team_plans or params.goals.goals else []
    status = request_status(params, frames["requests"], frames["request_lines"])
    rows = [
        *_without_plans(params),
        *(gap_findings(params, frames["action_gaps"]) if params.team_plans else ()),
        *aimless_findings(params, frames["targets"], frames["initiatives"], frames["initiative_effects"]),
        *funding_findings(params, frames["initiatives"], status),
        *roles,
        *people_findings(params, found, frames["people"]),
        *overload_findings(params, frames["occurrences"]),
        *timeline_findings(params),
        *late_findings(params, frames["occurrences"]),
    ]
    return findings_frame("plan_findings", rows)


def _without_plans(params: Params) -> Iterator[Row]:
    if not params.team_plans and params.goals.goals:
        what = "No team has a plan, so nothing says how the targets are to be reached"
        owner = owner_name(params, first_owner(params))
        yield finding("note", "plans", "plans/", what, expected="plans/<team>.yml for each team with a target", found="none", owner=owner)


def gap_findings(params: Params, gaps: pd.DataFrame) -> Iterator[Row]:
    """Yields a finding for each target without an initiative, and for each whose initiatives are expected to bring too little.

    Args:
        params: Metrics, teams, owners.
        gaps: The frame `action_gaps`.
    """
    for row in gaps.to_dict("records"):
        metric = params.metrics[row["metric"]]
        unit = params.company.reporting_currency if metric.unit == "currency" else metric.unit
        whose = f"of {team_name(params, row['team'])}" if row["team"] else "of the company"
        where, owner = row["team"] or row["goal"], owner_name(params, row["owner"])
        texts = ("" if pd.isna(row[key]) else value_text(Decimal(row[key]), unit) for key in ("needed", "expected", "gap"))
        needed, expected, missing = (text.replace("%", "pp") for text in texts)
        if not row["initiatives"] and row["needed"] != 0:
            what = f"The target {whose} for {metric.label} ({row['goal']}) has no initiative"
            asks = f"initiatives that bring {needed}" if needed else "an initiative that moves it"
            yield finding("warning", "action plan", where, what, expected=asks, found="none", owner=owner)
        elif row["initiatives"] and missing and row["gap"] > 0:
            verb = "leaves" if row["initiatives"] == 1 else "leave"
            what = f"{counted(row['initiatives'], 'initiative')} {whose} for {metric.label} ({row['goal']}) {verb} {missing} open"
            yield finding("note", "action plan", where, what, expected=needed, found=expected, owner=owner)


def aimless_findings(params: Params, targets: pd.DataFrame, initiatives: pd.DataFrame, effects: pd.DataFrame) -> Iterator[Row]:
    """Yields a finding for each initiative that moves no KPI with a target, and a note for each whose KPI is another team's target.

    Args:
        params: Teams, owners.
        targets: The frame `targets`.
        initiatives: The frame `initiatives`.
        effects: The frame `initiative_effects`: what else an initiative moves.
    """
    above = team_ancestry(params)
    holders = {str(metric): set(rows["team"]) for metric, rows in targets.groupby("metric")}
    for row in initiatives.to_dict("records"):
        moved = {row["metric"], *effects.loc[effects["initiative"] == row["initiative"], "metric"]} - {""}
        held = {team for metric in moved for team in _holders(holders.get(metric, set()), adds_up=params.metrics[metric].additive)}
        owner = row["accountable_name"] or owner_name(params, team_owner(params, row["team"]))
        labels = ", ".join(params.metrics[metric].label for metric in sorted(moved)) or "none"
        if not held:
            what = f"“{row['what']}” {'serves no target: no goal has the KPI that it moves' if moved else 'moves no KPI'}"
            yield finding("warning", "action plan", row["initiative"], what, expected="a KPI that has a target", found=labels, owner=owner, amount=row["cost"])
        elif not held & {"", row["team"], *above.get(row["team"], {})} and not any(row["team"] in above.get(team, {}) for team in held):
            what = f"“{row['what']}” works at a target of other teams; what it brings is counted for none of them"
            others = listed([team_name(params, each) for each in sorted(held)])
            expected = f"a target of {team_name(params, row['team'])}, or the same initiative in the plan of {others}"
            yield finding("note", "action plan", row["initiative"], what, expected=expected, found=labels, owner=owner)


def _holders(teams: set[str], *, adds_up: bool) -> set[str]:
    """The teams that hold a target; the company too where teams' parts do not add up to it."""
    return (teams - {""}) or teams if adds_up else teams
