"""The first screen of the goals page: what the year must reach, where it stands, and what must be decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.periods import add_months, month_text
from aop_lib.plan import story
from aop_lib.plan.figure_keys import metric_key
from aop_lib.plan.goals import MARK, goal_progress
from aop_lib.plan.smart import LETTERS, lacking
from aop_lib.plan.wording import counted, day_name, listed, month_name, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params


def goal_story(
    params: Params,
    goals: pd.DataFrame,
    targets: pd.DataFrame,
    milestones: pd.DataFrame,
    findings: pd.DataFrame,
    kpis: pd.DataFrame,
    smart: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Returns the first screen of the goals page: what the year must reach, or, in a review, how many goals are on track.

    Args:
        params: Goals, metrics, owners.
        goals: The frame `goals`.
        targets: The frame `targets`.
        milestones: The frame `milestones`.
        findings: The frame `goal_findings`.
        kpis: Actuals per month.
        smart: The frame `smart`: who owns a goal that fails a test must mend it or drop it; a plan's title says how many do.
    """
    progress, main = goal_progress(params, targets, kpis), dict(zip(goals["goal"], goals["metric"], strict=True))
    company = progress[(progress["team"] == "") & (progress["metric"] == progress["goal"].map(main))]
    failed = pd.DataFrame(columns=["goal"]) if smart is None else smart[smart["result"] == "fail"]
    title = _review_title(params, goals) if params.is_review else _plan_title(params, goals, failed)
    late = milestones[milestones["status"] == "late"]
    rows = [story.message(title), *_figures(params, goals, company), *_decisions(params, goals, company, findings, failed), story.line(title)]
    if len(milestones):
        counts = [
            f"{int((milestones['status'] == status).sum())} {status}" for status in ("done", "late", "due", "planned") if (milestones["status"] == status).any()
        ]
        rows.append(story.line(f"Milestones: {', '.join(counts)}" + (f"; late: {listed(list(late['what']), 3)}" if len(late) else "")))
    return story.story_frame("goal_story", rows)


def _plan_title(params: Params, goals: pd.DataFrame, failed: pd.DataFrame) -> str:
    if goals.empty:
        return f"{params.label} has no goals: nothing says where the year must end"
    first = next(each for each in _by_weight(goals))
    unit = _unit(params, str(first["unit"]))
    way = f"{first['metric_name']} from {value_text(first['start'], unit)} to {value_text(first['target'], unit)} by {day_name(first['deadline'].date())}"
    unmeasured = int((goals["status"] == "not measured").sum())
    tail = f"; {unmeasured} cannot be measured yet" if unmeasured else ""
    weak = len(set(failed["goal"]))
    tail += f"; {weak} {'fails' if weak == 1 else 'fail'} a test of SMART" if weak else ""
    return f"{counted(len(goals), 'goal')} for {params.label}, led by {way}{tail}"


def _review_title(params: Params, goals: pd.DataFrame) -> str:
    if goals.empty:
        return f"{params.label}: no goals were set, so none can be reviewed"
    counts = goals["status"].value_counts()
    parts = [f"{counts[status]} {status}" for status in ("on track", "at risk", "off track", "not measured") if status in counts]
    return f"{params.label}: of {counted(len(goals), 'goal')}, {listed(parts)}"


def _by_weight(goals: pd.DataFrame) -> list[dict[Any, Any]]:
    return list(goals.sort_values(["weight", "goal"], ascending=[False, True], kind="stable").to_dict("records"))


def _unit(params: Params, unit: str) -> str:
    return params.company.reporting_currency if unit == "currency" else "count" if unit == "fte" else unit


def _figures(params: Params, goals: pd.DataFrame, company: pd.DataFrame) -> list[story.Row]:
    rows, done = [], {row["goal"]: row for row in company.to_dict("records")}
    for goal in _by_weight(goals)[:5]:
        unit, name, direction = _unit(params, goal["unit"]), goal["metric_name"], goal["direction"]
        if goal["goal"] in done:
            here = done[goal["goal"]]
            rows.append(
                story.figure(
                    name,
                    f"to {month_name(here['month'])}",
                    unit,
                    here["actual"],
                    reference=here["path"],
                    reference_label="plan",
                    direction=direction,
                    status=MARK[here["status"]],
                    explains=_key(params, goal["metric"], here["month"], params.year_months[0], ("sum", "mean")),
                )
            )
        elif not pd.isna(goal["latest_month"]):
            rows.append(
                story.figure(
                    name,
                    month_name(goal["latest_month"]),
                    unit,
                    goal["latest"],
                    reference=goal["target"],
                    reference_label="target",
                    direction=0,
                    explains=_key(params, goal["metric"], goal["latest_month"], add_months(goal["latest_month"], -11)),
                )
            )
    return rows


def _key(params: Params, metric: str, month: pd.Timestamp, since: pd.Timestamp, over: Sequence[str] = ("sum",)) -> str:
    """Returns the key of a KPI: over months where its figure is taken from several, else of the month."""
    return metric_key(metric, month_text(month), since=month_text(since) if params.metrics[metric].aggregate in over else "")


def _decisions(params: Params, goals: pd.DataFrame, company: pd.DataFrame, findings: pd.DataFrame, failed: pd.DataFrame) -> list[story.Row]:
    owners, statements = (dict(zip(goals["goal"], goals[column], strict=True)) for column in ("owner_name", "statement"))
    late = [_back_on_path(params, row, owners[row["goal"]]) for row in company[company["status"] == "off track"].to_dict("records")]
    open_ = failed if not params.is_review else failed.iloc[:0]
    faults = findings[(findings["severity"] == "error") & ~findings["where"].isin(set(open_["goal"]))].head(5).to_dict("records")
    mended = [
        story.decision(
            f"Mend “{statements.get(row['where'], row['where'])}”", f"{row['what']}: found {row['found']}, expected {row['expected']}.", owner=row["owner"]
        )
        for row in faults
    ]
    asked = [_mend(statements[goal], own, owners[goal]) for goal, own in open_.groupby("goal", sort=False)] if len(open_) else []
    return [*late, *mended, *asked]


def _mend(statement: str, failed: pd.DataFrame, owner: str) -> story.Row:
    names = lacking(sorted(failed["test"], key=list(LETTERS.values()).index))
    reasons = ". ".join(f"{reason[:1].upper()}{reason[1:]}" for reason in failed["reason"])
    return story.decision(f"Mend or drop “{statement}”: {names}", f"{reasons}. To pass: {'; '.join(failed['remedy'])}.", owner=owner)


def _back_on_path(params: Params, row: dict[Any, Any], owner: str) -> story.Row:
    unit = _unit(params, row["unit"])
    actual, path, target = (value_text(row[key], unit) for key in ("actual", "path", "target"))
    needed = f" {value_text(row['needed'], unit)} a month needed from here." if pd.notna(row["needed"]) else ""
    text = f"{actual} to {month_name(row['month'])} against {path} on the path to {target}.{needed}"
    return story.decision(f"Bring {row['metric_name']} back on its path", text, owner=owner, amount=abs(row["gap"]) if row["unit"] == "currency" else None)
