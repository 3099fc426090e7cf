"""What people decide: the typed parameter files of a company and of a cycle.

`load.py` reads the files into these types; every fault names its file and line. A field's comment is what
`aop new` and the README say about it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from aop_lib.fields import Amount, CalendarMonth, Code, Currency, CycleName, Day, Flag, Id, Month, Number, Separator, Share, Strict, Text, Whole
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


class Company(Strict):
    """company.yml: who we are, how we are organised, where our figures come from."""

    name: Text
    reporting_currency: Currency
    fiscal_year_start: CalendarMonth = 1
    currencies: list[Currency] = []
    arr_metric: Id | None = None
    materiality: Materiality = Materiality()
    switches: Switches = Switches()
    owners: list[Owner]
    entities: list[Entity]
    teams: list[Team]
    lines: list[Line]
    accounts: list[Account] = []
    sources: list[Source] = []
    reconcile: list[Reconcile] = []


class Objective(Strict):
    """What a goal serves."""

    id: Id
    statement: Text


class Milestone(Strict):
    """A dated, owned, checkable step of a goal."""

    id: Id
    what: Text
    due: Day
    owner: Id
    measure: Text
    team: Id | None = None
    done: Day | None = None


class Goal(Strict):
    """One goal: a KPI, from where to where, by when, whose."""

    id: Id
    statement: Text
    objective: Id
    weight: Share
    kpi: Id
    start: Number
    target: Number
    deadline: Day
    owner: Id
    contributors: list[Id] = []
    evidence: Text = ""
    teams: dict[Id, Share] = {}  # stated shares of the target; only for KPIs that add up
    months: Literal["even", "seasonal"] = "even"
    milestones: list[Milestone] = []


class Goals(Strict):
    """goals.yml."""

    objectives: list[Objective]
    goals: list[Goal]


class Rule(Strict):
    """How one account, line or team is carried into the base budget; the most specific rule wins."""

    line: Id | None = None
    account: Code | None = None
    team: Id | None = None
    method: Literal["run_rate", "same_month_last_year", "imported"] = "run_rate"
    growth: Share = Decimal(0)  # against the window, once, at the start of the plan year
    monthly_growth: Share = Decimal(0)  # compounding from the last closed month
    source: Text = ""  # who says so; without it the figure is shown as assumed
    owner: Id | None = None


class Drivers(Strict):
    """drivers.yml: how existing people and contracts are carried forward."""

    window_months: Whole = 3
    rules: list[Rule] = []


class Change(Strict):
    """One difference of a scenario from the budget: lines, accounts or teams scaled from a month on."""

    line: Id | None = None
    account: Code | None = None
    team: Id | None = None
    scale: Number  # 0.9 is ten per cent less
    start: Month | None = None
    why: Text


class Scenario(Strict):
    """scenarios/<id>.yml: an overlay of differences on the budget, with its reason."""

    scenario: Id
    name: Text
    reason: Text
    owner: Id
    changes: list[Change]


class RequestLine(Strict):
    """What an option costs: an amount for each month of a range."""

    account: Code
    cost_centre: Code
    start: Month
    end: Month | None = None  # excluded; without it one month
    amount: Amount  # per month
    currency: Currency
    comment: Text = ""


class Option(Strict):
    """A size of a request; at most one is funded."""

    id: Id
    heads: Whole = 0
    lines: list[RequestLine]


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
    """One entry of decisions.yml: who decided what about a request's round, and why."""

    request: Id
    round: Whole = 1
    decision: Literal["approve", "revise", "reject"]
    option: Id | None = None
    by: Id
    on: Day
    why: Text


class Decisions(Strict):
    """decisions.yml: append-only."""

    decisions: list[Decision] = []


class CycleFile(Strict):
    """fy2027.yml: one planning or review round."""

    kind: Literal["plan", "review"]
    cycle: CycleName
    last_closed_month: Month
    as_of: Day | None = None  # default: the end of the last closed month
    baseline: Text | None = None  # review: the frozen plan's cycle, or `imported:NAME`
    prior_budget: Id | None = None  # plan: the imported budget of the year that is ending
    submissions: Literal["provisional", "stop"] = "provisional"
    scenarios: list[Id] = []
    stage_minutes: Whole = 10
    seed: Whole = 1
    status_limits: dict[Id, Share] = {}


class Metric(Strict):
    """One entry of params/metrics.yml."""

    label: Text
    unit: Literal["currency", "pct", "count", "fte", "months", "ratio"]
    per: Literal["", "count", "fte"] = ""  # currency per customer is currency per count
    direction: Literal["more", "less", "either"]  # either: heads are good neither way; a goal says which
    additive: Flag = False
    aggregate: Literal["sum", "last", "mean"] = "last"
    definition: Text
    formula: Text = ""  # arithmetic over other metrics; see params/metrics.yml
    switches: list[Id] = []  # of company.yml, said beside the metric; those in the formula count as well
    needs: Text = ""  # what would have to be measured where there is no data
    source: Text = ""


class Catalogue(Strict):
    """params/metrics.yml."""

    metrics: dict[Id, Metric]
