"""A team's workbook that comes back: every sheet is read as it was filled in, and every way to spoil it is told at its cell."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl import Workbook
from openpyxl.cell import Cell

from aop_lib.errors import InputRefusedError
from aop_lib.load import Params, load
from aop_lib.money import total
from aop_lib.params.requests import Request
from aop_lib.params.team_plans import TeamPlan
from aop_lib.sources.submissions import Submissions, submissions
from aop_lib.sources.team_workbooks import is_team_workbook, sent, team_book
from aop_lib.team_content import TeamContent
from aop_lib.team_lists import team_lists
from aop_lib.team_workbook import FIRST_ROW, HEADER_ROW, IDENTITY, SHEETS, sheet_of
from aop_lib.template.book import workbook
from aop_lib.typed import typed

COMPANY = Path(__file__).parent / "hostile" / "company"
GOALS = """\
objectives:
  - {id: growth, statement: Grow}
goals:
  - {id: grow, statement: Grow · and grow, objective: growth, weight: 1, kpi: calls, start: 1, target: 2, deadline: 2026-12-31, owner: sam}
"""
METRICS = """\
metrics:
  calls: {label: Calls, unit: count, direction: more, aggregate: sum, definition: Calls made}
  waiting: {label: Share waiting, unit: pct, direction: less, definition: Share of callers who wait}
