"""People asked for, as readers see them: what they cost part by part, who starts when, what sellers among them can sell."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan.people_cost import KEY, Rates
from aop_lib.plan.recruiting import expected_effect, first_day, seller_capacity
from aop_lib.plan.role_cost import BONUS, BURDEN, COMMISSION, COMPONENTS, HEAD, MERIT, PAY, TAX, VACANCY
from aop_lib.plan.wording import amount_text, counted, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

NAMES = {
    PAY: "Pay", MERIT: "Pay rises", BONUS: "Bonus", COMMISSION: "Commission", BURDEN: "Burden", TAX: "Payroll taxes", HEAD: "Costs per head",
    VACANCY: "Empty chairs",
}  # fmt: skip
FEWEST = 5  # people whose pay may be shown as one figure
HOW = "of undecided requests the option with most people counts; each amount of each person and month is rounded once."
SOURCES = "Pay and dates: people of requests. What they cost beside it, when a start inside a month counts, who leaves: headcount.yml. Ramp: drivers.yml."


def cost_of(cost: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows of `request_people_cost` that belong to some of the roles.

    Args:
        cost: The frame `request_people_cost`.
        people: Rows of the frame `request_people`.
    """
    return cost.merge(people[[*KEY, "team"]], on=KEY, how="inner", validate="many_to_one")


def period_columns(params: Params, *, is_by_month: bool) -> dict[str, str]:
    """Returns the columns of `component_table`, name to header: quarters or months, then the year."""
    if is_by_month:
        return {f"m{number:02d}": f"{month:%b}" for number, month in enumerate(params.year_months, 1)} | {"year": params.year_label}
    return {f"q{number}": f"Q{number}" for number in range(1, 5)} | {"year": params.year_label}


def component_table(params: Params, cost: pd.DataFrame, people: pd.DataFrame, *, is_by_month: bool = False) -> pd.DataFrame:
    """Returns what people cost by part and period: name and the columns of `period_columns`, money in reporting currency.

    Of fewer than five people the parts are not shown, for they would tell what one is paid: they stand as one row.

    Args:
        params: The year.
        cost: What `cost_of` returned.
        people: The roles that it is of.
        is_by_month: Whether periods are months instead of quarters.
    """
    is_few = int(people["people"].sum()) < FEWEST
    labels = cost.assign(name=["All costs" if is_few else NAMES[each] for each in cost["component"]])
    columns = list(period_columns(params, is_by_month=is_by_month))
    size = 1 if is_by_month else 3
    place = {month: columns[number // size] for number, month in enumerate(params.year_months)}
    rows = []
    for name in ["All costs"] if is_few else [NAMES[each] for each in COMPONENTS]:
        own = labels[labels["name"] == name]
        if len(own):
            where = own["month"].map(place)
            rows.append({"name": name} | {each: money.total(own.loc[where == each, "amount"]) for each in columns[:-1]} | {"year": money.total(own["amount"])})
    return pd.DataFrame(rows, columns=["name", *columns]).astype(dict.fromkeys(columns, money.MONEY))


def role_table(params: Params, people: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns the roles in order of their start: name, title (of the request), decision, people, start, place, and what they can sell in the year.

    Args:
        params: headcount.yml, drivers of sellers.
        people: The roles that are asked for.
        status: The frame `request_status`.
    """
    titles, decided = (dict(zip(status["request"], status[name], strict=True)) for name in ("title", "decision"))
    places = {each.id: each.name or each.id for each in params.headcount.locations}
    rows = []
    for number, row in enumerate(people.sort_values(["start", "request", "position"], kind="stable").to_dict("records")):
        one = people[(people["request"] == row["request"]) & (people["option"] == row["option"]) & (people["position"] == row["position"])]
        full, less = (sum(seller_capacity(params, one, is_expected=way).values(), Decimal(0)) for way in (False, True))
        sells = "" if not full else value_text(full, row["currency"])
        sells += f" {row['currency']}" if sells else ""
        words = f"{sells}, with leavers {value_text(less, row['currency'])}" if full != less else sells
        level = f", {row['level'].lower()}" if row["level"] else ""
        told = {"number": number, "name": f"{row['role']}{level}", "title": titles.get(row["request"], row["request"]), "people": int(row["people"])}
        rows.append(told | {"decision": decided.get(row["request"], ""), "start": first_day(row), "place": places[row["location"]], "sells": words})
    return pd.DataFrame(rows, columns=["number", "name", "title", "decision", "people", "start", "place", "sells"])


def people_finding(params: Params, cost: pd.DataFrame, people: pd.DataFrame) -> str:
    """Returns how many people are asked for and what they cost in the year, beside their pay.

    Args:
        params: The year.
        cost: What `cost_of` returned.
        people: The roles that it is of.
    """
    heads, whole = int(people["people"].sum()), money.total(cost["amount"])
    pay = money.total(cost.loc[cost["component"].isin([PAY, MERIT]), "amount"])
    on_top = f"; what comes on top of pay is {percent_text((whole - pay) / pay)} of it" if heads >= FEWEST and pay > 0 else ""
    return f"{counted(heads, 'person', 'people')} asked for cost {amount_text(whole)} in {params.year_label}{on_top}"


def leavers_text(params: Params, people: pd.DataFrame, rates: Rates) -> str:
    """Returns what leavers are expected to do to the cost, and whether the budget reckons with it; empty where headcount.yml names no attrition.

    Args:
        params: headcount.yml.
        people: The roles that are asked for.
        rates: Budget rate of each (currency, month).
    """
    if not params.headcount.attrition:
        return ""
    effect = expected_effect(params, people, rates)
    ways = [each.cost for each in params.headcount.attrition]
    whole = {0: "The budget holds every chair filled", len(ways): "The budget reckons with it"}
    counts = whole.get(ways.count("expected"), "The budget reckons with it in part")
    saved = f"take {amount_text(-effect)} off" if effect < 0 else f"add {amount_text(effect)} to"
    return f"Leavers, replaced as headcount.yml says, are expected to {saved} the year's cost of these people. {counts}."
