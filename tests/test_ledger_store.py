from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st
from ledger_lines import LINES, SCHEMA, SMALL, line, refusal, table, written

from aop_lib.sources.ledger_store import FILE, control_differences, control_totals_by_month, store_totals, stored_totals, with_new_month
from aop_lib.sources.ledger_totals import ledger_totals


@SMALL
@given(st.lists(line, min_size=1, max_size=30))
def test_a_stored_aggregate_with_a_new_month_equals_adding_up_everything(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("months")
    last = max(each[3] for each in lines).replace(day=1)
    old, new = [each for each in lines if each[3] < last], [each for each in lines if each[3] >= last]
    everything = ledger_totals(written(folder / "all.parquet", lines))
    history = ledger_totals(written(folder / "old.parquet", old)) if old else everything.slice(0, 0)
    store_totals(history, folder / "store")
    grown = with_new_month(stored_totals(folder / "store"), written(folder / "new.parquet", new), pd.Timestamp(last))
    assert grown.equals(everything)
    assert control_differences(control_totals_by_month(grown), control_totals_by_month(everything)) == []
    assert with_new_month(grown, folder / "new.parquet", pd.Timestamp(last)).equals(everything)


def _found(tmp_path, lines):
    full = control_totals_by_month(ledger_totals(written(tmp_path / "full.parquet", LINES)))
    other = control_totals_by_month(ledger_totals(written(tmp_path / "other.parquet", lines)))
    return [str(each) for each in control_differences(full, other)]


def test_control_totals_find_a_line_that_was_added(tmp_path):
    added = [*LINES, (*LINES[0][:6], Decimal("0.00"))]
    assert _found(tmp_path, added) == ["2026-01 us: 2 lines of USD 0.30 against 3 of 0.30"]


def test_control_totals_find_an_amount_that_was_changed_by_a_cent(tmp_path):
    changed = [(*LINES[0][:6], Decimal("0.11")), *LINES[1:]]
    assert _found(tmp_path, changed) == ["2026-01 us: 2 lines of USD 0.30 against 2 of 0.31"]


def test_control_totals_find_a_line_that_was_dropped_and_one_that_moved_to_another_month(tmp_path):
    assert _found(tmp_path, LINES[:-1]) == ["2026-03 de: 1 lines of USD 12.00 against 0 of 0"]
    moved = [*LINES[:-1], (*LINES[5][:3], date(2026, 2, 28), *LINES[5][4:])]
    assert _found(tmp_path, moved) == ["2026-02 de: 0 lines of USD 0 against 1 of 12.00", "2026-03 de: 1 lines of USD 12.00 against 0 of 0"]


def test_lines_of_another_month_are_refused_rather_than_lost(tmp_path):
    stored = ledger_totals(written(tmp_path / "old.parquet", LINES[:2]))
    late = written(tmp_path / "late.parquet", [LINES[1], *LINES[2:5]])
    message = refusal(lambda: with_new_month(stored, late, pd.Timestamp("2026-02-01")))
    assert "late.parquet: 2026-01: found 1 lines; expected lines of 2026-02 alone" in message
    none = written(tmp_path / "none.parquet", LINES)
    pq.write_table(table(LINES).slice(0, 0), none)
    assert "found no lines" in refusal(lambda: with_new_month(stored, none, pd.Timestamp("2026-02-01")))


def test_a_stored_aggregate_that_was_changed_cut_short_or_lost_is_refused(tmp_path):
    assert "no such file" in refusal(lambda: stored_totals(tmp_path))
    file = store_totals(ledger_totals(written(tmp_path / "ledger.parquet", LINES)), tmp_path)
    whole = pq.read_table(file)
    pq.write_table(whole.slice(1).replace_schema_metadata(whole.schema.metadata), file)
    assert "other totals than its control totals state" in refusal(lambda: stored_totals(tmp_path))
    pq.write_table(whole.replace_schema_metadata(None), file)
    assert FILE in refusal(lambda: stored_totals(tmp_path))
    file.write_bytes(file.read_bytes()[:-9])
    assert FILE in refusal(lambda: stored_totals(tmp_path))


def test_stored_amounts_keep_their_decimals_and_never_become_floats(tmp_path):
    fine = SCHEMA.set(6, pa.field("amount", pa.decimal128(20, 4)))
    totals = ledger_totals(written(tmp_path / "fine.parquet", [(*each[:6], Decimal("0.0001")) for each in LINES], fine))
    again = stored_totals(store_totals(totals, tmp_path / "store").parent)
    assert again.equals(totals)
    control = control_totals_by_month(again)
    assert control.schema.field("amount").type == pa.decimal128(38, 4)
    assert sum(control["amount"].to_pylist()) == Decimal("0.0006")
    cents = written(tmp_path / "cents.parquet", LINES[5:])
    assert "found 2 decimals; expected 4 decimals, as stored" in refusal(lambda: with_new_month(again, cents, pd.Timestamp("2026-03-01")))
