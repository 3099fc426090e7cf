"""Formulas of metrics: arithmetic that people write, read into a small tree; nothing but what is listed here can be said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

LONGEST, DEEPEST, LONGEST_CHAIN, MOST_MONTHS = 400, 20, 10, 60
NUMBER = re.compile(r"\d{1,12}(\.\d{1,10})?", re.ASCII)
SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "\n": " "})
OPERATIONS: dict[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
FUNCTIONS = {
    "min": (2, 6), "max": (2, 6), "lag": (2, 2), "sum": (2, 2), "avg": (2, 2), "sum12": (1, 1), "avg12": (1, 1), "positive": (1, 1), "months": (1, 1),
}  # fmt: skip
OVER_MONTHS = ("lag", "sum", "avg")
ALLOWED = "numbers, metrics, + − × ÷, parentheses, min, max, lag(x, months), sum(x, months), avg(x, months), sum12, avg12, positive, months"


class FormulaError(ValueError):
    """A formula that cannot be read: what was found, what is expected."""

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(f"found {found}; expected {expected}")


@dataclass(frozen=True)
class Number:
    """A number of a formula, exact."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """A metric or a switch that a formula names."""

    id: str


@dataclass(frozen=True)
class Call:
    """An operation (`add`, `sub`, `mul`, `div`, `neg`) or a function, with what it is applied to."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Call


def formula(text: str, switches: Mapping[str, int | str] | None = None) -> Node:
    """Returns a formula as a tree, switches replaced by what they are set to.

    Defined as::

        positive(x)      x; n/m where x is zero or less           months(x)   a ratio that counts months, such as a payback
        lag(x, n)        x of n months before                     sum12(x), avg12(x)   over the twelve months to now
        sum(x, n), avg(x, n)   over the n months to now

    Args:
        text: As a person wrote it; `×`, `÷` and `−` may be used.
        switches: Name to number, or to the metric that it chooses.

    Raises:
        FormulaError: If it says anything else than the arithmetic above.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"{len(text):,} characters", f"at most {LONGEST}")
    plain = text.translate(SIGNS)
    try:
        parsed = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(repr(text), f"an arithmetic formula of {ALLOWED}") from None
    return _node(parsed, plain.strip(), switches or {}, 1)


def _node(node: ast.expr, text: str, switches: Mapping[str, int | str], depth: int) -> Node:
    if depth > DEEPEST:
        raise FormulaError("parts within parts", f"at most {DEEPEST} levels; name a part of it as a metric of its own")
    match node:
        case ast.Constant():
            return _number(node, text)
        case ast.Name(id=name):
            chosen = switches.get(name, name)
            return Name(chosen) if isinstance(chosen, str) else Number(Decimal(chosen))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return Call(OPERATIONS[type(op)], (_node(left, text, switches, depth + 1), _node(right, text, switches, depth + 1)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Call("neg", (_node(operand, text, switches, depth + 1),))
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]) if function in FUNCTIONS:
            return _call(function, [_node(each, text, switches, depth + 1) for each in arguments])
    raise FormulaError(repr(ast.get_source_segment(text, node) or text), ALLOWED)


def _number(node: ast.Constant, text: str) -> Number:
    written = ast.get_source_segment(text, node) or ""
    if not NUMBER.fullmatch(written):
        raise FormulaError(repr(written or node.value), "a number such as 12 or 0.25")
    return Number(Decimal(written))


def _call(function: str, arguments: list[Node]) -> Call:
    fewest, most = FUNCTIONS[function]
    if not fewest <= len(arguments) <= most:
        expected = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise FormulaError(f"{function} of {len(arguments)}", f"{function} of {expected}")
    if function in {"sum12", "avg12"}:
        return Call(function[:3], (arguments[0], Number(Decimal(12))))
    if function in OVER_MONTHS:
        _held_months(function, arguments[1])
    return Call(function, tuple(arguments))


def _held_months(function: str, months: Node) -> None:
    least = 0 if function == "lag" else 1
    if not isinstance(months, Number) or months.value % 1 or not least <= months.value <= MOST_MONTHS:
        found = f"{function} over {months.value} months" if isinstance(months, Number) else f"{function} over something that is no number"
        raise FormulaError(found, f"a whole number of {least} to {MOST_MONTHS} months, or a switch that holds one")


def names(node: Node) -> Iterator[str]:
    """Yields the metrics that a formula names, in its order; one that it names twice comes twice."""
    if isinstance(node, Name):
        yield node.id
    elif isinstance(node, Call):
        for each in node.arguments:
            yield from names(each)


def cycle(formulas: Mapping[str, Node]) -> list[str]:
    """Returns a path of metrics that leads back to its start, such as `a → b → a`; empty where there is none."""
    try:
        TopologicalSorter(_parts(formulas)).prepare()
    except CycleError as problem:
        loop = list(reversed(problem.args[1]))[1:]
        start = min(range(len(loop)), key=lambda index: list(formulas).index(loop[index]))
        return [*loop[start:], *loop[: start + 1]]
    return []


def longest_chain(formulas: Mapping[str, Node]) -> list[str]:
    """Returns the longest path of formulas that stand on formulas; there must be no cycle among them."""
    parts = _parts(formulas)
    below: dict[str, str] = {}
    length: dict[str, int] = {}
    for name in TopologicalSorter(parts).static_order():
        deepest = max(parts[name], key=lambda each: length[each], default="")
        below[name], length[name] = deepest, 1 + length.get(deepest, 0)
    path = [max(length, key=lambda each: length[each])] if length else []
    while path and below[path[-1]]:
        path.append(below[path[-1]])
    return path


def _parts(formulas: Mapping[str, Node]) -> dict[str, list[str]]:
    return {name: [each for each in dict.fromkeys(names(node)) if each in formulas] for name, node in formulas.items()}
