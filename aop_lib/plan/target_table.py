"""Targets by goal, team and quarter as a reader adds them up: parts of a column sum to the company's figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.display import Scale, allocated, scale_of
from aop_lib.plan.wording import NBSP, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

COLUMNS = ("q1", "q2", "q3", "q4", "year")
COUNT = Scale(Decimal(1), 0, "")


def quarter_targets(params: Params, goals: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Returns targets by goal and team, one column per quarter in words: KPIs that add up over months as sums, others at quarter end.

    Args:
        params: Quarters, teams, metrics.
        goals: The frame `goals`.
        targets: The frame `targets`.

    Returns:
        label (goal or team), why, style, q1, q2, q3, q4, year: texts in the unit of the KPI; teams' figures of an additive KPI
        add up to the company's.
    """
    rows = [row for goal in goals.to_dict("records") for row in _goal_rows(params, goal, targets[targets["goal"] == goal["goal"]])]
    return pd.DataFrame(rows, columns=["label", "why", "style", *COLUMNS])


def _goal_rows(params: Params, goal: Mapping[Any, Any], own: pd.DataFrame) -> list[dict[str, str]]:
    names = {each.id: each.name for each in params.company.teams}
    present = set(own["team"])
    teams = ["", *(team for team in names if team in present), *sorted(present - names.keys() - {""})]
    values = {team: _quarters(params, str(goal["metric"]), own[own["team"] == team]) for team in teams}
    texts = _added_up(values, params, goal) if goal["additive"] else {team: _said(each, params, goal) for team, each in values.items()}
    heads = {team: (names.get(team, team), "", "") for team in teams} | {"": (str(goal["metric_name"]), str(goal["statement"]), "sub")}
    return [{"label": heads[team][0], "why": heads[team][1], "style": heads[team][2], **dict(zip(COLUMNS, texts[team], strict=True))} for team in teams]


def _quarters(params: Params, metric: str, own: pd.DataFrame) -> list[Decimal]:
    months = dict(zip(own["month"], own["value"], strict=True))
    quarters = [params.year_months[first : first + 3] for first in (0, 3, 6, 9)]
    if _is_sum(params, metric):
        return [sum((Decimal(months.get(month, 0)) for month in quarter), Decimal(0)) for quarter in quarters]
    return [Decimal(months.get(quarter[-1], 0)) for quarter in quarters]


def _is_sum(params: Params, metric: str) -> bool:
    return params.metrics[metric].aggregate == "sum"


def _said(quarters: Sequence[Decimal], params: Params, goal: Mapping[Any, Any]) -> list[str]:
    unit = params.company.reporting_currency if goal["unit"] == "currency" else str(goal["unit"])
    year = sum(quarters, Decimal(0)) if _is_sum(params, str(goal["metric"])) else quarters[-1]
    return [value_text(each, unit) for each in (*quarters, year)]


def _added_up(values: Mapping[str, list[Decimal]], params: Params, goal: Mapping[Any, Any]) -> dict[str, list[str]]:
    """Each quarter's parts are cut so that they add up to the company's displayed figure; a year of sums adds up its quarters."""
    scale = scale_of(values[""], "") if goal["unit"] == "currency" else COUNT
    teams = [team for team in values if team]
    shown: dict[str, list[Decimal]] = {team: [] for team in values}
    for quarter, whole in enumerate(values[""]):
        figure = scale.rounded(whole)
        parts = allocated([values[team][quarter] / scale.unit for team in teams], figure, scale.places)
        for team, part in zip(["", *teams], [figure, *parts], strict=True):
            shown[team].append(part)
    year = {team: sum(each, Decimal(0)) if _is_sum(params, str(goal["metric"])) else each[-1] for team, each in shown.items()}
    suffix = f"{NBSP}{scale.name.strip()}" if scale.name.strip() else ""
    return {team: [f"{figure:,}{suffix}" for figure in (*each, year[team])] for team, each in shown.items()}
