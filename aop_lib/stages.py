"""STAGES: each notebook, the frames it reads and the frames it writes: the whole data flow on one screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One step of a cycle.

    Attributes:
        id: Two digits, in running order.
        name: The notebook's name without its ending.
        title: What readers call it.
        reads: Frames of earlier stages.
        writes: Frames it leaves behind, all of them in every run.
    """

    id: str
    name: str
    title: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]


def stage_of(name: str, title: str, *, reads: str, writes: str) -> Stage:
    """Returns a stage from its short form: frames are named in one text."""
    return Stage(name[:2], name, title, tuple(reads.split()), tuple(writes.split()))


STAGES = (
    stage_of(
        "00_single_source",
        "Single source",
        reads="",
        writes="sources accounts lines teams ledger rates mrr people opportunities kpis arr_bridge cohorts metric_status imported_budget "
        "requests request_lines request_assumptions submissions reconciliations reconciliation_records claims "
        "quarantine control_totals source_findings source_story",
    ),
    stage_of(
        "01_goal_setting",
        "Goals",
        reads="kpis teams",
        writes="goals targets milestones goal_findings goal_story",
    ),
    stage_of(
        "02_team_requests",
        "Team requests",
        reads="requests request_lines submissions teams",
        writes="request_status request_findings request_story",
    ),
    stage_of(
        "03_consolidation",
        "Budget",
        reads="ledger accounts lines teams imported_budget requests request_lines request_status",
        writes="base_budget budget year_end_estimate statement budget_findings budget_story",
    ),
    stage_of(
        "04_scenarios",
        "Scenarios",
        reads="budget accounts lines",
        writes="scenarios scenario_totals scenario_findings scenario_story",
    ),
    stage_of(
        "05_variance_review",
        "Variance review",
        reads="ledger budget imported_budget accounts lines teams goals targets kpis",
        writes="variances trends variance_findings variance_story",
    ),
)


def stage(name: str) -> Stage:
    """Returns the stage with that number (`03`) or name (`03_consolidation`).

    Raises:
        ValueError: If there is none.
    """
    for each in STAGES:
        if name in {each.id, each.name}:
            return each
    raise ValueError(f"{name!r} is not a stage; expected {', '.join(each.name for each in STAGES)}")


def writer(frame: str) -> str:
    """Returns the name of the stage that writes a frame."""
    return next(each.name for each in STAGES if frame in each.writes)
