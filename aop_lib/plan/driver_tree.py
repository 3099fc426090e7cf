"""The driver tree: what a metric is made of, and how much it moves when a part of it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.formulas import names
from aop_lib.frames import DTYPES
from aop_lib.params.catalogue import Metric
from aop_lib.plan.formula_values import Evaluation
from aop_lib.plan.metric_words import unit_text
from aop_lib.plan.saas_metrics import evaluation_of

if TYPE_CHECKING:
    from aop_lib.load import Params

STEP = Decimal("0.001")
COLUMNS = ["node", "parent", "depth", "label", "unit", "direction", "value", "elasticity"]


@dataclass(frozen=True)
class _Tree:
    metrics: Mapping[str, Metric]
    evaluation: Evaluation
    month: pd.Timestamp
    root: str
    currency: str

    def row(self, name: str, parent: str, depth: int) -> dict[str, object]:
        metric = self.metrics[name]
        value = self.evaluation.value(name, self.month)
        return {
            "node": name, "parent": parent, "depth": depth, "label": metric.label, "unit": unit_text(metric, self.currency),
            "direction": {"more": 1, "less": -1, "either": 0}[metric.direction], "value": value if isinstance(value, Decimal) else None,
            "elasticity": elasticity(self.evaluation, self.root, name, self.month),
        }  # fmt: skip


def driver_tree(params: Params, kpis: pd.DataFrame, root: str, deepest: int = 4) -> pd.DataFrame:
    """Returns what a metric is made of by its formula and theirs, each part with its value and the root's elasticity to it.

    Args:
        params: Catalogue, switches and the last closed month.
        kpis: Actuals per month.
        root: The metric at the root.
        deepest: Levels below the root that are told.

    Returns:
        node, parent (empty at the root), depth, label, unit, direction, value, elasticity (both missing where there is none), each
        part after what it is part of. A part that comes twice is told twice, but what it is made of only once.
    """
    evaluation = replace(evaluation_of(params, kpis), formulas_first=True, _found={})
    tree = _Tree(params.metrics, evaluation, params.last_closed, root, params.company.reporting_currency)
    rows: list[dict[str, object]] = []
    _grow(tree, (root, "", 0), rows, deepest)
    found = pd.DataFrame(rows, columns=COLUMNS)
    scale = Decimal("0.0000000001")
    exact = {name: [None if each is None else each.quantize(scale) for each in found[name]] for name in ("value", "elasticity")}
    return found.assign(**{name: pd.Series(values, dtype=DTYPES["figure"]) for name, values in exact.items()})


def _grow(tree: _Tree, place: tuple[str, str, int], rows: list[dict[str, object]], deepest: int) -> None:
    name, parent, depth = place
    if name not in tree.metrics:
        return
    seen = any(row["node"] == name for row in rows)
    rows.append(tree.row(name, parent, depth))
    if seen or depth >= deepest or name not in tree.evaluation.formulas:
        return
    for part in dict.fromkeys(names(tree.evaluation.formulas[name])):
        _grow(tree, (part, name, depth + 1), rows, deepest)


def elasticity(evaluation: Evaluation, root: str, name: str, month: pd.Timestamp) -> Decimal | None:
    """Returns by how many per cent a metric moves when another one is 1 % more in every month; None where it has no value or is zero.

    Defined as::

        elasticity = (root at (1 + h) * part - root at (1 - h) * part) / (2 * h * |root|)        h = 0.001, in every month

    Args:
        evaluation: The metrics; formulas first, so that a metric follows its parts.
        root: What moves.
        name: What is moved.
        month: The month of the root.
    """
    middle = evaluation.value(root, month)
    up, down = (replace(evaluation, scales={name: 1 + sign * STEP}, _found={}).value(root, month) for sign in (1, -1))
    if not isinstance(middle, Decimal) or not isinstance(up, Decimal) or not isinstance(down, Decimal) or not middle:
        return None
    return (up - down) / (2 * STEP * abs(middle))
