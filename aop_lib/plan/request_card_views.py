"""Request cards as a page shows them: options, unit costs, months, conflicts and questions in words, and what stands first."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import money
from aop_lib.plan import story as stories
from aop_lib.plan.figure_keys import QUESTIONS_KEY
from aop_lib.plan.request_points import CONFLICT, QUESTION
from aop_lib.plan.requests import UNDECIDED, option_totals
from aop_lib.plan.weighing import POINTS
from aop_lib.plan.weighing_words import payback_text
from aop_lib.plan.wording import counted, listed, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
Row = Mapping[Any, Any]
HOW = (
    "undecided requests first, then by money. The model's effect is the goal with the option less the goal without it, before the option's own cost. "
    "Open questions are asked by what is missing; each names who has to answer."
)
SOURCES = (
    "Requests, claims and evidence stand in requests/, decisions in decisions.yml. Unit costs: the ledger and the people of the twelve months to the last "
    "closed one, each team's spend on an account over its heads; other teams are those with spend on the account and people. A review shows effects "
    "and unit costs as they were when the plan was frozen."
)


def option_view(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns the options of each request in words: request, label, money, heads, way, per_100k, per_head, payback; the largest first.

    Args:
        params: The year.
        frames: request_lines and option_values.
    """
    values = {(row["request"], row["option"]): row for row in frames["option_values"].to_dict("records")}
    totals = option_totals(params, frames["request_lines"]).sort_values(["request", "amount", "option"], ascending=[True, False, True], kind="stable")
    columns = ["request", "label", "money", "heads", "way", "per_100k", "per_head", "payback"]
    return pd.DataFrame([_option_row(row, values.get((row["request"], row["option"]))) for row in totals.to_dict("records")], columns=columns)


def _option_row(row: Row, worth: Row | None) -> dict[str, Any]:
    known = worth is not None and worth["drivers"] > 0
    found: Row = worth if worth is not None else {}
    per_money, per_head = (found.get(name) if known and not pd.isna(found[name]) else None for name in ("per_money", "per_head"))
    return {
        "request": row["request"],
        "label": row["option"],
        "money": row["amount"],
        "heads": int(row["heads"]),
        "way": percent_text(found["contribution"], 2) if known else "unknown",
        "per_100k": percent_text(per_money * 100_000 / POINTS, 2) if per_money is not None else "",
        "per_head": percent_text(per_head / POINTS, 2) if per_head is not None else "",
        "payback": payback_text(found) if known else "",
    }


def month_view(params: Params, cards: pd.DataFrame, request_lines: pd.DataFrame) -> pd.DataFrame:
    """Returns what the option of each card costs in each month of the year, zeros included: request, month, amount."""
    shown = cards[["request", "option"]].merge(request_lines, on=["request", "option"], how="inner", validate="one_to_many")
    known = {(row["request"], row["month"]): row["amount"] for row in money.sums(shown, ["request", "month"]).to_dict("records")}
    rows = [{"request": each, "month": month, "amount": known.get((each, month), Decimal("0.00"))} for each in cards["request"] for month in params.year_months]
    return pd.DataFrame(rows, columns=["request", "month", "amount"])


def cards_finding(cards: pd.DataFrame, points: pd.DataFrame) -> str:
    """Returns in one sentence how many requests are undecided, meet a conflict, or have a question open."""
    kinds = {kind: points.loc[points["kind"] == kind, "request"] for kind in (CONFLICT, QUESTION)}
    waiting = int((cards["decision"] == UNDECIDED).sum())
    parts = [f"{waiting} undecided"] if waiting else []
    parts += [f"{kinds[CONFLICT].nunique()} in conflict with what others plan"] if len(kinds[CONFLICT]) else []
    parts += [f"{counted(len(kinds[QUESTION]), 'question')} open on {kinds[QUESTION].nunique()}"] if len(kinds[QUESTION]) else []
    head = f"{counted(len(cards), 'request')}, one card each"
    return f"{head}: {listed(parts)}" if parts else f"{head}: nothing stands against them"


def with_cards(params: Params, story: pd.DataFrame, cards: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Returns the first screen of the requests page with what stands against requests and what is still open: a key figure and a line.

    Args:
        params: The year.
        story: The frame `request_story`.
        cards: The frame `request_cards`.
        points: The frame `request_points`.
    """
    if cards.empty:
        return story
    asking = points.loc[points["kind"] == QUESTION]
    about = f"{params.year_label}, on {counted(asking['request'].nunique(), 'request')}"
    figure = stories.figure("Open questions", about, "count", Decimal(len(asking)), status="watch" if len(asking) else "good", explains=QUESTIONS_KEY)
    before: list[stories.Row] = [{str(name): value for name, value in row.items()} for row in story.to_dict("records")]
    return stories.story_frame("request_story", [*before, figure, stories.line(cards_finding(cards, points))])
