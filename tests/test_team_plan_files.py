"""plans/<team>.yml: every fault at once with file and line, and circles of milestones found as a second algorithm finds them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.team_plan_files import dependency_circles

COMPANY = """\
name: Tiny
reporting_currency: USD
currencies: [EUR]
owners:
  - {id: ada, name: Ada}
  - {id: ben, name: Ben}
entities:
  - {id: us, name: Tiny Inc, currency: USD}
teams:
  - {id: sales, name: Sales, owner: ada}
  - {id: product, name: Product, owner: ben}
lines:
  - {id: revenue, name: Revenue, type: revenue}
"""
GOALS = """\
objectives:
  - {id: grow, statement: Grow}
goals:
  - id: arr_up
    statement: More
    objective: grow
    weight: 1
    kpi: arr
    start: 1
    target: 2
    deadline: 2026-12-31
    owner: ada
    milestones:
      - {id: price_list, what: Price list, due: 2026-03-31, owner: ben, measure: published}
"""
CYCLE = "kind: plan\ncycle: fy2026\nlast_closed_month: 2025-09\n"
METRICS = "metrics:\n  arr: {label: ARR, unit: currency, direction: more, definition: 12 × MRR}\n"
PLAN = """\
team: sales
strategies:
  - {id: large, statement: Large accounts, goal: arr_up}
initiatives:
  - id: visits
    what: Two visits a week
    goal: arr_up
    kpi: arr
    strategy: large
    accountable: ada
    responsible: [ben]
    start: 2026-01-05
    end: 2026-06-30
    cost: 1_200.50
    currency: EUR
    effects: [{metric: arr, value: 40_000, by: 2026-12-31}]
    milestones:
      - {id: list, what: List of accounts, due: 2026-02-02, owner: ada, depends_on: [price_list], measure: in the CRM}
milestones:
  - {id: pipeline, what: Pipeline, rhythm: weekly, weekday: tuesday, owner: ada, measure: kept}
individuals:
  - {person: ben, kpi: arr, target: 10_000}
