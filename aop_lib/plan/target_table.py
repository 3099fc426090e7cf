"""Targets by KPI, team and quarter or month as a reader adds them up: the parts of a column sum to the figure above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.display import Scale, allocated, scale_of
from aop_lib.plan.wording import NBSP, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

COLUMNS = ("q1", "q2", "q3", "q4", "year")
MONTHS = tuple(f"m{number}" for number in range(1, 13))
COUNT = Scale(Decimal(1), 0, "")
INDENT = NBSP * 4
LEVELS = ("", "", "deep", "deeper")  # the style of a row by how far below the company it stands

Figures = dict[str, list[Decimal]]


@dataclass(frozen=True)
class _Tree:
    """One KPI's targets: each team's figures, and whose part they are."""

    figures: Figures
    parents: dict[str, str]
    levels: dict[str, int]

    def below(self, group: str) -> list[str]:
        """Returns the teams whose parts are taken from a group's, or from the company's."""
        return [team for team in self.figures if team and self.parents[team] == group]

    def order(self, group: str = "") -> list[str]:
        """Returns the company, then each team after the group that it lies in."""
        return [group, *(each for team in self.below(group) for each in self.order(team))]


def quarter_targets(params: Params, goal_kpis: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Returns targets by KPI and team, one column per quarter in words: KPIs that add up over months as sums, others at quarter end.

    Args:
        params: Quarters, teams, metrics.
        goal_kpis: The frame `goal_kpis`.
        targets: The frame `targets`.

    Returns:
        label (KPI or team), why, style, q1, q2, q3, q4, year: texts in the unit of the KPI; teams' figures of an additive KPI
        add up to the figure above them, and where they stretch beyond it a row says by how much.
    """
    return _table(params, goal_kpis, targets, COLUMNS)


