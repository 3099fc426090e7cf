"""Levers: what a goal's KPI hangs on, how much it moves with each, and what each alone would have to become."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.formulas import names
from aop_lib.periods import add_months, months_between
from aop_lib.plan import story
from aop_lib.plan.driver_tree import STEP, driver_tree
from aop_lib.plan.formula_values import Evaluation
from aop_lib.plan.paths import months_to_deadline, twelve_to
from aop_lib.plan.saas_metrics import evaluation_of

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Goal

SCALES = tuple(Decimal(each) for each in ("0", "0.25", "0.5", "0.75", "1", "1.5", "2", "3", "5"))
CLOSE = Decimal("1E-12")
ROUNDS = 80
PERIODS = {"stock": "a month, average of 12", "sum": "last 12 months", "last": ""}

Response = Callable[[Decimal], Decimal | None]


@dataclass(frozen=True)
class _Pace:
    """How the value of a goal's KPI is read from the metrics.

    Attributes:
        goal: The goal with the KPI.
        evaluation: The metrics, formulas first.
        kind: `stock` (an opening and flows, carried on to the deadline at the pace of twelve months), `sum` or `last`.
        opening: The part of a stock's formula that is the stock a month before.
        month: The last closed month.
        span: Months from there to the deadline.
    """

    goal: Goal
    evaluation: Evaluation
    kind: str
    opening: str
    month: pd.Timestamp
    span: int

    def value(self, scales: Mapping[str, Decimal]) -> Decimal | None:
        """Returns the KPI with its levers scaled; None where a month has no value."""
        own = replace(self.evaluation, scales=scales, _found={})
        if self.kind == "last":
            found = own.value(self.goal.kpi, self.month)
            return found if isinstance(found, Decimal) else None
        months = twelve_to(self.month)
        values = [each for each in (own.value(self.goal.kpi, month) for month in months) if isinstance(each, Decimal)]
        if len(values) < len(months):
            return None
        if self.kind == "sum":
            return sum(values, Decimal(0))
        before = [each for each in (self.evaluation.value(self.opening, month) for month in months) if isinstance(each, Decimal)]
        here = self.evaluation.value(self.goal.kpi, self.month)
        if len(before) < len(months) or not isinstance(here, Decimal):
            return None
        return here + self.span * (sum(values, Decimal(0)) - sum(before, Decimal(0))) / 12


def goal_levers(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns what the KPI of each goal hangs on, the strongest lever first.

    Defined as::

        KPI that is an opening and flows   latest + months to the deadline * average monthly change of the last twelve months
        KPI whose months add up            the last twelve months
        any other KPI                      the last closed month
        elasticity    = (KPI at (1 + h) * lever - KPI at (1 - h) * lever) / (2 * h * |KPI|)      h = 0.001
        needed        the lever's value at which the KPI is the target, all other levers as they are; missing where no value from
                      zero to five times today's does it, or where the KPI does not move one way with the lever

    Args:
        params: Goals and the catalogue's formulas.
        kpis: Actuals per month.

    Returns:
        The frame `goal_levers`: further KPIs of a goal that no formula links to it have no elasticity.
    """
    rows = [row for goal in params.goals.goals for row in _goal_rows(params, goal, kpis)]
    return frames.conformed("goal_levers", pd.DataFrame(rows)) if rows else frames.empty("goal_levers")


def run_rate(params: Params, goal: Goal, kpis: pd.DataFrame) -> Decimal | None:
    """Returns where a KPI that is an opening and flows would be at the deadline at the pace of twelve months; None for any other."""
    pace = _pace(params, goal, kpis)
    return pace.value({}) if pace.kind == "stock" else None


def _goal_rows(params: Params, goal: Goal, kpis: pd.DataFrame) -> list[dict[str, Any]]:
    tree = driver_tree(params, kpis, goal.kpi).drop_duplicates("node")
    pace = _pace(params, goal, kpis)
    found = [_lever(params, pace, row) for row in tree.to_dict("records")[1:] if row["node"] != pace.opening]
    found.sort(key=lambda row: (-abs(row["elasticity"] or 0), row["lever"]))
    known = {goal.kpi, *tree["node"]}
    found += [row for row in _stated(params, goal, kpis) if row["lever"] not in known]
    return [row | {"position": place} for place, row in enumerate(found)]


def _pace(params: Params, goal: Goal, kpis: pd.DataFrame) -> _Pace:
    evaluation = replace(evaluation_of(params, kpis), formulas_first=True, _found={})
    month = params.last_closed
    last = params.year_months[months_to_deadline(params, goal) - 1]
    opening = _opening(params, goal.kpi, evaluation)
    measured = {name: series for name, series in evaluation.measured.items() if name != goal.kpi or name not in evaluation.formulas}
    kind = "stock" if opening else "sum" if params.metrics[goal.kpi].aggregate == "sum" else "last"
    return _Pace(goal, replace(evaluation, measured=measured, _found={}), kind, opening, month, max(months_between(month, last), 0))


