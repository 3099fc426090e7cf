"""Grain, columns and units of every frame that crosses a stage.

Column kinds: `text` (never missing, empty for none), `month` (first of month), `day` (may be missing), `money`
(DECIMAL(18,2), the unit is the currency in `currency` or, without such a column, the reporting currency), `exact`
(DECIMAL(38,10): rates and KPI values), `figure` (the same, may be missing), `count` (integer), `share` (float, may be missing), `flag`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from aop_lib.errors import FrameError
from aop_lib.money import MONEY

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

EXACT = pd.ArrowDtype(pa.decimal128(38, 10))
DTYPES: dict[str, Any] = {
    "text": pd.StringDtype(na_value=float("nan")),
    "month": "datetime64[us]",
    "day": "datetime64[us]",
    "money": MONEY,
    "exact": EXACT,
    "figure": EXACT,
    "count": "int64",
    "share": "float64",
    "flag": "bool",
}
NULLABLE = {"day", "share", "figure"}


@dataclass(frozen=True)
class FrameSpec:
    """A frame's contract.

    Attributes:
        what: One line on what a row is.
        columns: Name to kind, in order.
        key: The grain; no two rows share it. Empty where rows may repeat.
    """

    what: str
    columns: dict[str, str]
    key: tuple[str, ...] = ()


def frame_spec(what: str, columns: str, key: str = "") -> FrameSpec:
    """Returns a contract from its short form: `entity team: text, month: month, amount: money`, key `entity team month`."""
    kinds = (group.rpartition(":") for group in columns.split(","))
    return FrameSpec(what, {name: kind.strip() for names, _, kind in kinds for name in names.split()}, tuple(key.split()))


FINDINGS = frame_spec(
    "one fault or risk: what was found, what was expected, who answers",
    "severity topic where what expected found owner: text, amount: money",
)
STORY = frame_spec(
    "one line of a page's first screen and of the index: message, figure, decision or line",
    "kind: text, position: count, label text unit: text, value reference: exact, reference_label: text, direction: count, status "
    "owner prepared_by due: text, amount: money",
    key="kind position",
)

FRAMES: dict[str, FrameSpec] = {
    # stage 00
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
        "month: month, customer segment currency: text, amount_local amount: money",
        key="month customer segment currency",
    ),
    "people": frame_spec(
        "one person as known at the cycle's cut: team, role, dates, yearly pay in currency at the source's scale",
        "person name team entity role: text, start end: day, salary: exact, currency: text",
        key="person",
    ),
    "opportunities": frame_spec(
        "one opportunity as known at the cycle's cut; amount is yearly contract value in reporting currency; customer as billing names it",
        "opportunity customer team segment stage: text, probability: exact, amount: money, created close: day, is_won is_closed: flag",
        key="opportunity",
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
        "one budget request in its latest round",
        "request team: text, round: count, kind title why goal evidence effect submitted_by: text, submitted_on: day, where: text",
        key="request",
    ),
    "request_lines": frame_spec(
        "what an option of a request costs per account and month; amount in reporting currency",
        "request option team cost_centre account: text, month: month, currency: text, amount_local amount: money, heads: count, comment where: text",
    ),
    "request_assumptions": frame_spec(
        "what a request says a metric is: `now`, in the last closed month, or `year`, at the end of the planned one (over it, where months add up)",
        "request team metric about: text, value: exact, where: text",
        key="request metric about",
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
    # stage 01
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
    # stage 02
    "request_status": frame_spec(
        "one request: asked in its largest option, what was decided, by whom and why; undecided requests are not funded",
        "request team title goal: text, asked: money, heads: count, decision option: text, approved: money, decided_by: text, decided_on: day, reason: text",
        key="request",
    ),
    "request_findings": FINDINGS,
    "request_story": STORY,
    # stage 03
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
    # stage 04
    "scenarios": frame_spec(
        "the budget of each scenario; `base` is the budget itself",
        "scenario entity team account: text, month: month, amount: money",
        key="scenario entity team account month",
    ),
    "scenario_totals": frame_spec(
        "the year of each scenario by line",
        "scenario line: text, amount: money",
        key="scenario line",
    ),
    "scenario_findings": FINDINGS,
    "scenario_story": STORY,
    # stage 05
    "variances": frame_spec(
        "budget against actual in closed months, favourable positive; sides says who has the row: both, budget only, actual only",
        "entity team line account: text, month: month, budget actual variance: money, sides: text",
        key="entity team account month",
    ),
    "variance_findings": FINDINGS,
    "variance_story": STORY,
    "trends": frame_spec(
        "one point of a key figure's history",
        "label: text, month: month, value: exact",
        key="label month",
    ),
}


def conformed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the frame with its contract's columns in order, their types, its rows sorted by the grain.

    Raises:
        FrameError: If a column is missing or surplus, a value does not fit its kind, or the grain repeats.
    """
    spec = FRAMES[name]
    problems = [f"column {column!r} is missing" for column in spec.columns if column not in frame]
    problems += [f"column {column!r} is not in the contract" for column in frame if column not in spec.columns]
    if problems:
        raise FrameError(name, problems)
    typed = pd.DataFrame({column: _typed(name, frame[column], kind) for column, kind in spec.columns.items()})
    order = list(spec.key) or [c for c, kind in spec.columns.items() if kind in {"text", "month"}]
    typed = typed.sort_values(order, kind="stable", ignore_index=True) if len(typed) else typed.reset_index(drop=True)
    checked(name, typed)
    return typed


def empty(name: str) -> pd.DataFrame:
    """Returns a frame of that contract without rows."""
    return conformed(name, pd.DataFrame({column: [] for column in FRAMES[name].columns}))


def _typed(name: str, column: pd.Series, kind: str) -> pd.Series:
    try:
        if kind == "text":
            return column.fillna("").astype(DTYPES[kind])
        return column.astype(DTYPES[kind])
    except (TypeError, ValueError, OverflowError, pa.ArrowException) as problem:
        raise FrameError(name, [f"column {column.name!r} is not {kind}: {problem}"]) from problem


def checked(name: str, frame: pd.DataFrame) -> None:
    """Holds a frame against its contract.

    Raises:
        FrameError: With every offence at once.
    """
    from pandera.errors import SchemaErrors

    try:
        schema(name).validate(frame, lazy=True)
    except SchemaErrors as offences:
        cases = offences.failure_cases
        lines = [f"{row.column or 'frame'}: {row.check} (row {row.index}, found {row.failure_case!r})" for row in cases.head(20).itertuples()]
        raise FrameError(name, lines) from None


@cache
def schema(name: str) -> DataFrameSchema:
    """Returns the pandera schema of a frame's contract."""
    from pandera.pandas import Check, Column, DataFrameSchema

    spec = FRAMES[name]
    first = Check(lambda months: months.dt.day == 1, error="not the first of a month")
    finite = Check(lambda values: ~values.isin([float("inf"), float("-inf")]), error="not finite")
    checks = {"month": [first], "share": [finite]}
    columns = {column: Column(_pandera_dtype(kind), checks.get(kind, []), nullable=kind in NULLABLE) for column, kind in spec.columns.items()}
    return DataFrameSchema(columns, strict=True, ordered=True, unique=list(spec.key) or None, report_duplicates="all")


def _pandera_dtype(kind: str) -> Any:
    return None if kind in {"text", "money", "exact", "figure"} else DTYPES[kind]
