"""Accounts as a model: what a budget gives each account, over scenarios at once, with accounts that follow the volume sold.

For companies without recurring business it is the whole model: run rate, season and growth are in the amounts, which carry_forward made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib.plan.profit_and_loss import pl_accounts

if TYPE_CHECKING:
    from aop_lib.plan.driver_model import Array

VARIABLE = "variable"


@dataclass(frozen=True)
class AccountModel:
    """Amounts that accounts are carried forward to, and how each answers to activity.

    Attributes:
        months: The months.
        places: (entity, team, account), sorted.
        base: (month, place): natural amounts: run rate, season and growth, by the rules of drivers.yml.
        follows: Per place: 1 follows activity in full, 0 is fixed; revenue never follows itself.
        signs: Per place: what an amount does to profit, +1 or -1.
        types: Per place: the type of its line.
        lines: Per place: its line.
        line_signs: Per place: how an amount adds into its line, +1 or -1.
    """

    months: tuple[pd.Timestamp, ...]
    places: tuple[tuple[str, str, str], ...]
    base: Array
    follows: Array
    signs: Array
    types: tuple[str, ...]
    lines: tuple[str, ...]
    line_signs: Array


def account_model(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, months: Sequence[pd.Timestamp]) -> AccountModel:
    """Returns the amounts of a budget or of a base as a model.

    Args:
        amounts: entity, team, account, month, amount; natural sign.
        accounts: The account tree; `behaviour` variable follows activity, fixed and people do not.
        lines: The P&L lines.
        months: The months of the model.
    """
    own = pl_accounts(accounts, lines).set_index("account")
    behaviour = dict(zip(accounts["account"], accounts["behaviour"], strict=True))
    rows = amounts[amounts["month"].isin(list(months)) & amounts["account"].isin(own.index)]
    places = tuple(sorted(set(zip(rows["entity"], rows["team"], rows["account"], strict=True))))
    at, when = {place: index for index, place in enumerate(places)}, {month: index for index, month in enumerate(months)}
    base = np.zeros((len(months), len(places)))
    for entity, team, account, month, amount in zip(*(rows[name] for name in ("entity", "team", "account", "month", "amount")), strict=True):
        base[when[month], at[entity, team, account]] += float(amount)
    types = tuple(str(own.loc[account, "type"]) for _, _, account in places)
    signs = np.array([float(own.loc[account, "line_sign"] * own.loc[account, "direction"]) for _, _, account in places])
    follows = np.array([float(behaviour[account] == VARIABLE and kind != "revenue") for (_, _, account), kind in zip(places, types, strict=True)])
    named = tuple(str(own.loc[account, "line"]) for _, _, account in places)
    adds = np.array([float(own.loc[account, "line_sign"]) for _, _, account in places])
    return AccountModel(tuple(months), places, base, follows, signs, types, named, adds)


def account_amounts(model: AccountModel, volume: Array, price: Array | None = None, follows: Array | None = None) -> Array:
    """Returns the amounts of every scenario.

    Defined as::

        activity = sum of revenue * volume / sum of revenue, per month; 1 where revenue is zero or less
        amount   = base * volume * price * (1 + follows * (activity - 1))          accounts that follow do so by what is sold, not by its price

    Args:
        model: The accounts.
        volume: (scenario, month | 1, place | 1): of a revenue account what is sold of it, of any other its own growth; 1 is the budget.
        price: (scenario | 1, month | 1, place | 1): 1 is the budget; 1 without it.
        follows: (scenario | 1, 1, place): the part of an account that follows; the model's own without it. Revenue never follows itself.

    Returns:
        (scenario, month, place), natural sign.
    """
    scaled = np.broadcast_to(model.base * volume, (volume.shape[0], *model.base.shape))
    sold = np.array([kind == "revenue" for kind in model.types], dtype=bool)
    gain, before = (scaled * model.signs)[:, :, sold].sum(axis=2), (model.base * model.signs)[:, sold].sum(axis=1)
    activity = np.where(before > 0, gain / np.where(before > 0, before, 1.0), 1.0)
    part = np.where(sold, 0.0, model.follows if follows is None else follows)
    found = scaled * (1.0 + part * (activity[:, :, None] - 1.0))
    return np.asarray(found if price is None else found * price)


def account_lines(model: AccountModel, amounts: Array) -> dict[str, Array]:
    """Returns what amounts add up to in each P&L line, (scenario, month)."""
    return {line: (amounts * model.line_signs)[:, :, [each == line for each in model.lines]].sum(axis=2) for line in sorted(set(model.lines))}
