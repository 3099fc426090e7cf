"""Who is proposed for the money: the best choice within the limits, revalued at the chosen set until it is stable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from aop_lib.plan.allocation_problem import Flags, Key, Numbers, Problem, keys_of, value_of
from aop_lib.plan.allocation_solver import Solution, best_choice

MOST_ROUNDS = 3
Revalued = Callable[[tuple[Key, ...]], Mapping[Key, float]]


@dataclass(frozen=True)
class Round:
    """One valuation and the choice that follows from it.

    Attributes:
        values: What each option was taken to be worth.
        solution: The choice by these values.
        revalued: What each option is worth beside the chosen ones; as `values` where nothing revalues.
        changed: Requests whose option differs from the round before; of the first round all that are funded.
    """

    values: Numbers
    solution: Solution
    revalued: Numbers
    changed: int


@dataclass(frozen=True)
class Proposal:
    """What is proposed, and how it was reached.

    Attributes:
        problem: The options, with the values by which the proposal was chosen, and the limits.
        solution: The choice, its value by these values, the proven bound.
        rounds: Every round, in order.
        kept: The position of the round that is proposed.
        stable: Whether revaluing at the chosen set leaves that set as it is.
    """

    problem: Problem
    solution: Solution
    rounds: tuple[Round, ...]
    kept: int
    stable: bool

    @property
    def chosen(self) -> Flags:
        """One flag for each option; none is set where the limits contradict one another."""
        return np.zeros(len(self.problem.options), bool) if self.solution.chosen is None else self.solution.chosen


def proposal(problem: Problem, revalued: Revalued | None = None, gap: float = 0.001, nodes: int = 100_000) -> Proposal:
    """Returns the choice that is proposed.

    Defined as::

        round 1    the best choice by the given values
        round n    the best choice by the values that round n-1's choice gives; the values alone change, never the limits
        stable     the choice is that of the round before, or its values are those by which it was chosen; at most three rounds
        kept       the last round where stable; else the round whose choice is worth most beside itself (ties: the earlier)

    Where the rounds end before they are stable, the difference between `values` and `revalued` of the kept round is what remains.

    Args:
        problem: Options, values, limits.
        revalued: Gives the value of every option beside a chosen set; without it one round is all.
        gap: The search ends when no choice can be better by more than this fraction.
        nodes: Or when so many branches have been looked at.

    Returns:
        The proposal; its solution has no choice where the limits contradict one another.

    Raises:
        AllocationUndecidedError: If the branches ran out before anything was found.
    """
    rounds: list[Round] = []
    values, stable = problem.value, False
    while len(rounds) < MOST_ROUNDS and not stable:
        solution = best_choice(replace(problem, value=values), gap, nodes)
        if solution.chosen is None:
            return Proposal(problem, solution, (Round(values, solution, values, 0),), 0, stable=True)
        after = _values(problem, values, solution, revalued)
        changed = _changed(problem, rounds[-1].solution if rounds else None, solution)
        stable = bool(np.array_equal(after, values)) or (bool(rounds) and changed == 0)
        rounds.append(Round(values, solution, after, changed))
        values = after
    kept = len(rounds) - 1 if stable else max(range(len(rounds)), key=lambda each: (round(_worth(problem, rounds[each]), 6), -each))
    return Proposal(replace(problem, value=rounds[kept].values), rounds[kept].solution, tuple(rounds), kept, stable)


def _values(problem: Problem, values: Numbers, solution: Solution, revalued: Revalued | None) -> Numbers:
    if revalued is None or solution.chosen is None:
        return values
    found = revalued(keys_of(problem, solution.chosen))
    return np.array([found[key] for key in problem.options], dtype=np.float64)


def _changed(problem: Problem, before: Solution | None, now: Solution) -> int:
    was = np.zeros(len(problem.options), bool) if before is None or before.chosen is None else before.chosen
    differs = was ^ (now.chosen if now.chosen is not None else False)
    return len(set(problem.request_of[differs].tolist()))


def _worth(problem: Problem, each: Round) -> float:
    return value_of(replace(problem, value=each.revalued), each.solution.chosen) if each.solution.chosen is not None else float("-inf")
