"""What the driver model makes of the drivers that versions and scenarios move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames as contracts
from aop_lib.params.model import DRIVERS
from aop_lib.plan.driver_changes import Delta, changed
from aop_lib.plan.driver_goals import metric_values
from aop_lib.plan.driver_results import results
from aop_lib.plan.overlays import changes_of

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Change
    from aop_lib.plan.driver_model import Array, DriverModel

COLUMNS = ["overlay", "measure", "place", "month", "value", "base"]
SCALE = Decimal("0.0000000001")


def overlay_paths(params: Params, model: DriverModel) -> pd.DataFrame:
    """Returns P&L lines and metrics by month under the drivers of each overlay that moves any, beside the model as it stands.

    Args:
        params: The versions and scenarios of the cycle.
        model: The driver model.

    Returns:
        The frame `overlay_paths`; a change of a segment that the model does not have moves nothing, a value without meaning has no row.
    """
    moved = [(each.id, deltas) for each in (*params.versions, *params.scenarios) if (deltas := driver_deltas(changes_of(params, each), model))]
    if not moved:
        return contracts.empty("overlay_paths")
    moved_model = changed(model, [[], *(deltas for _, deltas in moved)])
    found = results(moved_model)
    told = {("line", line): found.lines[:, :, place] for place, line in enumerate(model.lines)}
    told |= {("metric", name): values for name, values in metric_values(params, moved_model, found).items()}
    names = [name for name, _ in moved]
    rows = [row for (measure, place), values in told.items() for row in _rows(names, measure, place, model, values)]
    return contracts.conformed("overlay_paths", pd.DataFrame(rows, columns=COLUMNS))


def driver_deltas(changes: Sequence[Change], model: DriverModel) -> list[Delta]:
    """Returns the changes that move a driver as differences to the model, those of places that it has."""
    places = {"segment": model.segments, "line": model.lines, "account": tuple(each.account for each in model.follows)}
    deltas = []
    for each in changes:
        if each.driver in DRIVERS:
            place = each.segment or each.line or each.account or ""
            if not place or place in places.get(DRIVERS[str(each.driver)].scope, ()):
                deltas.append(Delta(str(each.driver), add=float(each.by), scale=float(each.scale), place=place, start=each.start, end=each.end))
    return deltas


def _rows(names: Sequence[str], measure: str, place: str, model: DriverModel, values: Array) -> Iterator[tuple[str, str, str, pd.Timestamp, Decimal, Decimal]]:
    for row, name in enumerate(names, start=1):
        for index, month in enumerate(model.months):
            here, base = float(values[row, index]), float(values[0, index])
            if isfinite(here) and isfinite(base):
                yield name, measure, place, month, _exact(here), _exact(base)


def _exact(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(SCALE)
