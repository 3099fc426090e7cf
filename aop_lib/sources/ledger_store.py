"""Ledger totals kept between cycles: a stored aggregate, one new month added to it, and the control totals that prove it.

The aggregate is one Parquet file, sorted by team, account and month. It carries its control total of every month, so that
it cannot be changed or cut short unnoticed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.periods import MONTH_PATTERN, month_text
from aop_lib.sources.ledger_totals import GRAIN, SUMS, ledger_totals

FILE = "ledger_totals.parquet"
CONTROL = b"control_totals"
CONTROL_GRAIN = ["month", "entity", "currency"]


@dataclass(frozen=True)
class Difference:
    """A month of an entity in a currency whose control totals differ; what is missing on one side counts as 0 there.

    Attributes:
        month: First day of the month.
        entity: The entity.
        currency: The currency of the amounts.
        lines: Number of lines, on one side and the other.
        amount: Sum of their amounts, on one side and the other.
    """

    month: date
    entity: str
    currency: str
    lines: tuple[int, int]
    amount: tuple[Decimal, Decimal]

    def __str__(self) -> str:
        """One line: month, entity, and both sides."""
        (lines, others), (amount, other) = self.lines, self.amount
        return f"{self.month:%Y-%m} {self.entity}: {lines:,} lines of {self.currency} {amount:,} against {others:,} of {other:,}"


def control_totals_by_month(totals: pa.Table) -> pa.Table:
    """Returns the control totals of ledger totals: number of lines and exact sum of amounts per month, entity and currency.

    Args:
        totals: As `ledger_totals` returns them; currencies are never added together.

    Returns:
        month, entity, currency, lines, amount; in the order of the first three.
    """
    summed = totals.group_by(CONTROL_GRAIN).aggregate([("lines", "sum"), ("amount", "sum")])
    renamed = summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])
    return renamed.select([*CONTROL_GRAIN, "lines", "amount"]).sort_by([(name, "ascending") for name in CONTROL_GRAIN])


def control_differences(one: pa.Table, other: pa.Table) -> list[Difference]:
    """Returns where two control totals differ in lines or in an amount; none means that they hold the same.

    Args:
        one: As `control_totals_by_month` returns them.
        other: The same.
    """
    left, right = _by_key(one), _by_key(other)
    nothing = (0, Decimal(0))
    pairs = [(key, left.get(key, nothing), right.get(key, nothing)) for key in sorted({*left, *right})]
    return [Difference(*key, (here[0], there[0]), (here[1], there[1])) for key, here, there in pairs if here != there]


def store_totals(totals: pa.Table, folder: Path) -> Path:
    """Writes ledger totals with their control totals into a folder, in one step, and returns the file.

    Args:
        totals: As `ledger_totals` or `with_new_month` returns them.
        folder: Made where it does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, partial = folder / FILE, folder / f".{FILE}.{os.getpid()}"
    stated = json.dumps(_stated(control_totals_by_month(totals)), separators=(",", ":"))
    try:
        carrying = totals.replace_schema_metadata({CONTROL: stated.encode()})
        pq.write_table(carrying, partial, compression="none", use_dictionary=[*GRAIN, "lines"])  # small, and quick to read
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return file


def kept_totals(lines: Path, folder: Path, month: str | None = None, posting: str = "calendar") -> tuple[Path, list[dict[str, Any]]]:
    """Writes the totals of a ledger, or of one more month of it, into a folder; returns the file and the control totals that it carries.

    Args:
        lines: The whole ledger, or the lines of the month alone.
        folder: Where the totals are kept.
        month: As YYYY-MM; without it the whole ledger is added up.
        posting: `calendar` or `nearest_month_end`.

    Raises:
        InputRefusedError: If the lines, the month, the posting rule or the kept totals cannot be used.
    """
    faults = [] if month is None or MONTH_PATTERN.fullmatch(month) else [Fault("--month", repr(month), "a month as YYYY-MM")]
    faults += [] if posting in {"calendar", "nearest_month_end"} else [Fault("--posting", repr(posting), "calendar or nearest_month_end")]
    if faults:
        raise InputRefusedError(faults)
    whole = ledger_totals(lines, posting) if month is None else with_new_month(stored_totals(folder), lines, pd.Timestamp(month), posting)
    return store_totals(whole, folder), control_totals_by_month(whole).to_pylist()


