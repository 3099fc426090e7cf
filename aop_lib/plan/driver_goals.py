"""What the driver model makes of the goals: metrics of the catalogue by month, and each goal's KPI at its deadline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib.periods import posting_month
from aop_lib.plan.driver_model import Array, DriverModel, Results

if TYPE_CHECKING:
    from aop_lib.load import Params

MOVEMENTS = {
    "new_arr": "new", "expansion_arr": "expansion", "contracted_arr": "contraction", "churned_arr": "churn", "reactivated_arr": "reactivation",
}  # fmt: skip
FIGURES = {"customers": "customers", "operating_profit": "operating_profit", "heads": "heads", "depreciation": "depreciation"}


def metric_values(params: Params, model: DriverModel, results: Results) -> dict[str, Array]:
    """Returns the metrics of the catalogue that the model tells, each (scenario, month) in the metric's unit.

    Defined as::

        arr                12 * MRR at the close               new_arr, expansion_arr, contracted_arr, churned_arr, reactivated_arr
        arpa               MRR / customers                     net_new_arr = new + reactivated + expansion - contracted - churned
        revenue            revenue lines                       operating_expenses, cost_of_subscription, sales_marketing_spend: their lines
        gross_margin       (subscription revenue - cost of subscription) / subscription revenue
        operating_margin   operating profit / revenue          free_cash_flow = cash - cash before - financing
        nrr, grr           see `retained`

    A ratio over zero or less is missing (nan).

    Args:
        params: The switches that say which lines count.
        model: The model.
        results: What came of it.
    """
    found = {name: 12 * results.segments[roll].sum(axis=2) for name, roll in MOVEMENTS.items()}
    found |= {name: results.company[figure] for name, figure in FIGURES.items()}
    found["arr"] = results.arr
    found["net_new_arr"] = found["new_arr"] + found["reactivated_arr"] + found["expansion_arr"] - found["contracted_arr"] - found["churned_arr"]
    found["arpa"] = _ratio(results.company["mrr"], results.company["customers"])
    found["arr_per_head"] = _ratio(results.arr, results.company["heads"])
    found |= _from_lines(params, model, results)
    before = np.concatenate([np.full((len(found["arr"]), 1), model.opening.cash), results.company["cash"][:, :-1]], axis=1)
    found["cash"] = results.company["cash"]
    found["free_cash_flow"] = results.company["cash"] - before - results.company["financing"]
    found["net_burn"] = -found["free_cash_flow"]
    found |= {name: retained(model, results, name) for name in ("nrr", "grr")}
    return found


def _from_lines(params: Params, model: DriverModel, results: Results) -> dict[str, Array]:
    switches = params.company.switches

    def total(*lines: str) -> Array:
        return np.asarray(results.lines[:, :, [place for place, line in enumerate(model.lines) if line in lines]].sum(axis=2))

    def of_type(kind: str) -> Array:
        return np.asarray(results.lines[:, :, model.line_places(kind)].sum(axis=2))

    sold, cost = total(*switches.subscription_revenue_lines), total(*switches.subscription_cost_lines)
    revenue = of_type("revenue")
    return {
        "revenue": revenue,
        "subscription_revenue": sold,
        "cost_of_subscription": cost,
        "operating_expenses": of_type("opex"),
        "sales_marketing_spend": total(*switches.sales_marketing_lines),
        "gross_margin": _ratio(sold - cost, sold),
        "operating_margin": _ratio(results.company["operating_profit"], revenue),
    }


def _ratio(part: Array, whole: Array) -> Array:
    return np.asarray(np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan))


def retained(model: DriverModel, results: Results, metric: str) -> Array:
    """Returns net or gross retention of the customers of twelve months before, (scenario, month).

    Defined as::

        kept(t)   nrr: 1 + price_change + expansion_rate - contraction_rate - churn_rate      grr: 1 - contraction_rate - churn_rate
        then(t)   the segment's MRR twelve months before
        nrr       sum over segments of then(t) * kept(t - 11) * … * kept(t) / sum of then(t)

    Who comes back counts as new here. In the first eleven months the cohort is the one of the snapshot: what is left of it
    at the last closed month takes the place of what the months before the model kept.

    Args:
        model: Rates, and the cohorts of its opening.
        results: The MRR of each month.
        metric: `nrr` or `grr`.
    """
    drivers, opening = model.drivers, model.opening
    lost = drivers["contraction_rate"] + drivers["churn_rate"]
    kept = 1.0 - lost if metric == "grr" else 1.0 + drivers["price_change"] + drivers["expansion_rate"] - lost
    kept = np.broadcast_to(kept, (kept.shape[0], len(model.months), len(model.segments)))
    found = np.full(results.company["mrr"].shape, np.nan)
    for month in range(len(model.months)):
        then, left = _cohort(opening.cohorts, opening.cohorts_net if metric == "nrr" else opening.cohorts_gross, opening.mrr, results, month)
        now = left * kept[:, max(month - 11, 0) : month + 1].prod(axis=1)
        found[:, month] = _ratio(np.broadcast_to(now.sum(axis=1), found.shape[:1]), np.broadcast_to(then.sum(axis=1), found.shape[:1]))
    return found


def _cohort(cohorts: Array, left: Array, opening: Array, results: Results, month: int) -> tuple[Array, Array]:
    """Returns the MRR of twelve months before and what is left of it where the model begins to tell, each (scenario | 1, segment)."""
    if month >= 12:
        then = results.segments["mrr"][:, month - 12]
        return then, then
    if month == 11:
        return opening[None], opening[None]
    return cohorts[month][None], left[month][None]


def goal_values(params: Params, model: DriverModel, results: Results, kpis: pd.DataFrame | None = None) -> dict[str, Array]:
    """Returns the KPI of each goal at its deadline, one value per scenario; missing (nan) where the model does not tell the KPI.

    Defined as::

        aggregate sum    the months of the planned year to the deadline, added up        last    the month of the deadline
        aggregate mean   the same months, averaged

    Args:
        params: Goals and the catalogue.
        model: The model, which must reach the deadline.
        results: What came of it.
        kpis: Actuals: the closed months of the year, in a review; without them those months are missing.

    Returns:
        Goal to (scenario), in the metric's unit.
    """
    values = metric_values(params, model, results)
    count = len(results.company["mrr"])
    found = {}
    for goal in params.goals.goals:
        path = _path(params, model, values.get(goal.kpi), goal.kpi, kpis)
        found[goal.id] = _at(params, path, params.metrics[goal.kpi].aggregate, goal.deadline, count)
    return found


def _path(params: Params, model: DriverModel, values: Array | None, metric: str, kpis: pd.DataFrame | None) -> dict[pd.Timestamp, Array]:
    path: dict[pd.Timestamp, Array] = {}
    if values is None:
        return path
    if kpis is not None:
        own = kpis[(kpis["metric"] == metric) & (kpis["team"] == "") & kpis["month"].isin(params.review_months)]
        path |= {month: np.full(len(values), float(value)) for month, value in zip(own["month"], own["value"], strict=True)}
    return path | {month: values[:, place] for place, month in enumerate(model.months)}


def _at(params: Params, path: Mapping[pd.Timestamp, Array], aggregate: str, deadline: date, count: int) -> Array:
    last, missing = posting_month(deadline), np.full(count, np.nan)
    if aggregate == "last":
        return path.get(last, missing)
    months = [path.get(month, missing) for month in params.year_months if month <= last]
    if not months:
        return missing
    whole = np.sum(months, axis=0)
    return np.asarray(whole / len(months) if aggregate == "mean" else whole)
