"""Everything a cycle stands on, read and checked before anything is run: parameters, sources, submissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.load import Params, load

if TYPE_CHECKING:
    from aop_lib.sources.submissions import Submissions


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        faults: Every fault; parameters and sources stop a run, a team's file leaves its team out.
        text: What the command line prints.
    """

    faults: tuple[Fault, ...]
    text: str


def checked(params_file: Path, overrides: Mapping[str, str] | None = None) -> CheckReport:
    """Returns what a check of a cycle found, submissions included.

    Raises:
        InputRefusedError: If parameters or sources hold faults; the faults of submissions are listed with them.
    """
    params = load(params_file, overrides)
    handed_in = handed(params)
    faults = source_faults(params)
    if faults:
        raise InputRefusedError([*faults, *handed_in.faults])
    return CheckReport(handed_in.faults, _text(params, handed_in))


def refuse_faults(params_file: Path, overrides: Mapping[str, str] | None = None) -> Params:
    """Returns the parameters of a cycle that may run.

    Raises:
        InputRefusedError: If parameters or sources hold faults, or a submission does and the cycle says `submissions: stop`.
    """
    params = load(params_file, overrides)
    faults = source_faults(params)
    if params.cycle.submissions == "stop":
        faults += list(handed(params).faults)
    if faults:
        raise InputRefusedError(faults)
    return params


def source_faults(params: Params) -> list[Fault]:
    """Returns every fault that keeps a declared source from being read."""
    from aop_lib.sources import declared

    return declared.source_faults(params)


def handed(params: Params) -> Submissions:
    """Returns what teams have handed in, with every fault; rates are not needed to check it."""
    from aop_lib.sources.submissions import submissions

    return submissions(params)


def _text(params: Params, found: Submissions) -> str:
    lines = [f"{params.company.name}, {params.label}: {len(params.files)} parameter files and {len(params.company.sources)} sources are fine"]
    by_state = {state: [team.team for team in found.teams if team.state == state] for state in ("submitted", "submitted_empty", "refused", "missing")}
    for state, words in (("submitted", "sent requests"), ("submitted_empty", "sent an empty file"), ("refused", "refused"), ("missing", "missing")):
        if by_state[state]:
            lines.append(f"  {len(by_state[state])} {'team' if len(by_state[state]) == 1 else 'teams'} {words}: {', '.join(by_state[state])}")
    if params.decisions and not all(each.after for each in params.decisions):
        lines.append("  warning: decisions.yml is not sealed, so a changed entry would not be noticed; `aop decide PARAMS_FILE --seal` seals it once")
    lines += [f"  good: {name}" for name in found.good if found.faults]
    lines += [f"  warning: {warning}" for warning in found.warnings]
    if found.faults:
        count = len(found.faults)
        lines += [f"{count} {'fault' if count == 1 else 'faults'} in requests; a team whose file is refused is missing, never zero:"]
        lines += [f"  {fault}" for fault in InputRefusedError(found.faults).faults]
    return "\n".join(lines)
