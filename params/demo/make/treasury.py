"""What is neither sold, paid to people nor bought month by month: equipment and its depreciation, insurance, income tax, interest.

Defined as::

    depreciation   cost ÷ 36 from the month after the purchase, each month the difference of the rounded running totals
    insurance      billed for the year in January, an expense of 1/12 each month
    income tax     a fixed prepayment accrued each month, paid after each quarter
    interest       3.6 % a year on the US account's balance at the close of the month before; the bank pools the accounts of both
                   entities, so what one pays the other changes nothing
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from make.books import ASSETS, CASH, ENTITIES, OPENING_CASH, PAYABLE, PREPAID, TAX_DUE, WORN, Journal, Line, balances, cents, journal
from make.months import END, FIRST, WARM_UP, first_day, last_day, month, month_of_year, workday, year_of
from make.staff import Person

FINANCE = "120"
LIFE = 36
LAPTOP = {"us": Decimal("2140.00"), "de": Decimal("1890.00")}
OTHER_ASSETS = (
    ("us", month(2022, 3), Decimal("186400.00"), "Kestrel Computers"),
    ("us", month(2022, 11), Decimal("142250.00"), "Kestrel Computers"),
    ("de", month(2022, 6), Decimal("38600.00"), "Kestrel Computers Europe"),
    ("us", month(2024, 6), Decimal("58700.00"), "Northlight Interiors"),
    ("de", month(2025, 2), Decimal("21350.00"), "Northlight Interiors Europe"),
    ("us", month(2025, 9), Decimal("74900.00"), "Kestrel Computers"),
    ("us", month(2026, 8), Decimal("41680.00"), "Kestrel Computers"),
)
INSURANCE = {2023: 78000, 2024: 84000, 2025: 91200, 2026: 98400, 2027: 108000}
TAX = {"us": {2023: 5200, 2024: 5800, 2025: 6900, 2026: 7900, 2027: 8600}, "de": {2023: 2600, 2024: 2900, 2025: 3400, 2026: 3900, 2027: 4300}}
INTEREST = Decimal("0.036")


def treasury_journals(people: list[Person]) -> Iterator[Journal]:
    """Yields equipment, insurance and income tax."""
    assets = _assets(people)
    for entity, bought, cost, vendor in assets:
        yield from _asset(entity, bought, cost, vendor)
    yield from _depreciation(assets)
    for year, premium in INSURANCE.items():
        yield from _insurance(year, Decimal(premium))
    for number in range(WARM_UP, END):
        for entity in ENTITIES:
            yield from _income_tax(entity, number)


def _assets(people: list[Person]) -> list[tuple[str, int, Decimal, str]]:
    laptops = []
    for number in range(WARM_UP, END):
        for entity in ENTITIES:
            starters = sum(1 for each in people if each.entity == entity and first_day(number) <= each.start <= last_day(number))
            if starters:
                laptops.append((entity, number, LAPTOP[entity] * starters, "Kestrel Computers" if entity == "us" else "Kestrel Computers Europe"))
    return [*OTHER_ASSETS, *laptops]


def _asset(entity: str, bought: int, cost: Decimal, vendor: str) -> Iterator[Journal]:
    memo = f"Equipment of {vendor}"
    yield from journal(
        entity,
        workday(first_day(bought) + timedelta(days=6)),
        "VendBill",
        memo,
        [Line(ASSETS, cost, vendor=vendor, memo=memo), Line(PAYABLE, -cost, vendor=vendor, memo=memo)],
        vendor,
    )
    if bought + 1 < END:
        lines = [Line(PAYABLE, cost, vendor=vendor, memo=memo), Line(CASH, -cost, memo=memo)]
        yield from journal(entity, workday(first_day(bought + 1) + timedelta(days=19)), "VendPymt", memo, lines, vendor)


def _depreciation(assets: list[tuple[str, int, Decimal, str]]) -> Iterator[Journal]:
    worn: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for entity, bought, cost, _ in assets:
        for step in range(1, LIFE + 1):
            worn[entity, bought + step] += cents(cost * step / LIFE) - cents(cost * (step - 1) / LIFE)
    for (entity, number), amount in worn.items():
        if number < END:
            yield from journal(
                entity,
                last_day(number),
                "Journal",
                "Depreciation",
                [Line("8300", amount, FINANCE, memo="Depreciation"), Line(WORN, -amount, memo="Depreciation")],
            )


def _insurance(year: int, premium: Decimal) -> Iterator[Journal]:
    vendor, january = "Brightwater Insurance", month(year, 1)
    memo = f"Insurance of {year}"
    yield from journal(
        "us",
        workday(first_day(january) + timedelta(days=8)),
        "VendBill",
        memo,
        [Line(PREPAID, premium, vendor=vendor, memo=memo), Line(PAYABLE, -premium, vendor=vendor, memo=memo)],
        vendor,
    )
    yield from journal(
        "us",
        workday(first_day(january + 1) + timedelta(days=19)),
        "VendPymt",
        memo,
        [Line(PAYABLE, premium, vendor=vendor, memo=memo), Line(CASH, -premium, memo=memo)],
        vendor,
    )
    for number in range(january, min(january + 12, END)):
        yield from journal(
            "us", last_day(number), "Journal", "Insurance", [Line("8120", premium / 12, FINANCE, memo=memo), Line(PREPAID, -premium / 12, memo=memo)]
        )


def _income_tax(entity: str, number: int) -> Iterator[Journal]:
    amount = Decimal(TAX[entity][year_of(number)])
    yield from journal(
        entity, last_day(number), "Journal", "Income tax", [Line("9510", amount, FINANCE, memo="Prepayment"), Line(TAX_DUE, -amount, memo="Prepayment")]
    )
    if month_of_year(number) % 3 == 1:
        owed = sum((Decimal(TAX[entity][year_of(each)]) for each in range(number - 3, number) if each >= WARM_UP), Decimal(0))
        yield from journal(
            entity,
            workday(first_day(number) + timedelta(days=14)),
            "Journal",
            "Income tax paid",
            [Line(TAX_DUE, owed, memo="Quarter"), Line(CASH, -owed, memo="Quarter")],
        )


def interest_journals(others: list[Journal]) -> Iterator[Journal]:
    """Yields the interest of each exported month, on the US balance that all other journals and earlier interest leave.

    Args:
        others: Every other journal, without what the entities pay one another.
    """
    moved = balances(others, CASH)
    balance = OPENING_CASH["us"]
    for number in range(FIRST, END):
        interest = cents(balance * INTEREST / 12)
        yield from journal(
            "us", last_day(number), "Journal", "Interest", [Line(CASH, interest, memo="Interest"), Line("9010", -interest, FINANCE, memo="Interest")]
        )
        balance += moved["us", number] + interest
