"""Reading exports of a small company: what counts, what is set aside, what stays hidden, and what stops everything."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from textwrap import dedent

import duckdb
import pandas as pd
import pytest

from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.sources.declared import mappings, source_faults, source_files
from aop_lib.sources.snapshot import snapshot
from aop_lib.sources.warehouse import warehouse

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities:
  - {id: us, name: Kiosk Inc, currency: USD}
  - {id: de, name: Kiosk GmbH, currency: EUR, codes: ['2']}
teams:
  - {id: sales, name: Sales, owner: ada, cost_centres: [CC100]}
  - {id: product, name: Product, owner: ada, codes: [R&D]}
lines:
  - {id: revenue, name: Revenue, type: revenue}
  - {id: costs, name: Costs, type: opex}
accounts:
  - {account: '1000', name: Bank, type: asset}
  - {account: '4000', name: Sales, type: revenue, line: revenue}
  - {account: '6000', name: Salaries, type: opex, line: costs, codes: [PAY]}
  - {account: '9000', name: Heads, type: statistical}
sources:
  - {name: books, preset: canonical, where: exports}
"""
CYCLE = """\
kind: plan
cycle: fy2027
last_closed_month: 2026-09
as_of: 2026-10-15
"""
LEDGER = "entity,team,account,month,amount,currency,vendor\n"
BALANCED = LEDGER + "us,,1000,2026-09,60.00,USD,\nus,sales,4000,2026-09,100.00,USD,\nus,sales,6000,2026-09,40.00,USD,\n"


@pytest.fixture
def kiosk(tmp_path):
    """Writes the company and its exports and returns its parameters."""

    def written(company=COMPANY, cycle=CYCLE, **exports):
        folder = tmp_path / "kiosk"
        (folder / "exports").mkdir(parents=True, exist_ok=True)
        (folder / "company.yml").write_text(company)
        (folder / "fy2027.yml").write_text(cycle)
        for name, text in {"ledger": BALANCED, **exports}.items():
            (folder / "exports" / f"{name}.csv").write_text(text, encoding="utf-8")
        return load(folder / "fy2027.yml")

    return written


def used(frames: dict) -> list:
    return frames["ledger"][["entity", "team", "account", "amount_local"]].to_numpy().tolist()


def refused(params) -> list[str]:
    with pytest.raises(InputRefusedError) as stopped:
        snapshot(params)
    return [str(fault) for fault in stopped.value.faults]


