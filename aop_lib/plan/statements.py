"""The statements of a plan by month, to the cent: P&L by line, by team and by kind of cost, cash flow, balance sheet, contracts, ARR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames as contracts
from aop_lib import money
from aop_lib.plan.opening_balance import classes, opening_month
from aop_lib.plan.profit_and_loss import line_totals, pl_accounts, signed
from aop_lib.plan.statement_roll import Balance, Flow, rolled
from aop_lib.plan.statement_terms import ARR, PlanTerms

if TYPE_CHECKING:
    from aop_lib.load import Params

Row = tuple[str, str, str, pd.Timestamp, Decimal]
Tree = tuple[pd.DataFrame, pd.DataFrame]
"""The account tree and the P&L lines."""

COLUMNS = ["statement", "part", "line", "month", "amount"]
ESTIMATE = "estimate"
PEOPLE = "people"
BALANCE_SHEET = (
    "cash", "receivables", "unbilled", "fixed_assets", "other_assets", "assets",
    "payables", "deferred", "other_liabilities", "liabilities", "capital", "results", "financing", "equity",
)  # fmt: skip


def statements(params: Params, plans: Mapping[str, pd.DataFrame], sources: Mapping[str, pd.DataFrame], name: str = "statements") -> pd.DataFrame:
    """Returns the statements of plans by month.

    Defined as::

        pl, teams, natural   the plan's own amounts, from the first month after the opening; before the planned year the estimate
        cash_flow            net result + depreciation - rise of receivables, unbilled and other assets + rise of payables, deferred revenue and
                             other liabilities = operating; - investment = investing; + financing; opening + change = closing
        balance_sheet        rolled from flows, see `statement_roll.rolled`; the opening stands at its month
        contracts            opening + billings - revenue = closing: deferred revenue less what is recognised and not billed yet
        arr                  opening + new + reactivation + expansion + price - contraction - churn = closing, where the plan has terms of its own

    Cash flow, balance sheet and contracts are left out where there is no opening balance.

    Args:
        params: The accounts of cash, people, depreciation and balances.
        plans: Name to the plan's amounts: entity, team, account, month, amount; natural.
        sources: year_end_estimate, accounts, lines, opening_balance, statement_terms.
        name: `statements`, or `overlay_statements` for versions and scenarios.

    Returns:
        The frame of that name. P&L amounts are natural (revenue and cost both positive); cash flow is positive for what comes in.
    """
    tree = (sources["accounts"], sources["lines"])
    opening = dict(zip(sources["opening_balance"]["kind"], sources["opening_balance"]["amount"], strict=True))
    start, estimate = min(sources["opening_balance"]["month"], default=opening_month(params)), sources["year_end_estimate"]
    before = estimate[(estimate["basis"] == ESTIMATE) & (estimate["month"] > start)]
    columns = ["team", "account", "month", "amount"]
    parts = [
        _of_plan(params, plan, pd.concat([before[columns], amounts[columns]], ignore_index=True), tree, (start, opening), sources["statement_terms"])
        for plan, amounts in plans.items()
    ]
    return contracts.conformed(name, pd.concat(parts, ignore_index=True)) if parts else contracts.empty(name)


def _of_plan(
    params: Params, plan: str, amounts: pd.DataFrame, tree: Tree, opening: tuple[pd.Timestamp, Mapping[str, Decimal]], terms: pd.DataFrame
) -> pd.DataFrame:
    own, months = PlanTerms(terms, plan), sorted(set(amounts["month"]))
    rows = [*_pl_rows(amounts, tree)]
    if opening[1] and months:
        flows = plan_flows(params, amounts, *tree)
        start = own.start(opening[1])
        closes = rolled(start, flows, own.terms([flow.month for flow in flows]))
        rows += [*_balance_rows(opening[0], [start]), *_closing_rows(start, flows, closes)]
    if own.moves or plan == "budget":
        rows += _arr_rows(own, months)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.assign(plan=plan, amount=money.money_series(frame["amount"], index=frame.index))


def plan_flows(params: Params, amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> list[Flow]:
    """Returns what each month of a plan means for cash.

    Defined as::

        sold        the subscription lines                        gained      other revenue and other income: paid at once
        people      accounts that follow people: paid at once     purchases   other costs without depreciation: paid by the suppliers' terms
        worn        depreciation accounts                         tax         paid at once; what is owed already stays
        invested    budget rows on accounts of fixed assets; rows on other balance-sheet accounts move those, cash is their counterpart

    Args:
        params: Which lines and accounts count as what.
        amounts: account, month, amount; natural.
        accounts: The account tree.
        lines: The P&L lines.
    """
    kinds = {account: (field, sign) for account, field, sign in _fields(params, accounts, lines)}
    summed = money.sums(amounts, ["month", "account"])
    found: dict[pd.Timestamp, dict[str, Decimal]] = {month: {} for month in sorted(set(summed["month"]))}
    for month, account, amount in summed.itertuples(index=False, name=None):
        if account in kinds:
            field, sign = kinds[account]
            found[month][field] = found[month].get(field, Decimal("0.00")) + sign * Decimal(amount)
    return [Flow(month, **fields) for month, fields in found.items()]


def _fields(params: Params, accounts: pd.DataFrame, lines: pd.DataFrame) -> Iterator[tuple[str, str, int]]:
    switches = params.company.switches
    behaviour = dict(zip(accounts["account"], accounts["behaviour"], strict=True))
    for account, line, sign, kind, direction in pl_accounts(accounts, lines).itertuples(index=False, name=None):
        if kind in {"revenue", "other_income"}:
            yield account, "sold" if line in switches.subscription_revenue_lines else "gained", int(sign * direction)
        elif kind == "tax":
            yield account, "tax", int(-sign * direction)
        else:
            is_worn, is_people = account in switches.depreciation_accounts, behaviour[account] == PEOPLE
            yield account, "worn" if is_worn else "people" if is_people else "purchases", int(-sign * direction)
    debits = dict(zip(accounts["account"], accounts["debit_sign"], strict=True))
    places = {"fixed_assets": ("invested", 1), "receivables": ("other_assets", 1), "other_assets": ("other_assets", 1), "capital": ("financed", -1)}
    for account, kind in classes(params, accounts).items():
        field, side = places.get(kind, ("other_liabilities", -1))
        if kind != "cash":
            yield account, field, side * int(debits[account])


def _pl_rows(amounts: pd.DataFrame, tree: Tree) -> Iterator[Row]:
    accounts, lines = tree
    for line, month, amount in line_totals(amounts, accounts, lines, ["month"])[["line", "month", "amount"]].itertuples(index=False, name=None):
        yield "pl", "", line, month, amount
    for team, line, month, amount in line_totals(amounts, accounts, lines, ["team", "month"])[["team", "line", "month", "amount"]].itertuples(index=False):
        yield "teams", team, line, month, amount
    for part, line, month, amount in natural_amounts(amounts, accounts, lines).itertuples(index=False, name=None):
        yield "natural", part, line, month, amount


def natural_amounts(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L by what is bought rather than by who buys it.

    Defined as::

        part   revenue, other_income, other_expense and tax by the type of the line; costs by the account's behaviour: people, variable, fixed
        line   the account's name up to its first comma: `Travel, sales & marketing` and `Travel, research & development` are one

    Args:
        amounts: account, month, amount; natural.
        accounts: The account tree.
        lines: The P&L lines.

    Returns:
        part, line, month, amount (adds as the P&L lines do).
    """
    placed = amounts[["account", "month", "amount"]].merge(pl_accounts(accounts, lines), on="account", validate="many_to_one")
    known = placed.merge(accounts[["account", "name", "behaviour"]], on="account", validate="many_to_one")
    parts = [kind_of_cost(*each) for each in zip(known["type"], known["behaviour"], strict=True)]
    heads = [str(name).partition(",")[0].strip() for name in known["name"]]
    own = known.assign(part=parts, line=heads, amount=signed(known["amount"], known["line_sign"]))
    return money.sums(own, ["part", "line", "month"])


