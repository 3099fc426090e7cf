"""What an outlook stands on: actuals without what approved requests added, by place, and the drivers restarted at any month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib.periods import add_months, month_spine
from aop_lib.plan.budget import BASE, IMPORTED
from aop_lib.plan.carry_forward import Series, Window, carried_amount, pl_amounts, place_rules, places_by_month

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Rule
    from aop_lib.plan.forecast import Array

Place = tuple[str, str, str]
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Past:
    """Actuals by place and month, oldest first.

    Attributes:
        months: The months of the ledger to the last closed one.
        series: (entity, team, account) to its amounts, without what approved requests added; an absent month is zero.
        requested: The same places and more, to what approved requests and restatements add to the plan.
        planned: Place to the plan without them.
        accounts: The accounts that have a past, sorted.
        rules: (account, team) to the rule of drivers.yml.
    """

    months: tuple[pd.Timestamp, ...]
    series: dict[Place, dict[pd.Timestamp, Decimal]]
    requested: dict[Place, Series]
    planned: dict[Place, Series]
    accounts: tuple[str, ...]
    rules: dict[tuple[str, str], Rule]


def past(params: Params, ledger: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> Past:
    """Returns what an outlook stands on.

    Defined as::

        base of a closed month = actual - what approved requests and restatements add in that month by the plan

    so that a request counts from its planned month on, whatever method carries the base forward.

    Args:
        params: drivers.yml, teams, last closed month.
        ledger: Actuals, closed months.
        budget: The budget whose months are left, with its layers; its closed months tell what requests already added.
        accounts: The account tree.
        lines: The P&L lines.
    """
    series = {place: dict(months) for place, months in places_by_month(pl_amounts(ledger, accounts, lines)).items()}
    is_base = budget["layer"].isin([BASE, IMPORTED])
    requested, planned = (places_by_month(pl_amounts(budget[rows], accounts, lines)) for rows in (~is_base, is_base))
    for place, months in requested.items():
        for month, amount in months.items():
            if month <= params.last_closed:
                own = series.setdefault(place, {})
                own[month] = own.get(month, ZERO) - amount
    first = ledger["month"].min() if len(ledger) else add_months(params.last_closed, 1)
    spine = tuple(month_spine(first, add_months(params.last_closed, 1)))
    rules = place_rules(params, accounts, [(account, team) for _, team, account in {*series, *planned, *requested}])
    return Past(spine, series, dict(requested), dict(planned), tuple(sorted({account for _, _, account in series})), rules)


def account_history(found: Past) -> Array:
    """Returns the base of each account by month, (account, month), natural sign, as floats: what methods are tested on."""
    position, column = {account: row for row, account in enumerate(found.accounts)}, {month: place for place, month in enumerate(found.months)}
    table = np.zeros((len(found.accounts), len(found.months)))
    for place in sorted(found.series):
        for month, amount in found.series[place].items():
            if month in column:
                table[position[place[2]], column[month]] += float(amount)
    return table


def driver_amounts(params: Params, found: Past, known: int, horizon: int) -> dict[Place, list[Decimal]]:
    """Returns the base of each place for the months after an origin, by its rule of drivers.yml restarted there; not rounded.

    A rule's growth lifts months of the run rate that lie before the fiscal year of the month that is wanted; months within it have
    grown already. The method `imported` takes the plan.

    Args:
        params: drivers.yml, calendar.
        found: What the outlook stands on.
        known: How many months of the ledger are known.
        horizon: How many months are wanted.
    """
    if not known:
        return {}
    origin = found.months[known - 1]
    targets = [add_months(origin, step) for step in range(1, horizon + 1)]
    windows = _windows(params, found, known, targets)
    return {place: [_amount(found, place, month, windows[month]) for month in targets] for place in sorted(found.series)}


def _windows(params: Params, found: Past, known: int, targets: Sequence[pd.Timestamp]) -> Mapping[pd.Timestamp, Window]:
    months = found.months[max(known - params.drivers.window_months, 0) : known]
    base = Window(months, found.months[known - 1], params.year_months[0], found.months[0])
    if not params.is_review:  # the year that is ending is estimated without the growth of the planned one
        return dict.fromkeys(targets, base)
    return {month: replace(base, year_start=params.calendar.year_start(params.calendar.fiscal_year(month))) for month in targets}


def _amount(found: Past, place: Place, month: pd.Timestamp, window: Window) -> Decimal:
    rule = found.rules[place[2], place[1]]
    series = found.planned.get(place, {}) if rule.method == "imported" else found.series[place]
    return carried_amount(rule, series, month, window)


def by_account(found: Past, amounts: Mapping[Place, Sequence[Decimal]], horizon: int) -> Array:
    """Returns amounts of places added up by account, (account, horizon), as floats."""
    position = {account: row for row, account in enumerate(found.accounts)}
    table = np.zeros((len(found.accounts), horizon))
    for place, values in amounts.items():
        table[position[place[2]]] += [float(each) for each in values]
    return table
