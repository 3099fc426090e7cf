"""Heads as they are planned: those of the last closed month, and those of approved requests from the month they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from aop_lib.load import Params

PEOPLE = "people"


@dataclass(frozen=True)
class Start:
    """The heads that one approved request brings.

    Attributes:
        request: Its id.
        team: Whose heads they are.
        month: When they start: the first month with an amount on a people account, else with any amount.
        heads: How many.
        amount: What the approved option costs in the year.
    """

    request: str
    team: str
    month: pd.Timestamp
    heads: int
    amount: Decimal


def starts(frames: Mapping[str, pd.DataFrame]) -> list[Start]:
    """Returns the heads that approved requests bring, in order of month, team and request.

    Args:
        frames: request_status, request_lines, accounts.
    """
    people = set(frames["accounts"].loc[frames["accounts"]["behaviour"] == PEOPLE, "account"])
    chosen = frames["request_status"].loc[frames["request_status"]["decision"] == "approved", ["request", "option", "approved"]]
    lines = frames["request_lines"].merge(chosen, on=["request", "option"], how="inner", validate="many_to_one")
    teams = dict(zip(frames["request_status"]["request"], frames["request_status"]["team"], strict=True))
    found = []
    for request, own in lines.groupby("request", sort=True):
        heads, paid = int(own["heads"].max()), own[own["account"].isin(people)]
        first = (paid if len(paid) else own)["month"].min()
        found += [Start(str(request), teams[str(request)], first, heads, Decimal(own["approved"].iloc[0]))] if heads else []
    return sorted(found, key=lambda each: (each.month, each.team, each.request))


def heads_now(params: Params, frames: Mapping[str, pd.DataFrame], team: str) -> int | None:
    """Returns the heads of a team (empty: the company) in the last closed month; None where they are not measured."""
    kpis = frames["kpis"]
    own = kpis[(kpis["metric"] == "heads") & (kpis["team"] == team) & (kpis["month"] == params.last_closed)]
    return int(own["value"].iloc[0]) if len(own) else None


def planned_heads(params: Params, now: int | None, coming: Sequence[Start], team: str, month: pd.Timestamp) -> int | None:
    """Returns the heads of a team (empty: the company) in a month that is not closed yet; None where today's are not measured.

    Args:
        params: The last closed month.
        now: What `heads_now` found for the team.
        coming: What `starts` found.
        team: A team's id.
        month: The month asked for.
    """
    ahead = [each.heads for each in coming if team in {"", each.team} and params.last_closed < each.month <= month]
    return None if now is None else now + sum(ahead)


def year_amount(rows: pd.DataFrame, column: str = "amount") -> Decimal:
    """Returns the sum of a column of money as a Decimal; zero for no rows."""
    values: list[Any] = list(rows[column])
    return sum((Decimal(each) for each in values), Decimal(0))
