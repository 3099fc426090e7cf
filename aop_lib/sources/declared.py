"""What company.yml declares about sources, checked without reading them: presets, folders, files, header lines."""

from __future__ import annotations

from pathlib import Path

from aop_lib.errors import Fault, nearest
from aop_lib.load import Params
from aop_lib.sources.codes import code_faults
from aop_lib.sources.exports import file_faults, table_file
from aop_lib.sources.presets import Mapping, columns_used, mapping

CHECKS = {
    "balance": "debits equal credits per document, and per entity and month",
    "freshness": "the ledger reaches the last closed month",
    "gaps": "no month between the first and the last is empty",
    "quarantine": "every row can be read and mapped",
    "lines": "every P&L account that is posted to belongs to a line",
    "later": "rows that the cycle may not see are named",
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
        faults += each.document.faults
        if each.preset is not None:
            for name, table in each.preset.tables.items():
                faults += file_faults(each.source, params.folder, table.file, columns_used(each.preset, name))
    return sorted(set(faults))


def source_files(params: Params) -> dict[str, Path]:
    """Returns every file that the sources read, preset files included, by the name that messages show."""
    found: dict[str, Path] = {}
    for each in mappings(params):
        if each.preset is None:
            continue
        for table in each.preset.tables.values():
            file = table_file(each.source, params.folder, table.file)
            found[f"{each.source.name}/{table.file}"] = file
    return dict(sorted(found.items()))


def check_faults(params: Params) -> list[Fault]:
    """Returns a fault for each check that company.yml names and that does not exist."""
    company = next((name for name in params.files if name.endswith("company.yml")), "company.yml")
    return [
        Fault(company, f"the check {name!r} of source {source.name!r}", f"one of {', '.join(CHECKS)}{nearest(name, CHECKS)}")
        for source in params.company.sources
        for name in source.checks
        if name not in CHECKS
    ]
