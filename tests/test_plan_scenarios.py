"""Scenarios: overlays that scale parts of the budget, rounded once, and how far each lies from it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import ACCOUNTS, LINES, budget, every_month, params

from aop_lib.money import total
from aop_lib.plan.profit_and_loss import profit
from aop_lib.plan.scenarios import scenario_effects, scenario_findings, scenario_story, scenario_totals, scenarios

PLAN = budget(*every_month("selling", "4000", "1000", "2027-01"), *every_month("selling", "4090", "10", "2027-01"), *every_month("building", "6000", "400.01", "2027-01"),
              *every_month("building", "6010", "50", "2027-01"), *every_month("", "6100", "30", "2027-01"))  # fmt: skip


def cycle(*changes, **more):
    return params(
        scenarios=[
            {"scenario": "what_if", "name": "What if", "reason": "We ask.", "owner": "sal", "changes": [{"why": "because", **each} for each in changes], **more}
        ]
    )


def of(table, account, month, scenario="what_if"):
    own = table[(table["scenario"] == scenario) & (table["account"] == account) & (table["month"] == f"{month}-01")]
    return own["amount"].item()


def test_the_budget_itself_is_the_scenario_base():
    table = scenarios(cycle({"line": "sales", "scale": "0.9"}), PLAN, ACCOUNTS)
    assert total(table.loc[table["scenario"] == "base", "amount"]) == total(PLAN["amount"])


@pytest.mark.parametrize(
    ("change", "account", "expected"),
    [
        ({"line": "sales"}, "4000", "900"),
        ({"line": "sales"}, "4090", "9"),
        ({"line": "sales"}, "6000", "400.01"),
        ({"account": "6000"}, "6010", "45"),
        ({"account": "6010"}, "6000", "400.01"),
        ({"team": "all"}, "6000", "360.01"),
        ({"team": "all"}, "6100", "30"),
        ({"team": "selling"}, "4000", "900"),
        ({}, "6100", "27"),
        ({"account": "6000", "team": "selling"}, "6000", "400.01"),
    ],
)
def test_a_change_holds_for_what_it_names_and_what_lies_below(change, account, expected):
    assert of(scenarios(cycle({**change, "scale": "0.9"}), PLAN, ACCOUNTS), account, "2027-05") == Decimal(expected)


def test_a_change_starts_in_its_month():
    table = scenarios(cycle({"line": "sales", "scale": "0.5", "start": "2027-06"}), PLAN, ACCOUNTS)
    assert [of(table, "4000", month) for month in ("2027-05", "2027-06")] == [Decimal(1000), Decimal(500)]


def test_changes_that_meet_multiply_and_are_rounded_once_half_to_even():
    table = scenarios(
        cycle({"account": "6000", "scale": "0.5"}, {"team": "building", "scale": "0.5"}),
        budget(("building", "6000", "2027-01", "0.10"), ("building", "6010", "2027-01", "0.06")),
        ACCOUNTS,
    )
    assert [of(table, account, "2027-01") for account in ("6000", "6010")] == [Decimal("0.02"), Decimal("0.02")]


CHANGE = st.fixed_dictionaries(
    {"scale": st.sampled_from(["0", "0.333", "0.9", "1", "1.25", "2"])},
    optional={"line": st.sampled_from(["sales", "people"]), "team": st.sampled_from(["all", "building"])},
)


@settings(max_examples=20)
@given(st.lists(CHANGE, max_size=4))
def test_the_order_of_changes_and_rows_changes_nothing_and_lines_sum_to_the_rows(changes):
    forward, backward = cycle(*changes), cycle(*changes[::-1])
    table = scenarios(forward, PLAN, ACCOUNTS)
    assert scenarios(backward, PLAN.iloc[::-1], ACCOUNTS).equals(table)
    totals = scenario_totals(forward, table, ACCOUNTS, LINES)
    effects = scenario_effects(forward, totals, LINES)
    for row in effects.itertuples():
        assert row.operating_profit == profit(table[table["scenario"] == row.scenario], ACCOUNTS, LINES)
        assert row.profit_effect == row.operating_profit - effects["operating_profit"].iloc[0]


def test_a_scale_of_one_changes_nothing_and_a_scale_of_two_doubles():
    table = scenarios(cycle({"scale": "1"}), PLAN, ACCOUNTS)
    assert total(table.loc[table["scenario"] == "what_if", "amount"]) == total(PLAN["amount"])
    double = scenarios(cycle({"scale": "2"}), PLAN, ACCOUNTS)
    assert total(double.loc[double["scenario"] == "what_if", "amount"]) == 2 * total(PLAN["amount"])


def effect(*changes):
    here = cycle(*changes)
    table = scenarios(here, PLAN, ACCOUNTS)
    return here, table, scenario_totals(here, table, ACCOUNTS, LINES)


def test_the_effect_is_said_in_words():
    here, _, totals = effect({"line": "sales", "scale": "0.9"})
    text = scenario_effects(here, totals, LINES)["text"].iloc[1]
    assert text.replace("\u00a0", " ") == "revenue 10.0 % lower, operating profit 1.2 k lower at 4.9 k"
    here, _, totals = effect({"line": "tax", "scale": "0.9"})
    assert scenario_effects(here, totals, LINES)["text"].iloc[1] == "revenue unchanged, operating profit unchanged"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"line": "hosting", "scale": "0.9"}, ("warning", "What if, change 1")),
        ({"line": "sales", "scale": "0.9", "start": "2028-02"}, ("warning", "What if, change 1")),
        ({"scale": "-1"}, ("error", "What if, change 1")),
        ({"line": "sales", "scale": "0.1"}, ("warning", "What if")),
    ],
)
def test_each_fault_of_a_scenario_is_a_finding(change, finding):
    here, table, totals = effect(change)
    found = scenario_findings(here, table, totals, ACCOUNTS, LINES)
    assert finding in {(row.severity, row.where) for row in found.itertuples()}
    assert set(found["owner"]) == {"Sal Sorrel"}


def test_a_fine_scenario_has_no_finding_and_none_at_all_is_noted():
    here, table, totals = effect({"line": "sales", "scale": "0.9"})
    assert scenario_findings(here, table, totals, ACCOUNTS, LINES).empty
    none = params()
    table = scenarios(none, PLAN, ACCOUNTS)
    totals = scenario_totals(none, table, ACCOUNTS, LINES)
    assert list(scenario_findings(none, table, totals, ACCOUNTS, LINES)["severity"]) == ["note"]
    page = scenario_story(none, totals, LINES)
    assert "no scenario" in page.loc[page["kind"] == "message", "text"].item()


def test_a_loss_asks_the_scenario_s_owner_what_to_do():
    here, _, totals = effect({"line": "sales", "scale": "0.1"})
    page = scenario_story(here, totals, LINES)
    asked = page[page["kind"] == "decision"].iloc[0]
    assert (asked["owner"], asked["amount"]) == ("Sal Sorrel", Decimal(10692))
    figure = page[page["label"] == "Operating profit, What if"].iloc[0]
    assert (figure["value"], figure["reference"], figure["status"]) == (Decimal("-4572.12"), Decimal("6119.88"), "bad")
