"""The ARR bridge against a plain loop over customers, on books that hypothesis makes up."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from aop_lib.frames import conformed
from aop_lib.money import cents
from aop_lib.periods import FiscalCalendar, add_months, month_of, months_between
from aop_lib.plan.arr_bridge import MOVEMENTS, arr_bridge, bridge_tie, movements
from aop_lib.plan.live_book import live_book
from aop_lib.plan.metric_words import bridge_steps, moved
from aop_lib.plan.retention import cohort_shares, cohorts

FIRST = month_of("2026-01")
COUNT = 6
MONTHS = [add_months(FIRST, index) for index in range(COUNT)]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def mrr(rows, closing) -> pd.DataFrame:
    listed = [
        {
            "month": MONTHS[index], "customer": customer, "segment": segment, "product": product, "currency": currency, "amount_local": Decimal(amount),
            "amount": Decimal(amount) if currency == "USD" else cents(Decimal(amount) * closing[currency, MONTHS[index]]),
        }
        for (index, customer, segment, currency, product), amount in (((*key, "")[:5], amount) for key, amount in rows.items())
    ]  # fmt: skip
    return conformed("mrr", pd.DataFrame(listed, columns=["month", "customer", "segment", "product", "currency", "amount_local", "amount"]))


BOOKS = some.dictionaries(
    some.tuples(some.integers(0, COUNT - 1), some.sampled_from("abc"), some.sampled_from(["small", "large"]), some.sampled_from(["USD", "EUR"])),
    some.decimals("0.01", "500", places=2),
    min_size=1,
    max_size=24,
)
RATES = some.lists(some.decimals("0.80", "1.30", places=4), min_size=COUNT, max_size=COUNT)


def told(rows, rates, *, window=None, whole=True):
    closing = {("EUR", month): rate for month, rate in zip(MONTHS, map(Decimal, rates), strict=True)}
    frame = mrr(rows, closing)
    book = live_book(frame, MONTHS[-1])
    moves = list(movements(book, closing, "USD", window, whole=whole))
    return frame, closing, moves, arr_bridge(book, moves, whole=whole)


def company(bridge) -> dict:
    found: dict = {}
    for row in bridge.itertuples():
        found[row.month, row.movement] = found.get((row.month, row.movement), Decimal(0)) + row.amount
    return found


def plainly(frame, closing, window) -> dict:
    """The bridge as anybody would work it out by hand: customer by customer, month by month."""
    found = {(month, kind): Decimal(0) for month in MONTHS for kind in ("new", "reactivation", "expansion", "contraction", "churn", "currency")}
    for customer in set(frame["customer"]):
        rows = frame[frame["customer"] == customer]
        last = None
        for month in MONTHS[MONTHS.index(frame["month"].min()) :]:
            now = sum(rows.loc[rows["month"] == month, "amount"], Decimal(0))
            old = rows[rows["month"] == add_months(month, -1)]
            before = sum(old["amount"], Decimal(0))
            at_now = sum(
                (amount if currency == "USD" else cents(local * closing[currency, month]))
                for currency, local, amount in zip(old["currency"], old["amount_local"], old["amount"], strict=True)
            )
            found[month, "currency"] += 12 * (at_now - before)
            if before == 0 and now > 0:
                gone = None if last is None else months_between(last, month) - 1
                found[month, "new" if gone is None or (window is not None and gone > window) else "reactivation"] += 12 * now
            elif before > 0 and now == 0:
                found[month, "churn"] -= 12 * at_now
            elif now > at_now:
                found[month, "expansion"] += 12 * (now - at_now)
            else:
                found[month, "contraction"] += 12 * (now - at_now)
            last = month if now > 0 else last
    return found


@FEW
@given(BOOKS, RATES, some.sampled_from([None, 0, 1, 2]))
def test_the_bridge_is_what_a_plain_loop_over_customers_finds(rows, rates, window):
    frame, closing, _, bridge = told(rows, rates, window=window)
    found = company(bridge)
    assert {key: amount for key, amount in plainly(frame, closing, window).items() if key[0] in set(bridge["month"])} == {
        key: amount for key, amount in found.items() if key[1] not in {"opening", "closing", "transfer"}
    }


@FEW
@given(BOOKS, RATES, some.booleans())
def test_each_bridge_closes_to_the_cent_in_every_segment_and_the_segments_sum_to_the_company(rows, rates, whole):
    frame, _, _, bridge = told(rows, rates, whole=whole)
    by_segment: dict = {}
    for row in bridge.itertuples():
        by_segment.setdefault((row.month, row.segment), {})[row.movement] = row.amount
    for (month, segment), moves in by_segment.items():
        assert moves["opening"] + sum(moves[kind] for kind in MOVEMENTS) == moves["closing"]
        assert moves["closing"] == 12 * sum(frame.loc[(frame["month"] == month) & (frame["segment"] == segment), "amount"], Decimal(0))
        earlier = by_segment.get((add_months(month, -1), segment))
        assert earlier is None or earlier["closing"] == moves["opening"]
    for (month, kind), amount in company(bridge).items():
        assert kind != "transfer" or amount == 0
        assert kind != "closing" or amount == 12 * sum(frame.loc[frame["month"] == month, "amount"], Decimal(0))
    assert not len(bridge) or bridge_tie(bridge)[1] == bridge_tie(bridge)[2]


@FEW
@given(BOOKS, RATES)
def test_doubling_every_amount_in_one_currency_doubles_every_movement(rows, rates):
    dollars = {(*key[:3], "USD"): amount for key, amount in rows.items()}
    once, twice = (company(told({key: amount * by for key, amount in dollars.items()}, rates)[3]) for by in (1, 2))
    assert {key: 2 * amount for key, amount in once.items()} == twice


def test_a_customer_that_moves_between_segments_neither_churns_nor_is_new():
    rows = {(0, "a", "small", "USD"): 100, (1, "a", "large", "USD"): 120}
    bridge = told(rows, ["1"] * COUNT)[3]
    second = bridge[bridge["month"] == MONTHS[1]].set_index(["segment", "movement"])["amount"]
    assert (second["large", "expansion"], second["large", "transfer"], second["small", "transfer"]) == (240, 1200, -1200)
    assert company(bridge)[MONTHS[1], "churn"] == company(bridge)[MONTHS[1], "new"] == 0


def test_a_currency_that_rises_is_a_step_of_its_own():
    rows = {(0, "a", "", "EUR"): 100, (1, "a", "", "EUR"): 110}
    found = company(told(rows, ["1.00", "1.20", *["1.20"] * (COUNT - 2)])[3])
    assert (found[MONTHS[1], "currency"], found[MONTHS[1], "expansion"]) == (12 * 20, 12 * 12)


def test_a_book_that_begins_in_the_middle_tells_no_movement_of_its_first_month():
    rows = {(0, "a", "", "USD"): 100, (1, "a", "", "USD"): 100, (1, "b", "", "USD"): 50}
    whole, cut = (company(told(rows, ["1"] * COUNT, whole=each)[3]) for each in (True, False))
    assert whole[MONTHS[0], "new"] == 1200
    assert (MONTHS[0], "new") not in cut
    assert (cut[MONTHS[1], "opening"], cut[MONTHS[1], "new"]) == (1200, 600)


def test_the_waterfall_leads_from_the_first_opening_to_the_last_closing():
    rows = {(0, "a", "", "USD"): 100, (0, "b", "", "USD"): 40, (1, "a", "", "USD"): 130, (2, "a", "", "USD"): 110, (2, "c", "", "USD"): 10}
    steps = bridge_steps(told({**rows, **{(month, "a", "", "USD"): 110 for month in (3, 4, 5)}}, ["1"] * COUNT, whole=False)[3], MONTHS[-1])
    amounts = list(zip(steps["step"], steps["kind"], steps["amount"], strict=True))
    assert amounts == [
        ("ARR Jan 2026", "total", 1680), ("Expansion", "step", 360), ("New customers", "step", 120),
        ("Churn", "step", -600), ("Contraction", "step", -240), ("ARR Jun 2026", "total", 1320),
    ]  # fmt: skip
    assert moved(steps) == "ARR is down 360 to 1.3\u00a0k: 480 gained and 840 lost"


def test_a_cohort_keeps_what_its_customers_still_pay_and_those_from_before_are_a_cohort_of_their_own():
    rows = {(index, "old", "", "USD"): 100 for index in range(COUNT)} | {(1, "a", "", "USD"): 50, (2, "a", "", "USD"): 60, (3, "b", "", "USD"): 10}
    book = live_book(mrr(rows, {}), MONTHS[-1])
    found = cohorts(book, {}, "USD", FiscalCalendar(1))
    assert found[["label", "quarters", "arr_start", "arr", "logos_start", "logos"]].to_numpy().tolist() == [
        ["By Jan 2026", 0, 1200, 1200, 1, 1], ["By Jan 2026", 1, 1200, 1200, 1, 1],
        ["FY2026 Q1", 0, 600, 720, 1, 1], ["FY2026 Q1", 1, 600, 0, 1, 0],
        ["FY2026 Q2", 0, 120, 0, 1, 0],
    ]  # fmt: skip
    shares = cohort_shares(found)
    assert list(shares.columns) == ["Q", "Q+1"]
    assert shares.loc["FY2026 Q1"].tolist() == [Decimal("1.2"), 0]
    assert shares.loc["FY2026 Q2"].tolist() == [0, None]
