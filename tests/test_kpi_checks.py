"""KPIs that teams hand over: their rhythm, their unit, and which value counts where two are told."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from aop_lib.errors import DataLateError
from aop_lib.load import load
from aop_lib.plan.handed_kpis import handed_findings
from aop_lib.plan.saas_metrics import metric_frames
from aop_lib.sources.snapshot import snapshot

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk Inc, currency: USD}]
teams:
  - {id: customer, name: Customer, owner: ada}
  - {id: support, name: Support, owner: ada, parent: customer}
  - {id: success, name: Success, owner: ada, parent: customer}
  - {id: sales, name: Sales, owner: ada}
lines: [{id: revenue, name: Revenue, type: revenue}, {id: costs, name: Costs, type: opex}]
accounts: [{account: '4000', name: Sales, type: revenue, line: revenue}, {account: '6000', name: Costs, type: opex, line: costs}]
sources:
  - {name: books, preset: canonical, where: books, checks: {freshness: 'off', volume: 'off', balance: 'off', gaps: 'off'}}
"""
LEDGER = "entity,team,account,month,amount,currency,vendor\nus,sales,4000,2026-09,100.00,USD,\nus,sales,6000,2026-09,60.00,USD,\n"
SOURCE = "  - {{name: {}, preset: canonical_kpis, where: {}.csv, checks: {{{}}}}}\n"


@pytest.fixture
def handed(tmp_path):
    """Writes the company with sheets of KPIs, and returns what to load."""

    def written(checks: str = "", **sheets: str):
        (tmp_path / "books").mkdir(exist_ok=True)
        (tmp_path / "books" / "ledger.csv").write_text(LEDGER)
        (tmp_path / "company.yml").write_text(COMPANY + "".join(SOURCE.format(name, name, checks) for name in sheets))
        (tmp_path / "fy2027.yml").write_text("kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\nas_of: 2026-10-15\n")
        for name, rows in sheets.items():
            (tmp_path / f"{name}.csv").write_text(f"metric,team,month,value,unit\n{rows}")
        return load(tmp_path / "fy2027.yml")

    return written


def read(params):
    frames = snapshot(params)
    return frames | metric_frames(params, frames)


def values(frames, metric: str) -> dict[tuple[str, str], Decimal]:
    own = frames["kpis"][frames["kpis"]["metric"] == metric]
    return {(team, f"{month:%Y-%m}"): value for team, month, value in zip(own["team"], own["month"], own["value"], strict=True)}


def told(frames, topic: str) -> list[tuple[str, str]]:
    own = frames["source_findings"][frames["source_findings"]["topic"] == topic]
    return list(zip(own["what"], own["found"], strict=True))


def test_a_metric_is_late_by_its_own_rhythm_and_a_quarterly_one_has_no_gaps(handed):
    monthly = "support_tickets,,2026-06,5,\nsupport_tickets,,2026-08,7,\nsupport_tickets,,2026-07,6,\n"
    frames = read(handed(sheet=monthly + "nps,,2025-12,30,\nnps,,2026-03,31,\nnps,,2026-09,33,\n"))
    assert told(frames, "freshness") == [("the values of support_tickets end before the last closed month", "the last month is 2026-08")]
    assert told(frames, "gaps") == [("1 month without a value of nps: 2026-06", "1 month")]


def test_a_late_kpi_stops_the_run_as_late_data_where_company_yml_says_so(handed):
    params = handed("freshness: error", sheet="nps,,2026-08,30,\n")
    with pytest.raises(DataLateError, match="the last month is 2026-08") as stopped:
        snapshot(params)
    assert stopped.value.exit_status == 4


def test_a_unit_is_the_metrics_own_and_hundredths_become_a_fraction(handed):
    rows = "support_tickets,,2026-09,5,count\nnps,,2026-09,30,ratio\ngrr,,2026-09,97.5,%\nnrr,,2026-09,1.1,pct\n"
    rows += "support_tickets,sales,2026-09,5,%\nnew_arr,,2026-09,5,EUR\ncac,,2026-09,9,USD\n"
    frames = read(handed(sheet=rows))
    assert frames["quarantine"]["reason"].tolist() == [
        "unit 'ratio' of nps (count) is not the unit of the metric",
        "unit '%' of support_tickets (count) is not the unit of the metric",
        "unit 'EUR' of new_arr (USD) is not the unit of the metric",
    ]
    assert {topic for topic in frames["source_findings"]["topic"] if topic != "later"} == {"types"}
    assert {name: values(frames, name)["", "2026-09"] for name in ("grr", "nrr", "cac", "support_tickets")} == {
        "grr": Decimal("0.975"), "nrr": Decimal("1.1"), "cac": 9, "support_tickets": 5,
    }  # fmt: skip


def test_what_a_formula_gives_from_the_books_counts_and_the_handed_value_is_named(handed):
    params = handed(sheet="operating_margin,,2026-09,0.9,\noperating_margin,,2026-08,0.8,\n")
    frames = read(params)
    assert values(frames, "operating_margin") == {("", "2026-09"): Decimal("0.4")}
    found = handed_findings(params, frames["kpi_readings"], frames["kpis"])
    assert found["what"].tolist() == ["Operating margin is handed over and measured as well: what is measured counts"]


def test_of_two_sources_the_first_by_name_counts_and_the_other_is_named(handed):
    params = handed(b_sheet="nps,,2026-09,35,\n", a_sheet="nps,,2026-09,30,\n")
    frames = read(params)
    assert values(frames, "nps") == {("", "2026-09"): 30}
    found = handed_findings(params, frames["kpi_readings"], frames["kpis"])
    assert found[["where", "what", "expected", "found"]].to_numpy().tolist() == [
        ["b_sheet: nps", "Net promoter score is handed over by a_sheet as well: that one counts", "30", "35, and so in 1 month"]
    ]


def test_teams_without_a_value_of_the_company_add_up_where_the_metric_does(handed):
    tickets = "support_tickets,customer,2026-08,9,\nsupport_tickets,support,2026-08,5,\nsupport_tickets,sales,2026-08,1,\n"
    stated = "support_tickets,support,2026-09,5,\nsupport_tickets,,2026-09,7,\nnps,support,2026-09,40,\n"
    frames = read(handed(sheet=tickets + stated))
    own = values(frames, "support_tickets")
    assert own["", "2026-08"] == 9 + 1  # the group holds its teams
    assert own["", "2026-09"] == 7
    assert values(frames, "nps") == {("support", "2026-09"): 40}
    status = frames["metric_status"].set_index("metric")
    assert status.loc[["support_tickets", "nps"], "status"].tolist() == ["measured", "no data"]


def test_values_after_the_last_closed_month_wait(handed):
    frames = read(handed(sheet="nps,,2026-09,30,\nnps,,2026-10,31,\n"))
    assert values(frames, "nps") == {("", "2026-09"): 30}
    row = frames["sources"].set_index("source").loc["sheet"]
    assert (row["used"], row["later"], pd.Timestamp(row["last_month"])) == (1, 1, pd.Timestamp("2026-09-01"))
