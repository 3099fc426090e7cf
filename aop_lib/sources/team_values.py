"""What a cell of a team's workbook says, as the text that a YAML file would hold; nothing is guessed, and no number is read out of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, get_args

from aop_lib.errors import nearest
from aop_lib.fields import CURRENCY_PATTERN, ID_PATTERN
from aop_lib.money import AMOUNT_PATTERN
from aop_lib.params.model import DRIVERS
from aop_lib.params.requests import Request
from aop_lib.params.team_plans import Rhythm, Weekday
from aop_lib.periods import add_months, month_of, month_text
from aop_lib.sources.table import Cell, Faults, quoted, unfit, visible
from aop_lib.team_workbook import BETWEEN, Column, Kind

if TYPE_CHECKING:
    from aop_lib.sources.team_sheets import Row

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
NUMBERS = {
    "whole": (WHOLE, "a whole number"),
    "number": (PLAIN_NUMBER, "a number with at most ten decimals"),
    "figure": (PLAIN_NUMBER, "a number or a percentage with at most ten decimals"),
    "amount": (AMOUNT_PATTERN, "an amount with at most two decimals"),
}
DAYS = {"day", "last_day"}
FIXED: dict[str, tuple[str, ...]] = {
    "kinds": get_args(Request.model_fields["kind"].annotation),
    "rhythms": get_args(Rhythm),
    "weekdays": get_args(Weekday),
    "drivers": tuple(DRIVERS),
}
CODES = {"accounts", "cost_centres"}  # any signs; every other list is of ids
STANDS_IN = {  # for a cell that is refused, by its list or kind, so that the rest of its row can be checked; never read further
    **{name: known[0] for name, known in FIXED.items()}, "currencies": "XXX", "whole": "1", "number": "0", "figure": "0", "amount": "0",
    "day": "2000-01-01", "last_day": "2000-01-01", "month": "2000-01", "last_month": "2000-01",
}  # fmt: skip

Answer = str | list[str] | None


@dataclass(frozen=True)
class Answers:
    """What a row says by key, and which of its cells were refused."""

    row: Row
    values: Mapping[str, Answer]
    refused: frozenset[str]

    def text(self, key: str) -> str:
        """Returns a value that is one text; empty where there is none, or where it was refused."""
        value = self.values.get(key)
        return value if isinstance(value, str) and key not in self.refused else ""


def answers(row: Row, months: Sequence[str], faults: Faults) -> Answers:
    """Returns what a row says, each cell read by the kind of its column.

    Args:
        row: The row.
        months: The months of the planned year, as YYYY-MM; what starts in a month starts in one of them.
        faults: Takes a fault for each cell that is not of its kind, and for each empty one that must be filled.
    """
    values: dict[str, Answer] = {}
    refused = set()
    for column in row.sheet.columns:
        if column.is_computed:
            continue
        cell = row.cells[column.key]
        value = _answer(cell, column, faults)
        if column.kind == "month" and value is not None and value not in months:
            faults.add(cell.where, f"the month {value}", f"a month of the planned year, {months[0]} to {months[-1]}", "choose it from the list")
            value = None
        is_refused = cell.kind == "refused" or (value is None and bool(cell.text or column.is_required))
        if is_refused:
            refused.add(column.key)
            value = STANDS_IN.get(column.options, STANDS_IN.get(column.kind, "x"))
        if value is not None:
            values[column.key] = value
    return Answers(row, values, frozenset(refused))


def _answer(cell: Cell, column: Column, faults: Faults) -> Answer:
    """Returns a cell's value; None where it is empty, and, with the fault, where it is refused."""
    if cell.kind == "refused" or not _is_written(cell, column, faults):
        return None
    if column.kind in NUMBERS:
        return _number(cell, column.kind, faults)
    if column.kind in {"month", "last_month"}:
        return _month(cell, column.kind, faults)
    return _day(cell, column.kind, faults) if column.kind in DAYS else _text(cell, column, faults)


