"""How fast the driver model evaluates 10,000 scenarios of 60 months and 10 segments, against writing its result arrays once.

    python benchmarks/drivers.py [--scenarios N] [--rounds N]

Shocks are drawn and transformed into drivers once, before anything is timed, as one run of a simulation does; what that costs is
printed beside. Evaluating and writing take turns in one go; what counts is the ratio of the medians (limit 12, aim 4).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from aop_lib.plan.driver_model import Array, DriverModel, Results, with_drivers  # noqa: E402
from aop_lib.plan.driver_results import results  # noqa: E402
from tests.driver_companies import company  # noqa: E402

MONTHS, SEGMENTS = 60, 10
MONTHLY = {"pipeline_created", "spend", "price_change", "rep_starts", "rep_leavers", "hires", "leavers", "merit"}
AIM, LIMIT = 4.0, 12.0
SHOCKED = {"win_rate": 0.1, "pipeline_created": 0.15, "expansion_rate": 0.2, "churn_rate": 0.2, "attainment": 0.1}


def shocked(model: DriverModel, scenarios: int) -> DriverModel:
    """Returns the model with lognormal shocks: one per scenario and segment for most drivers, one in every month for the pipeline."""
    random = np.random.default_rng(2027)
    drivers = {}
    for name, spread in SHOCKED.items():
        months = MONTHS if name == "pipeline_created" else 1
        draws = random.standard_normal((months, SEGMENTS, scenarios))
        drivers[name] = np.moveaxis(np.moveaxis(model.drivers[name], 0, -1) * np.exp(spread * draws), -1, 0)
    return with_drivers(model, drivers)


def written(found: Results) -> None:
    """Writes arrays of the size of all results once, into memory that is new and stays, as the model does."""
    room = [np.empty(np.moveaxis(array, 0, -1).shape) for array in _arrays(found)]
    for array in room:
        array.fill(1.0)


def _arrays(found: Results) -> list[Array]:
    return [*found.segments.values(), found.lines, *found.company.values(), found.demand, found.capacity]


def main(scenarios: int, rounds: int) -> None:
    """Prints the ratio, and what drawing and transforming the shocks costs beside."""
    base = company(months=MONTHS, segments=SEGMENTS, spread=0.1)
    base = replace(base, drivers={name: array if name in MONTHLY else array[:, :1] for name, array in base.drivers.items()})
    began = time.perf_counter()
    model = shocked(base, scenarios)
    drawn = time.perf_counter() - began
    taken: dict[str, list[float]] = {"model": [], "write": []}
    found = results(model)
    for _ in range(rounds):
        for name, work in (("model", lambda: results(model)), ("write", lambda: written(found))):
            began = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - began)
    model_time, write_time = (statistics.median(taken[name]) for name in ("model", "write"))
    size = sum(array.nbytes for array in _arrays(found)) / 1e6
    print(f"{scenarios:,} scenarios, {MONTHS} months, {SEGMENTS} segments, {size:,.0f} MB of results; median of {rounds}")
    print(f"writing the results once   {write_time:6.3f} s")
    print(f"the model                  {model_time:6.3f} s")
    print(f"drawing the shocks, once   {drawn:6.3f} s")
    print(f"ratio {model_time / write_time:.1f} (aim: {AIM:.0f}, at most {LIMIT:.0f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    main(chosen.scenarios, chosen.rounds)
