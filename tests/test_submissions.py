"""What teams hand in: whose it is, what counts, what is refused and where; nothing is guessed, nothing is passed over."""

from __future__ import annotations

import io
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from aop_lib.errors import UnknownRateError
from aop_lib.load import load
from aop_lib.money import money_series, total
from aop_lib.report.exports import TextTooLongError, neutral, read_csv, restored, sheet_name, write_csv, write_xlsx
from aop_lib.sources import workbook_in
from aop_lib.sources.archive import SOURCE
from aop_lib.sources.book import cell_value, number_text
from aop_lib.sources.delimited import csv_table
from aop_lib.sources.flat import COLUMNS
from aop_lib.sources.requests import request_id
from aop_lib.sources.submissions import Submissions, submissions
from aop_lib.sources.table import LARGEST_FILE, MOST_FAULTS, Faults
from aop_lib.sources.workbook_in import workbook_table

COMPANY = Path(__file__).parent / "hostile" / "company"
HEADER = ",".join(COLUMNS)
JANUARY = pd.Timestamp("2026-01-01")

REQUEST = """\
request: {id}
team: sales
round: {round}
title: A tool
why: Calls take too long
goal: grow
submitted_by: sam
submitted_on: {on}
options:
  - id: full
    heads: 2
    lines:
      - account: "6000"
        cost_centre: CC100
        start: 2026-01
        end: 2026-04
        amount: {amount}
        currency: {currency}
  - id: reduced
    lines:
      - {{account: "6010", cost_centre: CC100, start: 2026-06, amount: 5, currency: USD, comment: once}}
"""
GOALS = """\
objectives:
  - {id: growth, statement: Grow}
goals:
  - {id: grow, statement: Grow, objective: growth, weight: 1, kpi: calls, start: 1, target: 2, deadline: 2026-12-31, owner: sam}
"""
METRICS = "metrics:\n  calls: {label: Calls, unit: count, direction: more, definition: Calls made}\n"


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A copy of the small company, with a goal and a second currency."""
    folder = Path(shutil.copytree(COMPANY, tmp_path / "company"))
    (folder / "goals.yml").write_text(GOALS, encoding="utf-8")
    (folder / "metrics.yml").write_text(METRICS, encoding="utf-8")
    text = (folder / "company.yml").read_text(encoding="utf-8")
    (folder / "company.yml").write_text(text + "\ncurrencies: [EUR]\n", encoding="utf-8")
    return folder


def asked(number: str = "tool", turn: int = 1, on: str = "2025-09-15", amount: str = "100.10", currency: str = "USD") -> str:
    """Returns a request as YAML."""
    return REQUEST.format(id=number, round=turn, on=on, amount=amount, currency=currency)


def put(company: Path, name: str, content: str | bytes, team: str = "sales") -> None:
    """Puts a file into a team's folder."""
    file = company / "requests" / team / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def read(company: Path, rates: dict[tuple[str, pd.Timestamp], Decimal] | None = None) -> Submissions:
    """Returns what teams have handed in."""
    return submissions(load(company / "fy2026.yml"), None, rates)


def states(found: Submissions) -> dict[str, str]:
    """Returns where each team stands."""
    return {each.team: each.state for each in found.teams}


def told(found: Submissions) -> str:
    """Returns every fault, one a line."""
    return "\n".join(str(fault) for fault in found.faults)


def row(**changes: str) -> str:
    """Returns one CSV row of the flat layout."""
    plain = dict(zip(COLUMNS, ("Sales", "CC100", "6000", "2026-01", "10.00", "USD", "ok"), strict=True))
    return ",".join((plain | changes).values())


def csv_of(*rows: str) -> str:
    """Returns a flat file."""
    return "\n".join([HEADER, *rows, ""])


