"""Milestones: when each is due, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.charts_time import month_axis
from aop_lib.report.figures import NOTE_SIZE, figure_html

ROW, NARROW_ROW, TOP, AXIS_ROOM = 38, 54, 20, 44
SHAPE = {"done": ("circle", "actual", ""), "due": ("diamond", "surface", "actual"), "late": ("square", "badf", ""), "planned": ("circle", "surface", "actual")}
WORD = {"done": "done", "due": "due", "late": "late", "planned": ""}


def timeline(milestones: pd.DataFrame, year_months: Sequence[pd.Timestamp], *, alt: str, today: date | pd.Timestamp | None = None) -> Block:
    """Returns one row per milestone, in order of date: a solid circle is done, an open diamond due, a square late, a ring planned.

    Args:
        milestones: `what`, `owner_name`, `due` (a date; missing for none), `status` (`done`, `due`, `late`, `planned`).
        year_months: The months of the axis; a milestone outside them stands at the edge with its date.
        alt: What the figure finds, for readers who do not see it.
        today: Where the dotted line stands; None draws none.
    """
    rows = milestones.assign(due=pd.to_datetime(milestones["due"])).sort_values("due", kind="stable")
    return Block(figure_html(lambda is_narrow: _timeline(rows, list(year_months), today, is_narrow), alt, "timeline"), text=alt)


def _timeline(rows: pd.DataFrame, months: list[pd.Timestamp], today: Any, is_narrow: bool) -> Figure:
    step = NARROW_ROW if is_narrow else ROW
    bottom = TOP + step * len(rows)
    on = marks.sheet(is_narrow, bottom + AXIS_ROOM)
    left, right = (7.0, on.width - 7) if is_narrow else (278.0, on.width - 8)
    slot = (right - left) / len(months)
    first, last = months[0], months[-1] + pd.offsets.MonthBegin(1)

    def across(day: pd.Timestamp) -> float:
        return left + min(max((day - first) / (last - first), 0.0), 1.0) * (right - left)

    if today is not None and first <= pd.Timestamp(today) < last:
        x = across(pd.Timestamp(today))
        for top in [TOP + step * index + 24 for index in range(len(rows))] if is_narrow else [TOP - 4]:
            marks.line(on, [x, x], [top, top + 24 if is_narrow else bottom], dashes=(2, 3))
        marks.note(on, min(max(x, left + 20), right - 20), TOP - 8, "today", "center")
    for index, row in enumerate(rows.itertuples()):
        _row(on, row, TOP + index * step, (left, right), across, is_narrow)
    marks.line(on, [left, right], [bottom, bottom])
    month_axis(on, {month: left + slot * (index + 0.5) for index, month in enumerate(months)}, bottom + 18)
    return on.figure


def _row(on: marks.Sheet, row: Any, top: float, span: tuple[float, float], across: Any, is_narrow: bool) -> None:
    left, right = span
    owner, status = marks.plain(row.owner_name), str(row.status)
    if is_narrow:
        room = min(marks.text_width(owner, NOTE_SIZE), 120)
        marks.words(on, 0, top + 16, marks.fitted(row.what, on.width - room - 14))
        marks.note(on, on.width, top + 16, marks.fitted(owner, room + 2, NOTE_SIZE), "right")
        y = top + 36.0
    else:
        marks.words(on, 0, top + 15, marks.fitted(row.what, left - 24))
        marks.note(on, 0, top + 31, marks.fitted(owner, left - 24, NOTE_SIZE))
        y = top + ROW / 2
        marks.line(on, [0, left - 12], [top + ROW - 0.5] * 2, "soft")
    marks.line(on, [left, right], [y, y], "soft")
    if pd.isna(row.due):
        marks.note(on, left + 4, y - 5, "no date")
        return
    x = across(row.due)
    shape, fill, edge = SHAPE.get(status, SHAPE["planned"])
    marks.dot(on, x, y, shape, fill, edge, 11)
    _due_label(on, row.due, status, x, y + 4, right)


def _due_label(on: marks.Sheet, due: pd.Timestamp, status: str, x: float, y: float, right: float) -> None:
    """Writes the date beside the mark, on the side with room, on a ground that hides the row's line."""
    text = f"{due.day} {due:%b %Y}" + (f", {WORD[status]}" if WORD.get(status) else "")
    width = marks.text_width(text, NOTE_SIZE)
    is_right = x + width + 14 < right
    start = x + 11 if is_right else x - 11 - width
    marks.bar(on, (start - 2, y - 10, width + 4, 13), "page")
    marks.words(on, x + 11 if is_right else x - 11, y, text, "bad" if status == "late" else "ink2", "left" if is_right else "right", NOTE_SIZE)
