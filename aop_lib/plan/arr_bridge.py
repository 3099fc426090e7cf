"""The ARR bridge: from the opening to the closing ARR of each month, movement by movement, exact to the cent.

What a customer did is decided once, from all that it pays: new, churned, expanded. Its amount is then shared to segments, or to
products. So the bridges by segment and by product add up, movement by movement, to the company's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.money import CENT, split
from aop_lib.periods import months_between
from aop_lib.plan.live_book import NONE, By, Live, Parts, Rates, by_part, live_customers, recurring_amount, revalued
from aop_lib.plan.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = tuple[str, str, pd.Timestamp, Decimal]

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn", "currency", "transfer")
METRICS = {
    "opening": ("opening_arr", 1), "new": ("new_arr", 1), "reactivation": ("reactivated_arr", 1), "expansion": ("expansion_arr", 1),
    "contraction": ("contracted_arr", -1), "churn": ("churned_arr", -1), "currency": ("currency_effect_arr", 1),
}  # fmt: skip
BRIDGES: dict[By, str] = {"segment": "arr_bridge", "product": "product_bridge"}
COUNTS = {"new": "new_customers", "reactivation": "reactivated_customers", "churn": "churned_customers"}


@dataclass(frozen=True)
class Movement:
    """What one customer did in one month in one part of the business.

    Attributes:
        month: The month at whose close it shows.
        customer: Who.
        part: The segment or the product.
        kind: One of `MOVEMENTS`; `transfer` is what moves between parts of one customer and sums to zero over them.
        amount: MRR in reporting currency, signed: contraction and churn are negative.
    """

    month: pd.Timestamp
    customer: str
    part: str
    kind: str
    amount: Decimal


def movements(live: Live, closing: Rates, reporting: str, window: int | None = None, *, whole: bool = False, by: By = "segment") -> Iterator[Movement]:
    """Yields what every customer did, month by month, shared to the segments or products in which it did it.

    Defined as::

        new            MRR > 0, never seen before, or not for more than `window` months
        reactivation   MRR > 0 after 1 to `window` months with none, seen before
        expansion      MRR rose          contraction   MRR fell but stays > 0          churn   MRR fell to 0
        currency       opening MRR at this month's closing rate - at the rate of the month before; all else is at this month's rate
        shared         a part's change, as far as it goes the customer's way; a customer that adds a second product expands in that product
        transfer       what is left of the parts' changes: what one part lost to another of the same customer; sums to zero over them

    A customer that goes from 100 of one product to 70 of it and 50 of another expands by 20, in the other; 30 are a transfer between them.

    Args:
        live: The live book.
        closing: Closing rate of each (currency, month).
        reporting: The reporting currency.
        window: Months without MRR after which a customer that returns is new; None means any number.
        whole: Whether the book begins with the first customer; else the first month is where counting starts, without movements.
        by: What parts the business.
    """
    last_live: dict[str, pd.Timestamp] = {}
    before: dict[str, Parts] = {}
    for index, (month, book) in enumerate(live.items()):
        now = live_customers(book)
        if index or whole:
            for customer in sorted(before.keys() | now.keys()):
                seen = last_live.get(customer)
                came = "new" if seen is None or (window is not None and months_between(seen, month) - 1 > window) else "reactivation"
                old = before.get(customer, {})
                opening = revalued(old, month, closing, reporting, by)
                yield from _moved((month, customer, came), by_part(old, by), by_part(now.get(customer, {}), by), opening)
        last_live |= dict.fromkeys(now, month)
        before = now


def _moved(which: tuple[pd.Timestamp, str, str], old: dict[str, Decimal], new: dict[str, Decimal], opening: dict[str, Decimal]) -> Iterator[Movement]:
    month, customer, came = which
    parts = sorted(old.keys() | new.keys())
    for part in parts:
        if opening.get(part, NONE) != old.get(part, NONE):
            yield Movement(month, customer, part, "currency", opening.get(part, NONE) - old.get(part, NONE))
    change = {part: new.get(part, NONE) - opening.get(part, NONE) for part in parts}
    whole = sum(change.values(), NONE)
    kind = came if not old else "churn" if not new else "expansion" if whole > 0 else "contraction"
    told = _shares(change, whole)
    for part in parts:
        if told[part]:
            yield Movement(month, customer, part, kind, told[part])
        if change[part] != told[part]:
            yield Movement(month, customer, part, "transfer", change[part] - told[part])


def _shares(change: dict[str, Decimal], whole: Decimal) -> dict[str, Decimal]:
    """Returns the customer's movement over the parts that moved its way; what is left over moved between parts."""
    same = [part for part, amount in change.items() if amount * whole > 0]
    shares = split(abs(whole), [abs(change[part]) for part in same], CENT) if same else []
    sign = 1 if whole > 0 else -1
    return dict.fromkeys(change, NONE) | {part: sign * share for part, share in zip(same, shares, strict=True)}


