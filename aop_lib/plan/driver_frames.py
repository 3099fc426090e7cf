"""The drivers and what they make of the plan, as frames: every value with where it comes from, every path by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aop_lib import frames as contracts
from aop_lib.params.model import DRIVERS
from aop_lib.plan.driver_changes import Delta, evaluated
from aop_lib.plan.driver_goals import metric_values
from aop_lib.plan.driver_inputs import DEFAULTS, Evidence, by_nearness, driver_model, evidence, place_of
from aop_lib.plan.driver_results import results
from aop_lib.plan.overlay_paths import overlay_paths
from aop_lib.plan.owners import owner_name
from aop_lib.plan.statement_terms import statement_terms

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.driver_model import DriverModel, Results

SCALE = Decimal("0.0000000001")
ROLLS = ("mrr", "new", "reactivation", "expansion", "contraction", "churn", "price", "customers", "revenue", "billings", "collections")
NEW = [Delta("win_rate", scale=0), Delta("direct_new", scale=0)]
DETAILS = ("", nan, 0, nan)


def driver_frames(params: Params, frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Returns `driver_values`, `driver_paths`, `overlay_paths` and `statement_terms`; all are empty where the company has no recurring business.

    Args:
        params: drivers.yml, goals, switches, and the drivers that versions and scenarios move.
        frames: mrr, rates, ledger, accounts, lines, people, opportunities, budget and year_end_estimate.
    """
    found = evidence(params, frames)
    model = driver_model(params, found, frames)
    if model is None:
        return {name: contracts.empty(name) for name in ("driver_values", "driver_paths", "overlay_paths", "statement_terms")}
    told = {"overlay_paths": overlay_paths(params, model), "statement_terms": statement_terms(params, model)}
    return {"driver_values": driver_values(params, found), "driver_paths": driver_paths(params, model), **told}


def driver_values(params: Params, found: Evidence) -> pd.DataFrame:
    """Returns every driver's value and where it comes from.

    Defined as::

        basis   told: drivers.yml says so and names a source           estimated: the snapshot says so
                assumed: drivers.yml says so without a source, or nobody does and a plain default holds

    Args:
        params: What drivers.yml tells.
        found: What the snapshot says.

    Returns:
        The frame `driver_values`; `estimate` is what the snapshot says, also where drivers.yml tells otherwise.
    """
    rows = []
    for name in DRIVERS:
        estimates = {each.place: each for each in found.estimates if each.driver == name}
        told = by_nearness(params, name)
        for value in told:
            here = estimates.get(place_of(value)) or estimates.get("") or (next(iter(estimates.values())) if len(estimates) == 1 else None)
            since = f"{value.start:%Y-%m}" if value.start else ""
            basis = "told" if value.source else "assumed"
            rows.append(_row(params, name, place_of(value), since, float(value.value), basis, here) | {"source": value.source, "owner": value.owner or ""})
        firm = {place_of(value) for value in told if value.start is None}
        if "" not in firm:
            rows += [_row(params, name, place, "", each.value, "estimated", each) for place, each in estimates.items() if place not in firm]
            rows += [_row(params, name, "", "", DEFAULTS[name], "assumed", None)] if name in DEFAULTS and not told and not estimates else []
    named = [row | {"owner": owner_name(params, row["owner"])} for row in rows]
    return contracts.conformed("driver_values", pd.DataFrame(named)) if named else contracts.empty("driver_values")


def _row(params: Params, name: str, place: str, since: str, value: float, basis: str, estimate: Any) -> dict[str, Any]:
    spec = DRIVERS[name]
    window, guess, count, error = (estimate.window, estimate.value, estimate.observations, estimate.error) if estimate else DETAILS
    return {
        "driver": name, "place": place, "since": since, "label": spec.label, "scope": spec.scope,
        "unit": params.company.reporting_currency if spec.unit == "currency" else spec.unit, "value": _exact(value), "basis": basis, "estimate": _exact(guess),
        "window": window, "observations": count, "error": _exact(error), "source": "", "owner": "",
    }  # fmt: skip


def _exact(value: float) -> Decimal | None:
    return None if isnan(value) else Decimal(repr(float(value))).quantize(SCALE)


def driver_paths(params: Params, model: DriverModel) -> pd.DataFrame:
    """Returns what the model makes of its drivers by month.

    Defined as::

        measure   the rolls of the segments (MRR a month, customers, revenue, billings, collections), demand and capacity (yearly contract
                  value); the P&L lines as `line`; the company's figures, cash and balances; metrics of the catalogue as `metric`;
                  `needed`: new ARR that would lead to the target of the goal on ARR at its deadline
        place     the segment or line; empty for the company

    Args:
        params: Goals, the catalogue, switches.
        model: The driver model.

    Returns:
        The frame `driver_paths`; what is without limit or not meaningful has no row.
    """
    base = results(model)
    rows = [*_path_rows(params, model, base), *_needed(params, model)]
    told = [(measure, place, month, _exact(value)) for measure, place, month, value in rows if isfinite(value)]
    return contracts.conformed("driver_paths", pd.DataFrame(told, columns=["measure", "place", "month", "value"]))


def _path_rows(params: Params, model: DriverModel, base: Results) -> Iterator[tuple[str, str, pd.Timestamp, float]]:
    by_segment = {**{name: base.segments[name] for name in ROLLS}, "demand": base.demand, "capacity": base.capacity}
    metrics = metric_values(params, model, base)
    for index, month in enumerate(model.months):
        for name, array in by_segment.items():
            yield from ((name, segment, month, float(array[0, index, place])) for place, segment in enumerate(model.segments))
        yield from (("line", line, month, float(base.lines[0, index, place])) for place, line in enumerate(model.lines))
        yield from ((f"company {name}", "", month, float(array[0, index])) for name, array in base.company.items())
        yield from (("metric", name, month, float(array[0, index])) for name, array in metrics.items())


def _needed(params: Params, model: DriverModel) -> Iterator[tuple[str, str, pd.Timestamp, float]]:
    """Yields the new ARR a month that leads to the goal's target.

    Defined as::

        needed(t) = new ARR(t) * (target - ARR without new business) / (ARR - ARR without new business)        both at the deadline
    """
    share = needed_share(params, model)
    if share is None:
        return
    new = results(model).company["new"][0]
    yield from (("needed", "", month, float(12 * new[place] * share)) for place, month in enumerate(model.months))


def needed_share(params: Params, model: DriverModel) -> float | None:
    """Returns how much of its new business the company needs to reach its goal on ARR: 1.07 is seven per cent more; None without such a goal."""
    goal = next((each for each in params.goals.goals if each.kpi == "arr"), None)
    if goal is None or not model.months[0] <= pd.Timestamp(goal.deadline) < model.months[-1] + pd.DateOffset(months=1):
        return None
    last = int(np.searchsorted(np.array(model.months, dtype="datetime64[us]"), np.datetime64(pd.Timestamp(goal.deadline)), side="right")) - 1
    base, without = (float(each) for each in evaluated(model, [[], NEW]).arr[:, last])
    return (float(goal.target) - without) / (base - without) if base > without else None
