"""Where each goal's KPI ends: actual to date carried to its deadline by the driver model, or by what its back-test favours."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aop_lib import frames as contracts
from aop_lib.periods import add_months, month_spine
from aop_lib.plan import story
from aop_lib.plan.back_test import FEWEST_ORIGINS, LAST_VALUE, NAIVE, SAME_MONTH, STATISTICAL, BackTest, Method, array_methods, back_test
from aop_lib.plan.forecast import smoothed
from aop_lib.plan.outlook_methods import ACTUAL, MODEL
from aop_lib.plan.owners import owner_name
from aop_lib.plan.paths import History, history, months_to_deadline
from aop_lib.plan.progress import STATUS, direction_of
from aop_lib.plan.results import results
from aop_lib.plan.wording import counted, month_name, percent_text, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aop_lib.load import Params
    from aop_lib.params.goals import Goal
    from aop_lib.plan.forecast import Array

RUN_RATE, OUTLOOK = "run_rate", "outlook"
NAMES = {STATISTICAL: "statistical", LAST_VALUE: "last value", SAME_MONTH: "same month last year", RUN_RATE: "run rate"}
PLACES = 10

Told = dict[str, tuple[str, dict[pd.Timestamp, float]]]


@dataclass(frozen=True)
class Course:
    """How a KPI goes on after its last month.

    Attributes:
        months: The months to come, to the deadline.
        expected: What is expected in each.
        method: `outlook`, `model`, `statistical`, `run_rate`, `last_value`, `same_month`; `actual` where no month is left.
        reason: Why, in words.
        error: WAPE of the method; missing where it was not tested.
        naive_error: WAPE of the better naive one.
        origins: From how many months it was tested.
    """

    months: tuple[pd.Timestamp, ...]
    expected: tuple[float, ...]
    method: str
    reason: str
    error: float = nan
    naive_error: float = nan
    origins: int = 0


def goal_outlook(params: Params, frames: Mapping[str, pd.DataFrame], outlook: pd.DataFrame) -> pd.DataFrame:
    """Returns, in a review, where the KPI of each goal ends at its deadline.

    Defined as::

        outlook    actual to date + what is expected to the deadline, by the KPI's aggregate: summed, averaged, or the deadline's own
        expected   the outlook of the P&L, where that tells the KPI; else the driver model, where it does; else of smoothing,
                   run rate (the mean of the last window_months), last value and same
                   month last year the one with the least WAPE over rolling origins; the run rate where there are fewer than 4 of them
        gap        direction * (outlook - target)

    Args:
        params: Goals, metrics, drivers.yml (window_months), last closed month.
        frames: kpis, driver_paths, accounts, lines.
        outlook: The frame `outlook`.

    Returns:
        The frame `goal_outlook`; a KPI without an actual in the year, and a plan cycle, has no row.
    """
    if not params.is_review:
        return contracts.empty("goal_outlook")
    told = told_paths(params, frames, outlook)
    rows = [row for whole in params.goals.goals for goal in whole.by_kpi() if (row := _row(params, goal, frames["kpis"], told))]
    return contracts.conformed("goal_outlook", pd.DataFrame(rows)) if rows else contracts.empty("goal_outlook")


def told_paths(params: Params, frames: Mapping[str, pd.DataFrame], outlook: pd.DataFrame) -> Told:
    """Returns what other parts of the outlook say of a metric by month: metric to who says it (`outlook`, else `model`) and the months."""
    told: Told = {}
    paths = frames["driver_paths"]
    own = paths[paths["measure"] == "metric"]
    for metric, month, value in zip(own["place"], own["month"], own["value"], strict=True):
        told.setdefault(metric, (MODEL, {}))[1][month] = float(value)
    booked: Told = {}
    for metric, team, month, amount in results(outlook, frames["accounts"], frames["lines"], params.company.switches):
        if not team:
            booked.setdefault(metric, (OUTLOOK, {}))[1][month] = float(amount)
    return told | booked


def _row(params: Params, goal: Goal, kpis: pd.DataFrame, told: Told) -> dict[str, Any] | None:
    metric, past = params.metrics[goal.kpi], {month: value for month, value in history(kpis, goal.kpi).items() if month <= params.last_closed}
    months = params.year_months[: months_to_deadline(params, goal)]
    measured = [month for month in months if month in past]
    if not measured:
        return None
    ahead = course(params, goal.kpi, past, told, [month for month in months if month > measured[-1]])
    values = [past[month] for month in measured]
    whole = _aggregate([float(value) for value in values] + list(ahead.expected), metric.aggregate)
    outlook = story.exact(Decimal(repr(round(whole, PLACES)))) if ahead.expected else story.exact(_exact(values, metric.aggregate))
    direction = direction_of(metric, goal)
    watch = params.cycle.status_limits.get("watch", story.WATCH)
    return {
        "goal": goal.id, "metric": goal.kpi, "metric_name": metric.label, "role": goal.role, "owner_name": owner_name(params, goal.owner), "unit": metric.unit,
        "direction": direction, "deadline": pd.Timestamp(goal.deadline), "month": measured[-1], "actual": story.exact(_exact(values, metric.aggregate)),
        "outlook": outlook, "target": goal.target, "gap": direction * (outlook - goal.target),
        "status": STATUS[story.status_of(outlook, goal.target, direction, watch)], "method": ahead.method, "reason": ahead.reason,
        "error": ahead.error, "naive_error": ahead.naive_error, "origins": ahead.origins,
    }  # fmt: skip


def _aggregate(values: Sequence[float], how: str) -> float:
    return values[-1] if how == "last" else sum(values) / (1 if how == "sum" else len(values))


def _exact(values: Sequence[Decimal], how: str) -> Decimal:
    return values[-1] if how == "last" else sum(values, Decimal(0)) / (1 if how == "sum" else len(values))


def course(params: Params, metric: str, past: History, told: Told, left: Sequence[pd.Timestamp]) -> Course:
    """Returns how a KPI goes on to its deadline, by which method and why; see `goal_outlook`.

    Args:
        params: drivers.yml, catalogue.
        metric: The KPI.
        past: Its actuals by month, to the last closed one.
        told: What `told_paths` returned.
        left: The months to come.
    """
    if not left:
        return Course((), (), ACTUAL, "every month to the deadline is closed")
    line, window = _unbroken(past), params.drivers.window_months
    methods = {**array_methods(line, len(left)), RUN_RATE: _run_rate_of(line, window, len(left))}
    tested = {name: back_test(line, method, len(left)) for name, method in methods.items()}
    best = _least(tested)
    by_history = tuple(float(each) for each in methods[best](line.shape[1])[0])
    who, path = told.get(metric, ("", {}))
    if all(month in path for month in left):
        other = value_text(Decimal(repr(round(by_history[-1], PLACES))), _unit(params, metric))
        said = "the months left of the P&L outlook" if who == OUTLOOK else "driver model: today's drivers carried on"
        return Course(tuple(left), tuple(path[month] for month in left), who, f"{said}; {NAMES[best]} alone would say {other} for {month_name(left[-1])}")
    naive = min(_error(tested[name]) for name in NAIVE)
    return Course(tuple(left), by_history, best, _reason(best, tested, line), _error(tested[best]), naive, tested[best].origins)


def _run_rate_of(history: Array, window: int, horizon: int) -> Method:
    return lambda known: run_rate(history[:, :known], window, horizon)


def run_rate(history: Array, window: int, horizon: int) -> Array:
    """Returns the mean of each series' last months for every month to come, (series, horizon)."""
    return np.repeat(history[:, -window:].mean(axis=1)[:, None], horizon, axis=1)


