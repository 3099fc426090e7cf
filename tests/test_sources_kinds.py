"""Sources of every kind: the same rows give the same snapshot, to the byte, whether they lie in files or in a database."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from postgres import Server, server

from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.sources.declared import source_faults, source_files
from aop_lib.sources.snapshot import snapshot
from aop_lib.store import write_frame

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk Inc, currency: USD}, {id: de, name: Kiosk GmbH, currency: EUR}]
teams: [{id: sales, name: Sales, owner: ada}, {id: product, name: Product, owner: ada}]
lines: [{id: revenue, name: Revenue, type: revenue}, {id: costs, name: Costs, type: opex}]
accounts:
  - {account: '1000', name: Bank, type: asset}
  - {account: '4000', name: Sales, type: revenue, line: revenue}
  - {account: '6000', name: Salaries, type: opex, line: costs}
sources:
  - {name: books, preset: keyed.yml, checks: {balance: warning, freshness: warning}, SOURCE}
"""
PRESET = (Path(__file__).parent.parent / "aop_lib" / "sources" / "presets" / "canonical.yml").read_text()
KEYED = PRESET.replace("      entity: ledger.entity\n", "      row: {joined: [{text: posting}, ledger.id], with: ' '}\n      entity: ledger.entity\n", 1)
CYCLE = "kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\nas_of: 2026-10-15\n"


def ledger() -> pa.Table:
    rows = [
        ("1", "us", "sales", "4000", "2026-08", "1250.50", "USD", "Ämter & Söhne"),
        ("2", "us", "sales", "6000", "2026-08", "-3.07", "USD", None),
        ("3", "de", "product", "6000", "2026-09", "99.99", "EUR", 'a "quoted" name, with a comma'),
        ("4", "us", "nobody", "6000", "2026-09", "12.34", "USD", "=cmd()"),
        ("5", "us", "sales", "6000", "2026-10", "7.00", "USD", "later"),
        ("6", "us", "sales", "6000", "2026-09", "0.00", "USD", None),
    ]
    names = ["id", "entity", "team", "account", "month", "amount", "currency", "vendor"]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return pa.table(
        {name: pa.array(values, pa.string()) for name, values in columns.items()}
        | {"amount": pa.array([Decimal(value) for value in columns["amount"]], pa.decimal128(18, 2))}
    )


def tables() -> dict[str, pa.Table]:
    day, money = pa.date32(), pa.decimal128(18, 2)
    rates = {"currency": ["EUR", "EUR"], "into": ["USD", "USD"], "month": ["2026-08", "2026-09"]}
    people = {"person": ["p1", "p2"], "name": ["Ann", "Bob"], "team": ["sales", "product"], "entity": ["us", "de"], "role": ["Seller", "Engineer"]}
    deals = {"opportunity": ["o1"], "team": ["sales"], "segment": ["smb"], "stage": ["Won"], "currency": ["USD"]}
    subscriptions = {"subscription": ["s1", "s2"], "customer": ["c1", "c2"], "segment": ["smb", "smb"], "currency": ["USD", "EUR"]}
    return {
        "ledger": ledger(),
        "rates": pa.table(rates | {name: pa.array([Decimal("1.15")] * 2, pa.decimal128(12, 6)) for name in ("average", "close")}),
        "people": pa.table(
            people
            | {"start": pa.array([date(2025, 1, 1), date(2025, 2, 3)], day), "end": pa.array([None, date(2026, 8, 31)], day)}
            | {"salary": pa.array([Decimal(50000), Decimal(61000)], money), "currency": ["USD", "EUR"]}
        ),
        "opportunities": pa.table(
            deals
            | {"probability": pa.array([Decimal("0.40")], pa.decimal128(5, 2)), "amount": pa.array([Decimal(900)], money)}
            | {"created": pa.array([date(2026, 5, 1)], day), "close": pa.array([date(2026, 12, 1)], day), "is_won": [True], "is_closed": [False]}
        ),
        "subscriptions": pa.table(
            subscriptions
            | {"start": pa.array([date(2026, 7, 1), date(2026, 8, 15)], day), "end": pa.array([date(2026, 9, 30), None], day)}
            | {"amount": pa.array([Decimal(10), Decimal("20.50")], money)}
        ),
    }


def text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def csv_text(table: pa.Table, **form: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **form)
    writer.writerow(table.column_names)
    writer.writerows([text(value) for value in row.values()] for row in table.to_pylist())
    return out.getvalue()


def as_csv(folder: Path) -> str:
    for name, table in tables().items():
        (folder / f"{name}.csv").write_text(csv_text(table), encoding="utf-8")
    return "where: exports"


def as_german_csv(folder: Path) -> str:
    for name, table in tables().items():
        content = csv_text(pa.table({column: german(table[column]) for column in table.column_names}), delimiter=";")
        (folder / f"{name}.csv").write_bytes(content.encode("cp1252"))
    return "where: exports, separator: semicolon, encoding: cp1252, decimal: comma, thousands: point"


