"""What the metrics of the catalogue were, month by month, from the snapshot; one function per family.

A metric without the data it needs is not in the result: nothing is estimated here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.periods import add_months, month_end, month_spine
from aop_lib.plan.profit_and_loss import line_totals

Row = tuple[str, str, pd.Timestamp, Decimal]
Live = dict[pd.Timestamp, dict[str, dict[str, tuple[Decimal, Decimal]]]]
Rates = Mapping[tuple[str, pd.Timestamp], Decimal]

SUBSCRIPTION, SUBSCRIPTION_COST = "subscription_revenue", "cost_of_subscription"
NONE = Decimal(0)
SCALE = Decimal("0.0000000001")


def kpi_actuals(frames: Mapping[str, pd.DataFrame], last_closed: pd.Timestamp, reporting: str) -> pd.DataFrame:
    """Returns the actuals of every metric that the snapshot can tell, conformed to `kpis`.

    Args:
        frames: mrr, rates, ledger, accounts, lines, people and opportunities of stage 00.
        last_closed: The last closed month; nothing later is told.
        reporting: The reporting currency.

    Returns:
        metric, team (empty for the company), month, value in the metric's unit. Heads, revenue and operating expenses also
        per team that has them; a metric that needs a year of history starts a year after its data.
    """
    live = live_book(frames["mrr"], last_closed)
    rates = frames["rates"]
    closing = dict(zip(zip(rates["currency"], rates["month"], strict=True), rates["close"], strict=True))
    rows = [
        *recurring(live),
        *retention(live, closing, reporting),
        *results(frames["ledger"], frames["accounts"], frames["lines"]),
        *heads(frames["people"], _first_month(frames["ledger"], live), last_closed),
        *open_pipeline(frames["opportunities"], last_closed),
    ]
    rows += arr_per_head(rows)
    if not rows:
        return empty("kpis")
    found = pd.DataFrame(rows, columns=["metric", "team", "month", "value"])
    return conformed("kpis", found.assign(value=[value.quantize(SCALE) for value in found["value"]]))


def live_book(mrr: pd.DataFrame, last_closed: pd.Timestamp) -> Live:
    """Returns each customer's recurring amount per month and currency as (local, reporting); months without any are there, empty."""
    book: Live = {}
    if len(mrr):
        book = {month: {} for month in month_spine(mrr["month"].min(), add_months(last_closed, 1))}
    for month, customer, currency, local, amount in zip(*(mrr[name] for name in ("month", "customer", "currency", "amount_local", "amount")), strict=True):
        parts = book[month].setdefault(customer, {})
        before = parts.get(currency, (NONE, NONE))
        parts[currency] = (before[0] + local, before[1] + amount)
    return book


def recurring(live: Live) -> Iterator[Row]:
    """Yields arr, customers, arpa, new_arr and churned_arr of each month.

    Defined as::

        arr          12 * MRR at the close            customers    customers with MRR > 0
        arpa         MRR / customers
        new_arr      12 * MRR of customers in the first month they ever have MRR > 0
        churned_arr  12 * MRR of the month before of customers whose MRR fell to 0

    What came before the first month is not known, so the two movements start with the second.
    """
    seen: set[str] = set()
    before: dict[str, Decimal] | None = None
    for month, book in live.items():
        amounts = {customer: sum((amount for _, amount in parts.values()), NONE) for customer, parts in book.items()}
        amounts = {customer: amount for customer, amount in amounts.items() if amount > 0}
        mrr = sum(amounts.values(), NONE)
        yield "arr", "", month, 12 * mrr
        yield "customers", "", month, Decimal(len(amounts))
        if amounts:
            yield "arpa", "", month, mrr / len(amounts)
        if before is not None:
            yield "new_arr", "", month, 12 * sum((amount for customer, amount in amounts.items() if customer not in seen), NONE)
            yield "churned_arr", "", month, 12 * sum((amount for customer, amount in before.items() if customer not in amounts), NONE)
        seen |= set(amounts)
        before = amounts


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
        then = {customer: _at_rates(parts, closing, month, reporting) for customer, parts in earlier.items()}
        then = {customer: amount for customer, amount in then.items() if amount > 0}
        whole = sum(then.values(), NONE)
        if not whole:
            continue
        now = {customer: _at_rates(book.get(customer, {}), closing, month, reporting) for customer in then}
        yield "nrr", "", month, sum(now.values(), NONE) / whole
        yield "grr", "", month, sum((min(now[customer], amount) for customer, amount in then.items()), NONE) / whole
        yield "logo_retention", "", month, Decimal(sum(1 for amount in now.values() if amount > 0)) / len(then)


