"""Checks of what was read, before anything is used: each finds, and company.yml says per source whether that stops the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.load import Params
from aop_lib.money import cents
from aop_lib.periods import add_months, month_spine, month_text
from aop_lib.sources.declared import CHECKS
from aop_lib.sources.ledger import Posted, out_of_balance
from aop_lib.sources.rows import Judged, as_month
from aop_lib.sources.totals import Counted
from aop_lib.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """What one check found in one source; `severity` is that of the finding where company.yml does not say otherwise."""

    check: str
    source: str
    severity: str
    where: str
    what: str
    expected: str = ""
    found: str = ""
    amount: Decimal = Decimal(0)


def findings_frame(params: Params, findings: Iterable[Finding]) -> pd.DataFrame:
    """Returns the findings as rows, conformed to `source_findings`; checks that are `off` leave none.

    Raises:
        InputRefusedError: If a check that company.yml sets to `error` found something: the run stops.
    """
    levels = {source.name: source.checks for source in params.company.sources}
    heard = [each for each in findings if levels[each.source].get(each.check) != "off"]
    stopping = [each for each in heard if levels[each.source].get(each.check) == "error"]
    stops = [Fault(each.where, each.found or each.what, each.expected or CHECKS[each.check]) for each in stopping]
    if stops:
        raise InputRefusedError(stops)
    rows = [
        {"severity": each.severity, "topic": each.check, "where": each.where, "what": each.what, "expected": each.expected or CHECKS[each.check],
         "found": each.found, "owner": "", "amount": cents(each.amount)}
        for each in heard
    ]  # fmt: skip
    return conformed("source_findings", pd.DataFrame(rows, columns=list(FRAMES["source_findings"].columns))) if rows else empty("source_findings")


def count_findings(params: Params, counts: list[Counted]) -> Iterator[Finding]:
    """Returns what the counts alone tell: rows that came later, a ledger that ends early."""
    for each in counts:
        source = each.judged.mapped.source.name
        if each.rows["later"]:
            what = f"{each.rows['later']:,} rows of {each.judged.frame} came after the cycle's cut and are not used"
            yield Finding("later", source, "note", source, what, found=f"{each.rows['later']:,} rows")
        last = as_month(each.months[1])
        if each.judged.layout == "ledger" and (last is None or last < params.last_closed):
            ends = month_text(last) if last is not None else "no month"
            yield Finding("freshness", source, "warning", source, "the ledger ends before the last closed month", month_text(params.last_closed), ends)


def quarantine_findings(store: Warehouse, counts: Iterable[Counted]) -> Iterator[Finding]:
    """Returns one finding per source, frame and reason: how many rows cannot be used, and their amount."""
    for each in (each.judged for each in counts if each.rows["quarantined"]):
        rows = each.quarantined
        sums = {"rows": rows.count()} | ({"amount": rows.amount.sum()} if "amount" in rows.columns else {})
        grouped = store.records(rows.group_by("reason").aggregate(**sums).order_by("reason"))
        for record in grouped:
            source, statistical = each.mapped.source.name, record["reason"].startswith("statistical account")
            what = f"{record['rows']:,} rows of {each.frame} are set aside: {record['reason']}"
            amount = Decimal(0) if statistical else record.get("amount") or Decimal(0)
            yield Finding("quarantine", source, "note" if statistical else "warning", source, what, found=f"{record['rows']:,} rows", amount=amount)


def left_out_findings(source: str, spare: dict[str, int]) -> Iterator[Finding]:
    """Returns one finding per table with rows that no frame takes."""
    for table, rows in spare.items():
        if rows:
            yield Finding("left_out", source, "note", source, f"{rows:,} rows of {table} are not what the preset looks for", found=f"{rows:,} rows")


def ledger_findings(part: Posted, accounts: pd.DataFrame) -> Iterator[Finding]:
    """Returns what is wrong with a posted ledger: out of balance, months without a line, P&L accounts outside the P&L."""
    for row in out_of_balance(part)[:SHOWN]:
        where = f"{part.source}: {row['entity']} {month_text(row['month'])}"
        what, difference = f"debits and credits differ in {row['currency']}", row["difference"]
        yield Finding("balance", part.source, "error", where, what, "0.00", f"{difference:,}", difference)
    yield from _gaps(part)
    loose = accounts[(accounts["line"] == "") & ~accounts["type"].isin(["asset", "liability", "equity", "statistical"])]
    for account in sorted(set(loose["account"]) & set(part.rows["account"])):
        amount = sum(part.rows.loc[part.rows["account"] == account, "natural"], Decimal(0))
        what = f"account {account} is posted to and in no line of the P&L"
        yield Finding("lines", part.source, "error", f"{part.source}: account {account}", what, amount=amount)


def documents(store: Warehouse, judged: Judged) -> tuple[int, int]:
    """Returns how many documents the used rows form, and how many of them do not balance to the cent."""
    found = store.records((net := _nets(judged)).aggregate(documents=net.count(), wrong=_apart(net).cast("int64").sum()))[0]
    return int(found["documents"]), int(found["wrong"] or 0)


def document_findings(store: Warehouse, judged: Judged) -> Iterator[Finding]:
    """Returns the documents of a ledger of debits and credits that do not balance over the rows that were used."""
    source, net = judged.mapped.source.name, _nets(judged)
    for record in store.records(net.filter(_apart(net)).order_by("document").limit(SHOWN)):
        where = f"{source}: document {record['document']}"
        yield Finding("balance", source, "error", where, "debits and credits of the document differ", "0.00", f"{cents(record['net']):,}", record["net"])


def _nets(judged: Judged) -> Table:
    used = judged.used
    return used.group_by("document").aggregate(net=used.amount.sum())


def _apart(nets: Table) -> BooleanValue:
    return nets.net.abs() >= Decimal("0.005")


def has_documents(judged: Judged) -> bool:
    """Returns whether rows are lines of documents whose debits and credits must be equal."""
    frame = judged.mapped.frame(judged.layout)
    return frame.signs == "debit" and "document" in frame.columns


def _gaps(part: Posted) -> Iterator[Finding]:
    for entity, months in part.rows.groupby("entity")["month"]:
        present = set(months)
        missing = [month for month in month_spine(min(present), add_months(max(present), 1)) if month not in present]
        if missing:
            what = f"{len(missing)} months without a line: {', '.join(month_text(month) for month in missing[:12])}"
            yield Finding("gaps", part.source, "warning", f"{part.source}: {entity}", what, found=f"{len(missing)} months")
