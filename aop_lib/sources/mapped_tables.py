"""Sheets of a workbook that is not ours, read by its mapping: rows that count, with every cell's place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from aop_lib.errors import nearest
from aop_lib.params.workbook_mapping import ReadColumn, ReadTable, Where, WorkbookMapping, cell_parts
from aop_lib.sources.archive import SOURCE, WorkbookRefusedError, opened
from aop_lib.sources.book import MOST_NAMED, Book, cell_of, merged_cells, name_hidden, outline
from aop_lib.sources.sheet import letters, position
from aop_lib.sources.table import Cell, Faults, quoted, unfit, visible
from aop_lib.yamlfile import Document, Path_

PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
ZERO = Decimal(0)


@dataclass(frozen=True)
class MappedRow:
    """One row: what each column says, and its number where it is one; `cells` holds the place of each."""

    table: str
    row: int
    texts: Mapping[str, str]
    numbers: Mapping[str, Decimal]
    cells: Mapping[str, Cell]

    def holds(self, where: Where) -> bool:
        """Returns whether every named column holds one of its texts."""
        return all(self.texts.get(column, "") in texts for column, texts in where.items())

    def where(self, column: str) -> str:
        """Returns `workbook!sheet!cell` of a column; of the row's first cell for a constant."""
        return self.cells[column].where if column in self.cells else next(iter(self.cells.values())).where


@dataclass(frozen=True)
class MappedTable:
    """The rows of a table that count, and its rows of subtotals, both in the order of the sheet; `places` are column numbers."""

    name: str
    places: Mapping[str, int]
    rows: tuple[MappedRow, ...]
    subtotals: tuple[MappedRow, ...]


@dataclass(frozen=True)
class Sheets:
    """The sheets that a mapping names, raw."""

    books: Mapping[str, Book]
    fillers: tuple[str, ...]
    faults: Faults

    def cell(self, sheet: str, address: str) -> Cell:
        """Returns one cell."""
        row, column = position(address)
        return cell_of(self.books[sheet], row, column, set(), self.faults)

    def number(self, cell: Cell) -> Decimal:
        """Returns a cell's number, 0 where it holds nothing or a filler; 0 with the fault where it holds something else."""
        if cell.kind == "number" and PLAIN_NUMBER.fullmatch(cell.text):
            return Decimal(cell.text)
        if cell.kind != "refused" and not self.holds_nothing(cell):
            self.faults.add(cell.where, quoted(cell.text), "a number", "type the number, or name the text under 'fillers' of the mapping")
        return ZERO

    def holds_nothing(self, cell: Cell) -> bool:
        """Returns whether a cell is empty or holds a filler."""
        return cell.text.strip() in {"", *self.fillers}


def mapped_sheets(content: bytes, mapping: WorkbookMapping, document: Document, faults: Faults) -> Sheets | None:
    """Returns the sheets that a mapping names; None, with the faults, where one is missing or cannot be read.

    Other sheets are not parsed; they are named in one warning. A hidden sheet is read like any other, and named.

    Args:
        content: The workbook, whole.
        mapping: Which sheets.
        document: The mapping as it was written, for its lines.
        faults: Takes what is found wrong; `shown` is the workbook.
    """
    wanted = _named_sheets(mapping)
    try:
        with opened(content, SOURCE) as archive:
            found = outline(archive, faults.shown, SOURCE)
            states = {name: state for name, state, _ in found.sheets}
            missing = {sheet: path for sheet, path in wanted.items() if sheet not in states}
            for sheet, path in missing.items():
                document.fault(path, f"no sheet {quoted(sheet)} in {faults.shown}", f"one of its sheets{nearest(sheet, states)}")
            books = {} if missing else found.books(archive, wanted, SOURCE)
    except WorkbookRefusedError as refusal:
        faults.add(faults.shown, refusal.found, refusal.expected, refusal.fix)
        return None
    if missing:
        return None
    _name_others(states, wanted, faults)
    for book in books.values():
        name_hidden(book, faults)
    return Sheets(books, tuple(mapping.fillers), faults)


def _named_sheets(mapping: WorkbookMapping) -> dict[str, Path_]:
    named: list[tuple[str, Path_]] = [(table.sheet, ("tables", name, "sheet")) for name, table in mapping.tables.items()]
    named += [(goal.sheet, ("goals", index, "sheet")) for index, goal in enumerate(mapping.goals)]
    for index, check in enumerate(mapping.checks):
        named += [(cell_parts(cell.at)[0], ("checks", index, "cells", at, "at")) for at, cell in enumerate(check.cells)]
    return dict(reversed(named))


def _name_others(states: Mapping[str, str], wanted: Iterable[str], faults: Faults) -> None:
    for sheet in wanted:
        if states[sheet] != "visible":
            faults.warn(f"{faults.shown}!{visible(sheet)}", "a hidden sheet, read like any other", "no hidden sheets", "unhide it, and check it")
    others = [visible(name) for name in states if name not in set(wanted)]
    if others:
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        faults.warn(faults.shown, f"sheets that the mapping does not name: {', '.join(others[:MOST_NAMED])}{more}", "sheets that hold nothing to be planned")


