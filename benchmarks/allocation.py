"""How fast requests are allocated: against the bare solver on the same problem, and how many LP solves the prices and the frontier take.

    python benchmarks/allocation.py [--requests N ...] [--seeds N]

Made-up requests of three options each, whose value goes with their cost; money of the year and of each quarter, for the company and for
each of twelve teams, floors for goals, heads in each quarter, a cash floor in each month, dependencies, exclusions and musts. Bare is HiGHS with the same
arrays and the same settings, and nothing before or after. Both take turns in one run; what counts is the ratio of their sums over the
seeds, in processor time, which neighbours on the machine disturb less.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from aop_lib.params.allocation import AllocationLimits
from aop_lib.params.company import Team
from aop_lib.plan.allocation_limits import allocation_problem
from aop_lib.plan.allocation_prices import Relaxation, envelope_levels, frontier_values, limit_prices
from aop_lib.plan.allocation_problem import Problem, is_kept
from aop_lib.plan.allocation_solver import best_choice, solver, solver_model

MONTHS = list(pd.date_range("2027-01-01", periods=12, freq="MS"))
TEAMS = 12
GOALS = 6
SIZES = {"full": 1.0, "minimum": 0.35, "reduced": 0.65}
AIM = 1.2
MOST_SOLVES = 100
NODES = 1_000_000


def requests(count: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns options with their values, and what they cost by month."""
    random = np.random.default_rng(seed)
    team, goal = random.integers(0, TEAMS, count), random.integers(0, GOALS, count)
    monthly = random.lognormal(9, 0.8, count)
    first, heads = random.integers(0, 9, count), random.integers(0, 4, count)
    worth = random.normal(1.3, 0.3, count).clip(0.2)
    options, uses = [], []
    for position, (name, size) in enumerate(sorted(SIZES.items())):
        request = [f"r{each:05d}" for each in range(count)]
        noise = random.normal(1, 0.1, count).clip(0.5)
        cost = np.round(monthly * size, 2)
        value = cost * (12 - first) * worth * noise * (1 + 0.2 * (position == 1))
        places = {"team": [f"t{each}" for each in team], "goal": [f"g{each}" for each in goal]}
        options.append(pd.DataFrame({"request": request, "option": name, **places, "value": value}))
        for month in range(12):
            paid = first <= month
            people = np.ceil(heads * size).astype(int)
            line = {"request": request, "option": name, "month": MONTHS[month], "amount": cost, "heads": people}
            uses.append(pd.DataFrame(line)[paid])
    lines = pd.concat(uses, ignore_index=True)
    return pd.concat(options, ignore_index=True), lines.assign(amount=_money(lines["amount"]))


def _money(column: pd.Series) -> pd.Series:
    import pyarrow as pa

    counted = pa.array((column * 100).round().astype("int64")).cast(pa.decimal128(19, 0))
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.compute.multiply(counted, pa.scalar(Decimal("0.01"))).cast(pa.decimal128(18, 2))), index=column.index)


