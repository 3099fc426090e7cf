"""CSV read as text: encoding by its mark, separator from a declared set, every cell with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection

from aop_lib.sources.table import LINE_ENDS, MOST_COLUMNS, MOST_ROWS, Cell, Faults, Table, quoted

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
OTHER_FORMATS = {b"PK\x03\x04": "an Excel workbook", b"\xd0\xcf\x11\xe0": "an old or password-protected Excel workbook", b"%PDF": "a PDF"}
MARKS = ((b"\xff\xfe\x00\x00", "UTF-32"), (b"\x00\x00\xfe\xff", "UTF-32"), (b"\xef\xbb\xbf", "UTF-8-SIG"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
SAVE_AS = "save it as 'CSV UTF-8'"


def csv_table(content: bytes, columns: Collection[str], faults: Faults) -> Table | None:
    """Returns the table in a CSV file; None, with the faults, where there is none to be read.

    Args:
        content: The whole file.
        columns: The header that is looked for; it decides between comma, semicolon, tab and bar.
        faults: Takes what is found wrong.
    """
    text = _text(content, faults)
    if text is None:
        return None
    header, rows = _rows(text, columns, faults)
    if not header:
        return None
    width = len(header)
    for row in rows:
        if len(row) != width:
            faults.add(row[0].where, f"{len(row)} fields", f"{width}, as in the header", "put quotes around a value that holds the separator")
    whole = tuple(tuple(row) for row in rows if len(row) == width)
    return Table(tuple(header), whole)


def _text(content: bytes, faults: Faults) -> str | None:
    start = next((name for sign, name in OTHER_FORMATS.items() if content.startswith(sign)), None)
    if start or not content.strip():
        faults.add(f"{faults.shown}:1", start or "an empty file", "a CSV file with a header", SAVE_AS)
        return None
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "UTF-8")
    if encoding == "UTF-32":
        faults.add(f"{faults.shown}:1", "the encoding UTF-32", "UTF-8 or UTF-16", SAVE_AS)
        return None
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        found = f"the byte 0x{content[problem.start]:02X}, which is not {encoding.removesuffix('-SIG')}"
        faults.add(f"{faults.shown}:{line}", found, "UTF-8 or UTF-16", SAVE_AS)
        return None


def _rows(text: str, columns: Collection[str], faults: Faults) -> tuple[list[Cell], list[list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, columns), strict=True)
    rows: list[list[Cell]] = []
    line = 1
    try:
        for fields in reader:
            if any(fields):
                rows.append(_cells(fields, f"{faults.shown}:{line}", faults))
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS + 1:
                faults.add(f"{faults.shown}:{line}", f"more than {MOST_ROWS:,} rows", f"at most {MOST_ROWS:,} in a file", "split it into several files")
                break
    except csv.Error as problem:
        _broken(str(problem), f"{faults.shown}:{line}", faults)
    return (rows[0], rows[1:]) if rows else ([], [])


def _broken(problem: str, where: str, faults: Faults) -> None:
    if "unexpected end of data" in problem:
        faults.add(where, "a quote that opens in this row and never closes", "quotes in pairs", "close it, or double a quote that belongs to the text")
    else:
        faults.add(where, problem, "a row of plain CSV", "double a quote that belongs to the text")


def _cells(fields: list[str], where: str, faults: Faults) -> list[Cell]:
    if len(fields) > MOST_COLUMNS:
        faults.add(where, f"{len(fields):,} fields", f"at most {MOST_COLUMNS}")
        fields = fields[:MOST_COLUMNS]
    cells = []
    for field in fields:
        broken = LINE_ENDS.search(field) is not None
        if broken:
            faults.add(where, f"a line break inside {quoted(field)}", "one row on one line", "close the quote, or write the text on one line")
        cells.append(Cell(field, where, "refused" if broken else "text"))
    return cells


def _separator(text: str, columns: Collection[str]) -> str:
    """Returns the declared separator that finds most of the columns in the first line; the comma where none does."""
    first = text.splitlines()[0] if text.strip() else ""
    found = {each: sum(name.strip('"') in columns for name in first.split(each)) for each in SEPARATORS}
    return max(SEPARATORS, key=lambda each: found[each])
