"""One test of alignment as a row: both sides, how far they are apart, who answers, what is at stake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from aop_lib.money import cents
from aop_lib.plan.findings import Severity
from aop_lib.plan.owners import first_owner, owner_name, team_owner
from aop_lib.plan.trees import team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params

Row = dict[str, Any]
Rule = Literal["at_least", "at_most", "equal"]
MET, MISSED, UNTOLD = "met", "missed", "cannot be told"
VERTICAL, HORIZONTAL = "vertical", "horizontal"
COMPANY, SAME_GROUP, ACROSS = "company", "one group", "across groups"
FINEST = Decimal("1E-10")


@dataclass(frozen=True)
class Side:
    """One side of a test.

    Attributes:
        what: In words.
        value: In the test's unit; None where it is not measured, or where words say it all.
    """

    what: str
    value: Decimal | None = None


@dataclass(frozen=True)
class Test:
    """What a test is, whatever it finds.

    Attributes:
        id: Short name of the kind of test, such as `hires`.
        name: What readers call it.
        kind: `vertical` (team and company) or `horizontal` (team and team).
        rule: What the left side has to be beside the right one.
        unit: A currency code, a unit of the catalogue, or `days`.
        severity: Of a miss.
        slack: How far the sides may be apart, in the unit.
    """

    __test__ = False  # no test of ours: pytest leaves it alone

    id: str
    name: str
    kind: str
    rule: Rule
    unit: str
    severity: Severity = "warning"
    slack: Decimal = Decimal(0)


def gap(rule: Rule, left: Decimal, right: Decimal) -> Decimal:
    """Returns by how much a rule is missed; zero or less where it holds.

    Defined as::

        at_least   right - left        at_most   left - right        equal   |left - right|
    """
    return {"at_least": right - left, "at_most": left - right, "equal": abs(left - right)}[rule]


def outcome(
    params: Params, test: Test, item: str, team: str, others: Sequence[str], left: Side, right: Side, *,
    proposal: str, stake: Decimal | None = None, why: str = "", owners: tuple[str, str] = ("", ""),
) -> Row:  # fmt: skip
    """Returns a test as a row of the frame `alignment`; a side without a value cannot be told.

    Args:
        params: Teams and owners.
        test: What is tested.
        item: What it is tested on: a goal, a request, a quarter.
        team: The team of the left side; empty for the company.
        others: The teams of the right side; none for the company.
        left: What one side says.
        right: What the other side says.
        proposal: What would mend it, or what would have to be measured.
        stake: Money at stake where it is missed; without it the gap itself where it is money.
        why: How it was found.
        owners: Owners' ids of both sides, where they are not those of the teams.
    """
    found = gap(test.rule, left.value, right.value) if left.value is not None and right.value is not None else None
    status = UNTOLD if found is None else MET if found <= test.slack else MISSED
    amount = _amount(params, test, stake, found) if status == MISSED else Decimal(0)
    return {
        "test": test.id, "item": item, "kind": test.kind, "relation": relation(params, team, others), "severity": test.severity, "name": test.name,
        "team": team, "other": " ".join(sorted(set(others))), "left_what": left.what, "right_what": right.what, "rule": test.rule, "unit": test.unit,
        "left": exact(left.value), "right": exact(right.value), "gap": exact(found), "amount": cents(abs(amount)),
        "owner": owner_name(params, owners[0] or answering(params, [team])), "other_owner": answering_names(params, others, owners[1]),
        "proposal": "" if status == MET else proposal, "status": status, "why": why,
    }  # fmt: skip


def _amount(params: Params, test: Test, stake: Decimal | None, found: Decimal | None) -> Decimal:
    if stake is not None:
        return stake
    return found if found is not None and test.unit == params.company.reporting_currency else Decimal(0)


def judged(row: Row, *, is_met: bool, proposal: str = "") -> Row:
    """Returns a row that words decide instead of two figures."""
    return row | {"status": MET if is_met else MISSED, "proposal": "" if is_met else proposal or row["proposal"]}


def exact(value: Decimal | None) -> Decimal | None:
    """Returns a value with at most ten decimals, as the frame keeps it."""
    return None if value is None else value.quantize(FINEST)


def answering(params: Params, teams: Sequence[str]) -> str:
    """Returns the id of the one who answers for the first of the teams; of the company its first owner."""
    return team_owner(params, teams[0]) if teams and teams[0] else first_owner(params)


def answering_names(params: Params, teams: Sequence[str], owner: str = "") -> str:
    """Returns the names of those who answer for the teams, parted by semicolons; of the company, or the owner where one is given."""
    ids = [owner] if owner else [answering(params, [team]) for team in sorted(set(teams))] or [first_owner(params)]
    return "; ".join(dict.fromkeys(owner_name(params, each) for each in ids))


def relation(params: Params, team: str, others: Sequence[str]) -> str:
    """Returns whether teams stand in one group, across groups, or a team beside the company (or its own group)."""
    above = team_ancestry(params)
    if not team or not [each for each in others if each]:
        return COMPANY
    if any(team in above.get(each, {}) or each in above.get(team, {}) for each in others):
        return COMPANY
    groups = {group_of(params, each) for each in (team, *others)}
    return SAME_GROUP if len(groups) == 1 and "" not in groups else ACROSS


def group_of(params: Params, team: str) -> str:
    """Returns the group that a team lies in; empty at the top."""
    return next((each.parent or "" for each in params.company.teams if each.id == team), "")


def movers(params: Params, metric: str) -> list[str]:
    """Returns the teams whose work moves a metric, as company.yml says."""
    return sorted(each.id for each in params.company.teams if metric in each.moves)


def common_team(params: Params, teams: Sequence[str]) -> str:
    """Returns the one team, or the lowest group that holds all of them; empty for the company."""
    above = team_ancestry(params)
    shared = [set(above.get(each, {})) for each in teams]
    both = set.intersection(*shared) if shared else set()
    return min(both, key=lambda each: (above[teams[0]][each], each)) if both else ""


def currency_or(params: Params, unit: str) -> str:
    """Returns a metric's unit as reports say it: the reporting currency for amounts."""
    return params.company.reporting_currency if unit == "currency" else unit
