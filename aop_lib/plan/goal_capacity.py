"""What today's drivers lead to where each goal is measured: the capacity that a target asks more, or less, than."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames as contracts
from aop_lib.plan import budget as budgets
from aop_lib.plan.driver_goals import goal_values
from aop_lib.plan.driver_inputs import driver_model, evidence
from aop_lib.plan.driver_results import results
from aop_lib.plan.year_budget import base_and_budget

if TYPE_CHECKING:
    from aop_lib.load import Params

PLACES = 6


def goal_capacity(params: Params, frames: Mapping[str, pd.DataFrame]) -> dict[str, Decimal]:
    """Returns, for each goal that the driver model can tell, its KPI at the deadline with today's drivers and no request funded.

    Defined as::

        capacity = the goal's KPI at its deadline, computed by the driver model on the base budget alone

    Args:
        params: Goals, drivers.
        frames: mrr, rates, ledger, accounts, lines, people, opportunities, kpis and imported_budget.

    Returns:
        By goal, in the KPI's unit; a goal that the model cannot tell, and a company without recurring business, has none.
    """
    none_asked = {name: contracts.empty(name) for name in ("request_lines", "request_status")}
    _, budget = base_and_budget(params, {**frames, **none_asked})
    estimate = budgets.year_end_estimate(params, frames["ledger"], frames["accounts"], frames["lines"], frames["imported_budget"])
    told = {**frames, "budget": budget, "year_end_estimate": estimate}
    model = driver_model(params, evidence(params, told), told)
    if model is None:
        return {}
    found = goal_values(params, model, results(model), frames["kpis"])
    return {goal: Decimal(repr(round(float(values[0]), PLACES))) for goal, values in found.items() if isfinite(values[0])}
