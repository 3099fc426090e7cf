"""Numbers of the solver as figures of frames: rounded once, the same in every run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib import frames

PLACES = 6


def exact(number: float) -> Decimal:
    """Returns a solver's number to six decimals, so that the same problem gives the same bytes."""
    return Decimal(str(round(float(number), PLACES))) + 0


def in_money(cents: int) -> Decimal:
    """Returns whole cents as an amount."""
    return Decimal(cents).scaleb(-2)


def framed(name: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Returns rows as the frame of that name, held against its contract; empty without rows."""
    listed = list(rows)
    return frames.conformed(name, pd.DataFrame(listed)) if listed else frames.empty(name)
