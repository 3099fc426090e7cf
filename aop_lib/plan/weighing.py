"""Weighing: what each option of each request does to every goal, with it and without it, by the driver model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aop_lib import frames as contracts
from aop_lib.plan.allocation_problem import Key
from aop_lib.plan.budget import base_budget, budget, year_end_estimate
from aop_lib.plan.driver_changes import Change, Delta, changed
from aop_lib.plan.driver_goals import goal_values
from aop_lib.plan.driver_inputs import driver_model, evidence
from aop_lib.plan.driver_model import Array, DriverModel
from aop_lib.plan.driver_results import results
from aop_lib.plan.requests import option_totals

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
POINTS = 1_000_000
FINEST = Decimal("0.0000000001")
NONE, STATED, DATED = "none", "stated", "dated"
GRADES = {NONE: Decimal("0.5"), STATED: Decimal("0.8"), DATED: Decimal(1)}
DRIVER, METRIC = "driver", "metric"
YEAR = re.compile(r"\b(19|20)\d\d\b")


def weighing_model(params: Params, frames: Frames) -> DriverModel | None:
    """Returns the driver model of the base: today's drivers and no request; None in a review, which weighs nothing again, and without recurring business.

    Args:
        params: drivers.yml and the year.
        frames: ledger, accounts, lines, imported_budget, mrr, rates, people and opportunities.
    """
    if params.is_review:
        return None
    books = (frames["ledger"], frames["accounts"], frames["lines"])
    estimate = year_end_estimate(params, *books, frames["imported_budget"])
    base = base_budget(params, *books, frames["imported_budget"])
    alone = budget(params, base, contracts.empty("request_lines"), contracts.empty("request_status"))
    known = {**frames, "budget": alone, "year_end_estimate": estimate}
    return driver_model(params, evidence(params, known), known)


def option_changes(model: DriverModel, request_effects: pd.DataFrame) -> dict[Key, list[Delta]]:
    """Returns what each option changes in the model, in the order in which the option says it; places that the model lacks are left out."""
    known = {"", *model.segments, *model.lines, *(each.account for each in model.follows)}
    found: dict[Key, list[Delta]] = {}
    for row in request_effects[request_effects["kind"] == DRIVER].sort_values(["request", "option", "position"]).to_dict("records"):
        if row["place"] in known:
            start, end = (None if pd.isna(row[name]) else row[name] for name in ("start", "end"))
            delta = Delta(row["what"], add=float(row["value"]), scale=float(row["scale"]), place=row["place"], start=start, end=end)
            found.setdefault((row["request"], row["option"]), []).append(delta)
    return found


def goal_effects(params: Params, model: DriverModel, changes: Sequence[Change]) -> dict[str, Array]:
    """Returns for each goal what its KPI is with each change less what it is without, at its deadline, all of them in one pass of the model.

    Args:
        params: Goals and the catalogue.
        model: The model without any of the changes.
        changes: One set of differences for each option; an empty one has no effect.

    Returns:
        Goal to (change), in the metric's unit; missing (nan) where the model does not tell the KPI.
    """
    return _told(params, model, changes)[0]


def _told(params: Params, model: DriverModel, changes: Sequence[Change]) -> tuple[dict[str, Array], Array]:
    """What each change does to each goal, and to operating profit in the year's last month."""
    with_each = changed(model, [[], *changes])
    found = results(with_each)
    profit = found.company["operating_profit"][:, model.months.index(params.year_months[-1])]
    return {goal: values[1:] - values[0] for goal, values in goal_values(params, with_each, found).items()}, profit[1:] - profit[0]


def contributions(params: Params, effects: Mapping[str, Array], count: int) -> Array:
    """Returns what each change contributes to the strategy, one value for each.

    Defined as::

        share          effect ÷ (target - start)          the part of the way from the goal's start to its target, before the option's own cost
        contribution   Σ over goals weight × share        0.02 is two per cent of the way to every goal

    An effect against the goal's direction counts against it; a goal that the model does not tell, or whose target is its start, counts nothing.

    Args:
        params: Goals with their weights.
        effects: Goal to (change), as `goal_effects` returns them.
        count: How many changes there are.
    """
    whole = np.zeros(count)
    for goal in params.goals.goals:
        way = float(goal.target - goal.start)
        if way:
            whole += float(goal.weight) * np.nan_to_num(effects[goal.id]) / way
    return whole


def evidence_grade(evidence_text: str) -> str:
    """Returns how well a request is supported.

    Defined as::

        none     no evidence is given                                                                    counts 0.5
        stated   evidence is given                                                                       counts 0.8
        dated    evidence that names a year: a document, a test or a count that can be looked up          counts 1.0
    """
    text = evidence_text.strip()
    return NONE if not text else DATED if YEAR.search(text) else STATED


