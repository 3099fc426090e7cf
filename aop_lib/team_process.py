"""The process that makes a team's page: it reads `extract.json` beside it, writes `page.html`, and knows nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from aop_lib.report.team_page import team_page


def main() -> None:
    """Makes the page of the extract in the working folder."""
    extract = json.loads(Path("extract.json").read_text(encoding="utf-8"))
    Path("page.html").write_text(team_page(extract), encoding="utf-8")


if __name__ == "__main__":
    main()
