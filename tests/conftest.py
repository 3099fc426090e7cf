"""What all tests share: the same examples in every run, and where the real input lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cycles import Cycles
from hypothesis import settings

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"

settings.register_profile("repeatable", deadline=None, database=None, derandomize=True, max_examples=60)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real input beside the project; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs the real input at ../shared (see ../shared/data/README.md)")
    return SHARED


@pytest.fixture(scope="session")
def cycles(tmp_path_factory) -> Cycles:
    """The real cycles, built once per session whatever the number of workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "cycles"
    folder.mkdir(exist_ok=True)
    return Cycles(folder)
