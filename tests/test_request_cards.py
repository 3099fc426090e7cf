"""Request cards: unit costs by hand, every part on every card, what stands against a request and what is still open."""

from __future__ import annotations

import html
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
import small_company as small
from cycles import ROOT

from aop_lib import frames
from aop_lib.load import load
from aop_lib.params.allocation import AllocationLimits
from aop_lib.plan.alignment_horizontal import assumption_tests
from aop_lib.plan.assumptions import assumptions
from aop_lib.plan.request_card_views import month_view, option_view
from aop_lib.plan.request_cards import request_cards
from aop_lib.plan.request_points import conflicts, questions, request_points, why_this_team
from aop_lib.plan.requests import request_status
from aop_lib.plan.team_asked import proposal_text
from aop_lib.plan.unit_costs import as_frozen, unit_cost_view, unit_costs
from aop_lib.report.request_blocks import CardFrames, each_request
from aop_lib.sources.rates import request_rates
from aop_lib.store import read_frame

DEMO = ROOT / "params" / "demo" / "fy2027.yml"
EMPTY = "request_effects targets weighing claims initiatives milestones plan_findings option_values goals"
LIMIT = {"reason": "there is no more", "owner": "ceo"}


def people(*rows) -> pd.DataFrame:
    """A people history of those rows (team, person, role, pay), each at work in the twelve months to September 2026."""
    months = pd.date_range("2025-10-01", "2026-09-01", freq="MS")
    base = {"entity": "us", "currency": "USD"}
    listed = [{**base, "month": month, "team": team, "person": who, "role": role, "salary": Decimal(pay)} for team, who, role, pay in rows for month in months]
    return frames.conformed("people_history", pd.DataFrame(listed))


def lines(*rows) -> pd.DataFrame:
    """Lines of one option, the same amount from a month of 2027 to December: (request, team, account, first month, amount, heads)."""
    every = [
        (request, "full", team, account, f"2027-{month:02d}", amount, "USD", heads)
        for request, team, account, first, amount, heads in rows
        for month in range(first, 13)
    ]
    return small.request_lines(*every)


