"""What a team asked for on its own page: what was decided and why, what is proposed, what comes next, what is still open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aop_lib.plan.approval import next_approver
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.request_points import QUESTION
from aop_lib.plan.requests import UNDECIDED
from aop_lib.plan.team_sections import Own, Section, told_section, told_table
from aop_lib.plan.wording import counted, listed

if TYPE_CHECKING:
    from aop_lib.load import Params

NEXT = {"approved": "Spend as agreed", "rejected": "Nothing; ask anew with other evidence", "sent back": "Answer the questions, send a new round"}
STATES = {
    "funded": "it is part of the choice of most value within all limits",
    "lesser": "another option of it brings more",
    "worthless": "it fits, and the driver model knows no value of it",
}
SHORT = "it does not fit within the limits beside what is proposed"


def asked(params: Params, team: str, own: Own) -> Section | None:
    """Returns what the team asked for, what was decided and why, what is proposed, what comes next; folded the questions that are open.

    Args:
        params: The cycle.
        team: The team.
        own: What `team_sections.own_rows` returned.
    """
    rows = [_request_row(params, each, own) for each in own["request_status"].to_dict("records")]
    if not rows:
        return told_section("This team asked for nothing beyond its base", "A request is a file in requests/: what, why, cost by month, expected effect.", [])
    counts = own["request_status"]["decision"].value_counts()
    states = listed([f"{counts[state]} {state}" for state in ("approved", UNDECIDED, "sent back", "rejected") if state in counts])
    offered = {"proposed": "Proposed"} if len(own["allocation"]) else {}
    heads = {"title": "Request", "asked": "Asked", "decision": "Decision", "approved": "Approved", "why": "Why", **offered, "next": "What next"}
    kinds = {"asked": "money", "approved": "money", "decision": "status"}
    table = told_table("Requests", rows, heads, kinds=kinds, total="All requests")
    return told_section(f"{counted(len(rows), 'request')}: {states}", f"{team_name(params, team)}, asked in the largest option", [table], _questions(own))


def _request_row(params: Params, each: Mapping[Any, Any], own: Own) -> dict[str, str]:
    submitters = dict(zip(own["requests"]["request"], own["requests"]["submitted_by"], strict=True))
    waits = f"Wait for {owner_name(params, next_approver(params, each['team'], each['asked'], str(submitters.get(each['request'], ''))))}"
    return {
        "title": each["title"], "team": team_name(params, each["team"]), "asked": str(each["asked"]), "decision": each["decision"],
        "approved": str(each["approved"]), "why": _reason(each), "proposed": proposal_text(own, each["request"], is_told=each["decision"] == UNDECIDED),
        "next": NEXT.get(each["decision"], waits),
    }  # fmt: skip


def _reason(each: Mapping[Any, Any]) -> str:
    by = f" ({each['decided_by']})" if each["decided_by"] else ""
    return f"{each['reason']}{by}" if each["reason"] else "not decided yet"


def proposal_text(own: Own, request: str, *, is_told: bool) -> str:
    """Returns what the allocation proposes for a request, `yes`, `option reduced` or `no`; with the reason where `is_told`; empty without a proposal.

    The reason is that of the option itself: limits and rules that name other teams' requests stay off a team's page.
    """
    options = own["allocation"][own["allocation"]["request"] == request].sort_values(["proposed", "nearest", "value"], ascending=False, kind="stable")
    if options.empty:
        return ""
    first = options.iloc[0]
    word = ("yes" if len(options) == 1 else f"option {first['option']}") if first["proposed"] else "no"
    return f"{word}: {STATES.get(first['state'], SHORT)}" if is_told else word


def _questions(own: Own) -> list[dict[str, Any]]:
    titles = dict(zip(own["request_status"]["request"], own["request_status"]["title"], strict=True))
    asking = own["points"][own["points"]["kind"] == QUESTION]
    rows = [
        {"text": f"{row['text']}.".replace("?.", "?"), "title": titles[row["request"]], "owner": row["owner"]}
        for row in asking.sort_values(["request", "position"]).to_dict("records")
        if row["request"] in titles
    ]
    heads = {"text": "Question", "owner": "Answers"}
    return [told_table(f"Open questions about requests ({len(rows)})", rows, heads, why="title")] if rows else []
