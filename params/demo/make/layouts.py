"""Files in the column layouts of the real systems; what the company does not use stays empty, as in a real export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path


@cache
def layouts() -> dict[str, list[str]]:
    """Returns the columns of each exported file, by its path below the exports folder."""
    with (Path(__file__).parent / "layouts.csv").open(encoding="utf-8", newline="") as stream:
        return {row["file"]: row["columns"].split() for row in csv.DictReader(stream)}


def write_export(folder: Path, file: str, rows: Iterable[Mapping[str, object]], common: Mapping[str, object] | None = None) -> None:
    """Writes rows in a file's layout.

    Args:
        folder: The exports folder.
        file: Path below it; it must have a layout.
        rows: Columns to values; a column that the layout lacks is an error.
        common: Values that every row has.
    """
    write_table(folder / file, layouts()[file], ({**(common or {}), **row} for row in rows))


def write_table(path: Path, columns: list[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Writes rows as UTF-8 CSV with line feeds, the same bytes on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
