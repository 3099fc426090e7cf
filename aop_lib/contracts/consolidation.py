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
        "approved amounts; layer is `base`, the request that added them, or `restatement:` and what changed them since the plan was frozen",
        "entity team account: text, month: month, amount: money, layer: text",
        key="entity team account month layer",
    ),
    "restatements": frame_spec(
        "what each restatement of the frozen plan did over the year, in the order in which they apply; team and account are empty where it moved nothing",
        "restatement name by: text, on: day, why team account: text, position: count, amount: money",
        key="restatement team account",
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
    "shared_costs": frame_spec(
        "what a team's cost becomes in the team that uses it; source is whose cost it was; a source's rows sum to its cost",
        "source team: text, month: month, amount: money",
        key="source team month",
    ),
    "group_books": frame_spec(
        "the books of the group by entity: layer is posted (at average rates), translation (to the close) or elimination; layers sum to the group",
        "entity account: text, month: month, layer: text, amount: money",
        key="entity account month layer",
    ),
    "driver_values": frame_spec(
        "one driver of the model: told by drivers.yml, estimated from the snapshot (window, observations, standard error) or assumed; since is its first month",
        "driver place since label scope unit: text, value: exact, basis: text, estimate: figure, window: text, observations: count, error: figure, "
        "source owner: text",
        key="driver place since",
    ),
    "account_drivers": frame_spec(
        "where nobody subscribes: what the ledger says of an account: run rate, season, growth a month and the part that follows the volume sold; "
        "held is the part that scenarios go by; behaviour is `sold` for revenue",
        "account line name behaviour window: text, observations: count, run_rate: money, season growth growth_error follows follows_error: share, held: exact",
        key="account",
    ),
    "driver_paths": frame_spec(
        "what the driver model makes of a measure by month; place is a segment, a P&L line or a metric, empty for the company",
        "measure place: text, month: month, value: exact",
        key="measure place month",
    ),
    "overlay_paths": frame_spec(
        "what the driver model makes of a P&L line or a metric under the drivers that a version or scenario moves; base is the model as it stands",
        "overlay measure place: text, month: month, value base: exact",
        key="overlay measure place month",
    ),
    "opening_balance": frame_spec(
        "what stands at the close that the plan starts from, by class of the balance sheet, of the group in reporting currency",
        "kind: text, month: month, amount: money",
        key="kind",
    ),
    "statement_terms": frame_spec(
        "on which terms a plan bills, collects, pays, invests and is financed; plan is empty for the budget, else a version or scenario that moves drivers",
        "plan measure place: text, month: month, value: exact",
        key="plan measure place month",
    ),
    "statements": frame_spec(
        "the budget's statements by month: P&L by line, by team, by kind of cost; cash flow, balance sheet, contracts, ARR",
        "plan statement part line: text, month: month, amount: money",
        key="plan statement part line month",
    ),
    "headcount": frame_spec(
        "people by team at each month's close: employed as known at the cut, and what approved requests add",
        "team: text, month: month, employed approved heads: count",
        key="team month",
    ),
    "outlook": frame_spec(
        "actual through the last closed month, then the re-forecast (in a plan cycle of the year that is ending); method is driver, model, statistical, "
        "last_value, same_month, plan or owner, empty for actuals",
        "entity team account: text, month: month, basis method: text, amount: money",
        key="entity team account month",
    ),
    "outlook_methods": frame_spec(
        "how an account is re-forecast and why; errors are WAPE over rolling origins, scaled is MASE, missing where there is nothing to measure",
        "account line name method shape naive reason: text, error naive_error driver_error statistical_error scaled: share, origins horizon: count",
        key="account",
    ),
    "goal_outlook": frame_spec(
        "in a review: where a goal's KPI ends at its deadline by the outlook; gap above zero is beyond the target",
        "goal metric metric_name role owner_name unit: text, direction: count, deadline: day, month: month, actual outlook target gap: exact, "
        "status method reason: text, error naive_error: share, origins: count",
        key="goal metric",
    ),
    "budget_findings": FINDINGS,
    "budget_story": STORY,
}
