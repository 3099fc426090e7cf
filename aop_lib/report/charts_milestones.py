"""Milestones: when each is due, how it stands, what it waits for, and the days on which one recurs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.charts_time import month_axis
from aop_lib.report.figures import NOTE_SIZE, figure_html

ROW, CLOSE_ROW, NARROW_ROW, NARROW_CLOSE_ROW, HEAD, TOP, AXIS_ROOM = 38, 25, 54, 40, 32, 20, 44
LEFT, CLOSE_LEFT = 278.0, 322.0
SHAPE = {"done": ("circle", "actual", ""), "due": ("diamond", "surface", "actual"), "late": ("square", "badf", ""), "planned": ("circle", "surface", "actual")}
WORD = {"done": "done", "due": "due", "late": "late", "planned": ""}
TICK = {"weekly": (4.0, 1.0), "monthly": (5.0, 2.0), "quarterly": (7.0, 2.5)}
TICK_COLOUR = {"done": "actual", "late": "badf"}
NOTHING = pd.DataFrame({"milestone": [], "due": [], "status": []})


@dataclass(frozen=True)
class _Place:
    """Where things stand: the top of each row, where a day is, and whether rows are close together under headings."""

    tops: list[float]
    heads: dict[int, float]
    bottom: float
    left: float
    right: float
    across: Callable[[Any], float]
    is_narrow: bool
    is_close: bool

    def middle(self, index: int) -> float:
        """Returns the height of a row's line."""
        if self.is_narrow:
            return self.tops[index] + (28.0 if self.is_close else 36.0)
        return self.tops[index] + (CLOSE_ROW if self.is_close else ROW) / 2


def timeline(
    milestones: pd.DataFrame,
    year_months: Sequence[pd.Timestamp],
    *,
    alt: str,
    today: date | pd.Timestamp | None = None,
    occurrences: pd.DataFrame | None = None,
) -> Block:
    """Returns one row per milestone: a solid circle is done, an open diamond due, a square late, a ring planned; ticks are days that recur.

    A line leads from what must be done before to what waits for it; it has the colour of bad news where the order is turned around.

    Args:
        milestones: `what`, `owner_name`, `due` (a date; missing for none), `status` (`done`, `due`, `late`, `planned`); with `group` (a
            team's name) rows stand close together under headings, in the order given; with `milestone` and `depends_on` (ids parted by
            blanks) lines are drawn; with `rhythm` (empty, `weekly`, `monthly`, `quarterly`) ticks. Without groups rows are in order of date.
        year_months: The months of the axis; a milestone outside them stands at the edge with its date.
        alt: What the figure finds, for readers who do not see it.
        today: Where the dotted line stands; None draws none.
        occurrences: `milestone`, `due`, `status` of days that recur.
    """
    rows = milestones.assign(due=pd.to_datetime(milestones["due"]))
    rows = rows if "group" in rows else rows.sort_values("due", kind="stable")
    entries = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    ticks = (NOTHING if occurrences is None else occurrences).to_dict("records")
    days: dict[str, list[tuple[pd.Timestamp, str]]] = {}
    for tick in ticks:
        days.setdefault(str(tick["milestone"]), []).append((tick["due"], str(tick["status"])))
    return Block(figure_html(lambda is_narrow: _timeline(entries, days, list(year_months), today, is_narrow), alt, "timeline"), text=alt)


def _timeline(rows: list[dict[str, Any]], days: Mapping[str, Any], months: list[pd.Timestamp], today: Any, is_narrow: bool) -> Figure:
    at = _placed(rows, months, is_narrow)
    on = marks.sheet(is_narrow, at.bottom + AXIS_ROOM)
    first, last = months[0], months[-1] + pd.offsets.MonthBegin(1)
    if today is not None and first <= pd.Timestamp(today) < last:
        _today(on, at.across(pd.Timestamp(today)), at)
    for index in range(len(rows)):
        marks.line(on, [at.left, at.right], [at.middle(index)] * 2, "soft")
    _dependencies(on, rows, at)
    for index, top in at.heads.items():
        _label(on, top + 20, marks.fitted(rows[index]["group"], on.width, is_bold=True), is_bold=True)
        marks.line(on, [0, on.width], [top + HEAD - 5] * 2, "soft")
    for index, row in enumerate(rows):
        _name(on, row, index, at)
        _mark(on, row, days.get(str(row.get("milestone", "")), []), at.middle(index), at)
    marks.line(on, [at.left, at.right], [at.bottom, at.bottom])
    slot = (at.right - at.left) / len(months)
    month_axis(on, {month: at.left + slot * (index + 0.5) for index, month in enumerate(months)}, at.bottom + 18)
    return on.figure


