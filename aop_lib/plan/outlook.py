"""The outlook: actuals to date and a re-forecast of the months left, by method, with what owners state themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from aop_lib import frames as contracts
from aop_lib import money
from aop_lib.periods import add_months
from aop_lib.plan.back_test import array_methods
from aop_lib.plan.carry_forward import pl_amounts
from aop_lib.plan.outlook_activity import activity_method
from aop_lib.plan.outlook_base import ZERO, Past, account_history, driver_amounts, past
from aop_lib.plan.outlook_methods import ACTUAL, DRIVER, MODEL, OWNER, PLAN, methods, tests
from aop_lib.plan.trees import account_ancestry, team_ancestry
from aop_lib.plan.variance import reviewed_months, reviewed_year

if TYPE_CHECKING:
    import numpy as np

    from aop_lib.load import Params
    from aop_lib.params.outlook import Stated
    from aop_lib.plan.back_test import Method
    from aop_lib.plan.forecast import Array
    from aop_lib.plan.outlook_base import Place

FORECAST = "re-forecast"
Amounts = dict[tuple[str, str, str], dict[pd.Timestamp, Decimal]]


class Outlook(NamedTuple):
    """The outlook and how each account came to it.

    Attributes:
        amounts: The frame `outlook`.
        methods: The frame `outlook_methods`.
    """

    amounts: pd.DataFrame
    methods: pd.DataFrame


def outlook_name(params: Params) -> str:
    """Returns the outlook's name from the closed months: `3+9`, `6+6`, `9+3`; `12+0` is the year as it was."""
    closed = len(reviewed_months(params))
    return f"{closed}+{12 - closed}"


def outlook(params: Params, frames: Mapping[str, pd.DataFrame], budget: pd.DataFrame, paths: pd.DataFrame, estimate: pd.DataFrame) -> Outlook:
    """Returns the outlook of the year under review, or in a plan cycle the estimate of the year that is ending, with its back-test.

    Defined as::

        closed month     the ledger
        month left       the base of the account by its method (`outlook_methods.methods`) + what approved requests and restatements add by the plan;
                         what outlook.yml states for it goes before
        base             drivers: by place; every other method: by account, rounded once, divided among the account's places by what each had
                         in the last twelve months
        plan cycle       the frame `year_end_estimate`, by drivers

    Args:
        params: The cycle.
        frames: ledger, accounts, lines.
        budget: The frame `budget`, in a review the one under review.
        paths: The frame `driver_paths`.
        estimate: The frame `year_end_estimate`.
    """
    accounts, lines = frames["accounts"], frames["lines"]
    left = [month for month in reviewed_year(params) if month > params.last_closed]
    found = past(params, frames["ledger"], budget if params.is_review else budget.iloc[:0], accounts, lines)
    modelled = model_amounts(params, found, paths, accounts, left)
    further = activity_method(params, found, accounts, lines, len(left)) if paths.empty and left else {}
    chosen = methods(params, found, tests(params, found, len(left), further), accounts, modelled)
    if not params.is_review:
        rows = estimate.assign(method=["" if basis == ACTUAL else DRIVER for basis in estimate["basis"]])
        rows = rows.assign(basis=[ACTUAL if basis == ACTUAL else FORECAST for basis in rows["basis"]])
        return Outlook(contracts.conformed("outlook", rows), chosen)
    actual = pl_amounts(frames["ledger"][frames["ledger"]["month"].isin(reviewed_months(params))], accounts, lines).assign(basis=ACTUAL, method="")
    by_method = dict(zip(chosen["account"], chosen["method"], strict=True))
    base = base_amounts(params, found, by_method, modelled, left, further)
    rows = _frame(params, _with_requests(found, base, left), by_method, accounts, left)
    return Outlook(contracts.conformed("outlook", pd.concat([actual, rows], ignore_index=True)), chosen)


def model_amounts(params: Params, found: Past, paths: pd.DataFrame, accounts: pd.DataFrame, left: Sequence[pd.Timestamp]) -> dict[str, Array]:
    """Returns what the driver model makes of the accounts of subscription revenue, by account: its line divided as in the last twelve months."""
    own = paths[(paths["measure"] == "line") & paths["place"].isin(params.company.switches.subscription_revenue_lines) & paths["month"].isin(list(left))]
    if own.empty or not left:
        return {}
    import numpy as np

    recent = account_history(found)[:, -12:].sum(axis=1)
    line_of, sign_of = (dict(zip(accounts["account"], accounts[column], strict=True)) for column in ("line", "line_sign"))
    values: dict[str, Array] = {}
    for line in sorted(own["place"].unique()):
        path = {month: float(value) for place, month, value in zip(own["place"], own["month"], own["value"], strict=True) if place == line}
        mine = [row for row, account in enumerate(found.accounts) if line_of[account] == line]
        whole = sum(recent[row] * int(sign_of[found.accounts[row]]) for row in mine)
        if len(path) == len(left) and whole > 0:
            values |= {found.accounts[row]: np.array([path[month] for month in left]) * recent[row] / whole for row in mine}
    return values


