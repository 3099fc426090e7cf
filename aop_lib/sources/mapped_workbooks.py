"""A workbook that is not ours with its mapping: read, checked, and turned into requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.params.workbook_mapping import ReadGoal, WorkbookMapping
from aop_lib.sources.inbox import content
from aop_lib.sources.mapped_checks import check_cells, check_totals
from aop_lib.sources.mapped_figures import MappedGoal, check_reproduced, mapped_goal
from aop_lib.sources.mapped_files import workbook_of
from aop_lib.sources.mapped_requests import mapped_requests
from aop_lib.sources.mapped_tables import MappedTable, mapped_sheets, mapped_table
from aop_lib.sources.mapping_names import name_faults
from aop_lib.sources.table import Faults, quoted, visible
from aop_lib.typed import typed
from aop_lib.yamlfile import Document, parsed

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.sources.choices import Choices
    from aop_lib.sources.requests import AskedRequest


@dataclass(frozen=True)
class MappedWorkbook:
    """What a mapping reads from its workbook.

    Attributes:
        tables: The rows that count, by table.
        goals: Targets, step by step.
        computed: What the formulas of the mapping give, by table, column and row.
        requests: The requests that are made of it.
    """

    tables: dict[str, MappedTable] = field(default_factory=dict)
    goals: tuple[MappedGoal, ...] = ()
    computed: dict[tuple[str, str, int], Decimal] = field(default_factory=dict)
    requests: tuple[AskedRequest, ...] = ()


def mapped_workbook(file: Path, read: bytes, choices: Choices, params: Params, faults: Faults) -> MappedWorkbook:
    """Returns what a mapping reads from its workbook; empty, with every fault, where something in it cannot stand.

    Args:
        file: The mapping file.
        read: Its content.
        choices: The closed lists of the team whose folder it lies in.
        params: The cycle's parameters, whose goals the workbook's targets must equal.
        faults: Takes what is found wrong: in the mapping by line, in the workbook by sheet and cell.
    """
    document = Document(faults.shown)
    try:
        parsed(read.decode("utf-8-sig"), document)
    except UnicodeDecodeError as problem:
        document.fault((), f"the byte 0x{read[problem.start]:02X}", "UTF-8", "save the file as UTF-8")
    mapping = None if document.faults else typed(document, WorkbookMapping)
    found = MappedWorkbook()
    if mapping:
        _check_names(mapping, document, choices)
        if not document.faults:
            found = _read(file, mapping, document, choices, params, faults)
    for fault in document.faults:
        faults.add(fault.where, fault.found, fault.expected, fault.fix)
    return found


def _check_names(mapping: WorkbookMapping, document: Document, choices: Choices) -> None:
    name_faults(mapping, document)
    for path, name, known, what in _names(mapping, choices):
        if name not in known:
            document.fault(path, quoted(name), f"a {what}{nearest(name, known)}")
    if mapping.currency not in choices.currencies:
        document.fault(("currency",), mapping.currency, "a currency of the company")


def _names(mapping: WorkbookMapping, choices: Choices) -> Iterator[tuple[tuple[str | int, ...], str, list[str], str]]:
    yield ("submitted_by",), mapping.submitted_by, list(choices.owners), "owner of company.yml"
    goals, metrics = list(choices.goals), list(choices.metrics)
    yield from ((("goals", index, "goal"), each.goal, goals, "goal of goals.yml") for index, each in enumerate(mapping.goals))
    for index, request in enumerate(mapping.requests):
        yield ("requests", index, "goal"), request.goal, goals, "goal of goals.yml"
        yield from ((("requests", index, "assumes", at, "metric"), each.metric, metrics, "metric of metrics.yml") for at, each in enumerate(request.assumes))


def _read(file: Path, mapping: WorkbookMapping, document: Document, choices: Choices, params: Params, faults: Faults) -> MappedWorkbook:
    book = workbook_of(file)
    workbook = Faults(visible(book.name), faults.listed, faults.warnings, faults.more)
    raw = content(book)
    if isinstance(raw, Fault):
        document.fault(("workbook",), f"{visible(mapping.workbook or book.name)}: {raw.found}", "an .xlsx workbook that can be read", raw.fix)
        return MappedWorkbook()
    sheets = mapped_sheets(raw, mapping, document, workbook)
    if sheets is None:
        return MappedWorkbook()
    tables = {name: read for name, table in mapping.tables.items() if (read := mapped_table(name, table, sheets, document))}
    if len(tables) < len(mapping.tables):
        return MappedWorkbook()
    computed: dict[tuple[str, str, int], Decimal] = {}
    for name, table in mapping.tables.items():
        check_totals(table, tables[name], sheets)
        for index, rule in enumerate(table.reproduced):
            made = check_reproduced(tables[name], rule, ("tables", name, "reproduced", index), document, workbook)
            computed |= {(name, rule.column, row): value for row, value in made.items()}
    for check in mapping.checks:
        check_cells(check, tables, sheets)
    goals = tuple(mapped_goal(each, tables, sheets) for each in mapping.goals)
    for stated, goal in zip(mapping.goals, goals, strict=True):
        _hold_goal(stated, goal, params, workbook)
    asked = mapped_requests(mapping, tables, document, choices, workbook)
    faults.more = workbook.more
    return MappedWorkbook(tables, goals, computed, asked)


def _hold_goal(stated: ReadGoal, read: MappedGoal, params: Params, faults: Faults) -> None:
    """Holds a target against the goal of goals.yml."""
    if not stated.held:
        return
    goal = next(each for each in params.goals.goals if each.id == stated.goal)
    for name, ours, theirs in (("start", goal.start, read.start), ("target", goal.target, read.target)):
        if ours != theirs.amount:
            expected = f"{ours:,}, the {name} of {goal.id} in goals.yml"
            faults.add(theirs.where, f"{visible(theirs.label)} {theirs.amount:,}", expected, "agree on one, or say `held: false` in the mapping")
