"""The demo company's exports in the layouts of NetSuite, Stripe, Salesforce and Workday: the books hang together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from aop_lib.load import load
from aop_lib.periods import month_spine, posting_month
from aop_lib.sources.declared import source_faults, source_files
from aop_lib.sources.snapshot import snapshot

DEMO = Path(__file__).parent.parent / "params" / "demo"
pytestmark = pytest.mark.skipif(not (DEMO / "exports" / "netsuite").is_dir(), reason="the demo's exports are not there: make them with its script")


@pytest.fixture(scope="module")
def plan():
    return load(DEMO / "fy2027.yml")


@pytest.fixture(scope="module")
def planned(plan):
    return snapshot(plan)


@pytest.fixture(scope="module")
def reviewed():
    return snapshot(load(DEMO / "fy2027_q1.yml"))


def test_every_declared_file_is_there(plan):
    assert source_faults(plan) == []
    assert len(source_files(plan)) > 15


def test_the_plan_sees_thirty_six_months_and_nothing_later(plan, planned):
    months = month_spine(pd.Timestamp("2023-10-01"), pd.Timestamp("2026-10-01"))
    assert sorted(planned["ledger"]["month"].unique()) == sorted(planned["mrr"]["month"].unique()) == sorted(planned["rates"]["month"].unique()) == months
    assert planned["people"]["end"].max() < pd.Timestamp("2026-12-31")
    assert planned["opportunities"]["created"].max() <= pd.Timestamp(plan.as_of)
    later = planned["sources"].set_index(["source", "frame"])["later"]
    assert (later[[("ledger", "ledger"), ("billing", "mrr"), ("crm", "opportunities"), ("hr", "people")]] > 0).all()


def test_the_review_sees_the_same_past_and_six_months_more(planned, reviewed):
    past = reviewed["ledger"][reviewed["ledger"]["month"] <= pd.Timestamp("2026-09-01")].reset_index(drop=True)
    pd.testing.assert_frame_equal(past, planned["ledger"])
    assert reviewed["ledger"]["month"].nunique() == planned["ledger"]["month"].nunique() + 6
    assert (reviewed["sources"]["later"] <= planned["sources"]["later"]).all()


def test_every_control_total_ties_and_nothing_is_set_aside(planned, reviewed):
    for frames in (planned, reviewed):
        assert frames["control_totals"]["ties"].all()
        assert len(frames["quarantine"]) == 0
        assert not frames["source_findings"]["severity"].isin(["error", "warning"]).any()


def test_the_trial_balance_is_zero_in_every_month_and_entity_in_its_own_currency(planned):
    signs = planned["accounts"].set_index("account")["debit_sign"]
    ledger = planned["ledger"]
    sums: dict = {}
    for entity, month, account, amount in zip(*(ledger[name] for name in ("entity", "month", "account", "amount_local")), strict=True):
        sums[entity, month] = sums.get((entity, month), Decimal(0)) + int(signs[account]) * amount
    assert len(sums) == 2 * 36
    assert set(sums.values()) == {Decimal("0.00")}


def test_ledger_revenue_follows_the_subscriptions_to_the_cent_in_each_currency(planned):
    ledger = planned["ledger"]
    revenue = ledger[ledger["account"].isin(["4010", "4020"])].groupby(["month", "currency"])["amount_local"].sum()
    mrr = planned["mrr"].groupby(["month", "currency"])["amount_local"].sum()
    assert revenue.to_dict() == mrr.to_dict()


def test_each_products_revenue_follows_its_subscriptions_to_the_cent_in_each_currency(planned):
    ledger, mrr = planned["ledger"], planned["mrr"]
    for account, product in (("4010", "Larkfield Dispatch"), ("4020", "Larkfield Insights")):
        revenue = ledger[ledger["account"] == account].groupby(["month", "currency"])["amount_local"].sum()
        assert revenue.to_dict() == mrr[mrr["product"] == product].groupby(["month", "currency"])["amount_local"].sum().to_dict()
    assert planned["subscriptions"]["signed"].notna().all()


def test_a_leaver_whose_notice_came_after_the_cut_is_still_here(plan, planned, reviewed):
    before, after = (frames["people"].set_index("person")["end"] for frames in (planned, reviewed))
    left = after[after.notna() & (after > pd.Timestamp(plan.as_of))].index.intersection(before.index)
    assert len(left) > 0
    assert before[left].isna().any()


def test_hires_signed_later_are_unknown(plan, planned, reviewed):
    unknown = reviewed["people"][~reviewed["people"]["person"].isin(planned["people"]["person"])]
    assert len(unknown) > 0
    assert (unknown["start"] > pd.Timestamp(plan.as_of)).all()


def test_a_cut_a_year_earlier_gives_the_books_of_that_day(plan):
    earlier = replace(plan, cycle=plan.cycle.model_copy(update={"last_closed_month": pd.Timestamp("2025-09-01"), "as_of": date(2025, 10, 15)}))
    frames = snapshot(earlier)
    assert frames["ledger"]["month"].max() == frames["mrr"]["month"].max() == pd.Timestamp("2025-09-01")
    assert frames["control_totals"]["ties"].all()
    assert posting_month(frames["opportunities"]["created"].max().date()) <= pd.Timestamp("2025-10-01")
