"""One stage run by papermill, and our own judgement of whether it succeeded.

Papermill reports success after `sys.exit(0)`, and a killed kernel leaves a notebook that says `completed`; so nothing is
believed but what lies there: every code cell has run, none shows an error, the declared frames are written and hold.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

from aop_lib import errors as mistakes
from aop_lib.errors import FrameError
from aop_lib.frames import FRAMES
from aop_lib.kernels import Kernel
from aop_lib.manifest import file_hash
from aop_lib.notebook_files import scrubbed
from aop_lib.stages import Stage
from aop_lib.store import frame_file, read_frame

if TYPE_CHECKING:
    from nbformat import NotebookNode

ENGINE = "aop"
LONGEST_REASON = 300


@dataclass
class Watch:
    """What is known of a notebook while it runs, even after a crash.

    Attributes:
        notebook: The notebook as far as it ran.
        tick: Called when a cell starts.
        position: The cell that runs, counted from 0.
    """

    notebook: NotebookNode
    tick: Callable[[], None]
    position: int = 0

    def starts(self, position: int) -> None:
        """Notes which cell starts."""
        self.position = position
        self.tick()

    @property
    def cell(self) -> int:
        """The number in brackets of the cell that runs, or ran last."""
        return sum(1 for cell in self.notebook.cells[: self.position + 1] if cell.cell_type == "code" and cell.source.strip())


@dataclass(frozen=True)
class Failure:
    """Why a stage does not count.

    Attributes:
        reason: One sentence; the whole list where the input was refused or is late.
        cell: The number in brackets beside the cell, `[3]`; None where no cell is to blame.
        exit_status: What the command line returns.
    """

    reason: str
    cell: int | None = None
    exit_status: int = 1


def loaded() -> None:
    """Loads what runs notebooks; called while the first kernel starts.

    jsonschema would compile a grammar of all URIs, which takes longer than everything else here and which no notebook's
    schema asks for; without the grammar's package it does not.
    """
    if "jsonschema" not in sys.modules:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("jsonschema")
        finally:
            del sys.modules["rfc3987_syntax"]
    importlib.import_module("papermill.execute")


def executed(notebook: Path, parameters: Mapping[str, str], kernel: Kernel, minutes: float, tick: Callable[[], None]) -> tuple[NotebookNode, Failure | None]:
    """Returns a stage's notebook as far as it ran, and why it does not count, if it does not.

    Args:
        notebook: The stage's notebook; it is not changed.
        parameters: Declared names only, with plain texts.
        kernel: A fresh kernel that answers.
        minutes: The wall-clock limit of the whole notebook.
        tick: Called when a cell starts.
    """
    import nbformat

    watch = Watch(nbformat.read(notebook, as_version=4), tick)
    late = Event()
    timer = Timer(minutes * 60, _stop_late, (late, kernel))
    timer.daemon = True
    timer.start()
    try:
        broken = _broken(notebook, parameters, kernel, watch)
    finally:
        timer.cancel()
    node = scrubbed(watch.notebook, nbformat.read(notebook, as_version=4))
    if late.is_set():
        return node, Failure(f"it was still running after its limit of {minutes:g} minutes", watch.cell)
    return node, cell_failure(node) or (Failure(broken, watch.cell) if broken else None)


def _broken(notebook: Path, parameters: Mapping[str, str], kernel: Kernel, watch: Watch) -> str:
    """Runs a notebook and returns what broke the run itself; empty where it ended or where a cell shows the error."""
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from papermill.exceptions import PapermillException
    from papermill.execute import execute_notebook

    _remembering_engine()
    for noisy in ("papermill", "traitlets"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    try:
        execute_notebook(
            str(notebook).replace("{", "{{").replace("}", "}}"),
            None,
            dict(parameters),
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            km=kernel.manager,
            kc=kernel.client,
            iopub_timeout=60,
            watch=watch,
        )
    except PapermillException:
        return ""
    except DeadKernelError:
        return "its kernel died while the cell ran"
    except (CellControlSignal, RuntimeError) as problem:
        return f"the run of the cell broke off: {str(problem).partition(chr(10))[0]}"
    return ""


def _stop_late(late: Event, kernel: Kernel) -> None:
    late.set()
    kernel.kill()


@cache
def _remembering_engine() -> None:
    """Registers an engine that keeps hold of the notebook it runs, so that a crash leaves what was there."""
    from papermill.engines import NBClientEngine, papermill_engines

    class Remembering(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, watch: Watch, **options: Any) -> Any:
            watch.notebook = nb_man.nb
            start = nb_man.cell_start

            def started(cell: Any, index: int, **others: Any) -> None:
                watch.starts(index)
                start(cell, index, **others)

            nb_man.cell_start = started
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register(ENGINE, Remembering)


def cell_failure(notebook: NotebookNode) -> Failure | None:
    """Returns the first code cell that shows an error or has not run; None where every one ran to its end."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(code, 1):
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if errors:
            status = _exit_status(errors[0])
            reason = _sentence(errors[0]) if status == 1 else str(errors[0]["evalue"])
            return Failure(reason, cell.execution_count or number, status)
        if cell.execution_count is None:
            return Failure("its kernel died while the cell ran", number)
    return None


def frame_failure(stage: Stage, folder: Path, before: Mapping[str, str]) -> Failure | None:
    """Returns what is wrong with the frames a stage leaves: one missing, one too many, or an earlier stage's one changed.

    Args:
        stage: The stage that ran.
        folder: The run's folder.
        before: The hash of each frame that lay there before it, by name.
    """
    there = frame_hashes(folder)
    missing = [name for name in stage.writes if name not in there]
    surplus = sorted(there.keys() - before.keys() - set(stage.writes))
    changed = sorted(name for name in before if name not in stage.writes and there.get(name) != before[name])
    told = [("it did not write", missing), ("it wrote what stages.py does not give it:", surplus), ("it changed frames of earlier stages:", changed)]
    sentences = [f"{what} {', '.join(names)}" for what, names in told if names]
    return Failure("; ".join(sentences)) if sentences else None


def contract_failure(stage: Stage, folder: Path) -> Failure | None:
    """Returns the first of a stage's frames that does not hold against its contract when read back."""
    for name in stage.writes:
        try:
            read_frame(frame_file(folder, name), name)
        except FrameError as problem:
            return Failure(" ".join(str(problem).split())[:LONGEST_REASON])
    return None


def frame_hashes(folder: Path) -> dict[str, str]:
    """Returns the hash of each frame that lies in a run's folder, by name."""
    files = sorted((folder / "frames").glob("*.parquet"))
    return {file.stem: file_hash(file) for file in files if file.stem in FRAMES}


def _exit_status(error: Mapping[str, Any]) -> int:
    """Returns the exit status of the error that stopped a cell: input that was refused and data that is late have their own."""
    kind = getattr(mistakes, error["ename"], None)
    return int(kind.exit_status) if isinstance(kind, type) and issubclass(kind, mistakes.AopError) else 1


def _sentence(error: Mapping[str, Any]) -> str:
    first = next((line.strip() for line in str(error["evalue"]).splitlines() if line.strip()), "")
    more = [line.strip(" -") for line in str(error["evalue"]).splitlines()[1:] if line.strip()]
    if error["ename"] == "SystemExit":
        return f"it left by sys.exit({first}) instead of running to its end"
    text = " ".join([first, *more]) if first.endswith(":") else first
    return f"{error['ename']}: {text}"[:LONGEST_REASON].rstrip(": ")
