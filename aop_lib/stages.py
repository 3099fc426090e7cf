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


STAGES = (
    Stage(
        "00",
        "00_single_source",
        "Single source",
        (),
        (
            "sources",
            "accounts",
            "lines",
            "teams",
            "ledger",
            "rates",
            "mrr",
            "people",
            "opportunities",
            "kpis",
            "imported_budget",
            "requests",
            "request_lines",
            "submissions",
            "quarantine",
            "control_totals",
            "source_findings",
            "source_story",
        ),
    ),
    Stage("01", "01_goal_setting", "Goals", ("kpis", "teams"), ("goals", "targets", "milestones", "goal_findings", "goal_story")),
    Stage(
        "02",
        "02_team_requests",
        "Team requests",
        ("requests", "request_lines", "submissions", "teams", "accounts"),
        ("request_status", "request_findings", "request_story"),
    ),
    Stage(
        "03",
        "03_consolidation",
        "Budget",
        ("ledger", "accounts", "lines", "teams", "imported_budget", "request_lines", "request_status", "goals", "targets"),
        ("base_budget", "budget", "year_end_estimate", "statement", "budget_findings", "budget_story"),
    ),
    Stage(
        "04",
        "04_scenarios",
        "Scenarios",
        ("base_budget", "budget", "ledger", "accounts", "lines", "teams"),
        ("scenarios", "scenario_totals", "scenario_findings", "scenario_story"),
    ),
    Stage(
        "05",
        "05_variance_review",
        "Variance review",
        ("ledger", "budget", "imported_budget", "accounts", "lines", "teams", "goals", "targets", "kpis"),
        ("variances", "trends", "variance_findings", "variance_story"),
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
