"""The rows that a team wrote on a sheet of its workbook; what stands where nothing belongs is a fault at its cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aop_lib.errors import nearest
from aop_lib.sources.book import Book, cell_of, merged_cells, name_hidden
from aop_lib.sources.sheet import Position, RawCell, RawSheet, letters, position
from aop_lib.sources.table import Cell, Faults, quoted, visible
from aop_lib.team_workbook import FIRST_ROW, HEADER_ROW, Column, Sheet

MONTHS = 12


@dataclass(frozen=True)
class Row:
    """One row that holds something: its cells by the keys of the columns that a team fills in."""

    sheet: Sheet
    number: int
    cells: Mapping[str, Cell]

    @property
    def place(self) -> str:
        """`sheet!cell` of its first cell."""
        return f"{self.sheet.name}!A{self.number}"

    def place_of(self, key: str) -> str:
        """Returns `sheet!cell` of a column's cell."""
        return f"{self.sheet.name}!{letters(self.sheet.keys.index(key) + 1)}{self.number}"


def is_to_fill(sheet: Sheet, row: int, column: int) -> bool:
    """Returns whether a team may write in a cell of a sheet; row and column are counted from 1."""
    return FIRST_ROW <= row < FIRST_ROW + sheet.rows and 1 <= column <= len(sheet.columns) and not sheet.columns[column - 1].is_computed


def written_rows(book: Book, sheet: Sheet, months: Sequence[str], faults: Faults) -> list[Row] | None:
    """Returns the rows of a sheet that hold something; None, with the faults, where its columns are not those that were sent.

    Args:
        book: The sheet as it came back.
        sheet: The sheet as it was sent.
        months: The months of the planned year, as YYYY-MM.
        faults: Takes what is found wrong: headings, merged cells, values outside the cells to fill in; hidden rows and columns as warnings.
    """
    if not _headings_hold(book, sheet, months, faults):
        return None
    _outside(book, sheet, faults)
    inside = _part(book, {place: cell for place, cell in book.sheet.cells.items() if is_to_fill(sheet, *place)})
    name_hidden(inside, faults)
    merges = [merge for merge in book.sheet.merged if _touches(merge, sheet)]
    merged = merged_cells(replace(book, sheet=replace(book.sheet, merged=merges)), faults)
    filled = [(index + 1, column) for index, column in enumerate(sheet.columns) if not column.is_computed]
    rows = []
    for number in sorted({row for row, _ in inside.sheet.cells}):
        cells = {column.key: cell_of(book, number, place, merged, faults) for place, column in filled}
        if any(cell.text or cell.kind == "refused" for cell in cells.values()):
            rows.append(Row(sheet, number, cells))
    return rows


def _part(book: Book, cells: dict[Position, RawCell]) -> Book:
    return replace(book, sheet=RawSheet(cells, book.sheet.hidden_rows, book.sheet.hidden_columns))


def _touches(merge: str, sheet: Sheet) -> bool:
    start, _, end = merge.partition(":")
    (top, left), (bottom, _) = position(start), position(end or start)
    return bottom >= FIRST_ROW and top < FIRST_ROW + sheet.rows and left <= len(sheet.columns)


def _headings(column: Column, months: Sequence[str]) -> tuple[str, ...]:
    """Returns what may stand over a column: its title; over those of months the month as well."""
    index = column.key.removeprefix("m")
    return (column.title, months[int(index) - 1]) if index.isdigit() and len(months) == MONTHS else (column.title,)


def _headings_hold(book: Book, sheet: Sheet, months: Sequence[str], faults: Faults) -> bool:
    width = max((column for row, column in book.sheet.cells if row == HEADER_ROW), default=0)
    found = [_heading(book, column) for column in range(1, max(width, len(sheet.columns)) + 1)]
    counts = Counter(cell.text for cell in found)
    wrong = list(_wrong_headings(sheet, found, counts, months))
    for where, words, expected, fix in wrong:
        faults.add(where, words, expected, fix)
    return not wrong


def _heading(book: Book, column: int) -> Cell:
    cell = cell_of(book, HEADER_ROW, column, set(), Faults(book.shown))
    return replace(cell, text=cell.text[:7]) if cell.kind == "date" else cell


def _wrong_headings(sheet: Sheet, found: list[Cell], counts: Counter[str], months: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    known = [heading for column in sheet.columns for heading in _headings(column, months)]
    for index, cell in enumerate(found):
        expected = _headings(sheet.columns[index], months) if index < len(sheet.columns) else ("",)
        if cell.text in expected:
            continue
        words = f"the heading {quoted(cell.text)}" if cell.text else "no heading"
        if counts[cell.text] > 1 and cell.text:
            words += f", {counts[cell.text]} times on this sheet"
        here = f"{expected[0]!r}, column {letters(index + 1)} of the template" if expected[0] else f"nothing right of {sheet.columns[-1].title!r}"
        stands = next((each.where.rpartition("!")[2] for each in found if each.text in expected and expected[0]), "")
        moved = f"it stands in {stands}; put the columns back as they were sent" if stands else "put the columns back as they were sent"
        near = nearest(visible(cell.text), [each for each in known if each not in counts]).strip(" ()")
        yield cell.where, words, here, near if near and not stands and expected[0] else moved


def _outside(book: Book, sheet: Sheet, faults: Faults) -> None:
    """Adds a fault for each value below or beside the cells to fill in, and for each that was typed over a formula."""
    last = FIRST_ROW + sheet.rows - 1
    for (row, column), cell in sorted(book.sheet.cells.items()):
        if row < FIRST_ROW or is_to_fill(sheet, row, column):
            continue
        read = cell_of(book, row, column, set(), Faults(book.shown))
        if row <= last and column <= len(sheet.columns):
            if not cell.formula:
                title = sheet.columns[column - 1].title
                faults.add(
                    read.where,
                    f"{quoted(read.text)} typed over a formula",
                    f"the formula of {title!r}, which is locked",
                    "empty the cell; nothing that stands here is read",
                )
            continue
        side = f"below row {last}" if row > last else f"right of column {letters(len(sheet.columns))}"
        fix = f"move it into a row up to {last}, or delete it" if row > last else "move it into the comment of its row, or onto a sheet of your own"
        found = f"{quoted(read.text)} {side}" if read.text else f"a formula {side}"
        faults.add(read.where, found, f"answers in A{FIRST_ROW}:{letters(len(sheet.columns))}{last} alone", fix)
