"""The fast path of a ledger that comes as Parquet: millions of lines to team, account and month, in exact amounts.

One ibis expression does it, so that another warehouse adds up the same way. DuckDB is allowed to open the ledger's
own files and nothing else, its configuration locked before it opens them; it streams them, so memory does not grow with
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.periods import MONTH_PATTERN
from aop_lib.sources.exports import hold_unchanged, signature

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.expr.types import Table

GRAIN = ["team", "account", "month", "entity", "currency"]
REQUIRED = ("entity", "account", "currency")
COLUMNS = (*REQUIRED, "team", "month", "date", "amount")
LINES = "ledger_lines"
SUMS = pa.schema([*((name, pa.date32() if name == "month" else pa.string()) for name in GRAIN), ("lines", pa.int64())])
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def ledger_totals(path: Path, posting: str = "calendar", shown: str = "") -> pa.Table:
    """Returns the lines of a Parquet ledger added up by team, account, month, entity and currency, in that order.

    Defined as::

        amount = sum(amount)       exact, signed and in the currency as the lines are
        lines  = number of lines

    Args:
        path: One Parquet file or a folder of them. Its columns: entity, account, currency (text), amount (DECIMAL), month
            (YYYY-MM, or a day in it) or else date, and team where there is one.
        posting: The month that a date belongs to, as in `periods.posting_month`.
        shown: How messages name the path; its own name by default.

    Returns:
        One row per combination that occurs: team ("" where none), account, month (its first day), entity, currency,
        lines, amount as DECIMAL(38) with the decimals of the lines.

    Raises:
        InputRefusedError: With every file that cannot be read, every column that is missing or of another type, and every
            value without which a line cannot be used.
        InputChangedError: If a file changes while it is read.
    """
    files = ledger_files(path, shown or path.name)
    totals = added_up(files, posting, shown or path.name)
    faults = _value_faults(totals, shown or path.name)
    if faults:
        raise InputRefusedError(faults)
    return totals


def added_up(files: dict[str, Path], posting: str, shown: str) -> pa.Table:
    """Returns what `ledger_totals` returns, but takes lines whose entity, account, currency or month is missing or strange as they are.

    Args:
        files: What `ledger_files` returned.
        posting: As for `ledger_totals`.
        shown: How messages name the ledger.

    Raises:
        InputRefusedError: With every file that cannot be read or has lines without an amount, and if a line was not added up.
        InputChangedError: If a file changes while it is read.
    """
    faults = [*shape_faults(files), *_missing_amounts(files)]
    if faults:
        raise InputRefusedError(faults)
    query = totals_query(ledger_shape(files), posting)
    with opened(files) as connection:
        totals = connection.execute(query).to_arrow_table()
    totals = finished(totals, shown)
    written, added = sum(pq.read_metadata(file).num_rows for file in files.values()), pc.sum(totals["lines"]).as_py() or 0
    if added != written:
        raise InputRefusedError([Fault(shown, f"{added:,} lines added up", f"the {written:,} lines that the files state")])
    return totals


def lines_totals(lines: Table, posting: str = "calendar") -> Table:
    """Returns the expression behind `ledger_totals`, on a table of any warehouse that ibis reaches.

    Args:
        lines: Columns as `ledger_totals` takes them.
        posting: `calendar` or `nearest_month_end`.

    Returns:
        GRAIN, lines and amount, ordered by GRAIN; as the warehouse gives them, for `finished` to settle.
    """
    import ibis

    team = lines.team if "team" in lines.columns else ibis.literal("")
    keyed = lines.mutate(team=team, month=_month(lines, posting))
    return keyed.group_by(GRAIN).aggregate(lines=keyed.count(), amount=keyed.amount.sum()).order_by(GRAIN)


def ledger_files(path: Path, shown: str) -> dict[str, Path]:
    """Returns the Parquet files of a ledger by the names that messages give them, in the order of their names.

    Raises:
        InputRefusedError: If there is none, or something else lies among them.
    """
    if path.is_file():
        return {shown: path.absolute()}
    if not path.is_dir():
        raise InputRefusedError([Fault(shown, "no such file or folder", "a Parquet file or a folder of them")])
    files = sorted(each for each in path.iterdir() if not each.name.startswith((".", "_")))
    strange = [each for each in files if each.suffix != ".parquet" or not each.is_file()]
    if strange:
        raise InputRefusedError(Fault(f"{shown}/{each.name}", "no Parquet file", "a folder that holds .parquet files alone") for each in strange)
    if not files:
        raise InputRefusedError([Fault(shown, "an empty folder", "at least one .parquet file")])
    return {f"{shown}/{each.name}": each.absolute() for each in files}


@contextmanager
def opened(files: dict[str, Path]) -> Iterator[DuckDBPyConnection]:
    """Gives a DuckDB that holds the lines of files as the view `LINES` and may open nothing else.

    Args:
        files: Of one shape, by the names that messages give them.

    Raises:
        InputRefusedError: If DuckDB cannot read them.
        InputChangedError: If one of them is no longer what it was when it was opened.
    """
    import duckdb

    seen = [(shown, file, signature(file)) for shown, file in files.items()]
    paths = [str(file) for file in files.values()]
    try:
        with duckdb.connect() as connection:
            connection.execute("SET allowed_paths = ?", [paths])
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            connection.read_parquet(paths).create_view(LINES)
            yield connection
    except duckdb.Error as problem:
        hold_unchanged(seen)
        raise InputRefusedError([Fault(", ".join(files), _first_line(problem), "Parquet files that can be read")]) from None
    hold_unchanged(seen)


@cache
def totals_query(shape: pa.Schema, posting: str) -> str:
    """Returns `lines_totals` of the view `LINES` as DuckDB understands it; written once for each shape of a ledger."""
    import ibis

    lines = ibis.table(ibis.Schema.from_pyarrow(shape), name=LINES)
    return str(ibis.to_sql(lines_totals(lines, posting), dialect="duckdb"))


def ledger_shape(files: dict[str, Path]) -> pa.Schema:
    """Returns the columns of a ledger's first file that count, and their types."""
    held = pq.read_schema(next(iter(files.values())))
    return pa.schema([pa.field(each.name, each.type) for each in held if each.name in COLUMNS])


