"""allocation.yml, typed: the limits within which requests are funded, each with its reason and who answers for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from aop_lib.fields import Amount, Id, Month, Share, Strict, Text, Whole


class Limit(Strict):
    """What every limit says: its name, why it is there, who answers for it."""

    id: Id
    reason: Text
    owner: Id


class MoneyLimit(Limit):
    """Money of the year or of a fiscal quarter: a ceiling (`at_most`), a floor (`at_least`), or both."""

    at_most: Amount | None = None
    at_least: Amount | None = None
    period: Literal["year", "q1", "q2", "q3", "q4"] = "year"
    teams: list[Id] = []  # none: the whole company; a group holds the teams below it
    goals: list[Id] = []  # none: every goal


class HeadLimit(Limit):
    """Heads of a fiscal quarter, or of each."""

    at_most: Whole | None = None
    at_least: Whole | None = None
    period: Literal["each", "q1", "q2", "q3", "q4"] = "each"
    teams: list[Id] = []
    goals: list[Id] = []


class Need(Limit):
    """A request that is funded only beside another."""

    request: Id
    needs: Id


class Exclusion(Limit):
    """Requests of which at most one is funded."""

    requests: list[Id]


class Must(Limit):
    """A request that is funded in any case; in one option, where that is named."""

    request: Id
    option: Id | None = None


class CashFloor(Limit):
    """The least cash at the end of each month of the year; from a month on, where that is named."""

    at_least: Amount
    start: Month | None = None


class AllocationLimits(Strict):
    """allocation.yml: how money is proposed for requests; without it nothing limits them."""

    money: list[MoneyLimit] = []
    heads: list[HeadLimit] = []
    needs: list[Need] = []
    excludes: list[Exclusion] = []
    must: list[Must] = []
    cash: list[CashFloor] = []
    envelope: Id | None = None  # the money limit along which the frontier is drawn
    gap: Share = Decimal("0.001")  # the search ends when no choice can be better by more than this
    nodes: Whole = 100_000  # or when so many branches have been looked at; never after a time
    frontier_points: Whole = 40

    @property
    def limits(self) -> list[Limit]:
        """Every limit, in the order of their names."""
        return sorted([*self.money, *self.heads, *self.needs, *self.excludes, *self.must, *self.cash], key=lambda limit: limit.id)
