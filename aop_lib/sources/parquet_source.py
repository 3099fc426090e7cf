"""Parquet as a source: one file, or a folder of files with the same columns; values keep their types until they are read as text."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.sources.arrow_types import readable, without_zone
from aop_lib.sources.exports import LINE, Export, column_faults, hold_unchanged, place_faults, signature

MOST_ROWS = 200_000_000
MOST_UNPACKED = 40_000_000_000
SIGN, ENCRYPTED = b"PAR1", b"PARE"
WHOLE = "a whole Parquet file"


def parts(export: Export) -> list[Path]:
    """Returns the files of a table in the order of their names: the file itself, or every `.parquet` of the folder."""
    if not export.file.is_dir():
        return [export.file]
    return sorted(file for file in export.file.rglob("*") if file.suffix.lower() in {".parquet", ".pq"} and not file.name.startswith((".", "_")))


def parquet_faults(export: Export, columns: list[str]) -> list[Fault]:
    """Returns every fault that the files' places, ends and footers tell: missing, cut short, encrypted, no such columns, too large."""
    files = parts(export)
    if not files:
        return [export.fault("a folder without Parquet files", "files that end in .parquet")]
    faults: list[Fault] = []
    schemas: dict[str, pa.Schema] = {}
    size = rows = 0
    for file in files:
        found = place_faults(export, file, _shown(export, file)) or _sign_faults(export, file)
        if not found:
            footer = _footer(file)
            found = [_damaged(export, file)] if footer is None else _schema_faults(export, file, footer.schema_arrow, columns)
            if footer is not None:
                schemas[_shown(export, file)] = footer.schema_arrow
                size += sum(footer.metadata.row_group(each).total_byte_size for each in range(footer.metadata.num_row_groups))
                rows += footer.metadata.num_rows
        faults += found
    if not faults:
        faults += _unlike(schemas, columns)
        if size > MOST_UNPACKED or rows > MOST_ROWS:
            faults.append(export.fault(f"{rows:,} rows and {size:,} bytes once unpacked", f"at most {MOST_ROWS:,} rows and {MOST_UNPACKED:,} bytes"))
    return faults


def parquet_rows(export: Export, columns: list[str]) -> pa.Table:
    """Returns columns of a Parquet table in their own types, the number of each row in `_line`, counted over all files.

    Raises:
        InputRefusedError: With every file that is missing, cut short, encrypted or damaged.
        InputChangedError: If a file changed while it was read.
    """
    seen = [(_shown(export, file), file, signature(file)) for file in parts(export) if file.is_file()]
    faults = parquet_faults(export, columns)
    tables: list[pa.Table] = []
    for _, file, _ in () if faults else seen:
        try:
            tables.append(without_zone(pq.ParquetFile(file).read(columns=columns)))
        except (pa.ArrowException, OSError):
            faults.append(_damaged(export, file))
    hold_unchanged(seen)
    if faults:
        raise InputRefusedError(faults)
    rows = pa.concat_tables(table.select(columns) for table in tables)
    return rows.append_column(LINE, pa.array(range(1, len(rows) + 1), pa.int64()))


def _shown(export: Export, file: Path) -> str:
    return f"{export.shown}/{file.relative_to(export.file).as_posix()}" if export.file.is_dir() else export.shown


def _sign_faults(export: Export, file: Path) -> list[Fault]:
    with file.open("rb") as stream:
        first = stream.read(4)
        stream.seek(-min(4, file.stat().st_size), 2)
        last = stream.read(4)
    where = _shown(export, file)
    if ENCRYPTED in {first, last}:
        return [Fault(where, "an encrypted Parquet file", "one that is not encrypted")]
    if first != SIGN:
        return [Fault(where, "a file that is no Parquet, whatever its name says", WHOLE, "export it again, or correct 'kind'")]
    return [] if last == SIGN else [Fault(where, "a Parquet file that was cut short", WHOLE, "export it again")]


def _footer(file: Path) -> pq.ParquetFile | None:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError):
        return None


def _damaged(export: Export, file: Path) -> Fault:
    return Fault(_shown(export, file), "a Parquet file that is damaged or encrypted inside", WHOLE, "export it again")


def _schema_faults(export: Export, file: Path, schema: pa.Schema, columns: list[str]) -> list[Fault]:
    where = _shown(export, file)
    faults = column_faults(where, schema.names, columns)
    kinds = {name: schema.field(name).type for name in columns if schema.names.count(name) == 1}
    return faults + [
        Fault(where, f"the column {name!r} of type {kind}", "text, numbers, days, moments or flags") for name, kind in kinds.items() if not readable(kind)
    ]


def _unlike(schemas: dict[str, pa.Schema], columns: list[str]) -> list[Fault]:
    """Returns a fault for each file whose columns are of other types than those of the first."""
    first = next(iter(schemas.values()))
    pairs = [(where, name, schema.field(name).type, first.field(name).type) for where, schema in schemas.items() for name in columns]
    return [Fault(where, f"the column {name!r} as {kind}", f"{other}, as in the first file") for where, name, kind, other in pairs if kind != other]
