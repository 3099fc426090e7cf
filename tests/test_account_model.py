"""Accounts as the model of a company without subscriptions, on a real ledger: the base, its back-test, who follows what is sold, a scenario."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from aop_lib import frames as contracts
from aop_lib.load import load
from aop_lib.periods import add_months, month_spine
from aop_lib.plan.account_drivers import account_finding, account_frames, account_view, season, slope
from aop_lib.plan.account_model import account_model
from aop_lib.plan.budget import base_budget, year_end_estimate
from aop_lib.plan.outlook import outlook
from aop_lib.plan.profit_and_loss import line_totals, result
from aop_lib.plan.scenarios import scenarios
from aop_lib.sources.snapshot import snapshot
from aop_lib.store import frame_file, read_frame

HERE = Path(__file__).parent
needs_data = pytest.mark.skipif(not (HERE.parent.parent / "shared" / "data" / "adventureworks").is_dir(), reason="the real ledger is not here")
LAST, CENT = pd.Timestamp("2012-08-01"), Decimal("0.01")


@pytest.fixture(scope="module")
def plan():
    """The plan of AdventureWorks' fiscal year 2013 as it could have been made in September 2012."""
    params = load(HERE / "real" / "adventureworks" / "fy2013.yml")
    found = snapshot(params)
    parts = [found[name] for name in ("ledger", "accounts", "lines", "imported_budget")]
    base, estimate = base_budget(params, *parts), year_end_estimate(params, *parts)
    budget = base.assign(layer="base")
    own = found | {"budget": budget, "driver_paths": contracts.empty("driver_paths"), "overlay_paths": contracts.empty("overlay_paths")}
    methods = outlook(params, found, budget, own["driver_paths"], estimate).methods
    return SimpleNamespace(params=params, base=base, budget=budget, methods=methods, **(found | account_frames(params, own)))


