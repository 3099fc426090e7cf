"""What `aop decide` writes: entries at the end of a log, and digests for a log that was written by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from aop_lib.decisions import DIGESTS, ENTRY, LOG, PENDING, TOP, Log, chain_faults, digests_text, log
from aop_lib.errors import Fault, InputRefusedError
from aop_lib.fields import ID_PATTERN
from aop_lib.params.requests import Decision, Decisions
from aop_lib.publish import written
from aop_lib.typed import typed
from aop_lib.yamlfile import Document, parsed

HEAD_LINES = "# Who decided what about a request's round, and why. `aop decide` appends; an entry is never changed.\n\ndecisions:\n"
SAID = ("request", "round", "decision", "option", "by", "on", "why", "what")
BY_ONE_ENTRY = "write each entry on a line of its own, as `  - {request: …, round: 1, decision: …, by: …, on: …, why: …}`, below a line `decisions:`"


def decisions_of(found: Log, shown: str) -> tuple[Decision, ...]:
    """Returns the entries of a log, typed.

    Raises:
        InputRefusedError: If it is no YAML, or an entry is no decision.
    """
    return tuple(_typed(found.content, shown)[0].decisions)


def _typed(content: bytes, shown: str) -> tuple[Decisions, Document]:
    document = Document(shown)
    try:
        parsed(content.decode("utf-8-sig"), document)
    except UnicodeDecodeError as problem:
        document.fault((), f"the byte 0x{content[problem.start]:02X}", "UTF-8", "save the file as UTF-8")
    if not document.faults and document.value in (None, {"decisions": None}):
        return Decisions(), document
    made = None if document.faults else typed(document, Decisions)
    if made is None:
        raise InputRefusedError(document.faults)
    return made, document


def whole(folder: Path, shown: str) -> Log:
    """Returns the log of a folder, once it was held against its digests.

    Raises:
        InputRefusedError: With every entry that was changed, moved, dropped or added.
    """
    found = log(folder)
    if faults := chain_faults(found, shown):
        raise InputRefusedError(faults)
    return found


def extended(found: Log, entries: Sequence[Decision], shown: str) -> Log:
    """Returns a log with entries at its end, each chained to the one before; the bytes that are there stay as they are.

    Args:
        found: A whole log, sealed or without entries.
        entries: What was decided, in order.
        shown: How messages name decisions.yml.

    Raises:
        InputRefusedError: If it has entries and was never sealed.
    """
    if found.starts and not found.is_sealed:
        fix = "seal it once with `aop decide PARAMS_FILE --seal`"
        raise InputRefusedError([Fault(shown, f"{len(found.starts)} entries that were written by hand and never sealed", "a sealed log", fix)])
    made = found if found.starts else Log(_opened(found.content), None)
    for each in entries:
        start = ENTRY.match(made.content, made.starts[0]) if made.starts else None
        indent = start[1].decode() if start else "  "
        made = Log(made.content + f"{indent}- {entry_text(each, made.digests[-1], indent)}\n".encode(), None)
    return made


def _opened(content: bytes) -> bytes:
    """Returns the head lines of a log without entries, so that entries can follow."""
    if not content.strip():
        return HEAD_LINES.encode()
    text = re.sub(rb"(?m)^decisions:[ \t]*\[[ \t]*\][ \t]*\r?$", b"decisions:", content)
    text += b"" if text.endswith(b"\n") else b"\n"
    return text if TOP.search(text) else text + b"\ndecisions:\n"


def entry_text(decision: Decision, after: str, indent: str = "  ") -> str:
    """Returns a decision as YAML in braces: what a person said on the first line, what the command adds on the second."""
    said = {name: getattr(decision, name) for name in SAID}
    words = ", ".join(f"{name}: {_scalar(str(value))}" for name, value in said.items() if value not in (None, ""))
    return "{" + words + f",\n{indent}   {_added(decision, after)}" + "}"


def _added(decision: Decision, after: str) -> str:
    added = {"amount": decision.amount, "content": decision.content, "after": after}
    return ", ".join(f"{name}: {value}" for name, value in added.items() if value not in (None, ""))


def _scalar(text: str) -> str:
    is_plain = ID_PATTERN.fullmatch(text) or re.fullmatch(r"\d[\d.\-]*", text)
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def sealed(found: Log, added: Mapping[int, Decision], shown: str) -> Log:
    """Returns a log that was written by hand, with the digest of its predecessor in each entry; what people wrote stays as it is.

    Args:
        found: A log that was never sealed.
        added: Entries by place, counted from 0, with the amount and content to keep beside what people wrote.
        shown: How messages name decisions.yml.

    Raises:
        InputRefusedError: If it is sealed already, or an entry does not start on a line of its own.
    """
    if found.is_sealed:
        raise InputRefusedError([Fault(shown, "a sealed log", "a log that was never sealed", "a log is sealed once; record decisions with `aop decide`")])
    before, document = _typed(found.content, shown)
    lines = [document.lines[("decisions", place)] for place in range(len(before.decisions))]
    if lines != [found.line(part) for part in range(1, len(found.parts))]:
        raise InputRefusedError([Fault(shown, "entries that share a line, or stand where a log has none", "one entry after the other", BY_ONE_ENTRY)])
    made = Log(found.content if found.content.endswith(b"\n") else found.content + b"\n", None)
    for place, each in enumerate(before.decisions):
        made = Log(_with_digest(made, place, added.get(place, each)), None)
    _refuse_other_words(before, _typed(made.content, shown)[0], shown)
    return made


def _with_digest(made: Log, place: int, decision: Decision) -> bytes:
    """Returns the log with amount, content and digest at the end of one of its entries."""
    head = 3 if made.content.startswith(b"\xef\xbb\xbf") else 0
    text = made.content.decode("utf-8-sig")
    root = YAML(typ="safe", pure=True).compose(text)
    entry = next(value for key, value in root.value if key.value == "decisions").value[place]
    end, indent = entry.value[-1][1].end_mark.index, " " * entry.value[0][0].start_mark.column
    added = _added(decision, made.digests[place])
    if entry.flow_style:
        piece = f",\n{indent}{added}"
    else:
        end = end if text[end - 1] == "\n" else text.index("\n", end) + 1
        piece = "".join(f"{indent}{each}\n" for each in added.split(", "))
    return made.content[:head] + (text[:end] + piece + text[end:]).encode()


def _refuse_other_words(before: Decisions, after: Decisions, shown: str) -> None:
    added = {"amount", "content", "after"}
    if [each.model_dump(exclude=added) for each in before.decisions] != [each.model_dump(exclude=added) for each in after.decisions]:
        raise InputRefusedError([Fault(shown, "an entry that cannot be sealed as it is written", "entries in braces", BY_ONE_ENTRY)])


def write(folder: Path, made: Log) -> None:
    """Writes a log and its digests; stopped between the two, `finish` ends what was begun. The lock must be held."""
    text = made.content.decode("utf-8")
    written(folder / PENDING, text)
    written(folder / DIGESTS, digests_text(made))
    written(folder / LOG, text)
    (folder / PENDING).unlink()


def finish(folder: Path) -> None:
    """Ends a write that was interrupted; one that had hardly begun is taken back. The lock must be held."""
    pending = folder / PENDING
    if not pending.exists():
        return
    made, kept = Log(pending.read_bytes(), None), log(folder).kept
    if kept is not None and [digest for digest, _ in kept] == made.digests:
        written(folder / LOG, made.content.decode("utf-8"))
    pending.unlink()
