"""Names in how a goal hands down a target: teams, groups and metrics that must lead somewhere and fit together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aop_lib.errors import Fault, nearest

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Split, Target
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]


def target_faults(params: Params, document: Document, place: Path_, target: Target) -> Check:
    """Yields what is wrong with one KPI of a goal and the way it is handed down.

    Args:
        params: Catalogue and teams.
        document: goals.yml.
        place: Where the KPI stands in it.
        target: The KPI.
    """
    yield from _known(document, (*place, "kpi"), target.kpi, params.metrics, "metric of metrics.yml")
    yield from _way_faults(params, document, place, target, "")
    teams = {each.id for each in params.company.teams}
    for group, way in target.split.items():
        if group in teams:
            yield from _way_faults(params, document, (*place, "split", group), way, group)
        else:
            yield from _known(document, (*place, "split", group), group, teams, "team")
    for team in target.people:
        yield from _known(document, (*place, "people", team), team, teams, "team")
    handed = [team for way in (target, *target.split.values()) for team in (way.teams or way.among)]
    for team in sorted({each for each in handed if handed.count(each) > 1}):
        yield Fault(document.where(place), f"the team {team!r} {handed.count(team)} times", "each team once: below the company, or below its group")


def unread_goal_faults(metrics: Collection[str], document: Document) -> Check:
    """Yields the faults of names in a goals.yml whose values could not be read, so that all of its faults are told at once.

    Args:
        metrics: The ids of the catalogue.
        document: goals.yml, as text.
    """
    whole = document.value if isinstance(document.value, dict) else {}
    goals, objectives = (_entries(whole.get(name)) for name in ("goals", "objectives"))
    for index, goal in goals:
        for place, each in [((), goal), *((("kpis", position), further) for position, further in _entries(goal.get("kpis")))]:
            if isinstance(each.get("kpi"), str):
                yield from _known(document, ("goals", index, *place, "kpi"), each["kpi"], metrics, "metric of metrics.yml")
    above = {str(each.get("id")): each.get("serves") for _, each in objectives}
    for index, each in objectives:
        if path := loop(str(each.get("id")), above):
            yield Fault(document.where(("objectives", index, "serves")), " → ".join(path), "objectives that do not serve themselves")


def loop(start: str, above: Mapping[str, str | None]) -> list[str]:
    """Returns the way from a name back to itself; empty where there is none."""
    seen, here = [start], above.get(start)
    while isinstance(here, str) and here not in seen:
        seen.append(here)
        here = above.get(here)
    return [*seen, here] if here == start else []


def _entries(value: object) -> list[tuple[int, dict[str, Any]]]:
    return [(index, each) for index, each in enumerate(value) if isinstance(each, dict)] if isinstance(value, list) else []


def _way_faults(params: Params, document: Document, place: Path_, way: Split, group: str) -> Check:
    teams, tree = {each.id for each in params.company.teams}, _groups_above(params)
    named = [(each, (*place, "teams", each)) for each in way.teams] + [(each, (*place, "among", index)) for index, each in enumerate(way.among)]
    for team, path in named:
        yield from _known(document, path, team, teams, "team")
        if team in teams and group and group not in tree[team]:
            yield Fault(document.where(path), repr(team), f"a team of {group}")
        above = [each for each in (*way.teams, *way.among) if each in tree.get(team, ())]
        if above:
            yield Fault(document.where(path), f"{team!r} beside its group {above[0]!r}", "one of them; `split` hands a group's part to its teams")
    for team in way.numerator:
        yield from _known(document, (*place, "numerator", team), team, way.teams, "team of `teams`")
    yield from _known(document, (*place, "of"), way.of, params.metrics, "metric of metrics.yml")
    if way.by != "stated" and way.teams:
        yield Fault(document.where((*place, "by")), f"by {way.by} beside stated shares", "one of them; `among` names the teams that share")


def _groups_above(params: Params) -> dict[str, list[str]]:
    parents = {team.id: team.parent for team in params.company.teams}
    found: dict[str, list[str]] = {}
    for team, parent in parents.items():
        above: list[str] = []
        here = parent
        while here and here not in above:
            above.append(here)
            here = parents.get(here)
        found[team] = above
    return found


def _known(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")
