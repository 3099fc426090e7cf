"""A metric of the catalogue explained: measured or by its formula with values filled in, down to what is measured."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from aop_lib.catalogue import formulas, switch_names
from aop_lib.formulas import Call, Name, Number, names
from aop_lib.formulas import Node as Formula
from aop_lib.periods import add_months
from aop_lib.plan.explanation import Known, Node, source_nodes
from aop_lib.plan.formula_values import Evaluation, Unknown, Value
from aop_lib.plan.metric_words import switches_text, unit_text
from aop_lib.plan.saas_metrics import SCALE, evaluation_of
from aop_lib.plan.wording import counted, month_name

# The snapshot's frames from which a frame of the catalogue's `source` is itself made.
MADE_OF = {
    "arr_bridge": ("mrr", "rates"), "mrr": ("mrr", "rates"), "subscriptions": ("mrr", "rates"), "ledger": ("ledger", "rates"), "people": ("people", "rates"),
    "opportunities": ("opportunities", "rates"),
}  # fmt: skip
DEEPEST = 12


def metric_node(known: Known, name: str, month: pd.Timestamp, team: str = "") -> Node:
    """Returns how a metric came to its value in a month: formula, values and parts, parameters, and the sources of what is measured.

    Args:
        known: The published cycle.
        name: A metric of the catalogue.
        month: A closed month.
        team: A team that the metric is measured for; empty for the company.
    """
    kpis = known.frames["kpis"]
    own = kpis.assign(team="")[kpis["team"] == team] if team else kpis
    return _metric(known, evaluation_of(known.params, own), name, month, ())


def measured_teams(known: Known, name: str) -> list[str]:
    """Returns the teams for which a metric is measured."""
    kpis = known.frames["kpis"]
    return sorted(set(kpis.loc[(kpis["metric"] == name) & (kpis["team"] != ""), "team"]))


def _metric(known: Known, evaluation: Evaluation, name: str, month: pd.Timestamp, above: tuple[str, ...]) -> Node:
    metric = known.params.metrics[name]
    value = evaluation.value(name, month)
    label = f"{metric.label} ({name}), {month_name(month)}"
    parts = [Node("defined as", how=metric.definition, place=known.places.get(f"metric {name}", ""))]
    if isinstance(value, Unknown):
        parts.append(Node("no value", how=value.reason))
    parts += _parameters(known, name) if not above else []
    formula = formulas(known.params.metrics, known.params.company.switches).get(name)
    made = evaluation.node(formula, month) if formula is not None else None
    if formula is not None and isinstance(made, Decimal) and len(above) < DEEPEST:
        parts.append(_formula_node(known, evaluation, name, month, value, made))
        parts += [_metric(known, evaluation, part, at, (*above, name)) for part, at in _parts(formula, month) if part not in (*above, name)]
    if metric.source or formula is None or not isinstance(made, Decimal):
        parts += _measured(known, name, month)
    return Node(label, figure_text(known, name, value), parts=tuple(parts), exact=value if isinstance(value, Decimal) else None)


def _formula_node(known: Known, evaluation: Evaluation, name: str, month: pd.Timestamp, value: Value, made: Decimal) -> Node:
    formula = formulas(known.params.metrics, known.params.company.switches)[name]
    how = f"{known.params.metrics[name].formula} = {_filled(known, evaluation, formula, month)} = {_plain(made)}"
    differs = isinstance(value, Decimal) and value != made.quantize(SCALE)
    return Node("by formula", how=f"{how}; measured it is {_plain(value)}" if differs and isinstance(value, Decimal) else how)


def _filled(known: Known, evaluation: Evaluation, node: Formula, month: pd.Timestamp) -> str:
    """Returns a formula with the values of its metrics in place of their names."""
    signs = {"add": " + ", "sub": " − ", "mul": " × ", "div": " ÷ "}
    if isinstance(node, Number):
        return _plain(node.value)
    if isinstance(node, Name) or node.function in {"lag", "sum", "avg"}:
        value = evaluation.node(node, month)
        return _plain(value) if isinstance(value, Decimal) else "n/m"
    inner = [f"({text})" if isinstance(each, Call) and each.function in signs else text for each, text in _with_texts(known, evaluation, node, month)]
    if node.function == "neg":
        return f"−{inner[0]}"
    if node.function in {"positive", "months"}:
        return inner[0]
    return signs[node.function].join(inner) if node.function in signs else f"{node.function}({', '.join(inner)})"


def _with_texts(known: Known, evaluation: Evaluation, node: Call, month: pd.Timestamp) -> list[tuple[Formula, str]]:
    return [(each, _filled(known, evaluation, each, month)) for each in node.arguments]


def _parts(node: Formula, month: pd.Timestamp) -> list[tuple[str, pd.Timestamp]]:
    """Returns the metrics of a formula with the month in which each enters, once each; of a sum over months the last month stands for all."""
    found: dict[tuple[str, pd.Timestamp], None] = {}
    if isinstance(node, Name):
        found[node.id, month] = None
    elif isinstance(node, Call) and node.function == "lag" and isinstance(node.arguments[1], Number):
        found |= dict.fromkeys(_parts(node.arguments[0], add_months(month, -int(node.arguments[1].value))))
    elif isinstance(node, Call) and node.function in {"sum", "avg"}:
        found |= dict.fromkeys((part, month) for part in names(node.arguments[0]))
    elif isinstance(node, Call):
        for each in node.arguments:
            found |= dict.fromkeys(_parts(each, month))
    return list(found)


def _measured(known: Known, name: str, month: pd.Timestamp) -> list[Node]:
    frames = [each.strip() for each in known.params.metrics[name].source.split(",") if each.strip()]
    made_of = tuple(dict.fromkeys(part for each in frames for part in MADE_OF.get(each, ())))
    nodes = [*_inputs(known, frames, month), *source_nodes(known, made_of)]
    readings = known.frames["kpi_readings"]
    if not made_of and (readings["metric"] == name).any():
        nodes += source_nodes(known, ("kpi_readings",))
    return nodes or [Node("measured from", how=known.params.metrics[name].source or "nothing that the catalogue names")]


def _inputs(known: Known, frames: list[str], month: pd.Timestamp) -> list[Node]:
    nodes = []
    for name in frames:
        if name in known.frames and "month" in known.frames[name].columns:
            rows = int((known.frames[name]["month"] == month).sum())
            nodes.append(Node(f"frame {name}", how=f"{counted(rows, 'row')} of {month_name(month)}"))
        elif name in known.frames:
            nodes.append(Node(f"frame {name}", how=counted(len(known.frames[name]), "row")))
    return nodes


def _parameters(known: Known, name: str) -> list[Node]:
    """Returns the switches that a metric is read by and the goals that set a target for it."""
    params = known.params
    found = []
    for switch in switch_names(params.metrics[name]):
        told = switches_text(params, [switch])
        place = known.places.get(f"switch {switch}", "")
        found += [Node(f"switch {switch}", how=told, place=place or "company.yml does not set it: the default")] if told else []
    for goal in [each for several in params.goals.goals for each in several.by_kpi()]:
        if goal.kpi == name:
            found.append(Node(f"goal {goal.id}", how=f"{goal.statement}: target {_plain(goal.target)}", place=known.places.get(f"goal {goal.id}", "")))
    return found


def figure_text(known: Known, name: str, value: Value) -> str:
    """Returns a metric's value, not rounded, with its unit; `no value` where it has none."""
    if not isinstance(value, Decimal):
        return "no value"
    unit = unit_text(known.params.metrics[name], known.currency)
    return f"{_plain(value * 100)} %" if unit == "pct" else f"{_plain(value)} {unit}"


def _plain(value: Decimal) -> str:
    text = f"{value:,.10f}".rstrip("0").rstrip(".")
    return text if text not in {"", "-0"} else "0"
