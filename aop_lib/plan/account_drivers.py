"""What moves each account of a company without recurring business: run rate, season, growth, and the part that follows the volume sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isnan, nan, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aop_lib import frames as contracts
from aop_lib import money
from aop_lib.plan.account_model import VARIABLE, account_model
from aop_lib.plan.account_overlays import account_overlays
from aop_lib.plan.outlook_base import account_history, past
from aop_lib.plan.outlook_words import METHODS
from aop_lib.plan.profit_and_loss import pl_accounts
from aop_lib.plan.wording import counted, listed, months_name, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.driver_model import Array

SEASON, TWO_YEARS, THREE_YEARS, FEWEST = 12, 24, 36, 6
SOLD = "sold"
BEHAVIOURS = {SOLD: "what is sold", VARIABLE: "follows volume", "people": "follows people", "fixed": "fixed"}
LARGEST = 10  # accounts that stand in sight; the others fold
HOW = "growth a month and the part that follows volume are what the ledger says, ± its standard error; the chart of accounts decides who follows in scenarios."
SOURCES = (
    "Run rate: the mean of the last closed months of drivers.yml. Season: the strongest calendar month over the average one, with two years of history. "
    "Growth: the slope of a straight line over the mean. Part that follows volume: the slope on revenue, as a share of the mean. The budget carries accounts "
    "by the rules of drivers.yml; a scenario moves volume, price, growth or the part that follows."
)


def account_frames(params: Params, frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Returns `account_drivers` and, in the place of the driver model's, `overlay_paths`; nothing where the driver model tells the company.

    Args:
        params: drivers.yml, versions and scenarios.
        frames: ledger, accounts, lines, budget, driver_paths and overlay_paths.
    """
    if len(frames["driver_paths"]):
        return {"account_drivers": contracts.empty("account_drivers"), "overlay_paths": frames["overlay_paths"]}
    model = account_model(frames["budget"], frames["accounts"], frames["lines"], params.year_months)
    return {"account_drivers": account_drivers(params, frames), "overlay_paths": account_overlays(params, model)}


