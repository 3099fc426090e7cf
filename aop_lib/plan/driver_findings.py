"""What is weak in the drivers, as findings: assumed without a source, told for a segment that the snapshot does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.errors import nearest
from aop_lib.params.model import DRIVERS
from aop_lib.plan.driver_words import driver_text
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.owners import first_owner, owner_name
from aop_lib.plan.wording import listed

if TYPE_CHECKING:
    from aop_lib.load import Params


def driver_findings(params: Params, values: pd.DataFrame, paths: pd.DataFrame) -> list[Row]:
    """Returns what is weak in the drivers of the model; nothing where there is no model.

    Args:
        params: What drivers.yml tells.
        values: The frame `driver_values`.
        paths: The frame `driver_paths`, which tells the segments.
    """
    return [*_assumed(params, values), *_unknown(params, paths)] if len(paths) else []


def _assumed(params: Params, values: pd.DataFrame) -> Iterator[Row]:
    for each in values[values["basis"] == "assumed"].to_dict("records"):
        place = f", {each['place']}" if each["place"] else ""
        told = "The driver rests on an assumption without a source" if each["owner"] else "Nobody tells the driver; a plain default holds"
        yield finding(
            "warning" if each["owner"] else "note",
            "assumed",
            f"{each['label']}{place}",
            told,
            expected="a source in drivers.yml",
            found=driver_text(each["value"], each["unit"]),
            owner=each["owner"] or owner_name(params, first_owner(params)),
        )


def _unknown(params: Params, paths: pd.DataFrame) -> Iterator[Row]:
    segments = sorted(set(paths.loc[paths["measure"] == "mrr", "place"]))
    for each in params.drivers.model.told:
        if each.segment is not None and each.segment not in segments:
            yield finding(
                "warning",
                "driver",
                f"{DRIVERS[each.driver].label}, {each.segment}",
                "The driver is told for a segment that the snapshot does not have, so it moves nothing",
                expected=f"one of {listed(segments)}{nearest(each.segment, segments)}",
                found=each.segment,
                owner=owner_name(params, each.owner or first_owner(params)),
            )
