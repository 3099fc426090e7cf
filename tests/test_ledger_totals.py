from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_lines import LINES, SCHEMA, SMALL, by_hand, line, refusal, rows, table, written
from postgres import server

from aop_lib.errors import InputChangedError
from aop_lib.sources import ledger_totals as module
from aop_lib.sources.ledger_totals import GRAIN, ledger_totals, lines_totals


def test_totals_are_what_adding_up_by_hand_gives_in_the_order_of_team_account_and_month(tmp_path):
    totals = ledger_totals(written(tmp_path / "ledger.parquet", LINES))
    assert totals.schema.names == [*GRAIN, "lines", "amount"]
    assert rows(totals) == [
        ("", "4000", date(2026, 2, 1), "de", "EUR", 2, Decimal("10000000000000.00")),
        ("sales", "6000", date(2026, 1, 1), "us", "USD", 2, Decimal("0.30")),
        ("sales", "6000", date(2026, 2, 1), "us", "USD", 1, Decimal("-7.05")),
        ("support", "6000", date(2026, 3, 1), "de", "USD", 1, Decimal("12.00")),
    ]


@SMALL
@given(st.lists(line, min_size=1, max_size=40), st.sampled_from(["calendar", "nearest_month_end"]))
def test_every_amount_is_the_exact_sum_of_its_lines(tmp_path, lines, posting):
    assert rows(ledger_totals(written(tmp_path / "any.parquet", lines), posting)) == by_hand(lines, posting)


def test_a_date_belongs_to_the_month_that_the_posting_rule_gives_it_on_every_day_of_five_years(tmp_path):
    every = [date(2023, 1, 1) + timedelta(days=index) for index in range(5 * 365)]
    lines = [("us", "sales", "6000", day, "USD", "", Decimal("1.00")) for day in every]
    file = written(tmp_path / "days.parquet", lines)
    assert rows(ledger_totals(file, "nearest_month_end")) == by_hand(lines, "nearest_month_end")
    assert rows(ledger_totals(file)) == by_hand(lines)


@SMALL
@given(st.lists(line, min_size=3, max_size=30), st.randoms(use_true_random=False), st.integers(1, 4))
def test_one_file_many_files_and_shuffled_lines_give_the_same_totals(tmp_path_factory, lines, random, count):
    folder = tmp_path_factory.mktemp("ledger")
    one = ledger_totals(written(folder / "one.parquet", lines))
    shuffled = random.sample(lines, len(lines))
    for index in range(min(count, len(lines))):
        written(folder / "many" / f"part{index}.parquet", shuffled[index::count], row_group_size=2)
    assert ledger_totals(folder / "many").equals(one)


def test_a_month_may_stand_as_text_as_a_day_or_as_a_moment(tmp_path):
    expected = ledger_totals(written(tmp_path / "ledger.parquet", LINES))
    plain = table(LINES)
    months = pa.array([f"{each[3]:%Y-%m}" for each in LINES])
    for name, column in {
        "text": months,
        "dictionary": months.dictionary_encode(),
        "day": plain["date"],
        "moment": plain["date"].cast(pa.timestamp("us")),
    }.items():
        pq.write_table(plain.drop_columns("date").append_column("month", column), tmp_path / f"{name}.parquet")
        assert ledger_totals(tmp_path / f"{name}.parquet").equals(expected), name


def test_an_amount_is_a_decimal_all_the_way_and_its_decimals_stay(tmp_path):
    fine = SCHEMA.set(6, pa.field("amount", pa.decimal128(20, 4)))
    lines = [(*each[:6], Decimal("0.0001")) for each in LINES]
    assert ledger_totals(written(tmp_path / "cents.parquet", LINES)).schema.field("amount").type == pa.decimal128(38, 2)
    totals = ledger_totals(written(tmp_path / "fine.parquet", lines, fine))
    assert totals.schema.field("amount").type == pa.decimal128(38, 4)
    assert sum(totals["amount"].to_pylist()) == Decimal("0.0006")


def test_a_line_without_a_team_counts_with_those_whose_team_is_empty(tmp_path):
    lines = [(*LINES[0][:1], team, *LINES[0][2:]) for team in (None, "", "sales")]
    totals = ledger_totals(written(tmp_path / "ledger.parquet", lines))
    assert [(row["team"], row["lines"]) for row in totals.to_pylist()] == [("", 2), ("sales", 1)]
    pq.write_table(table(lines).drop_columns("team"), tmp_path / "teamless.parquet")
    assert [(row["team"], row["lines"]) for row in ledger_totals(tmp_path / "teamless.parquet").to_pylist()] == [("", 3)]


@pytest.mark.parametrize("posting", ["calendar", "nearest_month_end"])
def test_the_same_expression_gives_the_same_totals_on_a_postgresql_server(tmp_path, posting):
    import ibis

    lines = [*LINES, (*LINES[1][:1], None, *LINES[1][2:])]
    with server() as running:
        running.run("CREATE TABLE lines (entity text, team text, account text, date date, currency text, vendor text, amount numeric(18, 2))")
        connection = ibis.connect(running.url())
        try:
            connection.insert("lines", table(lines))
            found = module.finished(lines_totals(connection.table("lines"), posting).to_pyarrow(), "lines")
        finally:
            connection.disconnect()
    assert rows(found) == rows(ledger_totals(written(tmp_path / "ledger.parquet", lines), posting))


