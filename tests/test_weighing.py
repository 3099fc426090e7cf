"""What options do to goals by the driver model, and what is proposed of them within the limits of allocation.yml."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from cycles import ROOT

from aop_lib.load import load
from aop_lib.plan import weighing, weighing_words
from aop_lib.plan.allocation_limits import allocation_problem
from aop_lib.plan.allocation_problem import is_kept
from aop_lib.plan.driver_changes import changed
from aop_lib.plan.driver_goals import goal_values
from aop_lib.plan.driver_results import results
from aop_lib.plan.proposed import asked_of, proposed_frames
from aop_lib.plan.requests import UNDECIDED
from aop_lib.store import read_frame

DEMO = ROOT / "params" / "demo" / "fy2027.yml"
BOOKS = "ledger accounts lines imported_budget mrr rates people opportunities"
ASKED = "requests request_lines request_effects request_status option_values weighing"


@pytest.fixture(scope="module")
def demo(cycles):
    params = load(DEMO)
    known = {name: read_frame(cycles.plan / "frames" / f"{name}.parquet", name) for name in f"{BOOKS} {ASKED}".split()}
    return params, known, weighing.weighing_model(params, known)


def test_the_effect_of_each_option_is_the_goal_with_it_less_the_goal_without_it(demo):
    params, known, model = demo
    without = goal_values(params, model, results(model))
    for key, deltas in weighing.option_changes(model, known["request_effects"]).items():
        alone = changed(model, [deltas])
        with_it = goal_values(params, alone, results(alone))
        told = known["weighing"][(known["weighing"]["request"] == key[0]) & (known["weighing"]["option"] == key[1])]
        for row in told.dropna(subset=["effect"]).to_dict("records"):
            assert float(row["effect"]) == pytest.approx(with_it[row["goal"]][0] - without[row["goal"]][0], abs=1e-6)


def test_a_contribution_is_the_part_of_the_way_times_the_weight_and_adds_up_over_goals(demo):
    params, known, _ = demo
    goals = {goal.id: goal for goal in params.goals.goals}
    for row in known["weighing"].dropna(subset=["contribution"]).to_dict("records"):
        goal = goals[row["goal"]]
        assert float(row["contribution"]) == pytest.approx(float(goal.weight * row["effect"] / (goal.target - goal.start)), abs=2e-6)
    summed = known["weighing"].groupby(["request", "option"])["contribution"].sum()
    for row in known["option_values"].to_dict("records"):
        assert float(summed[row["request"], row["option"]]) == pytest.approx(float(row["contribution"]), abs=1e-5)


def test_an_option_that_changes_no_driver_has_no_value_and_the_page_says_so(demo):
    params, known, _ = demo
    still = known["option_values"][known["option_values"]["drivers"] == 0]
    assert {"evening_shift", "reliability_engineer"} <= set(still["request"])
    assert (still["value"] == 0).all()
    assert (still["contribution"] == 0).all()
    shown = weighing_words.weighed_view(params, known["option_values"], known["weighing"]).set_index("label")
    assert shown.loc["Support until midnight", "effects"] == weighing_words.UNKNOWN


def test_lower_churn_moves_net_retention(demo):
    _, known, _ = demo
    moved = known["weighing"].set_index(["request", "option", "goal"])
    assert moved.loc[("renewals", "full", "nrr_102"), "effect"] > 0
    assert moved.loc[("offline_mode", "reduced", "nrr_102"), "effect"] < moved.loc[("offline_mode", "full", "nrr_102"), "effect"]


def test_the_order_of_requests_changes_nothing(demo):
    params, known, model = demo
    mixed = known | {name: known[name].sample(frac=1, random_state=7) for name in ("requests", "request_lines", "request_effects", "option_values")}
    found, again = (weighing.weighing_frames(params, model, each) for each in (known, mixed))
    for name, frame in found.items():
        pd.testing.assert_frame_equal(frame, again[name])
    for name, frame in proposed_frames(params, known).items():
        pd.testing.assert_frame_equal(frame, proposed_frames(params, mixed)[name])


def test_evidence_counts_fully_only_where_it_names_a_year():
    assert [weighing.evidence_grade(each) for each in ("", "  ", "Offer of an adviser, 12 weeks", "Letter of 3 September 2026")] == [
        "none",
        "none",
        "stated",
        "dated",
    ]


def test_options_are_worth_less_beside_others_that_bring_the_same(demo):
    params, known, model = demo
    values = weighing.revaluation(params, model, known["option_values"], known["request_effects"])
    alone, beside = values(()), values((("enterprise_sellers", "full"), ("renewals", "full")))
    stated = known["option_values"].set_index(["request", "option"])["value"]
    assert alone == {key: pytest.approx(float(value), abs=1e-3) for key, value in stated.items()}
    assert beside[("renewals", "full")] != alone[("renewals", "full")]
    assert beside[("evening_shift", "full")] == 0.0


def test_the_proposal_keeps_every_limit_of_the_demo(demo):
    params, known, _ = demo
    given, asked = proposed_frames(params, known), asked_of(known)
    problem = allocation_problem(params.allocation, asked.options, asked.uses, params.company.teams, {}, params.year_months)
    proposed = {(row["request"], row["option"]): row["proposed"] for row in given["allocation"].to_dict("records")}
    assert any(proposed.values())
    assert is_kept(problem, pd.Series([proposed[key] for key in problem.options]).to_numpy(bool))
    assert given["contradictions"].empty
    assert given["allocation_rounds"]["stable"].any()


def test_the_undecided_request_is_listed_with_a_proposal_and_is_not_in_the_budget(demo, cycles):
    _, known, _ = demo
    waiting = known["request_status"].loc[known["request_status"]["decision"] == UNDECIDED, "request"]
    budget, allocation = (read_frame(cycles.plan / "frames" / f"{name}.parquet", name) for name in ("budget", "allocation"))
    assert list(waiting) == ["evening_shift"]
    assert set(waiting) <= set(allocation["request"])
    assert not set(waiting) & set(budget["layer"])
    proposed = set(allocation.loc[allocation["proposed"], "request"])
    approved = set(known["request_status"].loc[known["request_status"]["decision"] == "approved", "request"])
    assert set(budget["layer"]) - {"base"} == approved != proposed


def test_a_review_proposes_and_weighs_nothing(demo):
    params, known, _ = demo
    review = replace(params, cycle=params.cycle.model_copy(update={"kind": "review"}))
    assert weighing.weighing_model(review, known) is None
    assert all(frame.empty for frame in proposed_frames(review, known).values())


def test_without_limits_nothing_is_proposed(demo):
    params, known, _ = demo
    free = replace(params, allocation=type(params.allocation)())
    assert all(frame.empty for frame in proposed_frames(free, known).values())


def test_a_change_in_a_segment_that_the_model_lacks_moves_nothing_and_is_a_finding(demo):
    params, known, model = demo
    effects = known["request_effects"].assign(place=[{"enterprise": "giants"}.get(each, each) for each in known["request_effects"]["place"]])
    found = weighing_words.weighing_findings(params, model, known["requests"], effects)
    assert {row["where"] for row in found} == {"enterprise_sellers"}
    assert not [key for key in weighing.option_changes(model, effects) if key[0] == "enterprise_sellers"]


def test_what_teams_claim_stands_beside_what_the_model_says(demo):
    _, known, _ = demo
    row = known["weighing"].set_index(["request", "option", "goal"]).loc[("enterprise_sellers", "full", "arr_29m")]
    assert row["claimed"] == Decimal(1_000_000)
    assert 0 < row["effect"] < row["claimed"]
