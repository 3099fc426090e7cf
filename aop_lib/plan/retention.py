"""Retention: what is left of the customers of a year ago, and of each quarter's new customers ever since."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.money import cents
from aop_lib.periods import FiscalCalendar, add_months, months_between
from aop_lib.plan.live_book import NONE, Live, Rates, amount_at, live_customers

Row = tuple[str, str, pd.Timestamp, Decimal]


def retention(live: Live, closing: Rates, reporting: str) -> Iterator[Row]:
    """Yields nrr, grr and logo_retention of each month that has another twelve months before it.

    Defined as::

        cohort          the customers that were live 12 months ago; later customers never enter
        nrr             ARR now of the cohort / its ARR then
        grr             sum of min(ARR now, ARR then) over the cohort / its ARR then
        logo_retention  customers of the cohort still live / customers of the cohort
        all at constant rates: then and now at the closing rate of now

    Args:
        live: Recurring amounts per month, customer and currency.
        closing: Closing rate of each (currency, month).
        reporting: The reporting currency, which needs no rate.
    """
    for month, book in live.items():
        earlier = live.get(add_months(month, -12), {})
        then = {customer: amount_at(parts, month, closing, reporting) for customer, parts in earlier.items()}
        then = {customer: amount for customer, amount in then.items() if amount > 0}
        whole = sum(then.values(), NONE)
        if not whole:
            continue
        now = {customer: amount_at(book.get(customer, {}), month, closing, reporting) for customer in then}
        yield "nrr", "", month, sum(now.values(), NONE) / whole
        yield "grr", "", month, sum((min(now[customer], amount) for customer, amount in then.items()), NONE) / whole
        yield "logo_retention", "", month, Decimal(sum(1 for amount in now.values() if amount > 0)) / len(then)


def cohorts(live: Live, closing: Rates, reporting: str, calendar: FiscalCalendar, *, whole: bool = False) -> pd.DataFrame:
    """Returns what is left of each quarter's new customers at every quarter's close since.

    Defined as::

        cohort      customers first live in a fiscal quarter, with their ARR of that first month
        retained    their ARR and count at the close of the k-th quarter after it; k = 0 is the quarter itself
        all at the closing rates of the last month, so that a currency that moves is no retention

    Args:
        live: The live book; quarters that are not over by its last month are not told.
        closing: Closing rate of each (currency, month).
        reporting: The reporting currency.
        calendar: The fiscal calendar.
        whole: Whether the book begins with the first customer; else those of its first month came before and are a cohort of their own.

    Returns:
        The frame `cohorts`: cohort (first month of the quarter; the one before for those who came earlier), label, quarters,
        arr_start and arr in reporting currency, logos_start and logos.
    """
    months = list(live)
    if not months:
        return empty("cohorts")
    first_live: dict[str, pd.Timestamp] = {}
    for month, book in live.items():
        first_live = dict.fromkeys(live_customers(book), month) | first_live
    groups: dict[pd.Timestamp, list[str]] = {}
    for customer, month in first_live.items():
        came_before = month == months[0] and not whole
        start = _quarter_start(month, calendar)
        groups.setdefault(add_months(start, -3) if came_before else start, []).append(customer)
    rows = []
    for cohort in sorted(groups):
        came_before = cohort < _quarter_start(months[0], calendar)
        label = f"By {months[0]:%b %Y}" if came_before else calendar.quarter_label(cohort)
        base = {customer: amount_at(live[first_live[customer]][customer], months[-1], closing, reporting) for customer in groups[cohort]}
        for step, close in enumerate(_closes(_quarter_start(months[0], calendar) if came_before else cohort, months[-1])):
            now = {customer: amount_at(live[close].get(customer, {}), months[-1], closing, reporting) for customer in base if close in live}
            left = [amount for amount in now.values() if amount > 0]
            rows.append((cohort, label, step, cents(12 * sum(base.values(), NONE)), cents(12 * sum(left, NONE)), len(base), len(left)))
    columns = ["cohort", "label", "quarters", "arr_start", "arr", "logos_start", "logos"]
    return conformed("cohorts", pd.DataFrame(rows, columns=columns)) if rows else empty("cohorts")


def _quarter_start(month: pd.Timestamp, calendar: FiscalCalendar) -> pd.Timestamp:
    return add_months(month, -((month.month - calendar.first_month) % 3))


def _closes(cohort: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Returns the last month of every quarter from the cohort's on that is over by `last`."""
    return [add_months(cohort, 3 * step + 2) for step in range(max(0, (months_between(cohort, last) + 1) // 3))]


def cohort_shares(frame: pd.DataFrame, column: str = "arr") -> pd.DataFrame:
    """Returns the share that is left, cohorts down and quarters since across, newest cohort last; what is not observed yet is missing.

    Args:
        frame: The frame `cohorts`.
        column: `arr` or `logos`.
    """
    counts = sorted(set(frame["quarters"]))
    whole = f"{column}_start"
    found = {(row["label"], row["quarters"]): Decimal(row[column]) / Decimal(row[whole]) for row in frame.to_dict("records") if row[whole] > 0}
    labels = list(dict.fromkeys(frame["label"]))
    rows = [[found.get((label, count)) for count in counts] for label in labels]
    return pd.DataFrame(rows, index=labels, columns=[f"Q+{count}" if count else "Q" for count in counts], dtype=object)
