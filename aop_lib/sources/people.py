"""People: as known at the cycle's cut, and month by month as they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.load import Params
from aop_lib.periods import month_end
from aop_lib.sources.columns import CUT, versions_at
from aop_lib.sources.exports import LINE
from aop_lib.sources.presets import LAYOUTS
from aop_lib.sources.rows import Judged, declared_currency, end_of, typed
from aop_lib.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import Table

DATED = ["team", "entity", "role", "salary", "currency"]


def people_frame(store: Warehouse, judged: list[Judged], params: Params) -> pd.DataFrame:
    """Returns one row per person, conformed to `people`; `salary` is yearly, exact, in `currency`; an open `end` is missing.

    Defined as::

        salary = amount * unit      unit: how many of the amounts make a year (2080 hours); 1 where the preset has none

    Args:
        store: The loaded tables.
        judged: The judged `people` rows of each source, one version per person.
        params: The cut; leavers that were recorded after it are still here.
    """
    rows = []
    for each in judged:
        records = store.records(each.used.order_by("_line"))
        rows += [{**record, "salary": _yearly(record), "end": known_end(record, params.as_of)} for record in records]
    if not rows:
        return empty("people")
    frame = pd.DataFrame(rows)[list(FRAMES["people"].columns)]
    days = {"start": pd.to_datetime(frame["start"]).dt.normalize(), "end": pd.to_datetime(frame["end"])}
    return conformed("people", frame.assign(**days))


def people_history(store: Warehouse, judged: list[Judged], codes: dict[str, Table], people: pd.DataFrame, months: list[pd.Timestamp]) -> pd.DataFrame:
    """Returns who worked on the last day of each month: team, role and yearly pay as they were then, conformed to `people_history`.

    Defined as::

        employed    start <= the month's last day <= end, as `people` knows them at the cut
        team, entity, role, salary   of the version valid at the end of that day, of several the one that began last;
                                     where the source tells none, those of `people`

    Args:
        store: The loaded tables.
        judged: The judged `people` rows of each source.
        codes: How sources name teams and entities.
        people: The frame `people`.
        months: The months told.
    """
    if not len(people) or not months:
        return empty("people_history")
    held = employed(people, months)
    known = pd.DataFrame([row for each in judged for row in _versions(store, each, codes, months)], columns=["person", "month", *DATED])
    known = known.drop_duplicates(["person", "month"], keep="last").astype({"person": held["person"].dtype, "month": held["month"].dtype})
    both = held.merge(known, on=["person", "month"], how="left", suffixes=("", "_then"), validate="one_to_one", indicator=True)
    told = both["_merge"] == "both"
    then = {name: both[name].astype(object).mask(told, both[f"{name}_then"]) for name in DATED}
    return conformed("people_history", both[["month", "person"]].assign(**then))


def employed(people: pd.DataFrame, months: list[pd.Timestamp]) -> pd.DataFrame:
    """Returns the people who worked on the last day of each month, with `month`; `end` is the last day of work."""
    days = {month: pd.Timestamp(month_end(month)) for month in months}
    parts = [people[(people["start"] <= day) & (people["end"].isna() | (people["end"] >= day))].assign(month=month) for month, day in days.items()]
    return pd.concat(parts, ignore_index=True)


def _versions(store: Warehouse, judged: Judged, codes: dict[str, Table], months: list[pd.Timestamp]) -> Iterator[tuple[Any, ...]]:
    """Yields person, month, team, entity, role, salary and currency of the version valid at the end of each month, the one that began last of several."""
    name = f"cuts.{judged.mapped.source.name}"
    cuts = store.known(name, pa.table({CUT: pa.array([end_of(month_end(month)) for month in months], pa.timestamp("us"))}))
    text = declared_currency(versions_at(store, judged.mapped, judged.layout, cuts), judged.mapped, judged.layout)
    rows = typed(text, LAYOUTS[judged.layout], codes).filter(lambda each: each.reason == "")
    for record in store.records(rows.order_by(["valid_from", LINE, CUT])):
        month = pd.Timestamp(record[CUT]).normalize().replace(day=1)
        yield record["person"], month, record["team"], record["entity"], record["role"], _yearly(record), record["currency"]


def _yearly(record: dict[str, Any]) -> Decimal:
    return Decimal(record["amount"] if record["unit"] is None else record["amount"] * record["unit"])


def known_end(record: dict[str, Any], as_of: date) -> date | None:
    """Returns the day a record ends as far as it was known at the cut; None where it was open then.

    Defined as::

        recorded by the cut                      the end counts, also one that lies ahead
        the version valid at the cut states it   the end counts, also one that lies ahead
        neither is told                          an end after the cut is unknown, hence open

    Args:
        record: `end`, and where the source tells them `end_recorded`, `valid_from`.
        as_of: The cycle's cut.
    """
    if record["end"] is None:
        return None
    end: date = record["end"].date()
    if record["end_recorded"] is not None:
        return end if record["end_recorded"].date() <= as_of else None
    return end if record["valid_from"] is not None or end <= as_of else None
