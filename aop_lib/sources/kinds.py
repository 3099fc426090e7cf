"""The kinds of sources behind one door: which files there are, what keeps a table from being read, its rows.

Each kind is imported where it is used, so that a check of CSV files loads no engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault
from aop_lib.params.company import Source
from aop_lib.sources.exports import SHEET, Export, kind_of, no_column

if TYPE_CHECKING:
    import pyarrow as pa

ROW_WORDS = {"csv": "line"}
MARKS = {"point": ".", "comma": ",", "none": "", "blank": " ", "apostrophe": "'"}


def declared_faults(source: Source, company_folder: Path) -> list[Fault]:
    """Returns the faults of how a source is declared: its address, marks that contradict each other."""
    faults = []
    if "://" in source.where or kind_of(source) == "sql":
        from aop_lib.sources.sql_source import address_faults

        faults += address_faults(Export(source, company_folder, ""))
    if MARKS[source.decimal] == MARKS[source.thousands]:
        faults.append(Fault("company.yml", f"source {source.name!r}: the {source.decimal} before cents and between thousands", "two different marks"))
    return faults


def exists(export: Export) -> bool:
    """Returns whether a table is there at all, so that an optional one may be missing."""
    if export.kind == "sql":
        from aop_lib.sources.sql_source import sql_tables

        return export.stem.rpartition(".")[2] in sql_tables(export)
    if export.kind == "duckdb":
        from aop_lib.sources.duckdb_source import duckdb_tables

        return export.stem in duckdb_tables(export)
    if export.kind == "excel" and export.base.is_file():
        from aop_lib.sources.excel_source import sheet_names

        return export.stem in sheet_names(export)
    if export.base.is_file():  # one file is one table: the others of the preset are not there
        return export.base.stem == export.stem
    return export.file.exists()


def has_column(export: Export, column: str) -> bool:
    """Returns whether a table has a column; where the table cannot be read at all, it counts as there, so that the fault is told."""
    return no_column(column) not in {fault.found for fault in table_faults(export, [column])}


def table_faults(export: Export, columns: list[str]) -> list[Fault]:
    """Returns what keeps a table from being read, as far as it can be told without reading it all."""
    file = export.name.partition(SHEET)[0] if export.base.is_dir() else ""
    if export.kind in {"csv", "parquet", "excel"} and Path(file).name != file:
        return [export.fault(repr(export.name), "the name of a file in the source's folder")]
    if export.source.lines == "summed":
        from aop_lib.sources.summed_ledger import summed_faults as faults
    elif export.kind == "csv":
        from aop_lib.sources.csv_source import csv_faults as faults
    elif export.kind == "excel":
        from aop_lib.sources.excel_source import excel_faults as faults
    elif export.kind == "parquet":
        from aop_lib.sources.parquet_source import parquet_faults as faults
    elif export.kind == "duckdb":
        from aop_lib.sources.duckdb_source import duckdb_faults as faults
    else:
        from aop_lib.sources.sql_source import sql_faults as faults
    return faults(export, columns)


def table_rows(export: Export, columns: list[str], notes: list[Fault]) -> pa.Table:
    """Returns columns of a table with `_line`, as text or in types that the warehouse turns into text.

    Args:
        export: Where the table lies.
        columns: The columns that are wanted.
        notes: Takes what is good to know and stops nothing, such as hidden rows of a sheet.

    Raises:
        InputRefusedError: With every fault that keeps it from being read.
        InputChangedError: If its file changed while it was read.
    """
    if export.source.lines == "summed":
        from aop_lib.sources.summed_ledger import summed_rows as rows
    elif export.kind == "csv":
        from aop_lib.sources.csv_source import csv_rows as rows
    elif export.kind == "excel":
        from aop_lib.sources.excel_source import excel_rows

        return excel_rows(export, columns, notes)
    elif export.kind == "parquet":
        from aop_lib.sources.parquet_source import parquet_rows as rows
    elif export.kind == "duckdb":
        from aop_lib.sources.duckdb_source import duckdb_rows as rows
    else:
        from aop_lib.sources.sql_source import sql_rows as rows
    return rows(export, columns)


def table_files(export: Export) -> list[Path]:
    """Returns the files that a table is read from; none for a database that is reached by address."""
    if export.kind == "sql":
        return []
    if export.kind == "parquet":
        from aop_lib.sources.parquet_source import parts

        return parts(export)
    return [export.file]
