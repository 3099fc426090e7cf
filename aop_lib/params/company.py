"""company.yml, typed: who we are, how we are organised, where our figures come from."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from aop_lib.fields import Amount, CalendarMonth, Code, Currency, Day, Flag, Id, Separator, Share, Strict, Text, Whole
from aop_lib.switches import Switches

AccountType = Literal["revenue", "cost_of_revenue", "opex", "other_income", "other_expense", "tax", "asset", "liability", "equity", "statistical"]
Behaviour = Literal["fixed", "variable", "people"]
Severity = Literal["error", "warning", "off"]
SourceKind = Literal["csv", "excel", "parquet", "duckdb", "sql"]
Encoding = Literal["utf-8", "utf-16", "latin-1", "latin-9", "cp1250", "cp1251", "cp1252", "cp437", "cp850", "mac-roman", "shift-jis", "gb18030"]


class Owner(Strict):
    """A person who answers for goals, teams or milestones."""

    id: Id
    name: Text
    title: Text = ""
    person: Code | None = None  # the same person in the HR system, so that leavers are noticed; without it the name is compared


class Entity(Strict):
    """A legal entity or organisation that posts to the ledger."""

    id: Id
    name: Text
    currency: Currency
    ownership: Share = Decimal(1)
    codes: list[Code] = []  # how sources name it; its id and name count as well


class Team(Strict):
    """A team or a group of teams; groups have no cost centres."""

    id: Id
    name: Text
    owner: Id
    parent: Id | None = None
    cost_centres: list[Code] = []
    codes: list[Code] = []
    submits: Flag = True  # false: the team is not asked for requests
    moves: list[Id] = []  # metrics that its work moves; once a team names any, no team gets a target for a KPI that it cannot move


class Line(Strict):
    """One line of the P&L: the accounts in the subtrees of `roots` add into it with the signs of the tree."""

    id: Id
    name: Text
    type: AccountType
    roots: list[Code] = []


class Account(Strict):
    """One account, where the company lists its accounts here instead of taking them from a source."""

    account: Code
    name: Text
    type: AccountType
    line: Id | None = None
    parent: Code | None = None
    behaviour: Behaviour = "fixed"
    codes: list[Code] = []


class Source(Strict):
    """Where figures come from and how their layout maps to ours."""

    name: Id
    preset: Text  # a preset of aop_lib/sources/presets, or a .yml file beside company.yml
    where: Text  # a folder or file, relative to company.yml; a database: env:NAME, the variable that holds its address
    kind: SourceKind | None = None  # default: what the ending of `where` says; a folder holds CSV files
    separator: Separator = ","  # CSV: comma, semicolon, tab, bar or another sign
    encoding: Encoding = "utf-8"  # CSV
    decimal: Literal["point", "comma"] = "point"  # CSV and texts: what stands before the cents
    thousands: Literal["none", "comma", "point", "blank", "apostrophe"] = "none"  # what may group digits
    posting: Literal["calendar", "nearest_month_end"] = "calendar"
    currency: Currency | None = None  # declared: every amount counts as this currency
    lines: Literal["single", "summed"] = "single"  # summed: a Parquet ledger of millions of lines, added up before it is checked
    budget: Id | None = None  # the name under which its budget rows are imported
    checks: dict[Id, Severity] = {}


class Materiality(Strict):
    """A variance is discussed when it reaches both limits, and from ten times the amount on whatever its share."""

    amount: Amount = Decimal(10_000)
    pct: Share = Decimal("0.05")


class Reconcile(Strict):
    """One metric that several sources tell: which one counts, and how far the others may be off."""

    metric: Literal["arr", "new_arr", "heads"]
    sources: list[Id]
    precedence: Id
    tolerance: Share = Decimal("0.01")  # of the value that counts, after what records explain
    accounts: list[Code] = []  # heads: the accounts that hold base salaries, so that the ledger can tell how many it paid


class Intercompany(Strict):
    """What entities book against one another: what both sides hold of the same thing is eliminated."""

    id: Id
    name: Text
    left: list[Code]  # accounts of the side that earns or is owed
    right: list[Code]  # accounts of the side that pays or owes
    owner: Id | None = None  # who clears what does not match; default: the company's first owner


class SharedCosts(Strict):
    """A team whose operating costs are handed to the teams that use it."""

    team: Id
    by: dict[Id, Share] | Literal["heads"] = "heads"  # heads: those of the last closed month


class Consolidation(Strict):
    """How entities and shared costs become one group."""

    translation_account: Code | None = None  # equity: takes what translating balances at the close and results at the average leaves
    intercompany: list[Intercompany] = []
    shared_costs: list[SharedCosts] = []  # in the order of stepping down
    method: Literal["reciprocal", "step_down", "direct"] = "reciprocal"


class ApprovalLimit(Strict):
    """How much of one request a person, or a level of the chart, approves; what is larger goes to the next level."""

    owner: Id | None = None
    level: Whole | None = None  # 1: the owner next above the team, 2: the one above; an owner's own limit goes before that of the level
    up_to: Amount  # the year's amount of the option, in the reporting currency


class Approvals(Strict):
    """Who decides about requests: the owners above a team by the chart, within their limits; the company's first owner has none."""

    reviewers: list[Id] = []  # may send back and reject requests of every team, such as finance; approve what lies below them alone
    limits: list[ApprovalLimit] = []


class Company(Strict):
    """company.yml: who we are, how we are organised, where our figures come from."""

    name: Text
    reporting_currency: Currency
    fiscal_year_start: CalendarMonth = 1
    currencies: list[Currency] = []
    holidays: list[Day] = []  # days between Monday and Friday on which nobody works
    due_in_a_week: Whole = 3  # milestones of one owner in one week; more are a finding (weekly check-ins aside)
    arr_metric: Id | None = None
    materiality: Materiality = Materiality()
    switches: Switches = Switches()
    owners: list[Owner]
    entities: list[Entity]
    teams: list[Team]
    lines: list[Line]
    accounts: list[Account] = []
    consolidation: Consolidation = Consolidation()
    approvals: Approvals = Approvals()
    sources: list[Source] = []
    reconcile: list[Reconcile] = []
