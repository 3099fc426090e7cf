"""The files of `plans/`: where team plans lie, and every name, day and dependency in them that leads nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.yamlfile import Path_

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.team_plans import Initiative, Step, TeamPlan
    from aop_lib.yamlfile import Document

Check = Iterator[Fault]
Named = tuple[Path_, str | None, str]
FOLDER = "plans"
NOT_READ = {"README.md"}


def plan_files(folder: Path) -> tuple[list[Path], list[Fault]]:
    """Returns the plan files below a company's folder, in order of their names, and a fault for each file that cannot be one.

    Args:
        folder: The company's folder; its `plans/` holds one `<team>.yml` for each team that has a plan.
    """
    place = folder / FOLDER
    found = sorted(file for file in place.iterdir() if not file.name.startswith(".") and file.name not in NOT_READ) if place.is_dir() else []
    plans = [file for file in found if file.suffix == ".yml" and file.is_file() and not file.is_symlink()]
    others = [file for file in found if file not in plans]
    shown = [Fault(f"{folder.name}/{FOLDER}/{file.name}", _kind(file), "<team>.yml, one file for each team", "rename it, or move it out") for file in others]
    return plans, shown


def _kind(file: Path) -> str:
    return "a link" if file.is_symlink() else "a folder" if file.is_dir() else f"a file that ends in {file.suffix!r}"


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each name in the team plans that leads nowhere, each id given twice, each day that cannot be, each circle of milestones.

    Args:
        params: Teams, goals, metrics, owners, and the plans themselves.
        documents: The files by the name under which they were read: `goals`, and `plans/<team>` for each plan.
    """
    found: list[Fault] = []
    for plan, document in plan_documents(params, documents):
        found += [*_own_team(params, plan, document), *_unknown(params, plan, document), *_days(plan, document)]
    return [*found, *_twice(params, documents), *_circles(params, documents)]


def plan_place(params: Params, team: str) -> str:
    """Returns where a team's plan was read: `plans/<team>.yml`, or the workbook that it handed in."""
    books = [name for name in params.files if f"/requests/{team}/" in name]
    return books[0] if books else f"{FOLDER}/{team}.yml"


def plan_documents(params: Params, documents: Mapping[str, Document]) -> list[tuple[TeamPlan, Document]]:
    """Returns each team plan with the file it was read from."""
    read = [document for name, document in documents.items() if name.startswith(f"{FOLDER}/")]
    return list(zip(params.team_plans, read, strict=True))


def _own_team(params: Params, plan: TeamPlan, document: Document) -> Check:
    teams = {each.id for each in params.company.teams}
    file = Path(document.shown)
    stem = file.parent.name if document.cells else file.stem
    if plan.team not in teams:
        yield Fault(document.where(("team",)), repr(plan.team), f"{_choice(teams, 'team of company.yml')}{nearest(plan.team, teams)}")
    elif plan.team != stem:
        yield Fault(document.where(("team",)), repr(plan.team), f"{stem!r}, the name of the file", "rename one of them")


def _choice(known: Collection[str], what: str) -> str:
    return f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a {what}"


def _unknown(params: Params, plan: TeamPlan, document: Document) -> Check:
    known: dict[str, tuple[set[str], str]] = {
        "goal": ({each.id for each in params.goals.goals}, "goal of goals.yml"),
        "metric": (set(params.metrics), "metric of metrics.yml"),
        "person": ({each.id for each in params.company.owners}, "owner of company.yml"),
        "strategy": ({each.id for each in plan.strategies}, "strategy of this plan"),
        "currency": ({params.company.reporting_currency, *params.company.currencies}, "currency of company.yml"),
        "milestone": (set(_milestone_ids(params)), "milestone of goals.yml or of a plan"),
    }
    for path, name, kind in _names(plan):
        choices, what = known[kind]
        if name is not None and name not in choices:
            yield Fault(document.where(path), repr(name), f"{_choice(choices, what)}{nearest(name, choices)}")


def _milestone_ids(params: Params) -> list[str]:
    of_goals = [each.id for goal in params.goals.goals for each in goal.milestones]
    return [*of_goals, *(step.id for plan in params.team_plans for step, _ in plan.steps)]


def _names(plan: TeamPlan) -> Iterator[Named]:
    """Yields every name in a plan that must lead somewhere: where it stands, the name, what it names."""
    for index, strategy in enumerate(plan.strategies):
        yield ("strategies", index, "goal"), strategy.goal, "goal"
    for index, initiative in enumerate(plan.initiatives):
        yield from _initiative_names(("initiatives", index), initiative)
    for path, step in _steps(plan):
        yield from _list_names(path, step, ("owner", "responsible"))
        yield from (((*path, "depends_on", place), name, "milestone") for place, name in enumerate(step.depends_on))
    for index, individual in enumerate(plan.individuals):
        here: Path_ = ("individuals", index)
        yield from [((*here, "person"), individual.person, "person"), ((*here, "kpi"), individual.kpi, "metric"), ((*here, "goal"), individual.goal, "goal")]


