"""The best choice within the limits, found by HiGHS and checked in whole numbers: the solver proposes, the exact check decides."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2
from typing import Any

import numpy as np

from aop_lib.errors import AopError
from aop_lib.plan.allocation_greedy import greedy_choice, topped_up
from aop_lib.plan.allocation_problem import UNLIMITED, Flags, Numbers, Problem, Rows, Whole, broken_rows, is_kept, usage, value_of

LARGEST_WEIGHT = 10
MOST_CUTS = 200


class AllocationUndecidedError(AopError):
    """The search ended at its limit of branches before it found a choice, or the proof that there is none."""

    def __init__(self, nodes: int, status: str) -> None:
        self.nodes, self.status = nodes, status
        super().__init__(f"allocation: no choice found within {nodes:,} branches ({status}); raise `nodes` in allocation.yml, or loosen a limit")


@dataclass(frozen=True)
class Model:
    """A problem in the solver's numbers: every row and the values scaled by a power of two, which rounds nothing.

    Attributes:
        lp: The solver's arrays, columns between 0 and 1.
        row_scale: What each row was divided by; the rows `at most one option` come first, with 1.
        value_scale: What the values were divided by.
        once: The number of rows `at most one option`.
    """

    lp: Any
    row_scale: Numbers
    value_scale: float
    once: int


@dataclass(frozen=True)
class Solution:
    """What the search found.

    Attributes:
        chosen: One flag for each option; None where nothing keeps all limits.
        value: Of the choice.
        bound: No choice is worth more, as proven.
        nodes: Branches looked at.
        start: The value of the greedy choice; None where it broke a limit.
        repairs: How often the exact check refused what the solver's tolerance let pass.
    """

    chosen: Flags | None
    value: float
    bound: float
    nodes: int
    start: float | None
    repairs: int

    @property
    def gap(self) -> float:
        """The distance to the proven bound, as a fraction of the value: 0 where the bound is reached."""
        if self.bound <= self.value:
            return 0.0
        return (self.bound - self.value) / abs(self.value) if self.value else float("inf")


def solver_model(problem: Problem) -> Model:
    """Returns the problem in the solver's numbers, built from arrays in one go."""
    from highspy import HighsLp, HighsVarType, MatrixFormat, ObjSense

    once, rows = once_rows(problem), problem.rows
    scale = row_scales(rows)
    value_scale = 2.0 ** (ceil(log2(largest)) - LARGEST_WEIGHT) if (largest := float(np.abs(problem.value).max(initial=0))) else 1.0
    lp = HighsLp()
    lp.num_col_, lp.num_row_ = len(problem.options), once.count + rows.count
    lp.sense_ = ObjSense.kMaximize
    lp.col_cost_ = problem.value / value_scale
    lp.col_lower_, lp.col_upper_ = np.zeros(len(problem.options)), np.ones(len(problem.options))
    lp.row_lower_ = np.concatenate([bounds(once.lower, np.ones(once.count)), bounds(rows.lower, scale)])
    lp.row_upper_ = np.concatenate([bounds(once.upper, np.ones(once.count)), bounds(rows.upper, scale)])
    lp.a_matrix_.format_ = MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([once.start, once.start[-1] + rows.start[1:]]).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate([once.column, rows.column]).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate([once.weight.astype(float), rows.weight / scale[rows.row]])
    lp.integrality_ = [HighsVarType.kInteger] * len(problem.options)
    return Model(lp, np.concatenate([np.ones(once.count), scale]), value_scale, once.count)


def once_rows(problem: Problem) -> Rows:
    """Returns a row `at most one` for each request of several options."""
    sizes = np.bincount(problem.request_of, minlength=1)
    several = np.flatnonzero(sizes > 1)
    order = np.argsort(problem.request_of, kind="stable")
    columns = order[np.isin(problem.request_of[order], several)].astype(np.int64)
    start = np.concatenate([[0], np.cumsum(sizes[several])]).astype(np.int64)
    return Rows(start, columns, np.ones(len(columns), np.int64), np.full(len(several), -UNLIMITED), np.ones(len(several), np.int64))


def row_scales(rows: Rows) -> Numbers:
    """Returns the power of two by which each row is divided, so that its largest weight is between 512 and 1024."""
    largest = np.zeros(rows.count)
    np.maximum.at(largest, rows.row, np.abs(rows.weight).astype(float))
    scales: Numbers = np.exp2(np.ceil(np.log2(np.maximum(largest, 1.0))) - LARGEST_WEIGHT)
    return scales


