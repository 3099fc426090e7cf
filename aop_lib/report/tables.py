"""Tables in the accounting format: units in headers, displayed sums that add up, exact amounts one fold away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.money import cents
from aop_lib.report import numbers
from aop_lib.report.behind import behind
from aop_lib.report.blocks import Block, folded, note, rendered
from aop_lib.report.numbers import Scale

NUMERIC = {"money", "count", "share", "variance", "exact", "figure"}
STATES = {
    **dict.fromkeys(("on track", "done", "approved", "submitted", "ties", "agrees", "explained", "covered", "pass", "met"), "good"),
    **dict.fromkeys(("at risk", "due", "warning", "undecided", "sent back", "unexplained", "short", "weak"), "watch"),
    **dict.fromkeys(("off track", "late", "missing", "refused", "rejected", "does not tie", "differs", "error", "no such request", "fail", "missed"), "bad"),
    **dict.fromkeys(("note", "planned", "submitted_empty", "not measured"), "open"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: The frame's column.
        header: What stands over it; a unit is added to money.
        kind: `text`, `figure` (a text that is a number), `money` (scaled), `exact` (to the cent), `count`, `share` (per cent),
            `variance` (signed money), `month`, `day`, `status`.
        why: A column whose text stands small under the first column's.
        is_blank_at_zero: Whether zero is shown as nothing, where it means that no amount is known.
    """

    name: str
    header: str
    kind: str = "text"
    why: str = ""
    is_blank_at_zero: bool = False


def amounts(frame: pd.DataFrame, columns: Sequence[Column], label: str, currency: str, *, total: str = "", empty: str = "Nothing to show.") -> Block:
    """Returns a table of any frame; the first column heads its row.

    Args:
        frame: The rows in reading order; a column `style` (`sub`, `head`, `total`, `result`) marks rows that stand out; `head` is no sum,
            `deep` and `deeper` are parts of the row above, `memo` says more about it and enters no sum; a column `explains`
            holds the key under which a row's figures are explained.
        columns: What is shown.
        label: What a screen reader says.
        currency: The reporting currency.
        total: Adds a row of that name with the sums of money, exact and count columns.
        empty: What is said instead of an empty table.
    """
    if frame.empty:
        return note(empty)
    rows = _with_total(frame, columns, total) if total else frame
    rows = rows.assign(style=rows.get("style", ""), direction=rows.get("direction", 1))
    scale = numbers.scale_of([each for column in columns if column.kind in {"money", "variance"} for each in rows[column.name]], currency)
    shown = {column.name: numbers.displayed(rows, column.name, scale) for column in columns if column.kind in {"money", "variance"}}
    heads = [{"header": _header(column, scale, currency), "css": _css(column, is_first=not index)} for index, column in enumerate(columns)]
    body = [
        {"style": row["style"], "cells": [_cell(row, column, shown, scale, place, is_first=not index) for index, column in enumerate(columns)]}
        for place, row in enumerate(rows.to_dict("records"))
    ]
    plain = "\n".join("  ".join(cell["text"] for cell in row["cells"]) for row in body)
    table = rendered("table.html.j2", kind="grid", label=label, columns=heads, groups=[], rows=body, fold=len(columns) > 3)
    return Block("".join((table, explained(rows, columns[0].name))), text=plain)


def explained(rows: pd.DataFrame, label: str) -> str:
    """Returns the place of what stands behind the rows that have a key in a column `explains`.

    Args:
        rows: The rows of a table.
        label: The column that names a row.
    """
    return str(behind((str(row[label]), str(row["explains"])) for row in rows.to_dict("records"))) if "explains" in rows else ""


def _with_total(frame: pd.DataFrame, columns: Sequence[Column], name: str) -> pd.DataFrame:
    last: dict[str, Any] = {str(column): "" for column in frame}
    last |= {"style": "total", columns[0].name: name}
    for column in columns[1:]:
        if column.kind in {"money", "exact", "variance"}:
            last[column.name] = sum((Decimal(each) for each in frame[column.name]), Decimal(0))
        elif column.kind == "count":
            last[column.name] = int(frame[column.name].sum())
    body = frame.assign(style=frame.get("style", "")).astype(object)
    return pd.concat([body, pd.DataFrame([last], dtype=object)], ignore_index=True)