def arr_bridge(live: Live, moves: list[Movement], *, whole: bool = False, by: By = "segment") -> pd.DataFrame:
    """Returns the ARR bridge per month and segment, or per month and product, movements without an amount included as zero.

    Defined as::

        opening + new + reactivation + expansion + contraction + churn + currency + transfer = closing       to the cent
        opening = closing of the month before            ARR = 12 * MRR            transfer sums to 0 over the parts

    Args:
        live: The live book.
        moves: What `movements` yields of it, shared to the same parts.
        whole: As given to `movements`: with a book that begins in the middle the first bridge is that of the second month.
        by: What parts the business, as given to `movements`.

    Returns:
        The frame `arr_bridge`, or `product_bridge` by product: month, segment or product, movement (`opening`, the movements,
        `closing`), amount; signed, in reporting currency.
    """
    months = list(live)
    parts = sorted({part for book in live.values() for each in book.values() for part in by_part(each, by)})
    sums = {(month, part, kind): NONE for month in months for part in parts for kind in MOVEMENTS}
    for move in moves:
        sums[move.month, move.part, move.kind] += move.amount
    rows: list[tuple[pd.Timestamp, str, str, Decimal]] = []
    closes = {month: _closing(book, by) for month, book in live.items()}
    for index, month in enumerate(months if whole else months[1:]):
        opens = closes[months[index - int(whole)]] if index or not whole else {}
        for part in parts:
            steps = [(kind, sums[month, part, kind]) for kind in MOVEMENTS]
            told = [("opening", opens.get(part, NONE)), *steps, ("closing", closes[month].get(part, NONE))]
            rows += [(month, part, kind, 12 * amount) for kind, amount in told]
    name = BRIDGES[by]
    return conformed(name, pd.DataFrame(rows, columns=["month", by, "movement", "amount"])) if rows else empty(name)


def _closing(book: Mapping[str, Parts], by: By) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for parts in live_customers(dict(book)).values():
        for part, amount in by_part(parts, by).items():
            found[part] = found.get(part, NONE) + amount
    return found


def levels(live: Live) -> Iterator[Row]:
    """Yields arr, customers and arpa of each month, and from the second one on the customers that it opened with.

    Defined as::

        arr    12 * MRR at the close            customers    customers with MRR > 0            arpa    MRR / customers
    """
    before: int | None = None
    for month, book in live.items():
        amounts = [recurring_amount(parts) for parts in live_customers(book).values()]
        mrr = sum(amounts, NONE)
        if before is not None:
            yield "opening_customers", "", month, Decimal(before)
        before = len(amounts)
        yield "arr", "", month, 12 * mrr
        yield "customers", "", month, Decimal(len(amounts))
        if amounts:
            yield "arpa", "", month, mrr / len(amounts)


def bridge_metrics(bridge: pd.DataFrame, moves: list[Movement]) -> Iterator[Row]:
    """Yields each movement of the company as a metric, and the customers behind new, reactivation and churn; losses count positive."""
    totals: dict[tuple[pd.Timestamp, str], Decimal] = {}
    for month, kind, amount in zip(bridge["month"], bridge["movement"], bridge["amount"], strict=True):
        totals[month, kind] = totals.get((month, kind), NONE) + amount
    customers = {(move.month, move.kind, move.customer) for move in moves}
    for (month, kind), amount in totals.items():
        if kind in METRICS:
            metric, sign = METRICS[kind]
            yield metric, "", month, sign * amount
    for month in sorted(set(bridge["month"])):
        for kind, metric in COUNTS.items():
            yield metric, "", month, Decimal(sum(1 for when, what, _ in customers if when == month and what == kind))


def bridge_tie(bridge: pd.DataFrame) -> tuple[str, Decimal, Decimal]:
    """Returns the bridge's control total: what it must be equal in, the ARR that the movements lead to, and the closing ARR."""
    months = sorted(set(bridge["month"]))
    first, last = bridge[bridge["month"] == months[0]], bridge[bridge["month"] == months[-1]]
    start = sum(first.loc[first["movement"] == "opening", "amount"], NONE)
    moved = sum(bridge.loc[bridge["movement"].isin(MOVEMENTS), "amount"], NONE)
    end = sum(last.loc[last["movement"] == "closing", "amount"], NONE)
    return f"ARR: the opening and the movements of {len(months)} months lead to the closing", start + moved, end


def product_tie(bridge: pd.DataFrame, products: pd.DataFrame) -> tuple[str, Decimal, Decimal]:
    """Returns the control total of the bridge by product: by how much its movements are apart from the company's, all months together, and zero."""
    apart: dict[tuple[pd.Timestamp, str], Decimal] = {}
    for frame, sign in ((bridge, 1), (products, -1)):
        for month, kind, amount in zip(frame["month"], frame["movement"], frame["amount"], strict=True):
            apart[month, kind] = apart.get((month, kind), NONE) + sign * amount
    count = len(set(products["product"]))
    return f"ARR: every movement of {counted(count, 'product')} is the company's, month by month", sum(map(abs, apart.values()), NONE), NONE
