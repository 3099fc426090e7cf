"""alignment.yml: every name, unit and formula that cannot be is refused at once, with file, line and the nearest name."""

from __future__ import annotations

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
  - {id: sales-na, name: Sales, owner: ada}
  - {id: product, name: Product, owner: ada}
lines:
  - {id: revenue, name: Revenue, type: revenue}
"""
CYCLE = "kind: plan\ncycle: fy2027\nlast_closed_month: 2026-09\n"
RULES = """\
recruiting: {team: product, heads: 4, source: HR}
loads:
  - {id: care, team: product, load: customers, per_head: 50}
tests:
  - id: keep_up
    name: Product keeps up with sales
    left: planned_heads_of_product
    rule: at_least
    right: 2 × planned_heads_of_sales_na
    team: product
    other_team: sales-na
    proposal: Hire
"""


@pytest.fixture
def loaded(tmp_path):
    def read(rules):
        folder = tmp_path / "tiny"
        folder.mkdir(exist_ok=True)
        for name, text in {"company": COMPANY, "fy2027": CYCLE, "alignment": rules}.items():
            (folder / f"{name}.yml").write_text(dedent(text))
        return load(folder / "fy2027.yml")

    return read


def test_rules_are_read_and_what_is_not_told_keeps_its_default(loaded):
    rules = loaded(RULES).alignment
    assert (rules.recruiting.heads, rules.tests[0].when, str(rules.tolerance), rules.software) == (4, "year_end", "0.01", None)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("{team: product, heads", "{team: prodct, heads", "tiny/alignment.yml:1: found 'prodct'; expected one of product, sales-na (did you mean 'product'?)"),
        ("load: customers", "load: custmers", "tiny/alignment.yml:3: found 'custmers'; expected a known metric of metrics.yml (did you mean 'customers'?)"),
        ("per_head: 50", "per_head: 0", "tiny/alignment.yml:3: found 0; expected more than 0"),
        ("left: planned_heads_of_product", "left: planed_heads_of_product",
         "tiny/alignment.yml:7: found 'planed_heads_of_product'; expected a name that formulas know (did you mean 'planned_heads_of_product'?)"),
        ("right: 2 × planned_heads_of_sales_na", "right: budget", "tiny/alignment.yml:9: found currency; expected count, the unit of the left side"),
        ("right: 2 × planned_heads_of_sales_na", "right: budget + customers", "tiny/alignment.yml:9: found a sum of currency and count; expected like units"),
        ("right: 2 × planned_heads_of_sales_na", "right: open('x')", "tiny/alignment.yml:9: found \"open('x')\"; expected numbers, metrics"),
        ("heads: 4", "heads: -4", "tiny/alignment.yml:1: found -4; expected 0 or more heads"),
        ("rule: at_least", "rule: at_least\n    tolerance: 200 %", "tiny/alignment.yml:9: found 2; expected 0 to 100 %"),
        ("other_team: sales-na", "other_team: product", "tiny/alignment.yml:11: found 'product'; expected another team than the first"),
        ("rule: at_least", "rule: least", "tiny/alignment.yml:8: found 'least'; expected 'at_least', 'at_most' or 'equal'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_line(loaded, was, becomes, told):
    with pytest.raises(InputRefusedError) as refused:
        loaded(RULES.replace(was, becomes))
    assert told in str(refused.value)


def test_a_bare_number_takes_the_unit_of_the_other_side(loaded):
    assert loaded(RULES.replace("2 × planned_heads_of_sales_na", "12")).alignment.tests[0].right == "12"


def test_two_tests_of_one_name_are_refused(loaded):
    again = RULES + RULES[RULES.index("  - id: keep_up") :]
    with pytest.raises(InputRefusedError, match="'keep_up' 2 times"):
        loaded(again)
