"""Goals as a reader gets them: the five tests as a table, the goal tree, levers, milestones and progress, each in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan.driver_tree import driver_tree
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.smart import LETTERS, lacking
from aop_lib.plan.target_table import quarter_targets
from aop_lib.plan.wording import NBSP, counted, day_name, listed, month_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

RULES = (
    "Specific: one KPI, one direction, and a statement that says the target. Measurable: actuals through the last closed month, of thirteen months or "
    "more. Achievable: the change that the target asks for, beside every change over as many months in the KPI's own history; pass where a quarter of "
    "them or more did as much, weak where fewer did but the change is within 1.5 times the best ever (or fewer than four can be compared), fail beyond; "
    "a target beyond a stated benchmark, or beyond what today's drivers lead to by the driver model (by more than a twentieth of the change), is at most "
    "weak, one that they reach is weak at least. Relevant: a stated objective, a weight above zero, a measured lever. "
    "Time-bound: a deadline in the year, a milestone before it in the first half of the time, an owner for each."
)
LEVER_RULES = (
    "What 1 % more of a lever does to the goal's KPI, all others as they are, and what that lever alone would have to be for the target; n/m where it "
    "cannot do it alone between nothing and five times today, or does not move the KPI one way. A KPI that is an opening and flows is carried on to the "
    "deadline at the pace of the last twelve months; one whose months add up is taken over twelve months; any other at the last closed month."
)


def smart_table(params: Params, smart: pd.DataFrame) -> pd.DataFrame:
    """Returns the tests as a table: statement, owner_name and a column for each letter, the goal with most trouble first."""
    rows = []
    for place, goal in enumerate(params.goals.goals):
        results = _results(smart, goal.id)
        trouble = sum({"fail": 10, "weak": 1}.get(each, 0) for each in results.values())
        rows.append((-trouble, place, {"statement": goal.statement, "owner_name": owner_name(params, goal.owner), **results}))
    return pd.DataFrame([row for *_, row in sorted(rows, key=lambda each: each[:2])], columns=["statement", "owner_name", *LETTERS])


def _results(smart: pd.DataFrame, goal: str) -> dict[str, str]:
    own = smart[smart["goal"] == goal]
    found = dict(zip(own["letter"], own["result"], strict=True))
    return {letter: found[letter] for letter in LETTERS}


def smart_heading(params: Params, smart: pd.DataFrame) -> str:
    """Returns how many goals pass every test, which fail and in what."""
    if smart.empty:
        return "No goal is set, so none is tested"
    failing = {goal.statement: _failed(smart, goal.id) for goal in params.goals.goals}
    failing = {statement: letters for statement, letters in failing.items() if letters}
    passed = sum(set(_results(smart, goal.id).values()) == {"pass"} for goal in params.goals.goals)
    start = f"{passed} of {counted(len(params.goals.goals), 'goal')} {'passes' if passed == 1 else 'pass'} all five tests"
    if not failing:
        return f"{start}; none fails one"
    most = max(failing, key=lambda statement: len(failing[statement]))
    what = f"“{most}” is {lacking([LETTERS[each] for each in failing[most]])}"
    return f"{start}; {what}" if len(failing) == 1 else f"{start}; {len(failing)} fail one, and {what}"


def _failed(smart: pd.DataFrame, goal: str) -> list[str]:
    return [letter for letter, result in _results(smart, goal).items() if result == "fail"]


def goal_cards(params: Params, goals: pd.DataFrame, progress: pd.DataFrame) -> pd.DataFrame:
    """Returns one card per goal in the order of the file: goal, statement, about (who, what for, weight), way (KPI from, to, by), stands, status.

    Args:
        params: Goals, objectives, owners.
        goals: The frame `goals`.
        progress: The frame `goal_progress`.
    """
    objectives = {each.id: each.statement for each in params.goals.objectives}
    by_id = {row["goal"]: row for row in goals.to_dict("records")}
    reached = {(row["goal"], row["metric"]): row for row in progress[progress["team"] == ""].to_dict("records")}
    rows = []
    for goal in params.goals.goals:
        row = by_id[goal.id]
        start, target = (_said(params, row["unit"], row[key]) for key in ("start", "target"))
        helped = f" with {listed([owner_name(params, each).partition(',')[0] for each in goal.contributors])}" if goal.contributors else ""
        about = f"{row['owner_name']}{helped} · for “{objectives.get(goal.objective, goal.objective)}” · weight {percent_text(goal.weight, 0)} · {goal.id}"
        way = f"{row['metric_name']} from {start} to {target} by {day_name(goal.deadline)}"
        stands = _stands(params, row, reached.get((goal.id, goal.kpi)))
        rows.append({"goal": goal.id, "statement": goal.statement, "about": about, "way": way, "status": row["status"], "stands": stands})
    return pd.DataFrame(rows, columns=["goal", "statement", "about", "way", "status", "stands"])


def _said(params: Params, unit: str, value: Decimal) -> str:
    return value_text(Decimal(value), params.company.reporting_currency if unit == "currency" else unit)


def _stands(params: Params, goal: Mapping[Any, Any], here: Mapping[Any, Any] | None) -> str:
    if here is not None:
        actual, path = (_said(params, here["unit"], here[key]) for key in ("actual", "path"))
        needed = "" if pd.isna(here["needed"]) else f"; {_said(params, here['unit'], here['needed'])} a month needed from here"
        return f"{actual} to {month_name(here['month'])} against {path} on its path{needed}"
    if pd.isna(goal["latest_month"]):
        return "Not measured yet"
    return f"Stands at {_said(params, goal['unit'], goal['latest'])} in {month_name(goal['latest_month'])}"


def lever_view(params: Params, levers: pd.DataFrame) -> pd.DataFrame:
    """Returns levers in words: goal, label, per, value, moves (the KPI, for 1 % more), needed, change."""
    rows = []
    for row in levers.to_dict("records"):
        has = {key: not pd.isna(row[key]) for key in ("value", "elasticity", "needed")}
        moves = f"{'+' if row['elasticity'] >= 0 else ''}{percent_text(Decimal(row['elasticity']) / 100, 2)}" if has["elasticity"] else "not known"
        change = f"{'+' if row['change'] >= 0 else ''}{percent_text(Decimal(str(row['change'])))}" if has["needed"] else row["note"]
        needed, value = (_said(params, row["unit"], row[key]) if has[key] else "n/m" for key in ("needed", "value"))
        rows.append({"goal": row["goal"], "label": row["label"], "per": row["per"], "value": value, "moves": moves, "needed": needed, "change": change})
    return pd.DataFrame(rows, columns=["goal", "label", "per", "value", "moves", "needed", "change"])


def goal_quarters(params: Params, goal_kpis: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Returns `quarter_targets` of each goal under each other, with the goal's id."""
    tables = [quarter_targets(params, goal_kpis[goal_kpis["goal"] == goal.id], targets).assign(goal=goal.id) for goal in params.goals.goals]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["goal"])


