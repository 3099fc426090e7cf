"""A workbook's sheet, raw, and what its cells say: what is stored is read, nothing is filled, computed or guessed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zipfile import ZipFile

from aop_lib.sources.archive import Limits, part
from aop_lib.sources.sheet import DateStyles, RawCell, RawSheet, Relations, SharedTexts, SheetCells, Sheets, letters, position, unescaped
from aop_lib.sources.table import MOST_FAULTS, Cell, Faults, Kind, quoted, visible

NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
MOST_NAMED = 20


@dataclass(frozen=True)
class Book:
    """One sheet, raw, and what it takes to read it."""

    shown: str
    name: str
    sheet: RawSheet
    texts: list[str]
    dates: list[bool]
    from_1904: bool

    def where(self, row: int, column: int) -> str:
        """Returns `workbook!sheet!cell`."""
        return f"{self.place}!{letters(column)}{row}"

    @property
    def place(self) -> str:
        """`workbook!sheet`."""
        return f"{self.shown}!{visible(self.name)}"


@dataclass(frozen=True)
class Outline:
    """A workbook's sheets in their order, and where their parts lie."""

    shown: str
    sheets: list[tuple[str, str, str]]
    from_1904: bool
    relations: Relations
    folder: str

    def books(self, archive: ZipFile, names: Iterable[str], limits: Limits) -> dict[str, Book]:
        """Returns sheets by name, each with its cells, raw; a name that leads to no sheet is left out.

        Args:
            archive: The workbook, as `opened` gives it.
            names: Sheets of the workbook.
            limits: How large it may be.

        Raises:
            WorkbookRefusedError: If it could do harm, or is none.
        """
        wanted = set(names)
        targets = {name: self.relations.by_id[relation] for name, _, relation in self.sheets if name in wanted and relation in self.relations.by_id}
        read = {}
        for name, target in targets.items():
            cells = SheetCells(limits)
            part(archive, _inside(self.folder, target), cells, limits)
            read[name] = cells.sheet
        texts, dates = SharedTexts(limits), DateStyles()
        for kind, handler in (("sharedStrings", texts), ("styles", dates)):
            if kind in self.relations.by_type:
                part(archive, _inside(self.folder, self.relations.by_type[kind]), handler, limits)
        return {name: Book(self.shown, name, sheet, texts.texts, dates.styles, self.from_1904) for name, sheet in read.items()}


def outline(archive: ZipFile, shown: str, limits: Limits) -> Outline:
    """Returns what a workbook's sheets are called and where they lie; no cell is read.

    Args:
        archive: The workbook, as `opened` gives it.
        shown: Its name as messages show it.
        limits: How large it may be.

    Raises:
        WorkbookRefusedError: If it could do harm, or is none.
    """
    root, sheets, relations = Relations(), Sheets(), Relations()
    part(archive, "_rels/.rels", root, limits)
    workbook = _inside("", root.by_type.get("officeDocument", "xl/workbook.xml"))
    folder, file = posixpath.split(workbook)
    part(archive, workbook, sheets, limits)
    part(archive, f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels", relations, limits)
    return Outline(shown, sheets.sheets, sheets.from_1904, relations, folder)


def _inside(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def name_hidden(book: Book, faults: Faults) -> None:
    """Adds a warning for the rows and columns that a sheet hides, and for the formulas whose stored values were read."""
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


def merged_cells(book: Book, faults: Faults) -> set[tuple[int, int]]:
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


def cell_of(book: Book, row: int, column: int, merged: set[tuple[int, int]], faults: Faults) -> Cell:
    """Returns what a cell says; `refused`, with the fault, where it says nothing that can be read.

    Args:
        book: The sheet.
        row: Counted from 1.
        column: Counted from 1.
        merged: The cells that a merge has swallowed, as `merged_cells` gives them.
        faults: Takes what is found wrong.
    """
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
        text, kind = cell_value(book, raw)
    except (ValueError, IndexError, OverflowError):
        faults.add(where, f"{quoted(raw.value or '')}, which is no value of its type", "a text, a number or a date", "type it anew")
        return Cell("", where, "refused")
    return Cell(text, where, kind)


def cell_value(book: Book, raw: RawCell) -> tuple[str, Kind]:
    """Returns what a cell stores as text, and of which kind it is.

    Args:
        book: The sheet that it is of.
        raw: The cell as it was stored.

    Raises:
        ValueError: If it is no value of its type; so do IndexError and OverflowError.
    """
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
