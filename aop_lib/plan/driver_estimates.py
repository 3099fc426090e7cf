"""What the snapshot says about the recurring business and its sales: each estimate with its window, observations and standard error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import nan, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.periods import add_months, month_spine, months_between, posting_month
from aop_lib.plan.live_book import by_part, live_customers
from aop_lib.plan.wording import months_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.saas_metrics import Book

WON_WINDOW = 24
RATES = {"expansion": "expansion_rate", "contraction": "contraction_rate", "churn": "churn_rate", "reactivation": "reactivation_rate"}


@dataclass(frozen=True)
class Estimate:
    """What the snapshot says about one driver.

    Attributes:
        driver: A name of `params/model.py`.
        place: Segment, line or account; empty for the company.
        value: In the driver's unit.
        window: The closed months that it is taken from, in words.
        observations: How many months, opportunities or people stand behind it.
        error: Its standard error, in its unit; missing (nan) where there is a single observation.
    """

    driver: str
    place: str
    value: float
    window: str
    observations: int
    error: float = nan


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, float]:
    """Returns a ratio of sums and its standard error; nan where the whole is zero or less.

    Defined as::

        ratio = sum(part) / sum(whole)
        error = sqrt(n / (n - 1) * sum((part - ratio * whole)^2)) / sum(whole)
    """
    whole, count = sum(wholes), len(parts)
    if whole <= 0:
        return nan, nan
    found = sum(parts) / whole
    left = sum((part - found * each) ** 2 for part, each in zip(parts, wholes, strict=True))
    return found, sqrt(left * count / (count - 1)) / whole if count > 1 else nan


def mean(values: Sequence[float]) -> tuple[float, float]:
    """Returns the mean and its standard error: the standard deviation over the root of the number of values."""
    if not values:
        return nan, nan
    return fmean(values), stdev(values) / sqrt(len(values)) if len(values) > 1 else nan


def closed_window(params: Params, first: pd.Timestamp, months: int | None = None) -> list[pd.Timestamp]:
    """Returns the last closed months that an estimate is taken from, as far as the history reaches.

    Args:
        params: The last closed month, and `window_months` of the model.
        first: The first month of the history.
        months: How many; those of drivers.yml without it.
    """
    wanted = months or params.drivers.model.window_months
    return month_spine(max(first, add_months(params.last_closed, 1 - wanted)), add_months(params.last_closed, 1))


def recurring_estimates(params: Params, book: Book) -> Iterator[Estimate]:
    """Yields the monthly rates of expansion, contraction, churn and reactivation, of customers lost, and what a new customer is worth.

    Defined as::

        rate                  sum of the movement / sum of opening ARR, over the window
        customer_churn_rate   customers lost / customers at the opening of each month
        new_contract          new ARR / new customers
    """
    if not len(book.bridge):
        return
    months = closed_window(params, book.bridge["month"].min())
    amounts: dict[tuple[str, str], list[float]] = {}
    columns = (book.bridge[name] for name in ("month", "segment", "movement", "amount"))
    keyed = {(month, segment, movement): float(amount) for month, segment, movement, amount in zip(*columns, strict=True)}
    segments = sorted(set(book.bridge["segment"]))
    for segment in segments:
        for kind in ("opening", "new", *RATES):
            amounts[segment, kind] = [abs(keyed.get((month, segment, kind), 0.0)) for month in months]
        for kind, driver in RATES.items():
            yield _ratio_of(driver, segment, amounts[segment, kind], amounts[segment, "opening"], months)
    yield from _customer_estimates(book, months, {segment: amounts[segment, "new"] for segment in segments})


def _customer_estimates(book: Book, months: list[pd.Timestamp], new: Mapping[str, list[float]]) -> Iterator[Estimate]:
    moved: dict[tuple[pd.Timestamp, str, str], int] = {}
    for month, _, part, kind in {(move.month, move.customer, move.part, move.kind) for move in book.moves}:
        moved[month, part, kind] = moved.get((month, part, kind), 0) + 1
    for segment in new:
        opens = [float(segment_customers(book, add_months(month, -1)).get(segment, 0)) for month in months]
        lost = [float(moved.get((month, segment, "churn"), 0)) for month in months]
        won = [float(moved.get((month, segment, "new"), 0)) for month in months]
        yield _ratio_of("customer_churn_rate", segment, lost, opens, months)
        yield _ratio_of("new_contract", segment, new[segment], won, months)


def segment_customers(book: Book, month: pd.Timestamp) -> dict[str, int]:
    """Returns the live customers of each segment at a month's close; one that is in two segments counts in both."""
    found: dict[str, int] = {}
    for parts in live_customers(book.live.get(month, {})).values():
        for segment, amount in by_part(parts).items():
            if amount > 0:
                found[segment] = found.get(segment, 0) + 1
    return found