"""
LOCATIONS = "locations:\n  - {id: denver, name: Denver, currency: USD}\n"
ACCOUNTS = pd.DataFrame({"account": ["6000", "6010"], "name": ["Software", "Travel"], "parent": ["", ""], "line": ["opex", "opex"]})
BOOK = "company/requests/sales/plan.xlsx"

Rows = dict[str, list[dict[str, Any]]]
FULL: Rows = {
    "Requests": [
        {
            "request": "dialler", "round": 1, "title": "A dialler", "kind": "incremental", "goal": "grow · Grow · and grow", "why": "Calls take too long",
            "evidence": "A month's trial", "effect": "More calls", "submitted_by": "sam · Sam Sales", "submitted_on": date(2025, 9, 15),
        },
        {"request": "caller", "title": "=1+1 is no formula", "kind": "replaces", "goal": "grow", "why": "Nobody calls", "submitted_by": "sam", "submitted_on": "2025-09-16"},
    ],
    "Options": [{"request": "dialler", "option": "full"}, {"request": "dialler", "option": "reduced", "heads": 1}, {"request": "caller", "option": "full"}],
    "People": [
        {
            "request": "caller", "option": "full", "role": "Caller", "level": "L2", "count": 2, "start": date(2026, 2, 16), "end": date(2026, 11, 30), "pay": 60000.5,
            "currency": "USD", "location": "denver · Denver", "cost_centre": "CC100", "quota": 250000, "backfills": "P-17",
        },
    ],
    "Spend": [
        {
            "request": "dialler", "option": "full", "account": "6000 · Software", "cost_centre": "CC100", "vendor": "Ring Ltd", "start": date(2026, 1, 1),
            "end": date(2026, 3, 1), "amount": 100.1, "currency": "USD", "comment": "per seat",
        },
        {"request": "dialler", "option": "reduced", "account": 6010, "cost_centre": "CC100", "start": "2026-06", "amount": -5, "currency": "USD"},
    ],
    "Effects": [
        {"request": "dialler", "option": "full", "metric": "calls · Calls", "m01": 1, "m02": 2.5, "m12": 10},
        {"request": "dialler", "option": "full", "metric": "waiting", "m03": -0.01, "m11": -0.02},
    ],
    "Drivers": [
        {"request": "dialler", "option": "full", "driver": "churn_rate", "segment": "smb", "scale": 0.9, "by": -0.001, "start": date(2026, 4, 1), "end": "2026-06", "why": "They stay"},
    ],
    "Assumptions": [{"request": "dialler", "metric": "waiting", "states": 0.2, "assumes": 0.15}, {"request": "caller", "metric": "calls", "assumes": 900}],
    "Strategies": [{"id": "by_phone", "statement": "We call first", "goal": "grow"}],
    "Initiatives": [
        {
            "id": "train", "what": "Train all callers", "goal": "grow", "kpi": "calls", "strategy": "by_phone", "accountable": "sam · Sam Sales", "responsible": "sam, eli",
            "consulted": "eli", "informed": "eli · Eli Engineer", "start": date(2026, 1, 5), "end": date(2026, 6, 30), "cost": 1200, "currency": "USD", "request": "dialler",
        },
    ],
    "Initiative effects": [{"initiative": "train", "metric": "calls", "value": 12.5, "by": date(2026, 12, 31)}],
    "Milestones": [
        {"id": "script", "initiative": "train", "what": "Script", "due": date(2026, 2, 2), "owner": "sam", "measure": "Printed", "done": date(2026, 2, 1)},
        {
            "id": "monday", "what": "Weekly call", "rhythm": "weekly", "weekday": "friday", "start": date(2026, 1, 1), "end": date(2026, 6, 30), "owner": "sam",
            "responsible": "sam, eli", "depends_on": "script", "measure": "Notes",
        },
    ],
    "Personal KPIs": [{"person": "sam", "kpi": "waiting", "target": 0.1, "by": date(2026, 12, 31), "goal": "grow"}],
}  # fmt: skip


AS_YAML: dict[str, Any] = {
    "requests": [
        {
            "request": "dialler", "team": "sales", "round": "1", "kind": "incremental", "title": "A dialler", "why": "Calls take too long", "goal": "grow",
            "effect": "More calls", "evidence": "A month's trial", "submitted_by": "sam", "submitted_on": "2025-09-15",
            "states": {"waiting": "0.2"}, "assumes": {"waiting": "0.15"},
            "options": [
                {
                    "id": "full",
                    "drivers": [{"driver": "churn_rate", "segment": "smb", "scale": "0.9", "by": "-0.001", "start": "2026-04", "end": "2026-07", "why": "They stay"}],
                    "expects": {"calls": "13.5", "waiting": "-0.02"},
                    "expects_by_month": {"calls": {"2026-01": "1", "2026-02": "2.5", "2026-12": "10"}, "waiting": {"2026-03": "-0.01", "2026-11": "-0.02"}},
                    "lines": [
                        {
                            "account": "6000", "cost_centre": "CC100", "vendor": "Ring Ltd", "start": "2026-01", "end": "2026-04", "amount": "100.10", "currency": "USD",
                            "comment": "per seat",
                        },
                    ],
                },
                {"id": "reduced", "heads": "1", "lines": [{"account": "6010", "cost_centre": "CC100", "start": "2026-06", "amount": "-5", "currency": "USD"}]},
            ],
        },
        {
            "request": "caller", "team": "sales", "kind": "replaces", "title": "=1+1 is no formula", "why": "Nobody calls", "goal": "grow", "submitted_by": "sam",
            "submitted_on": "2025-09-16", "assumes": {"calls": "900"},
            "options": [
                {
                    "id": "full",
                    "people": [
                        {
                            "role": "Caller", "level": "L2", "count": "2", "start": "2026-02-16", "end": "2026-12-01", "pay": "60000.50", "currency": "USD",
                            "location": "denver", "cost_centre": "CC100", "quota": "250000", "backfills": "P-17",
                        },
                    ],
                },
            ],
        },
    ],
    "plan": {
        "team": "sales",
        "strategies": [{"id": "by_phone", "statement": "We call first", "goal": "grow"}],
        "initiatives": [
            {
                "id": "train", "what": "Train all callers", "goal": "grow", "kpi": "calls", "strategy": "by_phone", "accountable": "sam", "responsible": ["sam", "eli"],
                "consulted": "eli", "informed": "eli", "start": "2026-01-05", "end": "2026-06-30", "cost": "1200", "currency": "USD", "request": "dialler",
                "effects": [{"metric": "calls", "value": "12.5", "by": "2026-12-31"}],
                "milestones": [{"id": "script", "what": "Script", "due": "2026-02-02", "owner": "sam", "measure": "Printed", "done": "2026-02-01"}],
            },
        ],
        "milestones": [
            {
                "id": "monday", "what": "Weekly call", "rhythm": "weekly", "weekday": "friday", "start": "2026-01-01", "end": "2026-06-30", "owner": "sam",
                "responsible": ["sam", "eli"], "depends_on": ["script"], "measure": "Notes",
            },
        ],
        "individuals": [{"person": "sam", "kpi": "waiting", "target": "0.1", "by": "2026-12-31", "goal": "grow"}],
    },
}  # fmt: skip


@cache
def company_text() -> str:
    """Returns the small company, whose engineers have a cost centre as well."""
    text = (COMPANY / "company.yml").read_text(encoding="utf-8")
    return text.replace("    owner: eli\n", "    owner: eli\n    cost_centres: [CC200]\n")


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A copy of the small company with a goal, two metrics and a place of work."""
    return made(tmp_path)


def made(folder: Path) -> Path:
    """Returns the small company in a folder."""
    place = Path(shutil.copytree(COMPANY, folder / "company"))
    for name, text in (("company.yml", company_text()), ("goals.yml", GOALS), ("../metrics.yml", METRICS), ("headcount.yml", LOCATIONS)):
        (place / name).write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The empty workbook of each team, as it is sent."""
    params = load(made(tmp_path_factory.mktemp("sent")) / "fy2026.yml")
    return {team: sent_to(params, team) for team in ("sales", "engineering")}


def sent_to(params: Params, team: str) -> bytes:
    """Returns a team's empty workbook."""
    months, lists = tuple(params.year_months), team_lists(params, team, ACCOUNTS)
    head = (params.company_id, params.company.name), (params.id, params.label), (team, team.title())
    summed = frozenset({"calls"})
    return workbook(TeamContent(*head, "Sam Sales", "USD", months, months, (), (), hides_people=False, lists=lists, rates={"USD": Decimal(1)}, summed=summed))


