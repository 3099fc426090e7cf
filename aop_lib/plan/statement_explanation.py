"""A total of the statements explained: its formula with values, the opening that it starts from, and the drivers behind each movement."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aop_lib.periods import add_months, month_of
from aop_lib.plan.amount_explanation import chosen_total
from aop_lib.plan.explanation import Known, Node, exact_text, source_nodes
from aop_lib.plan.side_explanation import side_node
from aop_lib.plan.statement_views import ARR, BALANCE_SHEET, BUDGET, CASH_FLOW, CONTRACTS
from aop_lib.plan.wording import counted, month_name, months_name

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.plan.figure_keys import FigureKey

Formula = Mapping[str, int]
"""Lines of a statement that a total is made of, each with the sign with which it enters."""

WORKING = ("net_result", "depreciation", "receivables", "unbilled", "other_assets", "payables", "deferred", "other_liabilities")
FORMULAS: dict[tuple[str, str], Formula] = {
    ("cash_flow", "operating"): dict.fromkeys(WORKING, 1),
    ("cash_flow", "change"): {"operating": 1, "investing": 1, "financing": 1},
    ("cash_flow", "closing"): {"opening": 1, "change": 1},
    ("balance_sheet", "assets"): dict.fromkeys(("cash", "receivables", "unbilled", "fixed_assets", "other_assets"), 1),
    ("balance_sheet", "liabilities"): dict.fromkeys(("payables", "deferred", "other_liabilities"), 1),
    ("balance_sheet", "equity"): dict.fromkeys(("capital", "results", "financing"), 1),
    ("balance_sheet", "difference"): {"assets": 1, "liabilities": -1, "equity": -1},
    ("contracts", "closing"): {"opening": 1, "billings": 1, "revenue": -1},
    ("arr", "closing"): {"opening": 1} | {line: sign for line, _, style, sign, _ in ARR if not style},
}
FLOWS = {"cash_flow": {"change": 1}, "contracts": {"billings": 1, "revenue": -1}, "arr": {line: sign for line, _, style, sign, _ in ARR if not style}}
NAMES = {
    statement: {line: name for line, name, *_ in layout}
    for statement, layout in (("cash_flow", CASH_FLOW), ("balance_sheet", BALANCE_SHEET), ("contracts", CONTRACTS), ("arr", ARR))
}
STANDING = {
    ("contracts", "opening"): "Deferred revenue", ("contracts", "closing"): "Deferred revenue", ("arr", "opening"): "ARR", ("arr", "closing"): "ARR",
}  # fmt: skip
DRIVERS = {
    "depreciation": ("asset_life_months",), "receivables": ("dso_days",), "payables": ("dpo_days",), "deferred": ("annual_share",),
    "unbilled": ("annual_share",),
    "billings": ("annual_share",), "investing": ("capex",), "fixed_assets": ("capex", "asset_life_months"), "financing": ("financing",),
    "revenue": ("in_month_share",), "new": ("pipeline_created", "win_rate", "new_contract"), "reactivation": ("reactivation_rate",),
    "expansion": ("expansion_rate",), "price": ("price_change",), "contraction": ("contraction_rate",), "churn": ("churn_rate",),
}  # fmt: skip
STARTS = {"arr": ("mrr", "rates")}
BOOKS = ("ledger", "rates")


def statement_node(known: Known, key: FigureKey) -> Node | None:
    """Returns a figure of the budget's statements as its formula has it, down to the opening of the books and the drivers.

    Defined as::

        cash       opening + change;   change = operating + investing + financing;   operating = net result + what balances release
        balances   opening of the books + movements since
        contracts  opening + billings - revenue          ARR  opening + new + reactivation + expansion + price - contraction - churn

    Args:
        known: The cycle, as far as its stages have run.
        key: `statement cash_flow.closing`; the last month; for what adds up over months, and for what it starts from, also the first.

    Returns:
        The tree; None where the cycle has no such figure.
    """
    statement, _, line = key.name.partition(".")
    own = known.frames["statements"]
    own = own[(own["plan"] == BUDGET) & (own["statement"] == statement)]
    if line not in NAMES.get(statement, {}) or own.empty:
        return None
    last = month_of(key.month)
    return _Statement(known, own, statement).node(line, month_of(key.since) if key.since else last, last)


class _Statement:
    """One statement of the budget: its figures as nodes."""

    def __init__(self, known: Known, rows: pd.DataFrame, statement: str) -> None:
        self.known, self.statement, self.first = known, statement, min(rows["month"])
        self.amounts = {(line, month): Decimal(amount) for line, month, amount in rows[["line", "month", "amount"]].itertuples(index=False)}

    def value(self, line: str, first: pd.Timestamp, last: pd.Timestamp) -> Decimal:
        """Returns a figure: a balance at the last month, an opening at the first one, else the sum of the months."""
        if line == "difference":
            return sum((sign * self.value(each, first, last) for each, sign in FORMULAS[self.statement, line].items()), Decimal("0.00"))
        if self.statement == "balance_sheet" or line == "closing":
            return self.amounts.get((line, last), Decimal("0.00"))
        if line == "opening":
            return self.amounts.get((line, first), Decimal("0.00"))
        return sum((amount for (each, month), amount in self.amounts.items() if each == line and first <= month <= last), Decimal("0.00"))

    def node(self, line: str, first: pd.Timestamp, last: pd.Timestamp) -> Node:
        """Returns a figure with what it is made of."""
        value, formula = self.value(line, first, last), FORMULAS.get((self.statement, line))
        if formula is not None:
            parts = tuple(
                self._signed(each, sign, first, last) for each, sign in formula.items() if self.value(each, first, last) or each in {"opening", "cash"}
            )
            how = self._filled(formula, first, last)
        elif line == "opening":
            parts, how = self._opened(first), ""
        elif self.statement == "balance_sheet":
            parts, how = self._rolled(line, last), ""
        else:
            parts = tuple(self._behind(line, first, last))
            how = _moved_by(parts)
        return Node(self._label(line, first, last), exact_text(value, self.known.currency), how=how, parts=parts, exact=value)

    def _label(self, line: str, first: pd.Timestamp, last: pd.Timestamp) -> str:
        name = STANDING.get((self.statement, line), NAMES[self.statement][line])
        if line == "opening":
            return f"{name}, close of {month_name(add_months(first, -1))}"
        is_standing = self.statement == "balance_sheet" or line == "closing"
        return f"{name}, {month_name(last) if is_standing else months_name(sorted({first, last}))}"

    def _filled(self, formula: Formula, first: pd.Timestamp, last: pd.Timestamp) -> str:
        told = [(NAMES[self.statement][line].lower(), sign, self.value(line, first, last)) for line, sign in formula.items()]
        return " ".join(f"{'−' if sign < 0 else '+' * bool(place)} {name} {value:,.2f}".strip() for place, (name, sign, value) in enumerate(told) if value)

    def _signed(self, line: str, sign: int, first: pd.Timestamp, last: pd.Timestamp) -> Node:
        node = self.node(line, first, last)
        turned = self._turned(replace(node, label=f"less {node.label}"), -self.value(line, first, last)) if sign < 0 else node
        return replace(turned, breakdown="formula")

    def _turned(self, node: Node, value: Decimal) -> Node:
        """Returns a part that is taken off: with the other sign, and its own parts with theirs."""
        parts = tuple(self._turned(part, -part.exact) if part.exact is not None else part for part in node.parts)
        return replace(
            node,
            value=exact_text(value, self.known.currency),
            exact=value,
            parts=parts,
            how="" if any(part.breakdown == "formula" for part in parts) else node.how,
            name="",
        )

    def _opened(self, month: pd.Timestamp) -> tuple[Node, ...]:
        """Returns what the plan starts from and what moves between then and a month's opening."""
        start = self.amounts.get(("opening", self.first), Decimal("0.00"))
        begun = self._start("cash" if self.statement == "cash_flow" else self.statement, start, add_months(self.first, -1))
        last = add_months(month, -1)
        moved = [(line, sign, self.value(line, self.first, last)) for line, sign in FLOWS[self.statement].items()] if month > self.first else []
        return (begun, *(replace(self._signed(line, sign, self.first, last), breakdown="start") for line, sign, value in moved if value))

    def _start(self, kind: str, value: Decimal, month: pd.Timestamp) -> Node:
        """Returns the opening of a balance: what the books, or for ARR the billing, say at the close that the plan starts from."""
        sources = source_nodes(self.known, STARTS.get(kind, BOOKS))
        how = "from the subscriptions billed" if kind == "arr" else "from the group's books, by the accounts of each balance"
        how = f"{how}; frozen with the plan" if self.known.params.is_review else how
        place = self.known.places.get("driver balances", "") if kind != "arr" else ""
        return Node(
            f"as it stands at the close of {month_name(month)}", exact_text(value, self.known.currency), how=how, place=place, parts=sources, exact=value,
            breakdown="start",
        )  # fmt: skip

    def _rolled(self, line: str, last: pd.Timestamp) -> tuple[Node, ...]:
        """Returns a balance as its opening and what it moved since."""
        start = self.amounts.get((line, self.first), Decimal("0.00"))
        value = self.value(line, last, last) - start
        begun = (self._start(line, start, self.first),) if start else ()
        if not value and begun:
            return begun
        facts = tuple(self._behind(line, add_months(self.first, 1), last))
        moved = Node(
            f"moved from {month_name(add_months(self.first, 1))} on",
            exact_text(value, self.known.currency),
            how=_moved_by(facts),
            parts=facts,
            exact=value,
            breakdown="start",
        )
        return (*begun, moved)

    def _behind(self, line: str, first: pd.Timestamp, last: pd.Timestamp) -> Iterator[Node]:
        """Yields what moves a line: the P&L behind a result, drivers behind billing, payment and investment, and the sources."""
        months = self.known.params.year_months
        chosen = chosen_total(self.known, "net_result")
        if line == "net_result" and chosen is not None and [first, last] == [months[0], months[-1]]:
            told = side_node(self.known, "net_result", chosen, "budget", "", frozenset())
            if told.exact == self.value(line, first, last):
                yield replace(told, breakdown="budget")
                return
        if line in WHAT:
            yield Node("what moves it", how=f"{WHAT[line]}, {months_name(sorted({first, last}))}", place=self.known.places.get("file drivers", ""))
        else:
            yield from _drivers(self.known, DRIVERS.get(line, ()))
        yield from source_nodes(self.known, ("mrr",) if self.statement == "arr" else ("ledger",))


