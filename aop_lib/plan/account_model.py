"""Accounts as a model: what carry_forward makes of each account, over scenarios at once, with accounts that follow activity.

For companies without recurring business it is the whole model; for the others it is what scenarios scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib.plan.overlays import change_holds
from aop_lib.plan.profit_and_loss import OPERATING, pl_accounts

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.driver_model import Array


@dataclass(frozen=True)
class AccountModel:
    """Amounts that accounts are carried forward to, and how each answers to activity.

    Attributes:
        months: The months.
        places: (entity, team, account), sorted.
        base: (month, place): natural amounts: run rate, season and growth, by the rules of drivers.yml.
        follows: Per place: 1 follows activity in full, 0 is fixed; revenue never follows itself.
        signs: Per place: what an amount does to profit, +1 or -1; 0 outside the P&L.
        types: Per place: the type of its line.
    """

    months: tuple[pd.Timestamp, ...]
    places: tuple[tuple[str, str, str], ...]
    base: Array
    follows: Array
    signs: Array
    types: tuple[str, ...]


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
    follows = np.array([float(behaviour[account] == "variable" and kind != "revenue") for (_, _, account), kind in zip(places, types, strict=True)])
    return AccountModel(tuple(months), places, base, follows, signs, types)


def account_amounts(model: AccountModel, scale: Array, shift: Array | None = None, *, with_activity: bool = False) -> Array:
    """Returns the amounts of every scenario.

    Defined as::

        activity = sum of scaled revenue / sum of revenue, per month; 1 where revenue is zero or less
        amount   = base * scale + shift                                              as stated, what scenarios say of each account
        amount   = base * scale * (1 + follows * (activity - 1)) + shift             with activity: variable accounts follow revenue

    Args:
        model: The accounts.
        scale: (scenario, month | 1, place | 1): what a scenario makes of an account by itself.
        shift: (scenario | 1, month | 1, place | 1): what it adds, natural sign; none without it.
        with_activity: Whether accounts that follow activity do.

    Returns:
        (scenario, month, place), natural sign.
    """
    scaled = np.broadcast_to(model.base * scale, (scale.shape[0], *model.base.shape))
    if not with_activity:
        return np.asarray(scaled if shift is None else scaled + shift)
    sold = np.array([kind == "revenue" for kind in model.types])
    gain, before = (scaled * model.signs)[:, :, sold].sum(axis=2), (model.base * model.signs)[:, sold].sum(axis=1)
    activity = np.where(before > 0, gain / np.where(before > 0, before, 1.0), 1.0)
    found = scaled * (1.0 + model.follows * (activity[:, :, None] - 1.0))
    return np.asarray(found if shift is None else found + shift)


def account_profit(model: AccountModel, amounts: Array, types: Sequence[str] = OPERATING) -> Array:
    """Returns the profit of every scenario and month, (scenario, month): operating profit unless other types are given."""
    counted = np.array([kind in types for kind in model.types])
    return np.asarray((amounts * (model.signs * counted)).sum(axis=2))


def scenario_scales(params: Params, model: AccountModel, accounts: pd.DataFrame) -> Array:
    """Returns what the cycle's scenarios make of each account by themselves, (scenario, month, place); the first one is the budget itself.

    Defined as::

        scale = product of the scales of every change that holds for the entity, team, account and month; moved drivers do not enter
    """
    rows = pd.DataFrame([(*place, month) for month in model.months for place in model.places], columns=["entity", "team", "account", "month"])
    shape = (len(model.months), len(model.places))
    scales = np.ones((1 + len(params.scenarios), *shape))
    for place, scenario in enumerate(params.scenarios, start=1):
        for change in (each for each in scenario.changes if each.driver is None):
            held = change_holds(params, rows, change, accounts).to_numpy(dtype=bool).reshape(shape)
            scales[place] = np.where(held, scales[place] * float(change.scale), scales[place])
    return scales
