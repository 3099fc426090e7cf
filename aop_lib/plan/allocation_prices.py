"""Prices of limits from the LP relaxation: what one more unit of a limit would be worth if requests could be funded in parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aop_lib.plan.allocation_problem import UNLIMITED, Numbers, Problem, Whole
from aop_lib.plan.allocation_solver import Model, solver, solver_model

CLOSE = 1e-7


@dataclass(frozen=True)
class Prices:
    """What the LP relaxation says of the limits.

    Attributes:
        value: Of the relaxation; no choice is worth more.
        shares: The share of each option that the relaxation funds.
        used: Of each row, in its unit (cents, heads).
        price: Of each row: the value of one more unit (cent, head) of its limit; negative for a floor that costs value.
        lowest: From which level of the limit on that price holds; −inf without one.
        highest: Up to which.
    """

    value: float
    shares: Numbers
    used: Numbers
    price: Numbers
    lowest: Numbers
    highest: Numbers


class Relaxation:
    """The LP relaxation of a problem; solved again after a change, it starts from where it was.

    Attributes:
        solves: How often it was solved.
    """

    def __init__(self, problem: Problem, model: Model | None = None) -> None:
        self.problem, self.model, self.solves = problem, model or solver_model(problem), 0
        lp = self.model.lp
        lp.integrality_ = []
        if model is None:
            lp.col_upper_ = _column_most(problem)
        self.highs = solver(self.model, 0.0, 0)

    def limited(self, row: int, upper: int) -> None:
        """Changes the most of a row."""
        scale, position = self.model.row_scale[self.model.once + row], self.model.once + row
        lower = int(self.problem.rows.lower[row])
        self.highs.changeRowBounds(position, -np.inf if lower <= -UNLIMITED else lower / scale, np.inf if upper >= UNLIMITED else upper / scale)

    def solve(self) -> bool:
        """Solves it; returns whether anything keeps all limits."""
        from highspy import HighsModelStatus

        self.solves += 1
        self.highs.run()
        return bool(self.highs.getModelStatus() == HighsModelStatus.kOptimal)

    @property
    def value(self) -> float:
        """The value of the last solution."""
        return float(self.highs.getInfo().objective_function_value) * self.model.value_scale

    def duals(self) -> Numbers:
        """Returns the price of each row, per cent or head."""
        found: Numbers = np.asarray(self.highs.getSolution().row_dual)[self.model.once :] * self.model.value_scale / self.model.row_scale[self.model.once :]
        return np.where(np.abs(found) * self.model.row_scale[self.model.once :] > CLOSE * self.model.value_scale, found, 0.0)


def _column_most(problem: Problem) -> Numbers:
    """An option's share is limited by its request's row where there is one, and by its own bound where it is the only one: never twice."""
    sizes = np.bincount(problem.request_of, minlength=1)
    return np.where(sizes[problem.request_of] > 1, np.inf, 1.0)


def limit_prices(relaxation: Relaxation) -> Prices | None:
    """Returns the price of each limit in the LP relaxation, and the range of the limit in which it holds; None where no choice exists.

    Defined as::

        price_r    = d(value of the relaxation) / d(limit r)
        range      from the solver's ranging of the limit, the other limits unchanged
                   a limit that is not used up has the price 0, from what is used up to no end

    Where several bases give the same value, the price holds at least in the range that is given.

    Args:
        relaxation: Built from the problem; it is solved once.
    """
    if not relaxation.solve():
        return None
    highs, model, rows = relaxation.highs, relaxation.model, relaxation.problem.rows
    solution = highs.getSolution()
    scale, price = model.row_scale[model.once :], relaxation.duals()
    used = np.asarray(solution.row_value)[model.once :] * scale
    _, ranging = highs.getRanging()
    down = np.asarray(ranging.row_bound_dn.value_)[model.once :] * scale
    up = np.asarray(ranging.row_bound_up.value_)[model.once :] * scale
    idle = price == 0
    ceiling = rows.upper < UNLIMITED
    lowest = np.where(idle, np.where(ceiling, used, -np.inf), np.minimum(down, up))
    highest = np.where(idle, np.where(ceiling, np.inf, used), np.maximum(down, up))
    return Prices(relaxation.value, np.asarray(solution.col_value), used, price, lowest, highest)


def missing_value(problem: Problem, price: Numbers) -> Numbers:
    """Returns what each option would have to be worth more, by the prices of the LP relaxation, to earn the limits that it uses.

    Defined as::

        missing = max(0, Σ_r price_r * weight_ro - value_o)
    """
    rows = problem.rows
    cost = np.bincount(rows.column, price[rows.row] * rows.weight, len(problem.options))
    missing: Numbers = np.maximum(cost - problem.value, 0.0)
    return missing


def envelope_levels(problem: Problem, row: int, points: int) -> Whole:
    """Returns the levels of a money limit at which the frontier is drawn: from nothing to all that is asked, the limit itself among them.

    Args:
        problem: The limits.
        row: The envelope's row.
        points: How many steps of equal size, rounded to whole cents.
    """
    span = slice(problem.rows.start[row], problem.rows.start[row + 1])
    weights = np.zeros(int(problem.request_of.max(initial=-1)) + 1, np.int64)
    np.maximum.at(weights, problem.request_of[problem.rows.column[span]], problem.rows.weight[span])
    now = int(problem.rows.upper[row])
    most = max(int(weights.sum()), 0 if now >= UNLIMITED else now)
    steps = [most * step // max(points, 1) for step in range(points + 1)]
    return np.array(sorted({*steps, *([now] if now < UNLIMITED else [])}), dtype=np.int64)


def frontier_values(relaxation: Relaxation, row: int, levels: Whole) -> list[tuple[int, float, float]]:
    """Returns what the relaxation is worth at each level of an envelope, all other limits unchanged, one solve for each level.

    Args:
        relaxation: Built from the problem; afterwards its envelope is as it was.
        row: The envelope's row.
        levels: In cents, rising.

    Returns:
        (level, value, price per cent) for each level at which some choice keeps all limits.
    """
    found = []
    for level in levels.tolist():
        relaxation.limited(row, level)
        if relaxation.solve():
            found.append((level, relaxation.value, float(relaxation.duals()[row])))
    relaxation.limited(row, int(relaxation.problem.rows.upper[row]))
    return found
