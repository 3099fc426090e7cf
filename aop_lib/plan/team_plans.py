"""Everything that stage 01 makes of the team plans, in one go: each part once, in the order in which they need one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.initiatives import action_gaps, initiative_effects, initiatives
from aop_lib.plan.plan_findings import plan_findings
from aop_lib.plan.responsibilities import items, responsibilities, workload
from aop_lib.plan.timeline import occurrences

if TYPE_CHECKING:
    from aop_lib.load import Params


def plan_frames(params: Params, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Returns the frames of the team plans, by name.

    Args:
        params: Goals, plans, owners, decisions, year.
        frames: By name: goal_kpis, targets, person_targets, people, requests, request_lines, rates.

    Returns:
        occurrences, initiatives, initiative_effects, action_gaps, responsibilities, workload, plan_findings.
    """
    found = items(params, frames["targets"], frames["person_targets"])
    effects = initiative_effects(params)
    made = {
        "occurrences": occurrences(params),
        "initiatives": initiatives(params, frames["requests"], frames["request_lines"], frames["rates"]),
        "initiative_effects": effects,
        "action_gaps": action_gaps(params, frames["targets"], frames["goal_kpis"], effects),
        "responsibilities": responsibilities(params, found, frames["people"]),
    }
    made["workload"] = workload(params, made["responsibilities"], made["occurrences"])
    return {**made, "plan_findings": plan_findings(params, {**frames, **made}, found)}
