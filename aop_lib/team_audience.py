"""Pages for team leads: an extract of each team's own rows, and a process that holds nothing else makes its page."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aop_lib.apart import pages_apart
from aop_lib.facts import cycle_facts
from aop_lib.load import Params
from aop_lib.plan.team_page import FRAMES, team_extract
from aop_lib.store import frame_file, read_frame

if TYPE_CHECKING:
    from aop_lib.plan.explanation import Known

FOLDER = "teams"


def write_team_pages(params: Params, folder: Path, known: Known) -> dict[str, str]:
    """Writes `reports/teams/<team>.html` for every team and group, and returns each team's message; nothing where frames are not there.

    Args:
        params: The cycle.
        folder: A run's folder, all stages done.
        known: Where requests and sources are written; a team is told of its own.
    """
    if not all(frame_file(folder, name).is_file() for name in FRAMES):
        return {}
    frames = {name: read_frame(frame_file(folder, name), name) for name in FRAMES}
    told = asdict(cycle_facts(params, (folder,), ""))
    teams = [each.id for each in params.company.teams]
    made = {team: team_extract(params, team, frames, known.places, known.files) for team in teams}
    extracts = {team: extract | {"facts": _facts(params, told, team), "home": "../../index.html"} for team, extract in made.items()}
    place = folder / "reports" / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for team, text in pages_apart(extracts, "aop_lib.team_process").items():
        (place / f"{team}.html").write_text(text, encoding="utf-8")
    return {team: next(row["text"] for row in extract["story"] if row["kind"] == "message") for team, extract in extracts.items()}


def _facts(params: Params, told: dict[str, Any], team: str) -> dict[str, Any]:
    """Returns what the page says about the cycle; assumptions that name another team are left out."""
    names = {each.id: each.name for each in params.company.teams}
    others = [name for each, name in names.items() if each != team]
    assumptions = [each for each in told["assumptions"] if not any(name in each for name in others)]
    return {**told, "stage_title": names[team], "assumptions": assumptions}