def book(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]) -> bytes:
    """Returns a workbook with the header in its first row."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        page = made.add_worksheet("Ask")
        page.write_row(0, 0, COLUMNS)
        fill(made, page)
    return buffer.getvalue()


def test_a_request_in_yaml_costs_each_month_of_its_range(company: Path) -> None:
    put(company, "tool.yml", asked())
    found = read(company)
    lines = found.request_lines
    full = lines[lines["option"] == "full"]
    assert (found.faults, states(found)["sales"]) == ((), "submitted")
    assert [f"{month:%Y-%m}" for month in full["month"]] == ["2026-01", "2026-02", "2026-03"]
    assert total(full["amount"]) == Decimal("300.30")
    assert set(full["heads"]) == {2}
    assert list(found.requests["request"]) == ["tool"]
    assert found.requests["submitted_on"].iloc[0] == pd.Timestamp("2025-09-15")


def test_the_highest_round_of_a_request_counts(company: Path) -> None:
    put(company, "tool.yml", asked(turn=1))
    put(company, "tool_2.yml", asked(turn=2, amount="50.00"))
    found = read(company)
    assert list(found.requests["round"]) == [2]
    assert total(found.request_lines.query("option == 'full'")["amount"]) == Decimal("150.00")


def test_one_request_and_round_in_two_files_is_a_fault_of_both(company: Path) -> None:
    put(company, "a.yml", asked())
    put(company, "b.yml", asked())
    found = read(company)
    assert states(found)["sales"] == "refused"
    assert "a.yml:1: found the request 'tool', round 1, also in company/requests/sales/b.yml" in told(found)
    assert "b.yml:1: found the request 'tool', round 1, also in company/requests/sales/a.yml" in told(found)


def test_names_that_become_one_request_id_are_a_fault(company: Path) -> None:
    put(company, "Q1 tools.csv", csv_of(row()))
    put(company, "q1-tools.csv", csv_of(row()))
    assert "'sales-q1-tools', round 1, also in" in told(read(company))


def test_a_request_id_is_a_slug_and_two_names_stay_two() -> None:
    assert request_id("sales", "Q1 / ../Tools!") == "sales-q1-tools"
    assert request_id("sales", "Übersicht") != request_id("sales", "Ubersicht")
    assert request_id("sales", "x" * 200) != request_id("sales", "x" * 201)
    assert all(len(request_id("s" * 60, name)) <= 64 for name in ("a", "a" * 99, "ü"))


def test_every_fault_of_every_file_is_told_at_once(company: Path) -> None:
    put(company, "one.csv", csv_of(row(month="May"), row(amount="x", account="7")))
    put(company, "two.yml", asked().replace("goal: grow", "goal: gro").replace("CC100", "CC1"))
    put(company, "three.csv", csv_of(row()))
    found = read(company)
    for text in (
        "one.csv:2: found month 'May'",
        "one.csv:3: found amount 'x'",
        "one.csv:3: found account '7'",
        "two.yml:6: found 'gro'",
        "two.yml:14: found 'CC1'",
    ):
        assert text in told(found)
    assert "(did you mean 'grow'?)" in told(found)
    assert found.good == ("company/requests/sales/three.csv",)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("team: sales", "team: engineering", "a file may hold only its own team"),
        ("submitted_by: sam", "submitted_by: bob", "found 'bob'"),
        ("end: 2026-04", "end: 2026-01", "a month after 'start'"),
        ("end: 2026-04", "end: 2106-04", "found 2106-03; expected a month as YYYY-MM from 2016-01 to 2036-12"),
        ("id: reduced", "id: full", "'full' a second time"),
        ("heads: 2", "heads: -2", "found -2; expected 0 or more"),
        ("round: 1", "round: 0", "found 0; expected 1 or more"),
        ("currency: USD", "currency: GBP", "found 'GBP'"),
        ('account: "6000"', 'account: "0600"', "found '0600'"),
        ("amount: 100.10", "amount: 1e3", "found '1e3'"),
        ("title: A tool", 'title: "A \\u202E tool"', "with the character U+202E"),
        ("title: A tool", 'title: "A \\ud800 tool"', "with the character U+D800"),
        ("title: A tool", "title: &a A tool", "no anchors"),
        ("title: A tool", "titel: A tool", "the key 'titel'"),
        ("title: A tool", "title: " + "[" * 60, "more than 50 levels"),
    ],
)
def test_a_fault_in_a_yaml_request_is_told_with_its_line(company: Path, before: str, after: str, fault: str) -> None:
    assert before in asked()
    put(company, "tool.yml", asked().replace(before, after))
    found = read(company)
    assert fault in told(found)
    assert all("requests/sales/tool.yml:" in str(each) for each in found.faults)
    assert states(found)["sales"] == "refused"


def test_a_request_after_the_day_that_the_cycle_states_belongs_to_a_later_cycle(company: Path) -> None:
    put(company, "tool.yml", asked(on="2025-10-20"))
    cycle = company / "fy2026.yml"
    assert states(read(company))["sales"] == "submitted"
    cycle.write_text(cycle.read_text(encoding="utf-8") + "as_of: 2025-10-15\n", encoding="utf-8")
    found = read(company)
    assert (states(found)["sales"], len(found.requests), found.faults) == ("missing", 0, ())
    assert "tool.yml:1: found a request submitted on 2025-10-20; expected a day up to 2025-10-15" in str(found.warnings[0])


def test_requests_of_other_years_may_stay_in_the_folder_and_do_not_count(company: Path) -> None:
    put(company, "last year.csv", csv_of(row(month="2025-03")))
    found = read(company)
    assert (states(found)["sales"], found.faults, len(found.requests)) == ("missing", (), 0)
    assert "a request for 2025-03; expected months of FY2026; it counts in another cycle" in str(found.warnings[0])
    put(company, "across.csv", csv_of(row(month="2026-12"), row(month="2027-01")))
    found = read(company)
    assert (states(found)["sales"], len(found.request_lines)) == ("submitted", 2)
    assert "amounts in 2027-01; expected months of FY2026; they do not enter the budget of the year" in str(found.warnings[0])


def test_amounts_are_converted_row_by_row_at_the_budget_rate(company: Path) -> None:
    put(company, "eur.csv", csv_of(row(currency="EUR", amount="0.55"), row(account="6010", amount="1.00")))
    found = read(company, {("EUR", JANUARY): Decimal("1.1")})
    lines = found.request_lines.set_index("account")
    assert lines.loc["6000", ["amount_local", "amount", "currency"]].tolist() == [Decimal("0.55"), Decimal("0.60"), "EUR"]
    assert lines.loc["6010", "amount"] == Decimal("1.00")


def test_a_missing_rate_is_a_fault_and_never_one(company: Path) -> None:
    put(company, "eur.csv", csv_of(row(currency="EUR")))
    found = read(company, {("EUR", pd.Timestamp("2026-02-01")): Decimal("1.1")})
    assert "eur.csv:2: found EUR in 2026-01, which has no rate" in told(found)
    assert states(found)["sales"] == "refused"
    unknown = read(company)
    assert unknown.faults == ()
    with pytest.raises(UnknownRateError):
        _ = unknown.request_lines


def test_accounts_are_taken_from_the_sources_where_the_company_lists_none(company: Path) -> None:
    text = (company / "company.yml").read_text(encoding="utf-8")
    (company / "company.yml").write_text(text[: text.index("accounts:")] + "currencies: [EUR]\n", encoding="utf-8")
    put(company, "a.csv", csv_of(row(account="7000")))
    params = load(company / "fy2026.yml")
    assert submissions(params).faults == ()
    assert submissions(params, {"7000"}).faults == ()
    assert "found account '7000'" in told(submissions(params, {"7001"}))


def test_a_team_without_a_file_is_missing_and_a_team_that_is_not_asked_is_not_listed(company: Path) -> None:
    assert states(read(company)) == {"sales": "missing", "engineering": "missing"}
    text = (company / "company.yml").read_text(encoding="utf-8")
    (company / "company.yml").write_text(text.replace("    owner: eli\n", "    owner: eli\n    submits: false\n"), encoding="utf-8")
    put(company, "ours.csv", csv_of(row(team="Engineering")), "engineering")
    found = read(company)
    assert states(found) == {"sales": "missing"}
    assert "files of a team that is not asked for requests" in told(found)


def test_nothing_in_the_folder_is_passed_over_without_a_word(company: Path) -> None:
    for name in ("~$open.xlsx", ".DS_Store", "a.csv~", "Thumbs.db"):
        put(company, name, "x")
    put(company, "notes.txt", "x")
    put(company, "old.xls", "x")
    (company / "requests" / "sales" / "old").mkdir()
    (company / "requests" / "selas").mkdir()
    (company / "requests" / "stray.csv").write_text(csv_of(row()))
    found = read(company)
    assert [each.where.rpartition("/")[2] for each in found.warnings] == ["notes.txt", "old"]
    assert "old.xls: found a .xls file" in told(found)
    assert "requests/selas: found a folder of no team; expected a team's id as in company.yml (did you mean 'sales'?)" in told(found)
    assert "stray.csv: found a request outside a team's folder" in told(found)
    assert len(found.faults) == 3
    assert states(found)["sales"] == "refused"


def test_a_link_out_of_the_folder_is_not_followed(company: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(csv_of(row(comment="secret")))
    (tmp_path / "elsewhere").mkdir()
    put(company, "theirs.csv", csv_of(row(team="Engineering")), "engineering")
    sales = company / "requests" / "sales"
    (sales / "link.csv").symlink_to(tmp_path / "secret.csv")
    (sales / "neighbour.csv").symlink_to(company / "requests" / "engineering" / "theirs.csv")
    (company / "requests" / "elsewhere").symlink_to(tmp_path / "elsewhere")
    (sales / "own.csv").write_text(csv_of(row()))
    (sales / "again.csv").symlink_to(sales / "own.csv")
    found = read(company)
    assert told(found).count("a link that leads out of its folder") == 3
    assert "secret" not in told(found).replace("secret.csv", "")
    assert "link.csv" not in "".join(found.files)
    assert states(found) == {"sales": "refused", "engineering": "submitted"}


def test_a_pipe_is_not_waited_for(company: Path) -> None:
    os.mkfifo(company / "requests" / "sales" / "pipe.csv")
    assert "pipe.csv: found no plain file" in told(read(company))


def test_a_file_beyond_the_size_cap_is_not_parsed(company: Path) -> None:
    put(company, "big.csv", b"x" * (LARGEST_FILE + 1))
    put(company, "big.yml", b"a: 1\n" * 30_000)
    found = read(company)
    assert "big.csv: found 5,000,001 bytes; expected at most 5,000,000" in told(found)
    assert "big.yml: found 150,000 bytes; expected at most 100,000" in told(found)


def test_a_hostile_file_name_is_one_visible_line(company: Path) -> None:
    put(company, "a\n\x1b[31m\u202e.csv", csv_of(row(amount="x")))
    (found,) = read(company).faults
    assert r"a\n\x1b[31m\u202e.csv:2" in found.where


def test_a_file_with_countless_faults_lists_a_hundred_and_counts_the_rest(company: Path) -> None:
    put(company, "bad.csv", csv_of(*(row(amount="x") for _ in range(250))))
    found = read(company)
    assert len(found.faults) == MOST_FAULTS + 1
    assert "found 150 more faults" in told(found)


def test_the_hash_of_each_file_is_kept(company: Path) -> None:
    put(company, "a.csv", "")
    assert list(read(company).files.values()) == ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "an empty file"),
        (b"PK\x03\x04rest", "an Excel workbook"),
        (csv_of(row()).encode("utf-32"), "the encoding UTF-32"),
        (csv_of(row(comment="\xe4")).encode("latin-1"), ":2: found the byte 0xE4, which is not UTF-8"),
        (csv_of(row(comment='"a\nb"')).encode(), ":2: found a line break inside"),
        (csv_of(row(comment='"a"b')).encode(), ":2: found ',' expected after '\"'"),
        (csv_of(row()).replace("currency", "Currency").encode(), "a column 'Currency'; expected the columns"),
        (csv_of(row(comment="\u202e")).encode(), "with the character U+202E"),
        (csv_of(row(), row(comment="")).replace("6000,2026-01,10.00,USD,\n", "6000\n").encode(), ":3: found 3 fields"),
        (csv_of(row(team="Total", amount="5")).encode(), ":2: found a total row"),
        (csv_of(row(comment="Grand Total:")).encode(), ":2: found a total row"),
        (csv_of(row(amount=" 10")).encode(), "amount ' 10'"),
        (csv_of(row(month="2062-01")).encode(), "a month as YYYY-MM from 2016-01 to 2036-12"),
    ],
)
def test_a_fault_in_a_csv_file_is_told_with_its_line(company: Path, content: bytes, fault: str) -> None:
    put(company, "a.csv", content)
    found = read(company)
    assert fault in told(found)
    assert states(found)["sales"] == "refused"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_declared_separator_ending_and_encoding_reads_alike(separator: str, ending: str, encoding: str) -> None:
    text = csv_of(row(comment="Größe"), "", ",,,,,,").replace(",", separator).replace("\n", ending)
    faults = Faults("a.csv")
    table = csv_table(text.encode(encoding), COLUMNS, faults)
    assert table
    assert [cell.text for cell in table.rows[0]] == ["Sales", "CC100", "6000", "2026-01", "10.00", "USD", "Größe"]
    assert (len(table.rows), faults.all) == (1, ())


def test_a_workbook_may_hold_month_dates_account_numbers_and_shared_texts(company: Path) -> None:
    def fill(made: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        day = made.add_format({"num_format": "mmm yyyy"})
        page.write_row(1, 0, ["Sales", "CC100", 6000])
        page.write_datetime(1, 3, date(2026, 1, 1), day)
        page.write_row(1, 4, [0.1 + 0.2, "USD", "two\nlines _x0041_"])
        page.write_row(2, 0, ["Sales", "CC100", "6010", "2026-02", "-1,200.50", "USD"])
        page.write_rich_string(2, 6, "a ", made.add_format({"bold": True}), "bold", " word")

    put(company, "a.xlsx", book(fill))
    found = read(company)
    assert (told(found), found.warnings) == ("", ())
    lines = found.request_lines
    assert list(lines["amount"]) == [Decimal("0.30"), Decimal("-1200.50")]
    assert list(lines["comment"]) == ["two\nlines _x0041_", "a bold word"]
    assert list(lines["where"]) == ["company/requests/sales/a.xlsx!Ask!E2", "company/requests/sales/a.xlsx!Ask!E3"]


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        (3, date(2026, 1, 15), "!Ask!D2: found month '2026-01-15'; expected the first day of the month"),
        (3, 46023, "!Ask!D2: found month '46023'"),
        (4, date(2026, 1, 1), "!Ask!E2: found amount '2026-01-01', a date"),
        (4, 1200.005, "!Ask!E2: found amount '1200.005'"),
        (4, 1e20, "!Ask!E2: found amount '100000000000000000000'"),
        (2, 6000.5, "!Ask!C2: found account '6000.5'"),
        (0, True, "!Ask!A2: found team 'TRUE', a true or false"),
        (6, "x\x07", "!Ask!G2: found comment 'x\\x07' with the character U+0007"),
    ],
)
def test_a_fault_in_a_workbook_is_told_with_its_cell(company: Path, column: int, value: object, fault: str) -> None:
    def fill(made: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        page.write_row(1, 0, ["Sales", "CC100", "6000", "2026-01", 10, "USD", "ok"])
        day = made.add_format({"num_format": "yyyy-mm-dd"}) if isinstance(value, date) else None
        page.write(1, column, value, day)

    put(company, "a.xlsx", book(fill))
    assert fault in told(read(company))


def test_a_stored_formula_value_is_read_with_a_warning_and_later_sheets_are_named(company: Path) -> None:
    def fill(made: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        page.write_row(1, 0, ["Sales", "CC100", "6000", "2026-01", 0, "USD", "ok"])
        page.write_formula(1, 4, "=2+3", None, 5)
        made.add_worksheet("Notes").write(0, 0, "x")

    put(company, "a.xlsx", book(fill))
    found = read(company)
    assert total(found.request_lines["amount"]) == Decimal("5.00")
    text = "\n".join(map(str, found.warnings))
    assert "a.xlsx!Ask!E2: found formulas, whose stored values were read" in text
    assert "a.xlsx!Notes: found a sheet, which is not read" in text


def test_a_name_that_two_teams_share_stands_for_neither(company: Path) -> None:
    text = (company / "company.yml").read_text(encoding="utf-8")
    (company / "company.yml").write_text(text.replace("name: Engineering\n", "name: Sales\n"), encoding="utf-8")
    put(company, "a.csv", csv_of(row(), row(team="sales", month="2026-02")))
    found = read(company)
    assert [str(fault).partition(";")[0] for fault in found.faults] == ["company/requests/sales/a.csv:2: found team 'Sales'"]


def test_the_cells_of_a_real_workbook_are_those_that_another_reader_finds(shared: Path) -> None:
    content = (shared / "data" / "detroit_request" / "FY26 Detail Sheet - v4.0.xlsx").read_bytes()
    book = workbook_in._book(content, Faults("a.xlsx"), "", SOURCE)
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(book.name).to_python(skip_empty_area=False)
    stored = {place: cell for place, cell in book.sheet.cells.items() if cell.value and cell.kind != "e"}
    assert len(stored) > 100
    for (line, column), cell in stored.items():
        (text, kind), other = cell_value(book, cell), theirs[line - 1][column - 1]
        assert text == (number_text(repr(other)) if kind == "number" else other), (line, column)


def repacked(change: Callable[[str, bytes], bytes | None], extra: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """Returns a valid workbook whose parts were changed."""
    plain = book(lambda _, page: page.write_row(1, 0, ["Sales", "CC100", "6000", "2026-01", 10, "USD", "ok"]))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
        for name, content in extra:
            target.writestr(name, content)
    return buffer.getvalue()


def unchanged(_: str, content: bytes) -> bytes:
    """Returns a part as it is."""
    return content


def sheet(change: Callable[[bytes], bytes]) -> bytes:
    """Returns a valid workbook whose sheet's XML was changed."""
    return repacked(lambda name, content: change(content) if name.endswith("sheet1.xml") else content)


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (lambda: repacked(lambda name, content: None if name.endswith("sheet1.xml") else content), "no xl/worksheets/sheet1.xml inside"),
        (lambda: repacked(unchanged, tuple((f"x{n}", b"") for n in range(300))), "parts; expected at most 200"),
        (lambda: repacked(unchanged, (("x", bytes(2_000_000)),)), "2,000,000 bytes packed into"),
        (lambda: repacked(lambda name, content: b"<a>" if name.endswith("styles.xml") else content), "no well-formed XML"),
        (lambda: repacked(lambda name, content: b"<!DOCTYPE a><a/>" if name.endswith("app.xml") else content), "a DTD with entities in docProps/app.xml"),
        (lambda: sheet(lambda xml: ("\ufeff" + xml.decode().replace("UTF-8", "UTF-16").replace("?>", "?><!DOCTYPE a>", 1)).encode("utf-16-le")), "a DTD"),
        (lambda: sheet(lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"<b>" * 40 + b"</b>" * 40)), "30 levels"),
        (
            lambda: sheet(lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"".join(b"<b%x/>" % (n * 7919 % 65521) for n in range(400_001)))),
            "400,000 XML elements",
        ),
        (lambda: sheet(lambda xml: xml.replace(b'<row r="1"', b'<row r="1" ' + b" ".join(b'a%d="1"' % n for n in range(70)))), "60 attributes"),
        (lambda: sheet(lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"x" * 900_000)), "a text of more than 300,000 bytes"),
        (lambda: sheet(lambda xml: xml.replace(b'r="B2"', b'r="A2"')), "the cell A2 twice"),
        (lambda: sheet(lambda xml: xml.replace(b'r="B2"', b'r="B9"')), "a cell 'B9' in row 2"),
        (lambda: sheet(lambda xml: xml.replace(b'<row r="2"', b'<row r="x"')), "'x' where a whole number belongs"),
        (lambda: sheet(lambda xml: xml.replace(b"<v>10</v>", b"<v>nan</v>")), "!Ask!E2: found 'nan', which is no value of its type"),
        (
            lambda: sheet(lambda xml: xml.replace(b'<c r="A2" t="s">', b'<c r="A2" t="s"><v>999</v></c><c r="Z2" t="s">')),
            "!Ask!A2: found '999', which is no value of its type",
        ),
    ],
)
def test_a_workbook_that_could_do_harm_is_refused_before_it_does(company: Path, made: Callable[[], bytes], fault: str) -> None:
    put(company, "a.xlsx", made())
    found = read(company)
    assert fault in told(found)
    assert states(found)["sales"] == "refused"


