"""One card per request, as leaders ask: why this team, is it justified, what data supports it; the undecided ones first."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames as contracts
from aop_lib.plan.alignment_rows import currency_or
from aop_lib.plan.approval import next_approver
from aop_lib.plan.owners import owner_name
from aop_lib.plan.request_points import figure_text, why_this_team
from aop_lib.plan.requests import UNDECIDED, option_totals
from aop_lib.plan.weighing import DATED, NONE, POINTS, STATED, evidence_grade
from aop_lib.plan.weighing_words import LONGEST, payback_text
from aop_lib.plan.wording import MINUS, amount_text, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
Row = Mapping[Any, Any]
SMALL = Decimal("0.0005")
NEAR = Decimal("0.02")
GRADES = {
    NONE: "No evidence is given, so its value counts half",
    STATED: "Evidence is stated but names no year, so it cannot be looked up: counts 0.8",
    DATED: "It names a year, so it can be looked up: counts in full",
}


def request_cards(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns one card for each request, undecided ones first, then by the money asked.

    Defined as::

        option       the approved one, else the largest
        kpi          that of the goal it serves, where model or team tell an effect on it; else the first KPI of a goal that they tell
        goal_gap     target of the goal it serves - its latest actual
        worth        per 100,000 of money and per head: the weighed part of the way to all goals; payback

    Args:
        params: Goals, owners, the year.
        frames: requests, request_status, request_lines, option_values, weighing, goals, targets.

    Returns:
        The frame `request_cards`; effect, claim and goal_gap in the unit of `kpi`.
    """
    status = {row["request"]: row for row in frames["request_status"].to_dict("records")}
    asked = [row for row in frames["requests"].to_dict("records") if row["request"] in status]
    ordered = sorted(asked, key=lambda row: (status[row["request"]]["decision"] != UNDECIDED, -status[row["request"]]["asked"], row["request"]))
    rows = [{"position": place, **_card(params, row, status[row["request"]], frames)} for place, row in enumerate(ordered)]
    return contracts.conformed("request_cards", pd.DataFrame(rows)) if rows else contracts.empty("request_cards")


def _card(params: Params, request: Row, status: Row, frames: Frames) -> dict[str, Any]:
    option = status["option"] or shown_option(params, str(request["request"]), frames["request_lines"])
    values = frames["option_values"]
    found = values[(values["request"] == request["request"]) & (values["option"] == option)].to_dict("records")
    moved = _moved(request, option, frames["weighing"])
    worth = found[0] if found else None
    known = moved if worth and worth["drivers"] else moved | {"effect": None}
    return {
        **{name: request[name] for name in ("request", "team", "title", "goal", "why")},
        "decision": status["decision"],
        "reason": status["reason"],
        "option": option,
        "asked_by": owner_name(params, str(request["submitted_by"])),
        "decider": _decider(params, request, status),
        "asked": status["asked"],
        "heads": status["heads"],
        **{name: known[name] for name in ("kpi", "unit", "effect", "claim")},
        "goal_gap": _gap(frames["goals"], str(request["goal"])),
        "verdict": _verdict(worth, known),
        "justified": request["effect"] or "The team says nothing of its effect.",
        "supported": f"{request['evidence']} {GRADES[evidence_grade(str(request['evidence']))]}.".strip(),
        "serves": _serves(params, request, frames),
        "difference": _difference(params, known, worth),
        "worth": _worth_text(worth),
    }


def shown_option(params: Params, request: str, lines: pd.DataFrame) -> str:
    """Returns the largest option of a request by the year's amount; of equal ones the first by name."""
    options = option_totals(params, lines[lines["request"] == request]).to_dict("records")
    return str(max(options, key=lambda row: row["amount"])["option"]) if options else ""


def _decider(params: Params, request: Row, status: Row) -> str:
    waits = owner_name(params, next_approver(params, str(request["team"]), Decimal(status["asked"]), str(request["submitted_by"])))
    return str(status["decided_by"]) or waits


def _moved(request: Row, option: str, weighing: pd.DataFrame) -> dict[str, Any]:
    """What model and team say of one KPI: that of the request's goal first."""
    own = weighing[(weighing["request"] == request["request"]) & (weighing["option"] == option)].to_dict("records")
    told = [row for row in own if not pd.isna(row["claimed"]) or (not pd.isna(row["effect"]) and abs(row["share"] or 0) >= SMALL)]
    told.sort(key=lambda row: (row["goal"] != request["goal"], pd.isna(row["claimed"]), -abs(row["share"] or 0) if not pd.isna(row["share"]) else 0))
    if not told:
        return {"kpi": "", "unit": "", "effect": None, "claim": None}
    first = told[0]
    return {"kpi": first["kpi"], "unit": first["unit"], "effect": _known(first["effect"]), "claim": _known(first["claimed"])}


