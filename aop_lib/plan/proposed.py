"""What is proposed for the requests: weighed values and limits become an allocation; people decide."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames as contracts
from aop_lib.plan.allocation_frames import NAMES, Asked, allocation_findings, allocation_frames
from aop_lib.plan.driver_results import results
from aop_lib.plan.findings import Row
from aop_lib.plan.requests import UNDECIDED
from aop_lib.plan.weighing import revaluation, weighing_model

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]


def proposed_frames(params: Params, frames: Frames) -> dict[str, pd.DataFrame]:
    """Returns every frame of the allocation; all are empty in a review, which never allocates again, without limits, and where nothing was weighed.

    Nothing of it enters the budget: that holds what people approved.

    Args:
        params: allocation.yml, goals, the year.
        frames: option_values, request_effects, request_lines, request_status, and those of `weighing_model`.

    Raises:
        AllocationUndecidedError: If the branches of allocation.yml ran out before a choice was found.
    """
    nothing = {name: contracts.empty(name) for name in NAMES}
    if params.is_review or not params.allocation.limits or frames["option_values"].empty:
        return nothing
    model = weighing_model(params, frames)
    if model is None:
        return nothing
    cash = results(model).company["cash"][0]
    path = {month: Decimal(str(round(float(cash[place]), 2))) for place, month in enumerate(model.months) if month in params.year_months}
    revalued = revaluation(params, model, frames["option_values"], frames["request_effects"])
    return allocation_frames(params, asked_of(frames), path, revalued)


def asked_of(frames: Frames) -> Asked:
    """Returns what requests ask for and what was decided so far, the first comer first; undecided requests are not decided.

    Args:
        frames: option_values, request_lines and request_status.
    """
    options = frames["option_values"]
    first = options.drop_duplicates("request").sort_values(["submitted_on", "request"], kind="stable")
    told = frames["request_status"][frames["request_status"]["decision"] != UNDECIDED]
    decided = {row["request"]: row["option"] for row in told.to_dict("records")}
    uses = frames["request_lines"][["request", "option", "month", "amount", "heads"]]
    titles = dict(zip(options["request"], options["title"], strict=True))
    return Asked(options[["request", "option", "team", "goal", "value"]], uses, list(first["request"]), decided, titles)


def proposed_findings(params: Params, frames: Frames) -> list[Row]:
    """Returns what is wrong with the limits, as rows of a findings frame; none in a review.

    Args:
        params: allocation.yml.
        frames: option_values and contradictions.
    """
    return [] if params.is_review or frames["option_values"].empty else allocation_findings(params, frames["option_values"], frames["contradictions"])