def weighing_frames(params: Params, model: DriverModel | None, frames: Frames) -> dict[str, pd.DataFrame]:
    """Returns the frames `weighing` and `option_values`; both are empty without a model.

    Defined as::

        value       points: 1,000,000 × grade of the evidence × contribution; 0 where no driver is changed
        money       the year's cost of the option; it is no part of the effect, since the envelope limits it already
        per_money   value ÷ money          per_head   value ÷ heads
        payback     money ÷ what operating profit gains in the year's last month, in months

    Args:
        params: Goals, the year.
        model: What `weighing_model` returns.
        frames: requests, request_lines, request_effects.
    """
    names = ("weighing", "option_values")
    totals = option_totals(params, frames["request_lines"]) if len(frames["request_lines"]) else pd.DataFrame()
    if model is None or totals.empty:
        return {name: contracts.empty(name) for name in names}
    changes = option_changes(model, frames["request_effects"])
    options = totals.merge(frames["requests"], on="request", how="inner", validate="many_to_one").to_dict("records")
    listed: list[Change] = [changes.get(_key(row), []) for row in options]
    effects, profit = _told(params, model, listed)
    claims = frames["request_effects"][frames["request_effects"]["kind"] == METRIC]
    expected = {(row["request"], row["option"], row["what"]): row["value"] for row in claims.to_dict("records")}
    whole = contributions(params, effects, len(listed))
    values = [_value_row(row, len(listed[place]), whole[place], profit[place]) for place, row in enumerate(options)]
    rows = [each for place, row in enumerate(options) for each in _effect_rows(params, row, place, effects, expected)]
    told = dict(zip(names, (rows, values), strict=True))
    return {name: contracts.conformed(name, pd.DataFrame(each)) if each else contracts.empty(name) for name, each in told.items()}


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(FINEST)


def _key(row: Mapping[Any, Any]) -> Key:
    return str(row["request"]), str(row["option"])


def _value_row(row: Mapping[Any, Any], drivers: int, contribution: float, profit: float) -> dict[str, Any]:
    grade = GRADES[evidence_grade(row["evidence"])]
    cost, value = Decimal(row["amount"]), _exact(POINTS * float(grade) * contribution)
    return {
        **{name: row[name] for name in ("request", "option", "team", "goal", "title", "submitted_on", "heads", "evidence")},
        "drivers": drivers,
        "money": cost,
        "claim": row["effect"],
        "grade": grade,
        "contribution": _exact(contribution),
        "value": value,
        "per_money": _exact(float(value / cost)) if cost > 0 else None,
        "per_head": _exact(float(value) / row["heads"]) if row["heads"] else None,
        "payback": _exact(float(cost) / profit) if cost > 0 and profit > 0.5 else None,
    }


def _effect_rows(params: Params, row: Mapping[Any, Any], place: int, effects: Mapping[str, Array], expected: Mapping[tuple[str, str, str], Any]) -> list[Any]:
    rows = []
    for goal in params.goals.goals:
        effect, way = float(effects[goal.id][place]), float(goal.target - goal.start)
        is_told, has_way = not np.isnan(effect), way != 0
        rows.append(
            {
                "request": row["request"],
                "option": row["option"],
                "goal": goal.id,
                "kpi": goal.kpi,
                "unit": params.metrics[goal.kpi].unit,
                "effect": _exact(effect) if is_told else None,
                "share": _exact(effect / way) if is_told and has_way else None,
                "contribution": _exact(float(goal.weight) * effect / way) if is_told and has_way else None,
                "claimed": expected.get((row["request"], row["option"], goal.kpi)),
            }
        )
    return rows


def revaluation(
    params: Params, model: DriverModel, option_values: pd.DataFrame, request_effects: pd.DataFrame
) -> Callable[[tuple[Key, ...]], Mapping[Key, float]]:
    """Returns what gives the value of every option beside a chosen set, in one pass of the model.

    Defined as::

        beside       what is chosen of all other requests
        value        1,000,000 × grade × (contribution of beside and the option - contribution of beside)

    Args:
        params: Goals.
        model: The model without any request.
        option_values: The frame `option_values`.
        request_effects: The frame `request_effects`.
    """
    changes = option_changes(model, request_effects)
    grades = {_key(row): float(row["grade"]) for row in option_values.to_dict("records")}
    keys = sorted(grades)

    def values(chosen: tuple[Key, ...]) -> dict[Key, float]:
        beside = [[key for key in sorted(chosen) if key[0] != request] for request, _ in keys]
        sets = [*beside, *(sorted([*others, key]) for key, others in zip(keys, beside, strict=True))]
        moved = [[delta for key in each for delta in changes.get(key, ())] for each in sets]
        whole = contributions(params, goal_effects(params, model, moved), len(moved))
        gained = whole[len(keys) :] - whole[: len(keys)]
        return {key: POINTS * grades[key] * float(gained[place]) if key in changes else 0.0 for place, key in enumerate(keys)}

    return values