def _month(lines: Table, posting: str) -> Any:
    """Returns the month of each line: its first day, or the text as it stands.

    Defined as::

        calendar            the month of the date
        nearest_month_end   the month of the date 15 days before, 14 in February
    """
    import ibis

    stated = "month" in lines.columns
    day = lines.month if stated else lines.date
    if day.type().is_string():
        return day
    if not stated and posting == "nearest_month_end":
        day = ibis.ifelse(day.month() == 2, day - ibis.interval(days=14), day - ibis.interval(days=15))
    elif posting not in {"calendar", "nearest_month_end"}:
        raise ValueError(f"{posting!r} is not a posting rule; use 'calendar' or 'nearest_month_end'")
    return day.truncate("M").cast("date")


def shape_faults(files: dict[str, Path]) -> list[Fault]:
    """Returns a fault for each file that is no Parquet, each column that is missing or of another type, and files unlike the first."""
    faults: list[Fault] = []
    first: tuple[str, pa.Schema] | None = None
    for shown, file in files.items():
        try:
            schema = pq.read_schema(file)
        except (pa.ArrowException, OSError) as problem:
            faults.append(Fault(shown, _first_line(problem), "a Parquet file that is whole and not encrypted"))
            continue
        found = _column_faults(shown, schema)
        faults += found
        if not found:
            first = first or (shown, schema)
            faults += _unlike(shown, schema, *first)
    return faults


def _column_faults(shown: str, schema: pa.Schema) -> list[Fault]:
    day = "month" if "month" in schema.names else "date"
    wanted = [*REQUIRED, "amount", *(["team"] if "team" in schema.names else []), day]
    faults = [Fault(shown, f"the column {name!r} {schema.names.count(name)} times", "each column once") for name in wanted if schema.names.count(name) > 1]
    for name in wanted:
        if name not in schema.names:
            what = "'month' or 'date'" if name == day else repr(name)
            faults.append(Fault(shown, f"no column {what}", "entity, account, currency, amount, and month or date"))
        elif schema.names.count(name) == 1 and not _fits(name, schema.field(name).type):
            expected = {"amount": "DECIMAL, which is exact", "month": "YYYY-MM as text, or a date", "date": "a date"}.get(name, "text")
            faults.append(Fault(f"{shown}: {name}", f"the type {schema.field(name).type}", expected))
    return faults


