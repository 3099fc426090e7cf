"""What is wrong with the goals: rows of the findings frame, each with its owner and its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.cascade_findings import cascade_findings
from aop_lib.plan.findings import Row, finding, findings_frame
from aop_lib.plan.goals import direction_of, latest_value
from aop_lib.plan.owners import first_owner, known_owners, owner_name
from aop_lib.plan.ratio_targets import is_ratio
from aop_lib.plan.targets import history, season
from aop_lib.plan.wording import counted, day_name, month_name, months_name, percent_text, value_text

if TYPE_CHECKING:
    from datetime import date

    from aop_lib.load import Params
    from aop_lib.params.goals import Goal

START_TOLERANCE = Decimal("0.02")
TOLD = {"S": ("target",), "M": ("measured",), "A": ("measured",), "R": (), "T": ("deadline", "milestone")}  # other findings that say the same


def goal_findings(params: Params, kpis: pd.DataFrame, milestones: pd.DataFrame, smart: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns what is wrong with the goals.

    Checked are: target on the wrong side of the start, deadline and milestones inside the year, known owners, weights that
    sum to 1, shares of teams, a KPI with actuals, a start that fits them, milestones.

    Args:
        params: Goals, metrics, owners, calendar.
        kpis: Actuals per month.
        milestones: The frame `milestones`.
        smart: The frame `smart`; each test that fails for a reason not told above is a finding.

    Returns:
        The frame `goal_findings`.
    """
    rows = list(_all_goals(params))
    for goal in params.goals.goals:
        rows += [
            *_direction(params, goal),
            *_dates(params, goal),
            *_people(params, goal),
            *_shares(params, goal),
            *_measured(params, goal, kpis),
            *_season(params, goal, kpis),
            *_reach(params, goal, kpis),
            *_steps(params, goal),
        ]
    rows += [*_late(params, milestones), *cascade_findings(params, kpis)]
    rows += [] if smart is None else _not_smart(params, smart, rows)
    return findings_frame("goal_findings", rows)


def _all_goals(params: Params) -> Iterator[Row]:
    goals = params.goals.goals
    owner = owner_name(params, first_owner(params))
    if not goals:
        yield finding(
            "warning", "goals", "goals.yml", "There are no goals", expected="at least one goal with KPI, target, owner and deadline", found="none", owner=owner
        )
        return
    weights = sum((goal.weight for goal in goals), Decimal(0))
    if weights != 1:
        yield finding(
            "warning",
            "weights",
            "goals.yml",
            "The weights of the goals do not sum to 100 %",
            expected=percent_text(Decimal(1)),
            found=percent_text(weights),
            owner=owner,
        )


def _direction(params: Params, goal: Goal) -> Iterator[Row]:
    metric = params.metrics[goal.kpi]
    way = direction_of(metric, goal) * (goal.target - goal.start)
    unit = metric.unit
    if way < 0:
        side = "more" if metric.direction == "more" else "less"
        yield finding(
            "error",
            "target",
            goal.id,
            "The target lies on the wrong side of the start",
            owner=owner_name(params, goal.owner),
            expected=f"a target better than {value_text(goal.start, unit)} ({side} is better)",
            found=value_text(goal.target, unit),
        )
    elif way == 0 and metric.aggregate != "sum":
        yield finding(
            "note",
            "target",
            goal.id,
            "The target equals the start: the goal is to hold, not to move",
            expected="a target to move to",
            found=value_text(goal.target, unit),
            owner=owner_name(params, goal.owner),
        )


def _dates(params: Params, goal: Goal) -> Iterator[Row]:
    year, owner = params.year_months, owner_name(params, goal.owner)
    if params.calendar.fiscal_year(_month(goal.deadline)) != params.fiscal_year:
        yield finding(
            "error",
            "deadline",
            goal.id,
            "The deadline lies outside the year, so the path runs to the year's end",
            expected=f"a day in {months_name(year)}",
            found=day_name(goal.deadline),
            owner=owner,
        )
    for each in goal.milestones:
        if each.due > goal.deadline:
            yield finding(
                "warning",
                "milestone",
                each.id,
                f"A milestone of {goal.id} is due after the goal's deadline",
                expected=f"on or before {day_name(goal.deadline)}",
                found=day_name(each.due),
                owner=owner_name(params, each.owner),
            )


def _people(params: Params, goal: Goal) -> Iterator[Row]:
    known = known_owners(params)
    named = [
        ("owner", goal.id, goal.owner),
        *(("contributor", goal.id, each) for each in goal.contributors),
        *(("milestone's owner", each.id, each.owner) for each in goal.milestones),
    ]
    for role, where, who in named:
        if who not in known:
            yield finding(
                "error" if role == "owner" else "warning",
                "owner",
                where,
                f"The {role} is not in the list of owners",
                expected="an owner of company.yml",
                found=who,
                owner=owner_name(params, first_owner(params)),
            )


def _about(params: Params, goal: Goal, topic: str) -> Callable[..., Row]:
    return partial(finding, topic=topic, where=goal.id, owner=owner_name(params, goal.owner))


