"""The cascade: months, groups, teams, people and the parts of ratios, every sum exact; and what cannot be handed down."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import COMPANY, goal, kpis, params, review

from aop_lib.params.catalogue import Metric
from aop_lib.periods import month_of
from aop_lib.plan.cascade_findings import cascade_findings, unmovable
from aop_lib.plan.cascade_views import person_view, progress_view, ratio_view, stretch_heading, stretch_view
from aop_lib.plan.goals import goal_kpis
from aop_lib.plan.paths import basis_kpis, workdays
from aop_lib.plan.progress import goal_progress, previous_close
from aop_lib.plan.quotients import quotient
from aop_lib.plan.ratio_targets import NoParts, ratio_parts, ratio_targets
from aop_lib.plan.target_table import month_targets, quarter_targets
from aop_lib.plan.targets import each_kpi, person_targets, stretch, targets
from aop_lib.plan.ties import target_ties

WIDE = {
    "teams": [
        {"id": "all", "name": "Company", "owner": "ceo"},
        {"id": "north", "name": "North", "owner": "sal"},
        {"id": "south", "name": "South", "owner": "bea"},
        *({"id": name, "name": name.title(), "owner": "sal", "parent": "north"} for name in ("ann", "bob", "cid")),
        *({"id": name, "name": name.title(), "owner": "bea", "parent": "south"} for name in ("dan", "eve")),
    ]
}
COST = {"label": "Cost", "unit": "currency", "direction": "less", "additive": "true", "aggregate": "sum", "definition": "…"}
RATIOS = {
    "cost": COST,
    "cost_share": {"label": "Cost share", "unit": "pct", "direction": "less", "aggregate": "mean", "definition": "…", "formula": "cost ÷ bookings"},
    "margin": {"label": "Margin", "unit": "pct", "direction": "more", "aggregate": "mean", "definition": "…", "formula": "(bookings − cost) ÷ bookings"},
    "kept": {"label": "Kept", "unit": "pct", "direction": "more", "aggregate": "last", "definition": "…", "over": "lag(customers, 12)"},
}
FLOW = st.sampled_from(["new_customers", "bookings"])
WEIGHTS = st.lists(st.integers(0, 50), min_size=2, max_size=2).filter(any)
THREE = st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any)
YEAR = [f"2027-{month:02d}" for month in range(1, 13)]


def with_ratios(cycle):
    cycle.metrics.update({name: Metric.model_validate(each) for name, each in RATIOS.items()})
    return cycle


def shares(names, weights):
    """Shares of whole ten-thousandths that sum to 1."""
    from aop_lib.money import split

    return {name: str(part) for name, part in zip(names, split(Decimal(1), weights, Decimal("0.0001")), strict=True)}


def value(table, team):
    return list(table.loc[table["team"] == team, "value"])


def total_of(table, teams):
    return [sum(column) for column in zip(*(value(table, team) for team in teams), strict=True)]


def a_year_of(metric, monthly, team="", year=2026):
    months = [f"{year - 1}-{month:02d}" for month in range(10, 13)] + [f"{year}-{month:02d}" for month in range(1, 10)]
    return [(metric, month, str(monthly), *([team] if team else [])) for month in months]


@settings(max_examples=40)
@given(FLOW, st.integers(0, 10**6), WEIGHTS, THREE, WEIGHTS, st.integers(1, 12), st.sampled_from(["even", "seasonal", "workdays"]))
def test_groups_sum_to_the_company_and_teams_to_their_group_in_every_month_and_for_the_year(kpi, target, top, left, right, last, months):
    ways = {"north": {"teams": shares(("ann", "bob", "cid"), left)}, "south": {"teams": shares(("dan", "eve"), right)}}
    stated = goal(kpi=kpi, target=str(target), deadline=f"2027-{last:02d}-20", months=months, teams=shares(("north", "south"), top), split=ways)
    history = kpis(*((kpi, month, str(number)) for number, (_, month, _) in enumerate(a_year_of(kpi, 1), 1)))
    table = targets(params(goals=[stated], company=WIDE), history)
    assert sum(value(table, "")) == target
    assert total_of(table, ("north", "south")) == value(table, "")
    assert total_of(table, ("ann", "bob", "cid")) == value(table, "north")
    assert total_of(table, ("dan", "eve")) == value(table, "south")
    assert min(table["value"]) >= 0
    assert set(zip(table["team"], table["level"], table["parent"], strict=True)) >= {("", 0, ""), ("north", 1, ""), ("eve", 2, "south")}


@settings(max_examples=25)
@given(st.integers(0, 5000), st.integers(0, 5000), WEIGHTS, THREE)
def test_a_level_is_split_exactly_in_every_month_over_two_steps(start, target, top, left):
    ways = {"north": {"teams": shares(("ann", "bob", "cid"), left)}}
    table = targets(
        params(goals=[goal(kpi="customers", start=str(start), target=str(target), teams=shares(("north", "south"), top), split=ways)], company=WIDE), kpis()
    )
    assert total_of(table, ("north", "south")) == value(table, "")
    assert total_of(table, ("ann", "bob", "cid")) == value(table, "north")
    assert value(table, "")[-1] == target


@settings(max_examples=25)
@given(st.integers(1, 10**5), WEIGHTS, WEIGHTS)
def test_the_people_of_a_team_sum_to_its_part_in_every_month(target, weights, people):
    cycle = params(goals=[goal(target=str(target), teams=shares(("selling", "building"), weights), people={"selling": shares(("p1", "p2"), people)})])
    table, persons = targets(cycle, kpis()), person_targets(cycle, kpis())
    by_month = persons.groupby("month")["value"].sum()
    assert list(by_month) == value(table, "selling")
    assert set(persons["person"]) == {"p1", "p2"}


@settings(max_examples=40)
@given(st.integers(0, 9999), st.integers(0, 9999), st.lists(st.integers(1, 10**6), min_size=12, max_size=12), WEIGHTS, WEIGHTS, THREE)
def test_a_ratio_recomputes_from_its_parts_and_its_parts_sum_over_two_steps(start, target, months, top, upper, left):
    """Checked in cents: parts sum exactly, each ratio is their quotient, and the company's is its target to half a cent of the numerator."""
    actuals = kpis(*(("bookings", month, f"{cents / 100:.2f}") for (_, month, _), cents in zip(a_year_of("bookings", 1), months, strict=True)))
    ways = {"north": {"teams": shares(("ann", "bob", "cid"), left)}}
    stated = goal(
        kpi="margin", start=f"{start / 10000}", target=f"{target / 10000}", teams=shares(("north", "south"), top),
        numerator=shares(("north", "south"), upper), split=ways,
    )  # fmt: skip
    cycle = with_ratios(params(goals=[stated], company=WIDE))
    table, path = ratio_targets(cycle, actuals), targets(cycle, actuals)
    for side in ("numerator", "denominator"):
        own = table.assign(value=table[side])
        assert total_of(own, ("north", "south")) == value(own, "")
        assert total_of(own, ("ann", "bob", "cid")) == value(own, "north")
    for row in table.to_dict("records"):
        if row["denominator"] > 0:
            assert abs(row["value"] - row["numerator"] / row["denominator"]) <= Decimal("1E-10")
        else:
            assert pd.isna(row["value"])
    company = table[table["team"] == ""]
    for planned, above, below in zip(value(path, ""), company["numerator"], company["denominator"], strict=True):
        assert abs(above - planned * below) <= Decimal("0.005")


