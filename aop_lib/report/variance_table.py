"""The table that leaders read first: actual, plan, better or worse, per cent, a bar on one scale, the year beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.display import compared
from aop_lib.report import numbers
from aop_lib.report.blocks import Block, note, rendered
from aop_lib.report.numbers import Scale
from aop_lib.report.tables import Column, exact_amounts, explained

ROOM = Decimal(92)
MARGIN = Decimal(4)


@dataclass(frozen=True)
class Sides:
    """What the columns of a variance table are called.

    Attributes:
        period: Over actual and plan, e.g. `January to March 2027`.
        actual: `Actual`; or `Budget` where a plan is compared with the year before.
        plan: `Plan`, or `Year before`.
        year: Over the full-year columns; empty where there are none.
        year_actual: `Outlook 3+9`.
        year_plan: `Plan`.
    """

    period: str
    actual: str = "Actual"
    plan: str = "Plan"
    year: str = ""
    year_actual: str = "Outlook"
    year_plan: str = "Plan"


def variance_table(rows: pd.DataFrame, sides: Sides, label: str, currency: str, first: str = "Line") -> Block:
    """Returns actual against plan, row by row, with the variance favourable positive and a bar on one scale.

    Defined as::

        displayed variance = direction * (displayed actual - displayed plan)     a result row has direction +1
        per cent           = exact variance / exact plan; n/m where the plan is zero or negative

    Args:
        rows: label, why, style (``, `sub`, `total`, `result`), direction, actual, plan; with a year also year_actual, year_plan.
            Subtotals and results are computed from displayed rows, so that every displayed sum adds up.
        sides: The headers.
        label: What a screen reader says.
        currency: The reporting currency.
        first: The header of the first column.
    """
    if rows.empty:
        return note("Nothing to compare.")
    has_year = bool(sides.year)
    scale = numbers.scale_of([Decimal(each) for column in compared(rows) for each in rows[column]], currency)
    shown = {column: numbers.displayed(rows, column, scale) for column in compared(rows)}
    if has_year:
        shown["year_actual"] = _year_to_date(rows, shown)
    directions = [1 if style == "result" else int(direction) or 1 for style, direction in zip(rows["style"], rows["direction"], strict=True)]
    variances = [way * (actual - plan) for way, actual, plan in zip(directions, shown["actual"], shown["plan"], strict=True)]
    bars = _bars(variances)
    body: list[dict[str, Any]] = [
        {"style": _css(row["style"]), "cells": _cells(row, place, shown, variances[place], directions[place], bars[place], scale, has_year=has_year)}
        for place, row in enumerate(rows.to_dict("records"))
    ]
    table = rendered("table.html.j2", kind="var", label=label, columns=_heads(sides, scale, first), groups=_groups(sides), rows=body, fold=False)
    plain = "\n".join("  ".join(cell["text"] for cell in row["cells"]) for row in body)
    return Block("".join((table, explained(rows, "label"), _exact(rows, sides, label, currency, directions).html)), text=plain)


def _year_to_date(rows: pd.DataFrame, shown: dict[str, list[Decimal]]) -> list[Decimal]:
    """Where the year differs from its plan by what it differs to date, the displayed differences are equal too."""
    gap = [Decimal(a) - Decimal(p) for a, p in zip(rows["actual"], rows["plan"], strict=True)]
    year = [Decimal(a) - Decimal(p) for a, p in zip(rows["year_actual"], rows["year_plan"], strict=True)]
    if gap != year:
        return shown["year_actual"]
    return [plan + actual - to_date for plan, actual, to_date in zip(shown["year_plan"], shown["actual"], shown["plan"], strict=True)]


def _css(style: str) -> str:
    return {"result": "total", "total": "total", "sub": "sub"}.get(style, "")


def _groups(sides: Sides) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = [{"name": "", "span": 1}, {"name": sides.period, "span": 5}]
    return [*groups, {"name": sides.year, "span": 3}] if sides.year else groups


def _heads(sides: Sides, scale: Scale, first: str) -> list[dict[str, str]]:
    heads = [(f"{first}, {scale.name}", "nm0"), (sides.actual, "a"), (sides.plan, "p"), ("+B / (W)", "v"), ("%", "q"), ("(Worse) · better", "bar")]
    if sides.year:
        heads += [(sides.year_actual, "fo"), (sides.year_plan, "fp"), ("+B / (W)", "fv")]
    return [{"header": header, "css": css} for header, css in heads]


def _cells(
    row: dict[Any, Any], place: int, shown: dict[str, list[Decimal]], variance: Decimal, direction: int, bar: dict[str, Any], scale: Scale, *, has_year: bool
) -> list[dict[str, Any]]:
    exact = direction * (Decimal(row["actual"]) - Decimal(row["plan"]))
    share = float(exact / Decimal(row["plan"])) if row["plan"] > 0 else None
    cells = [
        {"is_head": True, "text": row["label"], "why": row["why"]},
        _number(shown["actual"][place], "num a", row["actual"], scale),
        _number(shown["plan"][place], "num p", row["plan"], scale),
        _variance(variance, "num v", exact, scale),
        _share(share, variance),
        {"is_head": False, "bar": bar, "text": ""},
    ]
    if has_year:
        year = direction * (shown["year_actual"][place] - shown["year_plan"][place])
        exact = direction * (Decimal(row["year_actual"]) - Decimal(row["year_plan"]))
        cells += [_number(shown[side][place], css, row[side], scale) for side, css in (("year_actual", "num fo"), ("year_plan", "num fp"))]
        cells.append(_variance(year, "num fv", exact, scale))
    return cells


def _number(figure: Decimal, css: str, exact: Any, scale: Scale) -> dict[str, Any]:
    text = numbers.accounting(figure, scale.places)
    return {
        "is_head": False,
        "bar": None,
        "status": "",
        "text": text,
        "title": numbers.accounting(exact, 2),
        "css": f"{css} neg" if figure < 0 else css,
        "header": "",
    }


def _variance(figure: Decimal, css: str, exact: Decimal, scale: Scale) -> dict[str, Any]:
    tone = "good" if figure > 0 else "bad neg" if figure < 0 else ""
    text = numbers.signed(figure, scale.places)
    return {"is_head": False, "bar": None, "status": "", "text": text, "title": numbers.signed(exact, 2), "css": f"{css} {tone}", "header": ""}


def _share(share: float | None, variance: Decimal) -> dict[str, Any]:
    css = "nm" if share is None else "good" if variance > 0 else "bad neg" if variance < 0 else ""
    title = "not meaningful: the plan is zero or negative" if share is None else ""
    text = numbers.per_cent(share, is_variance=True)
    return {"is_head": False, "bar": None, "status": "", "text": text, "title": title, "css": f"num q {css}", "header": ""}


def _bars(variances: list[Decimal]) -> list[dict[str, Any]]:
    low, high = min(*variances, Decimal(0)), max(*variances, Decimal(0))
    span = high - low or Decimal(1)
    zero = MARGIN - low / span * ROOM
    return [
        {
            "zero": f"{zero:.2f}", "width": f"{abs(variance) / span * ROOM:.2f}" if variance else "",
            "left": f"{zero - max(-variance, Decimal(0)) / span * ROOM:.2f}", "tone": "fgood" if variance > 0 else "fbad",
        }
        for variance in variances
    ]  # fmt: skip


def _exact(rows: pd.DataFrame, sides: Sides, label: str, currency: str, directions: list[int]) -> Block:
    gaps = [way * (Decimal(a) - Decimal(p)) for way, a, p in zip(directions, rows["actual"], rows["plan"], strict=True)]
    exact = rows.assign(variance=pd.Series(gaps, index=rows.index, dtype=object))
    columns = [Column("label", "Line"), Column("actual", sides.actual, "money"), Column("plan", sides.plan, "money"), Column("variance", "+B / (W)", "money")]
    if sides.year:
        columns += [Column("year_actual", f"{sides.year}: {sides.year_actual}", "money"), Column("year_plan", f"{sides.year}: {sides.year_plan}", "money")]
    return exact_amounts(exact, columns, label, currency)
