"""Where pages meet explanations: what a run knows of its figures so far, and the folds that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from aop_lib.explain import planned_cycle
from aop_lib.explained_places import written_places
from aop_lib.frames import FRAMES, empty
from aop_lib.load import Params
from aop_lib.manifest import Inputs
from aop_lib.places import shown
from aop_lib.plan.explanation import Known
from aop_lib.plan.figure_explanation import figure_node
from aop_lib.plan.figure_keys import FigureKey, key_of
from aop_lib.plan.shortened import shortened
from aop_lib.report.folds import Teller, with_folds
from aop_lib.sources.posted_rows import COLUMNS, frame_files
from aop_lib.store import frame_file, read_frame

COMMAND = "aop explain"


class WrittenFrames(dict[str, pd.DataFrame]):
    """Frames of a run's folder by name, read when they are asked for; one that no stage has written yet is empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, name: str) -> pd.DataFrame:
        """Reads a frame."""
        file = frame_file(self.folder, name)
        if not file.is_file():
            return empty(name)
        self[name] = read_frame(file, name)
        return self[name]

    def __contains__(self, name: object) -> bool:
        """Returns whether a stage has written it."""
        return name in FRAMES and frame_file(self.folder, str(name)).is_file()


class Behind:
    """What stands behind the figures of a run's pages; nothing is read before a page asks."""

    def __init__(self, params: Params, folder: Path, read: Inputs) -> None:
        self.params, self.folder, self.read = params, folder, read

    @cached_property
    def known(self) -> Known:
        """Everything that explanations are told from, as far as the run's stages have written it."""
        frames, planned, read = WrittenFrames(self.folder), planned_cycle(self.params), self.read
        files = {key: tuple(f"{name}  sha256 {read.sources.get(name, 'unknown')}" for name in names) for key, names in frame_files(self.params).items()}
        places = written_places(self.params, planned, frames["requests"], read.submissions)
        return Known(self.params, planned, frames, places, files, pd.DataFrame(columns=COLUMNS))

    def page(self, page: str) -> str:
        """Returns a page of the cycle's own people with what stands behind each figure that has a key.

        Args:
            page: The page as it was made.
        """
        command = f"{COMMAND} {shown(self.params.file, self.params.folder)}"
        return with_folds(page, Teller(lambda key: _told(self.known, key_of(key)), lambda source: self.known.files.get(source, ()), command))


def _told(known: Known, key: FigureKey) -> dict[str, Any] | None:
    node = figure_node(known, key)
    return None if node is None else shortened(node) | {"asked": " ".join(_asked(key))}


def _asked(key: FigureKey) -> Sequence[str]:
    """Returns what `aop explain` is asked for the same figure; nothing where it tells no more than the page."""
    if key.kind not in {"amount", "metric", "months"}:
        return []
    month = [f"--month {key.month}"] if key.month else []
    return [key.name, *([f"--team {key.team}"] if key.team else []), *month]