def test_a_ratio_of_levels_counts_whole_customers_and_stands_on_those_of_a_year_before():
    actuals = kpis(*(("customers", month, "400") for _, month, _ in a_year_of("customers", 1)))
    cycle = with_ratios(params(goals=[goal(kpi="kept", start="0.90", target="0.96", teams={"selling": "0.5", "building": "0.5"})]))
    table = ratio_targets(cycle, actuals)
    last = table[table["month"] == month_of("2027-12")].set_index("team")
    assert (last.loc["", "numerator"], last.loc["", "denominator"]) == (384, 400)
    assert list(last["value"]) == [Decimal("0.96")] * 3
    assert set(targets(cycle, actuals)["team"]) == {"", "selling", "building"}
    assert list(ratio_view(cycle, table)["ratio"]) == ["96.0\u00a0%"] * 3


def test_the_denominator_follows_its_own_goal_or_the_year_that_is_stated():
    sold = goal(id="sell", kpi="bookings", target="1200.00")
    part = goal(kpi="cost_share", start="0.5", target="0.5", teams={})
    actuals = kpis(*a_year_of("bookings", 50))
    below = [
        set(ratio_targets(with_ratios(params(goals=goals)), actuals)["denominator"]) for goals in ([part], [part, sold], [{**part, "denominator": "2400.00"}])
    ]
    assert below == [{50}, {100}, {200}]


