"""Where the driver model starts: balances of the snapshot, and what is still on its way at the last close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib.periods import add_months, posting_month
from aop_lib.plan.driver_estimates import closed_window, seller_months, won_by_month
from aop_lib.plan.driver_ledger import Books, billed, heads_by_line, monthly_amount
from aop_lib.plan.driver_model import TERMS, Array, Opening
from aop_lib.plan.driver_recurring import DAYS, lag_weights
from aop_lib.plan.live_book import by_part, live_customers, recurring_amount

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.live_book import Parts
    from aop_lib.plan.saas_metrics import Book

Axes = tuple[tuple[pd.Timestamp, ...], tuple[str, ...], tuple[str, ...]]
"""The months, the segments and the P&L lines of the model."""


def segment_mrr(book: Book, month: pd.Timestamp) -> dict[str, float]:
    """Returns the recurring amount of each segment at a month's close."""
    found: dict[str, float] = {}
    for parts in live_customers(book.live.get(month, {})).values():
        for segment, amount in by_part(parts).items():
            found[segment] = found.get(segment, 0.0) + float(amount)
    return found


def opening(params: Params, book: Book, found: Books, drivers: Mapping[str, Array], axes: Axes, frames: Mapping[str, pd.DataFrame]) -> Opening:
    """Returns where everything stands at the last close.

    Defined as::

        phases     MRR of a yearly term by the month that it was billed in: billings of the last twelve months less what is billed monthly
        contracts  deferred revenue of the ledger, over segments as their contracts still have to run
        ripening   pipeline created before, by the sales cycle              receipts, bills   receivables and payables, by their days
        cash, fixed_assets    the ledger's balances                           cohorts           customers of a year before each close

    Args:
        params: The last closed month.
        book: The recurring business.
        found: The ledger.
        drivers: The drivers of the model.
        axes: Months, segments and lines of the model.
        frames: people and opportunities.
    """
    months, segments, lines = axes
    last, closing = params.last_closed, segment_mrr(book, params.last_closed)
    mrr = np.array([closing[segment] for segment in segments])
    phases = {1: mrr[None], 3: np.outer(np.full(3, 1 / 3), mrr), 12: np.outer(_renewals(params, found, book, drivers), mrr)}
    balances = {name: closes.get(last, 0.0) for name, closes in found.balances.items()}
    heads = heads_by_line(found, frames["people"], last)
    worn = np.mean([found.total(params.company.switches.depreciation_accounts, add_months(last, -back)) for back in range(3)])
    left = balances["fixed_assets"] if found.balances["fixed_assets"] else np.inf
    then, net, gross = _cohorts(book, last, segments)
    return Opening(
        mrr=mrr,
        customers=_customers(book, last, segments),
        phases=phases,
        contracts=_contracts(balances["deferred"], phases, drivers),
        ripening=_ripening(frames["opportunities"], drivers, months, segments),
        ramped=_ramped(params, frames, drivers, months, segments),
        receipts=np.outer(released(balances["receivables"], float(drivers["dso_days"][0, 0].mean()) / DAYS, len(months)), mrr / mrr.sum()),
        bills=released(balances["payables"], float(drivers["dpo_days"][0, 0, 0]) / DAYS, len(months)),
        heads=np.array([float(heads[line]) for line in lines]),
        depreciation=np.diff(np.minimum(np.arange(len(months) + 1) * worn, left)),
        cohorts=then,
        cohorts_net=net,
        cohorts_gross=gross,
        cash=balances["cash"],
        fixed_assets=balances["fixed_assets"],
        other_net=balances["other_net"],
    )


def released(balance: float, lag: float, count: int) -> Array:
    """Returns when a balance is paid, if it came in equal months that each wait `lag` months.

    Defined as::

        paid(t) = balance * sum over j >= 0 of weight(t + 1 + j) / lag          at once where lag is 0; see `lag_weights`
    """
    weights = lag_weights(np.full((1, 1, 1), lag))[:, 0, 0]
    paid = np.array([weights[month + 1 :].sum() for month in range(count)])
    if lag <= 0:
        paid[:1] = 1.0
        return np.asarray(balance * paid)
    return np.asarray(balance * paid / lag)


