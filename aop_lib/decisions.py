"""decisions.yml as a log: each entry holds the digest of the one before, and `decisions.sha256`, kept apart, holds them all.

An entry is the bytes from its `- ` to the next one, comments included; what stands above the first entry is the log's head lines.
Whatever is changed, moved, dropped, added or cut is found when the log is read, and the entry is named. A log that was written
by hand and never sealed has no digests; it is read, and a finding says that nothing guards it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from aop_lib.errors import Fault

LOG = "decisions.yml"
DIGESTS = "decisions.sha256"
PENDING = f".{LOG}.pending"
TOP = re.compile(rb"^decisions:[ \t]*(#.*)?\r?$", re.MULTILINE)
ENTRY = re.compile(rb"^( *)- ", re.MULTILINE)
AFTER = re.compile(rb"\bafter: ['\"]?([0-9a-f]{64})\b")
DIGEST_LINE = re.compile(r"([0-9a-f]{64})  (\S[^\r\n]*)")
NAMED = re.compile(rb"\b(request|round|decision|by): ['\"]?([\w\-]+)")
REMEDY = "restore both files from version control or a backup; a change of mind is a new entry, made by `aop decide`"


@dataclass(frozen=True)
class Log:
    """decisions.yml, byte by byte.

    Attributes:
        content: The whole file; empty where there is none.
        kept: Digest and words of each part as decisions.sha256 holds them, the head lines first; None where there is no such file.
    """

    content: bytes
    kept: tuple[tuple[str, str], ...] | None

    @cached_property
    def starts(self) -> list[int]:
        """Where each entry starts."""
        top = TOP.search(self.content)
        found = list(ENTRY.finditer(self.content, top.end() if top else 0))
        return [each.start() for each in found if each[1] == found[0][1]]

    @cached_property
    def parts(self) -> list[bytes]:
        """The head lines, then each entry."""
        edges = [0, *self.starts, len(self.content)]
        return [self.content[start:end] for start, end in pairwise(edges)]

    @cached_property
    def digests(self) -> list[str]:
        """The SHA-256 of each part."""
        return [hashlib.sha256(part).hexdigest() for part in self.parts]

    @property
    def is_sealed(self) -> bool:
        """Whether anything says that entries are chained."""
        return self.kept is not None or any(map(followed, self.parts[1:]))

    def line(self, part: int) -> int:
        """Returns the line on which a part starts; of a part that is not there, the last line."""
        edges = [0, *self.starts]
        return self.content[: edges[part]].count(b"\n") + 1 if part < len(edges) else max(len(self.content.splitlines()), 1)


def followed(part: bytes) -> str:
    """Returns the digest of the entry that an entry says it follows; empty where it says none."""
    found = AFTER.findall(part)
    return found[-1].decode() if found else ""


def log(folder: Path) -> Log:
    """Returns the log of a company's folder, as it is."""
    file, digests = folder / LOG, folder / DIGESTS
    kept = None
    if digests.is_file():
        lines = digests.read_text(encoding="utf-8", errors="replace").splitlines()
        kept = tuple((found[1], found[2]) if (found := DIGEST_LINE.fullmatch(line)) else ("", line) for line in lines)
    return Log(file.read_bytes() if file.is_file() else b"", kept)


