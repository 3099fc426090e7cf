"""The goal tree: the company's objectives, the goals that serve them, the teams that carry them, each with its status."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block, note
from aop_lib.report.figures import NARROW, NOTE_SIZE, TEXT_SIZE, figure_html
from aop_lib.report.numbers import NBSP
from aop_lib.report.tables import STATES

COLUMNS = (0.0, 172.0, 496.0)
WIDTHS = (150.0, 300.0, 224.0)
GOAL_HEIGHT, TEAM_HEIGHT, GAP, TOP = 70.0, 19.0, 10.0, 26.0
SHAPES = {
    "good": ("circle", "goodf", "goodf"), "watch": ("diamond", "surface", "badf"), "bad": ("square", "badf", "badf"), "open": ("circle", "surface", "ink3"),
}  # fmt: skip
INDENT = 14


@dataclass
class _Node:
    """One row of the tree with what lies below it."""

    label: str
    why: str
    kpi: str
    figure: str
    status: str
    parts: list[_Node] = field(default_factory=list)

    @property
    def height(self) -> float:
        """What a goal needs in px: its box, or the list of its teams."""
        return max(GOAL_HEIGHT, TEAM_HEIGHT * len(self.parts) + 6)


def goal_tree(rows: pd.DataFrame, *, alt: str) -> Block:
    """Returns the goal tree: objectives at the left, goals in the middle, teams at the right; on phones one list.

    Args:
        rows: depth (0 company, 1 objective, 2 goal, 3 team), label, why (small, under the label), kpi, figure, status, each row after
            what it is part of.
        alt: What the figure finds, for readers who do not see it.
    """
    objectives = _nodes(rows)
    if not any(each.parts for each in objectives):
        return note("No goal is set, so there is no tree to draw.")
    told = (("  " * int(row["depth"]), [str(row[key]) for key in ("label", "kpi", "figure", "status")]) for row in rows.to_dict("records"))
    lines = [f"{indent}{' · '.join(part for part in parts if part)}" for indent, parts in told]
    return Block(figure_html(lambda is_narrow: _list(objectives) if is_narrow else _tree(objectives), alt, "goals"), text="\n".join([alt, *lines]))


def _nodes(rows: pd.DataFrame) -> list[_Node]:
    top = _Node("", "", "", "", "")
    path = [top]
    for row in rows.to_dict("records"):
        label, why, kpi, figure, status = (str(row[key]).replace(" %", NBSP + "%") for key in ("label", "why", "kpi", "figure", "status"))
        here = _Node(label, why, kpi, figure, status)
        path = [*path[: int(row["depth"]) + 1], here]
        path[-2].parts.append(here)
    return top.parts[0].parts if top.parts else []


def _block_height(objective: _Node) -> float:
    return max(sum(goal.height + GAP for goal in objective.parts), 17.0 * len(_title(objective)) + 15 * len(_remark(objective)) + 8 + GAP)


def _title(objective: _Node) -> list[str]:
    return marks.wrapped(objective.label, WIDTHS[0], rows=4)


def _remark(objective: _Node) -> list[str]:
    return marks.wrapped(objective.why or ("" if objective.parts else "no goal serves it"), WIDTHS[0], NOTE_SIZE, rows=4)


def _tree(objectives: list[_Node]) -> Figure:
    on = marks.sheet(is_narrow=False, height=TOP + sum(map(_block_height, objectives)) + GAP * len(objectives))
    for left, head in zip(COLUMNS, ("Objective", "Goal, its KPI and owner", "Team and its part at the end of the year"), strict=True):
        marks.note(on, left, 12, head)
    top = TOP
    for objective in objectives:
        _objective(on, objective, top)
        place = top
        for goal in objective.parts:
            _goal(on, goal, place)
            place += goal.height + GAP
        top += _block_height(objective) + GAP
    return on.figure


def _objective(on: marks.Sheet, each: _Node, top: float) -> None:
    bottom = top + _block_height(each) - GAP
    marks.line(on, [WIDTHS[0] + 8, WIDTHS[0] + 8], [top, bottom], "actual", 2)
    rows = _title(each)
    for index, part in enumerate(rows):
        marks.words(on, 0, top + 14 + 17 * index, part, is_bold=True)
    for index, part in enumerate(_remark(each)):
        marks.note(on, 0, top + 17 * len(rows) + 15 + 15 * index, part)


def _goal(on: marks.Sheet, each: _Node, top: float) -> None:
    left, width = COLUMNS[1], WIDTHS[1]
    marks.bar(on, (left, top, 3, GOAL_HEIGHT), {"bad": "badf", "watch": "badf", "good": "goodf"}.get(STATES.get(each.status, ""), "prior"))
    for index, part in enumerate(marks.wrapped(each.label, width - 12)):
        marks.words(on, left + 12, top + 13 + 16 * index, part, is_bold=True)
    shift = 16 * (len(marks.wrapped(each.label, width - 12)) - 1)
    marks.words(on, left + 12, top + 29 + shift, _kpi(each, width - 12), "ink2", size=NOTE_SIZE)
    status = _mark(on, each.status, left + 12, top + 45 + shift)
    marks.note(on, left + 12 + status, top + 45 + shift, marks.fitted(each.why, width - 12 - status, NOTE_SIZE))
    if each.parts:
        x = COLUMNS[2] - 10
        marks.line(on, [x, x], [top, top + max(TEAM_HEIGHT * len(each.parts), TEAM_HEIGHT)], "rule")
    for index, team in enumerate(each.parts):
        _team(on, team, COLUMNS[2], top + 13 + TEAM_HEIGHT * index, WIDTHS[2])


def _kpi(each: _Node, room: float) -> str:
    return f"{marks.fitted(each.kpi, room - marks.text_width(each.figure, NOTE_SIZE) - 8, NOTE_SIZE)} {each.figure}"


def _mark(on: marks.Sheet, status: str, x: float, y: float) -> float:
    """Draws a status as shape and word; returns the px that it took."""
    if not status:
        return 0.0
    shape, fill, edge = SHAPES[STATES.get(status, "open")]
    marks.dot(on, x + 5, y - 4, shape, fill, edge, 9)
    marks.words(on, x + 14, y, status, size=NOTE_SIZE, is_bold=True)
    return 14 + marks.text_width(status, NOTE_SIZE, is_bold=True) + 10


def _team(on: marks.Sheet, each: _Node, left: float, y: float, width: float) -> None:
    shape = SHAPES[STATES.get(each.status, "open")] if each.status else None
    if shape:
        marks.dot(on, left + 5, y - 4, *shape, 8)
    figure = marks.text_width(each.figure, NOTE_SIZE)
    room = width - figure - 8 - (14 if shape else 0)
    depth = 4.0 * (len(each.label) - len(each.label.lstrip(NBSP)))
    marks.words(on, left + depth + (14 if shape else 0), y, marks.fitted(each.label.lstrip(NBSP), room - depth, NOTE_SIZE), size=NOTE_SIZE)
    marks.words(on, left + width, y, each.figure, "ink2", "right", NOTE_SIZE)


def _list(objectives: list[_Node]) -> Figure:
    heads = [17 * len(marks.wrapped(each.label, NARROW, rows=2)) + (6 if each.parts else 24) for each in objectives]
    on = marks.sheet(is_narrow=True, height=sum(heads) + sum(_goal_lines(goal, NARROW - INDENT)[1] for each in objectives for goal in each.parts) + 4)
    y = 14.0
    for each in objectives:
        for part in marks.wrapped(each.label, on.width, rows=2):
            marks.words(on, 0, y, part, is_bold=True)
            y += 17
        if not each.parts:
            marks.note(on, INDENT, y, "no goal serves it")
            y += 18
        for goal in each.parts:
            y = _narrow_goal(on, goal, y)
        y += 6
    return on.figure


def _goal_lines(goal: _Node, room: float) -> tuple[list[str], float]:
    rows = marks.wrapped(goal.label, room, rows=3)
    return rows, 17 * len(rows) + 34 + 17 * len(goal.parts) + 10


def _narrow_goal(on: marks.Sheet, goal: _Node, y: float) -> float:
    rows, height = _goal_lines(goal, on.width - INDENT)
    marks.bar(on, (0, y - 12, 3, height - 8), {"bad": "badf", "watch": "badf", "good": "goodf"}.get(STATES.get(goal.status, ""), "prior"))
    here = y
    for part in rows:
        marks.words(on, INDENT, here, part, size=TEXT_SIZE)
        here += 17
    marks.words(on, INDENT, here, _kpi(goal, on.width - INDENT), "ink2", size=NOTE_SIZE)
    here += 17
    status = _mark(on, goal.status, INDENT, here)
    marks.note(on, INDENT + status, here, marks.fitted(goal.why, on.width - INDENT - status, NOTE_SIZE))
    for team in goal.parts:
        here += 17
        _team(on, team, 2 * INDENT, here, on.width - 2 * INDENT)
    return y + height
