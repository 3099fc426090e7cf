"""A run under way: its stages in order, each in a fresh kernel, each judged, its page made while the next one runs."""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aop_lib import pages
from aop_lib.errors import InputChangedError, StageFailedError
from aop_lib.execution import Failure, contract_failure, executed, frame_failure, frame_hashes, loaded
from aop_lib.folds import Behind
from aop_lib.kernels import Kernel, started
from aop_lib.load import Params
from aop_lib.manifest import Inputs, canonical, file_hash, fingerprint, inputs, manifest, manifest_text, outputs, text_hash
from aop_lib.notebook_files import written
from aop_lib.places import project_root, shown
from aop_lib.progress import Progress
from aop_lib.runlog import RunLog
from aop_lib.stages import Stage

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Job:
    """What is to be run.

    Attributes:
        params: Everything people decided.
        stages: The stages to run, in order, up to the last one wanted.
        first: Position from which no stage is reused.
        complete: Whether these are all stages, so that the cycle may be published.
        notebooks: The folder of the notebooks.
        company: The company's folder under outputs.
        minutes: The wall-clock limit of each stage.
    """

    params: Params
    stages: tuple[Stage, ...]
    first: int
    complete: bool
    notebooks: Path
    company: Path
    minutes: float

    @property
    def name(self) -> str:
        """The cycle's id; with what `--set` changed, as a hash, where something was."""
        changes = self.params.overrides
        return self.params.id + (f"--set-{text_hash(canonical(dict(changes)))[:8]}" if changes else "")

    @property
    def parameters(self) -> dict[str, str]:
        """What papermill passes to each notebook: a name of the cycle's file that is the same on every machine."""
        return {"cycle_file": shown(self.params.file, self.params.folder)}


