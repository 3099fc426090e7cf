"""Versions of the plan: overlays exact to the cent, moved drivers handed down to rows, every difference with its reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from driver_companies import company
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import ACCOUNTS, LINES, amounts, budget, every_month, params

from aop_lib import frames
from aop_lib.money import total
from aop_lib.params.drivers import Scenario, Version
from aop_lib.periods import month_of
from aop_lib.plan.driver_changes import Delta, evaluated
from aop_lib.plan.overlay_paths import driver_deltas
from aop_lib.plan.overlays import ROW, spread
from aop_lib.plan.profit_and_loss import line_totals, profit
from aop_lib.plan.scenarios import scenario_effects, scenario_findings, scenario_totals, scenarios
from aop_lib.plan.versions import (
    change_effects,
    change_words,
    changes_finding,
    changes_view,
    plan_versions,
    version_finding,
    version_ties,
    version_totals,
    version_view,
    versions,
)

PLAN = budget(*every_month("selling", "4000", "1000", "2027-01"), *every_month("selling", "4090", "10", "2027-01"), *every_month("building", "6000", "400.01", "2027-01"),
              *every_month("building", "6010", "50", "2027-01"), *every_month("", "6100", "30", "2027-01"))  # fmt: skip
INTERNAL = {"version": "internal", "name": "Internal", "reason": "Ours.", "owner": "ceo", "changes": []}


def cycle(*changes, scenario=None):
    told = {"version": "investor", "name": "Investor", "reason": "Promised.", "owner": "ceo", "changes": [{"why": "because", **each} for each in changes]}
    found = replace(params(), versions=tuple(Version.model_validate(each) for each in (INTERNAL, told)))
    return replace(found, scenarios=(Scenario.model_validate(scenario),)) if scenario else found


def paths(*rows, overlay="investor"):
    listed = [(overlay, "line", line, month_of(month), Decimal(value), Decimal(base)) for line, month, value, base in rows]
    return frames.conformed("overlay_paths", pd.DataFrame(listed, columns=["overlay", "measure", "place", "month", "value", "base"]))


def year_of(table, version, account):
    return total(table.loc[(table["version"] == version) & (table["account"] == account), "amount"])


def test_without_a_version_of_its_own_the_internal_one_is_the_budget_itself():
    found = versions(params(), PLAN, ACCOUNTS)
    assert set(found["version"]) == {"internal"}
    assert total(found["amount"]) == total(PLAN["amount"])
    assert [each.name for each in plan_versions(params())] == ["Internal"]
    assert version_finding(params(), version_totals(params(), found, ACCOUNTS, LINES), LINES) == "The plan has one version, the budget itself"


def test_a_version_scales_what_its_changes_name_and_leaves_the_internal_one_alone():
    here = cycle({"line": "sales", "scale": "0.9", "start": "2027-07"}, {"account": "6100", "scale": "0"})
    found = versions(here, PLAN, ACCOUNTS)
    assert [year_of(found, each, "4000") for each in ("internal", "investor")] == [Decimal(12000), Decimal(11400)]
    assert [year_of(found, each, "6100") for each in ("internal", "investor")] == [Decimal(360), Decimal(0)]


CHANGE = st.fixed_dictionaries(
    {"scale": st.sampled_from(["0", "0.333", "0.95", "1", "1.07", "2"])},
    optional={"line": st.sampled_from(["sales", "people"]), "team": st.sampled_from(["all", "building"]), "start": st.sampled_from(["2027-03", "2027-11"])},
)
MOVED = st.lists(st.tuples(st.sampled_from(["sales", "people", "hosting"]), st.sampled_from(["2027-02", "2027-12"]), st.decimals(-500, 500, places=4)),
                 max_size=4, unique_by=lambda row: row[:2])  # fmt: skip


@settings(max_examples=25)
@given(st.lists(CHANGE, max_size=4), MOVED)
def test_a_version_is_the_budget_and_its_changes_to_the_cent_by_line_and_by_step(changes, moved):
    here = cycle(*changes, {"driver": "win_rate", "scale": "0.9"})
    driven = paths(*[(line, month, gap, 0) for line, month, gap in moved]) if moved else frames.empty("overlay_paths")
    found = versions(here, PLAN, ACCOUNTS, driven)
    totals = version_totals(here, found, ACCOUNTS, LINES)
    assert version_ties(here, found, totals, PLAN, ACCOUNTS, LINES)["ties"].all()
    steps = change_effects(here.versions, here, PLAN, ACCOUNTS, LINES, driven)
    gap = profit(found[found["version"] == "investor"], ACCOUNTS, LINES) - profit(PLAN, ACCOUNTS, LINES)
    assert total(steps["effect"]) == gap
    by_line = totals.pivot_table(index="line", columns="version", values="amount", aggfunc="first")
    for line, amount in steps.groupby("line")["amount"].sum().items():
        assert by_line.loc[line, "investor"] - by_line.loc[line, "internal"] == amount


def test_what_a_driver_moves_is_handed_down_in_proportion_and_a_line_without_rows_gets_one():
    own = amounts(("selling", "6000", "2027-01", "100"), ("building", "6000", "2027-01", "200"))
    effects = pd.DataFrame({"line": ["people", "hosting"], "month": [month_of("2027-01")] * 2, "amount": [Decimal("-0.05"), Decimal("7.00")]})
    parts = spread(effects, own, ACCOUNTS).sort_values(ROW, ignore_index=True)
    assert [tuple(row) for row in parts[["team", "account", "amount"]].itertuples(index=False)] == [
        ("", "5000", Decimal("7.00")), ("building", "6000", Decimal("-0.03")), ("selling", "6000", Decimal("-0.02")),
    ]  # fmt: skip


def test_a_moved_driver_changes_its_lines_and_nothing_else():
    here = cycle({"driver": "churn_rate", "by": "0.1 %"})
    found = versions(here, PLAN, ACCOUNTS, paths(("sales", "2027-05", "900.5", "1000")))
    assert year_of(found, "investor", "4000") == Decimal("11900.50")
    assert year_of(found, "investor", "6000") == year_of(found, "internal", "6000")
    assert total(line_totals(found[found["version"] == "investor"], ACCOUNTS, LINES, ())["amount"]) == total(
        line_totals(PLAN, ACCOUNTS, LINES, ())["amount"]
    ) - Decimal("99.50")


def test_a_change_of_a_driver_is_a_difference_to_the_model_where_the_model_has_its_place():
    model = company(segments=2)
    name = model.segments[0]
    here = cycle({"driver": "churn_rate", "segment": name, "by": "0.1 %", "start": "2027-01"}, {"driver": "churn_rate", "segment": "elsewhere", "by": "1 %"})
    deltas = driver_deltas(here.versions[1].changes, model)
    assert deltas == [Delta("churn_rate", add=0.001, place=name, start=month_of("2027-01"))]
    base, moved = evaluated(model, [[], deltas]).company["mrr"]
    assert moved[2] == base[2]
    assert moved[-1] < base[-1]


def test_a_scenario_may_start_from_a_version():
    told = {
        "scenario": "slump",
        "name": "Slump",
        "on": "investor",
        "reason": "We ask.",
        "owner": "sal",
        "changes": [{"line": "sales", "scale": "0.5", "why": "…"}],
    }
    here = cycle({"line": "sales", "scale": "0.9"}, scenario=told)
    found = scenarios(here, PLAN, ACCOUNTS)
    assert total(found.loc[(found["scenario"] == "slump") & (found["account"] == "4000"), "amount"]) == Decimal(5400)
    totals = scenario_totals(here, found, ACCOUNTS, LINES)
    assert list(scenario_effects(here, totals, LINES)["name"]) == ["Budget", "Slump, on investor"]


def test_each_line_of_the_comparison_tells_its_reasons():
    here = cycle({"line": "sales", "scale": "0.9", "why": "Fewer deals"}, {"account": "6010", "scale": "1.5", "start": "2027-12", "why": "Retention"})
    found = versions(here, PLAN, ACCOUNTS)
    totals, moved = version_totals(here, found, ACCOUNTS, LINES), change_effects(here.versions, here, PLAN, ACCOUNTS, LINES)
    view = version_view(here, totals, moved, LINES).set_index("label")
    assert (view.loc["Sales", "plan"], view.loc["Sales", "actual"], view.loc["Sales", "why"]) == (Decimal(11880), Decimal(10692), "Fewer deals")
    assert view.loc["People", "why"] == "Retention"
    assert changes_finding(here, moved).replace("\u00a0", " ") == "2 changes; Sales takes most, 1.2 k"
    assert list(changes_view(here, moved)["effect"]) == [Decimal(-1188), Decimal(-25)]
    assert (
        version_finding(here, totals, LINES).replace("\u00a0", " ") == "The investor version plans an operating profit of 4.9 k, 1.2 k below the internal one"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"line": "sales", "scale": "0.95", "start": "2027-04"}, "Sales: 5.0 % less from April 2027"),
        ({"account": "6010", "team": "selling", "scale": "1.25"}, "Bonuses, Selling: 25.0 % more"),
        ({"scale": "0"}, "Everything: none"),
        ({"driver": "churn_rate", "segment": "smb", "by": "0.1 %"}, "Churn a month, by MRR, smb: plus 0.10 %"),
        (
            {"driver": "hires", "line": "sales", "scale": "0.5", "by": "-1", "end": "2027-03"},
            "Heads that start, Sales: 50.0 % less and minus 1 before March 2027",
        ),
    ],
)
def test_a_change_says_what_it_does(change, words):
    here = cycle(change)
    assert change_words(here, here.versions[1].changes[0], ACCOUNTS).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("change", "severity", "what"),
    [
        ({"line": "hosting", "scale": "0.9"}, "warning", "The change holds for no amount of the budget"),
        ({"scale": "-1"}, "error", "The change turns the sign of amounts"),
        ({"scale": "1.1", "start": "2029-01"}, "warning", "The change starts outside the year"),
        ({"driver": "win_rate", "scale": "0.9"}, "warning", "The change moves a driver that the model does not have"),
    ],
)
def test_a_weak_change_of_a_version_is_a_finding(change, severity, what):
    here = cycle(change)
    found = scenarios(here, PLAN, ACCOUNTS)
    weak = scenario_findings(here, found, scenario_totals(here, found, ACCOUNTS, LINES), ACCOUNTS, LINES)
    assert (severity, "version", "Investor, change 1", what) in [(row.severity, row.topic, row.where, row.what) for row in weak.itertuples()]
