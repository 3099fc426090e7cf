"""Kernels for stages: each fresh, started and warmed while the stage before it runs, gone when the run is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aop_lib.kernel import descendants

if TYPE_CHECKING:
    from jupyter_client.asynchronous.client import AsyncKernelClient
    from jupyter_client.manager import AsyncKernelManager

READY_SECONDS = 120
STOP_SECONDS = 2.0
SOCKETS = "aop-ipc-"
PACKAGES = Path(__file__).resolve().parent.parent
WARM = """
import contextlib, importlib
for name in ("pandera.pandas", "matplotlib.pyplot", "aop_lib.cycle", "aop_lib.report.charts", "aop_lib.report.tables"):
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
del contextlib, importlib, name
"""
ALWAYS = {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "LANG": "C.UTF-8",
    "SOURCE_DATE_EPOCH": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
NEVER = ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "JPY_SESSION_NAME", "AOP_OUTPUTS")


@dataclass(frozen=True)
class Kernel:
    """A kernel under way, with the one client that may use it.

    Attributes:
        manager: What watches its process.
        client: What talks to it; used by one notebook, then never again.
        sockets: The folder of its sockets and of its own settings.
    """

    manager: AsyncKernelManager
    client: AsyncKernelClient
    sockets: Path

    @property
    def process(self) -> int:
        """The supervising process, which is also the process group of everything the kernel starts."""
        return int(self.manager.provisioner.pid)

    def wait(self) -> None:
        """Waits until the kernel answers, its libraries imported.

        Raises:
            RuntimeError: If it dies first or does not answer in time.
        """
        _now(self.client.wait_for_ready(timeout=READY_SECONDS))

    def kill(self) -> None:
        """Ends the kernel and everything it has started; may be called from any thread, more than once."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGTERM)

    def stop(self) -> None:
        """Ends the kernel and everything it has started, and waits until all of it is gone."""
        family = [self.process, *descendants(self.process)]
        self.kill()
        limit = time.monotonic() + STOP_SECONDS
        while time.monotonic() < limit and _now(self.manager.is_alive()):
            time.sleep(0.01)
        for process in family:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        self.client.stop_channels()
        _now(self.manager.cleanup_resources())
        shutil.rmtree(self.sockets, ignore_errors=True)


def started(environment: Mapping[str, str], folder: Path, log: Path) -> Kernel:
    """Returns a kernel that is starting and will import the libraries silently; it does not wait for it.

    Args:
        environment: What the stage is told, beside the fixed settings that make its output the same everywhere.
        folder: Its working directory.
        log: Where it writes what no cell shows, such as the last words of a crash.
    """
    from jupyter_client.manager import AsyncKernelManager

    sockets = Path(tempfile.mkdtemp(prefix=f"{SOCKETS}{os.getpid()}-"))
    (sockets / "matplotlibrc").touch()
    manager = AsyncKernelManager(kernel_spec_manager=_this_python(), transport="ipc", ip=str(sockets / "k"), connection_file=str(sockets / "k.json"))
    own = {"IPYTHONDIR": str(sockets), "MATPLOTLIBRC": str(sockets / "matplotlibrc"), "PYTHONPATH": str(PACKAGES)}
    inherited = {key: value for key, value in os.environ.items() if key not in NEVER}
    with log.open("ab") as stream:
        _now(manager.start_kernel(env={**inherited, **ALWAYS, **own, **environment}, cwd=str(folder), stdout=stream, stderr=stream))
    client = manager.client()
    client.start_channels()
    client.execute(WARM, silent=True, store_history=False)
    return Kernel(manager, client, sockets)


def forget_dead_sockets() -> None:
    """Removes the socket folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SOCKETS}*"):
        owner = re.fullmatch(rf"{SOCKETS}(\d+)-.*", folder.name)
        if owner and folder.stat().st_uid == os.getuid() and not _alive(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _this_python() -> Any:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class ThisPython(KernelSpecManager):  # type: ignore[misc]
        """Knows one kernel: this interpreter, whatever else is installed for the user."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
            command = [sys.executable, "-P", "-m", "aop_lib.kernel", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python")

    return ThisPython()


def _now(awaitable: Any) -> Any:
    from jupyter_core.utils import run_sync

    async def answer() -> Any:
        return await awaitable if asyncio.iscoroutine(awaitable) or asyncio.isfuture(awaitable) else awaitable

    return run_sync(answer)()
