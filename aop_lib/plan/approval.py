"""Who may decide about a team's request: the owners above the team by the chart, each within a limit; what is larger goes to the next level."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.plan.owners import first_owner, owner_name, team_owner
from aop_lib.plan.wording import listed

if TYPE_CHECKING:
    from aop_lib.load import Params


def approvers(params: Params, team: str) -> list[str]:
    """Returns who stands above a team, from the next level up: owners of the groups it belongs to, not its own, and the company's first owner."""
    parents = {each.id: each.parent for each in params.company.teams}
    own, above, seen, here = team_owner(params, team), [], {team}, parents.get(team)
    while here and here not in seen:
        above.append(team_owner(params, here))
        seen.add(here)
        here = parents.get(here)
    chain = [each for each in dict.fromkeys(above) if each not in {own, first_owner(params)}]
    return [*chain, *([first_owner(params)] if first_owner(params) else [])]


def approval_limit(params: Params, team: str, owner: str) -> Decimal | None:
    """Returns up to what a year's amount somebody above a team approves; None without a limit.

    An owner's own limit goes before that of the level; the company's first owner has none.
    """
    chain = approvers(params, team)
    if owner == first_owner(params) or owner not in chain:
        return None
    stated = {each.owner or each.level: each.up_to for each in params.company.approvals.limits}
    return stated.get(owner, stated.get(chain.index(owner) + 1))


def may_approve(params: Params, team: str, amount: Decimal, submitter: str = "") -> list[str]:
    """Returns everybody who may approve an amount of a team's request, from the next level up.

    Args:
        params: The chart, and the limits of company.yml.
        team: The team that asks.
        amount: The year's amount of the option, reporting currency.
        submitter: Who submitted the request, and so does not decide about it.
    """
    chain = [(each, approval_limit(params, team, each)) for each in approvers(params, team) if each != submitter]
    return [owner for owner, limit in chain if limit is None or amount <= limit]


def next_approver(params: Params, team: str, amount: Decimal, submitter: str = "") -> str:
    """Returns the id of the one whom a request waits for; empty where the company lists nobody who may decide."""
    return next(iter(may_approve(params, team, amount, submitter)), "")


def authority_flaw(params: Params, team: str, amount: Decimal | None, by: str, submitter: str = "") -> str:
    """Returns why somebody may not decide about a team's request, and who may; empty where they may.

    Args:
        params: The chart, reviewers and limits of company.yml.
        team: The team that asks.
        amount: What is approved, reporting currency; None where nothing is: a request is sent back, rejected or a decision taken back.
        by: Who decides.
        submitter: Who submitted the request.
    """
    may = may_approve(params, team, amount if amount is not None else Decimal(0), submitter)
    if amount is None:
        allowed = {*approvers(params, team), *params.company.approvals.reviewers}
        return "" if by in allowed else f"by {owner_name(params, by)}, who does not stand above the team; {_named(params, may)}"
    if by in may:
        return ""
    limit = approval_limit(params, team, by)
    if limit is not None:
        return f"by {owner_name(params, by)}, who approves up to {limit:,.2f}; {amount:,.2f} is for the next level: {_named(params, may)}"
    return f"by {owner_name(params, by)}, who does not stand above the team; {_named(params, may)}"


def outranks(params: Params, team: str, by: str, other: str) -> bool:
    """Returns whether somebody may take another's decision about a team's request back: the same person, or one who stands above them."""
    chain = approvers(params, team)
    rank = {owner: place for place, owner in enumerate(chain)}
    return by == other or rank.get(by, -1) > rank.get(other, -1)


def _named(params: Params, may: list[str]) -> str:
    return f"{listed([owner_name(params, each) for each in may])} may" if may else "nobody may: name an owner above the team in company.yml"
