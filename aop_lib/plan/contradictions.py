"""Where no choice keeps all limits: a smallest set of them that cannot be kept together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from aop_lib.plan.allocation_problem import Problem, with_rows
from aop_lib.plan.allocation_solver import best_choice


def can_be_kept(problem: Problem, limits: Collection[str], nodes: int = 100_000) -> bool:
    """Returns whether some choice keeps these limits, all others left out.

    Args:
        problem: Options and every limit.
        limits: The names of the limits that count.
        nodes: The most branches to look at.

    Raises:
        AllocationUndecidedError: If that many branches do not tell.
    """
    few = with_rows(problem, (position for position, each in enumerate(problem.what) if each.limit in limits))
    unvalued = replace(few, value=np.zeros(len(few.options)))
    return best_choice(unvalued, 0.0, nodes).chosen is not None


def contradicting_limits(problem: Problem, nodes: int = 100_000) -> tuple[str, ...]:
    """Returns an irreducible set of limits that contradict one another: removing any one of it makes the others possible; empty where all can be kept.

    Defined as::

        start with every limit; leave out one after the other, in the order of their names;
        a limit stays out if the rest still cannot be kept, and comes back if it can

    There may be other such sets; this one is the same in every run. A limit of several rows, such as heads of each quarter, stays or goes as a whole.

    Args:
        problem: Options and limits.
        nodes: The most branches to look at for each question.

    Raises:
        AllocationUndecidedError: If that many branches do not tell.
    """
    held = sorted({each.limit for each in problem.what})
    if can_be_kept(problem, held, nodes):
        return ()
    for limit in list(held):
        fewer = [each for each in held if each != limit]
        if not can_be_kept(problem, fewer, nodes):
            held = fewer
    return tuple(held)
