"""Canonical rows, each judged: used, quarantined with its reason, or later than the cycle may see; none is lost.

The text of a preset's columns becomes days, months, exact amounts and our own ids. What cannot be read or mapped gives
the row a reason; the first one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from aop_lib.errors import Fault
from aop_lib.load import Params
from aop_lib.money import LARGEST
from aop_lib.periods import posting_month
from aop_lib.sources.columns import CUT, EXACT, day_end, fan_out_faults, frame_rows, missing, moment, number
from aop_lib.sources.exports import LINE, LINES
from aop_lib.sources.kpi_units import with_units
from aop_lib.sources.presets import LAYOUTS, Column, Mapping
from aop_lib.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import Table

MONTH = r"^\d{4}-\d{2}(-01( 00:00:00)?)?$"  # a database gives the month as its first day
ABSURD = r"^-?[0-9]{14,}([.][0-9]*)?$"
CURRENCY = r"^[A-Z]{3}$"
TRUE, FALSE = ("true", "TRUE", "True", "T", "t", "1"), ("false", "FALSE", "False", "F", "f", "0", "")
UNREADABLE = {
    "entity": "is not an entity of company.yml",
    "team": "is not a team or cost centre of company.yml",
    "account": "is not an account",
    "metric": "is not a metric of the catalogue",
    "unit": "is not the unit of the metric",
    "amount": "is not a plain number",
    "day": "is not a date",
    "month": "is not a month as YYYY-MM",
    "currency": "is not a currency code",
    "flag": "is neither true nor false",
}
CANONICAL = {"budget": "imported_budget", "subscriptions": "mrr", "kpis": "kpi_readings"}
KEYS = {"people": "person", "opportunities": "opportunity", "subscriptions": "subscription", "accounts": "account", "kpis": "reading"}
CUT_BY_MONTH = {"ledger", "rates", "kpis"}


@dataclass(frozen=True)
class Written:
    """What a preset gives a frame, before anything was read or set aside: number of rows and sum of absolute amounts."""

    rows: int
    turnover: Decimal


@dataclass(frozen=True)
class Judged:
    """The rows of one source and canonical frame, judged and kept in the warehouse.

    Attributes:
        mapped: The source and its preset.
        layout: The preset's frame, e.g. `subscriptions`.
        text: The same rows as the preset gives them, before anything was read or set aside.
        rows: Typed columns of the layout, `row`, `month`, `reason` (empty for a good row) and `later`.
        written: Number of rows in `text`, and the turnover that stands there (0 where the layout has no amount).
        fan_out: The keys of joins that found more than one partner; each row is kept once, with the first of them.
    """

    mapped: Mapping
    layout: str
    text: Table
    rows: Table
    written: Written
    fan_out: tuple[Fault, ...] = ()

    @property
    def frame(self) -> str:
        """The canonical frame that the rows feed."""
        return CANONICAL.get(self.layout, self.layout)

    @property
    def used(self) -> Table:
        """The rows that count."""
        return self.rows.filter((self.rows.reason == "") & ~self.rows.later)

    @property
    def quarantined(self) -> Table:
        """The rows that cannot be used, and why."""
        return self.rows.filter((self.rows.reason != "") & ~self.rows.later)


def code_tables(store: Warehouse, codes: dict[str, list[tuple[str, str]]]) -> dict[str, Table]:
    """Returns a table of (code, id) for entities, teams and accounts, kept in the warehouse."""

    def table(pairs: list[tuple[str, str]]) -> pa.Table:
        return pa.table({"code": pa.array([code for code, _ in pairs], pa.string()), "id": pa.array([name for _, name in pairs], pa.string())})

    return {kind: store.known(f"codes.{kind}", table(pairs)) for kind, pairs in codes.items()}


def judged(store: Warehouse, mapped: Mapping, layout: str, params: Params, codes: dict[str, Table], statistical: Collection[str] = ()) -> Judged:
    """Returns the judged rows that a source gives a frame.

    A row is `later` where its month lies after the last closed one (ledger and rates), or where it was recorded, or became
    valid, after the cycle's `as_of`. Versions that a newer one had replaced by then are counted apart.

    Args:
        store: The loaded tables.
        mapped: The source and its preset.
        layout: One of the preset's frames.
        params: The cut: last closed month and as_of.
        codes: `code_tables` for the kinds that the layout uses.
        statistical: Accounts that hold no money; their rows are quarantined.
    """
    name = f"{mapped.source.name}.{layout}"
    cut = end_of(params.as_of)
    text = declared_currency(frame_rows(store, mapped, layout, cut), mapped, layout)
    raw = store.kept(f"text.{name}", text)
    written, repeated = _written(store, raw)
    fan_out = tuple(fan_out_faults(store, mapped, layout, cut)) if repeated else ()
    if repeated:
        raw = store.kept(f"text.{name}.once", _first_partner(raw))
        written, _ = _written(store, raw)
    read = typed(raw, LAYOUTS[layout], codes)
    if {"date", "month"} & set(LAYOUTS[layout]):
        read = _with_month(store, read, mapped, layout)
    if statistical:
        read = _without_statistics(read, statistical)
    read = read.mutate(later=_later(read, layout, params))
    if layout == "kpis":
        read = with_units(store, read, name, params)
        read = read.mutate(reading=read.metric + " " + read.team + " " + read.month.cast("string").fill_null(""))
    current = _current(read, layout, "valid_from" in text.columns, params)
    if layout in KEYS:
        current = _once_each(current, KEYS[layout])
    return Judged(mapped, layout, raw, store.kept(f"rows.{name}", current), written, fan_out)


def _written(store: Warehouse, text: Table) -> tuple[Written, bool]:
    amount = {"turnover": number(text.amount).abs().sum()} if "amount" in text.columns else {}
    found = store.records(text.aggregate(rows=text[LINES].sum(), repeated=text.count() - text[LINE].nunique(), **amount))[0]
    return Written(int(found["rows"] or 0), found.get("turnover") or Decimal(0)), found["repeated"] != 0


def _first_partner(text: Table) -> Table:
    """Returns rows of which each stands once, with the partner that comes first in the order of its texts."""
    import ibis

    order = [text[name] for name in text.columns if name != LINE]
    place = ibis.row_number().over(ibis.window(group_by=text[LINE], order_by=order))
    return text.mutate(_partner=place).filter(lambda each: each["_partner"] == 0).drop("_partner")


def declared_currency(rows: Table, mapped: Mapping, layout: str) -> Table:
    """Returns rows in which the currency that company.yml declares for the source, if any, counts."""
    import ibis

    declared = mapped.source.currency
    return rows.mutate(currency=ibis.literal(declared)) if declared and "currency" in LAYOUTS[layout] else rows


def typed(raw: Table, layout: dict[str, Column], codes: dict[str, Table]) -> Table:
    """Returns the columns of a layout in their types and the first reason why a row cannot be used."""
    import ibis

    columns: dict[str, Any] = {}
    reasons: list[tuple[Any, Any]] = []
    for name, spec in layout.items():
        if name not in raw.columns:
            columns[name] = _absent(spec.kind)
            continue
        if spec.kind in codes:
            raw = _looked_up(raw, name, codes[spec.kind])
        columns[name], wrong = _read(raw, name, spec)
        label = name.replace("_", " ")
        if spec.required:
            reasons.append((_blank(raw[name]), ibis.literal(f"no {label}")))
        if spec.kind == "amount" and raw[name].type().is_string():
            reasons.append((raw[name].re_search(ABSURD), ibis.literal(f"{label} '") + raw[name] + ibis.literal(f"' is larger than {LARGEST:,}")))
        if wrong is not None:
            reasons.append((wrong, _found(name, label, spec, raw)))
    reason = ibis.cases(*reasons, else_="") if reasons else ibis.literal("")
    return raw.select(**columns, reason=reason, **{name: raw[name] for name in (LINE, LINES, CUT) if name in raw.columns})


def _blank(column: Any) -> Any:
    return column == "" if column.type().is_string() else missing(column)


def _absent(kind: str) -> Any:
    import ibis

    kinds = {"day": "timestamp", "month": "date", "amount": EXACT, "flag": "boolean"}
    if kind == "flag":
        return ibis.literal(False)
    return ibis.null(kinds[kind]) if kind in kinds else ibis.literal("")


def _looked_up(raw: Table, name: str, codes: Table) -> Table:
    found = codes.select(**{f"{name}.code": codes.code, f"{name}.id": codes.id})
    return raw.left_join(found, raw[name] == found[f"{name}.code"]).drop(f"{name}.code")


def _read(raw: Table, name: str, spec: Column) -> tuple[Any, Any]:
    """Returns a column in its type, and where a text stands there that cannot be read (None: every text can)."""
    import ibis

    text = raw[name]
    if spec.kind == "currency":
        return text, (text != "") & ~text.re_search(CURRENCY)
    if spec.kind == "flag":
        return text.isin(TRUE), ~text.isin(TRUE + FALSE)
    if spec.kind == "text":
        return text, None
    readings: dict[str, Callable[[], Any]] = {
        "amount": lambda: number(text),
        "day": lambda: moment(text),
        "month": lambda: ibis.ifelse(text.re_search(MONTH), (text.left(7) + "-01").try_cast("date"), None),
    }
    if spec.kind in readings:
        read = readings[spec.kind]()
        return read, missing(read) & ~_blank(text)
    known = raw[f"{name}.id"].fill_null("")
    return known, (known == "") & (text != "")


def _found(name: str, label: str, spec: Column, raw: Table) -> Any:
    import ibis

    return ibis.literal(f"{label} '") + raw[name].cast("string").fill_null("") + ibis.literal(f"' {UNREADABLE[spec.kind]}")


def _without_statistics(rows: Table, statistical: Collection[str]) -> Table:
    import ibis

    held = (rows.reason == "") & rows.account.isin(sorted(statistical))
    return rows.mutate(reason=ibis.ifelse(held, ibis.literal("statistical account '") + rows.account + ibis.literal("': no money"), rows.reason))


def _with_month(store: Warehouse, rows: Table, mapped: Mapping, layout: str) -> Table:
    """Returns rows with the month that their date belongs to by the source's posting rule."""
    rows = rows.mutate(_day=rows.date.cast("date"))
    days = [record["_day"] for record in store.records(rows.select("_day").distinct()) if record["_day"]]
    months = [posting_month(day, mapped.source.posting).date() for day in days]
    calendar = store.known(f"days.{mapped.source.name}.{layout}", pa.table({"_on": pa.array(days, pa.date32()), "_month": pa.array(months, pa.date32())}))
    joined = rows.left_join(calendar, rows["_day"] == calendar["_on"])
    return joined.mutate(month=joined.month.coalesce(joined["_month"])).drop("_day", "_on", "_month")


