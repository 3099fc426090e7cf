"""What `aop diff` compares, read from where it lies: a published cycle, a version or scenario of it, a frozen plan."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from aop_lib import money
from aop_lib.baseline import APPROVAL, verified
from aop_lib.errors import Fault, FrameError, InputRefusedError, nearest
from aop_lib.load import Params, load
from aop_lib.manifest import file_hash, manifest
from aop_lib.parameter_keys import parameter_keys
from aop_lib.places import project_root, resolved, shown
from aop_lib.plan.carry_forward import PLACE
from aop_lib.plan.difference_words import difference_text
from aop_lib.plan.differences import Change, Plan, differences, operating_profits
from aop_lib.plan.versions import change_effects, change_words
from aop_lib.publish import whole
from aop_lib.store import frame_file, read_frame
from aop_lib.yamlfile import read_yaml

NEEDED = ("budget", "accounts", "lines", "teams")
COMPARED = ("goals", "targets", "driver_values", "request_status")
OVERLAYS = {"versions": "version", "scenarios": "scenario"}


@dataclass(frozen=True)
class Reference:
    """One side of a comparison as it was named.

    Attributes:
        text: `params/demo/fy2027.yml@investor`.
        folder: Where its frames lie.
        params: Its parameters; None where they cannot be told from what is kept.
        overlay: The version or scenario; empty for the budget itself.
        is_frozen: Whether it is a frozen plan.
        notes: What does not match between its parameters and its frames.
    """

    text: str
    folder: Path
    params: Params | None
    overlay: str = ""
    is_frozen: bool = False
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the comparison calls it."""
        kind = "frozen plan" if self.is_frozen else "published cycle"
        return ", ".join([self.text, kind, *self.notes])


@dataclass(frozen=True)
class Difference:
    """What was found: every difference, and what it says in words."""

    rows: pd.DataFrame
    text: str


def compared(a: str, b: str, outputs: Path | None = None, *, is_all: bool = False) -> Difference:
    """Returns the differences between two plans, versions, scenarios or cycles.

    Args:
        a: What is compared with: a cycle's file, `FILE@VERSION`, `FILE@SCENARIO`, or the folder of a published cycle or frozen plan, with or without `@`.
        b: What is compared.
        outputs: Where cycles are published; `outputs` of the project by default.
        is_all: Whether the text tells every difference.

    Raises:
        InputRefusedError: If a side is not there, was changed since it was made, or is in another currency.
    """
    root = Path(outputs or project_root() / "outputs")
    sides = [reference(each, root) for each in (a, b)]
    plans = [plan(each) for each in sides]
    if plans[0].currency and plans[1].currency and plans[0].currency != plans[1].currency:
        raise InputRefusedError([Fault(b, plans[1].currency, f"{plans[0].currency}, the currency of {a}", "amounts in two currencies are not compared")])
    found = differences(plans[0], plans[1])
    return Difference(found, difference_text(found, (sides[0].name, sides[1].name), operating_profits(plans[0], plans[1]), is_all=is_all))


def reference(text: str, outputs: Path) -> Reference:
    """Returns what a text names.

    Raises:
        InputRefusedError: If it names nothing that is published or frozen and whole.
    """
    path, overlay = _split(text)
    if path.is_dir():
        is_frozen = (path / APPROVAL).is_file()
        folder = path
    else:
        params = load(path)
        folder, is_frozen = outputs / params.company_id / params.id, False
    if problems := verified(folder) if is_frozen else _unfit(folder, path):
        raise InputRefusedError([Fault(text, problem, "a published cycle or a frozen plan, whole", "aop run it to its end first") for problem in problems])
    told, notes = _told(folder, None if path.is_dir() else path, is_frozen=is_frozen)
    return Reference(text, folder, told, overlay, is_frozen, notes)


def _split(text: str) -> tuple[Path, str]:
    if "@" not in text or resolved(text).exists():
        return resolved(text), ""
    path, _, overlay = text.rpartition("@")
    return resolved(path), overlay


def _unfit(folder: Path, path: Path) -> list[str]:
    if not manifest(folder):
        return [f"nothing published of {path.stem}"]
    return [] if whole(folder) else ["files that are not what its run wrote"]


def _told(folder: Path, file: Path | None, *, is_frozen: bool) -> tuple[Params | None, tuple[str, ...]]:
    """Returns the parameters that a published or frozen folder was made from, as they are now, and what has changed in them since."""
    found = manifest(folder)
    file = file or _cycle_file(folder, found["cycle"], list(found["inputs"]["parameters"]), is_frozen=is_frozen)
    if file is None:
        return None, ("its parameters are not at hand and are not compared",)
    try:
        params = load(file, dict(found.get("set", {})))
    except InputRefusedError:
        return None, ("its parameters can no longer be read and are not compared",)
    read = found["inputs"]["parameters"]
    changed = sorted(name for name in read.keys() | params.files.keys() if name not in params.files or read.get(name) != file_hash(params.files[name]))
    return params, ((f"parameters as they are now, changed since: {', '.join(changed)}",) if changed else ())


