"""Restatements of a frozen plan: their arithmetic, their order, what they leave alone, and files that are refused with their line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import small_company as small
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib import money
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.params.restatements import Restatement
from aop_lib.plan.restatement_views import moves_profit, restatement_bridge, restatement_finding, restatement_ties, team_bridge, team_bridge_finding
from aop_lib.plan.restatements import made_since, restated, restatement_rows
from aop_lib.store import frame_file, read_frame
from aop_lib.verify import verification

TINY = Path(__file__).parent / "tiny" / "company"
HEAD = {"plan": "fy2027", "name": "Travel cut", "by": "sal", "on": "2027-02-10", "why": "Fewer fairs"}
CUT = {**HEAD, "id": "cut", "changes": [{"account": "6100", "team": "selling", "start": "2027-03", "end": "2027-05", "amount": "-40.00"}]}
SPLIT = {**HEAD, "id": "split", "name": "New teams", "start": "2027-04", "teams": {"selling": {"building": "33.3 %", "all": "66.7 %"}}}
FROZEN = small.budget(*small.every_month("selling", "6100", "100.01", "2027-01"), *small.every_month("building", "6000", "70.00", "2027-01"))


def review(*restatements: dict):
    return replace(small.review(), restatements=tuple(Restatement.model_validate(each) for each in restatements))


def of(budget: pd.DataFrame, team: str, month: str) -> Decimal:
    return money.total(budget.loc[(budget["team"] == team) & (budget["month"] == pd.Timestamp(month)), "amount"])


def test_an_amount_is_added_in_its_months_and_what_was_frozen_stays_row_by_row():
    budget = restated(review(CUT), FROZEN, small.ACCOUNTS)
    assert [of(budget, "selling", f"2027-0{month}-01") for month in (2, 3, 4, 5)] == [Decimal(each) for each in ("100.01", "60.01", "60.01", "100.01")]
    kept = budget[budget["layer"] == "base"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept.sort_values(list(kept)).reset_index(drop=True), FROZEN.sort_values(list(FROZEN)).reset_index(drop=True))


def test_a_scale_counts_from_what_stands_after_the_restatements_before_it():
    half = {**HEAD, "id": "half", "on": "2027-02-11", "changes": [{"line": "travel", "team": "selling", "start": "2027-03", "scale": "-50 %"}]}
    budget = restated(review(half, CUT), FROZEN, small.ACCOUNTS)
    assert of(budget, "selling", "2027-03-01") == Decimal("30.01")  # 60.01 less 30.00, half a cent to even


def test_restatements_of_the_same_day_apply_in_order_of_their_ids_whatever_order_they_are_read_in():
    half = {**HEAD, "id": "a_half", "changes": [{"account": "6100", "team": "selling", "start": "2027-03", "scale": "-50 %"}]}
    one, other = (restated(review(*each), FROZEN, small.ACCOUNTS) for each in ((half, CUT), (CUT, half)))
    pd.testing.assert_frame_equal(one, other)
    assert of(one, "selling", "2027-03-01") == Decimal("10.01")


def test_a_change_of_teams_moves_what_stands_from_its_month_on_and_shares_it_to_the_cent():
    budget = restated(review(SPLIT), FROZEN, small.ACCOUNTS)
    assert (of(budget, "selling", "2027-03-01"), of(budget, "selling", "2027-04-01")) == (Decimal("100.01"), Decimal("0.00"))
    assert (of(budget, "building", "2027-04-01"), of(budget, "all", "2027-04-01")) == (Decimal("103.30"), Decimal("66.71"))


def test_a_review_as_of_an_earlier_day_and_one_of_another_plan_see_no_restatement():
    early, other = {**CUT, "on": "2027-04-01"}, {**CUT, "id": "other", "plan": "fy2026"}
    assert made_since(review(early, other)) == []
    assert made_since(replace(review(early), cycle=small.review(cycle={"as_of": "2027-04-15"}).cycle))[0].on == date(2027, 4, 1)


def test_the_bridge_leads_from_the_frozen_to_the_restated_profit():
    params = review(CUT, SPLIT)
    budget = restated(params, FROZEN, small.ACCOUNTS)
    steps = restatement_bridge(params, FROZEN, budget, small.ACCOUNTS, small.LINES)
    assert list(steps["amount"]) == [Decimal(each) for each in ("-2040.12", "80.00", "0.00", "-1960.12")]
    assert restatement_finding(params, steps) == "2 restatements since the plan was frozen: operating profit rises by 80"
    rows = restatement_rows(params, budget)
    assert money.total(rows["amount"]) == Decimal("-80.00")
    assert set(rows["by"]) == {"Sal Sorrel"}
    assert restatement_ties(params, FROZEN, budget)["ties"].all()


def test_a_bridge_by_team_leads_from_the_frozen_to_the_restated_costs_of_every_team_and_says_what_moved():
    params = review(CUT, SPLIT)
    budget = restated(params, FROZEN, small.ACCOUNTS)
    bridge = team_bridge(params, FROZEN, budget, small.ACCOUNTS, small.LINES, small.TEAMS)
    assert list(bridge) == ["name", "frozen", "cut", "split", "restated"]
    assert list(bridge["frozen"] + bridge["cut"] + bridge["split"]) == list(bridge["restated"])
    assert (sum(bridge["cut"]), sum(bridge["split"])) == (Decimal("-80.00"), Decimal("0.00"))
    assert sum(bridge["frozen"]) == 12 * Decimal("170.01")
    assert team_bridge_finding(params, bridge) == "2 restatements since the plan was frozen: costs fall by 80"
    assert moves_profit(restatement_bridge(params, FROZEN, budget, small.ACCOUNTS, small.LINES))


def test_teams_that_no_restatement_touches_stand_together_and_a_mere_move_says_from_whom_to_whom():
    params = review({**SPLIT, "teams": {"selling": "all"}})
    budget = restated(params, FROZEN, small.ACCOUNTS)
    bridge = team_bridge(params, FROZEN, budget, small.ACCOUNTS, small.LINES, small.TEAMS)
    assert bridge["name"].iloc[-1] == "All other teams"
    assert bridge.iloc[-1][["frozen", "split", "restated"]].tolist() == [Decimal("840.00"), Decimal(0), Decimal("840.00")]
    assert team_bridge_finding(params, bridge).endswith("900 moved from Selling to Company; the company's costs stay the same to the cent")
    assert not moves_profit(restatement_bridge(params, FROZEN, budget, small.ACCOUNTS, small.LINES))


PLACES = st.tuples(st.sampled_from(["all", "selling", "building"]), st.sampled_from(["4000", "6000", "6100"]), st.integers(1, 12))
AMOUNTS = st.integers(-10_000_00, 10_000_00).map(lambda units: Decimal(units) / 100)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(PLACES, AMOUNTS, min_size=1, max_size=12), st.integers(0, 1000), st.integers(1, 12))
def test_whatever_the_budget_a_change_of_teams_keeps_each_account_and_month(places, share, start):
    frozen = small.budget(*((team, account, f"2027-{month:02d}", str(amount)) for (team, account, month), amount in places.items()))
    shares = {"building": f"{Decimal(share) / 10} %", "all": f"{100 - Decimal(share) / 10} %"}
    params = review({**SPLIT, "start": f"2027-{start:02d}", "teams": {"selling": shares}})
    budget = restated(params, frozen, small.ACCOUNTS)
    key = ["entity", "account", "month"]
    pd.testing.assert_frame_equal(money.sums(budget, key), money.sums(frozen, key))
    assert (money.sums(budget[(budget["team"] == "selling") & (budget["month"] >= params.restatements[0].start)], key)["amount"] == 0).all()
    assert restatement_ties(params, frozen, budget)["ties"].all()


FINE = "id: shift\nplan: fy2027\nname: Seats\nby: ana\non: 2027-02-10\nwhy: fewer\nchanges:\n  - account: '6000'\n    team: sales\n    start: 2027-04\n    amount: -10.00\n"


@pytest.fixture
def home(tmp_path) -> Path:
    """The tiny company with a frozen plan's manifest and one fine restatement."""
    folder = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (folder / "approved" / "fy2027").mkdir(parents=True)
    (folder / "approved" / "fy2027" / "manifest.json").write_text(json.dumps({"as_of": "2026-09-30"}))
    (folder / "restatements").mkdir()
    (folder / "restatements" / "shift.yml").write_text(FINE)
    return folder


