"""A mapped workbook held against itself: totals against their rows, cells of several sheets against one another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from aop_lib.params.workbook_mapping import CellCheck, CheckedCell, NamedTotal, ReadTable, Subtotals, Totals, Where, cell_parts
from aop_lib.sources.mapped_tables import MappedRow, MappedTable, Sheets
from aop_lib.sources.sheet import letters
from aop_lib.sources.table import Faults, quoted, visible

MOST_ROWS = 12
ZERO = Decimal(0)

Tables = Mapping[str, MappedTable]


def summed(tables: Tables, of: Mapping[str, str], where: Where) -> Decimal:
    """Returns the sum of columns of tables over the rows that hold conditions."""
    return sum((row.numbers[column] for row, column in chosen(tables, of, where)), ZERO)


def chosen(tables: Tables, of: Mapping[str, str], where: Where) -> list[tuple[MappedRow, str]]:
    """Returns the rows of tables that hold conditions, each with the column that is summed."""
    return [(row, column) for name, column in of.items() for row in tables[name].rows if row.holds(where)]


def check_totals(table: ReadTable, read: MappedTable, sheets: Sheets) -> None:
    """Holds every total and subtotal of a table against its rows."""
    for totals in table.totals:
        _check_block(totals, table, read, sheets)
    if table.subtotals:
        _check_subtotals(table.subtotals, read, sheets.faults)


def _check_block(totals: Totals, table: ReadTable, read: MappedTable, sheets: Sheets) -> None:
    known = {" ".join(each.label.split()): each for each in totals.of}
    for row in range(totals.rows[0], totals.rows[1] + 1):
        label = sheets.cell(table.sheet, f"{totals.labels}{row}")
        text = " ".join(label.text.split())
        if text in known:
            for column in totals.columns:
                _check_total(column, f"{letters(read.places[column])}{row}", known[text], table, read, sheets)
        elif text:
            sheets.faults.warn(label.where, f"a total {quoted(text)} that the mapping does not name", "each total held against its rows")


def _check_total(column: str, address: str, total: NamedTotal, table: ReadTable, read: MappedTable, sheets: Sheets) -> None:
    cell = sheets.cell(table.sheet, address)
    held = sheets.number(cell) * (-1 if table.columns[column].sign == "minus" else 1)
    told = f"the sum of {column} over {conditions(total.where)}"
    expected = summed({read.name: read}, {read.name: column}, total.where)
    differ(cell.where, f"{visible(total.label)} {held:,}", held, expected, told, total.accepted, sheets.faults)


def _check_subtotals(subtotals: Subtotals, read: MappedTable, faults: Faults) -> None:
    before = 0
    for total in read.subtotals:
        rows = [row for row in read.rows if before < row.row < total.row]
        for column in subtotals.columns:
            expected = sum((row.numbers[column] for row in rows), ZERO)
            told = f"the sum of {column} over its {len(rows)} rows"
            differ(total.where(column), f"the subtotal {total.numbers[column]:,}", total.numbers[column], expected, told, subtotals.accepted, faults)
        before = total.row


def check_cells(check: CellCheck, tables: Tables, sheets: Sheets) -> None:
    """Holds cells against the rows of which they are the sum, and against one another; names the rows that make two of them differ."""
    read = [(each, sheets.cell(*cell_parts(each.at))) for each in check.cells]
    for each, cell in read:
        if each.of:
            expected = summed(tables, each.of, each.where)
            told = f"the sum of its rows ({conditions(each.where)})"
            differ(cell.where, f"{check.name} {sheets.number(cell):,}", sheets.number(cell), expected, told, check.accepted, sheets.faults)
    first, one = read[0]
    for other, two in read[1:]:
        left, right = sheets.number(one), sheets.number(two)
        if left != right:
            found = f"{check.name}: {two.where.rpartition('!')[0].rpartition('!')[2]}!{two.where.rpartition('!')[2]} says {right:,}"
            told = f"what {first.at} says; {_explained(first, other, tables, right - left)}"
            differ(two.where, found, right, left, told, check.accepted, sheets.faults)


def _explained(first: CheckedCell, other: CheckedCell, tables: Tables, difference: Decimal) -> str:
    """Returns which rows one cell counts and the other does not, and whether they are the whole difference."""
    apart = apart_rows(first, other, tables)
    if not apart:
        return "no row explains it"
    rows = "; ".join(f"{row.where(column)} {amount:+,} ({_differing(row, first.where, other.where)})" for row, column, amount in apart[:MOST_ROWS])
    more = f" and {len(apart) - MOST_ROWS} more" if len(apart) > MOST_ROWS else ""
    explained = sum((amount for _, _, amount in apart), ZERO)
    words = "explained in full" if explained == difference else f"of which {explained:,} is explained"
    return f"{words} by {len(apart)} row{'s' if len(apart) > 1 else ''} that only one of them counts: {rows}{more}"


def apart_rows(first: CheckedCell, other: CheckedCell, tables: Tables) -> list[tuple[MappedRow, str, Decimal]]:
    """Returns the rows that one of two sums counts and the other does not, with what each adds to the other's side; rows of 0 are left out."""
    one, two = ({(row.table, row.row): (row, column) for row, column in chosen(tables, each.of, each.where)} for each in (first, other))
    found = [(row, column, row.numbers[column]) for key, (row, column) in two.items() if key not in one]
    found += [(row, column, -row.numbers[column]) for key, (row, column) in one.items() if key not in two]
    return [each for each in found if each[2]]


def _differing(row: MappedRow, first: Where, other: Where) -> str:
    return ", ".join(f"{column} {visible(row.texts.get(column, ''))}" for column in dict.fromkeys([*first, *other]))


def differ(where: str, found: str, held: Decimal, expected: Decimal, told: str, accepted: str, faults: Faults) -> None:
    """Adds a fault where two figures differ; a warning with the reason where the mapping accepts it."""
    if held == expected:
        return
    words = f"{expected:,}, {told}"
    if accepted:
        faults.warn(where, f"{found}, {held - expected:+,} apart", words, f"accepted: {visible(accepted)}")
    else:
        faults.add(where, f"{found}, {held - expected:+,} apart", words, "have it mended, or say under 'accepted' of the mapping why it may stand")


def conditions(where: Where) -> str:
    """Returns conditions in words."""
    return ", ".join(f"{column} {' or '.join(visible(text) for text in texts)}" for column, texts in where.items()) or "all rows"
