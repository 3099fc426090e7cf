"""A workbook of a layout that is not ours, made by the test, and the mapping file that reads it: what counts, what is refused, and where."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
import yaml

from aop_lib.frames import empty
from aop_lib.load import load
from aop_lib.money import total
from aop_lib.params.workbook_mapping import WorkbookMapping
from aop_lib.plan.people_cost import hires_by_month
from aop_lib.plan.recruiting import asked_people
from aop_lib.sources.mapped_files import workbooks
from aop_lib.sources.submissions import Submissions, submissions

HERE = Path(__file__).parent
COMPANY = HERE / "hostile" / "company"
GOALS = """\
objectives: [{id: growth, statement: Grow}]
goals:
  - {id: grow, statement: Grow, objective: growth, weight: 1, kpi: calls, start: 100, target: 90, deadline: 2026-12-31, owner: sam}
"""
METRICS = "metrics:\n  calls: {label: Calls, unit: count, direction: more, definition: Calls made}\n"
MAPPING = """\
currency: USD
submitted_by: sam
submitted_on: 2025-12-01
fillers: ['-']
tables:
  wishes:
    sheet: Wishes
    header_row: [2, 3]
    columns:
      what: What
      sort: Kind
      account: {header: Account, values: [{given: Tools, ours: '6000'}, {given: Trips, ours: '6010'}]}
      cost_centre: {letter: D}
      people: {header: People, kind: number}
      price: {header: Price per year, kind: number}
      cost: {header: Cost, kind: number}
    filled: [what, account]
    subtotals: {column: what, labels: [Subtotal], columns: [cost]}
    totals:
      - {rows: 9-9, labels: A, columns: [cost], of: [{label: Sum}]}
    reproduced:
      - {column: cost, formula: people * price}
checks:
  - name: Base
    cells:
      - {at: Front!B2, of: {wishes: cost}, where: {sort: [base]}}
      - {at: Front!B3}
goals:
  - {goal: grow, sheet: Front, labels: D, amounts: E, rows: 1-4, running: [4], shares: [3]}
requests:
  - request: wish
    each: sort
    title: Wishes,
    why: They are needed
    goal: grow
    heads: {wishes: people}
    lines:
      - {table: wishes, amount: cost, account: account, cost_centre: cost_centre, comment: what}
"""
WISHES = [
    ["Our wishes"],
    ["What", "Kind", "Account", "", "People", "Price", "Cost"],
    ["", "", "", "", "", "per year", ""],
    ["Phones", "base", "Tools", "CC100", 2, 60, 120],
    ["Fair", "base", "Trips", "CC100", 1, 36.5, 37],
    ["Subtotal", "", "", "", "", "", 157],
    ["Robot", "extra", "Tools", "CC100", 1, 1000, 1000],
    ["-", "-", "-", "-", "-", "-", "-"],
    ["Sum", "", "", "", "", "", 1157],
]
FRONT = [["", "", "", "Last year", 100], ["Base", 157, "", "One-time", -5], ["Base again", 157, "", "Cut (-5%)", -5], ["", "", "", "Target", 90]]


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A copy of the small company, with a goal that the workbook reaches as well."""
    folder = Path(shutil.copytree(COMPANY, tmp_path / "company"))
    (folder / "goals.yml").write_text(GOALS, encoding="utf-8")
    (folder / "metrics.yml").write_text(METRICS, encoding="utf-8")
    (folder / "requests" / "sales").mkdir(parents=True, exist_ok=True)
    return folder


def handed_in(company: Path, mapping: str = MAPPING, changes: dict[tuple[str, str], object] | None = None, name: str = "wishes.xlsx") -> Submissions:
    """What the team's foreign workbook gives, cells changed as told."""
    place = company / "requests" / "sales"
    (place / "wishes.mapping.yml").write_text(mapping, encoding="utf-8")
    with xlsxwriter.Workbook(place / name) as book:
        for sheet, rows in (("Front", FRONT), ("Wishes", WISHES), ("Notes", [["nothing"]])):
            page = book.add_worksheet(sheet)
            for row, values in enumerate(rows):
                page.write_row(row, 0, values)
            for (where, cell), value in (changes or {}).items():
                if where == sheet:
                    page.write(cell, value)
            if sheet == "Wishes":
                page.set_row(4, None, None, {"hidden": True})
            if sheet == "Front":
                page.hide()
                continue
            page.activate()
    return submissions(load(company / "fy2026.yml"))


