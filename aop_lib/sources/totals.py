"""Control totals: what came in equals what was used, quarantined and set aside, to the row and to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.money import as_money, cents, money_series
from aop_lib.sources.exports import LINE, LINES
from aop_lib.sources.presets import LAYOUTS, Mapping
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse

PARTS = ("used", "quarantined", "later")
MONEY_LAYOUTS = {name for name, layout in LAYOUTS.items() if "amount" in layout}


@dataclass(frozen=True)
class Counted:
    """What became of the rows of one source and frame.

    Attributes:
        judged: The rows.
        rows: How many there are, and how many of them were used, quarantined and later.
        amounts: The turnover of the same rows: the sum of absolute amounts as the source writes them.
        net: The sum of the amounts of the rows that were used, signed as the source writes them.
        months: First and last month of the rows that were used; None where rows have no month.
    """

    judged: Judged
    rows: dict[str, int]
    amounts: dict[str, Decimal]
    net: Decimal
    months: tuple[date | None, date | None]

    @property
    def superseded(self) -> int:
        """Versions of a record that a newer one had replaced, or that had ended, at the cycle's cut."""
        return self.judged.written.rows - self.rows["rows"]


def counted(store: Warehouse, judged: Judged) -> Counted:
    """Returns the counts and turnovers of judged rows; turnover, so that debits and credits cannot hide one another."""
    import ibis

    rows, good = judged.rows, judged.rows.reason == ""
    masks = {"rows": rows.later | ~rows.later, "used": good & ~rows.later, "quarantined": ~good & ~rows.later, "later": rows.later}
    sums: dict[str, Any] = {f"n_{name}": rows[LINES].sum(where=mask) for name, mask in masks.items()}
    if judged.layout in MONEY_LAYOUTS:
        sums |= {f"a_{name}": rows.amount.abs().sum(where=mask) for name, mask in masks.items()}
        sums |= {"net": rows.amount.sum(where=masks["used"])}
    if "month" in rows.columns:
        month = ibis.ifelse(masks["used"], rows.month, None)
        sums |= {"first": month.min(), "last": month.max()}
    found = store.records(rows.aggregate(**sums))[0]
    counts = {name: int(found[f"n_{name}"] or 0) for name in masks}
    amounts = {name: Decimal(found.get(f"a_{name}") or 0) for name in masks}
    return Counted(judged, counts, amounts, Decimal(found.get("net") or 0), (found.get("first"), found.get("last")))


def sources_frame(counts: list[Counted]) -> pd.DataFrame:
    """Returns what was read, used, quarantined and later per source and frame, conformed to `sources`; amounts are turnovers."""
    rows = []
    for each in counts:
        mapped, first_last = each.judged.mapped, each.months
        row: dict[str, Any] = {"source": mapped.source.name, "frame": each.judged.frame, "system": mapped.known.system}
        row |= {"rows": each.rows["rows"], **{name: each.rows[name] for name in PARTS}, "amount": each.amounts["rows"]}
        row |= {f"amount_{name}": each.amounts[name] for name in PARTS}
        rows.append({**row, "first_month": first_last[0], "last_month": first_last[1]})
    if not rows:
        return empty("sources")
    frame = pd.DataFrame(rows)
    money = {name: as_money(frame[name]) for name in ("amount", *(f"amount_{part}" for part in PARTS))}
    months = {name: pd.to_datetime(frame[name]) for name in ("first_month", "last_month")}
    return conformed("sources", frame.assign(**money, **months))


def quarantine_frame(store: Warehouse, counts: Iterable[Counted]) -> pd.DataFrame:
    """Returns every row that cannot be used with its reason, conformed to `quarantine`; amount as the source writes it, 0 where unreadable."""
    rows: list[dict[str, Any]] = []
    for each in (each.judged for each in counts if each.rows["quarantined"]):
        found = each.quarantined.order_by(LINE)
        amount = {"amount": found.amount} if each.layout in MONEY_LAYOUTS else {}
        place = {"source": each.mapped.source.name, "frame": each.frame}
        rows += [{**place, **record, "amount": record.get("amount") or Decimal(0)} for record in store.records(found.select("row", "reason", **amount))]
    frame = pd.DataFrame(rows, columns=["source", "frame", "row", "reason", "amount"])
    return conformed("quarantine", frame.assign(amount=as_money(frame["amount"]))) if rows else empty("quarantine")


def left_out(store: Warehouse, mapped: Mapping, counts: list[Counted]) -> dict[str, int]:
    """Returns, per table that feeds a frame, how many of its rows no frame of the preset takes."""
    found = {}
    for table, fed in _fed(mapped, counts).items():
        size = store.sizes[mapped.source.name, table]
        if len(fed) == 1:
            found[table] = size - fed[0].judged.written.rows
        else:
            lines = reduce(lambda left, right: left.union(right), [each.judged.text.select(LINE) for each in fed])
            found[table] = size - int(lines[LINE].nunique().to_pyarrow().as_py())
    return found


def row_checks(store: Warehouse, mapped: Mapping, counts: list[Counted], spare: dict[str, int]) -> list[tuple[str, Decimal, Decimal]]:
    """Returns (check, left, right) per table: its rows = used + quarantined + later + superseded + left out, over all its frames."""
    checks = []
    for table, fed in _fed(mapped, counts).items():
        right = spare[table] + sum(each.superseded + sum(each.rows[name] for name in PARTS) for each in fed)
        name = f"{mapped.source.name}: every row of {table} is used, quarantined, later, superseded or left out"
        checks.append((name, Decimal(store.sizes[mapped.source.name, table]), Decimal(right)))
    return checks


def _fed(mapped: Mapping, counts: list[Counted]) -> dict[str, list[Counted]]:
    fed: dict[str, list[Counted]] = {}
    for each in counts:
        fed.setdefault(mapped.frame(each.judged.layout).table, []).append(each)
    return fed


def amount_checks(counts: list[Counted]) -> list[tuple[str, Decimal, Decimal]]:
    """Returns (check, left, right) per frame with amounts and no versions: turnover of the text as written = used + quarantined + later."""
    return [
        (
            f"{each.judged.mapped.source.name}: turnover of {each.judged.frame} is used, quarantined or later",
            each.judged.written.turnover,
            sum((each.amounts[part] for part in PARTS), Decimal(0)),
        )
        for each in counts
        if each.judged.layout in MONEY_LAYOUTS and not each.superseded
    ]


def control_totals_frame(checks: list[tuple[str, Decimal, Decimal]]) -> pd.DataFrame:
    """Returns one row per check with its difference, conformed to `control_totals`; `ties` holds the unrounded sides against each other to the cent.

    Args:
        checks: (check, left, right), exact.
    """
    if not checks:
        return empty("control_totals")
    names, left, right = zip(*checks, strict=True)
    difference = [cents(one - other) for one, other in zip(left, right, strict=True)]
    columns = {"left": money_series(left), "right": money_series(right), "difference": money_series(difference)}
    return conformed("control_totals", pd.DataFrame({"check": names, **columns, "ties": [value == 0 for value in difference]}))
