"""From each entity's books to the group's, line by line: posted in local currency, translated, eliminated, in the group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import money
from aop_lib.plan.budget import control_totals
from aop_lib.plan.profit_and_loss import NET, OPERATING, line_totals, result
from aop_lib.plan.translation import UNNAMED, books

if TYPE_CHECKING:
    from aop_lib.load import Params

GROUP = "group"
LOCAL, AVERAGE, CLOSING, HISTORY, TAKEN = "posted, in local currency", "at the average rate", "at the closing rate", "at the rate of its month", "eliminated"
BEFORE = "{} before eliminations"
RATES = {"asset": CLOSING, "liability": CLOSING, "equity": HISTORY}
ZERO = Decimal("0.00")
HOW = (
    "Posted figures are in each entity's own currency, all others in the reporting currency: results at the month's average, assets and liabilities "
    "at the last close, equity at the rate of the month in which it was posted; what that leaves apart is the translation difference, a line of its own. "
    "Before eliminations each entity balances by itself, after them the group does."
)

Steps = dict[str, dict[str, Decimal]]  # step (local, translated, eliminated) to entity to amount
STEPS = ("local", "translated", "eliminated")


def entity_columns(params: Params, group_books: pd.DataFrame) -> dict[str, str]:
    """Returns the columns of the tables here with what readers call them: each entity that has books, with its currency, and the group."""
    held, home = set(group_books["entity"]), params.company.reporting_currency
    named = {each.id: each.name + (f" ({each.currency})" if each.currency != home else "") for each in params.company.entities if each.id in held}
    return {**{_column(entity): name for entity, name in named.items()}, GROUP: "Group"}


def result_lines(params: Params, ledger: pd.DataFrame, group_books: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L of the twelve months to the last closed one, from each entity's books to the group's.

    Defined as::

        line                 translated + eliminated, the sum over entities is the group
        posted               in the entity's currency; it has no sum
        at the average rate  each month's amounts at its average rate
        eliminated           what entities sell one another, natural sign

    Args:
        params: Entities and their currencies.
        ledger: The frame `ledger`.
        group_books: The frame `group_books`.
        accounts: The account tree.
        lines: The P&L lines, in report order.

    Returns:
        label, style, a column for each entity and the group (`entity_columns`), exact to the cent; steps that say nothing are left out.
    """
    if group_books.empty:
        return _table(params, group_books, [])
    year = params.last_twelve
    parts = _parts(params, ledger[ledger["month"].isin(year)], group_books[group_books["month"].isin(year)])
    totals = {step: line_totals(rows, accounts, lines, ["entity"]) for step, rows in parts.items()}
    ordered = [row for kind in NET for row in lines.sort_values("position", kind="stable").to_dict("records") if row["type"] == kind]
    found = [(row, {step: _by_entity(rows[rows["line"] == row["line"]]) for step, rows in totals.items()}) for row in ordered]
    rows: list[dict[str, Any]] = []
    for kinds, name in ((OPERATING, "Operating profit"), (NET[len(OPERATING) :], "Net result")):
        rows += [each for row, steps in found if row["type"] in kinds for each in _line(row["name"], steps, AVERAGE)]
        counted = [(int(row["direction"]), steps) for row, steps in found if name == "Net result" or row["type"] in OPERATING]
        rows += _sum(name, _added(counted), "total")
    return _table(params, group_books, rows)


