"""Opportunities behind the contracts, and those that were lost or are open: each with the days on which its stage changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from make.billing import entity_of
from make.customers import Customer, Phase
from make.months import END, FIRST, first_day, moment
from make.names import firm_names

# stage: probability, forecast category
STAGES = {
    "Qualification": (10, "Pipeline"),
    "Discovery": (20, "Pipeline"),
    "Proposal": (40, "BestCase"),
    "Negotiation": (70, "Commit"),
    "Closed Won": (100, "Closed"),
    "Closed Lost": (0, "Omitted"),
}
OPEN_STAGES = ("Qualification", "Discovery", "Proposal", "Negotiation")
CYCLE_DAYS = {"smb": 32, "mid_market": 88, "enterprise": 165}
LOST_PER_WON = {"smb": 1, "mid_market": 2, "enterprise": 2}
CORPORATE_RATE = Decimal("1.10")  # dollars per euro at which the CRM states every amount
CUT = moment(2027, 4, 1)


@dataclass(frozen=True)
class Deal:
    """One opportunity.

    Attributes:
        amount: Yearly contract value in US dollars.
        stages: Stage with the moment from which it holds, in order; the last may be open.
        expected: The close date that was expected, the actual one once it is closed.
    """

    id: str
    name: str
    account: str
    customer: Customer
    entity: str
    kind: str
    amount: Decimal
    stages: tuple[tuple[datetime, str], ...]
    expected: date


def deals(phases: list[Phase]) -> list[Deal]:
    """Returns the opportunities, by the moment they were created."""
    rng = Random(555)
    names = firm_names(Random(556))
    found: list[Deal] = []
    seen: set[str] = set()
    for phase in phases:
        fresh = phase.customer.id not in seen
        seen.add(phase.customer.id)
        if phase.product != "dispatch" or not fresh or phase.start < FIRST - 1 or (phase.customer.segment == "smb" and rng.random() < 0.70):
            continue
        found.append(_won(rng, phase))
        found += [_lost(rng, phase, names) for _ in range(LOST_PER_WON[phase.customer.segment])]
    found += _open(rng, names, [phase for phase in phases if phase.product == "dispatch" and phase.start >= END - 12 and phase.customer.segment != "smb"])
    ordered = sorted(found, key=lambda deal: (deal.stages[0][0], deal.name))
    return [_numbered(deal, index) for index, deal in enumerate(ordered)]


def _numbered(deal: Deal, index: int) -> Deal:
    return Deal(f"006Lk{index:010d}AAA", *(getattr(deal, name) for name in ("name", "account", "customer", "entity", "kind", "amount", "stages", "expected")))


def _value(phase: Phase) -> Decimal:
    yearly = phase.monthly * 12
    return (yearly * CORPORATE_RATE if entity_of(phase) == "de" else yearly).quantize(Decimal("0.01"))


def _path(rng: Random, segment: str, closed: datetime, last: str) -> tuple[tuple[datetime, str], ...]:
    length = CYCLE_DAYS[segment] * rng.uniform(0.7, 1.35)
    passed = OPEN_STAGES if last == "Closed Won" else OPEN_STAGES[: rng.randint(2, 4)]
    steps = [(_office(closed - timedelta(days=length * (1 - index / len(passed)))), stage) for index, stage in enumerate(passed)]
    return (*steps, (closed, last))


def _office(about: datetime) -> datetime:
    """Returns the moment, in office hours and never on the 14th to 16th: cycles cut there."""
    day = about.date() - timedelta(days=4) if 14 <= about.day <= 16 else about.date()
    return moment(day.year, day.month, day.day, 8 + about.minute % 10, about.second, 0)


def _won(rng: Random, phase: Phase) -> Deal:
    stages = _path(rng, phase.customer.segment, phase.created, "Closed Won")
    return Deal(
        "",
        f"{phase.customer.name} – Dispatch",
        phase.customer.id,
        phase.customer,
        entity_of(phase),
        "New Business",
        _value(phase),
        stages,
        phase.created.date(),
    )


def _lost(rng: Random, phase: Phase, names: dict[str, list[str]]) -> Deal:
    closed = _office(phase.created + timedelta(days=rng.uniform(-70, 70)))
    closed = min(closed, moment(2027, 3, 30, 11, 0, 0))
    prospect = _prospect(phase, names)
    stages = _path(rng, phase.customer.segment, closed, "Closed Lost")
    amount = (_value(phase) * Decimal(rng.randint(55, 145)) / 100).quantize(Decimal("0.01"))
    return Deal("", f"{prospect.name} – Dispatch", prospect.id, prospect, entity_of(phase), "New Business", amount, stages, closed.date())


def _open(rng: Random, names: dict[str, list[str]], recent: list[Phase]) -> list[Deal]:
    """Open at the export: as large as what was sold lately; created over the last months, closing in the next ones."""
    found = []
    for phase in rng.sample(recent, min(78, len(recent))):
        prospect = _prospect(phase, names)
        passed = OPEN_STAGES[: rng.randint(1, 4)]
        created = CUT - timedelta(days=rng.uniform(20, 190))
        steps = tuple((_office(created + (CUT - timedelta(days=2) - created) * (index / len(passed))), stage) for index, stage in enumerate(passed))
        expected = first_day(END) + timedelta(days=rng.randint(5, 170))
        found.append(Deal("", f"{prospect.name} – Dispatch", prospect.id, prospect, entity_of(phase), "New Business", _value(phase), steps, expected))
    return found


def _prospect(phase: Phase, names: dict[str, list[str]]) -> Customer:
    name = names[phase.customer.currency].pop()
    return Customer(f"prospect {name}", name, phase.customer.segment, phase.customer.currency, phase.created)
