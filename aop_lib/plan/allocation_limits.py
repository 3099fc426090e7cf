"""The limits of allocation.yml as rows over the options of requests: money in cents, heads, cash month by month, and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aop_lib.money import MONEY
from aop_lib.params.allocation import AllocationLimits, CashFloor, Exclusion, HeadLimit, Limit, MoneyLimit, Must, Need
from aop_lib.periods import month_text
from aop_lib.plan.allocation_problem import UNLIMITED, Flags, Key, LimitRow, Problem, Whole, stacked

if TYPE_CHECKING:
    from aop_lib.params.company import Team

Row = tuple[LimitRow, Whole, Whole, int, int]
QUARTERS = ("q1", "q2", "q3", "q4")


@dataclass(frozen=True)
class Offer:
    """What there is to choose from, in the order of the problem.

    Attributes:
        keys: (request, option), sorted.
        request_of: The position of each option's request.
        at: The positions of each request's options.
        team: Of each option.
        goal: Of each option.
    """

    keys: tuple[Key, ...]
    request_of: Whole
    at: Mapping[str, range]
    team: NDArray[np.object_]
    goal: NDArray[np.object_]


@dataclass(frozen=True)
class Uses:
    """What each option uses, one row for each option of the problem.

    Attributes:
        money: Cents in each month of the year.
        heads: Heads in each fiscal quarter.
        cash: Cents by which the cash at the end of each month differs from that without the option; negative where it costs cash.
    """

    money: Whole
    heads: Whole
    cash: Whole


def option_uses(options: Sequence[Key], uses: pd.DataFrame, year_months: Sequence[pd.Timestamp]) -> Uses:
    """Returns what each option uses in the planned year.

    Defined as::

        money   Σ amount of the month
        heads   the most heads of any month of the quarter
        cash    Σ over the months so far of `cash`; where the frame has no such column, of -amount

    Args:
        options: (request, option), sorted.
        uses: request, option, month, amount (money, reporting currency), heads, and `cash` (money) where payment differs; a row for
            each month and option. Months outside the year do not count.
        year_months: The twelve months.
    """
    money, heads, cash = (np.zeros((len(options), 12), np.int64) for _ in range(3))
    inside = uses[uses["month"].isin(list(year_months))]
    months = pd.Index(list(year_months)).get_indexer(pd.Index(inside["month"]))
    places = pd.MultiIndex.from_tuples(options, names=["request", "option"]).get_indexer(pd.MultiIndex.from_frame(inside[["request", "option"]]))
    known = places >= 0
    at = (places[known], months[known])
    amounts = cents_of(inside["amount"])[known]
    np.add.at(money, at, amounts)
    np.maximum.at(heads, at, inside["heads"].to_numpy(np.int64)[known])
    np.add.at(cash, at, cents_of(inside["cash"])[known] if "cash" in inside else -amounts)
    return Uses(money, heads.reshape(-1, 4, 3).max(axis=2), cash.cumsum(axis=1))


def cents_of(column: pd.Series) -> Whole:
    """Returns a money column in whole cents."""
    exact = pa.chunked_array(pa.array(column.astype(MONEY), type=pa.decimal128(18, 2)))
    counted = pc.cast(pc.multiply(exact, pa.scalar(Decimal(100), pa.decimal128(3, 0))), pa.int64())
    numbers: Whole = counted.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def in_cents(amount: Decimal) -> int:
    """Returns an amount in whole cents."""
    return int(amount.scaleb(2))


def allocation_problem(
    limits: AllocationLimits,
    options: pd.DataFrame,
    uses: pd.DataFrame,
    teams: Sequence[Team],
    cash_path: Mapping[pd.Timestamp, Decimal],
    months: Sequence[pd.Timestamp],
) -> Problem:
    """Returns the options and the limits on them, in the order of their names, whatever the order of the frames.

    Args:
        limits: allocation.yml.
        options: One row for each option: request, option, team, goal, value (strategy-weighted contribution).
        uses: What each option costs by month, as `option_uses` reads it.
        teams: The company's teams; a limit on a group covers the teams below it.
        cash_path: The cash at the end of each month of the year without any request; needed by cash floors alone.
        months: The twelve months of the year.

    Raises:
        ValueError: If an option occurs twice, or a cash floor stands without the cash of one of its months.
    """
    ordered = options.sort_values(["request", "option"], kind="stable", ignore_index=True)
    offer = _offer(ordered)
    groups = _groups(teams)
    used = option_uses(offer.keys, uses, months)
    rows = [row for limit in limits.limits for row in limit_rows(limit, offer, used, groups, cash_path, months)]
    values = ordered["value"].to_numpy(np.float64)
    return Problem(offer.keys, offer.request_of, values, stacked([row[1:] for row in rows]), tuple(row[0] for row in rows))


def _offer(ordered: pd.DataFrame) -> Offer:
    request = ordered["request"].to_numpy(object)
    keys = tuple(zip(request.tolist(), ordered["option"].tolist(), strict=True))
    if len(set(keys)) < len(keys):
        raise ValueError("an option stands twice among those to choose from")
    codes, names = pd.factorize(request)
    start = np.concatenate([np.flatnonzero(np.diff(codes, prepend=-1)), [len(codes)]])
    at = {name: range(start[place], start[place + 1]) for place, name in enumerate(names)}
    return Offer(keys, codes.astype(np.int64), at, ordered["team"].to_numpy(object), ordered["goal"].to_numpy(object))


def _groups(teams: Sequence[Team]) -> dict[str, set[str]]:
    """Each team with itself and every group above it."""
    parents = {each.id: each.parent for each in teams}
    groups: dict[str, set[str]] = {}
    for team, parent in parents.items():
        above, here = {team}, parent
        while here and here not in above:
            above.add(here)
            here = parents.get(here)
        groups[team] = above
    return groups


def limit_rows(
    limit: Limit, offer: Offer, uses: Uses, groups: Mapping[str, set[str]], cash_path: Mapping[pd.Timestamp, Decimal], months: Sequence[pd.Timestamp]
) -> Iterator[Row]:
    """Yields the rows of one limit: what it is, the options it concerns, their weights, the least, the most."""
    if isinstance(limit, MoneyLimit):
        span = slice(None) if limit.period == "year" else _quarter(limit.period)
        least = -UNLIMITED if limit.at_least is None else in_cents(limit.at_least)
        most = UNLIMITED if limit.at_most is None else in_cents(limit.at_most)
        yield LimitRow(limit.id, "money", limit.period), *_sparse(uses.money[:, span].sum(axis=1) * _covered(limit, offer, groups)), least, most
    elif isinstance(limit, HeadLimit):
        covered = _covered(limit, offer, groups)
        least, most = (-UNLIMITED if limit.at_least is None else limit.at_least), (UNLIMITED if limit.at_most is None else limit.at_most)
        for position, quarter in enumerate(QUARTERS):
            if limit.period in {"each", quarter}:
                yield LimitRow(limit.id, "heads", quarter), *_sparse(uses.heads[:, position] * covered), least, most
    elif isinstance(limit, CashFloor):
        yield from _cash_rows(limit, uses, cash_path, months)
    else:
        yield _rule(limit, offer)


def _sparse(weights: Whole) -> tuple[Whole, Whole]:
    columns = np.flatnonzero(weights)
    return columns, weights[columns]


def _quarter(name: str) -> slice:
    first = QUARTERS.index(name) * 3
    return slice(first, first + 3)


def _covered(limit: MoneyLimit | HeadLimit, offer: Offer, groups: Mapping[str, set[str]]) -> Flags:
    covered: Flags = np.ones(len(offer.keys), bool)
    if limit.teams:
        inside = [team for team, above in groups.items() if above & set(limit.teams)]
        covered &= np.isin(offer.team, np.array(inside, object))
    return covered & np.isin(offer.goal, np.array(limit.goals, object)) if limit.goals else covered


def _cash_rows(limit: CashFloor, uses: Uses, cash_path: Mapping[pd.Timestamp, Decimal], months: Sequence[pd.Timestamp]) -> Iterator[Row]:
    for position, month in enumerate(months):
        if limit.start is None or month >= limit.start:
            if month not in cash_path:
                raise ValueError(f"limit {limit.id}: no cash at the end of {month_text(month)}")
            least = in_cents(limit.at_least) - in_cents(cash_path[month])
            yield LimitRow(limit.id, "cash", month_text(month)), *_sparse(uses.cash[:, position]), least, UNLIMITED


def _rule(limit: Limit, offer: Offer) -> Row:
    """A request that nobody submitted counts as never funded."""
    what = LimitRow(limit.id, "rule")
    if isinstance(limit, Need):
        asks, helps = offer.at.get(limit.request, range(0)), offer.at.get(limit.needs, range(0))
        pairs = sorted([*((each, 1) for each in asks), *((each, -1) for each in helps)])
        return what, _whole([each for each, _ in pairs]), _whole([sign for _, sign in pairs]), -UNLIMITED, 0
    if isinstance(limit, Exclusion):
        either = sorted(each for request in set(limit.requests) for each in offer.at.get(request, ()))
        return what, _whole(either), np.ones(len(either), np.int64), -UNLIMITED, 1
    if isinstance(limit, Must):
        wanted = [each for each in offer.at.get(limit.request, ()) if limit.option in {None, offer.keys[each][1]}]
        return what, _whole(wanted), np.ones(len(wanted), np.int64), 1, UNLIMITED
    raise TypeError(f"{type(limit).__name__} is no limit of an allocation")


def _whole(numbers: list[int]) -> Whole:
    return np.array(numbers, dtype=np.int64)