def _header(column: Column, scale: Scale, currency: str) -> str:
    units = {"money": scale.name, "variance": f"{scale.name}, +B/(W)", "exact": currency, "share": "%"}
    return f"{column.header}, {units[column.kind]}" if column.kind in units and column.header else column.header


def _css(column: Column, *, is_first: bool = False) -> str:
    return "nm0" if is_first else "num" if column.kind in NUMERIC else "txt"


def _cell(row: dict[Any, Any], column: Column, shown: dict[str, list[Decimal]], scale: Scale, place: int, *, is_first: bool) -> dict[str, Any]:
    value = row[column.name]
    cell: dict[str, Any] = {
        "is_head": is_first,
        "bar": None,
        "status": "",
        "why": str(row[column.why]) if column.why else "",
        "title": "",
        "header": column.header,
    }
    cell |= {"css": _css(column), "text": ""}
    if value == "" or value is None or (column.kind not in {"text", "status", "figure"} and pd.isna(value)):
        return {**cell, "text": numbers.NOT_MEANINGFUL} if column.kind == "share" and value != "" else cell
    if column.is_blank_at_zero and not value:
        return cell
    if column.kind == "variance":
        figure = shown[column.name][place]
        tone = "good" if figure > 0 else "bad neg" if figure < 0 else ""
        return {**cell, "text": numbers.signed(figure, scale.places), "title": _exactly(value), "css": f"num v {tone}"}
    if column.kind == "money":
        figure = shown[column.name][place]
        return {**cell, "text": numbers.accounting(figure, scale.places), "title": _exactly(value), "css": "num neg" if figure < 0 else "num"}
    return {**cell, "text": _text(value, column.kind), "status": STATES.get(str(value), "open") if column.kind == "status" else ""}


def _exactly(value: Any) -> str:
    return numbers.accounting(cents(Decimal(value)), 2)


def _text(value: Any, kind: str) -> str:
    if kind == "exact":
        return _exactly(value)
    if kind == "count":
        return numbers.accounting(int(value))
    if kind == "share":
        return numbers.per_cent(value)
    if kind == "month":
        return numbers.month_label(value)
    return numbers.day_label(value) if kind == "day" else str(value).replace("_", " ") if kind == "status" else str(value)


def findings(frame: pd.DataFrame, currency: str) -> Block:
    """Returns findings, errors first, the largest amount first within a severity."""
    rank = {"error": 0, "warning": 1, "note": 2}
    order = sorted(range(len(frame)), key=lambda row: (rank[frame["severity"].iloc[row]], -frame["amount"].iloc[row], frame["where"].iloc[row], row))
    ordered = frame.iloc[order]
    columns = [
        Column("where", "Where", why="what"), Column("severity", "Severity", "status"), Column("expected", "Expected"), Column("found", "Found"),
        Column("owner", "Answers"), Column("amount", "At stake", "money", is_blank_at_zero=True),
    ]  # fmt: skip
    filled = [each for each in columns if any(value not in ("", 0) for value in ordered[each.name])]
    return amounts(ordered, filled, "Findings", currency, empty="Nothing was found that wants a look.")


def control_totals(frame: pd.DataFrame, currency: str) -> Block:
    """Returns control totals to the cent: what must be equal, both sides, and whether it ties."""
    told = frame.assign(ties=["ties" if each else "does not tie" for each in frame["ties"]])
    columns = [Column("check", "What must be equal"), Column("left", "Left", "exact"), Column("right", "Right", "exact"), Column("ties", "", "status")]
    block = amounts(told, columns, "Control totals", currency, empty="No control totals.")
    if len(frame) and frame["ties"].all():
        block = folded("Both sides to the cent", block)
    return replace(block, text="\n".join(f"{row.check}: {row.left} = {row.right}, {row.ties}" for row in told.itertuples()))


def exact_amounts(frame: pd.DataFrame, columns: Sequence[Column], label: str, currency: str) -> Block:
    """Returns the same table to the cent, behind a fold."""
    exact = [replace(column, kind="exact") if column.kind in {"money", "variance"} else column for column in columns]
    return folded("Exact amounts", amounts(frame.drop(columns="explains", errors="ignore"), exact, f"{label}, exact", currency))
