"""What company.yml says under `consolidation:`: each name leads somewhere, each account is eliminated once, each cost ends somewhere."""

from __future__ import annotations

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
  - {id: all, name: All, owner: ada}
  - {id: sales, name: Sales, owner: ada, parent: all}
  - {id: desk, name: Help desk, owner: ada, parent: all}
  - {id: people, name: People, owner: ada, parent: all}
lines:
  - {id: revenue, name: Revenue, type: revenue}
accounts:
  - {account: '1900', name: Due from, type: asset}
  - {account: '2900', name: Due to, type: liability}
  - {account: '3950', name: Translation, type: equity}
  - {account: '4000', name: Revenue, type: revenue, line: revenue}
consolidation:
"""
CYCLE = "kind: plan\ncycle: fy2026\nlast_closed_month: 2025-09\n"
METRICS = "metrics:\n  arr: {label: ARR, unit: currency, direction: more, definition: 12 × MRR}\n"
GOOD = """\
  translation_account: '3950'
  intercompany:
    - {id: dues, name: Dues, left: ['1900'], right: ['2900'], owner: ada}
  shared_costs:
    - {team: desk, by: {people: 20 %, sales: 80 %}}
    - {team: people, by: heads}
"""


@pytest.fixture
def loaded(tmp_path):
    def of(text: str):
        folder = tmp_path / "tiny"
        folder.mkdir()
        for name, content in (("company", COMPANY + text), ("fy2026", CYCLE), ("metrics", METRICS)):
            (folder / f"{name}.yml").write_text(content)
        return load(folder / "fy2026.yml")

    return of


def test_what_fits_is_read(loaded):
    rules = loaded(GOOD).company.consolidation
    assert (rules.method, [each.team for each in rules.shared_costs], rules.intercompany[0].owner) == ("reciprocal", ["desk", "people"], "ada")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("'3950'", "'3960'", "found '3960'; expected one of 1900, 2900, 3950, 4000 (did you mean '3950'?)"),
        ("'3950'", "'1900'", "found '1900' of type asset; expected an account of type equity"),
        ("right: ['2900']", "right: ['2901']", "found '2901'; expected one of 1900, 2900, 3950, 4000"),
        ("right: ['2900']", "right: ['1900']", "found '1900' again, as in left of dues; expected each account on one side of one pair"),
        ("right: ['2900']", "right: ['4000']", "found '4000' of type revenue against asset; expected balances against balances, results against results"),
        ("right: ['2900']", "right: []", "found no account; expected one account or more"),
        ("owner: ada", "owner: adda", "found 'adda'; expected one of ada"),
        ("{team: desk,", "{team: dsk,", "found 'dsk'; expected one of all, desk, people, sales"),
        ("{people: 20 %", "{peple: 20 %", "found 'peple'; expected one of all, desk, people, sales"),
        ("{people: 20 %", "{people: -20 %", "expected zero or more"),
        ("{people: 20 %, sales: 80 %}", "{all: 100 %}", "found 'all', a group of teams; expected a team"),
        ("{people: 20 %, sales: 80 %}", "{sales: 0 %}", "found 'desk', used by nobody; expected a weight above zero for a team whose costs are not handed on"),
        ("{team: people, by: heads}", "{team: desk, by: heads}", "found 'desk' twice; expected each team once"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(loaded, old, new, said):
    text = GOOD.replace(old, new, 1)
    line = (COMPANY + text[: GOOD.index(old)]).count("\n") + 1
    with pytest.raises(InputRefusedError) as refused:
        loaded(text)
    told = [str(fault) for fault in refused.value.faults]
    assert any(f"company.yml:{line}: " in fault and said in fault for fault in told), told


@pytest.mark.parametrize(("method", "is_refused"), [("reciprocal", False), ("step_down", True), ("direct", True)])
def test_costs_must_end_outside_the_services_by_the_chosen_method(loaded, method, is_refused):
    text = f"  method: {method}\n  shared_costs:\n    - {{team: desk, by: {{sales: 100 %}}}}\n    - {{team: people, by: {{desk: 100 %}}}}\n"
    if not is_refused:
        assert loaded(text).company.consolidation.method == method
        return
    with pytest.raises(InputRefusedError, match="'people', used by nobody"):
        loaded(text)


def test_services_that_use_nobody_but_one_another_are_refused(loaded):
    with pytest.raises(InputRefusedError, match="'desk', used by nobody outside the services"):
        loaded("  shared_costs:\n    - {team: desk, by: {people: 100 %}}\n    - {team: people, by: {desk: 100 %}}\n")
