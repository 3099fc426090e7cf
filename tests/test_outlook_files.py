"""outlook.yml: every name, month and figure that does not fit is refused with file and line, all at once; a plan does not read it."""

from __future__ import annotations

import pytest

from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.skeleton import written

STATED = "start: 2027-05, owner: ada, on: 2027-04-02, why: said so"


@pytest.fixture
def acme(tmp_path):
    plan = written(tmp_path / "acme", 2027)
    review = plan.with_name("fy2027_q1.yml")
    review.write_text("kind: review\ncycle: fy2027_q1\nlast_closed_month: 2027-03\nas_of: 2027-04-15\nbaseline: fy2027\n")

    def faults(methods="", stated="", cycle=review):
        text = (f"methods:\n  - {{{methods}}}\n" if methods else "") + (f"stated:\n  - {{{stated}}}\n" if stated else "")
        plan.with_name("outlook.yml").write_text(text)
        try:
            load(cycle)
        except InputRefusedError as refused:
            return [str(each) for each in refused.faults]
        return []

    faults.plan = plan
    return faults


@pytest.mark.parametrize(
    ("methods", "stated", "says"),
    [
        ("line: revenu, method: plan, owner: ada, why: x", "", "did you mean 'revenue'?"),
        ("line: revenue, method: magic, owner: ada, why: x", "", "'driver', 'model', 'statistical'"),
        ("method: plan, owner: ada, why: x", "", "no line and no account"),
        ("line: hosting, method: model, owner: ada, why: x", "", "the driver model tells no other"),
        ("line: revenue, method: plan, owner: adam, why: x", "", "a known owner"),
        ("", f"line: revenue, {STATED}", "neither amount nor change"),
        ("", f"line: revenue, amount: 5, {STATED}", "add account"),
        ("", f"change: 5 %, {STATED}", "no line, account or team"),
        ("", f"line: revenue, change: 5 %, end: 2027-05, {STATED}", "a month after 2027-05"),
        ("", f"line: revenue, change: 5 %, {STATED}".replace("2027-05", "2029-05"), "a month of the reviewed year"),
    ],
)
def test_each_fault_stands_with_its_line_and_what_was_expected(acme, methods, stated, says):
    found = acme(methods, stated)
    assert len(found) == 1
    assert found[0].startswith("acme/outlook.yml:2:")
    assert says in found[0]


def test_an_outlook_without_a_fault_is_read_and_a_plan_never_reads_it(acme):
    assert acme("line: revenue, method: last_value, owner: ada, why: x", f"line: revenue, change: 3.5 %, {STATED}") == []
    assert acme("line: nowhere, method: plan, owner: ada, why: x", cycle=acme.plan) == []