def base_amounts(
    params: Params, found: Past, by_method: Mapping[str, str], modelled: Mapping[str, Array], left: Sequence[pd.Timestamp], further: Mapping[str, Method]
) -> Amounts:
    """Returns the base of each place in the months left, to the cent; see `outlook`."""
    horizon, known = len(left), len(found.months)
    amounts: Amounts = {}
    for place, values in driver_amounts(params, found, known, horizon).items():
        if by_method[place[2]] == DRIVER:
            amounts[place] = dict(zip(left, (money.cents(each) for each in values), strict=True))
    for place, planned in found.planned.items():
        if by_method.get(place[2], PLAN) == PLAN:
            amounts[place] = {month: planned.get(month, ZERO) for month in left}
    if not horizon or not known:
        return amounts
    whole = {name: method(known) for name, method in {**array_methods(account_history(found), horizon), **further}.items()}
    for row, account in enumerate(found.accounts):
        method = by_method[account]
        if method == MODEL or method in whole:
            amounts |= _divided(found, account, modelled[account] if method == MODEL else whole[method][row], left)
    return amounts


def _divided(found: Past, account: str, values: np.ndarray, left: Sequence[pd.Timestamp]) -> Amounts:
    """An account's amounts among its places, by what each had in the last twelve months; all to the largest where none is above zero."""
    places = sorted(place for place in found.series if place[2] == account)
    sums = [sum((found.series[place].get(month, ZERO) for month in found.months[-12:]), ZERO) for place in places]
    weights = [max(each, ZERO) for each in sums]
    if not sum(weights):
        largest = max(range(len(places)), key=lambda index: (abs(sums[index]), -index))
        weights = [Decimal(index == largest) for index in range(len(places))]
    parts = [money.split(money.cents(Decimal(repr(float(value)))), weights) for value in values]
    return {place: {month: part[index] for month, part in zip(left, parts, strict=True)} for index, place in enumerate(places)}


def _with_requests(found: Past, base: Amounts, left: Sequence[pd.Timestamp]) -> Amounts:
    amounts = {place: dict(months) for place, months in base.items()}
    for place, added in found.requested.items():
        own = amounts.setdefault(place, {})
        for month in left:
            own[month] = own.get(month, ZERO) + added.get(month, ZERO)
    return amounts


def _frame(params: Params, amounts: Amounts, by_method: Mapping[str, str], accounts: pd.DataFrame, left: Sequence[pd.Timestamp]) -> pd.DataFrame:
    stated = stated_amounts(params, amounts, accounts, left)
    rows = []
    for place in sorted({*amounts, *stated}):
        months = amounts.get(place, {}) | stated.get(place, {})
        if any(months.values()) or place in stated:
            own = stated.get(place, {})
            rows += [(*place, month, FORECAST, OWNER if month in own else by_method.get(place[2], PLAN), months.get(month, ZERO)) for month in left]
    frame = pd.DataFrame(rows, columns=["entity", "team", "account", "month", "basis", "method", "amount"])
    return frame.assign(month=frame["month"].astype("datetime64[us]"), amount=frame["amount"].astype(money.MONEY))


def seen(params: Params) -> list[Stated]:
    """Returns what owners state that this cycle may see: nothing that was said after the day it is made as of."""
    return [each for each in params.outlook.stated if each.on <= params.as_of] if params.is_review else []


def stated_amounts(params: Params, amounts: Amounts, accounts: pd.DataFrame, left: Sequence[pd.Timestamp]) -> Amounts:
    """Returns the places and months that owners state, to the cent; of two that meet the later of outlook.yml holds.

    Defined as::

        change    (1 + change) * what the method gives, by place
        amount    divided among the places that are named, by what the method gives them (or evenly, where that is nothing); where
                  there is no such place, the account of the team in the company's first entity

    Args:
        params: outlook.yml, the trees.
        amounts: What the methods give.
        accounts: The account tree.
        left: The months left.
    """
    told: Amounts = {}
    for each in seen(params):
        places = _places(params, each, amounts, accounts)
        for month in left:
            if each.start <= month < (each.end or add_months(each.start, 1)):
                given = [amounts.get(place, {}).get(month, ZERO) for place in places]
                for place, value in zip(places, _stated(each, given), strict=True):
                    told.setdefault(place, {})[month] = value
    return told


def _stated(each: Stated, given: Sequence[Decimal]) -> list[Decimal]:
    if each.amount is None:
        return [money.cents(value * (1 + (each.change or 0))) for value in given]
    weights = [max(value, ZERO) for value in given]
    return money.split(each.amount, weights if sum(weights) else [Decimal(1)] * len(given))


def _places(params: Params, each: Stated, amounts: Amounts, accounts: pd.DataFrame) -> list[Place]:
    account_groups, team_groups = account_ancestry(accounts), team_ancestry(params)
    lines = dict(zip(accounts["account"], accounts["line"], strict=True))
    found = [
        place
        for place in sorted(amounts)
        if (each.account is None or each.account in account_groups.get(place[2], {place[2]: 0}))
        and (each.line is None or lines.get(place[2]) == each.line)
        and (each.team is None or each.team in team_groups.get(place[1], {place[1]: 0}))
    ]
    entity = params.company.entities[0].id if params.company.entities else ""
    return found or ([(entity, each.team or "", each.account)] if each.amount is not None and each.account else [])