def test_a_ratio_whose_parts_have_no_data_says_so_and_gets_no_number():
    cycle = with_ratios(params(goals=[goal(kpi="margin", start="0.7", target="0.8")]))
    parts = ratio_parts(cycle, each_kpi(cycle)[0], kpis())
    assert parts == NoParts("no data for Bookings, which Margin is a share of")
    assert ratio_targets(cycle, kpis()).empty
    assert set(targets(cycle, kpis())["team"]) == {""}
    assert "Margin cannot be handed down: no data for Bookings" in cascade_findings(cycle, kpis())[0]["what"]


def test_what_is_no_quotient_has_no_parts():
    cycle = with_ratios(params())
    assert quotient(cycle, "churn") is None
    assert quotient(cycle, "margin").adds_up
    assert not quotient(cycle, "kept").adds_up


def test_history_and_capacity_hand_down_in_proportion_to_what_each_team_had():
    actuals = kpis(
        *a_year_of("bookings", 30, "selling"), *a_year_of("bookings", 10, "building"),
        ("heads", "2026-09", "1", "selling"), ("heads", "2026-09", "4", "building"),
    )  # fmt: skip
    by = [targets(params(goals=[goal(target="100", teams={}, by=way, of=of)]), actuals) for way, of in (("history", "bookings"), ("capacity", None))]
    assert [(sum(value(table, "selling")), sum(value(table, "building"))) for table in by] == [(75, 25), (20, 80)]
    assert cascade_findings(params(goals=[goal(teams={}, by="history")]), actuals)[0]["expected"] == "actuals of New customers per team, or stated shares"


def test_a_group_has_what_its_teams_had():
    actuals = kpis(*(row for team, monthly in (("ann", 1), ("bob", 2), ("dan", 3)) for row in a_year_of("bookings", monthly, team)))
    table = targets(params(goals=[goal(kpi="bookings", target="600", teams={}, by="history", among=["north", "south"])], company=WIDE), actuals)
    assert [sum(value(table, team)) for team in ("north", "south")] == [300, 300]


def test_workdays_leave_out_weekends_and_the_company_s_holidays():
    assert workdays(month_of("2027-02"), []) == 20
    assert workdays(month_of("2027-01"), [date(2027, 1, 1), date(2027, 1, 2)]) == 20
    table = targets(params(goals=[goal(target="261", months="workdays", teams={})]), kpis())
    assert value(table, "") == [21, 20, 23, 22, 21, 22, 22, 22, 22, 21, 22, 23]


def test_a_review_shapes_its_targets_by_what_the_frozen_plan_knew():
    known = kpis(*((("new_customers", month, str(number))) for number, (_, month, _) in enumerate(a_year_of("x", 1), 1)))
    later = pd.concat([known, kpis(*(("new_customers", f"2027-{month:02d}", "99") for month in (1, 2, 3)))], ignore_index=True)
    stated = [goal(months="seasonal", teams={})]
    assert targets(params(goals=stated), known).equals(targets(review(goals=stated), basis_kpis({"kpis": known}, later)))
    assert basis_kpis(None, later) is later
    assert basis_kpis({"kpis": later.head(0)}, later) is later


def test_the_stretch_between_the_teams_and_the_company_is_told():
    cycle = params(goals=[goal(target="100", teams={"selling": "0.7", "building": "0.4"})])
    table = stretch(cycle, kpis(), targets(cycle, kpis()))
    assert table[["parent", "target", "parts", "stretch", "teams", "split_by"]].to_numpy().tolist() == [["", 100, 110, 10, 2, "stated"]]
    assert stretch_view(cycle, table)["share"].item() == "+10.0\u00a0%"
    assert stretch_heading(cycle, table) == "Together the teams owe 10 more New customers than the company's target"
    page = quarter_targets(cycle, goal_kpis(cycle, kpis()), targets(cycle, kpis()))
    assert page["year"].tolist() == ["100", "70", "40", "10"]
    assert target_ties(cycle, targets(cycle, kpis())).empty


@settings(max_examples=25)
@given(st.integers(100_000, 10**8), WEIGHTS, THREE)
def test_displayed_quarters_and_months_add_up_to_the_group_and_to_the_company(target, top, left):
    ways = {"north": {"teams": shares(("ann", "bob", "cid"), left)}}
    cycle = params(goals=[goal(kpi="bookings", target=str(target), teams=shares(("north", "south"), top), split=ways)], company=WIDE)
    found = goal_kpis(cycle, kpis())
    for page in (quarter_targets(cycle, found, targets(cycle, kpis())), month_targets(cycle, found, targets(cycle, kpis()))):
        rows = page.set_index(page["label"].str.strip())
        for column in page.columns[3:]:
            figure = {name: int(text.split("\u00a0")[0].replace(",", "")) for name, text in rows[column].items()}
            assert figure["North"] + figure["South"] == figure["Bookings"]
            assert figure["Ann"] + figure["Bob"] + figure["Cid"] == figure["North"]


