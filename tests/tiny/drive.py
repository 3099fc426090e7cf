"""Runs the tiny company as its own process, as `aop run` does: messages on stderr, the error's exit status.

python drive.py PARAMS_FILE OUTPUTS NOTEBOOKS [FROM]
"""

from __future__ import annotations

import sys
from pathlib import Path

from aop_lib.errors import AopError
from aop_lib.run import run
from aop_lib.stages import Stage

STAGES = (
    Stage("00", "00_teams", "Teams", (), ("teams", "source_findings")),
    Stage("01", "01_checks", "Checks", ("teams",), ("goal_story",)),
    Stage("02", "02_review", "Review", ("source_findings",), ("variance_findings",)),
)


def main() -> int:
    """Returns the exit status of one run."""
    params_file, outputs, notebooks, *first = sys.argv[1:]
    try:
        result = run(params_file, first[0] if first else None, None, Path(outputs), stages=STAGES, notebooks=Path(notebooks))
    except AopError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_status
    sys.stdout.write(f"open {result.index}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
