"""Foreign books in reporting currency: against a plain month-by-month account, and identities that must hold in every month."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib import frames
from aop_lib.errors import UnknownRateError
from aop_lib.money import cents, money_series
from aop_lib.plan.translation import UNNAMED, books, translation

MONTHS = list(pd.date_range("2026-01-01", periods=5, freq="MS"))
TYPES = {"1000": ("asset", 1), "2000": ("liability", -1), "3000": ("equity", -1), "4000": ("revenue", -1), "6000": ("opex", 1)}
rates = st.decimals(min_value="0.5", max_value="2", places=4)
amounts = st.decimals(min_value=-100_000, max_value=100_000, places=2)
postings = st.lists(st.tuples(st.sampled_from(MONTHS), st.sampled_from(sorted(TYPES)), st.sampled_from(sorted(TYPES)), amounts), min_size=1, max_size=12)


def accounts() -> pd.DataFrame:
    rows = [
        {"account": code, "name": code, "parent": "", "line": "", "type": kind, "behaviour": "fixed", "line_sign": 1, "debit_sign": sign, "position": place}
        for place, (code, (kind, sign)) in enumerate(TYPES.items())
    ]
    return frames.conformed("accounts", pd.DataFrame(rows))


def ledger(posted, average, entity="de", currency="EUR") -> pd.DataFrame:
    """Each posting debits one account and credits another; natural amounts, converted row by row."""
    rows = {}
    for month, debit, credit, amount in posted:
        for account, signed in ((debit, amount), (credit, -amount)):
            rows[month, account] = rows.get((month, account), Decimal(0)) + signed * TYPES[account][1]
    listed = [
        {
            "entity": entity,
            "team": "",
            "account": account,
            "month": month,
            "currency": currency,
            "vendor": "",
            "amount_local": local,
            "amount": cents(local * average[month]),
        }
        for (month, account), local in rows.items()
    ]
    frame = pd.DataFrame(listed)
    return frames.conformed("ledger", frame.assign(**{name: money_series(frame[name]) for name in ("amount_local", "amount")}))


def by_hand(posted, close) -> dict[tuple[str, pd.Timestamp], Decimal]:
    """Closing balances of the balance sheet, kept as a bookkeeper would: account by account, month by month."""
    balances = {}
    for month in MONTHS:
        for account, (kind, sign) in TYPES.items():
            if kind in {"asset", "liability"}:
                local = sum((amount * ((debit == account) - (credit == account)) * sign for when, debit, credit, amount in posted if when <= month), Decimal(0))
                balances[account, month] = cents(local * close[month])
    return balances


@settings(deadline=None, max_examples=60)
@given(postings, st.lists(rates, min_size=5, max_size=5), st.lists(rates, min_size=5, max_size=5))
def test_balances_stand_at_the_close_results_at_the_average_and_the_books_balance(posted, averages, closes):
    average, close = dict(zip(MONTHS, averages, strict=True)), dict(zip(MONTHS, closes, strict=True))
    own = ledger(posted, average)
    found = translation(books(own), accounts(), {("EUR", month): rate for month, rate in close.items()}, "USD")
    both = pd.concat([own[["account", "month", "amount"]], found[["account", "month", "amount"]]])
    for account, (kind, _) in TYPES.items():
        for month in MONTHS:
            upto = both[(both["account"] == account) & (both["month"] <= month)]
            standing = sum(upto["amount"], Decimal(0))
            last = own["month"].max()
            if kind in {"asset", "liability"} and month <= last:
                assert standing == by_hand(posted, close)[account, month]
            elif kind not in {"asset", "liability"}:
                assert standing == sum(own.loc[(own["account"] == account) & (own["month"] <= month), "amount"], Decimal(0))
    signs = {account: sign for account, (_, sign) in TYPES.items()} | {UNNAMED: -1}
    for month, rows in both.groupby("month"):
        assert sum((signs[account] * amount for account, amount in zip(rows["account"], rows["amount"], strict=True)), Decimal(0)) == 0, month


def test_a_deposit_that_only_lies_there_gains_what_the_rate_gains():
    steady = dict.fromkeys(MONTHS, Decimal("1.10"))
    close = dict(zip(MONTHS, map(Decimal, ("1.10", "1.20", "1.20", "1.00", "1.00")), strict=True))
    own = ledger([(MONTHS[0], "1000", "3000", Decimal("1000.00")), (MONTHS[3], "6000", "1000", Decimal("100.00"))], steady)
    found = translation(books(own), accounts(), {("EUR", month): rate for month, rate in close.items()}, "USD")
    moved = {(row.account, row.month): row.amount for row in found.itertuples()}
    assert moved[UNNAMED, MONTHS[1]] == Decimal("100.00")  # 1,000 at 1.20 instead of 1.10
    assert (UNNAMED, MONTHS[2]) not in moved
    assert moved[UNNAMED, MONTHS[3]] == Decimal("-190.00")  # 900 at 1.00 = 900; before 1,200, and 110 were spent at the average


def test_the_reporting_currency_needs_no_translation():
    own = ledger([(MONTHS[0], "1000", "3000", Decimal("1000.00"))], dict.fromkeys(MONTHS, Decimal(1)), "us", "USD")
    assert translation(books(own), accounts(), {}, "USD").empty


def test_a_missing_closing_rate_is_never_one():
    own = ledger([(MONTHS[0], "1000", "3000", Decimal("1000.00"))], dict.fromkeys(MONTHS, Decimal(1)))
    with pytest.raises(UnknownRateError, match="2026-01"):
        translation(books(own), accounts(), {}, "USD")
