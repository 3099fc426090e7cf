"""Subscriptions as known at the cycle's cut, and the recurring amount live at each month's close, per customer and product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.display import allocated
from aop_lib.errors import Fault, InputRefusedError
from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.load import Params
from aop_lib.money import as_money, converted, money_series
from aop_lib.periods import add_months, month_end, month_spine, posting_month
from aop_lib.sources.ledger import Rates
from aop_lib.sources.people import known_end
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse

MONTHS = {"": 1, "month": 1, "quarter": 3, "year": 12}
KEY = ["month", "customer", "segment", "currency"]
SCALE = Decimal("0.0000000001")
CENTS = 2


def subscriptions_frame(store: Warehouse, judged: list[Judged], params: Params) -> pd.DataFrame:
    """Returns one row per subscription as known at the cut, conformed to `subscriptions`; `monthly` in currency, an open `end` is missing.

    Args:
        store: The loaded tables.
        judged: The judged `subscriptions` rows of each source.
        params: The cut.

    Raises:
        InputRefusedError: If a billing interval is none of month, quarter, year.
    """
    rows = []
    for each in judged:
        records = store.records(each.used.order_by("_line"))
        own = {"source": each.mapped.source.name}
        rows += [{**record, **own, "monthly": _monthly(record, each).quantize(SCALE), "end": known_end(record, params.as_of)} for record in records]
    if not rows:
        return empty("subscriptions")
    frame = pd.DataFrame(rows)[list(FRAMES["subscriptions"].columns)]
    days = {name: pd.to_datetime(frame[name]).dt.normalize() for name in ("signed", "start", "end")}
    return conformed("subscriptions", frame.assign(**days))


def mrr_frame(store: Warehouse, judged: list[Judged], rates: Rates, params: Params, first: pd.Timestamp | None = None) -> pd.DataFrame:
    """Returns the recurring amount live at each closed month's close, conformed to `mrr`.

    Defined as::

        monthly = amount * unit * quantity / months of the billing interval
        live at a month's close: start <= last day of the month < end; an end unknown at the cut is open
        a customer's amount per segment and currency is rounded once to the cent, and its products are cut so that they add up to it

    Args:
        store: The loaded tables.
        judged: The judged `subscriptions` rows of each source.
        rates: Closing rate of each (currency, month).
        params: The cut.
        first: The first month told, such as the ledger's first: rates seldom reach back to the oldest subscription. None tells all.

    Returns:
        month, customer, segment, product (empty where the source has none), currency, amount_local (in currency), amount (reporting
        currency at the month's close).

    Raises:
        InputRefusedError: If a billing interval is none of month, quarter, year.
        UnknownRateError: If a closing rate is missing.
    """
    sums: dict[tuple[Any, ...], dict[str, Decimal]] = {}
    for each in judged:
        for record in store.records(each.used.order_by("_line")):
            monthly = _monthly(record, each)
            for month in _live_months(record, params, first):
                key = (month, record["customer"], record["segment"], record["currency"])
                products = sums.setdefault(key, {})
                products[record["product"]] = products.get(record["product"], Decimal(0)) + monthly
    if not sums:
        return empty("mrr")
    wholes = [(*key, sum(products.values(), Decimal(0))) for key, products in sums.items()]
    rows = pd.DataFrame(wholes, columns=[*KEY, "amount"]).astype({"amount": object})
    reporting = params.company.reporting_currency
    totals = rows[KEY].assign(amount_local=as_money(rows["amount"]), amount=converted(rows, rates, reporting)["amount"])
    return conformed("mrr", _by_product(totals, list(sums.values()), {(reporting, month): Decimal(1) for month in rows["month"]} | dict(rates)))


def _by_product(totals: pd.DataFrame, products: list[dict[str, Decimal]], rates: Rates) -> pd.DataFrame:
    """Returns a row per product of each total, its amounts cut to cents such that they add up to the total."""
    rows: list[tuple[Any, ...]] = []
    for row, parts in zip(totals.to_dict("records"), products, strict=True):
        names = sorted(parts)
        local = allocated([parts[name] for name in names], row["amount_local"], CENTS)
        rate = rates[row["currency"], row["month"]]
        reported = allocated([parts[name] * rate for name in names], row["amount"], CENTS)
        rows += [(*(row[column] for column in KEY), *each) for each in zip(names, local, reported, strict=True)]
    found = pd.DataFrame(rows, columns=[*KEY, "product", "amount_local", "amount"])
    return found.assign(amount_local=money_series(found["amount_local"]), amount=money_series(found["amount"]))


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
