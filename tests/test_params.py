"""Parameter files: every fault at once, each with file and line, what was found, what was expected."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pytest

from aop_lib.errors import InputRefusedError
from aop_lib.load import load

COMPANY = """\
name: Tiny
reporting_currency: USD
owners:
  - {id: ada, name: Ada}
entities:
  - {id: us, name: Tiny Inc, currency: USD}
teams:
  - {id: sales, name: Sales, owner: ada}
lines:
  - {id: revenue, name: Revenue, type: revenue}
"""
CYCLE = """\
kind: plan
cycle: fy2026
last_closed_month: 2025-09
"""
METRICS = """\
metrics:
  arr: {label: ARR, unit: currency, direction: more, definition: 12 × MRR}
"""


@pytest.fixture
def company(tmp_path):
    def written(**files):
        folder = tmp_path / "tiny"
        folder.mkdir(exist_ok=True)
        texts = {"company": COMPANY, "fy2026": CYCLE, "metrics": METRICS} | files
        for name, text in texts.items():
            if text is not None:
                (folder / f"{name}.yml").write_text(dedent(text))
        return folder / "fy2026.yml"

    return written


def faults(file, overrides=None):
    with pytest.raises(InputRefusedError) as refused:
        load(file, overrides)
    assert refused.value.exit_status == 2
    return [str(fault) for fault in refused.value.faults]


def test_a_company_in_three_files_is_enough(company):
    params = load(company())
    assert params.company.name == "Tiny"
    assert params.label == "FY2026"
    assert str(params.as_of) == "2025-09-30"
    assert [month.month for month in params.open_months_before_year] == [10, 11, 12]
    assert sorted(params.files) == ["params/metrics.yml", "tiny/company.yml", "tiny/fy2026.yml", "tiny/metrics.yml"]


def test_every_fault_of_every_file_is_listed_at_once_with_its_line(company):
    file = company(
        fy2026=CYCLE.replace("2025-09", "2025-13") + "sead: 3\n",
        company=COMPANY.replace("USD\n", "usd\n", 1) + "colour: red\n",
        drivers="window_months: three\n",
    )
    found = faults(file)
    assert [line.split(": ")[0] for line in found] == [
        "tiny/company.yml:2",
        "tiny/company.yml:11",
        "tiny/drivers.yml:1",
        "tiny/fy2026.yml:3",
        "tiny/fy2026.yml:4",
    ]
    assert "found 'usd'; expected a currency code of three capital letters" in found[0]
    assert "found the key 'colour'" in found[1]
    assert "found 'three'; expected a whole number" in found[2]
    assert "found '2025-13'; expected a month as YYYY-MM" in found[3]
    assert "found the key 'sead'" in found[4]
    assert "did you mean 'seed'?" in found[4]


def test_a_missing_file_a_missing_key_and_a_bad_date_are_faults(company):
    found = faults(company(company=None, fy2026="kind: plan\ncycle: fy2026\nas_of: 2025-02-30\n"))
    assert any("tiny/company.yml:1: found no such file" in line for line in found)
    assert any("tiny/fy2026.yml:3: found '2025-02-30'; expected a date of the calendar" in line for line in found)
    complete = faults(company(fy2026="kind: plan\ncycle: fy2026\n"))
    assert complete == ["tiny/fy2026.yml:1: found no 'last_closed_month'; expected the key 'last_closed_month'; add it"]


def test_names_that_lead_nowhere_are_faults_and_the_nearest_choice_is_offered(company):
    goals = """\
    objectives:
      - {id: grow, statement: Grow}
    goals:
      - {id: g1, statement: More, objective: grwo, weight: 1, kpi: arrr, start: 1, target: 2,
         deadline: 2026-12-31, owner: ada, teams: {saels: 1}}
    """
    found = faults(company(goals=goals, company=COMPANY.replace("owner: ada", "owner: adda")))
    assert any("tiny/goals.yml:4: found 'grwo'; expected one of grow (did you mean 'grow'?)" in line for line in found)
    assert any("'arrr'" in line and "did you mean 'arr'?" in line for line in found)
    assert any("'saels'" in line and "did you mean 'sales'?" in line for line in found)
    assert any("tiny/company.yml:8: found 'adda'" in line for line in found)


def test_ids_given_twice_and_groups_that_contain_themselves_are_faults(company):
    teams = (
        "  - {id: sales, name: Sales, owner: ada, parent: gtm}\n  - {id: gtm, name: GTM, owner: ada, parent: sales}\n  - {id: gtm, name: Again, owner: ada}\n"
    )
    found = faults(company(company=COMPANY.replace("  - {id: sales, name: Sales, owner: ada}\n", teams)))
    assert any("'gtm' 2 times" in line for line in found)
    assert any("sales → gtm → sales" in line for line in found)


def test_a_cycle_that_contradicts_itself_is_refused(company):
    assert any("a review without a baseline" in line for line in faults(company(fy2026=CYCLE.replace("plan", "review").replace("2025-09", "2026-03"))))
    assert any("the name of the file" in line for line in faults(company(fy2026=CYCLE.replace("fy2026", "fy2025"))))
    assert any("before the planned year ends" in line for line in faults(company(fy2026=CYCLE.replace("2025-09", "2026-12"))))


@pytest.mark.parametrize(("text", "kept"), [("5 %", "0.05"), ("0.1", "0.1"), ("-3%", "-0.03")])
def test_a_share_is_a_fraction_or_a_per_cent(company, text, kept):
    drivers = f"rules:\n  - {{line: revenue, growth: {text}}}\n"
    assert load(company(drivers=drivers)).drivers.rules[0].growth == Decimal(kept)


@pytest.mark.parametrize("text", ["NO", "on", "yes", "1", "True"])
def test_a_flag_is_true_or_false_and_no_other_word(company, text):
    found = faults(company(company=COMPANY.replace("owner: ada}", f"owner: ada, submits: {text}}}")))
    assert any("expected true or false" in line for line in found)


def test_setting_a_parameter_reaches_every_file_and_a_wrong_one_is_refused(company):
    file = company(drivers="rules:\n  - {line: revenue, growth: 0.1}\n")
    params = load(file, {"drivers.rules.0.growth": "0.2", "cycle.seed": "7"})
    assert (params.drivers.rules[0].growth, params.cycle.seed) == (Decimal("0.2"), 7)
    assert any("--set" in line and "driver.x" in line for line in faults(file, {"driver.x": "1"}))
    assert any("found the key 'sead'" in line for line in faults(file, {"cycle.sead": "1"}))


GOALS = """\
objectives:
  - {id: grow, statement: Grow}
  - {id: stay, statement: Stay, serves: grow}
