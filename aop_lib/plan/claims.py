"""Claims: what requests and goals say a metric is, beside the snapshot and beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.goals import latest_value
from aop_lib.plan.owners import owner_name, team_name, team_owner
from aop_lib.plan.wording import listed, month_name, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

NOW, YEAR = "now", "year"
TOLERANCE = Decimal("0.01")


def claims(params: Params, assumptions: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns what each request and each goal says a metric is, beside what it is held against.

    Defined as::

        now    what a request `states`, a goal's `start` (while the year is planned): against the snapshot's value of the last closed month
               (the twelve months to it, where months add up)
        year   what a request `assumes` for the end of the planned year: against the target of the company's goal of that KPI;
               without such a goal there is no reference
        difference = claimed - reference

    Args:
        params: Goals, catalogue, owners of teams.
        assumptions: The frame `request_assumptions`.
        kpis: Actuals of metrics; those of the company count.

    Returns:
        The frame `claims`; values in the metric's unit.
    """
    rows = [*_of_requests(params, assumptions, kpis), *(() if params.is_review else _of_goals(params, kpis))]
    return conformed("claims", pd.DataFrame(rows)) if rows else empty("claims")


def _of_requests(params: Params, assumptions: pd.DataFrame, kpis: pd.DataFrame) -> Iterator[dict[str, Any]]:
    stated = [each for goal in params.goals.goals for each in goal.by_kpi()]
    targets = {each.kpi: (each.target, f"target of the goal {each.id}") for each in reversed(stated)}
    for row in assumptions.to_dict("records"):
        metric, about = row["metric"], row["about"]
        month = params.last_closed if about == NOW else params.year_months[-1]
        reference, label = _actual(params, metric, kpis) if about == NOW else targets.get(metric, (None, ""))
        names = {"kind": "request", "claim": row["request"], "team": row["team"], "owner": team_owner(params, row["team"]), "metric": metric, "about": about}
        yield _claim({**names, "where": row["where"]}, month, row["value"], reference, label)


def _of_goals(params: Params, kpis: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for goal in params.goals.goals:
        reference, label = _actual(params, goal.kpi, kpis)
        names = {"kind": "goal", "claim": goal.id, "team": "", "owner": goal.owner, "metric": goal.kpi, "about": NOW, "where": f"goals.yml, {goal.id}"}
        yield _claim(names, params.last_closed, goal.start, reference, label)


def _claim(names: dict[str, Any], month: pd.Timestamp, claimed: Decimal, reference: Decimal | None, label: str) -> dict[str, Any]:
    difference = None if reference is None else claimed - reference
    return {**names, "month": month, "claimed": claimed, "reference": reference, "difference": difference, "reference_label": label}


def _actual(params: Params, metric: str, kpis: pd.DataFrame) -> tuple[Decimal | None, str]:
    own = kpis[(kpis["metric"] == metric) & (kpis["team"] == "")]
    month, value = latest_value(params, params.metrics[metric], dict(zip(own["month"], own["value"], strict=True)))
    if month is None:
        return None, ""
    twelve = "twelve months to " if params.metrics[metric].aggregate == "sum" else ""
    return value, f"snapshot, {twelve}{month_name(month)}"


def claim_findings(params: Params, found: pd.DataFrame) -> list[Row]:
    """Returns a warning wherever teams count on different values of one metric, and wherever a request states what the snapshot does not show.

    A team that counts on the goal's target is right about it; the finding goes to the others by name.

    Args:
        params: For names of metrics, teams and owners.
        found: The frame `claims`.
    """
    own = found[found["kind"] == "request"]
    rows = [row for (metric, _), group in own[own["about"] == YEAR].groupby(["metric", "month"], sort=True) for row in _conflict(params, str(metric), group)]
    for row in own.to_dict("records"):
        rows += _apart(params, row)
    return rows


def _conflict(params: Params, metric: str, group: pd.DataFrame) -> Iterator[Row]:
    """Yields one finding where the requests of a metric do not say the same."""
    unit, label = _unit(params, metric), params.metrics[metric].label
    values = sorted(set(group["claimed"]))
    if len(values) < 2:
        return
    said = [f"{_names(params, group[group['claimed'] == value])} on {value_text(value, unit)}" for value in values]
    first = group.iloc[0]
    reference = None if pd.isna(first["reference"]) else first["reference"]
    wrong = group if reference is None else group[group["claimed"] != reference]
    yield finding(
        "warning", "claims", f"{label}, {month_name(first['month'])}", f"Teams count on different values: {listed(said)}",
        expected=f"{value_text(reference, unit)}, {first['reference_label']}" if reference is not None else "one value that all teams count on",
        found=" and ".join(value_text(value, unit) for value in values),
        owner="; ".join(owner_name(params, owner) for owner in dict.fromkeys(wrong["owner"])),
    )  # fmt: skip


def _names(params: Params, group: pd.DataFrame) -> str:
    pairs = dict.fromkeys(zip(group["team"], group["owner"], strict=True))
    return listed([f"{team_name(params, team)} ({owner_name(params, owner)})" for team, owner in pairs])


def _apart(params: Params, row: Mapping[Any, Any]) -> Iterator[Row]:
    """Yields a finding where one request is off its reference by more than 1 %; a conflict between teams is told apart from it."""
    if pd.isna(row["reference"]) or row["about"] != NOW or abs(row["difference"]) <= TOLERANCE * abs(row["reference"]):
        return
    unit, label = _unit(params, row["metric"]), params.metrics[row["metric"]].label
    yield finding(
        "warning", "claims", row["where"], f"{team_name(params, row['team'])} states {label} as the snapshot does not show it",
        expected=f"{value_text(row['reference'], unit)}, {row['reference_label']}", found=value_text(row["claimed"], unit),
        owner=owner_name(params, row["owner"]),
    )  # fmt: skip


def _unit(params: Params, metric: str) -> str:
    unit = params.metrics[metric].unit
    return params.company.reporting_currency if unit == "currency" else unit