def _cycle_file(folder: Path, cycle: str, names: list[str], *, is_frozen: bool) -> Path | None:
    beside = folder.absolute().parent.parent / f"{cycle}.yml"
    places = [beside] if is_frozen else [resolved(name) for name in names if name.endswith(f"/{cycle}.yml")]
    return next((each for each in places if each.is_file()), None)


def plan(side: Reference) -> Plan:
    """Returns a side with everything that is compared.

    Raises:
        InputRefusedError: If it lacks the budget, or has no version or scenario of that name.
    """
    frames = {name: frame for name in (*NEEDED, *COMPARED) if (frame := _frame(side, name)) is not None}
    if missing := [name for name in NEEDED if name not in frames]:
        expected = "a cycle that was run to its end by this version of aop"
        raise InputRefusedError([Fault(side.text, f"no frame {name!r} that can be read", expected) for name in missing])
    params = side.params
    currency = params.company.reporting_currency if params else ""
    aggregates = {name: each.aggregate for name, each in params.metrics.items()} if params else {}
    amounts = _amounts(side, frames["budget"])
    if "goals" in frames:
        frames["goals"] = _version_goals(side, frames["goals"])
    return Plan(currency, amounts, frames, aggregates, _changes(side, frames), parameter_keys(params) if params else {})


def _frame(side: Reference, name: str) -> pd.DataFrame | None:
    file = frame_file(side.folder, name)
    try:
        return read_frame(file, name) if file.is_file() else None
    except FrameError:
        return None


def _amounts(side: Reference, budget: pd.DataFrame) -> pd.DataFrame:
    if not side.overlay:
        return money.sums(budget, [*PLACE, "month"])
    known: set[str] = set()
    for name, column in OVERLAYS.items():
        frame = _frame(side, name)
        if frame is not None:
            known |= set(frame[column])
            own = frame[frame[column] == side.overlay]
            if len(own):
                return own.drop(columns=column).reset_index(drop=True)
    fault = Fault(side.text, repr(side.overlay), f"a version or scenario of the cycle: {', '.join(sorted(known)) or 'none'}{nearest(side.overlay, known)}")
    raise InputRefusedError([fault])


def _version_goals(side: Reference, goals: pd.DataFrame) -> pd.DataFrame:
    """Returns the goals with the words and targets of the version that is compared."""
    version = next((each for each in side.params.versions if each.id == side.overlay), None) if side.params else None
    own = {each.goal: each for each in version.goals} if version else {}
    targets: list[Any] = [own[goal].target if goal in own else target for goal, target in zip(goals["goal"], goals["target"], strict=True)]
    return goals.assign(target=targets)


def _changes(side: Reference, frames: dict[str, pd.DataFrame]) -> tuple[Change, ...]:
    params = side.params
    if params is None or not side.overlay:
        return ()
    overlays = [each for each in (*params.versions, *params.scenarios) if each.id == side.overlay]
    found = change_effects(overlays, params, frames["budget"], frames["accounts"], frames["lines"], _frame(side, "overlay_paths"))
    summed = money.sums(found, ["position", "what"], "effect") if len(found) else found
    places = _places(params, frames["accounts"])
    return tuple(Change(str(row["what"]), places.get(str(row["what"]).split("; ")[0], ""), Decimal(row["effect"])) for row in summed.to_dict("records"))


def _places(params: Params, accounts: pd.DataFrame) -> dict[str, str]:
    """Returns where each change of the cycle's versions and scenarios is written, `file:line`, by its words."""
    found: dict[str, str] = {}
    for overlay in (*params.scenarios, *params.versions):
        file = params.folder / f"{type(overlay).__name__.lower()}s" / f"{overlay.id}.yml"
        document = read_yaml(file, shown(file, params.folder))
        found |= {change_words(params, each, accounts): document.where(("changes", index)) for index, each in enumerate(overlay.changes)}
    return found


def write_rows(rows: pd.DataFrame, file: Path) -> None:
    """Writes every difference as CSV, no text of which a spreadsheet takes for a formula.

    Raises:
        InputRefusedError: If the file cannot be written.
    """
    from aop_lib.report.exports import write_csv

    try:
        write_csv(rows, file)
    except OSError as problem:
        raise InputRefusedError([Fault(str(file), problem.strerror or str(problem), "a file that can be written")]) from problem
