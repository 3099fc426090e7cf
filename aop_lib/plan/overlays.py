"""Overlays: scenarios and versions laid over the budget, amounts scaled and drivers moved, each amount rounded once to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan.carry_forward import PLACE
from aop_lib.plan.profit_and_loss import pl_accounts
from aop_lib.plan.trees import Ancestry, account_ancestry, team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Change, Overlay

ROW = [*PLACE, "month"]


def changes_of(params: Params, overlay: Overlay) -> list[Change]:
    """Returns the changes of a scenario or version in their order; those of the version that a scenario starts from come first."""
    on = getattr(overlay, "on", None)
    before = next((each.changes for each in params.versions if each.id == on), [])
    return [*before, *overlay.changes]


def laid(params: Params, base: pd.DataFrame, overlay: Overlay, accounts: pd.DataFrame, paths: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns the budget with a scenario or version laid over it, see `overlaid`.

    Args:
        params: The versions, the tree of teams, the planned year.
        base: entity, team, account, month, amount: one row each.
        overlay: The scenario or version.
        accounts: The account tree.
        paths: The frame `overlay_paths`; None where no driver is moved.
    """
    effects = driver_effects(paths, overlay.id, params.year_months) if paths is not None else None
    return overlaid(params, base, changes_of(params, overlay), accounts, effects)


def overlaid(params: Params, base: pd.DataFrame, changes: Sequence[Change], accounts: pd.DataFrame, effects: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns the budget with changes laid over it.

    Defined as::

        amount = budget * product of the scales of every change that holds for the row, rounded once to the cent
                 + the row's part of what the moved drivers do to its line in its month

    Args:
        params: The tree of teams.
        base: entity, team, account, month, amount: one row each.
        changes: Those that name a driver are told by `effects`.
        accounts: The account tree.
        effects: line, month, amount (`driver_effects`); None where no driver is moved.
    """
    factors = [Decimal(1)] * len(base)
    for change in changes:
        if change.driver is None:
            held = change_holds(params, base, change, accounts)
            factors = [factor * change.scale if is_held else factor for factor, is_held in zip(factors, held, strict=True)]
    scaled = base.assign(amount=money.money_series((amount * factor for amount, factor in zip(base["amount"], factors, strict=True)), index=base.index))
    if effects is None or effects.empty or base.empty:
        return scaled
    return money.sums(pd.concat([scaled[[*ROW, "amount"]], spread(effects, scaled, accounts)], ignore_index=True), ROW)


def spread(effects: pd.DataFrame, amounts: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns what moved drivers do to P&L lines, handed down to rows of the budget so that each line and month sums to the cent.

    Defined as::

        row's part = effect of its line and month * its amount / sum of the amounts there        largest remainder; rows above zero that
                     add to the line; a line without any gets one row: its first account, the first entity, no team; one without accounts has no place for it

    Args:
        effects: line, month, amount.
        amounts: entity, team, account, month, amount.
        accounts: The account tree.
    """
    lines = accounts[["line"]].drop_duplicates()
    adding = pl_accounts(accounts, lines.assign(type="", direction=1)).query("line_sign == 1")
    placed = amounts.merge(adding[["account", "line"]], on="account", validate="many_to_one")
    rows = dict(iter(placed[placed["amount"] > 0].groupby(["line", "month"], sort=True)))
    first = dict(adding.drop_duplicates("line")[["line", "account"]].itertuples(index=False, name=None))
    parts = []
    for line, month, amount in effects[["line", "month", "amount"]].itertuples(index=False, name=None):
        own = rows.get((line, month))
        if own is None and line not in first:
            continue
        if own is None:
            own = pd.DataFrame({"entity": [min(amounts["entity"])], "team": [""], "account": [first[line]], "month": [month], "amount": [Decimal(1)]})
        parts.append(own[ROW].assign(amount=money.money_series(money.split(Decimal(amount), list(own["amount"])), index=own.index)))
    return pd.concat(parts, ignore_index=True)


def driver_effects(paths: pd.DataFrame, overlay: str, months: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Returns what the moved drivers of an overlay do to P&L lines, rounded once to the cent: line, month, amount; lines untouched are left out.

    Args:
        paths: The frame `overlay_paths`.
        overlay: The scenario's or version's name.
        months: The months of the budget.
    """
    own = paths[(paths["overlay"] == overlay) & (paths["measure"] == "line") & paths["month"].isin(list(months))]
    gaps = money.money_series((here - base for here, base in zip(own["value"], own["base"], strict=True)), index=own.index)
    found = pd.DataFrame({"line": own["place"], "month": own["month"], "amount": gaps})
    return found[found["amount"] != 0].reset_index(drop=True)


def change_holds(params: Params, amounts: pd.DataFrame, change: Change, accounts: pd.DataFrame) -> pd.Series:
    """Returns, for each row, whether a change holds for it.

    Args:
        params: The tree of teams.
        amounts: Rows with account, team and month.
        change: What the change names: line, account, team, start; what it leaves out restricts nothing.
        accounts: The account tree.
    """
    held = pd.Series(True, index=amounts.index)
    if change.line is not None:
        held &= amounts["account"].isin(accounts.loc[accounts["line"] == change.line, "account"])
    if change.account is not None:
        held &= amounts["account"].isin(_below(change.account, account_ancestry(accounts)))
    if change.team is not None:
        held &= amounts["team"].isin(_below(change.team, team_ancestry(params)))
    if change.start is not None:
        held &= amounts["month"] >= change.start
    return held


def _below(group: str, ancestry: Ancestry) -> list[str]:
    return [group, *(node for node, distances in ancestry.items() if group in distances)]
