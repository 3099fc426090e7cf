"""The sheets that tell a team where it stands: Targets, Actuals and Lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.sources.sheet import letters
from aop_lib.team_lists import TITLES
from aop_lib.team_workbook import ACTUALS, FIRST_ROW, HEADER_ROW, LISTS, TARGETS
from aop_lib.template.page import headed, new_page
from aop_lib.template.ranges import BESIDE, list_columns

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter import Workbook

    from aop_lib.team_content import ActualLine, TargetRow, TeamContent
    from aop_lib.template.page import Page, Told
    from aop_lib.template.styles import Styles

NAVY, DARK = "#1F3864", "#7F7F7F"
WIDTHS = {
    "goals": 62, "metrics": 46, "accounts": 44, "drivers": 60, "owners": 32, "locations": 26, "months": 12, "currencies": 11, "options": 12, "kinds": 13,
    "rhythms": 12, "weekdays": 12, "cost_centres": 14,
}  # fmt: skip
ZERO = Decimal(0)


def month_name(month: pd.Timestamp) -> str:
    """Returns a month as `Jan 2027`."""
    return f"{month.month_name()[:3]} {month.year}"


def write_targets(book: Workbook, content: TeamContent, styles: Styles, told: Told, footer: str) -> None:
    """Writes the team's targets by KPI: months, and quarters and the year as formulas over them."""
    page = new_page(book, TARGETS, styles, told, NAVY)
    says = "What is expected of your team, month by month. Quarters and the year are the sum where months add up, else the last month."
    headed(page, f"Targets for {content.cycle[1]}", says if content.targets else "No goal of the company is handed down to your team as a target.", footer)
    heads = ["Goal", "KPI", "Unit", *map(month_name, content.year), "Q1", "Q2", "Q3", "Q4", "Year"]
    _heads(page, heads, [44, 28, 10, *[11] * 12, *[12] * 5], 3)
    for row, target in enumerate(content.targets, start=FIRST_ROW):
        _target(page, row, target, content.currency)
    page.sheet.freeze_panes(HEADER_ROW, 2)


def _target(page: Page, row: int, target: TargetRow, currency: str) -> None:
    page.sheet.set_row(row - 1, 30)
    for column, text in enumerate((target.goal, target.kpi, currency if target.unit == "currency" else target.unit), start=1):
        page.text(row, column, text, "told")
    for column, value in enumerate(target.months, start=4):
        if value is None:
            page.blank(row, column, f"unit_{target.unit}")
        else:
            page.number(row, column, value, f"unit_{target.unit}")
    for column, (first, last) in enumerate([(0, 3), (3, 6), (6, 9), (9, 12), (0, 12)], start=16):
        _part(page, row, column, target, first, last)


def _part(page: Page, row: int, column: int, target: TargetRow, first: int, last: int) -> None:
    known = [place for place in range(first, last) if target.months[place] is not None]
    style = f"sum_{target.unit}"
    if not known:
        page.blank(row, column, style)
    elif target.adds_up:
        total = sum((target.months[place] or ZERO for place in known), ZERO)
        page.formula(row, column, f"SUM({letters(first + 4)}{row}:{letters(last + 3)}{row})", style, total)
    else:
        page.formula(row, column, f"{letters(known[-1] + 4)}{row}", style, target.months[known[-1]] or ZERO)


def write_actuals(book: Workbook, content: TeamContent, styles: Styles, told: Told, footer: str) -> None:
    """Writes what the team was charged and earned by account in the last twelve closed months, with totals as formulas."""
    page = new_page(book, ACTUALS, styles, told, NAVY)
    says = f"What the books hold for your team in the twelve months to {month_name(content.closed[-1])}, {content.currency}; costs and revenue both positive."
    headed(page, "Actuals by account", says, footer)
    if content.hides_people:
        page.text(3, 1, "What people cost is left out, since your team is so small that one person's pay could be worked out from it.", "help")
    _heads(page, ["Account", "Name", *map(month_name, content.closed), "Total"], [14, 40, *[11] * 12, 13], 2)
    row, sums = FIRST_ROW, []
    for line in content.actuals:
        sums.append((line, row))
        row = _line(page, row, line)
    _totals(page, row, sums)
    page.sheet.freeze_panes(HEADER_ROW, 2)
    page.sheet.repeat_rows(HEADER_ROW - 1)


