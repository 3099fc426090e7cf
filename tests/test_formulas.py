"""Formulas of metrics: what they may say, in which units, and what they come out at; the rest is refused with its place."""

from __future__ import annotations

import shutil
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aop_lib.catalogue import catalogue_faults, formulas, switch_names
from aop_lib.errors import InputRefusedError
from aop_lib.formulas import FormulaError, formula
from aop_lib.load import load
from aop_lib.params.catalogue import Metric
from aop_lib.periods import add_months, month_of
from aop_lib.plan.formula_values import Evaluation, Unknown
from aop_lib.switches import Switches

ROOT = Path(__file__).parent.parent
NOW = month_of("2026-09")


def reading(**switches) -> Switches:
    """Switches as company.yml writes them: as text."""
    return Switches.model_validate(switches)


def metric(unit="currency", formula="", **more) -> Metric:
    return Metric(label="", unit=unit, direction="more", definition="", formula=formula, **more)


def value(text, switches=None, **series):
    """A formula over values of this month, or lists that end with it."""
    measured = {
        name: {add_months(NOW, -back): Decimal(each) for back, each in enumerate(reversed(values if isinstance(values, list) else [values]))}
        for name, values in series.items()
    }
    return Evaluation({"it": formula(text, switches)}, measured, {}).value("it", NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) × 3", 9), ("7 − 2 − 1", 4), ("1 ÷ 8", "0.125"), ("0.1 + 0.2", "0.3"), ("−a + b", 1), ("min(a, b, 2)", 2),
        ("max(a, b)", 4), ("lag(x, 1)", 2), ("sum(x, 3)", 6), ("avg(x, 2)", "2.5"), ("lag(sum(x, 2), 1)", 3), ("sum(lag(x, n), 1)", 1),
    ],
)  # fmt: skip
def test_a_formula_is_the_arithmetic_that_it_reads(text, expected):
    assert value(text, {"n": 2}, a=3, b=4, x=[1, 2, 3]) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')", "a.__class__", "().__class__.__bases__[0]", "open('/etc/passwd')", "a ** a", "9**9**9**9", "a[0]", "'a' * 9",
        "lambda: 1", "[a for a in b]", "a if a else b", "a and b", "a < b", "a // b", "a % b", "a @ b", "~a", "not a", "+a", "1e999", "0x10", "1_000", "1j",
        "True", "None", "...", "f'{a}'", "a := 1", "exec(a)", "min(*a)", "min(a, b=1)", "min(a)", "lag(a)", "lag(a, -1)", "lag(a, 0.5)", "lag(a, b)",
        "lag(a, 999999)", "sum(a, 0)", "sum12(a, 3)", "sum.real(a, 1)", "a; b", "a = 1", "import os", "", " ", "a b", "(", "1" * 13, "yield a", "await a",
        "a\x00", "\ud800", "#", "a\nb", "eval('1')", "print(a)", "globals()", "min(a, open('x'))", "99999999999999999999",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(FormulaError):
        formula(text)


@pytest.mark.parametrize(
    "text",
    ["(" * 5_000, "-" * 350 + "1", "(" * 500 + "a" + ")" * 500, "1+" * 150 + "1", "lag(" * 60 + "a" + ",1)" * 60, "a" * 100_000, "-" * 5_000_000],
    ids=lambda text: f"{len(text)} {text[:4]}",
)
def test_long_and_deep_formulas_are_refused_at_once(text):
    start = time.perf_counter()
    with pytest.raises(FormulaError):
        formula(text)
    assert time.perf_counter() - start < 1


@settings(max_examples=300, deadline=None)
@given(some.text(alphabet="ab1290.+-*/()[]{}, _'\"=<>:;@!lagsuminx×÷\n", max_size=60) | some.text(max_size=40))
def test_whatever_is_written_is_a_formula_or_a_refusal(text):
    try:
        formula(text)
    except FormulaError:
        return


def test_sums_of_sums_of_sums_take_no_longer_than_their_parts():
    start = time.perf_counter()
    found = value("sum(sum(sum(sum(sum(x, 60), 60), 60), 60), 60)", x=[1] * 400)
    assert found == 60**5
    assert time.perf_counter() - start < 2


def test_the_deepest_catalogue_that_is_let_in_can_be_worked_out():
    """Ten formulas on one another, each as deep as it may be, within a reader's call stack."""
    deep = "-" * 18
    chain = {f"m{index}": metric(formula=f"{deep}(m{index + 1} + m10)") for index in range(9)} | {"m9": metric(formula=f"{deep}(m10 + m10)"), "m10": metric()}
    assert faults(**chain) == []
    found = Evaluation(formulas(chain, reading()), {"m10": {NOW: Decimal(1)}}, {}).value("m0", NOW)
    assert found == 11


