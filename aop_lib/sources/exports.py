"""Where an export lies: its files, held inside their folder, and what their first lines say."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from aop_lib.errors import Fault
from aop_lib.params import Source

LONGEST_HEADER = 1_000_000


def export_folder(source: Source, company_folder: Path) -> Path:
    """Returns the folder that `where` names, relative to company.yml."""
    return Path(os.path.normpath(company_folder.absolute() / source.where))


def table_file(source: Source, company_folder: Path, name: str) -> Path:
    """Returns where a table of a source lies; `where` may be the file itself."""
    folder = export_folder(source, company_folder)
    return folder if folder.is_file() else folder / name


def shown_file(source: Source, name: str) -> str:
    """Returns how messages name a table of a source: as company.yml writes it, the same on every machine."""
    return source.where if source.where.endswith(Path(name).suffix) and Path(source.where).suffix else f"{source.where}/{name}"


def leads_outside(file: Path, source: Source, company_folder: Path) -> bool:
    """Returns whether a symbolic link leads out of the folder that company.yml names."""
    folder = export_folder(source, company_folder)
    base = folder.parent if folder.is_file() else folder
    inside_company = folder.is_relative_to(company_folder.absolute())
    if inside_company and not base.resolve().is_relative_to(company_folder.resolve()):
        return True
    return not file.resolve().is_relative_to(base.resolve())


def file_faults(source: Source, company_folder: Path, name: str, columns: list[str]) -> list[Fault]:
    """Returns what keeps a table from being read: missing, a link that leads out, empty, no such columns."""
    file, place = table_file(source, company_folder, name), shown_file(source, name)
    if Path(name).name != name:
        return [Fault(place, repr(name), "the name of a file in the source's folder")]
    if not file.is_file():
        return [Fault(place, "no such file", f"an export of source {source.name!r}", "put it there, or correct 'where' in company.yml")]
    if leads_outside(file, source, company_folder):
        return [Fault(place, "a symbolic link that leads out of its folder", "the file itself")]
    return _header_faults(file, place, columns)


def header(file: Path) -> list[str]:
    """Returns the column names of a CSV file.

    Raises:
        UnicodeDecodeError: If its first line is not UTF-8.
    """
    with file.open("rb") as stream:
        first = stream.readline(LONGEST_HEADER)
    return next(csv.reader([first.decode("utf-8-sig")]), [])


def _header_faults(file: Path, place: str, columns: list[str]) -> list[Fault]:
    try:
        names = header(file)
    except (UnicodeDecodeError, csv.Error, OSError) as problem:
        return [Fault(f"{place}:1", str(problem), "a readable UTF-8 CSV file")]
    if not names:
        return [Fault(place, "an empty file", f"a CSV file with the columns {', '.join(columns)}")]
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = [name for name in columns if name not in names]
    faults = [Fault(f"{place}:1", f"the column {name!r} twice", "each column once") for name in twice]
    return faults + [Fault(f"{place}:1", f"no column {name!r}", "the columns that the preset names") for name in missing]