def mapped_table(name: str, table: ReadTable, sheets: Sheets, document: Document) -> MappedTable | None:
    """Returns the rows of one table; None, with the fault in the mapping, where a column cannot be found.

    Args:
        name: The table's name in the mapping.
        table: How it is read.
        sheets: The raw sheets.
        document: The mapping as it was written, for its lines.
    """
    book, path = sheets.books[table.sheet], ("tables", name)
    places = _places(table, book, sheets, document, path)
    if places is None:
        return None
    last_header = max(table.header_row)
    swallowed = _swallowed(book, last_header, set(places.values()), sheets.faults)
    fenced = {number for totals in table.totals for number in range(totals.rows[0], totals.rows[1] + 1)}
    rows, subtotals, loose = [], [], []
    for number in sorted({row for row, _ in book.sheet.cells if row > last_header} - fenced):
        cells = {column: cell_of(book, number, place, swallowed, sheets.faults) for column, place in places.items()}
        row = _row(name, number, cells, table, sheets)
        if table.stop and row.holds(table.stop):
            break
        if table.subtotals and row.texts[table.subtotals.column] in table.subtotals.labels:
            subtotals.append(row)
        elif all(row.texts[column] for column in table.filled) and row.holds(table.where):
            rows.append(_exchanged(row, table, sheets))
        elif any(row.numbers.values()):
            loose.append(row)
    _name_loose(loose, sheets.faults)
    return MappedTable(name, places, tuple(rows), tuple(subtotals))


def _row(name: str, number: int, cells: Mapping[str, Cell], table: ReadTable, sheets: Sheets) -> MappedRow:
    texts = {column: "" if sheets.holds_nothing(cell) else cell.text.strip() for column, cell in cells.items()} | table.constants
    signs = {column: -1 if table.columns[column].sign == "minus" else 1 for column in cells}
    numbers = {column: signs[column] * sheets.number(cell) for column, cell in cells.items() if table.columns[column].kind == "number"}
    return MappedRow(name, number, texts, numbers, cells)


def _exchanged(row: MappedRow, table: ReadTable, sheets: Sheets) -> MappedRow:
    """Returns a row that counts with values replaced by ours; a value that is not on its list, or cannot be stored, is a fault."""
    ours = dict(row.texts)
    for column, how in table.columns.items():
        text = row.texts[column]
        problem = unfit(text)
        if problem:
            sheets.faults.add(row.where(column), f"{quoted(text)} with {problem}", "text that can be seen", "type it anew")
        if how.values:
            known = {each.given: each.ours for each in how.values}
            if text in known:
                ours[column] = known[text]
            else:
                sheets.faults.unknown(replace(row.cells[column], text=text), column, known)
    return replace(row, texts=ours)


def _name_loose(loose: list[MappedRow], faults: Faults) -> None:
    for row in loose:
        held = ", ".join(f"{column} {value}" for column, value in row.numbers.items() if value)
        where = row.where(next(column for column, value in row.numbers.items() if value))
        faults.warn(where, f"a row that does not count holds figures ({held})", "nothing, or a row that 'filled' and 'where' of the mapping let in")


def _places(table: ReadTable, book: Book, sheets: Sheets, document: Document, path: Path_) -> dict[str, int] | None:
    """Returns the column number of each of our columns."""
    width = max((column for _, column in book.sheet.cells), default=0)
    headers = {column: _header(book, table.header_row, column, sheets) for column in range(1, width + 1)}
    found: dict[str, int] = {}
    for name, how in table.columns.items():
        at = _place(how, headers)
        if isinstance(at, int):
            found[name] = at
        else:
            document.fault((*path, "columns", name), at[0], at[1])
    return found if len(found) == len(table.columns) else None


def _place(how: ReadColumn, headers: Mapping[int, str]) -> int | tuple[str, str]:
    wanted = " ".join(how.header.split())
    if how.letter:
        at = position(f"{how.letter}1")[1]
        held = headers.get(at, "")
        return at if not wanted or held == wanted else (f"the header {quoted(held)} in column {how.letter}", f"{quoted(wanted)}, as the mapping says")
    same = [column for column, text in headers.items() if text == wanted]
    if len(same) == 1:
        return same[0]
    if same:
        return f"the header {quoted(wanted)} in {', '.join(letters(each) for each in same)}", "one column; name its letter as well"
    return f"no header {quoted(wanted)}", f"the text of a header in that row{nearest(wanted, [text for text in headers.values() if text])}"


def _header(book: Book, rows: Iterable[int], column: int, sheets: Sheets) -> str:
    texts = [cell_of(book, row, column, set(), sheets.faults).text for row in rows]
    return " ".join(" ".join(texts).split())


def _swallowed(book: Book, header: int, columns: set[int], faults: Faults) -> set[tuple[int, int]]:
    merges = []
    for each in book.sheet.merged:
        start, _, end = each.partition(":")
        (_, left), (bottom, right) = position(start), position(end or start)
        if bottom > header and any(left <= column <= right for column in columns):
            merges.append(each)
    return merged_cells(replace(book, sheet=replace(book.sheet, merged=merges)), faults)