class Attempt:
    """A run under way: its folder, its kernels, the thread that makes pages; `read` are its inputs as they were at the start."""

    read: Inputs

    def __init__(self, job: Job, folder: Path, progress: Progress, log: RunLog) -> None:
        self.job, self.folder, self.progress, self.log = job, folder, progress, log
        self.fingerprints: dict[str, str] = {}
        self.reused: list[str] = []
        self._kernels: dict[int, Kernel] = {}
        self._pages: list[tuple[Stage, Future[None]]] = []
        self._thread = ThreadPoolExecutor(1, "pages")

    def __enter__(self) -> Self:
        """Starts the first kernel; while it starts, the inputs are hashed and the page maker is loaded."""
        if self.job.first == 0:
            self._kernels[0] = self._started(0)
        importlib.import_module("jupyter_client.manager")  # kernels and the thread need it: whoever comes second would find half of it
        self._thread.submit(loaded)
        self._thread.submit(pages.loaded)
        self.read = inputs(self.job.params, self.job.notebooks, self.job.stages)
        self._behind = Behind(self.job.params, self.folder, self.read)
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        """Ends every kernel and the thread, however the run went."""
        for kernel in self._kernels.values():
            kernel.stop()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def all_stages(self) -> None:
        """Runs or reuses each stage, then waits for the pages and writes the index."""
        for position, stage in enumerate(self.job.stages):
            self._stage(position, stage)
            self._settle(wait=False)
        self._settle(wait=True)
        if self.job.complete:
            pages.write_index(self.job.params, self.folder, self.job.stages, self._behind)

    def manifest_text(self) -> str:
        """Returns the manifest of what lies in the folder now."""
        made = {name: digest for name, digest in outputs(self.folder).items() if not name.startswith("work/")}
        return manifest_text(self.job.params, self.read, self.fingerprints, made, pages.control_totals(self.folder))

    def _stage(self, position: int, stage: Stage) -> None:
        before = frame_hashes(self.folder)
        mark = fingerprint(stage, self.read, self.job.params.overrides, before)
        self.progress.started(stage, _cells(self.job.notebooks / f"{stage.name}.ipynb"))
        self.log.started(stage.name)
        note = "reused" if position < self.job.first and self._reuse(stage, mark) else "done"
        try:
            if note == "done":
                self._execute(position, stage, before)
            self._refuse_changed_inputs()
        except BaseException:
            self.progress.ended(stage, "failed")
            self.log.ended(stage.name, "failed")
            raise
        self.fingerprints[stage.name] = mark
        self._pages.append((stage, self._thread.submit(self._page, stage)))
        self.progress.ended(stage, note)
        self.log.ended(stage.name, note)

    def _refuse_changed_inputs(self) -> None:
        changed = self.read.changed(inputs(self.job.params, self.job.notebooks, self.job.stages))
        if changed:
            raise InputChangedError(changed)

    def _execute(self, position: int, stage: Stage, before: Mapping[str, str]) -> None:
        kernel = self._kernels.pop(position, None) or self._started(position)
        try:
            node, failure = self._executed(position, stage, kernel)
        finally:
            kernel.stop()
        if node is not None:
            written(node, self.folder / "notebooks" / f"{stage.name}.ipynb")
        failure = failure or frame_failure(stage, self.folder, before)
        if failure:
            raise self._failed(stage, failure)

    def _executed(self, position: int, stage: Stage, kernel: Kernel) -> tuple[NotebookNode | None, Failure | None]:
        try:
            kernel.wait()
        except RuntimeError as problem:
            return None, Failure(f"its kernel did not start: {problem}")
        if self.job.first <= position + 1 < len(self.job.stages):
            self._kernels[position + 1] = self._started(position + 1)
        notebook = self.job.notebooks / f"{stage.name}.ipynb"
        return executed(notebook, self.job.parameters, kernel, self.job.minutes, lambda: self.progress.advanced(stage))

    def _started(self, position: int) -> Kernel:
        stage = self.job.stages[position]
        told = {
            "AOP_ROOT": str(project_root()),
            "AOP_FOLDER": str(self.folder),
            "AOP_CYCLE": str(self.job.params.file.absolute()),
            "AOP_SET": json.dumps(dict(self.job.params.overrides)),
            "AOP_STAGE": json.dumps({"id": stage.id, "name": stage.name, "title": stage.title, "reads": stage.reads, "writes": stage.writes}),
        }
        return started(told, self.folder / "work", self.folder / "work" / f"{stage.name}.log")

    def _reuse(self, stage: Stage, mark: str) -> bool:
        """Copies a stage's frames and notebook from an earlier run that had the same fingerprint; returns whether there is one."""
        names = [*(f"frames/{name}.parquet" for name in stage.writes), f"notebooks/{stage.name}.ipynb"]
        for kind in (".failed", ".partial", ""):
            donor = self.job.company / kind / self.job.name
            found = manifest(donor)
            if found and found["stages"].get(stage.name) == mark and all(_intact(donor / name, found["outputs"].get(name)) for name in names):
                for name in names:
                    shutil.copyfile(donor / name, self.folder / name)
                self.reused.append(stage.name)
                return True
        return False

    def _page(self, stage: Stage) -> None:
        failure = contract_failure(stage, self.folder)
        if failure:
            raise self._failed(stage, failure)
        pages.write_stage_page(self.job.params, self.folder, stage, self._behind)

    def _settle(self, *, wait: bool) -> None:
        for _, page in self._pages:
            if wait or page.done():
                page.result()

    def _failed(self, stage: Stage, failure: Failure) -> StageFailedError:
        place = self.job.company / ".failed" / self.job.name / "notebooks" / f"{stage.name}.ipynb"
        return StageFailedError(stage.name, failure.cell, failure.reason, os.fspath(place), failure.exit_status)


def _intact(file: Path, digest: str | None) -> bool:
    return file.is_file() and file_hash(file) == digest


def _cells(notebook: Path) -> int:
    return len(json.loads(notebook.read_text(encoding="utf-8"))["cells"]) + 1
