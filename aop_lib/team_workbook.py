"""The workbook that a team fills in, declared: its sheets, their columns, what each cell may hold. Written and read by this alone.

Every sheet has its title in row 1, a line of help in row 2, the headings of its columns in row `HEADER_ROW`, and what teams write from `FIRST_ROW` on.
A sheet that a team only reads has no columns here. A column that is computed holds a formula: whoever reads a workbook works out its value anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

VERSION = "1"
HEADER_ROW = 4
FIRST_ROW = 5
BETWEEN = " · "

Kind = Literal["id", "text", "choice", "choices", "whole", "number", "figure", "amount", "day", "month", "last_month", "last_day"]
Answers = Literal["request", "plan"]


@dataclass(frozen=True)
class Column:
    """One column that a team fills in.

    Attributes:
        key: The key of the document that it becomes.
        title: Its heading.
        kind: What its cells hold. `month` is a date in that month or YYYY-MM; `last_month` and `last_day` are included, where a document's `end` is excluded;
            `choices` are ids between commas; `figure` is a number or a percentage.
        width: In characters.
        help: What a person reads beside a cell.
        is_required: Whether a row that holds anything must have it.
        options: The list of the sheet Lists that it chooses from; empty for any; `Requests` and the like for the first column of that sheet.
        is_computed: Whether it holds a formula.
    """

    key: str
    title: str
    kind: Kind
    width: int
    help: str
    is_required: bool = False
    options: str = ""
    is_computed: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet that a team fills in.

    Attributes:
        name: As on its tab.
        title: What stands at its top.
        help: How to fill it in, in one line.
        part: The document that its rows become a part of: a `request`, or the team's `plan`.
        rows: How many empty rows it offers.
        columns: From left to right.
    """

    name: str
    title: str
    help: str
    part: Answers
    rows: int
    columns: tuple[Column, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its columns, from left to right."""
        return tuple(column.key for column in self.columns)


def _told(key: str, title: str, width: int, help_: str) -> Column:
    return Column(key, title, "text", width, help_, is_computed=True)


READ_ME, TARGETS, ACTUALS, LISTS = "Read me", "Targets", "Actuals", "Lists"
IDENTITY = {"company": "C5", "cycle": "C6", "team": "C7", "version": "C8", "fingerprint": "C9"}  # cells of Read me, stored as texts
REQUEST = Column("request", "Request", "choice", 22, "The short name of a request on the sheet Requests.", is_required=True, options="Requests")
OPTION = Column("option", "Option", "choice", 12, "The size of the request that this row belongs to.", is_required=True, options="options")
CURRENCY = Column("currency", "Currency", "choice", 10, "The currency of the amount.", is_required=True, options="currencies")
CENTRE = Column("cost_centre", "Cost centre", "choice", 14, "One of your team's cost centres.", is_required=True, options="cost_centres")
FIRST_MONTH = Column("start", "First month", "month", 12, "The first month, such as 2027-01.", is_required=True, options="months")
CHECK = _told("check", "Check", 38, "Empty where nothing is amiss.")

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "Requests", "What we ask for", "One row for each request. Everything else names it by its short name.", "request", 15,
        (
            Column("request", "Request", "id", 22, "A short name: lower-case letters, digits, _ or -. It must not change between rounds.", is_required=True),
            Column("round", "Round", "whole", 8, "1 the first time; the next number when you hand it in again."),
            Column("title", "Title", "text", 34, "What you ask for, in one line.", is_required=True),
            Column("kind", "Kind", "choice", 13, "incremental: on top of last year's base; replaces: instead of what the base holds.", options="kinds"),
            Column("goal", "Goal", "choice", 28, "The goal that it serves.", is_required=True, options="goals"),
            Column("why", "Why", "text", 48, "What happens without it.", is_required=True),
            Column("evidence", "Evidence", "text", 40, "What shows that it works: a test, a measurement, a contract, a document."),
            Column("effect", "Effect", "text", 40, "What will be different, in words. Figures stand on the sheet Effects."),
            Column("submitted_by", "Submitted by", "choice", 24, "Who hands it in.", is_required=True, options="owners"),
            Column("submitted_on", "Submitted on", "day", 13, "The day on which it is handed in.", is_required=True),
            CHECK,
        ),
    ),
    Sheet(
        "Options", "The sizes of each request", "Give each request at least one option; a smaller one is what you would do with less.", "request", 30,
        (
            REQUEST, OPTION,
            Column("heads", "Heads", "whole", 8, "People at year end; leave empty where they are listed on the sheet People."),
            _told("asked", "Spend in the year", 18, "The sum of the sheet Spend in reporting currency; people come on top."), CHECK,
        ),
    ),
    Sheet(
        "People", "People that we ask for", "One row for each role. Finance adds burden, bonus, taxes and equipment by its own rules.", "request", 30,
        (
            REQUEST, OPTION,
            Column("role", "Role", "text", 28, "What the person will do.", is_required=True),
            Column("level", "Level", "text", 12, "The grade, where you have grades."),
            Column("count", "Count", "whole", 8, "How many; empty is one."),
            Column("start", "Starts", "day", 12, "The first working day.", is_required=True),
            Column("end", "Last day", "last_day", 12, "The last working day; empty for a permanent role."),
            Column("pay", "Yearly pay", "amount", 14, "Base pay of one person for a full year.", is_required=True),
            CURRENCY,
            Column("location", "Location", "choice", 16, "Where the person will be employed.", is_required=True, options="locations"),
            CENTRE,
            Column("quota", "Yearly quota", "amount", 14, "New recurring revenue a year that the role carries, when fully ramped."),
            Column("backfills", "Replaces", "text", 22, "Whom or which role it replaces; empty for a new role."), CHECK,
        ),
    ),
    Sheet(
        "Spend", "What else it costs", "One row for each account and run of months; the amount is that of each month.", "request", 80,
        (
            REQUEST, OPTION,
            Column("account", "Account", "choice", 34, "The account that will be charged.", is_required=True, options="accounts"),
            CENTRE,
            Column("vendor", "Vendor", "text", 22, "Who is paid, where you know it."),
            FIRST_MONTH,
            Column("end", "Last month", "last_month", 12, "The last month, included; empty for one month alone.", options="months"),
            Column("amount", "Amount a month", "amount", 16, "For each of the months, costs positive.", is_required=True),
            CURRENCY,
            Column("comment", "Comment", "text", 34, "What a reader should know."),
            _told("asked", "In the year", 16, "Amount × months of the planned year, in reporting currency."), CHECK,
        ),
    ),
    Sheet(
        "Effects", "What we expect it to move", "What the option adds to a metric in each month; at the end stands what counts.", "request", 20,
        (
            REQUEST, OPTION,
            Column("metric", "Metric", "choice", 32, "The metric that will move.", is_required=True, options="metrics"),
            *(Column(f"m{month:02d}", f"Month {month}", "figure", 11, "Added in this month; below zero where it takes away.") for month in range(1, 13)),
            _told("expects", "At year end", 14, "The sum of the months where a metric's months add up; elsewhere the last month given."),
            CHECK,
        ),
    ),
    Sheet(
        "Drivers", "What it does to the driver model", "Only where you know it: driver × scale + change, from the first month on.", "request", 20,
        (
            REQUEST, OPTION,
            Column("driver", "Driver", "choice", 32, "The driver of the model that moves.", is_required=True, options="drivers"),
            Column("segment", "Segment", "text", 16, "For drivers of customers: the segment; empty for all."),
            Column("line", "P&L line", "choice", 24, "For drivers of a line.", options="lines"),
            Column("account", "Account", "choice", 30, "For drivers of an account.", options="accounts"),
            Column("scale", "Times", "number", 10, "0.9 is ten per cent less; empty is 1."),
            Column("by", "Plus", "figure", 12, "Added in the driver's unit; empty is 0."),
            Column("start", "First month", "month", 12, "The first month, such as 2027-01.", options="months"),
            Column("end", "Last month", "last_month", 12, "The last month, included; empty for good.", options="months"),
            Column("why", "Why", "text", 40, "How you know."), CHECK,
        ),
    ),
    Sheet(
        "Assumptions", "What we count on", "What each request takes for granted, so that teams can be compared.", "request", 20,
        (
            REQUEST,
            Column("metric", "Metric", "choice", 36, "The metric that you count on.", is_required=True, options="metrics"),
            Column("states", "Now", "number", 16, "What it is in the last closed month. A share as a fraction: 0.95."),
            Column("assumes", "At year end", "number", 16, "What it will be at the end of the planned year; over it, where months add up."), CHECK,
        ),
    ),
    Sheet(
        "Strategies", "How we mean to get there", "One row for each way that you mean to go; initiatives follow it.", "plan", 8,
        (
            Column("id", "Strategy", "id", 22, "A short name: lower-case letters, digits, _ or -.", is_required=True),
            Column("statement", "Statement", "text", 80, "The way, in one sentence.", is_required=True),
            Column("goal", "Goal", "choice", 30, "The goal that it serves.", options="goals"), CHECK,
        ),
    ),
    Sheet(
        "Initiatives", "What we will do", "One row for each initiative, with exactly one person accountable.", "plan", 20,
        (
            Column("id", "Initiative", "id", 22, "A short name: lower-case letters, digits, _ or -.", is_required=True),
            Column("what", "What", "text", 44, "What will be done.", is_required=True),
            Column("goal", "Goal", "choice", 26, "The goal that it serves.", options="goals"),
            Column("kpi", "KPI", "choice", 26, "The KPI that it moves.", options="metrics"),
            Column("strategy", "Strategy", "choice", 18, "The strategy that it follows.", options="Strategies"),
            Column("accountable", "Accountable", "choice", 24, "The one person who answers for it.", is_required=True, options="owners"),
            Column("responsible", "Responsible", "choices", 22, "Who does it: ids of the list of owners, with commas.", options="owners"),
            Column("consulted", "Consulted", "choices", 20, "Who is asked: ids with commas.", options="owners"),
            Column("informed", "Informed", "choices", 20, "Who is told: ids with commas.", options="owners"),
            Column("start", "Starts", "day", 12, "The first day.", is_required=True),
            Column("end", "Ends", "day", 12, "The last day.", is_required=True),
            Column("cost", "Cost of the year", "amount", 16, "Leave empty where a request pays for it."),
            Column("currency", "Currency", "choice", 10, "Of the cost; empty for the reporting currency.", options="currencies"),
            Column("request", "Request", "choice", 20, "The request that pays for it.", options="Requests"), CHECK,
        ),
    ),
    Sheet(
        "Initiative effects", "What initiatives shall bring", "One row for each metric that an initiative moves.", "plan", 20,
        (
            Column("initiative", "Initiative", "choice", 24, "The initiative.", is_required=True, options="Initiatives"),
            Column("metric", "Metric", "choice", 36, "The metric that it moves.", is_required=True, options="metrics"),
            Column("value", "Adds", "number", 14, "What it adds; below zero where it takes away. A share as a fraction: 0.02.", is_required=True),
            Column("by", "By", "day", 12, "The day by which it shows.", is_required=True), CHECK,
        ),
    ),
    Sheet(
        "Milestones", "What will be done by when", "One row for each milestone: once on a day, or every week, month or quarter.", "plan", 40,
        (
            Column("id", "Milestone", "id", 22, "A short name: lower-case letters, digits, _ or -.", is_required=True),
            Column("initiative", "Initiative", "choice", 20, "The initiative that it belongs to; empty for one of the team itself.", options="Initiatives"),
            Column("what", "What", "text", 44, "What will be done.", is_required=True),
            Column("rhythm", "Rhythm", "choice", 11, "once (default), weekly, monthly or quarterly.", options="rhythms"),
            Column("due", "Due", "day", 12, "Once: the day."),
            Column("weekday", "Weekday", "choice", 12, "Weekly: the day of the week.", options="weekdays"),
            Column("start", "Starts", "day", 12, "A rhythm runs from here; empty for the year."),
            Column("end", "Ends", "day", 12, "… to here, this day included."),
            Column("owner", "Owner", "choices", 24, "Who answers for it: an id of the list of owners.", is_required=True, options="owners"),
            Column("responsible", "Responsible", "choices", 22, "Who does it: ids with commas; empty for the owner.", options="owners"),
            Column("depends_on", "Depends on", "choices", 24, "Milestones that must be done before: ids with commas."),
            Column("measure", "Measure", "text", 40, "How anybody can tell that it is done.", is_required=True),
            Column("done", "Done", "day", 12, "When it was done; a rhythm: up to which day it was kept."), CHECK,
        ),
    ),
    Sheet(
        "Personal KPIs", "What persons answer for", "KPIs of individuals, beside those of the team. Never pay.", "plan", 20,
        (
            Column("person", "Person", "choice", 26, "Who answers for it.", is_required=True, options="owners"),
            Column("kpi", "KPI", "choice", 36, "The KPI.", is_required=True, options="metrics"),
            Column("target", "Target", "number", 16, "The value to reach. A share as a fraction: 0.95.", is_required=True),
            Column("by", "By", "day", 12, "Empty for the end of the year."),
            Column("goal", "Goal", "choice", 28, "The goal that it serves.", options="goals"), CHECK,
        ),
    ),
)  # fmt: skip
ORDER = (READ_ME, TARGETS, ACTUALS, *(sheet.name for sheet in SHEETS), LISTS)


def sheet_of(name: str) -> Sheet:
    """Returns the declared sheet of that name.

    Raises:
        KeyError: If no sheet that a team fills in has that name.
    """
    return {sheet.name: sheet for sheet in SHEETS}[name]


def fingerprint(cells: Iterable[tuple[str, str, str]]) -> str:
    """Returns the fingerprint of what a workbook told its team.

    Defined as::

        SHA-256, in hexadecimal, of the lines "sheet TAB address TAB text LF" in their order as text, empty texts left out

    It covers every cell without formula that a team cannot write in, but for the cells of IDENTITY. A text is the cell's value: numbers as a workbook's
    reader tells them (`number_text`, 15 significant digits), days as YYYY-MM-DD.

    Args:
        cells: Sheet, address (such as B4) and text of each cell.
    """
    lines = sorted(f"{sheet}\t{address}\t{text}\n" for sheet, address, text in cells if text)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
