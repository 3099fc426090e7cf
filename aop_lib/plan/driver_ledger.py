"""What the ledger and the list of people say about costs, people, billing and cash: the company's part of the estimates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.periods import add_months, month_end, month_spine
from aop_lib.plan.driver_estimates import Estimate, closed_window, mean, ratio
from aop_lib.plan.wording import months_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aop_lib.load import Params
    from aop_lib.plan.saas_metrics import Book

Series = dict[pd.Timestamp, float]
PEOPLE = "people"


@dataclass(frozen=True)
class Books:
    """The ledger as the estimates need it, in reporting currency, from its first to the last closed month.

    Attributes:
        months: The months.
        by_account: Account to month to what it adds into its P&L line.
        balances: `cash`, `receivables`, `deferred`, `payables`, `fixed_assets` to month to the balance at its close, positive for
            what is usual; empty where drivers.yml or company.yml names no account. `other_net`: every other asset less every other liability.
        lines: Account to its P&L line.
        people: Accounts that follow people.
        team_people: (team, line) to what its people cost in the last months.
    """

    months: tuple[pd.Timestamp, ...]
    by_account: dict[str, Series]
    balances: dict[str, Series]
    lines: dict[str, str]
    people: tuple[str, ...]
    team_people: dict[tuple[str, str], float]

    def total(self, accounts: Sequence[str], month: pd.Timestamp) -> float:
        """Returns what accounts add into their lines in a month."""
        return sum(self.by_account.get(account, {}).get(month, 0.0) for account in accounts)

    def of_lines(self, lines: Sequence[str]) -> list[str]:
        """Returns the accounts of P&L lines."""
        return [account for account, line in self.lines.items() if line in lines]


def books(params: Params, frames: Mapping[str, pd.DataFrame]) -> Books:
    """Returns the ledger as the estimates need it.

    Args:
        params: Which accounts hold cash, receivables, deferred revenue, payables and fixed assets.
        frames: ledger, accounts, lines.
    """
    ledger, accounts = frames["ledger"], frames["accounts"]
    months = month_spine(ledger["month"].min(), add_months(params.last_closed, 1)) if len(ledger) else []
    own = accounts[accounts["line"].isin(frames["lines"]["line"])]
    lines, signs = (dict(zip(own["account"], own[column], strict=True)) for column in ("line", "line_sign"))
    by_account: dict[str, Series] = {}
    for account, month, amount in _sums(ledger, ("account", "month")):
        if account in lines:
            by_account.setdefault(account, {})[month] = amount * int(signs[account])
    people = tuple(own.loc[own["behaviour"] == PEOPLE, "account"])
    recent = ledger[ledger["account"].isin(people) & ledger["month"].isin(months[-params.drivers.window_months :])]
    team_people: dict[tuple[str, str], float] = {}
    for team, account, amount in _sums(recent, ("team", "account")):
        team_people[team, lines[account]] = team_people.get((team, lines[account]), 0.0) + amount
    return Books(tuple(months), by_account, _balances(params, ledger, accounts, months), lines, people, team_people)


def _sums(ledger: pd.DataFrame, by: tuple[str, str]) -> Iterator[tuple[Any, Any, float]]:
    grouped = ledger.assign(value=ledger["amount"].astype(float)).groupby(list(by), sort=True)[["value"]].sum().reset_index()
    yield from zip(grouped[by[0]], grouped[by[1]], (float(each) for each in grouped["value"]), strict=True)


def _balances(params: Params, ledger: pd.DataFrame, accounts: pd.DataFrame, months: Sequence[pd.Timestamp]) -> dict[str, Series]:
    named, signs = params.drivers.model.balances, dict(zip(accounts["account"], accounts["debit_sign"], strict=True))
    wanted = {
        "cash": (params.company.switches.cash_accounts, 1), "receivables": (named.receivables, 1), "deferred": (named.deferred, -1),
        "payables": (named.payables, -1), "fixed_assets": (named.fixed_assets, 1),
    }  # fmt: skip
    taken = {account for own, _ in wanted.values() for account in own}
    held = accounts.loc[accounts["type"].isin(["asset", "liability"]) & ~accounts["account"].isin(list(taken)), "account"]
    wanted["other_net"] = (list(held), 1)
    found: dict[str, Series] = {}
    for name, (own, side) in wanted.items():
        moved: Series = {}
        for account, month, amount in _sums(ledger[ledger["account"].isin(own)], ("account", "month")):
            moved[month] = moved.get(month, 0.0) + side * int(signs[account]) * amount
        balance, closes = 0.0, {}
        for month in months:
            balance += moved.get(month, 0.0)
            closes[month] = balance
        found[name] = closes if own else {}
    return found


def billed(params: Params, found: Books) -> Series:
    """Returns what customers were billed for subscriptions in each month: revenue + what deferred revenue rose by."""
    accounts, deferred = found.of_lines(params.company.switches.subscription_revenue_lines), found.balances["deferred"]
    rose = {month: deferred.get(month, 0.0) - deferred.get(add_months(month, -1), 0.0) for month in found.months}
    return {month: found.total(accounts, month) + rose[month] for month in found.months[1 if deferred else 0 :]}


def billing_estimates(params: Params, found: Books, book: Book) -> Iterator[Estimate]:
    """Yields when revenue is recognised, how much is billed yearly in advance and when customers pay.

    Defined as::

        in_month_share   sum of (revenue - opening MRR) / sum of (closing - opening MRR), between 0 and 1
        annual_share     deferred revenue / (MRR * (6.5 - in_month_share)), between 0 and 1: the rest is billed monthly
        dso_days         30 * receivables / billings of the month
    """
    if not book.live or not found.months:
        return
    months = [month for month in closed_window(params, found.months[0]) if add_months(month, -1) in book.live]
    accounts = found.of_lines(params.company.switches.subscription_revenue_lines)
    closes = {month: monthly_amount(book, month) for month in [*(add_months(each, -1) for each in months), *months]}
    moved = [closes[month] - closes[add_months(month, -1)] for month in months]
    share, error = ratio([found.total(accounts, month) - closes[add_months(month, -1)] for month in months], moved)
    share = 0.5 if isnan(share) else min(max(share, 0.0), 1.0)
    yield Estimate("in_month_share", "", share, months_name(months), len(months), error)
    if found.balances["deferred"]:
        wholes = [closes[month] * (6.5 - share) for month in months]
        annual, error = ratio([found.balances["deferred"][month] for month in months], wholes)
        yield Estimate("annual_share", "", min(max(annual, 0.0), 1.0), months_name(months), len(months), error)
    if found.balances["receivables"]:
        bills = billed(params, found)
        days, error = ratio([30 * found.balances["receivables"][month] for month in months], [bills.get(month, 0.0) for month in months])
        yield Estimate("dso_days", "", max(days, 0.0), months_name(months), len(months), error)


def monthly_amount(book: Book, month: pd.Timestamp) -> float:
    """Returns the recurring amount of a month's close."""
    return float(sum(amount for parts in book.live.get(month, {}).values() for _, amount in parts.values()))


