"""Marks: what every chart is drawn with, in pixels from the top left corner, and the notation of plan, actual and estimate."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from aop_lib.report.figures import LIGHT, NARROW, NOTE_SIZE, TEXT_SIZE, WIDE
from aop_lib.report.numbers import MILLION, Scale, accounting, scale_of

Places = Callable[[float], float]
"""Where a figure stands, in px."""

NOTATION = (
    ("actual", ("actual",)),
    ("estimate", ("estimate", "forecast", "outlook")),
    ("prior", ("prior", "last year", "previous")),
    ("plan", ("plan", "budget", "target", "goal", "envelope", "baseline")),
)
SERIES_LABEL = {"actual": "Actual", "plan": "Plan", "estimate": "Estimate", "prior": "Prior year"}
UNIT_SCALE = {
    "pct": Scale(Decimal("0.01"), 1, "%"),
    "count": Scale(Decimal(1), 0, ""),
    "months": Scale(Decimal(1), 1, "months"),
    "ratio": Scale(Decimal(1), 2, "×"),
}
DARK_INK = "#10151b"
LETTER_WIDTHS = {"narrow": (0.31, "iljtfrI.,:;'|!()[] \u00a0"), "wide": (0.86, "mwMW@%—"), "capital": (0.7, "ABCDEFGHJKLNOPQRSTUVXYZ&+")}


@dataclass(frozen=True)
class Sheet:
    """A sheet to draw on.

    Attributes:
        figure: The drawing of matplotlib.
        width: In px.
        height: In px.
    """

    figure: Figure
    width: float
    height: float

    def add(self, artist: Any) -> None:
        """Adds an artist whose coordinates are px from the top left corner."""
        artist.set_transform(Affine2D().scale(1, -1).translate(0, self.height))
        artist.set_clip_on(False)
        artist.set_zorder(1)  # what is drawn later covers what was drawn before
        self.figure.add_artist(artist)


def sheet(is_narrow: bool, height: float) -> Sheet:
    """Returns an empty sheet, 720 or 340 px wide, `height` px high."""
    width = NARROW if is_narrow else WIDE
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    return Sheet(figure, width, height)


def words(on: Sheet, x: float, y: float, text: Any, colour: str = "ink", at: str = "left", size: float = TEXT_SIZE, *, is_bold: bool = False) -> None:
    """Writes text whose baseline is at (x, y); `at` is left, center or right, `colour` a token."""
    label = plain(text)
    if label:
        weight = "bold" if is_bold else "normal"
        on.add(Text(round(x, 1), round(y, 1), label, color=LIGHT[colour], ha=at, va="baseline", fontsize=size, fontweight=weight, parse_math=False))


def note(on: Sheet, x: float, y: float, text: Any, at: str = "left") -> None:
    """Writes small grey text: units, axes, remarks."""
    words(on, x, y, text, "ink3", at, NOTE_SIZE)


def heat_words(on: Sheet, x: float, y: float, text: str, level: int) -> None:
    """Writes a figure on a heat cell; on the strongest level it stays dark in dark mode too, so that it can be read."""
    weight = "bold" if level else "normal"
    colour = {0: LIGHT["ink3"], 5: DARK_INK}.get(level, LIGHT["hink"])
    on.add(Text(round(x, 1), round(y, 1), text, color=colour, ha="center", va="baseline", fontsize=TEXT_SIZE, fontweight=weight, parse_math=False))


def line(on: Sheet, xs: Sequence[float], ys: Sequence[float], colour: str = "ink3", width: float = 1, dashes: tuple[float, ...] = ()) -> None:
    """Draws a line through points; `width` in px, `dashes` as on and off lengths in line widths."""
    style: Any = (0, dashes) if dashes else "-"
    cap = "butt" if dashes else "round"
    points = [[round(each, 1) for each in axis] for axis in (xs, ys)]
    on.add(Line2D(*points, color=LIGHT[colour], linewidth=width, linestyle=style, solid_capstyle=cap))


def bar(on: Sheet, box: tuple[float, float, float, float], form: str) -> None:
    """Draws a bar (left, top, width, height in px) in a form: actual, plan, estimate, prior, or any token as solid colour."""
    left, top, width, height = (round(each, 1) for each in box)
    if form == "plan":
        style: dict[str, Any] = {"facecolor": LIGHT["surface"], "edgecolor": LIGHT["actual"], "linewidth": 1.6}
        left, top, width, height = left + 0.8, top + 0.8, max(width - 1.6, 0.1), max(height - 1.6, 0.1)
    elif form == "estimate":
        style = {"facecolor": LIGHT["band1"], "edgecolor": LIGHT["hatch"], "hatch": "/////", "linewidth": 0}
    else:
        style = {"facecolor": LIGHT[form], "linewidth": 0}
    on.add(Rectangle((left, top), width, height, **style))


def dot(on: Sheet, x: float, y: float, shape: str, fill: str, edge: str = "", size: float = 8) -> None:
    """Draws a mark around (x, y): a circle, square or diamond, `size` px across, filled, with an edge of 1.6 px where one is named."""
    marker = {"circle": "o", "square": "s", "diamond": "D"}[shape]
    across = size * (0.85 if shape == "diamond" else 1)
    style: dict[str, Any] = {"markerfacecolor": LIGHT[fill], "markeredgecolor": LIGHT[edge or fill], "markeredgewidth": 1.6 if edge else 0}
    on.add(Line2D([round(x, 1)], [round(y, 1)], linestyle="none", marker=marker, markersize=across, **style))


def area(on: Sheet, points: Sequence[tuple[float, float]], fill: str) -> None:
    """Fills a polygon with a token."""
    on.add(Polygon([(round(x, 1), round(y, 1)) for x, y in points], closed=True, facecolor=LIGHT[fill], linewidth=0))


def plain(text: Any) -> str:
    """Returns text in one line, without control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", str(text).replace("\u00a0", "\ue000")).replace("\ue000", "\u00a0").strip()


