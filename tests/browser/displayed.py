"""The figures of a page's tables, as a reader sees them, and whether their displayed sums add up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product, takewhile
from typing import NamedTuple

FIGURE = re.compile(r"(?:\+?([\d,]+(?:\.\d+)?)|\(([\d,]+(?:\.\d+)?)\))(?:\s[kM])?")
TABLES = """
return [...document.querySelectorAll('table.teams')].map(table => ({
  label: table.getAttribute('aria-label'), is_variance: table.classList.contains('var'),
  heads: [...table.querySelectorAll('thead tr.hd th')].map(each => each.textContent.trim()),
  rows: [...table.tBodies[0].rows].map(row => ({style: row.className.trim(), cells: [...row.cells].map(cell => cell.firstChild ? cell.firstChild.textContent.trim() : '')})),
}));
"""
Ways = dict[str, set[int]]
MOST_GROUPS = 9
UNSUMMED = ("%", "(Worse) · better")


class Row(NamedTuple):
    """A row of a table: whether it sums others, its name, its figures (None where there is none), and which of them are better or worse."""

    style: str
    name: str
    figures: tuple[Decimal | None, ...]
    is_gap: tuple[bool, ...]


def figure(text: str) -> Decimal | None:
    """Returns a figure in the accounting format as a number; None for any other text."""
    found = FIGURE.fullmatch(text)
    if not found:
        return None
    return Decimal(found[1].replace(",", "")) if found[1] else -Decimal(found[2].replace(",", ""))


def rows_of(table: dict) -> list[Row]:
    """Returns a table's rows with the columns that add up."""
    keep = [place for place, head in enumerate(table["heads"]) if place and head not in UNSUMMED and not head.endswith(", %")]
    is_gap = tuple(table["heads"][place].startswith("+B / (W)") for place in keep)
    return [Row(row["style"], row["cells"][0], tuple(figure(row["cells"][place]) for place in keep), is_gap) for row in table["rows"]]


def faults(table: dict, known: Ways) -> list[str]:
    """Returns the rows of a table whose figures are not what the displayed rows above make, or below where a group is headed by its sum."""
    rows = [row for row in rows_of(table) if row.style != "memo"]  # what enters no sum: another currency, or before eliminations
    nested = [*_nested(rows, "deep", ""), *_nested(rows, "deeper", "deep")]
    found = [
        f"{row.name}: {[str(each) for each in row.figures]} is no sum of the rows set in below it"
        for row, parts in nested
        if not _equal(row, parts, [1] * len(parts))
    ]
    rows = [row for row in rows if row.style not in {"head", "deep", "deeper"}]
    found += [f"{row.name}: a variance that is not its displayed difference" for row in rows if table["is_variance"] and not directions(row)]
    for place, row in enumerate(rows):
        is_start = not place and row.style in {"total", "result"}
        if row.style and row.style != "beyond" and not is_start and not any(_equal(row, parts, ways) for parts, ways in _sums(rows, place, known)):
            found.append(f"{row.name}: {[str(each) for each in row.figures]} is no sum of displayed rows")
    return found


def _nested(rows: list[Row], inner: str, outer: str) -> Iterator[tuple[Row, list[Row]]]:
    """Yields each row with the rows that are set in below it, as its parts."""
    for place, row in enumerate(rows):
        below = takewhile(lambda each: each.style.startswith("deep") and each.style != outer, rows[place + 1 :])
        if row.style == outer and (parts := [each for each in below if each.style == inner]):
            yield row, parts


def directions(row: Row) -> set[int]:
    """Returns the directions (+1 more is better, -1 less is better) for which the displayed variances are the displayed differences."""
    groups = [row.figures[at : at + 3] for at in range(0, len(row.figures), 3)]
    return {way for way in (1, -1) if all(None not in each and each[2] == way * (each[0] - each[1]) for each in groups)}


def known_directions(tables: list[dict]) -> Ways:
    """Returns the directions that every line has in all variance tables that show it."""
    found: Ways = {}
    for row in (row for table in tables if table["is_variance"] for row in rows_of(table) if not row.style):
        found[row.name] = found.get(row.name, {1, -1}) & directions(row)
    return found


def _sums(rows: list[Row], place: int, known: Ways) -> Iterator[tuple[list[Row], Sequence[int]]]:
    above = [each for each in rows[:place] if not each.style]
    below = list(takewhile(lambda each: each.style in {"", "beyond"}, rows[place + 1 :]))
    if rows[place].style == "sub" and any(each.style == "beyond" for each in below):
        yield below, [-1 if each.style == "beyond" else 1 for each in below]
        return
    if rows[place].style == "sub":
        block = list(takewhile(lambda each: not each.style, reversed(rows[:place])))[::-1]
        below = list(takewhile(lambda each: not each.style, rows[place + 1 :]))
        blocks = [block[start:] for start in range(max(len(block) - 1, 1))] if rows[0].style == "" else [below]
        yield from ((each, [1] * len(each)) for each in blocks)
        return
    yield above, [1] * len(above)
    yield from _signed_sums(rows, place)
    if all(each.name in known for each in above):
        yield from ((above, ways) for ways in product(*(sorted(known[each.name]) for each in above)))


def _signed_sums(rows: list[Row], place: int) -> Iterator[tuple[list[Row], Sequence[int]]]:
    """Yields what stands since the last closing row, with that row: flows of a statement, each group that a subtotal closes with one sign."""
    closing = [at for at in range(place) if rows[at].style in {"total", "result"}]
    since = rows[closing[-1] + 1 : place] if closing else rows[:place]
    ends = [at + 1 for at, each in enumerate(since) if each.style == "sub"]
    last = ends[-1] if ends else 0
    blocks = [since[start:end] for start, end in zip([0, *ends], ends, strict=False)] + [[each] for each in since[last:]]
    groups = [[each for each in block if not each.style] for block in blocks]
    start = [rows[closing[-1]]] if closing else []
    for ways in product((1, -1), repeat=len(groups)) if len(groups) <= MOST_GROUPS else ():
        yield (
            [*start, *(each for group in groups for each in group)],
            [*[1] * len(start), *(way for way, group in zip(ways, groups, strict=True) for _ in group)],
        )


def _equal(row: Row, parts: list[Row], ways: Sequence[int]) -> bool:
    for column, total in enumerate(row.figures):
        figures = [part.figures[column] for part in parts]
        if total is None or None in figures or not figures:
            continue
        signs = [1] * len(figures) if row.is_gap[column] else ways
        if total != sum(way * each for way, each in zip(signs, figures, strict=True)):
            return False
    return bool(parts) or set(row.figures) == {None} or row.style == "sub"
