"""The first screen of a team's page: its budget, what it owes, what was decided, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan import story
from aop_lib.plan.owners import decider, owner_name, team_name, team_owner
from aop_lib.plan.reader_explanation import APPROVED, BUDGET, DONE, SPENT
from aop_lib.plan.wording import amount_text, counted, day_name, listed, months_name

if TYPE_CHECKING:
    from aop_lib.load import Params

ASKED = 4


def team_story(params: Params, team: str, own: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Returns the first screen of a team's page.

    Args:
        params: The cycle.
        team: The team.
        own: What `team_sections.own_rows` returned.
    """
    rows = [story.message(_title(params, team, own)), *_figures(params, own), *_asked(params, team, own)]
    return story.story_frame("budget_story", rows)


def spent(own: Mapping[str, pd.DataFrame]) -> tuple[Decimal, Decimal]:
    """Returns what a team's costs were to date, and what they were to be."""
    costs = own["variances"]
    return money.total(costs["actual"]), money.total(costs["budget"])


def _title(params: Params, team: str, own: Mapping[str, pd.DataFrame]) -> str:
    name, budget = team_name(params, team), money.total(own["costs"]["amount"])
    targets = own["targets"].drop_duplicates(["goal", "metric", "team"])
    owes = f"{counted(len(targets), 'target')} to reach" if len(targets) else "no target of its own"
    if params.is_review and len(own["variances"]):
        actual, plan = spent(own)
        return f"{name} spent {amount_text(actual)} of the {amount_text(plan)} planned to date; {owes}"
    return f"{name} has {amount_text(budget)} for {params.year_label} and {owes}"


def _figures(params: Params, own: Mapping[str, pd.DataFrame]) -> list[story.Row]:
    currency, rows = params.company.reporting_currency, []
    budget = money.total(own["costs"]["amount"])
    if params.is_review and len(own["variances"]):
        actual, plan = spent(own)
        status = story.status_of(actual, plan, -1, params.cycle.status_limits.get("watch", story.WATCH))
        rows.append(
            story.figure(
                "Spent",
                f"{months_name(params.review_months)}",
                currency,
                actual,
                reference=plan,
                reference_label="plan",
                direction=-1,
                status=status,
                explains=SPENT,
            )
        )
    rows.append(story.figure("Budget", params.year_label, currency, budget, explains=BUDGET))
    asked = own["request_status"]
    if len(asked):
        approved, wanted = money.total(asked["approved"]), money.total(asked["asked"])
        rows.append(story.figure("Approved requests", params.year_label, currency, approved, reference=wanted, reference_label="asked", explains=APPROVED))
    if params.is_review and len(own["milestones"]):
        done = int((own["milestones"]["status"] == "done").sum())
        rows.append(story.figure("Milestones done", f"of {len(own['milestones'])} in the year", "count", Decimal(done), explains=DONE))
    return rows


def _asked(params: Params, team: str, own: Mapping[str, pd.DataFrame]) -> list[story.Row]:
    """Returns what is asked of the team's lead: a new round for what was sent back, and milestones that are late."""
    lead, rows = owner_name(params, team_owner(params, team)), []
    for each in own["request_status"].to_dict("records"):
        if each["decision"] == "sent back":
            text = f"Sent back by {owner_name(params, each['decided_by'])}: {each['reason']}"
            rows.append(story.decision(f"Answer and send “{each['title']}” again", text, owner=lead, amount=Decimal(each["asked"])))
        elif each["decision"] == "undecided":
            text = "It is listed and not in the budget until somebody decides."
            rows.append(
                story.decision(f"Decide “{each['title']}”", text, owner=owner_name(params, decider(params, each["team"])), amount=Decimal(each["asked"]))
            )
    late = own["milestones"][own["milestones"]["status"] == "late"]
    if len(late):
        names = listed([f"{row['what']} (due {day_name(row['due'].date())})" for row in late.to_dict("records")], 3)
        rows.append(story.decision(f"Say when {counted(len(late), 'late milestone')} will be done", names, owner=lead))
    return rows[:ASKED]
