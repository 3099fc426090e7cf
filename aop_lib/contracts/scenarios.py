"""What stage 04 leaves behind: the budget under each scenario and in each version."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, STORY, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "scenarios": frame_spec(
        "the budget of each scenario; `base` is the budget itself",
        "scenario entity team account: text, month: month, amount: money",
        key="scenario entity team account month",
    ),
    "scenario_totals": frame_spec(
        "the year of each scenario by line",
        "scenario line: text, amount: money",
        key="scenario line",
    ),
    "versions": frame_spec(
        "the budget of each version of the plan; `internal` is the budget itself unless its overlay says otherwise",
        "version entity team account: text, month: month, amount: money",
        key="version entity team account month",
    ),
    "version_totals": frame_spec(
        "the year of each version by line",
        "version line: text, amount: money",
        key="version line",
    ),
    "overlay_statements": frame_spec(
        "the statements of every version and scenario by month, as `statements`",
        "plan statement part line: text, month: month, amount: money",
        key="plan statement part line month",
    ),
    "scenario_findings": FINDINGS,
    "scenario_story": STORY,
}
