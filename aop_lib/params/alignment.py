"""alignment.yml, typed: what the business can take in, how far plans may differ, and the company's own tests of alignment."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from aop_lib.fields import Amount, Code, Figure, Id, Share, Strict, Text, Whole


class Capacity(Strict):
    """What every capacity says: which team has it, who says so; without a source it is shown as assumed."""

    team: Id
    source: Text = ""


class Recruiting(Capacity):
    """Heads that can be hired in a fiscal quarter."""

    heads: Whole
    quarters: dict[Literal["q1", "q2", "q3", "q4"], Whole] = {}  # quarters in which it is another number


class Load(Capacity):
    """What one head of a team can look after at the end of the year: customers, tickets, seats."""

    id: Id
    load: Id  # the metric that has to be looked after
    per_head: Figure


class Software(Capacity):
    """Accounts that hold what every head needs: seats and tools; the team is the one that buys them."""

    accounts: list[Code]
    tolerance: Share = Decimal("0.05")


class OwnTest(Strict):
    """A test of the company: two formulas over metrics, targets, the driver model, heads and budget, and what must hold between them."""

    id: Id
    name: Text
    left: Text
    rule: Literal["at_least", "at_most", "equal"]
    right: Text
    tolerance: Share = Decimal(0)  # of the right side
    kind: Literal["vertical", "horizontal"] = "horizontal"
    severity: Literal["error", "warning", "note"] = "warning"
    team: Id
    other_team: Id | None = None  # without it: the company
    when: Literal["year_end", "each_quarter", "each_month"] = "year_end"
    worth: Amount | None = None  # money per unit of the gap; of money, the gap itself
    proposal: Text


class AlignmentRules(Strict):
    """alignment.yml: what tests of alignment are held against; without it, what they need is told as missing."""

    tolerance: Share = Decimal("0.01")  # how far teams' assumptions, sums of targets and capacities may be off
    weight_tolerance: Share = Decimal("0.15")  # how far a goal's share of the money may be from its weight
    recruiting: Recruiting | None = None
    loads: list[Load] = []
    software: Software | None = None
    tests: list[OwnTest] = []
