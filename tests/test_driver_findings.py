"""What is weak in the drivers is told: assumed ones, segments that are not there, accounts that lead nowhere, more than all billed in advance."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest
from test_driver_inputs import FILES, company, snapshot

from aop_lib import frames
from aop_lib.errors import InputRefusedError
from aop_lib.facts import assumptions
from aop_lib.load import load
from aop_lib.plan.driver_findings import driver_findings
from aop_lib.plan.driver_frames import driver_frames
from aop_lib.plan.driver_inputs import driver_model, evidence
from aop_lib.plan.driver_results import results

QUARTERLY = {"driver": "quarterly_share", "value": "0.4", "unit": "pct", "source": "…"}


def test_a_driver_without_a_source_and_one_for_an_unknown_segment_are_findings():
    told = [
        {"driver": "churn_rate", "value": "0.02", "unit": "pct", "owner": "sal"},
        {"driver": "win_rate", "segment": "alll", "value": "0.3", "unit": "pct", "source": "…", "owner": "bea"},
    ]
    own, found = company(told=told), snapshot()
    made = driver_frames(own, found)
    rows = {(row["topic"], row["where"]): row for row in driver_findings(own, made["driver_values"], made["driver_paths"])}
    assert rows["assumed", "Churn a month, by MRR"]["owner"] == "Sal Sorrel"
    assert rows["driver", "Win rate, by amount, alll"]["expected"].startswith("one of all")
    assert rows["assumed", "Ramp of a seller"]["severity"] == "note"
    assert driver_findings(own, frames.empty("driver_values"), frames.empty("driver_paths")) == []


def test_an_account_that_follows_a_volume_and_adds_into_no_line_is_refused_by_name():
    own, found = company(follows=[{"account": "1000", "volume": "customers"}]), snapshot()
    with pytest.raises(InputRefusedError, match=r"'1000'.*an account that adds into a P&L line"):
        driver_model(own, evidence(own, found), found)


@pytest.mark.parametrize(("annual", "is_refused"), [("70 %", True), ("60 %", False)])
def test_more_than_all_billed_in_advance_is_refused_where_it_is_told(tmp_path, annual, is_refused):
    for name, text in FILES.items():
        (tmp_path / name).write_text(dedent(text))
    told = (f"{{driver: annual_share, unit: pct, value: {annual}, segment: smb}}", "{driver: quarterly_share, unit: pct, value: 40 %}")
    (tmp_path / "drivers.yml").write_text("model:\n  told:\n" + "".join(f"    - {each}\n" for each in told))
    if not is_refused:
        assert load(tmp_path / "fy2026.yml").drivers.model.told
        return
    with pytest.raises(InputRefusedError, match=r"drivers.yml:4.*annual_share \+ quarterly_share = 1.1"):
        load(tmp_path / "fy2026.yml")


def test_an_estimate_leaves_room_for_what_is_billed_quarterly():
    own, found = company(told=[QUARTERLY]), snapshot()
    model = driver_model(own, evidence(own, found), found)
    full = replace(model, drivers={**model.drivers, "annual_share": model.drivers["annual_share"] * 0 + 1.0})
    held = replace(model, drivers={**model.drivers, "annual_share": model.drivers["annual_share"] * 0 + 0.6})
    assert results(full).company["billings"] == pytest.approx(results(held).company["billings"])


def test_balances_that_are_not_rolled_stand_beside_those_that_are():
    own, found = company(), snapshot(rows=[("selling", "1000", "2026-09", "500")])
    unnamed = replace(own, company=own.company.model_copy(update={"switches": own.company.switches.model_copy(update={"cash_accounts": []})}))
    told = [driver_model(each, evidence(each, found), found).opening for each in (own, unnamed)]
    assert [(each.cash, each.other_net) for each in told] == [(500.0, 0.0), (0.0, 500.0)]


def test_every_page_of_the_demo_names_the_drivers_that_nobody_has_sourced(cycles):
    told = assumptions(load(cycles.params / "demo" / "fy2027.yml"), (cycles.plan,))
    assert "Tax on profit: 25.0\u00a0%" in told