def test_all_faults_of_a_ledger_come_in_one_list(tmp_path):
    folder = tmp_path / "ledger"
    written(folder / "a.parquet", LINES)
    pq.write_table(table(LINES).drop_columns(["entity", "date"]), folder / "b.parquet")
    (folder / "c.parquet").write_bytes(b"PAR1 and no more")
    plain = table(LINES)
    pq.write_table(plain.set_column(6, "amount", plain["amount"].cast(pa.float64())), folder / "d.parquet")
    pq.write_table(plain.set_column(6, "amount", plain["amount"].cast(pa.decimal128(20, 4))), folder / "e.parquet")
    written(folder / "f.parquet", [(*LINES[0][:6], None), *LINES])
    message = refusal(lambda: ledger_totals(folder))
    for part in (
        "ledger/b.parquet: found no column 'entity'",
        "ledger/b.parquet: found no column 'month' or 'date'",
        "ledger/c.parquet: found ",
        "ledger/d.parquet: amount: found the type double; expected DECIMAL",
        "ledger/e.parquet: amount: found decimal128(20, 4); expected decimal128(18, 2), as in ledger/a.parquet",
        "ledger/f.parquet: amount: found 1 lines without an amount",
    ):
        assert part in message
    assert str(tmp_path) not in message


def test_a_line_that_says_too_little_is_refused_with_how_many_there_are(tmp_path):
    lines = [(None, *LINES[0][1:]), ("", *LINES[1][1:]), (*LINES[2][:4], "usd", *LINES[2][5:]), (*LINES[3][:3], None, *LINES[3][4:])]
    message = refusal(lambda: ledger_totals(written(tmp_path / "ledger.parquet", lines)))
    assert "ledger.parquet: entity: found 2 lines without it" in message
    assert "ledger.parquet: month: found 1 lines without it" in message
    assert "ledger.parquet: currency: found 'usd'" in message
    months = table(LINES).drop_columns("date").append_column("month", pa.array(["2026-13", "2026-1", "2026-01", "", "2026-01", "2026-01"]))
    pq.write_table(months, tmp_path / "months.parquet")
    assert refusal(lambda: ledger_totals(tmp_path / "months.parquet")).count("expected a month as YYYY-MM") == 3


def test_what_is_no_ledger_at_all_is_refused_by_name(tmp_path):
    assert "nowhere.parquet: found no such file or folder" in refusal(lambda: ledger_totals(tmp_path / "nowhere.parquet"))
    (tmp_path / "empty").mkdir()
    assert "empty: found an empty folder" in refusal(lambda: ledger_totals(tmp_path / "empty"))
    written(tmp_path / "mixed" / "a.parquet", LINES)
    (tmp_path / "mixed" / "notes.txt").write_text("mine")
    assert "mixed/notes.txt: found no Parquet file" in refusal(lambda: ledger_totals(tmp_path / "mixed"))


def test_a_ledger_whose_pages_are_damaged_is_refused_by_name(tmp_path):
    file = written(tmp_path / "damaged.parquet", LINES * 500, compression="none", use_dictionary=False)
    data = bytearray(file.read_bytes())
    data[4:400] = b"\xff" * 396
    file.write_bytes(bytes(data))
    assert "damaged.parquet: found " in refusal(lambda: ledger_totals(file))


def test_signs_of_a_search_pattern_in_a_file_name_are_only_signs(tmp_path):
    folder = tmp_path / "o'[1]*"
    written(folder / "a*.parquet", LINES)
    written(folder / "ab.parquet", LINES)
    assert [row["lines"] for row in ledger_totals(folder / "a*.parquet").to_pylist()] == [2, 2, 1, 1]
    assert [row["lines"] for row in ledger_totals(folder).to_pylist()] == [4, 4, 2, 2]


def test_the_database_can_open_the_ledger_and_nothing_else(tmp_path):
    import duckdb

    secret = written(tmp_path / "secret.parquet", LINES)
    file = written(tmp_path / "ledger.parquet", LINES)
    with module.opened({"ledger.parquet": file}) as connection:
        for attempt in (
            lambda: connection.read_parquet(str(secret)).fetchall(),
            lambda: connection.table(module.LINES).write_parquet(str(tmp_path / "copy.parquet")),
            lambda: connection.execute("SET enable_external_access = true"),
        ):
            with pytest.raises(duckdb.Error):
                attempt()
        assert len(connection.table(module.LINES)) == len(LINES)


def test_a_ledger_that_changes_while_it_is_read_is_noticed(tmp_path):
    file = written(tmp_path / "ledger.parquet", LINES)

    def read_while_it_changes():
        with module.opened({"ledger.parquet": file}) as connection:
            connection.table(module.LINES).fetchall()
            written(file, LINES[:3])

    with pytest.raises(InputChangedError, match=r"ledger\.parquet"):
        read_while_it_changes()
