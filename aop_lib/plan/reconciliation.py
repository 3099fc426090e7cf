"""Reconciliation: one metric as several sources tell it, the difference explained by records where it can be, the rest named as unexplained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.plan import readings
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.readings import Reading, Record
from aop_lib.plan.wording import value_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.company import Reconcile

Frames = Mapping[str, pd.DataFrame]
NONE = Decimal(0)
SCALE = Decimal("0.0000000001")
COUNTS, AGREES, EXPLAINED, DIFFERS, UNMEASURED = "counts", "agrees", "explained", "differs", "not measured"


@dataclass(frozen=True)
class Told:
    """What a source says a metric is, and the records that make it differ from the source that counts."""

    source: str
    reading: Reading
    records: tuple[Record, ...] = ()


READERS: dict[tuple[str, str], Callable[[Params, Frames, Reconcile], Reading]] = {
    ("arr", "mrr"): readings.billed_arr,
    ("arr", "ledger"): readings.recognised_arr,
    ("arr", "opportunities"): readings.won_arr,
    ("new_arr", "mrr"): readings.billed_new_arr,
    ("new_arr", "opportunities"): readings.won_new_arr,
    ("heads", "people"): readings.employed_heads,
    ("heads", "ledger"): readings.paid_heads,
}
EXPLAINERS: dict[tuple[str, str, str], Callable[[Params, Frames, Reconcile], list[Record]]] = {
    ("arr", "mrr", "ledger"): readings.arr_records,
    ("new_arr", "mrr", "opportunities"): readings.new_arr_records,
    ("heads", "people", "ledger"): readings.heads_records,
}


def reconciliation_frames(params: Params, frames: Frames) -> dict[str, pd.DataFrame]:
    """Returns the frames `reconciliations` and `reconciliation_records` of what company.yml says under `reconcile`.

    Defined as, per metric, month and source::

        difference        = value - value of the source that takes precedence
        explained         = sum of the differences of the records whose reason accounts for them
        unexplained       = difference - explained
        within_tolerance  = |unexplained| <= tolerance * |value that counts|
        state             = counts | agrees (the difference itself is within it) | explained | differs | not measured

    Two differences that cancel one another are not agreement: what records explain is taken off before the rest is judged.

    Records are named for the last closed month; in the months before, the whole difference is unexplained.

    Args:
        params: Sources, precedence, tolerances, switches.
        frames: The canonical frames of the snapshot and `kpis`.
    """
    rows: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    for each in params.company.reconcile:
        told = _told(params, frames, each)
        rows += _rows(params, each, told)
        records += [row for one in told for row in _record_rows(params, each, one)]
    return {"reconciliations": _conformed("reconciliations", rows), "reconciliation_records": _conformed("reconciliation_records", records)}


def _told(params: Params, frames: Frames, each: Reconcile) -> list[Told]:
    feeds = {source: _feeding(frames["sources"], source, each.metric) for source in each.sources}
    base = feeds[each.precedence]
    told = []
    for source in [each.precedence, *(name for name in each.sources if name != each.precedence)]:
        reader = READERS.get((each.metric, feeds[source]))
        reading = reader(params, frames, each) if reader else Reading({}, "", f"a frame that tells {each.metric}")
        told.append(Told(source, reading, _explained(params, frames, each, base, feeds[source]) if reading.months else ()))
    return told


def _feeding(sources: pd.DataFrame, source: str, metric: str) -> str:
    """Returns the canonical frame through which a source tells a metric; empty where it tells none."""
    own = set(sources.loc[sources["source"] == source, "frame"])
    return next((frame for known, frame in READERS if known == metric and frame in own), "")


def _explained(params: Params, frames: Frames, each: Reconcile, base: str, other: str) -> tuple[Record, ...]:
    forward, back = EXPLAINERS.get((each.metric, base, other)), EXPLAINERS.get((each.metric, other, base))
    if forward:
        return tuple(forward(params, frames, each))
    return tuple(Record(record.record, record.reason, -record.difference, record.explains) for record in back(params, frames, each)) if back else ()


def _rows(params: Params, each: Reconcile, told: list[Told]) -> list[dict[str, Any]]:
    base = told[0].reading.months
    rows = []
    for one in told:
        months = sorted(one.reading.months) or [params.last_closed]
        for month in months:
            records = one.records if month == params.last_closed else ()
            rows.append(_row(each, one, month, base.get(month), records))
    return rows


def _row(each: Reconcile, one: Told, month: pd.Timestamp, base: Decimal | None, records: Iterable[Record]) -> dict[str, Any]:
    counts, value = one.source == each.precedence, one.reading.months.get(month)
    compared = value is not None and base is not None
    difference = (value or NONE) - (base or NONE) if compared else None
    explained = sum((record.difference for record in records if record.explains), NONE) if compared and not counts else None
    unexplained = None if difference is None or explained is None else difference - explained
    room = abs(base or NONE) * each.tolerance
    row: dict[str, Any] = {"metric": each.metric, "month": month, "source": one.source, "precedence": counts, "tolerance": each.tolerance}
    row |= {"value": _scaled(value), "difference": _scaled(difference), "explained": _scaled(explained), "unexplained": _scaled(unexplained)}
    within = counts or (unexplained is not None and abs(unexplained) <= room)
    state = _state(counts=counts, value=value, difference=difference, room=room, within=within)
    return {**row, "within_tolerance": within and value is not None, "state": state, "how": one.reading.how or f"needs {one.reading.needs}"}


def _state(*, counts: bool, value: Decimal | None, difference: Decimal | None, room: Decimal, within: bool) -> str:
    if value is None:
        return UNMEASURED
    if counts:
        return COUNTS
    if difference is None:
        return UNMEASURED
    if not within:
        return DIFFERS
    return AGREES if abs(difference) <= room else EXPLAINED


def _record_rows(params: Params, each: Reconcile, one: Told) -> list[dict[str, Any]]:
    return [
        {"metric": each.metric, "month": params.last_closed, "source": one.source, "record": record.record, "reason": record.reason,
         "difference": _scaled(record.difference), "explains": record.explains}
        for record in one.records
        if _scaled(record.difference)
    ]  # fmt: skip


def _scaled(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(SCALE)


def _conformed(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return conformed(name, pd.DataFrame(rows)) if rows else empty(name)


def reconciliation_findings(params: Params, reconciliations: pd.DataFrame) -> list[Row]:
    """Returns a warning for each source that is off by more than the tolerance in the last closed month, and a note for what no source can tell."""
    rows = []
    last = reconciliations[reconciliations["month"] == params.last_closed]
    counting = {row["metric"]: row for row in last.to_dict("records") if row["precedence"]}
    for row in last.to_dict("records"):
        metric, base = params.metrics[row["metric"]], counting[row["metric"]]
        unit = params.company.reporting_currency if metric.unit == "currency" else metric.unit
        where = f"{metric.label}: {row['source']} against {base['source']}"
        if row["state"] == DIFFERS:
            found = f"{value_text(row['value'], unit)}, of which {value_text(row['unexplained'], unit)} is unexplained"
            expected = f"{value_text(base['value'], unit)}, as {base['source']} says"
            amount = abs(row["unexplained"]) if metric.unit == "currency" else None
            what = f"{row['source']} and {base['source']} disagree by more than the tolerance"
            rows.append(finding("warning", "reconciliation", where, what, expected=expected, found=found, amount=amount))
        elif row["state"] == UNMEASURED:
            rows.append(finding("note", "reconciliation", where, f"{row['source']} cannot tell it", expected=row["how"], found="no reading"))
    return rows