WHAT = {
    "net_result": "the P&L: the estimate of the year that is ending, then the budget",
    "results": "net results: the estimate of the year that is ending, then the budget",
    "cash": "the cash flow of the months",
}


def _drivers(known: Known, names: tuple[str, ...]) -> Iterator[Node]:
    """Yields the drivers of a line: told with their place, estimated with their window, assumed; the rules where it has none.

    In a review the plan is frozen, and the drivers of now are others: then they are named without their values.
    """
    model = known.places.get("driver window", known.places.get("file drivers", ""))
    values = known.frames["driver_values"]
    own = values[values["driver"].isin(names)]
    for row in own.to_dict("records"):
        place = known.places.get(f"told {row['driver']} {row['place']}".strip(), "")
        how = "as it was when the plan was frozen" if known.params.is_review else f"{_driver_text(row)}: {_basis(row)}"
        where = f", {row['place']}" if row["place"] else ""
        yield Node(f"driver {row['label']}{where}", how=how, place=place or model)
    if own.empty:
        place = known.places.get("file drivers", known.places.get("file company", ""))
        yield Node("rules", how="as the budget's own rows and drivers.yml have it", place=place)


def _moved_by(facts: tuple[Node, ...]) -> str:
    """Returns what drives a movement, for a page that is cut before it; empty where it is no driver."""
    names = dict.fromkeys(each.label.removeprefix("driver ").partition(",")[0] for each in facts if each.label.startswith("driver "))
    return f"by {'; '.join(name[:1].lower() + name[1:] for name in names)}" if names else ""


def _driver_text(row: Mapping[Hashable, Any]) -> str:
    value = Decimal(row["value"])
    return f"{value * 100:,.4f} %" if row["unit"] == "pct" else f"{value:,.2f} {row['unit']}"


def _basis(row: Mapping[Hashable, Any]) -> str:
    if row["basis"] == "estimated":
        return f"estimated from {row['window']}, {counted(int(row['observations']), 'observation')}"
    return f"{row['basis']}, {row['source']}" if row["source"] else str(row["basis"])
