"""The heatmap: a figure in every cell, darker where there is more trouble, trouble top left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from aop_lib.report import charts_marks as marks
from aop_lib.report.blocks import Block
from aop_lib.report.figures import LIGHT, NARROW, NOTE_SIZE, WIDE, figure_html
from aop_lib.report.numbers import Scale

CELL_HEIGHT, HEAD_HEIGHT, GAP = 38, 36, 3
SMALLEST_CELL, WIDEST_CELL = 46, 110
LEVELS = 5


def heatmap(frame: pd.DataFrame, unit: str, *, alt: str, is_sorted: bool = True, trouble: int = 1, base: Decimal | int = 0) -> Block:
    """Returns a heatmap of a wide frame; where columns do not fit, the rest follows below under the same rows.

    Defined as::

        level of a cell = ceil(5 * trouble * (figure - base) / largest trouble), 1 to 5; none where there is no trouble

    Args:
        frame: Rows by its index, columns by their names, figures in the unit; a missing figure is crossed out.
        unit: A currency code, `pct` (figures are fractions), `count`, `fte`, `months`, `ratio` or the unit's name.
        alt: What the figure finds, for readers who do not see it.
        is_sorted: Whether rows and columns are ordered by their sums, most trouble first; else they keep their order.
        trouble: +1 where more is worse, -1 where less is.
        base: The figure without trouble: 0, or 1 for shares of which all should be left.
    """
    table = frame.map(lambda each: None if pd.isna(each) else Decimal(str(each)))
    if is_sorted:
        table = _most_first(_most_first(table, trouble).T, trouble).T
    known = [each for each in table.to_numpy().ravel() if each is not None]
    scale = marks.chart_scale(known, unit)
    worst = max(((each - base) * trouble for each in known), default=Decimal(0))
    shade = _Shade(Decimal(base), worst * trouble)
    return Block(figure_html(lambda is_narrow: _heatmap(table, scale, shade, is_narrow), alt, "heatmap"), text=alt)


@dataclass(frozen=True)
class _Shade:
    """What a cell's colour is measured against: the figure without trouble, and how far the worst is from it."""

    base: Decimal
    worst: Decimal

    def level(self, value: Decimal | None) -> int:
        share = (value - self.base) / self.worst if value is not None and self.worst else Decimal(0)
        return math.ceil(LEVELS * share) if share > 0 else 0


def _most_first(table: pd.DataFrame, trouble: int) -> pd.DataFrame:
    sums = [sum((each for each in row if each is not None), Decimal(0)) * trouble for row in table.to_numpy()]
    return table.iloc[sorted(range(len(sums)), key=lambda index: -sums[index])]


def _heatmap(table: pd.DataFrame, scale: Scale, shade: _Shade, is_narrow: bool) -> Figure:
    width = NARROW if is_narrow else WIDE
    left = min(max((marks.text_width(each) for each in table.index), default=0) + 14, 104 if is_narrow else 200)
    widest = max((marks.text_width(marks.shown(each, scale)) for each in table.to_numpy().ravel() if each is not None), default=0) + 8
    count = max(1, min(table.shape[1], int((width - left) // max(SMALLEST_CELL, widest))))
    panels = math.ceil(table.shape[1] / count)
    count = math.ceil(table.shape[1] / panels)
    cell = min((width - left) / count, WIDEST_CELL)
    panel_height = HEAD_HEIGHT + CELL_HEIGHT * len(table) + 14
    on = marks.sheet(is_narrow, 16 + panel_height * panels)
    marks.note(on, 0, 12, scale.name)
    for panel in range(panels):
        _panel(on, table.iloc[:, panel * count : (panel + 1) * count], (left, 16 + panel * panel_height), cell, scale, shade)
    return on.figure


def _panel(on: marks.Sheet, table: pd.DataFrame, corner: tuple[float, float], cell: float, scale: Scale, shade: _Shade) -> None:
    left, top = corner
    for column, name in enumerate(table.columns):
        heads = marks.wrapped(name, cell - 4, NOTE_SIZE)
        for index, head in enumerate(heads):
            marks.words(on, left + (column + 0.5) * cell, top + HEAD_HEIGHT - 8 - 14 * (len(heads) - 1 - index), head, "ink2", "center", NOTE_SIZE)
    for row, name in enumerate(table.index):
        y = top + HEAD_HEIGHT + row * CELL_HEIGHT
        rows = marks.wrapped(name, left - 10, NOTE_SIZE)
        for index, part in enumerate(rows):
            marks.words(on, 0, y + 22 + 14 * index - 7 * (len(rows) - 1), part, size=NOTE_SIZE)
        for column, value in enumerate(table.iloc[row]):
            _cell(on, (left + column * cell, y, cell - GAP, CELL_HEIGHT - GAP), value, scale, shade)


def _cell(on: marks.Sheet, box: tuple[float, float, float, float], value: Decimal | None, scale: Scale, shade: _Shade) -> None:
    left, top, width, height = (round(each, 1) for each in box)
    level = shade.level(value)
    if level:
        marks.bar(on, box, f"h{level}")
    else:
        on.add(Rectangle((left, top), width, height, facecolor="none", edgecolor=LIGHT["soft"], linewidth=1))
    if value is None:
        marks.line(on, [left, left + width], [top + height, top], "rule")
        return
    marks.heat_words(on, left + width / 2, top + height / 2 + 4.5, marks.shown(value, scale), level)
