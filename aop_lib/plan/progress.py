"""Progress in a review: every KPI against its path, the run-rate needed from here, and what changed since the last review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.periods import CycleId
from aop_lib.plan import story
from aop_lib.plan.paths import History, history, months_to_deadline

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.catalogue import Metric
    from aop_lib.params.goals import Goal

STATUS = {"good": "on track", "watch": "at risk", "bad": "off track"}
MARK = {name: mark for mark, name in STATUS.items()}
RANK = {"on track": 2, "at risk": 1, "off track": 0}
FIRST = "first review"


@dataclass(frozen=True)
class Standing:
    """Where a KPI stands at a month.

    Attributes:
        month: The last month with an actual.
        actual: To date: the months' sum or mean, or the last value, as the metric says.
        path: The same of the path.
        status: `on track`, `at risk` or `off track`.
    """

    month: pd.Timestamp
    actual: Decimal
    path: Decimal
    status: str


def goal_progress(params: Params, targets: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns, in a review, the actual to date of every KPI against its path, for the company and for teams with actuals.

    Defined as::

        to date      months of the year up to the last closed one that has an actual: their sum, mean, or the last value,
                     as the metric says, for actual and path alike
        status       on track at or beyond the path; at risk down to 98 % of it (status_limits: watch); else off track
        attainment   actual / path (more is better) or path / actual (less is better); n/m at or below zero
        gap          direction * (actual - path)
        needed       per month to the deadline: (year's target - actual to date) / months left for KPIs whose months add up;
                     (target - value of the last month) / months left, a change, for others; missing where no month is left
        before       the same figures at the close of the last review (`previous_close`), out of the same snapshot; at the first
                     review the starting value

    Args:
        params: Goals, metrics, last closed month.
        targets: The frame `targets`.
        kpis: Actuals per month.

    Returns:
        The frame `goal_progress`; without a closed month of the year or without actuals there is no row.
    """
    rows = []
    for goal in (each for whole in params.goals.goals for each in whole.by_kpi()):
        own = targets[(targets["goal"] == goal.id) & (targets["metric"] == goal.kpi)]
        for team in sorted(own["team"].unique()):
            part = own[own["team"] == team]
            row = _progress_row(params, goal, team, dict(zip(part["month"], part["value"], strict=True)), kpis)
            rows += [row] if row else []
    return frames.conformed("goal_progress", pd.DataFrame(rows)) if rows else frames.empty("goal_progress")


def standing(params: Params, goal: Goal, path: History, past: History, last: pd.Timestamp) -> Standing | None:
    """Returns where a KPI stood at the close of a month of the reviewed year; None without an actual by then."""
    metric = params.metrics[goal.kpi]
    measured = [month for month in params.review_months if month in past and month <= last]
    if not measured:
        return None
    months = [month for month in params.review_months if month <= measured[-1]]
    actual, planned = (story.exact(_to_date(metric, series, months)) for series in (past, path))
    watch = params.cycle.status_limits.get("watch", story.WATCH)
    return Standing(months[-1], actual, planned, STATUS[story.status_of(actual, planned, direction_of(metric, goal), watch)])


def previous_close(params: Params) -> pd.Timestamp | None:
    """Returns the month that the review before this one closed with; None where this is the year's first.

    Defined as::

        a monthly review (fy2027_m05)    the month before
        any other                        the end of the last fiscal quarter before the last closed month
    """
    before = [month for month in params.year_months if month < params.last_closed]
    if CycleId.parse(params.id).month is None:
        before = [month for month in before if month in params.year_months[2::3]]
    return before[-1] if before else None


def direction_of(metric: Metric, goal: Goal) -> int:
    """Returns +1 where more is better, -1 where less is; a metric that is good neither way takes the direction of its goal."""
    if metric.direction == "either":
        return 1 if goal.target >= goal.start else -1
    return 1 if metric.direction == "more" else -1


def _progress_row(params: Params, goal: Goal, team: str, path: History, kpis: pd.DataFrame) -> dict[str, Any] | None:
    metric, past = params.metrics[goal.kpi], history(kpis, goal.kpi, team)
    now = standing(params, goal, path, past, params.last_closed)
    if now is None:
        return None
    direction = direction_of(metric, goal)
    target = sum(path.values(), Decimal(0)) if metric.aggregate == "sum" else path[params.year_months[-1]]
    reached = story.attainment(now.actual, now.path, direction)
    return {
        "goal": goal.id, "team": team, "metric": goal.kpi, "metric_name": metric.label, "role": goal.role, "unit": metric.unit, "direction": direction,
        "month": now.month, "actual": now.actual, "path": now.path, "target": target, "gap": direction * (now.actual - now.path),
        "attainment": None if reached is None else story.exact(reached),
        "needed": _needed(params, goal, target, now.actual if metric.aggregate == "sum" else past[now.month], now.month),
        "status": now.status, **_before(params, goal, team, path, past, now),
    }  # fmt: skip


def _needed(params: Params, goal: Goal, target: Decimal, here: Decimal, month: pd.Timestamp) -> Decimal | None:
    left = months_to_deadline(params, goal) - params.year_months.index(month) - 1
    return story.exact((target - here) / left) if left > 0 else None


def _before(params: Params, goal: Goal, team: str, path: History, past: History, now: Standing) -> dict[str, Any]:
    close = previous_close(params)
    then = standing(params, goal, path, past, close) if close is not None else None
    if close is None or then is None:
        start = goal.start if close is None and not team and params.metrics[goal.kpi].aggregate != "sum" else None
        month = pd.NaT if close is None else close
        return {
            "before_month": month, "before_actual": start, "before_path": None, "before_status": "planned" if close is None else "not measured",
            "change": FIRST if close is None else "measured for the first time",
        }  # fmt: skip
    step = RANK[now.status] - RANK[then.status]
    change = "better" if step > 0 else "worse" if step < 0 else "unchanged"
    return {"before_month": then.month, "before_actual": then.actual, "before_path": then.path, "before_status": then.status, "change": change}


def _to_date(metric: Metric, series: History, months: Sequence[pd.Timestamp]) -> Decimal:
    if metric.aggregate == "last":
        return series[months[-1]]
    present = [series[month] for month in months if month in series]
    whole = sum(present, Decimal(0))
    return whole if metric.aggregate == "sum" else whole / len(present)
