"""A team's costs by month on its own page: the budget beside the year before, and in a review what was spent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.periods import add_months
from aop_lib.plan.owners import team_name
from aop_lib.plan.team_sections import Own, Section, told_section
from aop_lib.plan.wording import against_text, amount_text, month_name

if TYPE_CHECKING:
    from aop_lib.load import Params

Months = Mapping[pd.Timestamp, Decimal]


def months(params: Params, team: str, own: Own) -> Section | None:
    """Returns the team's costs by month as a chart: budget, the same month a year before, in a review actual to date; None without a budget.

    Defined as::

        year before   year_end_estimate, moved by twelve months: actual through the last closed month, then the estimate
        actual        of closed months of the year; only in a review

    Args:
        params: The cycle.
        team: The team.
        own: What `team_sections.own_rows` returned.
    """
    if own["costs"].empty:
        return None
    before = own["year_end_estimate"].assign(month=[add_months(month, 12) for month in own["year_end_estimate"]["month"]])
    series = {"prior": _by_month(params, before, "amount"), "plan": _by_month(params, own["costs"], "amount")}
    if params.is_review and len(own["variances"]):
        actual = _by_month(params, own["variances"], "actual")
        series["actual"] = {month: actual[month] for month in params.review_months}
    rows = [{"month": f"{month:%Y-%m-%d}", "series": name, "value": str(value)} for name, values in series.items() for month, value in values.items()]
    finding = _finding(series)
    chart = {"label": "Costs by month", "rows": rows, "alt": finding, "last_closed": f"{params.last_closed:%Y-%m-%d}" if params.is_review else ""}
    return told_section(finding, f"{team_name(params, team)}, costs by month, {params.company.reporting_currency}, {params.year_label}", [], charts=[chart])


def _by_month(params: Params, rows: pd.DataFrame, column: str) -> dict[pd.Timestamp, Decimal]:
    known = {row["month"]: row[column] for row in money.sums(rows, ["month"], column).to_dict("records")} if len(rows) else {}
    return {month: Decimal(known.get(month, Decimal("0.00"))) for month in params.year_months}


def _finding(series: Mapping[str, Months]) -> str:
    plan, prior = sum(series["plan"].values(), Decimal(0)), sum(series["prior"].values(), Decimal(0))
    peak = max(series["plan"], key=lambda month: series["plan"][month])
    head = f"The year's costs are {against_text(plan, prior, 'the year before')}" if prior else f"{amount_text(plan)} of costs, none in the year before"
    return f"{head}; most in {month_name(peak)}, {amount_text(series['plan'][peak])}"