def filled(rows: Mapping[str, list[dict[str, Any]]], content: bytes, change: Callable[[Workbook], None] | None = None) -> bytes:
    """Returns a workbook with rows filled in by column, then changed as a careless person would."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for name, entries in rows.items():
        for number, entry in enumerate(entries, start=FIRST_ROW):
            for key, value in entry.items():
                at(book, name, key, number).value = value
                at(book, name, key, number).data_type = "s" if isinstance(value, str) else at(book, name, key, number).data_type
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def at(book: Workbook, sheet: str, key: str, row: int = FIRST_ROW) -> Cell:
    """Returns the cell of a column."""
    return book[sheet].cell(row, sheet_of(sheet).keys.index(key) + 1)


def put(company: Path, content: bytes, name: str = "plan.xlsx", team: str = "sales") -> None:
    """Puts a workbook into a team's folder."""
    (company / "requests" / team / name).write_bytes(content)


def read(company: Path) -> tuple[Params, Submissions]:
    """Returns the parameters and what teams have handed in."""
    params = load(company / "fy2026.yml")
    return params, submissions(params)


def told(company: Path) -> list[str]:
    """Returns every fault, one a line."""
    return [str(fault) for fault in read(company)[1].faults]


def documents(company: Path, content: bytes) -> tuple[list[Request], TeamPlan | None]:
    """Returns a workbook's answers as the types that YAML files are read into."""
    book = team_book(content, BOOK, sent(load(company / "fy2026.yml"), "sales"))
    assert (book.faults, book.plan_faults) == ((), ())
    plan = typed(book.plan, TeamPlan) if book.plan else None
    return [request for document in book.requests if (request := typed(document, Request))], plan


def test_every_sheet_is_read_as_the_yaml_files_that_say_the_same(company: Path, template: dict[str, bytes]) -> None:
    requests, plan = documents(company, filled(FULL, template["sales"]))
    assert requests == [Request.model_validate(each) for each in AS_YAML["requests"]]
    assert plan == TeamPlan.model_validate(AS_YAML["plan"])
    assert {sheet.name for sheet in SHEETS} == set(FULL), "every sheet that a team fills in is filled in"
    given = {(name, key) for name, rows in FULL.items() for row in rows for key in row}
    asked = {(sheet.name, column.key) for sheet in SHEETS for column in sheet.columns if not column.is_computed}
    assert asked - given == {("Effects", f"m{month:02d}") for month in range(4, 11)} | {("Drivers", key) for key in ("line", "account")}


def test_a_workbook_counts_like_files(company: Path, template: dict[str, bytes]) -> None:
    put(company, filled(FULL, template["sales"]))
    params, found = read(company)
    assert (found.faults, found.teams[0].state, found.teams[0].requests, found.good) == ((), "submitted", 2, (BOOK,))
    assert [plan.team for plan in params.team_plans] == ["sales"]
    assert BOOK in params.files
    assert BOOK in found.files
    lines = found.request_lines
    assert total(lines[lines["request"] == "dialler"]["amount"]) == Decimal("295.30")
    assert set(lines[lines["request"] == "dialler"]["where"]) == {f"{BOOK}!Spend!A5", f"{BOOK}!Spend!A6"}
    effects = found.request_effects.set_index("what").loc["calls"]
    assert (Decimal(effects["value"]), effects["start"], effects["why"]) == (
        Decimal("13.5"),
        pd.Timestamp("2026-01-01"),
        "2026-01: 1, 2026-02: 2.5, 2026-12: 10",
    )
    assert set(found.requests["where"]) == {f"{BOOK}!Requests!A5", f"{BOOK}!Requests!A6"}


def typing(sheet: str, key: str, value: Any, row: int = FIRST_ROW) -> Callable[[Workbook], None]:
    """Returns a change that types a value into a cell."""

    def change(book: Workbook) -> None:
        at(book, sheet, key, row).value = value

    return change


def moved(book: Workbook) -> None:
    """Swaps two columns of the sheet Spend, headings included."""
    for row in range(HEADER_ROW, FIRST_ROW + 3):
        account, vendor = at(book, "Spend", "account", row), at(book, "Spend", "vendor", row)
        account.value, vendor.value = vendor.value, account.value


def inserted(book: Workbook) -> None:
    """Puts a column of one's own into the sheet People."""
    book["People"].insert_cols(3)


def renamed(book: Workbook) -> None:
    """Gives a heading another name."""
    book["Spend"].cell(HEADER_ROW, 1).value = "Requests"


def doubled(book: Workbook) -> None:
    """Gives a column the heading of another."""
    at(book, "Options", "heads", HEADER_ROW).value = "Option"