def team_lines(found: Books) -> dict[str, str]:
    """Returns the P&L line on which most of the cost of each team's people stands."""
    best: dict[str, tuple[float, str]] = {}
    for (team, line), amount in sorted(found.team_people.items()):
        best[team] = max(best.get(team, (0.0, line)), (amount, line))
    return {team: line for team, (_, line) in best.items()}


def people_estimates(params: Params, found: Books, people: pd.DataFrame, closing: Mapping[str, float]) -> Iterator[Estimate]:
    """Yields yearly pay of a head and the burden on it, per P&L line.

    Defined as::

        pay      mean yearly pay of the people employed at the last close, at closing rates
        burden   12 * mean monthly cost of the accounts that follow people / (heads * pay) - 1         over the run-rate window

    Args:
        params: The last closed month and the run-rate window.
        found: The ledger.
        people: One row per person.
        closing: Closing rate of each currency in the last closed month.
    """
    months = [month for month in found.months if month > add_months(params.last_closed, -params.drivers.window_months)]
    by_line: dict[str, list[float]] = {}
    places = team_lines(found)
    own = employed(people, params.last_closed)
    for team, salary, currency in zip(own["team"], own["salary"], own["currency"], strict=True):
        if team in places:
            by_line.setdefault(places[team], []).append(float(salary) * closing[currency])
    for line, pays in sorted(by_line.items()):
        pay, error = mean(pays)
        accounts = [account for account in found.people if found.lines[account] == line]
        loads = [12 * found.total(accounts, month) / sum(pays) - 1 for month in months]
        load, load_error = mean(loads)
        yield Estimate("pay", line, pay, months_name([params.last_closed]), len(pays), error)
        yield Estimate("burden", line, max(load, 0.0), months_name(months), len(months), load_error)


