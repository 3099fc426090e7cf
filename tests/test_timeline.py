"""The timeline: days that recur cover the year without gaps and twice, never on a day off; status of each day as of the cycle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_company import goal, params, review

from aop_lib.params.team_plans import Step, TeamPlan
from aop_lib.periods import FiscalCalendar, month_end
from aop_lib.plan import rhythms
from aop_lib.plan.timeline import milestones, occurrences, step_days

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
HOLIDAYS = st.sets(st.dates(date(2026, 12, 1), date(2028, 1, 31)), max_size=40)


def step(**changes):
    return Step.model_validate({"id": "s", "what": "Check-in", "owner": "sal", "measure": "kept", **changes})


def planned(made, *steps, **plan):
    common = {"id": "s", "what": "Check-in", "owner": "sal", "measure": "kept"}
    built = TeamPlan.model_validate({"team": "selling", "milestones": [{**common, **each} for each in steps], **plan})
    return replace(made, team_plans=(built,))


def is_free(day, holidays):
    return day.isoweekday() in (6, 7) or day in holidays


@given(DAYS, DAYS, st.sampled_from(rhythms.WEEKDAYS), HOLIDAYS)
def test_a_weekly_rhythm_has_one_working_day_in_each_week_whose_weekday_lies_in_the_range(one, other, weekday, holidays):
    first, last = sorted([one, other])
    days = rhythms.weekly_days(first, last, weekday, holidays)
    assert not any(is_free(day, holidays) for day in days)
    assert all(first <= day <= last for day in days)
    weeks = [day.isocalendar()[:2] for day in days]
    assert len(weeks) == len(set(weeks))
    spine = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    expected = {day.isocalendar()[:2] for day in spine if day.strftime("%A").lower() == weekday}
    workable = {day.isocalendar()[:2] for day in spine if not is_free(day, holidays)}
    assert set(weeks) == expected & workable


@given(st.integers(1, 12), HOLIDAYS)
def test_month_and_quarter_ends_cover_the_year_once_each_on_the_last_day_that_is_worked(first_month, holidays):
    calendar = FiscalCalendar(first_month)
    year = calendar.year_months(2027)
    days = rhythms.month_end_days(year, holidays)
    assert len(days) == len({(day.year, day.month) for day in days}) == 12
    for day, month in zip(days, year, strict=True):
        after = [day + timedelta(days=step) for step in range(1, (month_end(month) - day).days + 1)]
        assert not is_free(day, holidays)
        assert all(is_free(each, holidays) for each in after)
    ends = rhythms.quarter_end_months(year, calendar)
    assert ends == [year[2], year[5], year[8], year[11]]


def test_a_rhythm_runs_with_its_initiative_else_through_the_year_else_as_it_says():
    made = params()
    assert len(step_days(made, step(rhythm="monthly"))) == 12
    assert step_days(made, step(rhythm="monthly", start="2027-02-01", end="2027-04-29")) == (date(2027, 2, 26), date(2027, 3, 31))
    assert [day.month for day in step_days(made, step(rhythm="quarterly"))] == [3, 6, 9, 12]
    assert step_days(made, step(rhythm="weekly", start="2027-12-20", end="2028-03-01", weekday="monday")) == (date(2027, 12, 20), date(2027, 12, 27))
    assert step_days(made, step(rhythm="weekly", start="2028-02-01", end="2028-03-01")) == ()


def test_a_holiday_moves_a_rhythm_to_the_day_before():
    made = params(company={"holidays": ["2027-12-31", "2027-01-04"]})
    assert step_days(made, step(rhythm="quarterly"))[-1] == date(2027, 12, 30)
    assert step_days(made, step(rhythm="weekly", weekday="monday"))[0] == date(2027, 1, 5)


def test_a_rhythm_is_done_up_to_the_day_it_was_kept_and_late_from_there():
    made = planned(review(), {"rhythm": "monthly", "done": "2027-02-26"})
    found = occurrences(made)
    assert list(found["status"])[:4] == ["done", "done", "due", "due"]
    row = milestones(made).iloc[0]
    assert (row["due"].date(), row["rhythm"], row["status"]) == (date(2027, 3, 31), "monthly", "due")


def test_a_plan_does_not_see_that_a_rhythm_was_kept_later():
    assert set(occurrences(planned(params(), {"rhythm": "quarterly", "done": "2027-12-31"}))["status"]) == {"planned"}


def test_milestones_of_goals_and_of_plans_stand_in_one_frame():
    made = planned(params(goals=[goal()]), {"due": "2027-04-01", "depends_on": ["m1"]})
    found = milestones(made).set_index("milestone")
    assert list(found.index) == ["m1", "s"]
    assert (found.loc["s", "team"], found.loc["s", "depends_on"], found.loc["m1", "goal"]) == ("selling", "m1", "win")
    assert len(occurrences(made)) == 2


@pytest.mark.parametrize("rhythm", ["weekly", "monthly", "quarterly"])
def test_occurrences_of_the_year_are_as_many_as_the_calendar_has(rhythm):
    found = occurrences(planned(params(), {"rhythm": rhythm}))
    assert len(found) == {"weekly": 52, "monthly": 12, "quarterly": 4}[rhythm]
