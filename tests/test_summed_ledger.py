"""A ledger that is added up before it is checked gives the snapshot that its single lines give, but for vendors."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_lines import SMALL, amounts
from typer.testing import CliRunner

from aop_lib.cli import app
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.sources.snapshot import snapshot

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk Inc, currency: USD}]
teams: [{id: sales, name: Sales, owner: ada, codes: ['210']}, {id: product, name: Product, owner: ada}]
lines: [{id: revenue, name: Revenue, type: revenue}, {id: costs, name: Costs, type: opex}]
accounts:
  - {account: '4000', name: Sales, type: revenue, line: revenue}
  - {account: '6000', name: Salaries, type: opex, line: costs}
sources:
  - {name: books, preset: canonical, kind: parquet, where: WHERE, checks: {freshness: 'off', volume: 'off', balance: 'off'}, lines: HOW}
"""
CYCLE = "kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\n"
COLUMNS = ["entity", "team", "account", "month", "amount", "currency", "vendor"]
KINDS = {name: pa.string() for name in COLUMNS} | {"amount": pa.decimal128(18, 2)}
lines = st.tuples(
    st.sampled_from(["us", "us", "US", "mars", ""]),
    st.sampled_from(["sales", "210", "product", "", "nobody"]),
    st.sampled_from(["4000", "6000", "9999"]),
    st.sampled_from(["2026-07", "2026-08", "2026-09", "2026-10"]),
    amounts.map(lambda amount: amount / 1000).map(lambda amount: amount.quantize(Decimal("0.01"))),
    st.sampled_from(["USD", "USD", "usd"]),
    st.sampled_from(["Acme", "Bolt"]),
)


def written(file: Path, rows) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: pa.array(values, KINDS[name]) for name, values in zip(COLUMNS, zip(*rows, strict=True), strict=True)}), file)


def company(folder: Path, how: str, where: str = "exports") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "company.yml").write_text(COMPANY.replace("HOW", how).replace("WHERE", where))
    (folder / "fy2027.yml").write_text(CYCLE)
    return folder / "fy2027.yml"


def without_vendor(ledger: pd.DataFrame) -> list[tuple]:
    keys = ["entity", "team", "account", "month", "currency"]
    sums = ledger.groupby(keys, observed=True)[["amount_local", "amount"]].sum()
    return [(*key, *row) for key, row in zip(sums.index, sums.itertuples(index=False), strict=True)]


@SMALL
@given(st.lists(lines, min_size=1, max_size=40))
def test_adding_up_first_changes_nothing_but_vendors(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("both")
    written(folder / "exports" / "ledger.parquet", rows)
    single, summed = (snapshot(load(company(folder, how))) for how in ("single", "summed"))
    assert without_vendor(single["ledger"]) == without_vendor(summed["ledger"])
    assert set(summed["ledger"]["vendor"]) <= {""}
    counts = ["rows", "used", "quarantined", "later", "first_month", "last_month"]
    assert single["sources"][counts].equals(summed["sources"][counts])
    assert summed["control_totals"]["ties"].all()
    reasons = [frames["quarantine"].groupby("reason")["amount"].sum() for frames in (single, summed)]
    assert list(reasons[0].items()) == list(reasons[1].items())


def test_kept_totals_with_a_new_month_give_the_snapshot_of_the_whole_ledger(tmp_path):
    old = [("us", "sales", "6000", f"2026-{month:02d}", Decimal(month) / 100, "USD", "Acme") for month in range(1, 9)]
    new = [("us", "210", "4000", "2026-09", Decimal("12.34"), "USD", "Bolt"), ("us", "nobody", "4000", "2026-09", Decimal("0.01"), "USD", "")]
    written(tmp_path / "old.parquet", old)
    written(tmp_path / "new.parquet", new)
    written(tmp_path / "company" / "exports" / "ledger.parquet", old + new)
    run = CliRunner()
    kept = tmp_path / "company" / "kept"
    assert run.invoke(app, ["totals", str(tmp_path / "old.parquet"), str(kept)]).output.startswith("8 lines to 2026-08 in ")
    for _ in range(2):  # a month that comes again replaces itself
        done = run.invoke(app, ["totals", str(tmp_path / "new.parquet"), str(kept), "--month", "2026-09"])
        assert done.output.startswith("10 lines to 2026-09 in "), done.output
    whole = snapshot(load(company(tmp_path / "company", "summed")))
    grown = snapshot(load(company(tmp_path / "company", "summed", "kept/ledger_totals.parquet")))
    assert whole["ledger"].equals(grown["ledger"])
    assert whole["sources"].equals(grown["sources"])
    assert int(grown["sources"]["quarantined"].sum()) == 1


def test_a_month_of_other_lines_or_an_unknown_month_is_refused(tmp_path):
    written(tmp_path / "old.parquet", [("us", "sales", "6000", "2026-08", Decimal("1.00"), "USD", "")])
    run = CliRunner()
    assert run.invoke(app, ["totals", str(tmp_path / "old.parquet"), str(tmp_path / "kept")]).exit_code == 0
    other = run.invoke(app, ["totals", str(tmp_path / "old.parquet"), str(tmp_path / "kept"), "--month", "2026-09"])
    assert (other.exit_code, "lines of 2026-09 alone" in other.output) == (2, True)
    strange = run.invoke(app, ["totals", str(tmp_path / "old.parquet"), str(tmp_path / "kept"), "--month", "Sept", "--posting", "often"])
    assert strange.exit_code == 2
    assert "'Sept'" in strange.output
    assert "'often'" in strange.output


def test_only_a_parquet_ledger_can_be_added_up_first(tmp_path):
    file = company(tmp_path, "summed")
    (tmp_path / "company.yml").write_text((tmp_path / "company.yml").read_text().replace("kind: parquet", "kind: csv"))
    with pytest.raises(InputRefusedError, match="a Parquet ledger"):
        snapshot(load(file))


def test_changed_totals_are_refused(tmp_path):
    written(tmp_path / "all.parquet", [("us", "sales", "6000", "2026-08", Decimal("1.00"), "USD", "")])
    kept = tmp_path / "company" / "kept"
    CliRunner().invoke(app, ["totals", str(tmp_path / "all.parquet"), str(kept)])
    file = kept / "ledger_totals.parquet"
    table = pq.read_table(file)
    changed = table.set_column(table.schema.get_field_index("month"), "month", pa.array([date(2026, 7, 1)], pa.date32()))
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), file)
    with pytest.raises(InputRefusedError, match="control totals"):
        snapshot(load(company(tmp_path / "company", "summed", "kept/ledger_totals.parquet")))


def test_the_report_says_that_single_lines_were_not_compared(tmp_path):
    written(tmp_path / "exports" / "ledger.parquet", [("us", "sales", "6000", "2026-08", Decimal("1.00"), "USD", "")] * 2)
    found = snapshot(load(company(tmp_path, "summed")))["source_findings"]
    assert list(found.loc[found["topic"] == "duplicates", "found"]) == ["lines: summed"]
