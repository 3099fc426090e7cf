"""Charts: rankings, scenarios and goals; with the heatmap, the bridge and the charts over time, all that a page draws."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.charts_bridge import bridge, tone
from aop_lib.report.charts_goal_tree import goal_tree
from aop_lib.report.charts_heat import heatmap
from aop_lib.report.charts_lines import lines
from aop_lib.report.charts_milestones import timeline
from aop_lib.report.charts_time import months
from aop_lib.report.charts_tree import tree
from aop_lib.report.figures import NOTE_SIZE, figure_html
from aop_lib.report.numbers import Scale, scaled, signed
from aop_lib.report.sparkline import sparkline

__all__ = ["bridge", "bullets", "compare", "goal_tree", "heatmap", "lines", "months", "ranked", "sparkline", "timeline", "tree"]

ROW, NARROW_ROW, TOP = 30, 42, 24
GOAL_ROW, NARROW_GOAL_ROW, GOAL_TOP = 46, 74, 26
GOAL_END, MET, AT_TARGET = 1.2, 0.98, 1.0
STATUS_SHAPE = {"good": ("circle", "goodf", ""), "watch": ("diamond", "surface", "badf"), "bad": ("square", "badf", "")}


def ranked(rows: pd.DataFrame, currency: str, *, alt: str) -> Block:
    """Returns horizontal bars, largest first: what was asked outlined, what was approved solid in it; without a part, solid alone.

    Args:
        rows: `label`, `value` in the currency; where the frame has it, `part` of the value (missing or 0 draws none) and `note`.
        currency: Its code, or any unit that the other charts take.
        alt: What the figure finds, for readers who do not see it.
    """
    order = sorted(range(len(rows)), key=lambda index: -Decimal(rows["value"].iloc[index]))
    entries = [{str(name): value for name, value in row.items()} for row in rows.iloc[order].to_dict("records")]
    scale = marks.chart_scale([Decimal(row["value"]) for row in entries], currency)
    return Block(figure_html(lambda is_narrow: _ranked(entries, scale, is_narrow), alt, "ranked"), text=alt)


def _ranked(entries: list[dict[str, Any]], scale: Scale, is_narrow: bool) -> Figure:
    heights = [NARROW_ROW + (17 if row.get("note") else 0) if is_narrow else ROW for row in entries]
    on = marks.sheet(is_narrow, TOP + sum(heights) + 4)
    figures = [_figure(row, scale) for row in entries]
    left = 1.0 if is_narrow else min(max((marks.text_width(row["label"]) for row in entries), default=0) + 18, 270)
    notes = 0 if is_narrow else min(max((marks.text_width(row.get("note") or "", NOTE_SIZE) for row in entries), default=0), 170)
    texts = 0 if is_narrow else max((marks.text_width(each, is_bold=True) for each in figures), default=0) + 16
    across = _across([float(row["value"]) for row in entries], left, on.width - notes - texts - (2 if is_narrow else 10))
    top = float(TOP)
    for row, text, height in zip(entries, figures, heights, strict=True):
        _ranked_row(on, row, text, top, across, (left, notes), is_narrow)
        top += height
    if not is_narrow:
        marks.line(on, [across(0)] * 2, [TOP - 2, on.height - 2])
    marks.key_row(on, 12, scale.name, ["plan", "actual"] if any("part" in row for row in entries) else [], {"plan": "Asked", "actual": "Approved"})
    return on.figure


def _figure(row: dict[str, Any], scale: Scale) -> str:
    text = marks.shown(Decimal(row["value"]), scale)
    return f"{marks.shown(Decimal(row['part']), scale)} of {text}" if "part" in row and not pd.isna(row["part"]) else text


def _across(values: Sequence[float], left: float, right: float) -> marks.Places:
    """Returns where a figure stands on a scale that has all figures and zero."""
    low, high = min([0.0, *values]), max([0.0, *values])
    return lambda value: left + (value - low) / ((high - low) or 1) * (right - left)


def _ranked_row(on: marks.Sheet, row: dict[str, Any], text: str, top: float, across: marks.Places, room: tuple[float, float], is_narrow: bool) -> None:
    left, notes = room
    y, height = (top + 21, 12.0) if is_narrow else (top + 6, 16.0)
    marks.words(on, 0, top + (14 if is_narrow else 18), marks.fitted(row["label"], on.width - marks.text_width(text) - 14 if is_narrow else left - 14))
    has_part = "part" in row
    marks.line(on, [across(0)] * 2, [y - 3, y + height + 3])
    start, end = sorted((across(0), across(float(row["value"]))))
    marks.bar(on, (start, y, max(end - start, 2), height), "plan" if has_part else "actual")
    if has_part and not pd.isna(row["part"]) and row["part"]:
        first, last = sorted((across(0), across(float(row["part"]))))
        marks.bar(on, (first, y, max(last - first, 1), height), "actual")
    marks.words(on, on.width if is_narrow else end + 8, top + (14 if is_narrow else 18), text, at="right" if is_narrow else "left", is_bold=True)
    if row.get("note"):
        x, base, width = (0.0, top + 48, on.width) if is_narrow else (on.width - notes, top + 18, notes + 2)
        marks.note(on, x, base, marks.fitted(row["note"], width, NOTE_SIZE))


def compare(rows: pd.DataFrame, currency: str, *, alt: str, direction: int = 1) -> Block:
    """Returns scenario totals as hatched bars from zero, an upright for the reference, and the difference to it at the right.

    Args:
        rows: In the order of drawing: `label`, `value` and `reference` in the currency, and `gap`, the favourable difference as tables show
            it; without it, the difference of the displayed figures.
        currency: Its code, or any unit that the other charts take.
        alt: What the figure finds, for readers who do not see it.
        direction: +1 where more is better, -1 where less is.
    """
    entries = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    scale = marks.chart_scale([Decimal(row[name]) for row in entries for name in ("value", "reference")], currency)
    return Block(figure_html(lambda is_narrow: _compare(entries, scale, direction, is_narrow), alt, "compare"), text=alt)


def _compare(entries: list[dict[str, Any]], scale: Scale, direction: int, is_narrow: bool) -> Figure:
    step = NARROW_ROW + 4 if is_narrow else ROW + 4
    on = marks.sheet(is_narrow, TOP + 8 + step * len(entries) + 4)
    texts = [(marks.shown(Decimal(row["value"]), scale), gap) for row, gap in zip(entries, _gaps(entries, scale, direction), strict=True)]
    values, gaps = (max((marks.text_width(text[index], is_bold=True) for text in texts), default=0) for index in (0, 1))
    left = 1.0 if is_narrow else min(max((marks.text_width(row["label"]) for row in entries), default=0) + 18, 270)
    levels = [float(row[name]) for row in entries for name in ("value", "reference")]
    across = _across(levels, left, on.width - (2 if is_narrow else values + gaps + 34))
    for index, (row, (text, gap)) in enumerate(zip(entries, texts, strict=True)):
        top = TOP + 8 + index * step
        base = top + (14 if is_narrow else 20)
        marks.words(on, 0, base, marks.fitted(row["label"], on.width - values - gaps - 34 if is_narrow else left - 14))
        _compare_bar(on, row, top + (22 if is_narrow else 8), across)
        marks.words(on, on.width - gaps - 16, base, text, at="right", is_bold=True)
        marks.words(on, on.width, base, gap, tone(gap), "right", is_bold=True)
    if not is_narrow:
        marks.line(on, [across(0)] * 2, [TOP + 2, on.height - 2])
    marks.key_row(on, 12, scale.name, ["estimate", "ink"], {"estimate": "Scenario", "ink": "Base"})
    return on.figure


def _gaps(entries: Sequence[dict[str, Any]], scale: Scale, direction: int) -> list[str]:
    """Returns each difference as tables display it, else that of the displayed figures; `base` where there is none."""
    if all("gap" in row for row in entries):
        gaps = scaled([Decimal(row["gap"]) for row in entries], scale)
    else:
        gaps = [direction * (scale.rounded(Decimal(row["value"])) - scale.rounded(Decimal(row["reference"]))) for row in entries]
    return ["base" if row["value"] == row["reference"] else signed(gap, scale.places) for row, gap in zip(entries, gaps, strict=True)]


def _compare_bar(on: marks.Sheet, row: dict[str, Any], top: float, across: marks.Places) -> None:
    start, end = sorted((across(0), across(float(row["value"]))))
    marks.bar(on, (start, top, max(end - start, 1), 14), "estimate")
    marks.line(on, [across(0)] * 2, [top - 3, top + 17])
    x = across(float(row["reference"]))
    marks.line(on, [x, x], [top - 3, top + 17], "ink", 2.5)


def bullets(rows: pd.DataFrame, *, alt: str) -> Block:
    """Returns goals on one scale from 0 to 120 % of their targets: ranges to 98 %, to target and above, a bar, an upright target.

    Args:
        rows: `label`, `sub` (who; may be empty), `share` (actual as a fraction of target, turned over where less is better; missing draws no bar),
            `status` (`good`, `watch`, `bad` or empty), `text` (the figures at the right).
        alt: What the figure finds, for readers who do not see it.
    """
    entries = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    return Block(figure_html(lambda is_narrow: _bullets(entries, is_narrow), alt, "bullets"), text=alt)


def _bullets(entries: list[dict[str, Any]], is_narrow: bool) -> Figure:
    step = NARROW_GOAL_ROW if is_narrow else GOAL_ROW
    on = marks.sheet(is_narrow, GOAL_TOP + step * len(entries))
    texts = min(max((marks.text_width(row["text"]) for row in entries), default=0), 150) + 20
    labels = max((marks.text_width(row["label"], is_bold=True) for row in entries), default=0)
    left, right = (0.0, on.width - 8) if is_narrow else (min(labels + 26, 300), on.width - texts - 18)

    def across(share: float) -> float:
        return left + min(max(share, 0.0), GOAL_END) / GOAL_END * (right - left)

    for share, at in ((0.0, "left"), (AT_TARGET, "right"), (GOAL_END, "right")):
        marks.note(on, across(share), 14, f"{share * 100:.0f}\u00a0%" + ("" if share else " of target"), at)
    for index, row in enumerate(entries):
        top = GOAL_TOP + index * step
        marks.line(on, [0, on.width], [top - 1] * 2, "soft")
        _goal_words(on, row, top, (left, texts), is_narrow)
        _goal_bar(on, row["share"], top + (42 if is_narrow else 13), across)
    return on.figure


def _goal_words(on: marks.Sheet, row: dict[str, Any], top: float, room: tuple[float, float], is_narrow: bool) -> None:
    left, texts = room
    width = on.width - texts - 8 if is_narrow else left - 18
    marks.words(on, 0, top + 17, marks.fitted(row["label"], width, is_bold=True), is_bold=True)
    marks.note(on, 0, top + 33, marks.fitted(row["sub"], width, NOTE_SIZE))
    base = top + (17 if is_narrow else 26)
    text = marks.fitted(row["text"], texts - 16)
    marks.words(on, on.width, base, text, at="right")
    if row["status"] in STATUS_SHAPE:
        shape, fill, edge = STATUS_SHAPE[row["status"]]
        marks.dot(on, on.width - marks.text_width(text) - 11, base - 4.5, shape, fill, edge, 10)


def _goal_bar(on: marks.Sheet, share: Any, top: float, across: marks.Places) -> None:
    for first, last, fill in ((0.0, MET, "q1"), (MET, AT_TARGET, "q2"), (AT_TARGET, GOAL_END, "q3")):
        marks.bar(on, (across(first), top, across(last) - across(first), 18), fill)
    if not pd.isna(share):
        marks.bar(on, (across(0), top + 5, max(across(float(share)) - across(0), 1), 8), "actual")
        if float(share) > GOAL_END:
            x = across(GOAL_END)
            marks.area(on, [(x, top + 4), (x + 7, top + 9), (x, top + 14)], "actual")
    marks.line(on, [across(AT_TARGET)] * 2, [top - 2, top + 20], "ink", 2.5)
