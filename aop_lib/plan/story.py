"""The first screen of a page as rows: its message, key figures, decisions asked for, and lines for the index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib import frames
from aop_lib.money import cents

Row = dict[str, Any]
WATCH = Decimal("0.98")
_TENTH_PLACE = Decimal("1E-10")
_EMPTY: Row = {
    "label": "",
    "text": "",
    "unit": "",
    "value": Decimal(0),
    "reference": Decimal(0),
    "reference_label": "",
    "direction": 0,
    "status": "",
    "owner": "",
    "prepared_by": "",
    "due": "",
    "amount": Decimal("0.00"),
    "explains": "",
}


def message(text: str) -> Row:
    """Returns the page's title: its message in words that the run computed."""
    return {**_EMPTY, "kind": "message", "text": text}


def line(text: str) -> Row:
    """Returns one of the at most ten lines by which the index tells this stage."""
    return {**_EMPTY, "kind": "line", "text": text}


def figure(
    label: str, text: str, unit: str, value: Decimal, *, reference: Decimal | None = None, reference_label: str = "", direction: int = 0,
    status: str = "", explains: str = "",
) -> Row:  # fmt: skip
    """Returns one key figure.

    Args:
        label: What it is, e.g. `Revenue`.
        text: Its period, e.g. `January to March 2027`.
        unit: A currency code, `pct` (value is a fraction), `count`, `months` or `ratio`.
        value: The figure.
        reference: What it is held against; None where there is nothing.
        reference_label: `plan`, `target` or `prior year`.
        direction: +1 where more is better, -1 where less is, 0 where neither.
        status: `good`, `watch`, `bad` or empty.
        explains: Its key, by which its page tells where it comes from, see `figure_keys`.
    """
    return {
        **_EMPTY,
        "kind": "figure",
        "label": label,
        "text": text,
        "unit": unit,
        "value": exact(value),
        "reference": exact(reference) if reference is not None else Decimal(0),
        "reference_label": reference_label if reference is not None else "",
        "direction": direction,
        "status": status,
        "explains": explains,
    }


def decision(label: str, text: str, *, owner: str, prepared_by: str = "", due: str = "", amount: Decimal | None = None) -> Row:
    """Returns one decision that is asked for.

    Args:
        label: What is asked.
        text: One line of detail.
        owner: Who decides.
        prepared_by: Who prepares it.
        due: By when, in words.
        amount: Money at stake in reporting currency.
    """
    return {
        **_EMPTY,
        "kind": "decision",
        "label": label,
        "text": text,
        "owner": owner,
        "prepared_by": prepared_by,
        "due": due,
        "amount": cents(amount or Decimal(0)),
    }


def story_frame(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Returns a stage's story, each kind numbered from 0 in the order given.

    Args:
        name: `goal_story`, `request_story`, `budget_story`, `scenario_story` or `variance_story`.
        rows: What the functions above returned.
    """
    seen: Counter[str] = Counter()
    numbered = []
    for row in rows:
        numbered.append({**row, "position": seen[row["kind"]]})
        seen[row["kind"]] += 1
    return frames.conformed(name, pd.DataFrame(numbered)) if numbered else frames.empty(name)


def exact(value: Decimal) -> Decimal:
    """Returns a value with at most ten decimals, as the `exact` columns keep it."""
    return value.quantize(_TENTH_PLACE)


def attainment(value: Decimal, reference: Decimal, direction: int) -> Decimal | None:
    """Returns the share of the reference that is reached, above 1 where it is beaten; None (n/m) at or below zero.

    Defined as::

        value / reference   where more is better (direction +1)
        reference / value   where less is better (direction -1)
    """
    top, base = (value, reference) if direction >= 0 else (reference, value)
    return top / base if base > 0 else None


def status_of(value: Decimal, reference: Decimal, direction: int, watch: Decimal = WATCH) -> str:
    """Returns `good` at or beyond the reference, `watch` down to `watch` of it, `bad` below; n/m bases know no `watch`."""
    if direction * (value - reference) >= 0:
        return "good"
    reached = attainment(value, reference, direction)
    return "watch" if reached is not None and reached >= watch else "bad"
