"""requests/ and decisions.yml, typed: what teams ask for and what was decided."""

from __future__ import annotations

from typing import Literal

from aop_lib.fields import Amount, Code, Currency, Day, DayOrMonth, Figure, Id, Month, Number, Strict, Text, Whole
from aop_lib.params.drivers import Change
from aop_lib.params.model import DriverName


class RequestLine(Strict):
    """What an option costs: an amount for each month of a range."""

    account: Code
    cost_centre: Code
    start: Month
    end: Month | None = None  # excluded; without it one month
    amount: Amount  # per month
    currency: Currency
    vendor: Text = ""  # who is paid, where it is known
    comment: Text = ""


class PlannedRole(Strict):
    """People an option adds; headcount.yml says what else they cost than their pay."""

    role: Text
    level: Text = ""
    count: Whole = 1
    start: DayOrMonth  # a month is its first day
    end: DayOrMonth | None = None  # excluded: the first day without them
    pay: Amount  # of one, yearly, full time
    currency: Currency
    location: Id  # of headcount.yml
    cost_centre: Code
    quota: Amount | None = None  # of one, yearly, in the role's currency, of those who sell
    backfills: Text = ""  # whom it replaces


class OptionDriver(Change):
    """What an option does to a driver of the model: value * scale + by, from a month on."""

    driver: DriverName
    why: Text = ""


class Option(Strict):
    """A size of a request; at most one is funded."""

    id: Id
    heads: Whole = 0
    drivers: list[OptionDriver] = []  # what it changes, so that the driver model can say what it does to goals
    expects: dict[Id, Figure] = {}  # what the team expects it to add to metrics by the end of the planned year
    expects_by_month: dict[Id, dict[Month, Figure]] = {}  # the same month by month, of some of these metrics: their sum, or the last of them
    people: list[PlannedRole] = []  # roles it adds; what they cost by month is computed by headcount.yml
    lines: list[RequestLine] = []


class Request(Strict):
    """requests/<team>/<id>.yml: one ask of a team."""

    request: Id
    team: Id
    round: Whole = 1
    kind: Literal["incremental", "replaces"] = "incremental"
    title: Text
    why: Text
    goal: Id
    effect: Text = ""
    evidence: Text = ""
    submitted_by: Id
    submitted_on: Day
    states: dict[Id, Number] = {}  # what metrics are now, in the last closed month
    assumes: dict[Id, Number] = {}  # what metrics will be at the end of the planned year, so that teams can be compared
    options: list[Option]


class Decision(Strict):
    """One entry of decisions.yml: who decided what about a request's round, and why.

    `amount`, `content` and `after` are written by `aop decide`: what the option costs in the year, a digest of what was asked, and the digest of the
    entry before this one.
    """

    request: Id
    round: Whole = 1
    decision: Literal["approve", "revise", "reject", "withdraw"]  # withdraw: takes back what was decided on the round
    option: Id | None = None
    by: Id
    on: Day
    why: Text
    what: Text = ""  # revise: what the next round has to show or to change
    amount: Amount | None = None
    content: Text = ""
    after: Text = ""


class Decisions(Strict):
    """decisions.yml: append-only."""

    decisions: list[Decision] = []
