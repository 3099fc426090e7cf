"""Figures that teams hand over: they count where nothing else measures the metric, and what cannot be read is named."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from aop_lib.load import load
from aop_lib.plan.handed_kpis import handed_findings
from aop_lib.plan.saas_metrics import metric_frames
from aop_lib.sources.snapshot import snapshot

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk Inc, currency: USD}]
teams: [{id: support, name: Help, owner: ada}]
lines: [{id: revenue, name: Revenue, type: revenue}]
accounts: [{account: '4000', name: Sales, type: revenue, line: revenue}]
sources:
  - {name: books, preset: canonical, where: books, checks: {freshness: 'off', volume: 'off', balance: 'off', gaps: 'off'}}
  - {name: figures, preset: canonical_kpis, where: figures.csv}
"""
FIGURES = """\
metric,team,month,value
nps,,2026-08,31.5
Support tickets,Help,2026-09,120
support_tickets,,2026-09,120
suport_tickets,,2026-09,7
nps,,2026-09,about 30
nps,,2026-08,32
revenue,,2026-09,99
nps,,2026-10,40
"""


def frames_of(folder):
    folder.mkdir(exist_ok=True)
    (folder / "company.yml").write_text(COMPANY)
    (folder / "fy2027.yml").write_text("kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\n")
    (folder / "books").mkdir()
    (folder / "books" / "ledger.csv").write_text("entity,team,account,month,amount,currency,vendor\nus,support,4000,2026-09,100.00,USD,\n")
    (folder / "figures.csv").write_text(FIGURES)
    params = load(folder / "fy2027.yml")
    frames = snapshot(params)
    return params, frames | metric_frames(params, frames)


def test_what_is_handed_over_counts_where_nothing_else_measures_it(tmp_path):
    _, frames = frames_of(tmp_path)
    kpis = frames["kpis"]
    own = kpis[kpis["metric"].isin(["nps", "support_tickets"])]
    assert own[["metric", "team", "month", "value"]].to_numpy().tolist() == [
        ["nps", "", pd.Timestamp("2026-08-01"), Decimal("31.5")],
        ["support_tickets", "", pd.Timestamp("2026-09-01"), 120],
        ["support_tickets", "support", pd.Timestamp("2026-09-01"), 120],
    ]


def test_a_row_that_cannot_be_used_is_set_aside_with_its_reason_and_the_nearest_name(tmp_path):
    _, frames = frames_of(tmp_path)
    aside = frames["quarantine"].set_index("row")["reason"].to_dict()
    assert aside == {
        "line 5": "metric 'suport_tickets' is not a metric of the catalogue",
        "line 6": "value 'about 30' is not a plain number",
        "line 7": "reading 'nps  2026-08-01' a second time",
    }
    named = frames["source_findings"].set_index("topic")
    assert "support_tickets" in named.loc["unmapped", "expected"]
    row = frames["sources"].set_index("source").loc["figures"]
    assert (row["rows"], row["used"], row["quarantined"], row["later"]) == (8, 4, 3, 1)


def test_what_a_system_measures_counts_and_the_difference_is_named(tmp_path):
    params, frames = frames_of(tmp_path)
    kpis = frames["kpis"]
    assert kpis.loc[(kpis["metric"] == "revenue") & (kpis["team"] == ""), "value"].item() == 100
    found = handed_findings(params, frames["kpi_readings"], kpis)
    assert found[["severity", "where", "expected", "found"]].to_numpy().tolist() == [["warning", "figures: revenue", "100", "99, and so in 1 month"]]