def kind_of_cost(line_type: str, behaviour: str) -> str:
    """Returns the kind of an account in the P&L by kind of cost: costs by behaviour, fixed where none is told, all else by the type of its line."""
    return behaviour or "fixed" if line_type in {"cost_of_revenue", "opex"} else line_type


def _balance_rows(month: pd.Timestamp, closes: Sequence[Balance]) -> Iterator[Row]:
    for close in closes:
        for line in BALANCE_SHEET:
            yield "balance_sheet", "", line, month, getattr(close, line)


def _closing_rows(start: Balance, flows: Sequence[Flow], closes: Sequence[Balance]) -> Iterator[Row]:
    for flow, before, here in zip(flows, [start, *closes[:-1]], closes, strict=True):
        yield from _balance_rows(flow.month, [here])
        yield from (("cash_flow", "", line, flow.month, amount) for line, amount in cash_flow(before, here).items())
        pool = {"opening": before.deferred - before.unbilled, "billings": here.moved["billings"], "revenue": here.moved["sold"]}
        pool |= {"closing": here.deferred - here.unbilled, "collections": here.moved["collections"]}
        yield from (("contracts", "", line, flow.month, amount) for line, amount in pool.items())


def cash_flow(before: Balance, here: Balance) -> dict[str, Decimal]:
    """Returns a month's cash flow by the indirect method, from two balance sheets and the month's result.

    Args:
        before: The close of the month before.
        here: The month's close.
    """
    rises = {name: getattr(here, name) - getattr(before, name) for name in BALANCE_SHEET}
    found = {"opening": before.cash, "net_result": here.moved["net_result"], "depreciation": here.moved["worn"]}
    found |= {name: -rises[name] for name in ("receivables", "unbilled", "other_assets")}
    found |= {name: rises[name] for name in ("payables", "deferred", "other_liabilities")}
    operating = sum((amount for name, amount in found.items() if name != "opening"), Decimal("0.00"))
    investing, financing = -here.moved["invested"], here.moved["financed"]
    change = operating + investing + financing
    return found | {"operating": operating, "investing": investing, "financing": financing, "change": change, "closing": before.cash + change}


def _arr_rows(own: PlanTerms, months: Sequence[pd.Timestamp]) -> Iterator[Row]:
    balance = money.cents(own.steady("arr").get("", Decimal(0)))
    known = {name: own.of(f"arr {name}").get("", {}) for name in ARR}
    for month in (each for each in months if any(each in values for values in known.values())):
        yield "arr", "", "opening", month, balance
        for name, values in known.items():
            amount = money.cents(values.get(month, Decimal(0)))
            balance += -amount if name in {"contraction", "churn"} else amount
            yield "arr", "", name, month, amount
        yield "arr", "", "closing", month, balance
