"""What options and scenarios do to the drivers, and thousands of them evaluated in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aop_lib.errors import nearest
from aop_lib.params.model import DRIVERS
from aop_lib.plan.driver_model import Array, DriverModel, Results, width, with_drivers
from aop_lib.plan.driver_results import results


@dataclass(frozen=True)
class Delta:
    """One difference to a driver: value = value * scale + add.

    A driver that holds changes from `start` on; one that happens in its month alone (`rep_starts`, `hires`, `spend`, `capex`,
    `financing`, `price_change`, `merit` …) changes in `start`, or to `end`, or in every month without a start.

    Attributes:
        driver: A name of `params/model.py`.
        add: In the driver's unit: 2 sellers, 0.01 of win rate, -0.001 of churn a month.
        scale: 1.1 is a tenth more.
        place: The segment, line or account; empty for all of them.
        start: The first month; None is the model's first.
        end: The month after the last one.
    """

    driver: str
    add: float = 0.0
    scale: float = 1.0
    place: str = ""
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None


Change = Sequence[Delta]


def evaluated(model: DriverModel, changes: Sequence[Change]) -> Results:
    """Returns what the model makes of each change, all in one pass; row i of the results belongs to changes[i].

    Args:
        model: The model; its drivers are the same in every scenario, or have one scenario for each change.
        changes: One set of differences for each scenario or option; an empty one is the model itself.

    Raises:
        ValueError: If a difference names a driver, segment, line or account that the model does not have.
    """
    return results(changed(model, changes))


def changed(model: DriverModel, changes: Sequence[Change]) -> DriverModel:
    """Returns the model with one scenario for each change; drivers that no change names are shared by all.

    Differences apply in their order; in the end each driver is held in its range, so that no rate falls below zero. A driver's
    first scenario axis is as long as `changes`, also where they are empty.

    Args:
        model: The model.
        changes: One set of differences for each scenario.

    Raises:
        ValueError: As `evaluated`.
    """
    named: dict[str, list[tuple[int, Delta]]] = {}
    for row, change in enumerate(changes):
        for delta in change:
            named.setdefault(delta.driver, []).append((row, delta))
    moved = {name: _moved(model, name, deltas, len(changes)) for name, deltas in named.items()}
    return with_drivers(model, _as_long(model, moved, len(changes)))


def _as_long(model: DriverModel, moved: Mapping[str, Array], rows: int) -> dict[str, Array]:
    """Returns the moved drivers; where none moved, one driver is repeated so that every change has its row."""
    if moved or rows <= 1:
        return dict(moved)
    financing = model.drivers["financing"]
    return {"financing": np.repeat(financing, rows, axis=0) if financing.shape[0] == 1 else financing}


def _moved(model: DriverModel, name: str, deltas: Sequence[tuple[int, Delta]], rows: int) -> Array:
    if name not in model.drivers:
        raise ValueError(f"{name!r} is not a driver of the model{nearest(name, model.drivers)}")
    base, spec = model.drivers[name], DRIVERS[name]
    is_dated = spec.is_event or any(delta.start is not None or delta.end is not None for _, delta in deltas)
    if spec.is_steady and is_dated:
        raise ValueError(f"{name} is the same in every month of the model; a change of it has no month")
    months = len(model.months) if is_dated else base.shape[1]
    found = np.empty((months, width(model, name), rows))
    found[...] = np.moveaxis(base, 0, -1)
    for row, delta in deltas:
        part = found[_months(model, delta, is_dated), _places(model, delta), row]
        found[_months(model, delta, is_dated), _places(model, delta), row] = part * delta.scale + delta.add
    return np.moveaxis(np.clip(found, spec.low, spec.high, out=found), -1, 0)


def _months(model: DriverModel, delta: Delta, is_dated: bool) -> slice:
    if not is_dated or (delta.start is None and delta.end is None):
        return slice(None)
    first = sum(month < delta.start for month in model.months) if delta.start is not None else 0
    if delta.end is not None:
        return slice(first, sum(month < delta.end for month in model.months))
    inside = delta.start is None or model.months[0] <= delta.start <= model.months[-1]
    return slice(first, (first + 1 if inside else first) if DRIVERS[delta.driver].is_event else None)


def _places(model: DriverModel, delta: Delta) -> slice:
    if not delta.place:
        return slice(None)
    names = {"segment": model.segments, "line": model.lines, "account": tuple(each.account for each in model.follows), "company": ("",)}
    known = names[DRIVERS[delta.driver].scope]
    if delta.place not in known:
        raise ValueError(f"{delta.driver}: {delta.place!r} is not in the model{nearest(delta.place, known)}; it has {', '.join(known)}")
    place = known.index(delta.place)
    return slice(place, place + 1)