def balance_lines(params: Params, ledger: pd.DataFrame, group_books: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns what stands at the last close in each account of the balance sheet, from each entity's books to the group's.

    Defined as::

        assets and liabilities   local balance * closing rate
        equity                   at the rate of the month in which it was posted; the translation difference is a line of its own
        result not in equity     results that no closing entry has moved into equity yet
        assets = liabilities and equity, where the posted books balance

    Args:
        params: Entities, their currencies, the account of the translation difference.
        ledger: The frame `ledger`.
        group_books: The frame `group_books`.
        accounts: The account tree.

    Returns:
        As `result_lines`.
    """
    if group_books.empty:
        return _table(params, group_books, [])
    parts = _parts(params, ledger, group_books)
    rows: list[dict[str, Any]] = []
    for types, sign, name in ((("asset",), 1, "Assets"), (("liability", "equity"), -1, "Liabilities and equity")):
        side = [(each, _account_steps(parts, {each["account"]: sign * each["debit_sign"]})) for each in _accounts(params, accounts, types)]
        rows += [row for each, steps in side for row in _line(each["name"], steps, RATES[each["type"]])]
        whole = [(1, steps) for _, steps in side]
        if sign < 0:
            kept = accounts[~accounts["type"].isin([*RATES, "statistical"])]
            open_result = _account_steps(parts, {account: -int(debit) for account, debit in zip(kept["account"], kept["debit_sign"], strict=True)})
            rows += list(_line("Result not yet in equity", open_result, AVERAGE))
            whole.append((1, open_result))
        rows += _sum(name, _added(whole), "sub")
    return _table(params, group_books, rows)


def line_ties(
    params: Params, earned: pd.DataFrame, standing: pd.DataFrame, group_books: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Returns the control totals of the entities' lines: their sums over entities beside the books of the group.

    Args:
        params: The last twelve months.
        earned: What `result_lines` returned.
        standing: What `balance_lines` returned.
        group_books: The frame `group_books`.
        accounts: The account tree.
        lines: The P&L lines.

    Returns:
        The frame `control_totals`, without rows where there are no books.
    """
    if earned.empty or standing.empty:
        return control_totals([])
    held = accounts[accounts["type"] == "asset"]
    signs = dict(zip(held["account"], held["debit_sign"].astype(int), strict=True))
    own = group_books[group_books["account"].isin(held["account"])]
    assets = sum((signs[account] * Decimal(amount) for account, amount in zip(own["account"], own["amount"], strict=True)), ZERO)
    net = result(group_books[group_books["month"].isin(params.last_twelve)], accounts, lines).net_result
    checks = [("net result of entities line by line = of the group's books", _over_entities(earned, "Net result"), net)]
    return control_totals([*checks, ("assets of entities line by line = of the group's books", _over_entities(standing, "Assets"), assets)])


def _over_entities(table: pd.DataFrame, label: str) -> Decimal:
    own = table[(table["label"] == label) & table["style"].isin(["sub", "total"])].iloc[0]
    return sum((Decimal(own[str(name)]) for name in table if name not in {"label", "style", GROUP}), ZERO)


def _parts(params: Params, ledger: pd.DataFrame, group_books: pd.DataFrame) -> dict[str, pd.DataFrame]:
    local = books(ledger)
    is_taken = group_books["layer"] == "elimination"
    parts = (local.assign(amount=local["amount_local"]), group_books[~is_taken], group_books[is_taken])
    return {step: money.sums(rows[rows["month"] <= params.last_closed], ["entity", "account"]) for step, rows in zip(STEPS, parts, strict=True)}


def _accounts(params: Params, accounts: pd.DataFrame, types: Sequence[str]) -> Iterator[dict[Any, Any]]:
    ordered = accounts.sort_values("position", kind="stable").to_dict("records")
    yield from (each for kind in types for each in ordered if each["type"] == kind)
    if "equity" in types and params.company.consolidation.translation_account is None:
        yield {"account": UNNAMED, "name": "Translation difference", "type": "equity", "debit_sign": -1}


def _account_steps(parts: Mapping[str, pd.DataFrame], signs: Mapping[str, int]) -> Steps:
    found: Steps = {}
    for step, rows in parts.items():
        sums: dict[str, Decimal] = {}
        own = rows[rows["account"].isin(list(signs))]
        for entity, account, amount in zip(own["entity"], own["account"], own["amount"], strict=True):
            sums[entity] = sums.get(entity, ZERO) + int(signs[account]) * Decimal(amount)
        found[step] = sums
    return found


def _by_entity(rows: pd.DataFrame) -> dict[str, Decimal]:
    return {str(entity): Decimal(amount) for entity, amount in zip(rows["entity"], rows["amount"], strict=True)}


def _added(parts: Sequence[tuple[int, Steps]]) -> Steps:
    found: Steps = {step: {} for step in STEPS}
    for sign, steps in parts:
        for step, amounts in steps.items():
            for entity, amount in amounts.items():
                found[step][entity] = found[step].get(entity, ZERO) + sign * amount
    return found


def _whole(steps: Steps) -> dict[str, Decimal]:
    names = {*steps["translated"], *steps["eliminated"]}
    return {name: steps["translated"].get(name, ZERO) + steps["eliminated"].get(name, ZERO) for name in names}


def _line(name: str, steps: Steps, rate: str) -> Iterator[dict[str, Any]]:
    """Yields a line and, under it, the steps that say more than the line itself does; nothing where all of it is zero."""
    if not any(amount for amounts in steps.values() for amount in amounts.values()):
        return
    yield _row(name, _whole(steps), "")
    local, translated = ({entity: amount for entity, amount in steps[step].items() if amount} for step in ("local", "translated"))
    is_foreign = bool(local) and local != translated
    is_taken = any(steps["eliminated"].values())
    if is_foreign:
        yield _row(LOCAL, steps["local"], "memo") | {GROUP: None}
    if is_taken:
        yield _row(rate, steps["translated"], "deep")
        yield _row(TAKEN, steps["eliminated"], "deep")


def _sum(name: str, steps: Steps, style: str) -> Iterator[dict[str, Any]]:
    """Yields a sum and, where anything was eliminated, what it was before: there each entity balances by itself."""
    if any(steps["eliminated"].values()):
        yield _row(BEFORE.format(name), steps["translated"], "memo")
    yield _row(name, _whole(steps), style)


def _row(label: str, amounts: Mapping[str, Decimal], style: str) -> dict[str, Any]:
    return {"label": label, "style": style, **{_column(entity): amount for entity, amount in amounts.items()}, GROUP: sum(amounts.values(), ZERO)}


def _column(entity: str) -> str:
    return f"entity {entity}"


def _table(params: Params, group_books: pd.DataFrame, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    columns = list(entity_columns(params, group_books))
    filled = [{name: row.get(name, ZERO) for name in ("label", "style", *columns)} for row in rows]
    return pd.DataFrame(filled, columns=["label", "style", *columns], dtype=object)
