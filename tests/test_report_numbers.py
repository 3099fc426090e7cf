"""Figures as readers see them: the accounting format, n/m with its reason, units a reader thinks in, sums that add up."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aop_lib.display import THOUSAND, Scale, displayed, scale_of, scaled
from aop_lib.report import numbers
from aop_lib.report.sparkline import sparkline

K = Scale(THOUSAND, 0, "k USD")
CENTS = st.decimals(min_value=-(10**10), max_value=10**10, places=2)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("0", 0, "0"),
        ("1234567", 0, "1,234,567"),
        ("-1234", 0, "(1,234)"),
        ("-0.4", 0, "0"),
        ("0.005", 2, "0.00"),
        ("-12.345", 2, "(12.34)"),
        ("2.5", 0, "2"),
        ("3.5", 0, "4"),
        ("1E+3", 1, "1,000.0"),
    ],
)
def test_a_negative_figure_stands_in_parentheses_and_a_rounded_zero_has_no_sign(value, places, text):
    assert numbers.accounting(Decimal(value), places) == text


@pytest.mark.parametrize(("value", "text"), [("12", "+12"), ("-12", "(12)"), ("0", "0"), ("0.3", "0"), ("-0.3", "0"), ("10", "+10")])
def test_a_variance_says_whether_it_is_better_or_worse(value, text):
    assert numbers.signed(Decimal(value)) == text


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), float("-inf")])
def test_a_share_that_does_not_exist_is_not_meaningful(missing):
    assert numbers.per_cent(missing) == numbers.NOT_MEANINGFUL


@pytest.mark.parametrize(("fraction", "text"), [(0.0214, "2.1"), (Decimal("-0.1234"), "(12.3)"), (0, "0.0"), (Decimal("0.00049"), "0.0")])
def test_a_fraction_is_shown_in_per_cent(fraction, text):
    assert numbers.per_cent(fraction) == text


@pytest.mark.parametrize(("amount", "name"), [("19999.99", "USD"), ("20000", "k USD"), ("-20000", "k USD"), ("199999999.99", "k USD"), ("200000000", "M USD")])
def test_a_table_is_shown_in_the_unit_of_its_largest_amount(amount, name):
    assert scale_of([Decimal(1), Decimal(amount)], "USD").name == name


def test_a_table_without_amounts_is_shown_in_single_units():
    assert scale_of([], "EUR") == Scale(Decimal(1), 0, "EUR")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("0.214", "pct", ("21.4", "%")), ("140", "count", ("140", "")), ("140", "fte", ("140", "heads")), ("7.25", "months", ("7.2", "months")), ("1.075", "ratio", ("1.08", "×")),
        ("9999", "USD", ("9,999", "USD")), ("10000", "USD", ("10", "k USD")), ("-1200000", "USD", ("(1.20)", "M USD")), ("9990000", "EUR", ("9.99", "M EUR")),
        ("9995000", "EUR", ("10.0", "M EUR")), ("29031998", "EUR", ("29.0", "M EUR")),
    ],
)  # fmt: skip
def test_a_key_figure_is_shown_in_its_unit(value, unit, shown):
    assert numbers.value_text(Decimal(value), unit) == shown


@given(value=CENTS, other=CENTS)
def test_two_figures_of_a_tile_are_shown_in_one_unit(value, other):
    text, unit = numbers.value_text(other, "USD")
    assert numbers.in_unit_of(other, other, "USD") == text
    step = {"USD": 1, "k USD": 1000, "M USD": 1_000_000}[unit]
    shown = Decimal(numbers.in_unit_of(value, other, "USD").replace(",", "").replace("(", "-").replace(")", ""))
    assert abs(shown * step - value) <= Decimal(step) / 2


@given(st.lists(CENTS, max_size=12))
def test_displayed_parts_add_up_to_the_rounded_sum_and_each_is_off_by_less_than_one_step(values):
    shown = scaled(values, K)
    total = sum(values, Decimal(0)) / 1000
    assert abs(sum(shown, Decimal(0)) - total) <= Decimal("0.5")
    assert all(each == each.to_integral_value() for each in shown)
    assert all(abs(each - value / 1000) < 1 for each, value in zip(shown, values, strict=True))


STATEMENTS = st.lists(st.lists(CENTS, min_size=2, max_size=5), min_size=2, max_size=4)


def statement(groups):
    """A statement: every group's lines with their subtotal, after each group a result of all above; groups alternate between income and cost."""
    rows, way, result = [], 1, Decimal(0)
    for place, group in enumerate(groups):
        rows += [(f"g{place}", "", way, value) for value in group]
        result += way * sum(group, Decimal(0))
        rows += [(f"g{place}", "sub", way, sum(group, Decimal(0))), ("", "result", 1, result)]
        way = -way
    return pd.DataFrame(rows, columns=["group", "style", "direction", "amount"])


@given(STATEMENTS)
def test_every_displayed_subtotal_and_result_is_the_sum_of_displayed_lines(groups):
    rows = statement(groups)
    before = rows.copy(deep=True)
    told = rows.assign(shown=displayed(rows, "amount", K))
    pd.testing.assert_frame_equal(rows, before)
    plain = told[told["style"] == ""]
    for place, row in told[told["style"] != ""].iterrows():
        above = plain.loc[: place - 1]
        expected = sum(above.loc[above["group"] == row["group"], "shown"]) if row["style"] == "sub" else sum(above["shown"] * above["direction"])
        assert row["shown"] == expected
    assert all(abs(row.shown - row.amount / 1000) <= Decimal("0.5") for row in told[told["style"] == "result"].itertuples())
    assert all(abs(row.shown - row.amount / 1000) <= 2 for row in told.itertuples())


@given(st.lists(CENTS, min_size=1, max_size=9))
def test_a_displayed_total_is_the_sum_of_displayed_rows(values):
    rows = pd.DataFrame({"style": [""] * len(values) + ["total"], "direction": -1, "amount": [*values, sum(values, Decimal(0))]})
    *parts, total = displayed(rows, "amount", K)
    assert total == sum(parts, Decimal(0))


def test_months_and_days_are_read_at_once():
    assert numbers.month_label(pd.Timestamp("2026-09-01")) == "Sep 2026"
    assert numbers.day_label(pd.Timestamp("2026-07-04")) == "4 Jul 2026"
    assert numbers.month_label(pd.NaT) == numbers.day_label(None) == ""


def test_a_history_of_one_point_draws_no_line():
    assert sparkline([Decimal(1)], Decimal(2), "x") == ""


def test_a_flat_history_is_drawn_and_its_name_is_escaped():
    drawn = sparkline([Decimal(5)] * 3, None, '<script>"x"')
    assert "nan" not in drawn
    assert drawn.count("<circle") == 1
    assert 'aria-label="&lt;script&gt;&#34;x&#34;"' in drawn
    assert sparkline([Decimal(5)] * 3, Decimal(6), "x").count("<circle") == 2
    assert sparkline([Decimal(5)] * 3, Decimal(6), "x") == sparkline([Decimal(5)] * 3, Decimal(6), "x")
