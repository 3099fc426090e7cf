"""The ledger: posted lines of every source, added up by entity, team, account, month, currency and vendor, natural sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.money import CENT, as_money, cents, converted, shown
from aop_lib.periods import FiscalCalendar
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse

PLACE = ["entity", "team", "account", "month"]
GRAIN = [*PLACE, "currency", "vendor"]
Rates = Mapping[tuple[str, pd.Timestamp], Decimal]


@dataclass(frozen=True)
class Posted:
    """What one source posted.

    Attributes:
        source: The source's name.
        rows: GRAIN, `natural` (exact, in `currency`) and `debit` (signed as a debit, exact).
        net: The exact sum of what was added up, signed as the source writes it.
    """

    source: str
    rows: pd.DataFrame
    net: Decimal


def posted(store: Warehouse, judged: Judged, accounts: pd.DataFrame, grain: list[str]) -> Posted:
    """Returns the used rows of a source added up to a grain, natural sign, exact, in their own currency.

    Defined as::

        natural = amount                     where the preset says `signs: natural`
        natural = debit_sign * amount        where debits are positive and credits negative

    Args:
        store: The loaded tables.
        judged: Ledger or budget rows.
        accounts: The account tree with debit_sign.
        grain: The columns to add up by.
    """
    used = judged.used.mutate(month=judged.used.month.cast("timestamp"))
    records = store.records(used.group_by(grain).aggregate(amount=used.amount.sum()).order_by(grain))
    signs = dict(zip(accounts["account"], accounts["debit_sign"].astype(int), strict=True))
    by_debit = judged.mapped.frame(judged.layout).signs == "debit"
    natural = [record["amount"] * (signs[record["account"]] or 1) if by_debit else record["amount"] for record in records]
    rows = pd.DataFrame(records, columns=[*grain, "amount"]).assign(natural=pd.Series(natural, dtype=object))
    rows["debit"] = pd.Series([value * signs[account] for value, account in zip(natural, rows["account"], strict=True)], dtype=object)
    return Posted(judged.mapped.source.name, rows.drop(columns="amount"), sum((record["amount"] for record in records), Decimal(0)))


def ledger_frame(parts: list[Posted], rates: Rates, reporting: str) -> pd.DataFrame:
    """Returns the ledger of all sources together, conformed to `ledger`.

    `amount_local` is in the row's currency; `amount` is in reporting currency at the month's average rate, for balance-sheet
    accounts as well; each is rounded once.

    Args:
        parts: What each source posted.
        rates: Average rate of each (currency, month).
        reporting: The company's reporting currency.

    Raises:
        UnknownRateError: If a needed rate is missing; a missing rate is never 1.
    """
    rows = _together([part.rows for part in parts], GRAIN)
    if rows.empty:
        return empty("ledger")
    reported = converted(rows.rename(columns={"natural": "amount"}), rates, reporting)
    return conformed("ledger", rows[GRAIN].assign(amount_local=as_money(rows["natural"]), amount=reported["amount"]))


def imported_budget_frame(parts: dict[str, list[Posted]], rates: Rates, reporting: str, calendar: FiscalCalendar) -> pd.DataFrame:
    """Returns the budgets that sources bring, conformed to `imported_budget`, in reporting currency.

    Fractions of a cent are cut by the largest remainder, so that the rows of a fiscal year add up to its exact total, rounded
    once; rows of another currency are converted and rounded one by one.

    Args:
        parts: By the budget's name, what each source gives to it.
        rates: Rate of each (currency, month).
        reporting: The company's reporting currency.
        calendar: Says which fiscal year a month belongs to.

    Raises:
        UnknownRateError: If a needed rate is missing.
    """
    frames = []
    for budget, posts in sorted(parts.items()):
        rows = _in_cents(_together([part.rows for part in posts], [*PLACE, "currency"]), reporting, calendar)
        reported = converted(rows.rename(columns={"natural": "amount"}), rates, reporting)
        whole = _summed(reported.assign(natural=reported["amount"]), PLACE)
        frames.append(whole[PLACE].assign(budget=budget, amount=as_money(whole["natural"])))
    return conformed("imported_budget", pd.concat(frames, ignore_index=True)) if frames else empty("imported_budget")


def out_of_balance(part: Posted) -> list[dict[str, Any]]:
    """Returns entity, month and difference wherever a source's debits do not equal its credits to the cent, in local currency.

    Defined as::

        difference = sum(debit_sign * amount_local) per entity, month and currency
    """
    found: dict[tuple[Any, ...], Decimal] = {}
    for entity, month, currency, debit in part.rows[["entity", "month", "currency", "debit"]].itertuples(index=False):
        found[entity, month, currency] = found.get((entity, month, currency), Decimal(0)) + debit
    return [{"entity": key[0], "month": key[1], "currency": key[2], "difference": cents(value)} for key, value in sorted(found.items()) if cents(value)]


def _in_cents(rows: pd.DataFrame, reporting: str, calendar: FiscalCalendar) -> pd.DataFrame:
    years = rows["month"].map(calendar.fiscal_year).where(rows["currency"] == reporting)
    natural = rows["natural"].copy()
    for places in years.groupby(years).groups.values():
        natural.loc[places] = pd.Series([units * CENT for units in shown(list(natural.loc[places]), CENT)], index=places, dtype=object)
    return rows.assign(natural=natural)


def _together(frames: list[pd.DataFrame], grain: list[str]) -> pd.DataFrame:
    if len(frames) == 1:
        return frames[0]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*grain, "natural"])
    return _summed(whole, grain)


def _summed(rows: pd.DataFrame, grain: list[str]) -> pd.DataFrame:
    sums: dict[tuple[Any, ...], Decimal] = {}
    for *key, natural in rows[[*grain, "natural"]].itertuples(index=False):
        sums[tuple(key)] = sums.get(tuple(key), Decimal(0)) + Decimal(natural)
    return pd.DataFrame([(*key, value) for key, value in sums.items()], columns=[*grain, "natural"]).astype({"natural": object})
