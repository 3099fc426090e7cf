"""The bridge: from one total to another, step by step, groups with their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.display import displayed_steps
from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.figures import figure_html
from aop_lib.report.numbers import Scale, scale_of, signed

STEP_HEIGHT, TOTAL_HEIGHT, GROUP_HEIGHT = 23, 36, 30
NARROW_STEP, NARROW_TOTAL, NARROW_GROUP = 37, 44, 28


@dataclass(frozen=True)
class Rung:
    """One bar of a bridge.

    Attributes:
        label: Its name.
        form: How it is drawn: a notation for totals, `goodf` or `badf` for steps.
        before: The level it starts from, in the currency; 0 for totals.
        after: The level it reaches.
        text: Its figure in the display unit.
        group: The group a step belongs to; empty for totals.
        side: A total's difference to the first total, as text; a group's sum on the group's first step.
    """

    label: str
    form: str
    before: float
    after: float
    text: str
    group: str = ""
    side: str = ""

    @property
    def is_step(self) -> bool:
        """Whether it is a step, not a total."""
        return self.form in {"goodf", "badf", "ink3"}


def bridge(steps: pd.DataFrame, currency: str, *, alt: str, start: str = "Plan", end: str = "Actual", first: str = "plan") -> Block:
    """Returns a waterfall from top to bottom: totals from zero, steps from where the one above ends, better and worse apart.

    Defined as::

        level after a step = level before + amount         level after a total = its amount
        displayed steps add up to displayed end - displayed start

    Args:
        steps: In the order of drawing: `step` (name), `kind` (`total` or `step`), `group` (empty for none), `amount` in the currency,
            signed so that positive is good news for a step.
        currency: Its code.
        alt: What the figure finds, for readers who do not see it.
        start: Name of the first total where its `step` is empty.
        end: Name of the last total where its `step` is empty.
        first: How the first total is drawn where its name does not say it: plan, prior or actual.
    """
    scale = scale_of(list(steps["amount"]), currency)
    rungs = _rungs(steps, scale, (start, end, first))
    return Block(figure_html(lambda is_narrow: (_narrow if is_narrow else _wide)(rungs, scale), alt, "bridge"), text=alt)


def _rungs(steps: pd.DataFrame, scale: Scale, names: tuple[str, str, str]) -> list[Rung]:
    start, end, first = names
    rungs: list[Rung] = []
    level = Decimal(0)
    shown = displayed_steps(list(steps["kind"]), [Decimal(each) for each in steps["amount"]], scale)
    rows = list(zip(steps["step"], steps["kind"], steps["group"], steps["amount"], shown, strict=True))
    for index, (label, kind, group, amount, displayed) in enumerate(rows):
        if kind == "total":
            name = str(label) or (end if index else start)
            form = marks.form_of(name, "actual" if index else first)
            side = signed(displayed - rows[0][4], scale.places) if index and rows[0][1] == "total" else ""
            rungs.append(Rung(name, form, 0.0, float(amount), marks.shown(displayed * scale.unit, scale), side=side))
            level = Decimal(amount)
        else:
            form = "goodf" if displayed > 0 else "badf" if displayed < 0 else "ink3"
            rungs.append(Rung(str(label), form, float(level), float(level + amount), signed(displayed, scale.places), str(group or "")))
            level += Decimal(amount)
    return _with_sums(rungs, [each[4] for each in rows], scale)


def _with_sums(rungs: list[Rung], displayed: Sequence[Decimal], scale: Scale) -> list[Rung]:
    """Returns the rungs with each group's sum on the group's first step."""
    result = list(rungs)
    starts = [index for index, rung in enumerate(rungs) if rung.group and (index == 0 or rungs[index - 1].group != rung.group)]
    for first in starts:
        last = first
        while last < len(rungs) and rungs[last].group == rungs[first].group:
            last += 1
        result[first] = replace(rungs[first], side=signed(sum(displayed[first:last], Decimal(0)), scale.places))
    return result


def tone(text: str) -> str:
    """Returns the colour of a signed figure: good for `+`, bad for parentheses, else ink."""
    return "good" if text.startswith("+") else "bad" if text.startswith("(") else "ink"


def _range(rungs: Sequence[Rung]) -> tuple[float, float]:
    levels = [0.0, *(each for rung in rungs for each in (rung.before, rung.after))]
    return min(levels), max(levels) if max(levels) > min(levels) else min(levels) + 1


def _tops(rungs: Sequence[Rung], heights: tuple[float, float, float], top: float) -> tuple[list[float], float]:
    """Returns where each rung's row starts, and where the last one ends; a group's heading stands above its first step."""
    step, total, group = heights
    tops, y = [], top
    for index, rung in enumerate(rungs):
        before = rungs[index - 1] if index else rung
        y += group if rung.side and rung.is_step else 9 if index and rung.is_step != before.is_step else 0
        tops.append(y)
        y += step if rung.is_step else total
    return tops, y


def _wide(rungs: list[Rung], scale: Scale) -> Figure:
    tops, bottom = _tops(rungs, (STEP_HEIGHT, TOTAL_HEIGHT, GROUP_HEIGHT), 22)
    on = marks.sheet(is_narrow=False, height=bottom + 4)
    low, high = _range(rungs)
    left = min(max(marks.text_width(rung.label) for rung in rungs) + 30, 290)
    side = max((marks.text_width(rung.side, is_bold=True) for rung in rungs), default=0)
    right = on.width - side - max(marks.text_width(rung.text, is_bold=True) for rung in rungs) - 22

    def across(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    marks.note(on, 0, 12, scale.name)
    _connectors(on, rungs, tops, across)
    for rung, top in zip(rungs, tops, strict=True):
        _wide_rung(on, rung, top, across, left)
    marks.line(on, [across(0)] * 2, [18, bottom])
    return on.figure


def _wide_rung(on: marks.Sheet, rung: Rung, top: float, across: marks.Places, left: float) -> None:
    ends = sorted((across(rung.before), across(rung.after)))
    height, indent = (14, 12) if rung.is_step else (18, 0)
    y = top + (4 if rung.is_step else 8)
    marks.words(on, indent if rung.group else 0, y + height - 3, marks.fitted(rung.label, left - 20), is_bold=not rung.is_step)
    marks.bar(on, (ends[0], y, max(ends[1] - ends[0], 1), height), rung.form)
    marks.words(on, ends[1] + 7, y + height - 3, rung.text, tone(rung.text) if rung.is_step else "ink", is_bold=not rung.is_step)
    if rung.side and rung.is_step:
        marks.line(on, [0, on.width], [top - GROUP_HEIGHT + 4] * 2, "rule")
        marks.words(on, 0, top - 6, rung.group, is_bold=True)
    if rung.side:
        marks.words(on, on.width, top - 6 if rung.is_step else y + height - 3, rung.side, tone(rung.side), "right", is_bold=True)


def _connectors(on: marks.Sheet, rungs: Sequence[Rung], tops: Sequence[float], across: marks.Places) -> None:
    for index, rung in enumerate(rungs[1:], 1):
        before = rungs[index - 1]
        x = across(before.after)
        marks.line(on, [x, x], [tops[index - 1] + (18 if before.is_step else 26), tops[index] + (4 if rung.is_step else 8)])
        if not rung.is_step and before.is_step:
            marks.line(on, [0, on.width], [tops[index] - 4] * 2, "rule")


def _narrow(rungs: list[Rung], scale: Scale) -> Figure:
    tops, bottom = _tops(rungs, (NARROW_STEP, NARROW_TOTAL, NARROW_GROUP), 20)
    on = marks.sheet(is_narrow=True, height=bottom + 2)
    low, high = _range(rungs)

    def across(value: float) -> float:
        return 1 + (value - low) / (high - low) * (on.width - 2)

    marks.note(on, 0, 12, scale.name)
    for rung, top in zip(rungs, tops, strict=True):
        _narrow_rung(on, rung, top, across)
    return on.figure


def _narrow_rung(on: marks.Sheet, rung: Rung, top: float, across: marks.Places) -> None:
    ends = sorted((across(rung.before), across(rung.after)))
    room = on.width - marks.text_width(rung.text, is_bold=True) - 12
    if rung.side and rung.is_step:
        marks.line(on, [0, on.width], [top - NARROW_GROUP + 5] * 2, "rule")
        marks.words(on, 0, top - 4, rung.group, is_bold=True)
        marks.words(on, on.width, top - 4, rung.side, tone(rung.side), "right", is_bold=True)
    if rung.side and not rung.is_step:
        marks.words(on, on.width, top + 14, rung.side, tone(rung.side), "right", is_bold=True)
        room -= marks.text_width(rung.side, is_bold=True) + 12
    place = on.width if rung.is_step or not rung.side else on.width - marks.text_width(rung.side, is_bold=True) - 12
    marks.words(on, 0, top + 14, marks.fitted(rung.label, room), is_bold=not rung.is_step)
    marks.words(on, place, top + 14, rung.text, tone(rung.text) if rung.is_step else "ink", "right", is_bold=not rung.is_step)
    height = 11 if rung.is_step else 15
    if rung.is_step:
        marks.line(on, [0, on.width], [top + 25.5] * 2, "soft")
    marks.bar(on, (ends[0], top + 20, max(ends[1] - ends[0], 1), height), rung.form)
    if across(0) > 2 or not rung.is_step:
        marks.line(on, [across(0)] * 2, [top + 17, top + 23 + height])
