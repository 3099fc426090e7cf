"""Figures as readers see them: units a reader thinks in, accounting format, n/m with its reason, sums that add up."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pandas as pd

from aop_lib.display import MILLION, THOUSAND, Scale, displayed, scale_of, scaled

NBSP = "\u00a0"
NOT_MEANINGFUL = "n/m"

__all__ = [
    "MILLION", "NBSP", "NOT_MEANINGFUL", "THOUSAND", "Scale", "accounting", "day_label", "difference_text", "displayed", "in_unit_of", "month_label",
    "per_cent", "scale_of", "scaled", "shown_like", "signed", "value_text",
]  # fmt: skip


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
    return accounting(shown_like(value, other, unit), _step(other, unit)[1])


def shown_like(value: Decimal, other: Decimal, unit: str) -> Decimal:
    """Returns a value rounded in the display unit that another one has; differences are taken between such figures."""
    step, places = _step(other, unit)
    return (value / step).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def difference_text(difference: Decimal, other: Decimal, unit: str) -> str:
    """Returns the difference of two figures that were shown like another one: `+1.2` is better, `(1.2)` worse."""
    return signed(difference, _step(other, unit)[1])


def _step(other: Decimal, unit: str) -> tuple[Decimal, int]:
    if unit == "pct":
        return Decimal("0.01"), 1
    for limit, step, places in ((MILLION * Decimal("9.995"), MILLION, 1), (MILLION, MILLION, 2), (10 * THOUSAND, THOUSAND, 0)):
        if unit.isupper() and abs(other) >= limit:
            return step, places
    return Decimal(1), {"months": 1, "ratio": 2}.get(unit, 0)


def month_label(month: Any) -> str:
    """Returns a month as `Sep 2026`; an empty text for none."""
    return "" if pd.isna(month) else f"{pd.Timestamp(month):%b %Y}"


def day_label(day: Any) -> str:
    """Returns a day as `24 Jul 2026`; an empty text for none."""
    return "" if pd.isna(day) else f"{pd.Timestamp(day).day} {pd.Timestamp(day):%b %Y}"
