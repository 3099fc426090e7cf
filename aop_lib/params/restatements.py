"""restatements/<id>.yml, typed: what a frozen plan's figures become afterwards, who says so and why."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from aop_lib.fields import Amount, Code, Day, Id, Month, Share, Strict, Text


def _shares(value: Any) -> Any:
    return {value: "100 %"} if isinstance(value, str) else value


class RestatedAmount(Strict):
    """What becomes of an account or a line of one team: an amount a month more, or a share of what stands there more."""

    account: Code | None = None
    line: Id | None = None  # with a scale only
    team: Id
    entity: Id | None = None  # an amount without one goes to the first entity; a scale without one takes them all
    start: Month
    end: Month | None = None  # excluded; without it that one month
    amount: Amount | None = None  # a month, reporting currency, natural sign, below zero for less
    scale: Share | None = None  # 5 % is that much more than stands there, -5 % that much less


class Restatement(Strict):
    """One change of a frozen plan: figures, or teams, or both; the frozen files stay as they are."""

    id: Id
    plan: Text  # the frozen plan's cycle, or `imported:NAME`
    name: Text
    by: Id
    on: Day  # a review as of an earlier day does not see it
    why: Text
    changes: list[RestatedAmount] = []
    teams: dict[Id, Annotated[dict[Id, Share], BeforeValidator(_shares)]] = {}  # old team: new team, or shares of several; totals are kept
    start: Month | None = None  # the month from which the teams are the new ones