def _known(value: Any) -> Decimal | None:
    return None if pd.isna(value) else Decimal(value)


def _gap(goals: pd.DataFrame, goal: str) -> Decimal | None:
    own = goals[goals["goal"] == goal].to_dict("records")
    return Decimal(own[0]["target"]) - Decimal(own[0]["latest"]) if own and not pd.isna(own[0]["latest_month"]) else None


def _verdict(worth: Row | None, moved: Row) -> str:
    if worth is None:
        return "It was not weighed, so nothing but its words speaks for it"
    cost = f"saves {amount_text(-worth['money'])}" if worth["money"] < 0 else f"for {amount_text(worth['money'])}"
    grade = {NONE: "without evidence", STATED: "on evidence without a date", DATED: "on evidence that can be looked up"}[evidence_grade(worth["evidence"])]
    if not worth["drivers"]:
        return f"Not justified by figures: the model knows no effect of it; asked {grade}"
    way = Decimal(worth["contribution"])
    if abs(way) < SMALL:
        return f"Moves the goals by less than {percent_text(SMALL, 2)} of their way {cost}, {grade}"
    part = _part(moved)
    return f"{'Brings' if way > 0 else 'Takes away'} {percent_text(abs(way), 2)} of the way to all goals {cost}, {grade}{part}"


def _part(moved: Row) -> str:
    """How much of the team's claim the model finds, as the tail of a sentence."""
    if moved["effect"] is None or not moved["claim"]:
        return ""
    share = moved["effect"] / moved["claim"]
    return f"; the model finds {percent_text(share, 0)} of the claim" if share < 1 - NEAR else "; the model bears out the claim"


def _serves(params: Params, request: Row, frames: Frames) -> str:
    own = frames["goals"][frames["goals"]["goal"] == request["goal"]].to_dict("records")
    if not own:
        return "It serves no goal of the company."
    goal = own[0]
    unit, why = currency_or(params, goal["unit"]), why_this_team(params, request, frames["targets"])
    gap = Decimal(goal["target"]) - Decimal(goal["latest"])
    is_measured = not pd.isna(goal["latest_month"])
    stands = (
        f"{goal['metric_name']} stands at {value_text(Decimal(goal['latest']), unit)} of {value_text(Decimal(goal['target']), unit)}" if is_measured else ""
    )
    left = "; the target is reached" if gap * goal["direction"] <= 0 else f", {figure_text(abs(gap), unit)} to go"
    team = f" {why[:1].upper()}{why[1:]}." if why else " The team has no part in it."
    return f"{goal['statement']}.{f' {stands}{left}.' if stands else ''}{team}"


def _difference(params: Params, moved: Row, worth: Row | None) -> str:
    if not moved["kpi"]:
        told = "moves no goal by much" if worth is not None and worth["drivers"] else "knows no effect of it"
        return f"The model {told} and the team claims none in figures."
    label, unit = params.metrics[moved["kpi"]].label, currency_or(params, moved["unit"])
    effect, claim = moved["effect"], moved["claim"]
    if effect is None:
        return f"{label}: the team claims {_signed(claim, unit)}; the model knows no effect of it."
    if claim is None:
        return f"{label}: {_signed(effect, unit)} by the model; the team claims no figure."
    gap = claim - effect
    is_near = abs(gap) <= NEAR * abs(claim)
    side = "as claimed" if is_near else f"{figure_text(abs(gap), unit)} {'less' if gap > 0 else 'more'} than claimed ({percent_text(abs(gap / claim), 0)})"
    return f"{label}: {_signed(effect, unit)} by the model, {_signed(claim, unit)} claimed by the team: {side}."


def _signed(value: Decimal, unit: str) -> str:
    return f"{'+' if value >= 0 else MINUS}{figure_text(abs(value), unit)}"


def _worth_text(worth: Row | None) -> str:
    if worth is None or not worth["drivers"]:
        return ""
    told: list[str] = []
    if not pd.isna(worth["per_money"]):
        told.append(f"{percent_text(worth['per_money'] * 100_000 / POINTS, 2)} of the way per 100 k")
    if not pd.isna(worth["per_head"]):
        told.append(f"{percent_text(worth['per_head'] / POINTS, 2)} per head")
    told.append(_paid(worth))
    return ", ".join(each for each in told if each)


def _paid(worth: Row) -> str:
    if worth["money"] < 0:
        return "saves from the start"
    if pd.isna(worth["payback"]):
        return "never paid back by the model"
    return f"paid back in {payback_text(worth)}" if worth["payback"] <= LONGEST else "not paid back in five years"