def goal_steps(params: Params, milestones: pd.DataFrame) -> pd.DataFrame:
    """Returns the milestones of goals in order of day: goal, what, who (team and owner), due, measure, status."""
    ordered = milestones[milestones["goal"] != ""].sort_values(["due", "milestone"], kind="stable")
    who = [f"{team_name(params, team)}{NBSP}· {name}" if team else name for team, name in zip(ordered["team"], ordered["owner_name"], strict=True)]
    return ordered.assign(who=who)[["goal", "what", "who", "due", "measure", "status"]]


def goal_trees(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the driver trees of all goals' KPIs under each other, with the goal's id; see `driver_tree`."""
    trees = [driver_tree(params, kpis, goal.kpi, 3).assign(goal=goal.id) for goal in params.goals.goals]
    return pd.concat(trees, ignore_index=True) if trees else pd.DataFrame(columns=["goal"])


def goal_tree(params: Params, goals: pd.DataFrame, smart: pd.DataFrame, progress: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Returns the goal tree from the company to the teams: depth (0 company to 3 team), label, why, kpi, figure, status.

    Objectives without a goal are in it too; a team stands below each goal whose main KPI it has a part of. The status of a goal is, in a
    review, that of its progress, else the worst of its five tests; a team has one in a review where it is measured.

    Args:
        params: Company, objectives, teams.
        goals: The frame `goals`.
        smart: The frame `smart`.
        progress: The frame `goal_progress`.
        targets: The frame `targets`.
    """
    rows = [{"depth": 0, "label": params.company.name, "why": params.label, "kpi": "", "figure": "", "status": ""}]
    statements = {each.id: each.statement for each in params.goals.objectives}
    for objective in params.goals.objectives:
        serves = f"serves “{statements[objective.serves]}”" if objective.serves in statements else ""
        rows.append({"depth": 1, "label": objective.statement, "why": serves, "kpi": "", "figure": "", "status": ""})
        for row in goals[goals["objective"] == objective.id].to_dict("records"):
            rows += _branch(params, row, smart, progress, targets[(targets["goal"] == row["goal"]) & (targets["metric"] == row["metric"])])
    return pd.DataFrame(rows)


def _branch(params: Params, goal: Mapping[Any, Any], smart: pd.DataFrame, progress: pd.DataFrame, own: pd.DataFrame) -> list[dict[str, Any]]:
    start, target = (_said(params, goal["unit"], goal[key]) for key in ("start", "target"))
    status = goal["status"] if params.is_review else _worst(_results(smart, goal["goal"]))
    here = progress[(progress["goal"] == goal["goal"]) & (progress["metric"] == goal["metric"])]
    known = dict(zip(here["team"], here["status"], strict=True))
    rows = [
        {
            "depth": 2, "label": goal["statement"], "why": goal["owner_name"], "kpi": goal["metric_name"], "figure": f"{start} → {target}", "status": status,
        }
    ]  # fmt: skip
    is_sum = params.metrics[goal["metric"]].aggregate == "sum"
    for team, level in _below(params, own):
        ordered = own[own["team"] == team].sort_values("month")["value"]
        value = _said(params, goal["unit"], sum(ordered, Decimal(0)) if is_sum else ordered.iloc[-1])
        label = f"{NBSP * 3 * (level - 1)}{team_name(params, team)}"
        rows.append({"depth": 3, "label": label, "why": "", "kpi": "", "figure": value, "status": known.get(team, "")})
    return rows


def _below(params: Params, own: pd.DataFrame, parent: str = "") -> list[tuple[str, int]]:
    """Returns teams with their level, each after the group whose part it is taken from."""
    places = own[(own["team"] != "") & (own["parent"] == parent)].drop_duplicates("team")
    order = [each.id for each in params.company.teams]
    found = sorted(zip(places["team"], places["level"], strict=True), key=lambda each: order.index(each[0]) if each[0] in order else len(order))
    return [each for team, level in found for each in ((team, int(level)), *_below(params, own, team))]


def _worst(results: Mapping[str, str]) -> str:
    return next(each for each in ("fail", "weak", "pass") if each in results.values())


def tree_heading(params: Params, tree: pd.DataFrame) -> str:
    """Returns the tree's finding: how many goals serve how many objectives, handed to how many teams, and how they stand."""
    counts = {depth: len({label.strip() for label in tree.loc[tree["depth"] == depth, "label"]}) for depth in (1, 2, 3)}
    own = tree[tree["depth"] == 2]
    if own.empty:
        return "No goal is set, so nothing is handed down"
    states = own["status"].value_counts()
    order = ("on track", "at risk", "off track", "not measured") if params.is_review else ("pass", "weak", "fail")
    words = {"pass": "pass every test", "weak": "have a weak test", "fail": "fail a test"}
    one = {"pass": "passes every test", "weak": "has a weak test", "fail": "fails a test"}
    parts = [f"{states[each]} {(one if states[each] == 1 else words).get(each, each)}" for each in order if each in states]
    return f"{counted(counts[2], 'goal')} for {counted(counts[1], 'objective')}, handed to {counted(counts[3], 'team')}: {listed(parts)}"


def tree_rule(params: Params) -> str:
    """Returns how to read the goal tree."""
    if params.is_review:
        return "the status is that of the KPI against its path to date; a circle is on track, a diamond at risk, a square off track."
    return "the status is the worst of the goal's five tests; a circle passes, a diamond is weak, a square fails."


def cards_heading(params: Params, levers: pd.DataFrame) -> str:
    """Returns which lever moves which goal most, for the goal with the largest weight that has one."""
    for goal in sorted(params.goals.goals, key=lambda each: -each.weight):
        own = levers[(levers["goal"] == goal.id) & levers["needed"].notna()].sort_values("position")
        if len(own):
            row = own.iloc[0]
            needed, value = (_said(params, row["unit"], row[key]) for key in ("needed", "value"))
            per = " a month" if row["per"].startswith("a month") else ""
            return f"{params.metrics[goal.kpi].label} hangs most on {_inside(row['label'])}: {needed}{per} instead of {value} would reach its target alone"
    return f"{counted(len(params.goals.goals), 'goal')}, one by one"


def _inside(label: str) -> str:
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"
