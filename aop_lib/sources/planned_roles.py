"""People that an option asks for, as they are read: checked against headcount.yml and the lists of the team."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.errors import nearest
from aop_lib.frames import conformed, empty
from aop_lib.periods import add_months, month_spine, month_text, posting_month
from aop_lib.sources.table import quoted

if TYPE_CHECKING:
    from aop_lib.params.requests import Option, PlannedRole
    from aop_lib.sources.choices import Choices
    from aop_lib.sources.requests import AskedOption, AskedRequest
    from aop_lib.yamlfile import Document, Path_


Places = dict[tuple[str, str], str]


@dataclass(frozen=True)
class AskedRole:
    """A role that an option asks for; pay and quota are yearly, of one person, in `currency`."""

    role: str
    level: str
    count: int
    start: date
    end: date | None
    pay: Decimal
    currency: str
    location: str
    cost_centre: str
    quota: Decimal | None
    backfills: str
    where: str

    def months(self, year: Collection[pd.Timestamp]) -> set[pd.Timestamp]:
        """Returns the months of a year in which the role is held, whole or in part; where there are none, the month of its start."""
        last = max(year)
        end = add_months(posting_month(self.end), 1) if self.end else add_months(last, 1)
        held = set(month_spine(posting_month(self.start), min(end, add_months(last, 1)))) & set(year)
        return held or {posting_month(self.start)}


def role_faults(option: Option, path: Path_, document: Document, choices: Choices) -> None:
    """Adds to a document what is wrong with the people of an option.

    Args:
        option: The option, typed.
        path: Where it stands in the document.
        document: Takes the faults.
        choices: The closed lists of the team.
    """
    if option.people and not choices.locations:
        document.fault((*path, "people"), "people", "lines, for headcount.yml names no location", "say in headcount.yml what people cost")
        return
    for index, role in enumerate(option.people):
        here = (*path, "people", index)
        _check_places(role, here, document, choices)
        _check_dates(role, here, document, choices)
        for name, value in (("count", Decimal(role.count)), ("pay", role.pay), ("quota", role.quota or Decimal(0))):
            if value < 0 or (name == "count" and value < 1):
                document.fault((*here, name), str(value), "1 or more" if name == "count" else "0 or more")
        if role in option.people[:index]:
            found = f"the same role as number {option.people.index(role) + 1}"
            document.fault(here, found, "each role once", "delete it, or raise 'count' of the other")
    most = peak([_asked(each, "") for each in option.people]) if option.people else option.heads
    if option.people and option.heads not in {0, most}:
        document.fault((*path, "heads"), str(option.heads), f"{most}, the people it names", "leave 'heads' out: they are counted")


def _check_places(role: PlannedRole, path: Path_, document: Document, choices: Choices) -> None:
    known: tuple[tuple[str, str, Collection[str], str], ...] = (
        ("location", role.location, choices.locations, "location of headcount.yml"),
        ("cost_centre", role.cost_centre, choices.cost_centres, "cost centre of the team"),
    )
    for name, value, names, what in known:
        if value not in names:
            choice = f"one of {', '.join(sorted(names))}" if 0 < len(names) <= 12 else f"a {what}"
            document.fault((*path, name), quoted(value), f"{choice}{nearest(value, names)}")
    paid = choices.locations.get(role.location, role.currency)
    if role.currency != paid:
        document.fault((*path, "currency"), quoted(role.currency), f"{paid!r}, in which {role.location} pays", "state pay and quota in it")


def _check_dates(role: PlannedRole, path: Path_, document: Document, choices: Choices) -> None:
    if role.end is not None and role.end <= role.start:
        document.fault((*path, "end"), f"the end {role.end}", "a day after 'start'; the end itself is excluded")
    for name, day in (("start", role.start), ("end", role.end or role.start)):
        if choices.month(month_text(posting_month(day))) is None:
            document.fault((*path, name), str(day), choices.expected_month)


def roles(option: Option, path: Path_, document: Document) -> tuple[AskedRole, ...]:
    """Returns the people of an option as they are asked for."""
    return tuple(_asked(each, document.where((*path, "people", index))) for index, each in enumerate(option.people))


def _asked(role: PlannedRole, where: str) -> AskedRole:
    return AskedRole(
        role.role, role.level, role.count, role.start, role.end, role.pay, role.currency, role.location, role.cost_centre, role.quota, role.backfills, where
    )


def peak(asked: Iterable[AskedRole]) -> int:
    """Returns the most people that are held at once; the end of one and the start of another on the same day are one chair."""
    moves = [(day, 1, each.count) for each in asked for day in (each.start,)] + [(each.end, 0, -each.count) for each in asked if each.end]
    held, most = 0, 0
    for _, _, count in sorted(moves):
        held += count
        most = max(most, held)
    return most


def people_frame(asked: Iterable[AskedRequest]) -> pd.DataFrame:
    """Returns the frame `request_people`: the roles of each option as they were asked for."""
    rows = [
        {"request": each.request, "option": option.id, "team": each.team, "position": position, **_row(role)}
        for each in asked
        for option in each.options
        for position, role in enumerate(option.people)
    ]
    if not rows:
        return empty("request_people")
    frame = pd.DataFrame(rows)
    return conformed("request_people", frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"])))


def _row(role: AskedRole) -> Mapping[str, object]:
    names = ("role", "level", "start", "end", "pay", "currency", "location", "cost_centre", "quota", "backfills", "where")
    return {"people": role.count} | {name: getattr(role, name) for name in names}


def without_rate(option: AskedOption, year: Collection[pd.Timestamp], known: Collection[tuple[str, pd.Timestamp]], reporting: str) -> Places:
    """Returns the currencies and months in which people of an option are paid without a rate, with the place of each."""
    missing: Places = {}
    for role in option.people:
        for month in sorted(role.months(year)):
            if role.currency != reporting and month in year and (role.currency, month) not in known:
                missing.setdefault((role.currency, month_text(month)), role.where)
    return missing