def test_a_workbook_that_lies_about_its_size_is_refused(company: Path) -> None:
    content = bytearray(repacked(unchanged, (("big.xml", b"<a>" + b"x" * 900_000 + b"</a>"),)))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    put(company, "a.xlsx", bytes(content))
    assert "a damaged or truncated workbook" in told(read(company))


def test_a_number_has_the_digits_that_excel_shows() -> None:
    assert [number_text(each) for each in ("1200.5", "0.30000000000000004", "6000", "1E5", "1e-7", "-0.1")] == [
        "1200.5",
        "0.3",
        "6000",
        "100000",
        "0.0000001",
        "-0.1",
    ]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text("=+-@\t\r\n'\";,| 1a_x00D", max_size=12)
AMOUNTS = st.lists(st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents) / 100), min_size=1, max_size=12)


@given(st.lists(ANY_TEXT, min_size=1, max_size=8))
def test_any_text_that_is_written_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("out")
    frame = pd.DataFrame({"comment": texts, "amount": money_series([Decimal("-1.10")] * len(texts))})
    write_csv(frame, folder / "a.csv")
    assert list(read_csv(folder / "a.csv")["comment"]) == texts
    assert list(read_csv(folder / "a.csv")["amount"]) == ["-1.10"] * len(texts)
    write_xlsx(frame, folder / "a.xlsx", "Any")
    table = workbook_table((folder / "a.xlsx").read_bytes(), Faults("a.xlsx"))
    assert table
    assert [cells[0].text for cells in table.rows] == texts
    assert {(cells[1].text, cells[1].kind) for cells in table.rows} == {("-1.1", "number")}