def sales_estimates(params: Params, opportunities: pd.DataFrame, book: Book) -> Iterator[Estimate]:
    """Yields pipeline created and its growth, win rate, sales cycle, and new business that no opportunity tells, of each segment.

    Defined as::

        pipeline_growth    (created in the window / created in the window before) ^ (1 / months of the window) - 1, of all segments;
                           0 without a window before
        pipeline_created   mean of the window, brought to the month after the last closed one by that growth
        win_rate           amount won / amount closed, over 24 months
        cycle_months       mean of (close - created) of those won, in months of 30.4 days
        direct_new         mean of (new ARR in billing - amount won), at least 0
    """
    if not len(opportunities):
        return
    created = [posting_month(day.date()) for day in opportunities["created"]]
    known = opportunities.assign(created_month=created, yearly=opportunities["amount"].astype(float))
    months = closed_window(params, min(created))
    growth = _growth(known, months, min(created))
    yield growth
    won = won_by_month(opportunities, months)
    for segment, rows in known.groupby("segment", sort=True):
        amounts = _created(rows, months)
        level, error = mean(amounts)
        lift = (1 + growth.value) ** ((len(months) + 1) / 2)
        yield Estimate("pipeline_created", str(segment), level * lift, months_name(months), len(months), error * lift)
        yield from _closing(str(segment), rows, closed_window(params, min(created), WON_WINDOW))
        yield from _direct(str(segment), won[str(segment)], book, months)


def _created(rows: pd.DataFrame, months: Sequence[pd.Timestamp]) -> list[float]:
    by_month = rows.groupby("created_month")["yearly"].sum().to_dict()
    return [float(by_month.get(month, 0.0)) for month in months]


def _growth(rows: pd.DataFrame, months: list[pd.Timestamp], first: pd.Timestamp) -> Estimate:
    count = len(months)
    earlier = [add_months(month, -count) for month in months]
    amounts, before = _created(rows, months), _created(rows, earlier)
    if earlier[0] < first or not sum(before) or not sum(amounts) or count < 2:
        return Estimate("pipeline_growth", "", 0.0, months_name(months), count)
    spreads = [mean(each)[1] / fmean(each) for each in (amounts, before)]
    growth = (sum(amounts) / sum(before)) ** (1 / count) - 1
    return Estimate("pipeline_growth", "", growth, months_name([*earlier, *months]), 2 * count, sqrt(sum(each**2 for each in spreads)) / count)


def _direct(segment: str, won: Sequence[float], book: Book, months: Sequence[pd.Timestamp]) -> Iterator[Estimate]:
    new = dict.fromkeys(months, 0.0)
    own = book.bridge[(book.bridge["segment"] == segment) & (book.bridge["movement"] == "new")] if len(book.bridge) else book.bridge
    if len(own):
        new |= {month: float(amount) for month, amount in zip(own["month"], own["amount"], strict=True) if month in new}
        found, error = mean([new[month] - amount for month, amount in zip(months, won, strict=True)])
        yield Estimate("direct_new", segment, max(found, 0.0), months_name(list(months)), len(months), error)


