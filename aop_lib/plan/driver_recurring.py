"""The recurring business, month by month over all scenarios: new business, the MRR roll, revenue, billings, collections.

Arrays in here are (month, segment, scenario), scenarios side by side in memory; whatever does not differ has an axis of one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aop_lib.plan.driver_model import TERMS, Array, Opening

ROLLS = (
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "price",
    "mrr",
    "customers",
    "revenue",
    "billings",
    "collections",
    "contracts",
)
SUMMED = ("mrr", "new", "customers", "revenue", "billings", "collections")
DAYS = 30


def lag_weights(lag: Array) -> Array:
    """Returns how much of a month's amount arrives k months later.

    Defined as::

        weight(k) = max(0, 1 - |k - lag|)          a lag of 2.25 months: three quarters after two, a quarter after three

    Args:
        lag: (1, segment, scenario), months.

    Returns:
        (k, segment, scenario); sums to 1 over k.
    """
    longest = int(np.ceil(lag.max())) if lag.size else 0
    steps = np.arange(longest + 1, dtype=float)[:, None, None]
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(steps - lag)))


def lagged(values: Array, weights: Array, count: int) -> Array:
    """Returns amounts where they arrive.

    Defined as::

        arrived(t) = sum over k of weight(k) * value(t - k)          from the first month on

    Args:
        values: (month | 1, segment | 1, scenario | 1).
        weights: (k, segment | 1, scenario | 1).
        count: The number of months.
    """
    found = np.zeros(np.broadcast_shapes((count, 1, 1), values.shape, (1, *weights.shape[1:])))
    whole = np.broadcast_to(values, (count, *values.shape[1:]))
    for step, weight in enumerate(weights[:count]):
        if weight.any():
            found[step:] += weight * whole[: count - step]
    return found


def demand(drivers: Mapping[str, Array], opening: Opening, count: int) -> Array:
    """Returns what the pipeline is worth when it ripens, yearly contract value.

    Defined as::

        created(t) = pipeline_created(t) * (1 + pipeline_growth) ^ t               t = 0 in the model's first month
        ripe(t)    = ripening(t) + sum over k of weight(k) * created(t - k)         weights of cycle_months, see `lag_weights`
        demand(t)  = win_rate(t) * ripe(t)
    """
    growth, created = drivers["pipeline_growth"], drivers["pipeline_created"]
    months = np.arange(count, dtype=float)[:, None, None]
    path = created * (1.0 + growth) ** months if growth.any() else created
    ripe = lagged(path, lag_weights(drivers["cycle_months"][:1]), count) + opening.ripening[:, :, None]
    return np.asarray(drivers["win_rate"] * ripe)


def capacity(drivers: Mapping[str, Array], opening: Opening, count: int) -> Array:
    """Returns what the sellers can close in a month, yearly contract value.

    Defined as::

        ramp(k)     = min(1, k / ramp_months)              k months after a seller's start; 1 at once where ramp_months is 0
        sellers(t)  = ramped(t) - leavers to t + sum over starts s <= t of starts(s) * ramp(t - s)           ramped: those of before
        capacity(t) = quota / 12 * sellers(t) * attainment            infinite in a segment whose quota is 0: nobody is held to one
    """
    ramp = drivers["ramp_months"][:1]
    longest = int(np.ceil(ramp.max())) if ramp.size else 0
    steps = np.arange(longest + 1, dtype=float)[:, None, None]
    curve = np.where(ramp > 0, np.minimum(1.0, steps / np.where(ramp > 0, ramp, 1.0)), 1.0)
    starts = np.cumsum(np.broadcast_to(drivers["rep_starts"], (count, *drivers["rep_starts"].shape[1:])), axis=0)
    gone = np.cumsum(np.broadcast_to(drivers["rep_leavers"], (count, *drivers["rep_leavers"].shape[1:])), axis=0)
    sellers = opening.ramped[:, :, None] - gone + lagged(starts, np.diff(curve, axis=0, prepend=0.0), count)
    quota = drivers["quota"]
    return np.asarray(np.where(quota > 0, quota / 12 * np.maximum(sellers, 0.0) * drivers["attainment"], np.inf))


def recurring(drivers: Mapping[str, Array], opening: Opening, rolls: Mapping[str, Array], sums: Mapping[str, Array]) -> None:
    """Fills the rolls of a block of scenarios and their sums over segments; new business is there already.

    Defined as::

        opening           = closing of the month before
        new               = (min(capacity, demand) + direct_new) / 12
        expansion, contraction, churn, reactivation = opening * its rate             price = opening * price_change
        closing           = opening + new + reactivation + expansion + price - contraction - churn
        revenue           = opening + in_month_share * (closing - opening)           recognised monthly; 0.5 is the middle of the month
        customers         = customers before * (1 - customer_churn_rate) + 12 * new / new_contract
        due(n, t)         = due(n, t - n) + closing - opening                        MRR billed again every n months: what moves, moves at renewal
        billings          = sum over terms n of n * share(n) * due(n, t)             in advance; share(12) is at most 1 - share(3), share(1) the rest
        contracts         = contracts before + billings - revenue                    deferred revenue; below zero it is unbilled
        collections       = receipts + sum over k of weight(k) * billings(t - k)                weights of dso_days / 30

    Args:
        drivers: Drivers of this block.
        opening: Where everything stands before.
        rolls: Each name of `ROLLS` to its array (month, segment, scenario), filled here; `new` holds new MRR.
        sums: Each name of `SUMMED`, and `deferred` and `unbilled`, to its array (month, scenario), filled here.
    """
    count, block = rolls["mrr"].shape[0], rolls["mrr"].shape[1:]
    work = _Work(drivers, opening, block)
    for month in range(count):
        work.moved(month, rolls)
        work.billed(month, rolls)
        work.collected(month, rolls)
        for name in SUMMED:
            np.add.reduce(rolls[name][month], axis=0, out=sums[name][month])
        work.balances(rolls["contracts"][month], sums["deferred"][month], sums["unbilled"][month])


class _Work:
    """Room for one block of scenarios, so that no month allocates anything."""

    def __init__(self, drivers: Mapping[str, Array], opening: Opening, block: tuple[int, ...]) -> None:
        self.drivers, self.opening = drivers, opening
        self.change, self.room = np.empty(block), np.empty(block)
        quarterly = drivers["quarterly_share"][0]
        annual = np.minimum(drivers["annual_share"][0], 1.0 - quarterly)
        self.shares = {1: 1.0 - annual - quarterly, 3: 3 * quarterly, 12: 12 * annual}
        self.terms = [term for term in TERMS if term > 1 and self.shares[term].any()]
        self.due = {term: self._due(opening.phases[term], block) for term in self.terms}
        weights = lag_weights(drivers["dso_days"][:1] / DAYS)
        self.waits = [(step, weights[step]) for step in range(len(weights)) if weights[step].any()]
        self.kept, self.per_new = 1.0 - drivers["customer_churn_rate"], 12.0 / drivers["new_contract"]

    @staticmethod
    def _due(phases: Array, block: tuple[int, ...]) -> Array:
        due = np.empty((len(phases), *block))
        due[...] = phases[:, :, None]
        return due

    def before(self, month: int, name: str, rolls: Mapping[str, Array]) -> Array:
        """Returns a balance at the close of the month before."""
        return rolls[name][month - 1] if month else np.asarray(getattr(self.opening, name))[:, None]

    def moved(self, month: int, rolls: Mapping[str, Array]) -> None:
        """Fills the movements, the closing MRR, revenue and customers of a month."""
        change, room, mrr, new, at = self.change, self.room, self.before(month, "mrr", rolls), rolls["new"][month], self.at
        for name in ("expansion", "contraction", "churn", "reactivation"):
            np.multiply(mrr, at(f"{name}_rate", month), out=rolls[name][month])
        np.multiply(mrr, at("price_change", month), out=rolls["price"][month])
        np.add(rolls["expansion"][month], new, out=change)
        change += rolls["reactivation"][month]
        change += rolls["price"][month]
        change -= rolls["contraction"][month]
        change -= rolls["churn"][month]
        np.multiply(change, self.drivers["in_month_share"][0], out=room)
        np.add(mrr, room, out=rolls["revenue"][month])
        np.add(mrr, change, out=rolls["mrr"][month])
        customers = rolls["customers"][month]
        np.multiply(self.before(month, "customers", rolls), self.kept[month if len(self.kept) > 1 else 0], out=customers)
        np.multiply(new, self.per_new[month if len(self.per_new) > 1 else 0], out=room)
        customers += room

    def billed(self, month: int, rolls: Mapping[str, Array]) -> None:
        """Fills the billings of a month and what they leave of contracts."""
        billings, room, contracts = rolls["billings"][month], self.room, rolls["contracts"][month]
        np.multiply(rolls["mrr"][month], self.shares[1], out=billings)
        for term in self.terms:
            due = self.due[term][month % term]
            due += self.change
            np.multiply(due, self.shares[term], out=room)
            billings += room
        np.add(self.before(month, "contracts", rolls), billings, out=contracts)
        contracts -= rolls["revenue"][month]

    def collected(self, month: int, rolls: Mapping[str, Array]) -> None:
        """Fills what customers pay in a month."""
        paid = rolls["collections"][month]
        np.copyto(paid, self.opening.receipts[month][:, None])
        for step, weight in self.waits:
            if step <= month:
                np.multiply(rolls["billings"][month - step], weight, out=self.room)
                paid += self.room

    def balances(self, contracts: Array, deferred: Array, unbilled: Array) -> None:
        """Fills deferred revenue and unbilled receivables, per segment never below zero."""
        np.maximum(contracts, 0.0, out=self.room)
        np.add.reduce(self.room, axis=0, out=deferred)
        self.room -= contracts
        np.add.reduce(self.room, axis=0, out=unbilled)

    def at(self, name: str, month: int) -> Array:
        """Returns a driver's values in a month."""
        array = self.drivers[name]
        return np.asarray(array[month if len(array) > 1 else 0])
