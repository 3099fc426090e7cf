"""Days on which something recurs: every week, month or quarter, never on a day nobody works."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

import pandas as pd

from aop_lib.periods import FiscalCalendar, add_months, month_end, month_spine

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
SATURDAY = 5


def is_worked(day: date, holidays: Collection[date]) -> bool:
    """Returns whether people work on a day: Monday to Friday, unless it is a holiday of company.yml."""
    return day.weekday() < SATURDAY and day not in holidays


def week_of(day: date) -> date:
    """Returns the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weekly_days(first: date, last: date, weekday: str, holidays: Collection[date]) -> list[date]:
    """Returns one working day for each week whose weekday lies in a range.

    Defined as::

        day of a week = the weekday itself, else the last working day before it in that week, else the first one after it;
                        none in a week in which nobody works

    Args:
        first: The range's first day.
        last: Its last day, included.
        weekday: `monday` to `friday`.
        holidays: Days on which nobody works, beside Saturdays and Sundays.
    """
    place = WEEKDAYS.index(weekday)
    start = first + timedelta(days=(place - first.weekday()) % 7)
    days = []
    for week in range((last - start).days // 7 + 1):
        day = start + timedelta(weeks=week)
        monday = week_of(day)
        candidates = [monday + timedelta(days=step) for step in [*range(place, -1, -1), *range(place + 1, SATURDAY)]]
        days += _first_worked([each for each in candidates if first <= each <= last], holidays)
    return days


def month_end_days(months: Iterable[pd.Timestamp], holidays: Collection[date]) -> list[date]:
    """Returns the last working day of each month."""
    days = []
    for month in months:
        last = month_end(month)
        days += _first_worked([last - timedelta(days=step) for step in range(last.day)], holidays)
    return days


def months_within(first: date, last: date) -> list[pd.Timestamp]:
    """Returns the months that end in a range of days, the last one included where the range reaches its last day."""
    spine = month_spine(pd.Timestamp(first).replace(day=1), add_months(pd.Timestamp(last).replace(day=1), 1))
    return [month for month in spine if month_end(month) <= last]


def quarter_end_months(months: Iterable[pd.Timestamp], fiscal: FiscalCalendar) -> list[pd.Timestamp]:
    """Returns the months that end a fiscal quarter."""
    return [month for month in months if fiscal.quarter(month) != fiscal.quarter(add_months(month, 1))]


def _first_worked(days: Iterable[date], holidays: Collection[date]) -> list[date]:
    return [day for day in days if is_worked(day, holidays)][:1]