def unheaded(book: Workbook) -> None:
    """Empties a heading."""
    at(book, "Milestones", "owner", HEADER_ROW).value = None


def merged(book: Workbook) -> None:
    """Merges two cells to fill in."""
    book["Spend"].merge_cells("A5:A6")


def without_sheet(book: Workbook) -> None:
    """Removes a sheet."""
    del book["Drivers"]


def other_sheet(book: Workbook) -> None:
    """Gives a sheet another name."""
    book["Initiatives"].title = "Initiative"


def identity(key: str, value: str) -> Callable[[Workbook], None]:
    """Returns a change of what the first sheet says the workbook is."""

    def change(book: Workbook) -> None:
        book["Read me"][IDENTITY[key]].value = value

    return change


def cell(sheet: str, address: str, value: Any) -> Callable[[Workbook], None]:
    """Returns a change of any cell."""

    def change(book: Workbook) -> None:
        book[sheet][address].value = value

    return change


def undated(book: Workbook) -> None:
    """Types a number where a day belongs."""
    at(book, "People", "start").number_format = "0"
    at(book, "People", "start").value = 46069


TOGETHER: dict[str, list[tuple[Callable[[Workbook], None], str]]] = {
    "what it says it is": [
        (identity("version", "7"), "!Read me!C8: found version '7' of the template; expected version 1; update this program, which is older than the workbook"),
        (identity("company", "other"), "!Read me!C5: found the company 'other'; expected 'company'"),
        (identity("team", "engineering"), "!Read me!C7: found the workbook of the team 'engineering'; expected 'sales', whose folder this is; move it to requests/engineering/"),
        (identity("cycle", "next year"), "!Read me!C6: found the cycle 'next year'; expected 'fy2026'"),
    ],
    "sheets": [
        (without_sheet, "!Drivers: found no sheet 'Drivers'; expected every sheet of the template"),
        (other_sheet, "!Initiatives: found no sheet 'Initiatives'; expected every sheet of the template; did you mean 'Initiative'?; give it its name back"),
    ],
    "columns": [
        (moved, "!Spend!C4: found the heading 'Vendor'; expected 'Account', column C of the template; it stands in E4; put the columns back as they were sent"),
        (moved, "!Spend!E4: found the heading 'Account'; expected 'Vendor', column E of the template; it stands in C4; put the columns back as they were sent"),
        (inserted, "!People!C4: found no heading; expected 'Role', column C of the template; it stands in D4"),
        (renamed, "!Spend!A4: found the heading 'Requests'; expected 'Request', column A of the template"),
        (doubled, "!Options!C4: found the heading 'Option', 2 times on this sheet; expected 'Heads', column C of the template"),
        (unheaded, "!Milestones!I4: found no heading; expected 'Owner', column I of the template"),
    ],
    "where nothing belongs": [
        (cell("Spend", "P7", "ask Eve"), "!Spend!P7: found 'ask Eve' right of column L; expected answers in A5:L84 alone"),
        (cell("Spend", "A85", "dialler"), "!Spend!A85: found 'dialler' below row 84; expected answers in A5:L84 alone; move it into a row up to 84, or delete it"),
        (cell("Spend", "K5", 5), "!Spend!K5: found '5' typed over a formula; expected the formula of 'In the year', which is locked"),
        (cell("Requests", "A40", "=A5"), "!Requests!A40: found a formula below row 19"),
        (merged, "!Spend!A6: found merged cells A5:A6, so that A6 has no value of its own"),
    ],
}  # fmt: skip
SPOILED: list[tuple[Callable[[Workbook], None], str]] = [
    # the workbook itself
    (identity("version", "0"), "!Read me!C8: found version '0' of the template; expected version 1; ask for a new workbook (aop template), and copy your answers into it"),
    (identity("fingerprint", "0" * 64), "!Read me!C9: found locked cells that are not what was sent"),
    (cell("Targets", "A1", "No targets"), "!Read me!C9: found locked cells that are not what was sent"),
    # names that other rows lead to, or that lead nowhere
    (undated, "!People!F5: found the number '46069'; expected a date"),
    (typing("Requests", "request", "The dialler"), "!Requests!A5: found 'The dialler'; expected a short name"),
    (typing("Effects", "metric", "cals"), "!Effects!C5: found 'cals'; expected one of calls, waiting (did you mean 'calls'?)"),
    (typing("Assumptions", "metric", "waitin"), "!Assumptions!B5: found 'waitin'; expected one of calls, waiting (did you mean 'waiting'?)"),
    (typing("Spend", "request", "diallers"), "!Spend!A5: found request 'diallers'; expected one of dialler, caller (did you mean 'dialler'?)"),
    (typing("Options", "request", "dial"), "!Options!A5: found request 'dial'; expected one of dialler, caller"),
    (typing("Spend", "option", "minimum"), "!Spend!B5: found option 'minimum'; expected one of full, reduced; choose it from the list, or add it to the sheet Options"),
    (typing("People", "option", "reduced"), "!People!B5: found option 'reduced'; expected one of full"),
    (typing("Initiative effects", "initiative", "trains"), "!Initiative effects!A5: found initiative 'trains'; expected one of train (did you mean 'train'?)"),
    (typing("Requests", "request", "dialler", FIRST_ROW + 1), "!Requests!A6: found 'dialler' a second time; expected each request once; it stands in Requests!A5 already"),
    (typing("Options", "option", "full", FIRST_ROW + 1), "!Options!B6: found 'full' a second time; expected each option once; it stands in Options!A5 already"),
    (typing("Effects", "metric", "calls", FIRST_ROW + 1), "!Effects!C6: found 'calls' a second time"),
    (typing("Milestones", "id", "script", FIRST_ROW + 1), "!Milestones!A6: found the milestone 'script' 2 times"),
    (typing("Milestones", "due", None), "!Milestones!A5: found no 'due'"),
    (typing("Options", "request", None, FIRST_ROW + 2), "!Options!A7: found no 'Request'"),
]  # fmt: skip
WRONG: list[tuple[tuple[Any, ...], str]] = [  # a value typed into a cell, and what is told of it
    (("Spend", "amount", "100"), "!Spend!H5: found the text '100'; expected an amount with at most two decimals; type the digits anew"),
    (("Spend", "amount", "1.234,56"), "!Spend!H5: found the text '1.234,56'; expected an amount with at most two decimals; type the digits anew"),
    (("Spend", "amount", 1.005), "!Spend!H5: found 1.005; expected an amount with at most two decimals; round it"),
    (("Spend", "amount", 1e300), "!Spend!H5: found '10000000000"),
    (("Spend", "amount", date(2026, 1, 1)), "!Spend!H5: found the date 2026-01-01; expected an amount"),
    (("Spend", "amount", True), "!Spend!H5: found TRUE; expected an amount"),
    (("Spend", "amount", "=2*50"), "!Spend!H5: found a formula without stored value"),
    (("Spend", "amount", "#REF!"), "!Spend!H5: found the error '#REF!'"),
    (("Spend", "amount", None), "!Spend!H5: found no 'Amount a month'; expected a value in every row that holds anything"),
    (("People", "count", 1.5), "!People!E5: found 1.5; expected a whole number"),
    (("People", "start", "16.2.2026"), "!People!F5: found the text '16.2.2026'; expected a date, or YYYY-MM-DD"),
    (("Spend", "start", date(2027, 1, 1)), "!Spend!F5: found the month 2027-01; expected a month of the planned year, 2026-01 to 2026-12"),
    (("Spend", "start", "Jan 2026"), "!Spend!F5: found the text 'Jan 2026'; expected a month as YYYY-MM"),
    (("Spend", "end", date(2025, 1, 1)), "!Spend!G5: found the end 2025-02; expected a month after 'start'"),
    (("Spend", "comment", " "), "!Spend!J5: found ' ' with blanks alone"),
    (("Requests", "title", date(2026, 1, 2)), "!Requests!C5: found the date '2026-01-02'; expected a text"),
    (("Requests", "kind", "extra"), "!Requests!D5: found 'extra'; expected one of incremental, replaces; choose it from the list"),
    (("Requests", "round", 0), "!Requests!B5: found 0; expected 1 or more"),
    (("Initiatives", "responsible", "sam,,eli"), "!Initiatives!G5: found 'sam,,eli'; expected ids with one comma between two of them"),
    (("Requests", "goal", "growing"), "!Requests!E5: found 'growing'; expected one of grow"),
    (("Requests", "submitted_by", "samy · Samy"), "!Requests!I5: found 'samy'; expected one of eli, sam (did you mean 'sam'?)"),
    (("Spend", "account", 6001), "!Spend!C5: found '6001'; expected one of 6000, 6010"),
    (("Spend", "cost_centre", "CC200"), "!Spend!D5: found 'CC200'; expected one of CC100"),
    (("Spend", "currency", "EUR"), "!Spend!I5: found 'EUR'; expected one of USD"),
    (("People", "location", "boston"), "!People!J5: found 'boston'; expected one of denver"),
    (("Drivers", "driver", "churn"), "!Drivers!C5: found 'churn'; expected one of the list of drivers (did you mean 'churn_rate'?); choose it from the list"),
    (("Initiatives", "goal", "growing"), "!Initiatives!C5: found 'growing'; expected one of grow"),
    (("Initiatives", "accountable", "eve"), "!Initiatives!F5: found 'eve'; expected one of eli, sam"),
    (("Milestones", "depends_on", "scripts", FIRST_ROW + 1), "!Milestones!K6: found 'scripts'; expected one of monday, script (did you mean 'script'?)"),
    (("Personal KPIs", "kpi", "call"), "!Personal KPIs!B5: found 'call'; expected one of calls, waiting"),
    (("Initiatives", "end", date(2025, 1, 1)), "!Initiatives!K5: found 2025-01-01; expected a day on or after its start"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "fault"), SPOILED, ids=[fault[1:40] for _, fault in SPOILED])
