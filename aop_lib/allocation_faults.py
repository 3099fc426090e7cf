"""Names and amounts in allocation.yml that cannot be: every one is a fault with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest

if TYPE_CHECKING:
    from decimal import Decimal

    from aop_lib.load import Params
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]
KINDS = ("money", "heads", "needs", "excludes", "must", "cash")


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each limit that names what is not there, comes twice, or can mean nothing; none without allocation.yml.

    Requests are not looked up here: they are read with the sources, and a limit on one that nobody submitted is a finding.
    """
    document = documents.get("allocation")
    if document is None:
        return []
    return [*_names(params, document), *_bounds(params, document), *_rules(params, document), *_settings(params, document)]


def _names(params: Params, document: Document) -> Check:
    known = {
        "owner": [each.id for each in params.company.owners],
        "teams": [each.id for each in params.company.teams],
        "goals": [each.id for each in params.goals.goals],
    }
    ids = Counter(each.id for each in params.allocation.limits)
    for kind in KINDS:
        for index, limit in enumerate(getattr(params.allocation, kind)):
            if ids[limit.id] > 1:
                yield Fault(document.where((kind, index, "id")), f"the limit {limit.id!r} {ids[limit.id]} times", "each name once")
            yield from _unknown(document, (kind, index, "owner"), limit.owner, known["owner"], "owner of company.yml")
            for key in ("teams", "goals"):
                for position, name in enumerate(getattr(limit, key, [])):
                    place = "team of company.yml" if key == "teams" else "goal of goals.yml"
                    yield from _unknown(document, (kind, index, key, position), name, known[key], place)


def _unknown(document: Document, path: Path_, name: str, known: Sequence[str], what: str) -> Check:
    if name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")


def _bounds(params: Params, document: Document) -> Check:
    for kind in ("money", "heads"):
        for index, limit in enumerate(getattr(params.allocation, kind)):
            yield from _bound(document, (kind, index), limit.at_least, limit.at_most)


def _bound(document: Document, path: Path_, least: Decimal | int | None, most: Decimal | int | None) -> Check:
    if least is None and most is None:
        yield Fault(document.where(path), "no amount", "'at_most', 'at_least' or both", "add one")
    for key, value in (("at_least", least), ("at_most", most)):
        if value is not None and value < 0:
            yield Fault(document.where((*path, key)), str(value), "0 or more")
    if least is not None and most is not None and least > most:
        yield Fault(document.where((*path, "at_least")), f"at least {least}, at most {most}", "a floor below its ceiling")


def _rules(params: Params, document: Document) -> Check:
    for index, need in enumerate(params.allocation.needs):
        if need.request == need.needs:
            yield Fault(document.where(("needs", index, "needs")), f"{need.request!r} needs itself", "another request")
    for index, exclusion in enumerate(params.allocation.excludes):
        if len(set(exclusion.requests)) < 2 or len(set(exclusion.requests)) < len(exclusion.requests):
            yield Fault(document.where(("excludes", index, "requests")), ", ".join(exclusion.requests) or "none", "two requests or more, each once")
    for index, floor in enumerate(params.allocation.cash):
        if floor.start is not None and floor.start not in params.year_months:
            yield Fault(document.where(("cash", index, "start")), f"{floor.start:%Y-%m}", "a month of the planned year")


def _settings(params: Params, document: Document) -> Check:
    limits = params.allocation
    ceilings = [each.id for each in limits.money if each.at_most is not None]
    if limits.envelope is not None and limits.envelope not in ceilings:
        yield Fault(document.where(("envelope",)), repr(limits.envelope), f"a money limit with 'at_most'{nearest(limits.envelope, ceilings)}")
    if not 0 <= limits.gap <= 1:
        yield Fault(document.where(("gap",)), str(limits.gap), "0 to 100 %")
    for key, least, most in (("nodes", 1, 100_000_000), ("frontier_points", 1, 90)):
        value = getattr(limits, key)
        if not least <= value <= most:
            yield Fault(document.where((key,)), str(value), f"{least} to {most}")
