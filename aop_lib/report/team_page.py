"""A team's page, made from an extract that holds nothing of other teams."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.report import tables
from aop_lib.report.blocks import Block, Facts, folded, headline, note, section
from aop_lib.report.charts_time import months
from aop_lib.report.folds import Teller, with_folds
from aop_lib.report.standing import facts_of, standing_page
from aop_lib.report.variance_table import Sides, variance_table

NUMBERS = {"money", "variance", "exact"}
EXACT = {"value", "reference", "amount"}


def team_page(extract: Mapping[str, Any]) -> str:
    """Returns the page of a team: self-contained, without scripts.

    Args:
        extract: `facts`, `home` and what `plan.team_page.team_extract` returned, as read from a file.
    """
    facts = facts_of(extract["facts"])
    first = headline(facts, pd.DataFrame([{name: Decimal(value) if name in EXACT else value for name, value in row.items()} for row in extract["story"]]))
    blocks = [_section(each, facts) for each in extract["sections"]]
    return with_folds(standing_page(facts, first, blocks, str(extract["home"])), Teller(extract["behind"].get))


def _section(told: Mapping[str, Any], facts: Facts) -> Block:
    shown = [*[_months(each, facts.currency) for each in told["charts"]], *[_table(each, facts.currency) for each in told["tables"]]]
    folds = [folded(each["label"], _table(each, facts.currency)) for each in told["folds"]]
    empty = [] if shown or folds else [note(told["what"])]
    return section(told["finding"], f"{facts.company}, {facts.label}" if empty else told["what"], *shown, *empty, *folds)


def _months(told: Mapping[str, Any], currency: str) -> Block:
    rows = pd.DataFrame(told["rows"], columns=["month", "series", "value"])
    last_closed = pd.Timestamp(told["last_closed"]) if told["last_closed"] else None
    return months(rows.assign(month=pd.to_datetime(rows["month"])), currency, alt=told["alt"], last_closed=last_closed)


def _table(told: Mapping[str, Any], currency: str) -> Block:
    if not told["columns"]:
        return variance_table(_rows(told["rows"], {"direction", "actual", "plan"}), Sides(told["period"]), told["label"], currency, first="Account")
    columns = [tables.Column(each["name"], each["header"], each["kind"], why=each["why"]) for each in told["columns"]]
    exact = {column.name for column in columns if column.kind in NUMBERS}
    return tables.amounts(_rows(told["rows"], exact), columns, told["label"], currency, total=told["total"])


def _rows(rows: Sequence[Mapping[str, Any]], exact: Collection[str]) -> pd.DataFrame:
    return pd.DataFrame([{name: Decimal(value) if name in exact else value for name, value in row.items()} for row in rows])
