"""Dated rows of people: heads follow them whatever they are, and those that overlap or leave days out are named."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aop_lib.load import load
from aop_lib.periods import month_end
from aop_lib.plan.saas_metrics import heads
from aop_lib.sources.snapshot import snapshot

COMPANY = """\
name: Kiosk
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Kiosk Inc, currency: USD}, {id: de, name: Kiosk GmbH, currency: EUR}]
teams: [{id: sales, name: Sales, owner: ada}, {id: support, name: Support, owner: ada}, {id: product, name: Product, owner: ada}]
lines: [{id: revenue, name: Revenue, type: revenue}]
accounts: [{account: '4000', name: Sales, type: revenue, line: revenue}]
sources:
  - {name: books, preset: PRESET, where: ., checks: {freshness: 'off', volume: 'off', balance: 'off', gaps: 'off'}}
"""
LEDGER = "entity,team,account,month,amount,currency,vendor\nus,,4000,2026-01,1.00,USD,\nus,,4000,2026-09,1.00,USD,\n"
HEAD = "person,name,team,entity,role,start,end,salary,currency,valid_from,valid_to\n"
MOVES = """\
system: HR
tables:
  people: {file: people.csv}
  moves: {file: moves.csv, valid_from: since, valid_to: until}
frames:
  people:
    from: people
    joins: [{table: moves, on: {id: people.id}}]
    columns:
      {person: people.person, team: moves.team, start: people.start, end: people.end, amount: people.pay, currency: {text: USD}}
"""


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory):
    """Writes the company with the people's files, in the canonical layout or with moves in a table of their own, and returns its snapshot."""
    folder = tmp_path_factory.mktemp("kiosk")
    (folder / "fy2027.yml").write_text("kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\nas_of: 2026-09-30\n")
    (folder / "ledger.csv").write_text(LEDGER)
    (folder / "hr.yml").write_text(MOVES)
    (folder / "company.yml").write_text(COMPANY.replace("PRESET", "canonical"))

    def written(people: str, moves: str = ""):
        hr = "  - {name: hr, preset: hr.yml, where: hr}\n" if moves else ""
        (folder / "company.yml").write_text(COMPANY.replace("PRESET", "canonical") + hr)
        (folder / "hr").mkdir(exist_ok=True)
        (folder / "hr" / "moves.csv").write_text(moves)
        (folder / "hr" / "people.csv").write_text(people if moves else "")
        (folder / "people.csv").unlink(missing_ok=True)
        if not moves:
            (folder / "people.csv").write_text(people)
        return snapshot(load(folder / "fy2027.yml"))

    return written


def teams(frames, person: str = "p1") -> dict[str, str]:
    own = frames["people_history"][frames["people_history"]["person"] == person]
    return {f"{month:%m}": team for month, team in zip(own["month"], own["team"], strict=True)}


def told(frames) -> list[str]:
    found = frames["source_findings"]
    return found.loc[found["topic"] == "history", "what"].tolist()


ANN = "p1,Ann,{},{},Agent,2026-01-01,,{},{},{},{}\n"


def test_in_the_canonical_layout_a_person_may_have_several_dated_rows(kiosk):
    rows = ANN.format("support", "us", 50000, "USD", "2026-01-01", "2026-04-30") + ANN.format("sales", "de", 60000, "EUR", "2026-05-01", "")
    frames = kiosk(HEAD + rows)
    assert frames["people"][["team", "entity", "salary"]].to_numpy().tolist() == [["sales", "de", Decimal(60000)]]
    history = frames["people_history"].set_index("month")
    assert teams(frames) == {**dict.fromkeys(("01", "02", "03", "04"), "support"), **dict.fromkeys(("05", "06", "07", "08", "09"), "sales")}
    assert history.loc["2026-04-01", ["entity", "salary", "currency"]].tolist() == ["us", Decimal(50000), "USD"]
    assert history.loc["2026-05-01", ["entity", "salary", "currency"]].tolist() == ["de", Decimal(60000), "EUR"]
    assert told(frames) == []


def test_a_row_that_ends_on_the_day_of_the_cut_still_counts_and_one_that_begins_after_it_is_not_seen(kiosk):
    rows = ANN.format("support", "us", 50000, "USD", "2026-01-01", "2026-09-30") + ANN.format("sales", "us", 60000, "USD", "2026-10-01", "")
    frames = kiosk(HEAD + rows)
    assert frames["people"]["team"].tolist() == ["support"]
    assert set(teams(frames).values()) == {"support"}
    assert (len(frames["quarantine"]), told(frames)) == (0, [])


