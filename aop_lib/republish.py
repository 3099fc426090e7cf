"""A cycle's pages made again from its notebooks as executed, so that they say what has happened since: that it is frozen."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from aop_lib import pages
from aop_lib.folds import Behind
from aop_lib.load import Params
from aop_lib.manifest import inputs, manifest, manifest_text, outputs
from aop_lib.places import project_root
from aop_lib.publish import locked, publish, staging
from aop_lib.stages import STAGES, Stage


def pages_again(params: Params, root: Path, *, stages: Sequence[Stage] = STAGES, notebooks: Path | None = None) -> Path:
    """Publishes a cycle's pages again, its frames and notebooks unchanged, and returns the index.

    Args:
        params: The cycle.
        root: The folder of all companies' outputs.
        stages: The stages of the cycle.
        notebooks: Their folder; `notebooks` of the project by default.

    Raises:
        CycleBusyError: If a run of the cycle is under way.
    """
    company = root.absolute() / params.company_id
    with locked(company, params.id):
        folder = staging(company, params.id)
        try:
            _copied(company / params.id, folder)
            read = inputs(params, notebooks or project_root() / "notebooks", stages)
            behind = Behind(params, folder, read)
            for stage in stages:
                pages.write_stage_page(params, folder, stage, behind)
            pages.write_index(params, folder, stages, behind)
            made, ran = outputs(folder), manifest(company / params.id)["stages"]
            (folder / "manifest.json").write_text(manifest_text(params, read, ran, made, pages.control_totals(folder)), encoding="utf-8")
            publish(folder, company, params.id)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return company / params.id / "index.html"


def _copied(published: Path, folder: Path) -> None:
    shutil.rmtree(folder / "work")
    for part in ("frames", "notebooks"):
        shutil.copytree(published / part, folder / part, dirs_exist_ok=True)
