"""What is weak in the changes of scenarios and versions, as findings: a change that moves nothing, comes too early or late, or turns signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.params.model import ACCOUNT_DRIVERS, DRIVERS
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.overlays import change_holds
from aop_lib.plan.owners import owner_name
from aop_lib.plan.wording import month_name, months_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Change, Overlay


def change_findings(params: Params, overlay: Overlay, base: pd.DataFrame, accounts: pd.DataFrame, paths: pd.DataFrame | None = None) -> Iterator[Row]:
    """Yields a finding for each weak change of a scenario or version.

    Args:
        params: The planned year, teams, owners.
        overlay: The scenario or version.
        base: The budget: account, team, month.
        accounts: The account tree.
        paths: The frame `driver_paths`; None or empty where there is no driver model.
    """
    topic, owner = type(overlay).__name__.lower(), owner_name(params, overlay.owner)
    for number, change in enumerate(overlay.changes, start=1):
        where = f"{overlay.name}, change {number}"
        if change.start is not None and change.start not in params.year_months:
            expected, found = f"a month in {months_name(params.year_months)}", month_name(change.start)
            yield finding("warning", topic, where, "The change starts outside the year", expected=expected, found=found, owner=owner)
        if change.scale < 0 and change.driver is None:
            expected, found = "a scale of zero or more", str(change.scale)
            yield finding("error", topic, where, "The change turns the sign of amounts", expected=expected, found=found, owner=owner)
        if change.driver is not None:
            if missing := _missing(change, paths):
                what, expected = "The change moves a driver that the model does not have", "a company with a driver model that has it"
                yield finding("warning", topic, where, what, expected=expected, found=missing, owner=owner)
        elif not change_holds(params, base, change, accounts).any():
            expected = "a line, account or team that has a budget"
            found = ", ".join(each for each in (change.line, change.account, change.team) if each) or "everything"
            yield finding("warning", topic, where, "The change holds for no amount of the budget", expected=expected, found=found, owner=owner)


def _missing(change: Change, paths: pd.DataFrame | None) -> str:
    """Returns what the driver model does not have of a change: itself, or the segment; empty where it has both."""
    is_of_accounts = change.driver in ACCOUNT_DRIVERS
    if paths is None or paths.empty:
        return "" if is_of_accounts else "no driver model"
    if is_of_accounts:
        return f"{change.driver}, which moves accounts where nobody subscribes"
    segments = set(paths.loc[paths["measure"] == "mrr", "place"])
    is_unknown = DRIVERS[str(change.driver)].scope == "segment" and change.segment is not None and change.segment not in segments
    return f"the segment {change.segment}" if is_unknown else ""
