"""The statements of a plan: to the cent in every month, for companies with two currencies, against a roll kept by hand and the float model."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from driver_companies import company as driver_company
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_companies import by_hand, case, in_cents, params

from aop_lib import frames
from aop_lib.money import cents, sums
from aop_lib.params.allocation import AllocationLimits
from aop_lib.plan.driver_changes import Delta, changed
from aop_lib.plan.driver_results import results
from aop_lib.plan.profit_and_loss import line_totals
from aop_lib.plan.statement_roll import Balance, Flow, rolled
from aop_lib.plan.statement_terms import PlanTerms, statement_terms
from aop_lib.plan.statement_ties import opening_ties, statement_ties
from aop_lib.plan.statement_views import LAYOUTS, head_table, natural_table, pl_table, statement_table, team_table
from aop_lib.plan.statement_words import cash_finding, missing_text, statement_findings
from aop_lib.plan.statements import statements
from aop_lib.plan.year_statements import year_statements
from aop_lib.store import read_frame

SEEDS = st.integers(0, 10_000)


def values(made: pd.DataFrame, statement: str, plan: str = "budget") -> dict[str, dict[pd.Timestamp, Decimal]]:
    own = made[(made["plan"] == plan) & (made["statement"] == statement)]
    found: dict[str, dict[pd.Timestamp, Decimal]] = {}
    for line, month, amount in own[["line", "month", "amount"]].itertuples(index=False, name=None):
        found.setdefault(line, {})[month] = amount
    return found


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.booleans())
def test_the_balance_sheet_balances_cash_ties_and_deferred_revenue_rolls_in_every_month_of_two_currencies(seed, has_model):
    given_ = case(seed, has_model=has_model)
    made = given_.made["statements"]
    sheet, flow, pool = (values(made, name) for name in ("balance_sheet", "cash_flow", "contracts"))
    months = sorted(sheet["assets"])
    assert len(months) == 16
    for before, month in pairwise(months):
        assert sheet["assets"][month] == sheet["liabilities"][month] + sheet["equity"][month]
        assert sheet["assets"][month] == sum(sheet[name][month] for name in ("cash", "receivables", "unbilled", "fixed_assets", "other_assets"))
        assert flow["opening"][month] == sheet["cash"][before]
        assert flow["opening"][month] + flow["operating"][month] + flow["investing"][month] + flow["financing"][month] == sheet["cash"][month]
        assert pool["opening"][month] + pool["billings"][month] - pool["revenue"][month] == sheet["deferred"][month] - sheet["unbilled"][month]
        assert sheet["receivables"][before] + pool["billings"][month] - pool["collections"][month] == sheet["receivables"][month]
        assert sheet["deferred"][month] >= 0
        assert sheet["unbilled"][month] >= 0


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_a_roll_kept_by_hand_in_cents_gives_the_same_statements(seed):
    given_ = case(seed)
    sheet = values(given_.made["statements"], "balance_sheet")
    for name, months in by_hand(given_).items():
        assert {month: in_cents(sheet[name][month]) for month in months} == months, name


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_every_identity_ties_and_the_opening_is_the_equity_of_the_books(seed):
    given_ = case(seed)
    accounts, lines = given_.frames["accounts"], given_.frames["lines"]
    checks = statement_ties(given_.params, given_.made["statements"], {"budget": given_.frames["budget"]}, accounts, lines)
    assert list(checks["ties"]) == [True] * 6
    assert opening_ties(given_.params, given_.made["opening_balance"], given_.frames["group_books"], accounts)["ties"].all()


def test_a_cent_that_is_missing_anywhere_is_found():
    given_ = case(3)
    accounts, lines, made = given_.frames["accounts"], given_.frames["lines"], given_.made["statements"]
    for statement, line in (("balance_sheet", "assets"), ("cash_flow", "payables"), ("contracts", "billings"), ("pl", "selling")):
        place = made.index[(made["statement"] == statement) & (made["line"] == line) & (made["month"] == pd.Timestamp("2027-04-01"))][0]
        wrong = made.copy()
        wrong.loc[place, "amount"] += Decimal("0.01")
        assert not statement_ties(given_.params, wrong, {"budget": given_.frames["budget"]}, accounts, lines)["ties"].all(), statement


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_the_order_of_teams_and_rows_changes_nothing(seed):
    given_ = case(seed)
    other = dict(given_.frames)
    for name in ("budget", "year_end_estimate", "ledger", "accounts", "statement_terms", "group_books"):
        other[name] = given_.frames[name].sample(frac=1, random_state=seed).reset_index(drop=True)
    again = year_statements(given_.params, other)
    assert again["statements"].equals(given_.made["statements"])
    swapped = other["budget"].assign(team=other["budget"]["team"].map({"selling": "building", "building": "selling"}))
    moved = year_statements(given_.params, {**other, "budget": swapped})["statements"]
    own = [each[each["statement"] != "teams"].reset_index(drop=True) for each in (moved, given_.made["statements"])]
    assert own[0].equals(own[1])


def grown(seed: int, factor: float, **fixed: float):
    """A driver model whose money is so large that cents do not count."""
    model = driver_company(seed=seed, **fixed)
    money = {"pipeline_created", "direct_new", "new_contract", "quota", "pay", "spend", "capex", "financing", "tax_losses"}
    drivers = {name: array * factor if name in money else array for name, array in model.drivers.items()}
    start = model.opening
    names = ("mrr", "contracts", "ripening", "receipts", "bills", "depreciation", "cash", "fixed_assets")
    bigger = {name: getattr(start, name) * factor for name in names} | {"phases": {term: array * factor for term, array in start.phases.items()}}
    return replace(model, drivers=drivers, opening=replace(start, **bigger))


def exact(value: float) -> Decimal:
    return cents(Decimal(repr(float(value))))


def share(value: float, whole: np.ndarray) -> Decimal:
    return Decimal(repr(float(value / whole.sum())))


@pytest.mark.parametrize("seed", range(8))
def test_exact_statements_tie_to_the_float_model_within_a_billionth_for_the_plan_and_for_what_moves_drivers(seed):
    model = grown(seed, 1e6, annual_share=0.6, quarterly_share=0.1)
    deltas = [[], [Delta("dso_days", add=10.0), Delta("dpo_days", add=-20.0), Delta("churn_rate", scale=1.5), Delta("capex", scale=2.0)]]
    moved = changed(model, deltas)
    found = results(moved)
    for scenario in range(2):
        one = replace(model, drivers={name: array[scenario : scenario + 1] if len(array) > 1 else array for name, array in moved.drivers.items()})
        frame = statement_terms(params(), one)
        terms = PlanTerms(frame, "").terms(model.months)
        receipts, bills = model.opening.receipts.sum(axis=1), model.opening.bills
        terms = replace(terms, receipts=[share(each, receipts) for each in receipts], bills=[share(each, bills) for each in bills])
        pools = {segment: exact(model.opening.contracts[place]) for place, segment in enumerate(model.segments)}
        start = Balance(exact(model.opening.cash), exact(receipts.sum()), pools, exact(model.opening.fixed_assets), payables=exact(bills.sum()))
        lines, company = found.lines[scenario], {name: array[scenario] for name, array in found.company.items()}
        income = lines[:, model.line_places("revenue", "other_income")].sum(axis=1)
        flows = [
            Flow(
                month, exact(company["revenue"][place]), exact(income[place] - company["revenue"][place]), exact(company["people"][place]),
                exact(company["purchases"][place]), exact(company["depreciation"][place]), exact(company["tax"][place]),
            )
            for place, month in enumerate(model.months)
        ]  # fmt: skip
        closes = rolled(start, flows, terms)
        for name in ("cash", "deferred", "unbilled"):
            told = [float(getattr(each, name)) for each in closes]
            assert told == pytest.approx(company[name], rel=1e-9, abs=10), name
        owed = float(start.receivables) + np.cumsum(company["billings"] - company["collections"])
        assert [float(each.receivables) for each in closes] == pytest.approx(owed, rel=1e-9)


def test_a_scenario_that_moves_drivers_is_billed_and_paid_on_its_own_terms_and_others_on_the_plan_s():
    scenario = {"scenario": "late", "name": "Late", "reason": "…", "owner": "ceo", "changes": [{"driver": "dso_days", "by": "30", "why": "…"}]}
    own = params(scenarios=[scenario, {**scenario, "scenario": "same", "changes": []}])
    given_ = case(5, own=own)
    budget = given_.frames["budget"]
    sources = {**given_.frames, "opening_balance": given_.made["opening_balance"]}
    made = statements(own, {"late": budget, "same": budget}, sources, "overlay_statements")
    base, late, same = values(given_.made["statements"], "balance_sheet"), values(made, "balance_sheet", "late"), values(made, "balance_sheet", "same")
    assert same == base
    last = pd.Timestamp("2027-12-01")
    assert late["receivables"][last] > base["receivables"][last]
    assert late["cash"][last] == base["cash"][last] - (late["receivables"][last] - base["receivables"][last])
    assert set(made.loc[made["statement"] == "arr", "plan"]) == {"late"}
    assert statement_ties(own, made, {"late": budget, "same": budget}, given_.frames["accounts"], given_.frames["lines"])["ties"].all()


def test_a_company_without_balances_has_its_profit_and_loss_and_is_told_what_is_missing():
    given_ = case(7, has_assets=False)
    made = given_.made["statements"]
    assert set(made["statement"]) == {"pl", "teams", "natural", "arr"}
    assert "no opening balance" in missing_text(made)
    assert [row["topic"] for row in statement_findings(given_.params, made)] == ["statements"]
    assert cash_finding(given_.params, made) == "Cash cannot be told: there is no opening balance"
    assert statement_table(given_.params, made, "balance_sheet").empty


def test_cash_under_its_floor_is_found_with_its_first_month_and_gap():
    given_ = case(11)
    made = given_.made["statements"]
    path = {month: amount for month, amount in values(made, "balance_sheet")["cash"].items() if month.year == 2027}
    least = min(path, key=lambda month: path[month])
    limit = {"id": "floor", "reason": "…", "owner": "ceo", "at_least": str(path[least] + 1)}
    own = replace(given_.params, allocation=AllocationLimits.model_validate({"cash": [limit]}))
    rows = [row for row in statement_findings(own, made) if row["topic"] == "cash"]
    below = [month for month in path if path[month] < path[least] + 1]
    assert (rows[0]["where"], rows[0]["amount"]) == (f"{min(below):%B %Y}", path[least] + 1 - path[min(below)])
    assert "below its floor" in cash_finding(own, made)


def test_displayed_statements_hold_every_line_and_the_year():
    given_ = case(2)
    made, lines = given_.made["statements"], given_.frames["lines"]
    for statement in LAYOUTS:
        table = statement_table(given_.params, made, statement)
        assert list(table["style"])[-1] == "result"
    sheet = statement_table(given_.params, made, "balance_sheet")
    assert list(sheet.iloc[-1][["Before", "Q1", "Q2", "Q3", "Q4"]]) == [0] * 5
    flow = statement_table(given_.params, made, "cash_flow").set_index("label")
    assert flow.loc["Change in cash", ["Q1", "Q2", "Q3", "Q4"]].sum() == flow.loc["Change in cash", "Year"]
    year = pl_table(given_.params, made, lines).set_index("label").loc["Net result", "Year"]
    assert natural_table(given_.params, made).set_index("label").loc["Net result", "Year"] == year
    profit = pl_table(given_.params, made, lines).set_index("label").loc["Operating profit", "Year"]
    teams = frames.conformed("teams", pd.DataFrame([{"team": "selling", "name": "Selling", "parent": "", "owner": "", "owner_name": "", "position": 0}]))
    assert team_table(given_.params, made, lines, teams)["profit"].sum() == profit
    assert head_table(given_.params, frames.empty("headcount"), teams).empty


def frame(folder, name):
    return read_frame(folder / "frames" / f"{name}.parquet", name)


def test_the_demo_s_statements_are_its_budget_line_by_line_and_month_by_month(cycles):
    budget, accounts, lines, made = (frame(cycles.plan, name) for name in ("budget", "accounts", "lines", "statements"))
    told = made[(made["statement"] == "pl") & made["month"].isin(budget["month"])][["line", "month", "amount"]]
    asked = line_totals(budget, accounts, lines, ["month"])[["line", "month", "amount"]]
    keys = [sums(each, ["line", "month"]).reset_index(drop=True) for each in (told, asked)]
    assert keys[0].equals(keys[1])


def test_the_demo_s_versions_and_scenarios_tie_in_every_month(cycles):
    versions, scenarios, made = (frame(cycles.plan, name) for name in ("versions", "scenarios", "overlay_statements"))
    plans = {"internal": versions[versions["version"] == "internal"], "investor": versions[versions["version"] == "investor"]}
    plans |= {name: scenarios[scenarios["scenario"] == name] for name in ("downturn", "faster_emea")}
    for plan in plans:
        sheet = values(made, "balance_sheet", plan)
        assert len(sheet["assets"]) == 16
        assert all(sheet["assets"][month] == sheet["liabilities"][month] + sheet["equity"][month] for month in sheet["assets"]), plan
    base = frame(cycles.plan, "statements")
    assert values(made, "balance_sheet", "internal") == values(base, "balance_sheet")
    assert values(made, "balance_sheet", "downturn")["cash"][pd.Timestamp("2027-12-01")] < values(base, "balance_sheet")["cash"][pd.Timestamp("2027-12-01")]


def test_the_review_shows_the_statements_that_were_frozen(cycles):
    for name in ("statements", "opening_balance", "statement_terms", "headcount"):
        assert frame(cycles.review, name).equals(frame(cycles.plan, name)), name
    base, made = frame(cycles.review, "statements"), frame(cycles.review, "overlay_statements")
    assert len(values(base, "balance_sheet")["assets"]) == 16
    for plan in set(made["plan"]):
        sheet = values(made, "balance_sheet", plan)
        assert sorted(sheet["assets"]) == sorted(values(base, "balance_sheet")["assets"])
        assert all(sheet["assets"][month] == sheet["liabilities"][month] + sheet["equity"][month] for month in sheet["assets"])