def test_what_grows_beyond_all_meaning_is_not_meaningful():
    found = value("x * x * x * x", x=10**12)
    assert isinstance(found, Unknown)
    assert found.is_meaningless


@pytest.mark.parametrize(("base", "said"), [(0, "zero"), (-5, "negative")])
def test_over_a_zero_or_negative_base_a_figure_is_not_meaningful_and_says_why(base, said):
    found = Evaluation({"it": formula("a ÷ b")}, {"a": {NOW: Decimal(1)}, "b": {NOW: Decimal(base)}}, {"b": "Revenue"}).value("it", NOW)
    assert found == Unknown(f"Revenue is {said} in September 2026", (), is_meaningless=True)


def test_formulas_that_are_evaluated_one_after_the_other_never_take_each_others_values():
    evaluation = Evaluation({}, {"a": {NOW: Decimal(7)}}, {})
    assert [evaluation.node(formula(f"{factor} × a"), NOW) for factor in range(200)] == [Decimal(7 * factor) for factor in range(200)]


def test_a_month_without_data_is_no_zero():
    assert value("sum(x, 3)", x=[1, 2]) == Unknown("x has no value for July 2026")
    assert value("x + y", x=1) == Unknown("no data for y", ("y",))


def faults(**metrics) -> list[tuple[str, str, str]]:
    return [(each.metric, each.found, each.expected) for each in catalogue_faults(metrics, reading())]


def test_unlike_units_are_not_added_and_the_unit_that_comes_out_is_the_declared_one():
    arr, customers, arpa = metric(), metric("count"), metric(formula="arr / customers", per="count")
    assert faults(arr=arr, customers=customers, arpa=arpa) == []
    assert faults(arr=arr, customers=customers, x=metric(formula="arr + customers")) == [("x", "a sum of currency and count", "like units")]
    assert faults(arr=arr, customers=customers, arpa=arpa, x=metric(formula="max(arr, arpa)")) == [
        ("x", "max() of currency and currency per count", "like units")
    ]
    assert faults(arr=arr, customers=customers, x=metric("pct", formula="arr / customers")) == [
        ("x", "currency per count", "a plain number, the unit it is declared in")
    ]
    assert faults(arr=arr, x=metric("months", formula="arr / arr")) == [("x", "a plain number", "months, the unit it is declared in")]
    assert faults(arr=arr, x=metric("months", formula="months(arr / arr)")) == []
    assert faults(arr=arr, x=metric("months", formula="months(arr)"))[0][1] == "months() of currency and a plain number"
    assert faults(arr=arr, x=metric("pct", formula="arr / lag(arr, 12) - 1"), y=metric("ratio", formula="x + 1")) == []


def test_formulas_that_lead_back_to_themselves_are_refused_with_the_way():
    assert faults(a=metric(formula="b"), b=metric(formula="c"), c=metric(formula="lag(a, 1)"))[0] == (
        "a", "a → b → c → a", "formulas that do not lead back to themselves",
    )  # fmt: skip
    assert faults(a=metric(formula="a + a"))[0][1] == "a → a"
    chain = {f"m{index}": metric(formula=f"m{index + 1}") for index in range(500)} | {"m500": metric()}
    assert faults(**chain) == [("m0", "500 formulas that stand on one another", "at most 10")]


def test_an_unknown_name_is_refused_with_the_nearest_and_a_metric_cannot_take_a_switch_s_name():
    assert faults(revenue=metric(), x=metric(formula="revenu * 2")) == [("x", "'revenu'", "a metric of the catalogue (did you mean 'revenue'?)")]
    assert faults(cac_lag_months=metric())[0][1] == "the name 'cac_lag_months'"
    assert faults(x=metric(switches=["cac_lag_month"]))[0][2] == "a switch of company.yml (did you mean 'cac_lag_months'?)"


def test_the_switches_of_a_formula_count_as_the_metrics_own():
    assert switch_names(metric(formula="lag(a, cac_lag_months)", switches=["bookings_metric"])) == ["bookings_metric", "cac_lag_months"]
    chosen = formulas({"x": metric(formula="rule_of_40_growth")}, reading(rule_of_40_growth="revenue_growth"))
    assert chosen == {"x": formula("revenue_growth")}


def test_every_formula_of_the_catalogue_is_sound_under_every_switch():
    metrics = load(ROOT / "params" / "demo" / "fy2027.yml").metrics
    assert sum(1 for each in metrics.values() if each.formula) > 20
    for growth in ("arr_growth", "revenue_growth"):
        for margin in ("operating_margin_year", "ebitda_margin_year", "fcf_margin_year"):
            for base in ("heads", "average_heads"):
                switches = reading(rule_of_40_growth=growth, rule_of_40_margin=margin, arr_per_head_base=base)
                assert list(catalogue_faults(metrics, switches)) == []


