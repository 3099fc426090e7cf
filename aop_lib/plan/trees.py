"""Trees of teams and accounts: which groups a node lies in, and how near each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params

Ancestry = dict[str, dict[str, int]]


def ancestry(parents: Mapping[str, str]) -> Ancestry:
    """Returns, for each node, the distance to itself (0) and to every group above it (1, 2 …).

    Args:
        parents: Node to the group it lies in; empty at the top. A loop ends where it closes.
    """
    found: Ancestry = {}
    for node in parents:
        here = node
        distances: dict[str, int] = {}
        while here and here not in distances:
            distances[here] = len(distances)
            here = parents.get(here, "")
        found[node] = distances
    return found


def team_ancestry(params: Params) -> Ancestry:
    """Returns the ancestry of the company's teams."""
    return ancestry({team.id: team.parent or "" for team in params.company.teams})


def account_ancestry(accounts: pd.DataFrame) -> Ancestry:
    """Returns the ancestry of the accounts in an `accounts` frame."""
    return ancestry(dict(zip(accounts["account"], accounts["parent"], strict=True)))
