"""headcount.yml, typed: what people cost beside their pay, when they count, how many of them leave and how many can be hired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar

import pandas as pd

from aop_lib.fields import Amount, Code, Currency, Day, Id, Month, Share, Strict, Text, Whole

Part = Literal["pay", "bonus", "commission"]


class Told(Strict):
    """What every rule says: who says so and who answers; without a source it is shown as assumed."""

    source: Text = ""
    owner: Id | None = None


class Tax(Told):
    """An employer's tax on what a person is paid: a fraction, up to a wage base where it has one."""

    name: Text
    rate: Share
    base: Amount | None = None  # one person's pay that is taxed at most, in the location's currency; without it all of it
    bases: dict[Text, Amount] = {}  # calendar years in which it is another one
    period: Literal["year", "month"] = "year"  # what the base is of; a yearly one starts again in January, whatever the fiscal year
    on: list[Part] = ["pay"]
    account: Code | None = None  # else the team's account of taxes

    def base_of(self, year: int) -> Decimal | None:
        """Returns the wage base of a calendar year; None where all pay is taxed."""
        return self.bases.get(str(year), self.base)


class HeadCost(Told):
    """What each person costs once, in the first month, or in every month on whose last day they are here."""

    name: Text
    amount: Amount
    when: Literal["once", "monthly"]
    currency: Currency | None = None  # else the location's
    account: Code | None = None  # else the team's account of benefits


class Location(Told):
    """A place where people are employed: one currency, one set of taxes."""

    id: Id
    name: Text = ""
    currency: Currency
    burden: Share = Decimal(0)  # of pay: what it costs beside taxes and what is told per head
    taxes: list[Tax] = []
    per_head: list[HeadCost] = []


class Bonus(Told):
    """The target bonus as a fraction of pay, of levels or roles; the first rule that names a person's counts, one without names is for all."""

    levels: list[Text] = []
    roles: list[Text] = []
    share: Share


class Commission(Told):
    """Commission of roles: a fraction of what they are to sell (quota, ramped, as attained) or of their pay."""

    roles: list[Text] = []
    share: Share
    of: Literal["quota", "pay"] = "quota"


class Merit(Told):
    """A rise of pay from a month on, of those who started before a day."""

    rate: Share
    start: Month
    started_before: Day | None = None  # without it: before the month


class Attrition(Told):
    """How many leave in a year and how their chairs are filled again; without teams it holds for all others."""

    teams: list[Id] = []
    share: Share
    replaced: Share = Decimal(1)
    months: Whole = 3  # until they are replaced
    cost: Literal["full", "expected"] = "full"  # full: every role is budgeted as if nobody left; the effect is shown beside it


class Hiring(Told):
    """How many people can be hired in a month; without teams by the company."""

    teams: list[Id] = []
    heads: Whole
    months: dict[Text, Whole] = {}  # YYYY-MM in which it is another number


class PeopleAccounts(Strict):
    """The accounts that people of teams, or of groups, cost on; what is not named costs on that of pay."""

    teams: list[Id] = []  # without teams: all others
    pay: Code
    bonus: Code | None = None
    commission: Code | None = None
    taxes: Code | None = None
    benefits: Code | None = None

    def of(self, kind: str) -> str:
        """Returns the account of pay, bonus, commission, taxes or benefits."""
        return str(getattr(self, kind) or self.pay)


@dataclass(frozen=True)
class Figure:
    """One figure of headcount.yml with who says so; unit is `pct`, `count`, or the currency of an amount."""

    label: str
    value: Decimal
    unit: str
    told: Told
    since: pd.Timestamp | None = None


R = TypeVar("R", Attrition, PeopleAccounts)


class HeadcountRules(Strict):
    """headcount.yml: what people cost beside their pay; without it no request can name people."""

    inside_month: Literal["days", "full", "half", "next"] = "days"  # what a start or end inside a month counts
    locations: list[Location] = []
    accounts: list[PeopleAccounts] = []
    bonus: list[Bonus] = []
    commission: list[Commission] = []
    commission_cost: Literal["expensed", "capitalised"] = "expensed"
    amortised_months: Whole = 36  # of commission that is capitalised
    merit: list[Merit] = []
    attrition: list[Attrition] = []
    recruiting: list[Hiring] = []

    def figures(self) -> Iterator[Figure]:
        """Yields every figure that somebody chose, in the file's order, so that each is shown with its source, or as assumed."""
        for place in self.locations:
            if place.burden:
                yield Figure(f"Burden on pay, {place.id}", place.burden, "pct", place)
            yield from (Figure(f"{tax.name}, {place.id}", tax.rate, "pct", tax) for tax in place.taxes)
            yield from (Figure(f"{cost.name}, {cost.when}, {place.id}", cost.amount, cost.currency or place.currency, cost) for cost in place.per_head)
        yield from (Figure(f"Bonus, {', '.join([*each.levels, *each.roles]) or 'everyone'}", each.share, "pct", each) for each in self.bonus)
        yield from (Figure(f"Commission, {', '.join(each.roles) or 'everyone'}", each.share, "pct", each) for each in self.commission)
        yield from (Figure("Rise of pay of new people", each.rate, "pct", each, each.start) for each in self.merit)
        yield from (Figure(f"Leavers a year, {', '.join(each.teams) or 'everyone'}", each.share, "pct", each) for each in self.attrition)
        yield from (Figure(f"Hires a month, {', '.join(each.teams) or 'company'}", Decimal(each.heads), "count", each) for each in self.recruiting)

    def location(self, name: str) -> Location:
        """Returns a location by its id; `headcount_faults` and the reader of requests have seen to it that it is there."""
        return next(each for each in self.locations if each.id == name)

    def accounts_of(self, above: Mapping[str, int]) -> PeopleAccounts | None:
        """Returns the accounts of a team: those of the nearest group, else those without teams; None where nothing is said.

        Args:
            above: The team itself and the groups above it, with their distance.
        """
        return _nearest(self.accounts, above)

    def attrition_of(self, above: Mapping[str, int]) -> Attrition | None:
        """Returns the attrition of a team, as `accounts_of` finds accounts; None where nothing is said."""
        return _nearest(self.attrition, above)

    def bonus_of(self, level: str, role: str) -> Decimal:
        """Returns the target bonus of a level and role as a fraction of pay; 0 where no rule names them."""
        return next((each.share for each in self.bonus if _names(each.levels, each.roles, level, role)), Decimal(0))

    def commission_of(self, role: str) -> Commission | None:
        """Returns the commission of a role; None where it has none."""
        return next((each for each in self.commission if not each.roles or role in each.roles), None)


def _nearest(rules: Sequence[R], above: Mapping[str, int]) -> R | None:
    near = [(min(above[team] for team in each.teams if team in above), each) for each in rules if set(each.teams) & set(above)]
    common = next((each for each in rules if not each.teams), None)
    return min(near, key=lambda pair: pair[0])[1] if near else common


def _names(levels: Sequence[str], roles: Sequence[str], level: str, role: str) -> bool:
    return (not levels and not roles) or level in levels or role in roles