def test_a_review_reads_restatements_and_binds_their_files_and_the_plan_itself_does_not(home):
    assert "tiny/restatements/shift.yml" in load(home / "fy2027_q1.yml").files
    assert "tiny/restatements/shift.yml" not in load(home / "fy2027.yml").files


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("plan: fy2027", "plan: fy2031", 2, "a plan that was frozen, such as fy2027"),
        ("by: ana", "by: nobody", 4, "'nobody'"),
        ("2027-02-10", "2026-09-29", 5, "a day not before 2026-09-30"),
        ("team: sales", "team: salse", 9, "did you mean"),
        ("start: 2027-04", "start: 2028-04", 10, "a month of FY2027"),
        ("id: shift", "id: other", 1, "the name of the file"),
        ("    amount: -10.00\n", "    amount: -10.00\n    scale: 5 %\n", 8, "both or neither of 'amount' and 'scale'"),
        ("    amount: -10.00\n", "    amount: -10.00\n  - {account: '6000', team: sales, start: 2027-03, end: 2027-06, amount: 1}\n", 12, "a second time"),
        ("changes:\n", "start: 2027-04\nteams:\n  sales: {engineering: 60 %}\nchanges:\n", 9, "add up to 100 %"),
        ("changes:\n", "teams:\n  sales: engineering\nchanges:\n", 7, "no 'start'"),
        ("why: fewer\n", "", 1, "no 'why'"),
    ],
)
def test_what_is_wrong_in_a_restatement_is_told_with_its_line(home, old, new, line, expected):
    (home / "restatements" / "shift.yml").write_text(FINE.replace(old, new))
    with pytest.raises(InputRefusedError) as refused:
        load(home / "fy2027_q1.yml")
    assert f"restatements/shift.yml:{line}" in str(refused.value)
    assert expected in str(refused.value)


