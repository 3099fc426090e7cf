"""Exact amounts: strict reading, DECIMAL(18,2) columns, exact sums, splits that add up, currency conversion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

from aop_lib.errors import UnknownRateError
from aop_lib.periods import month_text

CENT = Decimal("0.01")
LARGEST = Decimal("9999999999999.99")
MONEY = pd.ArrowDtype(pa.decimal128(18, 2))
AMOUNT_PATTERN = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d{1,2})?", re.ASCII)


def amount_of(text: str) -> Decimal:
    """Returns the exact amount that a text states, in currency units with two decimals.

    Accepted are an optional minus, digits (grouped by commas in threes or not at all) and up to two
    decimals after a point. Everything else is refused: exponents, blanks, currency signs, decimal commas, words.

    Raises:
        ValueError: If the text is no such amount or exceeds 9,999,999,999,999.99.
    """
    if not AMOUNT_PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not an amount such as 1200.50 or -1,200.50")
    amount = Decimal(text.replace(",", ""))
    if abs(amount) > LARGEST:
        raise ValueError(f"{text!r} is larger than {LARGEST:,}")
    return amount.quantize(CENT)


def cents(value: Decimal) -> Decimal:
    """Returns a value rounded once to the cent, half to even."""
    return value.quantize(CENT, rounding=ROUND_HALF_EVEN)


def money_series(values: Iterable[Decimal | int | str], index: Any = None) -> pd.Series:
    """Returns a DECIMAL(18,2) column, each value rounded once, half to even; units of currency."""
    exact = [cents(Decimal(value)) for value in values]
    return pd.Series(exact, index=index, dtype=MONEY)


def as_money(column: pd.Series) -> pd.Series:
    """Returns a decimal column rounded once, half to even, to DECIMAL(18,2); a missing amount stays missing."""
    exact = [None if pd.isna(value) else cents(Decimal(value)) for value in column]
    return pd.Series(exact, index=column.index, name=column.name, dtype=MONEY)


def zero_filled(column: pd.Series) -> pd.Series:
    """Returns a money column in which a missing amount counts as 0.00."""
    return column.fillna(0).astype(MONEY)


def total(column: pd.Series) -> Decimal:
    """Returns the exact sum of a money column; an empty column sums to 0.00."""
    return cents(Decimal(column.sum())) if len(column) else Decimal("0.00")


def sums(frame: pd.DataFrame, by: Sequence[str], column: str = "amount") -> pd.DataFrame:
    """Returns the exact sum of a money column per group, sorted by the group's keys.

    Args:
        frame: Any long frame with the keys and the money column.
        by: The keys that form the new grain.
        column: The money column.

    Returns:
        One row per combination of keys that occurs, with `column` as DECIMAL(18,2).
    """
    grouped = frame.groupby(list(by), sort=True, dropna=False, observed=True)[[column]].sum().reset_index()
    return grouped.assign(**{column: grouped[column].astype(MONEY)})


def split(amount: Decimal, weights: Sequence[Decimal | int], unit: Decimal = CENT) -> list[Decimal]:
    """Returns the parts of an amount in proportion to weights; the parts sum exactly to the amount.

    Defined as::

        share_i = amount * weight_i / sum(weights), cut down to whole units
        the units left over go one each to the largest remainders (ties: the earlier part)

    Args:
        amount: What is split, a whole number of units.
        weights: One per part, none negative, not all zero.
        unit: The smallest piece: 0.01 for money, 1 for heads.

    Raises:
        ValueError: If a weight is negative, all are zero, or the amount is no whole number of units.
    """
    exact = [Decimal(weight) for weight in weights]
    if not exact or min(exact) < 0 or sum(exact) == 0:
        raise ValueError("weights must be zero or more and must not all be zero")
    units = amount / unit
    if units != units.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of {unit}")
    whole = sum(exact)
    shares = [units * weight / whole for weight in exact]
    floors = [share.to_integral_value(rounding=ROUND_FLOOR) for share in shares]
    left = int(units - sum(floors))
    order = sorted(range(len(shares)), key=lambda i: (floors[i] - shares[i], i))
    for position in order[:left]:
        floors[position] += 1
    return [floor * unit for floor in floors]


def shown(values: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Returns values rounded to a display unit so that they add up to their rounded total.

    The total is rounded half to even; its parts are cut down and topped up by the largest remainder, so a reader
    who adds the displayed parts finds the displayed total.

    Args:
        values: The parts, exact, of either sign.
        unit: What one displayed step is worth, e.g. 1000 for thousands.
    """
    target = int((sum(values, Decimal(0)) / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    floors = [(value / unit).to_integral_value(rounding=ROUND_FLOOR) for value in values]
    order = sorted(range(len(values)), key=lambda i: (floors[i] - values[i] / unit, i))
    for position in order[: target - int(sum(floors))]:
        floors[position] += 1
    return floors


def converted(frame: pd.DataFrame, rates: Mapping[tuple[str, pd.Timestamp], Decimal], reporting: str) -> pd.DataFrame:
    """Returns the rows in reporting currency, each row converted and rounded once, half to even.

    Defined as::

        amount in reporting currency = amount * rate(currency, month)      units of reporting per unit of local

    Args:
        frame: Rows with `month`, `currency` and `amount`.
        rates: Average rate of each (currency, month); the reporting currency needs none.
        reporting: The company's reporting currency.

    Raises:
        UnknownRateError: If any needed rate is missing; a missing rate is never 1.
    """
    keys = list(zip(frame["currency"], frame["month"], strict=True))
    missing = [(currency, month_text(month)) for currency, month in set(keys) if currency != reporting and (currency, month) not in rates]
    if missing:
        raise UnknownRateError(missing, reporting)
    amounts = [
        Decimal(amount) if currency == reporting else Decimal(amount) * rates[currency, month]
        for amount, (currency, month) in zip(frame["amount"], keys, strict=True)
    ]
    return frame.assign(amount=money_series(amounts, index=frame.index), currency=reporting)
