"""Companies with books in two currencies for tests of the statements, and the same roll kept by hand in whole cents."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import floor

import numpy as np
import pandas as pd
from driver_companies import company as driver_company
from small_company import params as small_params

from aop_lib import frames
from aop_lib.load import Params
from aop_lib.money import cents, money_series
from aop_lib.plan.consolidation import group_books
from aop_lib.plan.driver_model import DriverModel
from aop_lib.plan.statement_terms import statement_terms
from aop_lib.plan.year_statements import year_statements

LEDGER_MONTHS = list(pd.date_range("2026-05-01", "2026-09-01", freq="MS"))
ESTIMATE_MONTHS = list(pd.date_range("2026-10-01", "2026-12-01", freq="MS"))
YEAR_MONTHS = list(pd.date_range("2027-01-01", "2027-12-01", freq="MS"))
LINES = {
    "subscriptions": ("revenue", 1), "services": ("revenue", 1), "hosting": ("cost_of_revenue", -1), "selling": ("opex", -1), "admin": ("opex", -1),
    "interest": ("other_income", 1), "fees": ("other_expense", -1), "tax": ("tax", -1),
}  # fmt: skip
ACCOUNTS = {  # account: type, line, behaviour, line sign, debit sign
    "1000": ("asset", "", "", 0, 1), "1100": ("asset", "", "", 0, 1), "1200": ("asset", "", "", 0, 1), "1500": ("asset", "", "", 0, 1),
    "1590": ("asset", "", "", 0, 1), "2000": ("liability", "", "", 0, -1), "2100": ("liability", "", "", 0, -1), "2200": ("liability", "", "", 0, -1),
    "3000": ("equity", "", "", 0, -1), "4000": ("revenue", "subscriptions", "variable", 1, -1), "4090": ("revenue", "subscriptions", "variable", -1, 1),
    "4100": ("revenue", "services", "variable", 1, -1), "5000": ("cost_of_revenue", "hosting", "variable", 1, 1), "6000": ("opex", "selling", "people", 1, 1),
    "6100": ("opex", "selling", "", 1, 1), "7000": ("opex", "admin", "people", 1, 1), "7300": ("opex", "admin", "", 1, 1),
    "8000": ("other_income", "interest", "", 1, -1), "8100": ("other_expense", "fees", "", 1, 1), "9000": ("tax", "tax", "", 1, 1),
}  # fmt: skip
TEAMS = ("selling", "building")
PEOPLE, WORN, TAX = ("6000", "7000"), "7300", "9000"


@dataclass(frozen=True)
class Case:
    """A company: its parameters, its frames, its driver model, and what the library makes of them."""

    params: Params
    frames: dict[str, pd.DataFrame]
    model: DriverModel
    made: dict[str, pd.DataFrame]


def params(**changes) -> Params:
    lines = [{"id": line, "name": line.capitalize(), "type": kind} for line, (kind, _) in LINES.items()]
    switches = {"subscription_revenue_lines": ["subscriptions"], "cash_accounts": ["1000"], "depreciation_accounts": [WORN]}
    balances = {"receivables": ["1100"], "deferred": ["2200"], "payables": ["2000"], "fixed_assets": ["1500", "1590"]}
    return small_params(company={"lines": lines, "switches": switches}, drivers={"model": {"balances": balances}}, **changes)


def trees() -> tuple[pd.DataFrame, pd.DataFrame]:
    accounts = [
        {"account": code, "name": f"Account {code}, of one kind", "parent": "", "line": line, "type": kind, "behaviour": behaviour, "line_sign": sign,
         "debit_sign": debit, "position": place}
        for place, (code, (kind, line, behaviour, sign, debit)) in enumerate(ACCOUNTS.items())
    ]  # fmt: skip
    lines = [{"line": line, "name": line, "type": kind, "direction": way, "position": place} for place, (line, (kind, way)) in enumerate(LINES.items())]
    return frames.conformed("accounts", pd.DataFrame(accounts)), frames.conformed("lines", pd.DataFrame(lines))


def some(random: np.random.Generator, low: float = 0, high: float = 90_000) -> Decimal:
    return cents(Decimal(repr(float(random.uniform(low, high)))))


def books(random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A ledger of two entities, every posting a debit and a credit in its own currency, and the rates that it needs."""
    months = [*LEDGER_MONTHS, *ESTIMATE_MONTHS]
    rates = [("EUR", month, Decimal(repr(round(random.uniform(0.9, 1.3), 4))), Decimal(repr(round(random.uniform(0.9, 1.3), 4)))) for month in months]
    average = {month: rate for _, month, rate, _ in rates}
    rows: dict[tuple[str, str, pd.Timestamp], Decimal] = {}
    for entity in ("us", "de"):
        for month in LEDGER_MONTHS:
            for _ in range(4):
                pair = random.choice(sorted(ACCOUNTS), 2, replace=False)
                amount = some(random, 1)
                for account, side in zip(pair, (1, -1), strict=True):
                    key = (entity, str(account), month)
                    rows[key] = rows.get(key, Decimal(0)) + side * ACCOUNTS[str(account)][4] * amount
    listed = [
        (entity, TEAMS[0], account, month, "USD" if entity == "us" else "EUR", "", local, local if entity == "us" else cents(local * average[month]))
        for (entity, account, month), local in rows.items()
    ]
    ledger = pd.DataFrame(listed, columns=["entity", "team", "account", "month", "currency", "vendor", "amount_local", "amount"])
    ledger = ledger.assign(**{name: money_series(ledger[name]) for name in ("amount_local", "amount")})
    rated = pd.DataFrame(rates, columns=["currency", "month", "average", "close"])
    return frames.conformed("ledger", ledger), frames.conformed("rates", rated)


