"""Ratios of the catalogue as quotients: what is above the line, what is below it, and in which unit each is counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.catalogue import formula_switches, formulas
from aop_lib.formula_units import Unit, derived_unit, unit_of
from aop_lib.formulas import Call, Name, Node, Number, formula, names
from aop_lib.plan.formula_values import Evaluation

if TYPE_CHECKING:
    from aop_lib.load import Params

PIECES: dict[Unit, Decimal] = {(("currency", 1),): Decimal("0.01"), (("count", 1),): Decimal(1), (("fte", 1),): Decimal("0.1")}
FINEST = Decimal("0.0000000001")
STEADY = {"add", "sub", "neg"}


@dataclass(frozen=True)
class Quotient:
    """A ratio taken apart.

    Attributes:
        below: The formula below the line.
        above_name: What stands above the line, in words.
        below_name: What stands below it.
        above_unit: The smallest piece of what stands above: a cent, a whole, else the tenth decimal.
        below_unit: The same below.
        adds_up: Whether months of both may be added.
    """

    below: Node
    above_name: str
    below_name: str
    above_unit: Decimal
    below_unit: Decimal
    adds_up: bool


def quotient(params: Params, metric: str) -> Quotient | None:
    """Returns a ratio taken apart; None where the metric is no quotient.

    A metric is one where its formula is a division (`months(...)` around it counts as the division), or where it is measured
    and the catalogue says with `over` what it is a share of.
    """
    entry = params.metrics[metric]
    known = formula_switches(params.company.switches)
    said = Evaluation({}, {}, {name: each.label for name, each in params.metrics.items()}).said
    units = {name: unit_of(each.unit, each.per) for name, each in params.metrics.items()}
    if entry.over:
        below = formula(entry.over, known)
        piece = PIECES.get(derived_unit(below, units), FINEST)
        return Quotient(below, f"{entry.label} × {said(below)}", said(below), piece, piece, _adds_up(params, below))
    node = formulas({metric: entry}, params.company.switches).get(metric)
    while isinstance(node, Call) and node.function == "months":
        node = node.arguments[0]
    if not isinstance(node, Call) or node.function != "div" or isinstance(node.arguments[1], Number):
        return None
    above, below = node.arguments
    upper, lower = (PIECES.get(derived_unit(each, units), FINEST) for each in (above, below))
    return Quotient(below, said(above), said(below), upper, lower, _adds_up(params, above) and _adds_up(params, below))


def _adds_up(params: Params, node: Node) -> bool:
    """Returns whether months of a formula may be added: it is made of metrics whose months add up, by plus and minus alone."""
    if isinstance(node, Name):
        return params.metrics[node.id].aggregate == "sum"
    if isinstance(node, Number):
        return False
    return node.function in STEADY and all(_adds_up(params, each) for each in node.arguments) and any(names(node))
