"""Variances: favourable positive for revenue and cost alike, summing to the cent, closed months only."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import ACCOUNTS, LINES, amounts, budget, every_month, goal, kpis, ledger, params, review

from aop_lib import frames
from aop_lib.money import MONEY, total
from aop_lib.params.company import Materiality
from aop_lib.periods import month_of
from aop_lib.plan.profit_and_loss import NET, profit
from aop_lib.plan.targets import targets
from aop_lib.plan.trends import trend_periods, trends
from aop_lib.plan.variance import (
    bridge,
    full_year_variances,
    line_variances,
    material,
    profit_variances,
    reviewed_budget,
    reviewed_months,
    team_variances,
    variances,
    with_quarter,
)
from aop_lib.plan.variance_review import adverse, variance_findings, variance_story

QUARTER = [month_of(f"2027-{month:02d}") for month in (1, 2, 3)]
JANUARY = QUARTER[:1]


def compared(planned, booked, months=JANUARY):
    return variances(budget(*planned), ledger(*booked), ACCOUNTS, LINES, months)


def by_line(table):
    return line_variances(table, ACCOUNTS, LINES).set_index("line")


@pytest.mark.parametrize(
    ("account", "planned", "booked", "variance"),
    [
        ("4000", "100", "110", "10"),
        ("4000", "100", "90", "-10"),
        ("4090", "10", "12", "-2"),
        ("5000", "100", "90", "10"),
        ("6000", "100", "110", "-10"),
        ("8000", "5", "7", "2"),
        ("9000", "5", "7", "-2"),
        ("6000", "0", "-3", "3"),
        ("4000", "-20", "-30", "-10"),
    ],
)
def test_a_positive_variance_is_good_news_for_revenue_and_cost_alike(account, planned, booked, variance):
    table = compared([("selling", account, "2027-01", planned)], [("selling", account, "2027-01", booked)])
    assert table["variance"].item() == Decimal(variance)
    assert profit(table, ACCOUNTS, LINES, NET, "actual") - profit(table, ACCOUNTS, LINES, NET, "budget") == Decimal(variance)


def test_a_row_missing_on_one_side_counts_as_zero_and_says_who_has_it():
    table = compared([("selling", "6000", "2027-01", "100")], [("selling", "6100", "2027-01", "30")]).set_index("account")
    assert dict(table["variance"]) == {"6000": Decimal(100), "6100": Decimal(-30)}
    assert dict(table["sides"]) == {"6000": "budget only", "6100": "actual only"}


def test_a_month_that_is_not_closed_is_never_compared():
    booked = every_month("selling", "4000", "90", "2027-01", 5)
    table = compared(every_month("selling", "4000", "100", "2027-01"), booked, reviewed_months(review()))
    assert sorted(table["month"].unique()) == QUARTER
    assert total(table["variance"]) == -30


def test_a_plan_reviews_the_year_that_is_ending_against_its_imported_budget():
    cycle = params(cycle={"prior_budget": "fy2026"})
    imported = pd.concat([amounts(*every_month("selling", "4000", "100"), budget="fy2026"), amounts(*every_month("selling", "4000", "999"), budget="other")])
    imported = frames.conformed("imported_budget", imported)
    assert [f"{month:%Y-%m}" for month in reviewed_months(cycle)] == [f"2026-{month:02d}" for month in range(1, 10)]
    assert total(reviewed_budget(cycle, budget(), imported)["amount"]) == 1200
    assert reviewed_budget(params(), budget(), imported).empty
    assert total(reviewed_budget(review(), budget(("selling", "4000", "2027-01", "5")), imported)["amount"]) == 5


@pytest.mark.parametrize(("planned", "share"), [("200", -0.05), ("0", None), ("-200", None)])
def test_a_per_cent_over_a_zero_or_negative_base_is_not_meaningful(planned, share):
    table = by_line(compared([("selling", "6000", "2027-01", planned)], [("selling", "6000", "2027-01", str(Decimal(planned) + 10))]))
    found = table.loc["people", "variance_pct"]
    assert pd.isna(found) if share is None else found == pytest.approx(share)


ROW = st.tuples(
    st.sampled_from(["selling", "building", ""]),
    st.sampled_from(["4000", "4090", "5000", "6000", "6010", "6100", "8000", "9000", "1000"]),
    st.integers(1, 4),
    st.integers(-(10**8), 10**8),
)
ROWS = st.lists(ROW, max_size=15)


def rows_of(rows):
    unique = {row[:3]: row for row in rows}
    return [(team, account, f"2027-{month:02d}", Decimal(cents) / 100) for team, account, month, cents in unique.values()]


@settings(max_examples=15)
@given(ROWS, ROWS)
def test_variances_sum_to_the_cent_over_lines_teams_quarters_and_bridges(planned, booked):
    table = compared(rows_of(planned), rows_of(booked), QUARTER)
    whole = total(table["variance"])
    assert whole == profit(table, ACCOUNTS, LINES, NET, "actual") - profit(table, ACCOUNTS, LINES, NET, "budget")
    for by in (["team"], ["month"], ["team", "month"], ["entity"]):
        assert total(line_variances(table, ACCOUNTS, LINES, by)["variance"]) == whole
        assert total(profit_variances(table, ACCOUNTS, LINES, by, NET)["variance"]) == whole
    assert total(line_variances(with_quarter(review(), table), ACCOUNTS, LINES, ["quarter"])["variance"]) == whole
    lines = by_line(table)
    assert [row.variance for row in lines.itertuples()] == [row.direction * (row.actual - row.budget) for row in lines.itertuples()]
    opex = team_variances(table, ACCOUNTS, LINES)
    assert total(opex["actual"]) == sum(lines.loc[["people", "travel"], "actual"])
    for by in ("line", "team"):
        steps = bridge(table, ACCOUNTS, LINES, by, NET)
        assert total(steps["amount"].iloc[:-1]) == steps["amount"].iloc[-1] == profit(table, ACCOUNTS, LINES, NET, "actual")
        assert list(steps["total"].iloc[-2:]) == [steps["amount"].iloc[-1]] * 2


@settings(max_examples=15)
@given(ROWS, ROWS)
def test_month_by_month_equals_all_at_once_in_any_order_and_twice_both_sides_is_twice_the_variance(planned, booked):
    table = compared(rows_of(planned), rows_of(booked), QUARTER)
    single = pd.concat([compared(rows_of(planned), rows_of(booked), [month]) for month in QUARTER], ignore_index=True)
    assert frames.conformed("variances", single).equals(table)
    assert compared(rows_of(planned)[::-1], rows_of(booked)[::-1], QUARTER).equals(table)
    double = compared([(*row[:3], 2 * row[3]) for row in rows_of(planned)], [(*row[:3], 2 * row[3]) for row in rows_of(booked)], QUARTER)
    assert list(double["variance"]) == [2 * variance for variance in table["variance"]]


@settings(max_examples=15)
@given(ROWS, ROWS)
def test_the_full_year_is_the_outlook_and_its_variance_that_of_the_closed_months_and_of_the_rest(planned, expected):
    cycle = review()
    plan = budget(*rows_of(planned))
    ahead = amounts(*rows_of(expected), basis="re-forecast", method="driver")
    year = full_year_variances(plan, ahead, ACCOUNTS, LINES, cycle.year_months, cycle.review_months).set_index("line")
    left = [month for month in cycle.year_months if month not in cycle.review_months]
    parts = [by_line(variances(plan, ahead, ACCOUNTS, LINES, months)) for months in (cycle.review_months, left)]
    for line in LINES["line"]:
        row = year.loc[line]
        assert row["outlook"] == row["actual_to_date"] + row["outlook_left"]
        assert row["variance"] == sum(part.loc[line, "variance"] for part in parts)
        assert row["actual_to_date"] == parts[0].loc[line, "actual"]


def test_every_line_is_shown_even_where_nobody_has_it():
    table = by_line(compared([], [("selling", "4000", "2027-01", "1")]))
    assert list(table.index) == ["sales", "hosting", "people", "travel", "interest", "tax"]
    assert dict(table["sides"])["hosting"] == ""
    assert dict(table["sides"])["sales"] == "actual only"


def test_a_variance_is_discussed_beyond_both_limits_or_when_it_is_very_large_and_the_largest_comes_first():
    named = {"small": ("-99", -0.04), "wide": ("90", 0.05), "large": ("-150", -0.01), "both": ("150", 0.05), "unplanned": ("-120", float("nan")),
             "zero": ("0", float("nan")), "huge": ("-1000", -0.001)}  # fmt: skip
    amounts = pd.array([Decimal(amount) for amount, _ in named.values()], dtype=MONEY)
    rows = pd.DataFrame({"name": list(named), "variance": amounts, "variance_pct": [share for _, share in named.values()]})
    kept = material(rows, Materiality.model_validate({"amount": "100", "pct": "5 %"}))
    assert list(kept["name"]) == ["huge", "both", "unplanned"]


def test_a_bridge_keeps_the_statement_s_groups_and_orders_steps_by_size_within_them():
    booked = [
        ("selling", "4000", "2027-01", "90"),
        ("building", "5000", "2027-01", "7"),
        ("building", "6000", "2027-01", "3"),
        ("building", "6100", "2027-01", "30"),
    ]
    steps = bridge(compared([("selling", "4000", "2027-01", "100")], booked), ACCOUNTS, LINES)
    assert [(row.step, row.kind, row.amount) for row in steps.itertuples()] == [
        ("plan", "total", 100), ("sales", "step", -10), ("hosting", "step", -7), ("travel", "step", -30), ("people", "step", -3), ("actual", "total", 50)]  # fmt: skip


def test_unbudgeted_unspent_adverse_and_one_sided_are_findings_with_their_owners():
    planned = [("selling", "4000", "2027-01", "1000"), ("building", "6010", "2027-01", "150"), ("building", "6000", "2027-01", "400")]
    booked = [
        ("selling", "4000", "2027-01", "800"),
        ("selling", "6100", "2027-01", "130"),
        ("building", "6000", "2027-01", "400"),
        ("", "9000", "2027-01", "40"),
    ]
    found = variance_findings(review(), compared(planned, booked), ACCOUNTS, LINES)
    assert {(row.severity, row.topic, row.where, row.owner, row.amount) for row in found.itertuples()} == {
        ("warning", "unbudgeted", "Selling, Travel", "Sal Sorrel", Decimal(130)), ("note", "unspent", "Building, Bonuses", "Bea Birch", Decimal(150)),
        ("warning", "variance", "Selling, Sales", "Sal Sorrel", Decimal(200)), ("note", "one side only", "Taxes", "Ada Ash, CEO", Decimal(40))}  # fmt: skip


def test_without_a_budget_the_review_says_so_and_compares_nothing():
    cycle = review()
    table = compared([], [("selling", "4000", "2027-01", "800")])
    assert list(variance_findings(cycle, table, ACCOUNTS, LINES)["severity"]) == ["error"]
    page = variance_story(cycle, table, ACCOUNTS, LINES, frames.empty("targets"), kpis())
    assert page.loc[page["kind"] == "message", "text"].item() == "FY2027 Q1: there is no budget to compare with"
    assert set(page.loc[page["kind"] == "figure", "reference_label"]) == {""}
    assert "decision" not in set(page["kind"])


def test_the_first_screen_says_how_revenue_and_profit_stand_and_asks_the_owners_of_the_largest_misses():
    cycle = review(goals=[goal(kpi="customers", start="0", target="120")], company={"arr_metric": "customers"})
    planned = [("selling", "4000", "2027-01", "1000"), ("building", "6000", "2027-01", "400")]
    table = compared(planned, [("selling", "4000", "2027-01", "800"), ("building", "6000", "2027-01", "390"), ("selling", "6100", "2027-01", "130")])
    actuals = kpis(("customers", "2027-03", "31"))
    page = variance_story(cycle, table, ACCOUNTS, LINES, targets(cycle, actuals), actuals)
    text = page.loc[page["kind"] == "message", "text"].item().replace("\u00a0", " ")
    assert text == "FY2027 Q1: revenue 20.0 % under plan, operating profit 320 short"
    figures = page[page["kind"] == "figure"].set_index("label")
    assert list(figures.sort_values("position").index) == ["Revenue", "Gross margin", "Operating expenses", "Operating profit", "Customers"]
    assert dict(figures["status"]) == {"Revenue": "bad", "Gross margin": "good", "Operating expenses": "bad", "Operating profit": "bad", "Customers": "good"}
    asked = page[page["kind"] == "decision"].sort_values("position")
    assert list(zip(asked["owner"], asked["amount"], asked["due"], strict=True)) == [("Sal Sorrel", 200, "30 Apr 2027"), ("Sal Sorrel", 130, "30 Apr 2027")]


def test_only_material_adverse_variances_ask_for_a_decision():
    table = compared([("building", "6000", "2027-01", "4000")], [("building", "6000", "2027-01", "4099")])
    assert adverse(review(), table, ACCOUNTS, LINES).empty


def test_trends_go_back_eight_quarters_from_the_last_closed_month_or_by_months_where_history_is_short():
    ends, length = trend_periods(month_of("2027-02"), month_of("2025-03"))
    assert (len(ends), length, ends[0], ends[-1]) == (8, 3, month_of("2025-05"), month_of("2027-02"))
    ends, length = trend_periods(month_of("2027-02"), month_of("2025-04"))
    assert (len(ends), length, ends[0]) == (8, 1, month_of("2026-07"))
    assert trend_periods(month_of("2027-02"), None)[0] == []


def test_a_trend_point_is_the_sum_of_its_quarter_and_a_kpi_its_value_at_the_end():
    cycle = review(company={"arr_metric": "customers"})
    books = ledger(*every_month("selling", "4000", "100", "2025-01", 27), *every_month("building", "5000", "25", "2025-01", 27))
    table = trends(cycle, books, ACCOUNTS, LINES, kpis(("customers", "2027-03", "31")))
    assert set(table.loc[table["label"] == "Revenue", "value"]) == {300}
    assert set(table.loc[table["label"] == "Gross margin", "value"]) == {Decimal("0.75")}
    assert list(table.loc[table["label"] == "Customers", "value"]) == [31]
    assert (table["label"] == "Operating profit").sum() == 8
    assert trends(cycle, ledger(), ACCOUNTS, LINES, kpis()).empty
