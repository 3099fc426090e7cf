"""The cascade and the progress of goals as tables in words: stretch, ratios and their parts, people, and each KPI's arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.display import scale_of
from aop_lib.money import CENT
from aop_lib.plan.expected import BASIS
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.quotients import quotient
from aop_lib.plan.story import WATCH
from aop_lib.plan.wording import MINUS, NBSP, counted, listed, month_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

SPLIT_BY = {"stated": "by stated shares", "history": "by what each team had", "capacity": "by capacity"}


def stretch_view(params: Params, stretch: pd.DataFrame) -> pd.DataFrame:
    """Returns each step in which a target is handed down, in words: label, why, target, parts, stretch, share."""
    rows = [_stretch_row(params, each) for each in stretch.to_dict("records")]
    return pd.DataFrame(rows, columns=["label", "why", "target", "parts", "stretch", "share"])


def _stretch_row(params: Params, each: Mapping[Any, Any]) -> dict[str, str]:
    unit = unit_of_metric(params, str(each["metric"]))
    above = team_name(params, each["parent"]) if each["parent"] else params.company.name
    share = "n/m" if pd.isna(each["stretch_share"]) else _signed(percent_text(Decimal(str(each["stretch_share"])).copy_abs()), each["stretch"])
    return {
        "label": f"{params.metrics[each['metric']].label}: {above}", "why": f"{SPLIT_BY[each['split_by']]}, to {counted(each['teams'], 'team')}",
        "target": value_text(each["target"], unit), "parts": value_text(each["parts"], unit),
        "stretch": _signed(value_text(abs(each["stretch"]), unit), each["stretch"]), "share": share,
    }  # fmt: skip


def stretch_heading(params: Params, stretch: pd.DataFrame) -> str:
    """Returns where the teams together carry more or less than the company asks."""
    apart = stretch[(stretch["parent"] == "") & (stretch["stretch"] != 0)]
    if apart.empty:
        return "What the teams owe sums to the company's targets, to the last unit"
    told = []
    for each in apart.to_dict("records"):
        unit, size = unit_of_metric(params, str(each["metric"])), abs(each["stretch"])
        told.append(f"{value_text(size, unit)} {'more' if each['stretch'] > 0 else 'less'} {params.metrics[each['metric']].label}")
    return f"Together the teams owe {listed(told, 3)} than the company's target"


def ratio_view(params: Params, ratios: pd.DataFrame) -> pd.DataFrame:
    """Returns each ratio's target for the year with the parts it is made of, company first: label, why, style, above, below, ratio.

    Defined as::

        year    parts whose months add up: their sums, and the ratio of the sums; others: the year's last month
    """
    rows: list[dict[str, str]] = []
    for (_, metric), own in ratios.groupby(["goal", "metric"], sort=False):
        made = quotient(params, str(metric))
        year = own if made is not None and made.adds_up else own[own["month"] == own["month"].max()]
        places = own.drop_duplicates("team").sort_values("level", kind="stable")
        rows += [_ratio_row(params, place, year[year["team"] == place["team"]]) for place in places.to_dict("records")]
    return pd.DataFrame(rows, columns=["label", "why", "style", "above", "below", "ratio"])


def _ratio_row(params: Params, place: Mapping[Any, Any], year: pd.DataFrame) -> dict[str, str]:
    above, below = (sum((Decimal(each) for each in year[side]), Decimal(0)) for side in ("numerator", "denominator"))
    metric = params.metrics[place["metric"]]
    unit = unit_of_metric(params, str(place["metric"]))
    made = quotient(params, str(place["metric"]))
    parts = [_part_unit(params, piece) for piece in ((made.above_unit, made.below_unit) if made else (Decimal(1), Decimal(1)))]
    return {
        "label": team_name(params, place["team"]) if place["team"] else metric.label,
        "why": "" if place["team"] else f"{_bracketed(place['numerator_name'])} ÷ {_bracketed(place['denominator_name'])}",
        "style": "" if place["team"] else "head", "above": value_text(above, parts[0]), "below": value_text(below, parts[1]),
        "ratio": value_text(above / below, unit) if below > 0 else "n/m",
    }  # fmt: skip


def _part_unit(params: Params, piece: Decimal) -> str:
    return params.company.reporting_currency if piece == CENT else "count" if piece == 1 else "ratio"


def _bracketed(words: str) -> str:
    return f"({words})" if " − " in words or " + " in words else words


def ratio_heading(params: Params, ratios: pd.DataFrame) -> str:
    """Returns how many ratios are told by their parts, and how many of them are handed to teams."""
    metrics = list(dict.fromkeys(ratios["metric"]))
    handed = set(ratios.loc[ratios["team"] != "", "metric"])
    names = listed([params.metrics[each].label for each in metrics], 3)
    tail = f"; {len(handed)} of them handed to teams" if handed else "; none handed to teams"
    return f"{counted(len(metrics), 'ratio')} by what {'they are' if len(metrics) != 1 else 'it is'} made of: {names}{tail}"


def person_view(params: Params, targets: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Returns what each person answers for, in words: label, why, q1 … q4, year.

    Args:
        params: Metrics, owners, teams.
        targets: The frame `person_targets`.
        people: The frame `people`, for names.
    """
    names = dict(zip(people["person"], people["name"], strict=True))
    rows = []
    for (goal, metric, team, person), own in targets.groupby(["goal", "metric", "team", "person"], sort=False):
        del goal
        months = dict(zip(own["month"], own["value"], strict=True))
        quarters = [[months[month] for month in params.year_months[first : first + 3]] for first in (0, 3, 6, 9)]
        is_sum, unit = params.metrics[str(metric)].aggregate == "sum", unit_of_metric(params, str(metric))
        figures = [sum(each, Decimal(0)) if is_sum else each[-1] for each in quarters]
        figures.append(sum(figures, Decimal(0)) if is_sum else figures[-1])
        texts = dict(zip(("q1", "q2", "q3", "q4", "year"), (value_text(each, unit) for each in figures), strict=True))
        name = names.get(str(person)) or owner_name(params, str(person))
        rows.append({"label": name, "why": f"{params.metrics[str(metric)].label}, {team_name(params, str(team))}", **texts})
    return pd.DataFrame(rows, columns=["label", "why", "q1", "q2", "q3", "q4", "year"])


