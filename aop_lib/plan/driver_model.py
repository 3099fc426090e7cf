"""The driver model: what moves the plan as arrays over scenarios, and what comes out of it.

One call of `driver_results.results` evaluates every scenario, option or draw at once. Units are those of `params/model.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aop_lib.params.model import DRIVERS

Array = NDArray[np.float64]

TERMS = (1, 3, 12)


@dataclass(frozen=True)
class Follow:
    """An account that follows a volume instead of being carried forward.

    Attributes:
        account: The account.
        line: The P&L line that it adds into.
        volume: customers, subscription_revenue, new_arr, billings or heads.
    """

    account: str
    line: str
    volume: str


@dataclass(frozen=True)
class Opening:
    """Where everything stands at the close of the last month before the model's first, and what is still on its way.

    Amounts are in reporting currency; months are those of the model.

    Attributes:
        mrr: Per segment.
        customers: Per segment.
        phases: Term in months to (month of the term, segment): MRR by the month in which it is billed again, the model's first
            month first; each term's months sum to `mrr`.
        contracts: Per segment: deferred revenue less what is recognised and not billed yet.
        ripening: (month, segment): pipeline created before the first month that ripens in a month, yearly contract value.
        ramped: (month, segment): sellers that started before the first month, by what they can do.
        receipts: (month, segment): what customers pay of what they were billed before.
        bills: (month): what suppliers are paid of what they billed before.
        heads: Per line: people employed.
        depreciation: Per month of the model: depreciation of what is owned already.
        cohorts: (month, segment): MRR at the closes twelve months before those of the model's first eleven months.
        cohorts_net: What is left of each at the last closed month, expansion included.
        cohorts_gross: The same without expansion: the lesser of now and then, customer by customer.
        cash: Cash at bank.
        fixed_assets: At cost less depreciation so far.
        other_net: Other assets less other liabilities, which stay as they are.
    """

    mrr: Array
    customers: Array
    phases: Mapping[int, Array]
    contracts: Array
    ripening: Array
    ramped: Array
    receipts: Array
    bills: Array
    heads: Array
    depreciation: Array
    cohorts: Array
    cohorts_net: Array
    cohorts_gross: Array
    cash: float = 0.0
    fixed_assets: float = 0.0
    other_net: float = 0.0


@dataclass(frozen=True)
class DriverModel:
    """A company as its drivers.

    Attributes:
        months: The months of the model, the first one after the last closed month first.
        segments: The parts of the recurring business.
        lines: The P&L lines, in report order.
        types: The type of each line.
        subscription: The line that the recurring revenue of the segments adds into.
        follows: The accounts that follow a volume.
        drivers: Name to array (scenario, month, segment | line | account | 1); an axis of one holds for all.
        opening: Where everything stands before the first month.
        depreciated: The line that depreciation of new assets adds into.
    """

    months: tuple[pd.Timestamp, ...]
    segments: tuple[str, ...]
    lines: tuple[str, ...]
    types: tuple[str, ...]
    subscription: str
    follows: tuple[Follow, ...]
    drivers: Mapping[str, Array]
    opening: Opening
    depreciated: str = ""

    @property
    def scenarios(self) -> int:
        """The number of scenarios: the longest first axis."""
        return max((array.shape[0] for array in self.drivers.values()), default=1)

    def line_places(self, *types: str) -> list[int]:
        """Returns the places of the lines of those types."""
        return [place for place, kind in enumerate(self.types) if kind in types]


@dataclass(frozen=True)
class Results:
    """What the model makes of every scenario; amounts in reporting currency, all axes (scenario, month, …).

    Memory runs along scenarios, so a figure of all scenarios lies together.

    Attributes:
        segments: (scenario, month, segment): mrr, new, reactivation, expansion, contraction, churn, price (all MRR), customers,
            revenue, billings, collections, contracts (deferred revenue less unbilled).
        lines: (scenario, month, line): natural amounts of the P&L lines.
        company: (scenario, month): mrr, new, customers, revenue, billings, collections, deferred, unbilled, heads, people,
            operating_profit, profit_before_tax, tax, net_result, depreciation, purchases, payments, capex, financing, cash.
        demand: (scenario, month, segment): pipeline that ripens × win rate, yearly contract value.
        capacity: (scenario, month, segment): what the sellers can close, yearly contract value; infinite without any quota.
    """

    segments: Mapping[str, Array]
    lines: Array
    company: Mapping[str, Array]
    demand: Array
    capacity: Array

    @property
    def arr(self) -> Array:
        """Annual recurring revenue at each month's close, (scenario, month)."""
        return np.asarray(12 * self.company["mrr"])


def with_drivers(model: DriverModel, drivers: Mapping[str, Array]) -> DriverModel:
    """Returns the model with other arrays for some drivers.

    Args:
        model: The model.
        drivers: Name to (scenario, month, segment | line | account | 1).

    Raises:
        ValueError: If a driver is not in the model or its array does not fit the model's axes.
    """
    for name, array in drivers.items():
        if name not in model.drivers:
            raise ValueError(f"{name!r} is not a driver of the model; it has {', '.join(sorted(model.drivers))}")
        if array.ndim != 3 or array.shape[1] not in {1, len(model.months)} or array.shape[2] not in {1, width(model, name)}:
            raise ValueError(f"{name} has the shape {array.shape}; expected (scenarios, 1 or {len(model.months)} months, 1 or {width(model, name)})")
    return replace(model, drivers={**model.drivers, **drivers})


def width(model: DriverModel, name: str) -> int:
    """Returns how many segments, lines or accounts a driver is told for."""
    return {"segment": len(model.segments), "line": len(model.lines), "account": len(model.follows), "company": 1}[DRIVERS[name].scope]
