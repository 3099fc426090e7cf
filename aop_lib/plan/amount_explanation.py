"""An amount of the P&L explained: lines and accounts that add up to it, the budget's layers with rules and approvals, the rows that were posted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd

from aop_lib import money
from aop_lib.plan.base_explanation import base_nodes
from aop_lib.plan.budget import BASE, IMPORTED
from aop_lib.plan.explanation import Known, Node, Scope, exact_text, source_nodes
from aop_lib.plan.posted_explanation import posted_nodes
from aop_lib.plan.profit_and_loss import GROSS, NET, OPERATING
from aop_lib.plan.restatements import PREFIX
from aop_lib.plan.statements import kind_of_cost
from aop_lib.plan.wording import day_name, months_name

TOTALS = {
    "revenue": ("Revenue", ("revenue",)),
    "cost_of_revenue": ("Cost of revenue", ("cost_of_revenue",)),
    "gross_profit": ("Gross profit", GROSS),
    "operating_expenses": ("Operating expenses", ("opex",)),
    "operating_profit": ("Operating profit", OPERATING),
    "other": ("Other income and expense", ("other_income", "other_expense")),
    "taxes": ("Taxes", ("tax",)),
    "net_result": ("Net result", NET),
}
KIND = "kind:"
SUBTOTALS = {
    "total_revenue": "revenue", "total_cost_of_revenue": "cost_of_revenue", "total_opex": "operating_expenses", "total_other": "other", "total_tax": "taxes",
}  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """The part of the P&L that is asked for.

    Attributes:
        label: What it is called.
        accounts: Its accounts with line, name of the line and of the account, and sign: +1 where the account adds to the amount.
        is_account: Whether it is one account.
    """

    label: str
    accounts: pd.DataFrame
    is_account: bool = False


def chosen_total(known: Known, name: str) -> Chosen | None:
    """Returns a total, a result, a line or an account of the P&L by its id; None where nothing has that id."""
    lines, members = known.frames["lines"], known.members
    if name in set(members["account"]):
        own = members[members["account"] == name]
        return Chosen(f"{name} {own['name'].iloc[0]}", own.assign(sign=1), is_account=True)
    if name in set(lines["line"]):
        own = members[members["line"] == name]
        return Chosen(str(lines.loc[lines["line"] == name, "name"].iloc[0]), own.assign(sign=own["line_sign"]))
    if name.startswith(KIND):
        return _kind(known, name.removeprefix(KIND))
    name = SUBTOTALS.get(name, name)
    if name not in TOTALS:
        return None
    label, types = TOTALS[name]
    own = members[members["type"].isin(types)]
    return Chosen(label, own.assign(sign=own["line_sign"] * (own["direction"] if len(types) > 1 else 1)))


def _kind(known: Known, part: str) -> Chosen | None:
    """Returns a kind of cost or revenue, as the P&L by kind of cost has it."""
    behaviour = known.frames["accounts"].set_index("account")["behaviour"]
    members = known.members
    own = members[[kind_of_cost(kind, behaviour[account]) == part for account, kind in zip(members["account"], members["type"], strict=True)]]
    return Chosen(part.replace("_", " ").capitalize(), own.assign(sign=own["line_sign"])) if len(own) else None


def budget_node(known: Known, chosen: Chosen, scope: Scope) -> Node:
    """Returns how the budget of a part of the P&L came about.

    Defined as::

        budget = base (carried forward by drivers.yml) + approved requests + restatements, account by account

    Args:
        known: The published cycle.
        chosen: What is asked for.
        scope: Team and months of the planned year.
    """
    rows = signed_amounts(scope.of(known.frames["budget"]), chosen)
    layers = money.sums(rows, ["layer"]) if len(rows) else rows
    amounts = dict(zip(layers["layer"], layers["amount"], strict=True))
    order = sorted(amounts, key=lambda layer: (layer not in {BASE, IMPORTED}, layer.startswith(PREFIX), layer))
    total = sum(amounts.values(), Decimal("0.00"))
    made = " ".join(f"{_sign(amounts[layer], first=not place)}{abs(amounts[layer]):,.2f} {_layer_name(layer)}" for place, layer in enumerate(order))
    nodes = [_layer_node(known, chosen, scope, layer, amounts[layer]) for layer in order]
    parts = (*member_nodes(known, chosen, rows), *nodes)
    how = made or "no row of the budget lies here"
    return Node(f"budget, {months_name(scope.months)}", exact_text(total, known.currency), how=how, parts=parts, exact=total)


def actual_node(known: Known, chosen: Chosen, scope: Scope) -> Node:
    """Returns which postings make the actual of a part of the P&L.

    Args:
        known: The published cycle.
        chosen: What is asked for.
        scope: Team and closed months.
    """
    ledger = scope.of(known.frames["ledger"])
    rows = signed_amounts(ledger, chosen)
    how = f"{len(rows):,} rows of the frame ledger, by entity, team, account, month, currency and vendor"
    own = posted_nodes(known, rows, scope) if chosen.is_account else source_nodes(known, ("ledger", "rates"))
    total, parts = money.total(rows["amount"]), (*member_nodes(known, chosen, rows), *own)
    return Node(f"actual, {months_name(scope.months)}", exact_text(total, known.currency), how=how, parts=parts, exact=total)


def signed_amounts(rows: pd.DataFrame, chosen: Chosen) -> pd.DataFrame:
    """Returns the rows of the accounts that are asked for, their amounts signed as they add up, with line, names and sign.

    Args:
        rows: Any rows with account and amount, natural sign.
        chosen: What is asked for.
    """
    joined = rows.merge(chosen.accounts[["account", "line_name", "name", "sign"]], on="account", validate="many_to_one")
    return joined.assign(amount=money.money_series(amount * sign for amount, sign in zip(joined["amount"], joined["sign"], strict=True)))


def member_nodes(known: Known, chosen: Chosen, rows: pd.DataFrame) -> Iterable[Node]:
    """Yields the lines of a total with their accounts, each signed as it adds up; nothing for one account.

    Args:
        known: The published cycle.
        chosen: What is asked for.
        rows: What `signed_amounts` returned.
    """
    if chosen.is_account:
        return
    names = dict(zip(rows["account"], rows["name"], strict=True))
    sums = money.sums(rows, ["line_name", "account"]).to_dict("records") if len(rows) else []
    for line in dict.fromkeys(chosen.accounts["line_name"]):
        own = [each for each in sums if each["line_name"] == line]
        accounts = tuple(_account_node(known, f"{each['account']} {names[each['account']]}", each["amount"]) for each in own)
        if accounts:
            total = sum((each["amount"] for each in own), Decimal("0.00"))
            yield Node(f"line {line}", exact_text(total, known.currency), parts=accounts, exact=total, breakdown="line")


def _account_node(known: Known, label: str, amount: Decimal) -> Node:
    return Node(label, exact_text(amount, known.currency), exact=amount, breakdown="account")


def _layer_node(known: Known, chosen: Chosen, scope: Scope, layer: str, amount: Decimal) -> Node:
    return replace(_layer(known, chosen, scope, layer, amount), exact=amount, breakdown="layer")


def _layer(known: Known, chosen: Chosen, scope: Scope, layer: str, amount: Decimal) -> Node:
    value = exact_text(amount, known.currency)
    if layer == BASE:
        return Node("layer base, carried forward", value, parts=base_nodes(known, chosen.accounts, scope, is_account=chosen.is_account))
    if layer == IMPORTED:
        return Node("layer imported, a budget made elsewhere", value, parts=source_nodes(known, ("imported_budget",)))
    if layer.startswith(PREFIX):
        return _restatement(known, layer.removeprefix(PREFIX), value)
    return _request(known, layer, value)


def _request(known: Known, request: str, value: str) -> Node:
    params = known.params
    owners = {owner.id: owner.name for owner in params.company.owners}
    asked = {str(each["request"]): each for each in known.frames["requests"].to_dict("records")}
    parts = []
    if own := asked.get(request):
        title = f"{own['title']}, asked by team {own['team']}"
        parts.append(Node("request", how=title, place=known.places.get(f"request {request}", str(own["where"]))))
    approved = [each for each in params.decisions if each.request == request and each.decision == "approve"]
    if approved:
        last = approved[-1]
        how = f"option {last.option} of round {last.round} by {owners.get(last.by, last.by)} on {day_name(last.on)}: {last.why}"
        parts.append(Node("approved", how=how, place=known.places.get(f"decision {request}", "")))
    return Node(f"layer request:{request}", value, parts=tuple(parts) or (Node("neither the request nor its approval is among the parameters any more"),))


def _restatement(known: Known, name: str, value: str) -> Node:
    own = next((each for each in known.params.restatements if each.id == name), None)
    owners = {owner.id: owner.name for owner in known.params.company.owners}
    how = f"{own.name}, by {owners.get(own.by, own.by)} on {day_name(own.on)}: {own.why}" if own else "it is not among the parameters any more"
    return Node(f"layer restatement:{name}", value, how=how, place=known.places.get(f"restatement {name}", ""))


def _layer_name(layer: str) -> str:
    return layer if layer in {BASE, IMPORTED} or layer.startswith(PREFIX) else f"request:{layer}"


def _sign(amount: Decimal, *, first: bool) -> str:
    return ("-" if amount < 0 else "") if first else ("− " if amount < 0 else "+ ")
