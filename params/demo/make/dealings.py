"""What the two entities book against one another: the squad in Berlin develops for Larkfield, Inc. at cost plus five per cent.

Defined as::

    invoice        costs of the Berlin squad in the month * 1.05, in euro, on the last day of the month
    Larkfield, Inc. books it in dollars at the month's average and pays it the month after at that month's average; the difference of
                   the two rates is its own
    booked late    the invoice of August 2026 lay until September at Larkfield, Inc., and was paid in October
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from make.books import CASH, GROUP_COST, GROUP_INCOME, OWED_BY_GROUP, OWED_TO_GROUP, RATE_DIFFERENCE, Journal, Line, cents, journal
from make.months import END, first_day, last_day, month, workday
from make.rates import average

SQUAD, BUYER = "325", "320"
MARK_UP = Decimal("1.05")
BOOKED_LATE = month(2026, 8)


def dealing_journals(others: list[Journal]) -> Iterator[Journal]:
    """Yields the monthly invoice on both sides and its payment.

    Args:
        others: Every journal that makes the squad's costs.
    """
    costs: dict[int, Decimal] = defaultdict(Decimal)
    for each in others:
        costs[each.month] += sum((line.amount for line in each.lines if each.entity == "de" and line.department == SQUAD and line.account >= "4"), Decimal(0))
    for number, cost in sorted(costs.items()):
        euro = cents(cost * MARK_UP)
        booked = number + 1 if number == BOOKED_LATE else number
        yield from _invoice(number, booked, euro)
        yield from _payment(number, booked + 1, euro)


def _invoice(number: int, booked: int, euro: Decimal) -> Iterator[Journal]:
    memo, dollars = f"Development services, {first_day(number):%B %Y}", cents(euro * average(number))
    yield from journal("de", last_day(number), "Journal", memo, [Line(OWED_BY_GROUP, euro, memo=memo), Line(GROUP_INCOME, -euro, SQUAD, memo=memo)])
    if booked < END:
        yield from journal("us", last_day(booked), "Journal", memo, [Line(GROUP_COST, dollars, BUYER, memo=memo), Line(OWED_TO_GROUP, -dollars, memo=memo)])


def _payment(number: int, paid: int, euro: Decimal) -> Iterator[Journal]:
    if paid >= END:
        return
    memo, day = f"Development services of {first_day(number):%B %Y} paid", workday(first_day(paid) + timedelta(days=14))
    owed, dollars = cents(euro * average(number)), cents(euro * average(paid))
    lines = [Line(OWED_TO_GROUP, owed, memo=memo), Line(CASH, -dollars, memo=memo), Line(RATE_DIFFERENCE, dollars - owed, BUYER, memo=memo)]
    yield from journal("us", day, "Journal", memo, lines)
    yield from journal("de", day, "Journal", memo, [Line(CASH, euro, memo=memo), Line(OWED_BY_GROUP, -euro, memo=memo)])
