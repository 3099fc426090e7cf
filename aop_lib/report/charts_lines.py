"""Lines over months: actual thick, plan thin with a ring each quarter, estimate dashed; labels at the line ends, a cut axis marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.charts_time import closed_line, month_axis
from aop_lib.report.figures import figure_html
from aop_lib.report.numbers import Scale

HEIGHT, NARROW_HEIGHT, TOP, AXIS_ROOM = 330, 300, 50, 42
CUT_FROM = 0.5
STYLE: dict[str, tuple[str, float, tuple[float, ...]]] = {
    "actual": ("actual", 3, ()),
    "plan": ("actual", 1.3, ()),
    "estimate": ("actual", 2, (3, 2)),
    "prior": ("prior", 2, ()),
    "other": ("ink3", 1.3, ()),
}


@dataclass(frozen=True)
class End:
    """Where a series ends.

    Attributes:
        month: Its last month.
        value: Its last figure, in the unit of the data.
        text: Its label.
        form: Its notation.
    """

    month: Any
    value: float
    text: str
    form: str


@dataclass(frozen=True)
class Frame:
    """The room in which lines are drawn.

    Attributes:
        across: Where each month stands, px.
        height: Where a figure stands, px.
        ticks: The figures of the grid, in the unit of the data.
        bottom: Where the axis stands, px.
        is_cut: Whether the axis does not start at zero.
    """

    across: dict[Any, float]
    height: marks.Places
    ticks: Sequence[float]
    bottom: float
    is_cut: bool


def lines(frame: pd.DataFrame, unit: str, *, alt: str, last_closed: pd.Timestamp | None = None) -> Block:
    """Returns lines by month with their last figures as labels; the axis starts above zero only where it says so.

    Args:
        frame: One row per (month, series): `month`, `series` (`actual`, `plan`, `estimate`, `prior` or any name), `value` in the unit.
        unit: A currency code, `pct` (values are fractions), `count`, `fte`, `months`, `ratio` or the unit's name.
        alt: What the figure finds, for readers who do not see it.
        last_closed: The last closed month; None draws no line.
    """
    rows = marks.known(frame).sort_values("month", kind="stable")
    return Block(figure_html(lambda is_narrow: _lines(rows, unit, last_closed, is_narrow), alt, "lines"), text=alt)


def _lines(rows: pd.DataFrame, unit: str, last_closed: pd.Timestamp | None, is_narrow: bool) -> Figure:
    on = marks.sheet(is_narrow, NARROW_HEIGHT if is_narrow else HEIGHT)
    if rows.empty:
        marks.note(on, 0, 20, "no figures")
        return on.figure
    scale = marks.chart_scale(list(rows["value"]), unit)
    ends = _ends(rows, scale, is_narrow)
    margin = max(marks.text_width(end.text, is_bold=True) for end in ends) + 14
    room = _frame(rows, on, scale, margin)
    _grid(on, room, scale, on.width - margin)
    month_axis(on, room.across, on.height - 23)
    closed_line(on, room.across, 0, last_closed, TOP - 20, room.bottom)
    for name, series in rows.groupby("series", sort=True):
        _series(on, room, marks.form_of(str(name), "other"), series)
    _end_labels(on, room, ends, rows)
    cut = f"axis cut: starts at {_tick(room.ticks[0], room.ticks, scale)}" if room.is_cut else ""
    marks.key_row(on, 12, ", ".join(each for each in (scale.name, cut) if each), [])
    return on.figure


def _frame(rows: pd.DataFrame, on: marks.Sheet, scale: Scale, margin: float) -> Frame:
    spine, values = sorted(set(rows["month"])), [float(each) for each in rows["value"]]
    is_cut = min(values) > CUT_FROM * max(values) > 0
    low, high = (min(values) - (max(values) - min(values)) * 0.15 if is_cut else min([0.0, *values])), max([0.0, *values])
    steps = marks.ticks(low, high if high > low else low + float(scale.unit))
    is_cut = is_cut and steps[0] > 0
    left = max(marks.text_width(_tick(each, steps, scale), 12) for each in steps) + 14
    bottom, gap = on.height - AXIS_ROOM, (on.width - margin - left) / max(len(spine) - 1, 1)
    across = {month: left + gap * index for index, month in enumerate(spine)}
    return Frame(across, lambda value: bottom - (value - steps[0]) / (steps[-1] - steps[0]) * (bottom - TOP), steps, bottom, is_cut)


def _tick(value: float, steps: Sequence[float], scale: Scale) -> str:
    step = (steps[1] - steps[0]) / float(scale.unit)
    places = next(each for each in range(5) if abs(step * 10**each - round(step * 10**each)) < 1e-6 or each == 4)
    return marks.shown(Decimal(str(round(value, 9))), Scale(scale.unit, places, scale.name))


def _grid(on: marks.Sheet, room: Frame, scale: Scale, right: float) -> None:
    left = min(room.across.values())
    for each in room.ticks:
        y = room.height(each)
        is_axis = each == room.ticks[0]
        marks.line(on, [left, right], [y, y], "ink3" if is_axis or each == 0 else "soft")
        if not (is_axis and room.is_cut):
            marks.note(on, left - 8, y + 4, _tick(each, room.ticks, scale), "right")
    if room.is_cut:
        for shift in (4, 9):
            marks.line(on, [left - 5, left + 5], [room.bottom - shift + 2, room.bottom - shift - 2])


def _series(on: marks.Sheet, room: Frame, form: str, series: pd.DataFrame) -> None:
    colour, width, dashes = STYLE[form]
    xs = [room.across[each] for each in series["month"]]
    ys = [room.height(float(each)) for each in series["value"]]
    marks.line(on, xs, ys, colour, width, dashes)
    if form == "plan":
        for month, x, y in zip(series["month"], xs, ys, strict=True):
            if month.month % 3 == 0 or month == series["month"].iloc[-1]:
                marks.dot(on, x, y, "circle", "surface", "actual", 7)
    elif form != "prior":
        marks.dot(on, xs[-1], ys[-1], "circle", colour, size=8 if form == "actual" else 5.5)


def _ends(rows: pd.DataFrame, scale: Scale, is_narrow: bool) -> list[End]:
    """Returns where each series ends and its label; on a phone the label is short."""
    found = []
    for name, series in rows.groupby("series", sort=True):
        last = series.iloc[-1]
        label = marks.fitted(marks.SERIES_LABEL.get(str(name), str(name)), 78 if is_narrow else 150)
        text = f"{marks.shown(last['value'], scale)}  {label}"
        found.append(End(last["month"], float(last["value"]), text, marks.form_of(str(name), "other")))
    return found


def _end_labels(on: marks.Sheet, room: Frame, ends: Sequence[End], rows: pd.DataFrame) -> None:
    """Writes labels right of the last month, 16 px apart; actuals that end earlier have theirs at their end, where the fewest lines pass."""
    edge = max(room.across)
    final = [end for end in ends if end.month == edge or end.form != "actual"]
    heights = marks.spread([room.height(end.value) + 4 for end in final], 16, TOP, room.bottom)
    for end, y in zip(final, heights, strict=True):
        marks.words(on, room.across[edge] + 11, y, end.text, "ink2" if end.form in {"prior", "other"} else "ink", is_bold=end.form != "prior")
    for end in (each for each in ends if each not in final):
        x, y = _clear_place(room, end, rows, on.width)
        marks.words(on, x, y, end.text, is_bold=True)


def _clear_place(room: Frame, end: End, rows: pd.DataFrame, width: float) -> tuple[float, float]:
    """Returns where a label near a line's end starts, so that as little as possible of any line runs through it."""
    needed, x, y = marks.text_width(end.text, is_bold=True), room.across[end.month], room.height(end.value)
    places = [(left, y + drop) for drop in (18, -10, 30, -22, 42, -34) for left in (x + 9, x - 9 - needed)]
    places = [(left, base) for left, base in places if left > 0 and left + needed < width and TOP < base < room.bottom - 2] or places[:1]
    points = _points(room, rows)

    def crossings(place: tuple[float, float]) -> int:
        left, base = place
        return sum(left - 2 < across < left + needed + 2 and base - 13 < height < base + 5 for across, height in points)

    return min(places, key=crossings)


def _points(room: Frame, rows: pd.DataFrame, parts: int = 8) -> list[tuple[float, float]]:
    """Returns points on all lines, `parts` from one month to the next."""
    found = []
    for _, series in rows.groupby("series", sort=True):
        line = [(room.across[month], room.height(float(value))) for month, value in zip(series["month"], series["value"], strict=True)]
        steps = [(first, last, part / parts) for first, last in pairwise(line) for part in range(parts + 1)]
        found += [(first[0] + (last[0] - first[0]) * share, first[1] + (last[1] - first[1]) * share) for first, last, share in steps]
    return found