def test_what_is_spoiled_is_told_at_its_cell_and_the_team_is_refused(
    company: Path, template: dict[str, bytes], change: Callable[[Workbook], None], fault: str
) -> None:
    put(company, filled(FULL, template["sales"], change))
    _, found = read(company)
    faults = [str(each) for each in found.faults]
    assert [each for each in faults if each.startswith(f"{BOOK}{fault}")], faults
    assert (found.asked, found.teams[0].state, found.teams[1].state) == ((), "refused", "missing")
    places = [each.where for each in found.faults]
    assert len(places) == len(set(places)), "each cell is named once"


@pytest.mark.parametrize("spoiled", TOGETHER.values(), ids=TOGETHER)
def test_all_that_is_wrong_with_a_workbook_is_told_at_once(
    company: Path, template: dict[str, bytes], spoiled: list[tuple[Callable[[Workbook], None], str]]
) -> None:
    def change(book: Workbook) -> None:
        for one in dict.fromkeys(each for each, _ in spoiled):
            one(book)

    put(company, filled(FULL, template["sales"], change))
    faults = told(company)
    for _, fault in spoiled:
        assert [each for each in faults if each.startswith(f"{BOOK}{fault}")], (fault, faults)
    assert len(faults) == len(spoiled) or inserted in dict(spoiled), faults


