"""Where a run meets its pages: what each page is given, and nothing of how it looks."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.facts import cycle_facts
from aop_lib.frames import empty
from aop_lib.load import Params
from aop_lib.stages import Stage
from aop_lib.store import frame_file, read_frame

if TYPE_CHECKING:
    from aop_lib.report.html import StageEntry


def loaded() -> None:
    """Loads what makes pages, which takes a while, so that the first page need not wait for it."""
    importlib.import_module("aop_lib.report.html")


def write_stage_page(params: Params, folder: Path, stage: Stage) -> None:
    """Writes a stage's page from its notebook as executed."""
    import nbformat

    from aop_lib.report import html

    notebook = nbformat.read(folder / "notebooks" / f"{stage.name}.ipynb", as_version=4)
    text = html.page(notebook, cycle_facts(params, (folder,), stage.title))
    (folder / "reports" / f"{stage.name}.html").write_text(text, encoding="utf-8")


def write_index(params: Params, folder: Path, stages: Sequence[Stage]) -> None:
    """Writes the cycle's index from the first screens of all stages."""
    from aop_lib.report import html

    stories = {name: _frame(folder, name) for stage in stages for name in stage.writes if name.endswith("_story")}
    trends = _frame(folder, "trends") if frame_file(folder, "trends").is_file() else None
    entries = [_entry(folder, stage, stories) for stage in stages]
    told = stories or {"budget_story": empty("budget_story")}
    text = html.index(cycle_facts(params, (folder,)), entries, told, trends)
    (folder / "index.html").write_text(text, encoding="utf-8")


def control_totals(folder: Path) -> list[dict[str, str]]:
    """Returns the rows of the frame `control_totals` as texts; none where no stage has written it."""
    if not frame_file(folder, "control_totals").is_file():
        return []
    return [{str(column): str(value) for column, value in row.items()} for row in _frame(folder, "control_totals").to_dict("records")]


def _entry(folder: Path, stage: Stage, stories: Mapping[str, pd.DataFrame]) -> StageEntry:
    from aop_lib.report.html import StageEntry

    texts = [text for name in stage.writes if name in stories for text in stories[name].loc[stories[name]["kind"] == "message", "text"]]
    findings = sum(len(_frame(folder, name)) for name in stage.writes if name.endswith("_findings"))
    return StageEntry(stage.name, stage.title, texts[0] if texts else "", f"reports/{stage.name}.html", findings)


def _frame(folder: Path, name: str) -> pd.DataFrame:
    return read_frame(frame_file(folder, name), name)
