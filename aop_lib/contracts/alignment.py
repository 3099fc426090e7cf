"""Whether plans agree: what teams assume, and each test of alignment with both sides."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "assumptions": frame_spec(
        "one thing that a request, a team plan, a goal or drivers.yml assumes about a month; what shares key and month can be compared, "
        "`compared` says whether it is meant to be; owner is an id",
        "key kind item team owner label unit: text, month: month, value: exact, compared: flag, source where: text",
        key="key month kind item",
    ),
    "alignment": frame_spec(
        "one test of alignment: both sides, and by how much it is missed (gap above zero: missed by so much, in the unit); other holds one "
        "or more teams parted by blanks, an empty team is the company; amount is the money at stake where it is missed",
        "test item kind relation severity name team other left_what right_what rule unit: text, left right gap: figure, amount: money, "
        "owner other_owner proposal status why: text",
        key="test item team other",
    ),
    "team_needs": frame_spec(
        "what the work behind a team's targets needs beside what the budget gives; needed and given are work beyond the base, gap = needed - given",
        "team: text, targets open_targets initiatives: count, base needed given gap budget: money, heads heads_needed heads_given: count, why: text",
        key="team",
    ),
    "alignment_findings": FINDINGS,
}
