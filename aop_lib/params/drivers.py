"""drivers.yml, scenarios/ and versions/, typed: what moves the plan, and what a scenario or a version changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from aop_lib.fields import Code, Figure, Id, Month, Number, Share, Strict, Text, Whole
from aop_lib.params.model import AccountDriverName, DriverName, Volume


class Rule(Strict):
    """How one account, line or team is carried into the base budget; the most specific rule wins."""

    line: Id | None = None
    account: Code | None = None
    team: Id | None = None
    method: Literal["run_rate", "same_month_last_year", "imported"] = "run_rate"
    growth: Share = Decimal(0)  # against the window, once, at the start of the plan year
    monthly_growth: Share = Decimal(0)  # compounding from the last closed month
    source: Text = ""  # who says so; without it the figure is shown as assumed
    owner: Id | None = None


class DriverValue(Strict):
    """One driver's value, where it is told rather than estimated; see `params/model.py` for what each driver means."""

    driver: DriverName
    value: Figure  # 30 % is 0.30
    unit: Text  # the driver's own, so that nobody mistakes it; the reporting currency for amounts
    segment: Text | None = None  # without a place it holds for every segment or line
    line: Id | None = None
    account: Code | None = None
    start: Month | None = None  # a driver that holds: from this month on; one that happens: in this month
    end: Month | None = None  # excluded
    source: Text = ""  # who says so; without it the figure is shown as assumed
    owner: Id | None = None


class Follows(Strict):
    """An account that follows a volume of the model instead of being carried forward."""

    account: Code
    volume: Volume


class Seller(Strict):
    """A role that sells; without segments it sells in all of them."""

    role: Text
    segments: list[Text] = []


class Balances(Strict):
    """The accounts of the balance sheet that the model rolls; what is not named stays as it is."""

    receivables: list[Code] = []
    deferred: list[Code] = []
    payables: list[Code] = []
    fixed_assets: list[Code] = []


class Model(Strict):
    """The driver model of drivers.yml: what is told; everything else is estimated from the snapshot."""

    window_months: Whole = 12  # estimates are taken over so many closed months
    balances: Balances = Balances()
    sellers: list[Seller] = []
    follows: list[Follows] = []
    told: list[DriverValue] = []


class Drivers(Strict):
    """drivers.yml: how existing people and contracts are carried forward, and what moves the driver model."""

    window_months: Whole = 3
    rules: list[Rule] = []
    model: Model = Model()


class Change(Strict):
    """One difference from the budget: lines, accounts or teams scaled from a month on, or a driver of the model moved."""

    line: Id | None = None
    account: Code | None = None
    team: Id | None = None
    driver: DriverName | AccountDriverName | None = None  # moves a driver of the model instead of amounts: value * scale + by
    segment: Text | None = None
    scale: Number = Decimal(1)  # 0.9 is ten per cent less
    by: Figure = Decimal(0)  # added to a driver, in its unit
    start: Month | None = None
    end: Month | None = None  # excluded
    why: Text


class Overlay(Strict):
    """Differences from the budget, with their reason and who answers for them."""

    name: Text
    reason: Text
    owner: Id
    changes: list[Change]

    @property
    def id(self) -> str:
        """Its short name, which is that of its file."""
        return str(getattr(self, type(self).__name__.lower()))


class Scenario(Overlay):
    """scenarios/<id>.yml: an overlay of differences on the budget, or on a version of it, with its reason."""

    scenario: Id
    on: Id | None = None  # the version that it starts from; the budget itself where it names none


class VersionGoal(Strict):
    """What a version says of a goal: its own words and target."""

    goal: Id
    statement: Text
    target: Figure
    why: Text


class Version(Overlay):
    """versions/<id>.yml: a version of the plan as an overlay of differences on the budget, with its reason."""

    version: Id
    goals: list[VersionGoal] = []  # the goals that its readers see, in its words; the other goals are not told
    kpis: list[Id] = []  # the metrics that its readers see
