"""The drivers of the model: what each means, its unit, what it is told for, and the range it is held in."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

DriverName = Literal[
    "pipeline_created", "pipeline_growth", "win_rate", "cycle_months", "direct_new", "new_contract", "quota", "attainment",
    "ramp_months", "rep_starts", "rep_leavers",
    "expansion_rate", "contraction_rate", "churn_rate", "reactivation_rate", "customer_churn_rate", "price_change",
    "in_month_share", "annual_share", "quarterly_share", "dso_days",
    "pay", "burden", "merit", "hires", "leavers", "spend", "cost_rate",
    "interest_rate", "tax_rate", "tax_losses", "capex", "asset_life_months", "dpo_days", "financing",
]  # fmt: skip
AccountDriverName = Literal["volume", "price", "account_growth", "activity_share"]
Volume = Literal["customers", "subscription_revenue", "new_arr", "billings", "heads"]
Scope = Literal["segment", "line", "account", "company"]


@dataclass(frozen=True)
class DriverSpec:
    """One driver.

    Attributes:
        label: What readers call it.
        unit: `pct` (a fraction), `currency`, `count`, `months`, `days`, or `ratio` (an amount per unit of volume).
        scope: What it is told for.
        is_event: Whether it happens in its month alone; else it holds from its month on.
        low: The least value that makes sense.
        high: The most.
        is_steady: Whether it is the same in every month of the model.
    """

    label: str
    unit: str
    scope: Scope
    is_event: bool = False
    low: float = 0.0
    high: float = inf
    is_steady: bool = False


DRIVERS: dict[str, DriverSpec] = {
    "pipeline_created": DriverSpec("Pipeline created a month", "currency", "segment"),
    "pipeline_growth": DriverSpec("Growth of pipeline created, a month", "pct", "segment", low=-1, high=1),
    "win_rate": DriverSpec("Win rate, by amount", "pct", "segment", high=1),
    "cycle_months": DriverSpec("Sales cycle", "months", "segment", high=36, is_steady=True),
    "direct_new": DriverSpec("New ARR without an opportunity, a month", "currency", "segment"),
    "new_contract": DriverSpec("Yearly value of a new customer", "currency", "segment", low=0.01),
    "quota": DriverSpec("Yearly quota of a seller", "currency", "segment"),
    "attainment": DriverSpec("Attainment of quota", "pct", "segment"),
    "ramp_months": DriverSpec("Ramp of a seller", "months", "segment", high=36, is_steady=True),
    "rep_starts": DriverSpec("Sellers that start", "count", "segment", is_event=True),
    "rep_leavers": DriverSpec("Sellers that leave", "count", "segment", is_event=True),
    "expansion_rate": DriverSpec("Expansion a month", "pct", "segment", high=1),
    "contraction_rate": DriverSpec("Contraction a month", "pct", "segment", high=1),
    "churn_rate": DriverSpec("Churn a month, by MRR", "pct", "segment", high=1),
    "reactivation_rate": DriverSpec("Reactivation a month", "pct", "segment", high=1),
    "customer_churn_rate": DriverSpec("Churn a month, by customers", "pct", "segment", high=1),
    "price_change": DriverSpec("Price change for existing customers", "pct", "segment", is_event=True, low=-1, high=10),
    "in_month_share": DriverSpec("Share of a month's movement recognised in it", "pct", "segment", high=1, is_steady=True),
    "annual_share": DriverSpec("Share of MRR billed yearly in advance", "pct", "segment", high=1, is_steady=True),
    "quarterly_share": DriverSpec("Share of MRR billed quarterly in advance", "pct", "segment", high=1, is_steady=True),
    "dso_days": DriverSpec("Days until customers pay", "days", "segment", high=360, is_steady=True),
    "pay": DriverSpec("Yearly pay of a head", "currency", "line"),
    "burden": DriverSpec("Burden on pay", "pct", "line", high=10),
    "merit": DriverSpec("Pay rise", "pct", "line", is_event=True, low=-1, high=10),
    "hires": DriverSpec("Heads that start", "count", "line", is_event=True),
    "leavers": DriverSpec("Heads that leave", "count", "line", is_event=True),
    "spend": DriverSpec("Other spend and revenue a month", "currency", "line", is_event=True, low=-inf),
    "cost_rate": DriverSpec("Cost per unit of volume", "ratio", "account", low=-inf),
    "interest_rate": DriverSpec("Interest on cash, a year", "pct", "company", low=-1, high=10),
    "tax_rate": DriverSpec("Tax on profit", "pct", "company", high=1),
    "tax_losses": DriverSpec("Tax losses carried forward", "currency", "company", is_steady=True),
    "capex": DriverSpec("Investment a month", "currency", "company"),
    "asset_life_months": DriverSpec("Life of new assets", "months", "company", low=1, high=600, is_steady=True),
    "dpo_days": DriverSpec("Days until suppliers are paid", "days", "company", high=360, is_steady=True),
    "financing": DriverSpec("Financing", "currency", "company", is_event=True, low=-inf),
}

# What scenarios and versions move where there is no recurring business; see plan/account_model.py.
ACCOUNT_DRIVERS: dict[str, DriverSpec] = {
    "volume": DriverSpec("Volume sold", "ratio", "line"),
    "price": DriverSpec("Price", "ratio", "line"),
    "account_growth": DriverSpec("Growth a month", "pct", "line", low=-1, high=1),
    "activity_share": DriverSpec("Part that follows volume", "pct", "account", high=1, is_steady=True),
}
MOVED = DRIVERS | ACCOUNT_DRIVERS
