"""Where a run meets its pages: what each page is given, and nothing of how it looks."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.audience import versions_with_pages, write_version_pages
from aop_lib.facts import cycle_facts
from aop_lib.frames import empty
from aop_lib.load import Params
from aop_lib.plan.owners import team_name
from aop_lib.stages import Stage
from aop_lib.store import frame_file, read_frame
from aop_lib.team_audience import write_team_pages

if TYPE_CHECKING:
    from aop_lib.folds import Behind
    from aop_lib.params.drivers import Version
    from aop_lib.report.html import StageEntry


def loaded() -> None:
    """Loads what makes pages, which takes a while, so that the first page need not wait for it."""
    importlib.import_module("aop_lib.report.html")


def write_stage_page(params: Params, folder: Path, stage: Stage, behind: Behind) -> None:
    """Writes a stage's page from its notebook as executed, with what stands behind its figures.

    Args:
        params: The cycle.
        folder: The run's folder.
        stage: The stage, done.
        behind: What stands behind its figures.
    """
    import nbformat

    from aop_lib.report import html

    notebook = nbformat.read(folder / "notebooks" / f"{stage.name}.ipynb", as_version=4)
    text = html.page(notebook, cycle_facts(params, (folder,), stage.title))
    (folder / "reports" / f"{stage.name}.html").write_text(behind.page(text), encoding="utf-8")


def write_index(params: Params, folder: Path, stages: Sequence[Stage], behind: Behind) -> None:
    """Writes the pages of versions that have readers and of teams, then the cycle's index from the first screens of all stages.

    Args:
        params: The cycle.
        folder: The run's folder, all stages done.
        stages: The stages.
        behind: What stands behind the figures.
    """
    from aop_lib.report import html
    from aop_lib.report.html import TeamEntry

    apart = write_version_pages(params, folder)
    messages = write_team_pages(params, folder, behind.known)
    teams = [TeamEntry(team, team_name(params, team), text, f"reports/teams/{team}.html") for team, text in messages.items()]
    stories = {name: _frame(folder, name) for stage in stages for name in stage.writes if name.endswith("_story")}
    trends = _frame(folder, "trends") if frame_file(folder, "trends").is_file() else None
    entries = [*(_entry(folder, stage, stories) for stage in stages), *(_version_entry(each) for each in versions_with_pages(params) if each.id in apart)]
    told = stories or {"budget_story": empty("budget_story")}
    text = html.index(cycle_facts(params, (folder,)), entries, told, trends, teams)
    (folder / "index.html").write_text(behind.page(text), encoding="utf-8")


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


def _version_entry(version: Version) -> StageEntry:
    from aop_lib.report.html import StageEntry

    return StageEntry(version.id, f"{version.name} version", "The page for readers who see this version alone", f"reports/{version.id}.html")


def _frame(folder: Path, name: str) -> pd.DataFrame:
    return read_frame(frame_file(folder, name), name)