def books(asked: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Two people in selling and three in building, with twelve months of salaries and travel."""
    spent = [*small.every_month("selling", "6000", "1000", "2025-10"), *small.every_month("building", "6000", "1800", "2025-10")]
    spent += [*small.every_month("selling", "6100", "200", "2025-10"), ("building", "6100", "2025-12", "900")]
    worked = [("selling", "a", "Seller", "6000"), ("selling", "b", "Seller", "6600"), ("building", "c", "Builder", "7000"), ("building", "d", "Seller", "7200"),
              ("building", "e", "Builder", "7400")]  # fmt: skip
    return {"request_lines": asked, "ledger": small.ledger(*spent), "people_history": people(*worked)}


def test_a_head_costs_by_hand_what_it_costs_beside_the_teams_own_twelve_months_and_the_other_team():
    got = unit_costs(small.params(), books(lines(("hire", "selling", "6000", 7, "650", 1)))).iloc[0]
    assert (got["measure"], got["asked"]) == ("per added head", 7800)  # 650 a month for one head
    assert got["own"] == 6000  # 12,000 in twelve months for two people
    assert (got["others"], got["low"], got["high"]) == (1, 7200, 7200)  # 21,600 for three


def test_an_account_without_heads_is_held_against_its_own_year_and_against_spend_per_head_elsewhere():
    year, head = unit_costs(small.params(), books(lines(("fair", "selling", "6100", 10, "400", 0)))).to_dict("records")
    assert (year["measure"], year["asked"], year["own"]) == ("in the year", 1200, 2400)
    assert (head["measure"], head["asked"], head["own"]) == ("per head of the team", 1800, 1200)  # (2,400 + 1,200) ÷ 2 heads
    assert (head["others"], head["low"]) == (1, 300)  # 900 ÷ 3


def test_where_there_is_nothing_to_compare_the_page_says_so():
    got = unit_costs(small.params(), books(lines(("host", "selling", "5000", 1, "50", 0))))
    assert got["own"].isna().all()
    shown = unit_cost_view(got, small.ACCOUNTS).iloc[0]
    assert (shown["own"], shown["others"]) == ("none so far", "")
    alone = unit_cost_view(unit_costs(small.params(), books(lines(("host", "selling", "5000", 1, "50", 1)))), small.ACCOUNTS).iloc[0]
    assert (alone["own"], alone["others"]) == ("none so far", "no other team")


def test_pay_of_a_role_is_held_against_people_in_that_role():
    known = books(lines(("hire", "selling", "6000", 7, "650", 1)))
    role = {"request": "hire", "option": "full", "team": "selling", "role": "seller", "pay": Decimal(6930), "currency": "USD"}
    got = unit_costs(small.params(), known | {"request_people": pd.DataFrame([role])}).iloc[0]
    assert (got["measure"], got["what"], got["asked"], got["own"]) == ("yearly pay", "seller", 6930, 6300)
    assert (got["others"], got["low"], got["high"]) == (1, 7200, 7200)
    assert unit_cost_view(frames.conformed("unit_costs", got.to_frame().T), small.ACCOUNTS).iloc[0]["own"].endswith("(+10\u00a0%)")


def test_a_head_that_starts_later_counts_from_its_month_on():
    two = [("hire", "full", "selling", "6000", f"2027-{month:02d}", "500" if month < 7 else "1000", "USD", 1 if month < 7 else 2) for month in range(1, 13)]
    got = unit_costs(small.params(), books(small.request_lines(*two))).iloc[0]
    assert got["asked"] == 6000


def test_a_review_keeps_unit_costs_of_the_frozen_plan_and_adds_those_of_new_requests():
    now = unit_costs(small.params(), books(lines(("hire", "selling", "6000", 7, "650", 1), ("late", "selling", "6000", 7, "700", 1))))
    then = unit_costs(small.params(), books(lines(("hire", "selling", "6000", 7, "600", 1))))
    kept = as_frozen(now, then).set_index("request")["asked"]
    assert (kept["hire"], kept["late"]) == (7200, 8400)
    assert as_frozen(now, None) is now


def asked_of(requests, asked, params, **known):
    """What conflicts and questions are found in."""
    status = request_status(params, requests, asked)
    empty = {name: frames.empty(name) for name in EMPTY.split()}
    return empty | {"requests": requests, "request_lines": asked, "request_status": status, "apart": frames.empty("alignment")} | known


def topics(points) -> set[str]:
    return {topic for topic, _, _ in points}


def test_a_request_that_tells_nothing_is_asked_for_everything_and_one_that_tells_all_for_nothing():
    params, cost = small.params(goals=[small.goal()]), lines(("bare", "building", "6000", 1, "650", 1))
    bare = small.requests(("bare", "building", {"goal": "", "why": "", "evidence": "", "submitted_by": "bea"}))
    known = asked_of(bare, cost, params)
    assert topics(questions(params, bare.iloc[0].to_dict(), known)) == {"goal", "why", "evidence", "effect", "driver", "claim", "options", "later", "decision"}
    approved = {"request": "full", "decision": "approve", "by": "ceo", "on": "2026-09-25", "why": "yes"}
    params = small.params(goals=[small.goal()], decisions=[approved])
    full = small.requests(("full", "selling", {"evidence": "test of July 2026", "effect": "more customers"}))
    effects = [{"request": "full", "option": "full", "kind": kind, "position": 0, "what": what, "place": "", "value": Decimal(1), "scale": Decimal(1),
                "start": pd.NaT, "end": pd.NaT, "why": "", "where": ""} for kind, what in (("driver", "direct_new"), ("metric", "new_customers"))]  # fmt: skip
    cost = small.request_lines(("full", "full", "selling", "6100", "2027-02", "650"))
    known = asked_of(full, cost, params, request_effects=frames.conformed("request_effects", pd.DataFrame(effects)))
    assert questions(params, full.iloc[0].to_dict(), known) == []


def test_why_this_team_is_its_part_in_the_goal_or_its_leads_role_or_nothing():
    params = small.params(goals=[small.goal(teams={"selling": "1"}, contributors=["bea"])])
    mine, helped, other = ({"goal": goal, "team": team} for goal, team in (("win", "selling"), ("win", "building"), ("other", "selling")))
    assert why_this_team(params, mine, frames.empty("targets")) == "Sal Sorrel owns the goal"
    assert why_this_team(params, helped, frames.empty("targets")) == "Bea Birch contributes to the goal"
    assert why_this_team(params, other, frames.empty("targets")) == ""


def test_a_claim_above_the_model_is_asked_about_with_both_figures():
    params, requests = small.params(goals=[small.goal()]), small.requests(("hire", "selling"))
    row = {"request": "hire", "option": "full", "goal": "win", "kpi": "new_customers", "unit": "count", "effect": Decimal(6), "share": None, "contribution": None,
           "claimed": Decimal(10)}  # fmt: skip
    known = asked_of(requests, lines(("hire", "selling", "6000", 1, "650", 1)), params, weighing=frames.conformed("weighing", pd.DataFrame([row])))
    texts = [text for topic, text, _ in questions(params, requests.iloc[0].to_dict(), known) if "explained" in text]
    assert texts == ["What brings the rest? 10 more New customers claimed, 6 by the model: 40\u00a0% of the claim is not explained"]


def test_dependencies_and_exclusions_stand_against_a_request_until_they_hold():
    limits = {"needs": [{"id": "n", "request": "fair", "needs": "site", **LIMIT}], "excludes": [{"id": "x", "requests": ["fair", "advice"], **LIMIT}]}
    requests = small.requests(("fair", "selling", {"title": "Fair"}), ("site", "building", {"title": "Site"}), ("advice", "building", {"title": "Advice"}))
    cost = lines(("fair", "selling", "6100", 3, "9", 0), ("site", "building", "6100", 3, "9", 0), ("advice", "building", "6100", 3, "9", 0))

    def found(*decisions):
        params = replace(small.params(decisions=decisions), allocation=AllocationLimits.model_validate(limits))
        fair = requests.set_index("request", drop=False).loc["fair"].to_dict()
        return topics(conflicts(params, fair, asked_of(requests, cost, params)))

    assert found() == {"dependency", "exclusion"}
    site = {"request": "site", "decision": "approve", "by": "ceo", "on": "2026-09-25", "why": "yes"}
    advice = {"request": "advice", "decision": "reject", "by": "ceo", "on": "2026-09-25", "why": "no"}
    assert found(site, advice) == set()


@pytest.mark.parametrize(("parents", "words"), [(("one", "one"), "a team of its own group"), (("one", "two"), "a team of another group")])
def test_teams_of_one_group_and_of_two_are_told_apart_and_both_owners_are_named(parents, words):
    groups = [{"id": each, "name": each, "owner": "ceo"} for each in ("one", "two")]
    own = [
        {"id": "selling", "name": "Selling", "owner": "sal", "parent": parents[0]},
        {"id": "building", "name": "Building", "owner": "bea", "parent": parents[1]},
    ]
    params = small.with_teams(small.params(), *groups, *own)
    told = [("hire", "building", "customers", "year", Decimal(610), "a"), ("calls", "selling", "customers", "year", Decimal(520), "b")]
    said = frames.conformed("request_assumptions", pd.DataFrame(told, columns=["request", "team", "metric", "about", "value", "where"]))
    apart = assumption_tests(params, assumptions(params, said), frames.empty("request_status"))
    requests = small.requests(("hire", "building"), ("calls", "selling"))
    known = asked_of(requests, lines(("hire", "building", "6000", 1, "650", 1), ("calls", "selling", "6000", 1, "650", 1)), params, apart=apart)
    points = request_points(params, known)
    against = points[points["kind"] == "conflict"].set_index("request")
    assert set(against.index) == {"hire", "calls"}
    for text, owner in zip(against["text"], against["owner"], strict=True):
        assert words in text
        assert set(owner.split("; ")) == {"Bea Birch", "Sal Sorrel"}


def test_cost_by_month_of_a_card_fills_every_month_and_adds_up_to_what_is_asked():
    params, cost = small.params(goals=[small.goal()]), lines(("hire", "selling", "6000", 7, "650", 1))
    cards = request_cards(params, asked_of(small.requests(("hire", "selling")), cost, params))
    months = month_view(params, cards, cost)
    assert len(months) == 12
    assert sum(months["amount"], Decimal(0)) == cards["asked"].iloc[0] == Decimal("3900.00")


def test_text_of_a_request_is_shown_on_its_card_and_never_run():
    hostile = "<script>alert(1)</script>"
    params, cost = small.params(goals=[small.goal()]), lines(("hire", "selling", "6000", 7, "650", 1))
    named = dict.fromkeys(("title", "why", "evidence", "effect"), hostile)
    known = asked_of(small.requests(("hire", "selling", named)), cost, params)
    cards, points, months = request_cards(params, known), request_points(params, known), month_view(params, request_cards(params, known), cost)
    priced = unit_cost_view(unit_costs(params, books(cost)), small.ACCOUNTS)
    shown = each_request(CardFrames(cards, small.TEAMS, priced, option_view(params, known), months, points, known["option_values"]), "USD").html
    assert "<script" not in shown
    assert shown.count(html.escape(hostile)) >= len(named)


@pytest.fixture(scope="module")
def demo(cycles):
    names = "request_cards request_points unit_costs request_status requests request_lines option_values allocation"
    known = {name: read_frame(cycles.plan / "frames" / f"{name}.parquet", name) for name in names.split()}
    return load(DEMO), known, html.unescape((cycles.plan / "reports" / "02_team_requests.html").read_text(encoding="utf-8"))


def test_every_request_of_the_demo_has_a_card_with_all_its_parts_undecided_ones_first(demo):
    _, known, page = demo
    cards = known["request_cards"].sort_values("position")
    assert set(cards["request"]) == set(known["requests"]["request"])
    assert list(cards["decision"] == "undecided") == sorted(cards["decision"] == "undecided", reverse=True)
    decided = cards[cards["decision"] != "undecided"]
    assert list(decided["asked"]) == sorted(decided["asked"], reverse=True)
    for name in ("title", "decider", "reason", "verdict", "justified", "supported", "serves", "difference"):
        assert (cards[name] != "").all(), name
        assert all(text in page for text in cards[name]), name
    assert set(known["unit_costs"]["request"]) == set(cards["request"])
    assert page.count('<details class="ask"') == len(cards)


def test_what_was_asked_why_its_effect_conflicts_and_questions_stand_in_that_order(demo):
    _, known, page = demo
    card = page[page.index('<details class="ask" open>') :]
    card = card[: card.index("Unit costs against history")]
    places = [card.index(text) for text in ("Why it is asked", "What it would do", "What supports it", "Conflicts (", "Still open (")]
    assert places == sorted(places)
    assert known["request_cards"].sort_values("position")["title"].iloc[0] in card


def test_the_weak_requests_of_the_demo_are_asked_for_what_they_lack(demo):
    _, known, _ = demo
    points = known["request_points"]
    asking = {request: set(rows["topic"]) for request, rows in points[points["kind"] == "question"].groupby("request")}
    bare = {row["request"] for row in known["requests"].to_dict("records") if not row["evidence"]}
    assert bare == {"executive-board-offsite", "first_time_managers", "larger_fairs", "reliability_engineer"}
    assert bare <= {request for request, found in asking.items() if "evidence" in found}
    assert "goal" in asking["executive-board-offsite"]
    assert {"driver", "claim", "later", "decision"} <= asking["evening_shift"]
    against = points[(points["kind"] == "conflict") & (points["request"] == "evening_shift")]
    assert "assumptions" in set(against["topic"])
    assert (points["owner"] != "").all()


def test_the_difference_between_claim_and_model_is_theirs(demo):
    _, known, _ = demo
    row = known["request_cards"].set_index("request").loc["enterprise_sellers"]
    assert row["claim"] == Decimal(1_000_000)
    assert f"{(row['claim'] - row['effect']) / row['claim'] * 100:.0f}\u00a0%" in row["difference"]


def test_an_undecided_request_has_its_proposal_on_its_team_s_page(demo, cycles):
    _, known, _ = demo
    own = {"allocation": known["allocation"]}
    assert proposal_text(own, "evening_shift", is_told=True).startswith("no: ")
    page = html.unescape((cycles.plan / "reports" / "teams" / "support.html").read_text(encoding="utf-8"))
    assert proposal_text(own, "evening_shift", is_told=True) in page
    assert "costs by month" in page


def test_limits_are_named_by_what_they_allow_and_not_by_their_ids(demo, cycles):
    params, known, _ = demo
    page = html.unescape((cycles.plan / "reports" / "03_consolidation.html").read_text(encoding="utf-8"))
    assert "At most 700\u00a0k for Go-to-market in the year" in page
    said = " ".join([*known["allocation"]["needs"], *known["allocation"]["reason"]])
    assert not [each.id for each in params.allocation.limits if each.id in said]


def test_requests_count_at_the_rates_of_the_frozen_plan_in_a_review(cycles):
    plan, review = ({row["request"]: row["approved"] for row in read_frame(folder / "frames" / "request_status.parquet", "request_status").to_dict("records")}
                    for folder in (cycles.plan, cycles.review))  # fmt: skip
    assert plan["reseller_germany"] == review["reseller_germany"] > 0
    months = [pd.Timestamp(2026, 9, 1), pd.Timestamp(2027, 3, 1)]
    row = {"currency": "EUR", "average": Decimal("1.1"), "close": Decimal("1.2")}
    frozen = frames.conformed("rates", pd.DataFrame([{**row, "month": months[0]}]))
    now = frames.conformed("rates", pd.DataFrame([{**row, "month": months[0]}, {**row, "month": months[1], "average": Decimal(9), "close": Decimal(9)}]))
    held = request_rates(small.review(), now, frozen)
    assert {held["EUR", month] for month in small.review().year_months} == {Decimal("1.2")}
    assert request_rates(small.review(), now)["EUR", months[1]] == 9
