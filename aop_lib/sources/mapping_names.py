"""What a mapping of a workbook names, held against the tables and columns that it declares."""

from __future__ import annotations

from collections.abc import Iterator

from aop_lib.params.workbook_mapping import CheckedCell, Sum, Where, WorkbookMapping
from aop_lib.yamlfile import Document, Path_


def name_faults(mapping: WorkbookMapping, document: Document) -> None:
    """Adds to a mapping what it names and does not have: tables, and columns that hold no numbers where numbers are meant."""
    _check_shape(mapping, document)
    for path, table, column in _named_numbers(mapping):
        if table not in mapping.tables:
            document.fault(path, f"the table {table!r}", f"one of {', '.join(mapping.tables)}")
        elif column not in mapping.tables[table].columns or mapping.tables[table].columns[column].kind != "number":
            document.fault(path, f"the column {column!r}", f"a column of {table!r} of `kind: number`")
    for path, table, column in _named_texts(mapping):
        if table in mapping.tables and column not in {*mapping.tables[table].columns, *mapping.tables[table].constants}:
            document.fault(path, f"the column {column!r}", f"a column or constant of the table {table!r}")


def _check_shape(mapping: WorkbookMapping, document: Document) -> None:
    for name, table in mapping.tables.items():
        if not table.columns or not table.header_row or min(table.header_row) < 1:
            document.fault(("tables", name), "no columns, or no row of headers", "columns and a 'header_row' of 1 or more")
        for column, how in table.columns.items():
            if not how.header and not how.letter:
                document.fault(("tables", name, "columns", column), "neither header nor letter", "the text of a header, or the letters of a column")
    for index, check in enumerate(mapping.checks):
        if len(check.cells) < 2 and not any(cell.of for cell in check.cells):
            document.fault(("checks", index, "cells"), "nothing to compare", "two cells, or one with 'of'")
    for index, request in enumerate(mapping.requests):
        options = [each.id for each in request.options]
        if not options or not request.lines or len(options) != len(set(options)):
            document.fault(("requests", index), "no options, no lines, or an option a second time", "lines, and each option once")


def _named_numbers(mapping: WorkbookMapping) -> Iterator[tuple[Path_, str, str]]:
    for name, table in mapping.tables.items():
        here: Path_ = ("tables", name)
        for index, totals in enumerate(table.totals):
            yield from (((*here, "totals", index, "columns"), name, column) for column in totals.columns)
        yield from (((*here, "subtotals", "columns"), name, column) for column in (table.subtotals.columns if table.subtotals else ()))
        yield from (((*here, "reproduced", index, "column"), name, each.column) for index, each in enumerate(table.reproduced))
    sums: list[tuple[Path_, Sum | CheckedCell]] = [(("goals", index, "asked"), each.asked) for index, each in enumerate(mapping.goals) if each.asked]
    sums += [(("checks", index, "cells", at), cell) for index, each in enumerate(mapping.checks) for at, cell in enumerate(each.cells)]
    yield from (((*path, "of", table), table, column) for path, each in sums for table, column in each.of.items())
    for index, request in enumerate(mapping.requests):
        path: Path_ = ("requests", index)
        yield from (((*path, "heads", table), table, column) for table, column in request.heads.items())
        yield from (((*path, "lines", at), line.table, line.amount) for at, line in enumerate(request.lines))
        yield from (((*path, "assumes", at), each.table, each.column) for at, each in enumerate(request.assumes))


def _named_texts(mapping: WorkbookMapping) -> Iterator[tuple[Path_, str, str]]:
    for name, table in mapping.tables.items():
        here: Path_ = ("tables", name)
        columns = [*table.filled, *table.where, *table.stop, *([table.subtotals.column] if table.subtotals else [])]
        columns += [column for totals in table.totals for total in totals.of for column in total.where]
        yield from ((here, name, column) for column in columns)
    for index, request in enumerate(mapping.requests):
        options: list[str] = [column for where in (request.where, *(each.where for each in request.options)) for column in where]
        for at, line in enumerate(request.lines):
            path: Path_ = ("requests", index, "lines", at)
            columns = [line.account, line.cost_centre, *(each for each in (line.vendor, line.comment, request.each) if each), *options]
            yield from ((path, line.table, column) for column in columns)
    for path, tables, where in _conditions(mapping):
        yield from ((path, table, column) for table in tables for column in where)


def _conditions(mapping: WorkbookMapping) -> Iterator[tuple[Path_, list[str], Where]]:
    for index, goal in enumerate(mapping.goals):
        if goal.asked:
            yield ("goals", index, "asked", "where"), list(goal.asked.of), goal.asked.where
    for index, check in enumerate(mapping.checks):
        for at, cell in enumerate(check.cells):
            yield ("checks", index, "cells", at, "where"), list(cell.of), cell.where
    for index, request in enumerate(mapping.requests):
        for at, each in enumerate(request.assumes):
            yield ("requests", index, "assumes", at, "where"), [each.table], each.where
        yield ("requests", index, "heads"), list(request.heads), request.where
