"""The balance sheet that a plan starts from: the group's books at the last close before the months that are planned."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.periods import add_months

if TYPE_CHECKING:
    from aop_lib.load import Params

HELD = ("asset", "liability")
CLASSES = ("cash", "receivables", "fixed_assets", "other_assets", "payables", "deferred", "other_liabilities", "capital")
NEEDED = "a ledger with balances of assets and liabilities, cash_accounts in company.yml, balances in drivers.yml"


def opening_month(params: Params) -> pd.Timestamp:
    """Returns the month at whose close the plan starts: the last closed one, or the one before the planned year where that comes first."""
    return min(params.last_closed, add_months(params.year_months[0], -1))


def classes(params: Params, accounts: pd.DataFrame) -> dict[str, str]:
    """Returns what each account of the balance sheet is: one of `CLASSES`.

    Args:
        params: The accounts of cash (company.yml, switches) and those of the model's balances (drivers.yml).
        accounts: The account tree.
    """
    balances = params.drivers.model.balances
    named = dict.fromkeys(params.company.switches.cash_accounts, "cash")
    for name in ("receivables", "deferred", "payables", "fixed_assets"):
        named |= dict.fromkeys(getattr(balances, name), name)
    rest = {"asset": "other_assets", "liability": "other_liabilities", "equity": "capital"}
    own = accounts[accounts["type"].isin(list(rest))]
    return {account: named.get(account, rest[kind]) for account, kind in zip(own["account"], own["type"], strict=True)}


def opening_balance(params: Params, books: pd.DataFrame, accounts: pd.DataFrame) -> dict[str, Decimal]:
    """Returns what stands at the opening by class, to the cent; empty where the ledger has no balance sheet or no account of cash is named.

    Defined as::

        balance of a class = sum over its accounts, layers and months to the opening of side * debit_sign * amount      side: +1 assets, -1 else
        capital            = assets - liabilities: equity with all results to then, the translation difference included

    Args:
        params: Which account is what, and the opening month.
        books: The frame `group_books`: posted, translated to the close, eliminated.
        accounts: The account tree.
    """
    kinds, month = classes(params, accounts), opening_month(params)
    signs = dict(zip(accounts["account"], accounts["debit_sign"], strict=True))
    found = dict.fromkeys(CLASSES, Decimal("0.00"))
    own = money.sums(books[books["account"].isin(list(kinds)) & (books["month"] <= month)], ["account"])
    for account, amount in zip(own["account"], own["amount"], strict=True):
        kind = kinds[account]
        side = 1 if kind in {"cash", "receivables", "fixed_assets", "other_assets"} else -1
        found[kind] += side * int(signs[account]) * Decimal(amount)
    if not set(kinds.values()) & {"cash"} or not any(found[kind] for kind in CLASSES[:-1]):
        return {}
    return found | {"capital": _side(found, 4, 0) - _side(found, 7, 4)}


def _side(found: dict[str, Decimal], last: int, first: int) -> Decimal:
    return sum((found[kind] for kind in CLASSES[first:last]), Decimal("0.00"))


def posted_equity(params: Params, books: pd.DataFrame, accounts: pd.DataFrame) -> Decimal:
    """Returns equity as the books have it: equity accounts, results to then and the translation difference."""
    kinds, signs = classes(params, accounts), dict(zip(accounts["account"], accounts["debit_sign"], strict=True))
    held = {account for account, kind in kinds.items() if kind != "capital"}
    own = money.sums(books[~books["account"].isin(list(held)) & (books["month"] <= opening_month(params))], ["account"])
    return sum((-int(signs.get(account, -1)) * Decimal(amount) for account, amount in zip(own["account"], own["amount"], strict=True)), Decimal("0.00"))


def cash_history(params: Params, books: pd.DataFrame, accounts: pd.DataFrame) -> dict[pd.Timestamp, Decimal]:
    """Returns cash at the close of each of the last twelve months, as the books have it."""
    held = [account for account, kind in classes(params, accounts).items() if kind == "cash"]
    own = money.sums(books[books["account"].isin(held)], ["month"])
    moved = dict(zip(own["month"], own["amount"], strict=True))
    first = min(moved, default=None)
    return {
        month: sum((Decimal(amount) for at, amount in moved.items() if at <= month), Decimal("0.00"))
        for month in params.last_twelve
        if first is not None and month >= first
    }
