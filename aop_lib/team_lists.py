"""The lists that a team chooses from in its workbook, as people read them: `nrr_102 · Raise net revenue retention`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aop_lib.params.model import DRIVERS
from aop_lib.periods import month_text
from aop_lib.team_workbook import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from aop_lib.load import Params

TITLES = {
    "goals": "Goals", "metrics": "Metrics", "accounts": "Accounts", "lines": "P&L lines", "cost_centres": "Cost centres", "currencies": "Currencies",
    "owners": "Owners", "locations": "Locations", "months": "Months", "kinds": "Kinds", "options": "Options", "rhythms": "Rhythms", "weekdays": "Weekdays",
    "drivers": "Drivers",
}  # fmt: skip
LONGEST_NAME = 80


@dataclass(frozen=True)
class Item:
    """One entry of a list: the id that documents name, and what it is called."""

    id: str
    name: str = ""

    @property
    def shown(self) -> str:
        """What stands in the list and in the cells that chose it."""
        return f"{self.id}{BETWEEN}{self.name}" if self.name and self.name != self.id else self.id


Lists = dict[str, tuple[Item, ...]]


def team_lists(params: Params, team: str, accounts: pd.DataFrame) -> Lists:
    """Returns every list of TITLES for one team's workbook; a list may be empty.

    Accounts are those of the P&L that no other account lies below; cost centres those of the team and of the teams below it, all where it has none.

    Args:
        params: Goals, metrics, owners, places of work, the planned year.
        team: The team's id.
        accounts: The frame `accounts`.
    """
    company = params.company
    headers = set(accounts["parent"])
    posted = accounts[(accounts["line"] != "") & ~accounts["account"].isin(headers)]
    return {
        "goals": _items((each.id, each.statement) for each in params.goals.goals),
        "metrics": _items((name, each.label) for name, each in sorted(params.metrics.items())),
        "accounts": _items(zip(posted["account"], posted["name"], strict=True)),
        "lines": _items((each.id, each.name) for each in company.lines),
        "cost_centres": _items((code, "") for code in _cost_centres(params, team)),
        "currencies": _items((each, "") for each in _currencies(params)),
        "owners": _items((each.id, each.name) for each in company.owners),
        "locations": _items((each.id, each.name) for each in params.headcount.locations),
        "months": _items((month_text(month), "") for month in params.year_months),
        "kinds": _items((each, "") for each in ("incremental", "replaces")),
        "options": _items((each, "") for each in ("full", "reduced", "minimum")),
        "rhythms": _items((each, "") for each in ("once", "weekly", "monthly", "quarterly")),
        "weekdays": _items((each, "") for each in ("monday", "tuesday", "wednesday", "thursday", "friday")),
        "drivers": _items((name, each.label) for name, each in sorted(DRIVERS.items())),
    }


def _items(pairs: Iterable[tuple[str, str]]) -> tuple[Item, ...]:
    return tuple(Item(str(name), _short(" ".join(str(words).split()))) for name, words in pairs)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1].rstrip()}…"


def _currencies(params: Params) -> list[str]:
    company = params.company
    return list(dict.fromkeys([company.reporting_currency, *company.currencies, *(each.currency for each in company.entities)]))


def _cost_centres(params: Params, team: str) -> list[str]:
    below, teams = {team}, params.company.teams
    for _ in teams:
        below |= {each.id for each in teams if each.parent in below}
    own = [code for each in teams if each.id in below for code in each.cost_centres]
    return own or [code for each in teams for code in each.cost_centres]
