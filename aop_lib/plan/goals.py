"""Goals against their KPIs: where each stands, its milestones, and its progress along the path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.periods import add_months
from aop_lib.plan import story
from aop_lib.plan.owners import owner_name
from aop_lib.plan.targets import History, company_path, history

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.catalogue import Metric
    from aop_lib.params.goals import Goal, Milestone

STATUS = {"good": "on track", "watch": "at risk", "bad": "off track"}
MARK = {name: mark for mark, name in STATUS.items()}
DUE_DAYS = 31


def goals(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns every goal with where its KPI stands.

    Defined as::

        latest    the KPI's last closed month; for a KPI whose months add up, the twelve months to it
        status    plan cycle: `planned`; review cycle: `on track` at or beyond its path, `at risk` down to 98 % of it
                  (status_limits: watch), `off track` below; `not measured` without an actual

    Args:
        params: Goals, metrics, owners, last closed month.
        kpis: Actuals per month; company rows have an empty team.

    Returns:
        The frame `goals`: start, target and latest in the metric's unit, weight as a fraction, direction +1 or -1.
    """
    rows = [_goal_row(params, goal, kpis) for goal in params.goals.goals]
    return frames.conformed("goals", pd.DataFrame(rows)) if rows else frames.empty("goals")


def _goal_row(params: Params, goal: Goal, kpis: pd.DataFrame) -> dict[str, Any]:
    metric = params.metrics[goal.kpi]
    month, latest = latest_value(params, metric, history(kpis, goal.kpi))
    return {
        "goal": goal.id,
        "statement": goal.statement,
        "objective": goal.objective,
        "weight": float(goal.weight),
        "metric": goal.kpi,
        "metric_name": metric.label,
        "unit": metric.unit,
        "direction": direction_of(metric, goal),
        "additive": metric.additive,
        "start": goal.start,
        "target": goal.target,
        "deadline": pd.Timestamp(goal.deadline),
        "owner": goal.owner,
        "owner_name": owner_name(params, goal.owner),
        "latest": story.exact(latest),
        "latest_month": month if month is not None else pd.NaT,
        "status": _status(params, goal, kpis),
    }


def _status(params: Params, goal: Goal, kpis: pd.DataFrame) -> str:
    if not params.is_review:
        return "planned" if history(kpis, goal.kpi) else "not measured"
    progress = _progress(params, goal, "", company_path(params, goal, kpis), kpis)
    return str(progress["status"]) if progress else "not measured"


def direction_of(metric: Metric, goal: Goal) -> int:
    """Returns +1 where more is better, -1 where less is; a metric that is good neither way takes the direction of its goal."""
    if metric.direction == "either":
        return 1 if goal.target >= goal.start else -1
    return 1 if metric.direction == "more" else -1


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


def goal_progress(params: Params, targets: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns, in a review, each goal's actual to date against its path to date, for the company and for teams with actuals.

    Defined as::

        to date      months of the year up to the last closed one that has an actual: their sum, mean, or the last value,
                     as the metric says, for actual and path alike
        attainment   actual / path (more is better) or path / actual (less is better); n/m at or below zero
        gap          direction * (actual - path)
        needed       (year's target - actual to date) / months left     only for KPIs whose months add up; n/m otherwise

    Args:
        params: Goals, metrics, last closed month.
        targets: The frame `targets`.
        kpis: Actuals per month.

    Returns:
        goal, team, metric, metric_name, unit, direction, month, actual, path, target, gap, attainment, needed, status; without a
        closed month of the year or without actuals there is no row.
    """
    rows = []
    for goal in params.goals.goals:
        own = targets[targets["goal"] == goal.id]
        for team in sorted(own["team"].unique()):
            part = own[own["team"] == team]
            progress = _progress(params, goal, team, dict(zip(part["month"], part["value"], strict=True)), kpis)
            rows += [progress] if progress else []
    columns = ["goal", "team", "metric", "metric_name", "unit", "direction", "month", "actual", "path", "target", "gap", "attainment", "needed", "status"]
    return pd.DataFrame(rows, columns=columns)


def _progress(params: Params, goal: Goal, team: str, path: History, kpis: pd.DataFrame) -> dict[str, Any] | None:
    metric, past = params.metrics[goal.kpi], history(kpis, goal.kpi, team)
    measured = [month for month in params.review_months if month in past]
    if not measured:
        return None
    months = [month for month in params.review_months if month <= measured[-1]]
    actual, planned = (_to_date(metric, series, months) for series in (past, path))
    direction = direction_of(metric, goal)
    target = _to_date(metric, path, params.year_months) if metric.aggregate == "sum" else path[params.year_months[-1]]
    left = 12 - len(months)
    watch = params.cycle.status_limits.get("watch", story.WATCH)
    return {
        "goal": goal.id,
        "team": team,
        "metric": goal.kpi,
        "metric_name": metric.label,
        "unit": metric.unit,
        "direction": direction,
        "month": months[-1],
        "actual": actual,
        "path": planned,
        "target": target,
        "gap": direction * (actual - planned),
        "attainment": story.attainment(actual, planned, direction),
        "needed": (target - actual) / left if metric.aggregate == "sum" and left else None,
        "status": STATUS[story.status_of(actual, planned, direction, watch)],
    }


def _to_date(metric: Metric, series: History, months: Sequence[pd.Timestamp]) -> Decimal:
    if metric.aggregate == "last":
        return series[months[-1]]
    present = [series[month] for month in months if month in series]
    whole = sum(present, Decimal(0))
    return whole if metric.aggregate == "sum" else whole / len(present)


def milestones(params: Params) -> pd.DataFrame:
    """Returns every milestone with its status as of the cycle.

    Defined as::

        done      done on or before the day as of which sources are read (a later day is not known yet)
        late      due before that day and not done
        due       due within 31 days of it
        planned   due later

    Returns:
        The frame `milestones`; due and done are days.
    """
    rows = [_milestone_row(params, goal, each) for goal in params.goals.goals for each in goal.milestones]
    return frames.conformed("milestones", pd.DataFrame(rows)) if rows else frames.empty("milestones")


def _milestone_row(params: Params, goal: Goal, milestone: Milestone) -> dict[str, Any]:
    done = milestone.done if milestone.done and milestone.done <= params.as_of else None
    return {
        "goal": goal.id,
        "milestone": milestone.id,
        "what": milestone.what,
        "measure": milestone.measure,
        "team": milestone.team or "",
        "owner": milestone.owner,
        "owner_name": owner_name(params, milestone.owner),
        "due": pd.Timestamp(milestone.due),
        "done": pd.Timestamp(done) if done else pd.NaT,
        "status": milestone_status(milestone.due, done, params.as_of),
    }


def milestone_status(due: date, done: date | None, as_of: date) -> str:
    """Returns `done`, `late`, `due` or `planned`, seen from a day."""
    if done:
        return "done"
    if due < as_of:
        return "late"
    return "due" if due <= as_of + timedelta(days=DUE_DAYS) else "planned"