"""


@pytest.fixture
def company(tmp_path):
    def written(**plans):
        folder = tmp_path / "tiny"
        (folder / "plans").mkdir(parents=True, exist_ok=True)
        texts = {"company": COMPANY, "fy2026": CYCLE, "metrics": METRICS, "goals": GOALS} | {f"plans/{name}": text for name, text in plans.items()}
        for name, text in texts.items():
            (folder / f"{name}.yml").write_text(dedent(text))
        return folder / "fy2026.yml"

    return written


def faults(file, overrides=None):
    with pytest.raises(InputRefusedError) as refused:
        load(file, overrides)
    return [str(fault) for fault in refused.value.faults]


def test_a_plan_is_read_into_types_and_belongs_to_the_files_that_a_freeze_holds(company):
    params = load(company(sales=PLAN))
    (plan,) = params.team_plans
    assert (plan.team, plan.initiatives[0].accountable, plan.initiatives[0].responsible) == ("sales", ["ada"], ["ben"])
    assert [(step.id, initiative.id if initiative else None) for step, initiative in plan.steps] == [("list", "visits"), ("pipeline", None)]
    assert "tiny/plans/sales.yml" in params.files


def test_a_company_without_plans_is_fine(company):
    assert load(company()).team_plans == ()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("team: sales", "team: slaes", "plans/sales.yml:1: found 'slaes'; expected one of product, sales (did you mean 'sales'?)"),
        ("team: sales", "team: product", "plans/sales.yml:1: found 'product'; expected 'sales', the name of the file"),
        ("accounts, goal: arr_up", "accounts, goal: arr_upp", "plans/sales.yml:3: found 'arr_upp'; expected one of arr_up (did you mean 'arr_up'?)"),
        ("    goal: arr_up", "    goal: arr_dn", "plans/sales.yml:7: found 'arr_dn'; expected one of arr_up"),
        ("    kpi: arr\n", "    kpi: arrr\n", "plans/sales.yml:8: found 'arrr'; expected"),
        ("strategy: large", "strategy: lrage", "plans/sales.yml:9: found 'lrage'; expected one of large (did you mean 'large'?)"),
        ("accountable: ada", "accountable: adda", "plans/sales.yml:10: found 'adda'; expected one of ada, ben (did you mean 'ada'?)"),
        ("responsible: [ben]", "responsible: [ben, benn]", "plans/sales.yml:11: found 'benn'; expected one of ada, ben (did you mean 'ben'?)"),
        ("start: 2026-01-05", "start: 2026-02-30", "plans/sales.yml:12: found '2026-02-30'; expected a date of the calendar"),
        ("end: 2026-06-30", "end: 2026-01-01", "plans/sales.yml:13: found 2026-01-01; expected a day on or after its start, 2026-01-05"),
        ("cost: 1_200.50", "cost: about 1200", "plans/sales.yml:14: found 'about 1200'; expected an amount"),
        ("currency: EUR", "currency: GBP", "plans/sales.yml:15: found 'GBP'; expected one of EUR, USD"),
        ("[{metric: arr", "[{metric: arrx", "plans/sales.yml:16: found 'arrx'; expected"),
        ("depends_on: [price_list]", "depends_on: [price_lst]", "plans/sales.yml:18: found 'price_lst'; expected one of list, pipeline, price_list"),
        ("due: 2026-02-02, ", "", "plans/sales.yml:18: found no 'due'; expected the key 'due'"),
        ("rhythm: weekly", "rhythm: daily", "plans/sales.yml:20: found 'daily'; expected 'once', 'weekly', 'monthly' or 'quarterly'"),
        ("weekday: tuesday", "due: 2026-02-03", "plans/sales.yml:20: found a day and the rhythm weekly; expected one of them"),
        ("weekday: tuesday", "start: 2026-03-01, end: 2026-02-01", "plans/sales.yml:20: found 2026-02-01; expected a day on or after its start, 2026-03-01"),
        ("{person: ben", "{person: bne", "plans/sales.yml:22: found 'bne'; expected one of ada, ben (did you mean 'ben'?)"),
        ("id: list", "id: price_list", "plans/sales.yml:18: found the milestone 'price_list' 2 times, also in tiny/goals.yml:14"),
        ("id: list", "id: pipeline", "plans/sales.yml:18: found the milestone 'pipeline' 2 times, also in tiny/plans/sales.yml:20"),
        ("measure: kept", "mesure: kept", "plans/sales.yml:20: found the key 'mesure'"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_line(company, old, new, fault):
    assert PLAN.count(old) >= 1
    found = faults(company(sales=PLAN.replace(old, new, 1)))
    assert any(fault in line for line in found), found


def test_faults_of_several_plans_come_at_once(company):
    product = "team: product\ninitiatives:\n  - {id: visits, what: Again, accountable: carl, start: 2026-01-01, end: 2026-02-01}\n"
    found = faults(company(sales=PLAN.replace("kpi: arr\n", "kpi: arp\n"), product=product))
    assert any("plans/sales.yml:8" in line and "'arp'" in line for line in found)
    assert any("plans/product.yml:3" in line and "'carl'" in line for line in found)
    assert len([line for line in found if "the initiative 'visits' 2 times" in line]) == 2


def test_a_circle_of_milestones_over_two_plans_is_named(company):
    product = "team: product\nmilestones:\n  - {id: beta, what: Beta, due: 2026-02-02, owner: ben, depends_on: [list], measure: live}\n"
    found = faults(company(sales=PLAN.replace("[price_list]", "[beta]"), product=product))
    assert found == [
        "tiny/plans/product.yml:3: found beta → list → beta; expected milestones that do not wait for themselves; remove one of these dependencies"
    ]


def test_a_file_that_is_no_plan_is_named_and_a_link_is_not_followed(company):
    file = company(sales=PLAN)
    (file.parent / "plans" / "product.yaml").write_text("team: product\n")
    (file.parent / "plans" / "outside.yml").symlink_to(file)
    found = faults(file)
    assert any("plans/product.yaml: found a file that ends in '.yaml'" in line for line in found)
    assert any("plans/outside.yml: found a link" in line for line in found)


def test_a_value_of_a_plan_can_be_set_from_outside(company):
    params = load(company(sales=PLAN), {"plans/sales.initiatives.visits.end": "2026-09-30"})
    assert str(params.team_plans[0].initiatives[0].end) == "2026-09-30"


NAMES = st.sampled_from("abcdef")


def has_order(depends):
    """Kahn's algorithm: takes away what waits for nothing until nothing is left, or nothing can be taken."""
    left = {name: set(before) & set(depends) for name, before in depends.items()}
    while left:
        free = {name for name, before in left.items() if not before & set(left)}
        if not free:
            return False
        left = {name: before for name, before in left.items() if name not in free}
    return True


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=4), max_size=6))
def test_circles_are_found_exactly_where_there_is_no_order_and_each_is_one(depends):
    circles = dependency_circles(depends)
    assert bool(circles) == (not has_order(depends))
    for circle in circles:
        pairs = zip(circle, [*circle[1:], circle[0]], strict=True)
        assert all(after in depends[here] for here, after in pairs)
        assert circle[0] == min(circle)


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=4), max_size=6))
def test_without_one_dependency_of_each_circle_an_order_is_left(depends):
    cut = {(circle[-1], circle[0]) for circle in dependency_circles(depends)}
    assert has_order({name: [each for each in before if (name, each) not in cut] for name, before in depends.items()})
