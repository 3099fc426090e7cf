"""What differs from run to run: when, where, how long. No hash covers it and no page shows it."""

from __future__ import annotations

import json
import os
import platform
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

KEPT_LOGS = 20


class RunLog:
    """The log of one run, written when the run is over."""

    def __init__(self, folder: Path, name: str) -> None:
        self._began = datetime.now(UTC)
        self._file = folder / f"{name}-{self._began:%Y%m%dT%H%M%S}-{os.getpid()}.json"
        self._name = name
        self._stages: dict[str, dict[str, float | str]] = {}
        self._clock: dict[str, float] = {}

    def started(self, stage: str) -> None:
        """Notes when a stage begins."""
        self._clock[stage] = time.monotonic()

    def ended(self, stage: str, note: str) -> None:
        """Notes how a stage went and how many seconds it took."""
        self._stages[stage] = {"note": note, "seconds": round(time.monotonic() - self._clock[stage], 3)}

    def close(self) -> None:
        """Writes the log and removes the oldest ones; a log that cannot be written is no reason to fail."""
        ended = datetime.now(UTC)
        facts = {
            "cycle": self._name,
            "started": self._began.isoformat(),
            "ended": ended.isoformat(),
            "host": platform.node(),
            "process": os.getpid(),
            "seconds": round((ended - self._began).total_seconds(), 3),
            "stages": self._stages,
        }
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
            for old in sorted(self._file.parent.glob(f"{self._name}-[0-9]*.json"))[:-KEPT_LOGS]:
                old.unlink()