def person_heading(targets: pd.DataFrame) -> str:
    """Returns how many people answer for a part of a team's target."""
    people, teams = (len(set(targets[column])) for column in ("person", "team"))
    return f"{counted(people, 'person', 'people')} of {counted(teams, 'team')} {'answers' if people == 1 else 'answer'} for a share of the team's target"


def progress_heading(progress: pd.DataFrame) -> str:
    """Returns how the KPIs of the company moved since the last review, or that there is none before this one."""
    own = progress[progress["team"] == ""]
    counts = own["change"].value_counts()
    parts = [f"{int(counts[change])} {change}" for change in ("better", "worse", "unchanged") if counts.get(change)]
    leading = own[(own["role"] == "leading") & (own["status"] != "on track")]
    warning = f"; {counted(len(leading), 'leading KPI')} behind {'their' if len(leading) != 1 else 'its'} path" if len(leading) else ""
    return f"{'Since the last review: ' + listed(parts) if parts else 'The first review of the year'}{warning}"


def progress_view(params: Params, progress: pd.DataFrame) -> pd.DataFrame:
    """Returns every KPI's progress in words: label, why, actual, path, gap, reached, target, needed, status, then (the last review).

    An amount is told finely enough to see why its KPI is on or off its path.
    """
    order = {goal.id: place for place, goal in enumerate(params.goals.goals)}
    rows = sorted(progress.to_dict("records"), key=lambda row: (order[row["goal"]], row["role"] != "lagging", row["metric"], row["team"]))
    return pd.DataFrame(
        [_progress_row(params, row) for row in rows], columns=["label", "why", "actual", "path", "gap", "reached", "target", "needed", "status", "then"]
    )


def _progress_row(params: Params, row: Mapping[Any, Any]) -> dict[str, str]:
    is_sum = params.metrics[row["metric"]].aggregate == "sum"
    needed = "" if pd.isna(row["needed"]) else (_fine if is_sum else _change)(params, row, abs(row["needed"]))
    move = _signed(needed, row["needed"]) if needed and not is_sum else f"{MINUS}{needed}" if needed and row["needed"] < 0 else needed
    before = "" if pd.isna(row["before_actual"]) else _fine(params, row, row["before_actual"])
    month = "" if pd.isna(row["before_month"]) else f" in {month_name(row['before_month'])}"
    whose = team_name(params, row["team"]) if row["team"] else params.company.name
    then = f"{before} at the start" if before and not month else f"{row['before_status']}, {before}{month}" if before else row["before_status"]
    changed = f" ({row['change']})" if row["change"] in {"better", "worse", "unchanged"} else ""
    return {
        "label": row["metric_name"], "why": f"{whose}, {row['role']}, {month_name(row['month'])}",
        "actual": _fine(params, row, row["actual"]), "path": _fine(params, row, row["path"]), "target": _fine(params, row, row["target"]),
        "gap": _signed(_change(params, row, abs(row["gap"])), row["gap"]),
        "reached": percent_text(None if pd.isna(row["attainment"]) else row["attainment"]),
        "needed": move, "status": row["status"], "then": f"{then}{changed}",
    }  # fmt: skip


def _fine(params: Params, row: Mapping[Any, Any], value: Decimal) -> str:
    if row["unit"] != "currency" or params.metrics[row["metric"]].per:
        return value_text(value, unit_of_metric(params, str(row["metric"])))
    scale = scale_of([row["actual"], row["path"], row["target"]], "")
    return f"{scale.rounded(value):,}{NBSP}{scale.name.strip()}".strip().replace("-", MINUS)


def _change(params: Params, row: Mapping[Any, Any], size: Decimal) -> str:
    return _fine(params, row, size).replace("%", "pp") if row["unit"] == "pct" else _fine(params, row, size)


def progress_rule(params: Params) -> str:
    """Returns the rule by which a KPI is on track, at risk or off track, with its limits."""
    watch = percent_text(params.cycle.status_limits.get("watch", WATCH), 0)
    return (
        f"on track at or beyond the path to date, at risk down to {watch} of it, else off track; needed is per month to the deadline, for a level its change. "
        "At the last review: the same figures out of the same snapshot at the close of the quarter (or month) before; at the year's first, the starting value."
    )


def cascade_sources() -> str:
    """Returns how targets are split, as the sources of the section tell it."""
    return (
        "Months: evenly, by the last twelve closed months, or by workdays (Monday to Friday without the company's holidays); levels and ratios "
        "in equal steps. Teams: stated shares, the share of each team in the last twelve closed months (history), or in the heads at its end "
        f"(capacity). Parts are cut to whole units by the largest remainder, so that they sum exactly. {BASIS}"
    )


def unit_of_metric(params: Params, metric: str) -> str:
    """Returns the unit in which a metric's values are told: the reporting currency's code or the catalogue's unit."""
    unit = params.metrics[metric].unit
    return params.company.reporting_currency if unit == "currency" else unit


def _signed(text: str, value: Decimal) -> str:
    return text if not value else f"{'+' if value > 0 else MINUS}{text}"
