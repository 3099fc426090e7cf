"""The budget that a cycle stands on: made of base and approved requests in a plan, the frozen one in a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.frames import conformed
from aop_lib.plan.budget import base_budget, budget, budget_control_totals
from aop_lib.plan.budget_review import budget_findings, imported_findings
from aop_lib.plan.findings import Row, with_rows
from aop_lib.plan.restatements import restated

if TYPE_CHECKING:
    from aop_lib.load import Params


def base_and_budget(params: Params, frames: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns the frames `base_budget` and `budget`.

    Defined as::

        plan cycle     base (existing people and contracts carried forward) + approved requests
        review cycle   the frozen plan + named restatements; what was frozen is never allocated again

    Args:
        params: The cycle.
        frames: ledger, accounts, lines, imported_budget, request_lines, request_status; in a review base_budget and budget of
            the frozen plan stand among them.
    """
    if params.is_review:
        return frames["base_budget"], restated(params, frames["budget"], frames["accounts"])
    base = base_budget(params, frames["ledger"], frames["accounts"], frames["lines"], frames["imported_budget"])
    return base, budget(params, base, frames["request_lines"], frames["request_status"])


def budget_ties(params: Params, base: pd.DataFrame, budget: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Returns the control totals of the budget with the approvals that belong to it."""
    imported = frames["imported_budget"]
    return budget_control_totals(params, base, budget, frames["request_status"], frames["accounts"], frames["lines"], imported)


def with_findings(findings: pd.DataFrame, rows: Sequence[Row]) -> pd.DataFrame:
    """Returns the frame `budget_findings` with further findings: of the drivers and of the statements."""
    return with_rows("budget_findings", findings, rows)


def all_findings(
    params: Params, base: pd.DataFrame, budget: pd.DataFrame, estimate: pd.DataFrame, frames: Mapping[str, pd.DataFrame], teams: pd.DataFrame
) -> pd.DataFrame:
    """Returns the findings of the budget, those of an imported one included, as the frame `budget_findings`."""
    own = budget_findings(params, base, budget, estimate, frames["request_status"], frames["accounts"], frames["lines"], teams, frames["ledger"])
    imported = imported_findings(params, frames["imported_budget"])
    parts = [each for each in (own, imported) if len(each)]
    return conformed("budget_findings", pd.concat(parts, ignore_index=True)) if parts else own
