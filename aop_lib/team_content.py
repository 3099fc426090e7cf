"""What one team's workbook tells it: who and what it is for, the team's own targets and actuals, the lists, the rates. Nothing of other teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.sources.rates import held_rates
from aop_lib.team_lists import Lists, team_lists

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params

LEAST_PEOPLE = 5  # of fewer, what people cost could be solved for what one of them earns
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class TargetRow:
    """A KPI that the team answers for, month by month.

    Attributes:
        goal: The goal's statement.
        kpi: What the metric is called.
        unit: Of the catalogue: currency, pct, count, fte, months or ratio.
        adds_up: Whether months make a year by adding up; else the last month stands for it.
        months: Each month of the planned year; None after the deadline.
    """

    goal: str
    kpi: str
    unit: str
    adds_up: bool
    months: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class ActualRow:
    """An account in the last twelve closed months, in reporting currency, natural sign; `line_sign` is that of its line."""

    account: str
    name: str
    line_sign: int
    months: tuple[Decimal, ...]


@dataclass(frozen=True)
class ActualLine:
    """A line of the P&L with the team's accounts in it; direction is +1 for revenue and the like, -1 for costs."""

    name: str
    direction: int
    accounts: tuple[ActualRow, ...]


@dataclass(frozen=True)
class TeamContent:
    """Everything that a team's workbook tells.

    Attributes:
        company: Its short name and the one that people read.
        cycle: Id and label of the cycle.
        team: Id and name.
        owner: Who leads the team.
        currency: The reporting currency.
        year: The months of the planned year.
        closed: The twelve months of the actuals.
        targets: In the order of the goals.
        actuals: In the order of the P&L.
        hides_people: Whether accounts of people are left out, since the team is that small.
        lists: What it chooses from.
        rates: Units of reporting currency for one of each currency of the lists; a currency without a rate is not there.
        summed: Metrics whose months add up.
    """

    company: tuple[str, str]
    cycle: tuple[str, str]
    team: tuple[str, str]
    owner: str
    currency: str
    year: tuple[pd.Timestamp, ...]
    closed: tuple[pd.Timestamp, ...]
    targets: tuple[TargetRow, ...]
    actuals: tuple[ActualLine, ...]
    hides_people: bool
    lists: Lists
    rates: Mapping[str, Decimal]
    summed: frozenset[str]


def team_content(params: Params, team: str, frames: Mapping[str, pd.DataFrame]) -> TeamContent:
    """Returns what the workbook of one team tells.

    Args:
        params: The cycle.
        team: The team's id.
        frames: accounts, lines, ledger, rates, people_history and targets; only rows of the team are looked at.
    """
    company = params.company
    one = next(each for each in company.teams if each.id == team)
    ledger = frames["ledger"][frames["ledger"]["team"] == team]
    hides, lists = _is_small(team, frames["people_history"], params), team_lists(params, team, frames["accounts"])
    return TeamContent(
        company=(params.company_id, company.name),
        cycle=(params.id, params.label),
        team=(team, one.name),
        owner=next(each.name for each in company.owners if each.id == one.owner),
        currency=company.reporting_currency,
        year=tuple(params.year_months),
        closed=tuple(params.last_twelve),
        targets=_targets(params, frames["targets"][frames["targets"]["team"] == team]),
        actuals=_actuals(params, ledger, frames, hides_people=hides),
        hides_people=hides,
        lists=lists,
        rates=_rates(params, frames["rates"], [each.id for each in lists["currencies"]]),
        summed=frozenset(name for name, metric in params.metrics.items() if metric.aggregate == "sum"),
    )


def _is_small(team: str, people: pd.DataFrame, params: Params) -> bool:
    """Returns whether fewer people than LEAST_PEOPLE were in the team in some month; a team without people has nothing to hide."""
    own = people[(people["team"] == team) & people["month"].isin(params.last_twelve)]
    counts = own.groupby("month")["person"].nunique()
    return bool(len(counts)) and int(counts.min()) < LEAST_PEOPLE


def _targets(params: Params, own: pd.DataFrame) -> tuple[TargetRow, ...]:
    rows, keys = [], list(dict.fromkeys(zip(own["goal"], own["metric"], strict=True)))
    statements = {each.id: each.statement for each in params.goals.goals}
    for goal, kpi in keys:
        path = own[(own["goal"] == goal) & (own["metric"] == kpi)]
        values = dict(zip(path["month"], path["value"], strict=True))
        metric = params.metrics[kpi]
        months = tuple(values.get(month) for month in params.year_months)
        rows.append(TargetRow(statements[goal], metric.label, metric.unit, metric.aggregate == "sum", months))
    return tuple(rows)


def _actuals(params: Params, ledger: pd.DataFrame, frames: Mapping[str, pd.DataFrame], *, hides_people: bool) -> tuple[ActualLine, ...]:
    amounts = _amounts(ledger[ledger["month"].isin(params.last_twelve)])
    posted = {account for (account, _), amount in amounts.items() if amount}
    accounts = frames["accounts"][frames["accounts"]["account"].isin(posted)].sort_values("position")
    if hides_people:
        accounts = accounts[accounts["behaviour"] != "people"]
    lines = frames["lines"].sort_values("position")
    found = []
    for line, name, direction in zip(lines["line"], lines["name"], lines["direction"], strict=True):
        own = accounts[accounts["line"] == line]
        rows = tuple(
            ActualRow(account, words, int(sign), tuple(amounts.get((account, month), ZERO) for month in params.last_twelve))
            for account, words, sign in zip(own["account"], own["name"], own["line_sign"], strict=True)
        )
        found += [ActualLine(name, int(direction), rows)] if rows else []
    return tuple(found)


def _amounts(ledger: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], Decimal]:
    found: dict[tuple[str, pd.Timestamp], Decimal] = {}
    for account, month, amount in zip(ledger["account"], ledger["month"], ledger["amount"], strict=True):
        found[account, month] = found.get((account, month), ZERO) + amount
    return found


def _rates(params: Params, rates: pd.DataFrame, currencies: list[str]) -> dict[str, Decimal]:
    held, month = held_rates(rates, params.year_months, params.last_closed), params.year_months[-1]
    known = {currency: held[currency, month] for currency in currencies if (currency, month) in held}
    return {**known, params.company.reporting_currency: Decimal(1)}
