"""The snapshot of a real ledger: every figure of ../shared/data/README.md to the cent."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from aop_lib.load import load
from aop_lib.money import total
from aop_lib.periods import month_spine, month_text
from aop_lib.plan.consolidation import attributable
from aop_lib.sources.snapshot import snapshot

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data" / "adventureworks"
HR = DATA.parent / "adventureworks_hr"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real ledger is read from ../shared/data/adventureworks, which is not here")


@pytest.fixture(scope="module")
def params():
    return load(HERE / "real" / "adventureworks" / "fy2011.yml")


@pytest.fixture(scope="module")
def frames(params):
    return snapshot(params)


def by_line(amounts: pd.DataFrame, accounts: pd.DataFrame, *keys: str) -> dict:
    """Line totals: line_sign times amount, added up by the keys."""
    signs = accounts.set_index("account")[["line", "line_sign"]]
    totals: dict = {}
    for row in amounts.itertuples():
        line, sign = signs.loc[row.account]
        if line:
            key = tuple(line if name == "line" else getattr(row, name) for name in keys)
            totals[key] = totals.get(key, Decimal(0)) + sign * row.amount
    return totals


def profit(amounts: pd.DataFrame, frames: dict, types: set[str]) -> Decimal:
    lines = frames["lines"].set_index("line")
    totals = by_line(amounts, frames["accounts"], "line")
    return sum(value * lines.loc[line, "direction"] for (line,), value in totals.items() if lines.loc[line, "type"] in types)


@pytest.mark.parametrize(
    ("types", "actual", "budget"),
    [
        ({"revenue"}, "21821826.43", "24161650.00"),
        ({"cost_of_revenue"}, "-7398906.58", "-8356700.00"),
        ({"revenue", "cost_of_revenue"}, "14422919.85", "15804950.00"),
        ({"opex"}, "-8338192.59", "-7507200.00"),
        ({"revenue", "cost_of_revenue", "opex"}, "6084727.26", "8297750.00"),
    ],
)
def test_the_twelve_posting_dates_give_the_published_totals_to_the_cent(frames, types, actual, budget):
    assert profit(frames["ledger"], frames, types) == Decimal(actual)
    assert profit(frames["imported_budget"], frames, types) == Decimal(budget)


def test_operating_expenses_by_department_are_the_published_ones(frames):
    expected = {
        "corporate": ("3497215.01", "3138060"), "executive": ("561749.77", "413370"), "inventory": ("425015", "412800"), "manufacturing": ("281769", "279840"),
        "quality": ("166897", "160890"), "research": ("3303066.81", "2998980"), "sales": ("102480", "103260"),
    }  # fmt: skip
    opex = set(frames["lines"].loc[frames["lines"]["type"] == "opex", "line"])
    for amounts, side in ((frames["ledger"], 0), (frames["imported_budget"], 1)):
        found: dict[str, Decimal] = {}
        for (team, line), value in by_line(amounts, frames["accounts"], "team", "line").items():
            if line in opex:
                found[team] = found.get(team, Decimal(0)) + value
        assert found == {team: Decimal(values[side]) for team, values in expected.items()}


def test_operating_profit_by_organisation_is_the_one_computed_from_the_files_independently(params, frames):
    names = {entity.name: entity.id for entity in params.company.entities}
    with (DATA / "expected_operating_profit_by_org.csv").open() as stream:
        expected = {names[row["OrganizationName"]]: row for row in csv.DictReader(stream) if row["OrganizationName"] in names}
    assert len(expected) == 6
    for entity, row in expected.items():
        for amounts, column in ((frames["ledger"], "Actual"), (frames["imported_budget"], "Budget")):
            own = amounts[amounts["entity"] == entity]
            assert profit(own, frames, {"revenue", "cost_of_revenue", "opex"}) == Decimal(row[column]).quantize(Decimal("0.01"))


def test_every_line_of_the_pl_is_the_one_computed_from_the_files_independently(frames):
    labels = {"net_sales": "Net Sales", "cost_of_sales": "Cost of Sales", "labor": "Labor", "travel": "Travel", "marketing": "Marketing",
              "depreciation": "Depreciation", "other_opex": "Other Opex", "other_income": "Other I&E", "taxes": "Taxes"}  # fmt: skip
    with (DATA / "expected_pl_by_line.csv").open() as stream:
        expected = {row["line"]: row for row in csv.DictReader(stream)}
    directions = frames["lines"].set_index("line")["direction"]
    for amounts, column in ((frames["ledger"], "Actual"), (frames["imported_budget"], "Budget")):
        found = {line: value * directions[line] for (line,), value in by_line(amounts, frames["accounts"], "line").items()}
        assert found == {line: Decimal(expected[label][column]).quantize(Decimal("0.01")) for line, label in labels.items() if expected[label][column]}


def test_drifting_posting_dates_leave_no_month_empty_and_double_none(frames):
    months = month_spine(pd.Timestamp("2010-12-01"), pd.Timestamp("2011-12-01"))
    for name in ("ledger", "imported_budget"):
        assert sorted(frames[name]["month"].unique()) == months
    assert {"2011-02", "2011-04", "2011-06"} <= {month_text(month) for month in frames["ledger"]["month"].unique()}
    per_month = frames["imported_budget"].groupby("month").size()
    assert per_month.max() - per_month.min() < 10


def test_statistical_accounts_never_enter_money_and_are_named(frames):
    accounts = frames["accounts"]
    statistical = accounts[accounts["type"] == "statistical"]
    assert {"9510", "9520", "9530", "9540"} <= set(statistical["account"])
    assert set(statistical["line_sign"]) == {0}
    assert set(statistical["debit_sign"]) == {0}
    assert not set(frames["ledger"]["account"]) & set(statistical["account"])
    reasons = frames["quarantine"]["reason"]
    assert len(reasons) == 360
    assert reasons.str.startswith("statistical account").all()
    assert (frames["source_findings"]["what"].str.contains("statistical account")).sum() == 3


def test_the_balance_sheet_is_zero_per_month_and_organisation_as_posted(frames):
    signs = frames["accounts"].set_index("account")["debit_sign"]
    ledger = frames["ledger"]
    sums: dict = {}
    for row in ledger.itertuples():
        sums[row.entity, row.month] = sums.get((row.entity, row.month), Decimal(0)) + int(signs[row.account]) * row.amount
    assert len(sums) == 12 * 6
    assert set(sums.values()) == {Decimal("0.00")}


def test_the_balance_sheet_is_zero_on_every_posting_date_as_posted_stub_dates_and_later_years_included(frames):
    """Straight from the files: only the sign of each account is the library's."""
    signs = frames["accounts"].set_index("account")["debit_sign"].to_dict()
    tables = {}
    for name, key, value in (("DimAccount", "AccountKey", "AccountCodeAlternateKey"), ("DimScenario", "ScenarioKey", "ScenarioName")):
        with (DATA / f"{name}.csv").open(encoding="utf-8-sig") as stream:
            tables[name] = {row[key]: row[value] for row in csv.DictReader(stream)}
    sums: dict[tuple[str, str], Decimal] = {}
    with (DATA / "FactFinance.csv").open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            if tables["DimScenario"][row["ScenarioKey"]] == "Actual":
                place = row["Date"], row["OrganizationKey"]
                sums[place] = sums.get(place, Decimal(0)) + int(signs[tables["DimAccount"][row["AccountKey"]]]) * Decimal(row["Amount"]).quantize(
                    Decimal("0.01")
                )
    assert len({date for date, _ in sums}) > 12
    assert {place: amount for place, amount in sums.items() if amount} == {}


