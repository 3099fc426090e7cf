"""`aop diff` on the demo: versions, scenarios, frozen plan and review told apart, in words, and refused where there is nothing to compare."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pandas as pd
import pytest
from typer.testing import CliRunner

from aop_lib.cli import app
from aop_lib.diff import compared
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.money import cents, total
from aop_lib.parameter_keys import parameter_keys
from aop_lib.report.exports import read_csv
from aop_lib.skeleton import written
from aop_lib.store import frame_file, read_frame


@pytest.fixture(scope="module")
def sides(cycles):
    folder, _ = cycles.folder / "outputs", cycles.review

    def called(a, b, **more):
        names = [str(cycles.params / "demo" / each) for each in (a, b)]
        return compared(*names, folder, **more)

    return called


def frame(cycles, name):
    return read_frame(frame_file(cycles.plan, name), name)


def test_the_internal_version_is_the_budget_and_the_frozen_plan_is_the_published_one(sides):
    for a, b in (("fy2027.yml", "fy2027.yml@internal"), ("approved/fy2027", "fy2027.yml"), ("approved/fy2027@investor", "fy2027.yml@investor")):
        found = sides(a, b)
        assert found.rows.empty
        assert found.text.endswith("no difference")


def test_a_scenario_differs_by_what_it_says_to_the_cent_and_says_where_that_is_written(sides, cycles):
    found = sides("fy2027.yml", "fy2027.yml@downturn").rows
    budget = frame(cycles, "budget")
    by_row = budget[(budget["account"] == "8150") & (budget["month"] >= "2027-04-01")].groupby(["entity", "team", "month"])["amount"].sum()
    expected = sum((cents(each * Decimal("0.5")) - each for each in by_row), Decimal(0))
    change = found[(found["kind"] == "change") & found["what"].str.startswith("Recruiting")].iloc[0]
    assert (change["effect"], change["direction"]) == (-expected, "good")
    assert change["where"].endswith("scenarios/downturn.yml:13")
    changes = found[found["kind"] == "change"]
    profit = found.loc[(found["kind"] == "result") & (found["what"] == "Operating profit"), "effect"].item()
    assert sum(changes["effect"], Decimal(0)) == profit == sum(found.loc[found["kind"] == "line", "effect"], Decimal(0))


def test_the_investor_version_is_told_in_words_with_its_targets(sides):
    found = sides("fy2027.yml", "fy2027.yml@investor", is_all=True)
    assert "Operating profit: " in found.text
    assert "lower in B" in found.text
    target = found.rows[found.rows["where"] == "arr_29m.target"].iloc[0]
    assert (target["a"], target["b"], target["difference"], target["direction"]) == ("29,000,000.00", "27,500,000.00", Decimal(-1_500_000), "bad")
    there, back = sides("fy2027.yml", "fy2027.yml@investor").rows, sides("fy2027.yml@investor", "fy2027.yml").rows
    assert sum(there["effect"], Decimal(0)) == -sum(back["effect"], Decimal(0))


def test_a_review_differs_from_its_plan_in_parameters_drivers_and_what_was_restated_not_in_the_frozen_budget(sides):
    rows = sides("fy2027.yml", "fy2027_q1.yml").rows
    assert not set(rows["kind"]) & {"result", "line"}
    moved = rows[rows["kind"] == "team"]
    assert len(moved) == 2, "restatements/customer_webinars.yml takes from one team what it gives to another"
    assert sorted(moved["effect"]) == [Decimal(-9 * 3_200), Decimal(9 * 3_200)]
    month = rows[rows["what"] == "cycle last_closed_month"].iloc[0]
    assert (month["a"], month["b"], month["where"].rpartition("/")[2]) == ("2026-09", "2027-03", "fy2027_q1.yml:5")


def test_parameters_that_changed_since_the_run_are_told_with_both_values(cycles, tmp_path):
    _ = cycles.review
    shutil.copytree(cycles.params, tmp_path / "params")
    changed = tmp_path / "params" / "demo" / "drivers.yml"
    changed.write_text(changed.read_text().replace("window_months: 3\n", "window_months: 6\n"))
    found = compared(str(cycles.params / "demo" / "fy2027.yml"), str(tmp_path / "params" / "demo" / "fy2027.yml"), cycles.folder / "outputs")
    row = found.rows.iloc[0]
    assert (len(found.rows), row["kind"], row["what"], row["a"], row["b"]) == (1, "parameter", "drivers.yml window_months", "3", "6")
    assert "parameters as they are now, changed since: demo/drivers.yml" in found.text


def test_every_key_of_the_demo_has_its_own_place(cycles):
    _ = cycles.plan
    params = load(cycles.params / "demo" / "fy2027.yml", {"drivers.window_months": "6"})
    keys = parameter_keys(params)
    assert keys["drivers.yml rules.5150.monthly_growth"][1] == "-100 %"
    assert keys["cycle seed"][0].endswith("fy2027.yml:11")
    assert keys["--set drivers.window_months"] == ("--set", "6")
    assert keys["versions/investor.yml goals.arr_29m.target"][1] == "27_500_000"


def test_the_command_writes_csv_and_always_exits_0_unless_refused(cycles, tmp_path):
    _ = cycles.review
    a, b = (str(cycles.params / "demo" / each) for each in ("fy2027.yml", "fy2027.yml@investor"))
    done = CliRunner().invoke(app, ["diff", a, b, "--csv", str(tmp_path / "d.csv"), "--outputs", str(cycles.folder / "outputs")])
    assert done.exit_code == 0
    assert "smaller differences not shown" in done.output
    rows = read_csv(tmp_path / "d.csv")
    assert len(rows) > 20
    assert list(rows)[:3] == ["kind", "what", "where"]
    refused = CliRunner().invoke(app, ["diff", a, b, "--csv", str(tmp_path / "no" / "d.csv"), "--outputs", str(cycles.folder / "outputs")])
    assert refused.exit_code == 2


@pytest.mark.parametrize("name", ["fy2027.yml@investr", "fy2031.yml", "approved"])
def test_what_is_not_there_is_refused(sides, name):
    with pytest.raises(InputRefusedError) as refused:
        sides("fy2027.yml", name)
    assert name.partition("@")[2] != "investr" or "did you mean 'investor'?" in str(refused.value)


def test_a_cycle_that_was_not_run_or_was_changed_after_its_run_is_refused(cycles, tmp_path):
    with pytest.raises(InputRefusedError, match="nothing published of fy2027"):
        compared(str(written(tmp_path / "acme", 2027)), str(written(tmp_path / "other", 2027)), tmp_path)
    shutil.copytree(cycles.plan, tmp_path / "demo" / "fy2027")
    frame_file(tmp_path / "demo" / "fy2027", "budget").write_bytes(b"")
    with pytest.raises(InputRefusedError, match="files that are not what its run wrote"):
        compared(str(cycles.params / "demo" / "fy2027.yml"), str(tmp_path / "demo" / "fy2027"), tmp_path)


def test_a_frozen_plan_that_was_changed_is_refused(cycles, tmp_path):
    _ = cycles.review
    shutil.copytree(cycles.params, tmp_path / "params")
    damaged = frame_file(tmp_path / "params" / "demo" / "approved" / "fy2027", "budget")
    damaged.write_bytes(damaged.read_bytes() + b" ")
    with pytest.raises(InputRefusedError, match="changed after the approval"):
        compared(str(damaged.parent.parent), str(cycles.params / "demo" / "fy2027.yml"), cycles.folder / "outputs")


def test_versions_of_the_demo_tie_and_stand_on_the_page_with_their_reasons(cycles):
    told, budget = frame(cycles, "versions"), frame(cycles, "budget")
    assert total(told.loc[told["version"] == "internal", "amount"]) == total(budget["amount"])
    assert isinstance(told["month"].iloc[0], pd.Timestamp)
    page = (cycles.plan / "reports" / "04_scenarios.html").read_text()
    assert "The investor version plans an operating profit of" in page
    assert "Hiring of the second half waits for bookings" in page
