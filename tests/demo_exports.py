"""What the demo company's exports say, read with plain csv and Decimal: no code of the generator and none of the library's readers."""

from __future__ import annotations

import calendar
import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from aop_lib.money import cents

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "params" / "demo"
EXPORTS = DEMO / "exports"
REAL = ROOT.parent / "shared" / "data" / "source_exports"
MONTHS = [f"{year}-{month:02d}" for year in range(2023, 2028) for month in range(1, 13) if "2023-10" <= f"{year}-{month:02d}" <= "2027-03"]
ENTITY = {"1": "us", "2": "de"}
CARD, LIFE = 1, 36
Row = dict[str, str]


@cache
def rows(name: str) -> list[Row]:
    with (EXPORTS / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def ledger() -> list[Row]:
    """Every posting with entity, month, account number, department name and vendor name."""
    netsuite = "netsuite/netsuite2_{}_data.csv".format
    periods = {each["id"]: each["startdate"][:7] for each in rows(netsuite("accounting_period"))}
    transactions = {each["id"]: each for each in rows(netsuite("transaction"))}
    accounts = {each["id"]: each["acctnumber"] for each in rows(netsuite("account"))}
    vendors = {each["id"]: each["companyname"] for each in rows(netsuite("vendor"))}
    lines = {(each["transaction"], each["id"]): each for each in rows(netsuite("transaction_line"))}
    found = []
    for posting in rows(netsuite("tran_acct_line")):
        transaction, line = transactions[posting["transaction"]], lines[posting["transaction"], posting["transactionline"]]
        found.append(
            {
                "transaction": posting["transaction"], "kind": transaction["type"], "memo": transaction["memo"], "month": periods[transaction["postingperiod"]],
                "entity": ENTITY[line["subsidiary"]], "account": accounts[posting["account"]], "department": line["department"], "vendor": vendors.get(line["entity"], ""),
                "amount": posting["amount"],
            }
        )  # fmt: skip
    return found


def movement(*accounts: str, kinds: tuple[str, ...] = ()) -> dict[tuple[str, str], Decimal]:
    """Debits less credits by entity and month."""
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in ledger():
        if each["account"] in accounts and (not kinds or each["kind"] in kinds):
            moved[each["entity"], each["month"]] += Decimal(each["amount"])
    return moved


def closing(account: str, entity: str) -> dict[str, Decimal]:
    """Balance at each month's close."""
    moved, balance, found = movement(account), Decimal(0), {}
    for month in MONTHS:
        balance += moved[entity, month]
        found[month] = balance
    return found


@cache
def subscriptions() -> list[dict[str, object]]:
    """Each subscription as the latest version of its history says."""
    plans = {each["id"]: each for each in rows("stripe/plan_data.csv")}
    items = {each["subscription_id"]: each for each in rows("stripe/subscription_item_data.csv")}
    customers = {each["id"]: each for each in rows("stripe/customer_data.csv")}
    found = []
    for each in rows("stripe/subscription_history_data.csv"):
        if each["_fivetran_active"] == "true":
            plan = plans[items[each["id"]]["plan_id"]]
            term = 12 if plan["interval"] == "year" else int(plan["interval_count"])
            found.append(
                {
                    "customer": each["customer_id"], "entity": "de" if plan["currency"] == "eur" else "us", "product": plan["product_id"], "term": term, "plan": plan["id"],
                    "segment": customers[each["customer_id"]]["metadata"].split('"')[3], "start": each["start_date"][:7], "end": each["ended_at"][:7] or "9999-12",
                    "anchor": number(each["billing_cycle_anchor"][:7]), "monthly": Decimal(plan["amount"]) * int(each["quantity"]) / 100 / term,
                    "contract": each["metadata"], "quantity": int(each["quantity"]),
                }
            )  # fmt: skip
    return found


def number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def live(month: str) -> list[dict[str, object]]:
    return [each for each in subscriptions() if each["start"] <= month < each["end"]]


def mrr(month: str, segment: str = "") -> dict[str, Decimal]:
    """MRR by customer in the customer's currency."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for each in live(month):
        if segment in {"", each["segment"]}:
            found[each["customer"]] += each["monthly"]
    return found


def known_at(history: list[Row], moment: str) -> Row:
    return next(each for each in history if each["_fivetran_start"] <= moment < each["_fivetran_end"])


@cache
def workers() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for each in rows("workday/workday_worker_history_data.csv"):
        found[each["id"]].append(each)
    return found


def employed(worker: Row, day: date) -> bool:
    return worker["hire_date"] <= day.isoformat() and (not worker["termination_date"] or day.isoformat() <= worker["termination_date"])


def last_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), calendar.monthrange(int(month[:4]), int(month[5:]))[1])


@cache
def homes() -> dict[str, list[tuple[Row, Row]]]:
    """Each worker's cost centres over time."""
    organizations = {each["id"]: each for each in rows("workday/workday_organization_data.csv")}
    found: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for each in rows("workday/workday_worker_position_organization_history_data.csv"):
        if organizations[each["organization_id"]]["type"] == "COST_CENTER":
            found[each["worker_id"]].append((each, organizations[each["organization_id"]]))
    return found


def pay(worker_id: str, month: str) -> tuple[str, str, Decimal, Decimal] | None:
    """Cost centre, entity, salary and bonus of a worker in a month, by the rule in params/demo/make/payroll.py."""
    latest = workers()[worker_id][-1]
    first, last = date.fromisoformat(f"{month}-01"), last_day(month)
    leaving = date.fromisoformat(latest["termination_date"]) if latest["termination_date"] else last
    day, begin = min(last, leaving), max(first, date.fromisoformat(latest["hire_date"]))
    if day < begin:
        return None
    moment = f"{day.isoformat()} 23:59:58"
    row = known_at(workers()[worker_id], moment)
    home = next(organization for membership, organization in homes()[worker_id] if membership["_fivetran_start"] <= moment < membership["_fivetran_end"])
    base = Decimal(row["annual_currency_summary_total_base_pay"])
    bonus = Decimal(row["annual_currency_summary_primary_compensation_basis"]) - base
    days = (day - begin).days + 1
    parts = [cents(amount * days / (12 * last.day)) for amount in (base, bonus)]
    return home["code"].removeprefix("CC"), "de" if row["annual_currency_summary_currency"] == "EUR" else "us", *parts


def won(months: range, segment: str) -> Decimal:
    accounts = {each["id"]: each["type"] for each in rows("salesforce/sf_account_data.csv")}
    deals = [each for each in rows("salesforce/sf_opportunity_data.csv") if each["is_won"] == "true" and accounts[each["account_id"]] == segment]
    return sum((Decimal(each["amount"]) for each in deals if number(each["close_date"][:7]) in months), Decimal(0))


def budgeted(team: str, account: str, months: tuple[str, str]) -> Decimal:
    return sum(
        (
            Decimal(each["amount"])
            for each in rows("budget_fy2026.csv")
            if (each["team"], each["account"]) == (team, account) and months[0] <= each["month"] <= months[1]
        ),
        Decimal(0),
    )


def booked(account: str, months: tuple[str, str], vendor: str = "") -> Decimal:
    return sum(
        (
            Decimal(each["amount"])
            for each in ledger()
            if each["account"] == account and months[0] <= each["month"] <= months[1] and vendor in {"", each["vendor"]}
        ),
        Decimal(0),
    )
