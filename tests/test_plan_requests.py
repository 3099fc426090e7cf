"""Requests: only a decision that counts funds one, and every gap is a finding with its owner."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import TEAMS, goal, params, request_lines, requests, review, submissions, with_teams

from aop_lib.money import total
from aop_lib.plan.owners import decider
from aop_lib.plan.request_findings import request_findings
from aop_lib.plan.requests import decision_due, request_status, request_story, team_requests

LINES = request_lines(
    ("hire", "small", "selling", "6000", "2027-03", "500"),
    ("hire", "full", "selling", "6000", "2027-03", "500", "USD", 2),
    ("hire", "full", "selling", "6100", "2027-04", "300", "USD", 2),
)
HIRE = requests(("hire", "selling", {"round": 2}))


def decided(*decisions):
    base = {"request": "hire", "round": "2", "decision": "approve", "option": "full", "by": "ceo", "on": "2026-09-25", "why": "yes"}
    return params(goals=[goal()], decisions=[{key: value for key, value in {**base, **each}.items() if value is not None} for each in decisions])


def status(*decisions, lines=LINES):
    return request_status(decided(*decisions), HIRE, lines).iloc[0]


def test_the_largest_option_is_what_is_asked():
    row = status()
    assert (row["asked"], row["heads"], row["decision"], row["approved"]) == (Decimal(800), 2, "undecided", Decimal(0))
    assert row["reason"] == "no decision yet"


def test_an_approved_option_is_funded_in_full():
    row = status({"option": "small"})
    assert (row["decision"], row["option"], row["approved"], row["decided_by"], row["reason"]) == ("approved", "small", Decimal(500), "Ada Ash, CEO", "yes")


@pytest.mark.parametrize(("decision", "word"), [("revise", "sent back"), ("reject", "rejected")])
def test_what_is_sent_back_or_rejected_is_not_funded(decision, word):
    row = status({"decision": decision, "option": None})
    assert (row["decision"], row["approved"]) == (word, Decimal(0))


def test_the_last_decision_on_the_latest_round_counts():
    assert status({"decision": "revise", "option": None}, {"option": "small"})["decision"] == "approved"
    assert status({"option": "small"}, {"decision": "reject", "option": None})["approved"] == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"round": "1"}, "the decision of 25 Sep 2026 is on round 1, the latest is round 2"),
        ({"by": "sal"}, "the decision of 25 Sep 2026 is by the submitter"),
        ({"by": "stranger"}, "the decision of 25 Sep 2026 is by stranger, who is no owner"),
        ({"option": "huge"}, "the approval of 25 Sep 2026 names option huge, which is not there"),
        ({"option": None}, "the approval of 25 Sep 2026 names none of its options"),
        ({"on": "2026-11-01"}, "no decision yet"),
    ],
)
def test_a_decision_that_does_not_count_leaves_the_request_undecided_and_says_why(changes, reason):
    row = status(changes)
    assert (row["decision"], row["approved"], row["reason"]) == ("undecided", Decimal(0), reason)


def test_an_outdated_approval_does_not_stand_in_for_a_missing_one_but_a_valid_one_beside_it_does():
    assert status({"round": "1"}, {"option": "small"}, {"by": "sal"})["approved"] == 500


def test_a_single_option_need_not_be_named():
    only = LINES[LINES["option"] == "full"]
    assert status({"option": None}, lines=only)["approved"] == 800


def test_months_outside_the_year_are_neither_asked_nor_approved():
    late = request_lines(("hire", "full", "selling", "6000", "2027-12", "500"), ("hire", "full", "selling", "6000", "2028-01", "500"))
    row = request_status(decided({}), HIRE, late).iloc[0]
    assert (row["asked"], row["approved"]) == (Decimal(500), Decimal(500))


ROW = st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y"]), st.integers(1, 12), st.integers(-10_000, 10**8))


@settings(max_examples=20)
@given(st.lists(ROW, min_size=1, max_size=20), st.sets(st.sampled_from(["a", "b", "c"])), st.randoms(use_true_random=False))
def test_asked_and_approved_are_sums_whatever_the_order(rows, approved, shuffle):
    lines = request_lines(*[(request, option, "selling", "6000", f"2027-{month:02d}", Decimal(cents) / 100) for request, option, month, cents in rows])
    asked = requests(*[(name, "selling", {"submitted_by": "bea"}) for name in sorted({row[0] for row in rows})])
    cycle = params(
        decisions=[{"request": each, "decision": "approve", "option": "x", "by": "ceo", "on": "2026-09-25", "why": "yes"} for each in sorted(approved)]
    )
    table = request_status(cycle, asked, lines).set_index("request")
    for name in table.index:
        sums = {
            option: sum((Decimal(row[3]) / 100 for row in rows if row[:2] == (name, option)), Decimal(0))
            for option in {row[1] for row in rows if row[0] == name}
        }
        assert table.loc[name, "asked"] == max(sums.values())
        assert table.loc[name, "approved"] == (sums["x"] if name in approved and "x" in sums else 0)
    mixed = lines.sample(frac=1, random_state=shuffle.randrange(1000))
    assert request_status(cycle, asked, mixed).equals(table.reset_index())


def found(cycle, asked, lines, sent=()):
    table = request_findings(cycle, asked, lines, request_status(cycle, asked, lines), submissions(*sent))
    return {(row.severity, row.topic, row.where) for row in table.itertuples()}


def test_a_decided_request_with_goal_and_evidence_yields_no_finding():
    assert found(decided({}), HIRE, LINES, [("selling", "submitted"), ("building", "submitted_empty")]) == set()


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"goal": ""}, ("warning", "goal", "hire")),
        ({"goal": "fame"}, ("warning", "goal", "hire")),
        ({"evidence": " "}, ("warning", "evidence", "hire")),
        ({"kind": "replaces"}, ("warning", "kind", "hire")),
    ],
)
def test_each_gap_of_a_request_is_a_finding(changes, finding):
    assert found(decided({}), requests(("hire", "selling", {"round": 2, **changes})), LINES) == {finding}


def test_a_request_that_replaces_and_says_what_it_takes_out_is_fine():
    lines = request_lines(("hire", "full", "selling", "6000", "2027-03", "500"), ("hire", "full", "selling", "6100", "2027-03", "-200"))
    assert found(decided({}), requests(("hire", "selling", {"round": 2, "kind": "replaces"})), lines) == set()


def test_missing_and_refused_teams_are_named():
    assert found(decided({}), HIRE, LINES, [("selling", "missing"), ("building", "refused")]) == {
        ("warning", "submission", "Selling"),
        ("error", "submission", "Building"),
    }


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"by": "sal"}, "error"),
        ({"by": "stranger"}, "error"),
        ({"option": "huge"}, "error"),
        ({"round": "1"}, "note"),
        ({"request": "ghost"}, "warning"),
        ({"on": "2027-01-01"}, "note"),
    ],
)
def test_a_decision_that_does_not_count_is_a_finding_beside_the_one_that_does(changes, severity):
    assert found(decided({}, changes), HIRE, LINES) == {(severity, "decision", changes.get("request", "hire"))}


def test_undecided_requests_and_costs_outside_the_year_carry_their_amounts():
    late = request_lines(("hire", "full", "selling", "6000", "2027-12", "500"), ("hire", "full", "selling", "6000", "2028-01", "70"))
    cycle = params(goals=[goal()])
    table = request_findings(cycle, HIRE, late, request_status(cycle, HIRE, late), submissions()).set_index("topic")
    assert table.loc["decision", "amount"] == 500
    assert table.loc["months", "amount"] == 70
    assert table.loc["decision", "owner"] == "Ada Ash, CEO"


def test_the_first_owner_above_a_team_who_is_not_its_own_decides():
    cycle = params()
    assert decider(cycle, "selling") == "ceo"
    nested = with_teams(
        cycle,
        {"id": "all", "name": "All", "owner": "bea"},
        {"id": "group", "name": "Group", "owner": "sal", "parent": "all"},
        {"id": "selling", "name": "S", "owner": "sal", "parent": "group"},
    )
    assert decider(nested, "selling") == "bea"
    assert decider(nested, "all") == "ceo"


def test_decisions_are_due_before_the_year_starts_and_then_before_the_next_close():
    assert decision_due(params()) == "31 Dec 2026"
    assert decision_due(review()) == "30 Apr 2027"


def test_the_first_screen_asks_for_the_open_decisions_with_their_amounts():
    cycle = params()
    table = request_status(cycle, HIRE, LINES)
    page = request_story(cycle, table, submissions(("building", "missing")), HIRE)
    assert page.loc[page["kind"] == "message", "text"].item() == "1 request asks for 800; 1 undecided, 0 funded"
    asked = page[page["kind"] == "decision"].iloc[0]
    assert (asked["owner"], asked["prepared_by"], asked["due"], asked["amount"]) == ("Ada Ash, CEO", "Sal Sorrel", "31 Dec 2026", Decimal(800))
    assert "Building" in " ".join(page["text"])
    nothing = request_story(review(), request_status(review(), requests(), request_lines()), submissions(), requests())
    assert nothing.loc[nothing["kind"] == "message", "text"].item() == "No team has submitted a request for FY2027 Q1"
    assert set(nothing.loc[nothing["kind"] == "figure", "text"]) == {"FY2027"}, "what is asked is asked for the year, in a review too"


def test_teams_add_up_to_what_all_asked_for():
    asked = requests(("hire", "selling"), ("lab", "building"))
    lines = request_lines(("hire", "a", "selling", "6000", "2027-01", "10.10"), ("lab", "a", "building", "6000", "2027-01", "20.20"))
    table = request_status(params(), asked, lines)
    by_team = team_requests(table, TEAMS)
    assert list(by_team["team"]) == ["selling", "building"]
    assert total(by_team["asked"]) == total(table["asked"]) == total(by_team["undecided"])
