"""The closed lists that a team's submission chooses from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from aop_lib.periods import add_months, month_of, month_text

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params
    from aop_lib.params.company import Team

YEARS_AROUND = 10


@dataclass(frozen=True)
class Choices:
    """What one team's files may name.

    Attributes:
        team: Id of the team whose folder it is.
        teams: Every way to name a team, to its id.
        cost_centres: The team's cost centres, those of the teams below it included; all where it has none.
        accounts: Every way to name an account, to its code; None where accounts are not known yet.
        year: The months of the planned year.
        span: First and last month that a request may name: ten years either way, so that requests of other cycles can stay.
        currencies: Currency codes of the company.
        goals: Goal ids.
        owners: Owner ids.
        cut: Requests submitted after this day belong to a later cycle; None where the cycle states no `as_of`.
        metrics: Ids of the metric catalogue.
        sums: Those whose months add up to the year.
        locations: Ids of the places of headcount.yml, to the currency that each pays in.
    """

    team: str
    teams: Mapping[str, str]
    cost_centres: Collection[str]
    accounts: Mapping[str, str] | None
    year: tuple[pd.Timestamp, ...]
    span: tuple[pd.Timestamp, pd.Timestamp]
    currencies: Collection[str]
    goals: Collection[str]
    owners: Collection[str]
    cut: date | None
    metrics: Collection[str] = ()
    sums: Collection[str] = ()
    locations: Mapping[str, str] = field(default_factory=dict)

    def month(self, text: str) -> pd.Timestamp | None:
        """Returns the month that a text names as YYYY-MM; None where it names none, or one out of all reach."""
        try:
            month = month_of(text)
        except ValueError:
            return None
        return month if self.span[0] <= month <= self.span[1] else None

    @property
    def expected_month(self) -> str:
        """What messages say about months."""
        return f"a month as YYYY-MM from {month_text(self.span[0])} to {month_text(self.span[1])}"


def choices(params: Params, team: str, known_accounts: Collection[str] | None) -> Choices:
    """Returns the closed lists for one team's files.

    Args:
        params: The cycle's parameters.
        team: The team's id.
        known_accounts: Account codes of the company; None where only the sources know them and were not read.
    """
    company = params.company
    return Choices(
        team=team,
        teams=_names(company.teams),
        cost_centres=_cost_centres(company.teams, team),
        accounts=_accounts(params, known_accounts),
        year=tuple(params.year_months),
        span=(add_months(params.year_months[0], -12 * YEARS_AROUND), add_months(params.year_months[-1], 12 * YEARS_AROUND)),
        currencies={company.reporting_currency, *company.currencies, *(each.currency for each in company.entities)},
        goals={each.id for each in params.goals.goals},
        owners={each.id for each in company.owners},
        cut=params.cycle.as_of,
        metrics=set(params.metrics),
        sums={name for name, metric in params.metrics.items() if metric.aggregate == "sum"},
        locations={each.id: each.currency for each in params.headcount.locations},
    )


def _names(teams: Collection[Team]) -> dict[str, str]:
    """Returns every way to name a team; a name or code that two teams share stands for neither."""
    given = [(code, each.id) for each in teams for code in {*each.codes, each.name}]
    counts = Counter(code for code, _ in given)
    named = {code: team for code, team in given if counts[code] == 1}
    return named | {each.id: each.id for each in teams}


def _cost_centres(teams: Collection[Team], team: str) -> set[str]:
    below = {team}
    for _ in teams:
        below |= {each.id for each in teams if each.parent in below}
    own = {code for each in teams if each.id in below for code in each.cost_centres}
    return own or {code for each in teams for code in each.cost_centres}


def _accounts(params: Params, known: Collection[str] | None) -> dict[str, str] | None:
    listed = params.company.accounts
    if known is None and not listed:
        return None
    codes = {code: each.account for each in listed for code in each.codes}
    return codes | {each.account: each.account for each in listed} | {each: each for each in known or ()}
