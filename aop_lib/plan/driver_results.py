"""Every scenario of a driver model, evaluated at once: blocks of scenarios that fit the processor's cache."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aop_lib.plan.driver_company import COMPANY, company
from aop_lib.plan.driver_model import Array, DriverModel, Results
from aop_lib.plan.driver_recurring import ROLLS, SUMMED, capacity, demand, recurring

BLOCK = 2048
BALANCES = ("deferred", "unbilled")


def results(model: DriverModel, block: int = BLOCK) -> Results:
    """Returns what the model makes of every scenario.

    Each scenario is computed alone: it is the same, bit by bit, whether it stands by itself or among thousands. The formulas
    stand with `driver_recurring.demand`, `capacity` and `recurring` and with `driver_company.company`.

    Args:
        model: The model; the longest scenario axis of its drivers says how many scenarios there are.
        block: Scenarios that are evaluated together.
    """
    found = model.scenarios
    room = _room(model, max(found, 2))
    drivers = {name: np.moveaxis(array, 0, -1) for name, array in model.drivers.items()}
    for first, last in _blocks(max(found, 2), max(block, 2)):
        _fill(model, {name: _part(array, first, last) for name, array in drivers.items()}, {name: array[..., first:last] for name, array in room.items()})
    shown = {name: np.moveaxis(array[..., :found], -1, 0) for name, array in room.items()}
    return Results(
        {name: shown[f"segments {name}"] for name in ROLLS},
        shown["lines"],
        {name: shown[name] for name in (*SUMMED, *BALANCES, *COMPANY)},
        shown["demand"],
        shown["capacity"],
    )


def _room(model: DriverModel, scenarios: int) -> dict[str, Array]:
    """Returns the arrays that are filled: (month, segment | line, scenario) and (month, scenario)."""
    months, segments = len(model.months), len(model.segments)
    room = {f"segments {name}": np.empty((months, segments, scenarios)) for name in ROLLS}
    room |= {name: np.empty((months, scenarios)) for name in (*SUMMED, *BALANCES, *COMPANY)}
    room |= {name: np.empty((months, segments, scenarios)) for name in ("demand", "capacity")}
    return room | {"lines": np.empty((months, len(model.lines), scenarios))}


def _blocks(scenarios: int, block: int) -> list[tuple[int, int]]:
    """Returns where blocks begin and end; none has a single scenario, whose sums NumPy would add in another order."""
    starts = list(range(0, scenarios - 1, block))
    return list(zip(starts, [*starts[1:], scenarios], strict=True))


def _part(array: Array, first: int, last: int) -> Array:
    if array.shape[-1] == 1:
        return array
    part = array[..., first:last]
    return part if part.strides[-1] == part.itemsize else np.ascontiguousarray(part)


def _fill(model: DriverModel, drivers: Mapping[str, Array], room: Mapping[str, Array]) -> None:
    count, opening = len(model.months), model.opening
    np.copyto(room["demand"], demand(drivers, opening, count))
    np.copyto(room["capacity"], capacity(drivers, opening, count))
    new = np.minimum(room["demand"], room["capacity"], out=room["segments new"])
    new += drivers["direct_new"]
    new /= 12
    recurring(drivers, opening, {name: room[f"segments {name}"] for name in ROLLS}, room)
    company(model, drivers, room["lines"], room)
