"""goals.yml, typed: what leadership wants to reach, whose it is and by when."""

from __future__ import annotations

from typing import Literal

from aop_lib.fields import Day, Id, Number, Share, Strict, Text

Role = Literal["leading", "lagging"]
HandedBy = Literal["stated", "history", "capacity"]


class Objective(Strict):
    """What a goal serves; an objective may serve another one."""

    id: Id
    statement: Text
    serves: Id | None = None


class Milestone(Strict):
    """A dated, owned, checkable step of a goal."""

    id: Id
    what: Text
    due: Day
    owner: Id
    measure: Text
    team: Id | None = None
    done: Day | None = None


class Split(Strict):
    """How a target is handed to teams: by stated shares, or by what each team had of a metric."""

    teams: dict[Id, Share] = {}  # stated shares; of a ratio: of its denominator, and of its numerator where `numerator` is silent
    numerator: dict[Id, Share] = {}  # ratios only: stated shares of the numerator
    by: HandedBy = "stated"  # history: the last twelve closed months; capacity: heads unless `of` names another metric
    of: Id | None = None  # the metric that is measured per team; default: history the KPI itself, capacity heads
    among: list[Id] = []  # history and capacity: these teams; default: every team that can move the KPI


class Benchmark(Strict):
    """What others reach."""

    value: Number
    source: Text


class Target(Split):
    """A KPI with where it stands, where it must be and how that is handed to months, teams and people."""

    kpi: Id
    start: Number
    target: Number
    role: Role = "lagging"
    months: Literal["even", "seasonal", "workdays"] = "even"
    split: dict[Id, Split] = {}  # how the part of a group is handed to the teams in it
    people: dict[Id, dict[Id, Share]] = {}  # team to the people who answer for shares of its part
    denominator: Number | None = None  # ratios only: the denominator's year, where no goal sets it and the last one is not the measure


class GoalKpi(Target):
    """A further KPI of a goal; leading unless it says otherwise."""

    role: Role = "leading"
    weight: Share | None = None


class Goal(Target):
    """One goal: a KPI, from where to where, by when, whose; further KPIs under `kpis`."""

    id: Id
    statement: Text
    objective: Id
    weight: Share
    deadline: Day
    owner: Id
    contributors: list[Id] = []
    evidence: Text = ""
    benchmark: Benchmark | None = None
    kpis: list[GoalKpi] = []
    milestones: list[Milestone] = []

    def by_kpi(self) -> list[Goal]:
        """Returns the goal once for each of its KPIs, the main one first, each with that KPI's start, target and split."""
        further = [self.model_copy(update={name: getattr(each, name) for name in Target.model_fields} | {"kpis": []}) for each in self.kpis]
        return [self, *further]


class Goals(Strict):
    """goals.yml."""

    objectives: list[Objective]
    goals: list[Goal]
