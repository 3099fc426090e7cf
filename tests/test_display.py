"""Displayed figures: every sum adds up, results are rounded and nothing drifts."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from aop_lib.display import Scale, allocated, displayed, scale_of, scaled, with_shown

THOUSANDS = Scale(Decimal(1000), 0, "k USD")
amounts = st.decimals(min_value=-(10**8), max_value=10**8, places=2)
ROWS = [
    ("Subscriptions", "", 1, "revenue"), ("Services", "", 1, "revenue"), ("Revenue", "sub", 1, "revenue"), ("Hosting", "", -1, "cost_of_revenue"),
    ("Gross profit", "result", 1, ""), ("Sales", "", -1, "opex"), ("Research", "", -1, "opex"), ("Administration", "", -1, "opex"),
    ("Operating expenses", "sub", -1, "opex"), ("Operating profit", "result", 1, ""), ("Interest", "", 1, "other"), ("Losses", "", -1, "other"),
    ("Other", "sub", 0, "other"), ("Taxes", "", -1, "tax"), ("Net result", "result", 1, ""),
]  # fmt: skip
PLAIN = [place for place, row in enumerate(ROWS) if row[1] == ""]


def statement(values, column="actual"):
    """A P&L of those nine amounts, subtotals and results computed exactly."""
    lines = dict(zip(PLAIN, values, strict=True))
    frame = pd.DataFrame(ROWS, columns=["label", "style", "direction", "group"])
    exact = []
    for place, (_, style, direction, group) in enumerate(ROWS):
        above = [each for each in lines if each < place]
        if style == "":
            exact.append(lines[place])
        elif style == "sub":
            exact.append(sum((lines[each] * (ROWS[each][2] if direction == 0 else 1) for each in above if ROWS[each][3] == group), Decimal(0)))
        else:
            exact.append(sum((lines[each] * ROWS[each][2] for each in above), Decimal(0)))
    return frame.assign(**{column: exact})


nine = st.lists(amounts, min_size=len(PLAIN), max_size=len(PLAIN))


@given(nine)
def test_every_displayed_sum_of_a_statement_adds_up(values):
    shown = displayed(statement(values), "actual", THOUSANDS)
    for place, (_, style, direction, group) in enumerate(ROWS):
        above = [each for each in PLAIN if each < place]
        if style == "sub":
            assert shown[place] == sum(shown[each] * (ROWS[each][2] if direction == 0 else 1) for each in above if ROWS[each][3] == group)
        if style == "result":
            assert shown[place] == sum(shown[each] * ROWS[each][2] for each in above)


@given(nine)
def test_results_are_their_own_rounding_and_no_row_drifts_by_two_steps(values):
    frame = statement(values)
    for place, figure in enumerate(displayed(frame, "actual", THOUSANDS)):
        exact = frame["actual"].iloc[place]
        if ROWS[place][1] == "result":
            assert figure == THOUSANDS.rounded(exact)
        assert abs(figure - exact / 1000) < (2 if ROWS[place][1] == "" else 3)


@given(nine, nine)
def test_displayed_variances_are_the_difference_of_what_is_displayed_and_add_up(actual, plan):
    rows = with_shown(statement(actual).assign(plan=statement(plan)["actual"]), "USD")
    result = rows[rows["label"] == "Operating profit"].iloc[0]
    above = rows.iloc[: rows.index[rows["label"] == "Operating profit"][0]]
    assert result["variance_shown"] == sum(above.loc[above["style"] == "", "variance_shown"])
    assert result["variance_shown"] == result["actual_shown"] - result["plan_shown"]


@given(st.lists(amounts, min_size=1, max_size=20))
def test_parts_sum_to_their_rounded_total_and_stay_within_one_step(values):
    shown = scaled(values, THOUSANDS)
    assert sum(shown) == THOUSANDS.rounded(sum(values))
    assert all(abs(figure - value / 1000) < 1 for figure, value in zip(shown, values, strict=True))


@given(st.lists(st.decimals(min_value=-50, max_value=50, places=3), min_size=1, max_size=8), st.integers(-9, 9))
def test_a_target_is_met_however_far_it_lies(parts, away):
    target = sum(part.to_integral_value() for part in parts) + away
    assert sum(allocated(parts, target)) == target


def test_the_unit_is_the_one_a_reader_thinks_in():
    assert [scale_of([Decimal(each)], "USD").name for each in ("19999", "-20000", "199999999", "200000000")] == ["USD", "k USD", "k USD", "M USD"]
