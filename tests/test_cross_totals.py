"""Tables that add up across and down once they are rounded."""

from __future__ import annotations

from decimal import Decimal
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aop_lib.cross_totals import whole_steps, with_total

SIZE = some.tuples(some.integers(1, 6), some.integers(1, 7))
AMOUNT = some.decimals(-999, 999, places=3)


@some.composite
def balanced(draw):
    """A table whose rows and columns sum to zero."""
    rows, columns = draw(SIZE)
    inner = [[draw(AMOUNT) for _ in range(columns)] for _ in range(rows)]
    closed = [[*row, -sum(row)] for row in inner]
    return [*closed, [-sum(column) for column in zip(*closed, strict=True)]]


@given(balanced())
def test_every_cell_is_a_step_next_to_its_own_and_both_sums_stay_zero(cells):
    found = whole_steps(cells)
    assert all(sum(row) == 0 for row in found)
    assert all(sum(column) == 0 for column in zip(*found, strict=True))
    for exact, shown in zip((cell for row in cells for cell in row), (cell for row in found for cell in row), strict=True):
        assert shown in {floor(exact), ceil(exact)}


@given(balanced())
def test_the_same_table_gives_the_same_figures_and_a_whole_one_stays(cells):
    assert whole_steps(cells) == whole_steps(cells)
    assert whole_steps(whole_steps(cells)) == whole_steps(cells)


@given(balanced(), some.randoms(use_true_random=False))
def test_rows_can_be_held_to_a_total_that_is_already_displayed(cells, random):
    parts = cells[:-1]
    exact = [sum(column) for column in zip(*parts, strict=True)]
    total = [Decimal(random.choice([floor(each), ceil(each)])) for each in exact[:-1]]
    total.append(-sum(total, Decimal(0)))
    found = with_total(parts, total)
    assert all(sum(row) == 0 for row in found)
    assert [sum(column) for column in zip(*found, strict=True)] == total


def test_a_table_that_does_not_add_up_is_refused():
    with pytest.raises(ValueError, match="sum to zero"):
        whole_steps([[Decimal(1), Decimal(-1)]])
    assert with_total([], [Decimal(0)]) == []
