"""Goals against their KPIs: from where to where, by when, whose, and where each stands."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.periods import add_months
from aop_lib.plan import story
from aop_lib.plan.owners import owner_name
from aop_lib.plan.paths import History, company_path, history
from aop_lib.plan.progress import MARK, STATUS, direction_of, goal_progress, standing

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.catalogue import Metric
    from aop_lib.params.goals import Goal

__all__ = ["MARK", "STATUS", "direction_of", "goal_kpis", "goal_progress", "goals", "latest_value"]


def goals(params: Params, kpis: pd.DataFrame, basis: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns every goal with where its main KPI stands.

    Defined as::

        latest    the KPI's last closed month; for a KPI whose months add up, the twelve months to it
        status    plan cycle: `planned`; review cycle: `on track` at or beyond its path, `at risk` down to 98 % of it
                  (status_limits: watch), `off track` below; `not measured` without an actual

    Args:
        params: Goals, metrics, owners, last closed month.
        kpis: Actuals per month; company rows have an empty team.
        basis: Actuals that shape targets, in a review those of the frozen plan; default `kpis`.

    Returns:
        The frame `goals`: start, target and latest in the metric's unit, weight as a fraction, direction +1 or -1.
    """
    rows = [_goal_row(params, goal, kpis, kpis if basis is None else basis) for goal in params.goals.goals]
    return frames.conformed("goals", pd.DataFrame(rows)) if rows else frames.empty("goals")


def _goal_row(params: Params, goal: Goal, kpis: pd.DataFrame, basis: pd.DataFrame) -> dict[str, Any]:
    return {
        "goal": goal.id,
        "statement": goal.statement,
        "objective": goal.objective,
        "weight": float(goal.weight),
        "metric": goal.kpi,
        "owner": goal.owner,
        "owner_name": owner_name(params, goal.owner),
        **_kpi_row(params, goal, kpis, basis),
    }


def goal_kpis(params: Params, kpis: pd.DataFrame, basis: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns every KPI of every goal with where it stands, the main one of each goal first; as in `goals`.

    Args:
        params: Goals, metrics, last closed month.
        kpis: Actuals per month.
        basis: Actuals that shape targets, in a review those of the frozen plan; default `kpis`.

    Returns:
        The frame `goal_kpis`: weight is missing where none is stated, the goal's own for its main KPI.
    """
    rows = []
    for goal in params.goals.goals:
        weights = [goal.weight, *(each.weight for each in goal.kpis)]
        for position, (each, weight) in enumerate(zip(goal.by_kpi(), weights, strict=True)):
            row = {
                "goal": goal.id,
                "metric": each.kpi,
                "position": position,
                "role": each.role,
                **_kpi_row(params, each, kpis, kpis if basis is None else basis),
            }
            rows.append(row | {"weight": float("nan") if weight is None else float(weight)})
    return frames.conformed("goal_kpis", pd.DataFrame(rows)) if rows else frames.empty("goal_kpis")


def _kpi_row(params: Params, goal: Goal, kpis: pd.DataFrame, basis: pd.DataFrame) -> dict[str, Any]:
    metric = params.metrics[goal.kpi]
    month, latest = latest_value(params, metric, history(kpis, goal.kpi))
    return {
        "metric_name": metric.label,
        "unit": metric.unit,
        "direction": direction_of(metric, goal),
        "additive": metric.additive,
        "start": goal.start,
        "target": goal.target,
        "deadline": pd.Timestamp(goal.deadline),
        "latest": story.exact(latest),
        "latest_month": month if month is not None else pd.NaT,
        "status": _status(params, goal, kpis, basis),
    }


def _status(params: Params, goal: Goal, kpis: pd.DataFrame, basis: pd.DataFrame) -> str:
    past = history(kpis, goal.kpi)
    if not params.is_review:
        return "planned" if past else "not measured"
    here = standing(params, goal, company_path(params, goal, basis), past, params.last_closed)
    return here.status if here else "not measured"


def latest_value(params: Params, metric: Metric, past: History) -> tuple[pd.Timestamp | None, Decimal]:
    """Returns the last closed month that has an actual and the value there; None and 0 where there is none.

    For a KPI whose months add up the value is the sum of the twelve months to it, so that it compares with a year's target.
    """
    closed = [month for month in past if month <= params.last_closed]
    if not closed:
        return None, Decimal(0)
    last = max(closed)
    if metric.aggregate != "sum":
        return last, past[last]
    return last, sum((past.get(add_months(last, -back), Decimal(0)) for back in range(12)), Decimal(0))
