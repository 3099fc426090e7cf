"""Names, formulas and units in alignment.yml that cannot be: every one is a fault with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from aop_lib.alignment_names import alignment_names
from aop_lib.catalogue import formula_switches
from aop_lib.errors import Fault, nearest
from aop_lib.formula_units import Unit, derived_unit, unit_name
from aop_lib.formulas import FormulaError, Node, formula, names

if TYPE_CHECKING:
    from decimal import Decimal

    from aop_lib.load import Params
    from aop_lib.params.alignment import OwnTest
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each name of alignment.yml that leads nowhere, each id given twice, each formula that cannot be; none without it."""
    document = documents.get("alignment")
    if document is None:
        return []
    return [*_ranges(params, document), *_capacities(params, document), *_twice(params, document), *_tests(params, document)]


def _unknown(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")


def _capacities(params: Params, document: Document) -> Check:
    rules, teams = params.alignment, {each.id for each in params.company.teams}
    places: list[tuple[Path_, str]] = [((key, "team"), each.team) for key in ("recruiting", "software") if (each := getattr(rules, key))]
    places += [(("loads", index, "team"), each.team) for index, each in enumerate(rules.loads)]
    for path, team in places:
        yield from _unknown(document, path, team, teams, "team of company.yml")
    for index, load in enumerate(rules.loads):
        yield from _unknown(document, ("loads", index, "load"), load.load, params.metrics, "metric of metrics.yml")
        if load.per_head <= 0:
            yield Fault(document.where(("loads", index, "per_head")), str(load.per_head), "more than 0")
    if rules.software and params.company.accounts:
        accounts = {each.account for each in params.company.accounts}
        for index, account in enumerate(rules.software.accounts):
            yield from _unknown(document, ("software", "accounts", index), account, accounts, "account of company.yml")


def _ranges(params: Params, document: Document) -> Check:
    rules = params.alignment
    shares: list[tuple[Path_, Decimal]] = [(("tolerance",), rules.tolerance), (("weight_tolerance",), rules.weight_tolerance)]
    shares += [(("software", "tolerance"), rules.software.tolerance)] if rules.software else []
    shares += [(("tests", index, "tolerance"), each.tolerance) for index, each in enumerate(rules.tests)]
    yield from (Fault(document.where(path), str(value), "0 to 100 %") for path, value in shares if not 0 <= value <= 1)
    counts: list[tuple[Path_, int]] = [(("recruiting", "heads"), rules.recruiting.heads)] if rules.recruiting else []
    counts += [(("recruiting", "quarters", name), value) for name, value in rules.recruiting.quarters.items()] if rules.recruiting else []
    yield from (Fault(document.where(path), str(value), "0 or more heads") for path, value in counts if value < 0)


def _twice(params: Params, document: Document) -> Check:
    for key in ("loads", "tests"):
        ids = [each.id for each in getattr(params.alignment, key)]
        for name, count in Counter(ids).items():
            if count > 1:
                yield Fault(document.where((key, len(ids) - 1 - ids[::-1].index(name), "id")), f"{name!r} {count} times", "each name once")


def _tests(params: Params, document: Document) -> Check:
    known = alignment_names(params)
    teams = {each.id for each in params.company.teams}
    for index, test in enumerate(params.alignment.tests):
        here: Path_ = ("tests", index)
        yield from _unknown(document, (*here, "team"), test.team, teams, "team of company.yml")
        yield from _unknown(document, (*here, "other_team"), test.other_team, teams, "team of company.yml")
        if test.other_team == test.team:
            yield Fault(document.where((*here, "other_team")), repr(test.team), "another team than the first, or none for the company")
        yield from _formulas(params, document, here, test, known)


def _formulas(params: Params, document: Document, here: Path_, test: OwnTest, known: Mapping[str, Unit]) -> Check:
    units: list[tuple[Unit, bool]] = []
    for side in ("left", "right"):
        try:
            node = formula(getattr(test, side), formula_switches(params.company.switches))
            unknown = [each for each in dict.fromkeys(names(node)) if each not in known]
            yield from (Fault(document.where((*here, side)), repr(each), f"a name that formulas know{nearest(each, known)}") for each in unknown)
            if not unknown:
                units.append((derived_unit(node, known), _is_bare(node)))
        except FormulaError as problem:
            yield Fault(document.where((*here, side)), problem.found, problem.expected)
    if len(units) == 2 and units[0][0] != units[1][0] and not any(bare for _, bare in units):
        left, right = (unit_name(unit) for unit, _ in units)
        yield Fault(document.where((*here, "right")), right, f"{left}, the unit of the left side")
    if len(units) == 2 and all(bare for _, bare in units):
        yield Fault(document.where((*here, "left")), "two numbers", "a formula that names something")


def _is_bare(node: Node) -> bool:
    """Returns whether a side is a number alone, which takes the other side's unit."""
    return not any(True for _ in names(node))