def employed(people: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """Returns the people employed on the last day of a month."""
    day = pd.Timestamp(month_end(month))
    return people[(people["start"] <= day) & (people["end"].isna() | (people["end"] >= day))] if len(people) else people


def heads_by_line(found: Books, people: pd.DataFrame, month: pd.Timestamp) -> Counter[str]:
    """Returns the people employed at a month's close by the P&L line that their team costs on."""
    places = team_lines(found)
    return Counter(places[team] for team in employed(people, month)["team"] if team in places)


def cost_estimates(params: Params, found: Books, book: Book, people: pd.DataFrame) -> Iterator[Estimate]:
    """Yields cost_rate of each account that follows a volume: sum of its amounts / sum of the volume, over the window."""
    if not found.months:
        return
    months = closed_window(params, found.months[0])
    bills, sold = billed(params, found), found.of_lines(params.company.switches.subscription_revenue_lines)
    new = book.bridge[book.bridge["movement"] == "new"] if len(book.bridge) else book.bridge
    won = {month: float(sum(new.loc[new["month"] == month, "amount"])) for month in months} if len(new) else {}
    volumes = {
        "customers": lambda month: float(len([1 for parts in book.live.get(month, {}).values() if parts])),
        "subscription_revenue": lambda month: found.total(sold, month),
        "new_arr": lambda month: won.get(month, 0.0),
        "billings": lambda month: bills.get(month, 0.0),
        "heads": lambda month: float(sum(heads_by_line(found, people, month).values())),
    }
    for follow in params.drivers.model.follows:
        rate, error = ratio([found.total([follow.account], month) for month in months], [volumes[follow.volume](month) for month in months])
        if not isnan(rate):
            yield Estimate("cost_rate", follow.account, rate, months_name(months), len(months), error)


def cash_estimates(params: Params, found: Books, types: Mapping[str, str]) -> Iterator[Estimate]:
    """Yields interest on cash, investment and days until suppliers are paid, where the accounts are named.

    Defined as::

        interest_rate   12 * first line of other income / cash at the close before          capex      rise of fixed assets + depreciation
        dpo_days        30 * payables / costs of the month without people and depreciation
    """
    months = closed_window(params, found.months[1]) if len(found.months) > 1 else []
    cash, named = found.balances["cash"], params.company.switches.depreciation_accounts
    if cash and months:
        income = found.of_lines([line for line, kind in types.items() if kind == "other_income"][:1])
        rate, error = ratio([12 * found.total(income, month) for month in months], [cash[add_months(month, -1)] for month in months])
        if income and not isnan(rate):
            yield Estimate("interest_rate", "", rate, months_name(months), len(months), error)
    assets = found.balances["fixed_assets"]
    if assets and months:
        bought = [assets[month] - assets[add_months(month, -1)] + found.total(named, month) for month in months]
        spent, error = mean(bought)
        yield Estimate("capex", "", max(spent, 0.0), months_name(months), len(months), error)
    if found.balances["payables"] and months:
        costs = found.of_lines([line for line, kind in types.items() if kind in {"cost_of_revenue", "opex", "other_expense"}])
        bought = [found.total([each for each in costs if each not in {*found.people, *named}], month) for month in months]
        days, error = ratio([30 * found.balances["payables"][month] for month in months], bought)
        yield Estimate("dpo_days", "", max(days, 0.0) if not isnan(days) else 0.0, months_name(months), len(months), error if not isnan(days) else nan)
