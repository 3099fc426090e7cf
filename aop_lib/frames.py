"""Grain, columns and units of every frame that crosses a stage.

Column kinds: `text` (never missing, empty for none), `month` (first of month), `day` (may be missing), `money`
(DECIMAL(18,2), the unit is the currency in `currency` or, without such a column, the reporting currency), `exact`
(DECIMAL(38,10): rates and KPI values), `count` (integer), `share` (float, may be missing), `flag`.
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
    "count": "int64",
    "share": "float64",
    "flag": "bool",
}
NULLABLE = {"day", "share"}


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


FINDINGS = FrameSpec(
    "one fault or risk: what was found, what was expected, who answers",
    {"severity": "text", "topic": "text", "where": "text", "what": "text", "expected": "text", "found": "text", "owner": "text", "amount": "money"},
)
STORY = FrameSpec(
    "one line of a page's first screen and of the index: message, figure, decision or line",
    {
        "kind": "text", "position": "count", "label": "text", "text": "text", "unit": "text", "value": "exact",
        "reference": "exact", "reference_label": "text", "direction": "count", "status": "text", "owner": "text", "prepared_by": "text",
        "due": "text", "amount": "money",
    },
    ("kind", "position"),
)
TREND = FrameSpec("one point of a key figure's history", {"label": "text", "month": "month", "value": "exact"}, ("label", "month"))

_BUDGET_KEY = ("entity", "team", "account", "month")
_BUDGET = {"entity": "text", "team": "text", "account": "text", "month": "month", "amount": "money"}

FRAMES: dict[str, FrameSpec] = {
    # stage 00
    "sources": FrameSpec(
        "one source and canonical frame: what was read, used and set aside",
        {"source": "text", "frame": "text", "system": "text", "rows": "count", "used": "count", "quarantined": "count", "later": "count",
         "first_month": "day", "last_month": "day", "amount": "money", "amount_used": "money", "amount_quarantined": "money", "amount_later": "money"},
        ("source", "frame"),
    ),
    "accounts": FrameSpec(
        "one account of the tree; amounts are natural: line_sign × amount adds into the P&L line, debit_sign × amount into the trial balance",
        {"account": "text", "name": "text", "parent": "text", "line": "text", "type": "text", "behaviour": "text", "line_sign": "count", "debit_sign": "count", "position": "count"},
        ("account",),
    ),
    "lines": FrameSpec(
        "one line of the P&L in report order; direction +1 revenue-like, -1 cost-like",
        {"line": "text", "name": "text", "type": "text", "direction": "count", "position": "count"}, ("line",),
    ),
    "teams": FrameSpec(
        "one team; parent is the group it belongs to, empty at the top",
        {"team": "text", "name": "text", "parent": "text", "owner": "text", "owner_name": "text", "position": "count"}, ("team",),
    ),
    "ledger": FrameSpec(
        "actuals by entity, team, account, month, currency and vendor, natural sign, closed months only",
        {"entity": "text", "team": "text", "account": "text", "month": "month", "currency": "text", "vendor": "text", "amount_local": "money", "amount": "money"},
        ("entity", "team", "account", "month", "currency", "vendor"),
    ),
    "rates": FrameSpec(
        "units of reporting currency per unit of currency", {"currency": "text", "month": "month", "average": "exact", "close": "exact"}, ("currency", "month")
    ),
    "mrr": FrameSpec(
        "recurring amount live at the month's close per customer, reporting currency",
        {"month": "month", "customer": "text", "segment": "text", "amount": "money"}, ("month", "customer", "segment"),
    ),
    "people": FrameSpec(
        "one person as known at the cycle's cut: team, role, dates, yearly pay in currency",
        {"person": "text", "name": "text", "team": "text", "entity": "text", "role": "text", "start": "day", "end": "day", "salary": "money", "currency": "text"},
        ("person",),
    ),
    "opportunities": FrameSpec(
        "one opportunity as known at the cycle's cut; amount is yearly contract value in reporting currency",
        {"opportunity": "text", "team": "text", "segment": "text", "stage": "text", "probability": "exact", "amount": "money", "created": "day", "close": "day", "is_won": "flag", "is_closed": "flag"},
        ("opportunity",),
    ),
    "kpis": FrameSpec("one metric's actual per month; team is empty for the company", {"metric": "text", "team": "text", "month": "month", "value": "exact"}, ("metric", "team", "month")),
    "imported_budget": FrameSpec("a budget made elsewhere, read as a source", {"budget": "text", **_BUDGET}, ("budget", *_BUDGET_KEY)),
    "requests": FrameSpec(
        "one budget request in its latest round",
        {"request": "text", "team": "text", "round": "count", "kind": "text", "title": "text", "why": "text", "goal": "text", "evidence": "text", "effect": "text", "submitted_by": "text", "submitted_on": "day", "where": "text"},
        ("request",),
    ),
    "request_lines": FrameSpec(
        "what an option of a request costs per account and month; amount in reporting currency",
        {"request": "text", "option": "text", "team": "text", "cost_centre": "text", "account": "text", "month": "month", "currency": "text", "amount_local": "money", "amount": "money", "heads": "count", "comment": "text", "where": "text"},
    ),
    "submissions": FrameSpec(
        "one team that may submit: submitted, submitted_empty, missing or refused", {"team": "text", "state": "text", "requests": "count", "files": "text", "note": "text"}, ("team",)
    ),
    "quarantine": FrameSpec("one row of a source that cannot be used, and why", {"source": "text", "frame": "text", "row": "text", "reason": "text", "amount": "money"}),
    "control_totals": FrameSpec(
        "one identity that must hold to the cent: left = right", {"check": "text", "left": "money", "right": "money", "difference": "money", "ties": "flag"}, ("check",)
    ),
    "source_findings": FINDINGS,
    "source_story": STORY,
    # stage 01
    "goals": FrameSpec(
        "one goal and KPI: from where to where, by when, whose",
        {"goal": "text", "statement": "text", "objective": "text", "weight": "share", "metric": "text", "metric_name": "text", "unit": "text", "direction": "count", "additive": "flag",
         "start": "exact", "target": "exact", "deadline": "day", "owner": "text", "owner_name": "text", "latest": "exact", "latest_month": "day", "status": "text"},
        ("goal",),
    ),
    "targets": FrameSpec(
        "a goal's target per team and month; team is empty for the company; for additive KPIs teams and months sum to it",
        {"goal": "text", "metric": "text", "team": "text", "month": "month", "value": "exact"}, ("goal", "team", "month"),
    ),
    "milestones": FrameSpec(
        "one dated, owned, checkable step of a goal",
        {"goal": "text", "milestone": "text", "what": "text", "measure": "text", "team": "text", "owner": "text", "owner_name": "text", "due": "day", "done": "day", "status": "text"},
        ("milestone",),
    ),
    "goal_findings": FINDINGS,
    "goal_story": STORY,
    # stage 02
    "request_status": FrameSpec(
        "one request: asked in its largest option, what was decided, by whom and why; undecided requests are not funded",
        {"request": "text", "team": "text", "title": "text", "goal": "text", "asked": "money", "heads": "count", "decision": "text", "option": "text", "approved": "money",
         "decided_by": "text", "decided_on": "day", "reason": "text"},
        ("request",),
    ),
    "request_findings": FINDINGS,
    "request_story": STORY,
    # stage 03
    "base_budget": FrameSpec("existing people and contracts carried forward", _BUDGET, _BUDGET_KEY),
    "budget": FrameSpec(
        "approved amounts; layer is `base` or the request that added them", {**_BUDGET, "layer": "text"}, (*_BUDGET_KEY, "layer")
    ),
    "year_end_estimate": FrameSpec("the year that is ending: actual through the last closed month, then estimate", {**_BUDGET, "basis": "text"}, _BUDGET_KEY),
    "statement": FrameSpec(
        "P&L by line and month: plan year beside the year before", {"line": "text", "month": "month", "basis": "text", "amount": "money"}, ("line", "month", "basis")
    ),
    "budget_findings": FINDINGS,
    "budget_story": STORY,
    # stage 04
    "scenarios": FrameSpec("the budget of each scenario; `base` is the budget itself", {"scenario": "text", **_BUDGET}, ("scenario", *_BUDGET_KEY)),
    "scenario_totals": FrameSpec("the year of each scenario by line", {"scenario": "text", "line": "text", "amount": "money"}, ("scenario", "line")),
    "scenario_findings": FINDINGS,
    "scenario_story": STORY,
    # stage 05
    "variances": FrameSpec(
        "budget against actual in closed months, favourable positive; sides says who has the row: both, budget only, actual only",
        {"entity": "text", "team": "text", "line": "text", "account": "text", "month": "month", "budget": "money", "actual": "money", "variance": "money", "sides": "text"},
        ("entity", "team", "account", "month"),
    ),
    "variance_findings": FINDINGS,
    "variance_story": STORY,
    "trends": TREND,
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
    return None if kind in {"text", "money", "exact"} else DTYPES[kind]
