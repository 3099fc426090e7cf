"""What stage 04 leaves behind: the budget under each scenario."""

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
    "scenario_findings": FINDINGS,
    "scenario_story": STORY,
}
