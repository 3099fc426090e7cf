"""Requests and what was decided about them: only a decision that counts puts money into the budget."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames, money
from aop_lib.periods import add_months, month_end
from aop_lib.plan import story
from aop_lib.plan.approval import next_approver
from aop_lib.plan.decided import chosen_option, decision_that_counts
from aop_lib.plan.figure_keys import request_key
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.wording import amount_text, counted, day_name, listed

if TYPE_CHECKING:
    from aop_lib.load import Params

DECIDED = {"approve": "approved", "revise": "sent back", "reject": "rejected"}
UNDECIDED = "undecided"
SOURCES = (
    "A decision funds a request only on its latest round, by an owner above the team within the limits of company.yml, who is not the submitter, and as long "
    "as what was approved is what is asked. decisions.yml is a log whose entries are chained by digest. Names are attribution, not authentication."
)


def request_status(params: Params, requests: pd.DataFrame, request_lines: pd.DataFrame) -> pd.DataFrame:
    """Returns what each request asks for and what was decided about it.

    Defined as::

        asked      the year's amount of its largest option
        decision   the last decision, as of the cycle, on its latest round: `approved`, `sent back`, `rejected`, else `undecided`
        approved   the year's amount of the approved option; 0 unless approved

    Which decisions count says `aop_lib.plan.decided`; where none does the request is undecided and `reason` says why. Undecided requests are never funded.

    Args:
        params: The year, the owners, and decisions.yml.
        requests: The frame `requests`: each request in its latest round.
        request_lines: What each option costs per month, reporting currency; only months of the year count.

    Returns:
        The frame `request_status`; heads are those of the largest option.
    """
    totals = option_totals(params, request_lines)
    rows = [_status_row(params, request, totals) for request in requests.to_dict("records")]
    return frames.conformed("request_status", pd.DataFrame(rows)) if rows else frames.empty("request_status")


def _status_row(params: Params, request: Mapping[Any, Any], totals: pd.DataFrame) -> dict[str, Any]:
    options = totals[totals["request"] == request["request"]]
    asked = _largest(options)
    amounts = dict(zip(options["option"], options["amount"], strict=True))
    decision, reason = decision_that_counts(params, request, amounts)
    option = chosen_option(decision, amounts) if decision and decision.decision == "approve" else ""
    return {
        "request": request["request"],
        "team": request["team"],
        "title": request["title"],
        "goal": request["goal"],
        "asked": asked["amount"],
        "heads": int(asked["heads"]),
        "decision": DECIDED[decision.decision] if decision else UNDECIDED,
        "option": option,
        "approved": money.total(options.loc[options["option"] == option, "amount"]),
        "decided_by": owner_name(params, decision.by) if decision else "",
        "decided_on": pd.Timestamp(decision.on) if decision else pd.NaT,
        "reason": decision.why if decision else reason,
    }


def option_totals(params: Params, request_lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the year's amount and the heads of each option of each request: request, option, amount, heads.

    Months outside the planned year do not count; heads are the most that a line of the option states.
    """
    heads = request_lines.groupby(["request", "option"], as_index=False, sort=True).agg(heads=("heads", "max"))
    inside = request_lines[request_lines["month"].isin(params.year_months)]
    amounts = money.sums(inside, ["request", "option"])
    whole: pd.DataFrame = heads.merge(amounts, on=["request", "option"], how="left", validate="one_to_one")
    return whole.assign(amount=money.zero_filled(whole["amount"]))


def _largest(options: pd.DataFrame) -> Mapping[Any, Any]:
    rows = options.to_dict("records")
    return max(rows, key=lambda row: row["amount"]) if rows else {"amount": Decimal("0.00"), "heads": 0}