def test_a_team_that_cannot_move_a_kpi_is_a_finding_unless_no_team_says_what_it_moves():
    teams = [{**team, "moves": {"selling": ["cost"], "building": ["customers"]}.get(team["id"], [])} for team in COMPANY["teams"]]
    stated = [goal(kpi="cost_share", start="0.5", target="0.4", teams={"selling": "0.5", "building": "0.5"})]
    assert unmovable(with_ratios(params(goals=stated))) == []
    cycle = with_ratios(params(goals=stated, company={"teams": teams}))
    assert unmovable(cycle) == [("win", "cost_share", "building")]
    assert unmovable(with_ratios(params(goals=[goal(kpi="cost", teams={"all": "1"})], company={"teams": teams}))) == []
    row = cascade_findings(cycle, kpis(*a_year_of("bookings", 1)))[0]
    assert (row["severity"], row["found"], row["owner"]) == ("error", "customers", "Bea Birch")


def test_a_goal_may_have_leading_and_lagging_kpis_each_with_targets_of_its_own():
    further = {"kpi": "bookings", "start": "0", "target": "1200", "teams": {"selling": "1"}, "weight": "0.3"}
    cycle = params(goals=[goal(kpis=[further])])
    found = goal_kpis(cycle, kpis())
    assert found[["metric", "role", "position"]].to_numpy().tolist() == [["bookings", "leading", 1], ["new_customers", "lagging", 0]]
    table = targets(cycle, kpis())
    own = table[table["metric"] == "bookings"]
    assert sum(value(own, "")) == sum(value(own, "selling")) == 1200
    assert sum(value(table[table["metric"] == "new_customers"], "")) == 120


@pytest.mark.parametrize(
    ("cycle", "closed", "close"),
    [("fy2027_q1", "2027-03", None), ("fy2027_q2", "2027-06", "2027-03"), ("fy2027_m05", "2027-05", "2027-04"), ("fy2027_m01", "2027-01", None)],
)
def test_the_review_before_this_one_closed_a_quarter_or_a_month_earlier(cycle, closed, close):
    found = previous_close(review(cycle={"cycle": cycle, "last_closed_month": closed}))
    assert found == (month_of(close) if close else None)


def test_a_review_says_what_is_needed_from_here_and_what_changed_since_the_last_one():
    wins = [10, 10, 10, 10, 9, 8]
    actuals = kpis(
        *(("new_customers", f"2027-{month:02d}", str(each)) for month, each in enumerate(wins, 1)), *((("customers", f"2027-{m:02d}", "115")) for m in (1, 6))
    )
    level = goal(id="grow", kpi="customers", start="100", target="160", teams={})
    cycle = review(goals=[goal(teams={}), level], cycle={"cycle": "fy2027_q2", "last_closed_month": "2027-06"})
    table = goal_progress(cycle, targets(cycle, actuals), actuals).set_index("goal")
    won = table.loc["win"]
    assert (won["actual"], won["path"], won["status"], won["needed"]) == (57, 60, "off track", Decimal("10.5"))
    assert (won["before_actual"], won["before_path"], won["before_status"], won["change"]) == (30, 30, "on track", "worse")
    assert (table.loc["grow", "needed"], table.loc["grow", "before_status"]) == (Decimal("7.5"), "on track")
    assert progress_view(cycle, table.reset_index())["then"].tolist()[0] == "on track, 30 in March 2027 (worse)"


def test_the_first_review_compares_with_the_start():
    actuals = kpis(("customers", "2027-03", "116"))
    cycle = review(goals=[goal(kpi="customers", start="100", target="160", teams={})])
    row = goal_progress(cycle, targets(cycle, actuals), actuals).iloc[0]
    assert (row["before_actual"], row["before_status"], row["change"]) == (100, "planned", "first review")


def test_people_are_named_with_what_they_owe():
    cycle = params(goals=[goal(target="120", teams={"selling": "1"}, people={"selling": {"p1": "0.5", "sal": "0.5"}})])
    page = person_view(cycle, person_targets(cycle, kpis()), pd.DataFrame({"person": ["p1"], "name": ["Pia"]}))
    assert page[["label", "year"]].to_numpy().tolist() == [["Pia", "60"], ["Sal Sorrel", "60"]]
