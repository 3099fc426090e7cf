"""The budget: the base carried forward by rules, approved requests on top, the year before beside it."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import ACCOUNTS, LINES, TEAMS, amounts, every_month, ledger, params, request_lines, requests, review

from aop_lib import frames
from aop_lib.money import total
from aop_lib.periods import month_of
from aop_lib.plan.budget import base_budget, budget_control_totals, statement, team_budgets, year_end_estimate
from aop_lib.plan.budget import budget as budget_of
from aop_lib.plan.budget_review import assumed_rules, budget_findings, budget_story, imported_findings
from aop_lib.plan.carry_forward import place_rules
from aop_lib.plan.profit_and_loss import line_totals, profit
from aop_lib.plan.requests import request_status

APPROVE = {"request": "hire", "decision": "approve", "option": "full", "by": "ceo", "on": "2026-09-25", "why": "yes"}
STEADY = ledger(*every_month("selling", "4000", "1000", count=9), *every_month("building", "6000", "600", count=9))


def base(cycle, actuals, imported=None):
    return base_budget(cycle, actuals, ACCOUNTS, LINES, imported)


def months_of(table, account="6000", team="building"):
    return list(table.loc[(table["account"] == account) & (table["team"] == team), "amount"])


def imported(name="fy2027", *rows):
    return frames.conformed("imported_budget", amounts(*rows, budget=name))


def test_a_run_rate_is_the_mean_of_the_last_closed_months():
    actuals = ledger(
        ("building", "6000", "2026-06", "999"),
        ("building", "6000", "2026-07", "100"),
        ("building", "6000", "2026-08", "100"),
        ("building", "6000", "2026-09", "101"),
    )
    assert months_of(base(params(), actuals)) == [Decimal("100.33")] * 12


def test_a_month_without_a_posting_counts_as_zero_in_the_mean():
    actuals = ledger(("building", "6000", "2026-07", "90"), ("selling", "6100", "2026-08", "1"))
    assert months_of(base(params(), actuals)) == [Decimal("30.00")] * 12


def test_the_window_is_cut_to_what_the_ledger_covers():
    actuals = ledger(("building", "6000", "2026-08", "90"), ("building", "6000", "2026-09", "110"))
    assert months_of(base(params(drivers={"window_months": "6"}), actuals)) == [Decimal("100.00")] * 12


def test_growth_counts_once_and_monthly_growth_compounds_from_the_last_closed_month():
    cycle = params(drivers={"rules": [{"account": "6000", "growth": "10 %", "monthly_growth": "1 %"}]})
    assert months_of(base(cycle, STEADY)) == [round(Decimal(600) * Decimal("1.1") * Decimal("1.01") ** since, 2) for since in range(4, 16)]
    estimate = year_end_estimate(cycle, STEADY, ACCOUNTS, LINES)
    assert months_of(estimate)[9:] == [round(Decimal(600) * Decimal("1.01") ** since, 2) for since in range(1, 4)]


def test_the_same_month_last_year_keeps_its_season_and_an_open_month_takes_the_year_before_that():
    actuals = ledger(
        *[("building", "6000", f"2025-{month:02d}", str(month)) for month in range(1, 13)],
        *[("building", "6000", f"2026-{month:02d}", str(100 + month)) for month in range(1, 10)],
    )
    cycle = params(drivers={"rules": [{"account": "6000", "method": "same_month_last_year", "growth": "10 %"}]})
    assert months_of(base(cycle, actuals)) == [Decimal(amount) * Decimal("1.1") for amount in (101, 102, 103, 104, 105, 106, 107, 108, 109, 10, 11, 12)]
    assert months_of(year_end_estimate(cycle, actuals, ACCOUNTS, LINES))[9:] == [Decimal(10), Decimal(11), Decimal(12)]


def test_where_the_ledger_does_not_reach_back_to_the_same_month_the_run_rate_stands_in_and_a_finding_says_so():
    cycle = params(drivers={"rules": [{"account": "6000", "method": "same_month_last_year", "growth": "10 %", "source": "board"}, {"source": "board"}]})
    actuals = ledger(*every_month("building", "6000", "600", "2026-01", 6), *every_month("building", "6000", "900", "2026-07", 3))
    own = base(cycle, actuals)
    assert months_of(own) == [Decimal(660)] * 6 + [Decimal(990)] * 6
    status = request_status(cycle, requests(), request_lines())
    found = budget_findings(
        cycle, own, budget_of(cycle, own, request_lines(), status), year_end_estimate(cycle, actuals, ACCOUNTS, LINES), status, ACCOUNTS, LINES, TEAMS, actuals
    )
    assert "history" in set(found["topic"])


def test_what_ends_with_the_last_closed_month_has_no_base():
    cycle = params(
        drivers={"rules": [{"account": "6000", "monthly_growth": "-1"}, {"line": "sales", "monthly_growth": "-1"}]}, cycle={"last_closed_month": "2027-01"}
    )
    actuals = ledger(*every_month("building", "6000", "600", "2026-11", 3))
    assert months_of(base(cycle, actuals)) == [Decimal(600)] + [Decimal(0)] * 11


def test_an_imported_rule_takes_the_budget_made_elsewhere_and_only_there():
    cycle = params(drivers={"rules": [{"account": "6000", "method": "imported"}]})
    elsewhere = imported("fy2027", *every_month("building", "6000", "700", "2027-01"), *every_month("building", "6100", "5", "2027-01"))
    table = base(cycle, STEADY, elsewhere)
    assert months_of(table) == [Decimal(700)] * 12
    assert months_of(table, "4000", "selling") == [Decimal(1000)] * 12
    assert months_of(table, "6100") == []


def test_only_profit_and_loss_accounts_are_carried_and_entities_stay_apart():
    actuals = ledger(("building", "6000", "2026-09", "30"), ("", "1000", "2026-09", "500"), ("building", "9900", "2026-09", "12"))
    both = pd.concat([actuals, actuals.assign(entity="de")], ignore_index=True)
    table = base(params(), both)
    assert set(table["account"]) == {"6000"}
    assert table.groupby("entity")["amount"].sum().to_dict() == {"de": Decimal(360), "us": Decimal(360)}


RULES = [{"source": "none"}, {"team": "all", "source": "group"}, {"line": "people", "source": "line"}, {"account": "6000", "source": "account"}, {"account": "6000", "team": "all", "source": "account, group"},
         {"account": "6000", "team": "building", "source": "account, team"}, {"account": "6000", "source": "second"}]  # fmt: skip


@pytest.mark.parametrize(
    ("account", "team", "source"),
    [
        ("6000", "building", "account, team"),
        ("6000", "selling", "account, group"),
        ("6000", "", "account"),
        ("6010", "building", "account, team"),
        ("6100", "building", "group"),
        ("6100", "", "none"),
    ],
)
def test_the_most_specific_rule_wins_and_a_rule_holds_for_what_lies_below_it(account, team, source):
    for rules in (RULES, RULES[::-1][1:] + RULES[-1:]):
        cycle = params(drivers={"rules": rules})
        assert place_rules(cycle, ACCOUNTS, [(account, team)])[account, team].source == source


def test_a_line_beats_a_team_and_nothing_is_a_run_rate():
    cycle = params(drivers={"rules": RULES[:3]})
    assert place_rules(cycle, ACCOUNTS, [("6000", "building")])["6000", "building"].source == "line"
    assert place_rules(params(), ACCOUNTS, [("6000", "building")])["6000", "building"].method == "run_rate"


def planned(cycle, actuals, lines, asked):
    status = request_status(cycle, asked, lines)
    own = base(cycle, actuals)
    return own, budget_of(cycle, own, lines, status), status


def test_the_budget_is_the_base_and_the_approved_option_in_its_own_layer():
    lines = request_lines(
        ("hire", "full", "selling", "6000", "2027-03", "500"),
        ("hire", "small", "selling", "6000", "2027-03", "1"),
        ("lab", "full", "building", "5000", "2027-03", "70"),
    )
    own, table, _ = planned(params(decisions=[APPROVE]), STEADY, lines, requests(("hire", "selling", {"submitted_by": "bea"}), ("lab", "building")))
    assert set(table["layer"]) == {"base", "hire"}
    assert total(table["amount"]) == total(own["amount"]) + 500


def test_an_approved_request_lands_in_the_entity_that_keeps_its_currency():
    lines = request_lines(("hire", "full", "selling", "6000", "2027-03", "500", "EUR"), ("hire", "full", "selling", "6000", "2027-03", "7", "CHF"))
    _, table, _ = planned(params(decisions=[APPROVE]), STEADY, lines, requests(("hire", "selling", {"submitted_by": "bea"})))
    own = table[table["layer"] == "hire"]
    assert dict(zip(own["entity"], own["amount"], strict=True)) == {"de": Decimal(500), "us": Decimal(7)}


ROW = st.tuples(
    st.sampled_from(["selling", "building"]), st.sampled_from(["4000", "4090", "5000", "6000", "6100", "9000"]), st.integers(1, 9), st.integers(-(10**8), 10**8)
)
ASK = st.tuples(
    st.sampled_from(["hire", "lab"]),
    st.sampled_from(["selling", "building"]),
    st.sampled_from(["6000", "6100", "1000"]),
    st.integers(1, 12),
    st.integers(1, 10**7),
)


@settings(max_examples=15)
@given(st.lists(ROW, min_size=1, max_size=20), st.lists(ASK, min_size=1, max_size=8), st.sets(st.sampled_from(["hire", "lab"])))
def test_the_budget_ties_to_the_cent_in_every_direction(rows, asks, approved):
    actuals = ledger(*[(team, account, f"2026-{month:02d}", Decimal(cents) / 100) for team, account, month, cents in rows])
    lines = request_lines(*[(name, "full", team, account, f"2027-{month:02d}", Decimal(cents) / 100) for name, team, account, month, cents in asks])
    asked = requests(*[(name, "selling", {"submitted_by": "bea"}) for name in sorted({ask[0] for ask in asks})])
    cycle = params(decisions=[{**APPROVE, "request": name} for name in sorted(approved)], drivers={"rules": [{"line": "sales", "monthly_growth": "1.75 %"}]})
    own, table, status = planned(cycle, actuals, lines, asked)
    assert budget_control_totals(cycle, own, table, status, ACCOUNTS, LINES)["ties"].all()
    estimate = year_end_estimate(cycle, actuals, ACCOUNTS, LINES)
    page = statement(cycle, table, estimate, ACCOUNTS, LINES)
    assert len(page) == 24 * len(LINES)
    assert total(page.loc[page["basis"] == "budget", "amount"]) == total(line_totals(table, ACCOUNTS, LINES)["amount"])
    assert total(page.loc[page["basis"] != "budget", "amount"]) == total(line_totals(estimate, ACCOUNTS, LINES)["amount"])
    teams = team_budgets(table, estimate, ACCOUNTS, LINES, TEAMS, ("cost_of_revenue", "opex"))
    assert total(teams["budget"]) == total(teams["base"]) + total(teams["approved"])
    again = planned(cycle, actuals.iloc[::-1], lines.iloc[::-1], asked.iloc[::-1])
    assert again[1].equals(table)


@settings(max_examples=15)
@given(st.integers(-(10**6), 10**6), st.integers(0, 50))
def test_twice_the_actuals_is_twice_the_base_within_a_cent(cents, growth):
    cycle = params(drivers={"rules": [{"account": "6000", "monthly_growth": f"{growth} %"}]})
    once, twice = (months_of(base(cycle, ledger(("building", "6000", "2026-09", Decimal(size) / 100)))) for size in (cents, 2 * cents))
    assert all(abs(2 * here - there) <= Decimal("0.01") for here, there in zip(once, twice, strict=True))


def test_month_by_month_equals_the_year_at_once():
    from aop_lib.plan.carry_forward import carried_forward

    cycle = params(drivers={"rules": [{"line": "sales", "monthly_growth": "1.75 %"}, {"account": "6000", "method": "same_month_last_year", "growth": "3 %"}]})
    whole = base(cycle, STEADY)
    single = pd.concat([carried_forward(cycle, STEADY, ACCOUNTS, LINES, [month]) for month in cycle.year_months], ignore_index=True)
    assert frames.conformed("base_budget", single).equals(whole)
    assert len(whole) == 24


def test_a_closed_month_is_never_estimated_and_an_open_one_never_actual():
    estimate = year_end_estimate(params(), STEADY, ACCOUNTS, LINES)
    assert estimate.loc[estimate["basis"] == "actual", "month"].max() == month_of("2026-09")
    assert sorted(estimate.loc[estimate["basis"] == "estimate", "month"].unique()) == [month_of(f"2026-{month}") for month in (10, 11, 12)]
    assert set(year_end_estimate(review(), STEADY, ACCOUNTS, LINES)["basis"]) == {"actual"}


def test_of_several_imported_budgets_one_must_be_named():
    cycle = review(cycle={"baseline": "imported:board"})
    rows = pd.concat(
        [imported("board", *every_month("building", "6000", "700", "2027-01")), imported("draft", *every_month("building", "6000", "1", "2027-01"))]
    )
    assert list(imported_findings(params(), rows)["severity"]) == ["error"]
    assert list(imported_findings(cycle, rows)["severity"]) == ["note"]


def test_what_nobody_has_sourced_is_shown_with_the_amount_that_rests_on_it():
    cycle = params(drivers={"rules": [{"line": "sales", "source": "price list"}, {"account": "6000", "growth": "5 %", "owner": "bea"}]})
    actuals = pd.concat([STEADY, ledger(*every_month("selling", "6100", "10", count=9))], ignore_index=True)
    table = assumed_rules(cycle, base(cycle, actuals), ACCOUNTS)
    assert [(row.rule, row.amount) for row in table.itertuples()] == [("6000", Decimal(7560)), ("accounts without a rule", Decimal(120))]
    assert assumed_rules(params(drivers={"rules": [{"source": "board"}]}), base(cycle, STEADY), ACCOUNTS).empty


def test_jumps_lost_lines_capital_and_open_requests_are_findings():
    lines = request_lines(
        ("hire", "full", "building", "6000", "2027-03", "5000"),
        ("hire", "full", "building", "1000", "2027-03", "70"),
        ("lab", "full", "building", "5000", "2027-03", "70"),
    )
    actuals = pd.concat([STEADY, ledger(("selling", "9000", "2026-02", "80"))], ignore_index=True)
    cycle = params(decisions=[APPROVE], drivers={"rules": [{"source": "board"}]})
    own, table, status = planned(cycle, actuals, lines, requests(("hire", "building"), ("lab", "building")))
    found = budget_findings(cycle, own, table, year_end_estimate(cycle, actuals, ACCOUNTS, LINES), status, ACCOUNTS, LINES, TEAMS)
    assert {(row.topic, row.where, row.owner) for row in found.itertuples()} == {
        ("jump", "Building", "Bea Birch"), ("line", "Taxes", "Ada Ash, CEO"), ("account", "hire", "Bea Birch"), ("undecided", "1 request", "Ada Ash, CEO")}  # fmt: skip
    assert found.set_index("topic").loc["line", "amount"] == 80


def test_the_first_screen_says_revenue_profit_and_how_many_requests_are_in_it():
    lines = request_lines(("hire", "full", "selling", "6000", "2027-03", "500"), ("lab", "full", "building", "5000", "2027-03", "70"))
    cycle = params(decisions=[APPROVE])
    asked = requests(("hire", "selling", {"submitted_by": "bea"}), ("lab", "building"))
    _, table, status = planned(cycle, STEADY, lines, asked)
    page = budget_story(cycle, table, year_end_estimate(cycle, STEADY, ACCOUNTS, LINES), status, asked, ACCOUNTS, LINES)
    text = page.loc[page["kind"] == "message", "text"].item().replace("\u00a0", " ")
    assert text == "FY2027 budget: revenue 12 k, operating profit 4.3 k; 1 of 2 requests approved, 1 undecided"
    figure = page[page["label"] == "Operating profit"].iloc[0]
    assert figure["value"] == profit(table, ACCOUNTS, LINES) == 4300
    assert (figure["reference"], figure["reference_label"]) == (4800, "prior year")


def test_without_actuals_there_is_no_budget_and_the_page_says_so():
    cycle = params()
    own, table, status = planned(cycle, ledger(), request_lines(), requests())
    estimate = year_end_estimate(cycle, ledger(), ACCOUNTS, LINES)
    page = budget_story(cycle, table, estimate, status, requests(), ACCOUNTS, LINES)
    assert page.loc[page["kind"] == "message", "text"].item() == "FY2027 has no budget"
    assert list(budget_findings(cycle, own, table, estimate, status, ACCOUNTS, LINES, TEAMS)["topic"]) == ["budget"]
