"""Existing people and contracts carried forward: which rule holds for an account, and what it makes of the actuals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.params.drivers import Rule
from aop_lib.periods import add_months, month_spine, months_between
from aop_lib.plan.profit_and_loss import pl_accounts
from aop_lib.plan.trees import account_ancestry, team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params

PLACE = ["entity", "team", "account"]
DEFAULT_RULE = Rule()

Series = Mapping[pd.Timestamp, Decimal]


@dataclass(frozen=True)
class Window:
    """The months that a run rate is taken from and the months it is carried to.

    Attributes:
        months: The last closed months that make the run rate.
        last_closed: The last closed month.
        year_start: The first month of the planned year, from which `growth` holds.
        first: The first month of the ledger.
    """

    months: tuple[pd.Timestamp, ...]
    last_closed: pd.Timestamp
    year_start: pd.Timestamp
    first: pd.Timestamp


def carried_forward(
    params: Params, ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, months: Sequence[pd.Timestamp], imported: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Returns the P&L accounts of the ledger carried to future months by the rules of drivers.yml.

    Defined as::

        run_rate               mean of the last window_months closed months
                               * (1 + growth, where the planned year starts in between) * (1 + monthly_growth) ^ months since the last closed one
        same_month_last_year   the same month of the last closed twelve * (1 + growth, as above); the mean, as for run_rate but without
                               monthly_growth, where the ledger does not reach back that far
        imported               the amount in the budget that was made elsewhere

    Each amount is rounded once, to the cent. Without a rule: run rate, no growth.

    Args:
        params: drivers.yml, calendar, last closed month, teams.
        ledger: Actuals, closed months, reporting currency.
        accounts: The account tree.
        lines: The P&L lines.
        months: The months wanted.
        imported: Budgets made elsewhere; needed by the method `imported` alone.

    Returns:
        entity, team, account, month, amount: all months for each place that has an amount in any of them.
    """
    past = places_by_month(pl_amounts(ledger, accounts, lines))
    elsewhere = places_by_month(pl_amounts(imported_rows(params, imported), accounts, lines)) if imported is not None else {}
    window = run_rate_window(params, ledger)
    places = sorted({*past, *elsewhere})
    rules = place_rules(params, accounts, [(account, team) for _, team, account in places])
    rows = []
    for place in places:
        rule = rules[place[2], place[1]]
        series = elsewhere.get(place, {}) if rule.method == "imported" else past.get(place, {})
        amounts = [money.cents(carried_amount(rule, series, month, window)) for month in months]
        rows += [(*place, month, amount) for month, amount in zip(months, amounts, strict=True)] if any(amounts) else []
    frame = pd.DataFrame(rows, columns=[*PLACE, "month", "amount"])
    return frame.assign(month=frame["month"].astype("datetime64[us]"), amount=frame["amount"].astype(money.MONEY))


def carried_amount(rule: Rule, series: Series, month: pd.Timestamp, window: Window) -> Decimal:
    """Returns what one rule makes of one account's months for a future month, not rounded.

    Args:
        rule: Method, growth and monthly growth.
        series: Actuals by month (or, for `imported`, the imported amounts); an absent month counts as zero.
        month: The month wanted.
        window: Months of the run rate, last closed month, start of the planned year.
    """
    if rule.method == "imported":
        return series.get(month, Decimal(0))
    growth = 1 + rule.growth if month >= window.year_start else Decimal(1)
    same = same_month(month, window.last_closed)
    if rule.method == "same_month_last_year" and same >= window.first:
        return series.get(same, Decimal(0)) * growth
    if not window.months:
        return Decimal(0)
    mean = _run_rate(series, window, growth)
    if rule.method == "same_month_last_year":
        return mean
    since = max(months_between(window.last_closed, month), 0)
    compound = (1 + rule.monthly_growth) ** since if since else Decimal(1)
    return mean * compound


def _run_rate(series: Series, window: Window, growth: Decimal) -> Decimal:
    """The mean of the window, lifted by the growth; months within the planned year have grown already."""
    grown = [each for each in window.months if each >= window.year_start]
    if not grown:
        return sum((series.get(each, Decimal(0)) for each in window.months), Decimal(0)) / len(window.months) * growth
    lifted = (series.get(each, Decimal(0)) * (1 if each in grown else growth) for each in window.months)
    return sum(lifted, Decimal(0)) / len(window.months)


