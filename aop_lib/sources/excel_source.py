"""A sheet of a workbook as a source: through the guarded readers, every fault with its cell."""

from __future__ import annotations

import pyarrow as pa

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.sources import workbook_in
from aop_lib.sources.archive import SOURCE, WorkbookRefusedError
from aop_lib.sources.exports import LINE, Export, column_faults, place_faults, whole
from aop_lib.sources.table import Faults, Table

LARGEST_WORKBOOK = 60_000_000


def excel_faults(export: Export, columns: list[str]) -> list[Fault]:
    """Returns every fault of a sheet: of its workbook, its header and the cells of the wanted columns."""
    return _table(export, columns)[1]


def excel_rows(export: Export, columns: list[str], notes: list[Fault]) -> pa.Table:
    """Returns columns of a sheet as text, the row of each in `_line`: numbers in plain digits, days as YYYY-MM-DD.

    Args:
        export: Where the sheet lies.
        columns: The columns that are wanted.
        notes: Takes what is good to know: hidden rows and sheets that were read, formulas whose stored values were.

    Raises:
        InputRefusedError: With every fault: a formula without a stored value, an error value, merged cells, a broken archive.
        InputChangedError: If the file changed while it was read.
    """
    table, faults, warnings = _table(export, columns)
    notes += warnings
    if table is None or faults:
        raise InputRefusedError(faults)
    places = [cell.where for cell in table.header]
    names = {_letters(where): cell.text for where, cell in zip(places, table.header, strict=True)}
    rows: dict[str, list[str]] = {name: [] for name in columns}
    lines = [_row(row[0].where) for row in table.rows]
    for row in table.rows:
        for cell in row:
            rows[names[_letters(cell.where)]].append(cell.text)
    arrays = {name: pa.array(values, pa.string()) for name, values in rows.items()}
    return pa.table({**arrays, LINE: pa.array(lines, pa.int64())})


def sheet_names(export: Export) -> list[str]:
    """Returns the names of a workbook's sheets; none where it cannot be read."""
    try:
        return workbook_in.sheet_names(whole(export, export.file), SOURCE)
    except (InputRefusedError, WorkbookRefusedError):
        return []


def _table(export: Export, columns: list[str]) -> tuple[Table | None, list[Fault], list[Fault]]:
    faults = place_faults(export, export.file)
    if not faults and export.file.stat().st_size > LARGEST_WORKBOOK:
        faults = [export.fault(f"{export.file.stat().st_size:,} bytes", f"at most {LARGEST_WORKBOOK:,} in a workbook", "export it as CSV or Parquet")]
    if faults:
        return None, faults, []
    found = Faults(export.shown.partition("!")[0])
    table = workbook_in.sheet_table(whole(export, export.file), export.sheet, export.header_row, columns, found, SOURCE)
    listed = list(found.all)
    if table is not None:
        listed += column_faults(table.header[0].where, [cell.text for cell in table.header], columns)
    return table, listed, found.warnings


def _letters(where: str) -> str:
    return where.rpartition("!")[2].rstrip("0123456789")


def _row(where: str) -> int:
    return int(where.rpartition("!")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