def _placed(rows: list[dict[str, Any]], months: list[pd.Timestamp], is_narrow: bool) -> _Place:
    is_close = bool(rows) and "group" in rows[0]
    step = (NARROW_CLOSE_ROW if is_narrow else CLOSE_ROW) if is_close else NARROW_ROW if is_narrow else ROW
    tops, heads, here = [], {}, float(TOP)
    for index, row in enumerate(rows):
        if is_close and (not index or rows[index - 1]["group"] != row["group"]):
            heads[index] = here
            here += HEAD
        tops.append(here)
        here += step
    width = marks.sheet(is_narrow, 10).width
    left, right = (7.0, width - 7) if is_narrow else (CLOSE_LEFT if is_close else LEFT, width - 8)
    first, last = months[0], months[-1] + pd.offsets.MonthBegin(1)

    def across(day: Any) -> float:
        return left + float(min(max((day - first) / (last - first), 0.0), 1.0)) * (right - left)

    return _Place(tops, heads, here, left, right, across, is_narrow, is_close)


def _today(on: marks.Sheet, x: float, at: _Place) -> None:
    if at.is_narrow:
        for index in range(len(at.tops)):
            marks.line(on, [x, x], [at.middle(index) - 10, at.middle(index) + 10], dashes=(2, 3))
    else:
        marks.line(on, [x, x], [TOP - 4, at.bottom], dashes=(2, 3))
    marks.note(on, min(max(x, at.left + 20), at.right - 20), TOP - 8, "today", "center")


def _label(on: marks.Sheet, y: float, text: str, *, is_bold: bool = False) -> None:
    """Writes text at the left, on a ground that hides the lines between rows."""
    marks.bar(on, (0, y - 12, marks.text_width(text, is_bold=is_bold) + 2, 16), "page")
    marks.words(on, 0, y, text, is_bold=is_bold)


def _name(on: marks.Sheet, row: dict[str, Any], index: int, at: _Place) -> None:
    """Writes what the row is and whose."""
    top, owner = at.tops[index], marks.plain(row["owner_name"])
    name = f"{row['what']} · {row['rhythm']}" if row.get("rhythm") else row["what"]
    if at.is_narrow and at.is_close:
        _label(on, top + 13, marks.fitted(name, on.width - 14))
    elif at.is_narrow:
        room = min(marks.text_width(owner, NOTE_SIZE), 120)
        marks.words(on, 0, top + 16, marks.fitted(name, on.width - room - 14))
        marks.note(on, on.width, top + 16, marks.fitted(owner, room + 2, NOTE_SIZE), "right")
    elif at.is_close:
        marks.words(on, 0, at.middle(index) + 4, marks.fitted(name, at.left - 16, NOTE_SIZE), "ink2", size=NOTE_SIZE)
    else:
        marks.words(on, 0, top + 15, marks.fitted(name, at.left - 24))
        marks.note(on, 0, top + 31, marks.fitted(owner, at.left - 24, NOTE_SIZE))
        marks.line(on, [0, at.left - 12], [top + ROW - 0.5] * 2, "soft")


def _dependencies(on: marks.Sheet, rows: list[dict[str, Any]], at: _Place) -> None:
    places = {str(row.get("milestone", "")): index for index, row in enumerate(rows)}
    for index, row in enumerate(rows):
        for before in str(row.get("depends_on") or "").split():
            if before in places and not pd.isna(row["due"]) and not pd.isna(rows[places[before]]["due"]):
                start, end = rows[places[before]]["due"], row["due"]
                xs = [at.across(start), at.across(start), at.across(end)]
                colour = "badf" if end < start else "ink3"
                marks.line(on, xs, [at.middle(places[before]), at.middle(index), at.middle(index)], colour, 1.6 if end < start else 1)


def _mark(on: marks.Sheet, row: dict[str, Any], days: Sequence[tuple[pd.Timestamp, str]], y: float, at: _Place) -> None:
    if row.get("rhythm") and days:
        size, width = TICK.get(row["rhythm"], TICK["weekly"])
        for state in ("planned", "due", "done", "late"):
            xs = [each for day, status in days if status == state for each in [at.across(day)] * 2 + [float("nan")]]
            ys = [y - size, y + size, float("nan")] * (len(xs) // 3)
            if xs:
                marks.line(on, xs, ys, TICK_COLOUR.get(state, "ink3"), width)
        return
    if pd.isna(row["due"]):
        marks.note(on, at.left + 4, y - 5, "no date")
        return
    status, x = str(row["status"]), at.across(row["due"])
    shape, fill, edge = SHAPE.get(status, SHAPE["planned"])
    marks.dot(on, x, y, shape, fill, edge, 9 if at.is_close else 11)
    _due_label(on, row["due"], status, x, y + 4, at)


def _due_label(on: marks.Sheet, due: pd.Timestamp, status: str, x: float, y: float, at: _Place) -> None:
    """Writes the date beside the mark, on the side with room, on a ground that hides the row's line."""
    day = f"{due.day} {due:%b}" if at.is_close and at.left < x < at.right else f"{due.day} {due:%b %Y}"
    text = day + (f", {WORD[status]}" if WORD.get(status) else "")
    width = marks.text_width(text, NOTE_SIZE)
    is_right = x + width + 14 < at.right
    start = x + 11 if is_right else x - 11 - width
    marks.bar(on, (start - 2, y - 10, width + 4, 13), "page")
    marks.words(on, x + 11 if is_right else x - 11, y, text, "bad" if status == "late" else "ink2", "left" if is_right else "right", NOTE_SIZE)