def _initiative_names(here: Path_, initiative: Initiative) -> Iterator[Named]:
    for key, kind in (("goal", "goal"), ("kpi", "metric"), ("strategy", "strategy"), ("currency", "currency")):
        yield (*here, key), getattr(initiative, key), kind
    yield from _list_names(here, initiative, ("accountable", "responsible", "consulted", "informed"))
    for place, effect in enumerate(initiative.effects):
        yield (*here, "effects", place, "metric"), effect.metric, "metric"


def _list_names(here: Path_, item: Initiative | Step, keys: Sequence[str]) -> Iterator[Named]:
    for key in keys:
        yield from (((*here, key, place), name, "person") for place, name in enumerate(getattr(item, key)))


def _steps(plan: TeamPlan) -> Iterator[tuple[Path_, Step]]:
    """Yields every milestone of a plan with its place in the file."""
    for index, initiative in enumerate(plan.initiatives):
        yield from ((("initiatives", index, "milestones", place), step) for place, step in enumerate(initiative.milestones))
    yield from ((("milestones", place), step) for place, step in enumerate(plan.milestones))


def _days(plan: TeamPlan, document: Document) -> Check:
    for index, initiative in enumerate(plan.initiatives):
        if initiative.end < initiative.start:
            yield Fault(document.where(("initiatives", index, "end")), str(initiative.end), f"a day on or after its start, {initiative.start}")
    for path, step in _steps(plan):
        if step.rhythm == "once" and step.due is None:
            yield Fault(document.where(path), "no 'due'", "the key 'due'", "add the day, or a rhythm: weekly, monthly or quarterly")
        elif step.rhythm != "once" and step.due is not None:
            yield Fault(document.where((*path, "due")), f"a day and the rhythm {step.rhythm}", "one of them", "give start and end to a rhythm")
        elif step.start and step.end and step.end < step.start:
            yield Fault(document.where((*path, "end")), str(step.end), f"a day on or after its start, {step.start}")


def _twice(params: Params, documents: Mapping[str, Document]) -> Check:
    of_plans = _plan_places(params, documents)
    places = [*_goal_places(params, documents), *of_plans]
    counts = Counter((kind, name) for kind, name, _ in places)
    named = {(kind, name) for kind, name, _ in of_plans}
    for kind, name, where in places:
        if counts[kind, name] > 1 and (kind, name) in named:
            others = sorted({place for k, n, place in places if (k, n) == (kind, name)} - {where})
            also = f", also in {', '.join(others)}" if others else ""
            yield Fault(where, f"the {kind} {name!r} {counts[kind, name]} times{also}", f"each {kind} once in all plans")


def _goal_places(params: Params, documents: Mapping[str, Document]) -> list[tuple[str, str, str]]:
    document = documents.get("goals")
    if document is None:
        return []
    return [
        ("milestone", each.id, document.where(("goals", index, "milestones", place)))
        for index, goal in enumerate(params.goals.goals)
        for place, each in enumerate(goal.milestones)
    ]


def _plan_places(params: Params, documents: Mapping[str, Document]) -> list[tuple[str, str, str]]:
    places = []
    for plan, document in plan_documents(params, documents):
        places += [("strategy", each.id, document.where(("strategies", index))) for index, each in enumerate(plan.strategies)]
        places += [("initiative", each.id, document.where(("initiatives", index))) for index, each in enumerate(plan.initiatives)]
        places += [("milestone", step.id, document.where(path)) for path, step in _steps(plan)]
    return places


def _circles(params: Params, documents: Mapping[str, Document]) -> Check:
    plans = [(document, path, step) for plan, document in plan_documents(params, documents) for path, step in _steps(plan)]
    places = {step.id: document.where((*path, "depends_on")) for document, path, step in plans}
    for circle in dependency_circles({step.id: step.depends_on for _, _, step in plans}):
        yield Fault(places[circle[0]], " → ".join([*circle, circle[0]]), "milestones that do not wait for themselves", "remove one of these dependencies")


def dependency_circles(depends: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Returns circles of milestones that wait for one another, one for each dependency that must go before none is left.

    Args:
        depends: Each milestone's id, and the ids it depends on.

    Returns:
        Each circle in the order of waiting, from its first id in the alphabet; an empty list where the milestones have an order.
    """
    left = {name: list(dict.fromkeys(before)) for name, before in sorted(depends.items())}
    circles = []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as found:
            circle = list(reversed(found.args[1][1:]))
            first = circle.index(min(circle))
            circle = [*circle[first:], *circle[:first]]
            circles.append(circle)
            left[circle[-1]].remove(circle[0])
        else:
            return circles
