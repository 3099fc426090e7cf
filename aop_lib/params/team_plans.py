"""plans/<team>.yml, typed: how a team means to reach its targets, who does what, and by when."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from aop_lib.fields import Amount, Currency, Day, Id, Number, Strict, Text

Rhythm = Literal["once", "weekly", "monthly", "quarterly"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday"]


def _people(value: Any) -> Any:
    return [] if value is None else [value] if isinstance(value, str) else value


People = Annotated[list[Id], BeforeValidator(_people)]  # one owner's id, or a list; nobody, or two where one is asked, is a finding


class Strategy(Strict):
    """A way in which a team means to reach a goal; initiatives follow it."""

    id: Id
    statement: Text
    goal: Id | None = None


class Effect(Strict):
    """What an initiative is expected to add to a metric, and by when; below zero where it takes away."""

    metric: Id
    value: Number
    by: Day


class Step(Strict):
    """A milestone of a team: once on a day, or every week, month or quarter."""

    id: Id
    what: Text
    rhythm: Rhythm = "once"
    due: Day | None = None  # once: the day
    weekday: Weekday = "monday"  # weekly: the day of the week; months and quarters end on their last working day
    start: Day | None = None  # a rhythm runs from here (default: with its initiative, or the year)
    end: Day | None = None  # … to here, this day included
    owner: People = []
    responsible: People = []  # default: the owner
    depends_on: list[Id] = []  # milestones, of this plan or of any other, that must be done before
    measure: Text
    done: Day | None = None  # once: when it was done; a rhythm: up to which day it was kept


class Initiative(Strict):
    """What a team will do to reach a target: who, when, at what cost, and what it shall bring."""

    id: Id
    what: Text
    goal: Id | None = None
    kpi: Id | None = None  # the KPI that it moves
    strategy: Id | None = None
    accountable: People = []
    responsible: People = []
    consulted: People = []
    informed: People = []
    start: Day
    end: Day  # the last day
    cost: Amount | None = None  # of the year; with a request, what the request asks for is taken
    currency: Currency | None = None  # default: the reporting currency
    request: Id | None = None  # the request that pays for it
    effects: list[Effect] = []
    milestones: list[Step] = []


class Individual(Strict):
    """A KPI that a person answers for, beside the team's."""

    person: Id
    kpi: Id
    target: Number
    by: Day | None = None  # default: the end of the year
    goal: Id | None = None


class TeamPlan(Strict):
    """plans/<team>.yml: the plan of one team."""

    team: Id
    strategies: list[Strategy] = []
    initiatives: list[Initiative] = []
    milestones: list[Step] = []
    individuals: list[Individual] = []

    @property
    def steps(self) -> list[tuple[Step, Initiative | None]]:
        """Every milestone of the plan with the initiative that it belongs to, None for those of the team itself."""
        within = [(step, initiative) for initiative in self.initiatives for step in initiative.milestones]
        return [*within, *((step, None) for step in self.milestones)]
