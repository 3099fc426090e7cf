"""Back-tests: what a method would have said at earlier months, knowing only what was known then, beside what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aop_lib.plan.forecast import SEASON, Array, last_value, same_month, smoothed

STATISTICAL, LAST_VALUE, SAME_MONTH = "statistical", "last_value", "same_month"
NAIVE = (LAST_VALUE, SAME_MONTH)
MOST_ORIGINS = 12
FEWEST_ORIGINS = 4
LEAST_HISTORY = SEASON

Method = Callable[[int], Array]


@dataclass(frozen=True)
class BackTest:
    """How far a method was off, for each series.

    Attributes:
        error: WAPE: sum of |forecast - actual| / sum of |actual|, over all origins and months ahead; missing (nan) without actuals.
        scaled: MASE: mean of |forecast - actual| / mean change from month to month before the first origin; missing where that is zero.
        origins: How many origins were tested.
    """

    error: Array
    scaled: Array
    origins: int


def origins(months: int, horizon: int) -> list[int]:
    """Returns how many months were known at each origin, oldest first: the last ones that leave a horizon, at most twelve.

    Args:
        months: The length of the history.
        horizon: How many months ahead are tested.
    """
    last = months - horizon
    return list(range(max(LEAST_HISTORY, last - MOST_ORIGINS + 1), last + 1)) if horizon else []


def array_methods(history: Array, horizon: int) -> dict[str, Method]:
    """Returns the methods that need the history alone: each gives, for a number of known months, (series, horizon).

    Args:
        history: (series, months).
        horizon: How many months ahead.
    """
    return {
        STATISTICAL: lambda known: smoothed(history[:, :known], horizon).values,
        LAST_VALUE: lambda known: last_value(history[:, :known], horizon),
        SAME_MONTH: lambda known: same_month(history[:, :known], horizon),
    }


def back_test(history: Array, method: Method, horizon: int) -> BackTest:
    """Returns how far a method was off at rolling origins; at each it is handed the number of months that were known.

    Args:
        history: (series, months).
        method: Known months to (series, horizon).
        horizon: How many months ahead.
    """
    known = origins(history.shape[1], horizon)
    missed, came, count = np.zeros(len(history)), np.zeros(len(history)), len(known) * horizon
    for length in known:
        actual = history[:, length : length + horizon]
        missed += np.abs(method(length) - actual).sum(axis=1)
        came += np.abs(actual).sum(axis=1)
    step = np.abs(np.diff(history[:, : known[0]], axis=1)).mean(axis=1) if known else np.zeros(len(history))
    return BackTest(_quotient(missed, came), _quotient(missed / max(count, 1), step if known else came), len(known))


def _quotient(part: Array, whole: Array) -> Array:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
