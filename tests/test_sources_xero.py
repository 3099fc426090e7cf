"""Xero's own ledger through the library's preset: 4,033 real lines."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pandas as pd
import pytest

from aop_lib.load import load
from aop_lib.sources.snapshot import snapshot

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "source_exports" / "xero"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real export is read from ../shared/data/source_exports/xero, which is not here")


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studio")
    (folder / "company.yml").write_text(
        dedent(f"""\
        name: Studio
        reporting_currency: CAD
        fiscal_year_start: 3
        owners: [{{id: ada, name: Ada}}]
        entities: [{{id: studio, name: Studio, currency: CAD, codes: [xero]}}]
        teams: [{{id: all, name: All, owner: ada}}]
        lines:
          - {{id: revenue, name: Revenue, type: revenue, roots: ['200', '260', '270']}}
        sources:
          - {{name: books, preset: xero, where: {DATA}, currency: CAD, checks: {{freshness: warning}}}}
        """)
    )
    (folder / "fy2023.yml").write_text("kind: plan\ncycle: fy2023\nlast_closed_month: 2021-12\n")
    return snapshot(load(folder / "fy2023.yml"))


def by_type(frames: dict, months=None) -> dict[str, Decimal]:
    types = frames["accounts"].set_index("account")["type"]
    ledger = frames["ledger"] if months is None else frames["ledger"][frames["ledger"]["month"].between(*months)]
    totals: dict[str, Decimal] = {}
    for row in ledger.itertuples():
        kind = "revenue" if types[row.account] == "revenue" else "expense" if types[row.account] in {"opex", "cost_of_revenue"} else "balance sheet"
        totals[kind] = totals.get(kind, Decimal(0)) + row.amount
    return totals


def test_revenue_and_expense_are_the_published_totals_with_a_positive_sign(frames):
    totals = by_type(frames)
    assert (totals["revenue"], totals["expense"]) == (Decimal("566973.74"), Decimal("64821.85"))


def test_the_fiscal_year_that_ends_in_february_is_the_published_one(frames):
    totals = by_type(frames, (pd.Timestamp("2020-03-01"), pd.Timestamp("2021-02-01")))
    assert (totals["revenue"], totals["expense"]) == (Decimal("451861.21"), Decimal("36406.53"))


def test_every_journal_balances(frames):
    checks = frames["control_totals"].set_index("check")
    documents = next(name for name in checks.index if "documents that balance" in name)
    assert checks.loc[documents, ["left", "right"]].tolist() == [Decimal("1685.00"), Decimal("1685.00")]
    assert checks["ties"].all()
    assert not (frames["source_findings"]["topic"] == "balance").any()


def test_all_4033_lines_are_used(frames):
    sources = frames["sources"].set_index("frame")
    assert sources.loc["ledger", ["rows", "used", "quarantined", "later"]].tolist() == [4033, 4033, 0, 0]