def bounds(limit: Whole, scale: Numbers) -> Numbers:
    """Returns limits in the solver's numbers; infinite where there is none."""
    scaled: Numbers = limit / scale
    scaled[limit >= UNLIMITED] = np.inf
    scaled[limit <= -UNLIMITED] = -np.inf
    return scaled


def solver(model: Model, gap: float, nodes: int) -> Any:
    """Returns HiGHS with the model, set so that the same problem gives the same bytes: one thread, one seed, no clock."""
    from highspy import Highs

    highs = Highs()
    settings = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": 1, "mip_rel_gap": gap, "mip_abs_gap": 0.0, "mip_max_nodes": nodes}
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    highs.passModel(model.lp)
    return highs


def best_choice(problem: Problem, gap: float = 0.001, nodes: int = 100_000) -> Solution:
    """Returns the choice of the greatest value within the limits.

    Defined as::

        maximise   Σ value_o * chosen_o
        subject to lower_r ≤ Σ weight_ro * chosen_o ≤ upper_r      for each row r
                   Σ chosen_o ≤ 1                                  over the options of a request

    The greedy choice, where it keeps every limit, is handed to the solver as its start, and the result is never worse. The search stops
    when no choice can be better by more than `gap`, or at `nodes`; never on time. What the solver returns is checked in
    whole cents and heads: a choice that breaks a limit within the solver's tolerance is cut off, and the search goes on.

    Args:
        problem: Options, values, limits.
        gap: A fraction of the value.
        nodes: The most branches to look at.

    Raises:
        AllocationUndecidedError: If the branches ran out before anything was found, or the tolerance could not be repaired.
    """
    if not problem.options:
        return Solution(None if len(broken_rows(problem, np.zeros(0, bool))) else np.zeros(0, bool), 0.0, 0.0, 0, 0.0, 0)
    greedy = greedy_choice(problem)
    start = greedy if is_kept(problem, greedy) else None
    model = solver_model(problem)
    highs = solver(model, gap, nodes)
    found, repairs = _found(highs, problem, start, nodes)
    info = highs.getInfo()
    value = None if start is None else value_of(problem, start)
    if found is None:
        return Solution(None, 0.0, 0.0, int(info.mip_node_count), value, repairs)
    best = max((each for each in (topped_up(problem, found), start) if each is not None), key=lambda each: value_of(problem, each))
    everything = float(np.maximum.reduceat(np.maximum(problem.value, 0.0), np.flatnonzero(np.diff(problem.request_of, prepend=-1))).sum())
    bound = max(min(float(info.mip_dual_bound) * model.value_scale, everything), value_of(problem, best))
    return Solution(best, value_of(problem, best), bound, int(info.mip_node_count), value, repairs)


def _found(highs: Any, problem: Problem, start: Flags | None, nodes: int) -> tuple[Flags | None, int]:
    """Returns the solver's choice once it keeps every limit exactly, and how many had to be cut off before."""
    from highspy import HighsModelStatus

    none = {HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible}
    for repairs in range(MOST_CUTS):
        if start is not None:
            highs.setSolution(len(start), np.arange(len(start), dtype=np.int32), start.astype(float))
        highs.run()
        status = highs.getModelStatus()
        if status in none:
            return None, repairs
        if highs.getInfo().primal_solution_status != 2:
            raise AllocationUndecidedError(nodes, highs.modelStatusToString(status))
        chosen: Flags = np.asarray(highs.getSolution().col_value) > 0.5
        broken = broken_rows(problem, chosen)
        if not len(broken):
            return chosen, repairs
        for row in broken.tolist():
            _cut_off(highs, problem.rows, row, chosen)
    raise AllocationUndecidedError(nodes, f"{MOST_CUTS} choices broke a limit by less than the solver sees")


def _cut_off(highs: Any, rows: Rows, row: int, chosen: Flags) -> None:
    """Adds a row that forbids what the choice takes of a broken limit, and no choice that keeps it.

    Defined as::

        Σ over taken (1 - chosen) + Σ over not taken, of the other sign, chosen ≥ 1
    """
    span = slice(rows.start[row], rows.start[row + 1])
    column, weight = rows.column[span], rows.weight[span]
    over = bool(usage(rows, chosen)[row] > rows.upper[row])
    pushing = (weight > 0) == over
    taken, absent = chosen[column] & pushing, ~chosen[column] & ~pushing
    members = np.concatenate([column[taken], column[absent]]).astype(np.int32)
    signs = np.concatenate([-np.ones(taken.sum()), np.ones(absent.sum())])
    highs.addRow(1.0 - float(taken.sum()), float("inf"), len(members), members, signs)
