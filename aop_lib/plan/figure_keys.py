"""Keys of figures: what a displayed figure is, in a form that a story or a table carries to the page, where it is explained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FigureKey:
    """What a displayed figure is.

    Attributes:
        kind: How it is explained: `amount` of the P&L, `metric`, `months` of a metric that adds up, `statement`, `requests`, `arr` or `alignment`.
        name: Which one: a line, total or account, a metric, `cash_flow.closing` of the statements, what of the requests, a part of the business.
        sides: For an amount, the columns that stand in its row, the one that leads first: `actual`, `planned`, `budget`, `before`, `outlook`,
            `plan_year`, `model`, `modelled_budget`, `scenario:ID`, `version:ID`.
        team: The team; empty for the company.
        month: `2027-03`; empty where the sides say which months.
        since: The first month, where months add up.
    """

    kind: str
    name: str
    sides: tuple[str, ...] = ()
    team: str = ""
    month: str = ""
    since: str = ""

    @property
    def text(self) -> str:
        """The key in one line: `amount opex sides=actual,planned team=sales`."""
        told = [("sides", ",".join(self.sides)), ("team", self.team), ("month", self.month), ("since", self.since)]
        return " ".join([self.kind, self.name, *(f"{name}={value}" for name, value in told if value)])


ALIGNMENT_KEY = FigureKey("alignment", "missed").text
QUESTIONS_KEY = FigureKey("questions", "open").text
ARR_KEY = FigureKey("arr", "closing").text


def request_key(name: str, team: str = "") -> str:
    """Returns the key of what requests add up to: `asked`, `approved`, `undecided` or `heads`, of a team or of all."""
    return FigureKey("requests", name, team=team).text


def key_of(text: str) -> FigureKey:
    """Returns the key that was written in one line.

    Raises:
        ValueError: If it is none.
    """
    kind, name, *rest = text.split(" ")
    told = dict(each.split("=", 1) for each in rest)
    sides = tuple(told.pop("sides").split(",")) if "sides" in told else ()
    return FigureKey(kind, name, sides, told.pop("team", ""), told.pop("month", ""), told.pop("since", ""))


def amount_key(name: str, *sides: str, team: str = "") -> str:
    """Returns the key of an amount of the P&L.

    Args:
        name: A line, a subtotal or result of the statement, or an account.
        sides: The columns of its row, the one that leads first.
        team: The team; empty for the company.
    """
    return FigureKey("amount", name, sides, team).text


def metric_key(name: str, month: str, team: str = "", since: str = "") -> str:
    """Returns the key of a metric in a closed month, or over the months to it.

    Args:
        name: A metric of the catalogue.
        month: `2027-03`.
        team: A team that it is measured for; empty for the company.
        since: The first month that counts; empty for the one month alone.
    """
    return FigureKey("months" if since else "metric", name, team=team, month=month, since=since).text


def statement_key(name: str, first: str, last: str) -> str:
    """Returns the key of a figure of the budget's statements.

    Args:
        name: Statement and line: `cash_flow.closing`.
        first: The first month: `2027-01`; for an opening the month that it opens.
        last: The last one.
    """
    return FigureKey("statement", name, month=last, since=first).text
