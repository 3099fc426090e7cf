"""The command line as people use it: help, new, check, run's refusals."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aop_lib.cli import app
from aop_lib.skeleton import skeleton, written

ROOT = Path(__file__).parent.parent
AOP = Path(sys.executable).parent / "aop"


@pytest.fixture
def aop():
    def called(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    return called


def test_every_command_is_in_the_readme_and_explains_itself(aop):
    readme = (ROOT / "README.md").read_text()
    commands = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert {"new", "check", "run", "freeze"} <= set(commands)
    for command in commands:
        assert f"aop {command}" in readme
        helped = aop(command, "--help")
        assert helped.exit_code == 0
        assert len(helped.output.split("\n\n")[1]) > 60, f"aop {command} says what it does"


@pytest.mark.parametrize("year", [2027, 2031])
def test_the_skeleton_of_a_new_company_is_accepted(tmp_path, aop, year):
    cycle = written(tmp_path / "acme", year)
    found = aop("check", cycle)
    assert found.exit_code == 0, found.output
    assert "2 teams sent requests: sales, product" in found.output
    assert cycle.name == f"fy{year}.yml"
    assert "{" not in "".join(text.replace("{id", "").replace("{account", "") for name, text in skeleton(year).items() if name.startswith("fy"))


def test_new_overwrites_nothing_and_wants_a_short_name(tmp_path, aop):
    (tmp_path / "acme").mkdir()
    taken, odd = aop("new", tmp_path / "acme"), aop("new", tmp_path / "Acme Inc")
    assert (taken.exit_code, odd.exit_code) == (2, 2)
    assert list((tmp_path / "acme").iterdir()) == []
    assert not (tmp_path / "Acme Inc").exists()


def test_a_refused_run_lists_all_faults_starts_nothing_and_changes_nothing(tmp_path):
    cycle = written(tmp_path / "acme", 2027)
    cycle.write_text(cycle.read_text().replace("2026-09", "2026-9") + "colour: red\n")
    (cycle.parent / "exports" / "ledger.csv").unlink()
    outputs = tmp_path / "outputs"
    done = subprocess.run([AOP, "run", cycle, "--outputs", outputs], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "acme/fy2027.yml:4: found '2026-9'; expected a month as YYYY-MM" in done.stderr
    assert "found the key 'colour'" in done.stderr
    assert not outputs.exists()


def test_a_source_that_is_not_there_is_refused_before_anything_runs(tmp_path, aop):
    cycle = written(tmp_path / "acme", 2027)
    (cycle.parent / "exports" / "ledger.csv").unlink()
    for command in ("check", "run"):
        refused = aop(command, cycle)
        assert refused.exit_code == 2
        assert "ledger.csv" in refused.output


def test_a_refused_request_exits_2_and_names_the_good_file_beside_it(tmp_path, aop):
    cycle = written(tmp_path / "acme", 2027)
    good = cycle.parent / "requests" / "product" / "usability_study.csv"
    shutil.copy(good, good.with_name("bad.csv"))
    good.with_name("bad.csv").write_text(good.read_text().replace("12000.00", "12.000,00"))
    found = aop("check", cycle)
    assert found.exit_code == 2
    assert "bad.csv:2" in found.output
    assert "good: acme/requests/product/usability_study.csv" in found.output
    assert "1 team refused: product" in found.output


@pytest.mark.parametrize("text", ["seed", "=3", ""])
def test_a_setting_without_key_or_value_is_refused(tmp_path, aop, text):
    refused = aop("check", written(tmp_path / "acme", 2027), "--set", text)
    assert refused.exit_code == 2
