"""What is wrong with roles: nobody or two accountable, nobody responsible, people who have left or are not in the HR system, full weeks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.findings import Row, finding
from aop_lib.plan.owners import first_owner, owner_name, team_owner
from aop_lib.plan.responsibilities import Item
from aop_lib.plan.rhythms import week_of
from aop_lib.plan.wording import counted, day_name, listed

if TYPE_CHECKING:
    from datetime import date

    from aop_lib.load import Params
    from aop_lib.params.company import Owner


def role_findings(params: Params, found: Iterable[Item]) -> Iterator[Row]:
    """Yields a finding for each item without exactly one accountable and at least one responsible person.

    Args:
        params: Owners, teams.
        found: What `items` returned.
    """
    for item in found:
        answers = owner_name(params, team_owner(params, item.team))
        accountable, responsible = item.people.get("accountable", ()), item.people.get("responsible", ())
        if len(accountable) != 1:
            names = listed([owner_name(params, each) for each in accountable])
            what = f"{'Two or more are' if accountable else 'Nobody is'} accountable for the {item.kind} “{item.title}”"
            yield finding("error", "accountable", item.id, what, expected="exactly one person", found=names, owner=answers)
        if not responsible:
            what = f"Nobody is responsible for the {item.kind} “{item.title}”"
            yield finding("warning", "responsible", item.id, what, expected="at least one person who does it", found="none", owner=answers)


def people_findings(params: Params, found: Sequence[Item], people: pd.DataFrame) -> Iterator[Row]:
    """Yields a finding for each person with a role who has left, will leave before the end of it, or is not in the HR system.

    An owner is found there by `person` of company.yml, else by name. Where nobody is found, names there are not those of company.yml, and one
    note says so; without a source of people there is no finding.

    Args:
        params: Owners, the day as of which sources are read.
        found: What `items` returned.
        people: The frame `people`.
    """
    if people.empty:
        return
    held = {each.id: [item for item in found if each.id in _who(item)] for each in params.company.owners}
    rows = {each.id: _in_hr(each, people) for each in params.company.owners}
    if all(part.empty for part in rows.values()) and not any(each.person for each in params.company.owners):
        what = "No owner of company.yml is in the HR system under that name, so leavers cannot be noticed"
        expected, above = "person: the id in the HR system, for each owner", owner_name(params, first_owner(params))
        yield finding("note", "people", "company.yml", what, expected=expected, found="none", owner=above)
        return
    for each in params.company.owners:
        if held[each.id]:
            yield from _person(params, each, held[each.id], rows[each.id])


def _who(item: Item) -> set[str]:
    return {who for role in ("accountable", "responsible") for who in item.people.get(role, ())}


def _in_hr(owner: Owner, people: pd.DataFrame) -> pd.DataFrame:
    if owner.person:
        return people[people["person"] == owner.person]
    return people[people["name"].str.casefold().str.split().str.join(" ") == " ".join(owner.name.casefold().split())]


def _person(params: Params, owner: Owner, held: Sequence[Item], rows: pd.DataFrame) -> Iterator[Row]:
    name, above = owner_name(params, owner.id), owner_name(params, first_owner(params))
    if rows.empty:
        what = f"{name} is not in the HR system and answers for {counted(len(held), 'item')}"
        yield finding("warning", "people", owner.id, what, expected="a person who works here", found=owner.person or owner.name, owner=above)
    elif rows["end"].notna().all():
        last = max(rows["end"]).date()
        after = [item for item in held if item.end >= last]
        if last <= params.as_of:
            what = f"{name} has left and still answers for {counted(len(held), 'item')}: {_titles(held)}"
            yield finding("error", "people", owner.id, what, expected="somebody who works here", found=f"left on {day_name(last)}", owner=above)
        elif after:
            what = f"{name} leaves before the end of {counted(len(after), 'item')}: {_titles(after)}"
            yield finding("warning", "people", owner.id, what, expected="somebody who stays until then", found=f"leaves on {day_name(last)}", owner=above)


def _titles(held: Sequence[Item]) -> str:
    return listed([item.title for item in held], 3)


def overload_findings(params: Params, occurrences: pd.DataFrame) -> Iterator[Row]:
    """Yields a finding for each week in which one owner has more milestones due than `due_in_a_week` of company.yml; weekly check-ins do not count.

    Args:
        params: The limit, owners.
        occurrences: The frame `occurrences`.
    """
    limit = params.company.due_in_a_week
    due = occurrences[(occurrences["rhythm"] != "weekly") & (occurrences["owner"] != "") & (occurrences["status"] != "done")]
    weeks: dict[tuple[str, date], list[str]] = {}
    for row in due.to_dict("records"):
        weeks.setdefault((row["owner"], week_of(row["due"].date())), []).append(row["milestone"])
    for (owner, week), names in sorted(weeks.items()):
        if len(names) > limit:
            what = f"{owner_name(params, owner)} has {counted(len(names), 'milestone')} due in the week of {day_name(week)}: {listed(names)}"
            yield finding("warning", "load", owner, what, expected=f"at most {limit} in a week", found=str(len(names)), owner=owner_name(params, owner))
