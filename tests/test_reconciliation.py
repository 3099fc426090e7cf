"""The same metric from several sources, and what teams claim it is: differences, the records that explain them, and what is left."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import small_company

from aop_lib import frames
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.params.catalogue import Metric
from aop_lib.params.company import Company
from aop_lib.periods import month_of
from aop_lib.plan import claims, reconciliation, reconciliation_words
from aop_lib.plan.saas_metrics import kpi_actuals
from aop_lib.sources.choices import choices
from aop_lib.sources.people import employed
from aop_lib.sources.requests import yaml_request
from aop_lib.sources.submissions import submissions
from aop_lib.sources.table import Faults

LAST = month_of("2026-09")
CATALOGUE = {
    "arr": {"label": "ARR", "unit": "currency", "direction": "more", "definition": "…"},
    "new_arr": {"label": "New ARR", "unit": "currency", "direction": "more", "aggregate": "sum", "definition": "…"},
    "heads": {"label": "Heads", "unit": "count", "direction": "less", "definition": "…"},
    "customers": {"label": "Customers", "unit": "count", "direction": "more", "definition": "…"},
}
RECONCILE = [
    {"metric": "arr", "sources": ["billing", "crm", "books"], "precedence": "billing", "tolerance": "1 %"},
    {"metric": "new_arr", "sources": ["billing", "crm"], "precedence": "billing", "tolerance": "1 %"},
    {"metric": "heads", "sources": ["hr", "books"], "precedence": "hr", "tolerance": "1 %", "accounts": ["6000"]},
]
FEEDS = [("billing", "mrr"), ("crm", "opportunities"), ("hr", "people"), ("books", "ledger"), ("books", "rates")]


def company(reconcile=RECONCILE, goals=(), **cycle):
    base = small_company.params(company={"reconcile": reconcile, "switches": {"subscription_revenue_lines": ["sales"]}}, goals=goals, cycle=cycle)
    return replace(base, metrics={name: Metric.model_validate(each) for name, each in CATALOGUE.items()})


def framed(name: str, rows: list[dict]) -> pd.DataFrame:
    blank = {"text": "", "money": Decimal(0), "exact": Decimal(0), "count": 0, "flag": False, "day": pd.NaT, "month": LAST, "share": None, "figure": None}
    full = [{column: blank[kind] for column, kind in frames.FRAMES[name].columns.items()} | row for row in rows]
    return frames.conformed(name, pd.DataFrame(full)) if rows else frames.empty(name)


def mrr(*rows) -> pd.DataFrame:
    """Recurring amounts (month, customer, amount), in euro as a fourth part: (…, amount in euro)."""
    listed = []
    for month, customer, amount, *euro in rows:
        money = {"amount": Decimal(amount), "amount_local": Decimal(euro[0] if euro else amount), "currency": "EUR" if euro else "USD"}
        listed.append({"month": month_of(month), "customer": customer, "segment": "smb", **money})
    return framed("mrr", listed)


def snapshot(billed=None, **changed) -> dict[str, pd.DataFrame]:
    """Two customers of 100 and of 100 euro, the same in the ledger; two people of 12,000 a year who were paid in full."""
    revenue = {"entity": "us", "account": "4000", "month": LAST}
    pay = {"entity": "us", "account": "6000", "month": LAST, "currency": "USD", "amount_local": Decimal(2000), "amount": Decimal(2000)}
    here = {"team": "selling", "salary": Decimal(12000), "currency": "USD", "start": pd.Timestamp("2020-01-01")}
    found = {
        "sources": framed("sources", [{"source": source, "frame": frame} for source, frame in FEEDS]),
        "accounts": small_company.ACCOUNTS,
        "lines": small_company.LINES,
        "rates": framed("rates", [{"currency": "EUR", "month": month_of(f"2026-0{n}"), "average": Decimal("1.1"), "close": Decimal("1.2")} for n in (7, 8, 9)]),
        "mrr": mrr(("2026-09", "a", "100"), ("2026-09", "b", "120", "100")) if billed is None else billed,
        "ledger": framed(
            "ledger",
            [
                {**revenue, "currency": "USD", "amount_local": Decimal(100), "amount": Decimal(100)},
                {**revenue, "currency": "EUR", "amount_local": Decimal(100), "amount": Decimal(110)},
                pay,
            ],
        ),
        "people": framed("people", [{"person": "p1", **here}, {"person": "p2", **here}]),
        "opportunities": frames.empty("opportunities"),
        "subscriptions": frames.empty("subscriptions"),
        **changed,
    }
    history = employed(found["people"], [LAST])[list(frames.FRAMES["people_history"].columns)]
    found |= {"people_history": frames.conformed("people_history", history), "kpi_readings": frames.empty("kpi_readings")}
    return {**found, "kpis": kpi_actuals(found, LAST, "USD")}


def told(found: dict, metric: str, source: str) -> pd.Series:
    rows = found["reconciliations"]
    return rows[(rows["metric"] == metric) & (rows["source"] == source) & (rows["month"] == LAST)].iloc[0]


def reconciled(**changed) -> dict[str, pd.DataFrame]:
    return reconciliation.reconciliation_frames(company(), snapshot(**changed))


def records(found: dict, metric: str) -> list[list]:
    own = found["reconciliation_records"]
    return own.loc[own["metric"] == metric, ["record", "reason", "difference", "explains"]].to_numpy().tolist()


def test_with_carr_what_is_signed_and_not_yet_live_explains_why_the_ledger_holds_less():
    waiting = {"subscription": "s9", "customer": "z", "monthly": Decimal(30), "currency": "USD"}
    waiting |= {"signed": pd.Timestamp("2026-09-20"), "start": pd.Timestamp("2026-10-01"), "source": "billing"}
    switches = {"subscription_revenue_lines": ["sales"], "carr": "true"}
    params = company()
    params = replace(params, company=params.company.model_copy(update={"switches": type(params.company.switches).model_validate(switches)}))
    found = snapshot(subscriptions=framed("subscriptions", [waiting]))
    found = {**found, "kpis": kpi_actuals(found, LAST, "USD", params.company.switches)}
    compared = reconciliation.reconciliation_frames(params, found)
    assert told(compared, "arr", "billing")[["value", "how"]].tolist() == [Decimal(3000), "12 × MRR live, or signed, at the close"]
    assert ["USD", "signed and not yet live", Decimal(-360), True] in records(compared, "arr")
    assert told(compared, "arr", "books")["unexplained"] == told(reconciled(), "arr", "books")["unexplained"]


def test_arr_of_the_ledger_differs_by_the_currency_alone_and_its_record_says_so():
    found = reconciled()
    ledger = told(found, "arr", "books")
    assert (told(found, "arr", "billing")["value"], ledger["value"]) == (Decimal(2640), Decimal(2520))
    assert (ledger["difference"], ledger["explained"], ledger["unexplained"]) == (Decimal(-120), Decimal(-120), Decimal(0))
    assert (ledger["state"], ledger["within_tolerance"]) == ("explained", True)
    assert records(found, "arr") == [["EUR", "revenue counts at the month's average rate, ARR at its close", Decimal(-120), True]]


def test_revenue_that_billing_does_not_hold_is_named_and_stays_unexplained():
    found = reconciled(billed=mrr(("2026-09", "a", "90"), ("2026-09", "b", "120", "100")))
    ledger = told(found, "arr", "books")
    assert (ledger["explained"], ledger["unexplained"], ledger["state"]) == (Decimal(-120), Decimal(120), "differs")
    assert ["USD", "the ledger recognised more than billing holds live", Decimal(120), False] in records(found, "arr")
    warnings = [each for each in reconciliation.reconciliation_findings(company(), found["reconciliations"]) if each["severity"] == "warning"]
    assert [(each["where"], each["amount"]) for each in warnings] == [("ARR: books against billing", Decimal("120.00"))]


def test_two_differences_that_cancel_one_another_are_no_agreement():
    ledger = told(reconciled(billed=mrr(("2026-09", "a", "90"), ("2026-09", "b", "120", "100"))), "arr", "books")
    assert (ledger["difference"], ledger["within_tolerance"], ledger["state"]) == (Decimal(0), False, "differs")


def test_arr_is_not_measured_from_opportunities_and_says_what_would_have_to_be():
    found = reconciled()
    crm = told(found, "arr", "crm")
    assert crm["state"] == "not measured"
    assert pd.isna(crm["value"])
    assert "renewal of each won contract" in crm["how"]


def deal(name: str, customer: str, amount: str, close: str = "2026-09-10", **more) -> dict:
    return {"opportunity": name, "customer": customer, "amount": Decimal(amount), "close": pd.Timestamp(close), "is_won": True, "is_closed": True, **more}


def test_new_arr_is_explained_customer_by_customer():
    billed = mrr(("2026-08", "old", "50"), *(("2026-09", who, "100") for who in ("old", "both", "never", "less")), ("2026-09", "euro", "120", "100"))
    deals = [
        deal("1", "both", "1200"),
        deal("2", "less", "1000"),
        deal("3", "euro", "1400"),
        deal("4", "old", "600"),
        deal("5", "soon", "700"),
        deal("6", "", "10"),
    ]
    found = reconciled(billed=billed, opportunities=framed("opportunities", deals))
    crm = told(found, "new_arr", "crm")
    assert (told(found, "new_arr", "billing")["value"], crm["value"]) == (Decimal(5040), Decimal(4910))
    assert {(record.partition(" ")[0], reason): (value, explains) for record, reason, value, explains in records(found, "new_arr")} == {
        ("euro", "billed in another currency: the CRM states it at its own rate"): (Decimal(-40), True),
        ("less", "the CRM's value is not what is billed"): (Decimal(-200), False),
        ("never", "billed, and never won in the CRM"): (Decimal(-1200), True),
        ("old", "won from somebody who was a customer before"): (Decimal(600), True),
        ("soon", "won, and not billed in a closed month yet"): (Decimal(700), True),
        ("6", "won, without a customer number that would lead to billing"): (Decimal(10), False),
    }
    assert (crm["explained"], crm["unexplained"], crm["state"]) == (Decimal(60), Decimal(-190), "differs")


def test_what_is_explained_and_what_is_not_add_up_to_the_difference():
    billed = mrr(("2026-08", "a", "1"), ("2026-09", "a", "77.31"), ("2026-09", "b", "120", "100"), ("2026-09", "c", "3.07"))
    found = reconciled(billed=billed, opportunities=framed("opportunities", [deal("1", "c", "40.01"), deal("2", "x", "9.99")]))
    rows = found["reconciliations"]
    own = rows[~rows["precedence"] & rows["value"].notna()]
    assert len(own) == 3
    assert [row["explained"] + row["unexplained"] for row in own.to_dict("records")] == own["difference"].tolist()
    for row in own.to_dict("records"):
        named = [value for _, _, value, explains in records(found, row["metric"]) if explains]
        assert sum(named, Decimal(0)) == row["explained"]


def test_heads_of_the_ledger_count_days_and_the_person_who_left_explains_it():
    here = {"team": "selling", "salary": Decimal(12000), "currency": "USD", "start": pd.Timestamp("2020-01-01")}
    people = framed("people", [{"person": "p1", **here}, {"person": "p2", **here, "end": pd.Timestamp("2026-09-15")}])
    paid = snapshot()["ledger"].assign(amount_local=lambda rows: rows["amount_local"].where(rows["account"] != "6000", Decimal(1500)))
    found = reconciled(people=people, ledger=frames.conformed("ledger", paid))
    ledger = told(found, "heads", "books")
    assert (told(found, "heads", "hr")["value"], ledger["value"]) == (Decimal(1), Decimal("1.5"))
    assert (ledger["difference"], ledger["explained"], ledger["state"]) == (Decimal("0.5"), Decimal("0.5"), "explained")
    assert records(found, "heads") == [["p2 (left on 15 Sep 2026)", "paid for a part of the month", Decimal("0.5"), True]]


def test_no_record_tells_anybodys_pay():
    here = {"team": "selling", "currency": "USD", "start": pd.Timestamp("2020-01-01")}
    people = framed(
        "people", [{"person": "p1", "salary": Decimal(98765), **here}, {"person": "p2", "salary": Decimal(12000), **here, "end": pd.Timestamp("2026-09-15")}]
    )
    text = reconciled(people=people)["reconciliation_records"].to_string()
    assert "98765" not in text
    assert "8230" not in text


def test_the_source_that_counts_may_be_the_ledger_and_the_records_turn_round():
    turned = [{**RECONCILE[0], "precedence": "books"}]
    found = reconciliation.reconciliation_frames(company(turned), snapshot())
    assert told(found, "arr", "billing")["explained"] == Decimal(120)
    assert told(found, "arr", "billing")["state"] == "explained"


def test_nothing_to_reconcile_gives_empty_frames():
    found = reconciliation.reconciliation_frames(company(()), snapshot())
    assert [len(each) for each in found.values()] == [0, 0]
    assert reconciliation_words.disagreement(company(()), found["reconciliations"]) == "No metric is told by more than one source"


def test_a_source_that_company_yml_does_not_declare_is_a_fault_with_its_line(tmp_path):
    text = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk, currency: USD}]
teams: [{id: sales, name: Sales, owner: ada}]
lines: []
sources: [{name: books, preset: canonical, where: x}]
reconcile:
  - {metric: arr, sources: [books, bilings], precedence: books}
  - {metric: heads, sources: [books], precedence: hr}
"""
    (tmp_path / "company.yml").write_text(text)
    (tmp_path / "fy2027.yml").write_text("kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\n")
    with pytest.raises(InputRefusedError) as refused:
        load(tmp_path / "fy2027.yml")
    assert [(fault.where.rpartition(":")[2], fault.found) for fault in refused.value.faults] == [("9", "'bilings'"), ("10", "'hr'"), ("10", "books")]


