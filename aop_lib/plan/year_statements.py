"""The statements that a cycle stands on: rolled from the budget in a plan, the frozen ones in a review; those of versions and scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames as contracts
from aop_lib.plan.headcount import headcount
from aop_lib.plan.opening_balance import opening_balance, opening_month
from aop_lib.plan.statements import statements

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
WRITTEN = ("opening_balance", "statement_terms", "statements", "headcount")


def year_statements(params: Params, frames: Frames) -> dict[str, pd.DataFrame]:
    """Returns the frames `opening_balance`, `statement_terms`, `statements` and `headcount`.

    Defined as::

        plan cycle     opening from `group_books`, terms of the driver model, the budget rolled
        review cycle   those of the frozen plan, unchanged; empty where it was made elsewhere

    Args:
        params: The cycle.
        frames: group_books, statement_terms, budget, year_end_estimate, accounts, lines, people, request_lines, request_status; in a
            review the frozen frames stand among them.
    """
    if params.is_review:
        return {name: frames[name] for name in WRITTEN}
    found = opening_balance(params, frames["group_books"], frames["accounts"])
    rows = pd.DataFrame([(kind, opening_month(params), amount) for kind, amount in found.items()], columns=["kind", "month", "amount"])
    opening = contracts.conformed("opening_balance", rows) if found else contracts.empty("opening_balance")
    made = statements(params, {"budget": frames["budget"]}, {**frames, "opening_balance": opening})
    heads = headcount(params, frames["people"], frames["request_lines"], frames["request_status"])
    return {"opening_balance": opening, "statement_terms": frames["statement_terms"], "statements": made, "headcount": heads}


def overlay_plans(scenarios: pd.DataFrame, versions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Returns the amounts of every version and scenario by name; the base scenario is the budget and is left out.

    Args:
        scenarios: The frame `scenarios`.
        versions: The frame `versions`.
    """
    told = {str(name): rows for name, rows in versions.groupby("version", sort=True)}
    return told | {str(name): rows for name, rows in scenarios.groupby("scenario", sort=True) if name != "base"}


def plan_names(params: Params) -> dict[str, str]:
    """Returns the names of the budget and of every version and scenario of the cycle, the budget first."""
    own = {each.id: f"{each.name} version" for each in params.versions}
    return {"budget": "Budget"} | own | {each.id: each.name for each in params.scenarios}


def together(budget: pd.DataFrame, overlays: pd.DataFrame) -> pd.DataFrame:
    """Returns the statements of the budget and of every overlay as one frame; none of the budget's where it has no balance sheet."""
    parts = [each for each in (budget, overlays) if len(each)]
    return pd.concat(parts, ignore_index=True) if parts else budget
