"""What all tests share: the same examples in every run, and where the real input lies."""

from __future__ import annotations

from pathlib import Path

import pytest
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