def test_a_metric_without_formula_says_what_would_have_to_be_measured():
    metrics = load(ROOT / "params" / "demo" / "fy2027.yml").metrics
    assert [name for name, each in metrics.items() if not each.formula and not each.needs] == []


def test_a_company_s_own_metric_is_held_to_the_same_rules_with_file_and_line(tmp_path):
    shutil.copy(ROOT / "params" / "metrics.yml", tmp_path)
    company = tmp_path / "small"
    shutil.copytree(ROOT / "tests" / "real" / "mrr_playbook", company)
    own = "metrics:\n  deal_size:\n    label: Deal size\n    unit: currency\n    direction: more\n    definition: A test.\n    formula: {}\n"
    (company / "metrics.yml").write_text(own.format("arr ÷ customer"))
    with pytest.raises(InputRefusedError) as refused:
        load(company / "fy2021.yml")
    assert "small/metrics.yml:7: found 'customer'; expected a metric of the catalogue (did you mean 'customers'?)" in str(refused.value)
    (company / "metrics.yml").write_text(own.format("arr ÷ 12"))
    assert load(company / "fy2021.yml").metrics["deal_size"].formula == "arr ÷ 12"


def catalogue_value(name, switches=None, **series):
    metrics = load(ROOT / "params" / "demo" / "fy2027.yml").metrics
    measured = {each: {add_months(NOW, -back): Decimal(amount) for back in range(25)} for each, amount in series.items()}
    return Evaluation(formulas(metrics, switches or reading(unit_economics_months="1")), measured, {}).value(name, NOW)


def test_the_worked_examples_of_the_trade_come_out():
    """LTV 500 × 0.8 ÷ 0.05 = 8,000; CAC 50,000 ÷ 25 = 2,000; burn multiple 3M ÷ 1M = 3; payback 12,000 ÷ (1,500 × 0.7) = 11.4 months."""
    assert catalogue_value("ltv", arpa=500, gross_margin="0.8", customer_churn_rate="0.05") == 8000
    assert catalogue_value("customer_churn_rate", churned_customers=5, customers=100) == Decimal("0.05")
    assert catalogue_value("cac", sales_marketing_spend=50_000, new_customers=25) == 2000
    assert catalogue_value("ltv_to_cac", ltv=8000, cac=2000) == 4
    assert catalogue_value("burn_multiple", net_burn=3_000_000, net_new_arr=1_000_000) == 3
    assert round(catalogue_value("cac_payback", sales_marketing_spend=12_000, new_arr=1_500 * 12, gross_margin="0.7"), 1) == Decimal("11.4")


def test_a_metric_over_nothing_is_not_meaningful():
    assert catalogue_value("ltv", arpa=500, gross_margin="0.8", churned_customers=0, customers=100).is_meaningless
    assert catalogue_value("burn_multiple", free_cash_flow=10, net_new_arr=100).is_meaningless
    assert catalogue_value("burn_multiple", free_cash_flow=-10, net_new_arr=0).is_meaningless
    assert catalogue_value("burn_multiple", free_cash_flow=-10, net_new_arr=-5).is_meaningless
    assert catalogue_value("pipeline_coverage", pipeline_in_year=10, bookings_target=5, bookings_in_year=5).is_meaningless


def test_spend_wins_customers_after_the_lag_that_company_yml_states():
    metrics = load(ROOT / "params" / "demo" / "fy2027.yml").metrics
    series = {"sales_marketing_spend": {add_months(NOW, -2): Decimal(100), NOW: Decimal(900)}, "new_customers": {NOW: Decimal(2)}}
    found = {lag: Evaluation(formulas(metrics, reading(unit_economics_months="1", cac_lag_months=str(lag))), series, {}).value("cac", NOW) for lag in (0, 2)}
    assert found == {0: 450, 2: 50}


def test_the_rule_of_forty_takes_the_growth_and_the_margin_that_company_yml_chooses():
    series = {"arr_growth": "0.30", "revenue_growth": "0.25", "operating_margin_year": "0.10", "fcf_margin_year": "0.05"}
    assert catalogue_value("rule_of_40", **series) == Decimal("0.40")
    other = reading(rule_of_40_growth="revenue_growth", rule_of_40_margin="fcf_margin_year")
    assert catalogue_value("rule_of_40", other, **series) == Decimal("0.30")


def test_the_magic_number_is_four_times_the_rise_of_a_quarter_over_the_spend_before():
    metrics = load(ROOT / "params" / "demo" / "fy2027.yml").metrics
    months = [add_months(NOW, -back) for back in range(6)]
    series = {
        "revenue": {month: Decimal(110 if back < 3 else 100) for back, month in enumerate(months)},
        "sales_marketing_spend": dict.fromkeys(months, Decimal(40)),
    }
    assert Evaluation(formulas(metrics, reading()), series, {}).value("magic_number", NOW) == 1