def apart(wrong: list[tuple[tuple[Any, ...], str]]) -> list[list[tuple[tuple[Any, ...], str]]]:
    """Returns the wrong values in as few lists as there are for the same cell; the end of months is held against their start."""
    lists: list[list[tuple[tuple[Any, ...], str]]] = []
    for each in wrong:
        fitting = next((one for one in lists if spot(each) not in map(spot, one)), None)
        if fitting is None:
            lists.append([each])
        else:
            fitting.append(each)
    return lists


def spot(wrong: tuple[tuple[Any, ...], str]) -> tuple[Any, ...]:
    """Returns the cell that a wrong value is typed into."""
    sheet, key, _, *row = wrong[0]
    return sheet, "start" if (sheet, key) == ("Spend", "end") else key, *row


@pytest.mark.parametrize("wrong", apart(WRONG), ids=lambda wrong: f"{len(wrong)} at once")
def test_every_wrong_value_is_told_at_its_cell_all_of_them_in_one_list(
    company: Path, template: dict[str, bytes], wrong: list[tuple[tuple[Any, ...], str]]
) -> None:
    def change(book: Workbook) -> None:
        for arguments, _ in wrong:
            typing(*arguments)(book)

    put(company, filled(FULL, template["sales"], change))
    faults = told(company)
    assert len(faults) == len(wrong), faults
    for _, fault in wrong:
        assert [each for each in faults if each.startswith(f"{BOOK}{fault}")], (fault, faults)


def test_two_teams_hand_in_and_only_the_one_with_a_fault_is_refused(company: Path, template: dict[str, bytes]) -> None:
    theirs = {"Milestones": [{"id": "ring", "what": "Ring back", "due": date(2026, 3, 2), "owner": "eli", "depends_on": "script", "measure": "Rung"}]}
    put(company, filled(FULL, template["sales"]))
    put(company, filled(theirs, template["engineering"]), "eng.xlsx", "engineering")
    params, found = read(company)
    assert (found.faults, [each.state for each in found.teams]) == ((), ["submitted", "submitted_empty"])
    assert [plan.team for plan in params.team_plans] == ["engineering", "sales"]
    put(company, filled(theirs, template["engineering"], typing("Milestones", "owner", "elli")), "eng.xlsx", "engineering")
    params, found = read(company)
    assert [str(fault) for fault in found.faults] == [
        "company/requests/engineering/eng.xlsx!Milestones!I5: found 'elli'; expected one of eli, sam (did you mean 'eli'?)",
    ]
    assert [each.state for each in found.teams] == ["submitted", "refused"]
    assert [plan.team for plan in params.team_plans] == ["sales"]


def test_a_plan_in_yaml_that_waits_for_a_refused_workbook_is_told_with_what_refused_it(company: Path, template: dict[str, bytes]) -> None:
    put(company, filled(FULL, template["sales"], typing("Milestones", "owner", "samm")))
    (company / "plans").mkdir()
    step = "{id: ring, what: Ring back, due: 2026-03-02, owner: eli, depends_on: [script], measure: Rung}"
    (company / "plans" / "engineering.yml").write_text(f"team: engineering\nmilestones:\n  - {step}\n", encoding="utf-8")
    with pytest.raises(InputRefusedError) as refused:
        load(company / "fy2026.yml")
    assert [fault.where for fault in refused.value.faults] == ["company/plans/engineering.yml:3", f"{BOOK}!Milestones!I5"]


