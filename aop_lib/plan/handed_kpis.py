"""Values of metrics that a source hands over, beside what the snapshot measures itself: which one counts, and where both are told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.findings import finding, findings_frame
from aop_lib.plan.owners import first_owner, owner_name
from aop_lib.plan.wording import counted

if TYPE_CHECKING:
    from aop_lib.load import Params

Row = tuple[str, str, pd.Timestamp, Decimal]
KEY = ["metric", "team", "month"]


def handed_rows(readings: pd.DataFrame, measured: set[str]) -> Iterator[Row]:
    """Yields (metric, team, month, value) of what sources hand over, for metrics that the snapshot does not measure.

    Of two sources that tell the same, the one whose name comes first counts.

    Args:
        readings: The frame `kpi_readings`.
        measured: The metrics that system sources measure.
    """
    own = readings[~readings["metric"].isin(measured)].sort_values(["source", *KEY], kind="stable").drop_duplicates(KEY)
    yield from own[[*KEY, "value"]].itertuples(index=False, name=None)


def handed_findings(params: Params, readings: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns, as `source_findings`, the metrics that a source hands over and that count as something else tells them.

    Args:
        params: Labels and owners.
        readings: The frame `kpi_readings`.
        kpis: The frame `kpis`: what counts.
    """
    both = readings.merge(kpis, on=KEY, suffixes=("", "_counts"), how="left")
    other = both[both["value"].astype(object) != both["value_counts"].astype(object)]
    rows = []
    for (source, metric), own in other.groupby(["source", "metric"], sort=True):
        first = own.iloc[0]
        what = f"{params.metrics[str(metric)].label} is handed over and measured as well: what is measured counts"
        expected, told = (_plain(first[name]) for name in ("value_counts", "value"))
        found, owner = f"{told}, and so in {counted(len(own), 'month')}", owner_name(params, first_owner(params))
        rows.append(finding("warning", "readings", f"{source}: {metric}", what, expected=expected, found=found, owner=owner))
    return findings_frame("source_findings", rows)


def _plain(value: Decimal | float) -> str:
    return f"{Decimal(value).normalize():f}" if isinstance(value, Decimal) else "no value"
