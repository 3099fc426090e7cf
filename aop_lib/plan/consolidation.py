"""One group out of its entities: books translated, what they owe one another eliminated, what belongs to others told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.money import MONEY, money_series, split
from aop_lib.plan.profit_and_loss import OPERATING, profit_by
from aop_lib.plan.translation import UNNAMED, books, translation

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.company import Intercompany

BALANCES = {"asset", "liability", "equity"}
KEYS = ["entity", "account", "month"]


def group_books(params: Params, ledger: pd.DataFrame, accounts: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Returns the books of the group, layer by layer.

    Defined as::

        group = posted (each row at the month's average) + translation (balances to the close) - elimination

    Args:
        params: Reporting currency, translation account, intercompany pairs.
        ledger: The frame `ledger`.
        accounts: The account tree.
        rates: The frame `rates`.

    Returns:
        The frame `group_books`: amounts natural, in reporting currency. Any set of its rows can be traced to entity and layer.

    Raises:
        UnknownRateError: If a closing rate is missing.
    """
    if ledger.empty:
        return frames.empty("group_books")
    posted, rules = books(ledger), params.company.consolidation
    closing = dict(zip(zip(rates["currency"], rates["month"], strict=True), rates["close"], strict=True))
    moved = translation(posted, accounts, closing, params.company.reporting_currency, rules.translation_account or UNNAMED)
    whole = posted.groupby(KEYS, as_index=False, observed=True)[["amount"]].sum()
    layers: dict[str, pd.DataFrame] = {"posted": whole, "translation": moved}
    translated = pd.concat([each.assign(amount=each["amount"].astype(MONEY)) for each in layers.values() if len(each)], ignore_index=True)
    layers["elimination"] = eliminations(translated, accounts, rules.intercompany)
    rows = [each[[*KEYS, "amount"]].assign(layer=name, amount=each["amount"].astype(MONEY)) for name, each in layers.items() if len(each)]
    return frames.conformed("group_books", pd.concat(rows, ignore_index=True))


def eliminations(translated: pd.DataFrame, accounts: pd.DataFrame, pairs: Sequence[Intercompany]) -> pd.DataFrame:
    """Returns what is taken out of the books because entities hold it against one another.

    Defined as::

        matched(month)  = the smaller of left and right, where both have the same sign, else 0
        balances        left and right are what stands at the month's end; the elimination is the change of what is matched
        results         left and right are the month's amounts
        elimination     = -matched on either side, cut over the entities and accounts that hold it, to the cent

    Args:
        translated: entity, account, month, amount: posted and translated, natural.
        accounts: The account tree, with type.
        pairs: What company.yml declares.

    Returns:
        entity, account, month, amount.
    """
    held = set(accounts.loc[accounts["type"].isin(BALANCES), "account"])
    rows = [row for pair in pairs for row in _pair_rows(translated, pair, is_balance=bool(set(pair.left) & held))]
    frame = pd.DataFrame(rows, columns=[*KEYS, "amount"])
    return frame.assign(amount=money_series(frame["amount"], index=frame.index)) if rows else frame


def unmatched(translated: pd.DataFrame, accounts: pd.DataFrame, pairs: Sequence[Intercompany]) -> pd.DataFrame:
    """Returns what is left of each pair in each month, and which entities hold it.

    Args:
        translated: As for `eliminations`.
        accounts: The account tree.
        pairs: What company.yml declares.

    Returns:
        pair, name, month, left, right, difference (left - right; balances at the month's end), left_entities, right_entities; only months with
        a difference.
    """
    held = set(accounts.loc[accounts["type"].isin(BALANCES), "account"])
    rows = []
    for pair in pairs:
        sides = [_side(translated, codes, is_balance=bool(set(pair.left) & held)) for codes in (pair.left, pair.right)]
        for month in sorted({month for side in sides for month in side}):
            left, right = (sum(side.get(month, {}).values(), Decimal(0)) for side in sides)
            if left != right:
                who = [", ".join(sorted({entity for entity, _ in side.get(month, {})})) for side in sides]
                rows.append((pair.id, pair.name, month, left, right, left - right, *who))
    return pd.DataFrame(rows, columns=["pair", "name", "month", "left", "right", "difference", "left_entities", "right_entities"])


