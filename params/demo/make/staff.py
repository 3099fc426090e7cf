"""Who works here: people with their dates, pay and moves, from the wanted number of heads per department and entity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from make.departments import DEPARTMENTS, EUR_PER_USD_PAY, GROUPS, OTHER_LEADERS, Department, Role
from make.months import END, FIRST, WARM_UP, first_day, last_day, moment, month, month_of
from make.names import people_names

STEPS = (FIRST, month(2024, 10), month(2025, 10), month(2026, 9), month(2027, 3))
LEAVERS_A_MONTH = 0.0075
MERIT_MONTHS = (month(2024, 4), month(2025, 4), month(2026, 4))


@dataclass(frozen=True)
class Pay:
    """Yearly base and target bonus in the entity's currency from a day on."""

    since: date
    base: int
    bonus: int


@dataclass(frozen=True)
class Person:
    """One person.

    Attributes:
        known: When the contract was signed.
        planned: The start that was approved; the same as `start` but for late hires.
        departments: Department numbers with the day from which they count.
        gave_notice: When the leaving became known.
        end: Last day of work.
    """

    code: int
    name: str
    entity: str
    title: str
    level: str
    start: date
    planned: date
    known: datetime
    departments: tuple[tuple[date, str], ...]
    pay: tuple[Pay, ...]
    end: date | None = None
    gave_notice: datetime | None = None
    reason: str = ""

    def employed(self, day: date) -> bool:
        """Whether the person works here on a day."""
        return self.start <= day and (self.end is None or day <= self.end)

    def department(self, day: date) -> str:
        """Returns the department's number on a day."""
        return [number for since, number in self.departments if since <= day][-1]

    def pay_at(self, day: date) -> Pay:
        """Returns what is paid on a day."""
        return [pay for pay in self.pay if pay.since <= day][-1]


def people() -> list[Person]:
    """Returns everyone who ever worked here through the last exported month, by personnel number."""
    leaders = {each.leader[1] for each in DEPARTMENTS if each.leader} | {name for _, name, _ in OTHER_LEADERS.values()} | set(GROUPS.values())
    rng = Random(1204)
    names = people_names(rng, leaders)
    staff = [person for each in DEPARTMENTS for entity in each.heads for person in _unit(rng, names, each, entity)]
    ordered = sorted(staff, key=lambda person: (person.start, person.name))
    return _with_stories([replace(person, code=10001 + index) for index, person in enumerate(ordered)])


def _unit(rng: Random, names: list[str], department: Department, entity: str) -> list[Person]:
    """Plays one department in one entity: opening heads, leavers, and hires that follow the wanted number."""
    staff = _opening(rng, names, department, entity)
    gaps: list[int] = []  # months until which a leaver's chair stays empty
    for number in range(WARM_UP, END):
        if number >= FIRST and month(2026, 7) != number != month(2026, 8):
            staff, gone = _left(rng, staff, number)
            gaps += [number + rng.randint(2, 3)] * gone
        gaps = [until for until in gaps if until > number]
        here = sum(1 for person in staff if person.employed(last_day(number)))
        for _ in range(_wanted(department, entity, number) - here - len(gaps)):
            staff.append(_hire(rng, names, department, entity, number))
    return staff


def _opening(rng: Random, names: list[str], department: Department, entity: str) -> list[Person]:
    fixed = [leader for leader in (department.leader if entity in _home(department) else None, OTHER_LEADERS.get((department.number, entity))) if leader]
    staff = [
        _person(rng, name, department, entity, Role(title, base, base, 1, 20 if base > 122000 else 12), date(2019 + index, 2 + index, 4), FIRST)
        for index, (title, name, base) in enumerate(fixed)
    ]
    count = _wanted(department, entity, WARM_UP) - len(staff)
    roles = _spread(department.roles, count)
    starts = [date(rng.randint(2019, 2022), rng.randint(1, 12), 1) for _ in roles]
    return staff + [_person(rng, names.pop(), department, entity, role, start, FIRST) for role, start in zip(roles, starts, strict=True)]


def _home(department: Department) -> str:
    return next(iter(department.heads))


def _spread(roles: tuple[Role, ...], count: int) -> list[Role]:
    cycle = [role for step in range(max(role.weight for role in roles)) for role in roles if role.weight > step]
    return [cycle[index % len(cycle)] for index in range(max(0, count))]


def _wanted(department: Department, entity: str, number: int) -> int:
    heads = department.heads[entity]
    if number <= STEPS[0]:
        return max(1, heads[0] - (1 if number < month(2023, 6) and heads[0] > 4 else 0))
    if number >= month(2027, 1):
        return heads[4]  # what was asked for 2027 begins in January
    for index in range(len(STEPS) - 2):
        if number <= STEPS[index + 1]:
            part = (number - STEPS[index]) / (STEPS[index + 1] - STEPS[index])
            return heads[index] + int((heads[index + 1] - heads[index]) * part + 0.5)
    return heads[3]