def _unit(params: Params, metric: str) -> str:
    unit = params.metrics[metric].unit
    return params.company.reporting_currency if unit == "currency" else unit


def _unbroken(past: History) -> Array:
    """The last run of months without a gap, (1, month)."""
    last, first = max(past), min(past)
    spine = month_spine(first, add_months(last, 1))
    gaps = [place for place, month in enumerate(spine) if month not in past]
    return np.array([[float(past[month]) for month in spine[(gaps[-1] + 1 if gaps else 0) :]]])


def _least(tested: dict[str, BackTest]) -> str:
    known = {name: float(each.error[0]) for name, each in tested.items() if each.origins >= FEWEST_ORIGINS and not isnan(each.error[0])}
    return min(known, key=lambda name: (known[name], name)) if known else RUN_RATE


def _error(tested: BackTest) -> float:
    return float(tested.error[0]) if tested.origins else nan


def _reason(best: str, tested: dict[str, BackTest], line: Array) -> str:
    count = tested[best].origins
    shape = f" ({smoothed(line, 1).shapes[0]})" if best == STATISTICAL else ""
    if count < FEWEST_ORIGINS:
        return f"{NAMES[best]}{shape}: {counted(line.shape[1], 'month')} of history, too short to choose by a back-test"
    others = [name for name in (STATISTICAL, *NAIVE) if name != best]
    words = ", ".join(f"{_percent(_error(tested[name]))} {NAMES[name]}" for name in others)
    return f"{NAMES[best]}{shape}: WAPE {_percent(_error(tested[best]))} against {words}, over {counted(count, 'origin')}"


def _percent(value: float) -> str:
    return "n/m" if isnan(value) else percent_text(Decimal(repr(value)))
