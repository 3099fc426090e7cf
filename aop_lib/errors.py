"""What a planner can get wrong: one `AopError`, one child per mistake, every message with its place and its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Fault:
    """One fault in something a person or a system gave us.

    Attributes:
        where: `file:line`, `workbook!sheet!cell`, or the file alone.
        found: What stands there, as it was written.
        expected: What the rule asks for.
        fix: What to do about it; empty where `expected` says it all.
    """

    where: str
    found: str
    expected: str
    fix: str = ""

    def __str__(self) -> str:
        """One line: place, found, expected, remedy."""
        remedy = f"; {self.fix}" if self.fix else ""
        return f"{self.where}: found {self.found}; expected {self.expected}{remedy}"


def _reading_order(fault: Fault) -> tuple[tuple[str | int, ...], Fault]:
    """Sorts line 2 before line 10, and row 2 of a sheet before row 10."""
    return tuple(f"{int(part):09d}" if part.isdigit() else part for part in re.split(r"(\d+)", fault.where)), fault


class AopError(Exception):
    """Anything that a planner, not a programmer, has to mend. `exit_status` is what the command line returns."""

    exit_status = 1


class InputRefusedError(AopError):
    """Parameters or sources hold faults; all of them are listed at once."""

    exit_status = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults), key=_reading_order))
        count = len(self.faults)
        head = f"{count} fault{'s' if count != 1 else ''}; nothing was run and nothing was changed"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


class DataLateError(AopError):
    """A source does not yet hold the last closed month; nothing else stops the run."""

    exit_status = 4

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults), key=_reading_order))
        head = "data late; nothing was run and nothing was changed"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


class FrameError(AopError):
    """A frame that crosses a stage breaks its contract in `frames.py`."""

    def __init__(self, frame: str, problems: Iterable[str]) -> None:
        self.frame, self.problems = frame, tuple(problems)
        super().__init__("\n".join([f"frame {frame!r} breaks its contract:", *(f"  - {line}" for line in self.problems)]))


class UndeclaredFrameError(AopError):
    """A stage reads or writes a frame that `STAGES` does not give it."""

    def __init__(self, stage: str, verb: str, frame: str, declared: Iterable[str]) -> None:
        self.stage, self.verb, self.frame = stage, verb, frame
        known = sorted(declared)
        super().__init__(f"stage {stage} may not {verb} {frame!r}{nearest(frame, known)}; stages.py lets it {verb}: {', '.join(known)}")


class MissingFrameError(AopError):
    """A stage needs a frame that no earlier stage has written here."""

    def __init__(self, frame: str, folder: str, writer: str) -> None:
        self.frame, self.folder, self.writer = frame, folder, writer
        super().__init__(f"{folder}: no frame {frame!r}; stage {writer} writes it, so run that stage first")


class StageFailedError(AopError):
    """A stage of a run failed; the last publication is untouched. Input that was refused, or that is late, keeps its exit status."""

    def __init__(self, stage: str, cell: int | None, reason: str, notebook: str, exit_status: int = 1) -> None:
        self.stage, self.cell, self.reason, self.notebook, self.exit_status = stage, cell, reason, notebook, exit_status
        place = f", cell {cell}" if cell is not None else ""
        super().__init__(f"stage {stage}{place}: {reason}\n  the failed notebook is {notebook}; what was published before is untouched")


class CycleBusyError(AopError):
    """Another run of the same cycle holds the lock."""

    def __init__(self, cycle: str, holder: str) -> None:
        self.cycle, self.holder = cycle, holder
        super().__init__(f"{cycle} is being run by {holder}; wait for it to end, or stop it, then run again")


class InputChangedError(AopError):
    """An input changed between two stages of one run."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(sorted(paths))
        super().__init__(f"changed while the run was under way: {', '.join(self.paths)}; run again, so that every stage sees the same input")


class NotPublishedError(AopError):
    """The disk or the system kept a run from being written; the last publication is untouched."""

    def __init__(self, cycle: str, problem: OSError) -> None:
        self.cycle, self.problem = cycle, problem
        place = f" ({problem.filename})" if problem.filename else ""
        super().__init__(f"{cycle} was not published: {problem.strerror or problem}{place}; what was published before is untouched")


class BaselineError(AopError):
    """A frozen plan is missing, or no longer what was approved."""

    def __init__(self, baseline: str, problems: Iterable[str]) -> None:
        self.baseline, self.problems = baseline, tuple(problems)
        super().__init__("\n".join([f"frozen plan {baseline}:", *(f"  - {line}" for line in self.problems)]))


class FreezeRefusedError(AopError):
    """A cycle cannot be frozen as it stands."""

    def __init__(self, cycle: str, problems: Iterable[str]) -> None:
        self.cycle, self.problems = cycle, tuple(problems)
        super().__init__("\n".join([f"{cycle} cannot be frozen:", *(f"  - {line}" for line in self.problems)]))


class UnknownRateError(AopError):
    """An amount is in a currency that has no rate for its month; a missing rate is never 1."""

    exit_status = 2

    def __init__(self, missing: Iterable[tuple[str, str]], reporting: str) -> None:
        self.missing = sorted(set(missing))
        lines = [f"no rate into {reporting} for:"] + [f"  - {currency} in {month}" for currency, month in self.missing]
        super().__init__("\n".join(lines))


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns ` (did you mean 'x'?)` for the closest valid choice, or an empty text when none is close."""
    close = get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
