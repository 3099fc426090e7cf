"""CARR: what contracts that are signed and not yet live add to the recurring amount, in place of those that they replace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.money import cents, money_series, zero_filled
from aop_lib.periods import add_months, month_end, month_spine, posting_month
from aop_lib.plan.findings import finding, findings_frame
from aop_lib.plan.live_book import NONE, Live, Rates, at_close, live_customers, recurring_amount

if TYPE_CHECKING:
    from aop_lib.load import Params

Row = tuple[str, str, pd.Timestamp, Decimal]
Subscription = dict[str, Any]
KEY = ["month", "customer", "segment", "product", "currency"]


def with_signed(mrr: pd.DataFrame, signed: pd.DataFrame) -> pd.DataFrame:
    """Returns the recurring amount with what is signed and not yet live, conformed to `mrr`.

    Args:
        mrr: The frame `mrr`: what is live at each month's close.
        signed: What `signed_not_live` returns.
    """
    if not len(signed):
        return mrr
    both = mrr.merge(signed, on=KEY, how="outer", suffixes=("", "_signed"), validate="one_to_one")
    sums = {name: zero_filled(both[name]) + zero_filled(both[f"{name}_signed"]) for name in ("amount_local", "amount")}
    return conformed("mrr", both[KEY].assign(**sums))


def signed_not_live(subscriptions: pd.DataFrame, closing: Rates, reporting: str, last_closed: pd.Timestamp, first: pd.Timestamp | None = None) -> pd.DataFrame:
    """Returns what contracts that are signed at a month's close and not yet live change, in the grain of `mrr`.

    Defined as::

        signed, not live   signed <= last day of the month < start; known only where the source tells when it was signed
        replaced           of the same customer and product, committed at the close, and over when one that is signed starts
        change             sum of those that are signed, not live and not replaced - sum of those that are live and replaced

    So a renewal that is signed ahead counts once, at its new price. An end without a successor is no contract, and takes nothing off.

    Args:
        subscriptions: The frame `subscriptions`.
        closing: Closing rate of each (currency, month).
        reporting: The reporting currency.
        last_closed: The last month told.
        first: The first month told, such as the ledger's first; None tells all.

    Raises:
        UnknownRateError: If a closing rate is missing.
    """
    sums: dict[tuple[Any, ...], Decimal] = {}
    for month, each, sign in _changes(subscriptions, last_closed, first):
        key = (month, *(each[name] for name in KEY[1:]))
        sums[key] = sums.get(key, NONE) + sign * each["monthly"]
    if not sums:
        return empty("mrr")
    local = [cents(value) for value in sums.values()]
    amount = [cents(at_close(value, key[-1], key[0], closing, reporting)) for key, value in sums.items()]
    rows = pd.DataFrame(list(sums), columns=KEY)
    return conformed("mrr", rows.assign(amount_local=money_series(local), amount=money_series(amount)))


def is_signing_known(subscriptions: pd.DataFrame) -> bool:
    """Returns whether any subscription tells when it was signed; without that there is no CARR."""
    return bool(subscriptions["signed"].notna().any())


def signing_findings(params: Params, subscriptions: pd.DataFrame) -> pd.DataFrame:
    """Returns a warning, as `source_findings`, where signed contracts shall count as ARR and no source tells when one was signed."""
    if not params.company.switches.carr or is_signing_known(subscriptions):
        return empty("source_findings")
    what, expected = "The switch carr is on, and no subscription tells when it was signed", "the day each contract was signed (column signed)"
    row = finding("warning", "metrics", "company.yml: switches", what, expected=expected, found="none, so ARR holds what is live alone")
    return findings_frame("source_findings", [row])


def committed_arr(live: Live) -> Iterator[Row]:
    """Yields committed_arr of each month: 12 × the recurring amount of a live book in which signed contracts stand."""
    for month, book in live.items():
        yield "committed_arr", "", month, 12 * sum(map(recurring_amount, live_customers(book).values()), NONE)


def _changes(subscriptions: pd.DataFrame, last_closed: pd.Timestamp, first: pd.Timestamp | None) -> Iterator[tuple[pd.Timestamp, Subscription, int]]:
    """Yields month, subscription and +1 where it is signed and not live, -1 where it is live and replaced by such a one."""
    own: dict[tuple[str, str], list[Subscription]] = {}
    for each in subscriptions.to_dict("records"):
        own.setdefault((each["customer"], each["product"]), []).append({str(name): value for name, value in each.items()})
    for held in own.values():
        months = {month for each in held for month in _waiting_months(each, last_closed, first)}
        for month in sorted(months):
            yield from ((month, each, sign) for each, sign in _settled(held, pd.Timestamp(month_end(month))))


def _waiting_months(each: Mapping[str, Any], last_closed: pd.Timestamp, first: pd.Timestamp | None) -> list[pd.Timestamp]:
    if pd.isna(each["signed"]) or (not pd.isna(each["end"]) and each["end"] <= each["start"]):
        return []
    signed, start = (posting_month(each[name].date()) for name in ("signed", "start"))
    return month_spine(signed if first is None else max(signed, first), min(start, add_months(last_closed, 1)))


def _settled(held: list[Subscription], close: pd.Timestamp) -> Iterator[tuple[Subscription, int]]:
    open_ = [each for each in held if pd.isna(each["end"]) or each["end"] > close]
    live = [each for each in open_ if each["start"] <= close]
    waiting = [each for each in open_ if not pd.isna(each["signed"]) and each["signed"] <= close < each["start"]]
    yield from ((each, 1) for each in waiting if not _is_replaced(each, waiting))
    yield from ((each, -1) for each in live if _is_replaced(each, waiting))


def _is_replaced(each: Subscription, waiting: list[Subscription]) -> bool:
    return not pd.isna(each["end"]) and any(other is not each and each["end"] <= other["start"] for other in waiting)
