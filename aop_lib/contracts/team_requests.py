"""What stage 02 leaves behind: requests and what was decided about them."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, STORY, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "request_status": frame_spec(
        "one request: asked in its largest option, what was decided, by whom and why; undecided requests are not funded",
        "request team title goal: text, asked: money, heads: count, decision option: text, approved: money, decided_by: text, decided_on: day, reason: text",
        key="request",
    ),
    "weighing": frame_spec(
        "what the driver model says an option does to a goal's KPI at its deadline, with it less without it, before the option's own cost; `share` of the way "
        "from start to target, `contribution` = weight * share, `claimed` what the team expects; missing where the model does not tell the KPI",
        "request option goal kpi unit: text, effect share contribution claimed: figure",
        key="request option goal",
    ),
    "option_values": frame_spec(
        "one option weighed: `drivers` it moves, evidence and its grade, contribution over all goals, and value = grade * contribution in points, of which a "
        "million are the whole way to every goal; per unit of money and per head; payback in months; missing where they mean nothing",
        "request option team goal title: text, submitted_on: day, drivers: count, money: money, heads: count, claim evidence: text, "
        "grade contribution value: exact, per_money per_head payback: figure",
        key="request option",
    ),
    "request_findings": FINDINGS,
    "request_story": STORY,
}
