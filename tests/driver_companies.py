"""Companies for tests of the driver model, and the same model in plain Python: one scenario, one month, one segment at a time."""

from __future__ import annotations

from math import floor, inf

import numpy as np
import pandas as pd

from aop_lib.params.model import DRIVERS
from aop_lib.plan.driver_model import DriverModel, Follow, Opening

LINES = ("subscriptions", "services", "hosting", "selling", "admin", "interest", "fees", "tax")
TYPES = ("revenue", "revenue", "cost_of_revenue", "opex", "opex", "other_income", "other_expense", "tax")
FOLLOWS = (Follow("5010", "hosting", "customers"), Follow("5030", "hosting", "subscription_revenue"), Follow("6030", "selling", "new_arr"))
VALUES = {
    "pipeline_created": 4e5, "pipeline_growth": 0.01, "win_rate": 0.3, "cycle_months": 3.4, "direct_new": 2e4, "new_contract": 2e4, "quota": 6e5, "attainment": 0.8,
    "ramp_months": 5.5, "rep_starts": 0.2, "rep_leavers": 0.05, "expansion_rate": 0.01, "contraction_rate": 0.004, "churn_rate": 0.012,
    "reactivation_rate": 0.0005, "customer_churn_rate": 0.013, "price_change": 0.002, "in_month_share": 0.5, "annual_share": 0.6, "quarterly_share": 0.1,
    "dso_days": 45, "pay": 1e5, "burden": 0.25, "merit": 0.002, "hires": 0.2, "leavers": 0.05, "spend": 1e4, "cost_rate": 0.01, "interest_rate": 0.02,
    "tax_rate": 0.25, "tax_losses": 3e5, "capex": 5e3, "asset_life_months": 7, "dpo_days": 40, "financing": 1e3,
}  # fmt: skip


def company(seed: int = 0, months: int = 15, segments: int = 3, scenarios: int = 1, spread: float = 0.5, **fixed: float) -> DriverModel:
    """A company whose drivers lie around `VALUES`, different in each scenario, month and segment; `fixed` ones are the same everywhere."""
    random = np.random.default_rng(seed)
    widths = {"segment": segments, "line": len(LINES), "account": len(FOLLOWS), "company": 1}
    drivers = {}
    for name, value in VALUES.items():
        shape = (scenarios, 1 if DRIVERS[name].is_steady else months, widths[DRIVERS[name].scope])
        drivers[name] = np.full(shape, fixed[name]) if name in fixed else value * random.uniform(1 - spread, 1 + spread, shape)
    at_work = np.array([kind in {"cost_of_revenue", "opex"} for kind in TYPES])
    drivers |= {name: drivers[name] * at_work for name in ("hires", "leavers", "pay")}
    mrr = random.uniform(1e5, 3e5, segments)
    phases = {}
    for term in (1, 3, 12):
        shares = random.uniform(0.5, 1.5, (term, segments))
        phases[term] = shares / shares.sum(axis=0) * mrr
    fades = np.linspace(0.7, 1, 11)[:, None] * mrr
    opening = Opening(
        mrr=mrr,
        customers=mrr / 1500,
        phases=phases,
        contracts=mrr * random.uniform(-1, 4, segments),
        ripening=random.uniform(3e5, 5e5, (months, segments)) * (np.arange(months) < 4)[:, None],
        ramped=random.uniform(0, 3, (months, segments)),
        receipts=mrr * random.uniform(0.5, 1, (months, segments)) * (np.arange(months) < 2)[:, None],
        bills=random.uniform(1e4, 2e4, months) * (np.arange(months) < 1),
        heads=random.uniform(0, 20, len(LINES)) * at_work,
        depreciation=np.full(months, 4e3),
        cohorts=fades,
        cohorts_net=0.98 * fades,
        cohorts_gross=0.9 * fades,
        cash=5e6,
        fixed_assets=2e5,
        other_net=-1e5,
    )
    calendar = tuple(pd.date_range("2026-10-01", periods=months, freq="MS"))
    names = tuple(f"segment {letter}" for letter in "abcdefghijklmnop"[:segments])
    return DriverModel(calendar, names, LINES, TYPES, "subscriptions", FOLLOWS, drivers, opening, "admin")


