"""The figures of a page's tables, as a reader sees them, and whether their displayed sums add up."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import product
from typing import NamedTuple

FIGURE = re.compile(r"\+?([\d,]+(?:\.\d+)?)|\(([\d,]+(?:\.\d+)?)\)")
TABLES = """
return [...document.querySelectorAll('table.teams')].map(table => ({
  label: table.getAttribute('aria-label'), is_variance: table.classList.contains('var'),
  heads: [...table.querySelectorAll('thead tr.hd th')].map(each => each.textContent.trim()),
  rows: [...table.tBodies[0].rows].map(row => ({style: row.className.trim(), cells: [...row.cells].map(cell => cell.firstChild ? cell.firstChild.textContent.trim() : '')})),
}));
"""
UNSUMMED = ("%", "(Worse) · better")


class Row(NamedTuple):
    """A row of a table: whether it sums others, its name, and its figures by column; None where there is no figure."""

    style: str
    name: str
    figures: tuple[Decimal | None, ...]


def figure(text: str) -> Decimal | None:
    """Returns a figure in the accounting format as a number; None for any other text."""
    found = FIGURE.fullmatch(text)
    if not found:
        return None
    return Decimal(found[1].replace(",", "")) if found[1] else -Decimal(found[2].replace(",", ""))


def rows_of(table: dict) -> list[Row]:
    """Returns a table's rows with the columns that add up."""
    keep = [place for place, head in enumerate(table["heads"]) if place and head not in UNSUMMED and not head.endswith(", %")]
    return [Row(row["style"], row["cells"][0], tuple(figure(row["cells"][place]) for place in keep)) for row in table["rows"]]


def faults(table: dict) -> list[str]:
    """Returns the rows of a table whose figures are not what the displayed rows above make."""
    rows = rows_of(table)
    found = [f"{row.name}: a variance that is not its displayed difference" for row in rows if table["is_variance"] and not directions(row)]
    for place, row in enumerate(rows):
        if row.style:
            above = rows[:place]
            if not any(_equal(row, total, ways) for total, ways in _sums(row, above, is_variance=table["is_variance"])):
                found.append(f"{row.name}: {[str(each) for each in row.figures]} is no sum of the displayed rows above")
    return found


def directions(row: Row) -> list[int]:
    """Returns the directions (+1 more is better, -1 less is better) for which the displayed variances are the displayed differences."""
    groups = [row.figures[at : at + 3] for at in range(0, len(row.figures), 3)]
    return [way for way in (1, -1) if all(None not in each and each[2] == way * (each[0] - each[1]) for each in groups)]


def _sums(row: Row, above: list[Row], *, is_variance: bool):
    plain = [each for each in above if not each.style]
    if row.style == "sub":
        since = next((at for at in range(len(above) - 1, -1, -1) if above[at].style), -1) + 1
        block = above[since:]
        yield from ((block[start:], [1] * (len(block) - start)) for start in range(max(len(block) - 1, 1)))
        return
    yield plain, [1] * len(plain)
    if is_variance:
        yield from ((plain, ways) for ways in product(*(directions(each) for each in plain)))


def _equal(row: Row, parts: list[Row], ways) -> bool:
    every = range(len(row.figures))
    summed = [column for column in every if row.figures[column] is not None and all(part.figures[column] is not None for part in parts)]
    is_result = any(way != 1 for way in ways)
    plain = [column for column in summed if not (is_result and column % 3 == 2)]
    return bool(parts) and all(row.figures[column] == sum(way * part.figures[column] for part, way in zip(parts, ways, strict=True)) for column in plain)