def _is_written(cell: Cell, column: Column, faults: Faults) -> bool:
    """Returns whether a cell holds something that can be seen; an empty one that must be filled is a fault."""
    if not cell.text:
        if column.is_required:
            faults.add(cell.where, f"no {column.title!r}", "a value in every row that holds anything", "fill the cell, or empty the row")
        return False
    problem = unfit(cell.text) or ("blanks alone" if not cell.text.strip() else "")
    if problem:
        faults.add(cell.where, f"{quoted(cell.text)} with {problem}", "text that can be seen", "empty the cell, or type it anew")
    return not problem


def _number(cell: Cell, kind: Kind, faults: Faults) -> str | None:
    pattern, expected = NUMBERS[kind]
    if cell.kind == "number" and pattern.fullmatch(cell.text):
        return cell.text
    what = {"text": f"the text {quoted(cell.text)}", "date": f"the date {cell.text}", "flag": cell.text, "number": cell.text}[cell.kind]
    fix = {
        "text": "type the digits anew, with your own Excel's decimal sign; a text is never read as a number",
        "number": "round it",
    }.get(cell.kind, "type the number, and format the cell as a number")
    faults.add(cell.where, what, expected, fix)
    return None


def _month(cell: Cell, kind: Kind, faults: Faults) -> str | None:
    text = cell.text[:7] if cell.kind == "date" else cell.text
    try:
        month = month_of(text if cell.kind in {"date", "text"} else "")
        return month_text(add_months(month, 1)) if kind == "last_month" else text
    except ValueError:
        faults.add(cell.where, _found(cell), "a month as YYYY-MM, or a date in it", "choose it from the list")
        return None


def _day(cell: Cell, kind: Kind, faults: Faults) -> str | None:
    is_day = cell.kind in {"date", "text"} and DAY.fullmatch(cell.text)
    try:
        day = date.fromisoformat(cell.text if is_day else "")
        return (day + timedelta(days=1)).isoformat() if kind == "last_day" else cell.text
    except (ValueError, OverflowError):
        faults.add(cell.where, _found(cell), "a date, or YYYY-MM-DD", "type the day, and format the cell as a date")
        return None


def _text(cell: Cell, column: Column, faults: Faults) -> Answer:
    if cell.kind in {"date", "flag"}:
        faults.add(cell.where, _found(cell), "a text", "format the cell as text, and type it anew")
        return None
    if column.kind == "text":
        return cell.text
    names = [_name(each) for each in cell.text.split(",")] if column.kind == "choices" else [cell.text if column.kind == "id" else _name(cell.text)]
    if not all(names):
        faults.add(cell.where, quoted(cell.text), "ids with one comma between two of them", "delete the comma that stands alone")
        return None
    wrong = next((expected for name in names if (expected := _no_choice(name, column))), "")
    if wrong:
        faults.add(cell.where, quoted(cell.text), wrong, "choose it from the list" if column.options else "")
        return None
    return names if column.kind == "choices" else names[0]


def _no_choice(name: str, column: Column) -> str:
    """Returns what is expected instead of a name that can be on no list; empty where it can be on one."""
    if column.options in FIXED:
        known = FIXED[column.options]
        choice = f"one of {', '.join(known)}" if len(known) <= 12 else f"one of the list of {column.options}"
        return "" if name in known else f"{choice}{nearest(visible(name), known)}"
    if column.options == "currencies":
        return "" if CURRENCY_PATTERN.fullmatch(name) else "a currency code of three capital letters, such as USD"
    return "" if column.options in CODES or ID_PATTERN.fullmatch(name) else "a short name of lower-case letters, digits, '_' or '-'"


def _name(text: str) -> str:
    """Returns the id of a choice that the list shows with its name behind it."""
    return text.partition(BETWEEN)[0].strip()


def _found(cell: Cell) -> str:
    kind = {"text": "the text ", "date": "the date ", "number": "the number "}.get(cell.kind, "")
    return f"{kind}{quoted(cell.text)}"
