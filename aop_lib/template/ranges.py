"""Where things stand in a team's workbook, as formulas name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aop_lib.sources.sheet import letters
from aop_lib.team_lists import TITLES
from aop_lib.team_workbook import FIRST_ROW, LISTS, sheet_of

if TYPE_CHECKING:
    from aop_lib.team_lists import Lists
    from aop_lib.team_workbook import Column

BESIDE = {"metrics": "Months add up", "currencies": "Rate"}  # what stands in the column after a list
ANY_OPTION = "options"  # the three usual sizes; a team may name others


def list_columns() -> dict[str, int]:
    """Returns the column of each list on the sheet Lists, counted from 1, one left free for what stands beside it."""
    places, column = {}, 1
    for name in TITLES:
        places[name] = column
        column += 2 if name in BESIDE else 1
    return places


def list_range(lists: Lists, name: str, beside: int = 0) -> str:
    """Returns the cells of a list, such as `Lists!$A$5:$A$9`; empty where the list is.

    Args:
        lists: Every list of the workbook.
        name: Which one.
        beside: 1 for what stands beside it.
    """
    letter = letters(list_columns()[name] + beside)
    return f"{LISTS}!${letter}${FIRST_ROW}:${letter}${FIRST_ROW + len(lists[name]) - 1}" if lists[name] else ""


def filled_range(sheet: str, key: str) -> str:
    """Returns the cells of a column that teams fill in, such as `'Personal KPIs'!$B$5:$B$24`."""
    declared = sheet_of(sheet)
    letter, name = letters(declared.keys.index(key) + 1), f"'{sheet}'" if " " in sheet else sheet
    return f"{name}!${letter}${FIRST_ROW}:${letter}${FIRST_ROW + declared.rows - 1}"


def choice_range(lists: Lists, column: Column) -> str:
    """Returns the cells that a column chooses from: a list, or the first column of another sheet; empty where it may hold anything."""
    if not column.options:
        return ""
    if column.options in lists:
        return list_range(lists, column.options)
    return filled_range(column.options, sheet_of(column.options).columns[0].key)
