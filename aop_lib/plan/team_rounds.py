"""What a team's requests said before they came back, on the team's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aop_lib.plan.owners import team_name
from aop_lib.plan.rounds import rounds_finding, rounds_view
from aop_lib.plan.team_sections import Own, Section, told_section, told_table

if TYPE_CHECKING:
    from aop_lib.load import Params

HEADS = {"label": "Request", "what": "What", "before": "Before", "after": "Now"}


def came_back(params: Params, team: str, own: Own) -> Section | None:
    """Returns what changed from round to round of the team's requests, with the decision between them; None where each came once.

    Args:
        params: The cycle.
        team: The team.
        own: What `team_sections.own_rows` returned.
    """
    changes = own.get("request_rounds")
    if changes is None or changes.empty:
        return None
    shown = rounds_view(params, changes[changes["part"] != "lines"], own["requests"])
    rows = [{name: str(row[name]) for name in HEADS} for row in shown.to_dict("records")]
    return told_section(rounds_finding(changes, own["request_status"]), f"{team_name(params, team)}, from round to round", [told_table("Rounds", rows, HEADS)])
