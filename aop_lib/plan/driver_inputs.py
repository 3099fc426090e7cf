"""The drivers of a company: what drivers.yml tells, else what the snapshot says, else a plain default; and the model made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.params.model import DRIVERS
from aop_lib.periods import add_months, month_spine
from aop_lib.plan.driver_estimates import Estimate, capacity_estimates, recurring_estimates, sales_estimates, segment_customers
from aop_lib.plan.driver_ledger import Books, billing_estimates, books, cash_estimates, cost_estimates, people_estimates
from aop_lib.plan.driver_model import Array, DriverModel, Follow
from aop_lib.plan.driver_opening import opening, segment_mrr
from aop_lib.plan.saas_metrics import recurring_book

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import DriverValue
    from aop_lib.plan.saas_metrics import Book

Frames = Mapping[str, pd.DataFrame]
DEFAULTS = {"ramp_months": 6.0, "attainment": 1.0, "in_month_share": 0.5, "asset_life_months": 36.0, "new_contract": 1.0}


@dataclass(frozen=True)
class Evidence:
    """What the drivers rest on.

    Attributes:
        book: The recurring business of the snapshot.
        books: The ledger as the estimates need it.
        segments: The parts of the recurring business, by name.
        lines: The P&L lines in report order.
        types: Line to its type.
        estimates: What the snapshot says.
    """

    book: Book
    books: Books
    segments: tuple[str, ...]
    lines: tuple[str, ...]
    types: dict[str, str]
    estimates: tuple[Estimate, ...]

    def places(self, params: Params, scope: str) -> tuple[str, ...]:
        """Returns what a driver of a scope is told for."""
        follows = tuple(each.account for each in params.drivers.model.follows)
        return {"segment": self.segments, "line": self.lines, "account": follows, "company": ("",)}[scope]


def evidence(params: Params, frames: Frames) -> Evidence:
    """Returns what the drivers rest on, all of it from the snapshot.

    Args:
        params: The model section of drivers.yml, the last closed month, switches.
        frames: mrr, rates, ledger, accounts, lines, people and opportunities.
    """
    reporting, switches = params.company.reporting_currency, params.company.switches
    book, found = recurring_book(frames, params.last_closed, reporting, switches), books(params, frames)
    ordered = frames["lines"].sort_values("position", kind="stable")
    lines, types = tuple(ordered["line"]), dict(zip(ordered["line"], ordered["type"], strict=True))
    rates = frames["rates"][frames["rates"]["month"] == params.last_closed]
    closing = {currency: float(close) for currency, close in zip(rates["currency"], rates["close"], strict=True)} | {reporting: 1.0}
    segments = tuple(sorted(segment_mrr(book, params.last_closed)))
    estimates = [
        *recurring_estimates(params, book),
        *sales_estimates(params, frames["opportunities"], book),
        *capacity_estimates(params, frames["opportunities"], frames["people"], _told(params, "ramp_months", segments), _told(params, "quota", segments)),
        *billing_estimates(params, found, book),
        *people_estimates(params, found, frames["people"], closing),
        *cost_estimates(params, found, book, frames["people"]),
        *cash_estimates(params, found, types),
    ]
    return Evidence(book, found, segments, lines, types, tuple(each for each in estimates if not isnan(each.value)))


def _told(params: Params, driver: str, places: tuple[str, ...]) -> dict[str, float]:
    """Returns a driver's value in the model's first month as drivers.yml tells it, else its default."""
    found = dict.fromkeys(places, DEFAULTS.get(driver, 0.0))
    for value in by_nearness(params, driver):
        if value.start is None:
            found |= {place: float(value.value) for place in places if place_of(value) in {"", place}}
    return found


def by_nearness(params: Params, driver: str) -> list[DriverValue]:
    """Returns what drivers.yml tells of a driver, what holds for all places first, so that the nearest comes last."""
    return sorted((each for each in params.drivers.model.told if each.driver == driver), key=lambda each: place_of(each) != "")


def place_of(value: DriverValue) -> str:
    """Returns the segment, line or account that a value is told for; empty for all."""
    return value.segment or value.line or value.account or ""


def model_months(params: Params) -> tuple[pd.Timestamp, ...]:
    """Returns the months of the model: from the one after the last closed month to the end of the planned year."""
    return tuple(month_spine(add_months(params.last_closed, 1), add_months(params.year_months[-1], 1)))


def driver_model(params: Params, found: Evidence, frames: Frames) -> DriverModel | None:
    """Returns the driver model of a company; None where it has no recurring business or no ledger.

    Args:
        params: What drivers.yml tells.
        found: What the snapshot says.
        frames: people, opportunities, accounts, and the frames `budget` and `year_end_estimate`: what is not modelled is carried by them.

    Raises:
        InputRefusedError: If an account that follows a volume adds into no P&L line.
    """
    sold = [line for line in params.company.switches.subscription_revenue_lines if line in found.lines]
    if not found.segments or not found.books.months or not sold:
        return None
    months = model_months(params)
    drivers = {name: driver_array(params, found, name, months) for name in DRIVERS if name != "spend"}
    drivers["spend"] = spend(params, found, frames, months)
    types = tuple(found.types[line] for line in found.lines)
    line_of = found.books.lines
    if outside := [each.account for each in params.drivers.model.follows if each.account not in line_of]:
        raise InputRefusedError(Fault("drivers.yml", f"follows: {account!r}", "an account that adds into a P&L line") for account in outside)
    follows = tuple(Follow(each.account, line_of[each.account], each.volume) for each in params.drivers.model.follows)
    worn = [line_of[each] for each in params.company.switches.depreciation_accounts if each in line_of]
    start = opening(params, found.book, found.books, drivers, (months, found.segments, found.lines), frames)
    return DriverModel(months, found.segments, found.lines, types, sold[0], follows, drivers, start, worn[0] if worn else "")


def driver_array(params: Params, found: Evidence, name: str, months: tuple[pd.Timestamp, ...]) -> Array:
    """Returns a driver over the model's months, (1, month | 1, place): the default, over it the estimates, over them what is told."""
    spec, places = DRIVERS[name], found.places(params, DRIVERS[name].scope)
    array = np.full((1, 1 if spec.is_steady else len(months), len(places)), DEFAULTS.get(name, 0.0))
    for each in (each for each in found.estimates if each.driver == name):
        array[:, :, [place for place, known in enumerate(places) if each.place in {"", known}]] = each.value
    for value in by_nearness(params, name):
        chosen = [place for place, known in enumerate(places) if place_of(value) in {"", known}]
        for month in _months_of(value, months, spec.is_event) if not spec.is_steady else [0]:
            array[:, month, chosen] = float(value.value)
    if name == "new_contract":
        array[array <= 1] = _average_contract(params, found)
    return array[:, :1] if (array == array[:, :1]).all() and not spec.is_event else array