def assumed(*rows) -> pd.DataFrame:
    """What requests say: (request, team, metric, about, value)."""
    return framed("request_assumptions", [dict(zip(("request", "team", "metric", "about", "value"), (*row[:4], Decimal(row[4])), strict=True)) for row in rows])


GOAL = small_company.goal(id="grow", kpi="customers", start="400", target="520", teams={}, months="even")


def test_teams_that_count_on_different_values_are_named_with_their_owners():
    params = company(goals=[GOAL])
    kpis = small_company.kpis(("customers", "2026-09", "434"))
    found = claims.claims(params, assumed(("r1", "selling", "customers", "year", "520"), ("r2", "building", "customers", "year", "610")), kpis)
    own = found[found["kind"] == "request"].set_index("claim")
    assert own["difference"].to_dict() == {"r1": Decimal(0), "r2": Decimal(90)}
    (finding,) = claims.claim_findings(params, found)
    assert finding["what"] == "Teams count on different values: Selling (Sal Sorrel) on 520 and Building (Bea Birch) on 610"
    assert (finding["expected"], finding["found"], finding["owner"]) == ("520, target of the goal grow", "520 and 610", "Bea Birch")
    assert reconciliation_words.claimed(params, found) == "Teams count on different figures: 520 and 610 customers"


