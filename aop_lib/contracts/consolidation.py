"""What stage 03 leaves behind: the budget and the statements on it."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, STORY, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "base_budget": frame_spec(
        "existing people and contracts carried forward",
        "entity team account: text, month: month, amount: money",
        key="entity team account month",
    ),
    "budget": frame_spec(
        "approved amounts; layer is `base` or the request that added them",
        "entity team account: text, month: month, amount: money, layer: text",
        key="entity team account month layer",
    ),
    "year_end_estimate": frame_spec(
        "the year that is ending: actual through the last closed month, then estimate",
        "entity team account: text, month: month, amount: money, basis: text",
        key="entity team account month",
    ),
    "statement": frame_spec(
        "P&L by line and month: plan year beside the year before",
        "line: text, month: month, basis: text, amount: money",
        key="line month basis",
    ),
    "budget_findings": FINDINGS,
    "budget_story": STORY,
}
