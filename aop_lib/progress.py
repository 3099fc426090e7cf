"""What a run says while it runs: a bar per stage on a terminal, a line per stage elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from aop_lib.stages import Stage

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class Progress(Protocol):
    """Somebody who is told how a run goes."""

    def started(self, stage: Stage, cells: int) -> None:
        """Hears that a stage begins, and how many cells it has."""

    def advanced(self, stage: Stage) -> None:
        """Hears that a cell of a stage has run."""

    def ended(self, stage: Stage, note: str) -> None:
        """Hears that a stage is done: `done`, `reused`, `failed`."""


class Lines:
    """One plain line per stage."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def started(self, stage: Stage, cells: int) -> None:  # noqa: ARG002
        """Notes when a stage begins."""
        self._began[stage.id] = time.monotonic()

    def advanced(self, stage: Stage) -> None:
        """Says nothing of single cells."""

    def ended(self, stage: Stage, note: str) -> None:
        """Writes how a stage went and how long it took."""
        seconds = time.monotonic() - self._began[stage.id]
        sys.stdout.write(f"{stage.id} {stage.title}: {note}, {seconds:.1f} s\n")
        sys.stdout.flush()


class TerminalBars:
    """One bar per stage, all of them in view from the start."""

    def __init__(self, bars: Bars, stages: Sequence[Stage]) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {stage.id: bars.add_task(f"{stage.id} {stage.title}", start=False, total=None, note="") for stage in stages}

    def started(self, stage: Stage, cells: int) -> None:
        """Starts a stage's bar at zero."""
        self._bars.start_task(self._tasks[stage.id])
        self._bars.update(self._tasks[stage.id], total=cells, completed=0)

    def advanced(self, stage: Stage) -> None:
        """Moves a stage's bar by one cell."""
        self._bars.advance(self._tasks[stage.id])

    def ended(self, stage: Stage, note: str) -> None:
        """Fills a stage's bar, unless it failed, and says how it went."""
        task = self._tasks[stage.id]
        total = self._bars.tasks[list(self._tasks.values()).index(task)].total
        self._bars.update(task, note=note)
        if note != "failed":
            self._bars.update(task, completed=total)
        self._bars.stop_task(task)


@contextmanager
def shown(stages: Sequence[Stage]) -> Iterator[Progress]:
    """Gives somebody to tell: bars where the output is a terminal, lines elsewhere."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description:<22}"), BarColumn(bar_width=32), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[note]}"))
    with RichProgress(*columns) as bars:
        yield TerminalBars(bars, stages)
