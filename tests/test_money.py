"""Exact amounts: strict reading, splits that add up, displayed sums, conversion."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aop_lib.errors import UnknownRateError
from aop_lib.money import CENT, amount_of, as_money, cents, converted, money_series, shown, split, sums, total

JANUARY = pd.Timestamp("2026-01-01")
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1200.50", "1200.50"), ("-5", "-5.00"), ("1,234.56", "1234.56"), ("1,234,567", "1234567.00"), ("0.1", "0.10"), ("007", "7.00")],
)
def test_an_amount_is_read_exactly(text, amount):
    assert amount_of(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "1.234,56",
        "1 234,56",
        "1e5",
        "NaN",
        "inf",
        "",
        "N/A",
        "1_000",
        "1,23",
        "12,34,567",
        "TRUE",
        "−1200",
        "1200.005",
        "$12",
        "(12)",
        " 12",
        "99999999999999999999",
        "１２",
    ],
)
def test_what_is_no_plain_amount_is_refused_never_guessed(text):
    with pytest.raises(ValueError):
        amount_of(text)


@given(amounts, weights)
def test_the_parts_of_a_split_sum_to_the_whole_to_the_cent(amount, shares):
    assert sum(split(amount, shares)) == amount


@given(amounts, weights)
def test_no_part_of_a_split_is_a_whole_unit_away_from_its_share(amount, shares):
    exact = [amount * share / sum(shares) for share in shares]
    assert all(abs(part - share) < CENT for part, share in zip(split(amount, shares), exact, strict=True))


def test_equal_remainders_go_to_the_earlier_part():
    assert split(Decimal("0.05"), [1, 1, 1]) == [Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]


@pytest.mark.parametrize(("amount", "shares"), [("1.00", [0, 0]), ("1.00", [1, -1]), ("1.00", []), ("0.005", [1])])
def test_a_split_that_cannot_sum_is_refused(amount, shares):
    with pytest.raises(ValueError):
        split(Decimal(amount), shares)


@given(st.lists(amounts, min_size=1, max_size=30), st.sampled_from([Decimal(1), Decimal(1000), Decimal(10**6)]))
def test_displayed_parts_add_up_to_the_displayed_total(values, unit):
    displayed = shown(values, unit)
    assert sum(displayed) == (sum(values) / unit).quantize(Decimal(1))
    assert all(abs(part - value / unit) < 1 for part, value in zip(displayed, values, strict=True))


@given(st.lists(st.tuples(st.sampled_from("abc"), amounts), max_size=60))
def test_sums_per_group_are_exact_in_any_order_of_rows(rows):
    frame = pd.DataFrame({"team": [team for team, _ in rows], "amount": money_series(amount for _, amount in rows)})
    expected = {team: sum((a for t, a in rows if t == team), Decimal(0)) for team, _ in rows}
    for each in (frame, frame.iloc[::-1]):
        got = sums(each, ["team"])
        assert dict(zip(got["team"], got["amount"], strict=True)) == expected
        assert total(each["amount"]) == sum(expected.values(), Decimal(0))


def test_rounding_is_half_to_even_and_happens_once():
    assert cents(Decimal("0.125")) == Decimal("0.12")
    assert list(as_money(pd.Series([Decimal("0.135"), None]))) == [Decimal("0.14"), pd.NA]


def euros(*values):
    return pd.DataFrame({"month": JANUARY, "currency": "EUR", "amount": money_series(values)})


@given(st.lists(amounts, min_size=1, max_size=20))
def test_doubling_every_rate_doubles_every_conversion(values):
    once = converted(euros(*values), {("EUR", JANUARY): Decimal(2)}, "USD")
    twice = converted(euros(*values), {("EUR", JANUARY): Decimal(4)}, "USD")
    assert [2 * each for each in once["amount"]] == list(twice["amount"])


def test_a_total_is_the_sum_of_converted_parts_never_a_conversion_of_the_total():
    got = converted(euros("0.01", "0.01", "0.01"), {("EUR", JANUARY): Decimal("1.4")}, "USD")
    assert total(got["amount"]) == Decimal("0.03")
    assert cents(Decimal("0.03") * Decimal("1.4")) == Decimal("0.04")


def test_a_missing_rate_stops_and_is_never_one():
    with pytest.raises(UnknownRateError, match="EUR in 2026-01"):
        converted(euros("1.00"), {}, "USD")
