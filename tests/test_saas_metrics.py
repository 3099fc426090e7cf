"""SaaS metrics told from the wrong ones that look like them, on data small enough to redo by hand."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.periods import month_of
from aop_lib.plan.arr_bridge import arr_bridge, bridge_metrics, levels, movements
from aop_lib.plan.live_book import live_book
from aop_lib.plan.retention import retention
from aop_lib.plan.saas_metrics import kpi_actuals
from aop_lib.sources.people import employed

NOW = month_of("2026-09")


def mrr(*rows, currency="USD", rates=None) -> pd.DataFrame:
    """Rows (month, customer, amount in local currency)."""
    listed = [
        {
            "month": month_of(month),
            "customer": customer,
            "segment": "",
            "product": "",
            "currency": currency,
            "amount_local": Decimal(amount),
            "amount": Decimal(amount) * Decimal((rates or {}).get(month, "1")),
        }
        for month, customer, amount in rows
    ]
    return conformed("mrr", pd.DataFrame(listed))


def series(metric: str, rows) -> dict[str, Decimal]:
    return {f"{month:%Y-%m}": value for name, team, month, value in rows if name == metric and not team}


def test_net_retention_is_of_a_closed_cohort_and_not_from_the_bridge():
    """100 a year ago: a grew to 120, b left. c was won in between and grew by 500: the lazy figure would be 620 / 200."""
    book = live_book(mrr(("2025-09", "a", 100), ("2025-09", "b", 100), ("2026-03", "c", 100), ("2026-09", "a", 120), ("2026-09", "c", 600)), NOW)
    assert series("nrr", retention(book, {}, "USD")) == {"2026-09": Decimal("0.6")}


def test_gross_retention_counts_each_customer_at_most_at_what_it_paid_then():
    """a: 100 to 80 to 130; b: 100 to 90. Flow-based: (200 - 20 - 10) / 200 = 0.85, though a pays more than ever."""
    book = live_book(mrr(("2025-09", "a", 100), ("2025-09", "b", 100), ("2026-01", "a", 80), ("2026-09", "a", 130), ("2026-09", "b", 90)), NOW)
    rows = list(retention(book, {}, "USD"))
    assert series("grr", rows) == {"2026-09": Decimal("0.95")}
    assert series("nrr", rows) == {"2026-09": Decimal("1.1")}
    assert series("logo_retention", rows) == {"2026-09": Decimal(1)}


def test_the_worked_example_of_the_domain_has_twenty_per_cent_gross_churn_and_ten_net():
    """Start 100, churn 10, contraction 10, expansion 10, each of another customer of 10."""
    start = [("2025-09", f"c{index}", 10) for index in range(10)]
    now = [("2026-09", f"c{index}", 10) for index in range(2, 8)]  # c0 left, c1 and c8 change
    book = live_book(mrr(*start, *now, ("2026-09", "c8", 20), ("2026-09", "c9", 10)), NOW)
    rows = list(retention(book, {}, "USD"))
    assert series("grr", rows) == {"2026-09": Decimal("0.8")}
    assert series("nrr", rows) == {"2026-09": Decimal("0.9")}


def test_retention_is_at_constant_rates_so_a_currency_that_rises_is_no_expansion():
    rates = {"2025-09": "1.00", "2026-09": "1.25"}
    book = live_book(mrr(("2025-09", "a", 100), ("2026-09", "a", 100), currency="EUR", rates=rates), NOW)
    closing = {("EUR", NOW): Decimal("1.25")}
    rows = list(retention(book, closing, "USD"))
    assert series("nrr", rows) == series("grr", rows) == {"2026-09": Decimal(1)}
    arr = series("arr", levels(book))
    assert (arr["2025-09"], arr["2026-09"]) == (Decimal(1200), Decimal(1500))


def test_a_customer_is_new_once_and_a_month_without_customers_is_there():
    book = live_book(mrr(("2026-05", "a", 10), ("2026-07", "a", 15), ("2026-07", "b", 5), ("2026-08", "b", 5)), month_of("2026-09"))
    moves = list(movements(book, {}, "USD"))
    rows = [*levels(book), *bridge_metrics(arr_bridge(book, moves), moves)]
    assert series("customers", rows) == {"2026-05": 1, "2026-06": 0, "2026-07": 2, "2026-08": 1, "2026-09": 0}
    assert series("new_arr", rows) == {"2026-06": 0, "2026-07": 60, "2026-08": 0, "2026-09": 0}
    assert series("churned_arr", rows) == {"2026-06": 120, "2026-07": 0, "2026-08": 180, "2026-09": 60}
    assert series("arpa", rows) == {"2026-05": 10, "2026-07": 10, "2026-08": 5}


def company_frames(**changes) -> dict[str, pd.DataFrame]:
    names = ("mrr", "subscriptions", "rates", "ledger", "accounts", "lines", "people", "people_history", "kpi_readings", "opportunities")
    return {**{name: empty(name) for name in names}, **changes}


def test_nothing_is_told_without_data():
    assert len(kpi_actuals(company_frames(), NOW, "USD")) == 0


def test_heads_count_the_last_day_of_work_and_nobody_before_the_first():
    people = pd.DataFrame([
        {"person": "1", "team": "sales", "start": "2020-01-01", "end": "2026-09-30"}, {"person": "2", "team": "sales", "start": "2020-01-01", "end": "2026-09-29"},
        {"person": "3", "team": "", "start": "2026-09-30", "end": None}, {"person": "4", "team": "sales", "start": "2026-10-01", "end": None},
    ]).assign(name="", entity="us", role="", salary=Decimal(1), currency="USD")  # fmt: skip
    people = people.assign(start=pd.to_datetime(people["start"]), end=pd.to_datetime(people["end"]))
    history = employed(conformed("people", people), [NOW])[list(FRAMES["people_history"].columns)]
    found = kpi_actuals(company_frames(people_history=conformed("people_history", history)), NOW, "USD")
    assert found[["metric", "team", "value"]].to_numpy().tolist() == [["base_pay", "", Decimal(2)], ["heads", "", Decimal(2)], ["heads", "sales", Decimal(1)]]


@pytest.mark.parametrize(("revenue", "margin"), [("100", Decimal("0.3")), ("0", None)])
def test_results_come_from_the_lines_and_a_margin_over_nothing_is_not_told(revenue, margin):
    lines = pd.DataFrame({"line": ["r", "c", "o"], "name": "", "type": ["revenue", "cost_of_revenue", "opex"], "direction": [1, -1, -1], "position": [0, 1, 2]})
    accounts = pd.DataFrame(
        {
            "account": ["4", "5", "6"],
            "name": "",
            "parent": "",
            "line": ["r", "c", "o"],
            "type": lines["type"],
            "behaviour": "fixed",
            "line_sign": 1,
            "debit_sign": [-1, 1, 1],
            "position": [0, 1, 2],
        }
    )
    amounts = [Decimal(revenue), Decimal(20), Decimal(50)]
    ledger = pd.DataFrame(
        {
            "entity": "us",
            "team": ["", "sales", "sales"],
            "account": ["4", "5", "6"],
            "month": NOW,
            "currency": "USD",
            "vendor": "",
            "amount_local": amounts,
            "amount": amounts,
        }
    )
    frames = company_frames(lines=conformed("lines", lines), accounts=conformed("accounts", accounts), ledger=conformed("ledger", ledger))
    found = kpi_actuals(frames, NOW, "USD").set_index(["metric", "team"])["value"]
    assert found["operating_profit", ""] == Decimal(revenue) - 70
    assert found["operating_expenses", "sales"] == found["operating_expenses", ""] == 50
    assert (found["operating_margin", ""] if margin is not None else None) == margin
    assert ("operating_margin", "") in found.index or margin is None