def account_drivers(params: Params, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Returns what the ledger says of each account of the P&L.

    Defined as::

        run_rate   mean of the last window_months of drivers.yml
        season     mean of the strongest calendar month / mean of all months; with 24 months of history
        growth     slope on the months / mean; its standard error; with 6 months
        follows    slope on revenue * mean of revenue / mean of the account: 1 follows in full, 0 is fixed; its standard error
        held       what scenarios go by: 1 where the chart of accounts says variable, else 0

    Args:
        params: The window, the last closed month.
        frames: ledger, accounts and lines.

    Returns:
        The frame `account_drivers`; what cannot be told is missing.
    """
    accounts, lines = frames["accounts"], frames["lines"]
    found = past(params, frames["ledger"], contracts.empty("budget"), accounts, lines)
    if not found.months or not found.accounts:
        return contracts.empty("account_drivers")
    told = {row["account"]: row for row in pl_accounts(accounts, lines).merge(accounts[["account", "name", "behaviour"]], on="account").to_dict("records")}
    history, months = account_history(found)[:, -THREE_YEARS:], found.months[-THREE_YEARS:]
    revenue = np.zeros(len(months))
    for account, values in zip(found.accounts, history, strict=True):
        revenue = revenue + values * int(told[account]["line_sign"]) * (told[account]["type"] == "revenue")
    rows = [
        {name: told[account][name] for name in ("account", "line", "name")}
        | {"behaviour": SOLD if told[account]["type"] == "revenue" else told[account]["behaviour"]}
        | {"window": months_name(months), "observations": len(months)}
        | _estimates(params, values, None if told[account]["type"] == "revenue" else revenue, months)
        | {"held": Decimal(int(told[account]["behaviour"] == VARIABLE and told[account]["type"] != "revenue"))}
        for account, values in zip(found.accounts, history, strict=True)
    ]
    return contracts.conformed("account_drivers", pd.DataFrame(rows))


def _estimates(params: Params, values: Array, revenue: Array | None, months: Sequence[pd.Timestamp]) -> dict[str, Any]:
    window = values[-params.drivers.window_months :]
    growth, growth_error = slope(np.arange(len(values), dtype=float), values)
    share, share_error = (nan, nan) if revenue is None else slope(revenue, values)
    level = 1.0 if revenue is None else float(revenue.mean())
    return {
        "run_rate": money.cents(Decimal(repr(float(window.mean())))), "season": season(values, months), "growth": growth, "growth_error": growth_error,
        "follows": share * level, "follows_error": share_error * level,
    }  # fmt: skip


def season(values: Array, months: Sequence[pd.Timestamp]) -> float:
    """Returns how many times the average month the strongest calendar month is; nan with less than two years or without an average above zero."""
    if len(values) < TWO_YEARS or values.mean() <= 0:
        return nan
    means = [values[[month.month == number for month in months]].mean() for number in range(1, SEASON + 1)]
    return float(max(means) / values.mean())


def slope(x: Array, y: Array) -> tuple[float, float]:
    """Returns the slope of a straight line over the mean of y, and its standard error; nan with less than six months or without either spread or mean.

    Defined as::

        slope = sum((x - mean x) * (y - mean y)) / sum((x - mean x)^2)
        error = sqrt(sum(residual^2) / (n - 2) / sum((x - mean x)^2))          both over |mean y|
    """
    centred = x - x.mean() if len(x) else x
    spread, mean = float((centred**2).sum()), abs(float(y.mean())) if len(y) else 0.0
    if len(x) < FEWEST or spread <= 0 or mean <= 0:
        return nan, nan
    found = float((centred * (y - y.mean())).sum()) / spread
    left = y - y.mean() - found * centred
    return found / mean, sqrt(float((left**2).sum()) / (len(x) - 2) / spread) / mean


def account_view(drivers: pd.DataFrame, methods: pd.DataFrame) -> pd.DataFrame:
    """Returns each account in words with its method and back-test, the largest run rate first.

    Args:
        drivers: The frame `account_drivers`.
        methods: The frame `outlook_methods`.

    Returns:
        name, why, run_rate, season_shown, growth_shown, follows_shown, method, error_shown, naive_shown.
    """
    known = methods.set_index("account").to_dict("index")
    rows = []
    for row in drivers.to_dict("records"):
        here = known.get(row["account"], {"method": "", "error": nan, "naive_error": nan, "reason": ""})
        rows.append(
            {
                "name": row["name"], "why": "; ".join(each for each in (BEHAVIOURS[row["behaviour"]], here["reason"]) if each), "run_rate": row["run_rate"],
                "season_shown": "" if _is_missing(row["season"]) else f"{row['season']:.2f}", "growth_shown": _with_error(row["growth"], row["growth_error"]),
                "follows_shown": _with_error(row["follows"], row["follows_error"]), "method": METHODS.get(here["method"], here["method"]),
                "error_shown": _share(here["error"]), "naive_shown": _share(here["naive_error"]),
            }
        )  # fmt: skip
    view = pd.DataFrame(rows, columns=["name", "why", "run_rate", "season_shown", "growth_shown", "follows_shown", "method", "error_shown", "naive_shown"])
    return view.sort_values("run_rate", key=lambda column: -column.abs(), kind="stable", ignore_index=True)


def account_window(drivers: pd.DataFrame) -> str:
    """Returns the closed months that the estimates are taken from, in words."""
    return str(drivers["window"].iloc[0]) if len(drivers) else ""


def account_finding(drivers: pd.DataFrame) -> str:
    """Returns how many accounts follow volume, and which of those that are held fixed the ledger says do follow."""
    costs = drivers[drivers["behaviour"] != SOLD]
    follows = costs[costs["held"] == 1]
    doubted = drivers[(drivers["behaviour"] == "fixed") & (drivers["follows"] - 2 * drivers["follows_error"] > 0.5)]
    head = f"{len(follows)} of {counted(len(costs), 'account')} follow the volume sold, {len(costs) - len(follows)} do not"
    return f"{head}; by the ledger {listed(list(doubted['name']), 3)} might as well" if len(doubted) else head


def _with_error(value: float, error: float) -> str:
    return "" if _is_missing(value) else f"{_share(value)} ± {_share(error)}"


def _share(value: float) -> str:
    return "n/m" if _is_missing(value) else percent_text(Decimal(repr(float(value))))


def _is_missing(value: float) -> bool:
    return value is None or isnan(value)