goals:
  - id: g1
    statement: More
    objective: grow
    weight: 1
    kpi: arr
    start: 1
    target: 2
    deadline: 2026-12-31
    owner: ada
    kpis:
      - {kpi: new_arr, start: 1, target: 2}
"""


def test_a_goal_with_several_kpis_and_objectives_that_serve_one_another_is_read(company):
    goal = load(company(goals=GOALS)).goals.goals[0]
    assert [(each.kpi, each.role) for each in goal.by_kpi()] == [("arr", "lagging"), ("new_arr", "leading")]


def test_every_fault_of_the_goals_is_listed_at_once_values_and_names_alike(company):
    broken = GOALS.replace("target: 2\n    deadline: 2026-12-31", "target: two\n    deadline: 2026-02-30").replace("new_arr", "nwe_arr")
    found = faults(company(goals=broken.replace("statement: Grow}", "statement: Grow, serves: stay}")))
    for line, text in ((11, "'two'; expected a number"), (12, "'2026-02-30'; expected a date of the calendar"), (15, "did you mean 'new_arr'?")):
        assert any(f"tiny/goals.yml:{line}: " in each and text in each for each in found)
    assert any("tiny/goals.yml:2: found grow → stay → grow; expected objectives that do not serve themselves" in each for each in found)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("serves: grow", "serves: grwo", "tiny/goals.yml:3: found 'grwo'; expected one of grow, stay (did you mean 'grow'?)"),
        ("serves: grow", "serves: stay", "tiny/goals.yml:3: found stay → stay; expected objectives that do not serve themselves"),
        ("kpi: new_arr", "kpi: arr", "the goal's main KPI 'arr' again; expected each KPI once"),
        ("owner: ada\n", "owner: ada\n    split: {sales: {teams: {sales: 1}}}\n", "found 'sales'; expected a team of sales"),
        ("owner: ada\n", "owner: ada\n    split: {saels: {teams: {sales: 1}}}\n", "did you mean 'sales'?"),
        ("owner: ada\n", "owner: ada\n    by: history\n    of: arrr\n", "did you mean 'arr'?"),
        ("owner: ada\n", "owner: ada\n    by: history\n    teams: {sales: 1}\n", "by history beside stated shares"),
        ("owner: ada\n", "owner: ada\n    by: growth\n", "'stated', 'history' or 'capacity'"),
        ("owner: ada\n", "owner: ada\n    people: {saels: {ada: 1}}\n", "did you mean 'sales'?"),
        ("owner: ada\n", "owner: ada\n    teams: {sales: 1}\n    numerator: {saels: 1}\n", "did you mean 'sales'?"),
    ],
)
def test_a_target_that_is_handed_to_nobody_or_twice_is_refused(company, old, new, told):
    assert any(told in line for line in faults(company(goals=GOALS.replace(old, new))))
