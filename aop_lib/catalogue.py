"""The catalogue's formulas: read with the company's switches, and every fault in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aop_lib.errors import nearest
from aop_lib.formula_units import Unit, derived_unit, unit_name, unit_of
from aop_lib.formulas import FUNCTIONS, LONGEST_CHAIN, FormulaError, Node, cycle, formula, longest_chain, names
from aop_lib.params.catalogue import Metric
from aop_lib.switches import Switches

SWITCHES = tuple(Switches.model_fields)


@dataclass(frozen=True)
class FormulaFault:
    """What is wrong with one metric of the catalogue.

    Attributes:
        metric: Its id.
        key: The key it stands at: `formula` or `switches`; empty for the metric itself.
        found: What stands there.
        expected: What the rule asks for.
    """

    metric: str
    key: str
    found: str
    expected: str


def formula_switches(switches: Switches) -> dict[str, int | str]:
    """Returns the switches that formulas may name: those that hold a number, or the name of a metric."""
    values: dict[str, Any] = {name: getattr(switches, name) for name in SWITCHES}
    return {name: value for name, value in values.items() if isinstance(value, int | str) and not isinstance(value, bool)}


def formulas(metrics: Mapping[str, Metric], switches: Switches) -> dict[str, Node]:
    """Returns the formula of each metric that has one, switches set.

    Raises:
        FormulaError: If one cannot be read; `load` has refused such a catalogue before.
    """
    known = formula_switches(switches)
    return {name: formula(metric.formula, known) for name, metric in metrics.items() if metric.formula}


def switch_names(metric: Metric) -> list[str]:
    """Returns the switches that a metric stands on: those it lists and those that its formula names, once each."""
    inside = [name for name in _words(metric.formula) if name in SWITCHES]
    return list(dict.fromkeys([*metric.switches, *inside]))


def catalogue_faults(metrics: Mapping[str, Metric], switches: Switches) -> Iterator[FormulaFault]:
    """Yields every fault of the catalogue's formulas: what cannot be read, unknown names, unlike units, cycles.

    Args:
        metrics: The whole catalogue.
        switches: The company's switches.
    """
    for name, metric in metrics.items():
        for each in metric.switches:
            if each not in SWITCHES:
                yield FormulaFault(name, "switches", repr(each), f"a switch of company.yml{nearest(each, SWITCHES)}")
        if name in SWITCHES or name in FUNCTIONS:
            yield FormulaFault(name, "", f"the name {name!r}", f"another name: formulas know it as a {'switch' if name in SWITCHES else 'function'}")
    read: dict[str, Node] = {}
    for name, metric in metrics.items():
        if metric.formula:
            try:
                read[name] = formula(metric.formula, formula_switches(switches))
            except FormulaError as problem:
                yield FormulaFault(name, "formula", problem.found, problem.expected)
        yield from _over(name, metric, metrics, switches)
    yield from _places(metrics, read)


def _over(name: str, metric: Metric, metrics: Mapping[str, Metric], switches: Switches) -> Iterator[FormulaFault]:
    try:
        named = dict.fromkeys(names(formula(metric.over, formula_switches(switches)))) if metric.over else {}
    except FormulaError as problem:
        yield FormulaFault(name, "over", problem.found, problem.expected)
        return
    for each in named:
        if each not in metrics:
            yield FormulaFault(name, "over", repr(each), f"a metric of the catalogue{nearest(each, [*metrics, *SWITCHES])}")
        elif each == name:
            yield FormulaFault(name, "over", repr(each), "another metric than itself")


def _places(metrics: Mapping[str, Metric], read: Mapping[str, Node]) -> Iterator[FormulaFault]:
    units = {name: unit_of(metric.unit, metric.per) for name, metric in metrics.items()}
    for name, node in read.items():
        unknown = [each for each in dict.fromkeys(names(node)) if each not in metrics]
        for each in unknown:
            yield FormulaFault(name, "formula", repr(each), f"a metric of the catalogue{nearest(each, [*metrics, *SWITCHES])}")
        if not unknown:
            yield from _unit_fault(name, node, units)
    path = cycle(read)
    if path:
        yield FormulaFault(path[0], "formula", " → ".join(path), "formulas that do not lead back to themselves")
    elif len(chain := longest_chain(read)) > LONGEST_CHAIN:
        yield FormulaFault(chain[0], "formula", f"{len(chain)} formulas that stand on one another", f"at most {LONGEST_CHAIN}")


def _unit_fault(name: str, node: Node, units: Mapping[str, Unit]) -> Iterator[FormulaFault]:
    try:
        found = derived_unit(node, units)
    except FormulaError as problem:
        yield FormulaFault(name, "formula", problem.found, problem.expected)
        return
    if found != units[name]:
        yield FormulaFault(name, "formula", unit_name(found), f"{unit_name(units[name])}, the unit it is declared in")


def _words(text: str) -> list[str]:
    return "".join(each if each.isalnum() or each == "_" else " " for each in text).split()
