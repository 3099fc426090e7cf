"""What the ledger tells of the metrics: revenue, margins, spend, cash, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from aop_lib.plan.profit_and_loss import line_totals
from aop_lib.switches import Switches

Row = tuple[str, str, pd.Timestamp, Decimal]
Frames = Mapping[str, pd.DataFrame]
NONE = Decimal(0)


@dataclass(frozen=True)
class _Month:
    """One month of the ledger: amounts by line type and team, and by line."""

    month: pd.Timestamp
    by_type: dict[str, dict[str, Decimal]]
    by_line: dict[str, Decimal]

    def of(self, kind: str) -> Decimal:
        return sum(self.by_type[kind].values(), NONE)


def results(ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, switches: Switches | None = None) -> Iterator[Row]:
    """Yields revenue, cost_of_revenue, operating_expenses, operating_profit and _margin, of teams too, and what the named lines tell.

    Defined as::

        operating_profit = revenue - cost of revenue - operating expenses
        operating_margin = operating_profit / revenue                       none where revenue is 0 or less
        gross_margin     = (subscription revenue - cost of subscription) / subscription revenue
        subscription_revenue, cost_of_subscription, sales_marketing_spend   the lines that company.yml names

    Args:
        ledger: Closed months.
        accounts: The account tree.
        lines: The P&L lines.
        switches: Which lines count; the defaults without them.
    """
    named = switches or Switches()
    totals = line_totals(ledger, accounts, lines, ["month", "team"])
    types = dict(zip(lines["line"], lines["type"], strict=True))
    for month in sorted(set(totals["month"])):
        found = _Month(month, {"revenue": {}, "cost_of_revenue": {}, "opex": {}}, {})
        part = totals[totals["month"] == month]
        for line, team, amount in zip(part["line"], part["team"], part["amount"], strict=True):
            found.by_line[line] = found.by_line.get(line, NONE) + amount
            teams = found.by_type.setdefault(types[line], {})
            teams[team] = teams.get(team, NONE) + amount
        yield from _company(found)
        yield from _named_lines(found, named, set(types))


def _company(found: _Month) -> Iterator[Row]:
    revenue, opex = found.of("revenue"), found.of("opex")
    profit = revenue - found.of("cost_of_revenue") - opex
    yield "revenue", "", found.month, revenue
    yield "cost_of_revenue", "", found.month, found.of("cost_of_revenue")
    yield "operating_expenses", "", found.month, opex
    yield "operating_profit", "", found.month, profit
    for metric, kind in (("revenue", "revenue"), ("operating_expenses", "opex")):
        yield from ((metric, team, found.month, amount) for team, amount in found.by_type[kind].items() if team)
    if revenue > 0:
        yield "operating_margin", "", found.month, profit / revenue


def _named_lines(found: _Month, switches: Switches, known: set[str]) -> Iterator[Row]:
    named = {
        "subscription_revenue": switches.subscription_revenue_lines,
        "cost_of_subscription": switches.subscription_cost_lines,
        "sales_marketing_spend": switches.sales_marketing_lines,
    }
    amounts = {metric: sum((found.by_line.get(line, NONE) for line in ids), NONE) for metric, ids in named.items() if known.intersection(ids)}
    yield from ((metric, "", found.month, amount) for metric, amount in amounts.items())
    sold = amounts.get("subscription_revenue", NONE)
    if sold > 0 and "cost_of_subscription" in amounts:
        yield "gross_margin", "", found.month, (sold - amounts["cost_of_subscription"]) / sold


def cash_metrics(ledger: pd.DataFrame, accounts: pd.DataFrame, switches: Switches) -> Iterator[Row]:
    """Yields depreciation and free_cash_flow of each month of the ledger, where company.yml names their accounts.

    Defined as::

        free_cash_flow = sum(debit_sign * amount of cash accounts) + sum(debit_sign * amount of financing accounts)

    Equity and debt are credits, so what financing brought is taken off. The ledger's first month may hold opening
    balances, so cash flow is known from the second.

    Args:
        ledger: Closed months, each posting at its month's average rate.
        accounts: The account tree.
        switches: The accounts of cash, financing and depreciation.
    """
    months = sorted(set(ledger["month"]))
    signs = dict(zip(accounts["account"], accounts["debit_sign"], strict=True))
    if switches.depreciation_accounts:
        spent = _by_month(ledger, switches.depreciation_accounts, signs)
        yield from (("depreciation", "", month, spent.get(month, NONE)) for month in months)
    if switches.cash_accounts:
        flow = _by_month(ledger, [*switches.cash_accounts, *switches.financing_accounts], signs)
        yield from (("free_cash_flow", "", month, flow.get(month, NONE)) for month in months[1:])


def _by_month(ledger: pd.DataFrame, accounts: Sequence[str], signs: Mapping[str, int]) -> dict[pd.Timestamp, Decimal]:
    own = ledger[ledger["account"].isin(list(accounts))]
    found: dict[pd.Timestamp, Decimal] = {}
    for month, account, amount in zip(own["month"], own["account"], own["amount"], strict=True):
        found[month] = found.get(month, NONE) + int(signs[account]) * amount
    return found
