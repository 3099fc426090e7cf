"""Drivers from parameters and from the snapshot: what is told is checked, what is not is estimated with its error."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
from small_company import ACCOUNTS, LINES, budget, every_month, ledger, params

from aop_lib import frames
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.periods import add_months, month_of
from aop_lib.plan.account_model import account_model
from aop_lib.plan.account_overlays import account_overlays, moved_amounts
from aop_lib.plan.driver_estimates import ratio
from aop_lib.plan.driver_frames import driver_frames
from aop_lib.plan.driver_goals import goal_values
from aop_lib.plan.driver_inputs import driver_model, evidence
from aop_lib.plan.driver_opening import released
from aop_lib.plan.driver_results import results
from aop_lib.plan.scenarios import scenarios

LAST, MONTHS = month_of("2026-09"), 25
SWITCHES = {"subscription_revenue_lines": ["sales"], "cash_accounts": ["1000"]}


def company(**model):
    return params(company={"switches": SWITCHES}, drivers={"model": model})


def subscriptions(churn=0.02, customers=200):
    """Customers of 100 a month each, of whom a fixed share leaves every month and nobody comes."""
    rows = []
    for age in range(MONTHS):
        left = customers * (1 - churn) ** age
        rows += [(add_months(LAST, age - MONTHS + 1), f"c{number:04d}", "all", "USD", Decimal(100), Decimal(100)) for number in range(round(left))]
    frame = pd.DataFrame(rows, columns=["month", "customer", "segment", "currency", "amount_local", "amount"])
    return frames.conformed("mrr", frame.assign(**{column: "" for column in frames.FRAMES["mrr"].columns if column not in frame}))


def snapshot(mrr=None, rows=(), opportunities=None):
    mrr = subscriptions() if mrr is None else mrr
    sold = [("selling", "4000", f"{month:%Y-%m}", str(part["amount"].sum())) for month, part in mrr.groupby("month")]
    empty = {name: frames.empty(name) for name in ("people", "rates", "opportunities", "year_end_estimate")}
    found = {**empty, "mrr": mrr, "ledger": ledger(*sold, *rows), "accounts": ACCOUNTS, "lines": LINES, "budget": frames.empty("budget")}
    return found if opportunities is None else {**found, "opportunities": opportunities}


def opportunities(*rows):
    """Opportunities as (created, close, amount, won)."""
    listed = [
        {
            "opportunity": f"o{number}", "customer": "", "team": "selling", "segment": "all", "stage": "", "probability": Decimal(0), "amount": Decimal(amount),
            "created": pd.Timestamp(created), "close": pd.Timestamp(close), "is_won": won, "is_closed": True,
        }
        for number, (created, close, amount, won) in enumerate(rows)
    ]  # fmt: skip
    return frames.conformed("opportunities", pd.DataFrame(listed))


def estimates(company, found):
    return {(each.driver, each.place): each for each in evidence(company, found).estimates}


def test_a_ratio_and_its_error_are_those_of_the_sums():
    value, error = ratio([1.0, 3.0], [10.0, 10.0])
    assert value == pytest.approx(0.2)
    assert error == pytest.approx(np.sqrt(2 * (1 + 1)) / 20)
    assert ratio([1.0, 2.0], [10.0, 20.0]) == (pytest.approx(0.1), pytest.approx(0))
    assert np.isnan(ratio([1.0], [0.0])[0])


def test_constant_churn_is_estimated_with_its_window_and_a_small_error():
    found = estimates(company(), snapshot())["churn_rate", "all"]
    assert found.value == pytest.approx(0.02, abs=0.001)
    assert (found.observations, found.window) == (12, "October 2025 to September 2026")
    assert 0 < found.error < 0.001


def test_win_rate_is_by_amount_and_the_cycle_is_that_of_what_was_won():
    won = opportunities(("2026-03-01", "2026-05-01", "300", True), ("2026-03-01", "2026-06-01", "100", False))
    found = estimates(company(), snapshot(opportunities=won))
    assert found["win_rate", "all"].value == pytest.approx(0.75)
    assert found["cycle_months", "all"].value == pytest.approx(61 / 30.4375)


def test_what_drivers_yml_tells_counts_from_its_month_and_the_nearest_place_wins():
    told = [
        {"driver": "churn_rate", "segment": "all", "unit": "pct", "value": "1 %", "start": "2027-01", "source": "plan"},
        {"driver": "churn_rate", "unit": "pct", "value": "5 %"},
        {"driver": "hires", "line": "people", "unit": "count", "value": "2", "start": "2027-03"},
    ]
    here = company(told=told)
    frames_ = snapshot()
    model = driver_model(here, evidence(here, frames_), frames_)
    assert model.drivers["churn_rate"][0, :, 0].tolist() == [0.05] * 3 + [0.01] * 12
    assert model.drivers["hires"][0, :, model.lines.index("people")].tolist() == [0, 0, 0, 0, 0, 2] + [0] * 9
    values = driver_frames(here, frames_)["driver_values"]
    own = values[values["driver"] == "churn_rate"].set_index("since")
    assert own["basis"].to_dict() == {"": "assumed", "2027-01": "told"}
    assert [round(float(each), 3) for each in own["estimate"]] == [0.02, 0.02]


def test_the_base_carries_on_what_the_snapshot_says_and_reads_the_goal_at_its_deadline():
    goal = {
        "id": "arr",
        "statement": "…",
        "objective": "grow",
        "weight": "1",
        "kpi": "arr",
        "start": "1",
        "target": "2",
        "deadline": "2027-12-31",
        "owner": "sal",
    }
    here = company()
    here = replace(here, goals=type(here.goals).model_validate({"objectives": [{"id": "grow", "statement": "…"}], "goals": [goal]}))
    here = replace(here, metrics={**here.metrics, "arr": here.metrics["customers"]})
    frames_ = snapshot()
    model = driver_model(here, evidence(here, frames_), frames_)
    arr = goal_values(here, model, results(model))["arr"]
    rate = model.drivers["churn_rate"][0, 0, 0]
    assert arr == pytest.approx(12 * model.opening.mrr.sum() * (1 - rate) ** 15)


def test_a_company_without_recurring_business_has_accounts_alone():
    found = snapshot(mrr=frames.empty("mrr"), rows=[("selling", "4000", "2026-09", "100")])
    assert driver_model(company(), evidence(company(), found), found) is None
    assert all(frame.empty for frame in driver_frames(company(), found).values())


def test_a_balance_is_paid_out_whole_however_long_it_waits():
    for days in (0, 0.5, 1, 1.5, 3.2):
        assert released(900.0, days, 12).sum() == pytest.approx(900)
    assert released(900.0, 1.5, 4).tolist() == pytest.approx([600, 300, 0, 0])


PLAN = budget(*every_month("selling", "4000", "1000", "2027-01"), *every_month("building", "5000", "200", "2027-01"),
              *every_month("building", "6000", "400.01", "2027-01"))  # fmt: skip


def overlay(*changes):
    return params(
        scenarios=[{"scenario": "what_if", "name": "What if", "reason": "We ask.", "owner": "sal", "changes": [{"why": "…", **each} for each in changes]}]
    )


def moved(changes, accounts=ACCOUNTS):
    here = overlay(*changes)
    model = account_model(PLAN, accounts, LINES, here.year_months)
    return here, model, moved_amounts(model, [[], *(each.changes for each in here.scenarios)])


VARIABLE = frames.conformed("accounts", ACCOUNTS.assign(behaviour=["variable" if each == "5000" else "fixed" for each in ACCOUNTS["account"]]))


def test_without_a_moved_driver_accounts_are_the_budget_itself():
    _, model, found = moved([{"driver": "win_rate", "by": "0.1"}])
    assert (found[0] == model.base).all()
    assert (found[1] == model.base).all()
    assert (found[0] * model.signs).sum(axis=1).tolist() == pytest.approx([399.99] * 12)


def test_variable_accounts_follow_the_volume_sold_and_not_its_price_and_fixed_ones_neither():
    for driver, hosting in (("volume", 100), ("price", 200)):
        _, model, found = moved([{"driver": driver, "line": "sales", "scale": "0.5", "start": "2027-04"}], VARIABLE)
        amounts = {account: found[1, 3, place] for place, (_, _, account) in enumerate(model.places)}
        assert amounts == pytest.approx({"4000": 500, "5000": hosting, "6000": 400.01})
        assert (found[1, :3] == model.base[:3]).all()


def test_growth_of_accounts_compounds_from_its_month_and_stays_where_it_ended():
    _, model, found = moved([{"driver": "account_growth", "line": "people", "by": "0.1", "start": "2027-02", "end": "2027-04"}])
    place = [account for _, _, account in model.places].index("6000")
    assert found[1, :, place].tolist() == pytest.approx([400.01, 440.011, *[484.0121] * 10])


def test_the_part_of_an_account_that_follows_can_be_moved_and_stays_between_none_and_all():
    for by, part in (("0.5", 0.5), ("3", 1.0), ("-1", 0.0)):
        changes = [{"driver": "activity_share", "account": "6000", "by": by}, {"driver": "volume", "scale": "0.5"}]
        _, model, found = moved(changes)
        place = [account for _, _, account in model.places].index("6000")
        assert found[1, 0, place] == pytest.approx(400.01 * (1 - part / 2))


def test_a_scenario_that_moves_volume_is_the_model_s_to_the_cent_and_leaves_untouched_lines_alone():
    here, model, found = moved([{"driver": "volume", "scale": "0.9", "start": "2027-04"}, {"line": "travel", "scale": "1.1"}], VARIABLE)
    paths = account_overlays(here, model)
    assert set(paths["place"]) == {"sales", "hosting"}
    exact = scenarios(here, PLAN, VARIABLE, paths)
    own = exact[exact["scenario"] == "what_if"]
    for place, (_, _, account) in enumerate(model.places):
        rows = own[own["account"] == account].sort_values("month")
        assert [float(each) for each in rows["amount"]] == pytest.approx(list(found[1, :, place]), abs=0.005)


FILES = {
    "company.yml": """\
        name: Tiny
        reporting_currency: USD
        owners: [{id: ada, name: Ada}]
        entities: [{id: us, name: Tiny Inc, currency: USD}]
        teams: [{id: sales, name: Sales, owner: ada}]
        lines: [{id: revenue, name: Revenue, type: revenue}]
        """,
    "fy2026.yml": "kind: plan\ncycle: fy2026\nlast_closed_month: 2025-09\n",
}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("driver: win_rat, unit: pct, value: 30 %", "win_rate"),
        ("driver: win_rate, unit: EUR, value: 30 %", "'pct', the unit of win_rate"),
        ("driver: quota, unit: EUR, value: 1000", "'USD', the unit of quota"),
        ("driver: win_rate, unit: pct, value: 130 %", "0 to 1 for win_rate"),
        ("driver: win_rate, unit: pct, value: many", "a number"),
        ("driver: win_rate, unit: pct, value: 0.3, line: revenue", "told per segment"),
        ("driver: tax_rate, unit: pct, value: 0.3, segment: smb", "told per company"),
        ("driver: dso_days, unit: days, value: 30, start: 2026-01", "the same in every month"),
        ("driver: hires, unit: count, value: 1, line: revenu", "did you mean 'revenue'"),
        ("driver: win_rate, unit: pct, value: 0.3, owner: bob", "ada"),
        ("driver: win_rate, unit: pct, value: 0.3, colour: red", "the key 'colour'"),
        ("driver: win_rate, unit: pct, value: 0.3, start: 2026-03, end: 2026-02", "a month after 2026-03"),
    ],
)
def test_a_driver_that_does_not_fit_is_refused_with_its_line(tmp_path, line, said):
    for name, text in FILES.items():
        (tmp_path / name).write_text(dedent(text))
    (tmp_path / "drivers.yml").write_text(f"model:\n  told:\n    - {{{line}}}\n")
    with pytest.raises(InputRefusedError) as refusal:
        load(tmp_path / "fy2026.yml")
    assert said in str(refusal.value)
    assert "drivers.yml:3" in str(refusal.value)
