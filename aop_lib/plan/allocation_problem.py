"""What an allocation chooses from: options with values, and the limits as rows of whole numbers (cents, heads), so that every check is exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Key = tuple[str, str]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
UNLIMITED = 2**62


@dataclass(frozen=True)
class LimitRow:
    """What one row stands for.

    Attributes:
        limit: The limit's id.
        kind: `money` (cents), `heads`, `cash` (cents) or `rule` (a dependency, an exclusion, a must).
        period: `year`, `q1` … `q4`, a month as YYYY-MM, or empty for a rule.
    """

    limit: str
    kind: str
    period: str = ""


@dataclass(frozen=True)
class Rows:
    """Limits as sparse rows: lower ≤ Σ weight × chosen ≤ upper.

    Attributes:
        start: Where each row begins in `column` and `weight`; one more entry than rows.
        column: The option of each weight.
        weight: Cents, heads or counts.
        lower: The least of each row; −2**62 without one.
        upper: The most of each row; 2**62 without one.
    """

    start: Whole
    column: Whole
    weight: Whole
    lower: Whole
    upper: Whole

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.lower)

    @property
    def row(self) -> Whole:
        """The row of each weight."""
        return np.repeat(np.arange(self.count), np.diff(self.start))


@dataclass(frozen=True)
class Problem:
    """Requests whose options compete for the same limits; at most one option of a request is chosen.

    Attributes:
        options: (request, option), sorted.
        request_of: The position of each option's request among the sorted requests.
        value: What each option contributes, weighted by the strategy.
        rows: The limits.
        what: What each row stands for, in the order of the rows.
    """

    options: tuple[Key, ...]
    request_of: Whole
    value: Numbers
    rows: Rows
    what: tuple[LimitRow, ...]

    @property
    def requests(self) -> tuple[str, ...]:
        """The requests, sorted."""
        return tuple(sorted({request for request, _ in self.options}))


def stacked(rows: Sequence[tuple[Whole, Whole, int, int]]) -> Rows:
    """Returns rows one below the other.

    Args:
        rows: For each row the options it concerns, their weights, the least and the most of it.

    Raises:
        ValueError: If a row's weights could add up past what 64 bits hold.
    """
    for _, weights, _, _ in rows:
        if len(weights) and float(np.abs(weights).astype(float).sum()) >= UNLIMITED:
            raise ValueError("the amounts of a limit add up to more than can be counted in cents")
    start = np.concatenate([[0], np.cumsum([len(columns) for columns, *_ in rows])]).astype(np.int64)
    joined = [np.concatenate([np.empty(0, np.int64), *(row[part] for row in rows)]).astype(np.int64) for part in (0, 1)]
    lower, upper = (np.array([row[part] for row in rows], dtype=np.int64) for part in (2, 3))
    return Rows(start, joined[0], joined[1], lower, upper)


def usage(rows: Rows, chosen: Flags) -> Whole:
    """Returns how much of each row a choice uses, exact: Σ weight × chosen."""
    running = np.concatenate([[0], np.cumsum(rows.weight * chosen[rows.column])])
    used: Whole = running[rows.start[1:]] - running[rows.start[:-1]]
    return used


def broken_rows(problem: Problem, chosen: Flags) -> Whole:
    """Returns the positions of the rows that a choice does not keep, exact."""
    used = usage(problem.rows, chosen)
    return np.flatnonzero((used > problem.rows.upper) | (used < problem.rows.lower))


def is_kept(problem: Problem, chosen: Flags) -> bool:
    """Returns whether a choice keeps every limit and takes at most one option of each request, exact."""
    counts = np.bincount(problem.request_of[chosen], minlength=1)
    return bool(counts.max() <= 1) and not len(broken_rows(problem, chosen))


def value_of(problem: Problem, chosen: Flags) -> float:
    """Returns the value of a choice, rounded once, whatever the order."""
    from math import fsum

    return fsum(problem.value[chosen].tolist())


def keys_of(problem: Problem, chosen: Flags) -> tuple[Key, ...]:
    """Returns the (request, option) of a choice, sorted."""
    return tuple(problem.options[position] for position in np.flatnonzero(chosen))


def with_rows(problem: Problem, kept: Iterable[int]) -> Problem:
    """Returns the problem with some of its rows alone, in their order."""
    rows, positions = problem.rows, list(kept)
    parts = [(slice(rows.start[each], rows.start[each + 1]), int(rows.lower[each]), int(rows.upper[each])) for each in positions]
    few = stacked([(rows.column[span], rows.weight[span], lower, upper) for span, lower, upper in parts])
    return replace(problem, rows=few, what=tuple(problem.what[each] for each in positions))


def with_row(problem: Problem, what: LimitRow, columns: Whole, weights: Whole, lower: int, upper: int) -> Problem:
    """Returns the problem with one more row."""
    rows, size = problem.rows, len(columns)
    more = Rows(
        np.append(rows.start, rows.start[-1] + size),
        np.concatenate([rows.column, columns]),
        np.concatenate([rows.weight, weights]),
        np.append(rows.lower, lower),
        np.append(rows.upper, upper),
    )
    return replace(problem, rows=more, what=(*problem.what, what))
