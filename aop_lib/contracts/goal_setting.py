"""What stage 01 leaves behind: goals and what they mean for teams, months and people."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, STORY, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "goals": frame_spec(
        "one goal and KPI: from where to where, by when, whose",
        "goal statement objective: text, weight: share, metric metric_name unit: text, direction: count, additive: flag, start "
        "target: exact, deadline: day, owner owner_name: text, latest: exact, latest_month: day, status: text",
        key="goal",
    ),
    "targets": frame_spec(
        "a goal's target per team and month; team is empty for the company; for additive KPIs teams and months sum to it",
        "goal metric team: text, month: month, value: exact",
        key="goal team month",
    ),
    "milestones": frame_spec(
        "one dated, owned, checkable step of a goal",
        "goal milestone what measure team owner owner_name: text, due done: day, status: text",
        key="milestone",
    ),
    "goal_findings": FINDINGS,
    "goal_story": STORY,
}
