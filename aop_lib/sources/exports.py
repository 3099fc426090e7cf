"""Where a table of a source lies: its kind, its file, how messages name it, and its bytes as they stood while they were read."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from aop_lib.errors import Fault, InputChangedError, InputRefusedError
from aop_lib.params.company import Source, SourceKind

KINDS: dict[str, SourceKind] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "excel", ".xlsm": "excel", ".parquet": "parquet", ".pq": "parquet",
    ".duckdb": "duckdb", ".ddb": "duckdb",
}  # fmt: skip
ENVIRONMENT = "env:"
LARGEST_FILE = 4_000_000_000
MOST_COLUMNS = 2_000
SHEET = "!"
LINE = "_line"
LINES = "_lines"  # how many lines of the source a row stands for

Signature = tuple[int, ...]


def kind_of(source: Source) -> SourceKind:
    """Returns a source's kind: as declared, else what the ending of `where` says; a folder holds CSV files."""
    if source.kind:
        return source.kind
    return "sql" if source.where.startswith(ENVIRONMENT) else KINDS.get(Path(source.where).suffix.lower(), "csv")


@dataclass(frozen=True)
class Export:
    """One table of a source, as a preset names it.

    Attributes:
        source: The entry of company.yml.
        company_folder: Where company.yml lies.
        name: What the preset's `file` says: a file, `workbook!sheet`, a sheet, or a table. `ledger.csv` is the file of that name
            in a folder of CSV, and `ledger.parquet`, the folder, the sheet or the table `ledger` in the other kinds.
        header_row: Excel: the row of the column names, counted from 1; 0 is the first that holds something.
    """

    source: Source
    company_folder: Path
    name: str
    header_row: int = 0

    @property
    def kind(self) -> SourceKind:
        """The kind of its source."""
        return kind_of(self.source)

    @property
    def base(self) -> Path:
        """The file or folder that `where` names, relative to company.yml."""
        return Path(os.path.normpath(self.company_folder.absolute() / self.source.where))

    @property
    def stem(self) -> str:
        """The table's name without the ending of a file."""
        name = self.name.partition(SHEET)[2] or self.name
        return Path(name).stem if Path(name).suffix.lower() in KINDS else name

    @property
    def sheet(self) -> str:
        """Excel: the sheet's name; empty for the first one of a workbook that lies in a folder."""
        return self.name.partition(SHEET)[2] if self.base.is_dir() else self.stem

    @property
    def file(self) -> Path:
        """The file or, for Parquet, the folder of files; for a DuckDB file the database."""
        if self.kind == "duckdb" or self.base.is_file():
            return self.base
        name = self.name.partition(SHEET)[0]
        if self.kind in {"csv", "sql"} or (self.base / name).exists():
            return self.base / name
        ending = self.base / f"{Path(name).stem}{'.xlsx' if self.kind == 'excel' else '.parquet'}"
        return self.base / Path(name).stem if self.kind == "parquet" and not ending.exists() else ending

    @property
    def shown(self) -> str:
        """How messages name it: as company.yml writes it, the same on every machine."""
        if self.kind in {"duckdb", "sql"} or (self.kind == "excel" and self.base.is_file()):
            return f"{self.source.where}{SHEET}{self.stem}"
        named = Path(self.source.where).suffix and self.source.where.endswith(Path(self.name).suffix)
        return self.source.where if self.base.is_file() or named else f"{self.source.where}/{self.file.name}"

    def fault(self, found: str, expected: str, fix: str = "") -> Fault:
        """Returns a fault of the table as a whole."""
        return Fault(self.shown, found, expected, fix)


def leads_outside(file: Path, export: Export) -> bool:
    """Returns whether a symbolic link leads out of the folder that company.yml names."""
    base = export.base.parent if export.base.is_file() else export.base
    inside_company = export.base.is_relative_to(export.company_folder.absolute())
    if inside_company and not base.resolve().is_relative_to(export.company_folder.resolve()):
        return True
    return not file.resolve().is_relative_to(base.resolve())


def place_faults(export: Export, file: Path, shown: str = "") -> list[Fault]:
    """Returns what keeps a file from being opened at all: no such file, a link that leads out, too large, empty."""
    where = shown or export.shown
    if not file.is_file():
        return [Fault(where, "no such file", f"an export of source {export.source.name!r}", "put it there, or correct 'where' in company.yml")]
    if leads_outside(file, export):
        return [Fault(where, "a symbolic link that leads out of its folder", "the file itself")]
    size = file.stat().st_size
    if size > LARGEST_FILE:
        return [Fault(where, f"{size:,} bytes", f"at most {LARGEST_FILE:,} in a file", "split it into several files")]
    return [] if size else [Fault(where, "an empty file of 0 bytes", "a file with a header and rows", "export it again")]


def column_faults(where: str, names: list[str], wanted: Iterable[str]) -> list[Fault]:
    """Returns a fault for each wanted column that is missing, each column that comes twice, and for too many of them."""
    if len(names) > MOST_COLUMNS:
        return [Fault(where, f"{len(names):,} columns", f"at most {MOST_COLUMNS:,}")]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    faults = [Fault(where, f"the column {name!r} twice", "each column once") for name in twice]
    return faults + [Fault(where, no_column(name), "the columns that the preset names") for name in wanted if name not in names]


def no_column(name: str) -> str:
    """Returns what a fault says is found where a column is missing."""
    return f"no column {name!r}"


def signature(file: Path) -> Signature:
    """Returns what tells whether a file is still the one that it was: its number, size and times."""
    stat = file.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def hold_unchanged(seen: Collection[tuple[str, Path, Signature]]) -> None:
    """Holds files against what they were when they were opened.

    Args:
        seen: (shown name, file, `signature`).

    Raises:
        InputChangedError: With every file that is no longer what it was.
    """
    changed = [shown for shown, file, before in seen if not file.is_file() or signature(file) != before]
    if changed:
        raise InputChangedError(changed)


def whole(export: Export, file: Path) -> bytes:
    """Returns the bytes of a file that did not change while it was read.

    Raises:
        InputRefusedError: If it cannot be opened, is empty or too large.
        InputChangedError: If it changed.
    """
    faults = place_faults(export, file)
    if faults:
        raise InputRefusedError(faults)
    before = signature(file)
    data = file.read_bytes()
    hold_unchanged([(export.shown, file, before)])
    return data


def quoted_name(name: str) -> str:
    """Returns an identifier for SQL, quoted; the one place where a name enters a statement."""
    return '"' + name.replace('"', '""') + '"'
