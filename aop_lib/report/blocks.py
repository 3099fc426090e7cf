"""Blocks: the pieces a page is made of, and the only raw HTML that a page trusts.

A block is a jinja2 template with escaping on, filled with text; data can reach a page in no other way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aop_lib.display import Scale
from aop_lib.report import numbers
from aop_lib.report.behind import behind
from aop_lib.report.sparkline import sparkline
from aop_lib.report.stated import Reading

HERE = Path(__file__).parent
STATUS = {"good": "On plan", "watch": "Watch", "bad": "Off plan"}


@dataclass(frozen=True)
class Block:
    """One piece of a page.

    Attributes:
        html: Escaped and complete HTML.
        text: What a terminal or a test sees of it.
        has_style: Whether JupyterLab gets the page's stylesheet with it.
        meta: What the page needs to know of it: its title, or its place in the table of contents.
    """

    html: str
    text: str = ""
    has_style: bool = False
    meta: Mapping[str, str] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """Returns the block for JupyterLab and for a page; the metadata marks it as ours, which data cannot do."""
        style = f"<style>{stylesheet()}</style>" if self.has_style else ""
        html = f'{style}<div class="aop">{self.html}</div>'
        return {"text/html": html, "text/plain": self.text or "a block of the report"}, {"text/html": {"aop": True, **self.meta}}


@dataclass(frozen=True)
class Facts:
    """What every page says about its cycle.

    Attributes:
        company: The company's name.
        cycle: The cycle's id, `fy2027_q1`.
        label: What readers call it, `FY2027 Q1`.
        period: Its months in words.
        version: `internal` or `investor`.
        status: `draft`, `provisional` or `frozen`.
        last_closed: The last closed month in words.
        as_of: The day as of which sources were read, in words.
        currency: The reporting currency.
        baseline: Hash of the frozen plan; empty where there is none.
        assumptions: What nobody has sourced yet, one text each.
        stage_title: The page's name among the pages of the cycle.
        is_review: Whether the cycle reviews a plan.
        readings: How each metric of the catalogue is read; a page states those of the metrics that it shows.
    """

    company: str
    cycle: str
    label: str
    period: str
    version: str
    status: str
    last_closed: str
    as_of: str
    currency: str
    baseline: str = ""
    assumptions: tuple[str, ...] = field(default=())
    stage_title: str = ""
    is_review: bool = False
    readings: tuple[Reading, ...] = ()


@cache
def environment() -> Environment:
    """Returns the templates, escaping on, undefined names an error."""
    found = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters |= {"accounting": numbers.accounting, "signed": numbers.signed, "month": numbers.month_label, "day": numbers.day_label}
    return found


def rendered(template: str, **values: Any) -> str:
    """Returns a template filled with values, all of them escaped unless they are blocks."""
    return environment().get_template(template).render(**values)


@cache
def stylesheet() -> str:
    """Returns the page's stylesheet."""
    return (HERE / "page.css").read_text(encoding="utf-8")


def inside(blocks: Sequence[Block]) -> Markup:
    """Returns the HTML of blocks, to stand inside another one."""
    return Markup("\n").join(Markup(block.html) for block in blocks)  # noqa: S704 - blocks are escaped where they are made


def headline(facts: Facts, story: pd.DataFrame, trends: pd.DataFrame | None = None, *, in_all: int = 0) -> Block:
    """Returns the first screen: who and when, the message, three to five key figures, what is asked of the reader.

    Args:
        facts: The cycle, and the page's name.
        story: A `*_story` frame.
        trends: History of key figures, matched by label; None draws no sparklines.
        in_all: How many decisions are asked in all, where the story holds only the most important.
    """
    message = story.loc[story["kind"] == "message", "text"]
    decisions = story[story["kind"] == "decision"].sort_values("position")
    stake = numbers.scale_of(list(decisions["amount"]), facts.currency)
    html = rendered(
        "headline.html.j2",
        facts=facts,
        message=message.iloc[0] if len(message) else facts.stage_title,
        tiles=tiles(story, trends),
        behind=_behind(story),
        decisions=_with_stakes(decisions, stake),
        stake=stake,
        staked=stake.rounded(sum(decisions["amount"], Decimal(0))),
        asked=_asked(len(decisions), max(in_all, len(decisions))),
    )
    title = str(message.iloc[0]) if len(message) else facts.stage_title
    return Block(html, text=title, has_style=True, meta={"title": title})


