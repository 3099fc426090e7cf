"""The year's milestones, of goals and of teams: when each is due, how it stands, and every day on which one recurs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.periods import month_end
from aop_lib.plan import rhythms
from aop_lib.plan.owners import owner_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Goal, Milestone
    from aop_lib.params.team_plans import Initiative, Step, TeamPlan

DUE_DAYS = 31


@dataclass(frozen=True)
class Planned:
    """One milestone, of a goal or of a team's plan, with every day on which it is due.

    Attributes:
        id: Its name.
        goal: The goal it serves; empty for none.
        team: The team whose it is; empty for the company.
        initiative: The initiative it belongs to; empty for none.
        what: What is reached.
        measure: How anybody can check it.
        owners: Who answers for it: one, unless the plan is at fault.
        responsible: Who does it.
        rhythm: `once`, `weekly`, `monthly` or `quarterly`.
        depends_on: What must be done before.
        days: When it is due, in order.
        done: When it was done, or up to which day a rhythm was kept, as known at the cycle's cut.
    """

    id: str
    goal: str
    team: str
    initiative: str
    what: str
    measure: str
    owners: tuple[str, ...]
    responsible: tuple[str, ...]
    rhythm: str
    depends_on: tuple[str, ...]
    days: tuple[date, ...]
    done: date | None

    @property
    def owner(self) -> str:
        """The one who answers: the first where a plan names several, empty where it names nobody."""
        return self.owners[0] if self.owners else ""

    def done_on(self, day: date) -> date | None:
        """Returns when the milestone that is due on a day was done; None where it is open."""
        return self.done if self.done and (self.rhythm == "once" or day <= self.done) else None


def planned_milestones(params: Params) -> list[Planned]:
    """Returns every milestone of the goals and of the team plans with its days."""
    of_goals = [_of_goal(params, goal, each) for goal in params.goals.goals for each in goal.milestones]
    return [*of_goals, *(_of_team(params, plan, step, initiative) for plan in params.team_plans for step, initiative in plan.steps)]


def _of_goal(params: Params, goal: Goal, each: Milestone) -> Planned:
    who = (each.owner,)
    return Planned(each.id, goal.id, each.team or "", "", each.what, each.measure, who, who, "once", (), (each.due,), _known(params, each.done))


def _of_team(params: Params, plan: TeamPlan, step: Step, initiative: Initiative | None) -> Planned:
    goal = initiative.goal or "" if initiative else ""
    owners, depends = tuple(step.owner), tuple(step.depends_on)
    days = step_days(params, step, initiative)
    within = initiative.id if initiative else ""
    who = tuple(step.responsible) or owners
    return Planned(step.id, goal, plan.team, within, step.what, step.measure, owners, who, step.rhythm, depends, days, _known(params, step.done))


def _known(params: Params, done: date | None) -> date | None:
    return done if done and done <= params.as_of else None


def step_days(params: Params, step: Step, initiative: Initiative | None = None) -> tuple[date, ...]:
    """Returns the days on which a team's milestone is due.

    Defined as::

        once         the day given
        weekly       its weekday in each week
        monthly      the last working day of each month      } from its start to its end, both within the year;
        quarterly    the last working day of each quarter    } by default the initiative's, else the year

    Args:
        params: The fiscal year, and the holidays of company.yml.
        step: The milestone.
        initiative: What it belongs to; None for a milestone of the team itself.
    """
    if step.rhythm == "once":
        return (step.due,) if step.due else ()
    opens, closes = params.year_months[0].date(), month_end(params.year_months[-1])
    first = max(step.start or (initiative.start if initiative else opens), opens)
    last = min(step.end or (initiative.end if initiative else closes), closes)
    holidays = set(params.company.holidays)
    if last < first:
        return ()
    if step.rhythm == "weekly":
        return tuple(rhythms.weekly_days(first, last, step.weekday, holidays))
    months = rhythms.months_within(first, last)
    ends = months if step.rhythm == "monthly" else rhythms.quarter_end_months(months, params.calendar)
    return tuple(day for day in rhythms.month_end_days(ends, holidays) if day >= first)


def milestones(params: Params) -> pd.DataFrame:
    """Returns every milestone of goals and team plans with its status as of the cycle.

    Defined as::

        done      done on or before the day as of which sources are read (a later day is not known yet)
        late      due before that day and not done
        due       due within 31 days of it
        planned   due later

    A rhythm stands where its first day stands that was not kept; when every day was kept, where its last one stands.

    Returns:
        The frame `milestones`; due and done are days.
    """
    rows = [_milestone_row(params, each) for each in planned_milestones(params)]
    return frames.conformed("milestones", pd.DataFrame(rows)) if rows else frames.empty("milestones")


def _milestone_row(params: Params, each: Planned) -> dict[str, Any]:
    still = [day for day in each.days if not each.done_on(day)]
    due = next(iter(still or each.days[-1:]), None)
    done = each.done_on(due) if due else None
    return {
        "goal": each.goal,
        "milestone": each.id,
        "what": each.what,
        "measure": each.measure,
        "team": each.team,
        "owner": each.owner,
        "owner_name": owner_name(params, each.owner),
        "initiative": each.initiative,
        "rhythm": each.rhythm,
        "depends_on": " ".join(each.depends_on),
        "due": pd.Timestamp(due) if due else pd.NaT,
        "done": pd.Timestamp(done) if done else pd.NaT,
        "status": milestone_status(due, done, params.as_of) if due else "planned",
    }


def occurrences(params: Params) -> pd.DataFrame:
    """Returns every day on which a milestone is due, those that recur included.

    Returns:
        The frame `occurrences`: status as in `milestones`, of each day.
    """
    rows = [_occurrence_row(params, each, day) for each in planned_milestones(params) for day in each.days]
    return frames.conformed("occurrences", pd.DataFrame(rows)) if rows else frames.empty("occurrences")


def _occurrence_row(params: Params, each: Planned, day: date) -> dict[str, Any]:
    status = milestone_status(day, each.done_on(day), params.as_of)
    return {"milestone": each.id, "team": each.team, "owner": each.owner, "rhythm": each.rhythm, "due": pd.Timestamp(day), "status": status}


def milestone_status(due: date, done: date | None, as_of: date) -> str:
    """Returns `done`, `late`, `due` or `planned`, seen from a day."""
    if done:
        return "done"
    if due < as_of:
        return "late"
    return "due" if due <= as_of + timedelta(days=DUE_DAYS) else "planned"