PEOPLE = "id,person,start,end,pay\n1,p1,2026-01-01,,100\n2,p2,2026-02-01,2026-06-30,100\n"
SECOND = "2,product,2026-02-01 00:00:00,9999-12-31 23:59:59\n"
CASES = [
    ("1,support,2026-01-01,2026-04-30\n1,sales,2026-05-01,\n", []),
    ("1,support,2025-11-03 10:00:00,2026-04-30 23:59:59.999000\n1,sales,2026-05-01 00:00:00,9999-12-31 23:59:59\n", []),  # a moment apart
    ("1,support,2026-01-01 08:00:00,2026-05-01 09:00:00\n1,sales,2026-05-01 09:00:00,9999-12-31 23:59:59\n", []),
    (
        "1,support,2026-01-01,2026-06-15\n1,sales,2026-05-01,\n",
        ["1 person has dated rows of moves that overlap: p1 (2026-05-01 to 2026-06-15); the one that began last counts"],
    ),
    (
        "1,support,2026-01-01,2026-03-10\n1,sales,2026-05-01,\n",
        ["1 person has days at work that no row of moves covers: p1 (2026-03-11 to 2026-04-30); months that end on them count as today"],
    ),
    (
        "1,sales,2026-05-01,\n",
        ["1 person has days at work that no row of moves covers: p1 (2026-01-01 to 2026-04-30); months that end on them count as today"],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), CASES)
def test_dated_rows_that_overlap_or_leave_days_out_are_named_and_no_head_is_lost(kiosk, rows, expected):
    frames = kiosk(PEOPLE, f"id,team,since,until\n{rows}{SECOND}")
    assert told(frames) == expected
    assert Counter(teams(frames)[month] for month in ("05", "06", "07", "08", "09")) == {"sales": 5}
    assert frames["people_history"].groupby("month").size().tolist() == [1, 2, 2, 2, 2, 2, 1, 1, 1]


def test_days_after_a_leavers_last_one_need_no_row(kiosk):
    left = "2,product,2026-02-01 00:00:00,2026-09-30 23:59:59\n1,sales,2026-01-01,\n"
    assert told(kiosk(PEOPLE, f"id,team,since,until\n{left}")) == []


FIRST = date(2025, 12, 1)
STEPS = st.lists(st.tuples(st.integers(1, 120), st.sampled_from(["sales", "support", "product"]), st.integers(1, 9)), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 250), STEPS, st.none() | st.integers(0, 60)), min_size=1, max_size=5))
def test_heads_of_teams_add_up_to_the_company_s_and_follow_any_dated_rows(kiosk, drawn):
    lines, facts = [], []
    for number, (begin, steps, stays) in enumerate(drawn):
        start, since, spans = FIRST + timedelta(days=begin), FIRST + timedelta(days=begin), []
        for index, (days, team, pay) in enumerate(steps):
            until = None if index == len(steps) - 1 else since + timedelta(days=days - 1)
            spans.append((since, until, team, pay * 1000))
            since += timedelta(days=days)
        end = None if stays is None else max(spans[-1][0], start) + timedelta(days=stays)
        facts.append((start, end, spans))
        lines += [f"p{number},P,{team},us,Agent,{start},{end or ''},{pay},USD,{begins},{until or ''}" for begins, until, team, pay in spans]
    frames = kiosk(HEAD + "\n".join(lines) + "\n")
    history = frames["people_history"]
    for month in sorted(set(history["month"])):
        day, here = month_end(month), history[history["month"] == month]
        at_work = [spans for start, end, spans in facts if start <= day and (end is None or end >= day)]
        known = [next(span for span in spans if span[0] <= day and (span[1] is None or day <= span[1])) for spans in at_work]
        assert Counter(here["team"]) == Counter(team for _, _, team, _ in known)
        assert sum(here["salary"], Decimal(0)) == sum(pay for *_, pay in known)
    rows = list(heads(history))
    for month in {month for _, _, month, _ in rows}:
        parts = {team: value for _, team, when, value in rows if when == month}
        assert parts.pop("") == sum(parts.values())
    assert told(frames) == []
