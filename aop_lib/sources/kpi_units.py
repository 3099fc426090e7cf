"""The unit in which a KPI is handed over: the metric's own, or the row is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from aop_lib.load import Params
from aop_lib.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import Table

PERCENT = "%"


def with_units(store: Warehouse, rows: Table, name: str, params: Params) -> Table:
    """Returns rows of KPI actuals with `value` in the metric's own unit; those in another unit have a reason not to be used.

    Defined as::

        unit empty                                       the metric's own
        count, fte, months, ratio, pct, currency code    must be the one of the catalogue; the currency is the reporting one
        % of a metric that is counted in pct             value / 100

    Args:
        store: The loaded tables.
        rows: Typed rows of the layout `kpis`.
        name: What the table of units is called in the warehouse.
        params: The catalogue and the reporting currency.
    """
    import ibis

    units = _units(store, name, params)
    both = rows.left_join(units, rows.metric == units["_metric"])
    hundredths = (both.unit == PERCENT) & (both["_unit"] == "pct")
    is_other = ((both.unit != "") & (both.unit != both["_unit"]) & ~hundredths & (both.reason == "")).fill_null(False)
    reason = ibis.literal("unit '") + both.unit + "' of " + both.metric + " (" + both["_unit"] + ") is not the unit of the metric"
    value = ibis.ifelse(hundredths, (both.value * ibis.literal("0.01").cast("decimal(3, 2)")).cast(both.value.type()), both.value)
    return both.mutate(value=value, reason=ibis.ifelse(is_other, reason, both.reason)).drop("_metric", "_unit")


def _units(store: Warehouse, name: str, params: Params) -> Table:
    reporting = params.company.reporting_currency
    units = {metric: reporting if each.unit == "currency" else each.unit for metric, each in sorted(params.metrics.items())}
    return store.known(f"units.{name}", pa.table({"_metric": pa.array(list(units), pa.string()), "_unit": pa.array(list(units.values()), pa.string())}))
