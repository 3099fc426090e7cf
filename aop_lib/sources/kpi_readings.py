"""What companies measure elsewhere: values of the catalogue's metrics that a source hands over, by team and month."""

from __future__ import annotations

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.sources.rows import Judged, as_month
from aop_lib.sources.warehouse import Warehouse


def kpi_readings_frame(store: Warehouse, judged: list[Judged]) -> pd.DataFrame:
    """Returns the values that sources hand over, closed months only, conformed to `kpi_readings`; team is empty for the company.

    Args:
        store: The loaded tables.
        judged: The judged `kpis` rows of each source; of two for the same metric, team and month the second is set aside.
    """
    rows = [
        {"source": each.mapped.source.name, **{name: record[name] for name in ("metric", "team", "value")}, "month": as_month(record["month"])}
        for each in judged
        for record in store.records(each.used.order_by("_line").select("metric", "team", "month", "value"))
    ]
    return conformed("kpi_readings", pd.DataFrame(rows)) if rows else empty("kpi_readings")
