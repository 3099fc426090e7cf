"""The live book: what each customer pays a month, month by month, the months without anybody included."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import pandas as pd

from aop_lib.display import allocated
from aop_lib.errors import UnknownRateError
from aop_lib.money import cents
from aop_lib.periods import add_months, month_spine, month_text

Parts = dict[tuple[str, str, str], tuple[Decimal, Decimal]]
"""A customer's recurring amount by (segment, product, currency), as (in that currency, in reporting currency)."""
By = Literal["segment", "product"]
"""What parts the business."""
Live = dict[pd.Timestamp, dict[str, Parts]]
Rates = Mapping[tuple[str, pd.Timestamp], Decimal]

NONE = Decimal(0)
CENTS = 2


def live_book(mrr: pd.DataFrame, last_closed: pd.Timestamp, observed_through: pd.Timestamp | None = None) -> Live:
    """Returns each customer's recurring amount per month, segment, product and currency; months without any are there, empty.

    Args:
        mrr: The frame `mrr`.
        last_closed: The last closed month.
        observed_through: The last month that the source saw; later months are not observed, so they are not in the book.
    """
    last = last_closed if observed_through is None else min(last_closed, observed_through)
    if not len(mrr) or mrr["month"].min() > last:
        return {}
    book: Live = {month: {} for month in month_spine(mrr["month"].min(), add_months(last, 1))}
    columns = ("month", "customer", "segment", "product", "currency", "amount_local", "amount")
    for month, customer, segment, product, currency, local, amount in zip(*(mrr[name] for name in columns), strict=True):
        if month > last:
            continue
        parts = book[month].setdefault(customer, {})
        before = parts.get((segment, product, currency), (NONE, NONE))
        parts[segment, product, currency] = (before[0] + local, before[1] + amount)
    return book


def is_whole(mrr: pd.DataFrame, ledger: pd.DataFrame) -> bool:
    """Returns whether the book begins with the first customer; it does not where it was cut at the ledger's first month."""
    return not len(mrr) or not len(ledger) or bool(mrr["month"].min() > ledger["month"].min())


def live_customers(book: Mapping[str, Parts]) -> dict[str, Parts]:
    """Returns the customers of a month with an amount above zero in reporting currency."""
    return {customer: parts for customer, parts in book.items() if recurring_amount(parts) > 0}


def recurring_amount(parts: Parts) -> Decimal:
    """Returns a customer's amount a month in reporting currency."""
    return sum((amount for _, amount in parts.values()), NONE)


def at_close(local: Decimal, currency: str, month: pd.Timestamp, closing: Rates, reporting: str) -> Decimal:
    """Returns an amount at a month's closing rate, unrounded.

    Raises:
        UnknownRateError: If there is no such rate; a missing rate is never 1.
    """
    if currency == reporting:
        return local
    if (currency, month) not in closing:
        raise UnknownRateError([(currency, month_text(month))], reporting)
    return local * closing[currency, month]


def amount_at(parts: Parts, month: pd.Timestamp, closing: Rates, reporting: str) -> Decimal:
    """Returns a customer's amount a month at the closing rates of a month, unrounded."""
    return sum((at_close(local, currency, month, closing, reporting) for (*_, currency), (local, _) in parts.items()), NONE)


def revalued(parts: Parts, month: pd.Timestamp, closing: Rates, reporting: str, by: By = "segment") -> dict[str, Decimal]:
    """Returns a customer's amount per part of the business at the closing rates of a month.

    Each segment and currency is rounded to the cent; its products are cut so that they add up to it, so that segments and products
    have one and the same total.
    """
    wholes: dict[tuple[str, str], dict[str, Decimal]] = {}
    for (segment, product, currency), (local, amount) in parts.items():
        value = amount if currency == reporting else at_close(local, currency, month, closing, reporting)
        wholes.setdefault((segment, currency), {})[product] = value
    found: dict[str, Decimal] = {}
    for (segment, _), products in wholes.items():
        total = cents(sum(products.values(), NONE))
        for product, value in zip(products, allocated(list(products.values()), total, CENTS), strict=True):
            part = segment if by == "segment" else product
            found[part] = found.get(part, NONE) + value
    return found


def by_part(parts: Parts, by: By = "segment") -> dict[str, Decimal]:
    """Returns a customer's amount per part of the business in reporting currency."""
    found: dict[str, Decimal] = {}
    for (segment, product, _), (_, amount) in parts.items():
        part = segment if by == "segment" else product
        found[part] = found.get(part, NONE) + amount
    return found