def test_teams_that_count_on_the_same_value_leave_no_finding():
    params = company(goals=[GOAL])
    found = claims.claims(params, assumed(("r1", "selling", "customers", "year", "520"), ("r2", "building", "customers", "year", "520")), small_company.kpis())
    assert claims.claim_findings(params, found) == []


def test_what_a_request_states_is_held_against_the_snapshot():
    params = company()
    kpis = small_company.kpis(("customers", "2026-09", "434"), ("new_arr", "2026-08", "10"), ("new_arr", "2026-09", "20"))
    says = assumed(("r1", "selling", "customers", "now", "435"), ("r2", "building", "customers", "now", "470"), ("r2", "building", "new_arr", "now", "30"))
    found = claims.claims(params, says, kpis)
    assert found[["claim", "metric", "reference", "difference"]].to_numpy().tolist() == [
        ["r1", "customers", Decimal(434), Decimal(1)],
        ["r2", "customers", Decimal(434), Decimal(36)],
        ["r2", "new_arr", Decimal(30), Decimal(0)],
    ]
    (finding,) = claims.claim_findings(params, found)
    assert (finding["expected"], finding["found"], finding["owner"]) == ("434, snapshot, September 2026", "470", "Bea Birch")


def test_a_goals_start_is_a_claim_while_the_year_is_planned():
    kpis = small_company.kpis(("customers", "2026-09", "434"))
    (row,) = claims.claims(company(goals=[GOAL]), assumed(), kpis).to_dict("records")
    assert (row["kind"], row["claim"], row["claimed"], row["difference"]) == ("goal", "grow", Decimal(400), Decimal(-34))
    review = company(goals=[GOAL], kind="review", cycle="fy2027_q1", last_closed_month="2027-03", baseline="fy2027")
    assert len(claims.claims(review, assumed(), kpis)) == 0


