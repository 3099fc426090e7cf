"""The demo company is made again byte for byte, is what its README tells, and has the troubles that reports should find."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from demo_exports import DEMO, EXPORTS, MONTHS, REAL, Row, booked, budgeted, employed, live, mrr, number, rows, won, workers

from aop_lib.load import load


def test_the_generator_makes_the_tracked_bytes_in_any_folder_time_zone_and_hash_seed(tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    subprocess.run([sys.executable, str(DEMO / "make_demo.py"), str(tmp_path)], check=True, cwd=tmp_path, env=environment)
    made = {each.relative_to(tmp_path): each.read_bytes() for each in tmp_path.rglob("*.csv")}
    tracked = {each.relative_to(EXPORTS): each.read_bytes() for each in EXPORTS.rglob("*.csv")}
    assert made.keys() == tracked.keys()
    assert [str(name) for name in made if made[name] != tracked[name]] == []


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/data/source_exports is not here")
def test_every_export_has_the_columns_of_the_real_system():
    for file in sorted(EXPORTS.glob("*/*.csv")):
        real = REAL / file.parent.name / file.name
        assert file.open(encoding="utf-8").readline().strip() == real.open(encoding="utf-8-sig").readline().strip(), file.name


@pytest.mark.parametrize(
    ("file", "keys"),
    [
        ("workday/workday_worker_history_data.csv", ("id",)),
        ("workday/workday_worker_position_history_data.csv", ("position_id", "worker_id")),
        ("workday/workday_worker_position_organization_history_data.csv", ("position_id", "worker_id", "index")),
        ("salesforce/sf_opportunity_history_data.csv", ("id",)),
    ],
)
def test_history_rows_follow_one_another_without_a_gap_and_the_last_is_active(file, keys):
    versions: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for each in rows(file):
        versions[tuple(each[key] for key in keys)].append(each)
    for history in versions.values():
        assert all(each["_fivetran_start"] < each["_fivetran_end"] for each in history)
        assert [each["_fivetran_end"] for each in history[:-1]] == [each["_fivetran_start"] for each in history[1:]]
        assert [each["_fivetran_active"] for each in history] == ["false"] * (len(history) - 1) + ["true"]
        assert history[-1]["_fivetran_end"] == "9999-12-31 23:59:59"


def test_an_end_of_a_subscription_is_a_later_version_that_says_when_it_became_known():
    versions: dict[str, list[Row]] = defaultdict(list)
    for each in rows("stripe/subscription_history_data.csv"):
        versions[each["id"]].append(each)
    for history in versions.values():
        assert history[0]["status"] == "active"
        assert history[0]["canceled_at"] == history[0]["ended_at"] == ""
        for earlier, later in pairwise(history):
            assert earlier["_fivetran_synced"] < later["_fivetran_synced"] <= later["ended_at"]
            assert later["canceled_at"] < later["ended_at"]
    unknown = [each for history in versions.values() for each in history if each["canceled_at"] > "2026-10-15"]
    assert len(unknown) > 50


def test_about_one_hundred_and_twenty_people_work_here_when_the_plan_is_made():
    here = [history for history in workers().values() if employed(history[-1], date(2026, 9, 30))]
    assert 115 <= len(here) <= 125


def test_a_seller_was_approved_for_january_2027_and_came_in_march():
    positions = {each["worker_for_filled_position_id"]: each for each in rows("workday/workday_position_data.csv")}
    late = [
        history[-1] for key, history in workers().items() if history[-1]["hire_date"] == "2027-03-01" and positions[key]["earliest_hire_date"] == "2027-01-04"
    ]
    assert len(late) == 1
    assert late[0]["_fivetran_start"] > "2026-10-15", "the plan cannot see the contract"


def test_mid_market_misses_its_first_quarter_of_2027():
    this, before = (won(range(number(start), number(start) + 3), "mid_market") for start in ("2027-01", "2026-01"))
    assert this < before / 2


def test_marketing_spends_more_on_fairs_than_its_budget():
    year = ("2026-01", "2026-09")
    assert booked("6120", year) > budgeted("marketing", "6120", year) * Decimal("1.2")


def test_a_rejected_adviser_bills_nevertheless():
    assert booked("7120", ("2023-10", "2026-12"), "Halvorsen Pricing Advisory") == 0
    assert booked("7120", ("2027-01", "2027-03"), "Halvorsen Pricing Advisory") > 70_000


def test_last_years_budget_differs_from_the_actuals_and_misses_an_incident():
    assert budgeted("platform", "5150", ("2026-01", "2026-12")) == 0
    assert booked("5150", ("2026-07", "2026-07"), "Redfern Incident Response") > 40_000
    revenue = -booked("4010", ("2026-01", "2026-09"))
    assert abs(sum(budgeted(team, "4010", ("2026-01", "2026-09")) for team in ("sales_na", "sales_emea")) / revenue - 1) > Decimal("0.01")


def test_prices_rise_in_february_2026_and_small_customers_leave_more_often():
    assert {each["plan"][-2:] for each in live("2026-01")} == {"v1"}
    assert {each["plan"][-2:] for each in live("2026-02") if each["term"] == 1 and each["product"] == "prod_dispatch"} == {"v2"}

    def left(months: list[str]) -> int:
        return sum(len(mrr(before, "smb").keys() - mrr(month, "smb").keys()) for before, month in pairwise(months))

    assert left(["2026-02", "2026-03", "2026-04", "2026-05"]) > left(["2025-02", "2025-03", "2025-04", "2025-05"])


def test_customers_contract_and_leave_and_some_come_back():
    first, last = mrr("2025-09"), mrr("2026-09")
    assert any(last[customer] < amount for customer, amount in first.items() if customer in last)
    assert len(first.keys() - last.keys()) > 20
    seen: set[str] = set()
    returned = set()
    for before, month in pairwise(MONTHS):
        returned |= (mrr(month).keys() - mrr(before).keys()) & seen
        seen |= mrr(before).keys()
    assert len(returned) >= 3


def test_a_large_customer_gives_back_a_third_of_its_seats_in_march_2027():
    seats = {month: {each["contract"]: each["quantity"] for each in live(month) if each["product"] == "prod_dispatch"} for month in ("2027-02", "2027-03")}
    given_back = [count - seats["2027-03"].get(contract, count) for contract, count in seats["2027-02"].items() if count > 1000]
    assert max(given_back) > 300


def test_the_company_has_the_size_and_growth_it_tells_of():
    def arr(month: str) -> Decimal:
        return 12 * sum((each["monthly"] * (Decimal("1.16") if each["entity"] == "de" else 1) for each in live(month)), Decimal(0))

    assert 19_000_000 < arr("2026-09") < 24_000_000
    assert Decimal("1.22") < arr("2026-09") / arr("2025-09") < Decimal("1.32")
    assert 300 <= len(mrr("2026-09")) <= 500
    assert {each["segment"] for each in live("2026-09")} == {"smb", "mid_market", "enterprise"}


@pytest.mark.parametrize("cycle", ["fy2027", "fy2027_q1"])
def test_the_parameters_of_both_cycles_have_no_fault(cycle):
    params = load(DEMO / f"{cycle}.yml")
    assert params.company.name == "Larkfield"
    assert 8 <= len([team for team in params.company.teams if team.cost_centres]) <= 12


def test_nobody_decides_a_request_of_their_own():
    submitted = {}
    for file in (DEMO / "requests").glob("*/*.yml"):
        fields = dict(line.split(": ", 1) for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(("request:", "submitted_by:")))
        submitted[fields["request"]] = fields["submitted_by"]
    assert [each.request for each in load(DEMO / "fy2027.yml").decisions if submitted.get(each.request) == each.by] == []


def test_every_team_hands_in_a_request_and_the_decisions_leave_one_open():
    params = load(DEMO / "fy2027.yml")
    asked = {team.id: sorted(each.stem for each in (DEMO / "requests" / team.id).iterdir()) for team in params.company.teams if team.submits}
    assert all(asked.values())
    ids = {stem.removesuffix(".r1") for team, stems in asked.items() if team != "executive" for stem in stems} | {"executive-board-offsite"}
    decided = {each.request: each.decision for each in params.decisions}
    assert ids - decided.keys() == {"evening_shift"}
    assert sorted(decided.values()).count("approve") > 6
    assert {"revise", "reject"} <= set(decided.values())


def test_two_teams_count_on_different_numbers_of_customers():
    texts = {
        team: (DEMO / "requests" / team / name).read_text(encoding="utf-8")
        for team, name in (("customer_success", "renewals.yml"), ("support", "evening_shift.yml"))
    }
    assert "520 customers at the end of 2027" in texts["customer_success"]
    assert "610 customers at the end of 2027" in texts["support"]


def test_nothing_became_known_on_the_day_a_cycle_cuts():
    stamps = [
        each["_fivetran_start"] for file in ("workday/workday_worker_history_data.csv", "salesforce/sf_opportunity_history_data.csv") for each in rows(file)
    ]
    stamps += [each["_fivetran_synced"] for each in rows("stripe/subscription_history_data.csv")]
    days = {datetime.fromisoformat(each).date() for each in stamps}
    assert not days & {date(2026, 10, 15), date(2027, 4, 15)}
    assert max(days) < date(2027, 4, 1)