def german(column: pa.ChunkedArray) -> list[str | None]:
    grouped = [f"{value:,}" if isinstance(value, Decimal) else text(value) for value in column.to_pylist()]
    return [value.translate(str.maketrans(",.", ".,")) for value in grouped] if pa.types.is_decimal(column.type) else grouped


def as_parquet(folder: Path) -> str:
    for name, table in tables().items():
        pq.write_table(table, folder / f"{name}.parquet")
    return "where: exports, kind: parquet"


def as_parquet_folders(folder: Path) -> str:
    for name, table in tables().items():
        (folder / name).mkdir()
        pq.write_table(table.slice(0, 1), folder / name / "part-0.parquet")
        pq.write_table(table.slice(1), folder / name / "part-1.parquet")
    return "where: exports, kind: parquet"


def as_duckdb(folder: Path) -> str:
    with duckdb.connect(str(folder / "books.duckdb")) as database:
        for name, table in tables().items():
            database.register("rows", table)
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
    return "where: exports/books.duckdb"


def as_excel(folder: Path) -> str:
    with xlsxwriter.Workbook(folder / "books.xlsx") as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in tables().items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, table.column_names)
            for number, row in enumerate(table.to_pylist(), 1):
                for column, value in enumerate(row.values()):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, days)
                    elif isinstance(value, bool | Decimal):
                        sheet.write(number, column, value)
                    else:
                        sheet.write_string(number, column, value or "")
    return "where: exports/books.xlsx"


def as_postgres(running: Server) -> str:
    types = {"decimal128": "numeric(38,10)", "date32": "date", "bool": "boolean", "string": "text"}
    for name, table in tables().items():
        columns = [f'"{field.name}" {types[str(field.type).split("(")[0].split("[")[0]]}' for field in table.schema]
        rows = [
            "(" + ", ".join("NULL" if value is None else "'" + str(value).replace("'", "''") + "'" for value in row.values()) + ")" for row in table.to_pylist()
        ]
        running.run(f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} ({', '.join(columns)})", f"INSERT INTO {name} VALUES {', '.join(reversed(rows))}")
    return "where: 'env:KIOSK_DATABASE'"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def kiosk(tmp_path):
    """Writes the company with its source in one kind and returns its parameters."""

    def written(make: Callable[[Path], str] | str, extra: str = "", preset: str = KEYED):
        folder = tmp_path / "kiosk"
        (folder / "exports").mkdir(parents=True, exist_ok=True)
        source = make if isinstance(make, str) else make(folder / "exports")
        (folder / "company.yml").write_text(COMPANY.replace("SOURCE", source + extra))
        (folder / "keyed.yml").write_text(preset)
        (folder / "fy2027.yml").write_text(CYCLE)
        return load(folder / "fy2027.yml")

    return written


def parquet_bytes(frames: dict[str, pd.DataFrame], folder: Path) -> dict[str, bytes]:
    found = {}
    for name, frame in frames.items():
        write_frame(folder / f"{name}.parquet", name, frame)
        found[name] = (folder / f"{name}.parquet").read_bytes()
    return found


def refused(params) -> list[str]:
    with pytest.raises(InputRefusedError) as stopped:
        snapshot(params)
    return [str(fault) for fault in stopped.value.faults]


@pytest.fixture
def expected(kiosk, tmp_path) -> dict[str, bytes]:
    frames = snapshot(kiosk(as_csv))
    assert sorted(frames["ledger"]["amount_local"]) == [Decimal("-3.07"), Decimal("0.00"), Decimal("99.99"), Decimal("1250.50")]
    assert frames["quarantine"][["row", "amount"]].to_numpy().tolist() == [["posting 4", Decimal("12.34")]]
    assert all(len(frames[name]) for name in ("rates", "mrr", "people", "opportunities"))
    for file in (tmp_path / "kiosk" / "exports").iterdir():
        file.unlink()
    return parquet_bytes(frames, tmp_path / "expected")


@pytest.mark.parametrize("make", [as_german_csv, as_parquet, as_parquet_folders, as_duckdb, as_excel], ids=lambda make: make.__name__)
def test_the_same_rows_give_the_same_snapshot_to_the_byte(kiosk, expected, tmp_path, make):
    found = parquet_bytes(snapshot(kiosk(make)), tmp_path / "found")
    assert {name for name in expected if found[name] != expected[name]} == set()


def test_a_postgresql_server_gives_the_same_snapshot_to_the_byte(kiosk, expected, tmp_path, postgres, monkeypatch):
    monkeypatch.setenv("KIOSK_DATABASE", postgres.url())
    params = kiosk(as_postgres(postgres))
    assert source_faults(params) == []
    assert source_files(params) == {}
    found = parquet_bytes(snapshot(params), tmp_path / "found")
    assert {name for name in expected if found[name] != expected[name]} == set()


