"""Limits of allocation.yml as readers name them: what they allow, for whom and when, instead of their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.params.allocation import CashFloor, Exclusion, HeadLimit, Limit, MoneyLimit, Must, Need
from aop_lib.plan.owners import team_name
from aop_lib.plan.wording import amount_text, counted, listed, month_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.allocation_problem import LimitRow

Namer = Callable[["LimitRow"], str]
EACH = {"year": "in the year", "each": "in each quarter", **{f"q{number}": f"in Q{number}" for number in (1, 2, 3, 4)}}


def limit_namer(params: Params, titles: Mapping[str, str]) -> Namer:
    """Returns what names a row of the limits: `at most 700 k for Go-to-market in the year`; the id of a limit that is not there.

    Args:
        params: allocation.yml, names of teams, statements of goals.
        titles: Requests to what readers call them.
    """
    limits = {each.id: each for each in params.allocation.limits}

    def name(row: LimitRow) -> str:
        limit = limits.get(row.limit)
        return limit_name(params, limit, titles, row.period) if limit is not None else row.limit

    return name


def limit_name(params: Params, limit: Limit, titles: Mapping[str, str], period: str = "") -> str:
    """Returns a limit in words; without a period that of the whole limit.

    Args:
        params: Names of teams and goals.
        limit: One limit of allocation.yml.
        titles: Requests to what readers call them.
        period: `q1` … `q4`, `year`, a month as YYYY-MM, or empty.
    """
    if isinstance(limit, MoneyLimit | HeadLimit):
        return f"{_bounds(limit)} for {_whom(params, limit.teams, limit.goals)} {EACH.get(period or limit.period, '')}".strip()
    if isinstance(limit, CashFloor):
        since = f" from {month_name(limit.start)} on" if limit.start is not None else ""
        return f"cash of at least {amount_text(limit.at_least)}{f' at the end of {period}' if period else since}"
    return _rule(limit, titles)


def request_title(request: str, titles: Mapping[str, str]) -> str:
    """Returns a request as readers call it, in quotes; its id where nobody asked for it."""
    return f"“{titles[request]}”" if request in titles else request


def _rule(limit: Limit, titles: Mapping[str, str]) -> str:
    if isinstance(limit, Need):
        return f"{request_title(limit.request, titles)} only beside {request_title(limit.needs, titles)}"
    if isinstance(limit, Exclusion):
        return f"only one of {listed([request_title(each, titles) for each in limit.requests])}"
    if isinstance(limit, Must):
        return f"{request_title(limit.request, titles)} in any case{f', in option {limit.option}' if limit.option else ''}"
    return limit.id


def _bounds(limit: MoneyLimit | HeadLimit) -> str:
    told = [f"{word} {_size(limit, value)}" for word, value in (("at least", limit.at_least), ("at most", limit.at_most)) if value is not None]
    return " and ".join(told)


def _size(limit: MoneyLimit | HeadLimit, value: Decimal | int) -> str:
    return counted(int(value), "head") if isinstance(limit, HeadLimit) else amount_text(Decimal(value))


def _whom(params: Params, teams: Sequence[str], goals: Sequence[str]) -> str:
    statements = {goal.id: goal.statement for goal in params.goals.goals}
    named = [*[team_name(params, each) for each in teams], *[f"“{statements.get(each, each)}”" for each in goals]]
    return listed(named) if named else "the company"