def by_account(ledger: pd.DataFrame) -> dict[str, dict[pd.Timestamp, Decimal]]:
    sums: dict[str, dict[pd.Timestamp, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in ledger.itertuples():
        sums[row.account][row.month] += row.amount
    return sums


@needs_data
def test_the_base_is_each_places_mean_of_three_months_in_every_month_to_the_cent(plan):
    held = set(plan.accounts.loc[plan.accounts["line"] != "", "account"])
    places: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in plan.ledger.itertuples():
        if row.account in held and row.month > add_months(LAST, -3):
            places[row.entity, row.team, row.account] += row.amount
    expected = {place: 12 * (amount / 3).quantize(CENT, rounding=ROUND_HALF_EVEN) for place, amount in places.items()}
    found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in plan.base.itertuples():
        found[row.entity, row.team, row.account] += row.amount
    assert {place: amount for place, amount in found.items() if amount} == {place: amount for place, amount in expected.items() if amount}
    model = account_model(plan.budget, plan.accounts, plan.lines, plan.params.year_months)
    whole = result(plan.base, plan.accounts, plan.lines)
    assert Decimal(repr(float((model.base * model.signs).sum()))).quantize(CENT) == whole.net_result


@needs_data
def test_the_back_test_beside_the_naive_method_is_what_plain_loops_say(plan):
    history = by_account(plan.ledger)
    months = month_spine(pd.Timestamp("2010-12-01"), add_months(LAST, 1))
    told = plan.methods.set_index("account")
    assert (told["origins"] == len(months) - 3 - 12 + 1).all()
    assert (told["method"] == "driver").all()
    sold = {row.account: int(row.line_sign) for row in plan.accounts.itertuples() if row.line == "net_sales"}
    revenue = {month: sum((sign * float(history[account][month]) for account, sign in sold.items()), 0.0) for month in months}
    for account in ("5020", "6200"):
        values = [float(history[account][month]) for month in months]
        missed = {"last": 0.0, "rate": 0.0, "volume": 0.0}
        came = 0.0
        for known in range(12, len(months) - 2):
            recent, trade = values[known - 12 : known], [revenue[month] for month in months[known - 12 : known]]
            ahead = {
                "last": values[known - 1],
                "rate": sum(values[known - 3 : known]) / 3,
                "volume": sum(recent) / sum(trade) * sum(revenue[month] for month in months[known - 3 : known]) / 3,
            }
            for actual in values[known : known + 3]:
                came += abs(actual)
                missed = {name: off + abs(ahead[name] - actual) for name, off in missed.items()}
        assert told.loc[account, "driver_error"] == pytest.approx(missed["rate"] / came)
        assert told.loc[account, "naive_error"] <= missed["last"] / came + 1e-12
        said = told.loc[account, "reason"]
        assert (f"{100 * missed['volume'] / came:.1f}\u00a0% volume sold" in said) == (account == "5020")


@needs_data
def test_each_account_is_shown_with_its_method_back_test_and_what_the_ledger_says(plan):
    view = account_view(plan.account_drivers, plan.methods)
    assert len(view) == len(plan.account_drivers) == plan.account_drivers["account"].nunique()
    shown = view[view["run_rate"] != 0]
    assert (shown["method"] == "drivers").all()
    assert (shown["error_shown"] != "").all()
    assert (shown["naive_shown"] != "").all()
    held = plan.account_drivers.set_index("account")
    assert set(held.index[held["held"] == 1]) == set(plan.accounts.loc[plan.accounts["behaviour"] == "variable", "account"]) & set(held.index)
    assert account_finding(plan.account_drivers).startswith(
        f"{int((held['held'] == 1).sum())} of {int((held['behaviour'] != 'sold').sum())} accounts follow the volume sold"
    )
    assert set(plan.accounts.loc[plan.accounts["line"] == "net_sales", "account"]) & set(held.index) == set(held.index[held["behaviour"] == "sold"])


@needs_data
def test_a_tenth_less_sold_takes_a_tenth_of_revenue_and_of_what_follows_and_nothing_else(plan):
    moved = scenarios(plan.params, plan.budget, plan.accounts, plan.overlay_paths)
    names = {"base": {}, "fewer_sold": {}}
    for name, sums in names.items():
        rows = line_totals(moved[moved["scenario"] == name], plan.accounts, plan.lines, ())
        sums.update(zip(rows["line"], rows["amount"], strict=True))
    base, less = names["base"], names["fewer_sold"]
    for line in ("net_sales", "cost_of_sales"):
        assert abs(less[line] - base[line] * Decimal("0.9")) <= 12 * CENT / 2
    kept = {line for line in base if base[line] == less[line]}
    assert kept == {"labor", "travel", "marketing", "depreciation", "other_income", "taxes"}
    variable = plan.base[plan.base["account"].isin(["6100", *plan.accounts.loc[plan.accounts["behaviour"] == "variable", "account"]])]
    follows = line_totals(variable, plan.accounts, plan.lines, ()).set_index("line")["amount"]
    assert abs(base["other_opex"] - less["other_opex"] - follows["other_opex"] / 10) <= 12 * CENT / 2


def test_the_reviewed_year_of_adventureworks_has_its_accounts_as_the_model_and_the_scenario_on_its_page(cycles):
    drivers = read_frame(frame_file(cycles.adventureworks, "account_drivers"), "account_drivers")
    assert len(drivers) > 30
    page = (cycles.adventureworks / "reports" / "03_consolidation.html").read_text(encoding="utf-8")
    assert "accounts follow the volume sold" in page
    totals = read_frame(frame_file(cycles.adventureworks, "scenario_totals"), "scenario_totals").set_index(["scenario", "line"])["amount"]
    assert abs(totals["fewer_sold", "net_sales"] - totals["base", "net_sales"] * Decimal("0.9")) <= 12 * CENT / 2
    assert read_frame(frame_file(cycles.plan, "account_drivers"), "account_drivers").empty


def test_a_straight_line_is_found_without_error_and_nothing_is_said_of_too_little():
    found, error = slope(np.arange(12.0), 100 + 5 * np.arange(12.0))
    assert (found * (100 + 5 * 5.5), error) == pytest.approx((5, 0), abs=1e-9)
    assert np.isnan(slope(np.arange(5.0), np.arange(5.0))).all()
    assert np.isnan(slope(np.ones(12), np.arange(12.0))).all()


def test_a_season_is_the_strongest_month_over_the_average_and_needs_two_years():
    months = month_spine(pd.Timestamp("2024-01-01"), pd.Timestamp("2026-01-01"))
    values = np.array([2.0 if month.month == 12 else 1.0 for month in months])
    assert season(values, months) == pytest.approx(2 / (13 / 12))
    assert np.isnan(season(values[:23], months[:23]))
