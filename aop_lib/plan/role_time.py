"""When a role counts: its share of a month, its people at the month's end, how far a seller is ramped, how many are still here."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from aop_lib.periods import add_months, month_end, month_spine, months_between, posting_month

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.params.headcount import Attrition

FINEST = Decimal("1E-12")
ONE, NONE = Fraction(1), Fraction(0)


@dataclass(frozen=True)
class Span:
    """From when to when a role is held.

    Attributes:
        start: The first day.
        end: The first day after it; None without an end.
    """

    start: date
    end: date | None = None

    @property
    def first_month(self) -> pd.Timestamp:
        """The month of the first day."""
        return posting_month(self.start)

    def months(self, last: pd.Timestamp) -> list[pd.Timestamp]:
        """Returns the months from the first day's to the one of the last day, or to a month where that is earlier."""
        end = posting_month(self.end) if self.end else last
        return month_spine(self.first_month, add_months(min(end, last), 1))


def month_share(rule: str, span: Span, month: pd.Timestamp) -> Fraction:
    """Returns which part of a month a role is paid for.

    Defined as::

        days   calendar days held ÷ days of the month
        full   1 where any day is held
        half   1 where all days are held, 1/2 where only some are
        next   1 from the month after a start or end inside a month; a start or end on its first day counts at once

    Args:
        rule: `inside_month` of headcount.yml.
        span: From when to when the role is held.
        month: First of the month.
    """
    days = calendar.monthrange(month.year, month.month)[1]
    first, after = month.date(), add_months(month, 1).date()
    if rule == "next":
        started = span.start <= first
        ended = span.end is not None and span.end <= first
        return ONE if started and not ended else NONE
    held = (min(after, span.end or after) - max(first, span.start)).days
    if held <= 0:
        return NONE
    if rule == "full" or held == days:
        return ONE
    return Fraction(1, 2) if rule == "half" else Fraction(held, days)


def is_here(span: Span, month: pd.Timestamp) -> bool:
    """Returns whether a role is held on the last day of a month."""
    last = month_end(month)
    return span.start <= last and (span.end is None or span.end > last)


def ramp(age: int, ramp_months: Decimal) -> Decimal:
    """Returns what a seller can do of a full quota: min(1, months since the start ÷ ramp_months); 1 at once without a ramp."""
    return min(Decimal(1), Decimal(age) / ramp_months) if ramp_months > 0 else Decimal(1)


@dataclass(frozen=True)
class Presence:
    """What is expected of one chair in a month.

    Attributes:
        here: The part of it that is filled.
        hired: The part that is filled anew in the month.
        cohorts: The filled part by the months since it was filled, for ramps.
    """

    here: Decimal
    hired: Decimal
    cohorts: tuple[tuple[int, Decimal], ...]


def presence(rule: Attrition, months: Sequence[pd.Timestamp]) -> list[Presence]:
    """Returns what is expected of one chair in each month after it was first filled.

    Defined as::

        left(t)   = here(t - 1) * share / 12                      here(0) = 1: nobody leaves in the first month
        hired(t)  = replaced * left(t - months)
        here(t)   = here(t - 1) - left(t) + hired(t)              with months = 0 those who leave are replaced at once

    Args:
        rule: Attrition of the role's team.
        months: The months of the role, from the first.
    """
    cohorts: dict[int, Decimal] = {0: Decimal(1)}
    left: list[Decimal] = [Decimal(0)]
    found = [Presence(Decimal(1), Decimal(0), ((0, Decimal(1)),))]
    for number in range(1, months_between(months[0], months[-1]) + 1):
        stay = 1 - rule.share / 12
        before = sum(cohorts.values(), Decimal(0))
        cohorts = {born: (part * stay).quantize(FINEST) for born, part in cohorts.items()}
        left.append(before - sum(cohorts.values(), Decimal(0)))
        hired = (rule.replaced * left[number - rule.months]).quantize(FINEST) if number >= rule.months else Decimal(0)
        if hired:
            cohorts[number] = hired
        ages = tuple((number - born, part) for born, part in cohorts.items())
        found.append(Presence(sum(cohorts.values(), Decimal(0)), hired, ages))
    return found
