"""The base of a budget explained: which rule carried it, from which months, and the rows that those months hold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from aop_lib import money
from aop_lib.params.drivers import Rule
from aop_lib.plan.carry_forward import DEFAULT_RULE, PLACE, Window, carried_amount, place_rules, places_by_month, run_rate_window, same_month
from aop_lib.plan.explanation import Known, Node, Scope, exact_text, source_nodes
from aop_lib.plan.posted_explanation import posted_nodes
from aop_lib.plan.wording import counted, listed, month_name, percent_text

Place = tuple[str, str, str]


def base_nodes(known: Known, accounts: pd.DataFrame, scope: Scope, *, is_account: bool) -> tuple[Node, ...]:
    """Returns the rules of drivers.yml that carried a base, each with what it carried; for one account place by place, down to the rows.

    Args:
        known: The published cycle.
        accounts: Accounts with `sign`, +1 where they add to the amount.
        scope: Team and months of the planned year.
        is_account: Whether it is one account.
    """
    base = scope.of(known.frames["budget"])
    base = base[(base["layer"] == "base") & base["account"].isin(accounts["account"])]
    signs = dict(zip(accounts["account"], accounts["sign"], strict=True))
    carried = places_by_month(base)
    rules = place_rules(known.planned, known.frames["accounts"], [(account, team) for _, team, account in carried])
    by_rule: dict[int, list[Place]] = {}
    for place in carried:
        by_rule.setdefault(_number(known, rules[place[2], place[1]]), []).append(place)
    nodes = []
    for number, places in sorted(by_rule.items()):
        rule = known.planned.drivers.rules[number] if number >= 0 else DEFAULT_RULE
        amount = sum((value * int(signs[place[2]]) for place in places for value in carried[place].values()), Decimal("0.00"))
        parts = tuple(_place_node(known, rule, place, carried[place]) for place in places) if is_account else ()
        where = known.places.get(f"rule {number}", "") or "drivers.yml has no rule here: run rate without growth"
        how = f"{rule_text(known, rule)}; {counted(len(places), 'place')} (entity, team, account)"
        nodes.append(Node("carried by rule", exact_text(amount, known.currency), how=how, place=where, parts=parts, exact=amount, breakdown="rule"))
    return (*nodes, *source_nodes(known, ("ledger", "rates") if any(each.method != "imported" for each in rules.values()) else ("imported_budget",)))


def rule_text(known: Known, rule: Rule) -> str:
    """Returns a rule in words: method, growth, who says so."""
    methods = {
        "run_rate": f"mean of the last {counted(known.planned.drivers.window_months, 'closed month')}",
        "same_month_last_year": "the same month of the last closed twelve",
        "imported": "the amount in the budget that was made elsewhere",
    }
    parts = [methods[rule.method]]
    parts += [f"× (1 + growth {percent_text(rule.growth, 2)})"] if rule.growth else []
    parts += [f"× (1 + {percent_text(rule.monthly_growth, 2)} a month)"] if rule.monthly_growth else []
    owners = {owner.id: owner.name for owner in known.params.company.owners}
    said = f"source: {rule.source or 'none, assumed'}" + (f", owner {owners.get(rule.owner, rule.owner)}" if rule.owner else "")
    return f"{' '.join(parts)}; {said}"


def _number(known: Known, rule: Rule) -> int:
    """Returns a rule's place in drivers.yml; -1 for the default."""
    return next((number for number, each in enumerate(known.planned.drivers.rules) if each is rule), -1)


def _place_node(known: Known, rule: Rule, place: Place, carried: Mapping[pd.Timestamp, Decimal]) -> Node:
    entity, team, account = place
    past = known.frames["ledger"]
    past = past[past["month"] <= known.planned.last_closed]
    own = past[(past["entity"] == entity) & (past["team"] == team) & (past["account"] == account)]
    label, value = f"{entity}, {team or 'no team'}, {account}", exact_text(sum(carried.values(), Decimal("0.00")), known.currency)
    if rule.method == "imported":
        return Node(label, value, how="read from the imported budget")
    window = run_rate_window(known.planned, past)
    series = places_by_month(money.sums(own, [*PLACE, "month"])).get(place, {}) if len(own) else {}
    again = sum((money.cents(carried_amount(rule, series, month, window)) for month in carried), Decimal("0.00"))
    months = _months_of(rule, list(carried), window)
    amounts = [f"{month_name(month)} {series.get(month, Decimal(0)):,.2f}" for month in months]
    how = f"from {listed(amounts, 12)}"
    if again != sum(carried.values(), Decimal(0)):
        how += f"; by the parameters and the ledger as they are now it would be {again:,.2f}"
    scope = Scope(team, frozenset({team}), tuple(months))
    return Node(label, value, how=how, parts=posted_nodes(known, own[own["month"].isin(months)], scope, entity))


def _months_of(rule: Rule, carried: list[pd.Timestamp], window: Window) -> list[pd.Timestamp]:
    """Returns the closed months from which a rule carries."""
    same = [same_month(month, window.last_closed) for month in carried]
    if rule.method == "same_month_last_year":
        reached = {month for month in same if month >= window.first}
        return sorted(reached | (set(window.months) if len(reached) < len(set(same)) else set()))
    return list(window.months)
