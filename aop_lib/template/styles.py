"""How a team's workbook looks: blue is what people type, black what is told, grey what is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

NAVY, BLUE, PALE, GREY, LINE, RED, ROSE, GREEN, MINT = "#1F3864", "#0000FF", "#F3F7FD", "#F2F2F2", "#C8CED8", "#9C0006", "#FFC7CE", "#006100", "#C6EFCE"
AMOUNT, WHOLE, SHARE, RATIO, DAY, MONTH = "#,##0.00;-#,##0.00", "#,##0", "0.0%", "#,##0.00", "yyyy-mm-dd", "yyyy-mm"
BASE: dict[str, Any] = {"font_name": "Calibri", "font_size": 10, "valign": "vcenter"}
BOX: dict[str, Any] = {"border": 1, "border_color": LINE}
LEFT: dict[str, Any] = {"align": "left", "indent": 1}
INPUT: dict[str, Any] = {**BOX, "font_color": BLUE, "bg_color": PALE, "locked": False, "valign": "top"}
DONE: dict[str, Any] = {**BOX, "bg_color": GREY, "valign": "top"}
TOTAL: dict[str, Any] = {"bold": True, "top": 1, "top_color": NAVY, "bg_color": GREY}
NUMBERS = {"currency": WHOLE, "count": WHOLE, "fte": "#,##0.0", "months": "#,##0.0", "pct": SHARE, "ratio": RATIO}

LOOKS: dict[str, dict[str, Any]] = {
    "title": {"font_size": 18, "bold": True, "font_color": NAVY},
    "help": {"font_color": "#595959", "valign": "top"},
    "plain": {},
    "bold": {"bold": True},
    "label": {**BOX, **LEFT, "bg_color": GREY, "bold": True},
    "value": {**BOX, **LEFT},
    "digest": {**BOX, **LEFT, "font_size": 8, "font_color": "#595959"},
    "head": {**BOX, "bold": True, "font_color": "#FFFFFF", "bg_color": NAVY, "text_wrap": True, **LEFT},
    "head_right": {**BOX, "bold": True, "font_color": "#FFFFFF", "bg_color": NAVY, "text_wrap": True, "align": "right"},
    "required": {"font_size": 8, "font_color": RED, "valign": "bottom"},
    "above": {"font_size": 8, "font_color": "#595959", "valign": "bottom", "align": "right"},
    "told": {**BOX, **LEFT, "text_wrap": True},
    "count": {**BOX, "num_format": WHOLE},
    "line": {**TOTAL, **LEFT},
    "line_amount": {**TOTAL, "num_format": WHOLE},
    "account": {**BOX, "align": "left", "indent": 2},
    "name": {**BOX, **LEFT},
    "amount": {**BOX, "num_format": WHOLE},
    "sum": {**DONE, "num_format": WHOLE, "bold": True, "valign": "vcenter"},
    "rate": {**BOX, "num_format": "0.0000"},
    "month": {**BOX, **LEFT, "num_format": MONTH},
    "check": {**DONE, **LEFT, "font_color": RED, "text_wrap": True},
    "asked": {**DONE, "num_format": AMOUNT},
    "expects": {**DONE, "num_format": "General"},
    "in_text": {**INPUT, **LEFT, "text_wrap": True},
    "in_choice": {**INPUT, **LEFT},
    "in_whole": {**INPUT, "num_format": "0"},
    "in_number": {**INPUT, "num_format": "General"},
    "in_amount": {**INPUT, "num_format": AMOUNT},
    "in_day": {**INPUT, **LEFT, "num_format": DAY},
    "in_month": {**INPUT, **LEFT, "num_format": MONTH},
    **{f"unit_{unit}": {**BOX, "num_format": code} for unit, code in NUMBERS.items()},
    **{f"sum_{unit}": {**DONE, "num_format": code, "bold": True, "valign": "vcenter"} for unit, code in NUMBERS.items()},
    "wrong": {"bg_color": ROSE, "font_color": RED},
    "right": {"bg_color": MINT, "font_color": GREEN},
}
INPUTS = {
    "id": "in_choice", "text": "in_text", "choice": "in_choice", "choices": "in_text", "whole": "in_whole", "number": "in_number", "figure": "in_number",
    "amount": "in_amount", "day": "in_day", "last_day": "in_day", "month": "in_month", "last_month": "in_month",
}  # fmt: skip
CONDITIONS = ("wrong", "right")

Styles = dict[str, "Format"]


def styles(book: Workbook) -> Styles:
    """Returns the formats of LOOKS, made in a workbook; those of CONDITIONS change nothing but what they name."""
    return {name: book.add_format(look if name in CONDITIONS else BASE | look) for name, look in LOOKS.items()}
