"""CARR told from ARR on the same data: what is signed and not yet live, and what it replaces."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from demo_exports import rows as exported
from small_company import params as small
from test_saas_metrics import company_frames

from aop_lib.errors import UnknownRateError
from aop_lib.frames import conformed, empty
from aop_lib.load import load
from aop_lib.periods import add_months, month_end, month_of
from aop_lib.plan.committed import is_signing_known, signed_not_live, signing_findings
from aop_lib.plan.metric_words import stated_switches
from aop_lib.plan.saas_metrics import kpi_actuals, metric_frames, recurring_book
from aop_lib.sources.snapshot import snapshot
from aop_lib.switches import Switches

NOW = month_of("2026-09")
ARR, CARR = Switches(), Switches.model_validate({"carr": "true"})


def subscriptions(*rows) -> pd.DataFrame:
    """Rows (customer, product, monthly, signed, start, end) in USD."""
    names = ["customer", "product", "monthly", "signed", "start", "end"]
    frame = pd.DataFrame(rows, columns=names).assign(source="billing", segment="", currency="USD", subscription=[f"s{number}" for number in range(len(rows))])
    days = {name: pd.to_datetime(frame[name]) for name in ("signed", "start", "end")}
    return conformed("subscriptions", frame.assign(monthly=[Decimal(each) for each in frame["monthly"]], **days))


def mrr_of(subs: pd.DataFrame, months) -> pd.DataFrame:
    """What is live at each close, by hand."""
    found = [
        {"month": month, "customer": each.customer, "segment": each.segment, "product": each.product, "currency": "USD", "amount": each.monthly}
        for month in months
        for each in subs.itertuples()
        if each.start <= pd.Timestamp(month_end(month)) and (pd.isna(each.end) or each.end > pd.Timestamp(month_end(month)))
    ]
    rows = pd.DataFrame(found).groupby(["month", "customer", "segment", "product", "currency"], as_index=False)["amount"].sum()
    return conformed("mrr", rows.assign(amount_local=rows["amount"]))


def frames(*rows, first="2026-06") -> dict[str, pd.DataFrame]:
    subs = subscriptions(*rows)
    count = (NOW.year - month_of(first).year) * 12 + NOW.month - month_of(first).month + 1
    return company_frames(subscriptions=subs, mrr=mrr_of(subs, [add_months(month_of(first), index) for index in range(count)]))


def told(found, metric: str, switches: Switches) -> dict[str, Decimal]:
    kpis = kpi_actuals(found, NOW, "USD", switches)
    kpis = kpis[kpis["metric"] == metric]
    return {f"{month:%Y-%m}": value for month, value in zip(kpis["month"], kpis["value"], strict=True)}


def test_a_contract_that_is_signed_and_not_yet_live_is_in_carr_and_not_in_arr():
    found = frames(("a", "", 100, "2026-05-20", "2026-06-01", None), ("b", "", 30, "2026-08-11", "2026-10-01", None))
    assert told(found, "arr", ARR) == dict.fromkeys(("2026-06", "2026-07", "2026-08", "2026-09"), 1200)
    assert told(found, "committed_arr", ARR) == {"2026-05": 1200, "2026-06": 1200, "2026-07": 1200, "2026-08": 1560, "2026-09": 1560}
    assert told(found, "arr", CARR) == told(found, "committed_arr", CARR) == told(found, "committed_arr", ARR)


def test_with_carr_a_customer_is_new_when_it_signs_and_not_again_when_it_goes_live():
    found = frames(("a", "", 100, "2026-05-20", "2026-06-01", None), ("b", "", 30, "2026-07-11", "2026-09-01", None))
    assert told(found, "new_arr", ARR) == {"2026-06": 1200, "2026-07": 0, "2026-08": 0, "2026-09": 360}
    assert told(found, "new_arr", CARR) == {"2026-05": 1200, "2026-06": 0, "2026-07": 360, "2026-08": 0, "2026-09": 0}


def test_a_renewal_that_is_signed_ahead_counts_once_at_its_new_price():
    found = frames(("a", "core", 100, "2025-09-20", "2025-10-01", "2026-10-01"), ("a", "core", 120, "2026-09-05", "2026-10-01", None))
    assert told(found, "arr", ARR)["2026-09"] == 1200
    assert told(found, "committed_arr", ARR)["2026-09"] == 1440


def test_a_second_product_that_is_signed_replaces_nothing():
    found = frames(("a", "core", 100, "2025-09-20", "2025-10-01", "2026-10-01"), ("a", "extra", 20, "2026-09-05", "2026-10-01", None))
    assert told(found, "committed_arr", ARR)["2026-09"] == 1440


def test_of_signed_contracts_that_follow_one_another_the_last_one_counts():
    chain = [
        ("a", "", 100, "2025-01-01", "2025-01-01", "2026-10-01"),
        ("a", "", 110, "2026-09-01", "2026-10-01", "2026-11-01"),
        ("a", "", 130, "2026-09-01", "2026-11-01", None),
    ]
    assert told(frames(*chain), "committed_arr", ARR)["2026-09"] == 12 * 130


def test_an_end_without_a_successor_takes_nothing_off():
    found = frames(("a", "", 100, "2025-09-20", "2025-10-01", "2026-11-01"))
    assert told(found, "committed_arr", ARR)["2026-09"] == 1200


def test_a_contract_that_is_signed_after_the_close_is_in_neither():
    found = frames(("a", "", 100, "2025-09-20", "2025-10-01", None), ("b", "", 30, "2026-10-01", "2026-11-01", None))
    assert told(found, "committed_arr", ARR)["2026-09"] == 1200


def test_without_a_signing_date_there_is_no_carr_and_the_switch_says_that_it_finds_nothing():
    found = frames(("a", "", 100, None, "2025-10-01", None))
    assert not is_signing_known(found["subscriptions"])
    assert told(found, "committed_arr", ARR) == {}
    assert told(found, "arr", ARR) == told(found, "arr", CARR)
    (row,) = signing_findings(small(company={"switches": {"carr": "true"}}), found["subscriptions"]).to_dict("records")
    assert (row["severity"], row["found"]) == ("warning", "none, so ARR holds what is live alone")
    assert signing_findings(small(), found["subscriptions"]).empty
    assert signing_findings(small(company={"switches": {"carr": "true"}}), frames(("a", "", 1, "2026-01-01", "2026-01-01", None))["subscriptions"]).empty


def test_a_signed_contract_in_a_currency_without_a_rate_stops():
    subs = subscriptions(("a", "", 100, "2026-09-01", "2026-10-01", None)).assign(currency="EUR")
    with pytest.raises(UnknownRateError):
        signed_not_live(subs, {}, "USD", NOW)
    (row,) = signed_not_live(subs, {("EUR", NOW): Decimal("1.25")}, "USD", NOW).to_dict("records")
    assert (row["amount_local"], row["amount"]) == (Decimal(100), Decimal(125))


def test_nothing_is_signed_where_there_is_no_subscription():
    assert signed_not_live(empty("subscriptions"), {}, "USD", NOW).empty


@pytest.fixture(scope="module")
def demo():
    from pathlib import Path

    params = load(Path(__file__).parent.parent / "params" / "demo" / "fy2027.yml")
    return params, snapshot(params)


def by_hand(month: pd.Timestamp, as_of: date) -> dict[str, Decimal]:
    """What each customer of the demo has committed to at a close, from the files: the last of its contracts of each product that is signed."""
    close, cut = month_end(month).isoformat() + " 23:59:59", as_of.isoformat() + " 23:59:59"
    plans = {each["id"]: each for each in exported("stripe/plan_data.csv")}
    items = {each["subscription_id"]: plans[each["plan_id"]] for each in exported("stripe/subscription_item_data.csv")}
    known: dict[str, dict[str, str]] = {}
    for row in exported("stripe/subscription_history_data.csv"):
        if row["_fivetran_synced"] <= cut:
            known[row["id"]] = row
    committed: dict[tuple[str, str, str], list[tuple[str, str, Decimal]]] = {}
    for row in known.values():
        plan, end = items[row["id"]], row["ended_at"] or row["cancel_at"] or "9999"
        if (row["start_date"] <= close or row["created"] <= close) and end > close:
            months = 12 if plan["interval"] == "year" else int(plan["interval_count"])
            monthly = Decimal(plan["amount"]) * int(row["quantity"]) / 100 / months
            committed.setdefault((row["customer_id"], plan["product_id"], plan["currency"].upper()), []).append((row["start_date"], end, monthly))
    found: dict[str, Decimal] = {}
    for (_, _, currency), held in committed.items():
        for start, end, monthly in held:
            if not any(other > close and end <= other for other, _, _ in held if other != start):
                found[currency] = found.get(currency, Decimal(0)) + monthly
    return found


def test_the_demo_has_signed_what_its_files_say(demo):
    params, read = demo
    rates = {**dict(zip(zip(read["rates"]["currency"], read["rates"]["month"], strict=True), read["rates"]["close"], strict=True))}
    kpis = metric_frames(params, read)["kpis"].query("metric in ['arr', 'committed_arr']").set_index(["metric", "month"])["value"]
    for month in (month_of("2026-09"), month_of("2026-06"), month_of("2025-12")):
        expected = 12 * sum(amount * rates.get((currency, month), 1) for currency, amount in by_hand(month, params.as_of).items())
        assert kpis["committed_arr", month] == pytest.approx(expected, abs=Decimal(5))  # each customer is rounded to the cent
        assert kpis["committed_arr", month] > kpis["arr", month]


def test_with_the_switch_off_nothing_changes_and_with_it_on_the_bridge_closes_on_carr(demo):
    params, read = demo
    off, on = (recurring_book(read, params.last_closed, "USD", each) for each in (ARR, CARR))
    last = [book.bridge[(book.bridge["movement"] == "closing") & (book.bridge["month"] == params.last_closed)] for book in (off, on)]
    closes = [rows["amount"].sum() for rows in last]
    kpis = metric_frames(params, read)["kpis"]
    kpis = kpis[(kpis["month"] == params.last_closed) & (kpis["team"] == "")].set_index("metric")["value"]
    assert closes == [kpis["arr"], kpis["committed_arr"]]
    assert "do not count (ARR, not CARR)" in stated_switches(params, ["nrr"])
