"""Heads and pay month by month: dated moves and rates, held against a plain reading of the same files."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from aop_lib.load import load
from aop_lib.periods import month_end
from aop_lib.plan.saas_metrics import metric_frames
from aop_lib.sources.snapshot import snapshot

ROOT = Path(__file__).parent.parent
HR = ROOT.parent / "shared" / "data" / "adventureworks_hr"
PRESET = (ROOT / "tests" / "real" / "adventureworks" / "people.yml").read_text(encoding="utf-8")
COMPANY = """\
name: AdventureWorks people
reporting_currency: USD
owners: [{{id: ceo, name: CEO}}]
entities: [{{id: us, name: US, currency: USD}}]
teams:
{teams}lines: [{{id: pay, name: Pay, type: opex}}]
accounts: [{{account: '6000', name: Pay, type: opex, line: pay}}]
sources:
  - {{name: people, preset: people.yml, where: {where}, currency: USD, checks: {{freshness: 'off'}}}}
  - {{name: books, preset: canonical, where: books, checks: {{freshness: 'off', volume: 'off', balance: 'off', gaps: 'off'}}}}
"""


def rows(name: str) -> list[dict[str, str]]:
    with (HR / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def departments(tmp_path_factory):
    """The same files with each department as a team of its own, over all months since the first hire."""
    if not HR.is_dir():
        pytest.skip("the people are read from ../shared/data/adventureworks_hr, which is not here")
    folder = tmp_path_factory.mktemp("people")
    (folder / "people.yml").write_text(PRESET.replace("departments.GroupName", "departments.Name"))
    teams = "".join(f"  - {{id: d{each['DepartmentID']}, name: {each['Name']}, owner: ceo}}\n" for each in rows("Department.csv"))
    (folder / "company.yml").write_text(COMPANY.format(teams=teams, where=HR))
    (folder / "fy2014.yml").write_text("kind: plan\ncycle: fy2014\nlast_closed_month: 2013-12\n")
    (folder / "books").mkdir()
    lines = "".join(f"us,d1,6000,{month},1.00,USD,\n" for month in ("2006-06", "2013-12"))
    (folder / "books" / "ledger.csv").write_text(f"entity,team,account,month,amount,currency,vendor\n{lines}")
    params = load(folder / "fy2014.yml")
    return params, snapshot(params)


def by_hand(day: date) -> tuple[Counter, dict[str, Decimal]]:
    """Heads and yearly pay by department on a day, read from the three files line by line."""
    place = {each["BusinessEntityID"]: each["DepartmentID"] for each in rows("EmployeeDepartmentHistory.csv")
             if each["StartDate"] <= str(day) and (not each["EndDate"] or each["EndDate"] >= str(day))}  # fmt: skip
    rate = {}
    for each in sorted(rows("EmployeePayHistory.csv"), key=lambda row: row["RateChangeDate"]):
        if each["RateChangeDate"][:10] <= str(day):
            rate[each["BusinessEntityID"]] = Decimal(each["Rate"])
    hired = [each["BusinessEntityID"] for each in rows("Employee.csv") if each["HireDate"] <= str(day)]
    pay: dict[str, Decimal] = defaultdict(Decimal)
    for person in hired:
        pay[f"d{place[person]}"] += rate[person] * 2080
    return Counter(f"d{place[person]}" for person in hired), dict(pay)


def test_heads_and_pay_of_every_department_follow_dated_moves_and_rates_in_every_month(departments):
    _, frames = departments
    history = frames["people_history"]
    for month in sorted(set(history["month"])):
        here = history[history["month"] == month]
        heads, pay = by_hand(month_end(month))
        assert Counter(here["team"]) == heads, month
        assert {team: sum(own["salary"], Decimal(0)) for team, own in here.groupby("team", observed=True)} == pay, month
    assert history["month"].nunique() > 80
    moved = history.groupby("person")["team"].nunique()
    assert set(moved[moved > 1].index) == {"4", "16", "224", "234", "250"}


def test_the_last_month_has_the_published_heads_and_pay(departments):
    params, frames = departments
    last = frames["people_history"][frames["people_history"]["month"] == params.last_closed]
    assert (len(last), sum(last["salary"], Decimal(0)).quantize(Decimal("0.01"))) == (290, Decimal("10971156.35"))
    names = {f"d{each['DepartmentID']}": each["Name"] for each in rows("Department.csv")}
    told = {names[str(team)]: (len(own), sum(own["salary"], Decimal(0)).quantize(Decimal("0.01"))) for team, own in last.groupby("team", observed=True)}
    assert told["Production"] == (179, Decimal("5268607.97"))
    assert told["Sales"] == (18, Decimal("1122149.60"))


def test_heads_of_teams_add_up_to_those_of_the_company_in_every_month(departments):
    params, frames = departments
    kpis = metric_frames(params, frames)["kpis"]
    heads = kpis[kpis["metric"] == "heads"]
    teams, company = heads[heads["team"] != ""], heads[heads["team"] == ""].set_index("month")["value"]
    assert teams.groupby("month")["value"].sum().to_dict() == company.to_dict()


def test_the_demo_s_transfer_counts_for_the_old_team_before_its_day_and_for_the_new_one_after():
    params = load(ROOT / "params" / "demo" / "fy2027.yml")
    history = snapshot(params)["people_history"]
    moves = history.sort_values("month").drop_duplicates(["person", "team"])
    person = moves["person"][moves["person"].duplicated()].item()
    own = history[history["person"] == person].set_index("month")["team"]
    assert set(own[own.index < pd.Timestamp("2025-05-01")]) == {"support"}
    assert set(own[own.index >= pd.Timestamp("2025-05-01")]) == {"customer_success"}
