"""Which files teams have handed in: `requests/<team>/`, nothing outside, nothing passed over without a word."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.places import shown
from aop_lib.sources.mapped_files import workbooks
from aop_lib.sources.table import LARGEST_FILE, visible

if TYPE_CHECKING:
    from aop_lib.load import Params

READ = {".csv", ".xlsx", ".yml", ".yaml"}
SPREADSHEETS = {".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".numbers", ".tsv"}
EDITOR_FILES = {"thumbs.db", "desktop.ini"}
EDITOR_SIGNS = (".", "~$")
EDITOR_ENDINGS = ("~", ".swp", ".swo", ".tmp", ".bak")
LONGEST_NAME = 600
LAYOUTS = ".csv, .xlsx or .yml"


@dataclass(frozen=True)
class Inbox:
    """What lies under `requests/`.

    Attributes:
        files: Each team's files in order of their names; a team without files is left out.
        faults: What belongs to no team, or cannot be read as a request; the team's id beside each, "" for none.
        warnings: Files that are not requests.
    """

    files: dict[str, tuple[Path, ...]]
    faults: tuple[tuple[str, Fault], ...]
    warnings: tuple[Fault, ...]


def inbox(params: Params) -> Inbox:
    """Returns the files under the company's `requests/`, by team; a workbook that a mapping file reads is part of that file."""
    folder = params.folder / "requests"
    teams = {each.id: each.submits for each in params.company.teams}
    files: dict[str, tuple[Path, ...]] = {}
    faults: list[tuple[str, Fault]] = []
    warnings: list[Fault] = []
    mapped = workbooks(folder)
    for place in _sorted(folder) if folder.is_dir() else ():
        team = place.name if place.is_dir() and place.name in teams else ""
        where = visible_path(place, params)
        if leads_outside(place, params.folder):
            faults.append((team, _outside(where)))
        elif not place.is_dir():
            _sort_file(place, where, "", faults, warnings)
        elif not team or not teams[team]:
            faults += [("", fault) for fault in _no_team(place, where, teams)]
        else:
            files[team] = tuple(each for each in _team_files(place, team, params, faults, warnings) if each.resolve() not in mapped)
    return Inbox({team: found for team, found in files.items() if found}, tuple(faults), tuple(warnings))


def content(file: Path) -> bytes | Fault:
    """Returns a file's bytes, or the fault that keeps it from being read: no plain file, too large, not readable.

    The fault's place is left to the caller, who knows how messages name the file.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode):
                return Fault("", "no plain file", f"a {LAYOUTS} file", "remove it")
            read = stream.read(LARGEST_FILE + 1)
    except OSError as problem:
        return Fault("", f"a file that cannot be read ({problem.strerror})", f"a readable {LAYOUTS} file", "check its permissions")
    if len(read) > LARGEST_FILE:
        return Fault("", f"{state.st_size:,} bytes", f"at most {LARGEST_FILE:,}", "split it, and delete formatted but empty rows")
    return read


def visible_path(file: Path, params: Params) -> str:
    """Returns how messages name a file, with what cannot be seen in its name spelled out; two files never share a name."""
    pieces = shown(file, params.folder).replace("\\", "\\\\").split("/")
    return "/".join(visible(piece, LONGEST_NAME) for piece in pieces)


def leads_outside(file: Path, folder: Path) -> bool:
    """Returns whether a path, links followed, ends outside a folder."""
    try:
        return not file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return True


def _sorted(folder: Path) -> list[Path]:
    return sorted((each for each in folder.iterdir() if not _of_editors(each.name)), key=lambda each: os.fsencode(each.name))


def _of_editors(name: str) -> bool:
    locked = name.startswith("#") and name.endswith("#")
    return locked or name.startswith(EDITOR_SIGNS) or name.lower().endswith(EDITOR_ENDINGS) or name.lower() in EDITOR_FILES


def _team_files(folder: Path, team: str, params: Params, faults: list[tuple[str, Fault]], warnings: list[Fault]) -> Iterator[Path]:
    for place in _sorted(folder):
        where = visible_path(place, params)
        if leads_outside(place, folder):
            faults.append((team, _outside(where)))
        elif place.suffix.lower() in READ and not place.is_dir():
            yield place
        else:
            _sort_file(place, where, team, faults, warnings)


def _sort_file(place: Path, where: str, team: str, faults: list[tuple[str, Fault]], warnings: list[Fault]) -> None:
    """Adds a fault for what looks like a request and cannot be one here, a warning for what does not."""
    ending = place.suffix.lower()
    if place.is_dir():
        warnings.append(Fault(where, "a folder inside a team's folder, which is not read", f"{LAYOUTS} files", "move its files up"))
    elif ending in SPREADSHEETS:
        faults.append((team, Fault(where, f"a {visible(ending)} file", LAYOUTS, "save it as .xlsx or 'CSV UTF-8'")))
    elif ending in READ:
        faults.append((team, Fault(where, "a request outside a team's folder", "requests/<team>/", "move it into the folder of its team")))
    else:
        warnings.append(Fault(where, "a file that is no request and is not read", LAYOUTS, "move it elsewhere if it was meant as one"))


def _no_team(folder: Path, where: str, teams: dict[str, bool]) -> Iterator[Fault]:
    if folder.name in teams:
        if _sorted(folder):
            yield Fault(where, "files of a team that is not asked for requests", "no files", "set `submits: true` for it in company.yml, or remove them")
    else:
        yield Fault(where, "a folder of no team", f"a team's id as in company.yml{nearest(folder.name, teams)}", "rename it")


def _outside(where: str) -> Fault:
    return Fault(where, "a link that leads out of its folder", "a file", "put the file itself here")
