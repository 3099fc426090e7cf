"""The journals of both entities: each balances, and what lies before the first exported month becomes the opening balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from make.months import FIRST, first_day, month_of

CENT = Decimal("0.01")
ENTITIES = ("us", "de")
CURRENCY = {"us": "USD", "de": "EUR"}
CASH, RECEIVABLE, PREPAID, ASSETS, WORN = "1000", "1100", "1200", "1500", "1590"
PAYABLE, ACCRUED, PAYROLL_TAX, DEFERRED, TAX_DUE = "2000", "2100", "2150", "2200", "2300"
CAPITAL, RETAINED = "3000", "3900"
OWED_BY_GROUP, OWED_TO_GROUP, GROUP_INCOME, GROUP_COST, RATE_DIFFERENCE = "1900", "2900", "9110", "9120", "9130"
OPENING_CASH = {"us": Decimal("9716480.35"), "de": Decimal("1384215.70")}
OPENING_CAPITAL = {"us": Decimal("24500000.00"), "de": Decimal("500000.00")}


def cents(value: Decimal) -> Decimal:
    """Returns a value rounded to the cent, half to even."""
    return value.quantize(CENT, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Line:
    """One line of a journal; debit positive, credit negative, in the entity's currency."""

    account: str
    amount: Decimal
    department: str = ""
    vendor: str = ""
    memo: str = ""


@dataclass(frozen=True)
class Journal:
    """One transaction of one entity.

    Attributes:
        kind: Journal, VendBill, VendPymt, CustInvc or CustPymt, as NetSuite names them.
    """

    entity: str
    day: date
    kind: str
    memo: str
    lines: tuple[Line, ...]
    vendor: str = ""

    @property
    def month(self) -> int:
        """The month it is posted to."""
        return month_of(self.day)


def journal(entity: str, day: date, kind: str, memo: str, lines: Iterable[Line], vendor: str = "") -> Iterator[Journal]:
    """Yields a journal without its zero lines; nothing when none is left.

    Raises:
        ValueError: If debits and credits differ, or a P&L line has no department.
    """
    kept = tuple(line for line in lines if line.amount)
    if sum(line.amount for line in kept):
        raise ValueError(f"{entity} {day} {memo}: debits and credits differ by {sum(line.amount for line in kept)}")
    if any(line.account >= "4" and not line.department for line in kept):
        raise ValueError(f"{entity} {day} {memo}: a P&L line without a department")
    if kept:
        yield Journal(entity, day, kind, memo, kept, vendor)


def opened(journals: Iterable[Journal], deferred: dict[str, Decimal]) -> list[Journal]:
    """Returns the journals of the exported months, the opening balances first.

    Defined as::

        opening balance   what the earlier journals leave on the balance sheet; cash, paid-in capital and deferred
                          revenue as given; retained earnings take the rest

    Args:
        journals: Every journal since the warm-up.
        deferred: Deferred revenue at the opening by entity, from the contracts.
    """
    before: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    kept = []
    for each in journals:
        if each.month >= FIRST:
            kept.append(each)
            continue
        for line in each.lines:
            before[each.entity, line.account] += line.amount
    opening = [entry for entity in ENTITIES for entry in _opening(entity, before, deferred[entity])]
    return opening + sorted(kept, key=lambda each: (each.day, ENTITIES.index(each.entity), each.kind, each.memo, each.vendor))


def _opening(entity: str, before: dict[tuple[str, str], Decimal], deferred: Decimal) -> Iterator[Journal]:
    balances = {account: amount for (owner, account), amount in sorted(before.items()) if owner == entity and account < CAPITAL}
    balances |= {CASH: OPENING_CASH[entity], DEFERRED: -deferred, CAPITAL: -OPENING_CAPITAL[entity]}
    balances[RETAINED] = -sum(balances.values(), Decimal(0))
    lines = [Line(account, amount, memo="Opening balance") for account, amount in sorted(balances.items())]
    return journal(entity, first_day(FIRST), "Journal", "Opening balances at 30 September 2023", lines)


def balances(journals: Iterable[Journal], account: str) -> dict[tuple[str, int], Decimal]:
    """Returns an account's movement by entity and month."""
    moved: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for each in journals:
        for line in each.lines:
            if line.account == account:
                moved[each.entity, each.month] += line.amount
    return moved
