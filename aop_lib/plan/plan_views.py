"""Team plans as tables in words: action plans, what they bring, roles by team, milestones, what each person has at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan.owners import team_name
from aop_lib.plan.responsibilities import ROLES
from aop_lib.plan.wording import day_name, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

COMPANY = "Company"
KINDS = ("goal", "KPI", "initiative", "milestone")


def team_order(params: Params, teams: pd.Series) -> pd.Series:
    """Returns the place of each team in company.yml; the company comes first."""
    places = {"": -1} | {each.id: index for index, each in enumerate(params.company.teams)}
    return teams.map(lambda team: places.get(team, len(places)))


def _named(params: Params, team: str) -> str:
    return team_name(params, team) if team else COMPANY


def _change(params: Params, metric: str, value: Decimal) -> str:
    """What is added to a metric, in words; of a share in percentage points."""
    unit = params.metrics[metric].unit
    text = value_text(Decimal(value), params.company.reporting_currency if unit == "currency" else unit)
    return text.replace("%", "pp") if unit == "pct" else text


def initiative_view(params: Params, initiatives: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Returns the initiatives team by team: what, who (team and accountable person), brings, start, end, cost, funding.

    Args:
        params: Teams, metrics.
        initiatives: The frame `initiatives`.
        effects: The frame `initiative_effects`.
    """
    told = {str(name): _brings(params, rows.to_dict("records")) for name, rows in effects.groupby("initiative")}
    ordered = initiatives.assign(place=team_order(params, initiatives["team"])).sort_values(["place", "start", "initiative"], kind="stable")
    return pd.DataFrame(
        {
            "what": ordered["what"],
            "who": [f"{_named(params, team)} · {name or 'nobody'}" for team, name in zip(ordered["team"], ordered["accountable_name"], strict=True)],
            "brings": [
                told.get(name) or (params.metrics[metric].label if metric else "")
                for name, metric in zip(ordered["initiative"], ordered["metric"], strict=True)
            ],
            "start": ordered["start"],
            "end": ordered["end"],
            "cost": ordered["cost"],
            "funding": ordered["funding"],
        }
    )


def _brings(params: Params, effects: list[dict[Any, Any]]) -> str:
    """`New ARR +700 k, Customers +4 by 31 Dec 2027`: one day for all where it is the same."""
    texts = [f"{params.metrics[row['metric']].label} {'+' if row['value'] >= 0 else ''}{_change(params, row['metric'], row['value'])}" for row in effects]
    days = [f" by {day_name(row['by'].date())}" for row in effects]
    if len(set(days)) == 1:
        return f"{', '.join(texts)}{days[0]}"
    return "; ".join(f"{text}{day}" for text, day in zip(texts, days, strict=True))


def gap_view(params: Params, gaps: pd.DataFrame) -> pd.DataFrame:
    """Returns what each target needs beside what its initiatives bring: label, team, needed, expected, gap (texts), initiatives, state.

    Args:
        params: Teams, metrics.
        gaps: The frame `action_gaps`.
    """
    ordered = gaps.assign(place=team_order(params, gaps["team"])).sort_values(["metric", "goal", "place"], kind="stable")
    rows = ordered.to_dict("records")
    return pd.DataFrame(
        {
            "label": [params.metrics[row["metric"]].label for row in rows],
            "team": [_named(params, row["team"]) for row in rows],
            "needed": ["part of the company's" if pd.isna(row["needed"]) else _change(params, row["metric"], row["needed"]) for row in rows],
            "expected": [_change(params, row["metric"], row["expected"]) for row in rows],
            "gap": [_open(params, row) for row in rows],
            "initiatives": [row["initiatives"] for row in rows],
            "state": ["missing" if not row["initiatives"] else "short" if not pd.isna(row["gap"]) and row["gap"] > 0 else "covered" for row in rows],
        }
    )


def _open(params: Params, row: Mapping[Any, Any]) -> str:
    if pd.isna(row["gap"]):
        return ""
    return _change(params, row["metric"], row["gap"]) if row["gap"] > 0 else "none"


