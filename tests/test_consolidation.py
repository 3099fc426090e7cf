"""Entities into one group: what they owe one another leaves the books, what does not match stays and is named, shares are told apart."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aop_lib import frames
from aop_lib.money import money_series
from aop_lib.params.company import Intercompany
from aop_lib.plan.consolidation import eliminations, unmatched

MONTHS = list(pd.date_range("2026-01-01", periods=4, freq="MS"))
TYPES = {"1900": "asset", "2900": "liability", "4900": "revenue", "7900": "opex"}
LOANS = Intercompany(id="loans", name="What entities owe one another", left=["1900"], right=["2900"])
FEES = Intercompany(id="fees", name="Services between entities", left=["4900"], right=["7900"])
amounts = st.decimals(min_value=-1_000, max_value=5_000, places=2)
rows = st.lists(st.tuples(st.sampled_from(["us", "de", "uk"]), st.sampled_from(sorted(TYPES)), st.sampled_from(MONTHS), amounts), min_size=1, max_size=20)


def accounts() -> pd.DataFrame:
    listed = [
        {"account": code, "name": code, "parent": "", "line": "", "type": kind, "behaviour": "fixed", "line_sign": 1, "debit_sign": 1, "position": place}
        for place, (code, kind) in enumerate(TYPES.items())
    ]
    return frames.conformed("accounts", pd.DataFrame(listed))


def booked(posted) -> pd.DataFrame:
    frame = pd.DataFrame(posted, columns=["entity", "account", "month", "amount"])
    return frame.assign(amount=money_series(frame["amount"])).groupby(["entity", "account", "month"], as_index=False)[["amount"]].sum()


def standing(frame, account, month, *, is_balance) -> Decimal:
    if frame.empty:
        return Decimal(0)
    when = frame["month"] <= month if is_balance else frame["month"] == month
    return sum(frame.loc[(frame["account"] == account) & when, "amount"], Decimal(0))


def test_what_both_sides_hold_of_the_same_thing_leaves_the_books():
    posted = booked([("de", "1900", MONTHS[0], 300), ("us", "2900", MONTHS[0], 300), ("de", "1900", MONTHS[2], -300), ("us", "2900", MONTHS[2], -300)])
    found = eliminations(posted, accounts(), [LOANS])
    assert [(row.entity, row.account, row.month, row.amount) for row in found.itertuples()] == [
        ("de", "1900", MONTHS[0], -300), ("us", "2900", MONTHS[0], -300), ("de", "1900", MONTHS[2], 300), ("us", "2900", MONTHS[2], 300),
    ]  # fmt: skip
    assert unmatched(posted, accounts(), [LOANS]).empty


def test_what_only_one_side_holds_stays_and_is_named_with_both_entities():
    posted = booked([("de", "4900", MONTHS[1], "1000.00"), ("us", "7900", MONTHS[1], "990.50")])
    found = eliminations(posted, accounts(), [FEES])
    assert sorted(found["amount"]) == [Decimal("-990.50"), Decimal("-990.50")]
    left = unmatched(posted, accounts(), [FEES]).iloc[0]
    assert (left["month"], left["difference"], left["left_entities"], left["right_entities"]) == (MONTHS[1], Decimal("9.50"), "de", "us")


@settings(deadline=None, max_examples=80)
@given(rows)
def test_left_and_right_lose_the_same_and_never_more_than_either_holds(posted):
    own = booked(posted)
    found = eliminations(own, accounts(), [LOANS, FEES])
    for pair, is_balance in ((LOANS, True), (FEES, False)):
        for month in MONTHS:
            held = [standing(own, side[0], month, is_balance=is_balance) for side in (pair.left, pair.right)]
            gone = [-standing(found, side[0], month, is_balance=is_balance) for side in (pair.left, pair.right)]
            assert gone[0] == gone[1]
            assert gone[0] == (min(held, key=abs) if held[0] * held[1] > 0 else 0)


@settings(deadline=None, max_examples=30)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_entities_changes_nothing(posted, random):
    shuffled = list(posted)
    random.shuffle(shuffled)
    one, other = (eliminations(booked(each), accounts(), [LOANS, FEES]) for each in (posted, shuffled))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("pairs", [[], [LOANS, FEES]])
def test_a_group_without_dealings_between_entities_loses_nothing(pairs):
    assert eliminations(booked([("us", "4900", MONTHS[0], 5)]), accounts(), pairs).empty
