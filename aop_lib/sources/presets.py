"""Presets: how the export of a system maps to the canonical rows, as typed, declarative YAML.

A preset names the tables of an export, and for each canonical frame the table its rows come from, what is joined to
it, which rows count, and what fills each column. `LAYOUTS` says which columns each frame takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from pydantic import Field

from aop_lib.errors import Fault, InputRefusedError, nearest
from aop_lib.fields import Code, Flag, Id, Strict, Text, Whole
from aop_lib.params.company import AccountType, Behaviour, Source
from aop_lib.places import shown
from aop_lib.sources import kinds
from aop_lib.sources.exports import Export
from aop_lib.sources.expressions import Expr, Expression, Reference, Where, is_optional, references
from aop_lib.typed import typed
from aop_lib.yamlfile import Document, read_yaml

FOLDER = Path(__file__).resolve().parent / "presets"

Kind = Literal["text", "day", "month", "amount", "currency", "entity", "team", "account", "metric", "flag"]
FrameName = Literal["accounts", "ledger", "budget", "rates", "subscriptions", "people", "opportunities", "kpis"]


@dataclass(frozen=True)
class Column:
    """One column of a canonical row: how it is read, and whether a row can do without it."""

    kind: Kind
    required: bool = False


def _layout(columns: str) -> dict[str, Column]:
    """Returns the columns of a layout from their short form: `entity! team: code, amount!: amount`; `!` marks what a row needs."""
    groups = (group.rpartition(":") for group in columns.split(","))
    pairs = [(name, kind.strip()) for names, _, kind in groups for name in names.split()]
    return {name.rstrip("!"): Column(cast("Kind", kind), required=name.endswith("!")) for name, kind in pairs}


_KNOWN = "row: text, recorded valid_from valid_to: day"
_POSTED = "date!: day, month!: month, entity!: entity, team: team, account!: account"
_PAID = "amount!: amount, currency!: currency"

LAYOUTS: dict[str, dict[str, Column]] = {
    "accounts": _layout("row account! name! parent type operator behaviour: text"),
    "ledger": _layout(f"{_KNOWN}, {_POSTED}, {_PAID}, vendor document: text"),
    "budget": _layout(f"{_KNOWN}, {_POSTED}, {_PAID}"),
    "rates": _layout(f"{_KNOWN}, date!: day, month!: month, currency! into!: currency, average! close!: amount"),
    "subscriptions": _layout(
        f"{_KNOWN}, {_PAID}, subscription! customer! segment product: text, signed start! end end_recorded: day, "
        "quantity unit interval_count: amount, interval: text"
    ),
    "people": _layout(f"{_KNOWN}, {_PAID}, unit: amount, person! name role: text, team!: team, entity: entity, start! end end_recorded: day"),
    "opportunities": _layout(
        f"{_KNOWN}, {_PAID}, opportunity! customer segment stage: text, team: team, probability probability_unit: amount, "
        "created close!: day, is_won is_closed: flag"
    ),
    "kpis": _layout(f"{_KNOWN}, metric!: metric, team: team, date!: day, month!: month, value!: amount, unit: text"),
}
EITHER = ({"date", "month"},)


class Join(Strict):
    """One table looked up beside the rows: its column, and what it must equal; at most one row may match."""

    table: Id
    on: dict[Code, Expr]
    all_match: Flag = False  # true: rows that find no partner are named in a finding, with their amount


class Unpivot(Strict):
    """Columns that hold the same thing for different months, years or accounts, made into rows: one per column."""

    columns: dict[Code, Text]  # each column, and what stands for it in `name`
    name: Code = "name"
    value: Code = "value"


class Table(Strict):
    """A table of an export, and which of its rows are looked at at all."""

    file: Text  # a file, a sheet, `workbook!sheet`, a Parquet file or a folder of them, or a table of a database
    header_row: Whole = 0  # Excel: the row of the column names; 0: the first that holds something
    unpivot: Unpivot | None = None
    where: list[Where] = Field(default_factory=list)
    matching: list[Join] = Field(default_factory=list)  # only rows that have a partner in another table
    optional: Flag = False  # true: without the file, the frames that need it stay empty
    valid_from: Code | None = None  # columns that hold from when to when a version of a record counts:
    valid_to: Code | None = None  # looked up, only the version that was valid at the cycle's cut is seen
    newest_of: Code | None = None  # the column that names a record: of its versions valid at the cut, the one that began last


class Frame(Strict):
    """What fills one canonical frame."""

    table: Id = Field(alias="from")
    joins: list[Join] = Field(default_factory=list)
    where: list[Where] = Field(default_factory=list)
    columns: dict[Id, Expr]
    signs: Literal["natural", "debit"] = "natural"  # debit: debits positive, credits negative
    types: dict[Code, AccountType] = Field(default_factory=dict)  # accounts: what the system calls a type
    subtrees: dict[Code, AccountType] = Field(default_factory=dict)  # accounts: the type of everything below an account
    behaviours: dict[Code, Behaviour] = Field(default_factory=dict)  # accounts: cost behaviour of everything below an account
    trial_balance: Literal["all", "balance_sheet"] = "all"  # accounts: what sums to zero per month and entity


class Preset(Strict):
    """A preset: the tables of a system's export and what fills each canonical frame."""

    system: Text
    tables: dict[Id, Table]
    frames: dict[FrameName, Frame]


