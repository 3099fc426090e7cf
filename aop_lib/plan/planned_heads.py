"""Heads as they are planned, by the one count of `headcount`, and when those of approved requests start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.money import split
from aop_lib.plan.headcount import approved_heads, headcount

if TYPE_CHECKING:
    from aop_lib.load import Params

PEOPLE = "people"


@dataclass(frozen=True)
class Start:
    """The heads that one approved request brings in a month.

    Attributes:
        request: Its id.
        team: Whose heads they are.
        month: When they start, by the rows on people accounts, else by any.
        heads: How many.
        amount: What the approved option costs in the year; where heads start in several months, their part of it.
    """

    request: str
    team: str
    month: pd.Timestamp
    heads: int
    amount: Decimal


def starts(frames: Mapping[str, pd.DataFrame]) -> list[Start]:
    """Returns the heads that approved requests bring, in order of month, team and request.

    Defined as::

        starts of a month   heads of the option in it, less those of the month before in which it states any

    Args:
        frames: request_status, request_lines, accounts.
    """
    people = set(frames["accounts"].loc[frames["accounts"]["behaviour"] == PEOPLE, "account"])
    chosen = frames["request_status"].loc[frames["request_status"]["decision"] == "approved", ["request", "option", "approved"]]
    lines = frames["request_lines"].merge(chosen, on=["request", "option"], how="inner", validate="many_to_one")
    teams = dict(zip(frames["request_status"]["request"], frames["request_status"]["team"], strict=True))
    found = []
    for request, own in lines.groupby("request", sort=True):
        paid = own[own["account"].isin(people)]
        new = _new_heads((paid if len(paid) else own).groupby("month", sort=True)["heads"].max())
        amounts = split(Decimal(own["approved"].iloc[0]), list(new.values())) if new else []
        found += [Start(str(request), teams[str(request)], month, heads, amount) for (month, heads), amount in zip(new.items(), amounts, strict=True)]
    return sorted(found, key=lambda each: (each.month, each.team, each.request))


def _new_heads(heads: pd.Series) -> dict[pd.Timestamp, int]:
    counts = [int(each) for each in heads]
    return {month: count - before for month, count, before in zip(heads.index, counts, [0, *counts], strict=False) if count > before}


def heads_now(params: Params, frames: Mapping[str, pd.DataFrame], team: str) -> int | None:
    """Returns the heads of a team (empty: the company) in the last closed month; None where they are not measured."""
    kpis = frames["kpis"]
    own = kpis[(kpis["metric"] == "heads") & (kpis["team"] == team) & (kpis["month"] == params.last_closed)]
    return int(own["value"].iloc[0]) if len(own) else None


@dataclass(frozen=True)
class HeadPlan:
    """Planned heads of teams by month.

    Attributes:
        heads: Team and month to heads, where the snapshot names people.
        now: Team to the heads of the last closed month, where a source hands over the count alone; None where nobody does.
        more: Team and month to what approved requests add.
    """

    heads: Mapping[tuple[str, pd.Timestamp], int]
    now: Mapping[str, int | None]
    more: Mapping[tuple[str, pd.Timestamp], int]

    def of(self, team: str, month: pd.Timestamp) -> int | None:
        """Returns the heads of a team (empty: the company) at a month's close; None where none are measured."""
        if self.heads:
            return _of(self.heads, team, month)
        now = self.now.get(team)
        return None if now is None else now + _of(self.more, team, month)


def _of(counts: Mapping[tuple[str, pd.Timestamp], int], team: str, month: pd.Timestamp) -> int:
    return sum(count for (own, when), count in counts.items() if when == month and team in {"", own})


def head_plan(params: Params, frames: Mapping[str, pd.DataFrame]) -> HeadPlan:
    """Returns planned heads as `headcount` counts them; where no source names people, those measured last and what approved requests add.

    Args:
        params: The cycle.
        frames: people, request_lines, request_status, kpis.
    """
    lines, status = frames["request_lines"], frames["request_status"]
    named = headcount(params, frames["people"], lines, status) if len(frames["people"]) else pd.DataFrame()
    heads = {(team, month): int(count) for team, month, count in zip(named["team"], named["month"], named["heads"], strict=True)} if len(named) else {}
    now = {team: heads_now(params, frames, team) for team in ("", *(each.id for each in params.company.teams))}
    return HeadPlan(heads, now, approved_heads(params, lines, status))


def year_amount(rows: pd.DataFrame, column: str = "amount") -> Decimal:
    """Returns the sum of a column of money as a Decimal; zero for no rows."""
    values: list[Any] = list(rows[column])
    return sum((Decimal(each) for each in values), Decimal(0))
