"""How fast the effects of 1,000 options are evaluated in one pass of the driver model, against one evaluation after the other.

    python benchmarks/weighing.py [--options N] [--rounds N]

Each option changes a driver or two of a segment from a month on, as requests do. The pass is what page 02 runs: the model without any option
and with each of them, side by side; the loop runs each option alone, beside the model without it. Both take turns in one go; what counts is the
ratio of the medians. The loop runs a tenth of the options and is scaled up.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from aop_lib.plan.driver_changes import Change, Delta, evaluated  # noqa: E402
from aop_lib.plan.driver_model import DriverModel  # noqa: E402
from tests.driver_companies import company  # noqa: E402

MONTHS, SEGMENTS = 24, 4
KINDS = (("churn_rate", -0.0015, 1.0), ("direct_new", 20_000.0, 1.0), ("rep_starts", 1.0, 1.0), ("pipeline_created", 0.0, 1.05), ("win_rate", 0.01, 1.0))
AIM = 10.0


def options(model: DriverModel, count: int) -> list[Change]:
    """Returns changes as requests make them: one or two drivers of one segment, from some month on."""
    random = np.random.default_rng(2027)
    found: list[Change] = []
    for _ in range(count):
        chosen = random.choice(len(KINDS), size=random.integers(1, 3), replace=False)
        place, start = model.segments[random.integers(len(model.segments))], model.months[random.integers(MONTHS // 2)]
        found.append([Delta(KINDS[each][0], add=KINDS[each][1], scale=KINDS[each][2], place=place, start=start) for each in chosen])
    return found


def timed(work: Callable[[], object]) -> float:
    """Returns how long a call takes, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(count: int, rounds: int) -> None:
    """Prints the ratio, after checking that the pass and the loop say the same."""
    model = company(months=MONTHS, segments=SEGMENTS, spread=0.1)
    changes = options(model, count)
    few = changes[: max(count // 10, 1)]
    together = evaluated(model, [[], *changes])
    for place, change in enumerate(few):
        alone = evaluated(model, [[], change])
        if not np.array_equal(alone.company["operating_profit"][1], together.company["operating_profit"][place + 1]):
            raise SystemExit(f"option {place} has another effect alone than among the others")
    taken: dict[str, list[float]] = {"pass": [], "loop": []}
    for _ in range(rounds):
        taken["pass"].append(timed(lambda: evaluated(model, [[], *changes])))
        taken["loop"].append(timed(lambda: [evaluated(model, [[], each]) for each in few]) * count / len(few))
    one, loop = (statistics.median(taken[name]) for name in ("pass", "loop"))
    print(f"{count:,} options, {MONTHS} months, {SEGMENTS} segments; median of {rounds}")
    print(f"one pass for all                  {one:7.3f} s")
    print(f"one after the other               {loop:7.3f} s")
    print(f"loop / pass {loop / one:.1f} (aim: {AIM:.0f} or more)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--options", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    main(chosen.options, chosen.rounds)
