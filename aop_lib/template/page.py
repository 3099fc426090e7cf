"""A sheet while it is written: texts stay texts, and whatever is told is remembered for the fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.sources.book import number_text
from aop_lib.sources.sheet import letters

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from aop_lib.template.styles import Styles

Told = list[tuple[str, str, str]]
A4, ZOOM = 9, 90
MAY = {"select_locked_cells": True, "select_unlocked_cells": True, "format_columns": True, "format_rows": True}


@dataclass(frozen=True)
class Page:
    """One sheet of the workbook; rows and columns count from 1.

    Attributes:
        name: As on its tab.
        sheet: The sheet itself.
        styles: The formats by name.
        told: Takes sheet, address and text of every cell that is told.
    """

    name: str
    sheet: Worksheet
    styles: Styles
    told: Told

    def text(self, row: int, column: int, text: str, style: str = "plain") -> None:
        """Writes a text, whatever it begins with."""
        self.sheet.write_string(row - 1, column - 1, text, self.styles[style])
        self.told.append((self.name, f"{letters(column)}{row}", text))

    def number(self, row: int, column: int, number: Decimal | int, style: str) -> None:
        """Writes a number."""
        self.sheet.write_number(row - 1, column - 1, float(number), self.styles[style])
        self.told.append((self.name, f"{letters(column)}{row}", number_text(f"{float(number):.16G}")))

    def month(self, row: int, column: int, month: pd.Timestamp) -> None:
        """Writes a month as the date of its first day."""
        self.sheet.write_datetime(row - 1, column - 1, datetime(month.year, month.month, 1), self.styles["month"])  # noqa: DTZ001  (workbooks know no zones)
        self.told.append((self.name, f"{letters(column)}{row}", month.date().isoformat()))

    def formula(self, row: int, column: int, formula: str, style: str, value: Decimal | int | str) -> None:
        """Writes a formula with the value that it has now."""
        stored = value if isinstance(value, str) else float(value)
        self.sheet.write_formula(row - 1, column - 1, f"={formula}", self.styles[style], stored)

    def blank(self, row: int, column: int, style: str) -> None:
        """Writes an empty cell."""
        self.sheet.write_blank(row - 1, column - 1, None, self.styles[style])


def new_page(book: Workbook, name: str, styles: Styles, told: Told, colour: str) -> Page:
    """Returns a new sheet: no grid, fit to the width of a page, protected without a password."""
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_zoom(ZOOM)
    sheet.set_tab_color(colour)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.protect("", MAY)
    return Page(name, sheet, styles, told)


def headed(page: Page, title: str, help_: str, footer: str) -> None:
    """Writes a sheet's title and its line of help, and what each printed page says at its foot.

    Args:
        page: The sheet.
        title: In row 1.
        help_: In row 2.
        footer: Left on the foot; the page's number stands right.
    """
    page.text(1, 1, title, "title")
    page.text(2, 1, help_, "help")
    page.sheet.set_row(0, 30)
    page.sheet.set_row(1, 18)
    page.sheet.set_footer(f"&L&8{footer.replace('&', '&&')}&R&8&P / &N")