def test_a_higher_round_replaces_what_an_older_workbook_asks_and_plans(company: Path, template: dict[str, bytes]) -> None:
    second = {name: [dict(row) for row in rows] for name, rows in FULL.items()}
    for row in second["Requests"]:
        row["round"] = 2
    second["Spend"][0]["amount"] = 80
    second["Strategies"][0]["statement"] = "We write first"
    put(company, filled(FULL, template["sales"]))
    put(company, filled(second, template["sales"]), "plan, again.xlsx")
    params, found = read(company)
    assert (found.faults, set(found.requests["round"]), len(found.rounds)) == ((), {2}, 4)
    assert total(found.request_lines[found.request_lines["option"] == "full"]["amount"]) == Decimal("240.00")
    assert [plan.strategies[0].statement for plan in params.team_plans] == ["We write first"]
    warning = "found a plan, and another in company/requests/sales/plan, again.xlsx with the same requests in higher rounds; expected one plan of each team"
    assert [str(each) for each in found.warnings] == [f"{BOOK}: {warning}; the later one counts"]


def test_two_plans_of_one_team_are_refused_and_both_places_told(company: Path, template: dict[str, bytes]) -> None:
    plan = {"Strategies": FULL["Strategies"]}
    put(company, filled(plan, template["sales"]))
    (company / "plans").mkdir()
    (company / "plans" / "sales.yml").write_text("team: sales\n", encoding="utf-8")
    where = f"{BOOK}!Strategies!A5: found a plan of the team 'sales', which has one in"
    assert told(company) == [
        f"{where} company/plans/sales.yml:1 too; expected one plan of each team; empty the plan's sheets in this workbook, or remove the other plan"
    ]
    assert [each.strategies for each in read(company)[0].team_plans] == [[]]
    (company / "plans" / "sales.yml").unlink()
    put(company, filled(plan, template["sales"]), "more.xlsx")
    assert [fault.partition(" too;")[0] for fault in told(company)] == [
        f"company/requests/sales/more.xlsx!Strategies!A5: found a plan of the team 'sales', which has one in {BOOK}!Strategies!A5",
        f"{where} company/requests/sales/more.xlsx!Strategies!A5",
    ]


def test_a_row_pasted_twice_is_told_on_every_sheet(company: Path, template: dict[str, bytes]) -> None:
    sheets = ("Drivers", "Initiative effects", "People", "Personal KPIs", "Spend")
    put(company, filled({**FULL, **{sheet: [*FULL[sheet], FULL[sheet][0]] for sheet in sheets}}, template["sales"]))
    fault = "found the same row as A5; expected each row once; delete one of the two, or say how they differ"
    assert told(company) == [f"{BOOK}!{sheet}!A{FIRST_ROW + len(FULL[sheet])}: {fault}" for sheet in sheets]


def test_what_is_hidden_is_read_and_named_and_an_added_sheet_is_named(company: Path, template: dict[str, bytes]) -> None:
    def change(book: Workbook) -> None:
        book["Spend"].row_dimensions[6].hidden = True
        book["Spend"].column_dimensions["H"].hidden = True
        book["Assumptions"].sheet_state = "hidden"
        book.create_sheet("My sums")["A1"] = 5

    put(company, filled(FULL, template["sales"], change))
    _, found = read(company)
    assert (found.faults, len(found.request_lines[found.request_lines["request"] == "dialler"])) == ((), 4)
    assert [str(each).partition(";")[0] for each in found.warnings] == [
        f"{BOOK}!Assumptions: found a hidden sheet, read like any other",
        f"{BOOK}!My sums: found a sheet that was added, which is not read",
        f"{BOOK}!Spend!6:6: found a hidden row, read like any other",
        f"{BOOK}!Spend!H:H: found a hidden column, read like any other",
    ]


def test_gaps_between_rows_and_the_order_of_sheets_mean_nothing(company: Path, template: dict[str, bytes]) -> None:
    def change(book: Workbook) -> None:
        for column in range(1, 11):
            book["Spend"].cell(40, column).value, book["Spend"].cell(6, column).value = book["Spend"].cell(6, column).value, None
        book.move_sheet("Spend", -5)

    assert documents(company, filled(FULL, template["sales"], change)) == documents(company, filled(FULL, template["sales"]))


@pytest.mark.parametrize(("cycle", "counts"), [("fy2025", False), ("fy2027", False), ("fy2026_q1", False), ("fy2026", True)])
def test_a_workbook_of_another_cycle_is_left_to_that_cycle_with_a_warning(company: Path, template: dict[str, bytes], cycle: str, *, counts: bool) -> None:
    put(company, filled(FULL, template["sales"], identity("cycle", cycle)))
    params, found = read(company)
    assert (found.faults, len(found.asked), len(params.team_plans)) == ((), 2 if counts else 0, 1 if counts else 0)
    assert [each.found for each in found.warnings] == ([] if counts else [f"a workbook of the cycle {cycle}"])
    assert found.teams[0].state == ("submitted" if counts else "missing")


