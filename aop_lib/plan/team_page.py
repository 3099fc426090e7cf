"""What a team's own page is made from: rows of that team alone, as plain texts and numbers; what is not here cannot reach the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan.reader_explanation import own_places, team_explanations
from aop_lib.plan.team_asked import asked
from aop_lib.plan.team_months import months
from aop_lib.plan.team_rounds import came_back
from aop_lib.plan.team_sections import Own, Section, done, expected, findings, given, own_rows, progress, roles, work
from aop_lib.plan.team_story import team_story
from aop_lib.plan.trees import team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params

Files = Mapping[tuple[str, str], Sequence[str]]
FRAMES = (
    "accounts", "lines", "teams", "targets", "ratio_targets", "goal_progress", "milestones", "initiatives", "responsibilities", "requests",
    "request_status", "request_rounds", "budget", "variances", "plan_findings", "goal_findings", "request_findings", "budget_findings", "variance_findings",
    "alignment_findings", "allocation", "request_points", "year_end_estimate",
)  # fmt: skip
SECTIONS: tuple[Callable[[Params, str, Own], Section | None], ...] = (expected, progress, done, months, asked, came_back, work, given, findings, roles)


def members(params: Params, team: str) -> list[str]:
    """Returns a team and every team below it, in the order of company.yml."""
    above = team_ancestry(params)
    return [each.id for each in params.company.teams if team in above[each.id]]


def team_extract(
    params: Params, team: str, frames: Mapping[str, pd.DataFrame], places: Mapping[str, str] | None = None, files: Files | None = None
) -> dict[str, Any]:
    """Returns all that a team's page is made from.

    Args:
        params: The cycle.
        team: The team, or a group of teams, whose members' rows it sees.
        frames: `FRAMES`; of each only the rows of the team and of its members are looked at.
        places: Where requests are written, of which the team's own are told.
        files: Files of sources with their hashes, of which the ledger's hashes are told.

    Returns:
        `story` (rows of the first screen), `behind` (where its figures come from, by key) and `sections`: finding, what, charts, tables and
        folds with their columns and rows, all of them texts.
    """
    own = own_rows(members(params, team), frames)
    sections = [section for build in SECTIONS if (section := build(params, team, own)) is not None]
    behind = team_explanations(params, own, own_places(places or {}, files or {}, own))
    return {"story": texts(team_story(params, team, own)), "sections": sections, "behind": behind}


def texts(frame: pd.DataFrame) -> list[dict[str, str | int]]:
    """Returns rows as plain texts and whole numbers, which any process can read."""
    return [{str(name): value if isinstance(value, int) else str(value) for name, value in row.items()} for row in frame.astype(object).to_dict("records")]
