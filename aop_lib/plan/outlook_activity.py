"""The months left of accounts that follow the volume sold, where nobody subscribes: their part of revenue, times the revenue that is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aop_lib.plan.account_model import VARIABLE
from aop_lib.plan.outlook_base import account_history, by_account, driver_amounts
from aop_lib.plan.outlook_methods import ACTIVITY
from aop_lib.plan.profit_and_loss import pl_accounts

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params
    from aop_lib.plan.back_test import Method
    from aop_lib.plan.forecast import Array
    from aop_lib.plan.outlook_base import Past

YEAR = 12


def activity_method(params: Params, found: Past, accounts: pd.DataFrame, lines: pd.DataFrame, horizon: int) -> dict[str, Method]:
    """Returns the method by which accounts follow the volume sold, under its name; nothing where no account is variable or nothing is sold.

    Defined as::

        amount = sum of the account / sum of revenue, both over the last twelve known months, * revenue of the month by the rules of drivers.yml

    Accounts that do not follow have no value (nan), so that their back-test cannot be told.

    Args:
        params: drivers.yml, calendar.
        found: What the outlook stands on.
        accounts: The account tree, with behaviour.
        lines: The P&L lines.
        horizon: How many months are wanted.
    """
    told = pl_accounts(accounts, lines).merge(accounts[["account", "behaviour"]], on="account").set_index("account").to_dict("index")
    own = [told[account] for account in found.accounts]
    signs = np.array([float(each["line_sign"]) * (each["type"] == "revenue") for each in own])
    follows = np.array([each["behaviour"] == VARIABLE and each["type"] != "revenue" for each in own], dtype=bool)
    if not follows.any() or not signs.any():
        return {}
    history = account_history(found)

    def amounts(known: int) -> Array:
        """Returns (account, month ahead) as known after so many months."""
        recent = history[:, max(known - YEAR, 0) : known].sum(axis=1)
        sold = float(signs @ recent)
        ahead = signs @ by_account(found, driver_amounts(params, found, known, horizon), horizon)
        part = np.where(follows & (sold > 0), recent / (sold if sold > 0 else 1.0), np.nan)
        return np.asarray(part[:, None] * ahead[None, :])

    return {ACTIVITY: amounts}
