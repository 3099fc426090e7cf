"""Which files map a workbook that is not ours, and which workbook each maps."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aop_lib.yamlfile import read_yaml

ENDINGS = (".mapping.yml", ".mapping.yaml")
LONGEST_PART = 255


def is_mapping(file: Path) -> bool:
    """Returns whether a file's name says that it maps a workbook."""
    return file.name.lower().endswith(ENDINGS)


def workbook_of(file: Path) -> Path:
    """Returns the workbook that a mapping file names, else the one of its own name beside it."""
    document = read_yaml(file, file.name)
    named = document.value.get("workbook") if isinstance(document.value, dict) else None
    own = f"{file.name[: file.name.lower().rindex('.mapping.')]}.xlsx"
    return file.parent / (named if isinstance(named, str) and _is_path(named) else own)


def _is_path(text: str) -> bool:
    return bool(text) and text.isprintable() and all(len(part.encode()) <= LONGEST_PART for part in text.split("/"))


def workbooks(folder: Path) -> dict[Path, Path]:
    """Returns the workbooks that mapping files below a folder name, resolved, each with its mapping file."""
    files = sorted(each for each in folder.glob("*/*") if is_mapping(each) and each.is_file())
    return {workbook_of(each).resolve(): each for each in files}


def mapped_digests(folder: Path) -> dict[str, str]:
    """Returns the hash (SHA-256) of each workbook that a mapping file below a folder names, by `<team>/<mapping> reads <workbook>`."""
    found = {f"{mapping.parent.name}/{mapping.name} reads {book.name}": book for book, mapping in workbooks(folder).items()}
    return {name: hashlib.sha256(book.read_bytes()).hexdigest() for name, book in sorted(found.items()) if book.is_file()}
