"""Exact splits: a year over months, a company over teams, every part in whole units and every sum to the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from aop_lib.money import split

NONE = Decimal(0)
Grid = list[list[Decimal]]


def flow_parts(months: Sequence[Decimal], weights: Sequence[Decimal], whole: Decimal, unit: Decimal) -> Grid:
    """Returns the parts of a target whose months add up: one list of months per weight.

    Defined as::

        a month of all parts   month * sum(weights) / whole, the year of it rounded once
        a part's year          its share of that year by the largest remainder; months and parts then sum both ways

    Args:
        months: The target of each month, none of another sign than the rest.
        weights: One per part, none negative, not all zero.
        whole: What the weights are measured against; 1 for shares.
        unit: The smallest piece.
    """
    sign = -1 if sum(months) < 0 else 1
    sizes = [sign * month for month in months]
    year = rounded(sum(sizes, NONE) * sum(weights, NONE) / whole, unit)
    if not year:
        return [[NONE] * len(months) for _ in weights]
    grid = two_way_split(split(year, weights, unit), split(year, sizes, unit), unit)
    return [[sign * value for value in row] for row in grid]


def stock_parts(months: Sequence[Decimal], weights: Sequence[Decimal], whole: Decimal, unit: Decimal) -> Grid:
    """Returns the parts of a level: each month split for itself, since a level's months do not add up; arguments as in `flow_parts`."""
    return _transposed([split(rounded(month * sum(weights, NONE) / whole, unit), weights, unit) for month in months])


def two_way_split(rows: Sequence[Decimal], columns: Sequence[Decimal], unit: Decimal) -> Grid:
    """Returns a grid of whole units whose rows and columns sum exactly to the totals given.

    Column after column is split by what each row should have by then and does not have yet; in the last column
    that is exactly what each row still lacks.

    Args:
        rows: Total of each row, zero or more, whole units.
        columns: Total of each column, zero or more, whole units; same sum as the rows.
        unit: The smallest piece.

    Returns:
        One list per row, one value per column.

    Raises:
        ValueError: If a total is negative or the sums differ.
    """
    whole = sum(columns, NONE)
    if min([*rows, *columns], default=NONE) < 0 or sum(rows, NONE) != whole:
        raise ValueError("row and column totals must be zero or more and have the same sum")
    given, so_far, parts = [NONE] * len(rows), NONE, []
    for column in columns:
        so_far += column
        claims = [max(row * so_far / whole - had, NONE) if column else NONE for row, had in zip(rows, given, strict=True)]
        part = split(column, claims, unit) if column else claims
        given = [had + got for had, got in zip(given, part, strict=True)]
        parts.append(part)
    return _transposed(parts) if parts else [[] for _ in rows]


def rounded(value: Decimal, unit: Decimal) -> Decimal:
    """Returns a value in whole units, rounded half to even."""
    return (value / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * unit


def _transposed(parts: Sequence[Sequence[Decimal]]) -> Grid:
    return [list(row) for row in zip(*parts, strict=True)]
