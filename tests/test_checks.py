"""The circuit breaker: each check stays silent on a clean company, fires on its own fault, and obeys company.yml."""

from __future__ import annotations

from textwrap import dedent

import pytest
from cycles import Silent

from aop_lib.errors import DataLateError, InputRefusedError, StageFailedError
from aop_lib.load import load
from aop_lib.periods import add_months, month_of, month_text
from aop_lib.run import run
from aop_lib.sources.declared import CHECKS, source_faults
from aop_lib.sources.history_checks import NARROWEST
from aop_lib.sources.row_checks import check_of
from aop_lib.sources.snapshot import snapshot

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk Inc, currency: USD}, {id: de, name: Kiosk GmbH, currency: EUR}]
teams: [{id: sales, name: Sales, owner: ada, cost_centres: [CC1]}]
lines:
  - {id: revenue, name: Revenue, type: revenue}
  - {id: costs, name: Costs, type: opex}
accounts:
  - {account: '1000', name: Bank, type: asset}
  - {account: '4000', name: Sales, type: revenue, line: revenue}
  - {account: '6000', name: Salaries, type: opex, line: costs}
  - {account: '6900', name: Forgotten, type: opex}
sources:
  - {name: books, preset: own.yml, where: exports%s}
"""
PRESET = """\
system: Own
tables:
  journal: {file: journal.csv}
  places: {file: places.csv}
  rates: {file: rates.csv}
  staff: {file: staff.csv}
  moves: {file: moves.csv, valid_from: since, valid_to: until}
frames:
  ledger:
    from: journal
    signs: debit
    where:
      - {value: journal.document, is_not: void}
    joins:
      - {table: places, on: {code: journal.place}}
    columns:
      row: {joined: [journal.document, journal.line], with: ' line '}
      document: journal.document
      entity: journal.entity
      team: places.team
      account: journal.account
      month: journal.month
      amount: journal.amount
      currency: journal.currency
  rates:
    from: rates
    columns: {currency: rates.currency, into: rates.into, month: rates.month, average: rates.average, close: rates.close}
  people:
    from: staff
    joins: [{table: moves, on: {person: staff.person}}]
    columns: {person: staff.person, team: staff.team, role: moves.role, start: staff.start, amount: staff.salary, currency: staff.currency, valid_from: staff.since}
