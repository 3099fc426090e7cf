"""The page of a version for its readers, made from an extract that holds nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.report import charts, tables
from aop_lib.report.blocks import Block, Facts, headline, section
from aop_lib.report.folds import Teller, with_folds
from aop_lib.report.standing import facts_of, standing_page

MONEY_COLUMNS = {"q1": "Q1", "q2": "Q2", "q3": "Q3", "q4": "Q4", "year": "Year"}
EXACT = {"value", "reference", "amount", *MONEY_COLUMNS}
MEASURED = [tables.Column("name", "Metric"), tables.Column("latest", "Latest", "figure"), tables.Column("before", "A year before", "figure")]
AIMS = [
    tables.Column("statement", "Goal"),
    tables.Column("metric", "Measured by"),
    tables.Column("start", "From", "figure"),
    tables.Column("target", "To", "figure"),
    tables.Column("deadline", "By"),
]


def version_page(extract: Mapping[str, Any]) -> str:
    """Returns the page of a version: self-contained, without scripts, without a way to the pages of others.

    Args:
        extract: `facts`, and what `plan.version_page.version_extract` returned, as read from a file.
    """
    facts = facts_of(extract["facts"])
    return with_folds(standing_page(facts, headline(facts, _frame(extract["story"])), _sections(extract, facts)), Teller(extract["behind"].get))


def _sections(extract: Mapping[str, Any], facts: Facts) -> list[Block]:
    currency, period = facts.currency, f"{facts.currency}, {facts.label}"
    columns = [tables.Column("label", "Line"), *(tables.Column(name, header, "money") for name, header in MONEY_COLUMNS.items())]
    shown, exact = _frame(extract["shown"]), _frame(extract["exact"])
    table, full = tables.amounts(shown, columns, "P&L by quarter", currency), tables.exact_amounts(exact, columns, "P&L by quarter", currency)
    by_month = pd.DataFrame([{**row, "month": pd.Timestamp(row["month"]), "value": Decimal(row["value"])} for row in extract["revenue"]])
    chart = charts.months(by_month, currency, alt=extract["by_month"])
    goals, metrics = extract["goals"], extract["metrics"]
    found = [
        section(extract["by_quarter"], f"{facts.company}, P&L by quarter, {period}", table, full),
        section(extract["by_month"], f"{facts.company}, revenue by month, {period}", chart),
    ]
    if metrics:
        about = f"{facts.company}, {metrics[0]['month']} and a year before"
        found.append(section(f"Where the company stands: {metrics[0]['name']} {metrics[0]['latest']}", about, _table(metrics, MEASURED, "Metrics", currency)))
    if goals:
        heading = f"{len(goals)} goal{'s' if len(goals) > 1 else ''}: {goals[0]['statement']}"
        found.append(section(heading, f"{facts.company}, {facts.label}", _table(goals, AIMS, "Goals", currency)))
    return found


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[tables.Column], label: str, currency: str) -> Block:
    return tables.amounts(pd.DataFrame([dict(row) for row in rows]), columns, label, currency)


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([{key: Decimal(value) if key in EXACT else value for key, value in row.items()} for row in rows])