def test_the_demo_s_budget_that_moved_keeps_every_total_and_the_frozen_plan_did_not_move(cycles):
    names = ("budget", "accounts", "lines", "teams", "restatements", "outlook")
    read = {name: read_frame(frame_file(cycles.review, name), name) for name in names}
    params = load(cycles.params / "demo" / "fy2027_q1.yml")
    frozen = read_frame(frame_file(cycles.params / "demo" / "approved" / "fy2027", "budget"), "budget")
    key = ["entity", "account", "month"]
    pd.testing.assert_frame_equal(money.sums(read["budget"], key), money.sums(frozen, key))
    assert restatement_ties(params, frozen, read["budget"])["ties"].all()
    bridge = team_bridge(params, frozen, read["budget"], read["accounts"], read["lines"], read["teams"])
    assert list(bridge["frozen"] + bridge["customer_webinars"]) == list(bridge["restated"])
    moved = dict(zip(bridge["name"], bridge["customer_webinars"], strict=True))
    assert moved == {"Marketing": Decimal("-28800.00"), "Customer Success": Decimal("28800.00"), "All other teams": Decimal("0.00")}
    assert dict(zip(read["restatements"]["team"], read["restatements"]["amount"], strict=True)) == {
        "customer_success": Decimal("28800.00"),
        "marketing": Decimal("-28800.00"),
    }
    left = read["outlook"][(read["outlook"]["account"] == "6130") & (read["outlook"]["team"] == "customer_success")]
    assert money.total(left["amount"]) == Decimal("28800.00")  # the months left go by the plan as it is now
    found = verification(cycles.params / "demo" / "fy2027_q1.yml", cycles.plan.parent.parent)
    assert found.problems == ()
    assert "nothing moved" in found.text
    told = "restated on 2027-04-07 by cfo: Customer webinars move to Customer Success (restatements/customer_webinars.yml)"
    assert told in found.notes


def test_the_demo_s_review_shows_the_bridge_with_name_author_and_reason_on_both_pages(cycles):
    for page, label in (("03_consolidation", "Restatements"), ("05_variance_review", "Costs by team, frozen to restated")):
        soup = BeautifulSoup((cycles.review / "reports" / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        assert soup.find("table", attrs={"aria-label": label})
        text = soup.get_text(" ", strip=True)
        assert all(each in text for each in ("Customer webinars move to Customer Success", "Daniel Brandt", "2027-04-07", "the retainer of their agency"))
    rows = [[cell.get_text(strip=True) for cell in row.find_all(["th", "td"])] for row in soup.find("table", attrs={"aria-label": label}).tbody.find_all("tr")]
    steps = {name: [exact(each) for each in figures] for name, *figures in rows}
    assert all(old + change == new for old, change, new in steps.values())
    assert [sum(column) for column in zip(*(values for name, values in steps.items() if name != "All teams"), strict=True)] == steps["All teams"]


def exact(shown: str) -> Decimal:
    """Returns the amount that a table shows to the cent; parentheses are a minus."""
    return Decimal(shown.replace(",", "").replace("(", "-").replace(")", ""))
