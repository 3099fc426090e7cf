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
    "goal_kpis": frame_spec(
        "one KPI of a goal, the main one first: from where to where, and where it stands",
        "goal metric: text, position: count, metric_name role unit: text, direction: count, additive: flag, weight: share, "
        "start target: exact, deadline: day, latest: exact, latest_month: day, status: text",
        key="goal metric",
    ),
    "targets": frame_spec(
        "a KPI's target per team and month; team is empty for the company (level 0); level 1 is taken from it, 2 from the group `parent`",
        "goal metric team: text, month: month, value: exact, level: count, parent: text",
        key="goal metric team month",
    ),
    "person_targets": frame_spec(
        "the share of a team's target that one person answers for, per month",
        "goal metric team person: text, month: month, value: exact",
        key="goal metric team person month",
    ),
    "ratio_targets": frame_spec(
        "the parts of a ratio's target per team and month; value = numerator / denominator, missing where nothing is below the line",
        "goal metric team: text, level: count, parent: text, month: month, numerator denominator: exact, value: figure, numerator_name denominator_name: text",
        key="goal metric team month",
    ),
    "stretch": frame_spec(
        "the year's target of the company or of a group (parent) beside the sum of what is handed down below it",
        "goal metric parent: text, target parts stretch: exact, stretch_share: share, teams: count, split_by: text",
        key="goal metric parent",
    ),
    "goal_progress": frame_spec(
        "in a review: a KPI's actual to date against its path, what is needed from here and where it stood at the last review",
        "goal metric team metric_name role unit: text, direction: count, month: month, actual path target gap: exact, attainment needed: figure, "
        "status: text, before_month: day, before_actual before_path: figure, before_status change: text",
        key="goal metric team",
    ),
    "milestones": frame_spec(
        "one dated, owned, checkable step of a goal or of a team's plan; one that recurs stands where it was not yet kept; `depends_on` parts ids by blanks",
        "goal milestone what measure team owner owner_name initiative rhythm depends_on: text, due done: day, status: text",
        key="milestone",
    ),
    "occurrences": frame_spec(
        "one day on which a milestone is due, those that recur included",
        "milestone team owner rhythm: text, due: day, status: text",
        key="milestone due",
    ),
    "initiatives": frame_spec(
        "one initiative of a team: who, when, what it costs in the year, and what was decided about the request that pays for it",
        "initiative team what goal metric strategy accountable accountable_name responsible request: text, start end: day, "
        "cost asked approved: money, funding status: text",
        key="initiative",
    ),
    "initiative_effects": frame_spec(
        "what an initiative is expected to add to a metric, and by when; `counts` where that is inside the year",
        "initiative team metric: text, value: exact, by: day, counts: flag",
        key="initiative metric",
    ),
    "action_gaps": frame_spec(
        "what a target asks for beside what initiatives are expected to bring; gap > 0 is open; needed is missing for a team's ratio",
        "goal metric team owner: text, needed: figure, expected: exact, gap: figure, initiatives: count",
        key="goal metric team",
    ),
    "responsibilities": frame_spec(
        "one person's role for a goal, KPI, milestone or initiative: accountable, responsible, consulted or informed",
        "kind item title team person person_name role: text, start end: day",
        key="kind item person role",
    ),
    "workload": frame_spec(
        "what a person has at hand in a month: initiatives under way, milestones due (weekly ones aside), and the fullest week",
        "person person_name: text, month: month, running due: count, week: day, due_in_week: count",
        key="person month",
    ),
    "plan_findings": FINDINGS,
    "smart": frame_spec(
        "one of the five tests of a goal: pass, weak or fail, why, the figure behind it, and what would make it pass",
        "goal letter test result reason figure remedy: text",
        key="goal letter",
    ),
    "goal_levers": frame_spec(
        "what a goal's KPI hangs on: its value now, the KPI's elasticity to it, and what it alone would have to be for the target",
        "goal metric: text, position: count, lever label unit per: text, value elasticity needed: figure, change: share, note: text",
        key="goal position",
    ),
    "goal_findings": FINDINGS,
    "goal_story": STORY,
}