SECRET = "pl4nted-s3cret"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("postgresql://planner:{secret}@127.0.0.1:{port}/postgres", "no connection"),
        ("postgresql://{secret}:x@127.0.0.1:1/{secret}", "no connection"),
        ("nonsense-{secret}://planner:{secret}@host/{secret}", "an error of its driver"),
        ("{secret}", "an error of its driver"),
    ],
)
def test_no_part_of_an_address_reaches_an_error(kiosk, postgres, monkeypatch, capfd, address, found):
    monkeypatch.setenv("KIOSK_DATABASE", address.format(secret=SECRET, port=postgres.port))
    params = kiosk("where: 'env:KIOSK_DATABASE'")
    with pytest.raises(InputRefusedError) as stopped:
        snapshot(params)
    chain, problem = [], stopped.value
    while problem is not None:
        chain.append(f"{problem!r} {problem}")
        problem = problem.__cause__ or problem.__context__
    said = " ".join([*chain, *capfd.readouterr()])
    assert SECRET not in said
    assert found in said
    assert "env:KIOSK_DATABASE" in said


def test_a_table_or_right_that_is_missing_is_named_without_the_address(kiosk, postgres, monkeypatch):
    postgres.run("DROP TABLE IF EXISTS ledger", "CREATE TABLE ledger (entity text, tags text[])")
    monkeypatch.setenv("KIOSK_DATABASE", postgres.url())
    faults = refused(kiosk("where: 'env:KIOSK_DATABASE'"))
    assert any(fault.startswith("env:KIOSK_DATABASE!ledger: found no column 'amount'") for fault in faults)
    assert not any(postgres.password in fault for fault in faults)


def test_a_missing_variable_and_an_address_in_company_yml_are_refused_without_being_shown(kiosk, monkeypatch):
    monkeypatch.delenv("KIOSK_DATABASE", raising=False)
    (fault,) = refused(kiosk("where: 'env:KIOSK_DATABASE'"))
    assert fault.startswith("env:KIOSK_DATABASE: found no such variable in the environment")
    (fault,) = refused(kiosk(f"where: 'postgresql://planner:{SECRET}@host/db'"))
    assert SECRET not in fault
    assert "env:NAME" in fault


def test_infinite_and_absurd_numbers_of_typed_sources_are_set_aside_by_name(kiosk):
    def doubles(folder: Path) -> str:
        as_parquet(folder)
        values = [1e300, float("nan"), float("-inf"), 1.5, 2.5, 12345678901234.0]
        table = ledger().set_column(5, "amount", pa.array(values, pa.float64()))
        pq.write_table(table, folder / "ledger.parquet")
        return "where: exports, kind: parquet"

    frames = snapshot(kiosk(doubles))
    reasons = frames["quarantine"]["reason"].str.cat(sep="; ")
    for each in (
        "'nan' is not a plain number",
        "'-inf' is not a plain number",
        "'1e+300' is not a plain number",
        "'12345678901234.0' is larger than 9,999,999,999,999.99",
    ):
        assert each in reasons
    assert frames["sources"].set_index("frame").loc["ledger", ["rows", "used", "quarantined", "later"]].tolist() == [6, 0, 5, 1]


@pytest.mark.parametrize(
    ("written", "read"),
    [("1.234,56", "1234.56"), ("1234,56", "1234.56"), ("-7", "-7.00"), ("1.23,4", None), ("12.34", None), ("1,234.56", None), ("1.234.5", None)],
)
def test_a_decimal_comma_is_read_as_declared_and_nothing_else_is_guessed(kiosk, written, read):
    def own(folder: Path) -> str:
        (folder / "ledger.csv").write_text(f"id;entity;team;account;month;amount;currency;vendor\n1;us;sales;6000;2026-09;{written};USD;\n")
        return "where: exports, separator: semicolon, decimal: comma, thousands: point"

    frames = snapshot(kiosk(own))
    assert frames["ledger"]["amount_local"].tolist() == ([Decimal(read)] if read else [])
    assert len(frames["quarantine"]) == (0 if read else 1)


def test_a_point_in_a_file_of_decimal_commas_is_no_number(kiosk):
    def own(folder: Path) -> str:
        (folder / "ledger.csv").write_text("id^entity^team^account^month^amount^currency^vendor\n1^us^sales^6000^2026-09^1.234^USD^\n")
        return "where: exports, separator: '^', decimal: comma"

    frames = snapshot(kiosk(own))
    assert frames["quarantine"]["reason"].tolist() == ["amount '1.234 (declared: decimal comma)' is not a plain number"]


def test_the_mark_before_cents_and_between_thousands_cannot_be_the_same(kiosk):
    (fault,) = [each for each in refused(kiosk(as_csv, ", decimal: comma, thousands: comma")) if "marks" in each]
    assert "two different marks" in fault
