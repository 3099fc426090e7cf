"""Checks against time: has the last closed month arrived, is it as large as months are, is any month without rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from statistics import median

import pandas as pd

from aop_lib.load import Params
from aop_lib.periods import add_months, month_spine, month_text
from aop_lib.sources.checks import Finding
from aop_lib.sources.exports import LINES
from aop_lib.sources.ledger import Posted
from aop_lib.sources.rows import Judged, as_month
from aop_lib.sources.totals import Counted
from aop_lib.sources.warehouse import Warehouse

NORMAL = Decimal("1.4826")  # turns a median absolute deviation into a standard deviation of normal data
DEVIATIONS = 4
NARROWEST = Decimal("0.30")
LEAST_HISTORY, HISTORY = 6, 12
SILENT_MONTHS = 3


def freshness_findings(params: Params, store: Warehouse, counted: Counted) -> Iterator[Finding]:
    """Yields a ledger that ends before the last closed month (`error`: data late), and a history that is silent for three months (`warning`)."""
    judged, wanted = counted.judged, params.last_closed
    source = judged.mapped.source.name
    if judged.layout == "ledger":
        last = as_month(counted.months[1])
        if last is None or last < wanted:
            ends = month_text(last) if last is not None else "no month"
            what = "the ledger ends before the last closed month"
            yield Finding("freshness", source, "error", source, what, f"rows of {month_text(wanted)}, the last closed month", f"the last month is {ends}")
    elif "valid_from" in judged.mapped.frame(judged.layout).columns and counted.rows["used"]:
        newest = _newest(store, judged)
        oldest = add_months(wanted, 1 - SILENT_MONTHS)
        if newest is not None and newest < oldest:
            what = f"nothing of {judged.frame} was recorded in the {SILENT_MONTHS} months to the last closed one"
            place = f"{source}: {judged.frame}"
            yield Finding("freshness", source, "warning", place, what, f"a record of {month_text(oldest)} or later", f"the newest is of {newest.date()}")


def _newest(store: Warehouse, judged: Judged) -> pd.Timestamp | None:
    rows = judged.rows.filter(~judged.rows.later)
    found: datetime | None = store.records(rows.aggregate(newest=rows.valid_from.max()))[0]["newest"]
    return None if found is None else pd.Timestamp(found)


def volume_findings(params: Params, store: Warehouse, judged: Judged) -> Iterator[Finding]:
    """Yields a last closed month with far fewer or far more ledger rows than the twelve months before.

    Defined as::

        usual  = median of the rows of the 12 months before, those without rows included, from the first month on
        spread = 1.4826 * median of |rows - usual|
        band   = usual ± max(4 * spread, 30 % of usual)          nothing is said with less than 6 months of history
    """
    if judged.layout != "ledger":
        return
    rows = judged.rows.filter(~judged.rows.later)
    counts = {as_month(each["month"]): int(each["rows"]) for each in store.records(rows.group_by("month").aggregate(rows=rows[LINES].sum())) if each["month"]}
    here = counts.get(params.last_closed, 0)
    months = [add_months(params.last_closed, -back) for back in range(1, HISTORY + 1)]
    past = [counts.get(month, 0) for month in months if month >= min((each for each in counts if each is not None), default=params.last_closed)]
    if not here or len(past) < LEAST_HISTORY:
        return
    usual = Decimal(median(past))
    spread = NORMAL * Decimal(median(abs(each - usual) for each in past))
    room = max(DEVIATIONS * spread, NARROWEST * usual)
    if abs(here - usual) > room:
        source, month = judged.mapped.source.name, month_text(params.last_closed)
        what = f"{month} has {'fewer' if here < usual else 'more'} rows than months have"
        expected = f"{max(Decimal(0), usual - room):,.0f} to {usual + room:,.0f} rows, as in the {len(past)} months before"
        yield Finding("volume", source, "warning", f"{source}: {month}", what, expected, f"{here:,} rows")


def gap_findings(part: Posted) -> Iterator[Finding]:
    """Yields the entities that have months without a row between their first and their last."""
    for entity, months in part.rows.groupby("entity")["month"]:
        present = set(months)
        missing = [month for month in month_spine(min(present), add_months(max(present), 1)) if month not in present]
        if missing:
            count = f"{len(missing)} month{'' if len(missing) == 1 else 's'}"
            what = f"{count} without a line: {', '.join(month_text(month) for month in missing[:12])}"
            yield Finding("gaps", part.source, "warning", f"{part.source}: {entity}", what, found=count)
