"""By which weights a target is handed to teams: stated shares, what each had of a metric, or how many hands each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.movable import can_move
from aop_lib.plan.paths import basis_month, history, twelve_to
from aop_lib.plan.trees import team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Split

HEADS = "heads"


@dataclass(frozen=True)
class Shares:
    """Weights of teams and what they are measured against; a team's share is its weight / whole.

    Attributes:
        weights: Team to weight, none negative.
        whole: 1 for stated shares; the sum of the weights for measured ones.
    """

    weights: Mapping[str, Decimal]
    whole: Decimal = Decimal(1)

    @property
    def kept(self) -> Decimal:
        """What no team has of the whole; zero where the teams have more than it."""
        return max(self.whole - sum(self.weights.values(), Decimal(0)), Decimal(0))


def shares_of(params: Params, kpis: pd.DataFrame, way: Split, metric: str, group: str = "") -> Shares | None:
    """Returns the weights by which a KPI is handed to teams; None where nothing is handed down or nothing is measured.

    Defined as::

        stated     the shares of `teams`
        history    a team's sum over the last twelve closed months of `of` (default: the KPI itself); its last value where months
                   do not add up
        capacity   the same of `of`, by default of heads: the hands that are there when the year is planned

    Args:
        params: Teams, what they move, metrics.
        kpis: Actuals per month and team.
        way: How the goal hands down.
        metric: The KPI that is handed down.
        group: The group whose part is handed down; empty for the company's.
    """
    if way.by == "stated":
        return _usable(Shares(way.teams))
    measured = measure_of(way, metric)
    teams = way.among or _teams_that_move(params, metric, group)
    found = {team: _measured(params, kpis, measured, team) for team in teams}
    weights = {team: value for team, value in found.items() if value > 0}
    return _usable(Shares(weights, sum(weights.values(), Decimal(0))))


def numerator_shares(way: Split, shares: Shares) -> Shares:
    """Returns the weights of a ratio's numerator: those stated for it, else those of its denominator; teams in the same order."""
    if way.by != "stated" or not way.numerator:
        return shares
    return Shares({team: way.numerator.get(team, Decimal(0)) for team in shares.weights})


def measure_of(way: Split, metric: str) -> str:
    """Returns the metric whose values per team are the weights."""
    return way.of or (metric if way.by == "history" else HEADS)


def _usable(shares: Shares) -> Shares | None:
    values = list(shares.weights.values())
    return shares if values and min(values) >= 0 and sum(values) > 0 else None


def _teams_that_move(params: Params, metric: str, group: str) -> list[str]:
    """Returns the teams without teams of their own, below a group, that move a metric."""
    groups = {team.parent for team in params.company.teams}
    tree = team_ancestry(params)
    leaves = [team.id for team in params.company.teams if team.id not in groups and (not group or group in tree[team.id])]
    return [team for team in leaves if team != group and can_move(params, team, metric)]


def _measured(params: Params, kpis: pd.DataFrame, metric: str, team: str) -> Decimal:
    """Returns what a team had of a metric; a group without figures of its own what the teams in it had."""
    own = _last(params, kpis, metric, team)
    if own is not None:
        return own
    inside = [each.id for each in params.company.teams if each.parent == team]
    return sum((_measured(params, kpis, metric, each) for each in inside), Decimal(0))


def _last(params: Params, kpis: pd.DataFrame, metric: str, team: str) -> Decimal | None:
    past, months = history(kpis, metric, team), twelve_to(basis_month(params, kpis))
    present = [past[month] for month in months if month in past]
    if metric in params.metrics and params.metrics[metric].aggregate == "sum":
        return sum(present, Decimal(0)) if present else None
    return past.get(months[-1])
