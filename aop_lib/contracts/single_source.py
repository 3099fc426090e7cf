"""What stage 00 leaves behind: the snapshot that every later number comes from."""

from __future__ import annotations

from aop_lib.contracts.spec import FINDINGS, STORY, FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "sources": frame_spec(
        "one source and canonical frame: what was read, used and set aside",
        "source frame system: text, rows used quarantined later: count, first_month last_month: day, amount amount_used amount_quarantined amount_later: money",
        key="source frame",
    ),
    "accounts": frame_spec(
        "one account of the tree; amounts are natural: line_sign × amount adds into the P&L line, debit_sign × amount into the trial balance",
        "account name parent line type behaviour: text, line_sign debit_sign position: count",
        key="account",
    ),
    "lines": frame_spec(
        "one line of the P&L in report order; direction +1 revenue-like, -1 cost-like",
        "line name type: text, direction position: count",
        key="line",
    ),
    "teams": frame_spec(
        "one team; parent is the group it belongs to, empty at the top",
        "team name parent owner owner_name: text, position: count",
        key="team",
    ),
    "ledger": frame_spec(
        "actuals by entity, team, account, month, currency and vendor, natural sign, closed months only",
        "entity team account: text, month: month, currency vendor: text, amount_local amount: money",
        key="entity team account month currency vendor",
    ),
    "rates": frame_spec(
        "units of reporting currency per unit of currency",
        "currency: text, month: month, average close: exact",
        key="currency month",
    ),
    "mrr": frame_spec(
        "recurring amount live at the month's close per customer; amount_local in currency, amount in reporting currency at the month's close",
        "month: month, customer segment product currency: text, amount_local amount: money",
        key="month customer segment product currency",
    ),
    "subscriptions": frame_spec(
        "one subscription as known at the cycle's cut: amount a month in currency, first day, first day after its end; `signed` is missing "
        "where the source does not tell it",
        "source subscription customer segment product currency: text, monthly: exact, signed start end: day",
        key="source subscription",
    ),
    "people": frame_spec(
        "one person as known at the cycle's cut: team, role, dates, yearly pay in currency at the source's scale",
        "person name team entity role: text, start end: day, salary: exact, currency: text",
        key="person",
    ),
    "people_history": frame_spec(
        "one person in a month on whose last day they worked: team, role and yearly pay as they were then",
        "month: month, person team entity role: text, salary: exact, currency: text",
        key="month person",
    ),
    "opportunities": frame_spec(
        "one opportunity as known at the cycle's cut; amount is yearly contract value in reporting currency; customer as billing names it",
        "opportunity customer team segment stage: text, probability: exact, amount: money, created close: day, is_won is_closed: flag",
        key="opportunity",
    ),
    "kpi_readings": frame_spec(
        "one value of a metric that a source hands over; `kpis` takes it where no system source measures the metric",
        "source metric team: text, month: month, value: exact",
        key="source metric team month",
    ),
    "kpis": frame_spec(
        "one metric's actual per month; team is empty for the company",
        "metric team: text, month: month, value: exact",
        key="metric team month",
    ),
    "arr_bridge": frame_spec(
        "one movement of ARR in a month and segment; opening + movements = closing, movements signed, transfers between segments sum to zero",
        "month: month, segment movement: text, amount: money",
        key="month segment movement",
    ),
    "product_bridge": frame_spec(
        "one movement of ARR in a month and product, of the kind that it is for the customer; summed over products it is the company's, "
        "transfers between products sum to zero",
        "month: month, product movement: text, amount: money",
        key="month product movement",
    ),
    "cohorts": frame_spec(
        "what is left of a quarter's new customers at the close of each quarter since; at the closing rates of the last month",
        "cohort: month, label: text, quarters: count, arr_start arr: money, logos_start logos: count",
        key="cohort quarters",
    ),
    "metric_status": frame_spec(
        "one metric of the catalogue in the last closed month: measured, computed by its formula, n/m with the reason, or no data and what it needs",
        "metric label unit: text, position: count, value: figure, month: day, status reason needs formula source switches: text",
        key="metric",
    ),
    "imported_budget": frame_spec(
        "a budget made elsewhere, read as a source",
        "budget entity team account: text, month: month, amount: money",
        key="budget entity team account month",
    ),
    "requests": frame_spec(
        "one budget request in its latest round; content is a digest of what it says, part by part",
        "request team: text, round: count, kind title why goal evidence effect submitted_by: text, submitted_on: day, where content: text",
        key="request",
    ),
    "request_contents": frame_spec(
        "one thing that a round says, of requests that came in more than one round: words, amounts by month in currency, heads, people, effects and claims",
        "request team: text, round position: count, part option item text currency: text, month: day, amount: money",
        key="request round position",
    ),
    "request_lines": frame_spec(
        "what an option of a request costs per account and month; amount in reporting currency",
        "request option team cost_centre account: text, month: month, currency: text, amount_local amount: money, heads: count, vendor comment where: text",
    ),
    "request_people": frame_spec(
        "one role that an option asks for: people of it, yearly pay and quota of one in currency; end is the first day without them",
        "request option team: text, position: count, role level: text, people: count, start end: day, pay: money, currency location cost_centre: text, "
        "quota: figure, backfills where: text",
        key="request option position",
    ),
    "request_people_cost": frame_spec(
        "what a role of an option costs in a month of the year, part by part, as `request_lines` holds it summed; item tells taxes and costs per head apart",
        "request option: text, position: count, component item account: text, month: month, currency: text, amount_local amount: money",
        key="request option position component item month",
    ),
    "request_assumptions": frame_spec(
        "what a request says a metric is: `now`, in the last closed month, or `year`, at the end of the planned one (over it, where months add up)",
        "request team metric about: text, value: exact, where: text",
        key="request metric about",
    ),
    "request_effects": frame_spec(
        "what an option does: to a `driver` of the model (driver * scale + value, from its start to before its end), or what its team expects it to add to a "
        "`metric` by the end of the planned year",
        "request option kind: text, position: count, what place: text, value scale: exact, start end: day, why where: text",
        key="request option kind position",
    ),
    "claims": frame_spec(
        "what a request or a goal says a metric is, beside the snapshot (`now`) or beside the goal that sets it (`year`)",
        "kind claim team owner metric about: text, month: month, claimed: exact, reference difference: figure, reference_label where: text",
        key="kind claim metric about",
    ),
    "reconciliations": frame_spec(
        "one metric in one month as one source tells it, against the source that takes precedence; difference = explained + unexplained",
        "metric: text, month: month, source: text, precedence: flag, value difference explained unexplained: figure, tolerance: exact, within_tolerance: flag, "
        "state how: text",
        key="metric month source",
    ),
    "reconciliation_records": frame_spec(
        "one record that makes two sources differ in the last closed month; `explains` says whether its reason accounts for its part",
        "metric: text, month: month, source record reason: text, difference: exact, explains: flag",
        key="metric month source record reason",
    ),
    "submissions": frame_spec(
        "one team that may submit: submitted, submitted_empty, missing or refused",
        "team state: text, requests: count, files note: text",
        key="team",
    ),
    "quarantine": frame_spec(
        "one row of a source that cannot be used, and why",
        "source frame row reason: text, amount: money",
    ),
    "control_totals": frame_spec(
        "one identity that must hold to the cent: left = right",
        "check: text, left right difference: money, ties: flag",
        key="check",
    ),
    "source_findings": FINDINGS,
    "source_story": STORY,
}