@dataclass(frozen=True)
class Mapping:
    """A source of company.yml with its preset, read.

    Attributes:
        source: The entry of company.yml.
        preset: Its preset; None where that has faults.
        document: The preset's file, which knows its lines and faults.
    """

    source: Source
    preset: Preset | None
    document: Document

    @property
    def known(self) -> Preset:
        """The preset of a source without faults.

        Raises:
            InputRefusedError: With the preset's faults.
        """
        if self.preset is None:
            raise InputRefusedError(self.document.faults)
        return self.preset

    def frame(self, layout: str) -> Frame:
        """Returns what fills a canonical frame."""
        return next(frame for name, frame in self.known.frames.items() if name == layout)


def mapping(source: Source, company_folder: Path) -> Mapping:
    """Returns a source with its preset, found beside company.yml when named `….yml`, else in the library.

    Args:
        source: The entry of company.yml.
        company_folder: Where company.yml lies.
    """
    own = source.preset.endswith(".yml")
    file = company_folder / source.preset if own else FOLDER / f"{source.preset}.yml"
    if Path(source.preset).name != source.preset or not file.is_file():
        return Mapping(source, None, _unknown(source, company_folder))
    document = read_yaml(file, shown(file, company_folder))
    preset = None if document.faults else typed(document, Preset)
    if preset is not None:
        document.faults += list(_faults(preset, document, source))
    return Mapping(source, None if preset is None or document.faults else _present(preset, source, company_folder), document)


def columns_used(preset: Preset, table: str) -> list[str]:
    """Returns the columns of a table that a preset refers to, sorted."""
    found = {each.column for each in _references(preset) if each.table == table}
    versions = preset.tables[table]
    found |= {column for column in (versions.valid_from, versions.valid_to, versions.newest_of) if column}
    found |= {column for join in _joins(preset) if join.table == table for column in join.on}
    made = versions.unpivot
    return sorted(found - {made.name, made.value} | set(made.columns) if made else found)


def export_of(source: Source, company_folder: Path, table: Table) -> Export:
    """Returns where a table of a preset lies."""
    return Export(source, company_folder, table.file, table.header_row)


def _present(preset: Preset, source: Source, company_folder: Path) -> Preset:
    """Returns the preset without its optional tables that have no file, and without the frames that need them."""
    absent = {name for name, table in preset.tables.items() if table.optional and not kinds.exists(export_of(source, company_folder, table))}
    tables = {name: table for name, table in preset.tables.items() if name not in absent}
    frames = {name: frame for name, frame in preset.frames.items() if not absent & {frame.table, *(join.table for join in frame.joins)}}
    held = {name: _with_columns(frame, tables, source, company_folder) for name, frame in frames.items()}
    return preset.model_copy(update={"tables": tables, "frames": held})