def test_a_minus_below_a_line_turns_the_sign_and_the_lines_own_operator_does_not(frames):
    accounts = frames["accounts"].set_index("account")
    assert accounts.loc["4130", ["line", "line_sign"]].tolist() == ["net_sales", -1]  # returns
    assert accounts.loc["5020", ["line", "line_sign"]].tolist() == ["cost_of_sales", 1]  # under a '-' root
    assert accounts.loc["8010", ["line", "line_sign"]].tolist() == ["other_income", -1]  # interest expense
    assert accounts.loc["8500", ["line", "line_sign"]].tolist() == ["taxes", 1]


def test_every_row_of_the_fact_table_is_accounted_for(frames):
    sources = frames["sources"].set_index("frame")
    assert sources.loc["ledger", ["rows", "used", "quarantined", "later"]].tolist() == [34563, 8266, 360, 25937]
    assert sources.loc["imported_budget", ["rows", "used", "quarantined", "later"]].tolist() == [4846, 4846, 0, 0]
    checks = frames["control_totals"]
    assert checks["ties"].all()
    everything = checks[checks["check"].str.startswith("finance: every row of finance")]
    assert everything["left"].tolist() == [Decimal("39409.00")]


def test_the_source_has_no_currency_of_its_own_so_the_declared_one_counts(frames):
    assert set(frames["ledger"]["currency"]) == {"USD"}
    assert (frames["ledger"]["amount"] == frames["ledger"]["amount_local"]).all()


@pytest.fixture(scope="module")
def everyone(params):
    """The people as of the end of their records, later than the reviewed year."""
    later = params.cycle.model_copy(update={"as_of": date(2014, 12, 31)})
    return snapshot(replace(params, cycle=later))["people"]


def test_290_people_earn_the_published_amount_at_their_last_rate(everyone):
    assert len(everyone) == 290
    assert total(everyone["salary"]) == Decimal("10971156.35")


def test_moves_between_departments_count_from_their_day(everyone):
    assert (everyone["team"] == "sales").sum() == 18 + 9  # Sales and Marketing belong to one group
    assert (everyone["team"] == "manufacturing").sum() == 179 + 6  # Production and Production Control


def test_a_reviewed_year_sees_the_people_hired_and_the_rates_agreed_by_its_end(params, frames):
    with (HR / "Employee.csv").open() as stream:
        hired = {row["BusinessEntityID"] for row in csv.DictReader(stream) if row["HireDate"] <= "2011-11-30"}
    assert set(frames["people"]["person"]) == hired
    with (HR / "EmployeePayHistory.csv").open() as stream:
        rates = [
            (row["RateChangeDate"], row["BusinessEntityID"], Decimal(row["Rate"]))
            for row in csv.DictReader(stream)
            if row["RateChangeDate"] <= "2011-11-30 23:59:59"
        ]
    latest = {person: rate for _, person, rate in sorted(rates)}
    salaries = frames["people"].set_index("person")["salary"]
    assert salaries.to_dict() == {person: latest[person] * 2080 for person in hired}
    assert set(frames["people"]["team"]) <= {team.id for team in params.company.teams}


def test_what_belongs_to_the_owners_of_the_group_is_each_entitys_profit_times_its_share(params, frames):
    year = frames["ledger"][frames["ledger"]["month"].isin(params.year_months)]
    shares = {each.id: each.ownership for each in params.company.entities}
    found = attributable(year, frames["accounts"], frames["lines"], shares)
    assert sum(found["profit"], Decimal(0)) == Decimal("6084727.26")
    assert sum(found["owners"], Decimal(0)) == Decimal("5636936.695")  # exact, before rounding: Canada belongs to the group by 75 %
    assert dict(zip(found["entity"], found["others"], strict=True))["canada"] == Decimal("447790.565")