def _shares(params: Params, goal: Goal) -> Iterator[Row]:
    metric, row = params.metrics[goal.kpi], _about(params, goal, "shares")
    shares = list(goal.teams.values())
    whole = sum(shares, Decimal(0))
    if shares and not metric.additive and not is_ratio(params, goal.kpi):
        what = f"{metric.label} does not add up over teams, so its target is not split"
        yield row("warning", what=what, expected="no shares, or a KPI that adds up", found=counted(len(shares), "share"))
    elif shares and min(shares) < 0:
        what = "A team has a negative share, so the target is not split"
        yield row("error", what=what, expected="shares of zero or more", found=percent_text(min(shares)))
    elif shares and whole < 1:
        what = f"No team answers for {percent_text(1 - whole)} of the target"
        yield row("warning", what=what, expected="shares that sum to 100 %", found=percent_text(whole))
    elif shares and whole > 1:
        what = f"The teams' targets stretch {percent_text(whole - 1)} beyond the company's"
        yield row("note", what=what, expected="shares that sum to 100 %, or a stretch that is meant", found=percent_text(whole))
    elif not shares and metric.additive and goal.by == "stated":
        yield row("note", what="The target is not handed down to teams", expected="a share for each team that moves it", found="none")


def _measured(params: Params, goal: Goal, kpis: pd.DataFrame) -> Iterator[Row]:
    metric, row = params.metrics[goal.kpi], _about(params, goal, "measured")
    month, _ = latest_value(params, metric, history(kpis, goal.kpi))
    if month is None:
        source = f"; acquire {metric.source}" if metric.source else ""
        what = f"{metric.label} has no actuals, so the goal cannot be measured{source}"
        yield row("warning", what=what, expected=f"actuals to {month_name(params.last_closed)}", found="none")
    elif month < params.last_closed:
        yield row("warning", what=f"The actuals of {metric.label} end early", expected=month_name(params.last_closed), found=month_name(month))


def _season(params: Params, goal: Goal, kpis: pd.DataFrame) -> Iterator[Row]:
    row, past = _about(params, goal, "season"), history(kpis, goal.kpi)
    if goal.months != "seasonal" or not past:
        return
    if params.metrics[goal.kpi].aggregate != "sum":
        what = "Only months that add up have a season, so the path is a straight line"
        yield row("note", what=what, expected="months: even", found="months: seasonal")
    elif len(set(season(params, goal, kpis))) == 1:
        what = "The history shows no season, so the months are even"
        yield row("note", what=what, expected="twelve closed months of actuals that differ", found=counted(len(past), "month"))


def _reach(params: Params, goal: Goal, kpis: pd.DataFrame) -> Iterator[Row]:
    metric = params.metrics[goal.kpi]
    month, latest = latest_value(params, metric, history(kpis, goal.kpi))
    if params.is_review or month is None:
        return
    here, start, target = (value_text(value, metric.unit) for value in (latest, goal.start, goal.target))
    if metric.aggregate != "sum" and abs(latest - goal.start) > START_TOLERANCE * abs(goal.start):
        yield _about(params, goal, "start")("note", what=f"The start differs from the actual of {month_name(month)}", expected=here, found=start)
    way = direction_of(metric, goal)
    if way * (latest - goal.target) >= 0 and way * (goal.target - goal.start) >= 0:
        yield _about(params, goal, "target")("note", what="The target is reached already", expected=f"a target beyond {here}", found=target)


def _steps(params: Params, goal: Goal) -> Iterator[Row]:
    if not goal.milestones:
        yield finding(
            "warning",
            "milestone",
            goal.id,
            "The goal has no milestones",
            expected="dated steps that can be checked",
            found="none",
            owner=owner_name(params, goal.owner),
        )


def _late(params: Params, milestones: pd.DataFrame) -> Iterator[Row]:
    for each in milestones[milestones["status"] == "late"].to_dict("records"):
        yield finding(
            "warning",
            "milestone",
            each["milestone"],
            f"Late: {each['what']}",
            expected=f"done by {day_name(each['due'].date())}",
            found=f"not done on {day_name(params.as_of)}",
            owner=each["owner_name"],
        )


def _not_smart(params: Params, smart: pd.DataFrame, told: list[Row]) -> Iterator[Row]:
    owners = {goal.id: goal.owner for goal in params.goals.goals}
    known = {(row["where"], row["topic"]) for row in told if row["severity"] != "note"}
    for row in smart[smart["result"] == "fail"].to_dict("records"):
        if not any((row["goal"], topic) in known for topic in TOLD[row["letter"]]):
            what = f"Not {row['test']}: {row['reason']}"
            yield finding("warning", row["test"], row["goal"], what, expected=row["remedy"], found=row["figure"], owner=owner_name(params, owners[row["goal"]]))


def titles(params: Params, plans: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Returns what readers call goals, milestones, initiatives and teams, by id.

    Args:
        params: Goals and teams.
        plans: The frames of the team plans.
    """
    teams = {each.id: each.name for each in params.company.teams}
    steps = {step.id: step.what for plan in params.team_plans for step, _ in plan.steps}
    own = {each.id: each.what for goal in params.goals.goals for each in goal.milestones}
    begun = dict(zip(plans["initiatives"]["initiative"], plans["initiatives"]["what"], strict=True))
    return teams | steps | own | begun | {goal.id: goal.statement for goal in params.goals.goals}


def _month(day: date) -> pd.Timestamp:
    return pd.Timestamp(day).replace(day=1)
