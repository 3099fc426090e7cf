"""Which KPIs a team can move: those it names in company.yml, and every KPI whose formula is made of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aop_lib.catalogue import formulas
from aop_lib.formulas import names
from aop_lib.plan.trees import team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params


def is_told(params: Params) -> bool:
    """Returns whether the company says what its teams move at all; where it does not, nothing is held against them."""
    return any(team.moves for team in params.company.teams)


def can_move(params: Params, team: str, metric: str) -> bool:
    """Returns whether a team moves a metric.

    Defined as::

        moves      the metric, or one that its formula is made of at any depth, is among `moves` of the team or of a team below it

    A team moves everything where no team of the company names what it moves.
    """
    if not is_told(params):
        return True
    below = {each for each, above in team_ancestry(params).items() if team in above}
    moved = {name for each in params.company.teams if each.id in below for name in each.moves}
    return bool(moved & made_of(params, metric))


def made_of(params: Params, metric: str) -> set[str]:
    """Returns a metric and every metric that its formula is made of, at any depth."""
    nodes = formulas(params.metrics, params.company.switches)
    found: set[str] = set()
    left = [metric]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += names(nodes[name]) if name in nodes else []
    return found
