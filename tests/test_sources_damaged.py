"""Source files that are cut short, empty, locked, mis-encoded or hostile: each is refused by name, all faults in one list."""

from __future__ import annotations

import os
import threading
import time
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from aop_lib.errors import InputChangedError, InputRefusedError
from aop_lib.load import load
from aop_lib.sources.declared import source_faults
from aop_lib.sources.snapshot import snapshot

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk Inc, currency: USD}]
teams: [{id: sales, name: Sales, owner: ada}]
lines: [{id: costs, name: Costs, type: opex}]
accounts: [{account: '6000', name: Salaries, type: opex, line: costs}]
sources:
"""
COLUMNS = ["entity", "team", "account", "month", "amount", "currency", "vendor"]
ROW = ["us", "sales", "6000", "2026-09", "5.00", "USD", "Bank"]
CSV = ",".join(COLUMNS) + "\n" + ",".join(ROW) + "\n"


@pytest.fixture
def kiosk(tmp_path):
    """Writes a company with the given sources and files and returns its parameters."""

    def written(*sources: str, **files: bytes | str):
        folder = tmp_path / "kiosk"
        (folder / "exports").mkdir(parents=True, exist_ok=True)
        lines = "".join(f"  - {{name: s{number}, preset: canonical, {source}}}\n" for number, source in enumerate(sources))
        (folder / "company.yml").write_text(COMPANY + lines)
        (folder / "fy2027.yml").write_text("kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\n")
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / "exports" / name.replace("__", ".")).write_bytes(data)
        return load(folder / "fy2027.yml")

    return written


def refused(params) -> list[str]:
    with pytest.raises(InputRefusedError) as stopped:
        snapshot(params)
    return [str(fault) for fault in stopped.value.faults]


def rows() -> pa.Table:
    return pa.table({name: [value] for name, value in zip(COLUMNS, ROW, strict=True)})


def parquet(table: pa.Table | None = None, **options) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(rows() if table is None else table, out, **options)
    return out.getvalue().to_pybytes()


def workbook(tmp_path: Path, fill, name: str = "ledger") -> bytes:
    with xlsxwriter.Workbook(tmp_path / "made.xlsx") as book:
        fill(book, book.add_worksheet(name))
    return (tmp_path / "made.xlsx").read_bytes()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "exports/ledger.csv: found an empty file of 0 bytes"),
        (b" \n \n", "exports/ledger.csv: found a file of blanks"),
        (b"PK\x03\x04rest", "exports/ledger.csv: found an Excel workbook or another archive, whatever its name says"),
        (b"PAR1rest", "exports/ledger.csv: found a Parquet file, whatever its name says"),
        (b"\x1f\x8brest", "exports/ledger.csv: found a compressed file, whatever its name says"),
        (CSV.encode("utf-16-le"), "exports/ledger.csv:1: found a NUL byte"),
        (CSV.encode() + b"us,sales", "exports/ledger.csv:3: found 2 fields; expected 7, as in the header"),
        (CSV.encode() + b'us,"sales', "exports/ledger.csv: found a quote that is opened and never closed"),
        (CSV.replace("vendor", "team").encode(), "exports/ledger.csv:1: found the column 'team' twice"),
        (b"x," * 3000 + b"y\n", "exports/ledger.csv:1: found 3,001 columns; expected at most 2,000"),
    ],
)
def test_a_csv_file_that_is_none_is_refused_by_name(kiosk, content, found):
    assert any(fault.startswith(found) for fault in refused(kiosk("where: exports", ledger__csv=content)))


def test_every_line_at_fault_is_named_at_once(kiosk):
    lines = [CSV, "us,sales\n", "us,sales,6000,2026-09,5.00,USD,Bank,more\n", ",".join(ROW) + "\n"]
    assert [fault.partition(";")[0] for fault in refused(kiosk("where: exports", ledger__csv="".join(lines)))] == [
        "exports/ledger.csv:3: found 2 fields",
        "exports/ledger.csv:4: found 8 fields",
    ]
    bytes_at_fault = CSV.encode() + b"\xe7\n" + b"fine\n" + b"\x92\n"
    assert [fault.partition(",")[0] for fault in refused(kiosk("where: exports", ledger__csv=bytes_at_fault))] == [
        "exports/ledger.csv:3: found the byte 0xE7",
        "exports/ledger.csv:5: found the byte 0x92",
    ]


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1252", "Gar\xe7on \x92".replace("\x92", "’")), ("utf-16", "Ämter"), ("shift-jis", "日本"), ("mac-roman", "Ärger")]
)
def test_a_declared_encoding_is_read_as_it_is(kiosk, encoding, name):
    params = kiosk(f"where: exports, encoding: {encoding}", ledger__csv=CSV.replace("Bank", name).encode(encoding))
    assert snapshot(params)["ledger"]["vendor"].tolist() == [name]


def test_a_file_that_is_not_in_its_declared_encoding_is_refused(kiosk):
    faults = refused(kiosk("where: exports, encoding: shift-jis", ledger__csv=CSV.encode() + b"\xff\xfe\xff\n"))
    assert faults[0].startswith("exports/ledger.csv:3: found the byte 0xFF, which is not SHIFT-JIS")


def test_a_file_beyond_the_cap_is_refused_before_it_is_read(kiosk, tmp_path):
    params = kiosk("where: exports", "where: exports/big.parquet", ledger__csv=CSV, big__parquet=parquet())
    for name in ("ledger.csv", "big.parquet"):
        os.truncate(tmp_path / "kiosk" / "exports" / name, 5_000_000_000)
    started = time.monotonic()
    assert sum("5,000,000,000 bytes; expected at most 4,000,000,000" in fault for fault in refused(params)) >= 2
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (parquet()[:-20], "found a Parquet file that was cut short"),
        (parquet()[:4] + b"x" * 200 + parquet()[-300:], "found a Parquet file that is damaged"),
        (b"PARE" + parquet()[4:-4] + b"PARE", "found an encrypted Parquet file"),
        (CSV.encode(), "found a file that is no Parquet, whatever its name says"),
        (b"", "found an empty file of 0 bytes"),
        (parquet(rows().drop(["amount"])), "found no column 'amount'"),
        (parquet(rows().drop(["vendor"]).append_column("vendor", [[["nested"]]])), "found the column 'vendor' of type list"),
    ],
)
def test_a_parquet_file_that_is_none_is_refused_by_name(kiosk, content, found):
    faults = refused(kiosk("where: exports/ledger.parquet", ledger__parquet=content))
    assert any(fault.startswith("exports/ledger.parquet: " + found) for fault in faults), faults


def test_each_faulty_part_of_a_folder_is_named_and_parts_must_agree(kiosk, tmp_path):
    params = kiosk("where: exports, kind: parquet")
    parts = tmp_path / "kiosk" / "exports" / "ledger"
    parts.mkdir()
    (parts / "a.parquet").write_bytes(parquet())
    (parts / "b.parquet").write_bytes(parquet()[:-3])
    (parts / "c.parquet").write_bytes(parquet(rows().drop(["team"])))
    assert [fault.partition(";")[0] for fault in refused(params)] == [
        "exports/ledger/b.parquet: found a Parquet file that was cut short",
        "exports/ledger/c.parquet: found no column 'team'",
    ]
    (parts / "b.parquet").write_bytes(parquet(rows().set_column(2, "account", pa.array([6000]))))
    (parts / "c.parquet").unlink()
    assert refused(params) == ["exports/ledger/b.parquet: found the column 'account' as int64; expected string, as in the first file"]


def database(folder: Path, *statements: str, name: str = "books.duckdb") -> None:
    with duckdb.connect(str(folder / name)) as opened:
        for statement in statements:
            opened.execute(statement)


def test_a_duckdb_view_that_reaches_for_another_file_is_refused(kiosk, tmp_path):
    params = kiosk("where: exports/books.duckdb", secret__csv=CSV)
    columns = ", ".join(COLUMNS)
    secret = tmp_path / "kiosk" / "exports" / "secret.csv"
    database(secret.parent, f"CREATE VIEW ledger AS SELECT {columns} FROM read_csv('{secret}', all_varchar = true)")
    (fault,) = refused(params)
    assert fault.startswith("exports/books.duckdb!ledger: found a table that cannot be read")


@pytest.mark.parametrize("content", [b"", b"not a database at all", CSV.encode() * 100])
def test_a_file_that_is_no_duckdb_database_is_refused_by_name(kiosk, content):
    (fault,) = refused(kiosk("where: exports/books.duckdb", books__duckdb=content))
    assert fault.startswith("exports/books.duckdb!ledger: found ")


def test_a_truncated_duckdb_file_and_a_missing_table_are_refused(kiosk, tmp_path):
    params = kiosk("where: exports/books.duckdb")
    folder = tmp_path / "kiosk" / "exports"
    database(folder, "CREATE TABLE other AS SELECT range AS a, range::VARCHAR || 'some text' AS b FROM range(200000)")
    assert "found no such table; expected one of other" in refused(params)[0]
    os.truncate(folder / "books.duckdb", 20_000)
    assert refused(params)[0].startswith("exports/books.duckdb!ledger: found ")


def test_a_workbook_tells_every_fault_with_its_cell(kiosk, tmp_path):
    def fill(_, sheet):
        sheet.write_row("A1", [*COLUMNS, "notes"])
        sheet.write_row("A2", ROW)
        sheet.write_formula("E3", "=1+1", None, "")
        sheet.write_formula("E4", "=1/0", None, "#DIV/0!")
        sheet.write_formula("H2", "=A1", None, "")
        sheet.merge_range("B5:B6", "sales")

    faults = refused(kiosk("where: exports/ledger.xlsx", ledger__xlsx=workbook(tmp_path, fill)))
    assert [fault.partition(";")[0] for fault in faults] == [
        "exports/ledger.xlsx!ledger!B6: found merged cells B5:B6, so that B6 has no value of its own",
        "exports/ledger.xlsx!ledger!E3: found a formula without stored value",
        "exports/ledger.xlsx!ledger!E4: found the error '#DIV/0!'",
    ]


def test_the_header_may_stand_lower_and_the_sheet_anywhere(kiosk, tmp_path):
    def fill(book, sheet):
        sheet.write("A1", "not this one")
        page = book.add_worksheet("Actuals")
        page.write("A1", "Ledger of the year")
        page.write_row("A4", COLUMNS)
        page.write_row("A5", ROW)

    params = kiosk("where: exports", ledger__xlsx=workbook(tmp_path, fill, "Cover"))
    (params.folder / "own.yml").write_text(
        "system: Own\ntables: {ledger: {file: ledger.xlsx!Actuals, header_row: 4}}\nframes: {ledger: {from: ledger, columns: {"
        + ", ".join(f"{name}: ledger.{name}" for name in COLUMNS)
        + "}}}\n"
    )
    own = COMPANY + "  - {name: s0, preset: own.yml, where: exports, kind: excel}\n"
    (params.folder / "company.yml").write_text(own)
    assert len(snapshot(load(params.file))["ledger"]) == 1


def test_hidden_rows_and_stored_formulas_are_read_and_named(kiosk, tmp_path):
    def fill(_, sheet):
        sheet.write_row("A1", COLUMNS)
        sheet.write_row("A2", ROW)
        sheet.write_row("A3", ROW)
        sheet.write_formula("E3", "=2+3", None, 5)
        sheet.set_row(2, None, None, {"hidden": True})

    frames = snapshot(kiosk("where: exports/ledger.xlsx", ledger__xlsx=workbook(tmp_path, fill)))
    notes = frames["source_findings"][frames["source_findings"]["topic"] == "workbook"].set_index("where")["what"].to_dict()
    assert notes == {
        "exports/ledger.xlsx!ledger!3:3": "a hidden row, read like any other",
        "exports/ledger.xlsx!ledger!E3": "formulas, whose stored values were read",
    }
    assert frames["ledger"]["amount"].astype(str).tolist() == ["10.00"]


def test_a_workbook_that_could_do_harm_is_refused(kiosk, tmp_path):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 200_000_000)
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100
    params = kiosk(
        "where: exports/bomb.xlsx", "where: exports/locked.xlsx", "where: exports/no.xlsx", bomb__xlsx=bomb.read_bytes(), locked__xlsx=locked, no__xlsx=CSV
    )
    faults = refused(params)
    assert [fault.partition(":")[0] for fault in faults] == ["exports/bomb.xlsx", "exports/locked.xlsx", "exports/no.xlsx"]
    assert "password-protected" in faults[1]


def test_all_faults_of_all_kinds_come_in_one_list_and_need_no_run(kiosk, monkeypatch):
    monkeypatch.delenv("NOWHERE", raising=False)
    params = kiosk(
        "where: exports",
        "where: exports/a.parquet",
        "where: exports/b.duckdb",
        "where: exports/c.xlsx",
        "where: 'env:NOWHERE'",
        ledger__csv="",
        a__parquet=b"x",
        c__xlsx=b"x",
    )
    faults = [str(fault) for fault in source_faults(params)]
    assert [fault.partition(": found")[0] for fault in faults] == [
        "env:NOWHERE",
        "exports/a.parquet",
        "exports/b.duckdb!ledger",
        "exports/c.xlsx",
        "exports/ledger.csv",
    ]
    assert refused(params) == [str(fault) for fault in InputRefusedError(source_faults(params)).faults]


@pytest.mark.parametrize(("name", "where"), [("ledger.csv", "exports"), ("ledger.parquet", "exports/ledger.parquet"), ("books.duckdb", "exports/books.duckdb")])
def test_a_file_that_changes_while_it_is_read_is_noticed(kiosk, tmp_path, name, where):
    folder = tmp_path / "kiosk" / "exports"
    params = kiosk(f"where: {where}", ledger__csv=CSV + (",".join(ROW) + "\n") * 400_000, ledger__parquet=parquet(pa.concat_tables([rows()] * 20_000)))
    values = ", ".join(f"'{value}' AS {column}" for column, value in zip(COLUMNS, ROW, strict=True))
    database(folder, f"CREATE TABLE ledger AS SELECT {values} FROM range(400000)")
    stop = threading.Event()

    def touch() -> None:
        while not stop.wait(0.0005):
            os.utime(folder / name)

    writer = threading.Thread(target=touch)
    writer.start()
    try:
        with pytest.raises(InputChangedError, match=name.replace(".", r"\.")):
            snapshot(params)
    finally:
        stop.set()
        writer.join()
