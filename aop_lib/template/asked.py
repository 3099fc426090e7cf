"""The sheets that a team fills in: empty rows with lists to choose from, and formulas that check them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from aop_lib.sources.sheet import letters
from aop_lib.team_workbook import FIRST_ROW, HEADER_ROW, SHEETS
from aop_lib.template.formulas import computed
from aop_lib.template.page import headed, new_page
from aop_lib.template.ranges import ANY_OPTION, choice_range
from aop_lib.template.styles import BLUE, INPUTS
from aop_lib.template.told import month_name

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from aop_lib.team_content import TeamContent
    from aop_lib.team_workbook import Column, Sheet
    from aop_lib.template.page import Page, Told
    from aop_lib.template.styles import Styles

LONGEST = {"id": 64, "text": 2000}
LARGEST = 1e15
DAYS = {"minimum": date(2000, 1, 1), "maximum": date(2099, 12, 31)}
NUMBERS = {"in_whole", "in_number", "in_amount"}
COMPUTED = {"asked", "expects"}
KEPT_LEFT = 2  # columns that stay in sight


def write_asked(book: Workbook, content: TeamContent, styles: Styles, told: Told, footer: str) -> None:
    """Writes every sheet of SHEETS, in their order."""
    for sheet in SHEETS:
        page = new_page(book, sheet.name, styles, told, BLUE)
        headed(page, sheet.title, sheet.help, footer)
        _heads(page, sheet, content)
        for row in range(FIRST_ROW, FIRST_ROW + sheet.rows):
            _row(page, sheet, row, content)
        _choices(page, sheet, content)
        _colours(page, sheet)
        page.sheet.freeze_panes(HEADER_ROW, KEPT_LEFT if len(sheet.columns) > 6 else 1)
        page.sheet.repeat_rows(HEADER_ROW - 1)


def _heads(page: Page, sheet: Sheet, content: TeamContent) -> None:
    page.sheet.set_row(HEADER_ROW - 1, 30)
    for place, column in enumerate(sheet.columns, start=1):
        page.sheet.set_column(place - 1, place - 1, column.width)
        page.text(HEADER_ROW, place, column.title, "head_right" if INPUTS[column.kind] in NUMBERS or column.key in COMPUTED else "head")
        if column.is_required:
            page.text(HEADER_ROW - 1, place, "required", "required")
        elif sheet.name == "Effects" and column.kind == "figure":
            page.text(HEADER_ROW - 1, place, month_name(content.year[int(column.key[1:]) - 1]), "above")


def _row(page: Page, sheet: Sheet, row: int, content: TeamContent) -> None:
    for place, column in enumerate(sheet.columns, start=1):
        if column.is_computed:
            page.formula(row, place, computed(sheet, column.key, row, content), column.key, "")
        else:
            page.blank(row, place, INPUTS[column.kind])


def _choices(page: Page, sheet: Sheet, content: TeamContent) -> None:
    for place, column in enumerate(sheet.columns):
        if not column.is_computed:
            rule = _rule(column, choice_range(content.lists, column))
            page.sheet.data_validation(FIRST_ROW - 1, place, FIRST_ROW + sheet.rows - 2, place, rule)


def _rule(column: Column, cells: str) -> dict[str, Any]:
    """Returns what Excel lets into a column's cells, and what it says beside them."""
    says: dict[str, Any] = {"input_title": column.title, "input_message": column.help, "error_title": column.title}
    if cells and column.kind != "choices":
        kind = "warning" if column.options == ANY_OPTION else "stop"
        return {**says, "validate": "list", "source": f"={cells}", "error_type": kind, "error_message": "Choose one of the list."}
    if column.kind in LONGEST:
        most = LONGEST[column.kind]
        return {**says, "validate": "length", "criteria": "<=", "value": most, "error_message": f"At most {most:,} characters."}
    if column.kind == "whole":
        return {**says, "validate": "integer", "criteria": "between", "minimum": 0, "maximum": 999_999, "error_message": "A whole number, 0 or more."}
    if column.kind in {"number", "figure", "amount"}:
        return {**says, "validate": "decimal", "criteria": "between", "minimum": -LARGEST, "maximum": LARGEST, "error_message": "A number."}
    if column.kind in {"day", "last_day"}:
        return {**says, "validate": "date", "criteria": "between", **DAYS, "error_message": "A date, such as 2027-03-31."}
    return {**says, "validate": "any"}


def _colours(page: Page, sheet: Sheet) -> None:
    """Marks in red what a row's check says, and the cells that a started row still needs."""
    last, width = FIRST_ROW + sheet.rows - 1, len([column for column in sheet.columns if not column.is_computed])
    started = f"COUNTA($A{FIRST_ROW}:${letters(width)}{FIRST_ROW})>0"
    for place, column in enumerate(sheet.columns, start=1):
        cells, letter = f"{letters(place)}{FIRST_ROW}:{letters(place)}{last}", letters(place)
        if column.key == "check":
            page.sheet.conditional_format(cells, {"type": "formula", "criteria": f'=${letter}{FIRST_ROW}<>""', "format": page.styles["wrong"]})
        elif column.is_required:
            missing = f'=AND({started},${letter}{FIRST_ROW}="")'
            page.sheet.conditional_format(cells, {"type": "formula", "criteria": missing, "format": page.styles["wrong"]})
