"""Forecasts: exact where the series is simple, blind to what came later, measured as defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib.plan.back_test import LAST_VALUE, SAME_MONTH, STATISTICAL, array_methods, back_test, origins
from aop_lib.plan.forecast import last_value, same_month, smoothed

YEAR = np.array([5.0, 1, 2, 9, 4, 4, 7, 3, 8, 6, 2, 1])
MONTHS = np.arange(36.0)
SERIES = st.lists(st.integers(0, 10**6), min_size=30, max_size=30)


@pytest.mark.parametrize("value", [0.0, 7.25, -3.0, 1e9])
def test_a_constant_series_stays_as_it_is(value):
    found = smoothed(np.full((1, 36), value), 9)
    assert np.allclose(found.values, value, rtol=1e-12)
    assert found.shapes == ("level",)


def test_a_straight_line_goes_on_straight():
    found = smoothed((3 + 2 * MONTHS)[None], 9)
    assert np.allclose(found.values[0], 3 + 2 * np.arange(36, 45), rtol=1e-12)
    assert found.shapes == ("trend",)


def test_a_season_that_repeats_is_repeated_from_the_month_in_which_the_history_ends():
    history = np.tile(YEAR, 3)[:33]
    assert np.allclose(smoothed(history[None], 9).values[0], [*YEAR[9:], *YEAR[:6]], atol=1e-9)


def test_a_season_on_a_straight_line_goes_on_as_both():
    found = smoothed((np.tile(YEAR, 3) + 2 * MONTHS)[None], 12)
    assert np.allclose(found.values[0], YEAR + 2 * np.arange(36, 48), atol=1e-9)
    assert found.shapes == ("trend, additive season",)


def test_level_smoothing_follows_its_formula():
    history = np.array([[10.0, 20.0, 10.0, 20.0, 10.0]])
    # weight 0.1, the one of the grid with the least squared error: 10, 10 + 1, 11 - 0.1, 10.9 + 0.91, 11.81 - 0.181
    assert smoothed(history, 2).values[0] == pytest.approx([11.629, 11.629])


def test_each_series_is_forecast_as_if_it_were_alone_and_in_any_order():
    rows = np.vstack([np.tile(YEAR, 3), 3 + 2 * MONTHS, YEAR[0] + np.sin(MONTHS), np.zeros(36)])
    together = smoothed(rows, 6).values
    assert np.array_equal(smoothed(rows[::-1], 6).values, together[::-1])
    for place in range(len(rows)):
        assert np.array_equal(smoothed(rows[place : place + 1], 6).values[0], together[place])


def test_naive_forecasts_repeat_the_last_value_or_the_month_of_a_year_ago():
    history = np.arange(14.0)[None]
    assert list(last_value(history, 3)[0]) == [13, 13, 13]
    assert list(same_month(history, 3)[0]) == [2, 3, 4]
    assert list(same_month(history[:, :5], 2)[0]) == [4, 4]


def test_a_short_history_has_no_season_and_an_empty_one_no_forecast():
    assert smoothed(np.tile(YEAR, 2)[None, :20], 3).shapes[0] in {"level", "trend"}
    assert smoothed(np.zeros((2, 0)), 3).values.shape == (2, 3)
    assert smoothed(np.zeros((2, 5)), 0).values.shape == (2, 0)


def test_origins_leave_the_months_that_are_forecast_and_a_year_to_learn_from():
    assert origins(42, 9) == list(range(22, 34))
    assert origins(23, 9) == [12, 13, 14]
    assert origins(20, 9) == []
    assert origins(20, 0) == []


def test_the_error_of_a_back_test_is_what_its_definition_says():
    history = np.array([[*([10.0] * 12), 20.0, 40.0]])
    found = back_test(history, array_methods(history, 1)[LAST_VALUE], 1)
    # known 12: 10 said, 20 came; known 13: 20 said, 40 came
    assert found.origins == 2
    assert found.error[0] == pytest.approx((10 + 20) / (20 + 40))
    assert np.isnan(found.scaled[0])  # nothing ever moved before the first origin


def test_the_scaled_error_is_in_changes_from_month_to_month_before_the_first_origin():
    history = np.array([[*([10.0, 12.0] * 6), 20.0]])
    found = back_test(history, array_methods(history, 1)[LAST_VALUE], 1)
    assert found.scaled[0] == pytest.approx((20 - 12) / 2)


@settings(max_examples=20, deadline=None)
@given(SERIES, st.integers(13, 29), st.integers(1, 10**6))
def test_no_forecast_knows_what_came_after_its_origin(values, origin, change):
    history = np.array([values], dtype=float)
    later = history.copy()
    later[:, origin:] += change
    for name in (STATISTICAL, LAST_VALUE, SAME_MONTH):
        assert np.array_equal(array_methods(history, 3)[name](origin), array_methods(later, 3)[name](origin))
