"""What is bought, from whom, by which department, and how the amount of a month comes about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random

from make.billing import Sales
from make.books import CASH, ENTITIES, PAYABLE, Journal, Line, cents, journal
from make.months import END, FIRST, WARM_UP, first_day, last_day, month, month_of_year, workday
from make.staff import Person

FAIRS = (0.3, 0.5, 2.6, 0.6, 0.8, 2.2, 0.4, 0.4, 1.9, 1.6, 0.5, 0.2)
CAMPAIGNS = (1.1, 1.0, 1.2, 0.9, 1.0, 1.1, 0.7, 0.7, 1.2, 1.1, 1.1, 0.9)
AUDIT = (1.0, 2.6, 2.8, 1.4, 0.5, 0.4, 0.4, 0.4, 0.5, 0.6, 0.7, 0.7)
TRIPS = (0.8, 1.0, 1.3, 0.9, 1.1, 1.2, 0.6, 0.6, 1.3, 1.2, 1.1, 0.9)
FLAT = (1.0,) * 12
QUARTER = range(month(2027, 1), month(2027, 4))


@dataclass(frozen=True)
class Purchase:
    """One vendor's bill line of every month.

    Attributes:
        base: Amount per unit of what it follows, in the entity's currency, at October 2023.
        follows: fixed, revenue (of the entity), seats (of the company), cards (of the entity), fees (of the entity), hires (of the entity),
            heads (of the entity) or heads:NUMBER (of the department in the entity).
        growth: Yearly rise.
        spread: Largest deviation of a month.
        season: Factor of each calendar month.
        lag: Months until it is paid.
        factors: What was different in some months.
    """

    vendor: str
    entity: str
    department: str
    account: str
    base: float
    follows: str = "fixed"
    growth: float = 0.03
    spread: float = 0.06
    season: tuple[float, ...] = FLAT
    lag: int = 1
    factors: dict[int, float] = field(default_factory=dict)


def _each(months: Iterable[int], factor: float) -> dict[int, float]:
    return dict.fromkeys(months, factor)


OVERSPENT_FAIRS = _each(range(month(2026, 3), month(2026, 10)), 1.38) | _each((month(2027, 3),), 1.62)
NO_COMMITMENT = _each(QUARTER, 1.14)  # the cloud provider's discount was planned for January and is not signed

PURCHASES = (
    Purchase("Nimbus Cloud Europe", "de", "330", "5010", 0.091, "revenue", 0.0, 0.025),
    Purchase("Nimbus Cloud", "us", "330", "5010", 0.094, "revenue", 0.005, 0.025, factors=_each(range(month(2026, 4), month(2026, 10)), 1.06) | NO_COMMITMENT),
    Purchase("MapGrid", "us", "330", "5020", 0.019, "revenue", 0.0, 0.03),
    Purchase("MapGrid Europe", "de", "330", "5020", 0.019, "revenue", 0.0, 0.03),
    Purchase("Pingwell Messaging", "us", "330", "5020", 0.17, "seats", 0.02, 0.05),
    Purchase("Paylane", "us", "120", "5030", 0.024, "cards", 0.0, 0.0),
    Purchase("Paylane Europe", "de", "120", "5030", 0.019, "cards", 0.0, 0.0),
    Purchase("Watchtower Monitoring", "us", "330", "5140", 8200, growth=0.10),
    Purchase("Helpdock", "us", "420", "5140", 3600, growth=0.08, spread=0.0),
    Purchase("Redfern Incident Response", "us", "330", "5150", 48600, growth=0.0, spread=0.0, factors={month(2026, 7): 1.0}),
    Purchase("Fieldstone Partners", "us", "410", "5510", 0.70, "fees", 0.0, 0.0),
    Purchase("Montagewerk Partner", "de", "410", "5510", 0.72, "fees", 0.0, 0.0),
    Purchase("Adreach", "us", "230", "6110", 24000, growth=0.10, season=CAMPAIGNS, factors=_each(QUARTER, 0.74)),
    Purchase("Werbenetz Rhein", "de", "230", "6110", 5200, growth=0.10, season=CAMPAIGNS),
    Purchase("Summit Trade Fairs", "us", "230", "6120", 19500, growth=0.06, season=FAIRS, factors=OVERSPENT_FAIRS),
    Purchase("Messe Rheinland", "de", "230", "6120", 4800, growth=0.05, season=FAIRS),
    Purchase("Copper Lantern Studio", "us", "230", "6130", 10800, growth=0.05),
    Purchase("Wayfarer Travel", "us", "210", "6210", 420, "heads:210", season=TRIPS),
    Purchase("Wayfarer Travel", "us", "230", "6210", 190, "heads:230", season=TRIPS),
    Purchase("Wayfarer Travel", "us", "410", "6210", 270, "heads:410", season=TRIPS),
    Purchase("Reisebüro Kompass", "de", "220", "6210", 340, "heads:220", season=TRIPS),
    Purchase("Larkspur CRM", "us", "210", "6220", 172, "heads:210", 0.04, 0.0),
    Purchase("Larkspur CRM", "us", "410", "6220", 118, "heads:410", 0.04, 0.0),
    Purchase("Leadloft", "us", "230", "6220", 3900, growth=0.06, spread=0.0),
    Purchase("Brightcode Contractors", "us", "320", "7110", 17500, growth=0.04, spread=0.12),
    Purchase("Kodewerk", "de", "325", "7110", 4200, growth=0.04, spread=0.12),
    Purchase("Fieldnote Research", "us", "310", "7120", 2100),
    Purchase("Halvorsen Pricing Advisory", "us", "310", "7120", 40500, growth=0.0, spread=0.0, lag=2, factors={month(2027, 2): 0.95, month(2027, 3): 1.1}),
    Purchase("Wayfarer Travel", "us", "320", "7210", 90, "heads:320", season=TRIPS),
    Purchase("Wayfarer Travel", "us", "310", "7210", 150, "heads:310", season=TRIPS),
    Purchase("Reisebüro Kompass", "de", "325", "7210", 85, "heads:325", season=TRIPS),
    Purchase("Gitforge", "us", "320", "7220", 235, "heads:320", 0.05, 0.0),
    Purchase("Gitforge", "de", "325", "7220", 205, "heads:325", 0.05, 0.0),
    Purchase("Nimbus Cloud", "us", "320", "7220", 7600, growth=0.08),
    Purchase("Designroom", "us", "310", "7220", 1850, growth=0.05, spread=0.0),
    Purchase("Harbor Point Properties", "us", "130", "8110", 27500, growth=0.03, spread=0.0),
    Purchase("Spreehof Immobilien", "de", "130", "8110", 6900, growth=0.03, spread=0.0),
    Purchase("Ashgrove Legal", "us", "120", "8130", 6200, spread=0.45, lag=2),
    Purchase("Kanzlei Lindner", "de", "120", "8130", 1500, spread=0.35, lag=2),
    Purchase("Whitcomb & Rowe", "us", "120", "8140", 7400, growth=0.04, season=AUDIT, lag=2),
    Purchase("Steuerbüro Falk", "de", "120", "8140", 1900, growth=0.04, season=AUDIT, lag=2),
    Purchase("TalentBridge", "us", "130", "8150", 8400, "hires", 0.02, 0.10),
    Purchase("TalentBridge Europe", "de", "130", "8150", 7200, "hires", 0.02, 0.10),
    Purchase("Learnwell", "us", "130", "8160", 31, "heads", 0.03, 0.10),
    Purchase("Wayfarer Travel", "us", "110", "8210", 2600, season=TRIPS),
    Purchase("Wayfarer Travel", "us", "120", "8210", 850, season=TRIPS),
    Purchase("Ledgerly", "us", "120", "8220", 6800, growth=0.06, spread=0.0),
    Purchase("Officekit", "us", "130", "8220", 61, "heads", 0.04, 0.0),
    Purchase("Officekit", "de", "130", "8220", 54, "heads", 0.04, 0.0),
    Purchase("Brookline Advisors", "us", "110", "8210", 1400, growth=0.0, spread=0.3, season=(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1)),
)
ONE_OFF = {"Redfern Incident Response", "Halvorsen Pricing Advisory"}


class Volumes:
    """What bills follow, by month."""

    def __init__(self, sales: Sales, people: list[Person]) -> None:
        self.sales, self.people = sales, people

    def of(self, purchase: Purchase, number: int) -> float:
        """Returns the units that a purchase follows in a month; sales before the first exported month count as in it."""
        sold = max(number, FIRST)
        kind, _, department = purchase.follows.partition(":")
        if kind == "heads":
            day = last_day(number)
            return sum(1.0 for each in self.people if each.entity == purchase.entity and each.employed(day) and department in {"", each.department(day)})
        if kind == "hires":
            return sum(1.0 for each in self.people if each.entity == purchase.entity and first_day(number) <= each.start <= last_day(number))
        if kind == "fees":
            return float(sum(amount for (entity, _, when), amount in self.sales.fees.items() if entity == purchase.entity and when == number))
        return {
            "fixed": 1.0,
            "revenue": float(self.sales.turnover(purchase.entity, sold)),
            "seats": float(self.sales.seats[sold]),
            "cards": float(self.sales.cards[purchase.entity, "", sold]),
        }[kind]


def bills(sales: Sales, people: list[Person]) -> list[tuple[Purchase, int, Decimal]]:
    """Returns every bill: what, in which month, how much."""
    volumes, found = Volumes(sales, people), []
    for index, purchase in enumerate(PURCHASES):
        rng = Random(9000 + index)
        for number in range(WARM_UP, END):
            amount = _amount(purchase, volumes.of(purchase, number), number, rng.uniform(-1, 1))
            if amount > 0:
                found.append((purchase, number, amount))
    return found


def _amount(purchase: Purchase, volume: float, number: int, draw: float) -> Decimal:
    if purchase.vendor in ONE_OFF and number not in purchase.factors:
        return Decimal(0)
    years = max(0.0, (number - FIRST) / 12)
    factor = purchase.factors.get(number, 1.0) * purchase.season[month_of_year(number) - 1] * (1 + purchase.growth * years) * (1 + purchase.spread * draw)
    return cents(Decimal(repr(round(purchase.base * volume * factor, 2))))


def vendor_journals(found: list[tuple[Purchase, int, Decimal]]) -> Iterator[Journal]:
    """Yields the bills, one per vendor, entity and month, and one payment run per entity and month."""
    for number in range(WARM_UP, END):
        for entity in ENTITIES:
            month_bills = [(purchase, amount) for purchase, when, amount in found if when == number and purchase.entity == entity]
            for vendor in sorted({purchase.vendor for purchase, _ in month_bills}):
                yield from _bill(entity, number, vendor, [pair for pair in month_bills if pair[0].vendor == vendor])
            due = [(purchase.vendor, amount) for purchase, when, amount in found if purchase.entity == entity and when == number - purchase.lag]
            yield from paid(entity, number, due)


def _bill(entity: str, number: int, vendor: str, parts: list[tuple[Purchase, Decimal]]) -> Iterator[Journal]:
    lines = [Line(purchase.account, amount, purchase.department, vendor, f"{vendor} {purchase.account}") for purchase, amount in parts]
    lines.append(Line(PAYABLE, -sum((amount for _, amount in parts), Decimal(0)), vendor=vendor, memo=f"Bill of {vendor}"))
    day = workday(last_day(number) - timedelta(days=sum(map(ord, vendor)) % 12))
    return journal(entity, day, "VendBill", f"Bill of {vendor}", lines, vendor)


def paid(entity: str, number: int, due: list[tuple[str, Decimal]]) -> Iterator[Journal]:
    """Yields the month's payment run: one line per vendor."""
    owed: dict[str, Decimal] = {}
    for vendor, amount in due:
        owed[vendor] = owed.get(vendor, Decimal(0)) + amount
    lines = [Line(PAYABLE, amount, vendor=vendor, memo=f"Payment to {vendor}") for vendor, amount in sorted(owed.items())]
    lines.append(Line(CASH, -sum(owed.values(), Decimal(0)), memo="Payment run"))
    return journal(entity, workday(first_day(number) + timedelta(days=19)), "VendPymt", "Payment run", lines)
