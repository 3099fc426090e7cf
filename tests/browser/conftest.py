"""One chromium for all tests of a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import chromium
import pytest
from selenium import webdriver


@pytest.fixture(scope="session")
def driver(tmp_path_factory) -> Iterator[webdriver.Chrome]:
    """A headless chromium; tests are skipped where there is none, but never in CI."""
    if missing := chromium.absent():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with chromium.opened(tmp_path_factory.mktemp("chromium")) as found:
        yield found
