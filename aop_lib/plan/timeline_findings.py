"""Conflicts of the timeline: due before what it waits for, due when nobody works, outside its initiative, begun before its money is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan.findings import Row, Severity, finding
from aop_lib.plan.owners import owner_name, team_owner
from aop_lib.plan.rhythms import is_worked
from aop_lib.plan.timeline import Planned, planned_milestones
from aop_lib.plan.wording import day_name, listed

if TYPE_CHECKING:
    from datetime import date

    from aop_lib.load import Params

OPEN_FUNDING = {"undecided", "sent back", "rejected", "no such request"}


def timeline_findings(params: Params) -> Iterator[Row]:
    """Yields the conflicts among the milestones of goals and team plans, whether done or not.

    Args:
        params: Goals, plans, holidays, year.
    """
    planned = planned_milestones(params)
    known = {each.id: each for each in planned}
    spans = {each.id: (each.start, each.end) for plan in params.team_plans for each in plan.initiatives}
    for each in planned:
        if not each.days:
            yield _about(params, each, "warning", "timeline", "A rhythm has no day in the year", "a start and an end within the year", "none")
            continue
        yield from _before_dependency(params, each, known)
        yield from _when_nobody_works(params, each)
        yield from _outside(params, each, spans)


def _about(params: Params, each: Planned, severity: Severity, topic: str, what: str, expected: str, found: str) -> Row:
    owner = owner_name(params, each.owner or team_owner(params, each.team))
    return finding(severity, topic, each.id, what, expected=expected, found=found, owner=owner)


def _before_dependency(params: Params, each: Planned, known: Mapping[str, Planned]) -> Iterator[Row]:
    for before in (known[name] for name in each.depends_on):
        if before.days and each.days[0] < before.days[-1]:
            what = f"“{each.what}” is due before “{before.what}”, on which it depends"
            yield _about(params, each, "warning", "dependency", what, f"on or after {day_name(before.days[-1])}", day_name(each.days[0]))


def _when_nobody_works(params: Params, each: Planned) -> Iterator[Row]:
    for day in each.days if each.rhythm == "once" else ():
        if not is_worked(day, params.company.holidays):
            kind = "a holiday" if day in params.company.holidays else f"a {day:%A}"
            what = f"“{each.what}” is due on a day nobody works"
            yield _about(params, each, "note", "day off", what, "a working day", f"{day_name(day)}, {kind}")


def _outside(params: Params, each: Planned, spans: Mapping[str, tuple[date, date]]) -> Iterator[Row]:
    if each.initiative and each.rhythm == "once":
        start, end = spans[each.initiative]
        if not start <= each.days[0] <= end:
            what = f"“{each.what}” is due outside its initiative"
            yield _about(params, each, "warning", "timeline", what, f"{day_name(start)} to {day_name(end)}", day_name(each.days[0]))


def funding_findings(params: Params, initiatives: pd.DataFrame, requests: pd.DataFrame) -> Iterator[Row]:
    """Yields a finding for each initiative whose money is not decided, was refused, is not what its request says, or came after its start.

    Args:
        params: Owners, the day as of which the cycle sees.
        initiatives: The frame `initiatives`.
        requests: The frame `request_status`, for the day of each decision.
    """
    decided = dict(zip(requests["request"], requests["decided_on"], strict=True))
    for row in initiatives.to_dict("records"):
        if row["request"]:
            yield from _funding(params, row, decided.get(row["request"]))


def _funding(params: Params, row: Mapping[Any, Any], decided: Any) -> Iterator[Row]:
    start, owner = day_name(row["start"].date()), row["accountable_name"] or owner_name(params, team_owner(params, row["team"]))
    if row["funding"] in OPEN_FUNDING:
        has_started = row["status"] != "planned"
        what = f"“{row['what']}” {'began' if has_started else 'begins'} on {start} and its request {row['request']} is {_state(row['funding'])}"
        expected = f"a decision before {start}" if row["funding"] == "undecided" else "a request that is approved, or another way to pay"
        yield finding("warning", "funding", row["initiative"], what, expected=expected, found=row["funding"], owner=owner, amount=row["cost"])
    elif decided is not None and not pd.isna(decided) and decided > row["start"]:
        what = f"“{row['what']}” began before its money was decided"
        yield finding("note", "funding", row["initiative"], what, expected=f"on or after {day_name(decided.date())}", found=start, owner=owner)
    if row["funding"] == "approved" and row["cost"] != row["approved"]:
        over = row["cost"] - row["approved"]
        what = f"“{row['what']}” costs {'more' if over > 0 else 'less'} than what was approved for it"
        severity: Severity = "warning" if over > 0 else "note"
        yield finding(severity, "cost", row["initiative"], what, expected=f"{row['approved']:,}", found=f"{row['cost']:,}", owner=owner, amount=abs(over))


def _state(funding: str) -> str:
    return "not there" if funding == "no such request" else funding


def late_findings(params: Params, occurrences: pd.DataFrame) -> Iterator[Row]:
    """Yields one note for each rhythm that was not kept on days that are past.

    Args:
        params: Owners, plans.
        occurrences: The frame `occurrences`.
    """
    titles = {each.id: each.what for each in planned_milestones(params)}
    missed = occurrences[(occurrences["rhythm"] != "once") & (occurrences["status"] == "late")]
    for name, days in missed.groupby("milestone", sort=True):
        owner = owner_name(params, str(days["owner"].iloc[0]))
        found = listed([day_name(day.date()) for day in days["due"]], 3)
        what = f"“{titles[str(name)]}” was not kept on every day"
        yield finding("note", "rhythm", str(name), what, expected="done: the day up to which it was kept", found=found, owner=owner)
