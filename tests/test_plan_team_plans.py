"""Team plans: money, effects against targets, roles, people who left, full weeks, conflicts of the timeline; each fault is a finding."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from small_company import COMPANY, goal, kpis, params, request_lines, requests, review

from aop_lib import frames
from aop_lib.errors import UnknownRateError
from aop_lib.params.company import Company
from aop_lib.params.team_plans import TeamPlan
from aop_lib.periods import month_of
from aop_lib.plan import goals, plan_views, plan_words, targets, timeline
from aop_lib.plan.team_plans import plan_frames

INITIATIVE = {
    "id": "visits",
    "what": "Visit everybody",
    "goal": "win",
    "kpi": "new_customers",
    "accountable": "sal",
    "responsible": ["bea"],
    "start": "2027-01-04",
    "end": "2027-06-30",
    "effects": [{"metric": "new_customers", "value": "90", "by": "2027-12-31"}],
}
BROUGHT = [{"metric": "new_customers", "value": "30", "by": "2027-06-30"}]
BUILDING = {**INITIATIVE, "id": "pages", "what": "A page that sells", "accountable": "bea", "effects": BROUGHT}
STEP = {"id": "s1", "what": "First round", "due": "2027-03-02", "owner": "sal", "measure": "done"}
PEOPLE = [("1", "Ada Ash", None), ("2", "sal  sorrel", None), ("3", "Bea Birch", None)]


def initiative(**changes):
    return {**INITIATIVE, **changes}


def plan(*initiatives, team="selling", **parts):
    return TeamPlan.model_validate({"team": team, "initiatives": list(initiatives), **parts})


def without_fault(made=None):
    return with_plans(made or params(goals=[goal(contributors=["bea"])]), plan(INITIATIVE), plan(BUILDING, team="building"))


def with_plans(made, *plans):
    return replace(made, team_plans=tuple(plans))


def people(*rows):
    listed = [(person, name, "selling", "us", "", pd.Timestamp("2020-01-01"), pd.Timestamp(end) if end else pd.NaT, 0, "USD") for person, name, end in rows]
    columns = ["person", "name", "team", "entity", "role", "start", "end", "salary", "currency"]
    return frames.conformed("people", pd.DataFrame(listed, columns=columns)) if listed else frames.empty("people")


def rates(close="1.10"):
    row = {"currency": "EUR", "month": month_of("2026-09"), "average": Decimal(1), "close": Decimal(close)}
    return frames.conformed("rates", pd.DataFrame([row]))


def made_of(made, **changes):
    held = {
        "goal_kpis": goals.goal_kpis(made, kpis()),
        "targets": targets.targets(made, kpis()),
        "person_targets": targets.person_targets(made, kpis()),
        "people": people(*PEOPLE),
        "requests": requests(),
        "request_lines": request_lines(),
        "rates": frames.empty("rates"),
    }
    return plan_frames(made, {**held, **changes})


def found(made, **changes):
    return {(row.severity, row.topic, row.where) for row in made_of(made, **changes)["plan_findings"].itertuples()}


def texts(made, topic, **changes):
    table = made_of(made, **changes)["plan_findings"]
    return list(table.loc[table["topic"] == topic, "what"])


def test_plans_without_a_fault_yield_no_finding():
    assert found(without_fault()) == set()


def test_every_frame_keeps_its_contract_when_there_is_nothing_to_tell():
    for name, frame in made_of(params()).items():
        frames.checked(name, frame)
        assert frame.empty, name


def test_a_company_with_goals_and_no_plan_gets_one_note_and_no_flood():
    assert found(params(goals=[goal(contributors=["bea"])])) == {("note", "plans", "plans/")}


def test_a_target_without_an_initiative_and_an_initiative_without_a_target_are_findings():
    idle = with_plans(params(goals=[goal(contributors=["bea"])]), plan(INITIATIVE))
    assert found(idle) == {("warning", "action plan", "building")}
    aimless = initiative(id="paint", what="Paint", kpi=None, effects=[])
    other = initiative(id="calls", what="Calls", kpi="bookings", effects=[])
    made = with_plans(idle, plan(INITIATIVE, aimless, other), plan(BUILDING, team="building"))
    assert found(made) == {("warning", "action plan", "paint"), ("warning", "action plan", "calls")}


def test_effects_are_summed_against_the_team_s_part_of_the_rise():
    short = initiative(effects=[{"metric": "new_customers", "value": "50", "by": "2027-12-31"}, {"metric": "new_customers", "value": "60", "by": "2028-03-31"}])
    second = initiative(id="calls", effects=[{"metric": "new_customers", "value": "25", "by": "2027-12-31"}])
    gaps = made_of(with_plans(without_fault(), plan(second, short), plan(BUILDING, team="building")))["action_gaps"].set_index("team")
    assert (gaps.loc["selling", "needed"], gaps.loc["selling", "expected"], gaps.loc["selling", "gap"]) == (90, 25, 65)
    assert (gaps.loc["building", "needed"], gaps.loc["building", "gap"], gaps.loc["building", "initiatives"]) == (30, 0, 1)


def test_of_a_level_only_the_rise_over_the_starting_value_is_needed():
    level = goal(kpi="customers", start="100", target="140", contributors=["bea"])
    gaps = made_of(params(goals=[level]))["action_gaps"].set_index("team")
    assert (gaps.loc["selling", "needed"], gaps.loc["building", "needed"]) == (30, 10)


def test_where_less_is_better_what_is_missing_still_counts_above_zero_and_a_ratio_is_told_for_the_company():
    churn = goal(kpi="churn", start="0.03", target="0.02", teams={}, contributors=["bea"])
    moved = initiative(kpi="churn", effects=[{"metric": "churn", "value": "-0.004", "by": "2027-12-31"}])
    gaps = made_of(with_plans(params(goals=[churn]), plan(moved)))["action_gaps"]
    assert list(gaps["team"]) == [""]
    assert (gaps["needed"].item(), gaps["gap"].item()) == (Decimal("-0.01"), Decimal("0.006"))


ASKED = {"requests": requests(("hire", "selling")), "request_lines": request_lines(("hire", "full", "selling", "6000", "2027-02", "900"))}
APPROVED = {"request": "hire", "decision": "approve", "option": "full", "by": "ceo", "on": "2026-10-01", "why": "yes"}


def with_request(decision=None, made=params, **changes):
    decisions = [{**APPROVED, **decision}] if decision is not None else []
    base = made(goals=[goal(contributors=["bea"])], decisions=decisions, cycle={"as_of": "2027-04-15" if made is review else "2026-10-15"})
    return with_plans(base, plan(initiative(request="hire", **changes)), plan(BUILDING, team="building"))


@pytest.mark.parametrize(
    ("decision", "changes", "expected"),
    [
        (None, {}, {("warning", "funding", "visits")}),
        ({"decision": "reject", "option": None}, {}, {("warning", "funding", "visits")}),
        ({"decision": "revise", "option": None}, {}, {("warning", "funding", "visits")}),
        ({}, {}, set()),
        ({}, {"cost": "1000"}, {("warning", "cost", "visits")}),
        ({}, {"cost": "800"}, {("note", "cost", "visits")}),
    ],
)
def test_an_initiative_says_what_was_decided_about_its_money(decision, changes, expected):
    assert found(with_request(decision, **changes), **ASKED) == expected


def test_an_initiative_whose_request_nobody_handed_in_is_a_finding_and_the_cost_is_what_the_request_asks():
    assert found(with_request()) == {("warning", "funding", "visits")}
    row = made_of(with_request({}), **ASKED)["initiatives"].set_index("initiative").loc["visits"]
    assert (row["cost"], row["approved"], row["funding"], row["status"]) == (Decimal("900.00"), Decimal("900.00"), "approved", "planned")


def test_work_that_began_before_its_money_was_decided_is_named():
    late = with_request({"on": "2027-02-01"}, review)
    assert any("began before its money was decided" in each for each in texts(late, "funding", **ASKED))
    assert any("began on 4 Jan 2027 and its request hire is undecided" in each for each in texts(with_request(None, review), "funding", **ASKED))


def test_a_cost_in_another_currency_counts_at_the_close_and_an_unknown_rate_stops():
    made = with_plans(params(company={"currencies": ["EUR"]}), plan(initiative(cost="1000.00", currency="EUR")))
    assert made_of(made, rates=rates())["initiatives"]["cost"].item() == Decimal("1100.00")
    with pytest.raises(UnknownRateError):
        made_of(made)


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"accountable": []}, ("error", "accountable", "visits")),
        ({"accountable": ["sal", "bea"]}, ("error", "accountable", "visits")),
        ({"responsible": []}, ("warning", "responsible", "visits")),
        ({"milestones": [{**STEP, "owner": [], "responsible": ["bea"]}]}, ("error", "accountable", "s1")),
        ({"milestones": [{**STEP, "owner": ["sal", "bea"]}]}, ("error", "accountable", "s1")),
        ({"milestones": [{**STEP, "due": "2027-03-06"}]}, ("note", "day off", "s1")),
        ({"milestones": [{**STEP, "due": "2027-02-15"}]}, ("note", "day off", "s1")),
        ({"milestones": [{**STEP, "due": "2027-09-01"}]}, ("warning", "timeline", "s1")),
        ({"milestones": [{**STEP, "depends_on": ["m2"]}]}, ("warning", "dependency", "s1")),
        ({"milestones": [{**STEP, "due": None, "rhythm": "monthly", "start": "2028-01-01"}]}, ("warning", "timeline", "s1")),
        ({"milestones": [{**STEP, "id": f"s{number}"} for number in range(4)]}, ("warning", "load", "sal")),
    ],
)
def test_each_fault_of_a_plan_is_a_finding(changes, finding):
    later = [{"id": "m2", "what": "Price list", "due": "2027-05-03", "owner": "bea", "measure": "live"}]
    made = params(goals=[goal(contributors=["bea"], milestones=later)], company={"holidays": ["2027-02-15"]})
    assert found(with_plans(made, plan(initiative(**changes)), plan(BUILDING, team="building"))) == {finding}


def test_a_milestone_due_on_the_day_of_what_it_waits_for_is_no_conflict():
    steps = [{**STEP, "due": "2027-02-15", "depends_on": ["m1"]}]
    assert found(with_plans(without_fault(), plan(initiative(milestones=steps)), plan(BUILDING, team="building"))) == set()


def test_the_limit_of_a_week_is_the_company_s_and_weekly_check_ins_do_not_count():
    steps = [{**STEP, "id": f"s{number}"} for number in range(4)]
    weekly = [{**STEP, "id": f"w{number}", "due": None, "rhythm": "weekly"} for number in range(9)]
    base = params(goals=[goal(contributors=["bea"])], company={"due_in_a_week": "4"})
    assert found(with_plans(base, plan(initiative(milestones=[*steps, *weekly])), plan(BUILDING, team="building"))) == set()


def test_a_goal_without_contributors_and_a_kpi_with_two_owners_are_findings():
    two = [goal(), goal(id="more", weight="0", owner="bea", milestones=[], contributors=["sal"])]
    table = found(with_plans(params(goals=two), plan(INITIATIVE), plan(BUILDING, team="building")))
    assert {("warning", "responsible", "win"), ("error", "accountable", "new_customers")} <= table


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("1", "Ada Ash", None), ("3", "Bea Birch", None)], {("warning", "people", "sal")}),
        ([*PEOPLE[:1], ("2", "Sal Sorrel", "2026-08-31"), *PEOPLE[2:]], {("error", "people", "sal")}),
        ([*PEOPLE[:1], ("2", "Sal Sorrel", "2027-03-31"), *PEOPLE[2:]], {("warning", "people", "sal")}),
        ([*PEOPLE[:1], ("2", "Sal Sorrel", "2026-08-31"), ("9", "Sal Sorrel", None), *PEOPLE[2:]], set()),
        ([("1", "x", None)], {("note", "people", "company.yml")}),
        ([], set()),
    ],
)
def test_people_who_left_or_are_not_there_are_noticed(rows, expected):
    assert found(without_fault(), people=people(*rows)) == expected


def test_a_person_s_number_in_the_hr_system_counts_before_the_name():
    owners = [{**each, "person": number} for each, number in zip(COMPANY["owners"], ("1", "7", "3"), strict=True)]
    made = without_fault()
    made = replace(made, company=Company.model_validate({**COMPANY, "owners": owners}))
    assert found(made, people=people(*PEOPLE)) == {("warning", "people", "sal")}
    assert found(made, people=people(*PEOPLE, ("7", "somebody", None))) == set()


def test_the_load_of_a_month_counts_initiatives_under_way_and_milestones_due():
    steps = [STEP, {**STEP, "id": "s2", "due": "2027-03-05"}, {**STEP, "id": "w", "due": None, "rhythm": "weekly"}]
    made = made_of(with_plans(without_fault(), plan(initiative(milestones=steps))))
    load = made["workload"].set_index(["person", "month"])
    march, july = (load.loc[("sal", month_of(month))] for month in ("2027-03", "2027-07"))
    assert (march["running"], march["due"], march["due_in_week"], march["week"].date().isoformat()) == (1, 2, 2, "2027-03-01")
    assert (july["running"], july["due"], july["due_in_week"]) == (0, 0, 0)
    assert load.loc[("bea", month_of("2027-02")), "due"] == 1


def test_a_rhythm_that_was_not_kept_is_one_note_in_a_review():
    base = review(goals=[goal(contributors=["bea"], milestones=[])])
    steps = [{**STEP, "due": None, "rhythm": "monthly", "done": "2027-01-29"}]
    assert ("note", "rhythm", "s1") in found(with_plans(base, plan(initiative(milestones=steps)), plan(BUILDING, team="building")))


def test_tables_name_teams_people_and_effects_in_words():
    made = with_plans(without_fault(), plan(initiative(milestones=[STEP])), plan(BUILDING, team="building"))
    held = made_of(made)
    view = plan_views.initiative_view(made, held["initiatives"], held["initiative_effects"])
    assert list(view["who"]) == ["Selling · Sal Sorrel", "Building · Bea Birch"]
    assert list(view["brings"]) == ["New customers +90 by 31 Dec 2027", "New customers +30 by 30 Jun 2027"]
    roles = plan_views.role_view(made, held["responsibilities"])
    assert list(dict.fromkeys(roles["group"])) == ["Company", "Selling", "Building"]
    steps = timeline.milestones(made)
    assert list(plan_views.milestone_view(made, steps)["group"]) == ["Company", "Selling"]
    assert plan_words.action(held["initiatives"], held["action_gaps"]) == "2 initiatives of 2 teams for 0; every target has one"
    assert plan_words.timeline(steps, held["plan_findings"]) == "2 milestones: all ahead, the first on 15 Feb 2027; no conflicts"
    assert "each has exactly one who is accountable" in plan_words.roles(held["responsibilities"], held["plan_findings"])


def test_the_demo_s_plans_have_the_conflicts_that_its_readme_names(cycles):
    from aop_lib.store import read_frame

    table = read_frame(cycles.plan / "frames" / "plan_findings.parquet", "plan_findings")
    warnings = {(row.topic, row.where) for row in table.itertuples() if row.severity == "warning"}
    assert not (table["severity"] == "error").any()
    assert warnings == {
        ("dependency", "campaign_live"),
        ("load", "vp_product"),
        ("action plan", "brand_refresh"),
        ("action plan", "heads_best_place"),
        ("funding", "evening"),
        ("funding", "fairs"),
        ("funding", "insights_renewals"),
        ("responsible", "heads"),
        ("responsible", "heads_best_place"),
    }
    assert {(row.topic, row.where) for row in table.itertuples() if row.topic == "day off"} == {("day off", "evening_rota")}
