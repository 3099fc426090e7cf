"""A company's own tests of alignment: two formulas of alignment.yml, evaluated as those of the catalogue are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.alignment_names import BUDGET, DRIVEN, HEADS, MODEL, OF, TARGET, alignment_names, spoken
from aop_lib.catalogue import formula_switches, formulas
from aop_lib.formula_units import derived_unit, unit_name
from aop_lib.formulas import formula, names
from aop_lib.plan.alignment_rows import Row, Side, Test, exact, outcome
from aop_lib.plan.formula_values import Evaluation, Value
from aop_lib.plan.planned_heads import head_plan
from aop_lib.plan.profit_and_loss import line_totals
from aop_lib.plan.wording import month_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.alignment import OwnTest

Frames = Mapping[str, pd.DataFrame]
Known = dict[str, dict[pd.Timestamp, Decimal]]
SPEND = ("cost_of_revenue", "opex")
EVERY = {"each_month": 1, "each_quarter": 3, "year_end": 12}


def own_rows(params: Params, frames: Frames) -> list[Row]:
    """Returns the company's own tests, one row for each month that they are held in and that is not closed.

    Args:
        params: alignment.yml, the catalogue, switches.
        frames: kpis, targets, driver_paths, request_status, request_lines, accounts, lines, budget.
    """
    if not params.alignment.tests:
        return []
    known = known_values(params, frames)
    labels = {name: metric.label for name, metric in params.metrics.items()} | {name: name.replace("_", " ") for name in known if name not in params.metrics}
    evaluation = Evaluation(formulas(params.metrics, params.company.switches), known, labels)
    return [row for test in params.alignment.tests for row in _test_rows(params, test, evaluation)]


def known_values(params: Params, frames: Frames) -> Known:
    """Returns every name that formulas of alignment.yml may hold with its values by month; see `alignment_names`."""
    known: Known = {}
    for row in [*_driven(params, frames), *_actuals(frames), *_targets(frames), *_planned(params, frames), *_spent(frames)]:
        known.setdefault(row[0], {})[row[1]] = Decimal(row[2])
    return known


def _named(name: str, team: str) -> str:
    return f"{name}{OF}{spoken(team)}" if team else name


def _driven(params: Params, frames: Frames) -> Iterator[tuple[str, pd.Timestamp, Decimal]]:
    """Yields the driver model's metrics, and its measures summed over their places; closed months are told by actuals."""
    paths = frames["driver_paths"]
    own = paths[(paths["measure"] == "metric") & (paths["month"] > params.last_closed)]
    yield from zip(own["place"], own["month"], own["value"], strict=True)
    named = paths.assign(measure=paths["measure"].replace({"company cash": "cash"}))
    measured = named[named["measure"].isin([*MODEL, "customers"])]
    summed: dict[tuple[str, pd.Timestamp], Decimal] = {}
    for measure, month, value in zip(measured["measure"], measured["month"], measured["value"], strict=True):
        summed[measure, month] = summed.get((measure, month), Decimal(0)) + Decimal(value)
    yield from ((f"{DRIVEN}{measure}", month, value) for (measure, month), value in summed.items())


def _actuals(frames: Frames) -> Iterator[tuple[str, pd.Timestamp, Decimal]]:
    kpis = frames["kpis"]
    for metric, team, month, value in zip(kpis["metric"], kpis["team"], kpis["month"], kpis["value"], strict=True):
        yield _named(metric, team), month, value


def _targets(frames: Frames) -> Iterator[tuple[str, pd.Timestamp, Decimal]]:
    targets = frames["targets"]
    for metric, team, month, value in zip(targets["metric"], targets["team"], targets["month"], targets["value"], strict=True):
        yield _named(f"{TARGET}{metric}", team), month, value


def _planned(params: Params, frames: Frames) -> Iterator[tuple[str, pd.Timestamp, Decimal]]:
    plan = head_plan(params, frames)
    for team in ("", *(each.id for each in params.company.teams)):
        for month in params.year_months:
            heads = plan.of(team, month)
            if heads is not None:
                yield _named(HEADS, team), month, Decimal(heads)


def _spent(frames: Frames) -> Iterator[tuple[str, pd.Timestamp, Decimal]]:
    costs = frames["lines"].loc[frames["lines"]["type"].isin(SPEND), "line"]
    found = line_totals(frames["budget"], frames["accounts"], frames["lines"], ("team", "month"))
    own = found[found["line"].isin(list(costs))]
    summed: dict[tuple[str, pd.Timestamp], Decimal] = {}
    for team, month, amount in zip(own["team"], own["month"], own["amount"], strict=True):
        for name in (BUDGET, _named(BUDGET, team)):
            summed[name, month] = summed.get((name, month), Decimal(0)) + Decimal(amount)
    yield from ((name, month, amount) for (name, month), amount in summed.items())


def _test_rows(params: Params, own: OwnTest, evaluation: Evaluation) -> Iterator[Row]:
    switches = formula_switches(params.company.switches)
    nodes = {side: formula(getattr(own, side), switches) for side in ("left", "right")}
    unit = _unit(params, own)
    months = params.year_months[EVERY[own.when] - 1 :: EVERY[own.when]]
    for month in [each for each in months if each > params.last_closed]:
        values = {side: evaluation.node(node, month) for side, node in nodes.items()}
        right = values["right"]
        slack = own.tolerance * abs(right) if isinstance(right, Decimal) else Decimal(0)
        test = Test(own.id, own.name, own.kind, own.rule, unit, own.severity, slack)
        sides = {side: _side(evaluation.said(nodes[side]), month, values[side]) for side in nodes}
        missing = [f"{value.reason}" for value in values.values() if not isinstance(value, Decimal)]
        stake = _stake(own, sides)
        why = "; ".join(missing) or f"{own.left} {own.rule.replace('_', ' ')} {own.right}, alignment.yml"
        proposal = own.proposal if not missing else f"Measure what is missing: {'; '.join(missing)}"
        others = [own.other_team] if own.other_team else []
        yield outcome(params, test, f"{month:%Y-%m}", own.team, others, sides["left"], sides["right"], proposal=proposal, stake=stake, why=why)


def _side(said: str, month: pd.Timestamp, value: Value) -> Side:
    return Side(f"{said}, {month_name(month)}", exact(value) if isinstance(value, Decimal) else None)


def _stake(own: OwnTest, sides: Mapping[str, Side]) -> Decimal | None:
    left, right = sides["left"].value, sides["right"].value
    return own.worth * abs(left - right) if own.worth is not None and left is not None and right is not None else None


def _unit(params: Params, own: OwnTest) -> str:
    """Returns the unit that readers see: of the side that names something, told by its dimensions."""
    known = alignment_names(params)
    switches = formula_switches(params.company.switches)
    node = next(each for each in (formula(own.left, switches), formula(own.right, switches)) if any(True for _ in names(each)))
    unit = derived_unit(node, known)
    plain = {"currency": params.company.reporting_currency, "count": "count", "months": "months", "fte": "fte", "a plain number": "ratio"}
    return plain.get(unit_name(unit), unit_name(unit))