@given(ANY_TEXT)
def test_a_neutral_text_starts_no_formula_however_it_is_split(text: str) -> None:
    safe = neutral(text)
    assert restored(safe) == text
    assert not safe.startswith(("\t", "\r", "\n"))
    for separator in ',;|\t\r\n"':
        assert not any(part.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for part in safe.split(separator))


@given(AMOUNTS, st.randoms(use_true_random=False))
def test_accepted_amounts_sum_exactly_in_any_order_of_rows(tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal], shuffler: random.Random) -> None:
    folder = Path(shutil.copytree(COMPANY, tmp_path_factory.mktemp("order") / "company"))
    rows = [row(month=f"2026-{number:02d}", amount=f"{amount:,.2f}".join('""')) for number, amount in enumerate(amounts, start=1)]
    shuffler.shuffle(rows)
    put(folder, "a.csv", csv_of(*rows))
    found = read(folder)
    assert total(found.request_lines["amount"]) == sum(amounts)
    assert {month.month: amount for month, amount in zip(found.request_lines["month"], found.request_lines["amount"], strict=True)} == dict(
        enumerate(amounts, start=1)
    )


def test_a_text_too_long_for_a_workbook_is_told_and_not_cut(tmp_path: Path) -> None:
    with pytest.raises(TextTooLongError, match="row 1: 32,768 characters"):
        write_xlsx(pd.DataFrame({"comment": ["x" * 32_768]}), tmp_path / "a.xlsx", "Any")
    assert not (tmp_path / "a.xlsx").exists()


def test_the_same_frame_gives_the_same_bytes_and_a_sheet_any_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"month": [JANUARY], "amount": money_series([Decimal(10**15)]), "ok": [True], "share": [None]})
    for name in ("a", "b"):
        write_xlsx(frame, tmp_path / f"{name}.xlsx", "=a/b[c]*?:'" + "x" * 40)
        write_csv(frame, tmp_path / f"{name}.csv")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert read_csv(tmp_path / "a.csv").iloc[0].tolist() == ["2026-01", "1000000000000000.00", "TRUE", ""]
    assert [sheet_name(each) for each in ("", "a/b", "History", "'x'", "y" * 40)] == ["Sheet", "a-b", "History_", "x", "y" * 31]
