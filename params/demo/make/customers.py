"""Who buys, and what: customers, their contracts and each phase of a contract in which quantity and price stay the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from make.months import END, FIRST, first_day, moment, month, month_of_year
from make.names import firm_names

SEGMENTS = ("smb", "mid_market", "enterprise")
PRODUCTS = ("dispatch", "insights")
PRICE_STEP = month(2026, 2)  # list prices of Dispatch rise for new and renewing contracts
# cents per seat and month before and after the price step
PRICES = {
    ("dispatch", "smb", "USD"): (4900, 5200),
    ("dispatch", "mid_market", "USD"): (4200, 4450),
    ("dispatch", "enterprise", "USD"): (3500, 3700),
    ("dispatch", "smb", "EUR"): (4600, 4900),
    ("dispatch", "mid_market", "EUR"): (3900, 4150),
    ("dispatch", "enterprise", "EUR"): (3300, 3500),
    ("insights", "smb", "USD"): (1500, 1500),
    ("insights", "mid_market", "USD"): (1300, 1300),
    ("insights", "enterprise", "USD"): (1100, 1100),
    ("insights", "smb", "EUR"): (1400, 1400),
    ("insights", "mid_market", "EUR"): (1200, 1200),
    ("insights", "enterprise", "EUR"): (1000, 1000),
}
SEATS = {"smb": (8, 36), "mid_market": (55, 180), "enterprise": (330, 900)}
OPENING = {"smb": 142, "mid_market": 74, "enterprise": 13}
NEW_A_YEAR = {"smb": (62, 72, 84, 84), "mid_market": (27, 33, 38, 44), "enterprise": (4.4, 5.4, 6.4, 8)}  # years from each October
SEASON = (0.75, 0.85, 1.25, 0.80, 0.90, 1.30, 0.70, 0.75, 1.20, 0.90, 1.05, 1.55)
MISSED_QUARTER = range(month(2027, 1), month(2027, 4))  # mid-market sells a third of what it should
CHURN = {"smb": 0.013, "mid_market": 0.062, "enterprise": 0.035}  # at each renewal
SHRINK = {"smb": 0.004, "mid_market": 0.055, "enterprise": 0.07}
GROW = {"smb": 0.009, "mid_market": 0.019, "enterprise": 0.034}  # in each month
ATTACH = {"smb": (0.10, 0.002), "mid_market": (0.28, 0.007), "enterprise": (0.45, 0.010)}  # at the start, then each month


@dataclass(frozen=True)
class Customer:
    """A customer: EUR customers belong to the German entity."""

    id: str
    name: str
    segment: str
    currency: str
    created: datetime


@dataclass(frozen=True)
class Phase:
    """A stretch of months in which a contract's product, seats and price stay the same: one Stripe subscription.

    Attributes:
        contract: The contract's id; its phases follow one another without a gap.
        term: Months that are billed at once, in advance: 1, 3 or 12.
        anchor: The month from which terms are counted.
        start: First month.
        end: First month after it; None while it runs.
        created: When it was agreed.
        cancelled: When its end was agreed.
    """

    contract: str
    customer: Customer
    product: str
    version: int
    seats: int
    term: int
    anchor: int
    start: int
    created: datetime
    end: int | None = None
    cancelled: datetime | None = None

    @property
    def unit_cents(self) -> int:
        """Price per seat and month."""
        return PRICES[self.product, self.customer.segment, self.customer.currency][self.version - 1]

    @property
    def monthly(self) -> Decimal:
        """MRR in the customer's currency."""
        return Decimal(self.unit_cents * self.seats) / 100

    @property
    def plan(self) -> str:
        """The id of its plan."""
        interval = {1: "month", 3: "quarter", 12: "year"}[self.term]
        return f"{self.product}_{self.customer.segment}_{interval}_{self.customer.currency.lower()}_v{self.version}"

    def live(self, number: int) -> bool:
        """Whether it runs in a month."""
        return self.start <= number and (self.end is None or number < self.end)

    def months_left(self, number: int) -> int:
        """Months of the current term after a month."""
        return self.term - 1 - (number - self.anchor) % self.term