def role_view(params: Params, responsibilities: pd.DataFrame) -> pd.DataFrame:
    """Returns one row per item: group (the team's name, `Company` for goals and KPIs), title, kind, and the names of each role.

    Args:
        params: Teams and owners.
        responsibilities: The frame `responsibilities`.
    """
    rows = []
    for (kind, item), part in responsibilities.groupby(["kind", "item"], sort=False):
        first = part.iloc[0]
        names = {role: ", ".join(_names(params, part[part["role"] == role])) for role in ROLES}
        rows.append({"team": first["team"], "title": first["title"], "kind": kind, "item": item, "start": first["start"], **names})
    if not rows:
        return pd.DataFrame(columns=["group", "title", "kind", *ROLES])
    table = pd.DataFrame(rows)
    table = table.assign(place=team_order(params, table["team"]), order=table["kind"].map(KINDS.index))
    table = table.sort_values(["place", "order", "start", "item"], kind="stable")
    return table.assign(group=[_named(params, team) for team in table["team"]])[["group", "title", "kind", *ROLES]]


def _names(params: Params, rows: pd.DataFrame) -> list[str]:
    known = {each.id: each.name for each in params.company.owners}
    return [known.get(person, name) for person, name in zip(rows["person"], rows["person_name"], strict=True)]


def _short(params: Params, owner: str) -> str:
    return next((each.name for each in params.company.owners if each.id == owner), owner)


def milestone_view(params: Params, milestones: pd.DataFrame) -> pd.DataFrame:
    """Returns milestones in order of team and day: group, what, owner_name, due, rhythm, after (what must be done before), measure, status."""
    titles = dict(zip(milestones["milestone"], milestones["what"], strict=True))
    ordered = milestones.assign(place=team_order(params, milestones["team"])).sort_values(["place", "due", "milestone"], kind="stable")
    return ordered.assign(
        group=[_named(params, team) for team in ordered["team"]],
        after=["; ".join(titles.get(each, each) for each in text.split()) for text in ordered["depends_on"]],
        rhythm=["" if each == "once" else each for each in ordered["rhythm"]],
    )[["group", "milestone", "what", "owner_name", "due", "rhythm", "after", "measure", "status", "depends_on"]]


def load_table(params: Params, workload: pd.DataFrame) -> pd.DataFrame:
    """Returns what each person has at hand per month, initiatives under way and milestones due: people by name, months as `Jan`."""
    whole = workload.assign(at_hand=workload["running"] + workload["due"], who=[_short(params, each) for each in workload["person"]])
    table = whole.pivot_table(index="who", columns="month", values="at_hand", aggfunc="sum", sort=True)
    peak = table.max(axis=1) * 1000 + table.sum(axis=1)
    return table.loc[peak.sort_values(ascending=False, kind="stable").index].set_axis([f"{month:%b}" for month in table.columns], axis=1)


def load_view(workload: pd.DataFrame, responsibilities: pd.DataFrame) -> pd.DataFrame:
    """Returns per person: name, accountable and responsible (items), most (things at hand in one month), due_in_week (milestones in one week)."""
    counts = Counter(zip(responsibilities["person"], responsibilities["role"], strict=True))
    rows = []
    for person in sorted(set(responsibilities["person"])):
        own = workload[workload["person"] == person]
        rows.append(
            {
                "name": responsibilities.loc[responsibilities["person"] == person, "person_name"].iloc[0],
                **{role: counts[person, role] for role in ROLES[:2]},
                "most": int((own["running"] + own["due"]).max()) if len(own) else 0,
                "due_in_week": int(own["due_in_week"].max()) if len(own) else 0,
            }
        )
    table = pd.DataFrame(rows, columns=["name", *ROLES[:2], "most", "due_in_week"])
    return table.sort_values(["most", "accountable", "name"], ascending=[False, False, True], kind="stable")
