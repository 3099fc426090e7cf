"""A database as a source, through ibis: its address comes from the environment and never leaves this module.

No text of a driver's error is passed on: drivers quote addresses, users and statements.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.sources.exports import ENVIRONMENT, Export, column_faults

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Column, Table

MOST_ROWS = 50_000_000
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}", re.ASCII)
ADDRESS = "the address of a database, such as postgresql://user:password@host:5432/name"
STATES = {
    "28P01": "a password that it does not accept", "28000": "a user that it does not accept", "3D000": "no database of that name",
    "42501": "no right to read it", "42P01": "no such table", "57014": "a query that it cancelled", "53300": "too many connections",
}  # fmt: skip


def address_faults(export: Export) -> list[Fault]:
    """Returns what is wrong with how the address of a database is given; the address itself is never in a fault."""
    where = export.source.where
    if not where.startswith(ENVIRONMENT) or not VARIABLE.fullmatch(where.removeprefix(ENVIRONMENT)):
        fix = "put the address into a variable of the environment, and its name here"
        return [Fault("company.yml", f"a database address in 'where' of source {export.source.name!r}", "env:NAME, such as env:AOP_WAREHOUSE_URL", fix)]
    if not os.environ.get(where.removeprefix(ENVIRONMENT)):
        return [Fault(where, "no such variable in the environment", ADDRESS, "set it where you start `aop` or JupyterLab")]
    return []


def sql_tables(export: Export) -> set[str]:
    """Returns the names of the tables of a database; none where it cannot be reached."""
    try:
        with _connected(export) as database:
            return set(database.list_tables(database=_schema(export)))
    except InputRefusedError:
        return set()


def sql_faults(export: Export, columns: list[str]) -> list[Fault]:
    """Returns what keeps a table of a database from being read: address, connection, table, columns and their types."""
    try:
        with _connected(export) as database:
            return _table_faults(export, _table(database, export), columns)
    except InputRefusedError as refusal:
        return list(refusal.faults)


def sql_rows(export: Export, columns: list[str]) -> pa.Table:
    """Returns columns of a table or view in their own types, in the order of their texts, numbered in `_line`.

    A database keeps no order of rows: sorted by what they hold, they are numbered alike wherever they come from.

    Raises:
        InputRefusedError: If the database, the table or a column cannot be read.
    """
    from aop_lib.sources.arrow_types import without_zone

    with _connected(export) as database:
        table = _table(database, export)
        faults = _table_faults(export, table, columns)
        if faults:
            raise InputRefusedError(faults)
        rows: pa.Table = table.select(**{name: _portable(table[name]) for name in columns}).limit(MOST_ROWS + 1).to_pyarrow()
    if len(rows) > MOST_ROWS:
        raise InputRefusedError([export.fault(f"more than {MOST_ROWS:,} rows", f"at most {MOST_ROWS:,}", "give the source a view of what the cycle needs")])
    return without_zone(rows)


@contextmanager
def _connected(export: Export) -> Iterator[Any]:
    """Gives a connection, and turns whatever goes wrong with it into a fault without a word of the driver's."""
    import ibis

    faults = address_faults(export)
    if faults:
        raise InputRefusedError(faults)
    database: Any = None
    refused = ""
    try:
        database = ibis.connect(os.environ[export.source.where.removeprefix(ENVIRONMENT)])
        yield database
    except InputRefusedError:
        raise
    except Exception as problem:  # noqa: BLE001  (every driver has its own errors, and each may quote the address)
        refused = _words(problem)
    finally:
        if database is not None:
            database.disconnect()
    if refused:
        raise InputRefusedError([export.fault(refused, "a table that can be read", "try the address with the database's own client")])


def _words(problem: Exception) -> str:
    state = str(getattr(problem, "sqlstate", None) or "")
    kind = type(problem).__name__
    if kind in {"TableNotFound", "NoSuchTableError"}:
        return STATES["42P01"]
    if kind == "OperationalError" and not state:
        return "no connection"
    return STATES.get(state, f"an error of its driver ({kind}{', ' + state if state.isalnum() else ''})")


def _schema(export: Export) -> str | None:
    return export.stem.rpartition(".")[0] or None


def _table(database: Any, export: Export) -> Table:
    return database.table(export.stem.rpartition(".")[2], database=_schema(export))


def _table_faults(export: Export, table: Table, columns: list[str]) -> list[Fault]:
    kinds = {name: kind for name, kind in table.schema().items() if name in columns}
    nested = [name for name, kind in kinds.items() if kind.is_nested() or kind.is_binary()]
    faults = [export.fault(f"the column {name!r} of type {str(kinds[name])[:40]}", "text, numbers, days, moments or flags") for name in nested]
    return faults + column_faults(export.shown, list(table.columns), columns)


def _portable(column: Column) -> Column:
    """Returns exact numbers and whatever Arrow has no plain type for as text, so that no digit is lost on the way."""
    kind = column.type()
    plain = kind.is_string() or kind.is_integer() or kind.is_floating() or kind.is_temporal() or kind.is_boolean()
    return column if plain and not kind.is_time() and not kind.is_interval() else column.cast("string")
