"""The driver tree and where metrics stand: on figures that can be redone by hand, and on the demo company as it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from aop_lib.load import load
from aop_lib.params.catalogue import Metric
from aop_lib.periods import add_months
from aop_lib.plan import saas_metrics
from aop_lib.plan.driver_tree import driver_tree
from aop_lib.plan.metric_status import metric_status
from aop_lib.plan.metric_words import drives, missing_view, sources, standing, stated_switches, status_view
from aop_lib.report import charts
from aop_lib.sources.snapshot import snapshot

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def params():
    return load(ROOT / "params" / "demo" / "fy2027.yml")


@pytest.fixture(scope="module")
def frames(params):
    read = snapshot(params)
    return read | saas_metrics.metric_frames(params, read)


def metric(label, unit="currency", formula="", direction="more", **more) -> Metric:
    return Metric(label=label, unit=unit, direction=direction, definition="", formula=formula, **more)


def small(params, **values):
    """Profit = price × units − cost, with a margin over sales that may be nothing."""
    metrics = {
        "profit": metric("Profit", formula="sales - cost"), "sales": metric("Sales", formula="price * units"), "cost": metric("Cost", direction="less"),
        "price": metric("Price", per="count"), "units": metric("Units", "count"), "margin": metric("Margin", "pct", formula="profit / sales"),
        "backlog": metric("Backlog", needs="Orders, with the day they came."), "cover": metric("Cover", "ratio", formula="backlog / sales"),
    }  # fmt: skip
    rows = [(name, "", add_months(params.last_closed, -back), Decimal(value)) for name, value in values.items() for back in (0, 1)]
    return replace(params, metrics=metrics), saas_metrics.kpi_frame(rows)


def test_a_tree_tells_what_one_per_cent_more_of_each_part_does(params):
    """Sales 10 × 20 = 200, cost 150, profit 50: sales weigh four times, cost three times, price and units as sales do."""
    own, kpis = small(params, price=10, units=20, cost=150)
    tree = driver_tree(own, kpis, "profit")
    assert tree[["node", "parent", "depth", "value", "elasticity"]].to_numpy().tolist() == [
        ["profit", "", 0, 50, 1], ["sales", "profit", 1, 200, 4], ["price", "sales", 2, 10, 4], ["units", "sales", 2, 20, 4], ["cost", "profit", 1, 150, -3],
    ]  # fmt: skip
    assert drives(tree) == "Profit is 50 and moves most with price (+4.0\u00a0% for 1\u00a0% more) and units (+4.0\u00a0% for 1\u00a0% more)"


def test_a_part_that_comes_twice_is_taken_apart_once(params):
    own, kpis = small(params, price=10, units=20, cost=150)
    tree = driver_tree(own, kpis, "margin")
    assert list(tree["node"]) == ["margin", "profit", "sales", "price", "units", "cost", "sales"]
    assert tree["elasticity"].tolist()[1] == 1


def test_a_tree_without_values_has_no_elasticities_and_is_drawn_all_the_same(params):
    own, kpis = small(params, price=10)
    tree = driver_tree(own, kpis, "profit")
    assert tree["value"].isna().tolist() == [True, True, False, True, True]
    assert tree["elasticity"].isna().all()
    assert "no value" in charts.tree(tree, alt="x").text
    assert drives(tree) == "Profit has no value yet"


def test_a_metric_says_whether_it_is_measured_computed_without_meaning_or_without_data(params):
    own, kpis = small(params, price=0, units=20, cost=150)
    status = metric_status(own, saas_metrics.evaluation_of(own, kpis)).set_index("metric")
    assert status["status"].to_dict() == {
        "profit": "computed", "sales": "computed", "cost": "measured", "price": "measured", "units": "measured",
        "margin": "n/m", "backlog": "no data", "cover": "no data",
    }  # fmt: skip
    assert status.loc["margin", "reason"] == "Sales is zero in September 2026"
    assert status.loc["cover", ["reason", "needs"]].tolist() == ["no data for Backlog", "Orders, with the day they came."]
    assert status.loc[["margin", "backlog", "cover"], "value"].isna().all()
    assert standing(status.reset_index()) == "8 metrics: 3 measured, 2 computed, 1 not meaningful and 2 without data"
    assert missing_view(status.reset_index()).to_numpy().tolist() == [["Orders, with the day they came", "Backlog and Cover", 2]]
    shown = status_view(own, status.reset_index()).set_index("label")
    assert shown.loc["Margin", ["shown", "how"]].tolist() == ["n/m", "Sales is zero in September 2026."]
    assert shown.loc["Cover", ["shown", "how"]].tolist() == ["", "No data for Backlog. It takes: Orders, with the day they came."]


def test_where_a_metric_is_measured_and_has_a_formula_both_agree_in_every_month(params, frames):
    kpis = frames["kpis"]
    measured = saas_metrics.evaluation_of(params, kpis)
    formulas_first = replace(measured, formulas_first=True, _found={})
    both = [
        name
        for name, each in params.metrics.items()
        if each.formula and len(saas_metrics.kpi_actuals(frames, params.last_closed, "USD").query("metric == @name"))
    ]
    assert both == ["arr", "customers", "arpa", "gross_margin", "operating_profit", "operating_margin"]
    for name in both:
        for month, value in measured.measured[name].items():
            again = formulas_first.value(name, month)
            assert abs(again - value) < Decimal("1e-6"), (name, month)


def test_every_metric_of_the_demo_company_stands_somewhere(params, frames):
    status = frames["metric_status"]
    assert set(status["metric"]) == set(params.metrics)
    lacking = status[status["status"] == "no data"]
    assert (lacking["needs"] != "").all()
    assert set(lacking["metric"]) == {"ramped_quota", "quota_coverage"}
    assert (status.loc[status["status"] == "n/m", "reason"] != "").all()


def test_segments_and_currency_sum_to_the_company_in_the_demo_company(frames):
    kpis = frames["kpis"].set_index(["metric", "team", "month"])["value"]
    closing = frames["arr_bridge"].query("movement == 'closing'").groupby("month")["amount"].sum()
    assert len(closing) == 35
    assert all(kpis["arr", "", month] == amount for month, amount in closing.items())
    assert frames["control_totals"].iloc[-1]["ties"]


def test_a_section_states_the_switches_that_its_metrics_stand_on_even_through_formulas(params):
    told = stated_switches(params, ["ltv_to_cac"])
    assert "Taken over 12 months." in told
    assert "Spend of 3 months before the customers." in told
    assert "P&L lines of sales and marketing: Sales & marketing." in told
    assert "A customer that returns within 12 months is reactivated, later it is new." in told
    assert "Growth:" not in told
    assert "Growth: ARR growth, 12 months." in stated_switches(params, ["rule_of_40"])
    assert sources(params, ["cac"]).startswith("Customer acquisition cost: Sales & marketing spend ÷ new customers. Read here so:")


def test_a_tree_is_drawn_with_its_labels_escaped_wide_and_as_a_list():
    rows = pd.DataFrame(
        [
            ("r", "", 0, "Root", "USD", 1, 100, 1),
            ("a", "r", 1, "<script>alert(1)</script>", "USD each", -1, 50, "-0.5"),
            ("b", "r", 1, "B", "pct", 1, None, None),
        ],
        columns=["node", "parent", "depth", "label", "unit", "direction", "value", "elasticity"],
    )
    drawn = charts.tree(rows, alt="Root & all")
    assert drawn.html.count("<svg") == 2
    assert "<script" not in drawn.html
    assert "Root &amp; all" in drawn.html
    assert "(0.50)" in drawn.html
    assert drawn.html == charts.tree(rows, alt="Root & all").html
    assert "no formula" in charts.tree(rows.iloc[:0], alt="x").text


def test_a_heatmap_of_what_is_left_is_darkest_where_most_is_lost():
    table = pd.DataFrame([[Decimal("1.1"), Decimal("0.9")], [Decimal(1), Decimal("0.5")]], index=["a", "b"], columns=["x", "y"])
    drawn = charts.heatmap(table, "pct", alt="x", is_sorted=False, trouble=-1, base=1).html
    assert drawn.count("--h5") == 2  # once wide, once narrow: 50 % left
    assert drawn.count("--h1") == 2  # 90 % left
    assert drawn.count("--h2") == drawn.count("--h3") == drawn.count("--h4") == 0
