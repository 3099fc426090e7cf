"""`aop explain` on the demo: what it says is re-added by hand from the CSV rows it names, and refused where there is nothing to explain."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections import defaultdict
from decimal import Decimal

import pytest
from demo_exports import DEMO, ledger
from typer.testing import CliRunner

from aop_lib.cli import app
from aop_lib.explain import Asked, explanation, published
from aop_lib.load import load
from aop_lib.manifest import flat, manifest
from aop_lib.money import total
from aop_lib.plan.amount_explanation import TOTALS
from aop_lib.plan.explanation import Node, explanation_text, walked, with_files
from aop_lib.plan.profit_and_loss import profit
from aop_lib.store import frame_file, read_frame

ROW = re.compile(r"^ *ledger/(\S+) line (\d+): transaction (\S+) line (\S+), .*: (-?[\d,]+\.\d\d) ([A-Z]{3})$", re.MULTILINE)
FILE = re.compile(r"^ *(ledger/\S+|billing/\S+)  sha256 ([0-9a-f]{64})$", re.MULTILINE)
POSTINGS = "netsuite/netsuite2_tran_acct_line_data.csv"


@pytest.fixture(scope="module")
def explain(cycles):
    _ = cycles.review

    def called(cycle, *words, params=cycles.params):
        return CliRunner().invoke(app, ["explain", str(params / "demo" / f"{cycle}.yml"), *words, "--outputs", str(cycles.folder / "outputs")])

    return called


def frame(folder, name):
    return read_frame(frame_file(folder, name), name)


def number(text):
    return Decimal(text.replace(",", ""))


def test_an_account_of_a_team_in_a_month_is_the_sum_of_the_csv_rows_that_it_names(explain, cycles):
    rows = frame(cycles.review, "ledger")
    told = explain("fy2027_q1", "actual", "--account", "6110", "--team", "marketing", "--month", "2027-02").output
    named = ROW.findall(told)
    lines = (cycles.params / "demo" / "exports" / POSTINGS).read_text().splitlines()
    head = next(csv.reader(lines))
    added = defaultdict(Decimal)
    for file, line, transaction, part, amount, currency in named:
        record = dict(zip(head, next(csv.reader([lines[int(line) - 1]])), strict=True))
        assert (file, record["transaction"], record["transactionline"]) == (POSTINGS.partition("/")[2], transaction, part)
        assert Decimal(record["amount"]) == number(amount)
        added[currency] += Decimal(record["amount"])
    own = rows[(rows["account"] == "6110") & (rows["team"] == "marketing") & (rows["month"] == "2027-02-01")]
    by_hand = [each for each in ledger() if (each["account"], each["department"], each["month"]) == ("6110", "230", "2027-02")]
    assert len(named) == len(by_hand) > 0
    assert added == {currency: total(of["amount_local"]) for currency, of in own.groupby("currency")}
    assert f"actual, February 2027: {total(own['amount']):,.2f} USD" in told


def test_every_file_it_names_has_the_hash_of_the_manifest_and_of_the_file_itself(explain, cycles):
    ran = flat(manifest(cycles.plan)["inputs"])
    for words in (("operating_profit",), ("nrr",), ("6110", "--team", "marketing")):
        files = FILE.findall(explain("fy2027", *words).output)
        assert files
        for name, digest in files:
            source, _, file = name.partition("/")
            folder = "netsuite" if source == "ledger" else "stripe"
            assert digest == ran[name] == hashlib.sha256((cycles.params / "demo" / "exports" / folder / file).read_bytes()).hexdigest()


def test_operating_profit_is_told_by_line_account_and_layer_and_each_level_adds_up(explain, cycles):
    told = explain("fy2027", "operating_profit").output
    budget = frame(cycles.plan, "budget")
    expected = profit(budget, frame(cycles.plan, "accounts"), frame(cycles.plan, "lines"))
    plan = told.partition("  actual, ")[0]
    assert f"budget, January to December 2027: {expected:,.2f} USD" in plan
    for pattern in (r"^    line .*: (-?[\d,]+\.\d\d) USD$", r"^      \d{4} .*: (-?[\d,]+\.\d\d) USD$", r"^    layer .*: (-?[\d,]+\.\d\d) USD$"):
        assert sum(map(number, re.findall(pattern, plan, re.MULTILINE))) == expected
    base = number(re.search(r"layer base, carried forward: (-?[\d,]+\.\d\d)", plan).group(1))
    assert sum(map(number, re.findall(r"carried by rule: (-?[\d,]+\.\d\d)", plan))) == base
    assert {layer for layer in budget["layer"] if layer != "base"} == set(re.findall(r"^    layer request:(\S+):", plan, re.MULTILINE))


def test_rules_requests_and_approvals_stand_on_the_line_that_it_names(explain, cycles):
    told = explain("fy2027", "operating_profit").output
    drivers, decisions = ((DEMO / name).read_text().splitlines() for name in ("drivers.yml", "decisions.yml"))
    rules = [int(each) for each in re.findall(r"drivers\.yml:(\d+)\]", told)]
    assert len(set(rules)) > 5
    assert all(drivers[line - 1].lstrip().startswith("- ") for line in rules)
    approved = re.findall(r"layer request:(\S+):.*\n.*\n.*\n *approved\n.*decisions\.yml:(\d+)\]", told)
    assert len(approved) > 5
    assert all(f"request: {request}," in decisions[int(line) - 1] and "decision: approve" in decisions[int(line) - 1] for request, line in approved)
    submitted = manifest(cycles.plan)["inputs"]["submissions"]
    assert f"sha256 {submitted['requests/customer_success/renewals.yml']}" in told


def test_a_base_amount_is_the_mean_of_the_months_that_it_names(explain):
    told = explain("fy2027", "budget", "--account", "6020", "--team", "marketing", "--month", "2027-02").output
    assert "it would be" not in told
    carried = re.findall(r"marketing, 6020: ([\d,.]+) USD\n *from \S+ \d{4} ([\d,.]+), \S+ \d{4} ([\d,.]+) and \S+ \d{4} ([\d,.]+)\n", told)
    assert len(carried) == 2
    for amount, *months in carried:
        assert number(amount) == (sum(map(number, months)) / 3).quantize(Decimal("0.01"))


def test_the_budget_of_a_review_is_told_from_the_frozen_plans_own_rules(explain):
    plan, review = (explain(cycle, "budget", "--line", "subscription_revenue", "--month", "2027-02").output for cycle in ("fy2027", "fy2027_q1"))
    assert review.partition("source ledger")[0] == plan.partition("source ledger")[0]
    assert "drivers.yml:31]" in plan


def test_a_metric_is_told_with_definition_switches_goal_and_the_rows_that_were_read(explain, cycles):
    told = explain("fy2027", "nrr").output
    kpis = frame(cycles.plan, "kpis")
    value = kpis.loc[(kpis["metric"] == "nrr") & (kpis["team"] == "") & (kpis["month"] == "2026-09-01"), "value"].item() * 100
    assert told.startswith(f"Net revenue retention, 12 months (nrr), September 2026: {value:f}".rstrip("0"))
    lines = (DEMO / "goals.yml").read_text().splitlines()
    assert lines[int(re.search(r"goals\.yml:(\d+)\]", told).group(1)) - 1].strip() == "target: 1.02"
    mrr = frame(cycles.plan, "mrr")
    assert f"{(mrr['month'] == '2026-09-01').sum()} rows of September 2026" in told


def hashed(node):
    return any(re.search(r"sha256 [0-9a-f]{64}$", each.label) for each in walked(node))


@pytest.mark.parametrize("cycle", ["fy2027", "fy2027_q1"])
def test_every_metric_total_and_line_of_plan_and_review_leads_to_a_source_file_with_its_hash(cycles, cycle):
    folder = {"fy2027": cycles.plan, "fy2027_q1": cycles.review}[cycle]
    params = load(cycles.params / "demo" / f"{cycle}.yml")
    known, status = published(params, folder), frame(folder, "metric_status")
    valued = [name for name in status.loc[status["value"].notna(), "metric"] if params.metrics[name].source != "goals.yml"]
    asked = [*valued, *TOTALS, *frame(folder, "lines")["line"]]
    assert len(asked) > 40
    assert [name for name in asked if not hashed(with_files(known, explanation(known, Asked(name))))] == []


def test_what_the_cycle_does_not_have_is_refused_with_the_nearest_names(explain):
    asked = [
        ("nrrr",),
        ("nrr", "--month", "2031-01"),
        ("nrr", "--month", "soon"),
        ("6110", "--team", "marketting"),
        ("nrr", "--team", "marketing"),
        ("budget",),
    ]
    found = [explain("fy2027", *words) for words in asked]
    assert {each.exit_code for each in found} == {2}
    expected = ("did you mean 'nrr'", "2023-10 to 2026-09", "2023-10 to 2026-09", "did you mean 'marketing'", "'marketing'; expected no team", "--account A")
    assert all(text in each.output for each, text in zip(found, expected, strict=True))


def test_an_export_that_changed_since_the_run_is_said_and_its_rows_are_not_told(explain, cycles, tmp_path):
    shutil.copytree(cycles.params, tmp_path / "params")
    export = tmp_path / "params" / "demo" / "exports" / POSTINGS
    export.write_text(export.read_text() + "\n")
    told = explain("fy2027", "6020", "--team", "marketing", params=tmp_path / "params").output
    assert "changed since the run, so its rows are not those of this figure" in told
    assert not ROW.findall(told)


def test_a_text_from_a_file_cannot_steer_the_terminal():
    assert "\x1b" not in explanation_text(Node("a\x1b[2J", "\x1b", "\x1b]0;x\x07", "\x1b"), ("\x1b",))
