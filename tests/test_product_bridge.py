"""The ARR bridge by product: movement by movement the company's, on books that hypothesis makes up and on the demo company."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some
from test_arr_bridge import COUNT, FEW, MONTHS, RATES, company, mrr

from aop_lib.display import displayed_steps, scale_of
from aop_lib.money import cents
from aop_lib.periods import add_months
from aop_lib.plan.arr_bridge import MOVEMENTS, arr_bridge, movements, product_tie
from aop_lib.plan.live_book import live_book
from aop_lib.plan.metric_words import STEP_NAMES, bridge_steps
from aop_lib.plan.recurring_tables import bridge_columns, bridge_table, grown

PRODUCTS = ["core", "extra", ""]
BOOKS = some.dictionaries(
    some.tuples(
        some.integers(0, COUNT - 1),
        some.sampled_from("abc"),
        some.sampled_from(["small", "large"]),
        some.sampled_from(["USD", "EUR"]),
        some.sampled_from(PRODUCTS),
    ),
    some.decimals("0.01", "500", places=2),
    min_size=1,
    max_size=30,
)


def told(rows, rates, window=None, *, whole=True):
    """The book's rows, the moves by product, the company's bridge and the one by product."""
    closing = {("EUR", month): rate for month, rate in zip(MONTHS, map(Decimal, rates), strict=True)}
    frame = mrr(rows, closing)
    book = live_book(frame, MONTHS[-1])
    by_segment, by_product = (list(movements(book, closing, "USD", window, whole=whole, by=by)) for by in ("segment", "product"))
    return frame, closing, by_product, arr_bridge(book, by_segment, whole=whole), arr_bridge(book, by_product, whole=whole, by="product")


@FEW
@given(BOOKS, RATES, some.sampled_from([None, 0, 1]), some.booleans())
def test_the_products_sum_to_the_company_in_every_month_and_movement(rows, rates, window, whole):
    _, _, _, bridge, products = told(rows, rates, window, whole=whole)
    assert company(products) == company(bridge)
    tie = product_tie(bridge, products)
    assert tie[1] == tie[2] == 0


@FEW
@given(BOOKS, RATES, some.booleans())
def test_each_product_goes_from_its_opening_through_its_movements_to_what_it_is_billed(rows, rates, whole):
    frame, _, _, _, products = told(rows, rates, whole=whole)
    found: dict = {}
    for row in products.itertuples():
        found.setdefault((row.month, row.product), {})[row.movement] = row.amount
    for (month, product), moves in found.items():
        assert moves["opening"] + sum(moves[kind] for kind in MOVEMENTS) == moves["closing"]
        assert moves["closing"] == 12 * sum(frame.loc[(frame["month"] == month) & (frame["product"] == product), "amount"], Decimal(0))
        earlier = found.get((add_months(month, -1), product))
        assert earlier is None or earlier["closing"] == moves["opening"]


def plainly(frame, closing) -> dict:
    """What each customer did in each month by hand: its kind, the sum over its products, and what each product changed by."""
    found = {}
    for customer in sorted(set(frame["customer"])):
        own, seen = frame[frame["customer"] == customer], False
        for month in MONTHS:
            old, new = own[own["month"] == add_months(month, -1)], own[own["month"] == month]
            at_now = Decimal(0)
            for (_, currency), rows in old.groupby(["segment", "currency"]):
                local = sum(rows["amount_local"], Decimal(0))
                at_now += sum(rows["amount"], Decimal(0)) if currency == "USD" else cents(local * closing[currency, month])
            change = sum(new["amount"], Decimal(0)) - at_now
            kind = ("reactivation" if seen else "new") if not len(old) else "churn" if not len(new) else "expansion" if change > 0 else "contraction"
            if len(old) or len(new):
                found[month, customer] = (kind, change)
            seen = seen or len(new) > 0
    return found


@FEW
@given(BOOKS, RATES)
def test_what_a_customer_did_is_decided_by_all_that_it_pays_and_shared_to_products_that_moved_the_same_way(rows, rates):
    frame, closing, moves, _, _ = told(rows, rates)
    expected = plainly(frame, closing)
    by_customer: dict = {}
    for move in moves:
        by_customer.setdefault((move.month, move.customer), {}).setdefault(move.kind, {})[move.part] = move.amount
    for which, (kind, change) in expected.items():
        kinds = by_customer.get(which, {})
        assert set(kinds) <= {kind, "currency", "transfer"}
        shared, moved = kinds.get(kind, {}), kinds.get("transfer", {})
        assert sum(shared.values(), Decimal(0)) == change
        assert sum(moved.values(), Decimal(0)) == 0
        for product in {*shared, *moved}:
            part = shared.get(product, Decimal(0))
            whole = part + moved.get(product, Decimal(0))
            assert part * change >= 0
            assert part == 0 or abs(part) <= abs(whole)
            assert part == 0 or part * whole > 0
    assert set(by_customer) <= set(expected)


def test_a_customer_that_adds_a_second_product_expands_in_that_product_and_is_not_new():
    rows = {(0, "a", "", "USD", "core"): 100, (1, "a", "", "USD", "core"): 100, (1, "a", "", "USD", "extra"): 30}
    products = told(rows, ["1"] * COUNT)[4]
    second = products[products["month"] == MONTHS[1]].set_index(["product", "movement"])["amount"]
    assert (second["extra", "expansion"], second["extra", "new"], second["core", "expansion"]) == (360, 0, 0)


def test_a_customer_that_changes_its_product_moves_what_it_keeps_and_expands_by_the_rest():
    rows = {(0, "a", "", "USD", "core"): 100, (1, "a", "", "USD", "core"): 70, (1, "a", "", "USD", "extra"): 50}
    _, _, _, bridge, products = told(rows, ["1"] * COUNT)
    second = products[products["month"] == MONTHS[1]].set_index(["product", "movement"])["amount"]
    assert (second["extra", "expansion"], second["extra", "transfer"], second["core", "transfer"]) == (240, 360, -360)
    assert company(bridge)[MONTHS[1], "expansion"] == 240
    assert company(bridge)[MONTHS[1], "churn"] == company(products)[MONTHS[1], "churn"] == 0


@FEW
@given(BOOKS, RATES, some.sampled_from(["segment", "product"]), some.sampled_from([1, 1000]))
def test_a_displayed_bridge_adds_up_across_and_down_and_stays_close_to_what_it_shows(rows, rates, by, factor):
    scaled = {key: value * factor for key, value in rows.items()}
    _, _, _, bridge, products = told(scaled, rates, whole=True)
    frame = bridge if by == "segment" else products
    table = bridge_table(frame, by, MONTHS[-1], "USD")
    if not any(frame[by]):
        assert table.empty
        return
    parts, total = table.iloc[:-1], table.iloc[-1]
    names = list(bridge_columns(table))
    assert table["label"].iloc[-1] == "Company"
    for row in table.to_dict("records"):
        assert row["opening"] + sum(row[name] for name in names if name not in {"opening", "closing"}) == row["closing"]
    for name in names:
        assert sum(parts[name], Decimal(0)) == total[name]
    exact = frame[(frame["month"] == MONTHS[-1]) & (frame["movement"] == "closing")]
    step = 1000 if max(abs(value) for name in names for value in table[name]) >= 20_000 else 1
    for label, amount in zip(exact[by], exact["amount"], strict=True):
        shown = parts.loc[parts["label"] == (label or f"Without {by}"), "closing"]
        assert abs(shown.iloc[0] - amount) <= 2 * step


def test_both_tables_show_the_same_company_as_the_waterfall():
    rows = {
        (0, "a", "small", "USD", "core"): 1004,
        (0, "b", "large", "USD", "core"): 903,
        (1, "a", "small", "USD", "core"): 1204,
        (1, "b", "large", "USD", "core"): 805,
    }
    rows |= {(1, "c", "large", "USD", "extra"): 4444, **{(n, "c", "large", "USD", "extra"): 4446 for n in range(2, COUNT)}}
    _, _, _, bridge, products = told(rows, ["1"] * COUNT, whole=False)
    steps = bridge_steps(bridge, MONTHS[-1])
    waterfall = displayed_steps(list(steps["kind"]), list(steps["amount"]), scale_of(list(steps["amount"]), "USD"))
    for frame, by in ((bridge, "segment"), (products, "product")):
        total = bridge_table(frame, by, MONTHS[-1], "USD").iloc[-1]
        assert [total["opening"], total["closing"]] == [1000 * waterfall[0], 1000 * waterfall[-1]]
        shown = dict(zip(steps["step"], waterfall, strict=True))
        assert all(total[kind] == 1000 * shown[name] for kind, name in STEP_NAMES.items() if name in shown)


def test_a_company_without_subscriptions_has_an_empty_table():
    empty = told({(0, "a", "", "USD", ""): 1}, ["1"] * COUNT)[3].iloc[:0]
    assert bridge_table(empty, "segment", MONTHS[-1], "USD").empty
    assert grown(bridge_table(empty, "segment", MONTHS[-1], "USD")) == "No source tells segments or products of ARR"
