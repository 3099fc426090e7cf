"""A frozen budget restated: each change a layer of its own beside what was frozen, with a bridge from old to new."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import money
from aop_lib.frames import conformed, empty
from aop_lib.periods import add_months

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.restatements import RestatedAmount, Restatement

PREFIX = "restatement:"
PLACE = ["entity", "team", "account", "month"]


def made_since(params: Params) -> list[Restatement]:
    """Returns the restatements of the reviewed plan that the cycle may see, in the order in which they apply: by day, then by id."""
    own = [each for each in params.restatements if each.plan == params.cycle.baseline and each.on <= params.as_of]
    return sorted(own, key=lambda each: (each.on, each.id))


def restated(params: Params, frozen: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns the budget after every restatement; what was frozen stays row by row, and the rest are layers `restatement:<id>`.

    Defined as::

        restated = frozen + sum of restatements, in order of day, then of id
        scale    = share * what stands after the restatements before it, rounded once per row, half to even
        teams    = what stands, its own changes included, leaves the old team and goes to the new ones by largest remainder

    Args:
        params: The review with its restatements.
        frozen: The frame `budget` of the frozen plan, reporting currency, natural sign.
        accounts: The account tree, for lines.

    Returns:
        The frame `budget`; per entity, account and month a change of teams moves nothing in total.
    """
    standing = frozen
    for each in made_since(params):
        changed = _summed([row for change in each.changes for row in _changed(params, change, standing, accounts)])
        both = pd.concat([standing, changed.assign(layer="")], ignore_index=True) if len(changed) else standing
        moved = _moved(each, both)
        effect = _summed([*_records(changed), *moved]).assign(layer=f"{PREFIX}{each.id}")
        standing = pd.concat([standing, effect[effect["amount"] != 0]], ignore_index=True) if len(effect) else standing
    return conformed("budget", standing)


def is_restatement(layers: pd.Series) -> pd.Series:
    """Returns which rows of a budget a restatement added."""
    return layers.str.startswith(PREFIX)


def restatement_rows(params: Params, budget: pd.DataFrame) -> pd.DataFrame:
    """Returns the frame `restatements`: what each restatement did, by team and account, over the year; one that moved nothing has one row.

    Args:
        params: The review.
        budget: The restated budget.
    """
    owners = {owner.id: owner.name for owner in params.company.owners}
    sums = money.sums(budget, ["layer", "team", "account"])
    rows = []
    for position, each in enumerate(made_since(params), 1):
        told = {
            "position": position,
            "restatement": each.id,
            "name": each.name,
            "by": owners.get(each.by, each.by),
            "on": pd.Timestamp(each.on),
            "why": each.why,
        }
        own = sums[(sums["layer"] == f"{PREFIX}{each.id}") & (sums["amount"] != 0)]
        nothing: dict[str, Any] = {"team": "", "account": "", "amount": Decimal("0.00")}
        rows += [told | {key: row[key] for key in nothing} for row in (_records(own) or [nothing])]
    return conformed("restatements", pd.DataFrame(rows)) if rows else empty("restatements")


def _changed(params: Params, change: RestatedAmount, standing: pd.DataFrame, accounts: pd.DataFrame) -> list[dict[str, Any]]:
    end = change.end or add_months(change.start, 1)
    if change.amount is not None:
        entity = change.entity or params.company.entities[0].id
        place: dict[str, Any] = {"entity": entity, "team": change.team, "account": change.account, "amount": change.amount}
        return [place | {"month": month} for month in params.year_months if change.start <= month < end]
    named = [change.account] if change.account is not None else list(accounts.loc[accounts["line"] == change.line, "account"])
    here = (standing["team"] == change.team) & standing["account"].isin(named) & (standing["month"] >= change.start) & (standing["month"] < end)
    rows = money.sums(standing[here & ((standing["entity"] == change.entity) | (change.entity is None))], PLACE)
    return [row | {"amount": money.cents(row["amount"] * (change.scale or 0))} for row in _records(rows)]


def _moved(each: Restatement, standing: pd.DataFrame) -> list[dict[str, Any]]:
    if not each.teams or each.start is None:
        return []
    leaving = money.sums(standing[standing["team"].isin(list(each.teams)) & (standing["month"] >= each.start)], PLACE)
    rows = []
    for place in _records(leaving):
        shares = each.teams[place["team"]]
        parts = money.split(place["amount"], list(shares.values()))
        rows += [place | {"amount": -place["amount"]}, *(place | {"team": team, "amount": part} for team, part in zip(shares, parts, strict=True))]
    return rows


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _summed(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return empty("budget")[[*PLACE, "amount"]]
    frame = pd.DataFrame(list(rows)).astype({"amount": money.MONEY, "month": "datetime64[us]"})
    return money.sums(frame, PLACE)
