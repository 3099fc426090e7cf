"""The workbooks of a cycle written to a folder; one that somebody has filled in is never lost by accident."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, InputRefusedError, nearest
from aop_lib.load import Params, load
from aop_lib.places import project_root
from aop_lib.plan.saas_metrics import metric_frames
from aop_lib.plan.targets import targets
from aop_lib.sources.archive import SOURCE
from aop_lib.sources.snapshot import snapshot
from aop_lib.sources.table import Faults
from aop_lib.sources.workbook_in import sheet_table
from aop_lib.team_content import team_content
from aop_lib.team_workbook import HEADER_ROW, SHEETS
from aop_lib.template.book import workbook

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "templates"


@dataclass(frozen=True)
class TemplateFile:
    """One team's workbook.

    Attributes:
        team: Its id.
        file: Where it is, or would be, written.
        content: The workbook.
        state: What stands there already: `new`, `unchanged`, `empty` (an older one, not filled in) or `filled` (or not to be read as a workbook of ours).
    """

    team: str
    file: Path
    content: bytes
    state: str


def templates(params_file: Path, team: str = "", folder: Path | None = None) -> list[TemplateFile]:
    """Returns the workbook of every team that submits, or of one, each with what stands in its place; nothing is written.

    Targets and actuals come from the parameters and sources as they are now, so that a workbook never tells what has changed since a run.

    Args:
        params_file: The file of a planning cycle.
        team: One team's id; empty for all that submit.
        folder: Where they go; outputs/<company>/templates/<cycle> of the project by default.

    Raises:
        InputRefusedError: If the cycle is a review, the team is none that submits, or parameters or sources hold faults.
    """
    params = load(params_file)
    chosen = _chosen(params, team)
    place = folder or project_root() / "outputs" / params.company_id / FOLDER / params.id
    frames = template_frames(params)
    return [_file(params, each, frames, place) for each in chosen]


def template_frames(params: Params) -> dict[str, pd.DataFrame]:
    """Returns the frames that workbooks are made from: the snapshot of every source, and the targets of the year."""
    frames = snapshot(params)
    return frames | {"targets": targets(params, metric_frames(params, frames)["kpis"])}


def write_templates(files: list[TemplateFile], *, replace: bool = False) -> Iterator[TemplateFile]:
    """Writes workbooks one by one, and yields each when it is there; one that is unchanged is left alone.

    Args:
        files: What `templates` returned.
        replace: Whether workbooks that somebody has filled in are replaced.

    Raises:
        InputRefusedError: Before anything is written, if one was filled in and `replace` is not said.
    """
    kept = [each for each in files if each.state == "filled" and not replace]
    if kept:
        expected = "an empty template, or no file"
        raise InputRefusedError([Fault(str(each.file), "a workbook that somebody has filled in", expected, "move it, or say --replace") for each in kept])
    for each in files:
        if each.state != "unchanged":
            _write(each)
        yield each


def _write(each: TemplateFile) -> None:
    each.file.parent.mkdir(parents=True, exist_ok=True)
    beside = each.file.with_name(f".{each.file.name}.new")
    beside.write_bytes(each.content)
    os.replace(beside, each.file)  # noqa: PTH105  (one step, on every system)


def _chosen(params: Params, team: str) -> list[str]:
    if params.is_review:
        raise InputRefusedError([Fault(params.file.name, "a review", "a planning cycle, for which teams hand in requests and plans")])
    submits = [each.id for each in params.company.teams if each.submits]
    if team and team not in submits:
        raise InputRefusedError([Fault("--team", repr(team), f"a team that submits: {', '.join(submits)}{nearest(team, submits)}")])
    return [team] if team else submits


def _file(params: Params, team: str, frames: Mapping[str, pd.DataFrame], place: Path) -> TemplateFile:
    file, content = place / f"{params.id}_{team}.xlsx", workbook(team_content(params, team, frames))
    return TemplateFile(team, file, content, state(file, content))


def state(file: Path, content: bytes) -> str:
    """Returns what stands where a workbook would be written: `new`, `unchanged`, `empty` or `filled`, as TemplateFile says.

    Args:
        file: Where it would be written.
        content: The workbook.
    """
    if not file.exists():
        return "new"
    stands = file.read_bytes()
    if stands == content:
        return "unchanged"
    return "filled" if is_filled(stands) else "empty"


def is_filled(content: bytes) -> bool:
    """Returns whether anything stands in a cell that a team may fill in, or the workbook cannot be read as one of ours.

    Args:
        content: The whole file.
    """
    for sheet in SHEETS:
        titles = [column.title for column in sheet.columns if not column.is_computed]
        faults = Faults("")
        table = sheet_table(content, sheet.name, HEADER_ROW, titles, faults, SOURCE)
        if table is None or faults.all or not set(titles) <= {cell.text for cell in table.header}:
            return True
        if any(cell.text for row in table.rows for cell in row):
            return True
    return False
