"""Who gets the money: against brute force, against published examples, and where nothing fits."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib.plan.allocation import proposal
from aop_lib.plan.allocation_comparison import first_come, override_costs, pro_rata, with_decisions
from aop_lib.plan.allocation_greedy import greedy_choice, topped_up
from aop_lib.plan.allocation_needs import nearest_options, option_needs
from aop_lib.plan.allocation_prices import Relaxation, envelope_levels, frontier_values, limit_prices, missing_value
from aop_lib.plan.allocation_problem import UNLIMITED, LimitRow, Problem, broken_rows, is_kept, keys_of, stacked, usage, value_of
from aop_lib.plan.allocation_solver import Model, best_choice
from aop_lib.plan.contradictions import can_be_kept, contradicting_limits

NONE = UNLIMITED


def problem_of(requests, rows):
    """Requests as {name: {option: value}}; rows as (limit, kind, period, {(request, option): weight}, least, most)."""
    keys = sorted((request, option) for request, options in requests.items() for option in options)
    names = sorted(requests)
    place = {key: position for position, key in enumerate(keys)}
    made = []
    for *_, weights, least, most in rows:
        used = sorted((place[key], weight) for key, weight in weights.items() if weight)
        made.append((np.array([each for each, _ in used], int), np.array([weight for _, weight in used], int), least, most))
    request_of = np.array([names.index(request) for request, _ in keys], int)
    values = np.array([requests[request][option] for request, option in keys], float)
    return Problem(tuple(keys), request_of, values, stacked(made), tuple(LimitRow(*row[:3]) for row in rows))


def brute_force(problem):
    """The greatest value over every choice that keeps all limits; None where there is none."""
    own = [[-1, *np.flatnonzero(problem.request_of == each)] for each in range(problem.request_of.max(initial=-1) + 1)]
    best = None
    for picked in product(*own):
        chosen = np.zeros(len(problem.options), bool)
        chosen[[each for each in picked if each >= 0]] = True
        if is_kept(problem, chosen):
            best = value_of(problem, chosen) if best is None else max(best, value_of(problem, chosen))
    return best


@st.composite
def problems(draw):
    count = draw(st.integers(1, 5))
    requests = {f"r{each}": {f"o{o}": float(draw(st.integers(-3, 30))) for o in range(draw(st.integers(1, 3)))} for each in range(count)}
    keys = [(request, option) for request, options in requests.items() for option in options]
    rows = []
    for number in range(draw(st.integers(0, 3))):
        weights = {key: draw(st.integers(0, 2_000_000_00)) for key in keys}
        most = draw(st.one_of(st.just(NONE), st.integers(0, 4_000_000_00)))
        least = draw(st.one_of(st.just(-NONE), st.integers(0, 1_500_000_00)))
        rows.append((f"money_{number}", "money", "year", weights, least, most))
    rows.append(("heads", "heads", "q1", {key: draw(st.integers(0, 3)) for key in keys}, -NONE, draw(st.integers(0, 6))))
    if draw(st.booleans()):
        rows.append(("cash", "cash", "2027-03", {key: draw(st.integers(-900, 300)) for key in keys}, draw(st.integers(-2000, 10)), NONE))
    one, two = (f"r{draw(st.integers(0, count - 1))}" for _ in range(2))
    if one != two:
        signs = {key: (key[0] == one) - (key[0] == two) for key in keys}
        either = {key: int(key[0] in {one, two}) for key in keys}
        rows.append(("need", "rule", "", signs, -NONE, 0) if draw(st.booleans()) else ("either", "rule", "", either, -NONE, 1))
    if draw(st.booleans()):
        rows.append(("must", "rule", "", {key: int(key[0] == "r0") for key in keys}, 1, NONE))
    return problem_of(requests, rows)


@settings(max_examples=300, deadline=None)
@given(problems())
def test_the_choice_equals_brute_force_keeps_every_limit_and_is_never_worse_than_greedy(problem):
    best, found = brute_force(problem), best_choice(problem, gap=0.0)
    assert (found.chosen is None) == (best is None)
    if best is not None:
        assert is_kept(problem, found.chosen)
        assert found.value == pytest.approx(best, abs=1e-6)
        assert found.bound >= best - 1e-6
        greedy = greedy_choice(problem)
        assert not is_kept(problem, greedy) or found.value >= value_of(problem, greedy)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_limits_that_contradict_one_another_are_irreducible(problem):
    named = contradicting_limits(problem)
    assert (named == ()) == (brute_force(problem) is not None)
    for each in named:
        assert can_be_kept(problem, set(named) - {each})
    assert not named or not can_be_kept(problem, named)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_what_an_unfunded_option_needs_is_exactly_what_makes_it_fit(problem):
    found = best_choice(problem, gap=0.0)
    if found.chosen is None:
        return
    for option, need in enumerate(option_needs(problem, found.chosen)):
        if need.state == "short":
            added = found.chosen.copy()
            added[problem.request_of == problem.request_of[option]] = False
            added[option] = True
            rows, used = problem.rows, usage(problem.rows, added)
            over = {problem.what[row]: max(used[row] - rows.upper[row], rows.lower[row] - used[row]) for row in broken_rows(problem, added)}
            assert {each.row: each.amount for each in need.shortfalls} == over
        if need.state == "worthless":
            assert problem.value[option] <= 0


def example():
    """Envelope 10; A costs 6 and yields 12, B costs 5 and yields 9."""
    return problem_of({"a": {"full": 12.0}, "b": {"full": 9.0}}, [("envelope", "money", "year", {("a", "full"): 6, ("b", "full"): 5}, -NONE, 10)])


def test_the_relaxation_of_the_worked_example_funds_a_and_four_fifths_of_b():
    prices = limit_prices(Relaxation(example()))
    assert prices.value == pytest.approx(19.2)
    assert prices.shares == pytest.approx([1.0, 0.8])
    assert prices.price == pytest.approx([1.8])
    assert (prices.lowest[0], prices.highest[0]) == pytest.approx((6.0, 11.0))


def test_the_best_whole_choice_of_the_worked_example_is_a_alone_and_b_needs_one_more():
    problem = example()
    found = best_choice(problem, gap=0.0)
    assert keys_of(problem, found.chosen) == (("a", "full"),)
    assert (found.value, found.gap) == (12.0, 0.0)
    needs = option_needs(problem, found.chosen)
    assert [(each.state, each.money) for each in needs] == [("funded", 0), ("short", 1)]
    assert [(each.row.limit, each.amount) for each in needs[1].shortfalls] == [("envelope", 1)]
    assert nearest_options(problem, found.chosen, needs) == {1}


def test_a_price_holds_exactly_in_its_range():
    problem = example()
    relaxation = Relaxation(problem)
    points = {level: (value, price) for level, value, price in frontier_values(relaxation, 0, np.array([6, 7, 10, 11, 12]))}
    assert points[11][0] - points[6][0] == pytest.approx(5 * 1.8)
    assert points[12][0] == points[11][0]
    assert points[12][1] == 0
    assert relaxation.solves == 5


def test_the_solvers_own_example_has_its_published_prices():
    from highspy import HighsLp, MatrixFormat, ObjSense

    lp = HighsLp()
    lp.num_row_, lp.num_col_, lp.sense_ = 3, 2, ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array([3.0, 5.0]), np.zeros(2), np.full(2, np.inf)
    lp.row_lower_, lp.row_upper_ = np.full(3, -np.inf), np.array([4.0, 12.0, 18.0])
    lp.a_matrix_.format_, lp.a_matrix_.start_ = MatrixFormat.kRowwise, np.array([0, 1, 2, 4])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = np.array([0, 1, 0, 1]), np.array([1.0, 2.0, 3.0, 2.0])
    weights = [(np.array([0]), np.array([1]), -NONE, 4), (np.array([1]), np.array([2]), -NONE, 12), (np.array([0, 1]), np.array([3, 2]), -NONE, 18)]
    what = tuple(LimitRow(f"plant_{each}", "money") for each in (1, 2, 3))
    problem = Problem((("x", "x"), ("y", "y")), np.array([0, 1]), np.array([3.0, 5.0]), stacked(weights), what)
    prices = limit_prices(Relaxation(problem, Model(lp, np.ones(3), 1.0, 0)))
    assert prices.shares == pytest.approx([2.0, 6.0])
    assert prices.value == pytest.approx(36.0)
    assert prices.price == pytest.approx([0.0, 1.5, 1.0])
    assert prices.lowest == pytest.approx([2.0, 6.0, 12.0])
    assert prices.highest == pytest.approx([np.inf, 18.0, 24.0])


def test_an_option_that_earns_less_than_its_money_elsewhere_says_by_how_much():
    problem = problem_of(
        {"a": {"full": 12.0}, "b": {"full": 9.0}, "c": {"full": 4.0}},
        [("envelope", "money", "year", {("a", "full"): 6, ("b", "full"): 5, ("c", "full"): 4}, -NONE, 10)],
    )
    price = limit_prices(Relaxation(problem)).price
    assert missing_value(problem, price) == pytest.approx([0.0, 0.0, 4 * 1.8 - 4.0])


def test_a_limit_is_kept_to_the_cent_where_the_solver_would_let_a_cent_pass():
    cost = 9_000_000_000_00
    rows = [("envelope", "money", "year", {("a", "full"): cost, ("b", "full"): cost + 1, ("c", "full"): cost - 7}, -NONE, 2 * cost)]
    problem = problem_of({"a": {"full": 10.0}, "b": {"full": 10.0}, "c": {"full": 1.0}}, rows)
    found = best_choice(problem, gap=0.0)
    assert is_kept(problem, found.chosen)
    assert found.value == 11.0


def test_a_choice_that_the_tolerance_lets_pass_is_cut_off_and_the_search_goes_on():
    cost = 40_000_000_000_00
    weights = {(f"r{each}", "full"): cost + each for each in range(6)}
    problem = problem_of({f"r{each}": {"full": 10.0 + each} for each in range(6)}, [("envelope", "money", "year", weights, -NONE, 3 * cost + 9)])
    found = best_choice(problem, gap=0.0)
    assert is_kept(problem, found.chosen)
    assert found.value == brute_force(problem)
    assert found.repairs > 0


def wide(order=1):
    random = np.random.default_rng(7)
    names = [f"r{each:02d}" for each in range(40)]
    costs = {name: random.integers(10_000, 900_000, 3) for name in names}
    values = {name: {f"o{o}": float(costs[name][o] * random.uniform(0.8, 1.6)) for o in range(3)} for name in names}
    first = {(name, f"o{o}"): int(costs[name][o]) for name in names for o in range(3)}
    third = {key: cost for key, cost in first.items() if key[0] < "r13"}
    rows = [("envelope", "money", "year", first, -NONE, 6_000_000), ("third", "money", "q1", third, 500_000, 2_000_000)]
    return problem_of(dict(list(values.items())[::order]), rows)


def test_the_same_problem_gives_the_same_bytes_and_the_order_of_requests_changes_nothing():
    first, again, turned = (best_choice(each, gap=0.001) for each in (wide(), wide(), wide(order=-1)))
    assert first.chosen.tobytes() == again.chosen.tobytes() == turned.chosen.tobytes()
    assert (first.value, first.bound, first.nodes) == (again.value, again.bound, again.nodes) == (turned.value, turned.bound, turned.nodes)


def test_nothing_of_value_that_fits_is_left_out():
    problem = wide()
    found = best_choice(problem, gap=0.2)
    assert np.array_equal(topped_up(problem, found.chosen), found.chosen)
    assert {each.state for each in option_needs(problem, found.chosen)} <= {"funded", "short", "lesser"}


def test_the_frontier_rises_and_its_price_falls():
    problem, levels = wide(), envelope_levels(wide(), 0, 20)
    relaxation = Relaxation(problem)
    points = frontier_values(relaxation, 0, levels)
    assert int(problem.rows.upper[0]) in levels
    values, prices = [value for _, value, _ in points], [price for *_, price in points]
    assert values == sorted(values)
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(prices))
    assert relaxation.solve()
    assert relaxation.value == pytest.approx(limit_prices(Relaxation(problem)).value)


def test_cutting_everybody_and_serving_the_first_comer_keep_the_ceilings_and_are_worth_less():
    problem = wide()
    best = best_choice(problem, gap=0.0).value
    cut = pro_rata(problem)
    served = first_come(problem, sorted({request for request, _ in problem.options}, reverse=True))
    assert 0 < cut.share < 1
    assert cut.parts @ problem.value < limit_prices(Relaxation(problem)).value
    for chosen in (cut.funded, served):
        assert not any(usage(problem.rows, chosen) > problem.rows.upper)
        assert value_of(problem, chosen) < best


def test_a_cut_for_everybody_is_worth_its_part_or_what_it_pays_for():
    cut = pro_rata(example())
    assert cut.share == 10 / 11
    assert cut.parts @ example().value == pytest.approx(21 * 10 / 11)
    assert not cut.funded.any()


def test_first_come_serves_in_the_order_in_which_requests_came():
    problem = example()
    assert keys_of(problem, first_come(problem, ["b", "a"])) == (("b", "full"),)
    assert keys_of(problem, first_come(problem, ["a", "b"])) == (("a", "full"),)


def test_an_override_costs_what_the_best_choice_beside_it_is_worth_less():
    problem = example()
    found = best_choice(problem, gap=0.0)
    costs = {each.request: each for each in override_costs(problem, found, {"b": "full"}, gap=0.0)}
    assert costs["b"].cost == 12.0 - 9.0
    agreed = override_costs(problem, found, {"a": "full", "b": ""}, gap=0.0)
    assert [(each.request, each.cost, each.possible) for each in agreed] == [("a", 0.0, True), ("b", 0.0, True), ("", 0.0, True)]
    both = override_costs(problem, found, {"a": "full", "b": "full"}, gap=0.0)
    assert [(each.request, each.possible) for each in both] == [("a", True), ("b", True), ("", False)]


def test_a_decision_for_an_option_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no option 'large'"):
        with_decisions(example(), {"a": "large"})


def three():
    rows = [("envelope", "money", "year", {(name, "full"): 1 for name in "abc"}, -NONE, 1)]
    return problem_of({"a": {"full": 3.0}, "b": {"full": 2.0}, "c": {"full": 1.0}}, rows)


def test_values_are_revalued_at_the_chosen_set_until_it_is_stable():
    def beside(chosen):
        return {("a", "full"): 1.5 if ("a", "full") in chosen else 3.0, ("b", "full"): 2.0, ("c", "full"): 1.0}

    made = proposal(three(), beside, gap=0.0)
    assert [keys_of(made.problem, each.solution.chosen) for each in made.rounds] == [(("a", "full"),), (("b", "full"),), (("a", "full"),)]
    assert not made.stable
    assert made.kept == 1
    assert made.solution.value == 2.0


def test_a_choice_that_its_own_values_confirm_is_stable_after_two_rounds():
    made = proposal(three(), lambda _: {("a", "full"): 2.5, ("b", "full"): 2.0, ("c", "full"): 1.0}, gap=0.0)
    assert (len(made.rounds), made.stable, made.kept, made.solution.value) == (2, True, 1, 2.5)
    assert [each.changed for each in made.rounds] == [1, 0]


def test_without_revaluation_one_round_is_all():
    made = proposal(three(), gap=0.0)
    assert (len(made.rounds), made.stable, made.solution.value) == (1, True, 3.0)


def test_an_allocation_without_requests_funds_nothing():
    empty = Problem((), np.zeros(0, int), np.zeros(0), stacked([]), ())
    assert best_choice(empty).value == 0.0
    assert contradicting_limits(empty) == ()
    must = replace(empty, rows=stacked([(np.zeros(0, int), np.zeros(0, int), 1, NONE)]), what=(LimitRow("must", "rule"),))
    assert contradicting_limits(must) == ("must",)


def test_a_search_that_ends_at_its_branches_says_how_far_it_may_be_from_the_best():
    none, few, all_of_it = (best_choice(wide(), gap=0.0, nodes=nodes) for nodes in (0, 1, 100_000))
    assert is_kept(wide(), none.chosen)
    assert is_kept(wide(), few.chosen)
    assert none.value <= all_of_it.value <= none.bound < float("inf")
    assert few.value <= all_of_it.value <= few.bound
    assert all_of_it.gap <= 1e-6
    assert few.nodes <= all_of_it.nodes