"""
LAST = month_of("2026-09")
MONTHS = [month_text(add_months(LAST, -back)) for back in range(14, -1, -1)]
HEAD = "document,line,entity,place,account,month,amount,currency\n"
STAFF = "person,team,start,salary,currency,since\np1,sales,2025-01-01,50000,USD,2026-08-01 00:00:00\n"
MOVES = "person,role,since,until\np1,Seller,2025-01-01,2025-12-31\np1,Lead,2026-01-01,\n"
PLACES = "code,team\nA,sales\n"
RATES = "currency,into,month,average,close\n" + "".join(f"EUR,USD,{month},1.1,1.2\n" for month in MONTHS)


def entry(document: str, month: str, amount: str = "40.00", *, entity: str = "us", currency: str = "USD", place: str = "A", account: str = "6000") -> str:
    """One document of two lines: a cost and the bank."""
    return f"{document},1,{entity},{place},{account},{month},{amount},{currency}\n{document},2,{entity},{place},1000,{month},-{amount},{currency}\n"


def journal(months=MONTHS, each: int = 5) -> str:
    return "".join(entry(f"{month}-{number}", month) for month in months for number in range(each))


CLEAN = {"journal": HEAD + journal(), "places": PLACES, "rates": RATES, "staff": STAFF, "moves": MOVES}
SPENT = next(number for number in range(5, 50) if number * 2 > 10 * (1 + NARROWEST))

# check: what breaks it, what it does where company.yml says nothing, a text of its finding
BROKEN = {
    "types": ({"journal": CLEAN["journal"] + entry("D1", "2026-09", "4O.00")}, "warning", "amount '4O.00' is not a plain number: D1 line 1"),
    "freshness": ({"journal": HEAD + journal(MONTHS[:-1])}, "late", "the last month is 2026-08"),
    "volume": ({"journal": CLEAN["journal"] + "".join(entry(f"more-{n}", "2026-09") for n in range(SPENT))}, "warning", "2026-09 has more rows"),
    "duplicates": ({"journal": CLEAN["journal"] + entry("2026-09-1", "2026-09")}, "error", "2 rows too many"),
    "balance": ({"journal": CLEAN["journal"] + "D1,1,us,A,6000,2026-09,7.00,USD\n"}, "error", "books: document D1: found 7.00"),
    "gaps": ({"journal": HEAD + journal([month for month in MONTHS if month != "2026-03"])}, "warning", "1 month without a line: 2026-03"),
    "unmapped": (
        {"journal": CLEAN["journal"] + entry("D1", "2026-09", entity="uk")},
        "warning",
        "entity 'uk' is not an entity of company.yml: D1 line 1, D1 line 2",
    ),
    "currency": ({"journal": CLEAN["journal"] + entry("D1", "2026-09", currency="GBP")}, "error", "books: GBP in 2026-09: found 2 rows without a rate"),
    "history": ({"moves": MOVES.replace("2025-12-31", "2025-11-30")}, "warning", "no row of moves covers: p1 (2025-12-01 to 2025-12-31)"),
    "joins": ({"places": PLACES + "A,support\n"}, "error", "2 rows of 'places' with code 'A'"),
    "quarantine": ({"journal": CLEAN["journal"] + entry("D1", "2026-09", currency="")}, "warning", "no currency: D1 line 1, D1 line 2"),
    "lines": ({"journal": CLEAN["journal"] + entry("D1", "2026-09", account="6900")}, "warning", "account 6900 is posted to and in no line"),
    "later": ({"journal": CLEAN["journal"] + entry("D1", "2026-10")}, "note", "2 rows of ledger came after"),
    "left_out": ({"journal": CLEAN["journal"] + entry("void", "2026-09")}, "note", "2 rows of journal are not what the preset looks for"),
    "columns": ({"staff": STAFF.replace("salary", "pay")}, "error", "'salary'"),
}


@pytest.fixture
def kiosk(tmp_path):
    """Writes the company with its exports, some of them changed, and its checks, and returns its parameters."""

    def written(changed=None, checks: str = ""):
        folder = tmp_path / "kiosk"
        (folder / "exports").mkdir(parents=True, exist_ok=True)
        (folder / "company.yml").write_text(COMPANY % (f", checks: {{{checks}}}" if checks else ""))
        (folder / "own.yml").write_text(PRESET)
        (folder / "fy2027.yml").write_text("kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\nas_of: 2026-10-15\n")
        for name, text in {**CLEAN, **(changed or {})}.items():
            (folder / "exports" / f"{name}.csv").write_text(text)
        return load(folder / "fy2027.yml")

    return written


def told(params) -> list[str]:
    """What the run is told: the list that stops it, or its findings, each with what was found."""
    try:
        found = snapshot(params)["source_findings"]
    except (InputRefusedError, DataLateError) as stopped:
        return [str(fault) for fault in stopped.faults]
    return [f"{row.topic} {row.severity} {row.where}: {row.what}: found {row.found}" for row in found.itertuples()]


def test_no_check_finds_anything_in_a_clean_company(kiosk):
    assert told(kiosk()) == []


def test_every_check_of_the_list_is_proven_here():
    elsewhere = {"partners", "workbook"}  # test_sources_real and test_sources_damaged prove them
    assert set(BROKEN) == set(CHECKS) - elsewhere


@pytest.mark.parametrize("check", BROKEN)
def test_each_check_fires_on_its_own_fault_and_names_it(kiosk, check):
    changed, level, text = BROKEN[check]
    params = kiosk(changed)
    if level == "late":
        with pytest.raises(DataLateError) as stopped:
            snapshot(params)
        assert stopped.value.exit_status == 4
    elif level == "error":
        with pytest.raises(InputRefusedError) as refused:
            snapshot(params)
        assert refused.value.exit_status == 2
    else:
        found = snapshot(params)["source_findings"]
        assert (check, level) in set(zip(found["topic"], found["severity"], strict=True))
    assert any(text in line for line in told(params)), told(params)


@pytest.mark.parametrize("check", [name for name in BROKEN if name not in {"columns", "currency"}])
def test_each_check_can_stop_the_run_warn_or_be_silent(kiosk, check):
    changed, _, text = BROKEN[check]
    others = ", ".join(f"{name}: 'off'" for name in CHECKS if name not in {check, "columns"})
    with pytest.raises((InputRefusedError, DataLateError)):
        snapshot(kiosk(changed, f"{check}: error, {others}"))
    lines = told(kiosk(changed, f"{check}: warning, {others}"))
    assert lines, check
    assert all(line.startswith(f"{check} warning") for line in lines)
    assert any(text.split(": found ")[-1] in line for line in lines), lines
    assert told(kiosk(changed, f"{check}: 'off', {others}")) == []


def test_rows_that_a_preset_does_not_take_are_counted_and_change_no_figure(kiosk):
    clean, with_void = (snapshot(kiosk(changed)) for changed in ({}, BROKEN["left_out"][0]))
    assert with_void["ledger"].equals(clean["ledger"])
    assert with_void["control_totals"]["ties"].all()


def test_a_ledger_whose_balance_is_not_checked_claims_no_trial_balance(kiosk):
    def totals(checks: str) -> list[str]:
        frame = snapshot(kiosk(BROKEN["balance"][0], checks))["control_totals"]
        return [f"{row.check}: {row.ties}" for row in frame.itertuples() if "balance" in row.check]

    assert totals("balance: 'off'") == []
    assert totals("balance: warning") == [
        "books: documents that balance, of 76: False",
        "books: the trial balance is zero in each of 15 months and 1 entities: False",
    ]


def test_what_is_not_there_cannot_be_waved_through(kiosk):
    (fault,) = source_faults(kiosk(checks="columns: warning"))
    assert fault.expected == "error: what is not there cannot be read"


def test_everything_that_stops_the_run_comes_in_one_list(kiosk):
    late = HEAD + journal(MONTHS[:-1]) + entry("2026-08-1", "2026-08") + "D1,1,us,A,6000,2026-08,7.00,USD\n"
    with pytest.raises(InputRefusedError) as stopped:
        snapshot(kiosk({"journal": late, "places": PLACES + "A,support\n"}))
    text = str(stopped.value)
    for part in ("2 rows too many", "found 7.00", "2 rows of 'places'", "the last month is 2026-08"):
        assert part in text


@pytest.mark.parametrize(("changed", "status", "text"), [(BROKEN["freshness"][0], 4, "data late"), (BROKEN["joins"][0], 2, "2 rows of 'places' with code 'A'")])
def test_a_run_that_a_check_stops_says_why_and_has_its_exit_status(kiosk, tmp_path, changed, status, text):
    with pytest.raises(StageFailedError, match=text) as stopped:
        run(kiosk(changed).file, last="00", outputs=tmp_path / "outputs", progress=Silent())
    assert stopped.value.exit_status == status
    assert not (tmp_path / "outputs" / "kiosk" / ".partial").exists()


def test_a_document_is_a_warning_where_a_row_of_it_was_set_aside(kiosk):
    broken = "D1,1,us,A,6000,2026-09,40.00,USD\nD1,2,us,A,9999,2026-09,-40.00,USD\n"
    found = told(kiosk({"journal": CLEAN["journal"] + broken}))
    assert any("balance warning books: document D1" in line and "set aside it balances" in line for line in found)


def test_a_fan_out_that_is_let_through_counts_each_row_once(kiosk):
    frames = snapshot(kiosk({"places": PLACES + "A,support\n"}, "joins: warning"))
    clean = snapshot(kiosk())
    assert frames["ledger"].equals(clean["ledger"])
    assert frames["control_totals"]["ties"].all()


def test_a_month_that_is_half_loaded_is_noticed_and_one_that_is_usual_is_not(kiosk):
    half = HEAD + journal(MONTHS[:-1]) + journal(MONTHS[-1:], each=2)
    assert any("volume warning books: 2026-09" in line and "fewer" in line for line in told(kiosk({"journal": half})))
    usual = HEAD + journal(MONTHS[:-1]) + journal(MONTHS[-1:], each=6)
    assert told(kiosk({"journal": usual})) == []


def test_history_that_nobody_has_written_to_for_three_months_is_told(kiosk):
    old = told(kiosk({"staff": STAFF.replace("2026-08-01", "2026-06-30")}))
    assert len(old) == 1
    assert old[0].startswith("freshness warning books: people")
    assert told(kiosk({"staff": STAFF.replace("2026-08-01", "2026-07-01")})) == []


def test_an_entity_in_another_currency_with_a_rate_is_no_finding(kiosk):
    assert told(kiosk({"journal": CLEAN["journal"] + entry("D1", "2026-09", currency="EUR", entity="de")})) == []


@pytest.mark.parametrize(
    ("reason", "check"),
    [
        ("person 'p3' a second time", "duplicates"),
        ("team 'X' is not a team or cost centre of company.yml", "unmapped"),
        ("currency 'usd' is not a currency code", "currency"),
        ("start '2026-13-01' is not a date", "types"),
        ("no amount", "quarantine"),
        ("amount '12345678901234567' is larger than 9,999,999,999,999.99", "types"),
        ("vendor 'is not a date' is not an account", "unmapped"),
    ],
)
def test_every_reason_belongs_to_one_check(reason, check):
    assert check_of(reason) == check


def test_rows_without_a_name_that_are_alike_are_a_warning(tmp_path):
    folder = tmp_path / "plain"
    (folder / "exports").mkdir(parents=True)
    company = COMPANY.replace("preset: own.yml, where: exports%s", "preset: canonical, where: exports, checks: {balance: 'off'}")
    (folder / "company.yml").write_text(company)
    (folder / "fy2027.yml").write_text("kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\n")
    rows = dedent("""\
        entity,team,account,month,amount,currency,vendor
        us,sales,6000,2026-09,5.00,USD,Ann
        us,sales,6000,2026-09,5.00,USD,Ann
        us,sales,6000,2026-09,5.00,USD,Bob
        """)
    (folder / "exports" / "ledger.csv").write_text(rows)
    (line,) = told(load(folder / "fy2027.yml"))
    assert line == "duplicates warning books: ledger: rows of ledger stand there more than once: line 2 (2 times): found 1 row like another one"
