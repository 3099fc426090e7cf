"""Amounts, shares and lists in words; status and attainment; findings and stories as frames."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aop_lib.periods import month_of
from aop_lib.plan import story
from aop_lib.plan.findings import finding, findings_frame, severity_counts
from aop_lib.plan.wording import against_text, amount_text, counted, day_name, listed, months_name, percent_text, short_or_ahead_text, value_text


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("27412345.10", "27.4 M"),
        ("9995000", "10.0 M"),
        ("9994999", "9.99 M"),
        ("1523000", "1.52 M"),
        ("999500", "1.00 M"),
        ("999499.99", "999 k"),
        ("156000", "156 k"),
        ("9950", "10 k"),
        ("9949", "9.9 k"),
        ("1000", "1.0 k"),
        ("999.4", "999"),
        ("0.3", "0"),
        ("0", "0"),
        ("-0.3", "0"),
        ("-1500", "−1.5 k"),
        ("1234567890", "1,234.6 M"),
    ],
)
def test_an_amount_is_said_in_the_unit_a_reader_thinks_in(value, text):
    assert plain(amount_text(Decimal(value))) == text


@pytest.mark.parametrize(
    ("actual", "plan", "text"),
    [
        ("97.9", "100", "2.1 % under plan"),
        ("110", "100", "10.0 % over plan"),
        ("100", "100", "on plan"),
        ("100.04", "100", "on plan"),
        ("64000", "0", "64 k against none in plan"),
        ("-50", "-100", "50 over plan"),
        ("0", "0", "on plan"),
        ("-30", "-20", "10 under plan"),
    ],
)
def test_an_amount_is_held_against_its_plan_in_words_and_a_base_of_zero_or_less_has_no_per_cent(actual, plan, text):
    assert plain(against_text(Decimal(actual), Decimal(plan))) == text


def test_a_difference_is_short_or_ahead():
    assert plain(short_or_ahead_text(Decimal(-156000))) == "156 k short"
    assert plain(short_or_ahead_text(Decimal(70000))) == "70 k ahead"
    assert short_or_ahead_text(Decimal("0.00")) == "on plan"


def test_values_are_said_in_the_words_of_their_unit():
    assert [plain(value_text(Decimal(value), unit)) for value, unit in (("0.0213", "pct"), ("400", "count"), ("49.5", "fte"), ("11.43", "months"), ("2.4", "ratio"), ("20400000", "USD"))] == [
        "2.1 %", "400", "49.5", "11.4 months", "2.40", "20.4 M"]  # fmt: skip
    assert plain(percent_text(Decimal("-0.05"))) == "−5.0 %"
    assert percent_text(None) == "n/m"


def test_lists_counts_and_dates_are_prose():
    assert listed([]) == "none"
    assert listed(["A"]) == "A"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed(list("ABCDEF"), 3) == "A, B and 4 more"
    assert (counted(1, "request"), counted(3, "request"), counted(2, "entry", "entries")) == ("1 request", "3 requests", "2 entries")
    assert day_name(date(2026, 7, 4)) == "4 Jul 2026"
    assert months_name([month_of("2027-01"), month_of("2027-03")]) == "January to March 2027"
    assert months_name([month_of("2026-12"), month_of("2027-11")]) == "December 2026 to November 2027"
    assert months_name([month_of("2026-12")]) == "December 2026"


@pytest.mark.parametrize(
    ("value", "reference", "direction", "status"),
    [
        ("100", "100", 1, "good"),
        ("98", "100", 1, "watch"),
        ("97.9", "100", 1, "bad"),
        ("100", "101", -1, "good"),
        ("101", "100", -1, "watch"),
        ("103", "100", -1, "bad"),
        ("-5", "-10", 1, "good"),
        ("-15", "-10", 1, "bad"),
        ("0", "0", 1, "good"),
        ("5", "0", -1, "bad"),
    ],
)
def test_a_status_follows_the_direction_and_a_base_of_zero_or_less_knows_no_watch(value, reference, direction, status):
    assert story.status_of(Decimal(value), Decimal(reference), direction) == status


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from([1, -1]))
def test_attainment_is_above_one_exactly_where_the_reference_is_beaten(value, reference, direction):
    reached = story.attainment(Decimal(value), Decimal(reference), direction)
    assert reached is not None
    assert (reached >= 1) == (direction * (value - reference) >= 0)


def test_a_story_numbers_each_kind_in_the_order_given():
    rows = [
        story.message("Fine"),
        story.line("one"),
        story.line("two"),
        story.figure("Revenue", "2027", "USD", Decimal(3)),
        story.decision("Act", "now", owner="Ada", amount=Decimal("1.005")),
    ]
    frame = story.story_frame("goal_story", rows)
    assert [(row.kind, row.position, row.text) for row in frame.itertuples()] == [
        ("decision", 0, "now"),
        ("figure", 0, "2027"),
        ("line", 0, "one"),
        ("line", 1, "two"),
        ("message", 0, "Fine"),
    ]
    assert frame.loc[frame["kind"] == "figure", "reference_label"].item() == ""
    assert story.story_frame("goal_story", []).empty


def test_findings_are_counted_by_severity():
    rows = [finding("error", "goal", "g", "wrong", amount=Decimal(5)), finding("note", "goal", "g", "fine")]
    frame = findings_frame("goal_findings", rows)
    assert severity_counts(frame) == {"error": 1, "warning": 0, "note": 1}
    assert list(frame["amount"]) == [Decimal("5.00"), Decimal("0.00")]
    assert findings_frame("goal_findings", []).empty