def _renewals(params: Params, found: Books, book: Book, drivers: Mapping[str, Array]) -> Array:
    """Returns the share of yearly MRR that each month of a year bills, the model's first month first."""
    bills, annual = billed(params, found), float(drivers["annual_share"].mean())
    months = [add_months(params.last_closed, back - 11) for back in range(12)]
    yearly = np.array([max(bills.get(month, 0.0) - (1 - annual) * monthly_amount(book, month), 0.0) for month in months])
    return np.asarray(yearly / yearly.sum()) if found.balances["deferred"] and yearly.sum() > 0 else np.full(12, 1 / 12)


def _contracts(deferred: float, phases: Mapping[int, Array], drivers: Mapping[str, Array]) -> Array:
    annual, quarterly, early = (drivers[name][0, 0] for name in ("annual_share", "quarterly_share", "in_month_share"))
    annual = np.minimum(annual, 1 - quarterly)
    shares = {1: 1 - annual - quarterly, 3: quarterly, 12: annual}
    to_run = sum(shares[term] * sum((place + 1 - early) * phases[term][place] for place in range(term)) for term in TERMS)
    weights = to_run if to_run.sum() > 0 else phases[1][0]
    return np.asarray(deferred * weights / weights.sum())


def _customers(book: Book, month: pd.Timestamp, segments: tuple[str, ...]) -> Array:
    """Returns customers per segment; one that is in two counts where it pays most, so that segments sum to the company."""
    homes = [_home(parts) for parts in live_customers(book.live[month]).values()]
    return np.array([float(homes.count(segment)) for segment in segments])


def _home(parts: Parts) -> str:
    amounts = by_part(parts)
    return max(sorted(amounts), key=lambda segment: amounts[segment])


def _cohorts(book: Book, last: pd.Timestamp, segments: tuple[str, ...]) -> tuple[Array, Array, Array]:
    then, net, gross = (np.zeros((11, len(segments))) for _ in range(3))
    now = live_customers(book.live[last])
    for place in range(11):
        for customer, parts in live_customers(book.live.get(add_months(last, place - 11), {})).items():
            column = segments.index(_home(parts)) if _home(parts) in segments else 0
            before, today = float(recurring_amount(parts)), float(recurring_amount(now.get(customer, {})))
            then[place, column] += before
            net[place, column] += today
            gross[place, column] += min(before, today)
    return then, net, gross


def _ripening(opportunities: pd.DataFrame, drivers: Mapping[str, Array], months: tuple[pd.Timestamp, ...], segments: tuple[str, ...]) -> Array:
    found = np.zeros((len(months), len(segments)))
    weights = lag_weights(np.moveaxis(drivers["cycle_months"], 0, -1))
    created = [posting_month(day.date()) for day in opportunities["created"]]
    for segment, amount, month in zip(opportunities["segment"], opportunities["amount"], created, strict=True):
        age = (months[0].year - month.year) * 12 + months[0].month - month.month
        if segment in segments and age > 0:
            place = segments.index(segment)
            for step in range(age, min(len(weights), age + len(months))):
                found[step - age, place] += float(weights[step, place, 0]) * float(amount)
    return found


def _ramped(
    params: Params, frames: Mapping[str, pd.DataFrame], drivers: Mapping[str, Array], months: tuple[pd.Timestamp, ...], segments: tuple[str, ...]
) -> Array:
    opportunities = frames["opportunities"]
    ramp = {segment: float(drivers["ramp_months"][0, 0, place]) for place, segment in enumerate(segments)}
    window = closed_window(params, add_months(params.last_closed, -60))
    shares = {segment: sum(amounts) for segment, amounts in won_by_month(opportunities, window).items()}
    sellers = seller_months(params, frames["people"], months, ramp, shares)
    return np.array([sellers[segment] for segment in segments]).T.reshape(len(months), len(segments))
