"""What pages say about weighing: what each request would do to goals, beside what its team claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan.findings import Row, finding
from aop_lib.plan.owners import owner_name, team_owner
from aop_lib.plan.weighing import DRIVER, POINTS, evidence_grade
from aop_lib.plan.wording import amount_text, counted, listed, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.driver_model import DriverModel

UNKNOWN = "The driver model knows no effect of it"
LONGEST = Decimal(60)
HOW = (
    "each option is run through the driver model with it and without it, before its own cost. Part of the way: its effects as parts of the way from each "
    "goal's start to its target, times the goals' weights. Weighed: times 0.5 without evidence, 0.8 where evidence is stated, 1 where it names a year, "
    "so that it can be looked up."
)
SOURCES = "What options change stands in requests/, goals and weights in goals.yml; the model is that of the base, without any request."


def option_label(title: str, option: str, count: int) -> str:
    """Returns a request's title, with the option where it has several."""
    return f"{title} ({option})" if count > 1 else title


def weighed_finding(params: Params, option_values: pd.DataFrame) -> str:
    """Returns which request brings most for its money, and of how many the model knows nothing."""
    known = option_values[option_values["value"] > 0]
    requests = option_values["request"].nunique()
    unknown = requests - option_values.loc[option_values["drivers"] > 0, "request"].nunique()
    rest = f"; the driver model knows no effect of {unknown} of {counted(requests, 'request')}" if unknown else ""
    paid = known[known["per_money"].notna()].sort_values(["per_money", "request", "option"], ascending=[False, True, True], kind="stable")
    if paid.empty:
        return f"By the driver model no request that costs money moves a goal of {params.label}{rest}"
    best = paid.iloc[0]
    return f"For its money “{best['title']}” brings most: {_way(best['value'])} of the way to all goals for {amount_text(best['money'])}{rest}"


def _way(points: Decimal) -> str:
    return percent_text(Decimal(points) / POINTS, 2)


def weighed_view(params: Params, option_values: pd.DataFrame, weighing: pd.DataFrame) -> pd.DataFrame:
    """Returns each option as a card: label, claim, effects, way, evidence, weighed, money, per_100k, payback; the most valuable first.

    Args:
        params: Goals and the names of metrics.
        option_values: The frame `option_values`.
        weighing: The frame `weighing`.
    """
    counts = option_values["request"].value_counts()
    ordered = option_values.sort_values(["value", "request", "option"], ascending=[False, True, True], kind="stable")
    columns = ["label", "claim", "effects", "way", "evidence", "weighed", "money", "per_100k", "payback"]
    rows = []
    for row in ordered.to_dict("records"):
        own = weighing[(weighing["request"] == row["request"]) & (weighing["option"] == row["option"])]
        known = row["drivers"] > 0
        rows.append(
            {
                "label": option_label(row["title"], row["option"], counts[row["request"]]),
                "claim": f"The team says: {row['claim']}" if row["claim"] else "The team says nothing of its effect.",
                "effects": _effects_text(params, own) if known else UNKNOWN,
                "way": percent_text(row["contribution"], 2) if known else "",
                "evidence": evidence_grade(row["evidence"]),
                "weighed": _way(row["value"]) if known else "",
                "money": row["money"],
                "per_100k": percent_text(row["per_money"] * 100_000 / POINTS, 2) if known and pd.notna(row["per_money"]) else "",
                "payback": payback_text(row),
            }
        )
    return pd.DataFrame(rows, columns=columns)


def payback_text(row: Mapping[Any, Any]) -> str:
    """Returns after how many months an option of `option_values` has paid for itself; empty where it never does."""
    if row["money"] < 0:
        return "saves"
    if pd.isna(row["payback"]):
        return ""
    return f"{row['payback']:.0f} months" if row["payback"] <= LONGEST else "over 5 years"


def _effects_text(params: Params, own: pd.DataFrame) -> str:
    rows = own.to_dict("records")
    told = [
        f"{params.metrics[row['kpi']].label} {_signed(row['effect'], row['unit'])}"
        + (f" (team: {_signed(row['claimed'], row['unit'])})" if pd.notna(row["claimed"]) else "")
        for row in rows
        if pd.notna(row["claimed"]) or (pd.notna(row["effect"]) and abs(row["share"] or 0) >= Decimal("0.0005"))
    ]
    return ", ".join(told) or "No goal moves by as much as 0.05 % of its way"


def _signed(value: Any, unit: str) -> str:
    if pd.isna(value):
        return "unknown"
    if unit == "pct":
        return f"{_sign(value)}{abs(Decimal(value)) * 100:.2f} points"
    text = f"{abs(Decimal(value)):.1f}" if unit in {"count", "fte"} else value_text(abs(Decimal(value)), unit)
    return f"{_sign(value)}{text}"


def _sign(value: Any) -> str:
    return "\N{MINUS SIGN}" if value < 0 else "+"


def goal_view(params: Params, option_values: pd.DataFrame, weighing: pd.DataFrame) -> pd.DataFrame:
    """Returns each option and goal that it moves: label, goal, effect, share, contribution, claimed; in words."""
    counts = option_values["request"].value_counts()
    titles = {(row["request"], row["option"]): option_label(row["title"], row["option"], counts[row["request"]]) for row in option_values.to_dict("records")}
    goals = {goal.id: goal.statement for goal in params.goals.goals}
    rows = [
        {
            "label": titles[row["request"], row["option"]],
            "goal": goals[row["goal"]],
            "effect": _signed(row["effect"], row["unit"]),
            "share": percent_text(row["share"], 2) if pd.notna(row["share"]) else "",
            "contribution": percent_text(row["contribution"], 2) if pd.notna(row["contribution"]) else "",
            "claimed": _signed(row["claimed"], row["unit"]) if pd.notna(row["claimed"]) else "",
        }
        for row in weighing.to_dict("records")
        if pd.notna(row["claimed"]) or (pd.notna(row["effect"]) and row["effect"] != 0)
    ]
    return pd.DataFrame(rows, columns=["label", "goal", "effect", "share", "contribution", "claimed"])


def weighing_findings(params: Params, model: DriverModel | None, requests: pd.DataFrame, request_effects: pd.DataFrame) -> list[Row]:
    """Returns a finding for each change of a driver in a segment, line or account that the model does not have: it moves nothing.

    Args:
        params: Owners and teams.
        model: What `weighing_model` returns; without one nothing can be told.
        requests: The frame `requests`.
        request_effects: The frame `request_effects`.
    """
    if model is None:
        return []
    known = ["", *model.segments, *model.lines, *(each.account for each in model.follows)]
    teams = dict(zip(requests["request"], requests["team"], strict=True))
    return list(_lost(params, known, teams, request_effects[(request_effects["kind"] == DRIVER) & ~request_effects["place"].isin(known)]))


def _lost(params: Params, known: list[str], teams: Mapping[str, str], lost: pd.DataFrame) -> Iterator[Row]:
    for row in lost.to_dict("records"):
        yield finding(
            "warning",
            "effect",
            row["request"],
            f"Option {row['option']} changes {row['what']} where the driver model has none, so it moves nothing",
            expected=listed(known[1:], 12),
            found=row["place"],
            owner=owner_name(params, team_owner(params, teams.get(row["request"], ""))),
        )
