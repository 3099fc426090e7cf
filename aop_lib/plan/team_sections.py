"""The sections of a team's page, each built from the team's own rows: what is expected, planned, asked, given, spent and found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import money
from aop_lib.display import with_shown
from aop_lib.plan.owners import owner_name, team_name, team_owner
from aop_lib.plan.reader_explanation import SPENT
from aop_lib.plan.wording import amount_text, counted, day_name, listed, months_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

Own = dict[str, pd.DataFrame]
Section = dict[str, Any]
COSTS = ("cost_of_revenue", "opex")
WITH_TEAM = (
    "targets", "ratio_targets", "goal_progress", "milestones", "initiatives", "responsibilities", "requests", "request_status", "request_rounds", "budget",
    "variances", "allocation", "year_end_estimate",
)  # fmt: skip
QUARTERS = ("q1", "q2", "q3", "q4")


def own_rows(teams: Sequence[str], frames: Mapping[str, pd.DataFrame]) -> Own:
    """Returns the rows of some teams alone, frame by frame, with `costs`: the budget of their cost accounts.

    Args:
        teams: The teams.
        frames: Whole frames; a frame that is not there counts as having no rows of theirs.
    """
    own: Own = {name: frames[name][frames[name]["team"].isin(list(teams))] for name in WITH_TEAM if name in frames}
    kinds = dict(zip(frames["lines"]["line"], frames["lines"]["type"], strict=True))
    cost = {row["account"] for row in frames["accounts"].to_dict("records") if kinds.get(row["line"]) in COSTS}
    names = dict(zip(frames["accounts"]["account"], frames["accounts"]["name"], strict=True))
    own["costs"] = own["budget"][own["budget"]["account"].isin(cost)]
    own["costs"] = own["costs"].assign(name=own["costs"]["account"].map(names))
    own["year_end_estimate"] = own["year_end_estimate"][own["year_end_estimate"]["account"].isin(cost)]
    own["points"] = frames["request_points"][frames["request_points"]["request"].isin(set(own["requests"]["request"]))]
    spent = own["variances"][own["variances"]["account"].isin(cost)]
    own["variances"] = spent.assign(name=spent["account"].map(names))
    names_of = set(frames["teams"].loc[frames["teams"]["team"].isin(list(teams)), "name"])
    places = {*teams, *own["requests"]["request"], *own["milestones"]["milestone"], *own["initiatives"]["initiative"]}
    found = [frame[[_is_about(each, places, names_of) for each in frame["where"]]] for name, frame in frames.items() if name.endswith("_findings")]
    own["findings"] = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["severity", "where", "what", "expected", "found", "owner"])
    return own


def _is_about(where: str, places: Collection[str], names: Collection[str]) -> bool:
    """Returns whether a finding's place is one of a team's own, or begins with its name."""
    return where in places or where.partition(", ")[0] in names


def expected(params: Params, team: str, own: Own) -> Section | None:
    """Returns what is expected of the team: each target by quarter, and how it is measured."""
    rows, measured = [], []
    goals = {goal.id: goal for goal in params.goals.goals}
    for (goal, metric, who), part in own["targets"].groupby(["goal", "metric", "team"], sort=False):
        months = dict(zip(part["month"], part["value"], strict=True))
        rows.append(_target_row(params, str(metric), goals[str(goal)].statement, str(who) if who != team else "", months))
        measured.append(str(metric))
    told = set(zip(own["targets"]["goal"], own["targets"]["metric"], own["targets"]["team"], strict=True))
    for (goal, metric, who), part in own["ratio_targets"].groupby(["goal", "metric", "team"], sort=False):
        if (goal, metric, who) in told:
            continue
        months = {month: value for month, value in zip(part["month"], part["value"], strict=True) if not pd.isna(value)}
        rows.append(_target_row(params, str(metric), goals[str(goal)].statement, str(who) if who != team else "", months))
        measured.append(str(metric))
    served = _served(params, team)
    if not rows and not served:
        return told_section("No target is handed to this team", "To hand one down, name the team under a goal in goals.yml.", [])
    serves = [
        told_table("Goals it contributes to", served, {"statement": "Goal", "target": "Company's target", "by": "By"}, kinds={"target": "figure"}, why="owner")
    ]
    if not rows:
        return told_section(
            f"{team_name(params, team)} contributes to {counted(len(served), 'goal')} and has no target of its own", "goals of the company", serves
        )
    heads = {"label": "Target", **{name: name.upper() for name in QUARTERS}, "year": params.year_label}
    table = told_table("Targets by quarter", rows, heads, kinds=dict.fromkeys((*QUARTERS, "year"), "figure"), why="why")
    how = [{"metric": params.metrics[name].label, "is": params.metrics[name].definition, "source": params.metrics[name].source or "formula of the catalogue"}
           for name in dict.fromkeys(measured)]  # fmt: skip
    fold = told_table("How each is measured", how, {"metric": "KPI", "is": "What it is", "source": "Source"})
    names = listed([params.metrics[name].label for name in dict.fromkeys(measured)], 3)
    return told_section(
        f"Expected of {team_name(params, team)}: {names}",
        "Targets by quarter: sums where months add up, else the quarter's end",
        [table],
        [fold, *(serves if served else [])],
    )


def _served(params: Params, team: str) -> list[dict[str, str]]:
    """Returns the company's goals that the team's lead owns or contributes to."""
    lead, rows = team_owner(params, team), []
    for goal in params.goals.goals:
        if lead in {goal.owner, *goal.contributors}:
            entry = params.metrics[goal.kpi]
            unit = params.company.reporting_currency if entry.unit == "currency" else entry.unit
            rows.append(
                {"statement": goal.statement, "owner": owner_name(params, goal.owner), "target": value_text(goal.target, unit), "by": day_name(goal.deadline)}
            )
    return rows


def _target_row(params: Params, metric: str, statement: str, who: str, months: Mapping[Any, Any]) -> dict[str, str]:
    entry = params.metrics[metric]
    unit = params.company.reporting_currency if entry.unit == "currency" else entry.unit
    quarters = [[Decimal(months[month]) for month in params.year_months[first : first + 3] if month in months] for first in (0, 3, 6, 9)]
    adds = entry.aggregate == "sum"
    figures = [(sum(each, Decimal(0)) if adds else each[-1]) if each else None for each in quarters]
    known = [each for each in figures if each is not None]
    year = (sum(known, Decimal(0)) if adds else known[-1]) if known else None
    label = f"{entry.label}, {team_name(params, who)}" if who else entry.label
    shown = {name: value_text(value, unit) if value is not None else "n/m" for name, value in zip((*QUARTERS, "year"), [*figures, year], strict=True)}
    return {"label": label, "why": statement, **shown}


def work(params: Params, team: str, own: Own) -> Section | None:
    """Returns the team's initiatives and its milestones with their state."""
    rows = [
        {
            "what": each["what"],
            "who": owner_name(params, each["owner"]),
            "due": day_name(each["due"].date()),
            "measure": each["measure"],
            "status": each["status"],
        }
        for each in own["milestones"].sort_values(["due", "milestone"]).to_dict("records")
    ]
    plans = [
        {"what": each["what"], "who": each["accountable_name"], "end": day_name(each["end"].date()), "funding": each["funding"]}
        for each in own["initiatives"].to_dict("records")
    ]
    if not rows and not plans:
        return told_section("This team has no plan yet", f"To add one, write plans/{team}.yml: initiatives, milestones, owners.", [])
    counts = own["milestones"]["status"].value_counts()
    states = listed([f"{counts[state]} {state}" for state in ("late", "due", "planned", "done") if state in counts])
    finding = f"{counted(len(plans), 'initiative')}, {counted(len(rows), 'milestone')}{f': {states}' if states else ''}"
    steps = told_table(
        "Milestones", rows, {"what": "Milestone", "measure": "Done when", "due": "Due", "status": "State"}, kinds={"status": "status"}, why="who"
    )
    made = told_table("Initiatives", plans, {"what": "Initiative", "end": "To", "funding": "Money"}, kinds={"funding": "status"}, why="who")
    return told_section(finding, f"{team_name(params, team)}, what it set out to do", [steps] if rows else [made], [made] if rows and plans else [])


