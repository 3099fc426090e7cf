"""What the drivers of accounts make of versions and scenarios where nobody subscribes: volume, price, growth, the part that follows volume."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib import frames as contracts
from aop_lib.params.model import ACCOUNT_DRIVERS
from aop_lib.plan.account_model import AccountModel, account_amounts, account_lines
from aop_lib.plan.overlays import changes_of

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Change
    from aop_lib.plan.driver_model import Array

COLUMNS = ["overlay", "measure", "place", "month", "value", "base"]
SCALE = Decimal("0.0000000001")
SOLD = ("volume", "price")


def account_overlays(params: Params, model: AccountModel) -> pd.DataFrame:
    """Returns P&L lines by month under the drivers that each version or scenario moves, beside the budget as it stands.

    Args:
        params: The versions and scenarios of the cycle.
        model: The accounts of the budget.

    Returns:
        The frame `overlay_paths`, measure `line`; a line that nothing moves has no row.
    """
    moved = [(each.id, own) for each in (*params.versions, *params.scenarios) if (own := account_changes(changes_of(params, each)))]
    if not moved or not model.places:
        return contracts.empty("overlay_paths")
    lines = account_lines(model, moved_amounts(model, [[], *(changes for _, changes in moved)]))
    rows = [
        (name, "line", line, month, _exact(values[row, index]), _exact(values[0, index]))
        for line, values in lines.items()
        for row, (name, _) in enumerate(moved, start=1)
        if (values[row] != values[0]).any()
        for index, month in enumerate(model.months)
    ]
    return contracts.conformed("overlay_paths", pd.DataFrame(rows, columns=COLUMNS)) if rows else contracts.empty("overlay_paths")


def account_changes(changes: Sequence[Change]) -> list[Change]:
    """Returns the changes that move a driver of accounts."""
    return [each for each in changes if each.driver in ACCOUNT_DRIVERS]


def moved_amounts(model: AccountModel, overlays: Sequence[Sequence[Change]]) -> Array:
    """Returns the amounts of every overlay in one pass, (overlay, month, place); an empty one is the budget itself.

    Defined as::

        volume, price    value * scale + by, of a line of revenue or of all of them, from its month on
        account_growth   (1 + by) a month, compounding from its month on; after its end the level stays; of revenue it is volume
        activity_share   value * scale + by, held between 0 and 1, in every month

    Args:
        model: The accounts of the budget.
        overlays: The changes of each; those of other drivers are left to others.
    """
    shape = (len(overlays), len(model.months), len(model.places))
    volume, price = np.ones(shape), np.ones(shape)
    follows = np.repeat(model.follows[None, None, :], len(overlays), axis=0)
    for row, changes in enumerate(overlays):
        for change in account_changes(changes):
            places, when = _places(model, change), _held(model, change)
            if change.driver in SOLD:
                moved = volume if change.driver == "volume" else price
                moved[row][np.ix_(when, places)] = moved[row][np.ix_(when, places)] * float(change.scale) + float(change.by)
            elif change.driver == "account_growth":
                volume[row][:, places] *= ((1.0 + float(change.by)) ** np.cumsum(when))[:, None]
            else:
                follows[row, 0, places] = np.clip(follows[row, 0, places] * float(change.scale) + float(change.by), 0.0, 1.0)
    return account_amounts(model, volume, price, follows)


def _places(model: AccountModel, change: Change) -> Array:
    is_sold = change.driver in SOLD
    return np.array(
        [
            (not is_sold or kind == "revenue") and change.line in {None, line} and change.account in {None, account}
            for (_, _, account), line, kind in zip(model.places, model.lines, model.types, strict=True)
        ],
        dtype=bool,
    )


def _held(model: AccountModel, change: Change) -> Array:
    return np.array([(change.start is None or month >= change.start) and (change.end is None or month < change.end) for month in model.months], dtype=bool)


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(SCALE)
