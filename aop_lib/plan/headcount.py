"""People by team and month: those employed, as known at the cut, and those that approved requests add. There is no other count of planned heads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames
from aop_lib.plan.driver_ledger import employed

if TYPE_CHECKING:
    from aop_lib.load import Params

Months = dict[pd.Timestamp, int]


def headcount(params: Params, people: pd.DataFrame, request_lines: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns heads by team at each month's close, from the last closed month to the end of the planned year.

    Defined as::

        employed   people whose start and end, as known at the cut, hold the month's last day: known leavers are gone, known starters there
        approved   per approved request: the heads of its option in the month, less those of the last closed month, who are employed by then;
                   none in closed months
        heads      employed + approved

    Args:
        params: The last closed month and the planned year.
        people: One row per person.
        request_lines: What each option costs and which heads it has per month.
        status: The frame `request_status`.

    Returns:
        The frame `headcount`; every team that has or gets people stands in every month.
    """
    months = head_months(params)
    here = Counter((str(team), month) for month in months for team in (employed(people, month)["team"] if len(people) else ()))
    more = approved_heads(params, request_lines, status)
    teams = sorted({team for team, _ in here} | {team for (team, _), count in more.items() if count})
    rows = [(team, month, here[team, month], more[team, month]) for team in teams for month in months]
    frame = pd.DataFrame(rows, columns=["team", "month", "employed", "approved"])
    return frames.conformed("headcount", frame.assign(heads=frame["employed"] + frame["approved"])) if rows else frames.empty("headcount")


def head_months(params: Params) -> list[pd.Timestamp]:
    """Returns the months in which heads are counted: from the last closed one, or the first of the year, to the end of the planned year."""
    return list(pd.date_range(min(params.last_closed, params.year_months[0]), params.year_months[-1], freq="MS"))


def approved_heads(params: Params, request_lines: pd.DataFrame, status: pd.DataFrame) -> Counter[tuple[str, pd.Timestamp]]:
    """Returns the heads that approved requests add to those employed, by team and month; see `headcount`.

    Args:
        params: The last closed month and the planned year.
        request_lines: What each option costs and which heads it has per month.
        status: The frame `request_status`.
    """
    found: Counter[tuple[str, pd.Timestamp]] = Counter()
    for (_, team), heads in stated_heads(request_lines, status).items():
        there = heads.get(params.last_closed, 0)
        for month, count in heads.items():
            if month > params.last_closed:
                found[team, month] += max(0, count - there)
    return found


def stated_heads(request_lines: pd.DataFrame, status: pd.DataFrame) -> dict[tuple[str, str], Months]:
    """Returns the heads of each approved request and its team by month: the most that a line of its option states in the month."""
    chosen = status.loc[status["decision"] == "approved", ["request", "option"]]
    asked = request_lines.merge(chosen, on=["request", "option"], how="inner", validate="many_to_one")
    most = asked.groupby(["request", "team", "month"], sort=True, observed=True)["heads"].max().reset_index()
    found: dict[tuple[str, str], Months] = {}
    for request, team, month, count in most[["request", "team", "month", "heads"]].itertuples(index=False, name=None):
        found.setdefault((str(request), str(team)), {})[month] = int(count)
    return found
