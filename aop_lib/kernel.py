"""The process a stage's kernel runs under: `python -m aop_lib.kernel -f CONNECTION_FILE`.

It forks the kernel and waits. When the kernel ends, when it is told to end, or when the runner is gone (however it went),
it kills the kernel and everything the kernel has started, and ends. Nothing heavy is imported before the fork.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

SECONDS_BETWEEN_LOOKS = 0.5
BECOME_SUBREAPER = 36
WATCHED = {signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM, signal.SIGINT}


def main() -> NoReturn:
    """Runs a kernel until it ends, is told to, or loses its runner."""
    runner = int(os.environ["JPY_PARENT_PID"])
    _adopt_orphans()
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    supervisor = os.getpid()
    kernel = os.fork()
    if kernel == 0:
        _become_kernel(supervisor)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_BETWEEN_LOOKS, SECONDS_BETWEEN_LOOKS)
    while os.getppid() == runner and not _ended(kernel):
        if signal.sigwait(WATCHED) == signal.SIGTERM:
            break
    _kill_descendants()
    os._exit(1)


def descendants(root: int) -> list[int]:
    """Returns the processes that descend from one, as the system lists them now; none where it has no `/proc`."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            state, parent = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
            parents[int(entry.name)] = int(parent) if state != "Z" else 0
    found, added = {root}, {root}
    while added:
        added = {process for process, parent in parents.items() if parent in added} - found
        found |= added
    return sorted(found - {root})


def _become_kernel(supervisor: int) -> NoReturn:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    os.environ["JPY_PARENT_PID"] = str(supervisor)
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=sys.argv[1:])
    os._exit(0)


def _ended(kernel: int) -> bool:
    """Reaps whatever has ended, adopted orphans too, and returns whether the kernel is among it."""
    with contextlib.suppress(ChildProcessError):
        while True:
            process, _ = os.waitpid(-1, os.WNOHANG)
            if process == kernel:
                return True
            if process == 0:
                return False
    return True


def _kill_descendants() -> None:
    for _ in range(100):
        left = descendants(os.getpid())
        if not left:
            break
        for process in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        _ended(0)
    if not Path("/proc/self").exists():
        os.killpg(0, signal.SIGKILL)


def _adopt_orphans() -> None:
    """Makes this process the parent of what its descendants leave behind, so that daemons are found too (Linux)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
