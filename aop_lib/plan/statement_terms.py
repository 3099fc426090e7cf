"""On which terms the statements roll: the driver model's billing, waiting, investment and financing, of the plan and of each overlay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib import frames as contracts
from aop_lib.money import split
from aop_lib.plan.driver_changes import changed
from aop_lib.plan.driver_opening import released
from aop_lib.plan.driver_recurring import DAYS
from aop_lib.plan.driver_results import results
from aop_lib.plan.opening_balance import CLASSES
from aop_lib.plan.overlay_paths import driver_deltas
from aop_lib.plan.overlays import changes_of
from aop_lib.plan.statement_roll import Balance, Terms

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.driver_model import Array, DriverModel, Results

Row = tuple[str, str, pd.Timestamp, float]

COLUMNS = ["plan", "measure", "place", "month", "value"]
SCALE = Decimal("0.0000000001")
ARR = ("new", "reactivation", "expansion", "price", "contraction", "churn")
STEADY = ("waits", "pays_after", "contracts", "arr")


def statement_terms(params: Params, model: DriverModel) -> pd.DataFrame:
    """Returns the terms of the plan (plan "") and of each version and scenario that moves a driver.

    Defined as::

        revenue, billings            per segment and month, as the model has them
        waits, pays_after            dso_days / 30 per segment, dpo_days / 30, in months
        contracts                    per segment: what is billed and not recognised yet at the opening
        receipts, bills              share of the opening receivables and payables that is paid in each month (`driver_opening.released`)
        invested, financed           capex and financing of each month
        arr; arr new, arr churn ...  ARR at the opening; its movements, of all segments

    Args:
        params: The versions and scenarios of the cycle.
        model: The driver model.

    Returns:
        The frame `statement_terms`; what holds for all months stands at the model's first one.
    """
    moved = [(each.id, deltas) for each in (*params.versions, *params.scenarios) if (deltas := driver_deltas(changes_of(params, each), model))]
    own = changed(model, [[], *(deltas for _, deltas in moved)])
    found, told = results(own), _opening(model)
    rows = [
        (name, measure, place, month, _exact(value))
        for scenario, name in enumerate(["", *(each for each, _ in moved)])
        for measure, place, month, value in (*told, *_waits(own, scenario), *_months(model, found, scenario))
        if isfinite(value)
    ]
    return contracts.conformed("statement_terms", pd.DataFrame(rows, columns=COLUMNS))


def _opening(model: DriverModel) -> list[Row]:
    first, count = model.months[0], len(model.months)
    shares = {
        "receipts": released(1.0, float(model.drivers["dso_days"][0, 0].mean()) / DAYS, count),
        "bills": released(1.0, float(model.drivers["dpo_days"][0, 0, 0]) / DAYS, count),
    }
    rows: list[Row] = [(name, "", month, float(values[place])) for name, values in shares.items() for place, month in enumerate(model.months)]
    rows += [("contracts", segment, first, float(model.opening.contracts[place])) for place, segment in enumerate(model.segments)]
    return [*rows, ("arr", "", first, float(12 * model.opening.mrr.sum()))]


def _waits(model: DriverModel, scenario: int) -> Iterator[Row]:
    first = model.months[0]
    waits, pays = (np.broadcast_to(_of(model.drivers[name], scenario), (1, count)) for name, count in (("dso_days", len(model.segments)), ("dpo_days", 1)))
    yield from (("waits", segment, first, float(waits[0, place]) / DAYS) for place, segment in enumerate(model.segments))
    yield "pays_after", "", first, float(pays[0, 0]) / DAYS


def _of(array: Array, scenario: int) -> Array:
    return np.asarray(array[scenario if len(array) > 1 else 0])


def _months(model: DriverModel, found: Results, scenario: int) -> Iterator[Row]:
    for index, month in enumerate(model.months):
        for name in ("revenue", "billings"):
            yield from ((name, segment, month, float(found.segments[name][scenario, index, place])) for place, segment in enumerate(model.segments))
        for name, figure in (("invested", "capex"), ("financed", "financing")):
            yield name, "", month, float(found.company[figure][scenario, index])
        yield from ((f"arr {name}", "", month, float(12 * found.segments[name][scenario, index].sum())) for name in ARR)


def _exact(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(SCALE)


class PlanTerms:
    """The terms of one plan out of the frame `statement_terms`; a plan that moves no driver has those of the budget.

    Attributes:
        moves: Whether the plan has terms of its own.
    """

    def __init__(self, frame: pd.DataFrame, plan: str) -> None:
        self.moves = bool((frame["plan"] == plan).any())
        own = frame[frame["plan"] == (plan if self.moves else "")]
        self._values: dict[str, dict[str, dict[pd.Timestamp, Decimal]]] = {}
        for measure, place, month, value in own[COLUMNS[1:]].itertuples(index=False, name=None):
            self._values.setdefault(measure, {}).setdefault(place, {})[month] = value

    def of(self, measure: str) -> Mapping[str, Mapping[pd.Timestamp, Decimal]]:
        """Returns a measure by place and month."""
        return self._values.get(measure, {})

    def steady(self, measure: str) -> dict[str, Decimal]:
        """Returns a measure that holds for all months, by place."""
        return {place: next(iter(values.values())) for place, values in self.of(measure).items()}

    def terms(self, months: Sequence[pd.Timestamp]) -> Terms:
        """Returns the terms over months; where the model does not say, customers and suppliers pay at once."""

        def path(measure: str, place: str = "") -> list[Decimal]:
            known = self.of(measure).get(place, {})
            return [known.get(month, Decimal(0)) for month in months]

        at_once = [Decimal(1)]
        return Terms(
            revenue={segment: path("revenue", segment) for segment in self.of("revenue")},
            billings={segment: path("billings", segment) for segment in self.of("billings")},
            waits=self.steady("waits"),
            pays_after=self.steady("pays_after").get("", Decimal(0)),
            receipts=path("receipts") if self.of("receipts") else at_once,
            bills=path("bills") if self.of("bills") else at_once,
            invested=path("invested"),
            financed=path("financed"),
        )

    def start(self, opening: Mapping[str, Decimal]) -> Balance:
        """Returns the opening balance with deferred revenue told apart over segments, as their contracts still have to run."""
        weights = {segment: max(value, Decimal(0)) for segment, value in self.steady("contracts").items()} or {"": Decimal(1)}
        if not any(weights.values()):
            weights = dict.fromkeys(weights, Decimal(1))
        pools = dict(zip(weights, split(opening["deferred"], list(weights.values())), strict=True))
        cash, receivables, fixed_assets, other_assets = (opening[name] for name in CLASSES[:4])
        return Balance(cash, receivables, pools, fixed_assets, other_assets, opening["payables"], opening["other_liabilities"], opening["capital"])
