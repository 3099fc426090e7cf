"""Forecasts of many monthly series at once: exponential smoothing with trend and season, and the naive ones it must beat."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SEASON = 12
SEASON_NEEDS = 24
WEIGHTS = (0.1, 0.3, 0.5, 0.8)
TREND_WEIGHTS = (0.05, 0.2)
SEASON_WEIGHTS = (0.0, 0.2)
DAMPING = (1.0, 0.9)
EXACT = 1e-20


@dataclass(frozen=True)
class Shape:
    """What a smoothing holds beside its level.

    Attributes:
        name: What readers call it.
        has_trend: Whether it grows by an amount each month.
        season: `none`, `additive` (an amount for each calendar month) or `multiplicative` (a factor for each).
    """

    name: str
    has_trend: bool
    season: str

    @property
    def parameters(self) -> int:
        """How many figures it takes from the history, for the penalty: weights and starting states."""
        return 2 + 3 * self.has_trend + (SEASON if self.season != "none" else 0)


SHAPES = (
    Shape("level", has_trend=False, season="none"),
    Shape("trend", has_trend=True, season="none"),
    Shape("level, additive season", has_trend=False, season="additive"),
    Shape("trend, additive season", has_trend=True, season="additive"),
    Shape("level, multiplicative season", has_trend=False, season="multiplicative"),
    Shape("trend, multiplicative season", has_trend=True, season="multiplicative"),
)


@dataclass(frozen=True)
class Smoothed:
    """What smoothing makes of series.

    Attributes:
        values: (series, horizon), the months after the history.
        shapes: The name of the shape that was chosen for each series.
    """

    values: Array
    shapes: tuple[str, ...]


def last_value(history: Array, horizon: int) -> Array:
    """Returns each series' last value for every month to come, (series, horizon)."""
    return np.repeat(history[:, -1:], horizon, axis=1)


def same_month(history: Array, horizon: int) -> Array:
    """Returns each series' value of the same month a year before, (series, horizon); the last value where a year is not there yet."""
    if history.shape[1] < SEASON:
        return last_value(history, horizon)
    return history[:, [history.shape[1] - SEASON + step % SEASON for step in range(horizon)]]


def smoothed(history: Array, horizon: int) -> Smoothed:
    """Returns the forecast of each series by the shape of exponential smoothing that fits its own history best.

    Defined as::

        forecast of a month   (level + damping * trend) + season          or * season, where it is multiplicative
        error                 value - forecast, one month ahead
        level                 level + damping * trend + weight * error
        trend                 damping * trend + weight * trend weight * error
        season                season + season weight * error              (multiplicative: errors relative to season or level)
        chosen                the shape and weights with the least n * log(mean squared error) + penalty (AICc), of a fixed grid; of equals the simplest

    A season needs 24 months, a multiplicative one values above zero throughout.

    Args:
        history: (series, months), oldest first, at least one month, without gaps.
        horizon: How many months are wanted.
    """
    count = len(history)
    if not horizon or not history.size:
        return Smoothed(np.zeros((count, horizon)), (SHAPES[0].name,) * count)
    best, values, names = np.full(count, np.inf), np.zeros((count, horizon)), np.full(count, SHAPES[0].name, dtype=object)
    for shape in SHAPES:
        if not fits(shape, history.shape[1]):
            continue
        usable = (history > 0).all(axis=1) if shape.season == "multiplicative" else np.ones(count, dtype=bool)
        scores, found = _of_shape(shape, history[usable], horizon)
        better = np.flatnonzero(usable)[scores < best[usable]]
        chosen = scores < best[usable]
        best[better], values[better], names[better] = scores[chosen], found[chosen], shape.name
    return Smoothed(values, tuple(str(name) for name in names))


def fits(shape: Shape, months: int) -> bool:
    """Returns whether a history is long enough for a shape: two years for a season, and more months than it has parameters, plus one."""
    return (shape.season == "none" or months >= SEASON_NEEDS) and (shape is SHAPES[0] or months > shape.parameters + 1)


