"""The fiscal calendar, cycle ids and the month of a posting date."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aop_lib.periods import CycleId, FiscalCalendar, add_months, month_of, month_spine, months_between, posting_month

months = st.builds(lambda year, month: pd.Timestamp(year=year, month=month, day=1), st.integers(1990, 2090), st.integers(1, 12))


def month(text):
    return pd.Timestamp(f"{text}-01")


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "01/02/2026", "Jan-26", "2026-1", "2026-02-01", "", "２０２６-01"])
def test_only_a_year_and_a_month_are_a_month(text):
    with pytest.raises(ValueError):
        month_of(text)


@given(months, st.integers(-400, 400))
def test_adding_months_is_undone_by_taking_them_away(start, count):
    end = add_months(start, count)
    assert months_between(start, end) == count
    assert add_months(end, -count) == start


@given(months, st.integers(1, 12))
def test_each_month_lies_in_the_twelve_months_of_its_fiscal_year(here, first):
    calendar = FiscalCalendar(first)
    year = calendar.year_months(calendar.fiscal_year(here))
    assert len(year) == 12
    assert here in year
    assert calendar.quarter(here) == year.index(here) // 3 + 1
    assert year[-1].year == calendar.fiscal_year(here)


def test_a_fiscal_year_is_named_after_the_year_in_which_it_ends():
    december = FiscalCalendar(12)
    assert december.year_months(2011)[0] == month("2010-12")
    assert december.year_months(2011)[-1] == month("2011-11")
    assert FiscalCalendar(1).year_months(2027) == month_spine(month("2027-01"), month("2028-01"))


@pytest.mark.parametrize(
    ("posted", "expected"),
    [("2010-12-29", "2010-12"), ("2011-01-29", "2011-01"), ("2011-03-01", "2011-02"), ("2011-05-01", "2011-04"),
     ("2011-07-01", "2011-06"), ("2011-08-01", "2011-07"), ("2011-11-29", "2011-11")],
)  # fmt: skip
def test_posting_dates_that_drift_past_month_end_still_belong_to_the_month_they_close(posted, expected):
    assert posting_month(date.fromisoformat(posted), "nearest_month_end") == month(expected)
    assert posting_month(date.fromisoformat(posted)) == month(posted[:7])


@pytest.mark.parametrize(("text", "parts"), [("fy2027", (2027, None, None)), ("fy2027_q1", (2027, 1, None)), ("fy2027_m05", (2027, None, 5))])
def test_a_cycle_id_says_year_and_part(text, parts):
    cycle = CycleId.parse(text)
    assert (cycle.fiscal_year, cycle.quarter, cycle.month) == parts


@pytest.mark.parametrize("text", ["../../../../escape", "fy27", "fy2027_q5", "FY2027", "fy2027_q1 ", "fy2027/x", ""])
def test_anything_else_is_no_cycle_id(text):
    with pytest.raises(ValueError, match="cycle id"):
        CycleId.parse(text)
