"""Tables that add up across and down: every cell cut to a whole display step such that both kinds of sums hold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

Cells = list[list[Decimal]]
Place = tuple[int, int]


def whole_steps(cells: Sequence[Sequence[Decimal]]) -> Cells:
    """Returns a table in whole steps, each cell the step below or above its own, rows and columns summing to zero as before.

    Defined as::

        while a cell is no whole step: along a ring of such cells, neighbours in a row or a column, every second one rises and the
        others fall by the least that makes one of them whole

    No row or column has one such cell alone, for its sum is zero; so there is always a ring, and each ring leaves one cell less.
    Source: controlled rounding in two dimensions (Causey, Cox and Ernst, 1985).

    Args:
        cells: In steps, exact; every row and every column sums to zero.

    Raises:
        ValueError: If a row or a column does not sum to zero.
    """
    found = [list(row) for row in cells]
    if any(sum(row) for row in found) or any(sum(column) for column in zip(*found, strict=True)):
        raise ValueError("rows and columns must sum to zero")
    while broken := [(row, column) for row, cells_ in enumerate(found) for column, cell in enumerate(cells_) if cell % 1]:
        _shift(found, _ring(broken))
    return found


def _ring(broken: Sequence[Place]) -> list[Place]:
    """Returns cells of which each shares a row, then a column, with the next, and the last with the first."""
    lines: dict[tuple[int, int], list[Place]] = {}
    for place in broken:
        for axis in (0, 1):
            lines.setdefault((axis, place[axis]), []).append(place)
    line, cell = (0, broken[0][0]), broken[0]
    seen, path = {line: 0}, [cell]
    while True:
        axis = 1 - line[0]
        line = (axis, cell[axis])
        if line in seen:
            return path[seen[line] :]
        seen[line] = len(path)
        cell = next(each for each in lines[line] if each != cell)
        path.append(cell)


def _shift(found: Cells, ring: Sequence[Place]) -> None:
    """Moves the cells of a ring, in place, by the lesser of the two ways that make one of them whole."""
    rooms = [(cell - cell.to_integral_value(ROUND_FLOOR)) for cell in (found[row][column] for row, column in ring)]
    up = min(1 - room if index % 2 == 0 else room for index, room in enumerate(rooms))
    down = min(room if index % 2 == 0 else 1 - room for index, room in enumerate(rooms))
    step = up if up <= down else -down
    for index, (row, column) in enumerate(ring):
        found[row][column] += step if index % 2 == 0 else -step


def with_total(parts: Sequence[Sequence[Decimal]], total: Sequence[Decimal]) -> Cells:
    """Returns the rows of parts in whole steps, which sum to a total row that is in whole steps already; each row still sums to zero.

    Args:
        parts: In steps, exact; every row sums to zero.
        total: What the columns must sum to, in whole steps: the displayed sums of the parts; it sums to zero.
    """
    if not parts:
        return []
    gaps = [whole - sum(column) for whole, column in zip(total, zip(*parts, strict=True), strict=True)]
    largest = max(range(len(parts)), key=lambda row: (sum(map(abs, parts[row])), -row))
    fitted = [[cell + gap for cell, gap in zip(row, gaps, strict=True)] if place == largest else list(row) for place, row in enumerate(parts)]
    return whole_steps([*fitted, [-cell for cell in total]])[:-1]