def results(ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Row]:
    """Yields revenue, operating_expenses and their teams, operating_profit and _margin, subscription_revenue and gross_margin.

    Defined as::

        operating_profit = revenue - cost of revenue - operating expenses
        operating_margin = operating_profit / revenue                       none where revenue is 0 or less
        gross_margin     = (subscription revenue - cost of subscription) / subscription revenue
    """
    totals = line_totals(ledger, accounts, lines, ["month", "team"])
    types = dict(zip(lines["line"], lines["type"], strict=True))
    for month in sorted(set(totals["month"])):
        part = totals[totals["month"] == month]
        by_type: dict[str, dict[str, Decimal]] = {"revenue": {}, "cost_of_revenue": {}, "opex": {}}
        by_line: dict[str, Decimal] = {}
        for line, team, amount in zip(part["line"], part["team"], part["amount"], strict=True):
            by_line[line] = by_line.get(line, NONE) + amount
            teams = by_type.setdefault(types[line], {})
            teams[team] = teams.get(team, NONE) + amount
        yield from _result_rows(month, by_type, by_line)


def _result_rows(month: pd.Timestamp, by_type: dict[str, dict[str, Decimal]], by_line: dict[str, Decimal]) -> Iterator[Row]:
    revenue, cost, opex = (sum(by_type[kind].values(), NONE) for kind in ("revenue", "cost_of_revenue", "opex"))
    profit = revenue - cost - opex
    yield "revenue", "", month, revenue
    yield "operating_expenses", "", month, opex
    yield "operating_profit", "", month, profit
    for metric, kind in (("revenue", "revenue"), ("operating_expenses", "opex")):
        yield from ((metric, team, month, amount) for team, amount in by_type[kind].items() if team)
    if revenue > 0:
        yield "operating_margin", "", month, profit / revenue
    if SUBSCRIPTION in by_line:
        sold = by_line[SUBSCRIPTION]
        yield SUBSCRIPTION, "", month, sold
        if sold > 0 and SUBSCRIPTION_COST in by_line:
            yield "gross_margin", "", month, (sold - by_line[SUBSCRIPTION_COST]) / sold


def heads(people: pd.DataFrame, first: pd.Timestamp | None, last_closed: pd.Timestamp) -> Iterator[Row]:
    """Yields heads per month, company and teams: people employed on the last day, `end` being the last day of work.

    Everyone counts where they work at the cut; moves between teams before it are not told by `people`.

    Args:
        people: One row per person.
        first: The first month told; None where there is no other actual to stand beside.
        last_closed: The last month told.
    """
    if not len(people):
        return
    for month in month_spine(first if first is not None else last_closed, add_months(last_closed, 1)):
        day = pd.Timestamp(month_end(month))
        here = people[(people["start"] <= day) & (people["end"].isna() | (people["end"] >= day))]
        yield "heads", "", month, Decimal(len(here))
        yield from (("heads", team, month, Decimal(count)) for team, count in sorted(Counter(here["team"]).items()) if team)


def open_pipeline(opportunities: pd.DataFrame, last_closed: pd.Timestamp) -> Iterator[Row]:
    """Yields the yearly contract value of open opportunities as known at the cut, shown in the last closed month; unweighted."""
    if len(opportunities):
        yield "open_pipeline", "", last_closed, sum(opportunities.loc[~opportunities["is_closed"], "amount"], NONE)


def arr_per_head(rows: list[Row]) -> list[Row]:
    """Returns ARR / heads of each month that has both and anyone at all."""
    count = {month: value for metric, team, month, value in rows if metric == "heads" and not team}
    return [("arr_per_head", "", month, value / count[month]) for metric, _, month, value in rows if metric == "arr" and count.get(month)]


def _at_rates(parts: Mapping[str, tuple[Decimal, Decimal]], closing: Rates, month: pd.Timestamp, reporting: str) -> Decimal:
    return sum((local * (Decimal(1) if currency == reporting else closing[currency, month]) for currency, (local, _) in parts.items()), NONE)


def _first_month(ledger: pd.DataFrame, live: Live) -> pd.Timestamp | None:
    return ledger["month"].min() if len(ledger) else next(iter(live), None)
