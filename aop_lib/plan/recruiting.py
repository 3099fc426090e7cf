"""Hires of requests beside what can be recruited, and what leavers are expected to change: cost of empty chairs, and what sellers can sell."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.money import converted, total
from aop_lib.periods import month_text
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.owners import first_owner, owner_name, team_name
from aop_lib.plan.people_cost import Rates, hires_by_month, role_of, span_of
from aop_lib.plan.role_cost import Role, capacity, expected_capacity, role_flows, vacancy
from aop_lib.plan.role_time import presence
from aop_lib.plan.trees import team_ancestry
from aop_lib.plan.wording import counted, listed, month_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.headcount import Hiring


def asked_people(request_people: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns the people that are asked for: of approved requests those of their option, of undecided ones those of the option with most people.

    Args:
        request_people: The frame `request_people`.
        status: The frame `request_status`; what is rejected is not asked for any more.
    """
    most = request_people.groupby(["request", "option"], sort=True)["people"].sum().reset_index()
    largest = most.sort_values(["request", "people", "option"], ascending=[True, False, True], kind="stable").drop_duplicates("request")
    options = dict(zip(largest["request"], largest["option"], strict=True))
    for row in status.to_dict("records"):
        options |= {row["request"]: row["option"]} if row["decision"] == "approved" else {row["request"]: ""} if row["decision"] == "rejected" else {}
    chosen = [options.get(request) == option for request, option in zip(request_people["request"], request_people["option"], strict=True)]
    return request_people[pd.Series(chosen, index=request_people.index, dtype=bool)]


def recruiting_findings(params: Params, request_people: pd.DataFrame, status: pd.DataFrame) -> list[Row]:
    """Returns a warning for each month of the year in which more people are to start than headcount.yml says can be hired.

    Args:
        params: Rules of recruiting, teams, the year.
        request_people: The frame `request_people`.
        status: The frame `request_status`: what is rejected is left out, of undecided requests the option with most people counts.
    """
    starts = hires_by_month(asked_people(request_people, status))
    titles = dict(zip(status["request"], status["title"], strict=True))
    return [row for rule in params.headcount.recruiting for row in _beyond(params, rule, starts, titles)]


def _beyond(params: Params, rule: Hiring, starts: pd.DataFrame, titles: dict[Any, Any]) -> Iterator[Row]:
    above, teams = team_ancestry(params), set(rule.teams)
    own = starts[[not teams or bool(teams & set(above.get(team, {team: 0}))) for team in starts["team"]]] if len(starts) else starts
    for month in params.year_months:
        here, limit = own[own["month"] == month], rule.months.get(month_text(month), rule.heads)
        heads = int(here["people"].sum())
        if month > params.last_closed and heads > limit:
            who = listed([f"{titles.get(request, request)} {people}" for request, people in zip(here["request"], here["people"], strict=True)], 6)
            place = f", {listed([team_name(params, team) for team in rule.teams], 3)}" if rule.teams else ""
            yield finding(
                "warning", "recruiting", f"{month_name(month)}{place}", "More people are to start than can be hired in the month",
                expected=f"{counted(limit, 'head')}, source: {rule.source or '[assumed]'}", found=f"{counted(heads, 'head')}: {who}",
                owner=owner_name(params, rule.owner or first_owner(params)),
            )  # fmt: skip


def expected_effect(params: Params, request_people: pd.DataFrame, rates: Rates) -> Decimal:
    """Returns what leavers are expected to take off the year's cost of people, in reporting currency; below zero it saves.

    Args:
        params: Attrition and the year.
        request_people: The roles that count.
        rates: Budget rate of each (currency, month).
    """
    rows = [effect for row in request_people.to_dict("records") for effect in _effects(params, row)]
    return total(converted(pd.DataFrame(rows), rates, params.company.reporting_currency)["amount"]) if rows else Decimal("0.00")


def _effects(params: Params, row: Any) -> Iterator[dict[str, Any]]:
    role, last = role_of(params, row), params.year_months[-1]
    months = role.span.months(last)
    if role.attrition and months:
        for each in vacancy(role, role_flows(params.headcount, role, last), months):
            if each.month in params.year_months:
                yield {"month": each.month, "currency": each.currency, "amount": each.amount * int(row["people"])}


def seller_capacity(params: Params, request_people: pd.DataFrame, *, is_expected: bool) -> dict[pd.Timestamp, Decimal]:
    """Returns what the sellers among the roles can close in each month of the year, in the currency of their quota.

    Defined as::

        full       people * quota / 12 * ramp * attainment                 as if nobody left
        expected   the same for the chairs that are expected to be filled; who replaces somebody ramps anew

    Args:
        params: headcount.yml, ramp and attainment of drivers.yml, the year.
        request_people: Roles of one currency.
        is_expected: Whether leavers are reckoned with.
    """
    found = dict.fromkeys(params.year_months, Decimal(0))
    for row in request_people.to_dict("records"):
        role, people = role_of(params, row), int(row["people"])
        for month, amount in _sold(params, role, is_expected=is_expected):
            if month in found:
                found[month] += people * amount
    return found


def _sold(params: Params, role: Role, *, is_expected: bool) -> Iterator[tuple[pd.Timestamp, Decimal]]:
    months, rule = role.span.months(params.year_months[-1]), params.headcount.inside_month
    if is_expected and role.attrition and months:
        yield from ((month, expected_capacity(role, month, rule, each)) for month, each in zip(months, presence(role.attrition, months), strict=True))
    else:
        yield from ((month, capacity(role, month, rule)) for month in months)


def first_day(row: Any) -> str:
    """Returns the first day of a row of `request_people` as reports say it."""
    start = span_of(row).start
    return month_name(span_of(row).first_month) if start.day == 1 else f"{start.day} {month_name(span_of(row).first_month)}"
