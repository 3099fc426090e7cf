"""Checks of single rows: those that cannot be used, those that stand there twice, and currencies that have no rate."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.errors import nearest
from aop_lib.load import Params
from aop_lib.periods import month_text
from aop_lib.sources.checks import NAMED, SHOWN, Finding, named_rows, rows_text
from aop_lib.sources.exports import LINE, LINES
from aop_lib.sources.presets import LAYOUTS
from aop_lib.sources.rows import UNREADABLE, Judged, as_month
from aop_lib.sources.totals import Counted
from aop_lib.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import Table

POSTED = {"ledger", "budget"}
CONVERTED = {*POSTED, "subscriptions", "opportunities"}
CHECK_OF_KIND = {"entity": "unmapped", "team": "unmapped", "account": "unmapped", "metric": "unmapped", "currency": "currency"}
AGAIN, ABSURD = " a second time", "' is larger than "


def check_of(reason: str) -> str:
    """Returns the check that a row's reason not to be used belongs to.

    `unmapped` (entity, team, account), `currency`, `types` (no number, date, month or flag), `duplicates` (the same record
    again), and `quarantine` for what is left: a value that a row needs is not there, or it holds no money.
    """
    kind = next((kind for kind, words in UNREADABLE.items() if reason.endswith(words)), "")
    if kind or ABSURD in reason:
        return CHECK_OF_KIND.get(kind, "types")
    return "duplicates" if reason.endswith(AGAIN) else "quarantine"


def quarantine_findings(store: Warehouse, counted: Counted, metrics: Collection[str] = ()) -> Iterator[Finding]:
    """Yields one finding per reason why rows cannot be used: how many, which ones first, and their amount."""
    if not counted.rows["quarantined"]:
        return
    judged = counted.judged
    rows, source = judged.quarantined, judged.mapped.source.name
    sums = {"rows": rows[LINES].sum()} | ({"amount": rows.amount.sum()} if "amount" in rows.columns else {})
    first = _first_of_each(store, rows)
    for record in store.records(rows.group_by("reason").aggregate(**sums).order_by("reason")):
        reason, count = record["reason"], record["rows"]
        statistical = reason.startswith("statistical account")
        what = f"{rows_text(count)} of {judged.frame} {'is' if count == 1 else 'are'} set aside: {reason}: {named_rows(first[reason], count)}"
        amount = Decimal(0) if statistical else record.get("amount") or Decimal(0)
        severity, expected = "note" if statistical else "warning", _expected_metric(reason, metrics)
        yield Finding(check_of(reason), source, severity, source, what, expected, found=rows_text(count), amount=amount)


def _expected_metric(reason: str, metrics: Collection[str]) -> str:
    """Returns what a name that is no metric may have meant; empty for any other reason."""
    if not reason.endswith(UNREADABLE["metric"]):
        return ""
    return f"a metric of params/metrics.yml{nearest(reason.partition(chr(39))[2].rpartition(chr(39))[0], metrics)}"


def _first_of_each(store: Warehouse, rows: Table) -> dict[str, list[str]]:
    import ibis

    place = ibis.row_number().over(ibis.window(group_by=rows.reason, order_by=rows[LINE]))
    found: dict[str, list[str]] = {}
    for record in store.records(rows.mutate(_place=place).filter(lambda each: each["_place"] < NAMED).order_by([LINE]).select("reason", "row")):
        found.setdefault(record["reason"], []).append(record["row"])
    return found


def duplicate_findings(store: Warehouse, judged: Judged) -> Iterator[Finding]:
    """Yields which posted rows stand there more than once, and what counts more than once with them.

    Defined as::

        the preset names each row (document and line)   the same name twice: the row was exported twice: `error`
        it does not                                     every column the same: may be true, may be a double entry: `warning`
        at stake                                        sum of |amount| - the largest of them, per key

    Records with a key of their own (a person, a subscription) are set aside the second time and found there.
    """
    if judged.layout not in POSTED:
        return
    if judged.mapped.source.lines == "summed":
        what = f"the lines of {judged.frame} were added up first, so none was held against another"
        yield Finding("duplicates", judged.mapped.source.name, "note", judged.mapped.source.name, what, found="lines: summed")
        return
    named = "row" in judged.mapped.frame(judged.layout).columns
    used, source = judged.used, judged.mapped.source.name
    key = ["row"] if named else [name for name in LAYOUTS[judged.layout] if name != "row"]
    size = used.amount.abs()
    groups = used.group_by(key).aggregate(times=used.count(), first=used.row.min(), line=used[LINE].min(), extra=size.sum() - size.max())
    twice = groups.filter(groups.times > 1)
    total = store.records(twice.aggregate(rows=(twice.times - 1).sum(), extra=twice.extra.sum()))[0]
    if not total["rows"]:
        return
    shown = store.records(twice.order_by("line").limit(NAMED).select("first", "times"))
    rows = [f"{each['first']} ({each['times']} times)" for each in shown]
    count = int(store.records(twice.aggregate(keys=twice.count()))[0]["keys"])
    what = f"rows of {judged.frame} stand there more than once: {named_rows(rows, count)}"
    found = f"{rows_text(int(total['rows']))} {'too many' if named else 'like another one'}"
    yield Finding("duplicates", source, "error" if named else "warning", f"{source}: {judged.frame}", what, found=found, amount=total["extra"])


def currency_findings(params: Params, store: Warehouse, judged: Judged, rated: dict[str, set[pd.Timestamp]]) -> Iterator[Finding]:
    """Yields the currencies of used rows that have no rate, and those that company.yml does not name.

    Args:
        params: The company's currencies.
        store: The loaded tables.
        judged: Rows with amounts in currencies.
        rated: The months with a rate into the reporting currency, by currency.
    """
    if judged.layout not in CONVERTED:
        return
    company, source = params.company, judged.mapped.source.name
    listed = {company.reporting_currency, *company.currencies, *(each.currency for each in company.entities)}
    for record in _by_currency(store, judged):
        currency, month, rows = record["currency"], as_month(record.get("month")), rows_text(record["rows"])
        lacking = currency != company.reporting_currency and (month not in rated.get(currency, set()) if month is not None else currency not in rated)
        when = f" in {month_text(month)}" if month is not None else ""
        place = f"{source}: {currency}{when}"
        if lacking and judged.layout != "budget":
            what = f"{rows} of {judged.frame} in {currency}{when} without a rate into {company.reporting_currency}: {record['first']} first"
            expected = f"a rate into {company.reporting_currency}; a missing rate is never 1"
            severity = "error" if judged.layout == "ledger" else "warning"  # what is live or open without a rate stops the run when it is converted
            yield Finding("currency", source, severity, place, what, expected, f"{rows} without a rate", record["amount"])
        elif currency not in listed:
            what = f"{rows} of {judged.frame} in {currency}, which company.yml does not name: {record['first']} first"
            yield Finding("currency", source, "warning", place, what, f"one of {', '.join(sorted(listed))}", rows, record["amount"])


def _by_currency(store: Warehouse, judged: Judged) -> list[dict[str, Any]]:
    used = judged.used
    key = ["currency", "month"] if "month" in used.columns and judged.layout == "ledger" else ["currency"]
    groups = used.group_by(key).aggregate(rows=used[LINES].sum(), amount=used.amount.abs().sum(), first=used.row.first(order_by=used[LINE]))
    return store.records(groups.order_by(key))[: SHOWN * 50]