@dataclass
class Market:
    """The market while it is played month by month: what runs, what has ended, and the names and ids not yet used."""

    rng: Random
    names: dict[str, list[str]]
    running: dict[str, Phase] = field(default_factory=dict)
    ended: list[Phase] = field(default_factory=list)
    lost: list[tuple[int, Customer]] = field(default_factory=list)
    carry: dict[str, float] = field(default_factory=dict)
    contracts: int = 0

    def customer(self, segment: str, created: datetime) -> Customer:
        """Returns a new customer."""
        currency = "EUR" if self.rng.random() < {"smb": 0.22, "mid_market": 0.21, "enterprise": 0.16}[segment] else "USD"
        return Customer(stripe_id(self.rng, "cus_"), self.names[currency].pop(), segment, currency, created)

    def open(self, customer: Customer, product: str, seats: int, term: int, anchor: int, start: int, created: datetime, version: int = 1) -> None:
        """Starts a contract."""
        self.contracts += 1
        contract = f"ctr_{self.contracts:05d}"
        self.running[contract] = Phase(contract, customer, product, version, seats, term, anchor, start, created)

    def close(self, phase: Phase, number: int, known: datetime) -> None:
        """Ends a phase at the start of a month; its end is agreed after its beginning."""
        known = max(known, phase.created + timedelta(days=1))
        del self.running[phase.contract]
        self.ended.append(replace(phase, end=number, cancelled=known))

    def change(self, phase: Phase, number: int, known: datetime, seats: int, version: int) -> None:
        """Replaces a phase by one with other seats or another price."""
        known = max(known, phase.created + timedelta(days=1))
        self.close(phase, number, known)
        self.running[phase.contract] = replace(phase, start=number, created=known, seats=seats, version=version)


