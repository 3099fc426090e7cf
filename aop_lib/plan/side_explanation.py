"""One side of an amount explained: what a budget, an actual, an estimate, a scenario or a version adds up from, and where that is written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib import money
from aop_lib.plan.amount_explanation import Chosen, actual_node, budget_node, member_nodes, signed_amounts
from aop_lib.plan.budget import ACTUAL, IMPORTED
from aop_lib.plan.explanation import Known, Node, Scope, exact_text, source_nodes
from aop_lib.plan.overlays import changes_of
from aop_lib.plan.variance import reviewed_budget, reviewed_months, reviewed_year
from aop_lib.plan.versions import change_effects, plan_versions
from aop_lib.plan.wording import months_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from aop_lib.params.drivers import Overlay

NAMES = {"actual": "actual", "planned": "plan", "budget": "budget", "before": "year before", "outlook": "outlook", "plan_year": "plan of the year"}


def side_node(known: Known, name: str, chosen: Chosen, side: str, team: str, teams: frozenset[str]) -> Node:
    """Returns how one side of an amount came about.

    Args:
        known: The cycle, as far as its stages have run.
        name: What the part of the P&L is called in the key.
        chosen: The part of the P&L.
        side: See `FigureKey.sides`.
        team: The team or group; empty for the company.
        teams: Its teams; empty for all.

    Raises:
        ValueError: If there is no such side.
    """
    named = f"{name} {side} {team}".strip()
    if named not in known.made:
        known.made[named] = replace(_side(known, chosen, side, team, teams), name=named)
    return known.made[named]


def _side(known: Known, chosen: Chosen, side: str, team: str, teams: frozenset[str]) -> Node:
    kind, _, name = side.partition(":")
    scope = Scope(team, teams, tuple(_months(known, kind)))
    if kind == "actual":
        return actual_node(known, chosen, scope)
    if kind == "model":
        return _modelled_node(known, chosen, scope)
    if kind in {"budget", "planned", "plan_year", "modelled_budget"}:
        return _planned_node(known, chosen, scope, kind)
    if kind in {"before", "outlook"}:
        return _estimated_node(known, chosen, scope, kind)
    if kind in {"scenario", "version"}:
        return _overlay_node(known, chosen, scope, kind, name)
    raise ValueError(f"{side!r} is no side of an amount")


def _months(known: Known, kind: str) -> list[pd.Timestamp]:
    params = known.params
    if kind in {"actual", "planned"}:
        return reviewed_months(params)
    if kind in {"model", "modelled_budget"}:
        return sorted(set(_modelled(known)["month"]))
    if kind == "before":
        return params.ending_year_months
    return reviewed_year(params) if kind in {"outlook", "plan_year"} else params.year_months


def _planned_node(known: Known, chosen: Chosen, scope: Scope, kind: str) -> Node:
    params = known.params
    if kind in {"planned", "plan_year"} and not params.is_review:
        rows = reviewed_budget(params, known.frames["budget"], known.frames["imported_budget"]).assign(layer=IMPORTED)
        known = replace(known, frames={"budget": rows, "sources": known.frames["sources"]})
    return budget_node(known, chosen, scope)


def _estimated_node(known: Known, chosen: Chosen, scope: Scope, kind: str) -> Node:
    """Returns a year that is part actual, part estimate: by line, and by what was posted and what was carried on."""
    rows = signed_amounts(scope.of(known.frames["year_end_estimate" if kind == "before" else "outlook"]), chosen)
    total, posted = money.total(rows["amount"]), rows["basis"] == ACTUAL
    parts = [*member_nodes(known, chosen, rows)]
    for label, own, how in (("posted in closed months", rows[posted], ""), ("estimated for the months left", rows[~posted], _how(rows[~posted]))):
        if len(own):
            amount = money.total(own["amount"])
            sources = source_nodes(known, ("ledger", "rates")) if label.startswith("posted") else _rules(known)
            parts.append(Node(label, exact_text(amount, known.currency), how=how, parts=sources, exact=amount, breakdown="basis"))
    return Node(f"{NAMES[kind]}, {months_name(scope.months)}", exact_text(total, known.currency), parts=tuple(parts), exact=total)


def _modelled(known: Known) -> pd.DataFrame:
    paths = known.frames["driver_paths"]
    return paths[(paths["measure"] == "line") & paths["month"].isin(known.params.year_months)]


def _modelled_node(known: Known, chosen: Chosen, scope: Scope) -> Node:
    """Returns what the driver model makes of a part of the P&L: by line, and the drivers that it moves by."""
    signs = dict(zip(chosen.accounts["line"], chosen.accounts["sign"] * chosen.accounts["line_sign"], strict=True))
    own = _modelled(known)
    amounts = {line: money.cents(Decimal(own.loc[own["place"] == line, "value"].sum())) * int(sign) for line, sign in signs.items()}
    names = dict(zip(chosen.accounts["line"], chosen.accounts["line_name"], strict=True))
    lines = tuple(Node(f"line {names[line]}", exact_text(each, known.currency), exact=each, breakdown="line") for line, each in amounts.items())
    drivers = known.frames["driver_values"]
    bases = ", ".join(f"{(drivers['basis'] == basis).sum()} {basis}" for basis in ("estimated", "told", "assumed"))
    facts = (Node("drivers", how=f"{bases}; estimated from the sources", place=known.places.get("file drivers", "")), *source_nodes(known, ("mrr", "ledger")))
    total = sum(amounts.values(), Decimal("0.00"))
    return Node(f"driver model, {months_name(scope.months)}", exact_text(total, known.currency), parts=(*lines, *facts), exact=total)


def _how(rows: pd.DataFrame) -> str:
    if "method" not in rows.columns:
        return "by the rules of drivers.yml"
    names = sorted({str(each).replace("_", " ") for each in rows["method"] if each})
    return f"each account by the method that stage 03 chose for it: {', '.join(names)}"


def _rules(known: Known) -> tuple[Node, ...]:
    places = [place for name, place in known.places.items() if name.startswith("rule ")]
    return (Node("rules", how="drivers.yml", place=f"{places[0]} and what follows"),) if places else source_nodes(known, ("ledger",))


def _overlay_node(known: Known, chosen: Chosen, scope: Scope, kind: str, name: str) -> Node:
    """Returns a scenario's or version's amount: the budget, then what each change does, with its place."""
    frame = known.frames[f"{kind}s"]
    total = money.total(signed_amounts(scope.of(frame[frame[kind] == name]), chosen)["amount"])
    overlays: list[Overlay] = [*known.params.scenarios, *plan_versions(known.params)]
    overlay = next((each for each in overlays if each.id == name), None)
    told = budget_node(known, chosen, scope)
    budget = replace(told, parts=tuple(part for part in told.parts if part.breakdown != "line"), breakdown="change")
    moves = tuple(_changes(known, chosen, overlay)) if overlay is not None else ()
    label = f"{overlay.name if overlay else 'Budget'}, {months_name(scope.months)}"
    place = known.places.get(f"overlay {name}", "")
    how = overlay.reason if overlay is not None and place else ""
    return Node(label, exact_text(total, known.currency), how=how, place=place, parts=(budget, *moves), exact=total)


def _changes(known: Known, chosen: Chosen, overlay: Overlay) -> Iterator[Node]:
    params, frames = known.params, known.frames
    if overlay.id not in known.effects:
        known.effects[overlay.id] = change_effects([overlay], params, frames["budget"], frames["accounts"], frames["lines"], frames["overlay_paths"])
    effects = known.effects[overlay.id]
    signs = dict(zip(chosen.accounts["line"], chosen.accounts["sign"] * chosen.accounts["line_sign"], strict=True))
    ordered = sorted(changes_of(params, overlay), key=lambda change: change.driver is not None)
    for position in sorted(set(effects["position"])):
        own = effects[(effects["position"] == position) & effects["line"].isin(list(signs))]
        amount = sum((each * int(signs[line]) for each, line in zip(own["amount"], own["line"], strict=True)), Decimal("0.00"))
        told = effects[effects["position"] == position].iloc[0]
        if amount:
            place = _written(known, ordered[int(position)])
            yield Node(str(told["what"]), exact_text(amount, known.currency), how=str(told["why"]), place=place, exact=amount, breakdown="change")


def _written(known: Known, change: object) -> str:
    """Returns where a change is written, in the overlay that it stands in."""
    for each in (*known.params.scenarios, *known.params.versions):
        for place, own in enumerate(each.changes):
            if own is change:
                return known.places.get(f"change {each.id} {place}", "")
    return ""