def given(params: Params, team: str, own: Own) -> Section | None:
    """Returns the team's budget by account and quarter."""
    costs = own["costs"]
    if costs.empty:
        return told_section("This team has no costs in the budget", "Cost centres are named in company.yml.", [])
    rows = []
    for name, part in costs.groupby("name", sort=True):
        quarters = [money.total(part.loc[part["month"].isin(params.year_months[first : first + 3]), "amount"]) for first in (0, 3, 6, 9)]
        rows.append(
            {"name": str(name), **{quarter: str(amount) for quarter, amount in zip(QUARTERS, quarters, strict=True)}, "year": str(sum(quarters, Decimal(0)))}
        )
    rows.sort(key=lambda row: -Decimal(row["year"]))
    whole, first = money.total(costs["amount"]), rows[0]
    share = f", {percent_text(Decimal(first['year']) / whole, 0)} of it {first['name']}" if whole > 0 else ""
    heads = {"name": "Account", **{name: name.upper() for name in QUARTERS}, "year": params.year_label}
    table = told_table("Budget by account", rows, heads, kinds=dict.fromkeys((*QUARTERS, "year"), "money"), total="All costs")
    return told_section(f"{amount_text(whole)} to spend{share}", f"{team_name(params, team)}, costs by account and quarter", [table])


def done(params: Params, team: str, own: Own) -> Section | None:
    """Returns, in a review, the team's costs against plan by account, the worst first."""
    if not params.is_review or own["variances"].empty:
        return None
    shown = with_shown(cost_rows(own["variances"]), params.company.reporting_currency)
    whole, worst = shown.iloc[-1], shown.iloc[0]
    side = f"{amount_text(abs(whole['variance_shown']))} {'under' if whole['variance_shown'] >= 0 else 'over'} plan" if whole["variance_shown"] else "on plan"
    limits = params.company.materiality
    is_told = -worst["variance_shown"] >= limits.amount and worst["variance_shown"] < 0
    tail = f"; {worst['label']} is farthest over, by {amount_text(-worst['variance_shown'])}" if is_told else ""
    names = ("label", "why", "style", "direction", "actual", "plan", "explains")
    rows = [{name: str(row[name]) for name in names} for row in shown.to_dict("records")]
    table = {"label": "Costs against plan", "rows": rows, "columns": [], "total": "", "period": months_name(params.review_months)}
    return told_section(f"Costs to date are {side}{tail}", f"{team_name(params, team)}, costs by account", [table])


