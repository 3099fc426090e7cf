"""The cycle's file, typed: one planning or review round."""

from __future__ import annotations

from typing import Literal

from aop_lib.fields import CycleName, Day, Id, Month, Share, Strict, Text, Whole


class CycleFile(Strict):
    """fy2027.yml: one planning or review round."""

    kind: Literal["plan", "review"]
    cycle: CycleName
    last_closed_month: Month
    as_of: Day | None = None  # default: the end of the last closed month
    baseline: Text | None = None  # review: the frozen plan's cycle, or `imported:NAME`
    prior_budget: Id | None = None  # plan: the imported budget of the year that is ending
    submissions: Literal["provisional", "stop"] = "provisional"
    scenarios: list[Id] = []
    versions: list[Id] = []  # the first one is compared with the others; without any there is the internal one alone: the budget
    stage_minutes: Whole = 10
    seed: Whole = 1
    status_limits: dict[Id, Share] = {}
