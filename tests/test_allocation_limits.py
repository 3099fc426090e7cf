"""allocation.yml: read, refused with its lines, turned into rows, and the frames that come of it."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest

from aop_lib import money
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.plan.allocation_frames import Asked, allocation_findings, allocation_frames
from aop_lib.plan.allocation_limits import allocation_problem
from aop_lib.plan.allocation_problem import usage
from aop_lib.report.charts_frontier import frontier

COMPANY = """\
name: Tiny
reporting_currency: USD
owners: [{id: ada, name: Ada Ash, title: CFO}, {id: bob, name: Bob}]
entities: [{id: us, name: Tiny Inc, currency: USD}]
teams:
  - {id: all, name: Company, owner: ada}
  - {id: selling, name: Selling, owner: ada, parent: all}
  - {id: field, name: Field, owner: ada, parent: selling}
  - {id: building, name: Building, owner: ada, parent: all}
lines: [{id: revenue, name: Revenue, type: revenue}]
"""
CYCLE = "kind: plan\ncycle: fy2026\nlast_closed_month: 2025-09\n"
MONTHS = list(pd.date_range("2026-01-01", periods=12, freq="MS"))
SAID = "reason: agreed, owner: ada"


@pytest.fixture
def written(tmp_path):
    """Writes a company with that allocation.yml."""

    def write(limits):
        folder = tmp_path / "tiny"
        folder.mkdir(exist_ok=True)
        texts = {"company": COMPANY, "fy2026": CYCLE, "allocation": limits}
        for name, text in texts.items():
            if text is not None:
                (folder / f"{name}.yml").write_text(dedent(text))
        return folder / "fy2026.yml"

    return write


def asked(*rows, decided=None, order=()):
    """Rows of (request, option, team, value, start, months, amount a month, heads)."""
    options = pd.DataFrame([{"request": r, "option": o, "team": t, "goal": "", "value": v} for r, o, t, v, *_ in rows])
    uses = pd.DataFrame(
        [
            {"request": r, "option": o, "month": month, "amount": amount, "heads": heads}
            for r, o, _, _, start, length, amount, heads in rows
            for month in MONTHS[start : start + length]
        ],
        columns=["request", "option", "month", "amount", "heads"],
    )
    return Asked(options, uses.assign(amount=money.money_series(uses["amount"])), order, decided or {})


A = ("ads", "full", "field", 12.0, 0, 12, "0.50", 0)
B = ("builder", "full", "building", 9.0, 6, 5, "1.00", 2)


def made(params, question, cash=None):
    return allocation_frames(params, question, cash or {})


def test_without_a_file_nothing_limits_and_everything_of_value_is_proposed(written):
    params = load(written(None))
    got = made(params, asked(A, B))
    assert params.allocation.limits == []
    assert list(got["allocation"]["proposed"]) == [True, True]
    assert got["limit_prices"].empty
    assert got["frontier"].empty


def test_the_worked_example_in_frames(written):
    params = load(written(f"envelope: year\nmoney: [{{id: year, at_most: 10.00, {SAID}}}]\ngap: 0\n"))
    got = made(params, asked(B, A, order=["builder", "ads"], decided={"builder": "full"}))
    options = got["allocation"].set_index("request")
    assert list(options["proposed"]) == [True, False]
    assert options.loc["builder", "needs_money"] == Decimal("1.00")
    assert options.loc["builder", "needs"] == "1 outside the limit of at most 10 for the company in the year"
    assert options.loc["builder", "reason"] == "does not fit beside what is proposed: at most 10 for the company in the year"
    assert bool(options.loc["builder", "nearest"])
    price = got["limit_prices"].iloc[0]
    assert (price["price"], price["holds_from"], price["holds_to"], price["used"]) == (Decimal("1.8"), Decimal(6), Decimal(11), Decimal(6))
    ways = got["allocation_ways"].set_index("way")
    assert (ways.loc["relaxation", "value"], ways.loc["proposed", "value"], ways.loc["first_come", "value"]) == (Decimal("19.2"), Decimal(12), Decimal(9))
    assert ways.loc["first_come", "lost"] == Decimal(3)
    here = got["frontier"][got["frontier"]["current"]].iloc[0]
    assert (here["level"], here["value"], here["proposed"]) == (Decimal("10.00"), Decimal("19.2"), Decimal(12))
    priced = got["limit_prices"].set_index("limit").loc["year"]
    assert (priced["price"], priced["holds_to"]) == (Decimal("1.8"), Decimal(11))
    costs = got["override_costs"].set_index("request")
    assert costs.loc["builder", "cost"] == Decimal(3)
    assert list(got["allocation_rounds"]["kept"]) == [True]


def test_every_kind_of_limit_becomes_rows_of_exact_amounts(written):
    text = f"""\
    money:
      - {{id: m_year, at_most: 8.00, {SAID}}}
      - {{id: m_third, at_least: 1.00, period: q3, teams: [building], {SAID}}}
      - {{id: m_selling, at_most: 5.00, teams: [selling], {SAID}}}
    heads: [{{id: people, at_most: 1, {SAID}}}]
    needs: [{{id: need, request: ads, needs: builder, {SAID}}}]
    excludes: [{{id: either, requests: [ads, builder], {SAID}}}]
    must: [{{id: must, request: ads, option: full, {SAID}}}]
    cash: [{{id: floor, at_least: 100.00, start: 2026-11, {SAID}}}]
    """
    params = load(written(text))
    cash = {month: Decimal(104) for month in MONTHS}
    question = asked(A, B)
    problem = allocation_problem(params.allocation, question.options, question.uses, params.company.teams, cash, params.year_months)
    both = dict(zip(((each.limit, each.period) for each in problem.what), usage(problem.rows, np.ones(2, bool)).tolist(), strict=True))
    assert both == {
        ("either", ""): 2,
        ("floor", "2026-11"): -1050,
        ("floor", "2026-12"): -1100,
        ("m_selling", "year"): 600,
        ("m_third", "q3"): 300,
        ("m_year", "year"): 1100,
        ("must", ""): 1,
        ("need", ""): 0,
        ("people", "q1"): 0,
        ("people", "q2"): 0,
        ("people", "q3"): 2,
        ("people", "q4"): 2,
    }
    least = dict(zip(((each.limit, each.period) for each in problem.what), problem.rows.lower.tolist(), strict=True))
    assert least["floor", "2026-12"] == -400


def test_limits_that_contradict_one_another_are_named_with_who_answers_for_them(written):
    text = f"""\
    money:
      - {{id: envelope, at_most: 5.00, {SAID}}}
      - {{id: spare, at_most: 500.00, {SAID}}}
    must: [{{id: promised, request: ads, {SAID.replace("ada", "bob")}}}]
    """
    params = load(written(text))
    got = made(params, asked(A, B))
    assert list(got["contradictions"]["limit"]) == ["envelope", "promised"]
    assert list(got["contradictions"]["owner"]) == ["Ada Ash, CFO", "Bob"]
    assert got["allocation"].empty
    found = allocation_findings(params, asked(A, B).options, got["contradictions"])
    assert [(each["severity"], each["where"]) for each in found] == [("error", "envelope, promised")]


def test_a_limit_on_a_request_that_nobody_submitted_is_a_finding_with_the_nearest_name(written):
    text = f"""\
    needs: [{{id: need, request: ads, needs: bulder, {SAID}}}]
    excludes: [{{id: either, requests: [ads, fair], {SAID}}}]
    must: [{{id: must, request: ads, option: large, {SAID}}}]
    """
    params = load(written(text))
    found = allocation_findings(params, asked(A, B).options, pd.DataFrame({"limit": [], "owner": []}))
    assert [each["where"] for each in found] == ["either", "must", "need"]
    assert found[2]["found"] == "bulder (did you mean 'builder'?)"
    assert "cannot be funded" in found[2]["what"]


def test_what_rules_keep_out_is_said_in_words(written):
    text = f"""\
    excludes: [{{id: either, requests: [ads, builder], {SAID}}}]
    heads: [{{id: people, at_most: 1, period: q3, {SAID}}}]
    """
    options = made(load(written(text)), asked(A, B))["allocation"].set_index("request")
    assert (
        options.loc["builder", "needs"] == "the rule to give way: only one of ads and builder; 1 head outside the limit of at most 1 head for the company in Q3"
    )
    assert options.loc["builder", "needs_money"] == 0


def test_every_fault_of_the_file_has_its_line(written):
    text = f"""\
    envelope: nowhere
    gap: 200 %
    money:
      - {{id: one, at_most: -1, reason: r, owner: adda}}
      - {{id: one, reason: r, owner: ada, teams: [feld]}}
      - {{id: two, at_least: 9, at_most: 3, {SAID}, goals: [growth]}}
    needs: [{{id: three, request: a, needs: a, {SAID}}}]
    excludes: [{{id: four, requests: [a], {SAID}}}]
    cash: [{{id: five, at_least: 1, start: 2030-01, {SAID}}}]
    """
    with pytest.raises(InputRefusedError) as refused:
        load(written(text))
    found = [str(fault) for fault in refused.value.faults]
    assert sorted({line.split(": ")[0] for line in found}) == [f"tiny/allocation.yml:{line}" for line in (1, 2, 4, 5, 6, 7, 8, 9)]
    assert any("'ada'" in line for line in found)
    assert any("'field'" in line for line in found)


def test_a_limit_without_a_reason_or_an_owner_is_refused(written):
    with pytest.raises(InputRefusedError) as refused:
        load(written("money: [{id: one, at_most: 1}]\n"))
    assert len(refused.value.faults) == 2


def test_a_cash_floor_without_the_cash_of_a_month_is_refused(written):
    params = load(written(f"cash: [{{id: floor, at_least: 1, {SAID}}}]\n"))
    with pytest.raises(ValueError, match="no cash at the end of 2026-01"):
        made(params, asked(A))


def test_the_order_of_the_rows_changes_no_frame(written):
    params = load(written(f"envelope: year\nmoney: [{{id: year, at_most: 10.00, {SAID}}}]\n"))
    one, other = asked(A, B, order=["ads", "builder"]), asked(B, A, order=["ads", "builder"])
    for name, frame in made(params, one).items():
        pd.testing.assert_frame_equal(frame, made(params, other)[name])


def test_no_request_is_no_allocation(written):
    params = load(written(f"money: [{{id: year, at_most: 10.00, {SAID}}}]\n"))
    options = pd.DataFrame({"request": [], "option": [], "team": [], "goal": [], "value": []})
    uses = pd.DataFrame({"request": [], "option": [], "month": pd.to_datetime([]), "amount": money.money_series([]), "heads": []})
    assert all(frame.empty for frame in made(params, Asked(options, uses, (), {})).values())


def test_the_frontier_is_drawn_in_two_sizes_with_todays_envelope_and_the_same_bytes(written):
    got = made(load(written(f"envelope: year\nmoney: [{{id: year, at_most: 10.00, {SAID}}}]\n")), asked(A, B))
    page = frontier(got["frontier"], "USD", alt="<b>rises</b>").html
    assert page == frontier(got["frontier"], "USD", alt="<b>rises</b>").html
    assert page.count("<svg") == 2
    assert page.count("today: ") == 2
    assert "<b>" not in page
    assert "no envelope" in frontier(got["frontier"].head(0), "USD", alt="none").html