def _months_of(value: DriverValue, months: tuple[pd.Timestamp, ...], is_event: bool) -> Iterator[int]:
    for place, month in enumerate(months):
        after = value.start is None or (month == value.start if is_event and value.end is None else month >= value.start)
        if after and (value.end is None or month < value.end):
            yield place


def _average_contract(params: Params, found: Evidence) -> float:
    customers = sum(segment_customers(found.book, params.last_closed).values())
    return 12 * sum(segment_mrr(found.book, params.last_closed).values()) / max(customers, 1)


def spend(params: Params, found: Evidence, frames: Frames, months: tuple[pd.Timestamp, ...]) -> Array:
    """Returns what is carried forward rather than modelled, (1, month, line), natural sign.

    Left out are the subscription lines, the accounts of depreciation, other income where interest is estimated, and of the base
    those that follow a volume or people; what approved requests add there is kept.

    Args:
        params: What is modelled.
        found: The lines, and who follows people.
        frames: `budget` and `year_end_estimate`.
        months: The months of the model.
    """
    switches, modelled = params.company.switches, {each.account for each in params.drivers.model.follows}
    income = [line for line, kind in found.types.items() if kind == "other_income"][:1] if any(e.driver == "interest_rate" for e in found.estimates) else []
    people = {account for account in found.books.people if any(each.driver == "pay" and each.place == found.books.lines[account] for each in found.estimates)}
    gone = {*switches.depreciation_accounts, *found.books.of_lines([*switches.subscription_revenue_lines, *income])}
    replaced = {*people, *modelled}
    array = np.zeros((1, len(months), len(found.lines)))
    estimate = frames["year_end_estimate"].assign(layer="base")
    accounts = frames["accounts"]
    signs = dict(zip(accounts["account"], accounts["line_sign"], strict=True))
    rows = pd.concat([estimate, frames["budget"]], ignore_index=True)
    for account, month, layer, amount in zip(*(rows[name] for name in ("account", "month", "layer", "amount")), strict=True):
        if month in months and account in found.books.lines and account not in gone and not (layer == "base" and account in replaced):
            array[0, months.index(month), found.lines.index(found.books.lines[account])] += float(amount) * int(signs[account])
    for value in by_nearness(params, "spend"):
        for month in _months_of(value, months, is_event=True):
            array[0, month, [place for place, line in enumerate(found.lines) if place_of(value) in {"", line}]] += float(value.value)
    return array
