"""The workbooks that teams fill in: what they hold, what they leave out, and that they compute what they say."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from aop_lib.cli import app
from aop_lib.load import load
from aop_lib.params import requests, team_plans
from aop_lib.skeleton import written
from aop_lib.team_content import team_content
from aop_lib.team_lists import Item, team_lists
from aop_lib.team_workbook import BETWEEN, FIRST_ROW, HEADER_ROW, IDENTITY, ORDER, READ_ME, SHEETS, VERSION, fingerprint
from aop_lib.template.book import workbook
from aop_lib.template.files import is_filled, state, template_frames, templates, write_templates

ROOT = Path(__file__).parent.parent
TYPES = {
    "Requests": requests.Request, "Options": requests.Option, "People": requests.PlannedRole, "Spend": requests.RequestLine, "Drivers": requests.OptionDriver,
    "Strategies": team_plans.Strategy, "Initiatives": team_plans.Initiative, "Initiative effects": team_plans.Effect, "Milestones": team_plans.Step,
    "Personal KPIs": team_plans.Individual,
}  # fmt: skip
PLACES = {"request", "option", "initiative"}  # columns that say which document a row belongs to


@pytest.fixture(scope="module")
def params():
    return load(ROOT / "params" / "demo" / "fy2027.yml")


@pytest.fixture(scope="module")
def frames(params):
    return template_frames(params)


@pytest.fixture(scope="module")
def content(params, frames):
    return team_content(params, "sales_na", frames)


@pytest.fixture(scope="module")
def book(content):
    return workbook(content)


def opened(content, **options):
    return openpyxl.load_workbook(io.BytesIO(content), **options)


def texts(content):
    return [str(cell.value) for page in opened(content) for row in page.iter_rows() for cell in row if cell.value is not None and cell.data_type == "s"]


def test_every_submitting_team_gets_every_sheet_and_its_own_name(params, frames):
    for team in [each for each in params.company.teams if each.submits]:
        book = opened(workbook(team_content(params, team.id, frames)), read_only=True)
        assert tuple(book.sheetnames) == ORDER
        read_me = book[READ_ME]
        assert {name: read_me[place].value for name, place in IDENTITY.items() if name != "fingerprint"} == {
            "company": "demo",
            "cycle": "fy2027",
            "team": team.id,
            "version": VERSION,
        }


def test_each_sheet_has_its_declared_columns_and_offers_their_lists(book, content):
    read = opened(book)
    for sheet in SHEETS:
        page = read[sheet.name]
        assert [cell.value for cell in page[HEADER_ROW]] == [column.title for column in sheet.columns]
        rules = {str(each.sqref): each for each in page.data_validations.dataValidation}
        for place, column in enumerate(sheet.columns, start=1):
            letter = openpyxl.utils.get_column_letter(place)
            cells = f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + sheet.rows - 1}"
            assert page[f"{letter}{FIRST_ROW}"].protection.locked == column.is_computed
            if column.kind == "choice" and content.lists.get(column.options):
                name, _, area = rules[cells].formula1.partition("!")
                offered = [row[0].value for row in read[name][area]]
                assert [str(each.date())[:7] if column.options == "months" else each for each in offered] == [
                    each.shown for each in content.lists[column.options]
                ]
            elif column.options and column.kind == "choice" and column.options not in content.lists:
                assert rules[cells].formula1.startswith(column.options)


def test_what_a_team_writes_has_a_place_in_a_document():
    for sheet in SHEETS:
        keys = {column.key for column in sheet.columns if not column.is_computed} - PLACES
        if sheet.name in TYPES:
            assert keys <= set(TYPES[sheet.name].model_fields), sheet.name
    assert {"states", "assumes"} <= set(requests.Request.model_fields)
    assert "expects" in requests.Option.model_fields


def test_the_same_input_gives_the_same_bytes_and_a_changed_target_another_fingerprint(book, content):
    assert workbook(content) == book
    place = IDENTITY["fingerprint"]
    other = replace(content, targets=(replace(content.targets[0], goal="Another goal"), *content.targets[1:]))
    assert opened(workbook(other))[READ_ME][place].value != opened(book)[READ_ME][place].value


def test_the_fingerprint_is_that_of_every_cell_a_team_cannot_write_in(book):
    cells = [
        (page.title, cell.coordinate, told(cell.value))
        for page in opened(book)
        for row in page.iter_rows()
        for cell in row
        if cell.value is not None and cell.data_type != "f" and not (page.title == READ_ME and cell.coordinate in IDENTITY.values())
    ]
    assert fingerprint(cells) == opened(book)[READ_ME][IDENTITY["fingerprint"]].value


def told(value):
    if isinstance(value, str):
        return value
    return f"{value:.15g}" if isinstance(value, int | float) else value.date().isoformat()


def test_nothing_of_other_teams_is_in_a_workbook(params, frames, book):
    names = {"ledger": "team", "targets": "team", "people_history": "team", "people": "team"}
    alone = frames | {name: frames[name][frames[name][column] == "sales_na"] for name, column in names.items()}
    assert workbook(team_content(params, "sales_na", alone)) == book
    said = texts(book)
    for team in params.company.teams:
        if team.id != "sales_na":
            assert not [text for text in said if text in {team.id, team.name, *team.cost_centres}], team.id


def test_nobody_learns_what_one_person_earns(params, frames):
    people = {each.account for each in params.company.accounts if each.behaviour == "people"}
    shown = {team: {row.account for line in team_content(params, team, frames).actuals for row in line.accounts} for team in ("executive", "sales_na")}
    assert not shown["executive"] & people
    assert shown["sales_na"] & people
    names = {name for name in frames["people"]["name"] if name} - {each.name for each in params.company.owners}
    assert not names & set(texts(workbook(team_content(params, "executive", frames))))


def test_no_text_becomes_a_formula(content):
    hostile = '=HYPERLINK("http://example.org","x")'
    lists = content.lists | {"goals": (Item("g1", hostile),), "cost_centres": (Item("@cc"),)}
    angry = replace(content, team=("sales_na", hostile), company=("demo", "+1+1"), lists=lists, targets=(replace(content.targets[0], goal="-2+3"),))
    cells = [cell for page in opened(workbook(angry)) for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert not [cell.coordinate for cell in cells if "HYPERLINK" in cell.value or cell.value in {"=1+1", "=-2+3", "+1+1"}]
    assert {"-2+3", "@cc"} <= set(texts(workbook(angry)))


def test_what_a_list_shows_starts_with_the_id_that_it_stands_for(params, frames):
    lists = team_lists(params, "sales_na", frames["accounts"])
    account = next(each for each in lists["accounts"] if each.id == "6120")
    assert account.shown == "6120 · Events and trade fairs"
    assert [each.shown.partition(BETWEEN)[0] for items in lists.values() for each in items] == [each.id for items in lists.values() for each in items]


def filled(content):
    """The workbook with one request that is whole and a few rows that are not; saved so that no formula keeps its value."""
    book = opened(content)
    goal, own = book["Lists"]["A5"].value, "vp_sales_na · Marcus Bell"
    rows = {
        "Requests": [("sellers", 1, "Two sellers", "incremental", goal, "Because", None, None, own, date(2026, 9, 30)), ("Bad id", 1, "No option")],
        "Options": [("sellers", "full", 2), ("sellers", "reduced", 1)],
        "Spend": [
            ("sellers", "full", "6120 · Events and trade fairs", "CC210", "Fairs Ltd", date(2027, 3, 1), date(2027, 5, 1), 1000, "EUR"),
            ("sellers", "full", "6120 · Events and trade fairs", "CC210", None, date(2027, 11, 1), date(2028, 2, 1), 100, "USD"),
            ("sellers", "minimum", "6120 · Events and trade fairs", "CC210", None, date(2027, 11, 1), None, 100, "USD"),
        ],
        "Effects": [("sellers", "full", "new_arr · New ARR", *[10] * 12), ("sellers", "full", "arr · Annual recurring revenue", None, 100, 250)],
        "Milestones": [("m1", None, "Do it", "weekly", date(2027, 3, 1), None, None, None, "vp_sales_na", None, None, "Seen")],
    }
    for name, answers in rows.items():
        for number, answer in enumerate(answers, start=FIRST_ROW):
            for column, value in enumerate(answer, start=1):
                book[name].cell(number, column, value)
    return book


@pytest.fixture(scope="module")
def recalculated(book, tmp_path_factory):
    """The empty and the filled workbook, every formula computed by LibreOffice."""
    if not shutil.which("soffice"):
        pytest.skip("needs LibreOffice Calc (soffice)")
    place = tmp_path_factory.mktemp("workbooks")
    opened(book).save(place / "empty.xlsx")
    filled(book).save(place / "filled.xlsx")
    home = f"-env:UserInstallation=file://{place / 'home'}"
    made = ["soffice", home, "--headless", "--convert-to", "xlsx", "--outdir", str(place / "out"), str(place / "empty.xlsx"), str(place / "filled.xlsx")]
    subprocess.run(made, check=True, capture_output=True, timeout=120)
    return {name: openpyxl.load_workbook(place / "out" / f"{name}.xlsx", data_only=True) for name in ("empty", "filled")}


def test_stored_values_are_what_the_formulas_compute(book, recalculated):
    formulas, stored, computed = opened(book), opened(book, data_only=True), recalculated["empty"]
    cells = [(page.title, cell.coordinate) for page in formulas for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert len(cells) > 300
    for sheet, place in cells:
        was, now = stored[sheet][place].value, computed[sheet][place].value
        if isinstance(now, int | float):
            assert was == pytest.approx(now, rel=1e-12), (sheet, place)
        else:
            assert (was or "") == (now or ""), (sheet, place)


def test_the_workbook_adds_up_what_is_asked_and_says_what_is_amiss(recalculated, content):
    book = recalculated["filled"]
    rate = float(content.rates["EUR"])
    assert [book["Spend"][f"K{row}"].value for row in (5, 6, 7)] == [pytest.approx(3000 * rate), 200, 100]
    assert [book["Options"][f"D{row}"].value for row in (5, 6)] == [pytest.approx(3000 * rate + 200), 0]
    assert [book["Effects"][f"P{row}"].value for row in (5, 6)] == [120, 250]
    says = {
        (name, row): book[name][f"{letter}{row}"].value or ""
        for name, letter in (("Requests", "K"), ("Options", "E"), ("Spend", "L"), ("Milestones", "N"))
        for row in (5, 6, 7)
    }
    assert {place: words for place, words in says.items() if words} == {
        ("Requests", 6): "Goal: missing",
        ("Options", 6): "neither spend nor people",
        ("Spend", 6): "Last month: outside FY2027",
        ("Spend", 7): "Option: not on the sheet Options",
        ("Milestones", 5): "Due: only of what is done once",
    }
    assert book[READ_ME]["C10"].value == "5 to check"


def test_a_workbook_that_is_filled_in_or_not_ours_is_told_from_an_empty_one(book):
    assert not is_filled(book)
    stream = io.BytesIO()
    filled(book).save(stream)
    assert is_filled(stream.getvalue())
    assert is_filled(b"no workbook at all")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return written(tmp_path_factory.mktemp("companies") / "acme", 2027)


def test_the_command_writes_once_and_never_over_what_somebody_filled_in(company, tmp_path):
    def aop(*options):
        return CliRunner().invoke(app, ["template", str(company), "--to", str(tmp_path / "sent"), *options])

    files = templates(company, folder=tmp_path / "sent")
    assert aop("--dry-run").output.count("would write ") == len(files)
    assert not (tmp_path / "sent").exists()
    assert [each.state for each in write_templates(files)] == ["new"] * len(files)
    assert [state(each.file, each.content) for each in files] == ["unchanged"] * len(files)
    first = files[0]
    book = openpyxl.load_workbook(first.file)
    book["Requests"]["A5"] = "mine"
    book.save(first.file)
    kept = first.file.read_bytes()
    refused = aop()
    assert (refused.exit_code, first.file.read_bytes()) == (2, kept)
    assert first.file.name in refused.output
    assert "--replace" in refused.output
    list(write_templates([replace(first, state=state(first.file, first.content))], replace=True))
    assert first.file.read_bytes() == first.content


def test_an_unknown_team_and_a_review_are_refused(company):
    runner = CliRunner()
    assert "a team that submits" in runner.invoke(app, ["template", str(company), "--team", "nobody"]).output
    review = runner.invoke(app, ["template", str(ROOT / "params" / "demo" / "fy2027_q1.yml")])
    assert review.exit_code == 2
    assert "a planning cycle" in review.output
