"""Who answers and who decides: owners by name, of a team, and above a team."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aop_lib.load import Params


def owner_name(params: Params, owner: str) -> str:
    """Returns `Lena Brandt, CFO` for an owner's id; the id itself where nobody has it; empty for none."""
    for each in params.company.owners:
        if each.id == owner:
            return f"{each.name}, {each.title}" if each.title else each.name
    return owner


def known_owners(params: Params) -> set[str]:
    """Returns the ids of everybody who can answer for something."""
    return {each.id for each in params.company.owners}


def team_name(params: Params, team: str) -> str:
    """Returns a team's name; the code itself where there is no such team; `no team` for an empty one."""
    return next((each.name for each in params.company.teams if each.id == team), team or "no team")


def team_owner(params: Params, team: str) -> str:
    """Returns the id of the one who answers for a team; the company's first owner where there is no such team."""
    return next((each.owner for each in params.company.teams if each.id == team), first_owner(params))


def first_owner(params: Params) -> str:
    """Returns the id of the company's first owner, who decides where nobody else does; empty where none is listed."""
    return params.company.owners[0].id if params.company.owners else ""


def decider(params: Params, team: str) -> str:
    """Returns the id of the one who decides about a team's request: the nearest owner above who is not the team's own."""
    parents = {each.id: each.parent for each in params.company.teams}
    own, here = team_owner(params, team), parents.get(team)
    seen = {team}
    while here and here not in seen:
        if team_owner(params, here) != own:
            return team_owner(params, here)
        seen.add(here)
        here = parents.get(here)
    return first_owner(params)
