"""What company.yml declares about sources, checked without reading them: presets, folders, files, header lines."""

from __future__ import annotations

from pathlib import Path

from aop_lib.errors import Fault, nearest
from aop_lib.load import Params
from aop_lib.sources.codes import code_faults
from aop_lib.sources.kinds import declared_faults, table_faults, table_files
from aop_lib.sources.presets import Mapping, columns_used, export_of, mapping

CHECKS = {
    "columns": "every file, table and column that the preset names is there",
    "types": "every number, date, month and flag can be read",
    "freshness": "rows of the last closed month have arrived",
    "volume": "the last closed month has about as many rows as the twelve before it",
    "duplicates": "no row and no record stands there twice",
    "balance": "debits equal credits per document, and per entity and month",
    "gaps": "no month between the first and the last is empty",
    "unmapped": "every entity, team, account and metric leads to one of ours",
    "currency": "every currency is one of the company's and has a rate for its month",
    "history": "the dated rows of a person neither overlap nor leave days out",
    "joins": "each row of a preset finds at most one partner in each table",
    "quarantine": "every row has what it needs",
    "lines": "every P&L account that is posted to belongs to a line",
    "later": "rows that the cycle may not see are named",
    "partners": "every row finds its partner in the tables that a preset marks",
    "workbook": "hidden rows and sheets, and formulas whose stored values were read, are named",
    "left_out": "rows that a preset does not take are named",
}


def mappings(params: Params) -> list[Mapping]:
    """Returns every source of the company with its preset, in the order of company.yml."""
    return [mapping(source, params.folder) for source in params.company.sources]


def source_faults(params: Params) -> list[Fault]:
    """Returns every fault that keeps a source from being read: preset, folder, file or column missing; all at once."""
    return mapping_faults(params, mappings(params))


def mapping_faults(params: Params, sources: list[Mapping]) -> list[Fault]:
    """Returns the faults of sources whose presets have been read."""
    faults: list[Fault] = [*code_faults(params), *check_faults(params)]
    for each in sources:
        wrong = [*each.document.faults, *declared_faults(each.source, params.folder)]
        faults += wrong
        if each.preset is not None and not wrong:
            for name, table in each.preset.tables.items():
                faults += table_faults(export_of(each.source, params.folder, table), columns_used(each.preset, name))
    return sorted(set(faults))


def source_files(params: Params) -> dict[str, Path]:
    """Returns every file that the sources read, preset files included, by the name that messages show."""
    found: dict[str, Path] = {}
    for each in mappings(params):
        if each.preset is None:
            continue
        for table in each.preset.tables.values():
            for file in table_files(export_of(each.source, params.folder, table)):
                found[f"{each.source.name}/{file.name}"] = file
    return dict(sorted(found.items()))


def check_faults(params: Params) -> list[Fault]:
    """Returns a fault for each check that company.yml names and that does not exist, and for a level that a check cannot have."""
    company = next((name for name in params.files if name.endswith("company.yml")), "company.yml")
    levels = [(source.name, name, level) for source in params.company.sources for name, level in source.checks.items()]
    unknown = [
        Fault(company, f"the check {name!r} of source {source!r}", f"one of {', '.join(CHECKS)}{nearest(name, CHECKS)}")
        for source, name, _ in levels
        if name not in CHECKS
    ]
    return unknown + [
        Fault(company, f"columns: {level} in source {source!r}", "error: what is not there cannot be read")
        for source, name, level in levels
        if name == "columns" and level != "error"
    ]
