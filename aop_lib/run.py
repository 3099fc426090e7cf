"""A cycle run as a transaction: every stage judged, then everything published in one step, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from aop_lib.attempt import Attempt, Job
from aop_lib.baseline import approved_folder, verified
from aop_lib.errors import BaselineError, Fault, InputRefusedError, NotPublishedError, StageFailedError, nearest
from aop_lib.kernels import forget_dead_sockets
from aop_lib.load import load
from aop_lib.notebook_files import notebook_faults
from aop_lib.places import project_root
from aop_lib.progress import Progress
from aop_lib.progress import shown as shown_progress
from aop_lib.publish import kept, locked, publish, staging
from aop_lib.runlog import RunLog
from aop_lib.stages import STAGES, Stage


@dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Attributes:
        folder: The published cycle, or where a part of a cycle is kept.
        index: The page to open; None for a part of a cycle.
        reused: The stages that were taken from an earlier run because nothing they stand on had changed.
    """

    folder: Path
    index: Path | None
    reused: tuple[str, ...] = ()


def run(
    params_file: str | Path,
    first: str | None = None,
    last: str | None = None,
    outputs: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    *,
    stages: Sequence[Stage] = STAGES,
    notebooks: Path | None = None,
    minutes: float | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Runs a cycle and publishes it whole, or leaves what was published as it was.

    Args:
        params_file: The cycle's file.
        first: The stage to start with, such as `03`; earlier ones are reused where nothing they stand on has changed.
        last: The stage to stop after; then nothing is published and the part is kept in `.partial/<cycle>`.
        outputs: Where cycles are published; `outputs` of the project by default.
        overrides: What `--set` changes; such a run is published apart, as `<cycle>--set-<hash>`.
        stages: The stages of a cycle.
        notebooks: Their folder; `notebooks` of the project by default.
        minutes: The wall-clock limit of each stage; the cycle's `stage_minutes` by default.
        progress: Who is told how it goes; the terminal by default.

    Raises:
        InputRefusedError: If parameters, stage names or notebooks have faults; nothing has run then.
        BaselineError: If the plan that is reviewed is not frozen, or no longer what was approved.
        CycleBusyError: If another run of the cycle is under way.
        InputChangedError: If an input changed while the run was under way.
        StageFailedError: If a stage failed; its notebook and what came before are kept in `.failed/<cycle>`.
        NotPublishedError: If the system refused to write, such as on a full disk.
    """
    params = load(params_file, overrides)
    wanted = _wanted(stages, first, last)
    root = Path(outputs or project_root() / "outputs").absolute()
    job = Job(
        params,
        wanted[0],
        wanted[1],
        wanted[0] == tuple(stages),
        Path(notebooks or project_root() / "notebooks").absolute(),
        root / params.company_id,
        params.cycle.stage_minutes if minutes is None else minutes,
    )
    _refuse(job)
    with ExitStack() as stack:
        told = progress or stack.enter_context(shown_progress(job.stages))
        try:
            stack.enter_context(locked(job.company, job.name))
            return _run(job, told)
        except OSError as problem:
            raise NotPublishedError(job.name, problem) from problem


def _wanted(stages: Sequence[Stage], first: str | None, last: str | None) -> tuple[tuple[Stage, ...], int]:
    begin = _position(stages, "--from", first) if first else 0
    end = _position(stages, "--to", last) if last else len(stages) - 1
    if begin > end:
        raise InputRefusedError([Fault("--from", str(first), f"a stage that does not come after --to {last}")])
    return tuple(stages[: end + 1]), begin


def _position(stages: Sequence[Stage], option: str, name: str) -> int:
    for position, stage in enumerate(stages):
        if name in {stage.id, stage.name}:
            return position
    names = [stage.name for stage in stages]
    raise InputRefusedError([Fault(option, repr(name), f"one of {', '.join(names)}{nearest(name, names)}")])


def _refuse(job: Job) -> None:
    faults = [
        fault for stage in job.stages for fault in notebook_faults(job.notebooks / f"{stage.name}.ipynb", f"notebooks/{stage.name}.ipynb", job.parameters)
    ]
    if faults:
        raise InputRefusedError(faults)
    baseline = job.params.cycle.baseline
    if baseline and not baseline.startswith("imported:") and (problems := verified(approved_folder(job.params, baseline))):
        raise BaselineError(baseline, problems)


def _run(job: Job, progress: Progress) -> RunResult:
    folder = staging(job.company, job.name)
    forget_dead_sockets()
    log = RunLog(job.company / ".log", job.name)
    try:
        with Attempt(job, folder, progress, log) as attempt:
            attempt.all_stages()
        (folder / "manifest.json").write_text(attempt.manifest_text(), encoding="utf-8")
        shutil.rmtree(folder / "work")
        reused = tuple(attempt.reused)
        if not job.complete:
            return RunResult(kept(folder, job.company / ".partial" / job.name), None, reused)
        publish(folder, job.company, job.name)
        shutil.rmtree(job.company / ".failed" / job.name, ignore_errors=True)
        return RunResult(job.company / job.name, job.company / job.name / "index.html", reused)
    except StageFailedError:
        with suppress(OSError):
            (folder / "manifest.json").write_text(attempt.manifest_text(), encoding="utf-8")
        kept(folder, job.company / ".failed" / job.name)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        log.close()
