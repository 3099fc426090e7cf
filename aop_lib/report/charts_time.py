"""Months as bars, and the axis of months that every chart over time has. Time runs from left to right, months under the axis."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.figures import figure_html
from aop_lib.report.numbers import Scale

BEHIND = ("prior", "plan")
FORMS = ("actual", "estimate", "plan", "prior")
MONTHS_HEIGHT, MONTHS_TOP, AXIS_ROOM = 300, 52, 40


def months(frame: pd.DataFrame, unit: str, *, alt: str, last_closed: pd.Timestamp | None = None) -> Block:
    """Returns bars by month: actual solid, plan outlined, estimate hatched, prior year light; a dotted line after the last closed month.

    Args:
        frame: One row per (month, series): `month` (first of month), `series` (`actual`, `plan`, `estimate`, `prior`), `value` in the unit.
        unit: A currency code, `pct` (values are fractions), `count`, `fte`, `months`, `ratio` or the unit's name.
        alt: What the figure finds, for readers who do not see it.
        last_closed: The last closed month; None draws no line.
    """
    rows = marks.known(frame).sort_values("month", kind="stable")
    rows["series"] = [marks.form_of(str(each), "actual") for each in rows["series"]]
    return Block(figure_html(lambda is_narrow: _months(rows, unit, last_closed, is_narrow), alt, "months"), text=alt)


def _months(rows: pd.DataFrame, unit: str, last_closed: pd.Timestamp | None, is_narrow: bool) -> Figure:
    on = marks.sheet(is_narrow, MONTHS_HEIGHT)
    if rows.empty:
        marks.note(on, 0, 12, "no figures")
        return on.figure
    spine = sorted(set(rows["month"]))
    scale = marks.chart_scale(list(rows["value"]), unit)
    values = [float(each) for each in rows["value"]]
    low, high = min([0.0, *values]), max([0.0, *values]) or 1.0
    bottom = MONTHS_HEIGHT - AXIS_ROOM - (16 if low < 0 else 0)

    def height(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - MONTHS_TOP)

    slot = on.width / max(len(spine), 1)
    centres = {month: slot * (index + 0.5) for index, month in enumerate(spine)}
    _month_bars(on, rows, centres, slot, height)
    marks.line(on, [0, on.width], [height(0), height(0)])
    closed_line(on, centres, slot / 2, last_closed, MONTHS_TOP - 22, MONTHS_HEIGHT - AXIS_ROOM)
    _bar_labels(on, rows, centres, height, scale)
    month_axis(on, centres, MONTHS_HEIGHT - 21)
    marks.key_row(on, 12, scale.name, [form for form in FORMS if form in set(rows["series"])])
    return on.figure


def _month_bars(on: marks.Sheet, rows: pd.DataFrame, centres: dict[Any, float], slot: float, height: marks.Places) -> None:
    forms = set(rows["series"])
    several, is_front = len(forms & set(BEHIND)) and len(forms) > 1, not forms <= set(BEHIND)
    width, shift = slot * (0.52 if several else 0.62), slot * 0.09 if several else 0.0
    for form in reversed(FORMS):
        offset = {"prior": -2 * shift if "plan" in forms and is_front else -shift, "plan": -shift if is_front else shift}.get(form, shift)
        chosen = rows[rows["series"] == form]
        for month, value in zip(chosen["month"], chosen["value"], strict=True):
            top, base = sorted((height(float(value)), height(0)))
            marks.bar(on, (centres[month] + offset - width / 2, top, width, max(base - top, 0.8)), form)


def _bar_labels(on: marks.Sheet, rows: pd.DataFrame, centres: dict[Any, float], height: marks.Places, scale: Scale) -> None:
    """Labels the last, largest, first and smallest month of each foremost series, where labels do not touch."""
    front = rows[rows["series"].isin(("actual", "estimate"))]
    front = front if len(front) else rows[rows["series"] == "plan"] if (rows["series"] == "plan").any() else rows
    taken: list[tuple[float, float]] = []
    for row in _told(rows, front):
        label = marks.shown(row.value, scale)
        room = marks.text_width(label, is_bold=True) / 2 + 4
        x = min(max(centres[row.month], room), on.width - room)
        if all(x + room <= left or x - room >= right for left, right in taken):
            near = [month for month, centre in centres.items() if abs(centre - x) < room + on.width / len(centres) / 2]
            others = [float(each) for each in rows.loc[rows["month"].isin(near), "value"]]
            y = height(min(others)) + 15 if row.value < 0 else height(max([0.0, *others])) - 6
            marks.bar(on, (x - room + 3, y - 11, 2 * room - 6, 14), "page")
            marks.words(on, x, y, label, at="center", is_bold=row.series in {"actual", "estimate"})
            taken.append((x - room, x + room))


def _told(rows: pd.DataFrame, front: pd.DataFrame) -> list[Any]:
    actual = front[front["series"] == "actual"]
    sizes = [float(each) for each in front["value"]]
    most, least = sizes.index(max(sizes)), sizes.index(min(sizes))
    last = rows[rows["series"] != "prior"].tail(1)
    picks = [front.tail(1), actual.tail(1), last, front.iloc[[most]], front.head(1), front.iloc[[least]]]
    return list(pd.concat(picks).drop_duplicates("month").itertuples())


def month_axis(on: marks.Sheet, centres: dict[Any, float], y: float) -> None:
    """Writes months under the axis, every third where there is no room for all, and the year below its first labelled month."""
    spine = list(centres)
    gap = centres[spine[1]] - centres[spine[0]] if len(spine) > 1 else on.width
    step = next(each for each in (1, 2, 3, 6, 12, 24, 60) if gap * each >= 31 or each == 60)
    year = None
    for month in spine[::step]:
        marks.note(on, centres[month], y, f"{month:%b}", "center")
        if month.year != year:
            marks.note(on, max(centres[month], 15), y + 16, month.year, "center")
        year = month.year


def closed_line(on: marks.Sheet, centres: dict[Any, float], after: float, last_closed: pd.Timestamp | None, top: float, bottom: float) -> None:
    """Draws a dotted line `after` px right of the last closed month, and says so; nothing where all or no months are closed."""
    if last_closed is None or last_closed not in centres or last_closed == max(centres):
        return
    x = centres[last_closed] + after
    marks.line(on, [x, x], [top, bottom], dashes=(2, 3))
    label = f"Closed through {last_closed:%b}"
    left = marks.text_width(label, 12) + 6 < x
    marks.note(on, x - 6 if left else x + 6, top + 8, label if left else f"Closed to {last_closed:%b}", "right" if left else "left")
