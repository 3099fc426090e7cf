"""The outlook: closed months are the ledger's, the months left follow their method, and what owners state goes before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import ACCOUNTS, LINES, amounts, budget, goal, kpis, ledger, params, review

from aop_lib import frames
from aop_lib.money import total
from aop_lib.params.outlook import OutlookFile
from aop_lib.periods import add_months, month_of, month_spine, month_text
from aop_lib.plan.goal_outlook import goal_outlook
from aop_lib.plan.outlook import outlook, outlook_name
from aop_lib.plan.timing import reversed_part, variance_timing
from aop_lib.plan.variance import variances

HISTORY = [month_text(each) for each in month_spine(month_of("2024-01"), month_of("2027-04"))]
LEFT = [month_text(each) for each in month_spine(month_of("2027-04"), month_of("2028-01"))]
NO_PATHS = frames.empty("driver_paths")


def made(cycle, booked, planned=None, estimate=None):
    given = {"ledger": booked, "accounts": ACCOUNTS, "lines": LINES}
    return outlook(
        cycle, given, frames.empty("budget") if planned is None else planned, NO_PATHS, frames.empty("year_end_estimate") if estimate is None else estimate
    )


def owned(cycle, **entries):
    return replace(cycle, outlook=OutlookFile.model_validate(entries))


def steady(account="6000", amount="100", team="selling", months=HISTORY):
    return [(team, account, month, amount) for month in months]


def of(found, account, team="selling"):
    rows = found.amounts[(found.amounts["account"] == account) & (found.amounts["team"] == team)]
    return {month_text(month): amount for month, amount in zip(rows["month"], rows["amount"], strict=True)}


ROWS = st.lists(
    st.tuples(st.sampled_from(["selling", "building"]), st.sampled_from(["4000", "5000", "6000"]), st.sampled_from(HISTORY[-15:]), st.integers(-5000, 9000)),
    min_size=1,
    max_size=25,
    unique_by=lambda row: row[:3],
)


@settings(max_examples=15, deadline=None)
@given(ROWS)
def test_closed_months_are_the_ledger_and_the_months_left_are_whole_cents(rows):
    booked = ledger(*((team, account, month, str(amount)) for team, account, month, amount in rows))
    found = made(review(), booked).amounts
    closed = found[found["basis"] == "actual"]
    year = booked[booked["month"] >= month_of("2027-01")]
    assert total(closed["amount"]) == total(year["amount"])
    assert closed["month"].max() <= month_of("2027-03") or closed.empty
    assert set(found.loc[found["basis"] != "actual", "month"].map(month_text)) <= set(LEFT)


def test_an_outlook_is_named_after_its_closed_months():
    ends = {"2027-03": "3+9", "2027-06": "6+6", "2027-09": "9+3", "2027-12": "12+0"}
    assert {month: outlook_name(review(cycle={"last_closed_month": month})) for month in ends} == ends


def test_a_year_of_twelve_closed_months_ends_as_it_was_booked():
    booked = ledger(*steady(months=[f"2027-{month:02d}" for month in range(1, 13)]))
    found = made(review(cycle={"last_closed_month": "2027-12"}), booked)
    assert set(found.amounts["basis"]) == {"actual"}
    assert total(found.amounts["amount"]) == Decimal(1200)


def test_what_never_moves_stays_and_the_drivers_are_kept():
    found = made(review(), ledger(*steady()))
    assert of(found, "6000") == {f"2027-{month:02d}": Decimal(100) for month in range(1, 13)}
    row = found.methods.iloc[0]
    assert (row["method"], row["error"], row["naive_error"], row["origins"]) == ("driver", 0.0, 0.0, 12)
    assert row["reason"] == "drivers: WAPE 0.0 % against 0.0 % naive (last value), 0.0 % statistical, over 12 origins".replace(" %", "\u00a0%")


def test_a_line_that_climbs_is_carried_on_by_the_statistical_model_which_says_why():
    booked = ledger(*[("selling", "6000", month, str(1000 + 10 * place)) for place, month in enumerate(HISTORY)])
    found = made(review(), booked)
    row = found.methods.iloc[0]
    assert (row["method"], row["shape"]) == ("statistical", "trend")
    assert "statistical (trend): WAPE 0.0" in row["reason"]
    assert "naive" in row["reason"]
    assert [of(found, "6000")[month] for month in LEFT] == [Decimal(1000 + 10 * (39 + step)) for step in range(9)]


def test_a_statistical_total_is_divided_among_teams_to_the_cent():
    booked = ledger(*[("selling", "6000", month, str(1000 + 10 * place)) for place, month in enumerate(HISTORY)], *steady(team="building", amount="333.33"))
    found = made(review(), booked).amounts
    left = found[found["basis"] != "actual"].groupby("month")["amount"].sum()
    assert [Decimal(each) for each in left] == [Decimal(1000 + 10 * (39 + step)) + Decimal("333.33") for step in range(9)]


def test_a_short_history_is_carried_on_by_the_drivers():
    found = made(review(), ledger(*steady(months=HISTORY[-6:])))
    assert found.methods.iloc[0][["method", "origins"]].to_list() == ["driver", 0]
    assert "too short" in found.methods.iloc[0]["reason"]


def test_growth_that_the_closed_months_of_the_year_have_is_not_added_again():
    cycle = review(drivers={"window_months": "3", "rules": [{"account": "6000", "growth": "10 %", "source": "pay round"}]})
    booked = ledger(*steady(months=HISTORY[30:36]), *steady(amount="110", months=HISTORY[36:]))
    assert of(made(cycle, booked), "6000")["2027-12"] == Decimal(110)
    early = review(
        cycle={"last_closed_month": "2027-01"}, drivers={"window_months": "2", "rules": [{"account": "6000", "growth": "10 %", "source": "pay round"}]}
    )
    booked = ledger(*steady(months=HISTORY[30:36]), *steady(amount="110", months=HISTORY[36:37]))
    assert of(made(early, booked), "6000")["2027-12"] == Decimal(110)  # mean of 100 * 1.1 and 110


def test_an_approved_request_counts_from_its_planned_month_on():
    months = [f"2027-{month:02d}" for month in range(6, 13)]
    planned = pd.concat(
        [budget(*steady(months=LEFT)), frames.conformed("budget", amounts(*steady(amount="40", months=months), layer="hire"))], ignore_index=True
    )
    found = of(made(review(), ledger(*steady()), planned), "6000")
    assert (found["2027-05"], found["2027-06"], found["2027-12"]) == (Decimal(100), Decimal(140), Decimal(140))


def test_a_request_that_has_begun_is_not_added_to_what_the_actuals_already_hold():
    request = frames.conformed("budget", amounts(*steady(amount="40", months=["2027-01", "2027-02", "2027-03", *LEFT]), layer="hire"))
    booked = ledger(*steady(months=HISTORY[:36]), *steady(amount="140", months=HISTORY[36:]))
    assert of(made(review(), booked, request), "6000")["2027-12"] == Decimal(140)


def test_owners_go_before_every_method_and_are_not_heard_before_they_spoke():
    entry = {"account": "6000", "start": "2027-05", "end": "2027-07", "owner": "sal", "on": "2027-04-10", "why": "hiring stops"}
    cycle = review(cycle={"as_of": "2027-04-15"})
    found = made(owned(cycle, stated=[{**entry, "amount": "70.01"}]), ledger(*steady(), *steady(team="building")))
    assert sorted([of(found, "6000", team)["2027-05"] for team in ("selling", "building")]) == [Decimal("35.00"), Decimal("35.01")]
    assert of(found, "6000")["2027-07"] == Decimal(100)
    stated = found.amounts[found.amounts["method"] == "owner"]
    assert sorted(set(stated["month"].map(month_text))) == ["2027-05", "2027-06"]
    raised = made(owned(cycle, stated=[{**entry, "change": "3.5 %"}]), ledger(*steady()))
    assert of(raised, "6000")["2027-06"] == Decimal("103.50")
    deaf = made(owned(review(cycle={"as_of": "2027-04-09"}), stated=[{**entry, "change": "3.5 %"}]), ledger(*steady()))
    assert of(deaf, "6000")["2027-06"] == Decimal(100)


def test_a_company_may_fix_the_method_of_a_line_or_an_account():
    fixed = owned(
        review(),
        methods=[
            {"line": "people", "method": "plan", "owner": "ceo", "why": "frozen"},
            {"account": "6010", "method": "last_value", "owner": "ceo", "why": "paid"},
        ],
    )
    planned = budget(*steady(amount="55", months=LEFT))
    found = made(fixed, ledger(*steady(), *steady("6010", "9")), planned)
    assert of(found, "6000")["2027-12"] == Decimal(55)
    assert of(found, "6010")["2027-12"] == Decimal(9)
    assert found.methods.set_index("account")["reason"]["6000"].startswith("fixed by Ada Ash")


def test_what_has_no_past_is_as_it_was_planned():
    found = made(review(), ledger(*steady()), budget(*steady("5000", "30", "building", LEFT)))
    assert of(found, "5000", "building")["2027-12"] == Decimal(30)


def test_in_a_plan_the_outlook_is_the_estimate_of_the_year_that_ends_and_shows_its_back_test():
    estimate = frames.conformed(
        "year_end_estimate",
        pd.concat([amounts(*steady(months=HISTORY[24:33]), basis="actual"), amounts(*steady(months=HISTORY[33:36]), basis="estimate")], ignore_index=True),
    )
    found = made(params(), ledger(*steady(months=HISTORY[:33])), None, estimate)
    assert list(found.amounts["amount"]) == list(estimate["amount"])
    assert found.methods.iloc[0][["method", "horizon", "origins"]].to_list() == ["driver", 3, 12]


@pytest.mark.parametrize(
    ("to_date", "rest", "timing"), [(-100, 100, -100), (-100, 140, -100), (-100, 40, -40), (-100, -5, 0), (-100, 0, 0), (80, -50, 50), (0, -9, 0)]
)
def test_what_the_months_left_take_back_is_timing(to_date, rest, timing):
    assert reversed_part(Decimal(to_date), Decimal(rest)) == timing


def test_a_hire_that_came_late_is_permanent_and_a_bill_that_came_early_is_timing():
    year = [month_text(add_months(month_of("2027-01"), step)) for step in range(12)]
    plan = budget(*steady(months=year), ("selling", "6100", "2027-06", "500"))
    booked = ledger(*steady(amount="80", months=year[:3]), ("selling", "6100", "2027-02", "500"))
    ahead = frames.conformed(
        "outlook",
        pd.concat(
            [
                booked[["entity", "team", "account", "month", "amount"]].assign(basis="actual", method=""),
                amounts(*steady(months=year[3:])).assign(basis="re-forecast", method="driver"),
            ],
            ignore_index=True,
        ),
    )
    rows = variances(plan, booked, ACCOUNTS, LINES, [month_of(each) for each in year[:3]])
    found = variance_timing(rows, plan, ahead, ACCOUNTS, LINES)
    lines = found[found["scope"] == "company"].set_index("line")
    assert lines.loc["people", ["nature", "permanent"]].to_list() == ["permanent", Decimal(60)]
    assert lines.loc["travel", ["nature", "timing", "full_year"]].to_list() == ["timing", Decimal(-500), Decimal(0)]
    assert (found["timing"] + found["permanent"] == found["variance"]).all()
    assert (found["variance"] + found["rest"] == found["full_year"]).all()


def told(cycle, values, found=None):
    """Values by metric and month."""
    measured = kpis(*((name, month, str(value)) for name, months in values.items() for month, value in months.items()))
    given = {"kpis": measured, "driver_paths": NO_PATHS, "accounts": ACCOUNTS, "lines": LINES}
    return goal_outlook(cycle, given, frames.empty("outlook") if found is None else found)


def test_a_goal_whose_months_add_up_ends_at_its_actuals_and_the_run_rate_of_the_rest():
    row = told(review(goals=[goal()]), {"new_customers": {"2027-01": 8, "2027-02": 8, "2027-03": 8}}).iloc[0]
    assert (row["actual"], row["outlook"], row["gap"]) == (24, 96, -24)
    assert (row["method"], row["status"]) == ("run_rate", "off track")
    assert "too short" in row["reason"]


def test_a_goal_that_is_a_level_ends_where_its_trend_leads():
    history = {month: 400 + 2 * place for place, month in enumerate(HISTORY)}
    row = told(review(goals=[goal(kpi="customers", start="470", target="490")]), {"customers": history}).iloc[0]
    assert round(row["outlook"], 6) == 400 + 2 * (len(HISTORY) - 1 + 9)
    assert (row["method"], row["status"], row["error"] < row["naive_error"]) == ("statistical", "on track", True)


def test_a_plan_has_no_goals_to_look_out_for():
    assert told(params(goals=[goal()]), {"new_customers": {"2026-09": 8}}).empty
