"""Months as whole numbers, so that the generator can count with them: year × 12 + month − 1."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta


def moment(year: int, number: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """Returns a moment as the systems export it: without a time zone."""
    return datetime(year, number, day, hour, minute, second)  # noqa: DTZ001


def month(year: int, number: int) -> int:
    """Returns the month's number."""
    return year * 12 + number - 1


FIRST = month(2023, 10)
END = month(2027, 4)  # excluded
WARM_UP = month(2023, 1)  # people and vendors begin here, so that the opening balances follow from something
MONTHS = range(FIRST, END)
EXPORTED = moment(2027, 4, 12, 5, 0, 0)


def year_of(number: int) -> int:
    """Returns the calendar year of a month."""
    return number // 12


def month_of_year(number: int) -> int:
    """Returns 1 to 12."""
    return number % 12 + 1


def first_day(number: int) -> date:
    """Returns the first day of a month."""
    return date(year_of(number), month_of_year(number), 1)


def last_day(number: int) -> date:
    """Returns the last day of a month."""
    return date(year_of(number), month_of_year(number), days_in(number))


def days_in(number: int) -> int:
    """Returns how many days a month has."""
    return calendar.monthrange(year_of(number), month_of_year(number))[1]


def month_of(day: date) -> int:
    """Returns the month a day lies in."""
    return month(day.year, day.month)


def label(number: int) -> str:
    """Returns `YYYY-MM`."""
    return first_day(number).isoformat()[:7]


def workday(day: date) -> date:
    """Returns the day, or the Friday before where it falls on a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def stamp(when: datetime | date | None) -> str:
    """Returns `YYYY-MM-DD HH:MM:SS`, empty for none."""
    if when is None:
        return ""
    return f"{when:%Y-%m-%d %H:%M:%S}" if isinstance(when, datetime) else f"{when.isoformat()} 00:00:00"
