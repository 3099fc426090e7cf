"""What stage 05 leaves behind: why actuals differ from the budget."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, STORY, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "variances": frame_spec(
        "budget against actual in closed months, favourable positive; sides says who has the row: both, budget only, actual only",
        "entity team line account: text, month: month, budget actual variance: money, sides: text",
        key="entity team account month",
    ),
    "variance_timing": frame_spec(
        "a line's variance to date, of the company or of a team, parted into what the outlook takes back within the year (timing) and what stays",
        "scope team line: text, variance full_year rest timing permanent: money, nature: text",
        key="scope team line",
    ),
    "variance_findings": FINDINGS,
    "variance_story": STORY,
    "trends": frame_spec(
        "one point of a key figure's history",
        "label: text, month: month, value: exact",
        key="label month",
    ),
}
