"""Values of metrics that a source hands over, beside what the snapshot measures itself: which one counts, and where both are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def handed_rows(params: Params, readings: pd.DataFrame, measured: set[str]) -> Iterator[Row]:
    """Yields (metric, team, month, value) of what sources hand over, for metrics that the snapshot tells in no month.

    Defined as::

        of two sources       the one whose name comes first counts
        company              as handed over; without it, for additive metrics, the sum of the teams, groups in place of the teams in them

    Args:
        params: The catalogue says what is additive, company.yml which group a team belongs to.
        readings: The frame `kpi_readings`.
        measured: The metrics that system sources measure, or that their figures give by a formula.
    """
    own = readings[~readings["metric"].isin(measured)].sort_values(["source", *KEY], kind="stable").drop_duplicates(KEY)
    found = list(own[[*KEY, "value"]].itertuples(index=False, name=None))
    yield from found
    yield from _company_sums(params, found)


def _company_sums(params: Params, rows: Sequence[Row]) -> Iterator[Row]:
    parents = {team.id: team.parent or "" for team in params.company.teams}
    values = {(metric, month, team): value for metric, team, month, value in rows}
    sums: dict[tuple[str, pd.Timestamp], Decimal] = {}
    for (metric, month, team), value in values.items():
        whole = (metric, month, "") in values or not params.metrics[metric].additive
        if not whole and not any((metric, month, above) in values for above in _above(team, parents)):
            sums[metric, month] = sums.get((metric, month), Decimal(0)) + value
    yield from ((metric, "", month, value) for (metric, month), value in sums.items())


def _above(team: str, parents: Mapping[str, str]) -> Iterator[str]:
    while team := parents.get(team, ""):
        yield team


def handed_findings(params: Params, readings: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns, as `source_findings`, the metrics that a source hands over and that count as something else tells them.

    That is a system source, directly or by a formula, or the source of that name that comes first.

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
        by = _counting(readings, str(source), str(metric), kpis)
        counts = f"by {by} as well: that one counts" if by else "and measured as well: what is measured counts"
        what = f"{params.metrics[str(metric)].label} is handed over {counts}"
        expected, told = (_plain(first[name]) for name in ("value_counts", "value"))
        found, owner = f"{told}, and so in {counted(len(own), 'month')}", owner_name(params, first_owner(params))
        rows.append(finding("warning", "readings", f"{source}: {metric}", what, expected=expected, found=found, owner=owner))
    return findings_frame("source_findings", rows)


def _counting(readings: pd.DataFrame, source: str, metric: str, kpis: pd.DataFrame) -> str:
    """Returns the source whose values count in place of a source's own; empty where something else measures the metric."""
    own = readings[readings["metric"] == metric]
    held = {tuple(row) for row in kpis.loc[kpis["metric"] == metric, [*KEY, "value"]].itertuples(index=False, name=None)}
    first = own[own["source"] == own["source"].min()]
    counts = all(tuple(row) in held for row in first[[*KEY, "value"]].itertuples(index=False, name=None))
    return str(first["source"].iloc[0]) if counts and first["source"].iloc[0] != source else ""


def _plain(value: Decimal | float) -> str:
    return f"{Decimal(value).normalize():f}" if isinstance(value, Decimal) else "no value"