def attributable(
    amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, ownership: Mapping[str, Decimal], types: Sequence[str] = OPERATING
) -> pd.DataFrame:
    """Returns the profit of each entity and the part of it that belongs to the owners of the group.

    Defined as::

        owners = profit * ownership     exact, not rounded; others = profit - owners

    Args:
        amounts: entity, account and `amount`, natural.
        accounts: The account tree.
        lines: The P&L lines.
        ownership: The group's share of each entity, 0 to 1.
        types: `GROSS`, `OPERATING` or `NET`.

    Returns:
        entity, profit, ownership, owners, others: exact decimals, one row per entity that has a profit or loss.
    """
    found = profit_by(amounts, accounts, lines, ["entity"], types)
    shares = [Decimal(ownership.get(entity, Decimal(1))) for entity in found["entity"]]
    profits = [Decimal(value) for value in found["amount"]]
    owners = [value * share for value, share in zip(profits, shares, strict=True)]
    others = [value - own for value, own in zip(profits, owners, strict=True)]
    columns = {"profit": profits, "ownership": shares, "owners": owners, "others": others}
    return pd.DataFrame({"entity": list(found["entity"]), **{name: pd.Series(values, dtype=object) for name, values in columns.items()}})


def _pair_rows(translated: pd.DataFrame, pair: Intercompany, *, is_balance: bool) -> list[tuple[Any, ...]]:
    sides = [_side(translated, codes, is_balance=is_balance) for codes in (pair.left, pair.right)]
    months = sorted({month for side in sides for month in side})
    taken: dict[tuple[str, str], Decimal] = {}
    rows = []
    for month in months:
        parts = [side.get(month, {}) for side in sides]
        matched = _matched(*(sum(part.values(), Decimal(0)) for part in parts))
        for part in parts:
            for key, amount in _cut(matched, part).items():
                step = amount - (taken.get(key, Decimal(0)) if is_balance else Decimal(0))
                taken[key] = amount
                if step:
                    rows.append((*key, month, -step))
    return rows


def _matched(left: Decimal, right: Decimal) -> Decimal:
    if left * right <= 0:
        return Decimal(0)
    return min(left, right, key=abs)


def _cut(matched: Decimal, part: Mapping[tuple[str, str], Decimal]) -> dict[tuple[str, str], Decimal]:
    """Returns a matched amount cut over those that hold a side, in proportion to what each holds in its direction."""
    sign = -1 if matched < 0 else 1
    weights = [max(sign * amount, Decimal(0)) for amount in part.values()]
    if not matched:
        return dict.fromkeys(part, Decimal(0))
    return {key: sign * piece for key, piece in zip(part, split(abs(matched), weights), strict=True)}


def _side(translated: pd.DataFrame, codes: Sequence[str], *, is_balance: bool) -> dict[pd.Timestamp, dict[tuple[str, str], Decimal]]:
    """Returns, by month, what each entity holds in each account of a side: the month's amount, or for balances what stands at its end."""
    own = translated[translated["account"].isin(list(codes))]
    flows = {
        (entity, account, month): Decimal(value)
        for entity, account, month, value in own[[*KEYS, "amount"]].groupby(KEYS, observed=True)["amount"].sum().reset_index().itertuples(index=False)
    }
    months, holders = sorted(set(translated["month"])), sorted({key[:2] for key in flows})
    found: dict[pd.Timestamp, dict[tuple[str, str], Decimal]] = {}
    standing = dict.fromkeys(holders, Decimal(0))
    for month in months:
        for holder in holders:
            flow = flows.get((*holder, month), Decimal(0))
            standing[holder] = standing[holder] + flow if is_balance else flow
        found[month] = dict(standing)
    return found
