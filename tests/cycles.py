"""The real cycles, run once per test session: the demo's plan, its frozen baseline and first review, and AdventureWorks."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aop_lib.baseline import freeze
from aop_lib.run import run

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


class Silent:
    """A progress that nobody watches."""

    def started(self, stage, cells) -> None:
        pass

    def advanced(self, stage) -> None:
        pass

    def ended(self, stage, note) -> None:
        pass


@dataclass(frozen=True)
class Cycles:
    """Published cycles in a folder that all workers of a session share; each is built when it is first asked for."""

    folder: Path

    @property
    def plan(self) -> Path:
        """The demo's published plan of FY2027."""
        return self._once("demo", self._demo) / "fy2027"

    @property
    def review(self) -> Path:
        """The demo's published review of the first quarter of FY2027."""
        return self._once("demo", self._demo) / "fy2027_q1"

    @property
    def adventureworks(self) -> Path:
        """The published review of AdventureWorks' fiscal year 2011."""
        if not (SHARED / "data" / "adventureworks").is_dir():
            pytest.skip("needs the real input at ../shared/data/adventureworks (see ../shared/data/README.md)")
        return self._once("adventureworks", self._adventureworks) / "fy2011"

    @property
    def params(self) -> Path:
        """The folder of parameters that the demo was built from; its `approved/` is written there."""
        return self.folder / "params"

    def _once(self, company: str, build: Callable[[], None]) -> Path:
        done = self.folder / f"{company}.done"
        with (self.folder / f"{company}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                done.write_text("its build failed; the first test that asked for it shows why")
                build()
                done.write_text("")
            elif failed := done.read_text():
                pytest.fail(f"{company}: {failed}")
        return self.folder / "outputs" / company

    def _demo(self) -> None:
        shutil.rmtree(self.params, ignore_errors=True)
        shutil.copytree(ROOT / "params" / "demo", self.params / "demo", ignore=shutil.ignore_patterns("approved"))
        shutil.copy(ROOT / "params" / "metrics.yml", self.params)
        self._run(self.params / "demo" / "fy2027.yml")
        freeze(self.params / "demo" / "fy2027.yml", "Finance, tests", self.folder / "outputs")
        self._run(self.params / "demo" / "fy2027_q1.yml")

    def _adventureworks(self) -> None:
        self._run(ROOT / "tests" / "real" / "adventureworks" / "fy2011.yml")

    def _run(self, file: Path) -> None:
        run(file, outputs=self.folder / "outputs", progress=Silent())
