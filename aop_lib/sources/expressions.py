"""What may stand in a column of a preset: references, constants and a handful of named operations, read from YAML.

A preset is data, not code. `columns.py` turns these values into expressions of the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

EXAMPLE = "'table.column', {text: USD} or an operation such as {first: [table.a, table.b]}"
OPERATIONS = {"first": 1, "joined": 1, "upper": 1, "lower": 1, "mapped": 1, "inside": 1, "sum": 1, "difference": 2, "signed": 1, "optional": 1}
OPTIONS = {"joined": {"with"}, "mapped": {"to", "otherwise"}, "inside": {"key"}, "signed": {"by", "minus"}}


@dataclass(frozen=True)
class Reference:
    """A column of a table, written `table.column`."""

    table: str
    column: str


@dataclass(frozen=True)
class Constant:
    """The same text in every row."""

    text: str


@dataclass(frozen=True)
class Operation:
    """A named operation over other expressions.

    Attributes:
        name: `first` (the first that is not empty), `joined`, `upper`, `lower`, `mapped` (by a list of pairs), `inside` (the text
            under a key of a JSON object), `sum` or `difference` (exact numbers; an empty one makes the result empty), `signed` (a
            number that is turned where another column says so), `optional` (the column, left out where the export has none of that name).
        arguments: What it works on.
        pairs: For `mapped`, what becomes what; for `signed`, the texts that turn the number.
        text: For `joined` what stands between; for `mapped` what becomes of a value that is not listed; for `inside` the key.
    """

    name: str
    arguments: tuple[Expression, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    text: str = ""


Expression = Reference | Constant | Operation


@dataclass(frozen=True)
class Condition:
    """Keeps the rows in which an expression is (or is not) one of some texts; the empty text is an empty cell."""

    expression: Expression
    keeps: bool
    texts: tuple[str, ...]


def expression_of(value: Any) -> Expression:
    """Returns the expression that a preset's value states.

    Raises:
        ValueError: If the value has no such form; the message says what is allowed.
    """
    if isinstance(value, str):
        return _reference(value)
    given = value if isinstance(value, dict) else {}
    if set(given) == {"text"} and isinstance(given["text"], str):
        return Constant(given["text"])
    names = set(given) & set(OPERATIONS)
    if len(names) != 1:
        raise ValueError(f"{EXAMPLE}; the operations are {', '.join(OPERATIONS)}")
    name = names.pop()
    surplus = set(given) - {name} - OPTIONS.get(name, set())
    if surplus:
        raise ValueError(f"{name} without {', '.join(sorted(surplus))}")
    return _operation(name, given)


def condition_of(value: Any) -> Condition:
    """Returns the condition that a preset's value states: `{value: table.column, is: text}` or is_not, in, not_in.

    Raises:
        ValueError: If the value has no such form.
    """
    tests = {"is": True, "is_not": False, "in": True, "not_in": False}
    if not isinstance(value, dict) or "value" not in value or len(value) != 2 or not set(value) & set(tests):
        raise ValueError("{value: table.column, is: text}, or with is_not, in or not_in")
    test = next(name for name in tests if name in value)
    texts = value[test] if test.endswith("in") else [value[test]]
    if not isinstance(texts, list) or not all(isinstance(text, str | None) for text in texts):
        raise ValueError(f"{test} with {'a list of texts' if test.endswith('in') else 'one text'}")
    return Condition(expression_of(value["value"]), tests[test], tuple(text or "" for text in texts))


def references(expression: Expression) -> Iterator[Reference]:
    """Returns every reference inside an expression."""
    if isinstance(expression, Reference):
        yield expression
    elif isinstance(expression, Operation):
        for argument in expression.arguments:
            yield from references(argument)


def is_optional(expression: Expression) -> bool:
    """Returns whether a column may be missing in the export: `{optional: table.column}`."""
    return isinstance(expression, Operation) and expression.name == "optional"


def _reference(text: str) -> Reference:
    table, dot, column = text.partition(".")
    if not dot or not table or not column:
        raise ValueError(EXAMPLE)
    return Reference(table, column)


def _operation(name: str, value: dict[str, Any]) -> Operation:
    given = value[name]
    arguments = tuple(expression_of(each) for each in (given if isinstance(given, list) else [given]))
    if len(arguments) < OPERATIONS[name]:
        raise ValueError(f"{name} of at least {OPERATIONS[name]} columns")
    if name == "inside" and not (isinstance(value.get("key"), str) and value["key"].isidentifier()):
        raise ValueError("{inside: table.column, key: name}")
    if name == "signed":
        return _signed(value, arguments)
    if name != "mapped":
        return Operation(name, arguments, text=value.get("with") or value.get("key") or "")
    pairs = value.get("to")
    if not isinstance(pairs, dict) or not all(isinstance(text, str) for text in pairs.values()) or len(arguments) != 1:
        raise ValueError("{mapped: table.column, to: {found: wanted}, otherwise: text}")
    return Operation(name, arguments, tuple(pairs.items()), value.get("otherwise") or "")


def _signed(value: dict[str, Any], arguments: tuple[Expression, ...]) -> Operation:
    minus = value.get("minus")
    if len(arguments) != 1 or "by" not in value or not isinstance(minus, list) or not all(isinstance(text, str) for text in minus):
        raise ValueError("{signed: table.amount, by: table.column, minus: [Credit]}")
    return Operation("signed", (*arguments, expression_of(value["by"])), tuple((text, "") for text in minus))


Expr = Annotated[Any, BeforeValidator(expression_of)]
Where = Annotated[Any, BeforeValidator(condition_of)]
