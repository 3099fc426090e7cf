"""People by team and month: those employed, as known at the cut, and those that approved requests add."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames
from aop_lib.plan.driver_ledger import employed

if TYPE_CHECKING:
    from aop_lib.load import Params


def headcount(params: Params, people: pd.DataFrame, request_lines: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns heads by team at each month's close, from the last closed month to the end of the planned year.

    Defined as::

        employed   people whose start and end, as known at the cut, hold the month's last day
        approved   per approved request: the most heads that a line of its option states in the month
        heads      employed + approved

    Args:
        params: The last closed month and the planned year.
        people: One row per person.
        request_lines: What each option costs and which heads it adds per month.
        status: The frame `request_status`.

    Returns:
        The frame `headcount`; every team that has or gets people stands in every month.
    """
    first = min(params.last_closed, params.year_months[0])
    months = list(pd.date_range(first, params.year_months[-1], freq="MS"))
    here = Counter((str(team), month) for month in months for team in (employed(people, month)["team"] if len(people) else ()))
    chosen = status.loc[status["decision"] == "approved", ["request", "option"]]
    asked = request_lines.merge(chosen, on=["request", "option"], how="inner", validate="many_to_one")
    most = asked.groupby(["request", "team", "month"], sort=True, observed=True)["heads"].max().reset_index()
    more: Counter[tuple[str, pd.Timestamp]] = Counter()
    for team, month, count in most[["team", "month", "heads"]].itertuples(index=False, name=None):
        more[team, month] += int(count)
    teams = sorted({team for team, _ in here} | {team for (team, _), count in more.items() if count})
    rows = [(team, month, here[team, month], more[team, month]) for team in teams for month in months]
    frame = pd.DataFrame(rows, columns=["team", "month", "employed", "approved"])
    return frames.conformed("headcount", frame.assign(heads=frame["employed"] + frame["approved"])) if rows else frames.empty("headcount")
