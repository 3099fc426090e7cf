"""The warehouse: every table of every source loaded once into DuckDB, read as text through ibis expressions.

This DuckDB never opens a file: external access is off and its configuration locked before the first table arrives. Each
kind of source reads its tables once, so that what was checked is what was loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.load import Params
from aop_lib.sources.exports import LINE, LINES
from aop_lib.sources.kinds import table_rows
from aop_lib.sources.presets import Mapping, Unpivot, columns_used, export_of

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

UNPIVOTED = 1000


@dataclass
class Warehouse:
    """A connection and what was loaded into it.

    Attributes:
        connection: ibis over DuckDB.
        tables: The loaded table of each (source, table of its preset).
        sizes: How many rows each of them holds.
        notes: Of each source, what is good to know about its files.
    """

    connection: Backend
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: dict[str, list[Fault]] = field(default_factory=dict)

    def kept(self, name: str, rows: Table) -> Table:
        """Returns rows stored under a name, so that later questions do not compute them again."""
        return self.connection.create_table(name, rows, temp=True)

    def known(self, name: str, rows: pa.Table) -> Table:
        """Returns Arrow rows under a name."""
        self.connection.con.register(name, rows)
        return self.connection.table(name)

    def fetched(self, rows: Table) -> pa.Table:
        """Returns rows as Arrow, decimals exact."""
        return rows.to_pyarrow()

    def records(self, rows: Table) -> list[dict[str, Any]]:
        """Returns rows as dictionaries; amounts are Decimals, days are dates."""
        found: list[dict[str, Any]] = self.fetched(rows).to_pylist()
        return found


def warehouse(params: Params, mappings: list[Mapping]) -> Warehouse:
    """Returns a warehouse that holds every table the presets refer to, all columns as text.

    Args:
        params: Says where the company lies.
        mappings: The sources with their presets, without faults.

    Raises:
        InputRefusedError: With every fault of every table that cannot be read.
        InputChangedError: If a file changed while it was read.
    """
    import ibis

    loaded = Warehouse(ibis.duckdb.connect())
    loaded.connection.raw_sql("SET enable_external_access = false")
    loaded.connection.raw_sql("SET lock_configuration = true")
    faults: list[Fault] = []
    for each in mappings:
        for name, table in each.known.tables.items():
            columns = columns_used(each.known, name)
            if not columns:
                continue
            try:
                rows = table_rows(export_of(each.source, params.folder, table), columns, loaded.notes.setdefault(each.source.name, []))
            except InputRefusedError as refusal:
                faults += refusal.faults
                continue
            key = each.source.name, name
            text = _text(loaded, f"{each.source.name}.{name}", rows)
            loaded.tables[key] = _unpivoted(text, table.unpivot) if table.unpivot else text
            loaded.sizes[key] = _size(rows) * (len(table.unpivot.columns) if table.unpivot else 1)
    if faults:
        raise InputRefusedError(faults)
    return loaded


def _text(store: Warehouse, name: str, found: pa.Table) -> Table:
    """Returns rows with every column as text; rows without a number are sorted by what they hold, and numbered."""
    import ibis

    rows = store.known(name, found)
    rows = rows if LINES in rows.columns else rows.mutate(**{LINES: ibis.literal(1, "int64")})
    names = [name for name in rows.columns if name not in {LINE, LINES}]
    text = rows.mutate(**{name: rows[name].cast("string") for name in names if not rows[name].type().is_string()})
    if LINE in rows.columns:
        return text
    order = ibis.window(order_by=[text[each] for each in names])
    return store.kept(f"numbered.{name}", text.mutate(**{LINE: (ibis.row_number().over(order) + 1).cast("int64")}))


def _size(rows: pa.Table) -> int:
    """Returns how many lines of the source the rows stand for."""
    return int(pc.sum(rows[LINES]).as_py() or 0) if LINES in rows.column_names else len(rows)


def _unpivoted(rows: Table, made: Unpivot) -> Table:
    """Returns one row per column that is unpivoted; `_line` is a thousand times the row's line, plus the column's position."""
    import ibis

    others = [name for name in rows.columns if name not in {*made.columns, LINE}]
    parts = [
        rows.select(*others, **{made.name: ibis.literal(text), made.value: rows[column], LINE: rows[LINE] * UNPIVOTED + position})
        for position, (column, text) in enumerate(made.columns.items(), 1)
    ]
    return reduce(lambda left, right: left.union(right), parts)
