"""Checks of the dated rows of people: none of them overlap, and none of their days at work is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.load import Params
from aop_lib.sources.checks import Finding, named_rows
from aop_lib.sources.columns import dated_rows, last_moment, moment
from aop_lib.sources.exports import LINE
from aop_lib.sources.rows import Judged, end_of
from aop_lib.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from ibis.expr.types import Table

DAY = timedelta(days=1)
Span = tuple[datetime, datetime | None]
Days = tuple[date, date]


def version_findings(store: Warehouse, judged: Judged, people: pd.DataFrame, params: Params) -> Iterator[Finding]:
    """Yields, per table with dated rows of people, who has rows that overlap and who was at work on days that no row covers.

    Defined as::

        overlap   a row begins before the one that began earlier has ended, or while that one is open; the one that began last counts
        left out  the end of a day from the person's start to their last day or the cycle's cut lies in no row; a month that ends on such a
                  day counts as the person stands at the cut

    Args:
        store: The loaded tables.
        judged: The `people` rows of a source.
        people: The frame `people`: from when to when each is employed.
        params: The cut; rows that begin after it are not seen.
    """
    work = {person: (start.date(), params.as_of if pd.isna(end) else min(end.date(), params.as_of)) for person, start, end in _employment(people)}
    for table, rows in _tables(store, judged).items():
        spans = _spans(store, rows, end_of(params.as_of))
        overlaps = {person: [day for pair in pairwise(own) for day in _overlap(*pair)] for person, own in spans.items()}
        missing = {person: _left_out(own, work[person]) for person, own in spans.items() if person in work}
        yield from _told(judged, table, overlaps, "dated rows of {} that overlap: {}; the one that began last counts", "overlap")
        yield from _told(judged, table, missing, "days at work that no row of {} covers: {}; months that end on them count as today", "are left out")


def _employment(people: pd.DataFrame) -> Iterator[tuple[str, pd.Timestamp, pd.Timestamp]]:
    yield from zip(people["person"], people["start"], people["end"], strict=True)


def _tables(store: Warehouse, judged: Judged) -> dict[str, Table]:
    """Returns the dated rows of each table, the frame's own first."""
    frame, found = judged.mapped.frame("people"), {}
    if {"valid_from", "valid_to"} <= set(judged.text.columns):
        own = judged.text
        found[frame.table] = own.select("person", since=moment(own.valid_from), until=last_moment(own.valid_to), **{LINE: own[LINE]})
    joined = {join.table: dated_rows(store, judged.mapped, join) for join in frame.joins}
    return found | {name: rows for name, rows in joined.items() if rows is not None}


def _spans(store: Warehouse, rows: Table, cut: datetime) -> dict[str, list[Span]]:
    """Returns each person's rows that began by the cut, in the order in which they began; an end after the cut is open."""
    found: dict[str, list[Span]] = {}
    for each in store.records(rows.filter(rows.since <= cut).order_by(["person", "since", LINE])):
        until = each["until"]
        found.setdefault(each["person"], []).append((each["since"], None if until is None or until > cut else until))
    return found


def _overlap(one: Span, other: Span) -> list[Days]:
    if one[1] is not None and one[1] <= other[0]:
        return []
    ends = [end for end in (one[1], other[1]) if end is not None]
    return [(other[0].date(), min(ends).date() if ends else date.max)]


def _left_out(spans: list[Span], work: Days) -> list[Days]:
    """Returns the stretches of days at work, first and last, whose ends lie in no row."""
    next_day, found = work[0], []
    for since, until in sorted(spans):
        if since.date() > next_day:
            found.append((next_day, min(since.date() - DAY, work[1])))
        next_day = max(next_day, date.max if until is None else _first_after(until))
    if next_day <= work[1]:
        found.append((next_day, work[1]))
    return [days for days in found if days[0] <= days[1]]


def _first_after(until: datetime) -> date:
    """Returns the first day whose end lies after a moment."""
    return until.date() + DAY if until >= datetime.combine(until.date(), time(23, 59, 59)) else until.date()


def _told(judged: Judged, table: str, days: Mapping[str, list[Days]], what: str, verb: str) -> Iterator[Finding]:
    named = [f"{person} ({_days(own[0])})" for person, own in sorted(days.items()) if own]
    if named:
        source, count = judged.mapped.source.name, f"{len(named)} {'person has' if len(named) == 1 else 'people have'}"
        found = f"{count} days that {verb}"
        yield Finding("history", source, "warning", f"{source}: {table}", f"{count} {what.format(table, named_rows(named, len(named)))}", found=found)


def _days(days: Days) -> str:
    return f"from {days[0]}" if days[1] == date.max else f"{days[0]} to {days[1]}"
