"""What `aop verify` says: that a frozen plan is whole, or which file is not, and what has changed around it since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aop_lib.baseline import APPROVAL, approved_folder, verified
from aop_lib.load import Params, load
from aop_lib.manifest import inputs, manifest
from aop_lib.places import project_root
from aop_lib.plan.wording import counted

KINDS = (("parameters", "parameter"), ("submissions", "submission"), ("sources", "source"))


@dataclass(frozen=True)
class Verification:
    """What was found of one frozen plan.

    Attributes:
        problems: Every changed, missing or surplus frozen file; nothing where the plan is whole.
        notes: What changed since the approval without touching the frozen plan: inputs, published frames, restatements.
        text: What the command line prints.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    text: str


def verification(params_file: str | Path, outputs: Path | None = None) -> Verification:
    """Returns whether the plan of a cycle, or the one that a review stands on, is what was approved.

    Args:
        params_file: The cycle's file, a plan or a review.
        outputs: Where cycles are published; `outputs` of the project by default. What is published there is compared as well, where it is there.

    Raises:
        InputRefusedError: With every fault of every parameter file.
    """
    params = load(params_file)
    plan = (params.cycle.baseline or "") if params.is_review else params.id
    if plan.startswith("imported:"):
        return _told(plan, [f"{plan} was imported, not frozen: there is no approval to hold it against"], [], "")
    folder = approved_folder(params, plan)
    problems = verified(folder)
    if problems:
        return _told(plan, problems, [], "")
    notes = _restated(params, plan)
    if plan_file := _plan_file(params, plan):
        notes = [*_since(load(plan_file), manifest(folder)), *_published(params, plan, manifest(folder), outputs), *notes]
    return _told(plan, [], notes, _whole(folder))


def _told(plan: str, problems: list[str], notes: list[str], whole: str) -> Verification:
    lines = [f"{plan}: {whole}"] if not problems else [f"{plan} is not what was approved:", *(f"  - {each}" for each in problems)]
    lines += ["since the approval changed, which leaves the frozen plan as it is:", *(f"  - {each}" for each in notes)] if notes else []
    return Verification(tuple(problems), tuple(notes), "\n".join(lines))


def _whole(folder: Path) -> str:
    approval: dict[str, Any] = json.loads((folder / APPROVAL).read_text(encoding="utf-8"))
    files = counted(len(manifest(folder)["outputs"]), "frame")
    return f"nothing moved; approved by {approval['approved_by']} on {approval['approved_on']}, {files}, the manifest and the approval are as they were signed"


def _plan_file(params: Params, plan: str) -> Path | None:
    file = params.folder / f"{plan}.yml"
    return file if file.is_file() else None


def _since(plan: Params, bound: Mapping[str, Any]) -> list[str]:
    now = inputs(plan, project_root() / "notebooks", [])
    return [f"{what} {line}" for kind, what in KINDS for line in _differences(bound["inputs"][kind], getattr(now, kind))]


def _published(params: Params, plan: str, bound: Mapping[str, Any], outputs: Path | None) -> list[str]:
    made = manifest(Path(outputs or project_root() / "outputs") / params.company_id / plan).get("outputs")
    if made is None:
        return []
    approved = {**bound["outputs"], **bound["snapshot"]}
    return [f"published {line}" for line in _differences(approved, {name: digest for name, digest in made.items() if name.startswith("frames/")})]


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    words = {(True, True): "was changed", (True, False): "is gone", (False, True): "is new"}
    return [f"{name} {words[name in before, name in now]}" for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]


def _restated(params: Params, plan: str) -> list[str]:
    own = sorted((each for each in params.restatements if each.plan == plan), key=lambda each: (each.on, each.id))
    return [f"restated on {each.on} by {each.by}: {each.name} (restatements/{each.id}.yml)" for each in own]
