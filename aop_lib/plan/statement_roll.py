"""The balance sheet rolled from flows, month by month and to the cent: what is billed, collected, paid, invested and financed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

import pandas as pd

from aop_lib.money import cents, split

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Terms:
    """On which terms a company is paid and pays; months count from the first one after the opening.

    Attributes:
        revenue: Segment to what the driver model recognises in each month.
        billings: Segment to what it bills in each month.
        waits: Segment to the months until customers pay.
        pays_after: Months until suppliers are paid.
        receipts: Share of the opening receivables that arrives in each month.
        bills: Share of the opening payables that is paid in each month.
        invested: Investment of each month.
        financed: Financing of each month.
    """

    revenue: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)
    billings: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)
    waits: Mapping[str, Decimal] = field(default_factory=dict)
    pays_after: Decimal = Decimal(0)
    receipts: Sequence[Decimal] = ()
    bills: Sequence[Decimal] = ()
    invested: Sequence[Decimal] = ()
    financed: Sequence[Decimal] = ()


@dataclass(frozen=True)
class Flow:
    """A month of the P&L as cash sees it, exact; costs are positive.

    Attributes:
        month: The month.
        sold: Subscription revenue.
        gained: Other revenue and other income: paid at once.
        people: Costs of the accounts that follow people: paid at once.
        purchases: All other costs without depreciation: paid by the suppliers' terms.
        worn: Depreciation.
        tax: Taxes: paid at once.
        invested: Assets that the budget itself buys.
        other_assets: What the budget itself adds to other assets.
        other_liabilities: What it adds to other liabilities.
        financed: Equity that the budget itself raises.
    """

    month: pd.Timestamp
    sold: Decimal = ZERO
    gained: Decimal = ZERO
    people: Decimal = ZERO
    purchases: Decimal = ZERO
    worn: Decimal = ZERO
    tax: Decimal = ZERO
    invested: Decimal = ZERO
    other_assets: Decimal = ZERO
    other_liabilities: Decimal = ZERO
    financed: Decimal = ZERO

    @property
    def net_result(self) -> Decimal:
        """What is left of the month."""
        return self.sold + self.gained - self.people - self.purchases - self.worn - self.tax


@dataclass(frozen=True)
class Balance:
    """What stands at a month's close, and what moved in it; natural signs, to the cent.

    Attributes:
        cash: Cash at bank.
        receivables: Billed and not paid yet.
        pools: Segment to what is billed and not recognised yet; below zero it is recognised and not billed yet.
        fixed_assets: At cost less depreciation so far.
        other_assets: Every other asset.
        payables: What suppliers billed and were not paid yet.
        other_liabilities: Every other liability.
        capital: Equity at the opening, results to then included.
        results: Net results since then.
        financing: Financing since then.
        moved: billings, collections, payments, invested, financed and, of the P&L, what `Flow` has; empty at the opening.
    """

    cash: Decimal
    receivables: Decimal = ZERO
    pools: Mapping[str, Decimal] = field(default_factory=dict)
    fixed_assets: Decimal = ZERO
    other_assets: Decimal = ZERO
    payables: Decimal = ZERO
    other_liabilities: Decimal = ZERO
    capital: Decimal = ZERO
    results: Decimal = ZERO
    financing: Decimal = ZERO
    moved: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def deferred(self) -> Decimal:
        """Deferred revenue; no segment is below zero."""
        return sum((max(each, ZERO) for each in self.pools.values()), ZERO)

    @property
    def unbilled(self) -> Decimal:
        """Revenue that is recognised and not billed yet."""
        return sum((max(-each, ZERO) for each in self.pools.values()), ZERO)

    @property
    def assets(self) -> Decimal:
        """All assets."""
        return self.cash + self.receivables + self.unbilled + self.fixed_assets + self.other_assets

    @property
    def liabilities(self) -> Decimal:
        """All liabilities."""
        return self.payables + self.deferred + self.other_liabilities

    @property
    def equity(self) -> Decimal:
        """All equity."""
        return self.capital + self.results + self.financing


def rolled(start: Balance, flows: Sequence[Flow], terms: Terms) -> list[Balance]:
    """Returns the balance at each month's close.

    Defined as::

        billings      per segment: revenue * the model's billings / the model's revenue, rounded once; the month's revenue is told apart
                      over segments as the model does, largest remainder; without a model what is recognised is billed at once
        pool          pool before + billings - revenue                                       per segment
        collections   opening receivables by `receipts` + each month's billings when they have waited
        payments      opening payables by `bills` + each month's purchases when they have waited
        cash          before + collections + gained - people - payments - tax - invested + financed, and the budget's own balance-sheet rows
        waited        a wait of 2.25 months: three quarters after two months, the rest after three; parts sum to the cent

    Args:
        start: The opening; its pools name the segments.
        flows: The months after it, in order.
        terms: On which terms customers and suppliers pay.
    """
    found, before = [], start
    collected, paid = [ZERO] * len(flows), [ZERO] * len(flows)
    _spread(collected, start.receivables, terms.receipts)
    _spread(paid, start.payables, terms.bills)
    for place, flow in enumerate(flows):
        sold = _by_segment(flow.sold, place, start.pools, terms)
        billed = {segment: _billed(amount, segment, place, terms) for segment, amount in sold.items()}
        for segment, amount in billed.items():
            _late(collected, place, amount, terms.waits.get(segment, Decimal(0)))
        _late(paid, place, flow.purchases, terms.pays_after)
        pools = {segment: before.pools.get(segment, ZERO) + billed[segment] - amount for segment, amount in sold.items()}
        moved = {
            "billings": sum(billed.values(), ZERO), "collections": collected[place], "payments": paid[place],
            "invested": cents(_at(terms.invested, place)) + flow.invested, "financed": cents(_at(terms.financed, place)) + flow.financed,
        }  # fmt: skip
        before = _closed(before, flow, pools, moved)
        found.append(before)
    return found


def _closed(before: Balance, flow: Flow, pools: Mapping[str, Decimal], moved: Mapping[str, Decimal]) -> Balance:
    gained = moved["collections"] + flow.gained + moved["financed"] + flow.other_liabilities
    spent = flow.people + moved["payments"] + flow.tax + moved["invested"] + flow.other_assets
    return Balance(
        cash=before.cash + gained - spent,
        receivables=before.receivables + moved["billings"] - moved["collections"],
        pools=pools,
        fixed_assets=before.fixed_assets + moved["invested"] - flow.worn,
        other_assets=before.other_assets + flow.other_assets,
        payables=before.payables + flow.purchases - moved["payments"],
        other_liabilities=before.other_liabilities + flow.other_liabilities,
        capital=before.capital,
        results=before.results + flow.net_result,
        financing=before.financing + moved["financed"],
        moved={**moved, "sold": flow.sold, "worn": flow.worn, "net_result": flow.net_result},
    )


def _by_segment(sold: Decimal, place: int, pools: Mapping[str, Decimal], terms: Terms) -> dict[str, Decimal]:
    """Returns the month's revenue by segment, as the model has it there."""
    segments = sorted({*terms.revenue, *pools} or {""})
    weights = [max(_at(terms.revenue.get(segment, ()), place), Decimal(0)) for segment in segments]
    parts = split(sold, weights if any(weights) else [1] * len(segments))
    return dict(zip(segments, parts, strict=True))