def _with_columns(frame: Frame, tables: dict[str, Table], source: Source, company_folder: Path) -> Frame:
    """Returns the frame without the columns that are marked as optional and that the export does not have."""

    def has(expression: Expression) -> bool:
        found = [(export_of(source, company_folder, tables[each.table]), each.column) for each in references(expression) if each.table in tables]
        return all(kinds.has_column(export, column) for export, column in found)

    return frame.model_copy(update={"columns": {name: each for name, each in frame.columns.items() if not is_optional(each) or has(each)}})


def _unknown(source: Source, company_folder: Path) -> Document:
    known = sorted(file.stem for file in FOLDER.glob("*.yml"))
    document = Document(shown(company_folder / "company.yml", company_folder))
    expected = f"one of {', '.join(known)}, or a .yml file beside company.yml{nearest(source.preset, known)}"
    document.fault((), f"source {source.name!r} with the preset {source.preset!r}", expected)
    return document


def _joins(preset: Preset) -> Iterator[Join]:
    for table in preset.tables.values():
        yield from table.matching
    for frame in preset.frames.values():
        yield from frame.joins


def _references(preset: Preset) -> Iterator[Reference]:
    for table in preset.tables.values():
        yield from (each for condition in table.where for each in references(condition.expression))
        yield from (each for join in table.matching for expression in join.on.values() for each in references(expression))
    for frame in preset.frames.values():
        yield from (each for _, expression in _expressions(frame) for each in references(expression))


def _expressions(frame: Frame) -> Iterator[tuple[tuple[str | int, ...], Expression]]:
    for index, join in enumerate(frame.joins):
        yield from ((("joins", index, "on", column), expression) for column, expression in join.on.items())
    yield from ((("where", index), condition.expression) for index, condition in enumerate(frame.where))
    yield from ((("columns", column), expression) for column, expression in frame.columns.items())


def _faults(preset: Preset, document: Document, source: Source) -> Iterator[Fault]:
    yield from _table_faults(preset, document)
    for name, frame in preset.frames.items():
        here = ("frames", name)
        reachable = [frame.table, *(join.table for join in frame.joins)]
        for table in reachable:
            if table not in preset.tables:
                yield Fault(document.where(here), f"the table {table!r}", f"one of {', '.join(preset.tables)}{nearest(table, preset.tables)}")
        for path, expression in _expressions(frame):
            for each in references(expression):
                if each.table not in reachable:
                    yield Fault(document.where((*here, *path)), f"the table {each.table!r}", f"a table of this frame: {', '.join(reachable)}")
        yield from _layout_faults(name, frame, document, {"currency"} if source.currency else set())


def _table_faults(preset: Preset, document: Document) -> Iterator[Fault]:
    for name, table in preset.tables.items():
        here = document.where(("tables", name))
        for each in (each for condition in table.where for each in references(condition.expression)):
            if each.table != name:
                yield Fault(here, f"the table {each.table!r} in a condition", f"{name!r}, the table itself")
        if table.newest_of and not table.valid_from:
            yield Fault(here, "'newest_of' without 'valid_from'", "the column that says from when a version counts")
        for join in table.matching:
            if join.table not in preset.tables or join.table == name or preset.tables[join.table].matching:
                yield Fault(here, f"matching {join.table!r}", "another table, which matches none itself")
            for each in (each for expression in join.on.values() for each in references(expression)):
                if each.table != name:
                    yield Fault(here, f"the table {each.table!r} in matching", f"{name!r}, the table itself")


def _layout_faults(name: str, frame: Frame, document: Document, declared: set[str]) -> Iterator[Fault]:
    layout = LAYOUTS[name]
    for column in frame.columns:
        if column not in layout:
            yield Fault(document.where(("frames", name, "columns", column)), f"the column {column!r}", f"one of {', '.join(layout)}{nearest(column, layout)}")
    for column, spec in layout.items():
        choice = next((group for group in EITHER if column in group), {column})
        if spec.required and not choice & ({*frame.columns} | declared):
            yield Fault(document.where(("frames", name, "columns")), f"no column {column!r}", f"what fills {' or '.join(sorted(choice))}")
