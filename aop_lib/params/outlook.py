"""outlook.yml, typed: how a review re-forecasts the months left, where people fix it, and what owners state themselves."""

from __future__ import annotations

from typing import Literal

from aop_lib.fields import Amount, Code, Day, Id, Month, Share, Strict, Text


class FixedMethod(Strict):
    """A line or an account whose method is fixed instead of chosen by its back-test; an account goes before its line."""

    line: Id | None = None
    account: Code | None = None
    method: Literal["driver", "model", "statistical", "last_value", "same_month", "plan"]
    owner: Id
    why: Text


class Stated(Strict):
    """What an owner says of months to come: an amount a month, or a change of what the method gives."""

    line: Id | None = None
    account: Code | None = None
    team: Id | None = None
    start: Month
    end: Month | None = None  # excluded; without it that one month
    amount: Amount | None = None  # a month, for the whole of what is named, reporting currency, natural sign
    change: Share | None = None  # 3.5 % is that much more than the method gives
    owner: Id
    on: Day  # a review as of an earlier day does not see it
    why: Text


class OutlookFile(Strict):
    """outlook.yml: methods that are fixed, and figures that owners state; both may be missing."""

    methods: list[FixedMethod] = []
    stated: list[Stated] = []
