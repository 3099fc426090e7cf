"""What stands behind the figures of a page for one reader, told from that reader's own rows: no other team, no file of finance, no formula of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aop_lib import money
from aop_lib.plan.budget import BASE, IMPORTED
from aop_lib.plan.explanation import Node, exact_text
from aop_lib.plan.figure_keys import FigureKey
from aop_lib.plan.restatements import PREFIX
from aop_lib.plan.shortened import shortened
from aop_lib.plan.wording import day_name, months_name

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params

Told = dict[str, dict[str, Any]]
SPENT, BUDGET, APPROVED, DONE = (FigureKey("own", name).text for name in ("spent", "budget", "approved", "milestones"))
LEDGER = "ledger"
DEEP = 2


def team_explanations(params: Params, own: Mapping[str, pd.DataFrame], places: Mapping[str, str]) -> Told:
    """Returns by key where the figures of a team's page come from, as plain texts.

    Args:
        params: The cycle.
        own: What `team_sections.own_rows` returned.
        places: Where the team's own requests are written, with their hash, by `request ID`; and `ledger`: the hash of what was posted.
    """
    nodes = {
        SPENT: _spent(params, own, places),
        BUDGET: _budget(params, own, places),
        APPROVED: _approved(params, own, places),
        DONE: _done(own),
    }
    return {key: shortened(node, DEEP) for key, node in nodes.items()}


def own_places(places: Mapping[str, str], files: Mapping[tuple[str, str], Sequence[str]], own: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Returns the places that a team may see: those of its own requests, and the hashes of the ledger's files without their names.

    Args:
        places: Every place that the cycle knows.
        files: The files of each source and frame with their hashes.
        own: What `team_sections.own_rows` returned.
    """
    found = {f"request {each}": places.get(f"request {each}", "") for each in own["requests"]["request"]}
    hashes = [f"sha256 {file.rpartition('sha256 ')[2]}" for (_, frame), names in files.items() if frame == LEDGER for file in names]
    return found | {LEDGER: "; ".join(hashes)}


def _budget(params: Params, own: Mapping[str, pd.DataFrame], places: Mapping[str, str]) -> Node:
    costs, currency = own["costs"], params.company.reporting_currency
    total = money.total(costs["amount"])
    accounts = tuple(
        Node(str(name), exact_text(amount, currency), exact=amount, breakdown="account")
        for name, part in costs.groupby("name", sort=True)
        if (amount := money.total(part["amount"]))
    )
    layers = tuple(_layer(params, own, str(layer), money.total(part["amount"]), places) for layer, part in costs.groupby("layer", sort=True))
    label = f"Budget, {months_name(params.year_months)}"
    return Node(label, exact_text(total, currency), parts=(*layers, *accounts) or (_posted(places),), exact=total)


def _layer(params: Params, own: Mapping[str, pd.DataFrame], layer: str, amount: Decimal, places: Mapping[str, str]) -> Node:
    value = exact_text(amount, params.company.reporting_currency)
    if layer in {BASE, IMPORTED}:
        how = "existing people and contracts, carried forward from what was posted" if layer == BASE else "a budget made elsewhere"
        return Node("base", value, how=how, parts=(_posted(places),), exact=amount, breakdown="layer")
    if layer.startswith(PREFIX):
        restated = next((each for each in params.restatements if each.id == layer.removeprefix(PREFIX)), None)
        how = f"restated on {day_name(restated.on)}" if restated else "restated since the plan was frozen"
        return Node("restatement", value, how=how, exact=amount, breakdown="layer")
    asked = own["request_status"][own["request_status"]["request"] == layer]
    if asked.empty:
        return Node("a request of another team", value, how="approved; its own page tells more", exact=amount, breakdown="layer")
    row = asked.iloc[0]
    return Node(f"request “{row['title']}”", value, how=_decided(params, row), place=places.get(f"request {layer}", ""), exact=amount, breakdown="layer")


