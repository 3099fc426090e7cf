"""Values of formulas: a metric in a month, measured or computed, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import repeat

import pandas as pd

from aop_lib.formulas import Call, Name, Node, Number
from aop_lib.periods import add_months
from aop_lib.plan.wording import month_name

LARGEST = Decimal(10) ** 17
OPERATIONS: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "add": lambda values: values[0] + values[1],
    "sub": lambda values: values[0] - values[1],
    "mul": lambda values: values[0] * values[1],
    "div": lambda values: values[0] / values[1],
    "neg": lambda values: -values[0],
    "min": min,
    "max": max,
    "positive": lambda values: values[0],
    "months": lambda values: values[0],
}
Series = Mapping[str, Mapping[pd.Timestamp, Decimal]]


@dataclass(frozen=True)
class Unknown:
    """Why a metric has no value.

    Attributes:
        reason: In words.
        missing: Metrics without any data that it would take; empty where the figure has no meaning (n/m) or the month lacks data.
        is_meaningless: Whether there are data, but the figure has no meaning over them (n/m).
    """

    reason: str
    missing: tuple[str, ...] = ()
    is_meaningless: bool = False


Value = Decimal | Unknown


@dataclass
class Evaluation:
    """The metrics of one company over its months; holds what it has worked out, so that nothing is worked out twice.

    Attributes:
        formulas: Metric to formula.
        measured: Metric to month to value.
        labels: What readers call the metrics.
        scales: Factor by which a metric is multiplied in every month, to see what depends on it.
        formulas_first: Whether a formula counts before a measured value, so that a metric follows what it is made of.
    """

    formulas: Mapping[str, Node]
    measured: Series
    labels: Mapping[str, str]
    scales: Mapping[str, Decimal] = field(default_factory=dict)
    formulas_first: bool = False
    _found: dict[tuple[str | int, pd.Timestamp], Value] = field(default_factory=dict)
    _held: dict[int, Node] = field(default_factory=dict)  # keeps formulas alive: an id is given again once its object is gone

    def value(self, name: str, month: pd.Timestamp) -> Value:
        """Returns a metric's value in a month: measured where it is, else by its formula."""
        key = (name, month)
        if key not in self._found:
            value = self._metric(name, month)
            self._found[key] = value * self.scales[name] if name in self.scales and isinstance(value, Decimal) else value
        return self._found[key]

    def _metric(self, name: str, month: pd.Timestamp) -> Value:
        series = self.measured.get(name, {})
        computed: Value | None = None
        if name in self.formulas and (self.formulas_first or month not in series):
            computed = self.node(self.formulas[name], month)
        if isinstance(computed, Decimal) or (computed is not None and not series):
            return computed
        if month in series:
            return series[month]
        if computed is not None and computed.is_meaningless:
            return computed
        label = self.labels.get(name, name)
        return Unknown(f"{label} has no value for {month_name(month)}") if series else Unknown(f"no data for {label}", (name,))

    def node(self, node: Node, month: pd.Timestamp) -> Value:
        """Returns the value of a formula, or of a part of one, in a month."""
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Name):
            return self.value(node.id, month)
        key = (id(node), month)
        if key not in self._found:
            self._held[id(node)] = node
            value = self._call(node, month)
            large = isinstance(value, Decimal) and abs(value) >= LARGEST
            self._found[key] = Unknown("the figure is too large to mean anything", is_meaningless=True) if large else value
        return self._found[key]

    def _call(self, call: Call, month: pd.Timestamp) -> Value:
        if call.function in {"lag", "sum", "avg"}:
            return self._over_months(call, month)
        found = list(map(self.node, call.arguments, repeat(month)))
        values = [each for each in found if isinstance(each, Decimal)]
        if len(values) < len(found):
            return _joined([each for each in found if isinstance(each, Unknown)])
        return _applied(call, values, self.said(call.arguments[-1]), month)

    def _over_months(self, call: Call, month: pd.Timestamp) -> Value:
        taken, count = call.arguments[0], int(call.arguments[1].value) if isinstance(call.arguments[1], Number) else 0
        if call.function == "lag":
            return self.node(taken, add_months(month, -count))
        found = list(map(self.node, repeat(taken), [add_months(month, -back) for back in range(count)]))
        values = [each for each in found if isinstance(each, Decimal)]
        if len(values) < len(found):
            return _joined([each for each in found if isinstance(each, Unknown)])
        total = sum(values, Decimal(0))
        return total if call.function == "sum" else total / count

    def said(self, node: Node) -> str:
        """Returns what a part of a formula is, in the words of a reader who knows the metrics."""
        if isinstance(node, Number):
            return f"{node.value}"
        if isinstance(node, Name):
            return self.labels.get(node.id, node.id)
        first, last = (self.said(node.arguments[index]) for index in (0, -1))
        told = {"lag": f"{first} {last} months before", "sum": f"{first} over {last} months", "avg": f"average {first} over {last} months", "neg": f"−{first}"}
        signs = {"add": " + ", "sub": " − ", "mul": " × ", "div": " ÷ "}
        if node.function in told:
            return told[node.function]
        if node.function in {"positive", "months"}:
            return first
        inner = signs.get(node.function, ", ").join(self.said(each) for each in node.arguments)
        return inner if node.function in signs else f"{node.function}({inner})"


def _joined(unknown: list[Unknown]) -> Unknown:
    """Returns one reason of several: what is not measured comes first, then what lacks a month, then what has no meaning."""
    missing = tuple(dict.fromkeys(name for each in unknown for name in each.missing))
    first = next((each for each in unknown if each.missing), None) or next((each for each in unknown if not each.is_meaningless), unknown[0])
    return Unknown(first.reason, missing, first.is_meaningless)


def _applied(call: Call, values: list[Decimal], said: str, month: pd.Timestamp) -> Value:
    last = values[-1]
    if call.function in {"div", "positive"} and last <= 0:
        return Unknown(f"{said} is {'zero' if not last else 'negative'} in {month_name(month)}", is_meaningless=True)
    return OPERATIONS[call.function](values)