def stored_totals(folder: Path) -> pa.Table:
    """Returns the ledger totals stored in a folder, held against the control totals that were stored with them.

    Raises:
        InputRefusedError: If there is no such file, it cannot be read, or it is no longer what was stored.
    """
    file = folder / FILE
    if not file.is_file():
        raise InputRefusedError([Fault(FILE, "no such file", "stored ledger totals", "add up the whole ledger and store it")])
    try:
        coded = pq.ParquetFile(file, read_dictionary=[name for name in GRAIN if name != "month"]).read()
        stated = json.loads(coded.schema.metadata[CONTROL])
        totals = coded.cast(pa.schema([*SUMS, coded.schema.field("amount")]))
        held = _stated(control_totals_by_month(totals))
    except (pa.ArrowException, OSError, TypeError, KeyError, ValueError) as problem:
        raise InputRefusedError([Fault(FILE, " ".join(str(problem).split())[:200], "a whole file of ledger totals", "store them again")]) from None
    if held != stated:
        raise InputRefusedError([Fault(FILE, "other totals than its control totals state", "the totals as they were stored", "store them again")])
    return totals


def with_new_month(stored: pa.Table, lines: Path, month: pd.Timestamp, posting: str = "calendar", shown: str = "") -> pa.Table:
    """Returns stored ledger totals together with those of one more month; only the new month's lines are read.

    A month that is stored already is replaced, so that delivering it again changes nothing.

    Args:
        stored: Totals up to now, as `stored_totals` returns them.
        lines: The new month's lines alone, as a Parquet file or a folder of them.
        month: The month that they belong to.
        posting: As for `ledger_totals`.
        shown: How messages name the lines.

    Returns:
        The rows that `ledger_totals` gives for all lines at once, in the same order.

    Raises:
        InputRefusedError: If the lines hold another month, none at all or amounts with other decimals, or cannot be used.
        InputChangedError: If a file changes while it is read.
    """
    added = ledger_totals(lines, posting, shown)
    faults = _month_faults(stored, added, month, shown or lines.name)
    if faults:
        raise InputRefusedError(faults)
    first = pa.scalar(month.date(), pa.date32())
    if month.date() in pc.unique(stored["month"]).to_pylist():
        stored = stored.filter(pc.not_equal(stored["month"], first))
    return pa.concat_tables([stored, added]).combine_chunks().sort_by([(name, "ascending") for name in GRAIN])


def _month_faults(stored: pa.Table, added: pa.Table, month: pd.Timestamp, shown: str) -> list[Fault]:
    counts = added.group_by("month").aggregate([("lines", "sum")]).sort_by("month").to_pylist()
    wanted = month_text(month)
    faults = [
        Fault(f"{shown}: {row['month']:%Y-%m}", f"{row['lines_sum']:,} lines", f"lines of {wanted} alone", "add up the whole ledger again")
        for row in counts
        if row["month"] != month.date()
    ]
    if not counts:
        faults.append(Fault(shown, "no lines", f"lines of {wanted}"))
    here, there = added.schema.field("amount").type, stored.schema.field("amount").type
    if here != there:
        faults.append(Fault(f"{shown}: amount", f"{here.scale} decimals", f"{there.scale} decimals, as stored", "add up the whole ledger again"))
    return faults


def _by_key(control: pa.Table) -> dict[tuple[date, str, str], tuple[int, Decimal]]:
    rows = control.to_pylist()
    return {(row["month"], row["entity"], row["currency"]): (row["lines"], row["amount"]) for row in rows}


def _stated(control: pa.Table) -> list[list[str]]:
    """Returns control totals as texts, the same for the same totals."""
    return [[str(value) for value in row.values()] for row in control.to_pylist()]
