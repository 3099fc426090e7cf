"""Publication: a whole run appears in one step, or the one before stays; one run of a cycle at a time.

Under `outputs/<company>/`: `.staging/` holds runs under way, `.runs/` whole runs named by their content, and
`<cycle>` is a symbolic link to one of them. `.failed/<cycle>` keeps the last attempt that failed, `.partial/<cycle>` the
last run that stopped early by `--to`, `.log/` what differs from run to run.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aop_lib.errors import CycleBusyError
from aop_lib.manifest import manifest, outputs, text_hash

KEPT_RUNS = 3


@contextmanager
def locked(company: Path, name: str) -> Iterator[None]:
    """Holds the lock of a cycle; the system lets go of it when the process ends, however it ends.

    Raises:
        CycleBusyError: If another process holds it.
    """
    file = company / ".lock" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise CycleBusyError(name, stream.read().strip() or "another process") from None
        stream.truncate(0)
        stream.write(f"process {os.getpid()}\n")
        stream.flush()
        yield


def staging(company: Path, name: str) -> Path:
    """Returns a new empty folder for a run of the cycle; what killed runs of it left behind is removed.

    The cycle's lock must be held.
    """
    parent = company / ".staging"
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.iterdir():
        if re.fullmatch(rf"{re.escape(name)}-\d+", left.name):
            shutil.rmtree(left)
    folder = parent / f"{name}-{os.getpid()}"
    for part in ("frames", "notebooks", "reports", "work"):
        (folder / part).mkdir(parents=True)
    return folder


def publish(folder: Path, company: Path, name: str) -> Path:
    """Publishes a whole run: it is synced to disk, renamed to its content's name, and the link is replaced in one step.

    A run of the same content is already there the second time; then only the link is set.

    Returns:
        The folder that the link points to.
    """
    digest = text_hash((folder / "manifest.json").read_text(encoding="utf-8"))[:12]
    runs = company / ".runs"
    runs.mkdir(exist_ok=True)
    target = _free_or_same(runs, f"{name}-{digest}", folder)
    if target.exists():
        shutil.rmtree(folder)
    else:
        synced(folder)
        folder.rename(target)
        _synced_entry(runs)
    os.utime(target)
    _link(company / name, target)
    _prune(runs, name, target)
    return target


def kept(folder: Path, place: Path) -> Path:
    """Moves a run's folder to where failed or partial runs are kept, in place of the one before, and returns that place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    old = folder.with_name(f"{folder.name}.old")
    if place.exists():
        place.rename(old)
    folder.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    return place


def whole(folder: Path) -> bool:
    """Returns whether a folder holds exactly what its manifest says."""
    return bool(manifest(folder)) and manifest(folder)["outputs"] == outputs(folder)


def synced(folder: Path) -> None:
    """Makes sure that every file and folder under a folder has reached the disk."""
    for path in [*folder.rglob("*"), folder]:
        if not path.is_symlink():
            _synced_entry(path)


def written(file: Path, text: str) -> None:
    """Writes a text file in one step, synced: a reader finds the old one or the new one, whole."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    _synced_entry(partial)
    partial.replace(file)
    _synced_entry(file.parent)


def _free_or_same(runs: Path, name: str, folder: Path) -> Path:
    for place in (runs / name, *(runs / f"{name}-{count}" for count in range(2, 1000))):
        if not place.exists() or (manifest(place) == manifest(folder) and whole(place)):
            return place
    raise FileExistsError(f"{runs / name}: too many damaged runs; remove them")


def _link(link: Path, target: Path) -> None:
    partial = link.with_name(f".{link.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target.relative_to(link.parent), target_is_directory=True)
    partial.replace(link)
    _synced_entry(link.parent)


def _prune(runs: Path, name: str, current: Path) -> None:
    same = [run for run in runs.iterdir() if re.fullmatch(rf"{re.escape(name)}-[0-9a-f]{{12}}(-\d+)?", run.name) and run != current]
    for old in sorted(same, key=lambda run: run.stat().st_mtime_ns, reverse=True)[KEPT_RUNS - 1 :]:
        shutil.rmtree(old)


def _synced_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
