"""Frames written as CSV and Excel so that no text in them becomes a formula, and every text reads back as it was.

In a workbook a text is stored as a text, and that is all it takes. CSV knows no types: a program that opens it guesses,
and takes `=1+1` for a formula. There an apostrophe goes before the sign, as people do by hand:

    =1+1            '=1+1           a sign at the start, after spaces or a tab as well
    '=1+1           ''=1+1          an apostrophe that was there stays, one more goes before it
    a;=1+1          a;'=1+1         after a separator of any kind, since programs do not agree on which one splits cells

`read_csv` takes away exactly what `write_csv` has put in. Other programs show the apostrophe.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.errors import AopError
from aop_lib.periods import month_text

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SIGNS = r"[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]"
AT_START = re.compile(rf"^('*)(?=\s*{SIGNS}|[\t\r\n])")
INSIDE = re.compile(rf"([,;|\t\r\n\"]\s*)('*)(?={SIGNS})")
LONGEST_CELL = 32_767
MOST_DIGITS = 15
FORMATS = {Decimal: "#,##0.00;(#,##0.00)", pd.Timestamp: "yyyy-mm-dd", int: "0", float: "0.0000"}
NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")
MADE = datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed day, so that the same frame gives the same bytes)


class TextTooLongError(AopError):
    """A text is longer than a workbook's cell can hold; it is not cut."""

    def __init__(self, column: str, row: int, length: int) -> None:
        self.column, self.row, self.length = column, row, length
        super().__init__(f"column {column!r}, row {row}: {length:,} characters; a workbook's cell holds {LONGEST_CELL:,}; write CSV instead, or shorten it")


def neutral(text: str) -> str:
    """Returns a text that no program takes for a formula when it stands in a CSV cell; `restored` undoes it exactly."""
    return AT_START.sub(r"'\1", INSIDE.sub(r"\1'\2", text))


def restored(text: str) -> str:
    """Returns the text that `neutral` was given."""
    start = AT_START.sub(lambda found: found[1][1:], text)
    return INSIDE.sub(lambda found: found[1] + found[2][1:], start)


def write_csv(frame: pd.DataFrame, file: Path) -> None:
    """Writes a frame as CSV (UTF-8 with its mark, comma, texts in quotes, numbers bare), texts neutral.

    Args:
        frame: Any frame; its index is not written. Dates become YYYY-MM-DD, a column `month` YYYY-MM, missing values nothing.
        file: Where to; replaced if there.
    """
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        writer.writerow([neutral(str(name)) for name in frame.columns])
        for values in _rows(frame):
            writer.writerow([neutral(value) if isinstance(value, str) else _plain(name, value) for name, value in zip(frame.columns, values, strict=True)])


def read_csv(file: Path) -> pd.DataFrame:
    """Returns what `write_csv` wrote, every column as text: texts as they were, numbers and dates as they were written."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream, strict=True)
    return pd.DataFrame([[restored(text) for text in row] for row in rows], columns=[restored(name) for name in header], dtype="str")


def write_xlsx(frame: pd.DataFrame, file: Path, sheet: str) -> None:
    """Writes a frame as a workbook with one sheet: texts as texts, whatever they begin with; numbers and dates as such.

    A number with more digits than a workbook keeps (15) is written as text, so that none is lost.

    Args:
        frame: Any frame; its index is not written; missing values become empty cells.
        file: Where to; replaced if there.
        sheet: The sheet's name; characters that Excel forbids become `-`.

    Raises:
        TextTooLongError: If a text is longer than a cell can hold.
    """
    import xlsxwriter

    _hold_lengths(frame)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"created": MADE})
        page = book.add_worksheet(sheet_name(sheet))
        formats = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
        head = book.add_format({"bold": True, "bottom": 1})
        for column, name in enumerate(frame.columns):
            page.write_string(0, column, str(name), head)
        for row, values in enumerate(_rows(frame), start=1):
            for column, value in enumerate(values):
                _write_cell(page, row, column, value, formats)
        page.freeze_panes(1, 0)


def sheet_name(text: str) -> str:
    """Returns a name that Excel takes for a sheet: at most 31 characters, none that it forbids, never empty."""
    name = NO_SHEET_NAME.sub("-", text)[:31].strip("'").strip()
    return f"{name[:30]}_" if name.lower() == "history" else name or "Sheet"


def _rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    columns = [[_value(each) for each in frame.iloc[:, position]] for position in range(frame.shape[1])]
    yield from (list(values) for values in zip(*columns, strict=True))


def _value(value: Any) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    return value.item() if hasattr(value, "item") and not isinstance(value, pd.Timestamp) else value


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return month_text(value) if name == "month" else value.date().isoformat()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value.isoformat() if isinstance(value, date) else value


def _hold_lengths(frame: pd.DataFrame) -> None:
    for position, name in enumerate(frame.columns):
        for row, value in enumerate(frame.iloc[:, position], start=1):
            if isinstance(value, str) and len(value.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST_CELL:
                raise TextTooLongError(str(name), row, len(value))


def _write_cell(page: Worksheet, row: int, column: int, value: Any, formats: dict[type, Format]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats[pd.Timestamp])
    elif isinstance(value, str) or _too_precise(value):
        page.write_string(row, column, str(value))
    else:
        page.write_number(row, column, float(value), formats[type(value)])


def _too_precise(value: Any) -> bool:
    return isinstance(value, int | Decimal) and len(Decimal(value).normalize().as_tuple().digits) > MOST_DIGITS