def test_a_review_reads_the_workbooks_of_its_plan(company: Path, template: dict[str, bytes]) -> None:
    params = load(company / "fy2026.yml")
    review = replace(sent(params, "sales"), cycle="fy2026_q1")
    assert len(team_book(filled(FULL, template["sales"]), BOOK, review).requests) == 2


def test_a_workbook_that_was_not_filled_in_asks_for_nothing_and_says_so(company: Path, template: dict[str, bytes]) -> None:
    put(company, template["sales"])
    params, found = read(company)
    assert (found.faults, found.teams[0].state, params.team_plans) == ((), "submitted_empty", ())
    assert [each.found for each in found.warnings] == ["a workbook as it was sent"]


def test_values_that_only_look_like_formulas_or_places_stay_texts(company: Path, template: dict[str, bytes]) -> None:
    texts = ["=1+1", "+1", "@SUM(1)", "'x", "<b>", "../../etc/passwd", "a · b", "01", "TRUE"]
    rows = {"Requests": [{**FULL["Requests"][0], "request": f"r{number}", "title": text} for number, text in enumerate(texts)]}
    book = team_book(filled(rows, template["sales"]), BOOK, sent(load(company / "fy2026.yml"), "sales"))
    assert [document.value["title"] for document in book.requests if isinstance(document.value, dict)] == texts


def test_a_formula_with_its_value_is_read_and_named(company: Path, template: dict[str, bytes]) -> None:
    content = filled(FULL, template["sales"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name, part in parts.items() if b"<v>100.1</v>" in part)
    parts[name] = parts[name].replace(b"<v>100.1</v>", b"<f>50.05*2</f><v>100.1</v>")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, part in parts.items():
            archive.writestr(each, part)
    put(company, stream.getvalue())
    _, found = read(company)
    assert (found.faults, [str(each).partition(";")[0] for each in found.warnings]) == ((), [f"{BOOK}!Spend!H5: found formulas, whose stored values were read"])


def test_a_workbook_without_its_first_sheet_is_still_known_for_what_it_is(company: Path, template: dict[str, bytes]) -> None:
    def change(book: Workbook) -> None:
        del book["Read me"]

    content = filled(FULL, template["sales"], change)
    put(company, content)
    assert is_team_workbook(content)
    assert [fault.partition(";")[0] for fault in told(company)] == [f"{BOOK}!Read me: found no sheet 'Read me'"]


def test_a_plan_in_a_workbook_cannot_be_overridden_from_the_command_line(company: Path, template: dict[str, bytes]) -> None:
    put(company, filled(FULL, template["sales"]))
    with pytest.raises(InputRefusedError, match=r"--set: found plans/sales\.milestones"):
        load(company / "fy2026.yml", {"plans/sales.milestones.0.what": "Other"})


@pytest.mark.parametrize(
    "name", ["B01_bomb_sheet.xlsx", "B02_billion_laughs.xlsx", "B03_xxe.xlsx", "B08_not_xlsx.xlsx", "B09_truncated.xlsx", "B11_ole_encrypted.xlsx"]
)
def test_a_file_that_could_do_harm_is_no_workbook_of_a_team(company: Path, name: str) -> None:
    hostile = Path(__file__).parents[2] / "shared" / "hostile" / name
    if not hostile.exists():
        pytest.skip("no hostile files here")
    put(company, hostile.read_bytes())
    assert not is_team_workbook(hostile.read_bytes())
    params, found = read(company)
    assert (len(found.faults), found.teams[0].state, params.team_plans) == (1, "refused", ())


def test_months_in_yaml_must_come_to_what_is_expected_at_the_end(company: Path) -> None:
    head = "request: dialler\nteam: sales\ntitle: A dialler\nwhy: Slow\ngoal: grow\nsubmitted_by: sam\nsubmitted_on: 2025-09-15\noptions:\n  - id: full\n"
    line = "    lines:\n      - {account: '6000', cost_centre: CC100, vendor: Ring Ltd, start: 2026-01, amount: 5, currency: USD}\n"
    months = "    expects: {calls: 5, waiting: -0.02}\n    expects_by_month:\n      calls: {2026-01: 2, 2026-02: 2}\n      waiting: {2026-01: -0.03, 2026-06: -0.02}\n"
    (company / "requests" / "sales" / "dialler.yml").write_text(head + months + line, encoding="utf-8")
    where = "company/requests/sales/dialler.yml:10: found 5"
    assert told(company) == [f"{where}; expected 4, the sum of its months; correct one of them"]
    (company / "requests" / "sales" / "dialler.yml").write_text(head + months.replace("calls: 5", "calls: 4") + line, encoding="utf-8")
    _, found = read(company)
    assert (found.faults, set(found.request_lines["vendor"])) == ((), {"Ring Ltd"})