def month_targets(params: Params, goal_kpis: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Returns targets by KPI and team, one column per month (m1 … m12) in words; as `quarter_targets`."""
    return _table(params, goal_kpis, targets, MONTHS)


def _table(params: Params, goal_kpis: pd.DataFrame, targets: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    statements = {goal.id: goal.statement for goal in params.goals.goals}
    order = {goal: place for place, goal in enumerate(statements)}
    rows: list[dict[str, str]] = []
    for each in sorted(goal_kpis.to_dict("records"), key=lambda row: (order[row["goal"]], row["position"])):
        own = targets[(targets["goal"] == each["goal"]) & (targets["metric"] == each["metric"])]
        why = f"{statements[each['goal']]} ({each['role']})"
        rows += _kpi_rows(params, {**each, "why": why}, own, columns)
    return pd.DataFrame(rows, columns=["label", "why", "style", *columns])


def _kpi_rows(params: Params, kpi: Mapping[Any, Any], own: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, str]]:
    tree = _tree(params, str(kpi["metric"]), own, columns)
    names = {each.id: each.name for each in params.company.teams}
    texts = _added_up(tree, params, kpi, columns) if kpi["additive"] else {team: _said(each, params, kpi, columns) for team, each in tree.figures.items()}
    rows = []
    for team in tree.order():
        label = f"{INDENT * (tree.levels[team] - 1)}{names.get(team, team)}" if team else str(kpi["metric_name"])
        style = LEVELS[min(tree.levels[team], len(LEVELS) - 1)] if team else "sub" if kpi["additive"] and tree.below("") else "head"
        rows.append({"label": label, "why": "" if team else str(kpi["why"]), "style": style, **dict(zip(columns, texts[team], strict=True))})
    if "stretch" in texts:
        rows.append({"label": "Beyond (short of) the company", "why": "", "style": "beyond", **dict(zip(columns, texts["stretch"], strict=True))})
    return rows


def _tree(params: Params, metric: str, own: pd.DataFrame, columns: Sequence[str]) -> _Tree:
    places = own.drop_duplicates("team")
    parents = dict(zip(places["team"], places["parent"], strict=True))
    levels = {team: int(level) for team, level in zip(places["team"], places["level"], strict=True)}
    position = {each.id: place for place, each in enumerate(params.company.teams)}
    teams = sorted(parents, key=lambda team: (position.get(team, -1), team))
    return _Tree({team: _figures(params, metric, own[own["team"] == team], columns) for team in teams}, parents, levels)


def _figures(params: Params, metric: str, own: pd.DataFrame, columns: Sequence[str]) -> list[Decimal]:
    months = dict(zip(own["month"], own["value"], strict=True))
    if columns == MONTHS:
        return [Decimal(months.get(month, 0)) for month in params.year_months]
    quarters = [params.year_months[first : first + 3] for first in (0, 3, 6, 9)]
    if _is_sum(params, metric):
        return [sum((Decimal(months.get(month, 0)) for month in quarter), Decimal(0)) for quarter in quarters]
    return [Decimal(months.get(quarter[-1], 0)) for quarter in quarters]


def _is_sum(params: Params, metric: str) -> bool:
    return params.metrics[metric].aggregate == "sum"


def _said(figures: Sequence[Decimal], params: Params, kpi: Mapping[Any, Any], columns: Sequence[str]) -> list[str]:
    unit = params.company.reporting_currency if kpi["unit"] == "currency" else str(kpi["unit"])
    year = [] if columns == MONTHS else [sum(figures, Decimal(0)) if _is_sum(params, str(kpi["metric"])) else figures[-1]]
    return [value_text(each, unit) for each in (*figures, *year)]


def _added_up(tree: _Tree, params: Params, kpi: Mapping[Any, Any], columns: Sequence[str]) -> dict[str, list[str]]:
    """Each column's parts are cut so that they add up to the displayed figure above; a year of sums adds up its quarters."""
    scale = scale_of(tree.figures[""], "") if kpi["unit"] == "currency" else COUNT
    is_sum = _is_sum(params, str(kpi["metric"]))
    shown: Figures = {team: [] for team in tree.figures}
    for place, whole in enumerate(_company(tree.figures[""], scale, is_sum=is_sum)):
        column = {"": whole} | _column(tree, place, "", whole, scale)
        for team, figure in column.items():
            shown[team].append(figure)
    beyond = [sum((shown[team][place] for team in tree.below("")), Decimal(0)) - figure for place, figure in enumerate(shown[""])]
    if tree.below("") and any(beyond):
        shown["stretch"] = beyond
    suffix = f"{NBSP}{scale.name.strip()}" if scale.name.strip() else ""
    year = {team: [] if columns == MONTHS else [sum(each, Decimal(0)) if is_sum else each[-1]] for team, each in shown.items()}
    return {team: [f"({-figure:,}){suffix}" if figure < 0 else f"{figure:,}{suffix}" for figure in (*each, *year[team])] for team, each in shown.items()}


def _company(figures: Sequence[Decimal], scale: Scale, *, is_sum: bool) -> list[Decimal]:
    """Returns the company's displayed figures; those that add up are cut so that they sum to their displayed year."""
    if not is_sum:
        return [scale.rounded(each) for each in figures]
    return allocated([each / scale.unit for each in figures], scale.rounded(sum(figures, Decimal(0))), scale.places)


def _column(tree: _Tree, place: int, group: str, figure: Decimal, scale: Scale) -> dict[str, Decimal]:
    """Returns the displayed figures below a group in one column; parts that make the whole add up to its displayed figure."""
    teams = tree.below(group)
    parts = [tree.figures[team][place] for team in teams]
    target = figure if sum(parts, Decimal(0)) == tree.figures[group][place] else scale.rounded(sum(parts, Decimal(0)))
    found = dict(zip(teams, allocated([part / scale.unit for part in parts], target, scale.places), strict=True))
    for team, part in list(found.items()):
        found |= _column(tree, place, team, part, scale)
    return found
