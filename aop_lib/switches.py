"""Switches: how a company reads the metrics that can be read in more than one way."""

from __future__ import annotations

from typing import Literal

from aop_lib.fields import Code, Flag, Id, Month, Strict, Whole


class Switches(Strict):
    """How metrics that can be read in more than one way are read here; every report that shows one says how."""

    subscriptions_observed_through: Month | None = None  # the last month the source saw; later ones are unobserved, not churn
    carr: Flag = False  # true: contracts that are signed and not yet live at the close count as ARR
    reactivation_window_months: Whole | None = None  # a customer gone for longer counts as new; none means any time
    unit_economics_months: Whole = 12  # spend, new customers, churn and burn are taken over so many months
    cac_lag_months: Whole = 0  # spend of so many months before wins the customers of today
    rule_of_40_growth: Literal["arr_growth", "revenue_growth"] = "arr_growth"
    rule_of_40_margin: Literal["operating_margin_year", "ebitda_margin_year", "fcf_margin_year"] = "operating_margin_year"
    arr_per_head_base: Literal["heads", "average_heads"] = "heads"
    bookings_metric: Id = "new_arr"  # the goal of this KPI is the bookings target
    sales_marketing_lines: list[Id] = ["sales_marketing"]
    subscription_revenue_lines: list[Id] = ["subscription_revenue"]
    subscription_cost_lines: list[Id] = ["cost_of_subscription"]
    cash_accounts: list[Code] = []  # their movement, without financing, is free cash flow
    financing_accounts: list[Code] = []  # equity and debt
    depreciation_accounts: list[Code] = []  # added back for EBITDA
    driver_tree: Id = "ltv_to_cac"  # the metric whose tree is drawn