def test_a_metric_without_a_goal_or_an_actual_has_no_reference():
    found = claims.claims(company(), assumed(("r1", "selling", "heads", "year", "9"), ("r1", "selling", "heads", "now", "9")), small_company.kpis())
    assert found["reference"].isna().all()
    assert claims.claim_findings(company(), found) == []
    view = reconciliation_words.claim_view(company(), found)
    assert set(view["against"]) == {"nothing to hold it against"}


def test_the_company_type_takes_reconcile_as_documented():
    assert Company.model_validate({**small_company.COMPANY, "reconcile": RECONCILE}).reconcile[0].tolerance == Decimal("0.01")


DEMO = load(Path(__file__).parent.parent / "params" / "demo" / "fy2027.yml")


def test_the_demos_two_teams_say_what_they_count_on():
    says = submissions(DEMO).request_assumptions
    assert says[["request", "metric", "about", "value"]].to_numpy().tolist() == [
        ["evening_shift", "customers", "year", Decimal(610)],
        ["renewals", "customers", "year", Decimal(520)],
    ]
    assert says["where"].str.endswith("evening_shift.yml:14").tolist() == [True, False]


@pytest.mark.parametrize(
    ("line", "found", "hint"),
    [
        ("assumes: {customres: 520}", "'customres'", "did you mean 'customers'?"),
        ("states: {customers: about 500}", "'about 500'", "a number such as"),
        ("assume: {customers: 520}", "the key 'assume'", "assumes"),
    ],
)
def test_what_a_request_says_of_a_metric_is_read_strictly(line, found, hint):
    text = (DEMO.folder / "requests" / "customer_success" / "renewals.yml").read_text()
    changed = re.sub("^assumes: .*$", line, text, flags=re.MULTILINE)
    faults = Faults("renewals.yml")
    assert yaml_request(changed.encode(), choices(DEMO, "customer_success", None), faults) is None
    (fault,) = faults.all
    assert (fault.where, fault.found) == ("renewals.yml:14", found)
    assert hint in str(fault)


def test_reasons_are_told_with_what_is_unexplained_first():
    found = reconciled(billed=mrr(("2026-09", "a", "90"), ("2026-09", "b", "120", "100")))
    view = reconciliation_words.reason_view(company(), found["reconciliation_records"])
    assert view[["label", "difference", "state"]].to_numpy().tolist() == [
        ["The ledger recognised more than billing holds live", "+120", "unexplained"],
        ["Revenue counts at the month's average rate, ARR at its close", "−120", "explained"],
    ]
    heading = reconciliation_words.disagreement(company(), found["reconciliations"])
    assert heading == "1 of 2 comparisons between sources agrees; ARR in books is 120 off, unexplained"
