"""Entities' books in reporting currency: results at the month's average, balances at its close, equity at history."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from aop_lib.errors import UnknownRateError
from aop_lib.money import as_money, cents
from aop_lib.periods import add_months, month_spine, month_text

HELD = ("asset", "liability")
UNNAMED = "translation"
BOOKS = ["entity", "account", "month", "currency"]
_ADDED_UP = """SELECT entity, account, month, currency, sum(amount_local)::DECIMAL(18, 2) AS amount_local, sum(amount)::DECIMAL(18, 2) AS amount
FROM ledger GROUP BY ALL ORDER BY ALL"""

Rates = Mapping[tuple[str, pd.Timestamp], Decimal]


def books(ledger: pd.DataFrame) -> pd.DataFrame:
    """Returns the ledger added up over teams and vendors: entity, account, month, currency, amount_local, amount (exact, natural).

    Args:
        ledger: The frame `ledger`; `amount` is each row at the month's average, rounded once, so the sum is of converted parts.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.register("ledger", ledger[[*BOOKS, "amount_local", "amount"]])
        found: pd.DataFrame = connection.execute(_ADDED_UP).to_arrow_table().to_pandas(types_mapper=pd.ArrowDtype)
    texts = {name: found[name].astype(ledger[name].dtype) for name in ("entity", "account", "currency")}
    return found.assign(month=found["month"].astype("datetime64[us]"), **texts)


def translation(posted: pd.DataFrame, accounts: pd.DataFrame, closing: Rates, reporting: str, account: str = UNNAMED) -> pd.DataFrame:
    """Returns what has to be added to books at average rates so that balances stand at the close, and where the difference goes.

    Defined as::

        balance at the close   = sum(amount_local to the month) * closing rate(month)          assets and liabilities
        movement               = balance at the close - balance at the close of the month before
        translation of a row   = movement - amount at the average rate
        translation difference = what keeps debits and credits equal: -sum(debit_sign * translation), a line of its own in equity

    Results stay at the average, equity at the average of the month in which it was posted (its history). Where an entity's books
    balance in local currency, the cents that rounding leaves belong to the difference too.

    Args:
        posted: What `books` returned.
        accounts: The account tree, with type and debit_sign.
        closing: Closing rate of each (currency, month).
        reporting: The reporting currency; its books need no translation.
        account: The equity account that takes the difference.

    Returns:
        entity, account, month, amount (natural, reporting currency, cents); no row where nothing is added.

    Raises:
        UnknownRateError: If a closing rate is missing; a missing rate is never 1.
    """
    foreign = posted[posted["currency"] != reporting]
    if foreign.empty:
        return pd.DataFrame({"entity": [], "account": [], "month": [], "amount": []})
    signs = dict(zip(accounts["account"], accounts["debit_sign"].astype(int), strict=True))
    held = set(accounts.loc[accounts["type"].isin(HELD), "account"])
    moved = _movements(foreign[foreign["account"].isin(held)], closing, foreign["month"].max())
    apart = _differences(foreign, moved, signs)
    rows = [(entity, each, month, amount) for (entity, each, month), amount in moved.items() if amount]
    rows += [(entity, account, month, amount) for (entity, month), amount in apart.items() if amount]
    frame = pd.DataFrame(rows, columns=["entity", "account", "month", "amount"]).groupby(["entity", "account", "month"], as_index=False, sort=True).sum()
    return frame.assign(amount=as_money(frame["amount"]))


def _movements(held: pd.DataFrame, closing: Rates, last: pd.Timestamp) -> dict[tuple[str, str, pd.Timestamp], Decimal]:
    """Returns the translation of each balance-sheet account in each month since it was first posted to."""
    moved: dict[tuple[str, str, pd.Timestamp], Decimal] = {}
    for (entity, account, currency), own in held.groupby(["entity", "account", "currency"], observed=True):
        local = dict(zip(own["month"], zip(own["amount_local"], own["amount"], strict=True), strict=True))
        balance = at_close = Decimal(0)
        for month in month_spine(own["month"].min(), add_months(last, 1)):
            flow, average = local.get(month, (Decimal(0), Decimal(0)))
            balance += Decimal(flow)
            closed = cents(balance * _rate(closing, str(currency), month))
            key = str(entity), str(account), month
            moved[key] = moved.get(key, Decimal(0)) + closed - at_close - Decimal(average)
            at_close = closed
    return moved


def _rate(closing: Rates, currency: str, month: pd.Timestamp) -> Decimal:
    if (currency, month) not in closing:
        raise UnknownRateError([(currency, month_text(month))], "the reporting currency at the close")
    return closing[currency, month]


def _differences(
    foreign: pd.DataFrame, moved: Mapping[tuple[str, str, pd.Timestamp], Decimal], signs: Mapping[str, int]
) -> dict[tuple[str, pd.Timestamp], Decimal]:
    """Returns the translation difference by entity and month, natural as equity: credits are positive."""
    local: dict[tuple[str, pd.Timestamp], Decimal] = {}
    average: dict[tuple[str, pd.Timestamp], Decimal] = {}
    for entity, account, month, mine, ours in foreign[["entity", "account", "month", "amount_local", "amount"]].itertuples(index=False):
        key = entity, month
        local[key] = local.get(key, Decimal(0)) + signs[account] * Decimal(mine)
        average[key] = average.get(key, Decimal(0)) + signs[account] * Decimal(ours)
    found = {key: value for key, value in average.items() if not local[key]}
    for (entity, account, month), amount in moved.items():
        found[entity, month] = found.get((entity, month), Decimal(0)) + signs[account] * amount
    return found
