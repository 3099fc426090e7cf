"""People as known at the cycle's cut: team, role, dates, yearly pay."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.load import Params
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse


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
