"""Alignment as tests: do the plans of teams and of the company agree, up and down and from team to team?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.plan.alignment_capacity import capacity_rows
from aop_lib.plan.alignment_horizontal import horizontal_rows
from aop_lib.plan.alignment_own import own_rows
from aop_lib.plan.alignment_rows import MISSED
from aop_lib.plan.alignment_vertical import vertical_rows
from aop_lib.plan.findings import Row, finding, findings_frame
from aop_lib.plan.owners import team_name

if TYPE_CHECKING:
    from aop_lib.load import Params

COMPANY_NAME = "Company"


def alignment(params: Params, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Returns every test of alignment: met, missed, or what would have to be measured.

    Defined as::

        vertical     teams' targets sum to the company's; approved requests keep their envelopes; every goal has funded work and every
                     funded request a goal; a goal's share of the money is near its weight
        horizontal   teams count on the same figures; sellers and pipeline bring the bookings; hires can be recruited; heads can look after
                     what comes; people have seats and tools; nothing is due before what it waits for
        own          what alignment.yml adds

    Args:
        params: Goals, teams, alignment.yml, allocation.yml.
        frames: targets, stretch, milestones, initiatives, assumptions, requests, request_lines, request_status, kpis, ledger, accounts, lines,
            budget, driver_paths.

    Returns:
        The frame `alignment`; the order of teams and rows in the input changes nothing.
    """
    rows = [*vertical_rows(params, frames), *horizontal_rows(params, frames), *capacity_rows(params, frames), *own_rows(params, frames)]
    return conformed("alignment", pd.DataFrame(rows)) if rows else empty("alignment")


def alignment_findings(params: Params, found: pd.DataFrame) -> pd.DataFrame:
    """Returns a finding for each test that is missed, with the owners of both sides, the largest amount first.

    Args:
        params: Names of teams.
        found: The frame `alignment`.
    """
    return findings_frame("alignment_findings", _findings(params, by_stake(found[found["status"] == MISSED])))


def by_stake(found: pd.DataFrame) -> pd.DataFrame:
    """Returns tests by money at stake, errors before warnings before notes where it is the same."""
    rank = found["severity"].map({"error": 0, "warning": 1, "note": 2})
    ordered = found.assign(rank=rank).sort_values(["amount", "rank", "test", "item"], ascending=[False, True, True, True], kind="stable")
    return ordered.drop(columns="rank").reset_index(drop=True)


def _findings(params: Params, missed: pd.DataFrame) -> Iterator[Row]:
    for row in missed.to_dict("records"):
        yield finding(
            row["severity"], "alignment", side_names(params, row), row["name"],
            expected=row["right_what"], found=row["left_what"], owner=both_owners(row), amount=row["amount"],
        )  # fmt: skip


def both_owners(row: Mapping[Any, Any]) -> str:
    """Returns those who answer for both sides of a test, each once."""
    return "; ".join(dict.fromkeys(each for each in [row["owner"], *row["other_owner"].split("; ")] if each))


def side_names(params: Params, row: Mapping[Any, Any]) -> str:
    """Returns both sides of a test by name: `Customer Support and Customer Success`."""
    left = team_name(params, row["team"]) if row["team"] else COMPANY_NAME
    others = [team_name(params, each) for each in row["other"].split()] or ([COMPANY_NAME] if row["team"] else [])
    return " and ".join([left, ", ".join(others)] if others else [left])
