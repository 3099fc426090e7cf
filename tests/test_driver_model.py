"""The driver model against the same model in plain Python, closed forms and the identities that every company keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from driver_companies import Plain, company
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib.plan.driver_changes import Delta, evaluated
from aop_lib.plan.driver_model import with_drivers
from aop_lib.plan.driver_results import results

SAME = 1e-9
COMPANIES = st.builds(
    company,
    seed=st.integers(0, 10_000),
    months=st.integers(1, 27),
    segments=st.integers(1, 4),
    scenarios=st.integers(1, 3),
    cycle_months=st.sampled_from([0.0, 1.0, 3.4, 30.0]),
    ramp_months=st.sampled_from([0.0, 0.5, 6.0, 6.5]),
    dso_days=st.sampled_from([0.0, 30.0, 47.0]),
    annual_share=st.sampled_from([0.0, 0.7, 1.0]),
    quarterly_share=st.just(0.0),
    quota=st.sampled_from([0.0, 6e5]),
    asset_life_months=st.sampled_from([1.0, 3.0, 60.0]),
)


def identical(left, right) -> bool:
    return all((left.segments[name] == right.segments[name]).all() for name in left.segments) and all(
        (left.company[name] == right.company[name]).all() for name in left.company
    )


@settings(max_examples=60, deadline=None)
@given(COMPANIES)
def test_a_plain_month_by_month_implementation_gives_the_same_figures(model):
    found = results(model)
    for scenario in range(model.scenarios):
        plain = Plain(model, scenario)
        for name in found.segments:
            assert found.segments[name][scenario] == pytest.approx(np.array(plain.path[name]), rel=SAME, abs=1e-6), name
        for name in found.company:
            assert found.company[name][scenario] == pytest.approx(np.array(plain.company[name]), rel=SAME, abs=1e-6), name
        assert found.lines[scenario] == pytest.approx(np.array(plain.line), rel=SAME, abs=1e-6)
        assert found.demand[scenario] == pytest.approx(np.array(plain.path["demand"]), rel=SAME)
        assert found.capacity[scenario] == pytest.approx(np.array(plain.path["capacity"]), rel=SAME)


@settings(max_examples=60, deadline=None)
@given(COMPANIES)
def test_balances_roll_and_the_balance_sheet_balances_in_every_scenario_and_month(model):
    found, opening = results(model), model.opening
    rolls = found.segments
    moved = rolls["new"] + rolls["expansion"] + rolls["reactivation"] + rolls["price"] - rolls["contraction"] - rolls["churn"]
    assert rolls["mrr"] == pytest.approx(opening.mrr + np.cumsum(moved, axis=1), rel=SAME)
    assert rolls["contracts"] == pytest.approx(opening.contracts + np.cumsum(rolls["billings"] - rolls["revenue"], axis=1), rel=SAME, abs=1e-4)
    assert (found.company["deferred"] >= 0).all()
    assert (found.company["unbilled"] >= 0).all()
    owed = np.cumsum(found.company["billings"] - found.company["collections"], axis=1)
    payable = np.cumsum(found.company["purchases"] - found.company["payments"], axis=1)
    fixed = np.cumsum(found.company["capex"] - found.company["depreciation"], axis=1)
    contracts = found.company["deferred"] - found.company["unbilled"] - opening.contracts.sum()
    assets = found.company["cash"] - opening.cash + owed + fixed
    funds = payable + contracts + np.cumsum(found.company["net_result"] + found.company["financing"], axis=1)
    assert assets == pytest.approx(funds, rel=SAME, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(COMPANIES, st.integers(1, 27))
def test_the_first_months_are_the_same_however_many_follow(model, months):
    months = min(months, len(model.months))
    cut = {name: array[:, :months] for name, array in model.drivers.items()}
    opening = replace(model.opening, **{name: getattr(model.opening, name)[:months] for name in ("ripening", "ramped", "receipts", "bills", "depreciation")})
    short = results(replace(model, months=model.months[:months], drivers=cut, opening=opening))
    whole = results(model)
    for name, array in short.segments.items():
        assert array == pytest.approx(whole.segments[name][:, :months], rel=1e-12), name
    for name, array in short.company.items():
        assert array == pytest.approx(whole.company[name][:, :months], rel=1e-12, abs=1e-6), name


@pytest.mark.parametrize("row", [0, 2047, 2048, 4096])
def test_a_scenario_alone_is_bit_by_bit_the_same_as_its_row_among_thousands(row):
    model = company(months=6, segments=10)
    random = np.random.default_rng(1)
    shocked = {name: model.drivers[name] * random.uniform(0.8, 1.2, (4097, 1, 1)) for name in ("win_rate", "churn_rate", "cost_rate", "capex")}
    many = results(with_drivers(model, shocked))
    alone = results(with_drivers(model, {name: array[row : row + 1] for name, array in shocked.items()}))
    assert identical(alone, replace(many, segments={n: a[[row]] for n, a in many.segments.items()}, company={n: a[[row]] for n, a in many.company.items()}))
    assert (alone.lines[0] == many.lines[row]).all()


def test_the_order_of_segments_changes_nothing():
    model, order = company(segments=4, scenarios=2), [2, 0, 3, 1]
    drivers = {name: array[:, :, order] if array.shape[2] == 4 and name in SEGMENT_DRIVERS else array for name, array in model.drivers.items()}
    opening = model.opening
    moved = {name: getattr(opening, name)[..., order] for name in ("mrr", "customers", "contracts", "ripening", "ramped", "receipts", "cohorts")}
    opening = replace(opening, **moved, phases={term: phases[:, order] for term, phases in opening.phases.items()})
    turned, straight = results(replace(model, drivers=drivers, opening=opening)), results(model)
    for name, array in straight.segments.items():
        assert (turned.segments[name] == array[:, :, order]).all(), name
    for name, array in straight.company.items():
        assert turned.company[name] == pytest.approx(array, rel=1e-12), name


def test_constant_churn_alone_makes_a_geometric_series():
    quiet = dict.fromkeys(("pipeline_created", "direct_new", "expansion_rate", "contraction_rate", "reactivation_rate", "price_change"), 0.0)
    model = company(months=24, **quiet, churn_rate=0.02)
    model = replace(model, opening=replace(model.opening, ripening=np.zeros_like(model.opening.ripening)))
    expected = model.opening.mrr * 0.98 ** np.arange(1, 25)[:, None]
    assert results(model).segments["mrr"][0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("term", [1, 3, 12])
def test_deferred_revenue_is_what_each_contract_still_has_to_run(term):
    shares = {"annual_share": float(term == 12), "quarterly_share": float(term == 3)}
    model = company(months=30, segments=2, spread=0.1, in_month_share=0.5, **shares)
    phases = model.opening.phases[term]
    started = sum((place + 0.5) * phases[place] for place in range(term))
    model = replace(model, opening=replace(model.opening, contracts=np.asarray(started)))
    found = results(model)
    moved = np.diff(found.segments["mrr"][0], axis=0, prepend=model.opening.mrr[None])
    due = [*phases]
    for month in range(30):
        due.append(due[month] + moved[month])
        ages = range(term)
        expected = sum((term - age - 0.5) * due[term + month - age] for age in ages)
        assert found.segments["contracts"][0, month] == pytest.approx(expected, rel=1e-9), month


def test_new_business_is_the_lesser_of_what_sellers_can_close_and_what_the_pipeline_brings():
    model = company(scenarios=3)
    found = results(model)
    assert found.segments["new"] == pytest.approx((np.minimum(found.demand, found.capacity) + model.drivers["direct_new"]) / 12)


def test_without_a_quota_nothing_but_the_pipeline_limits_new_business():
    found = results(company(quota=0.0, direct_new=0.0))
    assert np.isinf(found.capacity).all()
    assert found.segments["new"] == pytest.approx(found.demand / 12)


def test_two_more_sellers_lift_capacity_by_their_quota_once_they_are_ramped():
    model = company(months=15, attainment=0.8, quota=600_000.0, ramp_months=6.0)
    start = model.months[2]
    found = evaluated(model, [[], [Delta("rep_starts", add=2, place=model.segments[0], start=start)]])
    more = found.capacity[1] - found.capacity[0]
    assert more[:, 0] == pytest.approx([0, 0] + [2 * 600_000 / 12 * 0.8 * min(1, age / 6) for age in range(13)], abs=1e-6)
    assert more[:, 1:] == pytest.approx(0)


def test_a_change_alone_is_the_same_as_among_others_and_an_empty_one_is_the_model():
    model = company(segments=2)
    churn, spend = Delta("churn_rate", add=-0.001), Delta("spend", add=5000, place="selling", start=model.months[3], end=model.months[6])
    together, alone = evaluated(model, [[], [churn], [churn, spend]]), results(model)
    assert (together.company["cash"][0] == alone.company["cash"][0]).all()
    assert (evaluated(model, [[churn]]).segments["mrr"][0] == together.segments["mrr"][1]).all()
    less = together.lines[1] - together.lines[2]
    assert less[:, model.lines.index("selling")].round(6).tolist() == [0, 0, 0, -5000, -5000, -5000] + [0] * 9


def test_no_change_moves_a_rate_out_of_its_range():
    model = company(churn_rate=0.001)
    assert results(model).segments["churn"].min() > 0
    assert (evaluated(model, [[Delta("churn_rate", add=-0.5)]]).segments["churn"] == 0).all()


@pytest.mark.parametrize(
    ("delta", "said"),
    [
        (Delta("win_rat", add=1), "did you mean 'win_rate'"),
        (Delta("win_rate", add=1, place="segment x"), "it has segment a, segment b"),
        (Delta("dso_days", add=1, start=company().months[1]), "the same in every month"),
    ],
)
def test_a_change_of_what_the_model_does_not_have_is_refused(delta, said):
    with pytest.raises(ValueError, match=said):
        evaluated(company(segments=2), [[delta]])


SEGMENT_DRIVERS = {
    "pipeline_created", "pipeline_growth", "win_rate", "cycle_months", "direct_new", "new_contract", "quota", "attainment", "ramp_months", "rep_starts", "rep_leavers",
    "expansion_rate", "contraction_rate", "churn_rate", "reactivation_rate", "customer_churn_rate", "price_change", "in_month_share", "annual_share",
    "quarterly_share", "dso_days",
}  # fmt: skip
