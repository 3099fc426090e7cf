"""A displayed figure explained by its key: every column that stands in its row, each down to rules, requests, approvals and source files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from aop_lib.periods import month_of
from aop_lib.plan.amount_explanation import Chosen, chosen_total
from aop_lib.plan.explanation import Known, Node, exact_text
from aop_lib.plan.figure_keys import FigureKey
from aop_lib.plan.listed_explanation import alignment_node, bridge_node, questions_node, requests_node
from aop_lib.plan.metric_explanation import figure_text, metric_node
from aop_lib.plan.side_explanation import side_node
from aop_lib.plan.statement_explanation import statement_node
from aop_lib.plan.story import exact
from aop_lib.plan.trees import team_ancestry
from aop_lib.plan.wording import counted, month_name, months_name

RATIOS = {"gross_margin": ("Gross margin", "gross_profit", "total_revenue")}


def figure_node(known: Known, key: FigureKey) -> Node | None:
    """Returns where a displayed figure comes from; None where nothing of that name is known, which a test of every page forbids.

    Args:
        known: The cycle, as far as its stages have run.
        key: What the figure is.
    """
    tell = KINDS.get(key.kind)
    return tell(known, key) if tell else None


def _amount(known: Known, key: FigureKey) -> Node | None:
    teams = frozenset(each for each, above in team_ancestry(known.params).items() if key.team in above) if key.team else frozenset()
    if key.name in RATIOS:
        return _ratio(known, key, teams)
    chosen = chosen_total(known, key.name)
    if chosen is None:
        return None
    return _beside(chosen.label, [side_node(known, key.name, chosen, side, key.team, teams) for side in key.sides])


def _ratio(known: Known, key: FigureKey, teams: frozenset[str]) -> Node | None:
    label, *names = RATIOS[key.name]
    above, below = (chosen_total(known, name) for name in names)
    if above is None or below is None:
        return None
    both = ((names[0], above), (names[1], below))
    return _beside(label, [_quotient(known, both, side, (key.team, teams)) for side in key.sides])


def _quotient(known: Known, both: Sequence[tuple[str, Chosen]], side: str, where: tuple[str, frozenset[str]]) -> Node:
    parts = [side_node(known, name, each, side, *where) for name, each in both]
    over, under = (Decimal(each.exact or 0) for each in parts)
    told = tuple(replace(part, label=f"{each.label}, {part.label}") for (_, each), part in zip(both, parts, strict=True))
    value = exact(over / under) if under else None
    how = f"{exact_text(over, known.currency)} ÷ {exact_text(under, known.currency)}"
    return Node(parts[0].label, f"{value * 100:.4f} %" if value is not None else "no value", how=how, parts=told, exact=value)


def _beside(label: str, sides: list[Node]) -> Node:
    """Returns the columns of a row under its name; a single one carries the name itself."""
    first = sides[0]
    if len(sides) == 1:
        return replace(first, label=f"{label}, {first.label}")
    return Node(label, first.value, parts=tuple(sides), exact=first.exact)


def _metric(known: Known, key: FigureKey) -> Node | None:
    return metric_node(known, key.name, month_of(key.month), key.team) if key.name in known.params.metrics else None


def _months(known: Known, key: FigureKey) -> Node | None:
    """Returns a metric over months, their sum or mean: each month's value, its definition, and what the last month is measured from."""
    if key.name not in known.params.metrics:
        return None
    first, last, metric = month_of(key.since), month_of(key.month), known.params.metrics[key.name]
    kpis = known.frames["kpis"]
    own = kpis[(kpis["metric"] == key.name) & (kpis["team"] == key.team) & kpis["month"].between(first, last)].sort_values("month")
    values = {month: Decimal(value) for month, value in zip(own["month"], own["value"], strict=True)}
    total, is_sum = sum(values.values(), Decimal(0)), metric.aggregate == "sum"
    value = total if is_sum else exact(total / len(values))
    part = "month" if is_sum else ""
    months = tuple(Node(month_name(month), figure_text(known, key.name, each), exact=each, breakdown=part) for month, each in values.items())
    facts = tuple(each for each in metric_node(known, key.name, last, key.team).parts if each.exact is None)
    how = f"{'sum' if is_sum else 'mean'} of {counted(len(months), 'month')}"
    return Node(f"{metric.label}, {months_name([first, last])}", figure_text(known, key.name, value), how=how, parts=(*months, *facts), exact=value)


KINDS: dict[str, Callable[[Known, FigureKey], Node | None]] = {
    "amount": _amount,
    "metric": _metric,
    "months": _months,
    "statement": statement_node,
    "requests": requests_node,
    "questions": questions_node,
    "arr": bridge_node,
    "alignment": alignment_node,
}