def text_width(text: Any, size: float = TEXT_SIZE, *, is_bold: bool = False) -> float:
    """Returns about how many px a text needs, with slack for the reader's font."""
    return sum(map(_letter_width, plain(text))) * size * (1.1 if is_bold else 1.03)


def _letter_width(letter: str) -> float:
    known = [width for width, letters in LETTER_WIDTHS.values() if letter in letters]
    return known[0] if known else 1.0 if ord(letter) > 0x2E80 else 0.57


def fitted(text: Any, room: float, size: float = TEXT_SIZE, *, is_bold: bool = False) -> str:
    """Returns a text, cut with an ellipsis where it would need more px than there is room for."""
    label = plain(text)
    if text_width(label, size, is_bold=is_bold) <= room:
        return label
    while label and text_width(label + "…", size, is_bold=is_bold) > room:
        label = label[:-1]
    return label.rstrip() + "…"


def wrapped(text: Any, room: float, size: float = TEXT_SIZE, rows: int = 2) -> list[str]:
    """Returns a text in up to `rows` lines of `room` px; what does not fit in the last line is cut with an ellipsis."""
    lines: list[str] = []
    rest = plain(text).split(" ")
    while rest and len(lines) < rows - 1:
        count = 1
        while count < len(rest) and text_width(" ".join(rest[: count + 1]), size) <= room:
            count += 1
        lines, rest = [*lines, fitted(" ".join(rest[:count]), room, size)], rest[count:]
    return [*lines, fitted(" ".join(rest), room, size)] if rest else lines


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Returns places moved as little as needed to stand `gap` px apart between `low` and `high`, in the order given."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    at = {}
    last = low - gap
    for index in order:
        last = at[index] = max(places[index], last + gap, low)
    ceiling = high
    for index in reversed(order):
        at[index] = min(at[index], ceiling)
        ceiling = at[index] - gap
    return [at[index] for index in range(len(places))]


def form_of(label: str, default: str) -> str:
    """Returns the notation of a series or total by its name: actual, plan, estimate or prior."""
    parts_of_name = re.findall(r"[^\W_]+", label.casefold())
    name = f" {' '.join(parts_of_name)} "
    return next((form for form, parts in NOTATION if any(f" {part} " in name for part in parts)), default)


def known(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows that have a `value`, as exact Decimals."""
    rows = frame[frame["value"].notna()].copy()
    rows["value"] = pd.Series([Decimal(str(each)) for each in rows["value"]], index=rows.index, dtype=object)
    return rows


def chart_scale(values: Sequence[Decimal], unit: str) -> Scale:
    """Returns the unit in which one chart labels its figures; for amounts M from 10 million on, in which a reader thinks, else as in tables.

    Args:
        values: Every figure of the chart.
        unit: A currency code, `pct` (figures are fractions), `count`, `fte`, `months`, `ratio`, or any name of a unit.
    """
    if unit in UNIT_SCALE:
        return UNIT_SCALE[unit]
    largest = max((abs(each) for each in values), default=Decimal(0))
    if not is_currency(unit):
        name = "FTE" if unit == "fte" else unit
        return Scale(Decimal(1), 1 if largest < 20 and any(each % 1 for each in values) else 0, name)
    return Scale(MILLION, 1, f"M {unit}") if largest >= 10 * MILLION else scale_of(values, unit)


def is_currency(unit: str) -> bool:
    """Returns whether a unit is a currency code."""
    return bool(re.fullmatch(r"[A-Z]{3}", unit))


def shown(value: Decimal, scale: Scale) -> str:
    """Returns a figure in the chart's unit, accounting format."""
    return accounting(value / scale.unit, scale.places)


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Returns about `count` round figures from at most `low` to at least `high`."""
    span = (high - low) or abs(high) or 1.0
    power = 10 ** math.floor(math.log10(span / count))
    step = next(power * each for each in (1, 2, 2.5, 5, 10, 20) if span / (power * each) <= count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


def key_row(on: Sheet, y: float, unit: str, forms: Sequence[str], labels: dict[str, str] | None = None) -> None:
    """Writes the unit and, where forms differ, what each form stands for, in one row that is set tighter where it would not fit."""
    named = {form: (labels or SERIES_LABEL).get(form, form) for form in forms}
    needed = text_width(unit, NOTE_SIZE) + 18 + sum(35 + text_width(label, NOTE_SIZE) for label in named.values())
    swatch, gap = (16, 14) if needed <= on.width else (11, 7)
    if needed > on.width:
        named |= {"prior": "Prior"} if "prior" in named else {}
    unit = fitted(unit, on.width - 9 - sum(swatch + 5 + gap + text_width(label, NOTE_SIZE) for label in named.values()), NOTE_SIZE)
    note(on, 0, y, unit)
    x = text_width(unit, NOTE_SIZE) + gap + 4 if unit else 0.0
    for form, label in named.items():
        bar(on, (x + 7, y - 12, 2.5, 15) if form == "ink" else (x, y - 9, swatch, 10), form)
        note(on, x + swatch + 5, y, label)
        x += swatch + 5 + text_width(label, NOTE_SIZE) + gap