def planned(random: np.random.Generator, months: list[pd.Timestamp]) -> list[tuple[str, str, str, pd.Timestamp, Decimal]]:
    return [
        (entity, team, account, month, some(random, 1))
        for entity in ("us", "de")
        for team in TEAMS
        for account, (_, line, *_rest) in ACCOUNTS.items()
        for month in months
        if line and random.uniform() < 0.6
    ]


def case(seed: int, *, has_model: bool = True, has_assets: bool = True, own: Params | None = None) -> Case:
    random = np.random.default_rng(seed)
    own = own or params()
    accounts, lines = trees()
    ledger, rates = books(random)
    if not has_assets:
        ledger = ledger[ledger["account"].map(lambda code: bool(ACCOUNTS[code][1]))].reset_index(drop=True)
    rows = planned(random, YEAR_MONTHS)
    rows += [("us", "building", "1500", YEAR_MONTHS[2], some(random)), ("us", "building", "2100", YEAR_MONTHS[5], some(random))]
    columns = ["entity", "team", "account", "month", "amount"]
    budget = pd.DataFrame(rows, columns=columns)
    estimate = pd.DataFrame(planned(random, ESTIMATE_MONTHS), columns=columns)
    model = driver_company(seed=seed, months=15, segments=2, dso_days=float(random.choice([0.0, 20.0, 47.0])), dpo_days=float(random.choice([0.0, 33.0])))
    terms = statement_terms(own, model) if has_model else frames.empty("statement_terms")
    found = {
        "ledger": ledger, "rates": rates, "accounts": accounts, "lines": lines, "statement_terms": terms, "people": frames.empty("people"),
        "budget": frames.conformed("budget", budget.assign(layer="base", amount=money_series(budget["amount"]))),
        "year_end_estimate": frames.conformed("year_end_estimate", estimate.assign(basis="estimate", amount=money_series(estimate["amount"]))),
        "request_lines": frames.empty("request_lines"), "request_status": frames.empty("request_status"),
        "group_books": group_books(own, ledger, accounts, rates),
    }  # fmt: skip
    return Case(own, found, model, year_statements(own, found))


