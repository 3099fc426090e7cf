"""The warehouse: every table of every export loaded once as text into DuckDB, reached through ibis expressions.

DuckDB never opens a file: external access is off and its configuration locked before the first table arrives. Files
are read once, as bytes, so that what was checked is what was loaded.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pacsv

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.load import Params
from aop_lib.sources.exports import shown_file, table_file
from aop_lib.sources.presets import Mapping, columns_used

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

LINE = "_line"


@dataclass
class Warehouse:
    """A connection and what was loaded into it.

    Attributes:
        connection: ibis over DuckDB.
        tables: The loaded table of each (source, table of its preset).
        sizes: How many rows each of them holds.
    """

    connection: Backend
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)

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
        InputRefusedError: With every file that cannot be read as CSV in UTF-8.
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
            file, place = table_file(each.source, params.folder, table.file), shown_file(each.source, table.file)
            try:
                rows = text_table(file, columns)
            except ValueError as problem:
                faults.append(Fault(place, str(problem), "a CSV file in UTF-8 with the same number of columns on every line"))
                continue
            loaded.tables[each.source.name, name] = loaded.known(f"{each.source.name}.{name}", rows)
            loaded.sizes[each.source.name, name] = len(rows)
    if faults:
        raise InputRefusedError(faults)
    return loaded


def text_table(file: Path, columns: list[str]) -> pa.Table:
    """Returns columns of a CSV file as text, exactly as they stand there, with the line of each row in `_line`.

    An empty cell is an empty text. Line numbers count one line per row, the header being line 1.

    Raises:
        ValueError: If the file is no UTF-8 CSV, holds NUL bytes, leaves a quote open, or has lines of unequal length.
    """
    data = file.read_bytes()
    _refuse_damage(data)
    options = pacsv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=False)
    try:
        rows = pacsv.read_csv(io.BytesIO(data), parse_options=pacsv.ParseOptions(newlines_in_values=True), convert_options=options)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as problem:
        raise ValueError(str(problem).splitlines()[0][:200]) from None
    return rows.append_column(LINE, pa.array(range(2, len(rows) + 2), pa.int64()))


def _refuse_damage(data: bytes) -> None:
    nul = data.find(0)
    if nul >= 0:
        raise ValueError(f"a NUL byte on line {_line(data, nul)}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ValueError(f"a byte that is not UTF-8 on line {_line(data, problem.start)}") from None
    if data.count(b'"') % 2:
        raise ValueError("a quote that is opened and never closed")


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