def same_month(month: pd.Timestamp, last_closed: pd.Timestamp) -> pd.Timestamp:
    """Returns the last closed month, at least a year earlier, of the same name as a month."""
    source = add_months(month, -12)
    while source > last_closed:
        source = add_months(source, -12)
    return source


def run_rate_window(params: Params, ledger: pd.DataFrame) -> Window:
    """Returns the window of drivers.yml, cut to the months that the ledger covers."""
    after = add_months(params.last_closed, 1)
    first = ledger["month"].min() if len(ledger) else after
    covered = max(first, add_months(after, -params.drivers.window_months))
    return Window(tuple(month_spine(covered, after)), params.last_closed, params.year_months[0], first)


def pl_amounts(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns natural amounts of P&L accounts summed by entity, team, account and month."""
    return money.sums(amounts[amounts["account"].isin(pl_accounts(accounts, lines)["account"])], [*PLACE, "month"])


def places_by_month(amounts: pd.DataFrame) -> dict[tuple[str, str, str], dict[pd.Timestamp, Decimal]]:
    """Returns, for each (entity, team, account), its amount by month."""
    found: dict[tuple[str, str, str], dict[pd.Timestamp, Decimal]] = {}
    for entity, team, account, month, amount in amounts[[*PLACE, "month", "amount"]].itertuples(index=False, name=None):
        found.setdefault((entity, team, account), {})[month] = amount
    return found


def imported_rows(params: Params, imported: pd.DataFrame) -> pd.DataFrame:
    """Returns the imported rows that the method `imported` may use: the prior budget for the ending year, the one budget of the planned year."""
    planned = imported["month"].isin(params.year_months) & imported["budget"].isin(planned_budgets(params, imported)[:1])
    ending = imported["month"].isin(params.ending_year_months) & (imported["budget"] == (params.cycle.prior_budget or ""))
    return imported[planned | ending]


def planned_budgets(params: Params, imported: pd.DataFrame) -> list[str]:
    """Returns the names of imported budgets of the planned year; the one that the cycle's baseline names, where it names one."""
    baseline = params.cycle.baseline or ""
    if baseline.startswith("imported:"):
        return [baseline.removeprefix("imported:")]
    return sorted(imported.loc[imported["month"].isin(params.year_months), "budget"].unique())


def place_rules(params: Params, accounts: pd.DataFrame, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Rule]:
    """Returns the rule that holds for each (account, team): the most specific one of drivers.yml, else run rate without growth.

    Specific is, in this order: the account (itself before its groups), the line, the team (itself before its groups). Of two
    equally specific rules the first holds.

    Args:
        params: drivers.yml and the tree of teams.
        accounts: The account tree.
        pairs: The accounts and teams that are asked for.
    """
    account_groups, team_groups = account_ancestry(accounts), team_ancestry(params)
    line_of = dict(zip(accounts["account"], accounts["line"], strict=True))
    found = {}
    for account, team in sorted(set(pairs)):
        here = (account_groups.get(account, {account: 0}), {line_of.get(account, ""): 0}, team_groups.get(team, {team: 0}))
        ranked = [(rank, rule) for rule in params.drivers.rules if (rank := rule_rank(rule, here)) is not None]
        best = max((rank for rank, _ in ranked), default=None)
        found[account, team] = next((rule for rank, rule in ranked if rank == best), DEFAULT_RULE)
    return found


def rule_rank(rule: Rule, here: tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]]) -> tuple[float, ...] | None:
    """Returns how specific a rule is for a place, larger for nearer; None where it does not hold there.

    Args:
        rule: One rule of drivers.yml.
        here: Distance to the account and its groups, to the line, to the team and its groups.
    """
    ranks = [_nearness(wanted, distances) for wanted, distances in zip((rule.account, rule.line, rule.team), here, strict=True)]
    return None if None in ranks else tuple(rank for rank in ranks if rank is not None)


def _nearness(wanted: str | None, distances: Mapping[str, int]) -> float | None:
    if wanted is None:
        return 0.0
    return 1 / (1 + distances[wanted]) if wanted in distances else None