def waiting(amounts: list[float], lag: float, month: int) -> float:
    """What arrives in a month of amounts that take `lag` months each: a part after the whole months in it, the rest a month later."""
    whole = floor(lag)
    late = lag - whole
    first = amounts[month - whole] if month - whole >= 0 else 0.0
    second = amounts[month - whole - 1] if month - whole - 1 >= 0 else 0.0
    return (1 - late) * first + late * second


class Plain:
    """One scenario of a model, month by month, without arrays of any kind."""

    def __init__(self, model: DriverModel, scenario: int = 0) -> None:
        self.model, self.scenario, self.opening = model, scenario, model.opening
        self.path: dict[str, list[list[float]]] = {}
        self.company: dict[str, list[float]] = {}
        self.line: list[list[float]] = []
        for month in range(len(model.months)):
            for segment in range(len(model.segments)):
                self.one_segment(month, segment)
            self.one_month(month)

    def value(self, name: str, month: int, place: int = 0) -> float:
        array = self.model.drivers[name]
        return float(array[min(self.scenario, array.shape[0] - 1), min(month, array.shape[1] - 1), min(place, array.shape[2] - 1)])

    def put(self, name: str, month: int, amount: float) -> float:
        months = self.path.setdefault(name, [])
        if len(months) == month:
            months.append([])
        months[month].append(amount)
        return amount

    def before(self, name: str, month: int, segment: int, opening: float) -> float:
        return self.path[name][month - 1][segment] if month else opening

    def sellers(self, month: int, segment: int) -> float:
        ramp = self.value("ramp_months", 0, segment)
        found = float(self.opening.ramped[month, segment])
        for start in range(month + 1):
            found -= self.value("rep_leavers", start, segment)
            found += self.value("rep_starts", start, segment) * (min(1.0, (month - start) / ramp) if ramp else 1.0)
        return max(found, 0.0)

    def one_segment(self, month: int, segment: int) -> None:
        def value(name: str, at: int = month) -> float:
            return self.value(name, at, segment)

        created = [value("pipeline_created", at) * (1 + value("pipeline_growth", at)) ** at for at in range(month + 1)]
        ripe = float(self.opening.ripening[month, segment]) + waiting(created, value("cycle_months"), month)
        demand = self.put("demand", month, value("win_rate") * ripe)
        capacity = value("quota") / 12 * self.sellers(month, segment) * value("attainment") if value("quota") else inf
        self.put("capacity", month, capacity)
        mrr = self.before("mrr", month, segment, float(self.opening.mrr[segment]))
        new = self.put("new", month, (min(demand, capacity) + value("direct_new")) / 12)
        gains = [self.put(name, month, mrr * value(f"{name}_rate")) for name in ("expansion", "reactivation")]
        losses = [self.put(name, month, mrr * value(f"{name}_rate")) for name in ("contraction", "churn")]
        price = self.put("price", month, mrr * value("price_change"))
        change = new + sum(gains) + price - sum(losses)
        self.put("change", month, change)
        self.put("mrr", month, mrr + change)
        revenue = self.put("revenue", month, mrr + value("in_month_share") * change)
        customers = self.before("customers", month, segment, float(self.opening.customers[segment]))
        self.put("customers", month, customers * (1 - value("customer_churn_rate")) + 12 * new / value("new_contract"))
        shares = {3: value("quarterly_share"), 12: value("annual_share")}
        shares[1] = 1 - shares[3] - shares[12]
        bills = 0.0
        for term, share in shares.items():
            again = float(self.opening.phases[term][month % term, segment]) + sum(
                self.path["change"][at][segment] for at in range(month % term, month + 1, term)
            )
            bills += term * share * again
        self.put("billings", month, bills)
        contracts = self.before("contracts", month, segment, float(self.opening.contracts[segment]))
        self.put("contracts", month, contracts + bills - revenue)
        billed = [self.path["billings"][at][segment] for at in range(month + 1)]
        self.put("collections", month, float(self.opening.receipts[month, segment]) + waiting(billed, value("dso_days") / 30, month))

    def one_month(self, month: int) -> None:
        model = self.model
        totals = {name: sum(self.path[name][month]) for name in ("customers", "new", "revenue", "billings", "collections", "mrr")}
        amounts, people, heads = [], 0.0, 0.0
        for line in range(len(model.lines)):
            here = float(self.opening.heads[line])
            pay = self.value("pay", month, line) / 12
            for at in range(month + 1):
                here += self.value("hires", at, line) - self.value("leavers", at, line)
                pay *= 1 + self.value("merit", at, line)
            cost = here * pay * (1 + self.value("burden", month, line))
            people, heads = people + cost, heads + here
            amounts.append(self.value("spend", month, line) + cost)
        volumes = {
            "customers": totals["customers"], "subscription_revenue": totals["revenue"], "new_arr": 12 * totals["new"], "billings": totals["billings"],
            "heads": heads,
        }  # fmt: skip
        for place, follow in enumerate(model.follows):
            amounts[model.lines.index(follow.line)] += self.value("cost_rate", month, place) * volumes[follow.volume]
        life = round(self.value("asset_life_months", 0))
        worn = float(self.opening.depreciation[month]) + sum(self.value("capex", at) / life for at in range(month) if month - at <= life)
        of_type = {kind: [place for place, each in enumerate(model.types) if each == kind] for kind in model.types}
        cost_places = [*of_type["cost_of_revenue"], *of_type["opex"], *of_type["other_expense"]]
        purchases = sum(amounts[place] for place in cost_places) - people
        amounts[model.lines.index(model.depreciated)] += worn
        amounts[0] += totals["revenue"]
        cash = self.company["cash"][-1] if month else self.opening.cash
        amounts[of_type["other_income"][0]] += cash * self.value("interest_rate", month) / 12
        profit = sum(amounts[p] for p in of_type["revenue"]) - sum(amounts[p] for p in [*of_type["cost_of_revenue"], *of_type["opex"]])
        income, expense = (sum(amounts[p] for p in of_type[kind]) for kind in ("other_income", "other_expense"))
        before_tax = profit + income - expense
        losses = self.company["losses"][-1] if month else self.value("tax_losses", 0)
        taxable = max(0.0, before_tax - losses)
        amounts[of_type["tax"][0]] += self.value("tax_rate", month) * taxable
        tax = amounts[of_type["tax"][0]]
        lag, bought = self.value("dpo_days", 0) / 30, [*self.company.get("purchases", []), purchases]
        payments = float(self.opening.bills[month]) + waiting(bought, lag, month)
        capex, financing = self.value("capex", month), self.value("financing", month)
        beside = amounts[0] + amounts[1] - totals["revenue"]
        cash += totals["collections"] + beside + income - people - payments - tax - capex + financing
        made = {
            "heads": heads, "people": people, "purchases": purchases, "payments": payments, "depreciation": worn, "operating_profit": profit,
            "profit_before_tax": before_tax, "tax": tax, "net_result": before_tax - tax, "capex": capex, "financing": financing, "cash": cash,
            "losses": max(0.0, losses - before_tax), **totals, "deferred": sum(max(each, 0.0) for each in self.path["contracts"][month]),
            "unbilled": sum(max(-each, 0.0) for each in self.path["contracts"][month]),
        }  # fmt: skip
        for name, amount in made.items():
            self.company.setdefault(name, []).append(amount)
        self.line.append(amounts)