def _line(page: Page, row: int, line: ActualLine) -> int:
    """Writes a line of the P&L and its accounts, and returns the row after them."""
    page.text(row, 1, line.name, "line")
    page.blank(row, 2, "line")
    for column in range(3, 16):
        signed = "".join(f"{'+' if each.line_sign > 0 else '-'}{letters(column)}{row + place}" for place, each in enumerate(line.accounts, start=1))
        page.formula(row, column, signed.removeprefix("+"), "line_amount", _added(line, column - 3))
    for place, account in enumerate(line.accounts, start=row + 1):
        page.text(place, 1, account.account, "account")
        page.text(place, 2, account.name, "name")
        for column, amount in enumerate(account.months, start=3):
            page.number(place, column, amount, "amount")
        page.formula(place, 15, f"SUM(C{place}:N{place})", "sum", sum(account.months, ZERO))
    return row + 1 + len(line.accounts)


def _added(line: ActualLine, month: int) -> Decimal:
    """Returns what a line adds up to in a month, counted from 0; in the twelfth column all months."""
    parts = (each.line_sign * (sum(each.months, ZERO) if month == 12 else each.months[month]) for each in line.accounts)
    return sum(parts, ZERO)


def _totals(page: Page, row: int, sums: Sequence[tuple[ActualLine, int]]) -> None:
    for name, direction in (("Revenue and other income", 1), ("Costs", -1)):
        own = [(line, place) for line, place in sums if line.direction == direction]
        if not own:
            continue
        row += 1
        page.text(row, 1, name, "line")
        page.blank(row, 2, "line")
        for column in range(3, 16):
            cells = "+".join(f"{letters(column)}{place}" for _, place in own)
            page.formula(row, column, cells, "line_amount", sum((_added(line, column - 3) for line, _ in own), ZERO))


def write_lists(book: Workbook, content: TeamContent, styles: Styles, told: Told, footer: str) -> None:
    """Writes the lists that cells choose from, with the rates and which metrics add up."""
    page = new_page(book, LISTS, styles, told, DARK)
    rates = f"Rates are {content.currency} for one of a currency, as the budget uses them."
    headed(page, "Lists", f"What the other sheets let you choose from. Where several belong in one cell, write what stands before the dot. {rates}", footer)
    page.sheet.set_row(HEADER_ROW - 1, 30)
    for name, column in list_columns().items():
        page.sheet.set_column(column - 1, column - 1, WIDTHS.get(name, 40))
        page.text(HEADER_ROW, column, TITLES[name], "head")
        for row, item in enumerate(content.lists[name], start=FIRST_ROW):
            if name == "months":
                page.month(row, column, content.year[row - FIRST_ROW])
            else:
                page.text(row, column, item.shown, "value")
        if name in BESIDE:
            _beside(page, name, column + 1, content)
    page.sheet.freeze_panes(HEADER_ROW, 0)


def _beside(page: Page, name: str, column: int, content: TeamContent) -> None:
    page.sheet.set_column(column - 1, column - 1, 10)
    page.text(HEADER_ROW, column, BESIDE[name], "head_right")
    for row, item in enumerate(content.lists[name], start=FIRST_ROW):
        if name == "metrics":
            page.number(row, column, int(item.id in content.summed), "count")
        elif item.id in content.rates:
            page.number(row, column, content.rates[item.id], "rate")


def _heads(page: Page, heads: Sequence[str], widths: Sequence[int], texts: int) -> None:
    page.sheet.set_row(HEADER_ROW - 1, 30)
    for column, (head, width) in enumerate(zip(heads, widths, strict=True), start=1):
        page.sheet.set_column(column - 1, column - 1, width)
        page.text(HEADER_ROW, column, head, "head" if column <= texts else "head_right")
