"""Rows of a mapped workbook as requests: options, lines by month, heads, what is assumed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aop_lib.money import cents, split
from aop_lib.params.workbook_mapping import ReadLine, ReadOption, ReadRequest, WorkbookMapping
from aop_lib.sources.mapped_checks import Tables, summed
from aop_lib.sources.requests import AskedLine, AskedOption, AskedRequest, Assumption, request_id
from aop_lib.sources.table import Cell, Faults

if TYPE_CHECKING:
    from aop_lib.sources.choices import Choices
    from aop_lib.sources.mapped_tables import MappedRow
    from aop_lib.yamlfile import Document


@dataclass(frozen=True)
class _Way:
    """What the requests of one mapping have in common."""

    mapping: WorkbookMapping
    tables: Tables
    document: Document
    choices: Choices
    faults: Faults


def mapped_requests(mapping: WorkbookMapping, tables: Tables, document: Document, choices: Choices, faults: Faults) -> tuple[AskedRequest, ...]:
    """Returns the requests that a mapping makes of rows: each amount of a year split over its months to the cent.

    Args:
        mapping: The mapping.
        tables: The rows that count, by table.
        document: The mapping as it was written, for its lines.
        choices: The closed lists of the team.
        faults: Takes what rows name and the company does not know, with the cell.
    """
    way = _Way(mapping, tables, document, choices, faults)
    _name_left_out(way)
    asked = tuple(each for index, request in enumerate(mapping.requests) for each in _asked(request, index, way))
    _name_repeated(asked, way)
    return asked


def _asked(request: ReadRequest, index: int, way: _Way) -> Iterator[AskedRequest]:
    where = way.document.where(("requests", index))
    for number, value in enumerate(_values(request, way.tables)):
        part = {**request.where, **({request.each: [value]} if request.each else {})}
        options = tuple(_option(each, request, part, way) for each in request.options)
        name = request_id(request.request, value) if request.each else request.request
        title = f"{request.title} {value}" if request.each else request.title
        assumes = () if number else _assumptions(request, where, way)
        if any(option.lines or option.heads for option in options):
            yield AskedRequest(
                name, way.choices.team, request.round, request.kind, title, request.why, request.goal, request.effect, request.evidence,
                way.mapping.submitted_by, way.mapping.submitted_on, options, where, assumes,
            )  # fmt: skip


def _assumptions(request: ReadRequest, where: str, way: _Way) -> tuple[Assumption, ...]:
    return tuple(Assumption(each.metric, "year", summed(way.tables, {each.table: each.column}, each.where), where) for each in request.assumes)


def _values(request: ReadRequest, tables: Tables) -> list[str]:
    if not request.each:
        return [""]
    names = {line.table: None for line in request.lines}
    rows = (row for name in names for row in tables[name].rows if row.holds(request.where))
    return list(dict.fromkeys(row.texts[request.each] for row in rows))


def _option(option: ReadOption, request: ReadRequest, part: Mapping[str, list[str]], way: _Way) -> AskedOption:
    where = {**part, **option.where}
    rows = [(line, row) for line in request.lines for row in way.tables[line.table].rows if row.holds(where)]
    lines = [each for line, row in rows if row.numbers[line.amount] for each in _lines(line, row, way)]
    heads = summed(way.tables, request.heads, where)
    whole = int(heads.to_integral_value(rounding="ROUND_CEILING"))
    if whole != heads:
        way.faults.warn(way.faults.shown, f"{heads} heads in {request.request}", f"whole heads: {whole} are counted")
    if whole and not lines and rows:
        lines = list(_lines(*rows[0], way))[:1]  # heads that cost nothing here, such as those a grant pays, stay with the request
    return AskedOption(option.id, whole, tuple(lines))


def _lines(line: ReadLine, row: MappedRow, way: _Way) -> Iterator[AskedLine]:
    amount = cents(row.numbers[line.amount])
    accounts = way.choices.accounts
    account, centre = row.texts[line.account], row.texts[line.cost_centre]
    if accounts is not None:
        _hold(account, line.account, row, accounts, way.faults)
    _hold(centre, line.cost_centre, row, {each: each for each in way.choices.cost_centres}, way.faults)
    vendor, comment = (row.texts[each] if each else "" for each in (line.vendor, line.comment))
    code = accounts.get(account, account) if accounts is not None else account
    parts = split(amount, [1] * len(way.choices.year))
    for month, each in zip(way.choices.year, parts, strict=True):
        yield AskedLine(code, centre, month, way.mapping.currency, each, comment, row.where(line.amount), vendor)


def _hold(text: str, column: str, row: MappedRow, known: Mapping[str, str], faults: Faults) -> None:
    if text not in known:
        faults.unknown(Cell(text, row.where(column)), column, known)


def _name_left_out(way: _Way) -> None:
    """Names the money of rows that no request takes, and of rows that several take."""
    taken: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for request in way.mapping.requests:
        for line in request.lines:
            for row in way.tables[line.table].rows:
                is_taken = row.holds(request.where) and any(row.holds(option.where) for option in request.options)
                taken[line.table, line.amount][row.row] += is_taken
    for (table, column), times in taken.items():
        for row in way.tables[table].rows:
            if row.numbers[column] and times[row.row] != 1:
                found = f"{row.numbers[column]:,} that {f'{times[row.row]} requests take' if times[row.row] else 'no request takes'}"
                way.faults.add(row.where(column), found, "each amount in one request", "see 'where' of the mapping's requests")


def _name_repeated(asked: tuple[AskedRequest, ...], way: _Way) -> None:
    names = [each.request for each in asked]
    for number, each in enumerate(asked):
        if each.request in names[:number]:
            way.faults.add(
                each.where, f"the request {each.request!r} a second time", "each request once", "two values of 'each' must not differ in signs alone"
            )
