"""A ledger of millions of lines as a source: added up first, checked afterwards, so that memory does not grow with it.

company.yml asks for it with `lines: summed`. Vendors, documents and single lines are not kept: totals by entity, team, account,
month and currency are, each with the number of lines that it stands for.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.sources.exports import LINE, LINES, Export, place_faults
from aop_lib.sources.ledger_store import FILE, stored_totals
from aop_lib.sources.ledger_totals import GRAIN, added_up, ledger_files, shape_faults

KEPT = (*GRAIN, "amount")
LOST = ("vendor",)


def summed_faults(export: Export, columns: list[str]) -> list[Fault]:
    """Returns what keeps a ledger from being added up: another kind of source, columns that totals do not keep, files of another shape."""
    if export.kind != "parquet":
        return [Fault("company.yml", f"lines: summed in source {export.source.name!r} of kind {export.kind}", "a Parquet ledger", "leave it out")]
    other = sorted(set(columns) - {*KEPT, *LOST})
    if other:
        return [export.fault(f"lines: summed with the columns {', '.join(other)}", f"a preset that asks for {', '.join(KEPT)} alone")]
    if _is_stored(export.file):
        return place_faults(export, export.file)
    try:
        files = ledger_files(export.file, export.shown)
    except InputRefusedError as refusal:
        return list(refusal.faults)
    return [fault for shown, file in files.items() for fault in place_faults(export, file, shown)] or shape_faults(files)


def summed_rows(export: Export, columns: list[str]) -> pa.Table:
    """Returns a ledger's totals as rows of a table: the wanted columns, `_line` counting the totals, `_lines` counting what they stand for.

    Args:
        export: A Parquet file, a folder of them, or stored totals (see `ledger_store`).
        columns: The columns that are wanted; a vendor is empty.

    Raises:
        InputRefusedError: If the files cannot be added up, or stored totals are not what was stored.
        InputChangedError: If a file changed while it was read.
    """
    if faults := summed_faults(export, columns):
        raise InputRefusedError(faults)
    if _is_stored(export.file):
        totals = stored_totals(export.file.parent)
    else:
        totals = added_up(ledger_files(export.file, export.shown), export.source.posting, export.shown)
    blank = pa.array([""] * len(totals), pa.string())
    held = {name: blank if name in LOST else totals[name] for name in columns}
    return pa.table({**held, LINE: pa.array(range(1, len(totals) + 1), pa.int64()), LINES: totals["lines"]})


def _is_stored(file: Path) -> bool:
    return file.name == FILE
