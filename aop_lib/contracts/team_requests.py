"""What stage 02 leaves behind: requests and what was decided about them."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, STORY, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "request_status": frame_spec(
        "one request: asked in its largest option, what was decided, by whom and why; undecided requests are not funded",
        "request team title goal: text, asked: money, heads: count, decision option: text, approved: money, decided_by: text, decided_on: day, reason: text",
        key="request",
    ),
    "request_findings": FINDINGS,
    "request_story": STORY,
}