def _hire(rng: Random, names: list[str], department: Department, entity: str, number: int) -> Person:
    cycle = _spread(department.roles, 40)
    day = first_day(number) if rng.random() < 0.7 else first_day(number) + timedelta(days=rng.choice((7, 14, 15, 17)))
    return _person(rng, names.pop(), department, entity, rng.choice(cycle), day, number)


def _person(rng: Random, name: str, department: Department, entity: str, role: Role, start: date, number: int) -> Person:
    inflation = 1 + 0.035 * max(0, (number - FIRST) / 12)
    base = int(rng.randint(role.low, role.high) * inflation * (EUR_PER_USD_PAY if entity == "de" else 100)) // 10000 * 100
    signed = start - timedelta(days=rng.randint(24, 60))
    known = moment(signed.year, signed.month, min(signed.day, 12), rng.randint(9, 16), rng.randint(0, 59), rng.randint(0, 59))
    level = (
        "2_Chief"
        if role.title.startswith("Chief") and role.title.endswith("Officer")
        else "4_VP"
        if role.title.startswith(("VP", "Director", "Head"))
        else "6_Manager"
        if "Manager" in role.title
        else "8_Individual_Contributor"
    )
    pay = [Pay(start, base, base * role.bonus_pct // 10000 * 100)]
    for merit in MERIT_MONTHS:
        if first_day(merit - 3) > start:
            raised = int(pay[-1].base * (1 + rng.choice((2, 3, 3, 4, 5)) / 100)) // 100 * 100
            pay.append(Pay(first_day(merit), raised, raised * role.bonus_pct // 10000 * 100))
    return Person(0, name, entity, role.title, level, start, start, known, ((start, department.number),), tuple(pay))


def _left(rng: Random, staff: list[Person], number: int) -> tuple[list[Person], int]:
    after, gone = [], 0
    for person in staff:
        stays = person.level in {"2_Chief", "4_VP"} or not person.employed(first_day(number)) or number - month_of(person.start) < 7
        if stays or person.end or rng.random() >= LEAVERS_A_MONTH:
            after.append(person)
            continue
        end = last_day(number) if rng.random() < 0.6 else first_day(number) + timedelta(days=rng.randint(6, 24))
        notice = moment(end.year, end.month, end.day, 10, rng.randint(0, 59), 0) - timedelta(days=rng.choice((17, 21, 28, 33)))
        if 14 <= notice.day <= 16:
            notice -= timedelta(days=3)
        kept = tuple(pay for pay in person.pay if pay.since <= end)
        after.append(
            replace(
                person, end=end, gave_notice=notice, pay=kept, reason="Terminate_Employee_Voluntary" if rng.random() < 0.8 else "Terminate_Employee_Involuntary"
            )
        )
        gone += 1
    return after, gone


def _with_stories(staff: list[Person]) -> list[Person]:
    """Returns the staff with what reports should find: two late hires and one move between teams."""
    january = [person for person in staff if person.start >= date(2027, 1, 1) and person.departments[0][1] == "210"]
    site = [person for person in staff if person.start < date(2026, 10, 1) and person.departments[0][1] == "330"][-1]
    mover = next(
        person for person in staff if person.departments[0][1] == "420" and person.entity == "us" and person.level.startswith("8") and person.end is None
    )
    told = {
        january[0].code: _enterprise_seller(january[0], date(2027, 1, 4), moment(2026, 11, 20, 11, 5, 0), 114000),
        january[1].code: _enterprise_seller(january[1], date(2027, 3, 1), moment(2027, 1, 28, 15, 40, 0), 118000),
        site.code: replace(site, planned=first_day(month_of(site.start) - 2)),
        mover.code: replace(mover, departments=(*mover.departments, (date(2025, 5, 1), "410"))),
    }
    return [told.get(person.code, person) for person in staff]


def _enterprise_seller(person: Person, start: date, known: datetime, base: int) -> Person:
    """Returns one of the two sellers who were approved for 4 January 2027."""
    moved = replace(person, title="Enterprise Account Executive", level="8_Individual_Contributor", start=start, planned=date(2027, 1, 4), known=known)
    return replace(moved, departments=((start, "210"),), pay=(Pay(start, base, 0),))


def salary_of(person: Person, number: int, yearly: int) -> Decimal:
    """Returns the month's part of a yearly amount, by calendar days employed, half to even to the cent."""
    first, last = max(first_day(number), person.start), min(last_day(number), person.end or last_day(number))
    days = max(0, (last - first).days + 1)
    exact = Decimal(yearly) * days / (12 * last_day(number).day)
    return exact.quantize(Decimal("0.01"))
