"""What teams ask in a cycle and what was decided, read from the files as they are now: what page 02 tells, without a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from aop_lib.errors import AopError
from aop_lib.load import Params
from aop_lib.plan.people_cost import people_frames
from aop_lib.plan.requests import option_totals, request_status
from aop_lib.store import frame_file, read_frame


@dataclass(frozen=True)
class Asked:
    """The requests of a cycle, and where its last run is published.

    Attributes:
        params: The cycle; its decisions are those that were read with it.
        requests: The frame `requests`.
        lines: The frame `request_lines`.
        refused: Teams whose files are refused, and so ask for nothing that could be decided.
        published: The folder of the published cycle, which need not be there.
    """

    params: Params
    requests: pd.DataFrame
    lines: pd.DataFrame
    refused: tuple[str, ...]
    published: Path

    @cached_property
    def status(self) -> pd.DataFrame:
        """The frame `request_status`, by the decisions of `params`."""
        return request_status(self.params, self.requests, self.lines)

    @cached_property
    def by_id(self) -> dict[str, Mapping[Any, Any]]:
        """Each request's row of the frame `requests`."""
        return {str(row["request"]): row for row in self.requests.to_dict("records")}

    @cached_property
    def amounts(self) -> dict[str, dict[str, Decimal]]:
        """The year's amount of each option of each request."""
        totals = option_totals(self.params, self.lines)
        return {str(request): dict(zip(own["option"], own["amount"], strict=True)) for request, own in totals.groupby("request")}

    @cached_property
    def proposal(self) -> pd.DataFrame:
        """The frame `allocation` of the last run; empty where nothing is published, or nothing was proposed."""
        return self._published("allocation")

    @cached_property
    def override_costs(self) -> pd.DataFrame:
        """The frame `override_costs` of the last run; empty where nothing is published."""
        return self._published("override_costs")

    def decided_by(self, params: Params) -> Asked:
        """Returns the same requests under other decisions."""
        return replace(self, params=params)

    def _published(self, name: str) -> pd.DataFrame:
        file = frame_file(self.published, name)
        try:
            return read_frame(file, name) if file.is_file() else pd.DataFrame({"request": [], "option": []})
        except AopError:  # an older version of the library wrote it
            return pd.DataFrame({"request": [], "option": []})


def asked(params: Params, outputs: Path) -> Asked:
    """Returns what teams ask in a cycle.

    Args:
        params: The cycle.
        outputs: Where cycles are published.

    Raises:
        InputRefusedError: If a source cannot be read: amounts need its rates.
        BaselineError: If a review's frozen plan, at whose rates requests count, is not what was approved.
    """
    from aop_lib.cycle import Cycle
    from aop_lib.sources.rates import request_rates
    from aop_lib.sources.snapshot import snapshot
    from aop_lib.sources.submissions import submissions

    frames = snapshot(params)
    frozen = Cycle(params, outputs / params.company_id / params.id).frozen("rates") or {}
    rates = request_rates(params, frames["rates"], frozen.get("rates"))
    handed = submissions(params, list(frames["accounts"]["account"]), rates)
    refused = tuple(each.team for each in handed.teams if each.state == "refused")
    told = {"request_people": handed.request_people, "request_lines": handed.request_lines, "request_effects": handed.request_effects}
    lines = people_frames(params, told, rates)["request_lines"]
    return Asked(params, handed.requests, lines, refused, outputs / params.company_id / params.id)