def limits(options: pd.DataFrame, uses: pd.DataFrame) -> AllocationLimits:
    """Returns limits that fund about a third of what is asked, with every kind of limit that there is."""
    full = uses[uses["option"] == "full"].merge(options[options["option"] == "full"][["request", "team", "goal"]], on="request")
    full = full.assign(amount=full["amount"].astype(float), quarter=(full["month"].dt.month - 1) // 3 + 1)
    asked = full["amount"].sum()
    by_team, by_quarter, by_goal = (full.groupby(each)["amount"].sum() for each in ("team", "quarter", "goal"))
    heads = full.groupby(["request", "quarter"])["heads"].max().groupby("quarter").sum()
    said = {"reason": "made up", "owner": "cfo"}
    money = [{"id": "envelope", "at_most": _text(asked * 0.33), **said}]
    money += [{"id": f"quarter_{each}", "at_most": _text(by_quarter[each] * 0.34), "period": f"q{each}", **said} for each in range(1, 5)]
    for each, total in by_team.items():
        money.append({"id": f"team_{each}", "at_most": _text(total * 0.45), "at_least": _text(total * 0.1), "teams": [each], **said})
    money += [{"id": f"goal_{each}", "at_least": _text(total * 0.15), "goals": [each], **said} for each, total in by_goal.items()]
    people = [{"id": f"heads_{each}", "at_most": str(int(heads[each] * 0.35)), "period": f"q{each}", **said} for each in range(1, 5)]
    names = sorted(set(options["request"]))
    pairs = list(zip(names[::20], names[7::20], strict=False))
    rules = {
        "needs": [{"id": f"need_{a}", "request": a, "needs": b, **said} for a, b in pairs],
        "excludes": [{"id": f"either_{a}", "requests": [a, b], **said} for a, b in zip(names[3::25], names[11::25], strict=False)],
        "must": [{"id": f"must_{each}", "request": each, **said} for each in names[5::100]],
        "cash": [{"id": "cash", "at_least": "1000000", **said}],
    }
    return AllocationLimits.model_validate({"money": money, "heads": people, **rules})


def _text(amount: float) -> str:
    return f"{amount:.2f}"


def made(count: int, seed: int) -> Callable[[], Problem]:
    """Returns what builds the problem out of its frames."""
    options, uses = requests(count, seed)
    said, path = limits(options, uses), uses.groupby("month")["amount"].sum().astype(float).cumsum()
    cash = {month: Decimal(_text(1_000_000 + 0.12 * total)) for month, total in path.items()}
    teams = [Team(id=f"t{each}", name=f"Team {each}", owner="cfo") for each in range(TEAMS)]
    return lambda: allocation_problem(said, options, uses, teams, cash, MONTHS)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Returns the processor time that something takes, and what comes back; everything here runs on one thread."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def bare(problem: Problem, gap: float) -> Any:
    """Returns the solver after it has solved the problem by itself."""
    highs = solver(solver_model(problem), gap, NODES)
    highs.run()
    return highs


def compare(count: int, gap: float, seeds: int) -> None:
    """Prints the ratio of our time to the bare solver's."""
    ours, alone, built = [], [], []
    for seed in range(1, seeds + 1):
        build, problem = seconds(made(count, seed))
        time_bare, _ = seconds(lambda: bare(problem, gap))  # noqa: B023
        time_ours, solution = seconds(lambda: best_choice(problem, gap, NODES))  # noqa: B023
        if not is_kept(problem, solution.chosen) or solution.gap > gap * 1.001:
            raise SystemExit(f"{count} requests, seed {seed}: gap {solution.gap:.4%}")
        greedy = "none" if solution.start is None else f"{1 - solution.start / solution.value:.1%} worse"
        print(f"  seed {seed}: bare {time_bare:.2f} s, ours {time_ours:.2f} s, frames to rows {build:.2f} s, gap {solution.gap:.3%}, greedy {greedy}")
        ours.append(time_ours), alone.append(time_bare), built.append(build)
    ratio, whole = sum(ours) / sum(alone), (sum(ours) + sum(built)) / sum(alone)
    print(f"{count:,} requests to {gap:.1%}: {ratio:.2f} of the bare solver, {whole:.2f} with the rows made from frames (aim: {AIM} or less)")


def count_solves(count: int) -> None:
    """Prints how many LP solves the prices and the frontier take."""
    problem = made(count, 1)()
    relaxation = Relaxation(problem)
    row = next(position for position, each in enumerate(problem.what) if each.limit == "envelope")
    time_prices, prices = seconds(lambda: limit_prices(relaxation))
    time_frontier, points = seconds(lambda: frontier_values(relaxation, row, envelope_levels(problem, row, 40)))
    kinds = f"{len(prices.price)} prices in {time_prices:.2f} s, {len(points)} points of the frontier in {time_frontier:.2f} s"
    print(f"{count:,} requests: {kinds}, {relaxation.solves} LP solves (aim: {MOST_SOLVES} or fewer)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    for requested in given.requests:
        compare(requested, 0.001 if requested <= 1_000 else 0.005, given.seeds)
    count_solves(1_000)