def _with_stakes(decisions: pd.DataFrame, stake: Scale) -> list[dict[Any, Any]]:
    shown = numbers.scaled(list(decisions["amount"]), stake)
    return [{**row, "shown": figure} for row, figure in zip(decisions.to_dict("records"), shown, strict=True)]


def tiles(story: pd.DataFrame, trends: pd.DataFrame | None = None) -> list[dict[str, Any]]:
    """Returns what the key-figure tiles show: value and unit, difference to the reference in its direction, status, history."""
    figures = story[story["kind"] == "figure"].sort_values("position").head(5)
    return [_tile(row, trends) for row in figures.to_dict("records")]


def _behind(story: pd.DataFrame) -> Markup:
    """Returns the place of what stands behind the key figures."""
    own = story[story["kind"] == "figure"].sort_values("position").head(5)
    return behind(zip(own["label"], own["explains"], strict=True)) if "explains" in own else Markup("")


def _tile(row: dict[Any, Any], trends: pd.DataFrame | None) -> dict[str, Any]:
    value, reference, unit = Decimal(row["value"]), Decimal(row["reference"]), str(row["unit"])
    big, unit_text = numbers.value_text(value, unit)
    tile = {"label": row["label"], "period": row["text"], "unit": unit_text, "big": big, "status": row["status"], "spark": ""}
    tile |= {"status_text": STATUS.get(row["status"], ""), "reference": "", "tone": ""}
    if row["reference_label"]:
        tile |= _difference(row, value, reference, unit)
    if trends is not None:
        history = trends[trends["label"] == row["label"]].sort_values("month")
        plan = reference if row["reference_label"] in {"plan", "target"} else None
        tile["spark"] = sparkline([Decimal(each) for each in history["value"]], plan, f"{row['label']} over {len(history)} periods, last {big} {unit_text}")
    return tile


def _difference(row: dict[Any, Any], value: Decimal, reference: Decimal, unit: str) -> dict[str, Any]:
    direction = int(row["direction"]) or 1
    difference = direction * (numbers.shown_like(value, value, unit) - numbers.shown_like(reference, value, unit))
    share = numbers.per_cent(direction * (value - reference) / reference, is_variance=True) if reference > 0 and unit != "pct" else ""
    return {
        "difference": f"{numbers.difference_text(difference, value, unit)}{' pp' if unit == 'pct' else ''}",
        "share": _in_per_cent(share),
        "tone": ("good" if difference > 0 else "bad" if difference < 0 else "") if row["direction"] else "",
        "reference": f"against {row['reference_label']} {numbers.in_unit_of(reference, value, unit)}",
    }


def _in_per_cent(share: str) -> str:
    if not share or share == numbers.NOT_MEANINGFUL:
        return ""
    return f"{share[:-1]}{numbers.NBSP}%)" if share.endswith(")") else f"{share}{numbers.NBSP}%"


def _asked(shown: int, in_all: int) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    number = words[in_all] if in_all < len(words) else str(in_all)
    asked = f"{number} decision{' is' if in_all == 1 else 's are'} asked"
    return asked if shown == in_all else f"{asked}; here are {words[shown].lower()}"


def section(finding: str, what: str, *content: Block, comments: Sequence[str] = (), how: str = "", sources: str = "") -> Block:
    """Returns a section: its finding as heading, who/what (unit)/when, a picture or table, comments beside it, sources folded.

    Args:
        finding: A sentence with its number, computed by the run.
        what: Who, what (unit), when.
        content: Charts and tables.
        comments: Two or three short texts beside the picture.
        how: One line on how to read it.
        sources: Sources and definitions, folded.
    """
    here = anchor(finding)
    html = rendered("section.html.j2", finding=finding, what=what, content=inside(content), comments=list(comments), how=how, sources=sources, anchor=here)
    text = "\n".join([finding, *(block.text for block in content if block.text)])
    return Block(html.strip(), text=text, meta={"anchor": here, "finding": finding})


def folded(summary: str, *content: Block) -> Block:
    """Returns blocks behind a fold: for what few readers need, such as exact amounts."""
    return Block(rendered("folded.html.j2", summary=summary, content=inside(content)), text=summary)


def note(text: str) -> Block:
    """Returns a short text in place of a picture, e.g. what is missing and how to get it."""
    return Block(rendered("note.html.j2", text=text), text=text)


def anchor(finding: str) -> str:
    """Returns the id by which the table of contents finds a section: letters and digits of its finding."""
    words = "".join(each if each.isascii() and each.isalnum() else "-" for each in finding.lower())
    return "s-" + "-".join(part for part in words.split("-") if part)[:60]