def _later(rows: Table, layout: str, params: Params) -> Any:
    import ibis

    end = end_of(params.as_of)
    tests = [rows[name] > end for name in ("recorded", "valid_from") if name in rows.columns]
    if layout in CUT_BY_MONTH:
        tests.append(rows.month > params.last_closed.date())
    return reduce(lambda left, right: left | right, [test.fill_null(False) for test in tests]) if tests else ibis.literal(False)


def end_of(day: date) -> datetime:
    """Returns the last full second of a day: systems close a version a moment before the next one starts."""
    return datetime.combine(day + timedelta(days=1), time()) - timedelta(seconds=1)


def _current(rows: Table, layout: str, versioned: bool, params: Params) -> Table:
    """Returns rows without the versions of a record that had ended, or that a newer one had replaced, at the cut."""
    import ibis

    if "valid_to" not in rows.columns:
        return rows
    ended = (day_end(rows.valid_to) < end_of(params.as_of)).fill_null(False)
    rows = rows.filter(rows.later | ~ended)
    if not versioned or layout not in KEYS:
        return rows
    newest = ibis.window(group_by=[rows[KEYS[layout]], rows.later], order_by=[ibis.desc(rows.valid_from), ibis.desc(rows[LINE])])
    return rows.mutate(_age=ibis.row_number().over(newest)).filter(lambda each: each.later | (each["_age"] == 0)).drop("_age")


def _once_each(rows: Table, key: str) -> Table:
    """Returns rows in which a second good row of the same record has a reason not to be used."""
    import ibis

    good = (rows.reason == "") & ~rows.later
    position = ibis.row_number().over(ibis.window(group_by=[rows[key], good], order_by=rows[LINE]))
    again = ibis.literal(f"{key} '") + rows[key] + ibis.literal("' a second time")
    return rows.mutate(reason=ibis.ifelse(good & (position > 0), again, rows.reason))


def as_month(value: date | datetime | None) -> pd.Timestamp | None:
    """Returns the first day of a value's month; None stays None."""
    return None if value is None else pd.Timestamp(year=value.year, month=value.month, day=1)
