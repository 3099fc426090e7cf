"""Tests of alignment: sums found as brute force finds them, order of no matter, a clean company without a miss, each fault named with both teams."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib import frames
from aop_lib.params.alignment import AlignmentRules
from aop_lib.params.allocation import AllocationLimits
from aop_lib.params.goals import Goals
from aop_lib.params.team_plans import TeamPlan
from aop_lib.plan import alignment_views
from aop_lib.plan.alignment import alignment, alignment_findings
from aop_lib.plan.alignment_horizontal import assumption_tests
from aop_lib.plan.assumptions import assumptions
from aop_lib.plan.initiatives import action_gaps, initiative_effects, initiatives
from aop_lib.plan.requests import request_status
from aop_lib.plan.targets import stretch, targets
from aop_lib.plan.team_needs import needs_ties, team_needs
from aop_lib.plan.timeline import milestones
from aop_lib.store import frame_file, read_frame
from tests import small_company as small

RATES = frames.empty("rates")
RULES = {
    "recruiting": {"team": "building", "heads": "2", "source": "HR"},
    "loads": [{"id": "care", "team": "building", "load": "new_customers", "per_head": "10", "source": "tickets"}],
    "software": {"team": "building", "accounts": ["6100"], "tolerance": "20 %"},
    "tests": [
        {"id": "two_to_one", "name": "Builders keep up", "left": "planned_heads_of_building", "rule": "at_least", "right": "2 × planned_heads_of_selling",
         "team": "building", "other_team": "selling", "worth": "50000", "proposal": "Hire a builder"},
    ],
}  # fmt: skip
LIMITS = {"money": [{"id": "year", "at_most": "100000", "reason": "cash", "owner": "ceo"}]}
PLANS = [
    {"team": "selling", "initiatives": [
        {"id": "calls", "what": "Call everybody", "goal": "win", "kpi": "new_customers", "accountable": "sal", "start": "2027-01-04", "end": "2027-12-31",
         "cost": "500", "milestones": [{"id": "called", "what": "All were called", "due": "2027-06-30", "owner": "sal", "measure": "list", "depends_on": ["m1"]}]}]},
]  # fmt: skip


def company(**changes):
    """A company whose plans meet in everything that can be tested."""
    base = small.params(goals=[small.goal(milestones=[{"id": "m1", "what": "Pricing page", "due": "2027-02-15", "owner": "bea", "measure": "live", "team": "building"}])],
                        decisions=[{"request": "hire", "decision": "approve", "by": "ceo", "on": "2026-10-01", "why": "good"}], cycle={"as_of": "2026-10-15"})  # fmt: skip
    moves = [{**each, "moves": {"selling": ["new_arr", "new_customers"], "building": ["open_pipeline"]}.get(each["id"], [])} for each in small.COMPANY["teams"]]
    typed = small.with_teams(base, *moves)
    rules = {"switches": {"bookings_metric": "bookings"}}
    switched = replace(typed, company=typed.company.model_copy(update={"switches": type(typed.company.switches).model_validate(rules["switches"])}))
    plans = tuple(TeamPlan.model_validate(each) for each in PLANS)
    full = replace(switched, alignment=AlignmentRules.model_validate(RULES), allocation=AllocationLimits.model_validate(LIMITS), team_plans=plans)
    return replace(full, **changes)


def paths(new="10", capacity="30", demand="30"):
    """A driver model of one segment: yearly contract value a month that sellers can close and the pipeline brings."""
    months = pd.date_range("2026-10-01", "2027-12-01", freq="MS")
    rows = [(name, "all", month, value) for month in months for name, value in (("new", new), ("capacity", capacity), ("demand", demand))]
    rows += [("needed", "", month, "20") for month in months]
    typed = [(measure, place, month, Decimal(value)) for measure, place, month, value in rows]
    return frames.conformed("driver_paths", pd.DataFrame(typed, columns=["measure", "place", "month", "value"]))


def heads(selling="1", building="12"):
    months = [f"{month:%Y-%m}" for month in pd.date_range("2025-10-01", "2026-09-01", freq="MS")]
    each = {"selling": selling, "building": building, "": str(int(selling) + int(building))}
    return small.kpis(*(("heads", month, value, team) for month in months for team, value in each.items()))


def stores(params, asked=None, lines=None, told=(), kpis=None, driven=None):
    """Every frame that tests of alignment look at, made by the functions that make them in a run."""
    asked = small.requests(("hire", "building")) if asked is None else asked
    lines = (
        small.request_lines(*[("hire", "full", "building", "6000", f"2027-{month:02d}", "1000", "USD", 1) for month in range(1, 13)])
        if lines is None
        else lines
    )
    kpis = heads() if kpis is None else kpis
    path = targets(params, kpis)
    status = request_status(params, asked, lines)
    plans = initiatives(params, asked, lines, RATES)
    said = (
        frames.conformed("request_assumptions", pd.DataFrame(told, columns=["request", "team", "metric", "about", "value", "where"]))
        if told
        else frames.empty("request_assumptions")
    )
    spent = small.budget(*small.every_month("building", "6100", "130", start="2027-01"), *small.every_month("selling", "6100", "10", start="2027-01"))
    return {
        "targets": path, "stretch": stretch(params, kpis, path), "milestones": milestones(params), "initiatives": plans, "requests": asked, "request_lines": lines,
        "request_status": status, "assumptions": assumptions(params, said), "kpis": kpis, "accounts": small.ACCOUNTS, "lines": small.LINES, "budget": spent,
        "base_budget": spent.drop(columns="layer"), "ledger": small.ledger(*small.every_month("building", "6100", "120", start="2025-10"), *small.every_month("selling", "6100", "10", start="2025-10")),
        "driver_paths": paths() if driven is None else driven, "people": frames.empty("people"),
        "action_gaps": action_gaps(params, path, frames.empty("goal_kpis"), initiative_effects(params)),
    }  # fmt: skip


def missed(found):
    return {(row.test, row.team, row.other) for row in found[found["status"] == "missed"].itertuples()}


def test_a_company_whose_plans_meet_misses_no_test_and_each_can_be_told():
    params = company()
    found = alignment(params, stores(params))
    assert missed(found) == set()
    assert set(found["status"]) == {"met"}
    assert alignment_findings(params, found).empty
    assert set(found["test"]) == {
        "targets", "envelopes", "funded_goal", "serves_goal", "weights", "launches", "sales_capacity", "pipeline", "hires", "load", "tools", "two_to_one",
    }  # fmt: skip


def test_without_a_figure_to_hold_plans_against_a_row_says_what_to_measure_and_guesses_nothing():
    params = company(alignment=AlignmentRules(), allocation=AllocationLimits())
    found = alignment(params, stores(params, kpis=frames.empty("kpis"), driven=frames.empty("driver_paths")))
    untold = found[found["status"] == "cannot be told"]
    assert set(untold["test"]) == {"envelopes", "sales_capacity", "pipeline", "hires", "load", "tools"}
    assert (untold["proposal"] != "").all()
    assert (untold["why"] != "").all()
    assert untold["gap"].isna().all()
    assert (untold["amount"] == 0).all()


def test_teams_that_count_on_different_customers_are_found_with_both_owners_and_the_money_that_rests_on_it():
    params = company()
    told = [("hire", "building", "customers", "year", Decimal(610), "a"), ("calls", "selling", "customers", "year", Decimal(520), "b")]
    found = alignment(params, stores(params, told=told))
    row = found[found["test"] == "assumptions"].iloc[0]
    assert missed(found) == {("assumptions", "building", "selling")}
    assert (row["relation"], row["gap"], row["amount"]) == ("one group", 90, Decimal("12000.00"))
    assert {row["owner"], row["other_owner"]} == {"Bea Birch", "Sal Sorrel"}


def test_assumptions_within_tolerance_agree_and_another_month_is_another_matter():
    params = company()
    near = [("hire", "building", "customers", "year", Decimal(521), "a"), ("calls", "selling", "customers", "year", Decimal(520), "b")]
    other = [("hire", "building", "customers", "now", Decimal(610), "a"), ("calls", "selling", "customers", "year", Decimal(520), "b")]
    for told in (near, other):
        assert missed(alignment(params, stores(params, told=told))) == set()


def test_teams_across_groups_are_told_apart_from_those_of_one_group():
    teams = [
        {"id": "one", "name": "One", "owner": "ceo"}, {"id": "two", "name": "Two", "owner": "ceo"},
        {"id": "selling", "name": "Selling", "owner": "sal", "parent": "one"}, {"id": "building", "name": "Building", "owner": "bea", "parent": "two"},
    ]  # fmt: skip
    params = small.with_teams(small.params(), *teams)
    told = [("hire", "building", "customers", "year", Decimal(610), "a"), ("calls", "selling", "customers", "year", Decimal(520), "b")]
    said = frames.conformed("request_assumptions", pd.DataFrame(told, columns=["request", "team", "metric", "about", "value", "where"]))
    apart = assumption_tests(params, assumptions(params, said), frames.empty("request_status"))
    assert list(apart["relation"]) == ["across groups"]
    assert list(alignment_views.difference_view(params, apart)["relation"]) == ["Teams of different groups"]


def test_a_step_that_is_due_before_what_it_waits_for_names_both_teams_and_the_cost_of_its_initiative():
    early = [
        {**PLANS[0], "initiatives": [{**PLANS[0]["initiatives"][0], "milestones": [{**PLANS[0]["initiatives"][0]["milestones"][0], "due": "2027-02-08"}]}]}
    ]
    params = company(team_plans=tuple(TeamPlan.model_validate(each) for each in early))
    found = alignment(params, stores(params))
    row = found[found["test"] == "launches"].iloc[0]
    assert missed(found) == {("launches", "selling", "building")}
    assert (row["gap"], row["unit"], row["amount"]) == (7, "days", Decimal("500.00"))


def test_more_hires_in_a_quarter_than_can_be_recruited_cost_their_share():
    lines = small.request_lines(*[("hire", "full", "selling", "6000", f"2027-{month:02d}", "1000", "USD", 3) for month in range(1, 13)])
    params = company(alignment=AlignmentRules.model_validate({**RULES, "loads": [], "tests": [], "software": None}))
    found = alignment(params, stores(params, asked=small.requests(("hire", "selling")), lines=lines))
    row = found[(found["test"] == "hires") & (found["item"] == "q1")].iloc[0]
    assert missed(found) == {("hires", "building", "selling")}
    assert (row["left"], row["right"], row["amount"]) == (3, 2, Decimal("4000.00"))


@pytest.mark.parametrize(("figures", "test"), [({"capacity": "15"}, "sales_capacity"), ({"demand": "15"}, "pipeline")])
def test_sellers_and_pipeline_are_held_against_the_bookings_that_are_needed(figures, test):
    params = company()
    found = alignment(params, stores(params, driven=paths(new="1.25", **figures)))
    row = found[found["test"] == test].iloc[0]
    assert (row["left"], row["right"], row["gap"]) == (180, 240, 60)
    assert {each[0] for each in missed(found)} == {test}


def test_a_request_without_a_goal_a_goal_without_work_and_an_envelope_that_is_passed_are_found():
    params = company(
        team_plans=(), allocation=AllocationLimits.model_validate({"money": [{"id": "year", "at_most": "10000", "reason": "cash", "owner": "ceo"}]})
    )
    found = alignment(params, stores(params, asked=small.requests(("hire", "building", {"goal": ""}))))
    assert {each[0] for each in missed(found)} == {"envelopes", "funded_goal", "serves_goal", "weights"}
    assert found.loc[found["test"] == "envelopes", "gap"].iloc[0] == 2000
    assert found.loc[found["test"] == "serves_goal", "amount"].iloc[0] == 12000


def test_a_company_test_is_evaluated_with_the_formulas_of_the_catalogue():
    params = company()
    found = alignment(params, stores(params, kpis=heads(selling="7")))
    row = found[found["test"] == "two_to_one"].iloc[0]
    assert (row["left"], row["right"], row["gap"], row["amount"]) == (13, 14, 1, Decimal("50000.00"))
    assert (row["team"], row["other"]) == ("building", "selling")


def test_a_company_test_over_what_is_not_measured_says_what_is_missing():
    rules = AlignmentRules.model_validate({"tests": [{**RULES["tests"][0], "left": "bookings", "right": "100"}]})
    params = company(alignment=rules)
    row = next(row for row in alignment(params, stores(params)).to_dict("records") if row["test"] == "two_to_one")
    assert (row["status"], row["proposal"]) == ("cannot be told", "Measure what is missing: no data for Bookings")


def test_the_heatmap_stands_on_both_sides_of_its_diagonal_and_counts_what_is_missed():
    params = company()
    found = alignment(params, stores(params, kpis=heads(selling="7")))
    table = alignment_views.pair_table(params, found)
    assert table.equals(table.T)
    assert table.loc["Building", "Selling"] == 1


SHARES = st.lists(st.integers(0, 100), min_size=2, max_size=2)


@settings(max_examples=60, deadline=None)
@given(SHARES, st.integers(-500, 5000), st.sampled_from(["new_customers", "bookings", "customers", "churn"]))
def test_sums_of_team_targets_are_those_that_brute_force_adds_up(shares, target, metric):
    goal = small.goal(kpi=metric, target=str(target), teams={"selling": f"{shares[0]} %", "building": f"{shares[1]} %"}, milestones=[])
    params = small.params(goals=[goal] if metric != "churn" else [small.goal(kpi="churn", target="0.5", teams={}, milestones=[])])
    path = targets(params, frames.empty("kpis"))
    found = alignment(params, stores(params, asked=small.requests(), lines=small.request_lines()))
    rows = found[found["test"] == "targets"]
    if metric == "churn":
        assert rows.empty
        return
    year = path if params.metrics[metric].aggregate == "sum" else path[path["month"] == path["month"].max()]
    parts, whole = (sum((Decimal(each) for each in year.loc[year["team"].isin(teams), "value"]), Decimal(0)) for teams in (["selling", "building"], [""]))
    row = rows.iloc[0]
    assert (row["left"], row["right"]) == (parts, whole)
    assert (row["status"] == "missed") == (whole - parts > abs(whole) * params.alignment.tolerance)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_teams_and_of_rows_changes_nothing(random):
    told = [("hire", "building", "customers", "year", Decimal(610), "a"), ("calls", "selling", "customers", "year", Decimal(520), "b")]
    params = company()
    first = stores(params, told=told, kpis=heads(selling="7"))
    shuffled = {name: frame.iloc[random.sample(range(len(frame)), len(frame))].reset_index(drop=True) for name, frame in first.items()}
    teams = random.sample(list(params.company.teams), len(params.company.teams))
    other = replace(
        params, company=params.company.model_copy(update={"teams": teams}), goals=Goals(objectives=params.goals.objectives, goals=list(params.goals.goals))
    )
    pd.testing.assert_frame_equal(alignment(other, shuffled), alignment(params, first))


def test_needs_less_gets_is_the_gap_and_an_undecided_request_is_not_given():
    params = company(decisions=())
    held = stores(params)
    needs = team_needs(params, held)
    row = needs.set_index("team").loc["building"]
    assert (row["needed"], row["given"], row["gap"]) == (Decimal("12000.00"), Decimal("0.00"), Decimal("12000.00"))
    assert (row["heads"], row["heads_given"], row["heads_needed"]) == (12, 12, 13)
    assert needs_ties(needs, held["initiatives"], held["request_status"])["ties"].all()
    assert "Building lacks 12" in alignment_views.needs_finding(params, needs)


PLANTED = {
    ("assumptions", "support", "customer_success"), ("launches", "marketing", "product"), ("designers", "engineering", "product"),
    ("hires", "people", "customer_success engineering platform sales_emea sales_na"), ("load", "support", "marketing sales_emea sales_na"),
    ("serves_goal", "executive", ""), ("targets", "", ""), ("sales_capacity", "go_to_market", ""), ("pipeline", "marketing", "sales_emea sales_na"),
}  # fmt: skip


def test_the_demos_planted_misalignments_are_all_found_each_with_both_teams_and_their_owners(cycles):
    found = read_frame(frame_file(cycles.plan, "alignment"), "alignment")
    assert missed(found[~found["test"].isin(["envelopes", "weights"])]) == PLANTED
    wrong = found[found["status"] == "missed"]
    assert (wrong["owner"] != "").all()
    assert (wrong["other_owner"] != "").all()
    assert (wrong["proposal"] != "").all()
    told = read_frame(frame_file(cycles.plan, "alignment_findings"), "alignment_findings")
    assert len(told) == len(wrong)
    assert any("Customer Support and Customer Success" in where for where in told["where"])
