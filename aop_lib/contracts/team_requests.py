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
    "unit_costs": frame_spec(
        "what an option costs per unit on one account, or pays one role a year, beside the team's own twelve months (`own`) and what is found elsewhere: "
        "`others` teams (for pay: people), from `low` to `high`; missing where there is nothing to compare; pay in its own currency",
        "request option: text, position: count, measure account what unit: text, asked own: figure, others: count, low high: figure",
        key="request option position",
    ),
    "request_points": frame_spec(
        "one conflict of a request with what others plan, or one question that is still open because something is missing, and who has to answer",
        "request kind: text, position: count, topic text owner: text",
        key="request kind position",
    ),
    "request_cards": frame_spec(
        "one request as leaders ask about it, in the option that was approved, else its largest: what it does to the KPI of its goal by the driver model and "
        "by its team, both missing where nobody tells, and the answers in words",
        "request: text, position: count, team title goal decision reason option asked_by decider: text, asked: money, heads: count, kpi unit: text, "
        "effect claim goal_gap: figure, verdict why justified supported serves difference worth: text",
        key="request",
    ),
    "request_rounds": frame_spec(
        "one change from the round before to this one, in words and figures; the decision between the two comes first; change is money in `currency`, else 0",
        "request team: text, round position: count, part what before after currency: text, change: money",
        key="request round position",
    ),
    "request_findings": FINDINGS,
    "request_story": STORY,
}