def _fits(name: str, kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if name == "amount":
        return bool(pa.types.is_decimal(kind))
    if name in {"month", "date"}:
        day = pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None)
        return bool(day or (text and name == "month"))
    return bool(text)


def _unlike(shown: str, schema: pa.Schema, other: str, pattern: pa.Schema) -> list[Fault]:
    """Returns a fault for each column that counts and has another type than in the first file: it would be rounded or cut."""

    def types(held: pa.Schema) -> dict[str, str]:
        return {name: str(held.field(name).type) for name in COLUMNS if name in held.names}

    here, there = types(schema), types(pattern)
    differ = [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]
    return [Fault(f"{shown}: {name}", here.get(name, "no such column"), f"{there.get(name, 'no such column')}, as in {other}") for name in differ]


def _missing_amounts(files: dict[str, Path]) -> list[Fault]:
    """Returns a fault for each file with lines that have no amount; read from the file's statistics where it has them."""
    import pyarrow.dataset as ds

    faults = []
    for shown, file in files.items():
        try:
            count = ds.dataset(file, format="parquet").count_rows(filter=pc.field("amount").is_null())
        except (pa.ArrowException, OSError, KeyError):
            continue  # `shape_faults` says why
        if count:
            faults.append(Fault(f"{shown}: amount", f"{count:,} lines without an amount", "an amount on every line"))
    return faults


def finished(totals: pa.Table, shown: str) -> pa.Table:
    """Returns what `lines_totals` fetched in the types of `ledger_totals`: months that are text are read, a missing team is "".

    Args:
        totals: GRAIN, lines and amount, ordered by GRAIN.
        shown: How messages name the ledger.

    Raises:
        InputRefusedError: With every text that is no month.
    """
    month = totals["month"]
    if pa.types.is_string(month.type):
        found = {text for text in pc.unique(month).to_pylist() if text is not None}
        strange = sorted(text for text in found if not MONTH_PATTERN.fullmatch(text))
        if strange:
            raise InputRefusedError(Fault(f"{shown}: month", repr(text[:40]), "a month as YYYY-MM") for text in strange[:20])
        days = pc.binary_join_element_wise(month, pa.scalar("01"), "-")
        totals = totals.set_column(totals.schema.get_field_index("month"), "month", pc.cast(pc.strptime(days, "%Y-%m-%d", "s"), pa.date32()))
    totals = totals.cast(pa.schema([*SUMS, totals.schema.field("amount")])).replace_schema_metadata(None)
    return _with_team(totals) if totals["team"].null_count else totals


def _with_team(totals: pa.Table) -> pa.Table:
    """Returns totals in which a missing team is "", added to those whose team is empty: cheaper here than line by line."""
    named = totals.set_column(0, "team", pc.fill_null(totals["team"], ""))
    summed = named.group_by(GRAIN).aggregate([("lines", "sum"), ("amount", "sum")])
    return summed.rename_columns(totals.schema.names).cast(totals.schema).sort_by([(name, "ascending") for name in GRAIN])


def _value_faults(totals: pa.Table, shown: str) -> list[Fault]:
    """Returns a fault for each column that lines leave empty, and each currency that is none."""
    faults = []
    for name in (*REQUIRED, "month"):
        blank = pc.is_null(totals[name]) if name == "month" else pc.or_kleene(pc.is_null(totals[name]), pc.equal(totals[name], ""))
        count = pc.sum(totals.filter(pc.fill_null(blank, fill_value=True))["lines"]).as_py()
        if count:
            faults.append(Fault(f"{shown}: {name}", f"{count:,} lines without it", f"{name} on every line"))
    strange = [text for text in pc.unique(totals["currency"]).to_pylist() if text and not CURRENCY.fullmatch(text)]
    return faults + [Fault(f"{shown}: currency", repr(text[:40]), "a currency code of three capitals") for text in sorted(strange)[:20]]


def _first_line(problem: Exception) -> str:
    return " ".join(str(problem).partition("\n")[0].split())[:200] or type(problem).__name__
