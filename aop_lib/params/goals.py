"""goals.yml, typed: what leadership wants to reach, whose it is and by when."""

from __future__ import annotations

from typing import Literal

from aop_lib.fields import Day, Id, Number, Share, Strict, Text


class Objective(Strict):
    """What a goal serves."""

    id: Id
    statement: Text


class Milestone(Strict):
    """A dated, owned, checkable step of a goal."""

    id: Id
    what: Text
    due: Day
    owner: Id
    measure: Text
    team: Id | None = None
    done: Day | None = None


class Goal(Strict):
    """One goal: a KPI, from where to where, by when, whose."""

    id: Id
    statement: Text
    objective: Id
    weight: Share
    kpi: Id
    start: Number
    target: Number
    deadline: Day
    owner: Id
    contributors: list[Id] = []
    evidence: Text = ""
    teams: dict[Id, Share] = {}  # stated shares of the target; only for KPIs that add up
    months: Literal["even", "seasonal"] = "even"
    milestones: list[Milestone] = []


class Goals(Strict):
    """goals.yml."""

    objectives: list[Objective]
    goals: list[Goal]
