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
        writes="sources accounts lines teams ledger rates mrr subscriptions people people_history opportunities kpi_readings kpis arr_bridge product_bridge "
        "cohorts metric_status imported_budget "
        "requests request_lines request_people request_people_cost request_assumptions request_effects request_contents submissions "
        "reconciliations reconciliation_records claims "
        "quarantine control_totals source_findings source_story",
    ),
    stage_of(
        "01_goal_setting",
        "Goals",
        reads="kpis people rates requests request_lines mrr ledger accounts lines opportunities imported_budget",
        writes="goals goal_kpis targets person_targets ratio_targets stretch goal_progress milestones "
        "occurrences initiatives initiative_effects action_gaps responsibilities workload plan_findings smart goal_levers goal_findings goal_story",
    ),
    stage_of(
        "02_team_requests",
        "Team requests",
        reads="requests request_lines request_people request_people_cost request_assumptions request_effects request_contents submissions teams "
        "ledger accounts lines imported_budget mrr rates people opportunities people_history claims goals targets initiatives milestones plan_findings",
        writes="assumptions weighing option_values request_status request_rounds unit_costs request_points request_cards request_findings request_story",
    ),
    stage_of(
        "03_consolidation",
        "Budget",
        reads="ledger accounts lines teams imported_budget requests request_lines request_status mrr rates people opportunities arr_bridge "
        "kpis targets stretch initiatives action_gaps milestones assumptions option_values request_effects",
        writes="base_budget budget restatements year_end_estimate outlook outlook_methods goal_outlook "
        "statement driver_values driver_paths account_drivers overlay_paths "
        "group_books shared_costs opening_balance "
        "allocation limit_prices frontier allocation_rounds allocation_ways contradictions override_costs "
        "statement_terms statements headcount alignment team_needs alignment_findings "
        "budget_findings budget_story",
    ),
    stage_of(
        "04_scenarios",
        "Scenarios",
        reads="budget accounts lines overlay_paths driver_paths year_end_estimate opening_balance statement_terms statements",
        writes="scenarios scenario_totals versions version_totals overlay_statements scenario_findings scenario_story",
    ),
    stage_of(
        "05_variance_review",
        "Variance review",
        reads="ledger budget restatements imported_budget accounts lines teams goals targets kpis outlook",
        writes="variances variance_timing trends variance_findings variance_story",
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
