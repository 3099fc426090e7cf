"""Goals: targets that sum to the last unit, milestones, progress along the path, and what is wrong with a goal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import goal, kpis, params, review

from aop_lib.plan.goal_findings import goal_findings
from aop_lib.plan.goal_story import goal_story
from aop_lib.plan.goals import goal_progress, goals
from aop_lib.plan.targets import targets, two_way_split
from aop_lib.plan.timeline import milestone_status, milestones

YEAR = [f"2027-{month:02d}" for month in range(1, 13)]
SHARES = st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(any).map(lambda pair: tuple(round(Decimal(each) / sum(pair), 6) for each in pair))


def months_of(table, team=""):
    return list(table.loc[table["team"] == team, "value"])


def wins(monthly, year=2026, months=12):
    return [("new_customers", f"{year}-{month:02d}", monthly[month - 1]) for month in range(1, months + 1)]


@given(st.integers(0, 5000), st.tuples(st.integers(0, 1000), st.integers(0, 1000)).filter(any), st.integers(1, 12))
def test_teams_times_months_sum_to_the_company_in_whole_customers_and_no_team_gets_a_negative_month(target, weights, last):
    shares = [Decimal(weight) / 1000 for weight in weights]
    rest = 1 - sum(shares)
    cycle = params(goals=[goal(target=str(target), deadline=f"2027-{last:02d}-15", teams={"selling": str(shares[0]), "building": str(shares[1])})])
    table = targets(cycle, kpis())
    company, selling, building = (months_of(table, team) for team in ("", "selling", "building"))
    assert sum(company) == target
    assert all(value == value.to_integral_value() and value >= 0 for value in [*company, *selling, *building])
    assert not any(company[last:])
    for month, (here, there) in enumerate(zip(selling, building, strict=True)):
        assert here + there <= company[month] if rest >= 0 else here + there >= company[month]
    if rest == 0:
        assert [here + there for here, there in zip(selling, building, strict=True)] == company
    for share, team in zip(shares, (selling, building), strict=True):
        assert abs(sum(team) - target * share) < 12


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6).filter(any), st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_a_grid_sums_to_its_rows_and_its_columns(rows, weights):
    from aop_lib.money import split

    columns = split(Decimal(sum(rows)), weights, Decimal(1))
    grid = two_way_split([Decimal(row) for row in rows], columns, Decimal(1))
    assert [sum(row) for row in grid] == rows
    assert [sum(column) for column in zip(*grid, strict=True)] == columns
    assert all(value >= 0 for row in grid for value in row)


def test_a_grid_whose_totals_differ_is_refused():
    with pytest.raises(ValueError, match="same sum"):
        two_way_split([Decimal(3)], [Decimal(1), Decimal(1)], Decimal(1))


def test_a_stock_moves_on_a_straight_line_to_its_deadline_and_stays_there():
    cycle = params(goals=[goal(kpi="customers", start="100", target="160", deadline="2027-06-30", teams={"selling": "0.6", "building": "0.4"})])
    table = targets(cycle, kpis())
    assert months_of(table) == [110, 120, 130, 140, 150, 160, 160, 160, 160, 160, 160, 160]
    assert [here + there for here, there in zip(months_of(table, "selling"), months_of(table, "building"), strict=True)] == months_of(table)


def test_a_ratio_is_not_split_over_teams():
    cycle = params(goals=[goal(kpi="churn", start="0.03", target="0.024")])
    table = targets(cycle, kpis())
    assert set(table["team"]) == {""}
    assert months_of(table)[0] == Decimal("0.0295")
    assert months_of(table)[-1] == Decimal("0.024")


def test_a_season_is_taken_from_the_last_twelve_closed_months():
    history = [
        ("bookings", month, "300" if month.endswith("-12") else "100")
        for month in ["2025-10", "2025-11", "2025-12", *(f"2026-{each:02d}" for each in range(1, 10))]
    ]
    cycle = params(goals=[goal(kpi="bookings", target="1400", months="seasonal")])
    assert months_of(targets(cycle, kpis(*history))) == [Decimal(100)] * 11 + [Decimal(300)]
    assert months_of(targets(cycle, kpis(*history[1:]))) == months_of(targets(params(goals=[goal(kpi="bookings", target="1400")]), kpis()))


def test_a_negative_flow_is_split_and_still_sums():
    table = targets(params(goals=[goal(kpi="bookings", target="-1000.01")]), kpis())
    assert sum(months_of(table)) == Decimal("-1000.01")
    assert [here + there for here, there in zip(months_of(table, "selling"), months_of(table, "building"), strict=True)] == months_of(table)


def test_shares_above_one_stretch_the_teams_beyond_the_company():
    table = targets(params(goals=[goal(teams={"selling": "0.8", "building": "0.4"})]), kpis())
    assert sum(months_of(table)) == 120
    assert sum(months_of(table, "selling")) + sum(months_of(table, "building")) == 144


@settings(max_examples=20)
@given(SHARES)
def test_the_order_of_goals_and_teams_changes_nothing_but_ties(shares):
    forward = dict(zip(("selling", "building"), map(str, shares), strict=True))
    first = goal(target="1200000.00", kpi="bookings", teams=forward)
    second = goal(id="other", kpi="customers", start="1", target="13")
    one, other = (targets(params(goals=each), kpis()) for each in ([first, second], [second, first]))
    assert one.equals(other)
    turned = targets(params(goals=[{**first, "teams": dict(reversed(forward.items()))}]), kpis())
    own = one[one["goal"] == "win"].reset_index(drop=True)
    assert max(abs(here - there) for here, there in zip(own["value"], turned["value"], strict=True)) <= Decimal("0.01")


@settings(max_examples=20)
@given(st.integers(1, 10**6))
def test_twice_the_target_is_twice_each_month_within_a_unit(target):
    once, twice = (months_of(targets(params(goals=[goal(kpi="bookings", target=str(each))]), kpis())) for each in (target, 2 * target))
    assert all(abs(2 * here - there) <= Decimal("0.01") for here, there in zip(once, twice, strict=True))


@pytest.mark.parametrize(
    ("due", "done", "status"),
    [
        ((2027, 3, 1), (2027, 2, 1), "done"),
        ((2027, 3, 1), None, "late"),
        ((2027, 4, 15), None, "due"),
        ((2027, 5, 16), None, "due"),
        ((2027, 5, 17), None, "planned"),
    ],
)
def test_a_milestone_is_done_late_due_or_planned_as_of_a_day(due, done, status):
    assert milestone_status(date(*due), date(*done) if done else None, date(2027, 4, 15)) == status


def test_a_plan_does_not_see_that_a_milestone_was_done_later():
    steps = [{"id": "m", "what": "Pricing", "due": "2027-02-15", "done": "2027-02-10", "owner": "bea", "measure": "live"}]
    planned, reviewed = (milestones(each) for each in (params(goals=[goal(milestones=steps)]), review(goals=[goal(milestones=steps)])))
    assert (planned["status"].item(), reviewed["status"].item()) == ("planned", "done")
    assert planned["done"].isna().item()


def test_a_review_holds_the_sum_to_date_against_the_sum_of_the_path():
    cycle = review(goals=[goal()])
    actuals = kpis(*wins(["9", "10", "10"], 2027, 3), ("new_customers", "2027-01", "8", "selling"))
    found = goal_progress(cycle, targets(cycle, actuals), actuals)
    company = found[found["team"] == ""].iloc[0]
    assert (company["actual"], company["path"], company["target"], company["gap"], company["status"]) == (29, 30, 120, -1, "off track")
    assert company["needed"] == Decimal("10.1111111111")
    assert found[found["team"] == "selling"].iloc[0]["path"] == months_of(targets(cycle, actuals), "selling")[0]
    assert list(goals(cycle, actuals)["status"]) == ["off track"]


@pytest.mark.parametrize(("churn", "status"), [("0.0270", "on track"), ("0.0278", "at risk"), ("0.029", "off track")])
def test_where_less_is_better_a_lower_value_is_on_track(churn, status):
    cycle = review(goals=[goal(kpi="churn", start="0.03", target="0.02", teams={})])
    assert list(goals(cycle, kpis(("churn", "2027-03", churn)))["status"]) == [status]


def test_a_stated_limit_decides_what_is_only_at_risk():
    actuals = kpis(*wins(["9", "9", "9"], 2027, 3))
    assert list(goals(review(goals=[goal()], cycle={"status_limits": {"watch": "0.9"}}), actuals)["status"]) == ["at risk"]


def test_a_mean_is_compared_with_the_mean_of_its_path():
    cycle = review(goals=[goal(kpi="margin", start="0.70", target="0.82", teams={})])
    actuals = kpis(("margin", "2027-01", "0.70"), ("margin", "2027-02", "0.74"))
    found = goal_progress(cycle, targets(cycle, actuals), actuals).iloc[0]
    assert (found["actual"], found["path"]) == (Decimal("0.72"), Decimal("0.715"))


def test_a_plan_shows_where_each_kpi_stands_and_what_cannot_be_measured():
    table = goals(
        params(goals=[goal(), goal(id="keep", kpi="churn", start="0.03", target="0.02", teams={})]), kpis(*wins([str(each) for each in range(1, 13)], 2026, 9))
    ).set_index("goal")
    assert table.loc["win", "latest"] == 45
    assert table.loc["win", "status"] == "planned"
    assert table.loc["keep", "status"] == "not measured"


def found(cycle, actuals=None):
    table = goal_findings(cycle, kpis() if actuals is None else actuals, milestones(cycle))
    return {(row.severity, row.topic, row.where) for row in table.itertuples()}


FULL = kpis(*wins(["5"] * 9, 2026, 9), ("churn", "2026-09", "0.03"), ("customers", "2026-09", "100"))


def test_a_goal_without_a_fault_yields_no_finding():
    assert found(params(goals=[goal()]), FULL) == set()


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"kpi": "churn", "start": "0.03", "target": "0.04", "teams": {}}, ("error", "target", "win")),
        ({"deadline": "2028-01-31"}, ("error", "deadline", "win")),
        ({"owner": "nobody"}, ("error", "owner", "win")),
        ({"contributors": ["nobody"]}, ("warning", "owner", "win")),
        ({"weight": "0.9"}, ("warning", "weights", "goals.yml")),
        ({"teams": {"selling": "0.5"}}, ("warning", "shares", "win")),
        ({"teams": {"selling": "0.8", "building": "0.4"}}, ("note", "shares", "win")),
        ({"teams": {"selling": "-0.5", "building": "0.4"}}, ("error", "shares", "win")),
        ({"teams": {}}, ("note", "shares", "win")),
        ({"kpi": "churn", "start": "0.03", "target": "0.02"}, ("warning", "shares", "win")),
        ({"kpi": "bookings"}, ("warning", "measured", "win")),
        ({"milestones": []}, ("warning", "milestone", "win")),
        ({"kpi": "customers", "start": "90", "target": "150"}, ("note", "start", "win")),
        ({"kpi": "customers", "start": "100", "target": "100"}, ("note", "target", "win")),
        ({"target": "40"}, ("note", "target", "win")),
        ({"months": "seasonal"}, ("note", "season", "win")),
        ({"kpi": "customers", "start": "100", "target": "150", "months": "seasonal"}, ("note", "season", "win")),
        ({"deadline": "2027-02-01"}, ("warning", "milestone", "m1")),
    ],
)
def test_each_fault_of_a_goal_is_a_finding(changes, finding):
    assert finding in found(params(goals=[goal(**changes)]), FULL)


def test_a_kpi_without_actuals_names_what_to_acquire():
    table = goal_findings(params(goals=[goal()]), kpis(), milestones(params(goals=[goal()])))
    assert "acquire billing" in " ".join(table["what"])


def test_a_company_without_goals_is_a_finding_and_a_milestone_past_due_is_late():
    assert found(params()) == {("warning", "goals", "goals.yml")}
    assert ("warning", "milestone", "m1") in found(review(goals=[goal()]), kpis(*wins(["10"] * 3, 2027, 3)))


def test_the_review_s_first_screen_says_what_is_off_track_and_who_decides():
    cycle = review(goals=[goal()])
    actuals = kpis(*wins(["9", "9", "9"], 2027, 3))
    steps = milestones(cycle)
    page = goal_story(cycle, goals(cycle, actuals), targets(cycle, actuals), steps, goal_findings(cycle, actuals, steps), actuals)
    assert page.loc[page["kind"] == "message", "text"].item() == "FY2027 Q1: of 1 goal, 1 off track"
    asked = page[page["kind"] == "decision"].iloc[0]
    assert (asked["label"], asked["owner"]) == ("Bring New customers back on its path", "Sal Sorrel")
    assert asked["text"] == "27 to March 2027 against 30 on the path to 120. 10.3 a month needed from here."
    figure = page[page["kind"] == "figure"].iloc[0]
    assert (figure["value"], figure["reference"], figure["reference_label"], figure["status"]) == (27, 30, "plan", "bad")


def test_a_company_without_goals_has_a_page_that_says_so():
    cycle = params()
    page = goal_story(cycle, goals(cycle, kpis()), targets(cycle, kpis()), milestones(cycle), goal_findings(cycle, kpis(), milestones(cycle)), kpis())
    assert "no goals" in page.loc[page["kind"] == "message", "text"].item()
