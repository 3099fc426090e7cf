"""Differences between two plans in words, as plain columns for a terminal."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from aop_lib.plan.differences import figure_text
from aop_lib.plan.wording import amount_text, counted, percent_text

MOST = 20
WIDEST = {"what": 72, "where": 40, "a": 30, "b": 30}
HEADS = {"number": "", "what": "what", "where": "where", "a": "A", "b": "B", "difference": "difference", "direction": ""}
RIGHT = {"number", "a", "b", "difference"}


def difference_text(found: pd.DataFrame, names: tuple[str, str], profits: tuple[Decimal, Decimal], *, is_all: bool = False) -> str:
    """Returns the differences as text: both sides, operating profit in a sentence, then one line each, the largest effect first.

    Args:
        found: What `differences` returned.
        names: What A and B are.
        profits: Their operating profits.
        is_all: Whether every difference is told, not only the largest ones.
    """
    head = [f"A  {printable(names[0])}", f"B  {printable(names[1])}", ""]
    if found.empty:
        return "\n".join([*head, "no difference"])
    rows = found if is_all else found.head(MOST)
    left = len(found) - len(rows)
    end = ["", f"{counted(left, 'smaller difference')} not shown; --all shows every one"] if left else []
    return "\n".join([*head, profit_sentence(*profits), "", *_table(rows), *end])


def profit_sentence(here: Decimal, there: Decimal) -> str:
    """Returns how operating profit differs: `Operating profit: 118 k lower in B, 2.28 M against 2.40 M (4.9 %)`."""
    if here == there:
        return f"Operating profit is the same, {amount_text(here)}"
    share = f" ({percent_text(abs(there - here) / here)})" if here > 0 else ""
    size = f"{amount_text(abs(there - here))} {'higher' if there > here else 'lower'}"
    return f"Operating profit: {size} in B, {amount_text(there)} against {amount_text(here)}{share}"


def worded(row: dict[str, object]) -> str:
    """Returns a difference in a few words: `line: Subscription revenue, 193 k lower`, `request: Board offsite, only in B`."""
    kind, what, here, there = (str(row[name]) for name in ("kind", "what", "a", "b"))
    if kind == "change":
        return f"{kind}: {what}{'' if here and there else ' (in B alone)' if there else ' (in A alone)'}"
    if not here or not there:
        return f"{kind}: {what}, {'only in B' if there else 'only in A'}"
    difference = row["difference"]
    if difference is None or kind == "request":
        return f"{kind}: {what}"
    gap, unit = Decimal(str(difference)), str(row["unit"])
    size = amount_text(abs(gap)) if len(unit) == 3 and unit.isupper() else _gap(abs(gap), unit)
    return f"{kind}: {what}, {size} {'higher' if gap > 0 else 'lower'}"


def _table(rows: pd.DataFrame) -> list[str]:
    told = [
        {
            "number": str(place), "what": worded({str(name): value for name, value in row.items()}), "where": str(row["where"]), "a": str(row["a"]),
            "b": str(row["b"]), "difference": _signed(row["difference"], str(row["unit"])), "direction": str(row["direction"]),
        }
        for place, row in enumerate(rows.to_dict("records"), start=1)
    ]  # fmt: skip
    cells = [HEADS, *({name: _cut(printable(text), WIDEST.get(name, 24)) for name, text in row.items()} for row in told)]
    widths = {name: max(len(row[name]) for row in cells) for name in HEADS}
    return ["  ".join(row[name].rjust(widths[name]) if name in RIGHT else row[name].ljust(widths[name]) for name in HEADS).rstrip() for row in cells]


def _signed(difference: Decimal | None, unit: str) -> str:
    if difference is None:
        return ""
    text = _gap(difference, unit)
    return f"+{text}" if difference > 0 else text


def _gap(difference: Decimal, unit: str) -> str:
    text = figure_text(difference, unit)
    return f"{text.removesuffix('%')}pp" if unit == "pct" else text


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def printable(text: str) -> str:
    """Returns a text that cannot steer a terminal: what is not printable becomes a blank."""
    return "".join(each if each.isprintable() else " " for each in text)
