"""Roles: who is accountable, responsible, consulted and informed for each goal, KPI, milestone and initiative, and what each has at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.periods import month_end
from aop_lib.plan.owners import owner_name, team_owner
from aop_lib.plan.rhythms import week_of
from aop_lib.plan.timeline import planned_milestones

if TYPE_CHECKING:
    from aop_lib.load import Params

ROLES = ("accountable", "responsible", "consulted", "informed")


@dataclass(frozen=True)
class Item:
    """Something that somebody answers for.

    Attributes:
        kind: `goal`, `KPI`, `initiative` or `milestone`.
        id: Its name.
        title: What it is, in words.
        team: Whose it is; empty for the company.
        start: Its first day.
        end: Its last day.
        people: Owner ids by role.
    """

    kind: str
    id: str
    title: str
    team: str
    start: date
    end: date
    people: dict[str, tuple[str, ...]]


def items(params: Params, targets: pd.DataFrame, person_targets: pd.DataFrame) -> list[Item]:
    """Returns everything that somebody answers for, goals first.

    Args:
        params: Goals, plans, year.
        targets: The frame `targets`: the owner of a team with a target is responsible for the KPI.
        person_targets: The frame `person_targets`: so are people with a share of it, and those whom a plan names.
    """
    return [*_goals(params), *_kpis(params, targets, person_targets), *_initiatives(params), *_milestones(params)]


def _year(params: Params) -> tuple[date, date]:
    return params.year_months[0].date(), month_end(params.year_months[-1])


def _goals(params: Params) -> list[Item]:
    first, _ = _year(params)
    return [
        Item("goal", each.id, each.statement, "", first, each.deadline, {"accountable": (each.owner,), "responsible": tuple(each.contributors)})
        for each in params.goals.goals
    ]


def _kpis(params: Params, targets: pd.DataFrame, person_targets: pd.DataFrame) -> list[Item]:
    first, last = _year(params)
    found = []
    for metric in dict.fromkeys(kpi.kpi for goal in params.goals.goals for kpi in goal.by_kpi()):
        owners = tuple(dict.fromkeys(goal.owner for goal in params.goals.goals if metric in {kpi.kpi for kpi in goal.by_kpi()}))
        teams = sorted(set(targets.loc[targets["metric"] == metric, "team"]) - {""})
        named = [each.person for plan in params.team_plans for each in plan.individuals if each.kpi == metric]
        shared = sorted(_owner_of(params, each) for each in set(person_targets.loc[person_targets["metric"] == metric, "person"]))
        doing = tuple(dict.fromkeys([*(team_owner(params, team) for team in teams), *named, *shared]))
        found.append(Item("KPI", metric, params.metrics[metric].label, "", first, last, {"accountable": owners, "responsible": doing}))
    return found


def _owner_of(params: Params, person: str) -> str:
    """The owner who is that person of the HR system; the person itself where it is no owner."""
    return next((each.id for each in params.company.owners if each.person == person), person)


def _initiatives(params: Params) -> list[Item]:
    return [
        Item("initiative", each.id, each.what, plan.team, each.start, each.end, {role: tuple(dict.fromkeys(getattr(each, role))) for role in ROLES})
        for plan in params.team_plans
        for each in plan.initiatives
    ]


def _milestones(params: Params) -> list[Item]:
    return [
        Item("milestone", each.id, each.what, each.team, each.days[0], each.days[-1], {"accountable": each.owners, "responsible": each.responsible})
        for each in planned_milestones(params)
        if each.days
    ]


def responsibilities(params: Params, found: Iterable[Item], people: pd.DataFrame) -> pd.DataFrame:
    """Returns who has which role for what.

    Args:
        params: Owners by name.
        found: What `items` returned.
        people: The frame `people`: names of those who are no owners.

    Returns:
        The frame `responsibilities`; start and end are the days between which the item keeps people busy.
    """
    names = dict(zip(people["person"], people["name"], strict=True))
    rows = [
        {
            "kind": item.kind,
            "item": item.id,
            "title": item.title,
            "team": item.team,
            "person": person,
            "person_name": names.get(person) or owner_name(params, person),
            "role": role,
            "start": pd.Timestamp(item.start),
            "end": pd.Timestamp(item.end),
        }
        for item in found
        for role, people in item.people.items()
        for person in dict.fromkeys(people)
    ]
    return frames.conformed("responsibilities", pd.DataFrame(rows)) if rows else frames.empty("responsibilities")


def workload(params: Params, roles: pd.DataFrame, occurrences: pd.DataFrame) -> pd.DataFrame:
    """Returns what each person has at hand in each month of the year.

    Defined as::

        running        initiatives that the person is accountable or responsible for and that have a day in the month
        due            milestones that the person answers for and that are due in the month; weekly check-ins do not count
        due_in_week    the most of them in one week (Monday to Sunday) that has one of these days; `week` is its Monday

    Args:
        params: The year.
        roles: The frame `responsibilities`.
        occurrences: The frame `occurrences`.

    Returns:
        The frame `workload`: a row per month for each person with anything at hand in the year.
    """
    busy = roles[(roles["kind"] == "initiative") & roles["role"].isin(ROLES[:2])].drop_duplicates(["item", "person"])
    due = occurrences[(occurrences["rhythm"] != "weekly") & (occurrences["owner"] != "")]
    people = sorted({*busy["person"], *due["owner"]})
    rows = [_load_row(params, person, month, busy[busy["person"] == person], due[due["owner"] == person]) for person in people for month in params.year_months]
    return frames.conformed("workload", pd.DataFrame(rows)) if rows else frames.empty("workload")


def _load_row(params: Params, person: str, month: pd.Timestamp, busy: pd.DataFrame, due: pd.DataFrame) -> dict[str, Any]:
    last = pd.Timestamp(month_end(month))
    year = [day.date() for day in due["due"]]
    days = [day for day in year if month.date() <= day <= month_end(month)]
    weeks = {week_of(day) for day in days}
    full = Counter(week_of(day) for day in year)
    fullest = min(weeks, key=lambda week: (-full[week], week), default=None)
    return {
        "person": person,
        "person_name": owner_name(params, person),
        "month": month,
        "running": int(((busy["start"] <= last) & (busy["end"] >= month)).sum()),
        "due": len(days),
        "week": pd.Timestamp(fullest) if fullest else pd.NaT,
        "due_in_week": full[fullest] if fullest else 0,
    }
