"""Whole cycles: the published figures of AdventureWorks, and what the demo's plan and review must show."""

from __future__ import annotations

import csv
import json
from decimal import Decimal

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from aop_lib.money import total
from aop_lib.stages import STAGES
from aop_lib.store import frame_file, read_frame

DEPARTMENTS = {
    "Corporate": ("3,497,215.01", "3,138,060.00"),
    "Executive General and Administration": ("561,749.77", "413,370.00"),
    "Inventory Management": ("425,015.00", "412,800.00"),
    "Manufacturing": ("281,769.00", "279,840.00"),
    "Quality Assurance": ("166,897.00", "160,890.00"),
    "Research and Development": ("3,303,066.81", "2,998,980.00"),
    "Sales and Marketing": ("102,480.00", "103,260.00"),
}
STATEMENT = {
    "Net sales": ("21,821,826.43", "24,161,650.00"),
    "Cost of sales": ("7,398,906.58", "8,356,700.00"),
    "Gross profit": ("14,422,919.85", "15,804,950.00"),
    "Operating expenses": ("8,338,192.59", "7,507,200.00"),
    "Operating profit": ("6,084,727.26", "8,297,750.00"),
}


def exact_rows(page, label):
    """Returns the rows of the table of that name as shown to the cent: first cell to (actual, plan)."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    table = soup.find("table", attrs={"aria-label": f"{label}, exact"})
    rows = [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.tbody.find_all("tr")]
    return {row[0]: tuple(row[1:3]) for row in rows}


@pytest.fixture(scope="module")
def adventureworks(cycles):
    return cycles.adventureworks


def test_adventureworks_statement_shows_the_published_figures_to_the_cent(adventureworks):
    rows = exact_rows(adventureworks / "reports" / "05_variance_review.html", "P&L, actual against plan")
    assert {name: rows[name] for name in STATEMENT} == STATEMENT


def test_adventureworks_operating_expenses_by_department_are_the_published_ones(adventureworks):
    rows = exact_rows(adventureworks / "reports" / "05_variance_review.html", "Operating expenses by team")
    assert rows == {**DEPARTMENTS, "Operating expenses": STATEMENT["Operating expenses"]}


def test_adventureworks_profit_by_organisation_is_the_independent_one(adventureworks, shared):
    rows = exact_rows(adventureworks / "reports" / "05_variance_review.html", "Operating profit by entity")
    with (shared / "data" / "adventureworks" / "expected_operating_profit_by_org.csv").open() as file:
        expected = {row["OrganizationName"]: (f"{Decimal(row['Actual']):,.2f}", f"{Decimal(row['Budget']):,.2f}") for row in csv.DictReader(file)}
    expected["Operating profit"] = expected.pop("All")
    assert rows == expected


def test_adventureworks_lines_that_only_one_side_has_are_shown_as_such(adventureworks):
    page = (adventureworks / "reports" / "05_variance_review.html").read_text(encoding="utf-8")
    assert "2 lines are on one side only: Other income and expense and Taxes" in page
    assert page.count("actual only, not budgeted") >= 2
    rows = exact_rows(adventureworks / "reports" / "05_variance_review.html", "P&L, actual against plan")
    assert rows["Other income and expense"] == ("8,918.36", "0.00")
    assert rows["Taxes"] == ("1,622,417.70", "0.00")


def test_adventureworks_has_no_empty_month_and_no_statistics_in_its_money(adventureworks):
    ledger = read_frame(frame_file(adventureworks, "ledger"), "ledger")
    accounts = read_frame(frame_file(adventureworks, "accounts"), "accounts")
    year = pd.date_range("2010-12-01", periods=12, freq="MS")
    sales = ledger[ledger["account"].isin(accounts.loc[accounts["line"] == "net_sales", "account"]) & ledger["month"].isin(year)]
    assert sorted(sales["month"].unique()) == list(year)
    statistical = accounts.loc[accounts["type"] == "statistical", "account"]
    assert len(statistical) > 0
    assert not ledger["account"].isin(statistical).any()


@pytest.mark.parametrize("which", ["plan", "review", "adventureworks"])
def test_a_published_cycle_is_complete_and_its_control_totals_tie(cycles, which):
    folder = getattr(cycles, which)
    assert (folder / "index.html").is_file()
    for stage in STAGES:
        assert (folder / "reports" / f"{stage.name}.html").is_file()
        assert all(frame_file(folder, name).is_file() for name in stage.writes)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["control_totals"]
    assert all(row["ties"] == "True" for row in manifest["control_totals"])


def test_the_plan_cannot_see_what_came_after_its_cut_and_the_review_can(cycles):
    plan, review = (read_frame(frame_file(folder, "ledger"), "ledger") for folder in (cycles.plan, cycles.review))
    assert plan["month"].max() == pd.Timestamp("2026-09-01")
    assert review["month"].max() == pd.Timestamp("2027-03-01")
    same = review[review["month"] <= plan["month"].max()].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, plan)


def test_the_review_stands_on_the_frozen_budget_to_the_cent_and_adds_restatements_as_layers_of_their_own(cycles):
    plan, review = (read_frame(frame_file(folder, "budget"), "budget") for folder in (cycles.plan, cycles.review))
    pd.testing.assert_frame_equal(plan, review[~review["layer"].str.startswith("restatement:")].reset_index(drop=True))


def test_the_budget_is_base_and_approved_requests_and_nothing_undecided(cycles):
    budget = read_frame(frame_file(cycles.plan, "budget"), "budget")
    base = read_frame(frame_file(cycles.plan, "base_budget"), "base_budget")
    status = read_frame(frame_file(cycles.plan, "request_status"), "request_status")
    assert total(budget["amount"]) == total(base["amount"]) + total(status["approved"])
    assert set(budget["layer"]) - {"base"} == set(status.loc[status["decision"] == "approved", "request"])
    assert {"undecided", "rejected", "sent back"} <= set(status["decision"])


def test_every_page_has_something_to_say(cycles):
    for folder in (cycles.plan, cycles.review):
        for stage in STAGES:
            soup = BeautifulSoup((folder / "reports" / f"{stage.name}.html").read_text(encoding="utf-8"), "html.parser")
            assert any(letter.isdigit() for letter in soup.h1.get_text()), "the title is a message with a number"
            assert len(soup.find_all("h2")) >= 3
    findings = read_frame(frame_file(cycles.plan, "variance_findings"), "variance_findings")
    assert {"unbudgeted", "variance"} <= set(findings["topic"])


def test_an_imported_baseline_is_the_budget_of_the_reviewed_year_and_no_other(cycles):
    folder = cycles.adventureworks
    budget = read_frame(frame_file(folder, "budget"), "budget")
    imported = read_frame(frame_file(folder, "imported_budget"), "imported_budget")
    year = imported[imported["month"].between("2010-12-01", "2011-11-01")]
    assert set(budget["layer"]) == {"imported"}
    assert budget["month"].between("2010-12-01", "2011-11-01").all()
    assert total(budget["amount"]) == total(year["amount"])
