"""The flat layout: one row is one amount of one incremental request, checked cell by cell against closed lists.

A layout that every company may use, as CSV or as the first sheet of a workbook:
`team,cost_centre,account,month,amount,currency,comment`. One file is one request with the single option `full`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.errors import nearest
from aop_lib.money import amount_of
from aop_lib.sources.requests import AskedLine
from aop_lib.sources.table import Cell, Faults, Table, quoted, unfit, visible

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.sources.choices import Choices

COLUMNS = ("team", "cost_centre", "account", "month", "amount", "currency", "comment")
TOTAL_ROW = re.compile(r"\s*(grand|sub)?[\s-]*(total|sum|summe|gesamt)s?\s*:?\s*", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Named = Mapping[str, Cell]


def asked_lines(table: Table, choices: Choices, faults: Faults) -> tuple[AskedLine, ...]:
    """Returns the lines of a request in the flat layout; a row with a fault is left out and its faults are listed.

    Args:
        table: Header and rows of the file.
        choices: The closed lists of the team whose file it is.
        faults: Takes every fault of every row.

    Returns:
        One line per row, amounts in the row's currency.
    """
    if not _header_holds(table.header, faults):
        return ()
    names = [cell.text for cell in table.header]
    rows: list[Named] = [dict(zip(names, row, strict=True)) for row in table.rows]
    read = [_line(row, choices, faults) for row in rows]
    lines = [line for line in read if line]
    _repeated(lines, faults)
    return tuple(lines)


def _header_holds(header: tuple[Cell, ...], faults: Faults) -> bool:
    names = [cell.text for cell in header]
    missing = [name for name in COLUMNS if name not in names]
    for cell in header:
        if cell.text not in COLUMNS:
            expected = f"the columns {', '.join(COLUMNS)}{nearest(visible(cell.text), missing)}"
            faults.add(cell.where, f"a column {quoted(cell.text)}", expected, "rename or remove it")
    for name in missing:
        faults.add(header[0].where, f"no column {name!r}", f"the columns {', '.join(COLUMNS)}", "add it")
    for name in sorted({each for each in names if names.count(each) > 1} & set(COLUMNS)):
        places = [cell.where for cell in header if cell.text == name]
        faults.add(places[-1], f"the column {name!r} {len(places)} times", "each column once", "keep one of them")
    return sorted(names) == sorted(COLUMNS)


def _line(row: Named, choices: Choices, faults: Faults) -> AskedLine | None:
    if any(TOTAL_ROW.fullmatch(row[name].text) for name in COLUMNS if name != "amount"):
        faults.add(row["team"].where, "a total row", "rows of amounts only; totals are computed", "delete the row")
        return None
    own = _is_own_team(row["team"], choices, faults)
    cost_centre = _key(row["cost_centre"], "cost centre", {each: each for each in choices.cost_centres}, faults)
    account = _key(row["account"], "account", choices.accounts, faults)
    month = _month(row["month"], choices, faults)
    amount = _amount(row["amount"], faults)
    currency = _key(row["currency"], "currency", {each: each for each in choices.currencies}, faults)
    comment = _comment(row["comment"], faults)
    if not own or cost_centre is None or account is None or month is None or amount is None or currency is None or comment is None:
        return None
    return AskedLine(account, cost_centre, month, currency, amount, comment, row["amount"].where)


def _is_own_team(cell: Cell, choices: Choices, faults: Faults) -> bool:
    team = _key(cell, "team", choices.teams, faults)
    if team is not None and team != choices.team:
        expected = f"only rows of {choices.team!r}: a file may hold only its own team"
        faults.add(cell.where, f"team {quoted(cell.text)}", expected, f"move the row into a file under requests/{team}/")
    return team == choices.team


def _key(cell: Cell, name: str, known: Mapping[str, str] | None, faults: Faults) -> str | None:
    """Returns what a key stands for on its closed list; with no list, the text as it is."""
    if cell.kind == "refused":
        return None
    problem = unfit(cell.text)
    if not cell.text:
        faults.add(cell.where, f"no {name}", "every key filled", "fill the cell; blanks are never filled from above")
    elif problem:
        faults.add(cell.where, f"{name} {quoted(cell.text)} with {problem}", "plain characters", "type it anew")
    elif cell.kind in {"flag", "date"}:
        faults.add(cell.where, f"{name} {quoted(cell.text)}, a {_kind(cell)}", "text")
    elif known is None:
        return cell.text
    elif cell.text not in known:
        faults.unknown(cell, name, known)
    else:
        return known[cell.text]
    return None


def _month(cell: Cell, choices: Choices, faults: Faults) -> pd.Timestamp | None:
    text = cell.text
    if cell.kind == "date" and DAY.fullmatch(text):
        if not text.endswith("-01"):
            faults.add(cell.where, f"month {quoted(text)}", "the first day of the month", f"write {text[:7]}-01 or {text[:7]}")
            return None
        text = text[:7]
    month = choices.month(text)
    if month is None and cell.kind != "refused":
        faults.add(cell.where, f"month {quoted(cell.text)}" if cell.text else "no month", choices.expected_month)
    return month


def _amount(cell: Cell, faults: Faults) -> Decimal | None:
    if cell.kind == "refused":
        return None
    try:
        return amount_of("" if cell.kind in {"flag", "date"} else cell.text)
    except ValueError:
        found = f"amount {quoted(cell.text)}{_kind(cell) and ', a ' + _kind(cell)}" if cell.text else "no amount"
        faults.add(cell.where, found, "an amount such as 1200.50 or -1200.50, with at most two decimals", "write digits and a point; nothing is guessed")
        return None


def _comment(cell: Cell, faults: Faults) -> str | None:
    if cell.kind == "refused":
        return None
    problem = unfit(cell.text)
    if problem:
        faults.add(cell.where, f"comment {quoted(cell.text)} with {problem}", "text that can be seen", "type it anew")
        return None
    return cell.text


def _kind(cell: Cell) -> str:
    return {"flag": "true or false", "date": "date"}.get(cell.kind, "")


def _repeated(lines: Collection[AskedLine], faults: Faults) -> None:
    """Adds a fault for each account and month that comes twice: a row pasted twice and a second amount look alike."""
    seen: dict[tuple[object, ...], AskedLine] = {}
    for line in lines:
        first = seen.setdefault((line.cost_centre, line.account, line.month, line.currency), line)
        if first is line:
            continue
        same = (first.amount, first.comment) == (line.amount, line.comment)
        what = "the same row" if same else f"a second amount, {line.amount} after {first.amount},"
        keys = f"{line.cost_centre}, {line.account}, {line.month:%Y-%m}, {line.currency}"
        expected = "each cost centre, account, month and currency once"
        faults.add(line.where, f"{what} for {keys}, first at {first.where}", expected, "delete one of the two rows, or add them up")
