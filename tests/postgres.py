"""A real PostgreSQL server on loopback for the tests that need one: started from Debian's packages, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from tempfile import mkdtemp

import pytest

INSTALL = "apt-get install -y postgresql"


@dataclass(frozen=True)
class Server:
    """A running server: its port, and the password of its user `planner`."""

    port: int
    password: str

    def url(self, password: str | None = None, database: str = "postgres") -> str:
        return f"postgresql://planner:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def binary(name: str) -> Path | None:
    """Where a program of the server lies: Debian keeps it out of the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    return found or (Path(shutil.which(name) or "") if shutil.which(name) else None)


@contextmanager
def server() -> Iterator[Server]:
    """Starts a server in a folder of its own and ends it; skips where PostgreSQL is not installed, and fails there in CI."""
    initdb, postgres = binary("initdb"), binary("postgres")
    if not initdb or not postgres:
        say = f"needs PostgreSQL: {INSTALL}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(say)
    folder = Path(mkdtemp(prefix="aop-postgres-"))
    password = secrets.token_hex(12)
    secret = folder / "password"
    secret.write_text(password)
    as_user = _as_user(folder)
    try:
        options = ["-D", str(folder / "data"), "-U", "planner", "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run([*as_user, str(initdb), *options], check=True, capture_output=True, cwd=folder)
        port = _free_port()
        settings = [f"-cport={port}", "-clisten_addresses=127.0.0.1", "-cunix_socket_directories=", "-cfsync=off"]
        with (folder / "log").open("wb") as log:
            started = subprocess.Popen([*as_user, str(postgres), "-D", str(folder / "data"), *settings], stdout=log, stderr=log, cwd=folder)
        try:
            _wait(Server(port, password), folder / "log")
            yield Server(port, password)
        finally:
            started.send_signal(SIGINT)  # fast: it does not wait for whoever is still connected
            started.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: it then runs as the user that its package brings."""
    if os.geteuid() != 0:
        return []
    subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
    return [shutil.which("setpriv") or "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=TERM"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(running: Server, log: Path) -> None:
    import psycopg

    problem: Exception | None = None
    for _ in range(150):
        try:
            psycopg.connect(running.url(), connect_timeout=2).close()
        except psycopg.OperationalError as refusal:
            problem = refusal
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(log.read_text(errors="replace")) from problem
