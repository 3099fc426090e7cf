"""Checks of a posted ledger: debits equal credits per document and per month, and no P&L account lies outside the P&L."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.money import cents
from aop_lib.periods import month_text
from aop_lib.sources.checks import SHOWN, Finding
from aop_lib.sources.columns import missing
from aop_lib.sources.history_checks import gap_findings
from aop_lib.sources.ledger import Posted, out_of_balance
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

HALF_A_CENT = Decimal("0.005")
OUTSIDE_THE_RESULT = ["asset", "liability", "equity", "statistical"]


def ledger_findings(part: Posted, accounts: pd.DataFrame) -> Iterator[Finding]:
    """Yields what is wrong with a posted ledger: out of balance, months without a line, P&L accounts outside the P&L."""
    for row in out_of_balance(part)[:SHOWN]:
        where = f"{part.source}: {row['entity']} {month_text(row['month'])}"
        what, difference = f"debits and credits differ in {row['currency']}", row["difference"]
        yield Finding("balance", part.source, "warning", where, what, "0.00", f"{difference:,}", difference)
    yield from gap_findings(part)
    loose = accounts[(accounts["line"] == "") & ~accounts["type"].isin(OUTSIDE_THE_RESULT)]
    for account in sorted(set(loose["account"]) & set(part.rows["account"])):
        amount = sum(part.rows.loc[part.rows["account"] == account, "natural"], Decimal(0))
        what = f"account {account} is posted to and in no line of the P&L"
        yield Finding("lines", part.source, "warning", f"{part.source}: account {account}", what, amount=amount)


def has_documents(judged: Judged) -> bool:
    """Returns whether rows are lines of documents whose debits and credits must be equal."""
    frame = judged.mapped.frame(judged.layout)
    return frame.signs == "debit" and "document" in frame.columns


def documents(store: Warehouse, judged: Judged) -> tuple[int, int]:
    """Returns how many documents the used rows form, and how many of them do not balance to the cent."""
    found = store.records((net := _nets(judged)).aggregate(documents=net.count(), wrong=_apart(net).cast("int64").sum()))[0]
    return int(found["documents"]), int(found["wrong"] or 0)


def document_findings(store: Warehouse, judged: Judged) -> Iterator[Finding]:
    """Yields the documents whose debits and credits differ: `error` as the source wrote them, `warning` where rows that were set aside are to blame."""
    source, net = judged.mapped.source.name, _nets(judged)
    for record in store.records(net.filter(_apart(net)).order_by("document").limit(SHOWN)):
        where = f"{source}: document {record['document']}"
        aside = abs(record["written"]) < HALF_A_CENT or record["unread"] > 0
        why = "with the rows that were set aside it balances" if aside else f"{record['first']} is the first of its {record['lines']} rows"
        what = f"debits and credits of the document differ: {why}"
        yield Finding("balance", source, "warning" if aside else "error", where, what, "0.00", f"{cents(record['net']):,}", record["net"])


def _nets(judged: Judged) -> Table:
    """Returns per document the net of the rows that are used, and of all that the cycle may see; rows without a document are in none."""
    seen = judged.rows.filter(~judged.rows.later & (judged.rows.document != ""))
    used = seen.reason == ""
    nets = seen.group_by("document").aggregate(
        net=seen.amount.sum(where=used),
        written=seen.amount.sum(),
        unread=missing(seen.amount).cast("int64").sum(),
        first=seen.row.min(),
        lines=seen.count(),
        used=used.cast("int64").sum(),
    )
    return nets.filter(nets.used > 0).drop("used")


def _apart(nets: Table) -> BooleanValue:
    return nets.net.abs() >= HALF_A_CENT
