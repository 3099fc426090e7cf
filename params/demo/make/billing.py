"""From contracts to books: billings by term in advance, deferred revenue, revenue by month, and when customers pay.

Defined as::

    revenue of a month     MRR of every phase that runs in it
    billing                at the start of a term: MRR × its months; where seats are added within a term: the added MRR × months left
    deferred revenue       MRR × months of the term that are left after the month, so never below zero for any contract
    implementation fee     8 % of the first year's value of new mid-market and enterprise customers, billed and earned in their first month
    collections            monthly terms in the month of the billing (card); longer terms and fees 60 % in the next month, 40 % in the one after
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from make.books import CASH, DEFERRED, ENTITIES, RECEIVABLE, Journal, Line, cents, journal
from make.customers import PRODUCTS, SEGMENTS, Phase
from make.months import END, FIRST, first_day, last_day

REVENUE_ACCOUNT = {"dispatch": "4010", "insights": "4020"}
SERVICES_ACCOUNT = "4110"
SALES_DEPARTMENT = {"us": "210", "de": "220"}
FEE_SHARE = Decimal("0.08")
Amounts = dict[tuple[str, str, int], Decimal]


def entity_of(phase: Phase) -> str:
    """Returns the entity that sells to the customer."""
    return "de" if phase.customer.currency == "EUR" else "us"


def billed(phase: Phase, before: Decimal, number: int) -> Decimal:
    """Returns what is billed for a phase in a month.

    Args:
        phase: A phase that runs in the month.
        before: MRR of the contract's phase before, for a change within a term.
        number: The month.
    """
    if (number - phase.anchor) % phase.term == 0:
        return phase.monthly * phase.term
    if number == phase.start:
        return (phase.monthly - before) * (phase.months_left(number) + 1)
    return Decimal(0)


def implementation_fee(phase: Phase) -> Decimal:
    """Returns the one-time fee of a new contract for Dispatch; none for small customers."""
    if phase.product != "dispatch" or phase.customer.segment == "smb" or phase.start != phase.anchor or phase.start < FIRST - 3:
        return Decimal(0)
    return cents(phase.monthly * 12 * FEE_SHARE)


class Sales:
    """Amounts by entity, key and month that the books take from the contracts."""

    def __init__(self, phases: Iterable[Phase]) -> None:
        self.phases = list(phases)
        self.revenue: Amounts = defaultdict(Decimal)
        self.billed: Amounts = defaultdict(Decimal)
        self.fees: Amounts = defaultdict(Decimal)
        self.cards: Amounts = defaultdict(Decimal)
        self.bookings: Amounts = defaultdict(Decimal)
        self.seats: dict[int, int] = defaultdict(int)
        before: dict[str, Decimal] = {}
        seen: set[str] = set()
        for phase in self.phases:
            self._add(phase, before.get(phase.contract, Decimal(0)), phase.contract not in seen)
            before[phase.contract] = phase.monthly
            seen.add(phase.contract)

    def _add(self, phase: Phase, before: Decimal, first: bool) -> None:
        entity = entity_of(phase)
        for number in range(max(FIRST - 3, phase.start), phase.end or END):
            amount = billed(phase, before, number)
            self.billed[entity, phase.customer.segment, number] += amount
            self.revenue[entity, phase.product, number] += phase.monthly
            self.seats[number] += phase.seats
            if phase.term == 1:
                self.cards[entity, "", number] += amount
        if first:
            self.fees[entity, phase.customer.segment, phase.start] += implementation_fee(phase)
        self.bookings[entity, "", phase.start] += max(Decimal(0), phase.monthly - before) * 12

    def deferred(self, entity: str, number: int) -> Decimal:
        """Returns deferred revenue at the close of a month."""
        live = (phase for phase in self.phases if phase.live(number) and entity_of(phase) == entity)
        return sum((phase.monthly * phase.months_left(number) for phase in live), Decimal(0))

    def turnover(self, entity: str, number: int) -> Decimal:
        """Returns an entity's subscription revenue of a month, in its currency."""
        return sum((self.revenue[entity, product, number] for product in PRODUCTS), Decimal(0))


def sales_journals(sales: Sales) -> Iterator[Journal]:
    """Yields invoices, revenue and collections of every month since three before the first exported one."""
    for number in range(FIRST - 3, END):
        for entity in ENTITIES:
            yield from _invoices(sales, entity, number)
            yield from _earned(sales, entity, number)
            yield from _collected(sales, entity, number)


def _invoices(sales: Sales, entity: str, number: int) -> Iterator[Journal]:
    department = SALES_DEPARTMENT[entity]
    for segment in SEGMENTS:
        fee, subscriptions = sales.fees[entity, segment, number], sales.billed[entity, segment, number]
        lines = [
            Line(RECEIVABLE, subscriptions + fee, memo=f"Invoices {segment}"),
            Line(DEFERRED, -subscriptions, memo=f"Subscriptions billed {segment}"),
            Line(SERVICES_ACCOUNT, -fee, department, memo=f"Implementation fees {segment}"),
        ]
        yield from journal(entity, first_day(number) + timedelta(days=1), "CustInvc", f"Invoices {segment}", lines)


def _earned(sales: Sales, entity: str, number: int) -> Iterator[Journal]:
    amounts = {product: sales.revenue[entity, product, number] for product in PRODUCTS}
    lines = [Line(REVENUE_ACCOUNT[product], -amount, SALES_DEPARTMENT[entity], memo=f"Revenue {product}") for product, amount in amounts.items()]
    lines.append(Line(DEFERRED, sum(amounts.values(), Decimal(0)), memo="Subscriptions earned"))
    yield from journal(entity, last_day(number), "Journal", "Revenue recognition", lines)


def _collected(sales: Sales, entity: str, number: int) -> Iterator[Journal]:
    card = sales.cards[entity, "", number]
    early, late = _invoiced(sales, entity, number - 1), _invoiced(sales, entity, number - 2)
    transfers = cents(early * Decimal("0.6")) + late - cents(late * Decimal("0.6"))
    yield from _received(entity, first_day(number) + timedelta(days=2), "Card payments", card)
    yield from _received(entity, first_day(number) + timedelta(days=24), "Bank transfers of customers", transfers)


def _received(entity: str, day: date, memo: str, amount: Decimal) -> Iterator[Journal]:
    return journal(entity, day, "CustPymt", memo, [Line(CASH, amount, memo=memo), Line(RECEIVABLE, -amount, memo=memo)])


def _invoiced(sales: Sales, entity: str, number: int) -> Decimal:
    total = sum((sales.billed[entity, segment, number] + sales.fees[entity, segment, number] for segment in SEGMENTS), Decimal(0))
    return total - sales.cards[entity, "", number]
