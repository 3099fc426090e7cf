"""A cycle's folder: the parameters it stands on, the frames its stages hand on, the frozen plan it reviews."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.baseline import baseline_file, imported_frame
from aop_lib.errors import MissingFrameError, UndeclaredFrameError
from aop_lib.frames import FRAMES, conformed
from aop_lib.load import Params, load
from aop_lib.places import project_root
from aop_lib.stages import STAGES, Stage, writer
from aop_lib.store import frame_file, read_frame, write_frame

if TYPE_CHECKING:
    from aop_lib.report.blocks import Facts

IMPORTED = "imported:"


@dataclass(frozen=True)
class Cycle:
    """One planning or review round, as a notebook sees it.

    Attributes:
        params: Everything people decided for it.
        folder: Where its frames are written: the run's staging folder, or the draft of a notebook opened by hand.
        published: Where its frames are read when `folder` has no newer ones; None inside a run.
        stage: The stage that is running; None where it is not known, and then every frame may be read and written.
    """

    params: Params
    folder: Path
    published: Path | None = None
    stage: Stage | None = None

    def read(self, name: str) -> pd.DataFrame:
        """Returns a frame that an earlier stage wrote, held against its contract.

        Raises:
            UndeclaredFrameError: If `STAGES` does not let this stage read it.
            MissingFrameError: If no stage has written it here.
            FrameError: If it breaks its contract.
        """
        self._declared("read", name, self.stage.reads if self.stage else FRAMES)
        places = [self.folder, *([self.published] if self.published else [])]
        files = [file for folder in places if (file := frame_file(folder, name)).is_file()]
        if not files:
            raise MissingFrameError(name, _shown(places[-1]), writer(name))
        return read_frame(max(files, key=lambda file: file.stat().st_mtime_ns), name)

    def write(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Writes a frame for later stages, in its contract's order and types.

        Returns:
            The frame as later stages will read it.

        Raises:
            UndeclaredFrameError: If `STAGES` does not let this stage write it.
            FrameError: If it breaks its contract.
        """
        self._declared("write", name, self.stage.writes if self.stage else FRAMES)
        return write_frame(frame_file(self.folder, name), name, frame)

    def write_all(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """Writes frames by name, as `write` does; nothing is written when one of them breaks its contract."""
        typed = {name: conformed(name, frame) for name, frame in frames.items()}
        for name, frame in typed.items():
            self.write(name, frame)

    def frozen(self, *names: str) -> dict[str, pd.DataFrame] | None:
        """Returns frames of the frozen plan that a review stands on; None in a plan cycle, which has none yet."""
        return {name: self.baseline_frame(name) for name in names} if self.params.is_review else None

    def baseline_frame(self, name: str) -> pd.DataFrame:
        """Returns a frame of the frozen plan that this cycle reviews, after its hashes were verified.

        A baseline `imported:NAME` is the imported budget of that name: its `budget` frame is made of those rows, one
        layer `imported`; of every other frame it has none, so an empty one is returned.

        Raises:
            BaselineError: If the cycle has no baseline, it was never frozen, or it is no longer what was approved.
        """
        baseline = self.params.cycle.baseline or ""
        if baseline.startswith(IMPORTED):
            budgets = self._imported_of_the_year() if name == "budget" else None
            return imported_frame(name, baseline.removeprefix(IMPORTED), budgets)
        return read_frame(baseline_file(self.params, name), name)

    @property
    def facts(self) -> Facts:
        """What every page says about the cycle, as far as its stages have run."""
        from aop_lib.facts import cycle_facts

        folders = (self.folder, *([self.published] if self.published else []))
        return cycle_facts(self.params, folders, self.stage.title if self.stage else "")

    def _imported_of_the_year(self) -> pd.DataFrame:
        budgets = self.read("imported_budget")
        return budgets[budgets["month"].isin(self.params.year_months)]

    def _declared(self, verb: str, name: str, allowed: Collection[str]) -> None:
        if name not in allowed or name not in FRAMES:
            stage = self.stage.name if self.stage else "(opened by hand)"
            raise UndeclaredFrameError(stage, verb, name, [each for each in allowed if each in FRAMES])


def open_cycle(cycle_file: str | Path) -> Cycle:
    """Returns the cycle of a parameter file, wherever the notebook was started from.

    A relative path counts from the project's root. Inside a run (`AOP_FOLDER` is set) frames go to the run's staging
    folder. In JupyterLab they are read from what is published and written to a draft beside it.

    Args:
        cycle_file: The cycle's file, e.g. `params/demo/fy2027.yml`.

    Raises:
        InputRefusedError: With every fault of every parameter file.
    """
    overrides: dict[str, str] = json.loads(os.environ.get("AOP_SET", "{}"))
    params = load(_running_file(str(cycle_file)), overrides)
    if os.environ.get("AOP_FOLDER"):
        return Cycle(params, Path(os.environ["AOP_FOLDER"]), None, running_stage())
    company = outputs_root() / params.company_id
    return Cycle(params, company / ".draft" / params.id, company / params.id, running_stage())


def _running_file(cycle_file: str) -> str:
    """Returns where the cycle's file lies: a run names it the same on every machine and says in `AOP_CYCLE` where it is."""
    running = os.environ.get("AOP_CYCLE", "")
    return running if f"/{running}".endswith(f"/{cycle_file}") else cycle_file


def outputs_root() -> Path:
    """Returns the folder of all companies' outputs: `AOP_OUTPUTS`, else `outputs` under the project's root."""
    return Path(os.environ.get("AOP_OUTPUTS") or project_root() / "outputs")


def running_stage() -> Stage | None:
    """Returns the stage that is running: the runner says it in `AOP_STAGE`, JupyterLab names the notebook; else None."""
    if os.environ.get("AOP_STAGE"):
        told = json.loads(os.environ["AOP_STAGE"])
        return Stage(told["id"], told["name"], told["title"], tuple(told["reads"]), tuple(told["writes"]))
    notebook = Path(os.environ.get("JPY_SESSION_NAME", "")).stem
    return next((each for each in STAGES if each.name == notebook), None)


def _shown(folder: Path) -> str:
    return "/".join(folder.parts[-2:])
