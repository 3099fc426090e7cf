"""Pages made apart: each by a process of its own that holds one extract and nothing else.

The library is loaded once, by a process that reads no extract; it forks a child for each page, which enters that page's folder. Where
a system cannot fork, each page gets a fresh interpreter.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CODE = Path(__file__).resolve().parent
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE")
PATIENCE = 120
DONE = "done"


def pages_apart(extracts: Mapping[str, Mapping[str, Any]], module: str) -> dict[str, str]:
    """Returns the page that a process of its own makes of each extract; it is given no other file, setting or folder.

    Args:
        extracts: By name, what the readers of a page may see, as plain texts and numbers.
        module: The module whose `main` reads `extract.json` in its folder and writes `page.html`.

    Raises:
        subprocess.CalledProcessError: If a process fails, which only a fault in the library can make it do.
    """
    root = Path(tempfile.mkdtemp(prefix="aop-"))
    told = {name: os.environ[name] for name in KEPT if name in os.environ} | {"PYTHONPATH": str(CODE.parent), "MPLCONFIGDIR": str(root)}
    command = [sys.executable, "-m", "aop_lib.apart", module]
    try:
        with subprocess.Popen(command, cwd=root, env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603
            pages = {name: _page(server, root / str(place), extract) for place, (name, extract) in enumerate(extracts.items())}
            _, errors = server.communicate(timeout=PATIENCE)
        failed = [name for name, page in pages.items() if page is None]
        if failed:
            raise subprocess.CalledProcessError(server.returncode or 1, command, ", ".join(failed), errors)
        return {name: page for name, page in pages.items() if page is not None}
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _page(server: subprocess.Popen[str], place: Path, extract: Mapping[str, Any]) -> str | None:
    """Returns the page of one extract, None where it failed; no other extract lies anywhere while it is made."""
    if server.stdin is None or server.stdout is None or server.poll() is not None:
        return None
    place.mkdir()
    (place / "extract.json").write_text(json.dumps(extract, sort_keys=True, ensure_ascii=False), encoding="utf-8")
    server.stdin.write(f"{place}\n")
    server.stdin.flush()
    done = server.stdout.readline().strip() == DONE
    page = (place / "page.html").read_text(encoding="utf-8") if done else None
    shutil.rmtree(place, ignore_errors=True)
    return page


def main(module: str) -> None:
    """Runs a module's `main` in each folder that it is told, in a process for each, and says whether that went well."""
    made = importlib.import_module(module) if hasattr(os, "fork") else None
    for line in sys.stdin:
        place = line.rstrip("\n")
        status = _in_child(made, place) if made is not None else subprocess.run([sys.executable, "-m", module], cwd=place, check=False).returncode  # noqa: S603
        sys.stdout.write(f"{DONE if status == 0 else 'failed'}\n")
        sys.stdout.flush()


def _in_child(made: Any, place: str) -> int:
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    status = 1
    try:
        os.chdir(place)
        made.main()
        status = 0
    except BaseException:  # noqa: BLE001 - the child must never go on as a copy of its parent
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
