"""A preset's frame as a warehouse expression: joins, conditions and columns, still as text, one row per row of its table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add, sub
from typing import TYPE_CHECKING, Any

from aop_lib.errors import Fault
from aop_lib.sources.exports import LINE, LINES, kind_of
from aop_lib.sources.expressions import Condition, Constant, Expression, Operation, Reference, references
from aop_lib.sources.kinds import MARKS, ROW_WORDS
from aop_lib.sources.presets import LAYOUTS, Join, Mapping
from aop_lib.sources.warehouse import UNPIVOTED, Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import Table

NUMBER = r"^-?[0-9]{1,13}([.][0-9]{1,18})?$"
EXACT = "decimal(38, 18)"
CUT = "_cut"
DAY = 10  # characters of YYYY-MM-DD
MOMENT = r"^\d{4}-\d{2}-\d{2}([ T]\d{1,2}:\d{2}(:\d{2}([.]\d+)?)?( ?UTC|Z)?)?$"


@dataclass(frozen=True)
class Written:
    """How numbers stand in a source: what comes before the cents, and what may group the digits (see `MARKS`)."""

    decimal: str = "point"
    thousands: str = "none"


PLAIN = Written()


def frame_rows(store: Warehouse, mapped: Mapping, name: str, cut: datetime) -> Table:
    """Returns the rows that a preset gives a canonical frame, its columns as text, `row` naming where each stands.

    A join that finds more than one partner repeats its row, and with it `_line`: `fan_out_faults` then says which key.

    Args:
        store: The loaded tables.
        mapped: The source and its preset.
        name: One of the preset's frames.
        cut: The last moment that the cycle sees; of what is looked up, the version that was valid then counts.
    """
    frame, kept = mapped.frame(name), _kept(store, mapped, name, cut)
    written = {"amount": Written(mapped.source.decimal, mapped.source.thousands)}
    columns = {column: value(expression, kept, written.get(LAYOUTS[name][column].kind, PLAIN)) for column, expression in frame.columns.items()}
    columns.setdefault("row", _place(mapped, frame.table, kept))
    return kept.select(**columns, **{name: kept[f"{frame.table}.{name}"] for name in (LINE, LINES)})


def versions_at(store: Warehouse, mapped: Mapping, name: str, cuts: Table) -> Table:
    """Returns the rows of a frame as they were at each of several moments: those of `frame_rows`, once for each `_cut` at which they were valid.

    Args:
        store: The loaded tables.
        mapped: The source and its preset.
        name: One of the preset's frames.
        cuts: `_cut`, the moments.
    """
    frame = mapped.frame(name)
    rows = _table(store, mapped, frame.table).cross_join(cuts)
    for join in frame.joins:
        there = cuts.select(**{f"{join.table}.{CUT}": cuts[CUT]})
        other = _table(store, mapped, join.table).cross_join(there)
        other = _newest(_valid(other, mapped, join.table, other[f"{join.table}.{CUT}"]), mapped, join)
        matches = [value(expression, rows) == other[f"{join.table}.{column}"] for column, expression in join.on.items()]
        rows = rows.left_join(other, [*matches, rows[CUT] == other[f"{join.table}.{CUT}"]])
    kept = _filtered(rows, frame.where)
    columns = {column: value(expression, kept) for column, expression in frame.columns.items()} | {CUT: kept[CUT], LINE: kept[f"{frame.table}.{LINE}"]}
    known = kept.select(**columns, **{LINES: kept[f"{frame.table}.{LINES}"]})
    since = moment(known.valid_from) <= known[CUT] if "valid_from" in columns else known[CUT] == known[CUT]
    until = (last_moment(known.valid_to) >= known[CUT]).fill_null(True) if "valid_to" in columns else since
    return known.filter(since & until)


def _newest(rows: Table, mapped: Mapping, join: Join) -> Table:
    """Returns, of several rows of a key that were valid at a moment, the one that began last."""
    import ibis

    since = mapped.known.tables[join.table].valid_from
    if not since:
        return rows
    order = [ibis.desc(moment(rows[f"{join.table}.{since}"])), ibis.desc(rows[f"{join.table}.{LINE}"])]
    key = [rows[f"{join.table}.{column}"] for column in (*join.on, CUT)]
    return rows.mutate(_place=ibis.row_number().over(ibis.window(group_by=key, order_by=order))).filter(lambda each: each["_place"] == 0).drop("_place")


def dated_rows(store: Warehouse, mapped: Mapping, join: Join) -> Table | None:
    """Returns `person`, `since`, `until` (missing: open) and `_line` of the dated rows of people that a join looks up.

    None where the table does not say from when to when a row holds, or where the key is itself looked up.

    Args:
        store: The loaded tables.
        mapped: The source and its preset.
        join: A join of its frame `people`.
    """
    frame, table = mapped.frame("people"), mapped.known.tables[join.table]
    own = all(each.table == frame.table for expression in (*join.on.values(), frame.columns["person"]) for each in references(expression))
    if not (table.valid_from and table.valid_to and own):
        return None
    base, other = _table(store, mapped, frame.table), _table(store, mapped, join.table)
    keys = {f"_key{place}": value(expression, base).cast("string") for place, expression in enumerate(join.on.values())}
    people = base.select(person=value(frame.columns["person"], base), **keys).distinct()
    rows = other.inner_join(people, [people[key] == other[f"{join.table}.{column}"] for key, column in zip(keys, join.on, strict=True)])
    since, until = (rows[f"{join.table}.{name}"] for name in (table.valid_from, table.valid_to))
    return rows.select("person", since=moment(since), until=last_moment(until), **{LINE: rows[f"{join.table}.{LINE}"]})


def lonely_rows(store: Warehouse, mapped: Mapping, name: str, cut: datetime, join: Join) -> Table:
    """Returns `_line` and `key` of the rows of a frame whose key finds no partner in the table of a join."""
    kept = _kept(store, mapped, name, cut)
    alone = kept.filter(missing(kept[f"{join.table}.{LINE}"]))
    key = reduce(lambda left, right: left + ", " + right, [value(expression, alone).cast("string") for expression in join.on.values()])
    return alone.select(key=key, **{LINE: alone[f"{mapped.frame(name).table}.{LINE}"]}).filter(lambda each: each.key != "")


def _kept(store: Warehouse, mapped: Mapping, name: str, cut: datetime) -> Table:
    """Returns the rows of a frame that count, with what is joined to them; columns are named `table.column`."""
    frame = mapped.frame(name)
    base = _table(store, mapped, frame.table)
    joined = reduce(lambda rows, join: _joined(rows, join, _other(store, mapped, join, cut)), frame.joins, base)
    return _filtered(joined, frame.where)


def fan_out_faults(store: Warehouse, mapped: Mapping, name: str, cut: datetime) -> list[Fault]:
    """Returns a fault for each join of a frame whose key finds more than one row, five keys at most."""
    faults = []
    for index, join in enumerate(mapped.frame(name).joins):
        other = _other(store, mapped, join, cut)
        keys = [f"{join.table}.{column}" for column in join.on]
        twice = other.group_by(keys).aggregate(times=other.count())
        for row in store.records(twice.filter(twice.times > 1).order_by(keys).limit(5)):
            key = ", ".join(f"{column} {row[f'{join.table}.{column}']!r}" for column in join.on)
            place = mapped.document.where(("frames", name, "joins", index))
            faults.append(Fault(place, f"{row['times']} rows of {join.table!r} with {key}", "at most one, so that no amount counts twice"))
    return faults


def _place(mapped: Mapping, table: str, rows: Table) -> Any:
    """Returns where a row stands: its line or row, and the column that was made into it."""
    line, made = rows[f"{table}.{LINE}"], mapped.known.tables[table].unpivot
    word = ("total" if mapped.source.lines == "summed" else ROW_WORDS.get(kind_of(mapped.source), "row")) + " "
    if made is None:
        return word + line.cast("string")
    return word + (line // UNPIVOTED).cast("string") + ", " + rows[f"{table}.{made.name}"]


def value(expression: Expression, rows: Table, written: Written = PLAIN) -> Any:
    """Returns what an expression is in rows: text, or an exact number for `sum` and `difference`; empty where nothing is.

    Args:
        expression: What a preset says.
        rows: The rows of the frame, columns named `table.column`.
        written: How numbers stand in the source; they are returned with a point and without grouping.
    """
    import ibis

    if isinstance(expression, Constant):
        return ibis.literal(expression.text)
    if isinstance(expression, Reference):
        text = rows[f"{expression.table}.{expression.column}"].fill_null("")
        return text if written == PLAIN else plain(text, written)
    return _result(expression, [value(each, rows, written) for each in expression.arguments])


def plain(text: Any, written: Written) -> Any:
    """Returns numbers with a point and without grouping; a text that is no number as the source writes them says so, and stays unreadable."""
    import ibis

    mark, group = MARKS[written.decimal], MARKS[written.thousands]
    whole = f"([0-9]{{1,13}}|[0-9]{{1,3}}([{group}][0-9]{{3}})+)" if group else "[0-9]{1,13}"
    fits = text.re_search(f"^-?{whole}([{mark}][0-9]{{1,18}})?$")
    bare = (text.replace(group, "") if group else text).replace(mark, ".")
    return ibis.cases((fits, bare), (text.re_search(NUMBER), text + f" (declared: decimal {written.decimal})"), else_=text)


def _result(operation: Operation, parts: list[Any]) -> Any:
    import ibis

    text = operation.text
    results: dict[str, Callable[[], Any]] = {
        "optional": lambda: parts[0],
        "first": lambda: ibis.coalesce(*(part.nullif("") for part in parts), ""),
        "joined": lambda: reduce(lambda left, right: left + ibis.literal(text) + right, parts),
        "mapped": lambda: ibis.cases(*((parts[0] == found, wanted) for found, wanted in operation.pairs), else_=text),
        "inside": lambda: parts[0].re_extract(rf'"{text}"\s*:\s*"([^"\\]*)"', 1),
        "upper": parts[0].upper,
        "lower": parts[0].lower,
        "sum": lambda: reduce(add, map(number, parts)),
        "difference": lambda: reduce(sub, map(number, parts)),
        "signed": lambda: ibis.ifelse(parts[1].isin([found for found, _ in operation.pairs]), -number(parts[0]), number(parts[0])),
    }
    return results[operation.name]()


def missing(column: Any) -> Any:
    """Returns where a column has no value; an empty text is a value."""
    return column.isnull()


def number(text: Any) -> Any:
    """Returns the exact number that a text states, DECIMAL(38, 18); none where it states none: no exponent, no grouping."""
    import ibis

    if not text.type().is_string():
        return text
    return ibis.ifelse(text.re_search(NUMBER), text.try_cast(EXACT), None)


def moment(text: Any) -> Any:
    """Returns the day or moment that an ISO text states, in the time it is written in; none where it states none."""
    import ibis

    clean = text.re_replace("( ?UTC|Z)$", "").replace("T", " ")
    return ibis.ifelse(text.re_search(MOMENT), clean.try_cast("timestamp"), None)


def _table(store: Warehouse, mapped: Mapping, name: str) -> Table:
    rows = store.tables[mapped.source.name, name]
    table = mapped.known.tables[name]
    named = _filtered(rows.rename({f"{name}.{column}": column for column in rows.columns}), table.where)
    for join in table.matching:
        other = _table(store, mapped, join.table)
        named = named.semi_join(other, [value(expression, named) == other[f"{join.table}.{column}"] for column, expression in join.on.items()])
    return named


def _filtered(rows: Table, conditions: list[Condition]) -> Table:
    for each in conditions:
        listed = value(each.expression, rows).isin(each.texts)
        rows = rows.filter(listed if each.keeps else ~listed)
    return rows


def day_end(when: Any) -> Any:
    """Returns moments, midnight as the end of its day: a day counts to its end."""
    import ibis

    return when + ibis.ifelse(when == when.truncate("D"), 86_399, 0).as_interval("s")


def last_moment(text: Any) -> Any:
    """Returns the last moment that a text states: a day counts to its end."""
    import ibis

    return moment(text) + ibis.ifelse(text.length() == DAY, 86_399, 0).as_interval("s")


def _valid(rows: Table, mapped: Mapping, name: str, cut: Any) -> Table:
    """Returns the versions of a table's records that were valid at the cut, a moment or a column of them."""
    import ibis

    table = mapped.known.tables[name]
    if table.valid_from:
        rows = rows.filter(moment(rows[f"{name}.{table.valid_from}"]) <= cut)
    if table.valid_to:
        rows = rows.filter((last_moment(rows[f"{name}.{table.valid_to}"]) >= cut).fill_null(True))
    if table.newest_of and table.valid_from:
        order = [ibis.desc(moment(rows[f"{name}.{table.valid_from}"])), ibis.desc(rows[f"{name}.{LINE}"])]
        moments = [rows[f"{name}.{CUT}"]] if f"{name}.{CUT}" in rows.columns else []
        age = ibis.row_number().over(ibis.window(group_by=[rows[f"{name}.{table.newest_of}"], *moments], order_by=order))
        rows = rows.mutate(_age=age).filter(lambda each: each["_age"] == 0).drop("_age")
    return rows


def _other(store: Warehouse, mapped: Mapping, join: Join, cut: datetime) -> Table:
    return _valid(_table(store, mapped, join.table), mapped, join.table, cut)


def _joined(rows: Table, join: Join, other: Table) -> Table:
    matches = [value(expression, rows) == other[f"{join.table}.{column}"] for column, expression in join.on.items()]
    return rows.left_join(other, matches)
