"""Checks of KPI actuals against time: has each metric arrived, and is any of its months missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

from aop_lib.load import Params
from aop_lib.periods import add_months, month_text, months_between
from aop_lib.sources.checks import Finding
from aop_lib.sources.rows import Judged, as_month
from aop_lib.sources.warehouse import Warehouse

SHOWN = 12


def kpi_findings(params: Params, store: Warehouse, judged: Judged) -> Iterator[Finding]:
    """Yields each metric and team whose values end too early (`freshness`) or leave out months between the first and the last (`gaps`).

    Defined as::

        rhythm   the fewest months between two values: 1 for a metric of every month, 3 for one of every quarter
        late     a rhythm or more lies between its last value and the last closed month
        gap      two values lie further apart than the rhythm

    Args:
        params: The last closed month.
        store: The loaded tables.
        judged: The rows of one source and frame; nothing is said of other frames than KPI actuals.
    """
    if judged.layout != "kpis":
        return
    source = judged.mapped.source.name
    for (metric, team), months in _months(store, judged).items():
        rhythm = min((months_between(*pair) for pair in pairwise(months)), default=1)
        place = f"{source}: {metric}{f' of {team}' if team else ''}"
        if months_between(months[-1], params.last_closed) >= rhythm:
            what = f"the values of {metric} end before the last closed month"
            expected = f"a value of {month_text(params.last_closed)}, the last closed month"
            yield Finding("freshness", source, "warning", place, what, expected, f"the last month is {month_text(months[-1])}")
        missing = [month for one, other in pairwise(months) for month in _between(one, other, rhythm)]
        if missing:
            count = f"{len(missing)} month{'' if len(missing) == 1 else 's'}"
            what = f"{count} without a value of {metric}: {', '.join(map(month_text, missing[:SHOWN]))}"
            yield Finding("gaps", source, "warning", place, what, found=count)


def _months(store: Warehouse, judged: Judged) -> dict[tuple[str, str], list[pd.Timestamp]]:
    used = judged.used
    found: dict[tuple[str, str], list[pd.Timestamp]] = {}
    for each in store.records(used.select("metric", "team", "month").distinct().order_by(["metric", "team", "month"])):
        month = as_month(each["month"])
        if month is not None:
            found.setdefault((each["metric"], each["team"]), []).append(month)
    return found


def _between(one: pd.Timestamp, other: pd.Timestamp, rhythm: int) -> list[pd.Timestamp]:
    return [add_months(one, step) for step in range(rhythm, months_between(one, other), rhythm)]