def _opening(params: Params, kpi: str, evaluation: Evaluation) -> str:
    """Returns the part of a formula that is the KPI itself a month before, the other parts being flows; empty where there is none."""
    parts = list(dict.fromkeys(names(evaluation.formulas[kpi]))) if kpi in evaluation.formulas else []
    past = evaluation.measured.get(kpi, {})
    for part in parts:
        months = [month for month in evaluation.measured.get(part, {}) if add_months(month, -1) in past]
        is_before = all(evaluation.measured[part][month] == past[add_months(month, -1)] for month in months)
        if months and is_before and all(params.metrics[each].aggregate == "sum" for each in parts if each != part):
            return part
    return ""


def _lever(params: Params, pace: _Pace, row: Mapping[Any, Any]) -> dict[str, Any]:
    name, is_sum = str(row["node"]), params.metrics[str(row["node"])].aggregate == "sum"
    here, value = pace.value({}), _level(pace, name, is_sum=is_sum)
    up, down = (pace.value({name: 1 + sign * STEP}) for sign in (1, -1))
    moves = (up - down) / (2 * STEP * abs(here)) if up is not None and down is not None and here else None
    scale, note = _solved(lambda each: pace.value({name: each}), pace.goal.target) if moves else (None, "does not move it" if moves is not None else "no value")
    return {
        "goal": pace.goal.id, "metric": pace.goal.kpi, "lever": name, "label": params.metrics[name].label, "unit": params.metrics[name].unit,
        "per": PERIODS[pace.kind] if is_sum else "", "value": None if value is None else story.exact(value),
        "elasticity": None if moves is None else story.exact(moves),
        "needed": None if scale is None or value is None else story.exact(value * scale),
        "change": float("nan") if scale is None else float(scale - 1), "note": note,
    }  # fmt: skip


def _level(pace: _Pace, name: str, *, is_sum: bool) -> Decimal | None:
    months = twelve_to(pace.month) if is_sum and pace.kind != "last" else [pace.month]
    values = [each for each in (pace.evaluation.value(name, month) for month in months) if isinstance(each, Decimal)]
    if len(values) < len(months):
        return None
    whole = sum(values, Decimal(0))
    return whole / len(months) if pace.kind == "stock" else whole


def _stated(params: Params, goal: Goal, kpis: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for each in goal.kpis:
        metric = params.metrics[each.kpi]
        own = kpis[(kpis["metric"] == each.kpi) & (kpis["team"] == "") & (kpis["month"] <= params.last_closed)].sort_values("month")
        is_sum = metric.aggregate == "sum"
        value = sum(own["value"].iloc[-12:], Decimal(0)) if is_sum else own["value"].iloc[-1] if len(own) else None
        yield {
            "goal": goal.id, "metric": goal.kpi, "lever": each.kpi, "label": metric.label, "unit": metric.unit, "per": PERIODS["sum"] if is_sum else "",
            "value": story.exact(value) if value is not None and len(own) else None, "elasticity": None, "needed": None, "change": float("nan"),
            "note": f"{each.role} KPI of the goal; no formula links it",
        }  # fmt: skip


def _solved(response: Response, target: Decimal) -> tuple[Decimal | None, str]:
    """Returns the scale at which a response is the target, and why there is none."""
    known = [(scale, value) for scale, value in ((each, response(each)) for each in SCALES) if value is not None]
    steps = [after[1] - before[1] for before, after in pairwise(known)]
    if not steps or not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        return None, "n/m: the KPI does not move one way with it"
    for low, high in pairwise(known):
        if min(low[1], high[1]) <= target <= max(low[1], high[1]):
            return _refined(response, target, low, high), ""
    return None, "n/m: cannot do it alone"


def _refined(response: Response, target: Decimal, low: tuple[Decimal, Decimal], high: tuple[Decimal, Decimal]) -> Decimal:
    """Returns where a monotone response crosses the target, by false position with halved weights; exact where it is linear."""
    (left, at_left), (right, at_right) = ((scale, value - target) for scale, value in (low, high))
    for _ in range(ROUNDS):
        if not at_left or not at_right:
            break
        middle = right - at_right * (right - left) / (at_right - at_left)
        value = response(middle)
        here = Decimal(0) if value is None else value - target
        if abs(here) <= CLOSE * max(abs(target), Decimal(1)):
            return middle
        if (here > 0) == (at_right > 0):
            right, at_right, at_left = middle, here, at_left / 2
        else:
            left, at_left, at_right = middle, here, at_right / 2
    return right if not at_right else left