def team_requests(status: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Returns what each team asked for and got: team, name, requests, asked, approved, undecided (money), heads; teams in their order."""
    undecided = status.assign(undecided=status["asked"].where(status["decision"] == UNDECIDED, Decimal("0.00")))
    summed = undecided.groupby("team", as_index=False).agg(
        requests=("request", "count"), asked=("asked", "sum"), approved=("approved", "sum"), undecided=("undecided", "sum"), heads=("heads", "sum")
    )
    ordered = teams.sort_values("position", kind="stable")[["team", "name"]].merge(summed, on="team", how="inner", validate="one_to_one")
    return ordered.astype({"asked": money.MONEY, "approved": money.MONEY, "undecided": money.MONEY})


def request_story(params: Params, status: pd.DataFrame, submissions: pd.DataFrame, requests: pd.DataFrame) -> pd.DataFrame:
    """Returns the first screen of the requests page: what was asked, what was decided, what waits for a decision.

    Args:
        params: Owners, teams, year.
        status: The frame `request_status`.
        submissions: Who submitted, who is missing or refused.
        requests: The frame `requests`, for who submitted what.
    """
    title = request_title(params, status)
    waiting = status[status["decision"] == UNDECIDED]
    silent = submissions[submissions["state"].isin(["missing", "refused"])]
    rows = [story.message(title), *_figures(params, status), *undecided_decisions(params, status, requests), story.line(title)]
    if len(waiting):
        rows.append(story.line(f"Waiting for a decision: {listed(list(waiting['title']), 3)}; not in the budget"))
    if len(silent):
        rows.append(story.line(f"Without a readable submission: {listed([team_name(params, team) for team in silent['team']])}"))
    return story.story_frame("request_story", rows)


def request_title(params: Params, status: pd.DataFrame) -> str:
    """Returns in one sentence what was asked and decided."""
    if status.empty:
        return f"No team has submitted a request for {params.label}"
    asked, approved = money.total(status["asked"]), money.total(status["approved"])
    counts = status["decision"].value_counts()
    parts = [f"{counts[each]} {each}" for each in ("approved", "sent back", "rejected", UNDECIDED) if each in counts]
    verb = "asks" if len(status) == 1 else "ask"
    return f"{counted(len(status), 'request')} {verb} for {amount_text(asked)}; {listed(parts)}, {amount_text(approved)} funded"


def _figures(params: Params, status: pd.DataFrame) -> list[story.Row]:
    currency = params.company.reporting_currency
    waiting = status["decision"] == UNDECIDED
    left = money.total(status.loc[waiting, "asked"])
    return [
        story.figure("Asked", params.year_label, currency, money.total(status["asked"]), explains=request_key("asked")),
        story.figure("Approved", params.year_label, currency, money.total(status["approved"]), explains=request_key("approved")),
        story.figure("Undecided", params.year_label, currency, left, status="watch" if waiting.any() else "good", explains=request_key("undecided")),
        story.figure("Heads asked", params.year_label, "count", Decimal(int(status["heads"].sum())), explains=request_key("heads")),
    ]


def undecided_decisions(params: Params, status: pd.DataFrame, requests: pd.DataFrame) -> list[story.Row]:
    """Returns a decision to ask for each of the five largest undecided requests: who decides stands above the team."""
    submitters = dict(zip(requests["request"], requests["submitted_by"], strict=True))
    waiting = status[status["decision"] == UNDECIDED].sort_values(["asked", "request"], ascending=[False, True], kind="stable")
    return [
        story.decision(
            f"Decide on “{row['title']}”",
            f"{team_name(params, row['team'])} asks for {amount_text(row['asked'])}; {row['reason']}.",
            owner=owner_name(params, next_approver(params, row["team"], row["asked"], submitters.get(row["request"], ""))),
            prepared_by=owner_name(params, submitters.get(row["request"], "")),
            due=decision_due(params),
            amount=row["asked"],
        )
        for row in waiting.head(5).to_dict("records")
    ]


def decision_due(params: Params) -> str:
    """Returns by when a decision is needed: before the planned year starts, or, once it runs, before the next month's close."""
    start = params.year_months[0]
    if params.as_of < start.date():
        return day_name(month_end(add_months(start, -1)))
    return day_name(month_end(add_months(params.last_closed, 1)))
