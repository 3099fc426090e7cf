"""The account tree: which line an account adds into, with which sign, and where it stands in the trial balance.

Accounts come from company.yml where it lists them, else from a source's own tree. `Operator` in such a tree is per node:
`+` and `-` multiply along the path, `~` does not add into its parent.
"""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from dataclasses import dataclass

import pandas as pd

from aop_lib.frames import conformed
from aop_lib.load import Params
from aop_lib.sources.exports import LINE
from aop_lib.sources.presets import Frame
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse

SIGNS = {"+": 1, "-": -1, "~": 0, "": 1}
INCOME = {"revenue", "other_income"}
DEBIT = {"asset", "cost_of_revenue", "opex", "other_expense", "tax"}
CREDIT = {"liability", "equity", *INCOME}
BALANCE_SHEET = {"asset", "liability", "equity"}
STATISTICAL = "statistical"


@dataclass(frozen=True)
class Node:
    """One account of a tree as its source gives it."""

    account: str
    name: str
    parent: str
    type: str
    operator: str
    behaviour: str = ""


def lines_frame(params: Params) -> pd.DataFrame:
    """Returns the lines of the P&L in report order, conformed to `lines`; direction is +1 for income, -1 for cost."""
    rows = [
        {"line": each.id, "name": each.name, "type": each.type, "direction": 1 if each.type in INCOME else -1, "position": position}
        for position, each in enumerate(params.company.lines)
    ]
    return conformed("lines", pd.DataFrame(rows, columns=["line", "name", "type", "direction", "position"]))


def accounts_frame(params: Params, store: Warehouse, trees: list[Judged]) -> pd.DataFrame:
    """Returns the account tree, conformed to `accounts`: from company.yml where it lists accounts, else from the sources.

    Args:
        params: Company with lines and, perhaps, accounts.
        store: The loaded tables.
        trees: The judged `accounts` rows of the sources.
    """
    rows = _listed(params)
    if not rows:
        for tree in trees:
            nodes = [_node(record) for record in store.records(tree.used.order_by(LINE))]
            rows += tree_rows(nodes, tree.mapped.frame("accounts"), params)
    columns = ["account", "name", "parent", "line", "type", "behaviour", "line_sign", "debit_sign", "position"]
    return conformed("accounts", pd.DataFrame(rows, columns=columns).assign(position=range(len(rows))))


def tree_rows(nodes: list[Node], frame: Frame, params: Params) -> list[dict[str, object]]:
    """Returns the accounts of a source's tree with line, type and signs.

    Defined as::

        line        the line whose root is the account itself or its nearest ancestor
        line_sign   product of the operators from the account up to, excluding, the line's root
        debit_sign  balance sheet: product of the operators from the account up to, excluding, the tree's root
                    (+1 asset, -1 liability or equity in a tree without operators)
                    P&L: +1 cost, -1 income, times line_sign; 0 where the balance sheet balances by itself
        a `~` below the root makes an account statistical: it never enters money

    Args:
        nodes: The tree, parents anywhere.
        frame: The preset's accounts: types, subtrees, behaviours, trial_balance.
        params: Company with lines and their roots.
    """
    by_account = {node.account: node for node in nodes}
    roots = {root: line for line in params.company.lines for root in line.roots}
    parents = {node.account: node.parent for node in nodes}
    signed = "operator" in frame.columns
    rows = []
    for node in nodes:
        path = [by_account[account] for account in _ancestors(node.account, parents) if account in by_account]
        root = next((each for each in path if each.account in roots), None)
        line = roots[root.account] if root else None
        sign = _product(path[: path.index(root)] if root else path[:-1])
        kind = STATISTICAL if sign == 0 else line.type if line else _type(path, frame)
        debit = sign if signed and kind in BALANCE_SHEET else sign * debit_sign(kind)
        if frame.trial_balance == "balance_sheet" and kind not in BALANCE_SHEET:
            debit = 0
        rows.append(
            {
                "account": node.account,
                "name": node.name,
                "parent": node.parent,
                "line": line.id if line and sign else "",
                "type": kind,
                "behaviour": _nearest(path, frame.behaviours) or node.behaviour or "fixed",
                "line_sign": sign if line else 0,
                "debit_sign": debit,
            }
        )
    return rows


def debit_sign(kind: str) -> int:
    """Returns +1 for a type whose natural amount is a debit, -1 for a credit, 0 for what is no money."""
    return 1 if kind in DEBIT else -1 if kind in CREDIT else 0


def _listed(params: Params) -> list[dict[str, object]]:
    parents = {each.account: each.parent for each in params.company.accounts}
    roots = {root: line for line in params.company.lines for root in line.roots}
    lines = {line.id: line for line in params.company.lines}
    rows: list[dict[str, object]] = []
    for each in params.company.accounts:
        above = _ancestors(each.account, parents)
        line = lines[each.line] if each.line else next((roots[account] for account in above if account in roots), None)
        same = line is not None and (each.type in INCOME) == (line.type in INCOME)
        rows.append(
            {
                "account": each.account,
                "name": each.name,
                "parent": each.parent or "",
                "line": line.id if line else "",
                "type": each.type,
                "behaviour": each.behaviour,
                "line_sign": 0 if line is None else 1 if same else -1,
                "debit_sign": debit_sign(each.type),
            }
        )
    return rows


def _ancestors(account: str, parents: Lookup[str, str | None]) -> list[str]:
    path: list[str] = []
    here: str | None = account
    while here and here not in path:
        path.append(here)
        here = parents.get(here)
    return path


def _node(record: dict[str, str]) -> Node:
    return Node(*(record[name] or "" for name in ("account", "name", "parent", "type", "operator", "behaviour")))


def _product(path: list[Node]) -> int:
    sign = 1
    for node in path:
        sign *= SIGNS.get(node.operator, 1)
    return sign


def _nearest(path: list[Node], marks: Lookup[str, str]) -> str:
    return next((marks[node.account] for node in path if node.account in marks), "")


def _type(path: list[Node], frame: Frame) -> str:
    named = _nearest(path, frame.subtrees)
    return named or next((frame.types[node.type] for node in path if node.type in frame.types), "") or STATISTICAL
