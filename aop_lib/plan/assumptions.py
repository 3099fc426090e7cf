"""The assumptions register: what every request, plan, goal and driver counts on, by key, month and team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.params.model import DRIVERS
from aop_lib.periods import posting_month
from aop_lib.plan.alignment_rows import currency_or, exact
from aop_lib.plan.claims import NOW
from aop_lib.plan.owners import team_owner
from aop_lib.team_plan_files import plan_place

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import DriverValue, Rule

Row = dict[str, Any]
REQUEST, PLAN, GOAL, DRIVER, RULE = "request", "plan", "goal", "driver", "rule"


def assumptions(params: Params, request_assumptions: pd.DataFrame) -> pd.DataFrame:
    """Returns everything that somebody counts on, so that whoever counts on something else is found.

    Defined as::

        request   what a request `states` for the last closed month and `assumes` for the end of the planned year
        plan      what an initiative is expected to add to a metric by its day, and what a person is to reach: told, not compared
        goal      the target of a KPI in its deadline's month: what the company says
        driver    what drivers.yml tells the model, from its month on
        rule      growth by which drivers.yml carries accounts forward, and what headcount.yml says of people: told, not compared

    Args:
        params: Goals, plans, drivers.yml, owners.
        request_assumptions: The frame `request_assumptions`.

    Returns:
        The frame `assumptions`; drivers and rules are their owner's, under the team that the owner leads.
    """
    rows = [*_of_requests(params, request_assumptions), *_of_plans(params), *_of_goals(params), *_of_drivers(params), *_of_rules(params), *_of_people(params)]
    return conformed("assumptions", pd.DataFrame(rows)) if rows else empty("assumptions")


def _row(key: str, kind: str, item: str, team: str, owner: str, month: pd.Timestamp | date, value: Decimal, **words: Any) -> Row:
    first = month if isinstance(month, pd.Timestamp) else posting_month(month)
    return {
        "key": key,
        "kind": kind,
        "item": item,
        "team": team,
        "owner": owner,
        "month": first,
        "value": exact(value),
        "compared": True,
        "source": "",
        **words,
    }


def _metric(params: Params, metric: str) -> dict[str, str]:
    found = params.metrics[metric]
    return {"label": found.label, "unit": currency_or(params, found.unit)}


def _of_requests(params: Params, told: pd.DataFrame) -> Iterator[Row]:
    for row in told.to_dict("records"):
        month = params.last_closed if row["about"] == NOW else params.year_months[-1]
        owner = team_owner(params, row["team"])
        words = _metric(params, row["metric"]) | {"where": row["where"]}
        yield _row(row["metric"], REQUEST, row["request"], row["team"], owner, month, row["value"], **words)


def _of_plans(params: Params) -> Iterator[Row]:
    for plan in params.team_plans:
        where = plan_place(params, plan.team)
        for each in plan.initiatives:
            owner = each.accountable[0] if each.accountable else team_owner(params, plan.team)
            for number, effect in enumerate(each.effects):
                words = _metric(params, effect.metric) | {"where": where, "source": each.what, "compared": False}
                yield _row(f"added {effect.metric}", PLAN, f"{each.id} {number + 1}", plan.team, owner, effect.by, effect.value, **words)
        for number, person in enumerate(plan.individuals):
            words = _metric(params, person.kpi) | {"where": where, "compared": False}
            month = person.by or params.year_months[-1]
            yield _row(f"reached {person.kpi}", PLAN, f"{person.person} {number + 1}", plan.team, person.person, month, person.target, **words)


def _of_goals(params: Params) -> Iterator[Row]:
    for goal in params.goals.goals:
        for each in goal.by_kpi():
            words = _metric(params, each.kpi) | {"where": f"goals.yml, {goal.id}", "source": goal.evidence}
            yield _row(each.kpi, GOAL, goal.id, "", goal.owner, goal.deadline, each.target, **words)


def _of_drivers(params: Params) -> Iterator[Row]:
    for number, told in enumerate(params.drivers.model.told):
        spec = DRIVERS[told.driver]
        place = told.segment or told.line or told.account or ""
        words = {
            "label": f"{spec.label}{', ' + place if place else ''}",
            "unit": currency_or(params, spec.unit),
            "where": "drivers.yml, model",
            "source": told.source,
        }
        owner = _owner_of(told)
        yield _row(
            f"{told.driver} {place}".strip(), DRIVER, f"told {number + 1}", _led(params, owner), owner, told.start or params.year_months[0], told.value, **words
        )


def _owner_of(told: DriverValue | Rule) -> str:
    return told.owner or ""


def _of_rules(params: Params) -> Iterator[Row]:
    for number, rule in enumerate(params.drivers.rules):
        place = rule.account or rule.line or rule.team or "everything"
        for name, value in (("growth", rule.growth), ("monthly growth", rule.monthly_growth)):
            if value:
                words = {"label": f"{name.capitalize()}, {place}", "unit": "pct", "where": "drivers.yml, rules", "source": rule.source, "compared": False}
                team = rule.team or _led(params, _owner_of(rule))
                yield _row(f"{name} {place}", RULE, f"rule {number + 1}", team, _owner_of(rule), params.year_months[0], value, **words)


def _of_people(params: Params) -> Iterator[Row]:
    for number, each in enumerate(params.headcount.figures()):
        owner, words = each.told.owner or "", {"label": each.label, "unit": each.unit, "where": "headcount.yml", "source": each.told.source, "compared": False}
        yield _row(
            f"people {each.label}", RULE, f"headcount {number + 1}", _led(params, owner), owner, each.since or params.year_months[0], each.value, **words
        )


def _led(params: Params, owner: str) -> str:
    """Returns the team or group that an owner leads; empty where the owner leads none."""
    return next((each.id for each in params.company.teams if owner and each.owner == owner), "")
