"""Value against envelope: a line that rises less and less, the envelope of today marked, and the whole choice beside its bound."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.figures import figure_html
from aop_lib.report.numbers import Scale

HEIGHT, NARROW_HEIGHT, TOP, AXIS_ROOM, RIGHT = 330, 300, 50, 52, 24


def frontier(frame: pd.DataFrame, unit: str, *, alt: str, worth: str = "") -> Block:
    """Returns the value that requests bring at each level of an envelope.

    Args:
        frame: The frame `frontier`: level (money), value, current, and proposed at the current level.
        unit: The currency of the envelope.
        alt: What the figure finds, for readers who do not see it.
        worth: The unit of value, such as `pct`; the currency without it.
    """
    rows = frame.sort_values("level", kind="stable")
    return Block(figure_html(lambda is_narrow: _frontier(rows, (unit, worth or unit), is_narrow), alt, "frontier"), text=alt)


def _frontier(rows: pd.DataFrame, units: tuple[str, str], is_narrow: bool) -> Figure:
    on = marks.sheet(is_narrow, NARROW_HEIGHT if is_narrow else HEIGHT)
    if rows.empty:
        marks.note(on, 0, 20, "no envelope")
        return on.figure
    levels, values = ([float(each) for each in rows[column]] for column in ("level", "value"))
    across, up = (marks.chart_scale([Decimal(str(each)) for each in column], unit) for unit, column in zip(units, (levels, values), strict=True))
    steps = marks.ticks(min(0.0, *values), max(values))
    left = max(marks.text_width(_text(each, up), 12) for each in steps) + 14
    bottom, right = on.height - AXIS_ROOM, on.width - RIGHT
    span, rise = (max(levels) - min(levels)) or 1.0, steps[-1] - steps[0]
    xs = [left + (each - min(levels)) / span * (right - left) for each in levels]
    ys = [bottom - (each - steps[0]) / rise * (bottom - TOP) for each in values]
    for step in steps:
        y = bottom - (step - steps[0]) / rise * (bottom - TOP)
        marks.line(on, [left, right], [y, y], "ink3" if step == steps[0] else "soft")
        marks.note(on, left - 8, y + 4, _text(step, up), "right")
    marks.line(on, xs, ys, "actual", 2)
    for place in (0, -1):
        marks.note(on, xs[place], bottom + 18, _text(levels[place], across), "left" if place == 0 else "right")
    marks.note(on, (left + right) / 2, on.height - 6, f"envelope, {across.name}" if across.name else "envelope", "center")
    name = f"value, {up.name}" if up.name else "value"
    marks.key_row(on, 12, f"{name}; line: requests funded in parts; ring: proposed", [])
    _here(on, rows, xs, ys, (bottom, TOP, steps), across)
    return on.figure


def _here(on: marks.Sheet, rows: pd.DataFrame, xs: Sequence[float], ys: Sequence[float], room: tuple[float, float, Sequence[float]], across: Scale) -> None:
    """Marks the envelope of today: its bound on the line, the whole choice as a ring below it."""
    bottom, top, steps = room
    for place in [position for position, each in enumerate(rows["current"]) if each]:
        x, row = xs[place], rows.iloc[place]
        marks.line(on, [x, x], [top - 14, bottom], "ink3", 1, (3, 2))
        marks.dot(on, x, ys[place], "circle", "actual", size=8)
        label, is_left = f"today: {_text(float(row['level']), across)}", x > on.width / 2
        if pd.notna(row["proposed"]):
            marks.dot(on, x, bottom - (float(row["proposed"]) - steps[0]) / (steps[-1] - steps[0]) * (bottom - top), "circle", "surface", "actual", 8)
        marks.words(on, x + (-8 if is_left else 8), top - 6, label, at="right" if is_left else "left", is_bold=True)


def _text(value: float, scale: Scale) -> str:
    return marks.shown(Decimal(str(round(value, 6))), scale)