def test_codes_lead_to_our_ids_by_id_name_code_and_cost_centre_alike(kiosk):
    lines = ["us,CC100,PAY,2026-09,1.00,USD,", "Kiosk Inc,Sales,6000,2026-09,2.00,USD,", "us,sales,6000,2026-09,3.00,USD,"]
    frames = snapshot(kiosk(ledger=LEDGER + "\n".join(lines) + "\n"))
    assert used(frames) == [["us", "sales", "6000", Decimal("6.00")]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("us,Sales Team,6000,2026-09,5.00,USD,", "team 'Sales Team' is not a team or cost centre of company.yml"),
        ("us,SALES,6000,2026-09,5.00,USD,", "team 'SALES' is not a team or cost centre of company.yml"),
        ("uk,sales,6000,2026-09,5.00,USD,", "entity 'uk' is not an entity of company.yml"),
        (",sales,6000,2026-09,5.00,USD,", "no entity"),
        ("us,sales,06000,2026-09,5.00,USD,", "account '06000' is not an account"),
        ("us,sales,6000,2026-13,5.00,USD,", "month '2026-13' is not a month as YYYY-MM"),
        ("us,sales,6000,2026-09,1E5,USD,", "amount '1E5' is not a plain number"),
        ("us,sales,6000,2026-09,NaN,USD,", "amount 'NaN' is not a plain number"),
        ('us,sales,6000,2026-09,"1,000",USD,', "amount '1,000' is not a plain number"),
        ("us,sales,6000,2026-09,,USD,", "no amount"),
        ("us,sales,6000,2026-09,5.00,usd,", "currency 'usd' is not a currency code"),
        ("us,sales,9000,2026-09,12,USD,", "statistical account '9000': no money"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_reason_and_is_never_guessed(kiosk, line, reason):
    frames = snapshot(kiosk(ledger=BALANCED + line + "\n"))
    assert frames["quarantine"][["frame", "row", "reason"]].to_numpy().tolist() == [["ledger", "line 5", reason]]
    assert len(frames["ledger"]) == 3
    assert frames["control_totals"]["ties"].all()
    assert reason in frames["source_findings"]["what"].str.cat(sep="; ")


def test_what_is_set_aside_keeps_its_amount_and_the_totals_count_it(kiosk):
    frames = snapshot(kiosk(ledger=BALANCED + "us,nobody,6000,2026-09,-12.34,USD,\n"))
    assert frames["quarantine"]["amount"].tolist() == [Decimal("-12.34")]
    row = frames["sources"].set_index("frame").loc["ledger"]
    assert row[["rows", "used", "quarantined", "later"]].tolist() == [4, 3, 1, 0]
    assert row[["amount", "amount_used", "amount_quarantined"]].tolist() == [Decimal("212.34"), Decimal("200.00"), Decimal("12.34")]


def test_rows_after_the_last_closed_month_are_counted_and_hidden(kiosk):
    frames = snapshot(kiosk(ledger=BALANCED + "us,sales,6000,2026-10,9.00,USD,\nus,nobody,6000,2026-11,9.00,USD,\n"))
    assert frames["ledger"]["month"].max() == pd.Timestamp("2026-09-01")
    assert frames["sources"].set_index("frame").loc["ledger", ["used", "quarantined", "later"]].tolist() == [3, 0, 2]


def test_an_amount_keeps_its_scale_until_it_is_rounded_once(kiosk):
    tenths = "".join("us,sales,6000,2026-09,0.001,USD,\n" for _ in range(10))
    assert used(snapshot(kiosk(ledger=LEDGER + tenths)))[0][-1] == Decimal("0.01")


def test_other_currencies_are_converted_at_the_months_average_row_by_row(kiosk):
    rates = "currency,into,month,average,close\nEUR,USD,2026-09,1.15,1.20\nGBP,CHF,2026-09,9,9\n"
    frames = snapshot(kiosk(ledger=LEDGER + "2,sales,6000,2026-09,10.01,EUR,\n", rates=rates))
    assert frames["ledger"][["currency", "amount_local", "amount"]].to_numpy().tolist() == [["EUR", Decimal("10.01"), Decimal("11.51")]]
    assert frames["rates"]["currency"].tolist() == ["EUR"]


def test_a_missing_rate_stops_the_run_and_is_never_one(kiosk):
    (fault,) = refused(kiosk(ledger=LEDGER + "de,sales,6000,2026-09,10.00,EUR,\n"))
    assert fault == "books: EUR in 2026-09: found 1 row without a rate; expected a rate into USD; a missing rate is never 1"


def test_two_rates_for_one_month_stop_the_run(kiosk):
    rates = "currency,into,month,average,close\nEUR,USD,2026-09,1.15,1.20\nEUR,USD,2026-09,1.16,1.20\n"
    assert "one rate above zero per month" in refused(kiosk(rates=rates))[0]


def test_debits_and_credits_are_checked_per_month_and_entity(kiosk):
    company = COMPANY.replace("where: exports}", "where: exports, checks: {balance: error}}")
    unbalanced = BALANCED + "us,sales,6000,2026-08,7.00,USD,\n"
    assert refused(kiosk(company, ledger=unbalanced)) == ["books: us 2026-08: found 7.00; expected 0.00"]
    frames = snapshot(kiosk(ledger=unbalanced))
    assert (frames["source_findings"]["topic"] == "balance").sum() == 1
    assert not frames["control_totals"]["ties"].all()


def test_a_check_that_is_off_is_silent_and_an_unknown_one_is_a_fault(kiosk):
    off = kiosk(
        COMPANY.replace("where: exports}", "where: exports, checks: {balance: 'off', freshness: 'off'}}"), ledger=LEDGER + "us,sales,6000,2026-08,7.00,USD,\n"
    )
    assert "balance" not in set(snapshot(off)["source_findings"]["topic"])
    unknown = kiosk(COMPANY.replace("where: exports}", "where: exports, checks: {balanse: error}}"))
    assert "did you mean 'balance'?" in refused(unknown)[0]


def test_months_without_a_line_and_a_ledger_that_ends_early_are_findings(kiosk):
    late = COMPANY.replace("where: exports}", "where: exports, checks: {freshness: warning}}")
    frames = snapshot(kiosk(late, ledger=LEDGER + "us,sales,6000,2026-05,1.00,USD,\nus,sales,6000,2026-08,1.00,USD,\n"))
    found = frames["source_findings"].set_index("topic")
    assert "2026-06, 2026-07" in found.loc["gaps", "what"]
    assert found.loc["freshness", ["expected", "found"]].tolist() == ["rows of 2026-09, the last closed month", "the last month is 2026-08"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LEDGER + "us,sales,6000,2026-09,5.00\n", "exports/ledger.csv:2: found 5 fields; expected 7, as in the header"),
        (LEDGER + 'us,sales,6000,2026-09,5.00,USD,"open\n', "a quote that is opened and never closed"),
        (LEDGER + "us,sales,6000,2026-09,5.00,USD,a\0b\n", "exports/ledger.csv:2: found a NUL byte"),
        (LEDGER.replace("vendor", "vendr"), "no column 'vendor'"),
        (LEDGER.replace("vendor", "amount"), "the column 'amount' twice"),
        ("", "an empty file"),
    ],
)
def test_a_damaged_file_is_refused_by_name(kiosk, text, found):
    faults = refused(kiosk(ledger=text))
    assert any(found in fault for fault in faults)
    assert all(fault.startswith("exports/ledger.csv") for fault in faults)


