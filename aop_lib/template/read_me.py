"""The first sheet: whose workbook it is, how to fill it in, what the colours mean, and which checks are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aop_lib.team_workbook import HEADER_ROW, IDENTITY, READ_ME, SHEETS, VERSION, fingerprint
from aop_lib.template.page import headed, new_page
from aop_lib.template.ranges import ANY_OPTION, filled_range

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from aop_lib.team_content import TeamContent
    from aop_lib.template.page import Page, Told
    from aop_lib.template.styles import Styles

NAVY = "#1F3864"
WIDTHS = (2, 30, 100, 16, 14)
COLOURS = (
    ("in_text", "Yours to fill in: blue on pale blue. Many of these cells have a list."),
    ("sum", "Computed by the workbook: grey, locked."),
    ("told", "Told by finance: white, locked. The sheets are protected without a password; whatever is changed there is noticed."),
    ("wrong", "Missing or amiss. The last column of each sheet says what; a row that is empty or fine says nothing."),
)


def new_read_me(book: Workbook, content: TeamContent, styles: Styles, told: Told, footer: str) -> Page:
    """Returns the first sheet with everything but what is known only when the others are written: see `signed`."""
    page = new_page(book, READ_ME, styles, told, NAVY)
    headed(page, f"{content.team[1]}: plan and requests for {content.cycle[1]}", f"{content.company[1]}. Led by {content.owner}.", footer)
    page.sheet.fit_to_pages(1, 1)
    for column, width in enumerate(WIDTHS):
        page.sheet.set_column(column, column, width)
    page.text(HEADER_ROW, 2, "This workbook", "head")
    page.text(HEADER_ROW, 3, "Value", "head")
    row = _lines(page, 12, "How to fill it in", _steps(content))
    row = _colours(page, row + 1)
    row = _checks(page, row + 1)
    _spend(page, row + 1, content)
    return page


def signed(page: Page, content: TeamContent) -> None:
    """Writes who the workbook is for, its version and the fingerprint of everything that it tells."""
    labels = {"company": "Company", "cycle": "Cycle", "team": "Team", "version": "Layout", "fingerprint": "Fingerprint"}
    known = {"company": content.company[0], "cycle": content.cycle[0], "team": content.team[0], "version": VERSION}
    for name, address in IDENTITY.items():
        page.text(int(address[1:]), 2, labels[name], "label")
    digest = fingerprint(page.told)
    for name, address in IDENTITY.items():
        page.sheet.write_string(address, known.get(name, digest), page.styles["digest" if name == "fingerprint" else "value"])


def _steps(content: TeamContent) -> tuple[str, ...]:
    return (
        "1.  Read Targets and Actuals: what is expected of your team, and what it cost so far.",
        "2.  Requests, Options: what you ask for and in which sizes. Full is what you want; reduced and minimum are what you would do with less.",
        "3.  People and Spend: what each option costs. Effects, Drivers and Assumptions: what it brings, and what you count on.",
        "4.  Strategies, Initiatives, Milestones, Personal KPIs: how you will reach your targets, who does what, and by when.",
        "5.  See to it that no check is open below. Leave no formula without its value: save from Excel or LibreOffice.",
        f"6.  Save it as .xlsx and put it into requests/{content.team[0]}/, or send it to finance. Do not add columns, merge cells or rename sheets.",
    )


def _lines(page: Page, row: int, title: str, lines: tuple[str, ...]) -> int:
    page.text(row, 2, title, "bold")
    for place, line in enumerate(lines, start=row + 1):
        page.text(place, 2, line, "plain")
    return row + 1 + len(lines)


def _colours(page: Page, row: int) -> int:
    page.text(row, 2, "Colours", "bold")
    for place, (style, words) in enumerate(COLOURS, start=row + 1):
        page.text(place, 2, "abc", style)
        page.text(place, 3, words, "plain")
    return row + 1 + len(COLOURS)


def _checks(page: Page, row: int) -> int:
    """Writes how many rows each sheet has and how many of them are amiss, and above all of it whether any is."""
    for column, head in enumerate(("Sheet", "What it is for", "Rows filled in", "Rows to check"), start=2):
        page.text(row, column, head, "head" if column < 4 else "head_right")
    for place, sheet in enumerate(SHEETS, start=row + 1):
        page.text(place, 2, sheet.name, "label")
        page.text(place, 3, f"{sheet.title}. {sheet.help}", "value")
        page.formula(place, 4, f'SUMPRODUCT(--({filled_range(sheet.name, sheet.keys[0])}<>""))', "sum", 0)
        page.formula(place, 5, f"SUMPRODUCT(--(LEN({filled_range(sheet.name, 'check')})>0))", "sum", 0)
    last = row + len(SHEETS)
    page.sheet.conditional_format(row, 4, last - 1, 4, {"type": "cell", "criteria": ">", "value": 0, "format": page.styles["wrong"]})
    page.text(10, 2, "Checks", "label")
    rows, wrong = f"SUM(D{row + 1}:D{last})", f"SUM(E{row + 1}:E{last})"
    page.formula(10, 3, f'IF({wrong}>0,{wrong}&" to check",IF({rows}=0,"nothing is filled in yet","no check is open"))', "value", "nothing is filled in yet")
    page.sheet.conditional_format("C10", {"type": "formula", "criteria": f"={wrong}>0", "format": page.styles["wrong"]})
    page.sheet.conditional_format("C10", {"type": "formula", "criteria": f"=AND({wrong}=0,{rows}>0)", "format": page.styles["right"]})
    return last + 1


def _spend(page: Page, row: int, content: TeamContent) -> None:
    page.text(row, 2, f"Spend asked in the year, {content.currency}", "head")
    page.text(row, 3, "Without people, whose cost finance works out by its own rules", "head")
    page.text(row, 4, "Amount", "head_right")
    for place, item in enumerate(content.lists[ANY_OPTION], start=row + 1):
        page.text(place, 2, item.shown, "label")
        page.text(place, 3, f"All options named {item.shown}", "value")
        page.formula(place, 4, f"SUMIFS({filled_range('Options', 'asked')},{filled_range('Options', 'option')},B{place})", "asked", 0)
