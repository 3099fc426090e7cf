"""The driver tree: a metric, what it is made of, and how much it moves with each part."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report import numbers
from aop_lib.report.blocks import Block, note
from aop_lib.report.charts_bridge import tone
from aop_lib.report.figures import NOTE_SIZE, figure_html

LEAF_HEIGHT, BOX_HEIGHT, TOP, COLUMN_GAP, PADDING = 76, 66, 24, 22, 9
ROW_HEIGHT, INDENT = 46, 15


@dataclass(frozen=True)
class Node:
    """One part of a tree.

    Attributes:
        parent: The row of the node it is part of; its own for the root.
        depth: 0 at the root.
        label: Its name.
        value: Its figure with unit; empty where there is none.
        effect: What 1 % more of it does to the root, such as `+1.0 %`; empty where that is not known.
        tone: Whether that effect is good or bad for the root; `ink` where it is neither.
    """

    parent: int
    depth: int
    label: str
    value: str
    effect: str
    tone: str


def tree(rows: pd.DataFrame, *, alt: str, deepest: int = 3) -> Block:
    """Returns a driver tree, the root at the left, each part right of what it is part of; on phones an indented list.

    Args:
        rows: node, parent, depth, label, unit (a currency code or a unit, with ` each` for per one), direction, value, elasticity, each
            part after what it is part of; missing values and elasticities are drawn as such.
        alt: What the figure finds, for readers who do not see it.
        deepest: Levels below the root that are drawn.
    """
    drawn = _nodes(rows[rows["depth"] <= deepest])
    if not drawn:
        return note("The metric has no formula, so there is no tree to draw.")
    text = "\n".join([alt, *(f"{'  ' * each.depth}{each.label}: {each.value}, {each.effect or 'no effect known'}" for each in drawn)])
    return Block(figure_html(lambda is_narrow: _list(drawn) if is_narrow else _tree(drawn), alt, "tree"), text=text)


def _nodes(rows: pd.DataFrame) -> list[Node]:
    entries = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    sign = int(entries[0]["direction"]) if entries else 1
    path: list[int] = []
    found: list[Node] = []
    for index, row in enumerate(entries):
        path = [*path[: int(row["depth"])], index]
        effect = _effect(row["elasticity"]) if index else ""
        found.append(Node(path[-2] if len(path) > 1 else index, int(row["depth"]), marks.plain(row["label"]), _value(row), effect, _tone(effect, sign)))
    return found


def _value(row: dict[str, Any]) -> str:
    unit = str(row["unit"]).partition(" ")[0]  # per one of what, the label says
    if pd.isna(row["value"]):
        return "no value"
    big, name = numbers.value_text(Decimal(row["value"]), unit)
    return " ".join(part for part in (big, name) if part)


def _effect(elasticity: Any) -> str:
    """Returns an elasticity as what 1 % more does, in per cent: `+0.97 %`, `(1.00) %`; `0 %` where it does nothing."""
    if pd.isna(elasticity):
        return ""
    return f"{numbers.signed(round(Decimal(elasticity), 2) + 0, 2)}{numbers.NBSP}%"


def _tone(effect: str, direction: int) -> str:
    found = tone(effect) if any(digit in effect for digit in "123456789") else "ink"
    return found if direction > 0 or found == "ink" else {"good": "bad", "bad": "good"}[found]


def _tree(drawn: list[Node]) -> Figure:
    tops = _tops(drawn)
    on = marks.sheet(is_narrow=False, height=TOP + max(tops) + LEAF_HEIGHT)
    columns = max(each.depth for each in drawn) + 1
    width = min((on.width - COLUMN_GAP * (columns - 1)) / columns, 230)
    marks.note(on, 0, 12, f"Each part with its value and what 1\u00a0% more of it does to: {marks.fitted(drawn[0].label, 300, NOTE_SIZE)}")
    for index, each in enumerate(drawn):
        if index:
            _joint(on, each, (tops[each.parent], tops[index]), width)
    for each, top in zip(drawn, tops, strict=True):
        _box(on, each, (each.depth * (width + COLUMN_GAP), TOP + top), width)
    return on.figure


def _tops(drawn: list[Node]) -> list[float]:
    """Returns where each box starts: leaves one under another, every other node in the middle of its parts."""
    parts: dict[int, list[int]] = {}
    for index, each in enumerate(drawn):
        if index:
            parts.setdefault(each.parent, []).append(index)
    tops: dict[int, float] = {}
    row = 0
    for index in range(len(drawn)):
        if index not in parts:
            tops[index] = float(row * LEAF_HEIGHT)
            row += 1
    for index in reversed(range(len(drawn))):
        if index in parts:
            tops[index] = (tops[parts[index][0]] + tops[parts[index][-1]]) / 2
    return [tops[index] for index in range(len(drawn))]


def _joint(on: marks.Sheet, each: Node, tops: tuple[float, float], width: float) -> None:
    start = (each.depth - 1) * (width + COLUMN_GAP) + width
    middle = start + COLUMN_GAP / 2
    before, here = (TOP + top + BOX_HEIGHT / 2 for top in tops)
    marks.line(on, [start, middle, middle, start + COLUMN_GAP], [before, before, here, here], "ink3")


def _box(on: marks.Sheet, each: Node, corner: tuple[float, float], width: float) -> None:
    left, top = corner
    marks.bar(on, (left, top, width, BOX_HEIGHT), "surface")
    edge = [(left, top), (left + width, top), (left + width, top + BOX_HEIGHT), (left, top + BOX_HEIGHT), (left, top)]
    marks.line(on, [x for x, _ in edge], [y for _, y in edge], "rule")
    marks.bar(on, (left, top, 3, BOX_HEIGHT), {"good": "goodf", "bad": "badf"}.get(each.tone, "actual"))
    room = width - 2 * PADDING
    for row, part in enumerate(marks.wrapped(each.label, room, NOTE_SIZE)):
        marks.words(on, left + PADDING, top + 18 + 15 * row, part, "ink2", size=NOTE_SIZE)
    effect = marks.text_width(each.effect, NOTE_SIZE, is_bold=True)
    marks.words(on, left + PADDING, top + 55, marks.fitted(each.value, room - effect - 6, is_bold=True), is_bold=True)
    marks.words(on, left + width - PADDING, top + 55, each.effect, each.tone, "right", NOTE_SIZE, is_bold=True)


def _list(drawn: list[Node]) -> Figure:
    on = marks.sheet(is_narrow=True, height=TOP + 16 + ROW_HEIGHT * len(drawn))
    marks.note(on, 0, 12, "Each part with its value, and what 1\u00a0% more of it")
    marks.note(on, 0, 27, marks.fitted(f"does to: {drawn[0].label}", on.width, NOTE_SIZE))
    for index, each in enumerate(drawn):
        top = TOP + 16 + index * ROW_HEIGHT
        if index:
            _branch(on, each, (TOP + 16 + each.parent * ROW_HEIGHT, top))
        left = each.depth * INDENT + (4 if index else 0)
        marks.words(on, left, top + 16, marks.fitted(each.label, on.width - left, is_bold=not index), is_bold=not index)
        effect = marks.text_width(each.effect, is_bold=True)
        marks.words(on, left, top + 33, marks.fitted(each.value, on.width - left - effect - 8, NOTE_SIZE), "ink2", size=NOTE_SIZE)
        marks.words(on, on.width, top + 33, each.effect, each.tone, "right", is_bold=True)
        marks.line(on, [left, on.width], [top + ROW_HEIGHT - 6] * 2, "soft")
    return on.figure


def _branch(on: marks.Sheet, each: Node, tops: tuple[float, float]) -> None:
    x = (each.depth - 1) * INDENT + 5.0
    marks.line(on, [x, x, x + INDENT - 4], [tops[0] + ROW_HEIGHT - 5, tops[1] + 12, tops[1] + 12], "rule")
