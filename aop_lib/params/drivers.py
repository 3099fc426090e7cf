"""drivers.yml and scenarios/, typed: what moves the plan, and what a scenario changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from aop_lib.fields import Code, Id, Month, Number, Share, Strict, Text, Whole


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


class Drivers(Strict):
    """drivers.yml: how existing people and contracts are carried forward."""

    window_months: Whole = 3
    rules: list[Rule] = []


class Change(Strict):
    """One difference of a scenario from the budget: lines, accounts or teams scaled from a month on."""

    line: Id | None = None
    account: Code | None = None
    team: Id | None = None
    scale: Number  # 0.9 is ten per cent less
    start: Month | None = None
    why: Text


class Scenario(Strict):
    """scenarios/<id>.yml: an overlay of differences on the budget, with its reason."""

    scenario: Id
    name: Text
    reason: Text
    owner: Id
    changes: list[Change]