def stripe_id(rng: Random, prefix: str) -> str:
    """Returns an id as Stripe writes them."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return prefix + "".join(rng.choice(letters) for _ in range(14))


def moment_before(rng: Random, number: int, least: int, most: int) -> datetime:
    """Returns a moment in office hours, some days before a month starts, never on the 14th to 16th: cycles cut there."""
    day = first_day(number) - timedelta(days=rng.randint(least, most))
    if 14 <= day.day <= 16:
        day += timedelta(days=4)
    return moment(day.year, day.month, day.day, rng.randint(8, 17), rng.randint(0, 59), rng.randint(0, 59))


def phases() -> list[Phase]:
    """Returns every phase of every contract through the last exported month, ordered by contract and start."""
    rng = Random(20231001)
    market = Market(rng, firm_names(rng))
    _open_existing(market)
    for number in range(FIRST, END):
        for phase in sorted(market.running.values(), key=lambda each: each.contract):
            _turn(market, phase, number)
        _win_new(market, number)
        _win_back(market, number)
    everything = [*market.ended, *market.running.values()]
    return sorted(everything, key=lambda phase: (phase.contract, phase.start))


def _open_existing(market: Market) -> None:
    for segment in SEGMENTS:
        for _ in range(OPENING[segment]):
            term = _term(market.rng, segment)
            anchor = FIRST - market.rng.randint(1, 12 if term == 12 else term)
            start = anchor - 12 * market.rng.randint(0, 3)
            created = moment_before(market.rng, start, 3, 25)
            _sell(market, market.customer(segment, created), term, anchor, start, created)


def _term(rng: Random, segment: str) -> int:
    draw = rng.random()
    if segment == "smb":
        return 1 if draw < 0.75 else 12
    return 3 if segment == "mid_market" and draw < 0.30 else 12


def _sell(market: Market, customer: Customer, term: int, anchor: int, start: int, created: datetime) -> None:
    version = 2 if start >= PRICE_STEP else 1
    seats = market.rng.randint(*SEATS[customer.segment])
    market.open(customer, "dispatch", seats, term, anchor, start, created, version)
    if market.rng.random() < ATTACH[customer.segment][0]:
        market.open(customer, "insights", max(5, seats * market.rng.randint(40, 90) // 100), term, anchor, start, created)


def _turn(market: Market, phase: Phase, number: int) -> None:
    """Plays one month of a contract: at a renewal it may end, shrink or take the new price; at other times it may grow."""
    if phase.contract not in market.running or phase.start == number:
        return
    segment, rng = phase.customer.segment, market.rng
    renewal = (number - phase.anchor) % phase.term == 0
    if renewal and phase.product == "dispatch" and rng.random() < _churn_rate(segment, phase, number):
        _lose(market, phase.customer, number)
    elif renewal and (rng.random() < SHRINK[segment] or _big_contraction(phase, number)):
        market.change(
            phase,
            number,
            moment_before(rng, number, 4, 40),
            max(3, phase.seats * (66 if _big_contraction(phase, number) else rng.randint(70, 92)) // 100),
            _version(phase, number),
        )
    elif rng.random() < GROW[segment]:
        market.change(
            phase,
            number,
            moment_before(rng, number, 2, 24),
            phase.seats + max(1, phase.seats * rng.randint(6, 20) // 100),
            _version(phase, number) if renewal else phase.version,
        )
    elif renewal and _version(phase, number) != phase.version:
        market.change(phase, number, moment_before(rng, number, 2, 24), phase.seats, _version(phase, number))
    elif phase.product == "dispatch" and rng.random() < ATTACH[segment][1] and not _has_insights(market, phase.customer):
        market.open(
            phase.customer, "insights", max(5, phase.seats * rng.randint(40, 90) // 100), phase.term, phase.anchor, number, moment_before(rng, number, 2, 24)
        )


def _churn_rate(segment: str, phase: Phase, number: int) -> float:
    """After the price step small customers leave more often; in March 2027 a few mid-market customers follow a competitor."""
    rate = CHURN[segment] * (0.35 if phase.term == 3 else 1.0 if phase.term == 1 or segment != "smb" else 9.0)
    if segment == "smb" and PRICE_STEP < number <= PRICE_STEP + 3:
        return rate * 2.4
    return 0.17 if segment == "mid_market" and number == month(2027, 3) else rate


def _big_contraction(phase: Phase, number: int) -> bool:
    """The largest customer that renews in March 2027 gives back a third of its seats."""
    return number == month(2027, 3) and phase.product == "dispatch" and phase.seats > 1000


def _version(phase: Phase, number: int) -> int:
    return 2 if number >= PRICE_STEP and phase.product == "dispatch" else phase.version


def _has_insights(market: Market, customer: Customer) -> bool:
    return any(each.customer.id == customer.id and each.product == "insights" for each in market.running.values())


def _lose(market: Market, customer: Customer, number: int) -> None:
    known = moment_before(market.rng, number, 3, 45 if customer.segment != "smb" else 20)
    for phase in [each for each in market.running.values() if each.customer.id == customer.id]:
        market.close(phase, max(number, phase.start + 1), known)
    market.lost.append((number, customer))


def _win_new(market: Market, number: int) -> None:
    for segment in SEGMENTS:
        yearly = NEW_A_YEAR[segment][(number - FIRST) // 12]
        share = SEASON[month_of_year(number) - 1] / sum(SEASON) * (0.9 + 0.2 * market.rng.random())
        missed = 0.33 if segment == "mid_market" and number in MISSED_QUARTER else 1.0
        market.carry[segment] = market.carry.get(segment, 0.5) + yearly * share * missed
        while market.carry[segment] >= 1:
            market.carry[segment] -= 1
            created = moment_before(market.rng, number, 1, 20)
            _sell(market, market.customer(segment, created), _term(market.rng, segment), number, number, created)


def _win_back(market: Market, number: int) -> None:
    """One small customer that left at least five months ago comes back, in every fourth month."""
    gone = [customer for left, customer in market.lost if left <= number - 5 and customer.segment == "smb"]
    if number % 4 == 0 and gone:
        customer = market.rng.choice(gone)
        market.lost = [(left, each) for left, each in market.lost if each.id != customer.id]
        _sell(market, customer, 1, number, number, moment_before(market.rng, number, 1, 12))
