"""Tables folded by group: one fold for each team, so that a long table does not stand in the way."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from aop_lib.report import tables
from aop_lib.report.blocks import Block, folded


def folds(frame: pd.DataFrame, columns: Sequence[tables.Column], currency: str, *, group: str = "group") -> list[Block]:
    """Returns one folded table for each group, in the order in which groups first stand.

    Args:
        frame: The rows in reading order.
        columns: What is shown of them.
        currency: The reporting currency.
        group: The column that names the group; it heads the fold, with the number of its rows.
    """
    found = []
    for name in dict.fromkeys(frame[group]):
        rows = frame[frame[group] == name]
        found.append(folded(f"{name}: {len(rows)}", tables.amounts(rows, columns, str(name), currency)))
    return found
