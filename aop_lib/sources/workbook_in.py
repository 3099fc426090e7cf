"""A sheet of a workbook as a table: what is stored is read, nothing is filled, computed or guessed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from aop_lib.sources.archive import REQUEST, Limits, WorkbookRefusedError, opened
from aop_lib.sources.book import MOST_NAMED, Book, Outline, cell_of, merged_cells, name_hidden, outline
from aop_lib.sources.sheet import position
from aop_lib.sources.table import Faults, Table, quoted, visible


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
    name_hidden(book, faults)
    merged = merged_cells(book, faults)
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
    names = {column: cell_of(book, first, column, set(), faults) for column in range(1, max((each for _, each in cells), default=0) + 1)}
    wanted = {column: name for column, name in names.items() if name.text in columns}
    if not any(name.text for name in names.values()):
        faults.add(book.place, f"no column names in row {first}" if first else "an empty sheet", "the names of the columns", "see 'header_row' of the preset")
        return None
    name_hidden(book, faults)
    merges = [each for each in book.sheet.merged if _touches(each, first, wanted)]
    below = merged_cells(replace(book, sheet=replace(book.sheet, merged=merges)), faults)
    read = [tuple(cell_of(book, row, column, below, faults) for column in wanted) for row in rows if row > first]
    kept = tuple(row for row in read if any(cell.text or cell.kind == "refused" for cell in row))
    return Table(tuple(names.values()), kept)


def sheet_names(content: bytes, limits: Limits) -> list[str]:
    """Returns the names of a workbook's sheets in their order.

    Raises:
        WorkbookRefusedError: If it is no workbook, or one that could do harm.
    """
    with opened(content, limits) as archive:
        return [name for name, _, _ in outline(archive, "", limits).sheets]


def _touches(merge: str, header_row: int, columns: Collection[int]) -> bool:
    start, _, end = merge.partition(":")
    (_, left), (bottom, right) = position(start), position(end or start)
    return bottom > header_row and any(left <= column <= right for column in columns)


def _read(content: bytes, faults: Faults, sheet: str, limits: Limits) -> Book | None:
    try:
        return _book(content, faults, sheet, limits)
    except WorkbookRefusedError as refusal:
        faults.add(faults.shown, refusal.found, refusal.expected, refusal.fix)
        return None


def _book(content: bytes, faults: Faults, sheet: str, limits: Limits) -> Book:
    with opened(content, limits) as archive:
        found = outline(archive, faults.shown, limits)
        name = _chosen(sheet, found, faults) if sheet else _first(found, faults)
        return found.books(archive, [name], limits)[name]


def _first(found: Outline, faults: Faults) -> str:
    visible_sheets = [each for each in found.sheets if each[1] == "visible"]
    if not visible_sheets or visible_sheets[0][2] not in found.relations.by_id:
        raise WorkbookRefusedError("no visible sheet", "the request on the first sheet")
    name = visible_sheets[0][0]
    for other, state, _ in found.sheets:
        if other != name:
            kind = "a sheet" if state == "visible" else "a hidden sheet"
            faults.warn(f"{faults.shown}!{visible(other)}", f"{kind}, which is not read", "the request on the first sheet")
    return name


def _chosen(sheet: str, book: Outline, faults: Faults) -> str:
    """Returns the name of the sheet that is meant, hidden or not; the only visible one whatever its name."""
    shown = [each for each in book.sheets if each[1] == "visible"]
    found = [each for each in book.sheets if each[0] == sheet] or (shown if len(shown) == 1 else [])
    if not found or found[0][2] not in book.relations.by_id:
        names = ", ".join(visible(each[0]) for each in book.sheets[:MOST_NAMED])
        raise WorkbookRefusedError(f"no sheet {quoted(sheet)}", f"one of {names}", "name the sheet as 'file' in the preset")
    if found[0][1] != "visible":
        faults.warn(f"{faults.shown}!{visible(found[0][0])}", "a hidden sheet, read like any other", "no hidden sheets", "unhide it, and check it")
    return found[0][0]


def _table(book: Book, merged: set[tuple[int, int]], faults: Faults) -> Table | None:
    cells = book.sheet.cells
    if not cells:
        faults.add(book.place, "an empty sheet", "the columns of a request in the first row", "put the request on the first sheet")
        return None
    first, width = min(row for row, _ in cells), max(column for _, column in cells)
    read = {row: tuple(cell_of(book, row, column, merged, faults) for column in range(1, width + 1)) for row in sorted({row for row, _ in cells})}
    rows = tuple(row for number, row in read.items() if number != first and any(cell.text or cell.kind == "refused" for cell in row))
    return Table(read[first], rows)
