"""A real department's budget request in a workbook whose layout nobody here chose, read by a mapping file: every figure of ../shared/data/README.md."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
import yaml

from aop_lib.check import checked, handed
from aop_lib.load import load
from aop_lib.money import total
from aop_lib.params.workbook_mapping import WorkbookMapping
from aop_lib.sources.choices import choices
from aop_lib.sources.mapped_checks import apart_rows, summed
from aop_lib.sources.mapped_workbooks import mapped_workbook
from aop_lib.sources.table import Faults

HERE = Path(__file__).parent
CYCLE = HERE / "real" / "detroit" / "fy2026.yml"
MAPPING = CYCLE.parent / "requests" / "crio" / "detail.mapping.yml"
DATA = HERE.parent.parent / "shared" / "data" / "detroit_request"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real workbook is read from ../shared/data/detroit_request, which is not here")

COST = {"positions": "cost", "overtime": "cost", "spend": "amount"}
BASELINE, SUPPLEMENTAL = {"kind": ["Baseline", "Baseline Capital"]}, {"kind": ["Supplemental", "Supplemental Capital"]}


@pytest.fixture(scope="module")
def both():
    params, faults = load(CYCLE), Faults("detail.mapping.yml")
    return mapped_workbook(MAPPING, MAPPING.read_bytes(), choices(params, "crio", None), params, faults), faults


@pytest.fixture(scope="module")
def read(both):
    return both[0]


@pytest.fixture(scope="module")
def faults(both):
    return both[1]


@pytest.fixture(scope="module")
def submitted():
    return handed(load(CYCLE))


@pytest.mark.parametrize(
    ("of", "where", "expected"),
    [
        (COST, BASELINE, 6_046_953),
        (COST, SUPPLEMENTAL, 1_779_621),
        (COST, {}, 7_826_574),
        ({"positions": "cost"}, {}, 5_199_983),
        ({"positions": "fte"}, {}, 49),
        ({"positions": "fte"}, BASELINE, 42),
        ({"positions": "fte"}, SUPPLEMENTAL, 7),
        ({"overtime": "cost"}, {}, 35_525),
        ({"spend": "amount"}, {"kind": ["Baseline", "Supplemental"]}, 1_591_066),
        ({"spend": "amount"}, {"kind": ["Baseline Capital", "Supplemental Capital"]}, 1_000_000),
        ({"revenue": "estimate"}, {}, 3_452_000),
    ],
)
def test_the_rows_give_the_published_totals(read, of, where, expected):
    assert summed(read.tables, of, where) == expected


def test_the_workbook_is_read_without_a_fault_and_what_it_hides_is_named(faults):
    assert faults.all == ()
    hidden = [each for each in faults.warnings if "hidden" in each.found]
    assert {each.where.split("!")[1] for each in hidden} >= {"Non-Personnel", "FTE, Salary-Wage, & Benefits", "Revenue", "Initiatives Summary"}


def test_the_cost_of_every_position_is_reproduced_from_its_inputs(read):
    rows = read.tables["positions"].rows
    assert len(rows) == 29
    assert {row.numbers["fringe_rate"] for row in rows} == {Decimal("0.3225"), Decimal("0.0765")}
    for row in rows:
        made = {column: read.computed["positions", column, row.row] for column in ("adjusted", "salary", "fringe", "cost")}
        given = row.numbers
        salary = given["average"] * given["fte"] * (1 + given["general_rise"]) * (1 + given["merit"])
        assert made["adjusted"] == salary.quantize(Decimal(1), ROUND_HALF_UP) == given["adjusted"]
        assert made["fringe"] == (made["salary"] * given["fringe_rate"]).quantize(Decimal(1), ROUND_HALF_UP) == given["fringe"]
        assert made["salary"] + made["fringe"] == made["cost"] == given["cost"]
    assert sum(read.computed["positions", "cost", row.row] for row in rows) == 5_199_983


def test_the_target_is_read_step_by_step_and_fund_1000_exceeds_it(read, faults):
    (goal,) = read.goals
    assert goal.start.amount == 4_432_310
    assert [step.amount for step in goal.steps if step.amount] == [-350_000, -3_144, 66_011, -82_904]
    assert goal.start.amount + sum(step.amount for step in goal.steps[:-1]) == 4_145_177
    assert goal.target.amount == 4_062_273
    assert goal.gap == 91_177
    (told,) = (each for each in faults.warnings if "above the target" in each.found)
    assert told.where.endswith("!Dept Summary!C14")
    assert "91,177 above the target" in told.found
    assert "4,432,310 − 350,000 − 3,144 + 66,011 − 82,904 = 4,062,273" in told.expected


def test_the_contradiction_between_two_sheets_is_named_with_both_cells_and_the_rows_that_explain_it(faults):
    (told,) = (each for each in faults.warnings if each.where.endswith("!Initiatives Summary!L17"))
    assert "4,418,450, +265,000 apart" in told.found
    assert "4,153,450, what Dept Summary!F7 says; explained in full by 2 rows" in told.expected
    assert "!Non-Personnel!Y46 +50,000 (fund 3217, kind Baseline, initiative Baseline - Fund 1000)" in told.expected
    assert "!Non-Personnel!Y47 +215,000 (fund 3217, kind Baseline, initiative Baseline - Fund 1000)" in told.expected


def test_the_rows_that_explain_a_contradiction_are_searched_not_stated(read):
    mapping = WorkbookMapping.model_validate(yaml.load(MAPPING.read_text(encoding="utf-8"), yaml.BaseLoader))  # noqa: S506  (the base loader makes text alone)
    check = next(each for each in mapping.checks if each.name == "Baseline of fund 1000")
    found = apart_rows(*check.cells, read.tables)
    assert [(row.texts["fund"], row.texts["initiative"], amount) for row, _, amount in found] == [
        ("3217", "Baseline - Fund 1000", 50_000), ("3217", "Baseline - Fund 1000", 215_000),
    ]  # fmt: skip
    text = MAPPING.read_text(encoding="utf-8") + (CYCLE.parent / "company.yml").read_text(encoding="utf-8")
    for figure in ("265", "4153450", "4_153_450", "6046953", "Y46", "Y47", "50000", "215000"):
        assert figure not in text


def test_totals_that_the_workbook_adds_up_wrongly_are_found_beside_the_known_one(faults):
    wrong = {each.where.split("!", 1)[1] for each in faults.warnings if each.fix.startswith("accepted")}
    assert wrong == {
        "Initiatives Summary!L17", "Initiatives Summary!L19", "Initiatives Summary!L3",
        "Non-Personnel!Y5", "Non-Personnel!Y6", "Non-Personnel!Y12", "Non-Personnel!Y13",
        "Overtime & Other Personnel!R9", "Overtime & Other Personnel!V9", "Overtime & Other Personnel!W9",
    }  # fmt: skip


def test_requests_by_fund_and_initiative_carry_the_figures_into_the_frames_to_the_cent(submitted):
    assert [(each.team, each.state, each.requests) for each in submitted.teams] == [("crio", "submitted", 9)]
    lines = submitted.request_lines
    assert total(lines["amount"]) == Decimal("7826574.00")
    baseline = lines[lines["request"].str.startswith("baseline-")]
    by_request = {name: total(rows["amount"]) for name, rows in baseline.groupby("request")}
    funds = {"1000": "4153450.00", "2107": "0.00", "3217": "1393503.00", "4533": "500000.00"}
    assert by_request == {f"baseline-{fund}": Decimal(amount) for fund, amount in funds.items()}
    assert total(lines.loc[~lines.index.isin(baseline.index), "amount"]) == Decimal("1779621.00")
    assert min(lines["month"]).strftime("%Y-%m") == "2025-07"
    heads = lines.drop_duplicates(["request", "option"]).set_index("request")["heads"]
    assert heads.sum() == 49
    assert heads["baseline-2107"] == 3  # paid by a grant: heads without an amount
    (revenue,) = submitted.request_assumptions.to_dict("records")
    assert (revenue["metric"], revenue["value"]) == ("revenue", Decimal(3_452_000))


def test_aop_check_tells_the_target_and_the_contradiction():
    report = checked(CYCLE)
    assert report.faults == ()
    for words in ("1 team sent requests: crio", "91,177 above the target", "+265,000 apart"):
        assert words in report.text
