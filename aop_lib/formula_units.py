"""Units of formulas: what a formula comes out in, and whether its parts may be added at all."""

from __future__ import annotations

from collections.abc import Mapping

from aop_lib.formulas import Call, FormulaError, Name, Node, Number

Unit = tuple[tuple[str, int], ...]
"""Dimension and power, sorted; a plain number (pct, ratio) has none."""

PLAIN: Unit = ()
MONTHS: Unit = (("months", 1),)
PURE = {"pct", "ratio"}


def unit_of(unit: str, per: str = "") -> Unit:
    """Returns the dimensions of a metric's unit, such as currency per count.

    Args:
        unit: The catalogue's unit; `pct` and `ratio` are plain numbers.
        per: What it is per, empty for nothing.
    """
    powers = {} if unit in PURE else {unit: 1}
    if per:
        powers[per] = powers.get(per, 0) - 1
    return _unit(powers)


def derived_unit(node: Node, units: Mapping[str, Unit]) -> Unit:
    """Returns the dimensions that a formula comes out in.

    Defined as::

        a + b, a - b, min, max    both in the same unit          a * b, a / b   powers add, subtract
        lag, sum, avg, positive   the unit of what they take     months(x)      x is a plain number that counts months

    Args:
        node: The formula.
        units: The dimensions of every metric it names.

    Raises:
        FormulaError: If unlike units are added or compared.
    """
    match node:
        case Number():
            return PLAIN
        case Name(id=name):
            return units[name]
        case Call(function="mul" | "div" as function, arguments=(first, second)):
            return _product(derived_unit(first, units), derived_unit(second, units), 1 if function == "mul" else -1)
        case Call(function="lag" | "sum" | "avg" | "neg" | "positive", arguments=(first, *_)):
            return derived_unit(first, units)
        case Call(function="months", arguments=(first,)):
            _same("months()", [derived_unit(first, units), PLAIN])
            return MONTHS
    found = [derived_unit(each, units) for each in node.arguments]
    _same({"add": "a sum", "sub": "a difference"}.get(node.function, f"{node.function}()"), found)
    return found[0]


def unit_name(unit: Unit) -> str:
    """Returns dimensions in words: `currency per count`, `a plain number`."""
    above = [name if power == 1 else f"{name}^{power}" for name, power in unit if power > 0]
    below = [name if power == -1 else f"{name}^{-power}" for name, power in unit if power < 0]
    if not above and not below:
        return "a plain number"
    return " per ".join(part for part in (" × ".join(above) or "1", " × ".join(below)) if part)


def _same(what: str, found: list[Unit]) -> None:
    if len(set(found)) > 1:
        raise FormulaError(f"{what} of {' and '.join(unit_name(each) for each in dict.fromkeys(found))}", "like units")


def _product(first: Unit, second: Unit, sign: int) -> Unit:
    powers = dict(first)
    for name, power in second:
        powers[name] = powers.get(name, 0) + sign * power
    return _unit(powers)


def _unit(powers: Mapping[str, int]) -> Unit:
    return tuple(sorted((name, power) for name, power in powers.items() if power))
