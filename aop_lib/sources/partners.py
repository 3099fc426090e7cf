"""What is named and stops nothing: keys without a partner (joins marked `all_match`), what workbooks hide or compute."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from aop_lib.load import Params
from aop_lib.money import cents
from aop_lib.sources.checks import Finding
from aop_lib.sources.columns import lonely_rows
from aop_lib.sources.exports import LINE, LINES
from aop_lib.sources.rows import Judged, end_of
from aop_lib.sources.warehouse import Warehouse

MOST_KEYS = 20


def workbook_findings(store: Warehouse) -> Iterator[Finding]:
    """Returns one note per hidden row, column or sheet that was read, and per sheet with formulas whose stored values were."""
    for source, notes in store.notes.items():
        for each in sorted(set(notes)):
            yield Finding("workbook", source, "note", each.where, each.found, each.expected)


def partner_findings(store: Warehouse, judged: Judged, params: Params) -> Iterator[Finding]:
    """Returns one finding per key that finds no partner: how many rows refer to it, and the sum of their amounts.

    Used and quarantined rows count alike, later ones do not. The amount is as the source writes it.

    Args:
        store: The loaded tables.
        judged: The rows of one source and frame.
        params: The cut.
    """
    mapped = judged.mapped
    for join in mapped.frame(judged.layout).joins:
        if not join.all_match:
            continue
        alone = lonely_rows(store, mapped, judged.layout, end_of(params.as_of), join)
        rows = judged.rows.filter(~judged.rows.later).inner_join(alone, LINE)
        sums = {"rows": rows[LINES].sum()} | ({"amount": rows.amount.sum()} if "amount" in rows.columns else {})
        for record in store.records(rows.group_by("key").aggregate(**sums).order_by("key").limit(MOST_KEYS)):
            what = f"{record['rows']:,} rows of {judged.frame} refer to {record['key']!r}, which {join.table} does not have"
            amount = cents(Decimal(record.get("amount") or 0))
            yield Finding("partners", mapped.source.name, "warning", f"{mapped.source.name}: {join.table} {record['key']}", what, amount=amount)
