"""What is expected of the metrics that ratios are a share of, month by month to the end of the planned year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.periods import add_months, month_spine
from aop_lib.plan.formula_values import Evaluation
from aop_lib.plan.paths import History, basis_month, company_path
from aop_lib.plan.saas_metrics import evaluation_of

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.catalogue import Metric

BASIS = (
    "What is below the line: the target where a goal sets one; else, for months that add up, the same month of the year before, "
    "for a level its last closed value; or the year that the goal states."
)


def expected(params: Params, kpis: pd.DataFrame) -> Evaluation:
    """Returns the metrics as measured so far and as expected to the end of the year.

    Defined as::

        KPI of a goal        its target, in the months of the year
        months that add up   the same month a year before
        any other            the last closed value
        ratio with formula   by its formula over these

    Nothing is expected of a metric without actuals.

    Args:
        params: Goals, catalogue, the year.
        kpis: Actuals that shape targets.
    """
    evaluation = evaluation_of(params, kpis)
    last = basis_month(params, kpis)
    ahead = month_spine(add_months(last, 1), add_months(params.year_months[-1], 1))
    goals = {each.kpi: each for goal in reversed(params.goals.goals) for each in reversed(goal.by_kpi())}
    series: dict[str, History] = {}
    for name, measured in evaluation.measured.items():
        known = {month: value for month, value in measured.items() if month <= last}
        metric = params.metrics.get(name)
        if metric is not None and known:
            stated = company_path(params, goals[name], kpis) if name in goals else {}
            is_computed = not metric.additive and name in evaluation.formulas
            series[name] = known if is_computed and not stated else _continued(metric, known, stated, ahead)
    return Evaluation(evaluation.formulas, series, evaluation.labels)


def _continued(metric: Metric, known: History, stated: History, ahead: list[pd.Timestamp]) -> History:
    values = dict(known)
    latest = known[max(known)]
    for month in ahead:
        before = add_months(month, -12)
        if month in stated:
            values[month] = stated[month]
        elif metric.aggregate != "sum":
            values[month] = latest
        elif before in values:
            values[month] = values[before]
    return values
