"""The company around its recurring business: costs, people, assets, profit, tax and cash, month by month over all scenarios.

Arrays in here are (month, line | account | 1, scenario), scenarios side by side in memory.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aop_lib.plan.driver_model import Array, DriverModel
from aop_lib.plan.driver_recurring import DAYS, lag_weights, lagged

COMPANY = (
    "heads", "people", "operating_profit", "profit_before_tax", "tax", "net_result", "depreciation", "purchases", "payments", "capex", "financing", "cash",
)  # fmt: skip
COSTS = ("cost_of_revenue", "opex", "other_expense")


def company(model: DriverModel, drivers: Mapping[str, Array], lines: Array, sums: Mapping[str, Array]) -> None:
    """Fills the P&L lines and the company's figures of a block of scenarios.

    Defined as::

        line              = spend + sum of its followed accounts + its people          the subscription line: revenue of the segments
        followed account  = cost_rate * volume        customers, subscription revenue, new ARR, billings or heads of the month
        heads             = heads before + hires - leavers
        people            = heads * pay / 12 * product of (1 + merit) to the month * (1 + burden)
        depreciation      = of what is owned already + of the months before: capex / asset_life_months, over that life
        operating profit  = revenue - cost of revenue - operating expenses
        before tax        = operating profit + other income - other expense            interest: cash before * interest_rate / 12
        tax               = spend on the tax line + tax_rate * what is left of profit before tax after losses, tax_losses among them
        purchases         = costs without people and depreciation
        payments          = bills + purchases, dpo_days / 30 months later, see `lag_weights`
        cash              = cash before + collections + revenue beside that of segments + other income - people - payments - tax - capex + financing

    Args:
        model: Lines, their types, followed accounts and openings.
        drivers: Drivers of this block.
        lines: (month, line, scenario): natural amounts, filled here.
        sums: The sums of `driver_recurring.recurring`; each name of `COMPANY` is filled here.
    """
    people, heads = people_costs(model, drivers, len(lines))
    sums["people"][...] = people.sum(axis=1)
    sums["heads"][...] = heads.sum(axis=1)
    volumes = {"customers": sums["customers"], "subscription_revenue": sums["revenue"], "new_arr": 12 * sums["new"], "billings": sums["billings"]}
    volumes["heads"] = sums["heads"]
    lines[...] = drivers["spend"]
    for place, follow in enumerate(model.follows):
        lines[:, model.lines.index(follow.line)] += drivers["cost_rate"][:, place] * volumes[follow.volume]
    np.add.reduce(lines[:, model.line_places(*COSTS)], axis=1, out=sums["purchases"])
    if people.any():
        lines += people
    _depreciation(model, drivers, lines, sums)
    lines[:, model.lines.index(model.subscription)] += sums["revenue"]
    paid_later = lag_weights(drivers["dpo_days"][:1] / DAYS)
    sums["payments"][...] = lagged(sums["purchases"][:, None], paid_later, len(lines))[:, 0] + model.opening.bills[:, None]
    sums["capex"][...] = drivers["capex"][:, 0]
    sums["financing"][...] = drivers["financing"][:, 0]
    _results(model, lines, sums)
    _cash(model, drivers, lines, sums)


def people_costs(model: DriverModel, drivers: Mapping[str, Array], count: int) -> tuple[Array, Array]:
    """Returns what people cost per line and how many there are, each (month, line, scenario | 1); see `company`."""
    moved = np.broadcast_to(drivers["hires"] - drivers["leavers"], (count, *np.broadcast_shapes(drivers["hires"].shape[1:], drivers["leavers"].shape[1:])))
    heads = model.opening.heads[:, None] + np.cumsum(moved, axis=0)
    merit = np.broadcast_to(1.0 + drivers["merit"], (count, *drivers["merit"].shape[1:]))
    return np.asarray(heads * (drivers["pay"] / 12) * np.cumprod(merit, axis=0) * (1.0 + drivers["burden"])), heads


def new_depreciation(capex: Array, life: Array, count: int) -> Array:
    """Returns the depreciation of what is bought in the model, straight over its life from the month after.

    Args:
        capex: (month | 1, 1, scenario | 1).
        life: (1, 1, scenario | 1), months; rounded to whole ones.
        count: The number of months.

    Returns:
        (month, scenario | 1).
    """
    found = np.zeros((count, np.broadcast_shapes(capex.shape[2:], life.shape[2:])[0]))
    spent = np.broadcast_to(capex[:, 0], (count, capex.shape[2]))
    whole = np.maximum(np.rint(life[0, 0]), 1.0)
    for bought in range(count - 1):
        ages = np.arange(1, count - bought, dtype=float)[:, None]
        found[bought + 1 :] += np.where(ages <= whole, spent[bought] / whole, 0.0)
    return found


def _depreciation(model: DriverModel, drivers: Mapping[str, Array], lines: Array, sums: Mapping[str, Array]) -> None:
    sums["depreciation"][...] = model.opening.depreciation[:, None]
    if drivers["capex"].any():
        sums["depreciation"][...] += new_depreciation(drivers["capex"], drivers["asset_life_months"], len(lines))
    if model.depreciated:
        lines[:, model.lines.index(model.depreciated)] += sums["depreciation"]


def _results(model: DriverModel, lines: Array, sums: Mapping[str, Array]) -> None:
    profit = sums["operating_profit"]
    profit[...] = 0.0
    for place, kind in enumerate(model.types):
        if kind == "revenue":
            profit += lines[:, place]
        elif kind in {"cost_of_revenue", "opex"}:
            profit -= lines[:, place]


def _cash(model: DriverModel, drivers: Mapping[str, Array], lines: Array, sums: Mapping[str, Array]) -> None:
    """Fills interest, tax, net result and cash: the only figures that need the month before."""
    income, expense, taxes = (model.line_places(kind) for kind in ("other_income", "other_expense", "tax"))
    sold = model.line_places("revenue")
    cash, losses = np.full(lines.shape[2], model.opening.cash), np.zeros(lines.shape[2]) + drivers["tax_losses"][0, 0]
    interest, rate = drivers["interest_rate"], drivers["tax_rate"]
    for month in range(len(lines)):
        at = lines[month]
        if income:
            at[income[0]] += cash * (interest[month if len(interest) > 1 else 0, 0] / 12)
        before_tax = sums["profit_before_tax"][month]
        before_tax[...] = sums["operating_profit"][month] + _total(at, income) - _total(at, expense)
        losses -= before_tax
        if taxes:
            at[taxes[0]] += rate[month if len(rate) > 1 else 0, 0] * np.maximum(-losses, 0.0)
        np.maximum(losses, 0.0, out=losses)
        sums["tax"][month] = _total(at, taxes)
        np.subtract(before_tax, sums["tax"][month], out=sums["net_result"][month])
        cash += sums["collections"][month] + (_total(at, sold) - sums["revenue"][month]) + _total(at, income)
        cash -= sums["people"][month] + sums["payments"][month] + sums["tax"][month] + sums["capex"][month]
        cash += sums["financing"][month]
        sums["cash"][month] = cash


def _total(at: Array, places: list[int]) -> Array | float:
    return sum((at[place] for place in places), 0.0)
