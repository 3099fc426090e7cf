"""Frozen plans: what was approved, bound by hash, and never anything else.

`approved/<cycle>/` holds the plan's frames, `manifest.json` (hash of frames, snapshot, parameters and submissions) and
`approval.json` (who approved it, and the code that made it). `approved/<cycle>.sha256`, kept apart, is the hash of the approval.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from aop_lib.errors import BaselineError, FreezeRefusedError
from aop_lib.frames import empty
from aop_lib.load import Params, load
from aop_lib.manifest import canonical, file_hash, inputs, manifest, text_hash
from aop_lib.places import project_root
from aop_lib.publish import synced, whole, written
from aop_lib.store import frame_file

APPROVAL = "approval.json"
MANIFEST = "manifest.json"
HASHED_ONLY = ("ledger", "mrr", "subscriptions", "opportunities", "people", "people_history", "quarantine")


def freeze(params_file: str | Path, by: str, outputs: Path | None = None) -> Path:
    """Freezes a published plan as the baseline of reviews and returns its folder.

    The frames that reviews need are copied; single postings, customers and people are bound by hash only, so that no
    salary lies among the parameters. The same plan again changes no byte.

    Args:
        params_file: The plan cycle's file.
        by: Who approved it; attribution, not authentication.
        outputs: Where cycles are published; `outputs` of the project by default.

    Raises:
        FreezeRefusedError: If the cycle is not published, is a review, was changed since, or is frozen differently.
    """
    params = load(params_file)
    published = Path(outputs or project_root() / "outputs") / params.company_id / params.id
    problems = _not_a_name(by) or _unfit(params, published)
    if problems:
        raise FreezeRefusedError(params.id, problems)
    folder, text = approved_folder(params, params.id), canonical(_bound(manifest(published)))
    if not folder.exists():
        _frozen(folder, published, text, by.strip())
    elif problems := _frozen_differently(folder, text, by.strip()):
        raise FreezeRefusedError(params.id, problems)
    return folder


def approved_folder(params: Params, cycle: str) -> Path:
    """Returns where the frozen plan of a cycle lies."""
    return params.folder / "approved" / cycle


def verified(folder: Path) -> list[str]:
    """Returns what is wrong with a frozen plan: every changed, missing or surplus file; nothing where it is whole.

    Defined as::

        <cycle>.sha256   the hash of approval.json, kept beside the folder
        approval.json    names the hash of manifest.json
        manifest.json    names the hash of every frame
    """
    if not folder.is_dir():
        return ["it was never frozen; run `aop freeze` on it first"]
    head = folder.with_name(f"{folder.name}.sha256")
    if not head.is_file() or not (folder / APPROVAL).is_file():
        return [f"{(head if not head.is_file() else folder / APPROVAL).name} is missing"]
    if head.read_bytes() != _head(folder).encode():
        return [f"{APPROVAL} is not the one that was signed: {head.name} names another"]
    if not (folder / MANIFEST).is_file():
        return [f"{MANIFEST} is missing"]
    if file_hash(folder / MANIFEST) != _approval(folder)["manifest"]:
        return [f"{MANIFEST} is not what was approved"]
    return _frame_problems(folder)


def is_frozen(params: Params, read: Mapping[str, Any]) -> bool:
    """Returns whether a cycle's inputs are those of its frozen plan.

    Args:
        params: The cycle.
        read: The inputs of a run, as its manifest holds them.
    """
    folder = approved_folder(params, params.id)
    return not params.overrides and not verified(folder) and manifest(folder)["inputs"] == _bound_inputs(read)


def baseline_file(params: Params, name: str) -> Path:
    """Returns the file of a frame of the frozen plan that a review stands on, once the whole plan is verified.

    Raises:
        BaselineError: If there is none, or it is no longer what was approved.
    """
    baseline = params.cycle.baseline
    if not baseline:
        raise BaselineError(params.id, ["this cycle names no baseline"])
    folder = approved_folder(params, baseline)
    problems = verified(folder)
    file = frame_file(folder, name)
    if not problems and not file.is_file():
        problems = [f"it has no frame {name!r}"]
    if problems:
        raise BaselineError(baseline, problems)
    return file


def imported_frame(name: str, budget: str, budgets: pd.DataFrame | None) -> pd.DataFrame:
    """Returns a frame of an imported baseline: its budget as one layer `imported`, or an empty frame of any other name.

    Args:
        name: The frame wanted.
        budget: The name under which the budget was imported.
        budgets: The frame `imported_budget`; None where another frame is wanted.

    Raises:
        BaselineError: If no budget of that name was imported.
    """
    if budgets is None:
        return empty(name)
    rows = budgets[budgets["budget"] == budget]
    if rows.empty:
        known = ", ".join(sorted(set(budgets["budget"]))) or "none"
        raise BaselineError(f"imported:{budget}", [f"no source imports a budget of that name; imported are: {known}"])
    return rows.drop(columns="budget").assign(layer="imported").reset_index(drop=True)


def _not_a_name(by: str) -> list[str]:
    fine = by.strip() and by.isprintable() and len(by) <= 80
    return [] if fine else [f"{by!r} is not a name of 1 to 80 printable characters; say who approved it"]


def _unfit(params: Params, published: Path) -> list[str]:
    if params.is_review:
        return ["it is a review; only plans are frozen"]
    found = manifest(published)
    if not found:
        return ["it is not published; run it to its end first"]
    if found["set"]:
        return ["it was run with --set; run it without"]
    if not whole(published):
        return ["its published files are not what its run wrote; run it again"]
    now = inputs(params, published / "notebooks", [])
    stale = [f"{name} changed after the run" for kind in ("parameters", "submissions") for name in _differing(found["inputs"][kind], getattr(now, kind))]
    return [*stale, "run it again, so that what is approved is what was published"] if stale else []


def _differing(left: Mapping[str, str], right: Mapping[str, str]) -> list[str]:
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _bound(found: Mapping[str, Any]) -> dict[str, Any]:
    frames = {name: digest for name, digest in found["outputs"].items() if name.startswith("frames/")}
    hashed = {f"frames/{name}.parquet" for name in HASHED_ONLY}
    return {
        **{key: found[key] for key in ("format", "company", "cycle", "kind", "seed", "last_closed_month", "as_of", "control_totals")},
        "inputs": _bound_inputs(found["inputs"]),
        "snapshot": {name: digest for name, digest in frames.items() if name in hashed},
        "outputs": {name: digest for name, digest in frames.items() if name not in hashed},
    }


def _bound_inputs(read: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: dict(read[kind]) for kind in ("parameters", "submissions", "sources")}


def _frozen(folder: Path, published: Path, text: str, by: str) -> None:
    partial = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "frames").mkdir(parents=True)
    for name in json.loads(text)["outputs"]:
        shutil.copyfile(published / name, partial / name)
    (partial / MANIFEST).write_text(text, encoding="utf-8")
    (partial / APPROVAL).write_text(canonical(_signed(manifest(published), text, by)), encoding="utf-8")
    synced(partial)
    written(folder.with_name(f"{folder.name}.sha256"), _head(partial, folder.name))
    partial.rename(folder)
    synced(folder)


def _signed(found: Mapping[str, Any], text: str, by: str) -> dict[str, Any]:
    made = {"code": found["inputs"]["code"], "notebooks": found["inputs"]["notebooks"], "versions": found["versions"]}
    return {"cycle": found["cycle"], "approved_by": by, "approved_on": f"{datetime.now(UTC):%Y-%m-%d}", "manifest": text_hash(text), "made_with": made}


def _frozen_differently(folder: Path, text: str, by: str) -> list[str]:
    if problems := verified(folder):
        return problems
    approved = _approval(folder)["approved_by"]
    if (folder / MANIFEST).read_text(encoding="utf-8") != text:
        return [f"another plan was frozen under this name by {approved}; an approved plan is never replaced"]
    return [] if approved == by else [f"it is already frozen, approved by {approved}"]


def _frame_problems(folder: Path) -> list[str]:
    expected: dict[str, str] = manifest(folder)["outputs"]
    present = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()} - {APPROVAL, MANIFEST}
    missing = [f"{name} is missing" for name in sorted(expected.keys() - present)]
    surplus = [f"{name} was never approved" for name in sorted(present - expected.keys())]
    changed = [f"{name} was changed after the approval" for name in sorted(expected.keys() & present) if file_hash(folder / name) != expected[name]]
    return missing + surplus + changed


def _approval(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / APPROVAL).read_text(encoding="utf-8"))
    return found


def _head(folder: Path, name: str = "") -> str:
    return f"{file_hash(folder / APPROVAL)}  {name or folder.name}/{APPROVAL}\n"
