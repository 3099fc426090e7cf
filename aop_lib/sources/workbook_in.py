"""A sheet of a workbook as a table: what is stored is read, nothing is filled, computed or guessed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zipfile import ZipFile

from aop_lib.sources.archive import REQUEST, Limits, WorkbookRefusedError, opened, part
from aop_lib.sources.sheet import DateStyles, RawCell, RawSheet, Relations, SharedTexts, SheetCells, Sheets, letters, position, unescaped
from aop_lib.sources.table import MOST_FAULTS, Cell, Faults, Kind, Table, quoted, visible

NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
MOST_NAMED = 20


@dataclass(frozen=True)
class _Book:
    """One sheet, raw, and what it takes to read it."""

    shown: str
    name: str
    sheet: RawSheet
    texts: list[str]
    dates: list[bool]
    from_1904: bool

    def where(self, row: int, column: int) -> str:
        return f"{self.place}!{letters(column)}{row}"

    @property
    def place(self) -> str:
        return f"{self.shown}!{visible(self.name)}"


def workbook_table(content: bytes, faults: Faults, limits: Limits = REQUEST) -> Table | None:
    """Returns the table on the first visible sheet of a workbook; None, with the faults, where it cannot be read.

    Hidden rows and columns are read and named in a warning; sheets that are hidden or come later are not read.

    Args:
        content: The whole file.
        faults: Takes what is found wrong.
        limits: How large it may be.
    """
    book = _read(content, faults, "", limits)
    if book is None:
        return None
    _name_hidden(book, faults)
    merged = _merged(book, faults)
    return _table(book, merged, faults)


def sheet_table(content: bytes, sheet: str, header_row: int, columns: Collection[str], faults: Faults, limits: Limits) -> Table | None:
    """Returns columns of a sheet as a table, every cell of theirs checked; None, with the faults, where it cannot be read.

    What other columns hold is not looked at. A workbook with one visible sheet need not name it.

    Args:
        content: The whole file.
        sheet: The sheet's name; empty for the first visible one.
        header_row: The row of the column names, counted from 1; 0 for the first row that holds something.
        columns: The columns that are wanted; those that the header lacks are left to the caller.
        faults: Takes what is found wrong.
        limits: How large the workbook may be.
    """
    book = _read(content, faults, sheet, limits)
    if book is None:
        return None
    cells = book.sheet.cells
    rows = sorted({row for row, _ in cells if row >= header_row})
    first = rows[0] if rows and not header_row else header_row
    names = {column: _cell(book, first, column, set(), faults) for column in range(1, max((each for _, each in cells), default=0) + 1)}
    wanted = {column: name for column, name in names.items() if name.text in columns}
    if not any(name.text for name in names.values()):
        faults.add(book.place, f"no column names in row {first}" if first else "an empty sheet", "the names of the columns", "see 'header_row' of the preset")
        return None
    _name_hidden(book, faults)
    merges = [each for each in book.sheet.merged if _touches(each, first, wanted)]
    below = _merged(replace(book, sheet=replace(book.sheet, merged=merges)), faults)
    read = [tuple(_cell(book, row, column, below, faults) for column in wanted) for row in rows if row > first]
    kept = tuple(row for row in read if any(cell.text or cell.kind == "refused" for cell in row))
    return Table(tuple(names.values()), kept)


def sheet_names(content: bytes, limits: Limits) -> list[str]:
    """Returns the names of a workbook's sheets in their order.

    Raises:
        WorkbookRefusedError: If it is no workbook, or one that could do harm.
    """
    with opened(content, limits) as archive:
        return [name for name, _, _ in _parts(archive, limits)[0].sheets]


def _touches(merge: str, header_row: int, columns: Collection[int]) -> bool:
    start, _, end = merge.partition(":")
    (_, left), (bottom, right) = position(start), position(end or start)
    return bottom > header_row and any(left <= column <= right for column in columns)


def _read(content: bytes, faults: Faults, sheet: str, limits: Limits) -> _Book | None:
    try:
        return _book(content, faults, sheet, limits)
    except WorkbookRefusedError as refusal:
        faults.add(faults.shown, refusal.found, refusal.expected, refusal.fix)
        return None


def _book(content: bytes, faults: Faults, sheet: str, limits: Limits) -> _Book:
    with opened(content, limits) as archive:
        sheets, relations, folder = _parts(archive, limits)
        name, target = _chosen(sheet, sheets, relations, faults) if sheet else _first(sheets, relations, faults)
        cells, texts, dates = SheetCells(limits), SharedTexts(limits), DateStyles()
        part(archive, _inside(folder, target), cells, limits)
        for kind, handler in (("sharedStrings", texts), ("styles", dates)):
            if kind in relations.by_type:
                part(archive, _inside(folder, relations.by_type[kind]), handler, limits)
        return _Book(faults.shown, name, cells.sheet, texts.texts, dates.styles, sheets.from_1904)


def _parts(archive: ZipFile, limits: Limits) -> tuple[Sheets, Relations, str]:
    """Returns the workbook's sheets, their relations and the folder that both count from."""
    root, sheets, relations = Relations(), Sheets(), Relations()
    part(archive, "_rels/.rels", root, limits)
    workbook = _inside("", root.by_type.get("officeDocument", "xl/workbook.xml"))
    folder, file = posixpath.split(workbook)
    part(archive, workbook, sheets, limits)
    part(archive, f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels", relations, limits)
    return sheets, relations, folder


def _first(sheets: Sheets, relations: Relations, faults: Faults) -> tuple[str, str]:
    visible_sheets = [each for each in sheets.sheets if each[1] == "visible"]
    if not visible_sheets or visible_sheets[0][2] not in relations.by_id:
        raise WorkbookRefusedError("no visible sheet", "the request on the first sheet")
    name, _, relation = visible_sheets[0]
    for other, state, _ in sheets.sheets:
        if other != name:
            kind = "a sheet" if state == "visible" else "a hidden sheet"
            faults.warn(f"{faults.shown}!{visible(other)}", f"{kind}, which is not read", "the request on the first sheet")
    return name, relations.by_id[relation]


def _chosen(sheet: str, sheets: Sheets, relations: Relations, faults: Faults) -> tuple[str, str]:
    """Returns the sheet of that name, hidden or not; the only visible one whatever its name."""
    shown = [each for each in sheets.sheets if each[1] == "visible"]
    found = [each for each in sheets.sheets if each[0] == sheet] or (shown if len(shown) == 1 else [])
    if not found or found[0][2] not in relations.by_id:
        names = ", ".join(visible(each[0]) for each in sheets.sheets[:MOST_NAMED])
        raise WorkbookRefusedError(f"no sheet {quoted(sheet)}", f"one of {names}", "name the sheet as 'file' in the preset")
    if found[0][1] != "visible":
        faults.warn(f"{faults.shown}!{visible(found[0][0])}", "a hidden sheet, read like any other", "no hidden sheets", "unhide it, and check it")
    return found[0][0], relations.by_id[found[0][2]]


def _inside(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _name_hidden(book: _Book, faults: Faults) -> None:
    rows = sorted({row for row, _ in book.sheet.cells} & book.sheet.hidden_rows)
    columns = sorted({column for _, column in book.sheet.cells} & book.sheet.hidden_columns)
    for what, places in (("row", [f"{row}:{row}" for row in rows]), ("column", [f"{letters(each)}:{letters(each)}" for each in columns])):
        if places:
            count = f"{len(places):,} hidden {what}s" if len(places) > 1 else f"a hidden {what}"
            found = f"{count}, read like any other"
            faults.warn(f"{book.place}!{_named(places)}", found, f"no hidden {what}s", "unhide, and check that it belongs to the request")
    stored = sorted(place for place, cell in book.sheet.cells.items() if cell.formula and cell.value)
    if stored:
        cells = _named([f"{letters(column)}{row}" for row, column in stored])
        faults.warn(f"{book.place}!{cells}", "formulas, whose stored values were read", "values", "recalculate before sending, or paste values")


def _named(places: list[str]) -> str:
    return ",".join(places[:MOST_NAMED]) + (f" and {len(places) - MOST_NAMED:,} more" if len(places) > MOST_NAMED else "")


def _merged(book: _Book, faults: Faults) -> set[tuple[int, int]]:
    """Returns the cells that a merge has swallowed, and adds a fault for each merge."""
    swallowed: set[tuple[int, int]] = set()
    for merge in book.sheet.merged[: MOST_FAULTS + 1]:
        start, _, end = merge.partition(":")
        (top, left), (bottom, right) = position(start), position(end or start)
        rows, columns = range(top, min(bottom, top + MOST_NAMED) + 1), range(left, min(right, left + MOST_NAMED) + 1)
        covered = [(row, column) for row in rows for column in columns][1:]
        swallowed |= set(covered)
        names = _named([f"{letters(column)}{row}" for row, column in covered]) or visible(end)
        found = f"merged cells {visible(merge)}, so that {names} has no value of its own"
        faults.add(f"{book.place}!{names}", found, "every cell filled", "unmerge, and fill each cell")
    return swallowed


def _table(book: _Book, merged: set[tuple[int, int]], faults: Faults) -> Table | None:
    cells = book.sheet.cells
    if not cells:
        faults.add(book.place, "an empty sheet", "the columns of a request in the first row", "put the request on the first sheet")
        return None
    first, width = min(row for row, _ in cells), max(column for _, column in cells)
    read = {row: tuple(_cell(book, row, column, merged, faults) for column in range(1, width + 1)) for row in sorted({row for row, _ in cells})}
    rows = tuple(row for number, row in read.items() if number != first and any(cell.text or cell.kind == "refused" for cell in row))
    return Table(read[first], rows)


def _cell(book: _Book, row: int, column: int, merged: set[tuple[int, int]], faults: Faults) -> Cell:
    raw, where = book.sheet.cells.get((row, column)), book.where(row, column)
    if raw is None:
        return Cell("", where, "refused" if (row, column) in merged else "text")
    if raw.formula and raw.value in {None, ""} and raw.kind != "str":
        faults.add(where, "a formula without stored value", "a value", "open the workbook in Excel and save it, or paste values")
        return Cell("", where, "refused")
    if raw.kind == "e":
        faults.add(where, f"the error {quoted(raw.value or '')}", "a value", "mend the formula")
        return Cell(raw.value or "", where, "refused")
    try:
        text, kind = _value(book, raw)
    except (ValueError, IndexError, OverflowError):
        faults.add(where, f"{quoted(raw.value or '')}, which is no value of its type", "a text, a number or a date", "type it anew")
        return Cell("", where, "refused")
    return Cell(text, where, kind)


def _value(book: _Book, raw: RawCell) -> tuple[str, Kind]:
    value = raw.value or ""
    if raw.kind == "s":
        return book.texts[int(value)], "text"
    if raw.kind in {"inlineStr", "str"}:
        return unescaped(value), "text"
    if raw.kind == "b":
        return ("TRUE" if value == "1" else "FALSE"), "flag"
    if raw.kind == "d":
        return _day_text(datetime.fromisoformat(value)), "date"
    if not NUMBER.fullmatch(value):
        raise ValueError(value)
    if raw.style < len(book.dates) and book.dates[raw.style]:
        start = datetime(1904, 1, 1) if book.from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  (workbooks know no zones)
        return _day_text(start + timedelta(days=float(value))), "date"
    return number_text(value), "number"


def number_text(stored: str) -> str:
    """Returns the digits of a number as Excel shows it: it keeps 15 significant ones and stores the nearest binary fraction.

    Args:
        stored: What stands in the file, e.g. `0.30000000000000004` for 0.3.
    """
    number = Decimal(f"{float(stored):.15g}")
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _day_text(moment: datetime) -> str:
    return moment.date().isoformat() if moment == datetime(moment.year, moment.month, moment.day, tzinfo=moment.tzinfo) else moment.isoformat(sep=" ")
