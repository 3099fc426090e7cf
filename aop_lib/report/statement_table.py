"""A statement as a table: lines down, periods across."""

from __future__ import annotations

import pandas as pd

from aop_lib.report import tables
from aop_lib.report.blocks import Block

MARKS = {"label", "why", "style", "direction", "group", "explains"}


def statement_table(frame: pd.DataFrame, label: str, currency: str, *, empty: str = "Nothing to show.") -> Block:
    """Returns a statement; every column that is no mark of the row is a period.

    Args:
        frame: label, style, direction, group and money columns named as their periods.
        label: What a screen reader says.
        currency: The reporting currency.
        empty: What is said instead of an empty statement.
    """
    periods = [tables.Column(str(name), str(name), "money") for name in frame if name not in MARKS]
    return tables.amounts(frame, [tables.Column("label", "Line"), *periods], label, currency, empty=empty)
