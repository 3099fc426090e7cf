"""A DuckDB file as a source: opened read-only, with no way from it to any other file, extension or address."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.sources.exports import LINE, Export, column_faults, hold_unchanged, place_faults, quoted_name, signature

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SEALED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false", "autoload_known_extensions": "false", "autoinstall_known_extensions": "false", "lock_configuration": "true",
}  # fmt: skip
NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "BIT")
ZONED = "TIMESTAMP WITH TIME ZONE"


def duckdb_tables(export: Export) -> set[str]:
    """Returns the names of the tables and views of a database; none where it cannot be opened."""
    try:
        with closing(_opened(export)) as database:
            return set(_columns(database))
    except InputRefusedError:
        return set()


def duckdb_faults(export: Export, columns: list[str]) -> list[Fault]:
    """Returns what keeps a table of a DuckDB file from being read: the file, the table, its columns and their types."""
    try:
        with closing(_opened(export)) as database:
            return _table_faults(export, _columns(database), columns)
    except InputRefusedError as refusal:
        return list(refusal.faults)


def duckdb_rows(export: Export, columns: list[str]) -> pa.Table:
    """Returns columns of a table or view as text, the number of each row in `_line`.

    Raises:
        InputRefusedError: If the file or table cannot be read, or a view reaches for anything outside the file.
        InputChangedError: If the file changed while it was read.
    """
    import duckdb
    import pyarrow as pa

    seen = [(export.source.where, export.file, signature(export.file))] if export.file.is_file() else []
    with closing(_opened(export)) as database:
        known = _columns(database)
        faults = _table_faults(export, known, columns)
        if faults:
            raise InputRefusedError(faults)
        values = ", ".join(f"{_as_text(name, known[export.stem][name])} AS {quoted_name(name)}" for name in columns)
        try:
            rows = database.execute(f"SELECT {values} FROM {quoted_name(export.stem)}").to_arrow_table()  # noqa: S608  (names are quoted by `quoted_name`)
        except duckdb.Error as problem:
            found = f"a table that cannot be read ({type(problem).__name__})"
            raise InputRefusedError([export.fault(found, "a table or view that stands on this file alone")]) from None
    hold_unchanged(seen)
    return rows.append_column(LINE, pa.array(range(1, len(rows) + 1), pa.int64()))


def _opened(export: Export) -> duckdb.DuckDBPyConnection:
    import duckdb

    faults = place_faults(export, export.file)
    if faults:
        raise InputRefusedError(faults)
    try:
        return duckdb.connect(str(export.file), read_only=True, config=SEALED)
    except duckdb.Error as problem:
        found = f"a file that does not open as a DuckDB database ({type(problem).__name__})"
        raise InputRefusedError([export.fault(found, "a whole DuckDB file, not encrypted, that nobody is writing to")]) from None


def _columns(database: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    listed = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' ORDER BY ALL"
    for table, column, kind in database.execute(listed).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def _table_faults(export: Export, known: dict[str, dict[str, str]], columns: list[str]) -> list[Fault]:
    if export.stem not in known:
        return [export.fault("no such table", f"one of {', '.join(sorted(known)[:20]) or 'none'}")]
    kinds = known[export.stem]
    nested = [name for name in columns if name in kinds and (kinds[name].startswith(NESTED) or kinds[name].endswith("]"))]
    faults = [export.fault(f"the column {name!r} of type {kinds[name][:40]}", "text, numbers, days, moments or flags") for name in nested]
    return faults + column_faults(export.shown, list(kinds), columns)


def _as_text(name: str, kind: str) -> str:
    """Returns the column as text; a moment with a zone as UTC without one."""
    column = quoted_name(name)
    return f"CAST(make_timestamp(epoch_us({column})) AS VARCHAR)" if kind == ZONED else f"CAST({column} AS VARCHAR)"