def found(got: Submissions) -> list[tuple[str, str]]:
    return [(each.where, each.found) for each in got.faults]


def test_a_foreign_workbook_becomes_requests_to_the_cent(company):
    got = handed_in(company)
    assert got.faults == ()
    lines = got.request_lines
    assert {name: total(rows["amount"]) for name, rows in lines.groupby("request")} == {"wish-base": Decimal("157.00"), "wish-extra": Decimal("1000.00")}
    assert {account: total(rows["amount"]) for account, rows in lines.groupby("account")} == {"6000": Decimal("1120.00"), "6010": Decimal("37.00")}
    assert lines.groupby("comment").size().to_dict() == {"Phones": 12, "Fair": 12, "Robot": 12}
    assert [(each.request, each.title, each.options[0].heads) for each in got.asked] == [("wish-base", "Wishes, base", 3), ("wish-extra", "Wishes, extra", 1)]
    assert set(lines["where"]) == {"wishes.xlsx!Wishes!G4", "wishes.xlsx!Wishes!G5", "wishes.xlsx!Wishes!G7"}


def test_hidden_sheets_and_rows_are_read_and_named_and_so_are_sheets_that_are_not(company):
    told = [(each.where, each.found) for each in handed_in(company).warnings]
    assert ("wishes.xlsx!Front", "a hidden sheet, read like any other") in told
    assert ("wishes.xlsx!Wishes!5:5", "a hidden row, read like any other") in told
    assert ("wishes.xlsx", "sheets that the mapping does not name: Notes") in told


@pytest.mark.parametrize(
    ("cell", "value", "where", "words"),
    [
        (("Wishes", "G9"), 1150, "Wishes!G9", "Sum 1,150, -7 apart"),
        (("Wishes", "G6"), 150, "Wishes!G6", "the subtotal 150, -7 apart"),
        (("Wishes", "F7"), 900, "Wishes!G7", "cost 1,000, +100 apart"),
        (("Front", "B3"), 150, "Front!B3", "Base: Front!B3 says 150, -7 apart"),
        (("Front", "E3"), -4, "Front!E3", "Cut (-5%) -4, +1 apart"),
        (("Wishes", "C7"), "Toys", "Wishes!C7", "account 'Toys'"),
        (("Wishes", "D7"), "CC999", "Wishes!D7", "cost_centre 'CC999'"),
        (("Wishes", "E7"), "1 person", "Wishes!E7", "'1 person'"),
    ],
)
def test_what_the_workbook_says_wrongly_is_refused_at_its_cell(company, cell, value, where, words):
    got = handed_in(company, changes={cell: value})
    assert (f"wishes.xlsx!{where}", words) in found(got)
    assert got.teams[0].state == "refused"


def test_a_difference_that_the_mapping_accepts_is_a_warning_with_the_reason(company):
    accepted = MAPPING.replace("of: [{label: Sum}]", "of: [{label: Sum, accepted: they forgot the fair}]")
    got = handed_in(company, accepted, {("Wishes", "G9"): 1120})
    assert got.faults == ()
    assert [(each.found, each.fix) for each in got.warnings if each.where.endswith("G9")] == [("Sum 1,120, -37 apart", "accepted: they forgot the fair")]


def test_two_sums_that_differ_are_explained_by_the_rows_that_only_one_of_them_counts(company):
    mapping = MAPPING.replace("{at: Front!B3}", "{at: Front!B3, of: {wishes: cost}, where: {account: ['6000']}}")
    (fault,) = handed_in(company, mapping, {("Front", "B3"): 1120}).faults
    assert fault.found == "Base: Front!B3 says 1,120, +963 apart"
    assert "explained in full by 2 rows" in fault.expected
    assert "wishes.xlsx!Wishes!G7 +1,000 (sort extra, account 6000); wishes.xlsx!Wishes!G5 -37 (sort base, account 6010)" in fault.expected


def test_a_target_that_is_not_the_goals_is_refused(company):
    got = handed_in(company, changes={("Front", "E1"): 110, ("Front", "E4"): 100})
    assert ("wishes.xlsx!Front!E1", "Last year 110") in found(got)