def cost_rows(variances: pd.DataFrame) -> pd.DataFrame:
    """Returns costs by account with their total as a variance table takes them, the worst first: label, why, style, direction, actual, plan."""
    sums = variances.groupby("name", sort=True)[["actual", "budget"]].sum()
    found = sorted(((str(name), Decimal(a), Decimal(b)) for name, a, b in sums.itertuples()), key=lambda row: row[2] - row[1])
    whole = ("All costs", sum((row[1] for row in found), Decimal(0)), sum((row[2] for row in found), Decimal(0)))
    rows = pd.DataFrame([*found, whole], columns=["label", "actual", "plan"], dtype=object)
    return rows.assign(why="", style=[*[""] * len(found), "total"], direction=-1, explains=[*[""] * len(found), SPENT])


def progress(params: Params, team: str, own: Own) -> Section | None:
    """Returns, in a review, where each of the team's KPIs stands on its path."""
    rows = []
    for each in own["goal_progress"].to_dict("records"):
        unit = params.company.reporting_currency if each["unit"] == "currency" else str(each["unit"])
        figures = {name: value_text(Decimal(each[name]), unit) if not pd.isna(each[name]) else "n/m" for name in ("actual", "path", "target", "needed")}
        rows.append({"label": each["metric_name"], "status": each["status"], **figures})
    if not rows:
        return None
    heads = {"label": "KPI", "actual": "To date", "path": "Path", "target": "Year", "needed": "Needed a month", "status": "Status"}
    kinds = dict.fromkeys(("actual", "path", "target", "needed"), "figure") | {"status": "status"}
    behind = [row["label"] for row in rows if row["status"] in {"at risk", "off track"}]
    finding = f"Behind its path: {listed(behind, 3)}" if behind else f"{counted(len(rows), 'KPI')} on track"
    return told_section(finding, f"{team_name(params, team)}, to date against the path", [told_table("Progress", rows, heads, kinds=kinds)])


def findings(params: Params, team: str, own: Own) -> Section | None:
    """Returns the findings about the team, its requests, milestones and initiatives."""
    rows = [{name: str(each[name]) for name in ("severity", "what", "expected", "found", "owner")} for each in own["findings"].to_dict("records")]
    if not rows:
        return None
    heads = {"what": "What was found", "severity": "Weight", "found": "Found", "expected": "Expected"}
    table = told_table("Findings", rows, heads, kinds={"severity": "status"}, why="owner")
    return told_section(f"{counted(len(rows), 'finding')} to look at", team_name(params, team), [table])


def roles(params: Params, team: str, own: Own) -> Section | None:
    """Returns who answers for what in the team, folded."""
    rows = [
        {"person": each["person_name"], "role": each["role"], "title": each["title"], "kind": each["kind"]}
        for each in own["responsibilities"].sort_values(["person_name", "role", "kind", "item"]).to_dict("records")
    ]
    if not rows:
        return None
    table = told_table("Roles", rows, {"person": "Who", "role": "Is", "title": "For", "kind": "Kind"})
    people = len({row["person"] for row in rows})
    return told_section(
        f"{counted(people, 'person', 'people')} with {counted(len(rows), 'role')}", f"{team_name(params, team)}, who answers for what", [], [table]
    )


def told_section(
    finding: str, what: str, tables: list[dict[str, Any]], folds: list[dict[str, Any]] | None = None, charts: list[dict[str, Any]] | None = None
) -> Section:
    """Returns a section of a team's page.

    Args:
        finding: Its heading, a sentence.
        what: Who, what, when.
        tables: As `told_table` returns them.
        folds: Tables that stand folded.
        charts: Amounts by month: `rows` of month, series and value, `alt`, `last_closed`; they stand before the tables.
    """
    return {"finding": finding, "what": what, "tables": tables, "folds": folds or [], "charts": charts or []}


def told_table(
    label: str, rows: Sequence[Mapping[str, str]], heads: Mapping[str, str], kinds: Mapping[str, str] | None = None, why: str = "", total: str = ""
) -> dict[str, Any]:
    """Returns a table of a team's page as plain texts: label, rows, columns with their headers and kinds, the name of its total.

    Args:
        label: What a screen reader says.
        rows: Texts by column.
        heads: Columns and what stands over them, in their order.
        kinds: Kinds of columns that are no text.
        why: A column whose text stands small under the first one's.
        total: Names the row of sums; empty for none.
    """
    columns = [
        {"name": name, "header": header, "kind": (kinds or {}).get(name, "text"), "why": why if not place else ""}
        for place, (name, header) in enumerate(heads.items())
    ]
    return {"label": label, "rows": [dict(row) for row in rows], "columns": columns, "total": total}
