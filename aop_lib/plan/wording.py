"""Amounts, shares, dates and lists in words, as the titles and lines of reports say them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd

NBSP = "\u00a0"
MINUS = "\u2212"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
MILLION, THOUSAND = Decimal(1_000_000), Decimal(1_000)


def amount_text(value: Decimal) -> str:
    """Returns an amount in the unit a reader thinks in: `27.4 M`, `1.52 M`, `156 k`, `1.5 k`, `980`.

    Args:
        value: Units of currency; negative ones get a minus sign.
    """
    size = abs(value)
    if size >= Decimal(9_995_000):
        text = f"{_rounded(size / MILLION, 1):,}{NBSP}M"
    elif size >= Decimal(999_500):
        text = f"{_rounded(size / MILLION, 2)}{NBSP}M"
    elif size >= Decimal(9_950):
        text = f"{_rounded(size / THOUSAND, 0):,}{NBSP}k"
    elif size >= THOUSAND:
        text = f"{_rounded(size / THOUSAND, 1)}{NBSP}k"
    else:
        text = f"{_rounded(size, 0)}"
    return f"{MINUS}{text}" if value < 0 and text != "0" else text


def percent_text(fraction: Decimal | None, places: int = 1) -> str:
    """Returns a fraction as a per cent, `2.1 %`; `n/m` where it has no meaning."""
    if fraction is None:
        return "n/m"
    value = _rounded(fraction * 100, places)
    sign = MINUS if value < 0 else ""
    return f"{sign}{abs(value):,}{NBSP}%"


def value_text(value: Decimal, unit: str) -> str:
    """Returns a KPI's value in the words of its unit.

    Args:
        value: In the metric's unit; `pct` as a fraction.
        unit: The catalogue's unit, or a currency code.
    """
    if unit == "pct":
        return percent_text(value)
    if unit in {"count", "fte"}:
        return f"{_plain(value):,}"
    if unit == "months":
        return f"{_rounded(value, 1)}{NBSP}months"
    return f"{_rounded(value, 2)}" if unit == "ratio" else amount_text(value)


def counted(number: int, one: str, many: str = "") -> str:
    """Returns a number with its noun: `1 request`, `3 requests`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], limit: int = 5) -> str:
    """Returns names as prose, `A, B and C`; those past the limit are counted."""
    names = list(names)
    if len(names) > limit:
        names = [*names[: limit - 1], f"{len(names) - limit + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def month_name(month: pd.Timestamp) -> str:
    """Returns a month as `September 2026`."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def day_name(day: date) -> str:
    """Returns a day as `24 Jul 2026`."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def months_name(months: Sequence[pd.Timestamp]) -> str:
    """Returns a run of months as `January to March 2027`, or `none` for an empty one."""
    if not months:
        return "none"
    first, last = months[0], months[-1]
    if first == last:
        return month_name(first)
    start = MONTHS[first.month - 1] if first.year == last.year else month_name(first)
    return f"{start} to {month_name(last)}"


def against_text(actual: Decimal, reference: Decimal, name: str = "plan") -> str:
    """Returns how an amount stands against its reference: `2.1 % under plan`, `on plan`, `64 k against none in plan`.

    Where the reference is zero or negative a per cent has no meaning, so the difference is given as an amount.
    """
    difference = actual - reference
    side = "over" if difference > 0 else "under"
    if reference > 0:
        share = abs(difference) / reference
        return f"on {name}" if share < Decimal("0.0005") else f"{percent_text(share)} {side} {name}"
    if not difference:
        return f"on {name}"
    return f"{amount_text(actual)} against none in {name}" if not reference else f"{amount_text(abs(difference))} {side} {name}"


def short_or_ahead_text(variance: Decimal) -> str:
    """Returns a favourable-positive difference in words: `156 k short`, `70 k ahead`, `on plan`."""
    if not variance:
        return "on plan"
    return f"{amount_text(abs(variance))} {'ahead' if variance > 0 else 'short'}"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _plain(value: Decimal) -> Decimal:
    return _rounded(value, 0) if value == value.to_integral_value() else _rounded(value, 1)
