"""What the sections on team plans find, in a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan.owners import owner_name
from aop_lib.plan.wording import amount_text, counted, day_name, listed, month_name

if TYPE_CHECKING:
    from aop_lib.load import Params


def action(initiatives: pd.DataFrame, gaps: pd.DataFrame) -> str:
    """Returns how many initiatives of how many teams there are, what they cost, and how many targets have none."""
    if initiatives.empty:
        return "No team has an action plan yet"
    bare = int((gaps["initiatives"] == 0).sum())
    teams = counted(len(set(initiatives["team"])), "team")
    tail = f"; {counted(bare, 'target has', 'targets have')} none" if bare else "; every target has one"
    return f"{counted(len(initiatives), 'initiative')} of {teams} for {amount_text(money.total(initiatives['cost']))}{tail}"


def reach(gaps: pd.DataFrame) -> str:
    """Returns for how many targets the initiatives are expected to bring what is needed."""
    if gaps.empty:
        return "No target is set"
    planned = gaps[gaps["initiatives"] > 0]
    if planned.empty:
        return f"None of {counted(len(gaps), 'target')} has an initiative"
    short = int((planned["gap"].fillna(0) > 0).sum())
    tail = f"{'it leaves' if len(planned) == 1 else 'they leave'} {short} short" if short else "they bring what each needs"
    return f"Of {counted(len(gaps), 'target')}, {len(planned)} {'has' if len(planned) == 1 else 'have'} initiatives; {tail}"


def roles(responsibilities: pd.DataFrame, findings: pd.DataFrame) -> str:
    """Returns for how many goals, KPIs, initiatives and milestones roles are given, and how many lack one."""
    if responsibilities.empty:
        return "Nobody answers for anything yet"
    items = len(responsibilities[["kind", "item"]].drop_duplicates())
    faulty = len(set(findings.loc[findings["topic"].isin(["accountable", "responsible"]), "where"]))
    people = counted(responsibilities["person"].nunique(), "person", "people")
    tail = f"{counted(faulty, 'item lacks', 'items lack')} a role" if faulty else "each has exactly one who is accountable"
    return f"{people} have roles in {counted(items, 'item')}; {tail}"


def load(params: Params, workload: pd.DataFrame) -> str:
    """Returns who has most at hand, and when."""
    if workload.empty:
        return "Nobody has anything at hand"
    whole = workload.assign(whole=workload["running"] + workload["due"])
    most = whole.sort_values(["whole", "person", "month"], ascending=[False, True, True], kind="stable").iloc[0]
    what = f"{counted(int(most['running']), 'initiative')} and {counted(int(most['due']), 'milestone')}"
    return f"{owner_name(params, most['person'])} has most at hand: {what} in {month_name(most['month'])}"


def timeline(milestones: pd.DataFrame, findings: pd.DataFrame) -> str:
    """Returns how many milestones there are, how they stand, and how many conflict."""
    if milestones.empty:
        return "No milestones are set"
    counts = milestones["status"].value_counts()
    parts = [f"{int(counts[state])} {state}" for state in ("late", "due", "planned", "done") if counts.get(state)]
    conflicts = int(findings["topic"].isin(["dependency", "load", "day off", "timeline", "funding"]).sum())
    state = f"all ahead, the first on {day_name(min(milestones['due'].dropna()))}" if list(counts.index) == ["planned"] else listed(parts)
    tail = f"; {counted(conflicts, 'conflict')}" if conflicts else "; no conflicts"
    return f"{counted(len(milestones), 'milestone')}: {state}{tail}"