def test_bytes_that_are_not_utf8_are_refused_with_their_line(kiosk):
    params = kiosk()
    (params.folder / "exports" / "ledger.csv").write_bytes(BALANCED.encode() + b"us,sales,6000,2026-09,5.00,USD,Gar\xe7on\n")
    (fault,) = refused(params)
    assert fault.startswith("exports/ledger.csv:5: found the byte 0xE7, which is not UTF-8; expected UTF-8; declare the source's 'encoding'")


def test_all_faults_of_all_sources_come_at_once(kiosk):
    company = COMPANY + "  - {name: crm, preset: salesfroce, where: exports}\n  - {name: hr, preset: canonical, where: nowhere}\n"
    faults = refused(kiosk(company, ledger="entity\n"))
    assert len(faults) == 8
    assert any("salesforce" in fault for fault in faults)
    assert any(fault.startswith("nowhere/ledger.csv: found no such file") for fault in faults)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(kiosk, tmp_path):
    params = kiosk()
    outside = tmp_path / "elsewhere.csv"
    outside.write_text(BALANCED)
    (params.folder / "exports" / "ledger.csv").unlink()
    (params.folder / "exports" / "ledger.csv").symlink_to(outside)
    assert "a symbolic link that leads out of its folder" in refused(params)[0]


def test_declared_faults_need_no_engine_and_name_every_file(kiosk):
    params = kiosk()
    assert source_faults(params) == []
    assert sorted(source_files(params)) == ["books/ledger.csv"]


def test_a_company_without_sources_has_empty_frames(kiosk):
    frames = snapshot(kiosk(COMPANY[: COMPANY.index("sources:")]))
    assert len(frames["ledger"]) == len(frames["sources"]) == 0
    assert len(frames["accounts"]) == 4


