"""Names, units and months in scenarios/ and versions/: every one that does not fit is a fault with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.params.model import DRIVERS, MOVED
from aop_lib.stages import STAGES

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Change, Overlay, Version
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]
RESERVED = {"base", "budget", *(each.name for each in STAGES)}
PLACES = ("segment", "line", "account")


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each change of a scenario or version that leads nowhere or contradicts itself."""
    scenarios = [(documents[f"scenario {name}"], each) for name, each in zip(params.cycle.scenarios, params.scenarios, strict=True)]
    versions = [(documents[f"version {name}"], each) for name, each in zip(params.cycle.versions, params.versions, strict=True)]
    return [
        *_names(params, documents["cycle"]),
        *(fault for document, each in scenarios for fault in [*_file(document, "scenario", each.id), *_on(params, document, each.on)]),
        *(fault for document, each in versions for fault in [*_file(document, "version", each.id), *_version(params, document, each)]),
        *(fault for document, each in [*scenarios, *versions] for fault in _overlay(params, document, each)),
    ]


def _file(document: Document, key: str, name: str) -> Check:
    file = document.shown.rpartition("/")[2]
    if file != f"{name}.yml":
        yield Fault(document.where((key,)), repr(name), f"{file.removesuffix('.yml')!r}, the name of the file", "rename one of them")


def _names(params: Params, document: Document) -> Check:
    cycle = params.cycle
    for key, names in (("scenarios", cycle.scenarios), ("versions", cycle.versions)):
        for name, count in Counter(names).items():
            if count > 1:
                yield Fault(document.where((key,)), f"{name!r} {count} times", "each name once")
    for index, name in enumerate(cycle.versions):
        if name in RESERVED.union(cycle.scenarios):
            yield Fault(document.where(("versions", index)), repr(name), "a name that no scenario has, no stage, and neither 'base' nor 'budget'")


def _on(params: Params, document: Document, on: str | None) -> Check:
    known = [each.id for each in params.versions]
    if on is not None and on not in known:
        yield Fault(document.where(("on",)), repr(on), f"a version that the cycle names: {', '.join(known) or 'none'}{nearest(on, known)}")


def _version(params: Params, document: Document, version: Version) -> Check:
    goals = {each.id for each in params.goals.goals}
    for index, goal in enumerate(version.goals):
        yield from _unknown(document, ("goals", index, "goal"), goal.goal, goals, "goal")
        if goal.goal in [each.goal for each in version.goals[:index]]:
            yield Fault(document.where(("goals", index)), f"{goal.goal!r} twice", "each goal once")
    for index, metric in enumerate(version.kpis):
        yield from _unknown(document, ("kpis", index), metric, params.metrics, "metric of metrics.yml")


def _overlay(params: Params, document: Document, overlay: Overlay) -> Check:
    yield from _unknown(document, ("owner",), overlay.owner, {each.id for each in params.company.owners}, "owner")
    for index, change in enumerate(overlay.changes):
        path: Path_ = ("changes", index)
        yield from _unknown(document, (*path, "line"), change.line, {each.id for each in params.company.lines}, "line")
        yield from _unknown(document, (*path, "team"), change.team, {each.id for each in params.company.teams}, "team")
        if params.company.accounts:
            yield from _unknown(document, (*path, "account"), change.account, {each.account for each in params.company.accounts}, "account")
        yield from change_faults(document, path, change) if change.driver else _amount_change(document, path, change)
        if change.driver in {"volume", "price"}:
            sold = {each.id for each in params.company.lines if each.type == "revenue"}
            yield from _unknown(document, (*path, "line"), change.line, sold, "line of revenue")
        if change.driver in DRIVERS and DRIVERS[str(change.driver)].scope == "account":
            follows = {each.account for each in params.drivers.model.follows}
            yield from _unknown(document, (*path, "account"), change.account, follows, "account of follows")


def _amount_change(document: Document, path: Path_, change: Change) -> Check:
    if "scale" not in change.model_fields_set:
        yield Fault(document.where(path), "no 'scale'", "the key 'scale', or a 'driver' with 'scale' or 'by'", "add it")
    for key in ("segment", "by", "end"):
        if key in change.model_fields_set:
            yield Fault(document.where((*path, key)), f"{key!r} without a driver", f"the key 'driver' beside it, or no {key!r}")


def change_faults(document: Document, path: Path_, change: Change) -> Check:
    """Yields a fault for each part of a driver's change that contradicts the driver: its place, its months, nothing that changes."""
    spec = MOVED[str(change.driver)]
    if not {"scale", "by"} & change.model_fields_set:
        yield Fault(document.where(path), "neither 'scale' nor 'by'", f"what becomes of {change.driver}", "add one of them")
    if change.team is not None:
        yield Fault(document.where((*path, "team")), f"the team {change.team!r}", f"no team: {change.driver} is told per {spec.scope}")
    for place in PLACES:
        if getattr(change, place) is not None and place != spec.scope:
            told = f"no {place}" if spec.scope == "company" else f"a {spec.scope}, or none for all of them"
            yield Fault(document.where((*path, place)), f"the {place} {getattr(change, place)!r}", f"{told}: {change.driver} is told per {spec.scope}")
    if spec.is_steady and (change.start or change.end):
        yield Fault(document.where(path), f"{change.driver} with a month", f"no start or end: {change.driver} is the same in every month")
    if change.start and change.end and change.end <= change.start:
        yield Fault(document.where((*path, "end")), f"{change.end:%Y-%m}", f"a month after {change.start:%Y-%m}")


def _unknown(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")
