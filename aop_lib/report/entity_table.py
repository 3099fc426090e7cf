"""Books of entities side by side, to the cent: lines down, entities and the group across."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aop_lib.report import numbers, tables
from aop_lib.report.blocks import Block


def entity_table(frame: pd.DataFrame, columns: Mapping[str, str], label: str, currency: str, *, empty: str = "Nothing to show.") -> Block:
    """Returns lines of entities as exact figures; one table may hold several currencies, so no column names a unit.

    Args:
        frame: label, style and exact amounts; a missing one is left blank, as it has no sum.
        columns: Column to what stands over it.
        label: What a screen reader says.
        currency: The reporting currency.
        empty: What is said instead of an empty table.
    """
    shown = frame.assign(**{name: ["" if pd.isna(each) else numbers.accounting(each, 2) for each in frame[name]] for name in columns})
    told = [tables.Column("label", "Line"), *[tables.Column(name, head, "figure") for name, head in columns.items()]]
    return tables.amounts(shown, told, label, currency, empty=empty)