def _of_shape(shape: Shape, history: Array, horizon: int) -> tuple[Array, Array]:
    """Each series' score and forecast by the best weights of the grid."""
    grid = np.array(list(product(WEIGHTS, TREND_WEIGHTS if shape.has_trend else (0.0,), SEASON_WEIGHTS if shape.season != "none" else (0.0,),
                                 DAMPING if shape.has_trend else (1.0,))))  # fmt: skip
    states = _rolled(shape, history, grid)
    months = history.shape[1]
    floor = EXACT * np.maximum((history**2).mean(axis=1), 1.0)[:, None]
    free = max(months - shape.parameters - 1, 1)
    penalty = 2 * shape.parameters + 2 * shape.parameters * (shape.parameters + 1) / free
    scores = months * np.log(np.maximum(states.squares / months, floor)) + penalty
    pick, rows = scores.argmin(axis=1), np.arange(len(history))
    return scores[rows, pick], _ahead(shape, states, grid, pick, horizon, months)


@dataclass(frozen=True)
class _States:
    level: Array
    trend: Array
    season: Array
    squares: Array


def _rolled(shape: Shape, history: Array, grid: Array) -> _States:
    """Level, trend and season (calendar position last) at the end of the history, for each series and weight."""
    weight, trend_weight, season_weight, damping = grid.T
    first_level, first_trend, first_season = _start(shape, history)
    room = (len(history), len(grid))
    level, trend = (np.broadcast_to(each[:, None], room).copy() for each in (first_level, first_trend))
    season = np.repeat(first_season[:, None, :], len(grid), axis=1)
    squares, is_factor = np.zeros(room), shape.season == "multiplicative"
    for month in range(history.shape[1]):
        base, part = level + damping * trend, season[:, :, month % SEASON]
        error = history[:, month, None] - (base * part if is_factor else base + part)
        squares += error**2
        moved = error / _divisor(part) if is_factor else error
        level, trend = base + weight * moved, damping * trend + weight * trend_weight * moved
        season[:, :, month % SEASON] = part + season_weight * (error / _divisor(base) if is_factor else error)
    return _States(level, trend, season, squares)


def _divisor(values: Array) -> Array:
    return np.where(np.abs(values) < EXACT, 1.0, values)


def _start(shape: Shape, history: Array) -> tuple[Array, Array, Array]:
    """Level, trend and season before the first month: from the first two years where there is a season, else from the first year."""
    flat = np.ones if shape.season == "multiplicative" else np.zeros
    if shape.season == "none":
        own = history[:, :SEASON]
        trend = _slope(own) if shape.has_trend else np.zeros(len(own))
        middle = (own.shape[1] + 1) / 2
        return (own.mean(axis=1) - middle * trend if shape.has_trend else history[:, 0]), trend, flat((len(history), SEASON))
    years = history[:, :SEASON_NEEDS].reshape(len(history), 2, SEASON)
    trend = (years[:, 1].mean(axis=1) - years[:, 0].mean(axis=1)) / SEASON if shape.has_trend else np.zeros(len(history))
    level = years.mean(axis=(1, 2)) - trend * (SEASON_NEEDS + 1) / 2
    expected = (level[:, None] + trend[:, None] * np.arange(1, SEASON_NEEDS + 1)).reshape(years.shape)
    parts = years / _divisor(expected) if shape.season == "multiplicative" else years - expected
    return level, trend, parts.mean(axis=1)


def _slope(values: Array) -> Array:
    steps = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    return np.asarray((values * steps).sum(axis=1) / max((steps**2).sum(), 1.0))


def _ahead(shape: Shape, states: _States, grid: Array, pick: NDArray[np.intp], horizon: int, months: int) -> Array:
    rows = np.arange(len(pick))
    level, trend, season, damping = states.level[rows, pick], states.trend[rows, pick], states.season[rows, pick], grid[pick, 3]
    values = np.zeros((len(pick), horizon))
    for step in range(horizon):
        trend = damping * trend
        level = level + trend
        part = season[:, (months + step) % SEASON]
        values[:, step] = level * part if shape.season == "multiplicative" else level + part
    return values
