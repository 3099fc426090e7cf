"""Requests one by one: a row that answers, and folded behind it why, what it would do, what it costs, conflicts and open questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from aop_lib.report import numbers, tables
from aop_lib.report.blocks import Block, inside, rendered
from aop_lib.report.numbers import Scale
from aop_lib.report.tables import STATES, Column

WIDTH, BAR, GAP = 240, 12, 36
MONTHS_WIDTH, MONTHS_HEIGHT = 240, 46
UNKNOWN = "unknown"
BOX = Markup('<svg class="cp" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">')
UNIT_COSTS = [
    Column("label", "Unit cost", why="why"), Column("asked", "Asked", "figure"), Column("own", "Own twelve months", "figure"),
    Column("others", "Other teams", "figure"),
]  # fmt: skip
TEXTS = ("title", "verdict", "why", "justified", "supported", "serves", "difference", "worth", "asked_by", "decider", "reason")
OPTIONS = [
    Column("label", "Option"), Column("money", "Costs", "money"), Column("heads", "Heads", "count"), Column("way", "Of the way", "figure"),
    Column("per_100k", "Per 100 k", "figure"), Column("per_head", "Per head", "figure"), Column("payback", "Paid back in", "figure"),
]  # fmt: skip


@dataclass(frozen=True)
class CardFrames:
    """What the cards of all requests are made of; every frame has a column `request`.

    Attributes:
        cards: The frame `request_cards`.
        teams: The frame `teams`, for names.
        unit_costs: Unit costs in words: option, label, why, asked, own, others.
        options: Options in words: label, money, heads, way, per_100k, per_head, payback.
        months: month, amount: what the card's option costs by month.
        points: The frame `request_points`.
        values: The frame `option_values`, for the value that the row shows.
    """

    cards: pd.DataFrame
    teams: pd.DataFrame
    unit_costs: pd.DataFrame
    options: pd.DataFrame
    months: pd.DataFrame
    points: pd.DataFrame
    values: pd.DataFrame


def each_request(frames: CardFrames, currency: str) -> Block:
    """Returns one folded card for each request, in their order; the undecided ones stand open.

    Args:
        frames: What the cards are made of.
        currency: The reporting currency.
    """
    ordered = frames.cards.sort_values("position", kind="stable")
    scale = numbers.scale_of(list(ordered["asked"]), currency)
    shown = numbers.scaled(list(ordered["asked"]), scale)
    names = dict(zip(frames.teams["team"], frames.teams["name"], strict=True))
    cards = [_card(frames, row, names, currency) for row in ordered.to_dict("records")]
    rows = [card | {"asked": numbers.accounting(each, scale.places)} for card, each in zip(cards, shown, strict=True)]
    text = "\n".join(f"{row['title']}: {row['verdict']}" for row in rows)
    return Block(rendered("requests.html.j2", rows=rows, unit=scale.name), text=text)


def _card(frames: CardFrames, card: Mapping[Any, Any], names: Mapping[str, str], currency: str) -> dict[str, Any]:
    own = {name: getattr(frames, name)[getattr(frames, name)["request"] == card["request"]] for name in ("unit_costs", "options", "months", "points", "values")}
    kinds = {kind: own["points"][own["points"]["kind"] == kind].sort_values("position").to_dict("records") for kind in ("conflict", "question")}
    priced = own["unit_costs"][own["unit_costs"]["option"] == card["option"]]
    return {
        **{name: card[name] for name in TEXTS},
        "team": names.get(card["team"], card["team"]),
        "state": {"kind": STATES.get(card["decision"], "open"), "text": card["decision"]},
        "is_open": card["decision"] == "undecided",
        "option": card["option"] if len(own["options"]) > 1 else "",
        "value": _value(own["values"], str(card["option"])),
        "evidence": _evidence(own["values"]),
        "picture": claim_picture(card, currency),
        "months": month_picture(own["months"], currency),
        "options": inside([tables.amounts(own["options"], OPTIONS, f"Options, {card['title']}", currency)]),
        "costs": inside([tables.amounts(priced, UNIT_COSTS, f"Unit costs, {card['title']}", currency, empty="Nothing in it has a unit cost.")]),
        **kinds,
    }


def _value(values: pd.DataFrame, option: str) -> str:
    own = values[values["option"] == option].to_dict("records")
    return numbers.per_cent(Decimal(own[0]["contribution"]), 2) if own and own[0]["drivers"] else UNKNOWN


def _evidence(values: pd.DataFrame) -> str:
    grades = {Decimal("0.5"): "none", Decimal("0.8"): "stated", Decimal(1): "dated"}
    return grades.get(Decimal(values["grade"].iloc[0]), "") if len(values) else ""


def claim_picture(card: Mapping[Any, Any], currency: str) -> Markup:
    """Returns the team's claim, outlined, over the model's effect, solid, on one scale, as an inline SVG; empty where nobody tells a figure.

    Args:
        card: One row of `request_cards`: effect, claim, unit, difference.
        currency: The reporting currency.
    """
    told = [(name, Decimal(card[key]), css) for name, key, css in (("Team claims", "claim", "plan"), ("Model", "effect", "act")) if not pd.isna(card[key])]
    if not told:
        return Markup("")
    most, least = max([Decimal(0), *(value for _, value, _ in told)]), min([Decimal(0), *(value for _, value, _ in told)])
    span = most - least or Decimal(1)
    unit = currency if card["unit"] == "currency" else str(card["unit"])
    zero = float(-least / span * (WIDTH - 4)) + 2
    parts = [_claim_bar(place, each, (zero, float((WIDTH - 4) / span)), unit) for place, each in enumerate(told)]
    height = GAP * len(told) - 8
    box = BOX.format(WIDTH, height, WIDTH, height, escape(card["difference"]))
    return box + Markup("").join(parts) + Markup("</svg>")


def _claim_bar(place: int, told: tuple[str, Decimal, str], at: tuple[float, float], unit: str) -> Markup:
    name, value, css = told
    zero, each = at
    y, size = place * GAP, float(value) * each
    figure, unit_text = _figure(value, unit)
    label = Markup('<text x="0" y="{}" class="m">{}</text>').format(y + 11, name)
    words = label + Markup('<text x="{}" y="{}" class="e b">{} {}</text>').format(WIDTH, y + 11, figure, unit_text)
    bar = Markup('<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" class="{}"/>').format(min(zero, zero + size), y + 15, max(abs(size), 1.0), BAR, css)
    axis = Markup('<line x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}" class="axis"/>').format(zero, y + 13, y + 17 + BAR)
    return words + bar + axis


def _figure(value: Decimal, unit: str) -> tuple[str, str]:
    if unit == "pct":
        return f"{value * 100:+.2f}", "points"
    text, name = numbers.value_text(abs(value), unit)
    if unit in {"count", "fte"} and value % 1:
        text = f"{abs(value):,.1f}"
    return f"{'+' if value >= 0 else '('}{text}{'' if value >= 0 else ')'}", name


def month_picture(months: pd.DataFrame, currency: str) -> Markup:
    """Returns what the option costs in each month as small outlined bars, an inline SVG; empty where it costs nothing.

    Args:
        months: month and amount of one request, zeros included.
        currency: The reporting currency.
    """
    ordered = months.sort_values("month")
    values = [Decimal(each) for each in ordered["amount"]]
    if not any(values):
        return Markup("")
    high, low = max([Decimal(0), *values]), min([Decimal(0), *values])
    step, span = MONTHS_WIDTH / len(values), float(high - low)
    scale = numbers.scale_of(values, currency)
    alt = f"{currency} by month: {_month_words(ordered, values, scale)}"
    bars = [_month_bar(place, float(value), (step, float(high), span)) for place, value in enumerate(values)]
    zero = float(high) / span * (MONTHS_HEIGHT - 4) + 2
    base = Markup('<line x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}" class="axis"/>').format(MONTHS_WIDTH, zero, zero)
    ends = Markup('<text x="0" y="{0}" class="m">{1}</text><text x="{2}" y="{0}" class="m e">{3}</text>').format(
        MONTHS_HEIGHT + 14, f"{ordered['month'].iloc[0]:%b}", MONTHS_WIDTH, f"{ordered['month'].iloc[-1]:%b %Y}"
    )
    size = (MONTHS_WIDTH, MONTHS_HEIGHT + 18)
    box = BOX.format(*size, *size, escape(alt))
    return box + Markup("").join(bars) + base + ends + Markup("</svg>")


def _month_bar(place: int, value: float, at: tuple[float, float, float]) -> Markup:
    step, high, span = at
    room = MONTHS_HEIGHT - 4
    top, size = (high - max(value, 0.0)) / span * room + 2, abs(value) / span * room
    bar = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="plan"/>')
    return bar.format(place * step + 2, top, step - 4, size) if value else Markup("")


def _month_words(ordered: pd.DataFrame, values: Sequence[Decimal], scale: Scale) -> str:
    most = max(range(len(values)), key=lambda place: abs(values[place]))
    spent = sum(1 for each in values if each)
    peak = f"{numbers.accounting(values[most] / scale.unit, scale.places)} {scale.name} at most, in {ordered['month'].iloc[most]:%b %Y}"
    return f"{peak}; {spent} of {len(values)} months"