def _billed(sold: Decimal, segment: str, place: int, terms: Terms) -> Decimal:
    known = _at(terms.revenue.get(segment, ()), place)
    return cents(sold * _at(terms.billings[segment], place) / known) if known > 0 else sold


def _at(values: Sequence[Decimal], place: int) -> Decimal:
    return values[place] if place < len(values) else Decimal(0)


def _late(room: list[Decimal], place: int, amount: Decimal, wait: Decimal) -> None:
    """Adds an amount where it arrives: a part after the whole months of the wait, the rest a month later."""
    whole = wait.to_integral_value(rounding=ROUND_FLOOR)
    first = cents(amount * (1 - (wait - whole)))
    for month, part in ((place + int(whole), first), (place + int(whole) + 1, amount - first)):
        if month < len(room):
            room[month] += part


def _spread(room: list[Decimal], balance: Decimal, shares: Sequence[Decimal]) -> None:
    """Adds what arrives of an opening balance; rounded on its way to the whole, so that nothing is left over by rounding."""
    for place, amount in enumerate(_steps(balance, shares)):
        if place < len(room):
            room[place] += amount


def _steps(balance: Decimal, shares: Sequence[Decimal]) -> Iterator[Decimal]:
    gone, so_far = ZERO, Decimal(0)
    for share in shares:
        so_far += share
        yield cents(balance * so_far) - gone
        gone = cents(balance * so_far)