def _closing(segment: str, rows: pd.DataFrame, months: list[pd.Timestamp]) -> Iterator[Estimate]:
    closed = rows[rows["is_closed"] & rows["close"].notna()]
    closed = closed[[posting_month(day.date()) in months for day in closed["close"]]]
    won = closed[closed["is_won"]]
    yield _ratio_of("win_rate", segment, list(closed["yearly"] * closed["is_won"]), list(closed["yearly"]), months)
    cycle, error = mean([(close - created).days / 30.4375 for created, close in zip(won["created"], won["close"], strict=True)])
    if len(won):
        yield Estimate("cycle_months", segment, cycle, months_name(months), len(won), error)


def seller_months(
    params: Params, people: pd.DataFrame, months: Sequence[pd.Timestamp], ramp: Mapping[str, float], shares: Mapping[str, float]
) -> dict[str, list[float]]:
    """Returns sellers by what they can do, per segment and month.

    Defined as::

        a seller counts min(1, months since the start / ramp) from the month of the start to the month before the one of leaving,
        split over the segments of the role in the shares given

    Args:
        params: The roles that sell.
        people: One row per person.
        months: The months asked for.
        ramp: Months of ramp per segment.
        shares: What each segment takes of a role that sells in several.
    """
    found = {segment: [0.0] * len(months) for segment in ramp}
    roles = {each.role: [segment for segment in (each.segments or list(ramp)) if segment in ramp] for each in params.drivers.model.sellers}
    own = people[people["role"].isin(list(roles))]
    for role, start, end in zip(own["role"], own["start"], own["end"], strict=True):
        here = [month for month in months if month >= posting_month(start.date()) and (pd.isna(end) or month < posting_month(end.date()))]
        weights = {segment: shares.get(segment, 0.0) for segment in roles[role]}
        whole = sum(weights.values())
        for segment, month in product(weights, here):
            part = weights[segment] / whole if whole else 1 / len(weights)
            age = months_between(posting_month(start.date()), month)
            found[segment][list(months).index(month)] += part * (min(1.0, age / ramp[segment]) if ramp[segment] else 1.0)
    return found


def won_by_month(opportunities: pd.DataFrame, months: Sequence[pd.Timestamp]) -> dict[str, list[float]]:
    """Returns the yearly contract value won in each month, per segment."""
    found = {str(segment): [0.0] * len(months) for segment in sorted(set(opportunities["segment"]))}
    own = opportunities[opportunities["is_won"] & opportunities["close"].notna()]
    for segment, amount, close in zip(own["segment"], own["amount"], own["close"], strict=True):
        month = posting_month(close.date())
        if month in months:
            found[segment][list(months).index(month)] += float(amount)
    return found


def capacity_estimates(
    params: Params, opportunities: pd.DataFrame, people: pd.DataFrame, ramp: Mapping[str, float], quota: Mapping[str, float]
) -> Iterator[Estimate]:
    """Yields the attainment of a stated quota, else what a ramped seller won in a year as quota with an attainment of one.

    Defined as::

        attainment   won / sum over months of ramped sellers * quota / 12           over the window
        quota        12 * won / sum over months of ramped sellers                   where no quota is stated

    Args:
        params: The roles that sell; none yields nothing, and capacity never limits.
        opportunities: As known at the cut.
        people: One row per person.
        ramp: Months of ramp per segment.
        quota: Stated quotas per segment.
    """
    if not params.drivers.model.sellers or not len(opportunities) or not len(people):
        return
    months = closed_window(params, posting_month(opportunities["created"].min().date()))
    won = won_by_month(opportunities, months)
    sellers = seller_months(params, people, months, ramp, {segment: sum(amounts) for segment, amounts in won.items()})
    for segment in ramp:
        if sum(sellers[segment]) <= 0:
            continue
        target = quota.get(segment, 0.0)
        wholes = [each * (target or 1.0) / 12 for each in sellers[segment]]
        yield _ratio_of("attainment" if target else "quota", segment, won.get(segment, [0.0] * len(months)), wholes, months)


def _ratio_of(driver: str, place: str, parts: Sequence[float], wholes: Sequence[float], months: Sequence[pd.Timestamp]) -> Estimate:
    value, error = ratio(parts, wholes)
    return Estimate(driver, place, value, months_name(list(months)), len(parts), error)