@pytest.mark.parametrize(
    ("was", "becomes", "line", "words"),
    [
        ("header: People", "header: Heads", 14, "no header 'Heads'"),
        ("letter: D", "letter: DDDD", 13, "'DDDD'"),
        ("sheet: Wishes", "sheet: Wish", 7, "no sheet 'Wish' in wishes.xlsx"),
        ("amount: cost,", "amount: what,", 38, "the column 'what'"),
        ("formula: people * price", "formula: people * pay", 22, "the name 'pay'"),
        ("submitted_by: sam", "submitted_by: tom", 2, "'tom'"),
        ("where: {sort: [base]}", "where: {sorts: [base]}", 26, "the column 'sorts'"),
    ],
)
def test_what_the_mapping_says_wrongly_is_refused_at_its_line(company, was, becomes, line, words):
    assert was in MAPPING
    got = handed_in(company, MAPPING.replace(was, becomes))
    assert (f"company/requests/sales/wishes.mapping.yml:{line}", words) in found(got)


def test_money_that_no_request_takes_is_refused_and_rows_that_do_not_count_are_named(company):
    got = handed_in(company, MAPPING.replace("    heads:", "    where: {sort: [base]}\n    heads:"))
    assert found(got) == [("wishes.xlsx!Wishes!G7", "1,000 that no request takes")]
    got = handed_in(company, changes={("Wishes", "G8"): 5})
    assert "a row that does not count holds figures (cost 5)" in [each.found for each in got.warnings if each.where.endswith("!G8")]


def test_sizes_of_a_request_are_chosen_by_rows_and_two_values_that_differ_in_signs_alone_are_refused(company):
    sized = MAPPING.replace("    each: sort\n", "").replace("    heads:", "    options: [{id: full}, {id: reduced, where: {sort: [base]}}]\n    heads:")
    (asked,) = handed_in(company, sized).asked
    assert [(each.id, each.heads, sum(line.amount for line in each.lines)) for each in asked.options] == [("full", 4, 1157), ("reduced", 3, 157)]
    (fault,) = handed_in(company, changes={("Wishes", "B7"): "Base!"}).faults[:1]
    assert fault.found == "the request 'wish-base' a second time"


def test_a_workbook_elsewhere_is_named_by_path_and_its_bytes_are_among_the_inputs(company):
    got = handed_in(company, f"workbook: ../../elsewhere.xlsx\n{MAPPING}", name="../../elsewhere.xlsx")
    assert got.faults == ()
    assert total(got.request_lines["amount"]) == Decimal("1157.00")
    assert "sales/wishes.mapping.yml reads elsewhere.xlsx" in got.files
    assert [each.name for each in workbooks(company / "requests")] == ["elsewhere.xlsx"]


def test_a_mapping_without_its_workbook_says_so(company):
    (company / "requests" / "sales" / "wishes.mapping.yml").write_text(MAPPING, encoding="utf-8")
    (fault,) = submissions(load(company / "fy2026.yml")).faults
    assert fault.found.startswith("wishes.xlsx: a file that cannot be read")


@pytest.mark.parametrize("name", ['"a\\0b.xlsx"', "a" * 300 + ".xlsx", ".", "/dev/zero"])
def test_a_workbook_that_is_no_file_is_refused_at_its_line(company, name):
    (company / "requests" / "sales" / "wishes.mapping.yml").write_text(f"workbook: {name}\n{MAPPING}", encoding="utf-8")
    (fault,) = submissions(load(company / "fy2026.yml")).faults
    assert fault.where.endswith("wishes.mapping.yml:1")


def test_requests_that_name_no_people_ask_recruiting_for_nobody():
    assert hires_by_month(asked_people(empty("request_people"), empty("request_status"))).empty


def test_the_documented_mapping_is_one():
    (text,) = re.findall(r"```yaml\n(.*?)```", (HERE.parent / "docs" / "mappings.md").read_text(encoding="utf-8"), re.DOTALL)
    mapping = WorkbookMapping.model_validate(yaml.load(text, yaml.BaseLoader))  # noqa: S506  (the base loader makes text alone)
    assert set(mapping.tables) == {"spend"}
