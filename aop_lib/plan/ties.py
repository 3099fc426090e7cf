"""Control totals of each stage: what must be equal to the cent, computed two ways."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan.budget import control_totals
from aop_lib.plan.profit_and_loss import OPERATING, profit, result, result_of
from aop_lib.plan.targets import each_kpi
from aop_lib.plan.variance import line_variances, profit_variances

if TYPE_CHECKING:
    from aop_lib.load import Params


def target_ties(params: Params, targets: pd.DataFrame) -> pd.DataFrame:
    """Returns, wherever a KPI that adds up is handed down in full, the year's target above beside the sum of the targets below.

    What is handed down with a stretch does not tie by intent; the frame `stretch` tells it.
    """
    checks = []
    for goal in each_kpi(params):
        own = targets[(targets["goal"] == goal.id) & (targets["metric"] == goal.kpi)]
        if not params.metrics[goal.kpi].additive:
            continue
        counted = own if params.metrics[goal.kpi].aggregate == "sum" else own[own["month"] == own["month"].max()]
        for group, way in (("", goal), *goal.split.items()):
            below = counted.loc[(counted["parent"] == group) & (counted["level"] > 0), "value"]
            if len(below) and (way.by != "stated" or sum(way.teams.values(), Decimal(0)) == 1):
                whole, parts = (sum((Decimal(each) for each in values), Decimal(0)) for values in (counted.loc[counted["team"] == group, "value"], below))
                checks.append((f"{goal.id}: {goal.kpi} of teams = of {group or 'the company'}", parts, whole))
    return control_totals(checks)


def request_ties(params: Params, status: pd.DataFrame, request_lines: pd.DataFrame, requests: pd.DataFrame) -> pd.DataFrame:
    """Returns that what was approved is exactly the lines of the approved options, and that each request stands once."""
    chosen = status.loc[status["decision"] == "approved", ["request", "option"]]
    within = request_lines[request_lines["month"].isin(params.year_months)]
    picked = within.merge(chosen, on=["request", "option"], how="inner", validate="many_to_one")
    return control_totals(
        [
            ("approved = lines of the approved options in the year", money.total(status["approved"]), money.total(picked["amount"])),
            ("requests with a status = requests read", Decimal(len(status)), Decimal(len(requests))),
        ]
    )


def scenario_ties(scenarios: pd.DataFrame, budget: pd.DataFrame, totals: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns that the base scenario is the budget, and that each scenario's lines are its accounts added up."""
    checks = [("scenario base = budget", money.total(scenarios.loc[scenarios["scenario"] == "base", "amount"]), money.total(budget["amount"]))]
    for name in dict.fromkeys(totals["scenario"]):
        own = scenarios[scenarios["scenario"] == name]
        by_line = result_of(totals[totals["scenario"] == name], lines).operating_profit
        checks.append((f"{name}: operating profit of lines = of accounts", by_line, profit(own, accounts, lines)))
    return control_totals(checks)


def all_ties(*checks: pd.DataFrame) -> pd.DataFrame:
    """Returns control totals of several kinds as one frame, in their order."""
    return pd.concat(checks, ignore_index=True)


def variance_ties(
    variances: pd.DataFrame, budget: pd.DataFrame, ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, months: Sequence[pd.Timestamp]
) -> pd.DataFrame:
    """Returns the variances against ledger and budget, and against themselves added up by line, team and entity.

    Defined as::

        actual operating profit     of the variances = of the ledger in the closed months
        planned operating profit    of the variances = of the budget in the closed months
        variance                    actual - planned = by line = by team = by entity
    """
    sides = {side: result(variances, accounts, lines, side).operating_profit for side in ("budget", "actual")}
    stores = {side: profit(rows[rows["month"].isin(list(months))], accounts, lines) for side, rows in (("budget", budget), ("actual", ledger))}
    by_line = line_variances(variances, accounts, lines)
    parts = {"line": money.total(by_line.loc[by_line["type"].isin(OPERATING), "variance"])}
    parts |= {by: money.total(profit_variances(variances, accounts, lines, [by])["variance"]) for by in ("team", "entity", "month")}
    return control_totals(
        [
            ("actual operating profit = ledger, closed months", sides["actual"], stores["actual"]),
            ("planned operating profit = budget, closed months", sides["budget"], stores["budget"]),
            *((f"variance of operating profit = by {by}, added up", sides["actual"] - sides["budget"], amount) for by, amount in parts.items()),
        ]
    )