@contextmanager
def locked(folder: Path, *, is_shared: bool = False) -> Iterator[None]:
    """Holds the lock of a company's log, waiting for it; the system lets go of it when the process ends, however it ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def log_faults(folder: Path, shown: str) -> list[Fault]:
    """Returns every entry of a company's log that is not what was recorded; nothing where the log is whole or was never sealed.

    Args:
        folder: The company's folder.
        shown: How messages name decisions.yml.
    """
    if not (folder / DIGESTS).exists() and not (folder / LOG).exists():
        return []
    with locked(folder, is_shared=True):
        found, is_interrupted = log(folder), (folder / PENDING).exists()
    faults = chain_faults(found, shown)
    if faults and is_interrupted:
        return [Fault(shown, "an entry that was not written to its end", "a whole log", "run `aop decide PARAMS_FILE` once: it finishes what it began")]
    return faults


def chain_faults(found: Log, shown: str) -> list[Fault]:
    """Returns what is wrong with a sealed log, entry by entry."""
    if not found.is_sealed:
        return []
    apart = f"{shown.removesuffix(LOG)}{DIGESTS}"
    if found.kept is None:
        return [Fault(apart, "no such file", f"the digests of the {len(found.starts)} entries of {LOG}", REMEDY)]
    if not found.content:
        return [Fault(shown, "no such file, or an empty one", f"the {max(len(found.kept) - 1, 0)} entries that {DIGESTS} names", REMEDY)]
    unread = [(place, words) for place, (digest, words) in enumerate(found.kept, 1) if not digest]
    if unread:
        return [Fault(f"{apart}:{place}", repr(words[:60]), "a digest and what it is of", REMEDY) for place, words in unread]
    return _moved(found, shown, apart) or _unchained(found, shown)


def _unchained(found: Log, shown: str) -> list[Fault]:
    """Returns the entries that follow another than the one before them: the digests kept apart were renewed, the chain was not."""
    what = "which follows another entry than the one before it"
    return [
        Fault(f"{shown}:{found.line(part)}", f"{_entry(found, part)}, {what}", "the chain as it was recorded", REMEDY)
        for part in range(1, len(found.parts))
        if followed(found.parts[part]) != found.digests[part - 1]
    ]


def _moved(found: Log, shown: str, apart: str) -> list[Fault]:
    kept = found.kept or ()
    expected = [digest for digest, _ in kept]
    faults: list[Fault] = []
    for tag, left, left_end, right, right_end in SequenceMatcher(None, expected, found.digests, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(left_end - left, right_end - right)
        for step in range(max(left_end - left, right_end - right)):
            before, now = left + step, right + step
            if step < paired and found.digests[now] not in expected and expected[before] not in found.digests:
                faults.append(_changed(found, before, now, shown, apart))
                continue
            if before < left_end and expected[before] not in found.digests:
                faults.append(_gone(found, before, right, shown))
            if now < right_end:
                faults.append(_misplaced(found, now, shown))
    return faults or [Fault(shown, "another order of entries", "the order in which they were recorded", REMEDY)] if expected != found.digests else []


def _changed(found: Log, before: int, now: int, shown: str, apart: str) -> Fault:
    words = (found.kept or ())[before][1]
    if now + 1 < len(found.parts) and followed(found.parts[now + 1]) == found.digests[now]:
        return Fault(f"{apart}:{before + 1}", f"another digest of {words}, than the entry after it holds", "the digest as it was recorded", REMEDY)
    return Fault(f"{shown}:{found.line(now)}", f"{words}, which was changed after it was recorded", "the bytes as they were recorded", REMEDY)


def _gone(found: Log, before: int, place: int, shown: str) -> Fault:
    words = (found.kept or ())[before][1]
    where = f"{shown}:{found.line(place)}"
    return Fault(where, f"{words} is gone", "every entry that was recorded", REMEDY)


def _misplaced(found: Log, now: int, shown: str) -> Fault:
    expected = [digest for digest, _ in found.kept or ()]
    digest, where = found.digests[now], f"{shown}:{found.line(now)}"
    if digest not in expected:
        fix = f"take it out, and record it with `aop decide`; {REMEDY}"
        return Fault(where, f"{_entry(found, now)}, which nobody recorded", "entries that `aop decide` appended", fix)
    words = (found.kept or ())[expected.index(digest)][1]
    if Counter(found.digests)[digest] > Counter(expected)[digest]:
        return Fault(where, f"{words} a second time", "each entry once", REMEDY)
    return Fault(where, f"{words}, which was moved", "the order in which entries were recorded", REMEDY)


def _entry(found: Log, part: int) -> str:
    """Returns what an entry calls itself, read from its bytes: they may be no YAML any more."""
    if not part:
        return "the head lines"
    said = {key.decode(): value.decode("utf-8", "replace") for key, value in reversed(NAMED.findall(found.parts[part]))}
    return entry_words(part, said.get("request", "no request"), said.get("round", "1"), said.get("decision", "no decision"), said.get("by", "nobody"))


def entry_words(place: int, request: str, number: str, decision: str, by: str) -> str:
    """Returns how messages and decisions.sha256 name an entry: `entry 4, larger_fairs round 1: revise by cfo`."""
    return f"entry {place}, {request} round {number}: {decision} by {by}"


def digests_text(found: Log) -> str:
    """Returns decisions.sha256 of a log: one line for its head lines, one for each entry."""
    return "".join(f"{digest}  {_entry(found, part)}\n" for part, digest in enumerate(found.digests))