def _spent(params: Params, own: Mapping[str, pd.DataFrame], places: Mapping[str, str]) -> Node:
    currency, rows = params.company.reporting_currency, own["variances"]
    actual, plan = (money.total(rows[side]) for side in ("actual", "budget"))
    parts = tuple(
        Node(str(name), exact_text(amount, currency), exact=amount, breakdown="account")
        for name, part in rows.groupby("name", sort=True)
        if (amount := money.total(part["actual"]))
    )
    label = f"Spent, {months_name(params.review_months)}"
    beside = Node("plan of the same months", exact_text(plan, currency), how="the part of the budget that falls in them", exact=plan)
    return Node(label, exact_text(actual, currency), parts=(*parts, beside, _posted(places)), exact=actual)


def _approved(params: Params, own: Mapping[str, pd.DataFrame], places: Mapping[str, str]) -> Node:
    currency, status = params.company.reporting_currency, own["request_status"]
    total = money.total(status["approved"])
    parts = tuple(
        Node(
            f"“{row['title']}”", exact_text(row["approved"], currency), how=_decided(params, row), place=places.get(f"request {row['request']}", ""),
            exact=row["approved"], breakdown="request",
        )
        for row in status.to_dict("records")
    )  # fmt: skip
    return Node("Approved requests", exact_text(total, currency), parts=parts, exact=total)


def _decided(params: Params, row: Any) -> str:
    names = {owner.id: owner.name for owner in params.company.owners}
    by = f" by {names.get(row['decided_by'], row['decided_by'])} on {day_name(row['decided_on'].date())}" if row["decided_by"] else ""
    return f"{row['decision']}{by}"


def _done(own: Mapping[str, pd.DataFrame]) -> Node:
    done = own["milestones"][own["milestones"]["status"] == "done"]
    parts = tuple(
        Node(row["what"], "1", how=f"due {day_name(row['due'].date())}", place=f"plans/{row['team']}.yml", exact=Decimal(1), breakdown="milestone")
        for row in done.to_dict("records")
    )
    teams = sorted(set(own["milestones"]["team"]))
    return Node("Milestones done", str(len(done)), place="; ".join(f"plans/{team}.yml" for team in teams), parts=parts, exact=Decimal(len(done)))


def _posted(places: Mapping[str, str]) -> Node:
    return Node("the company's ledger", how="by the hash under which it was read", place=places.get(LEDGER, "") or "a database: no file to hash")


def version_explanations(params: Params, quarters: pd.DataFrame, metrics: pd.DataFrame) -> Told:
    """Returns by key where the figures of a version's page come from: the quarters that its table shows, and what a metric means.

    Args:
        params: The cycle.
        quarters: What `version_page.quarter_rows` returned.
        metrics: What `version_page.metric_rows` returned.
    """
    currency = params.company.reporting_currency
    told: dict[str, Node] = {}
    for label, key in (("Revenue", "revenue"), ("Operating profit", "operating_profit")):
        row = _row_of(quarters, label)
        parts = tuple(Node(name.upper(), exact_text(row[name], currency), exact=row[name], breakdown="quarter") for name in ("q1", "q2", "q3", "q4"))
        how = "the sum of the four quarters of the table on this page"
        value = exact_text(row["year"], currency)
        told[FigureKey("own", key).text] = Node(f"{label}, {params.label}", value, how=how, parts=parts, exact=row["year"])
    for row in metrics[[value is not None for value in metrics["value"]]].to_dict("records"):
        facts = (Node("defined as", how=params.metrics[row["metric"]].definition),)
        label = f"{row['name']}, {row['month']}"
        told[FigureKey("own", f"metric_{row['metric']}").text] = Node(label, row["latest"], how="measured, not planned", parts=facts)
    return {key: shortened(node, DEEP) for key, node in told.items()}


def _row_of(quarters: pd.DataFrame, label: str) -> Any:
    """Returns the last row of that name: the subtotal where a line has the same name."""
    return quarters[(quarters["label"] == label)].iloc[-1]
