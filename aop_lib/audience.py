"""Pages for readers who may see a part alone: an extract is made for them, and a process that holds nothing else makes their page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aop_lib.apart import pages_apart
from aop_lib.facts import cycle_facts
from aop_lib.load import Params
from aop_lib.plan.version_page import has_readers, version_extract
from aop_lib.plan.versions import plan_versions
from aop_lib.store import frame_file, read_frame

if TYPE_CHECKING:
    from aop_lib.params.drivers import Version

FRAMES = ("versions", "accounts", "lines", "kpis", "goals")


def versions_with_pages(params: Params) -> list[Version]:
    """Returns the versions that have a page of their own."""
    return [each for each in plan_versions(params) if has_readers(each)]


def write_version_pages(params: Params, folder: Path) -> list[str]:
    """Writes the page of each version that has readers, and returns their names; nothing where the frames are not there.

    Args:
        params: The cycle.
        folder: A run's folder, all stages done.
    """
    if not all(frame_file(folder, name).is_file() for name in FRAMES):
        return []
    frames = {name: read_frame(frame_file(folder, name), name) for name in FRAMES}
    for version in versions_with_pages(params):
        extract = version_extract(params, version, frames) | {"facts": version_facts(params, folder, version)}
        page = pages_apart({version.id: extract}, "aop_lib.version_process")[version.id]
        (folder / "reports" / f"{version.id}.html").write_text(page, encoding="utf-8")
    return [each.id for each in versions_with_pages(params)]


def version_facts(params: Params, folder: Path, version: Version) -> dict[str, Any]:
    """Returns what a version's page says about the cycle: how its metrics are read; assumptions that name a team are left out."""
    facts = asdict(cycle_facts(params, (folder,), f"{version.name} version"))
    labels = {params.metrics[name].label for name in (*version.kpis, *(_kpis(params, version)))}
    teams = [team.name for team in params.company.teams]
    readings = [each for each in facts["readings"] if each["label"] in labels]
    assumptions = [each for each in facts["assumptions"] if not any(name in each for name in teams)]
    return {**facts, "version": version.id, "readings": readings, "assumptions": assumptions}


def _kpis(params: Params, version: Version) -> Sequence[str]:
    told = {each.goal for each in version.goals}
    return [each.kpi for each in params.goals.goals if each.id in told]