def in_cents(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def by_hand(given: Case) -> dict[str, dict[pd.Timestamp, int]]:
    """Balances of a case, kept in whole cents by somebody who knows nothing of the library's roll."""
    values = {
        (measure, place, month): value for plan, measure, place, month, value in given.frames["statement_terms"].itertuples(index=False, name=None) if not plan
    }
    first, segments = given.model.months[0], given.model.segments
    opening = {kind: in_cents(amount) for kind, amount in zip(given.made["opening_balance"]["kind"], given.made["opening_balance"]["amount"], strict=True)}
    pools = shares_of(opening["deferred"], [max(values["contracts", each, first], Decimal(0)) for each in segments])
    amounts: dict[tuple[pd.Timestamp, str], int] = {}
    for name in ("year_end_estimate", "budget"):
        rows = given.frames[name]
        for account, month, amount in zip(rows["account"], rows["month"], rows["amount"], strict=True):
            amounts[month, account] = amounts.get((month, account), 0) + in_cents(amount)
    found: dict[str, dict[pd.Timestamp, int]] = {name: {} for name in ("cash", "receivables", "deferred", "unbilled", "payables", "fixed_assets", "equity")}
    cash, owed, payable, fixed, equity = (opening[name] for name in ("cash", "receivables", "payables", "fixed_assets", "capital"))
    billed: dict[str, list[int]] = {segment: [] for segment in segments}
    bought: list[int] = []
    gone_in = gone_out = 0
    shares_in = shares_out = Decimal(0)
    for place, month in enumerate(given.model.months):
        of = {account: amounts.get((month, account), 0) for account in ACCOUNTS}
        sold = of["4000"] - of["4090"]
        people, other = of["6000"] + of["7000"], of["5000"] + of["6100"] + of["8100"]
        result = sold + of["4100"] + of["8000"] - people - other - of[WORN] - of[TAX]
        parts = shares_of(sold, [max(values["revenue", each, month], Decimal(0)) for each in segments])
        arrived = 0
        for segment, part in zip(segments, parts, strict=True):
            mine, theirs = values["billings", segment, month], values["revenue", segment, month]
            billed[segment].append(round_half_even(Decimal(part) * mine / theirs) if theirs > 0 else part)
            arrived += arriving(billed[segment], values["waits", segment, first])
        pools = [pool + billed[segment][place] - part for pool, segment, part in zip(pools, segments, parts, strict=True)]
        bought.append(other)
        shares_in, shares_out = shares_in + values["receipts", "", month], shares_out + values["bills", "", month]
        old_in, old_out = round_half_even(opening["receivables"] * shares_in) - gone_in, round_half_even(opening["payables"] * shares_out) - gone_out
        gone_in, gone_out = gone_in + old_in, gone_out + old_out
        paid = arriving(bought, values["pays_after", "", first]) + old_out
        invested = in_cents(values["invested", "", month]) + of["1500"]
        financed = in_cents(values["financed", "", month])
        cash += arrived + old_in + of["4100"] + of["8000"] - people - paid - of[TAX] - invested + financed + of["2100"]
        owed += sum(billed[segment][place] for segment in segments) - arrived - old_in
        payable, fixed, equity = payable + other - paid, fixed + invested - of[WORN], equity + result + financed
        sums = (cash, owed, sum(max(each, 0) for each in pools), sum(max(-each, 0) for each in pools), payable, fixed, equity)
        for name, value in zip(found, sums, strict=True):
            found[name][month] = value
    return found


def round_half_even(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def arriving(amounts: list[int], wait: Decimal) -> int:
    """What arrives in the last month of amounts that wait so long each."""
    whole = floor(wait)
    late = wait - whole
    first = [round_half_even(Decimal(each) * (1 - late)) for each in amounts]
    now = first[len(amounts) - 1 - whole] if len(amounts) > whole else 0
    return now + (amounts[len(amounts) - 2 - whole] - first[len(amounts) - 2 - whole] if len(amounts) > whole + 1 else 0)


def shares_of(amount: int, weights: list[Decimal]) -> list[int]:
    """Cents in proportion to weights: cut down, and what is left goes to the largest remainders, the earlier part first."""
    whole = sum(weights)
    weights, whole = (weights, whole) if whole else ([Decimal(1)] * len(weights), Decimal(len(weights)))
    exact = [Decimal(amount) * weight / whole for weight in weights]
    cut = [floor(each) for each in exact]
    order = sorted(range(len(cut)), key=lambda place: (cut[place] - exact[place], place))
    for place in order[: amount - sum(cut)]:
        cut[place] += 1
    return cut
