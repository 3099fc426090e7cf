"""Subscriptions: the recurring amount live at each month's close, per customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.frames import conformed, empty
from aop_lib.load import Params
from aop_lib.money import as_money, converted
from aop_lib.periods import add_months, month_end, month_spine, posting_month
from aop_lib.sources.ledger import Rates
from aop_lib.sources.people import known_end
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse

MONTHS = {"": 1, "month": 1, "quarter": 3, "year": 12}
KEY = ["month", "customer", "segment", "currency"]


def mrr_frame(store: Warehouse, judged: list[Judged], rates: Rates, params: Params, first: pd.Timestamp | None = None) -> pd.DataFrame:
    """Returns the recurring amount live at each closed month's close, conformed to `mrr`.

    Defined as::

        monthly = amount * unit * quantity / months of the billing interval
        live at a month's close: start <= last day of the month < end; an end unknown at the cut is open

    Args:
        store: The loaded tables.
        judged: The judged `subscriptions` rows of each source.
        rates: Closing rate of each (currency, month).
        params: The cut.
        first: The first month told, such as the ledger's first: rates seldom reach back to the oldest subscription. None tells all.

    Returns:
        month, customer, segment, currency, amount_local (in currency), amount (reporting currency at the month's close).

    Raises:
        InputRefusedError: If a billing interval is none of month, quarter, year.
        UnknownRateError: If a closing rate is missing.
    """
    sums: dict[tuple[Any, ...], Decimal] = {}
    for each in judged:
        for record in store.records(each.used.order_by("_line")):
            monthly = _monthly(record, each)
            for month in _live_months(record, params, first):
                key = (month, record["customer"], record["segment"], record["currency"])
                sums[key] = sums.get(key, Decimal(0)) + monthly
    if not sums:
        return empty("mrr")
    rows = pd.DataFrame([(*key, value) for key, value in sums.items()], columns=[*KEY, "amount"]).astype({"amount": object})
    return conformed("mrr", rows[KEY].assign(amount_local=as_money(rows["amount"]), amount=converted(rows, rates, params.company.reporting_currency)["amount"]))


def _monthly(record: dict[str, Any], judged: Judged) -> Decimal:
    interval = str(record["interval"])
    if interval not in MONTHS:
        raise InputRefusedError([Fault(f"{judged.mapped.source.name} {record['row']}", f"the interval {interval!r}", "month, quarter or year")])
    months = MONTHS[interval] * (record["interval_count"] or 1)
    quantity, unit = (Decimal(1) if record[name] is None else record[name] for name in ("quantity", "unit"))
    return Decimal(record["amount"] * unit * quantity / months)


def _live_months(record: dict[str, Any], params: Params, earliest: pd.Timestamp | None) -> Iterator[pd.Timestamp]:
    end: date | None = known_end(record, params.as_of)
    start: date = record["start"].date()
    first = posting_month(start)
    for month in month_spine(first if earliest is None else max(first, earliest), add_months(params.last_closed, 1)):
        if end is not None and end <= month_end(month):
            return
        if start <= month_end(month):
            yield month
