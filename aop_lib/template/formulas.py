"""What a team's workbook computes and checks by itself: formulas, one row at a time. In an empty row each of them is an empty text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aop_lib.sources.sheet import letters
from aop_lib.template.ranges import ANY_OPTION, choice_range, filled_range, list_range

if TYPE_CHECKING:
    from aop_lib.team_content import TeamContent
    from aop_lib.team_workbook import Column, Sheet

Faulty = tuple[str, str]  # a condition, and what is said where it holds
NUMBERS = {"whole", "number", "figure", "amount"}
DATES = {"day", "last_day", "month", "last_month"}


def computed(sheet: Sheet, key: str, row: int, content: TeamContent) -> str:
    """Returns the formula of a computed cell, without its sign of equality.

    Args:
        sheet: The declared sheet.
        key: Of its column: `check`, `asked` or `expects`.
        row: Counted from 1.
        content: Lists and the planned year.
    """
    if key == "check":
        return _check(sheet, row, content)
    if key == "expects":
        return _year_end(sheet, row, content)
    return _asked_in_year(sheet, row, content) if sheet.name == "Spend" else _asked_by_option(sheet, row)


def _cell(sheet: Sheet, key: str, row: int) -> str:
    return f"{letters(sheet.keys.index(key) + 1)}{row}"


def _month(cell: str) -> str:
    return f"(YEAR({cell})*12+MONTH({cell}))"


def _asked_in_year(sheet: Sheet, row: int, content: TeamContent) -> str:
    """Returns amount × months of the run that lie in the year × rate, rounded to the cent."""
    amount, start, end, currency = (_cell(sheet, key, row) for key in ("amount", "start", "end", "currency"))
    first, last = (month.year * 12 + month.month for month in (content.year[0], content.year[-1]))
    stop = f"IF(ISNUMBER({end}),{_month(end)},{_month(start)})"
    months = f"MAX(0,MIN({stop},{last})-MAX({_month(start)},{first})+1)"
    return f'IF(OR(NOT(ISNUMBER({amount})),NOT(ISNUMBER({start}))),"",ROUND({amount}*{months}*{_rate(currency, content)},2))'


def _rate(currency: str, content: TeamContent) -> str:
    return f"SUMIF({list_range(content.lists, 'currencies')},{currency},{list_range(content.lists, 'currencies', 1)})"


def _asked_by_option(sheet: Sheet, row: int) -> str:
    request, option = _cell(sheet, "request", row), _cell(sheet, "option", row)
    same = f"{filled_range('Spend', 'request')},{request},{filled_range('Spend', 'option')},{option}"
    return f'IF({request}="","",SUMIFS({filled_range("Spend", "asked")},{same}))'


def _year_end(sheet: Sheet, row: int, content: TeamContent) -> str:
    months, metric = f"{_cell(sheet, 'm01', row)}:{_cell(sheet, 'm12', row)}", _cell(sheet, "metric", row)
    adds_up = f"SUMIF({list_range(content.lists, 'metrics')},{metric},{list_range(content.lists, 'metrics', 1)})"
    return f'IF(COUNT({months})=0,"",IF({adds_up}=1,SUM({months}),LOOKUP(9.99E+307,{months})))'


def _check(sheet: Sheet, row: int, content: TeamContent) -> str:
    """Returns a formula that says the first thing amiss in a row, and nothing where the row is empty or fine."""
    filled = [column for column in sheet.columns if not column.is_computed]
    says = '""'
    for condition, words in reversed([*_faults(sheet, row, content)]):
        says = f'IF({condition},"{words}",{says})'
    return f'IF(COUNTA(A{row}:{letters(len(filled))}{row})=0,"",{says})'


def _faults(sheet: Sheet, row: int, content: TeamContent) -> Iterator[Faulty]:
    for column in sheet.columns:
        if column.is_required:
            yield f'{_cell(sheet, column.key, row)}=""', f"{column.title}: missing"
    for column in sheet.columns:
        if not column.is_computed:
            yield from _of_kind(column, _cell(sheet, column.key, row), content)
    if {"start", "end"} <= set(sheet.keys):
        start, end = _cell(sheet, "start", row), _cell(sheet, "end", row)
        titles = {column.key: column.title for column in sheet.columns}
        yield f'AND({start}<>"",{end}<>"",{end}<{start})', f"{titles['end']}: before {titles['start']}"
    yield from _own(sheet, row, content)


def _of_kind(column: Column, cell: str, content: TeamContent) -> Iterator[Faulty]:
    if column.kind in NUMBERS:
        yield f'AND({cell}<>"",NOT(ISNUMBER({cell})))', f"{column.title}: not a number"
    if column.kind == "whole":
        yield f'IF({cell}="",FALSE,OR({cell}<>INT({cell}),{cell}<0))', f"{column.title}: not a whole number"
    if column.kind in DATES:
        yield f'AND({cell}<>"",NOT(ISNUMBER({cell})))', f"{column.title}: not a date"
    if column.kind in {"month", "last_month"}:
        first, after = content.year[0], content.year[-1]
        outside = f"OR({cell}<DATE({first.year},{first.month},1),{cell}>=DATE({after.year},{after.month}+1,1))"
        yield f'AND({cell}<>"",{outside})', f"{column.title}: outside {content.cycle[1]}"
    if column.kind == "id":
        yield f'AND({cell}<>"",OR(NOT(EXACT({cell},LOWER({cell}))),ISNUMBER(FIND(" ",{cell}))))', f"{column.title}: lower-case letters, digits, _ or -"
    cells = choice_range(content.lists, column)
    if column.kind == "choice" and cells and column.options != ANY_OPTION:
        yield f'AND({cell}<>"",COUNTIF({cells},{cell})=0)', f"{column.title}: not on the list"


def _own(sheet: Sheet, row: int, content: TeamContent) -> Iterator[Faulty]:
    """Yields what one sheet alone checks."""
    if sheet.columns[0].kind == "id":
        key = sheet.keys[0]
        yield f"COUNTIF({filled_range(sheet.name, key)},{_cell(sheet, key, row)})>1", f"{sheet.columns[0].title}: given twice"
    if sheet.name == "Requests":
        yield f"COUNTIF({filled_range('Options', 'request')},{_cell(sheet, 'request', row)})=0", "no option on the sheet Options"
    if sheet.name == "Options":
        yield f"{_count('Options', sheet, row)}>1", "Option: given twice"
        yield f"{_count('Spend', sheet, row)}+{_count('People', sheet, row)}=0", "neither spend nor people"
    elif "option" in sheet.keys:
        yield f"{_count('Options', sheet, row)}=0", "Option: not on the sheet Options"
    if sheet.name == "Spend":
        yield f"{_rate(_cell(sheet, 'currency', row), content)}=0", "Currency: has no budget rate"
    yield from _given(sheet, row)


def _given(sheet: Sheet, row: int) -> Iterator[Faulty]:
    """Yields where one of several cells must be filled in, or must not."""
    if sheet.name == "Effects":
        yield f"COUNT({_cell(sheet, 'm01', row)}:{_cell(sheet, 'm12', row)})=0", "no month is filled in"
    if sheet.name == "Assumptions":
        yield f"COUNT({_cell(sheet, 'states', row)}:{_cell(sheet, 'assumes', row)})=0", "neither now nor at year end"
    if sheet.name == "Drivers":
        yield f"COUNT({_cell(sheet, 'scale', row)}:{_cell(sheet, 'by', row)})=0", "neither times nor plus"
    if sheet.name == "Milestones":
        rhythm, due = _cell(sheet, "rhythm", row), _cell(sheet, "due", row)
        once = f'OR({rhythm}="",{rhythm}="once")'
        yield f'AND({once},{due}="")', "Due: missing"
        yield f'AND(NOT({once}),{due}<>"")', "Due: only of what is done once"


def _count(name: str, sheet: Sheet, row: int) -> str:
    """Returns how many rows of a sheet name the request and option of this row."""
    pairs = (f"{filled_range(name, key)},{_cell(sheet, key, row)}" for key in ("request", "option"))
    return f"COUNTIFS({','.join(pairs)})"