def test_what_is_recorded_after_the_cut_is_unknown_to_people_and_subscriptions(kiosk):
    people = dedent("""\
        person,name,team,entity,role,start,end,salary,currency
        p1,Ann,sales,us,Seller,2025-01-01,,50000,USD
        p2,Bob,CC100,us,Seller,2025-01-01,2026-08-31,50000,USD
        p3,Cem,R&D,us,Engineer,2025-01-01,2026-12-31,90000,USD
        p3,Cem,R&D,us,Engineer,2025-01-01,,90000,USD
        """)
    subscriptions = dedent("""\
        subscription,customer,segment,start,end,amount,currency
        s1,c1,smb,2026-07-01,2026-09-30,10.00,USD
        s2,c2,smb,2026-08-15,2027-01-01,20.00,USD
        """)
    frames = snapshot(kiosk(ledger=BALANCED + "us,sales,6000,2026-07,1.00,USD,\n", people=people, subscriptions=subscriptions))
    ends = frames["people"].set_index("person")["end"]
    assert ends["p2"] == pd.Timestamp("2026-08-31")
    assert pd.isna(ends["p3"])  # leaves after the cut: nobody knows yet
    assert frames["quarantine"]["reason"].tolist() == ["person 'p3' a second time"]
    mrr = frames["mrr"]
    assert mrr[["month", "customer", "amount"]].to_numpy().tolist() == [
        [pd.Timestamp("2026-07-01"), "c1", Decimal("10.00")],
        [pd.Timestamp("2026-08-01"), "c1", Decimal("10.00")],
        [pd.Timestamp("2026-08-01"), "c2", Decimal("20.00")],
        [pd.Timestamp("2026-09-01"), "c2", Decimal("20.00")],
    ]


def test_a_subscription_may_tell_its_product_and_the_day_it_was_signed_and_a_day_that_cannot_be_read_is_named(kiosk):
    rows = dedent("""\
        subscription,customer,segment,product,signed,start,end,amount,currency
        s1,c1,smb,core,2026-07-20,2026-08-01,,10.00,USD
        s2,c1,smb,extra,,2026-08-01,,5.00,USD
        s3,c2,smb,core,2026-09-30,2026-10-01,,7.00,USD
        s4,c3,smb,core,soon,2026-10-01,,9.00,USD
        """)
    frames = snapshot(kiosk(ledger=BALANCED + "us,sales,6000,2026-07,1.00,USD,\n", subscriptions=rows))
    last = frames["mrr"][frames["mrr"]["month"] == frames["mrr"]["month"].max()]
    assert last[["customer", "product", "amount"]].to_numpy().tolist() == [["c1", "core", Decimal("10.00")], ["c1", "extra", Decimal("5.00")]]
    signed = frames["subscriptions"].set_index("subscription")["signed"]
    assert signed["s3"] == pd.Timestamp("2026-09-30")
    assert pd.isna(signed["s2"])
    assert frames["quarantine"]["reason"].tolist() == ["signed 'soon' is not a date"]


def test_products_of_a_customer_are_cut_to_cents_that_add_up_to_what_it_pays(kiosk):
    thirds = "".join(f"s{number},c1,smb,p{number},2026-08-01,,{amount},USD\n" for number, amount in enumerate(("0.333", "0.333", "0.334"), start=1))
    rows = "subscription,customer,segment,product,start,end,amount,currency\n" + thirds
    frames = snapshot(kiosk(ledger=BALANCED + "us,sales,6000,2026-07,1.00,USD,\n", subscriptions=rows))
    august = frames["mrr"][frames["mrr"]["month"] == pd.Timestamp("2026-08-01")]
    assert august["amount"].tolist() == [Decimal("0.33"), Decimal("0.33"), Decimal("0.34")]


def test_reading_twice_gives_the_same_frames(kiosk):
    params = kiosk()
    first, second = snapshot(params), snapshot(params)
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name])


def test_the_engine_opens_no_file_and_its_settings_are_locked(kiosk):
    params = kiosk()
    store = warehouse(params, mappings(params))
    for statement in ("SELECT * FROM read_csv('/etc/hosts')", "SET enable_external_access = true", "INSTALL httpfs"):
        with pytest.raises(duckdb.Error, match=r"disabled|locked"):
            store.connection.raw_sql(statement)


def test_a_check_of_what_is_declared_loads_neither_engine_nor_frame_contracts(kiosk):
    kiosk()
    code = "import sys; from aop_lib.sources import declared; print(sorted({'ibis', 'duckdb', 'pandera'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
