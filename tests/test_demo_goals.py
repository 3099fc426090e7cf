"""The demo's goals: what is handed down sums to the last unit, and the first review says what is on track, at risk and off track."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest


def frame(folder, name):
    return pd.read_parquet(folder / "frames" / f"{name}.parquet")


@pytest.mark.parametrize("cycle", ["plan", "review"])
def test_every_part_sums_to_what_it_is_a_part_of_in_every_month_and_for_the_year(cycles, cycle):
    folder = getattr(cycles, cycle)
    targets, steps, goals = (frame(folder, name) for name in ("targets", "stretch", "goal_kpis"))
    assert set(steps["metric"]) >= {"arr", "new_arr", "customers", "churned_arr"}
    for step in steps.to_dict("records"):
        own = targets[(targets["goal"] == step["goal"]) & (targets["metric"] == step["metric"])]
        whole = dict(zip(own["month"][own["team"] == step["parent"]], own["value"][own["team"] == step["parent"]], strict=True))
        below = own[(own["parent"] == step["parent"]) & (own["level"] > 0)]
        parts = {month: sum(rows["value"], Decimal(0)) for month, rows in below.groupby("month")}
        if step["stretch"]:
            assert all(parts[month] == (whole[month] * Decimal("1.02")).quantize(Decimal("0.01")) for month in whole)
        else:
            assert parts == whole
    flows = targets[(targets["team"] == "") & targets["metric"].isin(["new_arr", "churned_arr", "operating_profit"])]
    assert flows.groupby("metric")["value"].sum().to_dict() == goals.set_index("metric")["target"].loc[list(set(flows["metric"]))].to_dict()


def test_the_company_s_retention_recomputes_from_the_parts_of_its_teams(cycles):
    ratios = frame(cycles.plan, "ratio_targets")
    kept = ratios[ratios["metric"] == "nrr"]
    for _, month in kept.groupby("month"):
        company, teams = month[month["team"] == ""].iloc[0], month[month["team"] != ""]
        above, below = (sum(teams[side], Decimal(0)) for side in ("numerator", "denominator"))
        assert (above, below) == (company["numerator"], company["denominator"])
        assert (above / below).quantize(Decimal("1E-10")) == company["value"]


def test_the_people_of_sales_emea_sum_to_the_team_s_part(cycles):
    targets, persons = frame(cycles.plan, "targets"), frame(cycles.plan, "person_targets")
    own = targets[(targets["metric"] == "new_arr") & (targets["team"] == "sales_emea")]
    assert persons.groupby("month")["value"].sum().to_list() == own.sort_values("month")["value"].to_list()


def test_the_review_holds_the_targets_that_were_approved(cycles):
    pd.testing.assert_frame_equal(frame(cycles.review, "targets"), frame(cycles.plan, "targets"))


def test_the_first_review_shows_each_status_and_its_arithmetic(cycles):
    goals, progress = frame(cycles.review, "goals"), frame(cycles.review, "goal_progress")
    assert set(goals["status"]) == {"on track", "at risk", "off track"}
    company = progress[progress["team"] == ""].set_index("metric")
    arr, customers, profit = (company.loc[name] for name in ("arr", "customers", "operating_profit"))
    assert (arr["status"], customers["status"], profit["status"]) == ("at risk", "on track", "off track")
    assert Decimal("0.98") * arr["path"] <= arr["actual"] < arr["path"]
    assert customers["actual"] >= customers["path"]
    kpis = frame(cycles.review, "kpis")
    months = kpis[(kpis["metric"] == "operating_profit") & (kpis["team"] == "") & (kpis["month"] >= "2027-01")]
    assert profit["actual"] == sum(months["value"], Decimal(0))
    assert profit["needed"] == ((profit["target"] - profit["actual"]) / 9).quantize(Decimal("1E-10"))
    assert set(company["change"]) == {"first review"}
