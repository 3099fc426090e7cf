"""Where things are: the project's root, a company's folder, and how messages name a file."""

from __future__ import annotations

import os
from pathlib import Path

MARKERS = ("pyproject.toml", "aop_lib")


def project_root(start: Path | None = None) -> Path:
    """Returns the project's root: `AOP_ROOT`, else the nearest folder above `start` with the markers, else the library's.

    Args:
        start: Where to begin; the working directory by default.
    """
    if os.environ.get("AOP_ROOT"):
        return Path(os.environ["AOP_ROOT"])
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if all((folder / marker).exists() for marker in MARKERS):
            return folder
    return Path(__file__).resolve().parent.parent


def resolved(file: str | Path) -> Path:
    """Returns an absolute path: as given where absolute or present from here, else from the project's root."""
    path = Path(file)
    if path.is_absolute() or path.exists():
        return path.absolute()
    return project_root() / path


def shown(file: Path, company_folder: Path) -> str:
    """Returns how messages and reports name a file: from the project's root where it lies inside, else from its company.

    The name never depends on where the project lies on this machine, so that reports are the same everywhere.
    """
    root = Path(__file__).resolve().parent.parent
    file, company_folder = file.absolute(), company_folder.absolute()
    for base in (root, company_folder.parent):
        if file.is_relative_to(base):
            return file.relative_to(base).as_posix()
    return file.name
