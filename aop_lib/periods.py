"""The fiscal calendar: months, fiscal years and quarters, cycle ids, and the month a posting date belongs to.

A month is the first-of-month `pandas.Timestamp`; ranges include their start and exclude their end. All month
arithmetic of the library happens here.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

MONTH_PATTERN = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])", re.ASCII)
CYCLE_PATTERN = re.compile(r"fy(?P<year>\d{4})(?:_(?:q(?P<quarter>[1-4])|m(?P<month>0[1-9]|1[0-2])))?", re.ASCII)


def month_of(text: str) -> pd.Timestamp:
    """Returns the month that `YYYY-MM` names.

    Raises:
        ValueError: If the text has any other form.
    """
    if not MONTH_PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not a month as YYYY-MM")
    return pd.Timestamp(f"{text}-01")


def month_text(month: pd.Timestamp) -> str:
    """Returns `YYYY-MM` of a month."""
    return f"{month.year:04d}-{month.month:02d}"


def add_months(month: pd.Timestamp, count: int) -> pd.Timestamp:
    """Returns the month `count` months later (earlier where negative)."""
    years, index = divmod(month.year * 12 + month.month - 1 + count, 12)[0], (month.month - 1 + count) % 12
    return pd.Timestamp(year=years, month=index + 1, day=1)


def months_between(start: pd.Timestamp, end: pd.Timestamp) -> int:
    """Returns the number of months in the range from `start` (included) to `end` (excluded)."""
    return (end.year - start.year) * 12 + end.month - start.month


def month_spine(start: pd.Timestamp, end: pd.Timestamp) -> list[pd.Timestamp]:
    """Returns every month from `start` (included) to `end` (excluded)."""
    return [add_months(start, index) for index in range(months_between(start, end))]


def month_end(month: pd.Timestamp) -> date:
    """Returns the last calendar day of a month."""
    return date(month.year, month.month, calendar.monthrange(month.year, month.month)[1])


def posting_month(posted: date, rule: str = "calendar") -> pd.Timestamp:
    """Returns the month a posting date belongs to.

    Defined as::

        calendar            the month the date lies in
        nearest_month_end   the month whose last day is nearest; a tie goes to the earlier month

    Args:
        posted: The date in the ledger.
        rule: `calendar` or `nearest_month_end` (ledgers whose closing entries drift past month end).
    """
    here = pd.Timestamp(year=posted.year, month=posted.month, day=1)
    if rule == "calendar":
        return here
    if rule != "nearest_month_end":
        raise ValueError(f"{rule!r} is not a posting rule; use 'calendar' or 'nearest_month_end'")
    before = here.date() - timedelta(days=1)
    drift = posted - before <= month_end(here) - posted
    return add_months(here, -1) if drift else here


@dataclass(frozen=True)
class FiscalCalendar:
    """The company's fiscal year: named after the calendar year in which it ends.

    Attributes:
        first_month: 1 to 12, the calendar month in which the fiscal year starts.
    """

    first_month: int = 1

    def year_start(self, fiscal_year: int) -> pd.Timestamp:
        """Returns the first month of a fiscal year."""
        year = fiscal_year if self.first_month == 1 else fiscal_year - 1
        return pd.Timestamp(year=year, month=self.first_month, day=1)

    def year_months(self, fiscal_year: int) -> list[pd.Timestamp]:
        """Returns the twelve months of a fiscal year."""
        start = self.year_start(fiscal_year)
        return month_spine(start, add_months(start, 12))

    def fiscal_year(self, month: pd.Timestamp) -> int:
        """Returns the fiscal year a month belongs to."""
        return int(month.year + (1 if 1 < self.first_month <= month.month else 0))

    def quarter(self, month: pd.Timestamp) -> int:
        """Returns the fiscal quarter, 1 to 4, a month belongs to."""
        return (month.month - self.first_month) % 12 // 3 + 1

    def quarter_label(self, month: pd.Timestamp) -> str:
        """Returns the fiscal quarter as `FY2027 Q1`."""
        return f"FY{self.fiscal_year(month)} Q{self.quarter(month)}"


@dataclass(frozen=True)
class CycleId:
    """A cycle's name, read: `fy2027`, `fy2027_q1` or `fy2027_m05`."""

    fiscal_year: int
    quarter: int | None = None
    month: int | None = None

    @classmethod
    def parse(cls, text: str) -> CycleId:
        """Returns the parts of a cycle id.

        Raises:
            ValueError: If the text is not `fy` + year with an optional `_q1` to `_q4` or `_m01` to `_m12`.
        """
        match = CYCLE_PATTERN.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not a cycle id; expected fy2027, fy2027_q1 … fy2027_q4 or fy2027_m01 … fy2027_m12")
        parts = {key: int(value) if value else None for key, value in match.groupdict().items()}
        return cls(int(match["year"]), parts["quarter"], parts["month"])
