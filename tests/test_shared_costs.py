"""Shared costs: one solve against handing them on round after round, and sums that must hold to the cent."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib.money import money_series
from aop_lib.plan.shared_costs import final_shares, handed_on

SERVICES, OTHERS = ["it", "people", "office"], ["sales", "support", "product"]
weight = st.integers(min_value=0, max_value=9)
uses = st.lists(st.lists(weight, min_size=6, max_size=6), min_size=3, max_size=3).map(
    lambda rows: {
        service: {team: Decimal(w) for team, w in zip([*SERVICES, *OTHERS], row, strict=True) if team != service} | {"sales": Decimal(row[3] + 1)}
        for service, row in zip(SERVICES, rows, strict=True)
    }
)
amounts = st.decimals(min_value=-10_000, max_value=100_000, places=2)


def round_after_round(weights, service, method):
    """Where one unit of a service's cost ends when it is handed on again and again."""
    allowed = {
        each: {
            team: float(w)
            for team, w in row.items()
            if w and (team in OTHERS or method == "reciprocal" or (method == "step_down" and SERVICES.index(team) > SERVICES.index(each)))
        }
        for each, row in weights.items()
    }
    held, ended = {service: 1.0}, dict.fromkeys(OTHERS, 0.0)
    for _ in range(3000):
        moving: dict[str, float] = {}
        for each, part in held.items():
            whole = sum(allowed[each].values())
            for team, w in allowed[each].items():
                target = ended if team in OTHERS else moving
                target[team] = target.get(team, 0.0) + part * w / whole
        held = moving
    return ended


@settings(deadline=None, max_examples=25)
@given(uses, st.sampled_from(["reciprocal", "step_down", "direct"]))
def test_one_solve_ends_where_handing_on_round_after_round_ends(weights, method):
    for service, found in final_shares(weights, method).items():
        ended = round_after_round(weights, service, method)
        for team in OTHERS:
            assert float(found.get(team, 0)) == pytest.approx(ended[team], abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(uses, st.lists(st.tuples(st.sampled_from([*SERVICES, *OTHERS]), amounts), min_size=1, max_size=12))
def test_every_cent_is_handed_on_and_can_be_followed_both_ways(weights, booked):
    costs = pd.DataFrame({"account": [str(each) for each in range(len(booked))], "team": [team for team, _ in booked]})
    costs = costs.assign(amount=money_series([amount for _, amount in booked]))
    found = handed_on(costs, final_shares(weights))
    assert not set(found["team"]) & set(SERVICES)
    assert sum(found["amount"], Decimal(0)) == sum(costs["amount"], Decimal(0))
    for source in {team for team, _ in booked}:
        assert sum(found.loc[found["source"] == source, "amount"], Decimal(0)) == sum(costs.loc[costs["team"] == source, "amount"], Decimal(0))
    stayed = found[~found["source"].isin(SERVICES)]
    assert (stayed["team"] == stayed["source"]).all()


def test_the_textbook_case_of_two_services():
    # IT serves People 20 %, Sales 50 %, Support 30 %; People serve IT 10 %, Sales 40 %, Support 50 %.
    # x_it = 100 + 0.1 x_people and x_people = 50 + 0.2 x_it: x_it = 105 / 0.98, x_people = 70 / 0.98.
    weights = {"it": {"people": 20, "sales": 50, "support": 30}, "people": {"it": 10, "sales": 40, "support": 50}}
    shares = final_shares({service: {team: Decimal(w) for team, w in row.items()} for service, row in weights.items()})
    sales = 100 * shares["it"]["sales"] + 50 * shares["people"]["sales"]
    assert float(sales) == pytest.approx((105 * 0.5 + 70 * 0.4) / 0.98, abs=1e-8)


def test_step_down_never_flows_back():
    weights = {"it": {"people": Decimal(1), "sales": Decimal(1)}, "people": {"it": Decimal(1), "support": Decimal(1)}}
    found = final_shares(weights, "step_down")
    assert found["people"] == {"support": Decimal(1)}
    assert found["it"] == {"sales": Decimal("0.5"), "support": Decimal("0.5")}


def test_services_that_use_nobody_else_are_refused():
    with pytest.raises(ValueError, match="nobody but one another"):
        final_shares({"it": {"people": Decimal(1)}, "people": {"it": Decimal(1)}})
    with pytest.raises(ValueError, match="nobody uses it"):
        final_shares({"it": {"it": Decimal(1)}})


def test_the_order_of_services_does_not_matter_to_the_reciprocal_way():
    weights = {"it": {"people": Decimal(2), "sales": Decimal(1)}, "people": {"it": Decimal(1), "support": Decimal(3)}}
    turned = dict(reversed(weights.items()))
    assert final_shares(weights) == final_shares(turned)
    assert all(a != b for a, b in pairwise([final_shares(weights, "step_down"), final_shares(turned, "step_down")]))
