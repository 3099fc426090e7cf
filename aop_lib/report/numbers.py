"""Figures as readers see them: units a reader thinks in, accounting format, n/m with its reason, sums that add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pandas as pd

from aop_lib import money

NBSP = "\u00a0"
NOT_MEANINGFUL = "n/m"
THOUSAND, MILLION = Decimal(1000), Decimal(1_000_000)


@dataclass(frozen=True)
class Scale:
    """The unit in which amounts are displayed.

    Attributes:
        unit: What one displayed step of 1 is worth.
        places: Decimals shown.
        name: `k USD`, `M USD`, `USD`.
    """

    unit: Decimal
    places: int
    name: str


def scale_of(amounts: Sequence[Decimal], currency: str) -> Scale:
    """Returns the unit for a table of amounts: M from 200 million on, k from 20 thousand on, else single units.

    Args:
        amounts: Every amount that is shown in that unit.
        currency: Its code.
    """
    largest = max((abs(Decimal(amount)) for amount in amounts), default=Decimal(0))
    if largest >= 200 * MILLION:
        return Scale(MILLION, 1, f"M {currency}")
    return Scale(THOUSAND, 0, f"k {currency}") if largest >= 20 * THOUSAND else Scale(Decimal(1), 0, currency)


def accounting(value: Decimal | int, places: int = 0) -> str:
    """Returns a figure in the accounting format: `1,234`, `(1,234)` for a negative one, `0`."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):,.{places}f}"
    return f"({text})" if rounded < 0 else text


def signed(value: Decimal | int, places: int = 0) -> str:
    """Returns a variance: `+12` is better, `(12)` is worse, `0` is neither."""
    text = accounting(value, places)
    return f"+{text}" if not text.startswith("(") and any(digit in text for digit in "123456789") else text


def per_cent(fraction: float | Decimal | None, places: int = 1, *, is_variance: bool = False) -> str:
    """Returns a fraction in per cent, without the sign of the unit: `2.1`, `(2.1)`; `n/m` where it is missing."""
    if fraction is None or (isinstance(fraction, float) and not math.isfinite(fraction)):
        return NOT_MEANINGFUL
    value = Decimal(str(fraction)) * 100
    return signed(value, places) if is_variance else accounting(value, places)


def scaled(values: Sequence[Decimal], scale: Scale) -> list[Decimal]:
    """Returns amounts in a display unit such that displayed parts add up to their displayed total (largest remainder)."""
    step = scale.unit.scaleb(-scale.places)
    return [each * step / scale.unit for each in money.shown([Decimal(value) for value in values], step)]


def displayed(rows: pd.DataFrame, column: str, scale: Scale) -> list[Decimal]:
    """Returns a table column in a display unit, such that every displayed sum adds up.

    Defined as::

        plain row (style "")   its amount, cut so that the plain rows of its group add up to their rounded sum
        sub                    sum of the displayed plain rows of its group above it
        total                  sum of all displayed plain rows above
        result                 sum(direction * displayed) of all plain rows above

    Args:
        rows: `style`, `direction` (+1 adds to a result, -1 takes from it), the money column, and `group` where subtotals stand.
        column: The column that is shown.
        scale: The display unit.
    """
    values = [Decimal(value) for value in rows[column]]
    styles, directions = list(rows["style"]), list(rows["direction"])
    groups = list(rows["group"]) if "group" in rows else [""] * len(values)
    shown: dict[int, Decimal] = {}
    for group in dict.fromkeys(groups):
        block = [row for row, style in enumerate(styles) if style == "" and groups[row] == group]
        shown |= dict(zip(block, scaled([values[row] for row in block], scale), strict=True))
    plain = sorted(shown)
    for row, style in enumerate(styles):
        above = [each for each in plain if each < row]
        if style == "sub":
            shown[row] = sum((shown[each] for each in above if groups[each] == groups[row]), Decimal(0))
        elif style == "total":
            shown[row] = sum((shown[each] for each in above), Decimal(0))
        elif style == "result":
            shown[row] = sum((shown[each] * directions[each] for each in above), Decimal(0))
    return [shown[row] for row in range(len(values))]


def value_text(value: Decimal, unit: str) -> tuple[str, str]:
    """Returns a key figure and its unit as a tile shows them.

    Args:
        value: In the unit; `pct` as a fraction.
        unit: A currency code, `pct`, `count`, `fte`, `months` or `ratio`.
    """
    if unit == "pct":
        return per_cent(value), "%"
    if unit in {"count", "fte"}:
        return accounting(value), "heads" if unit == "fte" else ""
    if unit in {"months", "ratio"}:
        return accounting(value, 1 if unit == "months" else 2), "months" if unit == "months" else "×"
    if abs(value) >= MILLION * Decimal("9.995"):
        return accounting(value / MILLION, 1), f"M {unit}"
    if abs(value) >= MILLION:
        return accounting(value / MILLION, 2), f"M {unit}"
    return (accounting(value / THOUSAND, 0), f"k {unit}") if abs(value) >= 10 * THOUSAND else (accounting(value), unit)


def in_unit_of(value: Decimal, other: Decimal, unit: str) -> str:
    """Returns a value in the display unit that another one has, so that two figures on one tile compare."""
    if unit == "pct":
        return per_cent(value)
    for limit, step, places in ((MILLION * Decimal("9.995"), MILLION, 1), (MILLION, MILLION, 2), (10 * THOUSAND, THOUSAND, 0)):
        if unit.isupper() and abs(other) >= limit:
            return accounting(value / step, places)
    return accounting(value, {"months": 1, "ratio": 2}.get(unit, 0))


def month_label(month: Any) -> str:
    """Returns a month as `Sep 2026`; an empty text for none."""
    return "" if pd.isna(month) else f"{pd.Timestamp(month):%b %Y}"


def day_label(day: Any) -> str:
    """Returns a day as `24 Jul 2026`; an empty text for none."""
    return "" if pd.isna(day) else f"{pd.Timestamp(day).day} {pd.Timestamp(day):%b %Y}"
