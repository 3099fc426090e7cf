"""How fast the command line answers: `aop --help` (aim: under 0.3 s) and `aop check` of the demo (aim: under 1.5 s).

python benchmarks/start.py [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "aop --help": (["--help"], 0.3),
    "aop check params/demo/fy2027.yml": (["check", "params/demo/fy2027.yml"], 1.5),
}


def seconds(arguments: list[str]) -> float:
    """Returns how long one call takes, in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "aop_lib.cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"aop {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return taken


def main(rounds: int) -> None:
    """Prints the median of each command, after one call that fills the caches."""
    for name, (arguments, aim) in COMMANDS.items():
        seconds(arguments)
        median = statistics.median(seconds(arguments) for _ in range(rounds))
        print(f"{name:36} {median:5.2f} s (aim: under {aim} s), median of {rounds}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
