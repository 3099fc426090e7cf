"""Postings behind an account's amount: month by month what the ledger holds, and the first rows of its sources with their places."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd

from aop_lib import money
from aop_lib.plan.explanation import Known, Node, Scope, exact_text
from aop_lib.plan.wording import counted, month_name

MOST_ROWS = 5


def posted_nodes(known: Known, rows: pd.DataFrame, scope: Scope, entity: str = "") -> tuple[Node, ...]:
    """Returns the ledger's amount of each month with the rows of its sources: how many, their sum, the first of them with file and line.

    Args:
        known: The published cycle, with the rows that were read again.
        rows: Rows of the frame `ledger` of one account.
        scope: The same team and months.
        entity: The entity; empty for all of them.
    """
    months = sorted(set(rows["month"]))
    return tuple(_month(known, rows[rows["month"] == month], _posted(known, rows, scope, entity, month), month) for month in months)


def _posted(known: Known, rows: pd.DataFrame, scope: Scope, entity: str, month: pd.Timestamp) -> pd.DataFrame:
    own = known.posted
    here = (own["month"] == month) & own["account"].isin(set(rows["account"]))
    if scope.teams:
        here &= own["team"].isin(sorted(scope.teams))
    return own[here & (own["entity"] == entity)] if entity else own[here]


def _month(known: Known, rows: pd.DataFrame, posted: pd.DataFrame, month: pd.Timestamp) -> Node:
    local = money.sums(rows, ["currency"], "amount_local") if len(rows) else rows
    told = [exact_text(Decimal(row["amount_local"]), row["currency"]) for row in local.to_dict("records")]
    how = f"{' + '.join(told)} in the ledger's own currency, at the month's average rate"
    if known.unread:
        parts: tuple[Node, ...] = (Node("source rows", how=known.unread, source=_ledger_source(known)),)
    else:
        parts = tuple(_source_node(known, own, str(source)) for source, own in posted.groupby("source", sort=True))
    return Node(f"{month_name(month)}, frame ledger", exact_text(money.total(rows["amount"]), known.currency), how=how, parts=parts)


def _source_node(known: Known, posted: pd.DataFrame, source: str) -> Node:
    sums: dict[str, Decimal] = {}
    for currency, amount in zip(posted["currency"], posted["amount"], strict=True):
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    told = " + ".join(exact_text(amount, currency) for currency, amount in sorted(sums.items()))
    files = [name for name in dict.fromkeys(posted["file"]) if name]
    hashes = [each for each in known.files.get((source, "ledger"), ()) if each.partition("  ")[0] in files]
    left = len(posted) - MOST_ROWS
    rest = (Node(f"and {counted(left, 'more row')}"),) if left > 0 else ()
    return Node(f"source {source}, {counted(len(posted), 'row')}", told, place="; ".join(hashes), parts=(*_rows(posted), *rest), source=(source, "ledger"))


def _rows(posted: pd.DataFrame) -> Iterator[Node]:
    for row in posted.head(MOST_ROWS).to_dict("records"):
        place = f"{row['file'] or row['source']} line {row['line']}"
        named = "" if row["row"] in {"", f"line {row['line']}"} else f"{row['row']}, "
        yield Node(f"{place}: {named}{row['vendor'] or 'no vendor'}", exact_text(row["amount"], row["currency"]))


def _ledger_source(known: Known) -> tuple[str, str]:
    sources = known.frames["sources"]
    own = sources.loc[sources["frame"] == "ledger", "source"]
    return (str(own.iloc[0]), "ledger") if len(own) else ("", "")
