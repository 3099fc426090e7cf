"""A cycle's folder: what a notebook may read and write, where it lies, and plans that stay as they were approved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from tiny.drive import STAGES

from aop_lib.baseline import approved_folder, freeze, imported_frame, is_frozen, verified
from aop_lib.cycle import open_cycle
from aop_lib.errors import BaselineError, FrameError, FreezeRefusedError, MissingFrameError, UndeclaredFrameError
from aop_lib.frames import empty
from aop_lib.load import load
from aop_lib.manifest import inputs, manifest_text, outputs
from aop_lib.money import money_series
from aop_lib.publish import publish, staging
from aop_lib.store import frame_file, read_frame, write_frame

TINY = Path(__file__).parent / "tiny"
TEAMS = pd.DataFrame({"team": ["sales", "ops"], "name": ["Sales", "Ops"], "parent": "", "owner": "ana", "owner_name": "Ana Ames", "position": [1, 2]})
BUDGET = pd.DataFrame(
    {
        "entity": "us",
        "team": "sales",
        "account": ["6000", "6010"],
        "month": pd.Timestamp("2027-01-01"),
        "amount": money_series(["0.10", "0.20"]),
        "layer": "base",
    }
)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """The tiny company in a folder of its own, its outputs beside it, no run under way."""
    for name in ("AOP_FOLDER", "AOP_STAGE", "AOP_SET", "AOP_CYCLE", "AOP_ROOT", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AOP_OUTPUTS", str(tmp_path / "outputs"))
    return Path(shutil.copytree(TINY / "company", tmp_path / "tiny"))


def in_stage(monkeypatch, folder: Path, stage: int) -> None:
    monkeypatch.setenv("AOP_FOLDER", str(folder))
    monkeypatch.setenv("AOP_STAGE", json.dumps(asdict(STAGES[stage])))


def published(home: Path, cycle: str = "fy2027", **overrides: str) -> Path:
    """Publishes a cycle of two frames, as a run does when its stages are done."""
    params = load(home / f"{cycle}.yml", overrides)
    folder = staging(home.parent / "outputs" / "tiny", cycle)
    shutil.rmtree(folder / "work")
    write_frame(frame_file(folder, "budget"), "budget", BUDGET)
    write_frame(frame_file(folder, "people"), "people", empty("people"))
    (folder / "manifest.json").write_text(manifest_text(params, inputs(params, TINY / "notebooks", STAGES), {}, outputs(folder), []))
    return publish(folder, home.parent / "outputs" / "tiny", cycle)


def test_a_frame_comes_back_as_it_was_written_and_the_same_rows_make_the_same_bytes(tmp_path):
    first, second = tmp_path / "a.parquet", tmp_path / "deep" / "b.parquet"
    written = write_frame(first, "budget", BUDGET)
    write_frame(second, "budget", BUDGET.iloc[::-1])
    assert first.read_bytes() == second.read_bytes()
    back = read_frame(first, "budget")
    pd.testing.assert_frame_equal(back, written)
    assert back["amount"].sum() == Decimal("0.30")


def test_a_file_that_is_torn_or_of_another_frame_is_named(tmp_path):
    write_frame(tmp_path / "teams.parquet", "teams", TEAMS)
    with pytest.raises(FrameError, match="has the columns team, name"):
        read_frame(tmp_path / "teams.parquet", "budget")
    (tmp_path / "teams.parquet").write_bytes((tmp_path / "teams.parquet").read_bytes()[:-20])
    with pytest.raises(FrameError, match="not a whole Parquet file"):
        read_frame(tmp_path / "teams.parquet", "teams")


def test_a_stage_reads_and_writes_only_what_stages_py_gives_it(home, tmp_path, monkeypatch):
    in_stage(monkeypatch, tmp_path / "run", 0)
    cycle = open_cycle(home / "fy2027.yml")
    cycle.write("teams", TEAMS)
    with pytest.raises(UndeclaredFrameError, match="stage 00_teams may not write 'goals'"):
        cycle.write("goals", TEAMS)
    with pytest.raises(UndeclaredFrameError, match="stage 00_teams may not read 'teams'"):
        cycle.read("teams")
    in_stage(monkeypatch, tmp_path / "run", 1)
    assert list(open_cycle(home / "fy2027.yml").read("teams")["team"]) == ["ops", "sales"]


def test_a_frame_that_nobody_has_written_names_the_stage_that_writes_it(home):
    with pytest.raises(MissingFrameError, match="stage 03_consolidation writes it"):
        open_cycle(home / "fy2027.yml").read("budget")


def test_a_frame_that_breaks_its_contract_is_not_written(home):
    cycle = open_cycle(home / "fy2027.yml")
    with pytest.raises(FrameError, match="column 'owner' is missing"):
        cycle.write("teams", TEAMS.drop(columns="owner"))
    assert not cycle.folder.exists()


def test_by_hand_a_notebook_reads_what_is_published_and_writes_to_a_draft_beside_it(home):
    run = published(home)
    cycle = open_cycle(home / "fy2027.yml")
    before = frame_file(run, "budget").read_bytes()
    cycle.write("budget", cycle.read("budget").head(1))
    assert len(cycle.read("budget")) == 1
    assert cycle.folder == home.parent / "outputs" / "tiny" / ".draft" / "fy2027"
    assert frame_file(run, "budget").read_bytes() == before


def test_in_jupyterlab_the_notebook_that_is_open_is_the_stage(home, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/03_consolidation.ipynb")
    cycle = open_cycle(home / "fy2027.yml")
    assert cycle.stage is not None
    with pytest.raises(UndeclaredFrameError, match="stage 03_consolidation may not write 'goals'"):
        cycle.write("goals", empty("goals"))


def test_a_relative_path_counts_from_the_project_whatever_the_working_directory(tmp_path):
    code = "from aop_lib import open_cycle; print(open_cycle('tests/tiny/company/fy2027.yml').params.label)"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AOP_")} | {"PYTHONPATH": str(TINY.parent.parent)}
    for place in (tmp_path, TINY / "notebooks", TINY.parent.parent):
        done = subprocess.run([sys.executable, "-c", code], cwd=place, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == "FY2027\n"


def test_what_set_changes_reaches_the_notebook(home, monkeypatch):
    monkeypatch.setenv("AOP_SET", json.dumps({"cycle.seed": "7"}))
    assert open_cycle(home / "fy2027.yml").params.cycle.seed == 7


def test_a_frozen_plan_is_whole_holds_no_single_person_and_is_read_by_its_review(home):
    published(home)
    folder = freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")
    assert verified(folder) == []
    assert not frame_file(folder, "people").exists()
    assert "frames/people.parquet" in json.loads((folder / "manifest.json").read_text())["snapshot"]
    review = open_cycle(home / "fy2027_q1.yml")
    pd.testing.assert_frame_equal(review.baseline_frame("budget"), read_frame(frame_file(folder, "budget"), "budget"))
    with pytest.raises(BaselineError, match="it has no frame 'people'"):
        review.baseline_frame("people")


def test_freezing_the_same_plan_again_changes_no_byte(home):
    published(home)
    folder = freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")
    before = {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}
    assert freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs") == folder
    assert {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()} == before
    with pytest.raises(FreezeRefusedError, match="already frozen, approved by Ana Ames"):
        freeze(home / "fy2027.yml", "Ben Bell", home.parent / "outputs")


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("fy2027/frames/budget.parquet", "frames/budget.parquet was changed after the approval"),
        ("fy2027/manifest.json", "manifest.json is not what was approved"),
        ("fy2027/approval.json", "approval.json is not the one that was signed"),
        ("fy2027.sha256", "approval.json is not the one that was signed"),
    ],
)
@pytest.mark.parametrize("tamper", ["change", "cut", "drop", "add"])
def test_any_byte_changed_cut_dropped_or_added_to_a_frozen_plan_is_found(home, file, problem, tamper):
    published(home)
    folder = freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")
    target = folder.parent / file
    content = target.read_bytes()
    target.write_bytes({"change": content[:10] + bytes([content[10] ^ 1]) + content[11:], "cut": content[:-1], "drop": b"", "add": content + b" "}[tamper])
    if tamper == "drop":
        target.unlink()
    (found,) = verified(folder)
    assert found.startswith(problem if tamper != "drop" else f"{file.removeprefix('fy2027/')} is missing")
    with pytest.raises(BaselineError):
        open_cycle(home / "fy2027_q1.yml").baseline_frame("budget")


def test_a_frame_added_to_a_frozen_plan_is_found(home):
    published(home)
    folder = freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")
    write_frame(frame_file(folder, "teams"), "teams", TEAMS)
    assert verified(folder) == ["frames/teams.parquet was never approved"]


def test_only_a_published_plan_that_stands_on_the_present_parameters_can_be_frozen(home):
    outputs_folder = home.parent / "outputs"
    with pytest.raises(FreezeRefusedError, match="not published"):
        freeze(home / "fy2027.yml", "Ana Ames", outputs_folder)
    with pytest.raises(FreezeRefusedError, match="only plans are frozen"):
        freeze(home / "fy2027_q1.yml", "Ana Ames", outputs_folder)
    run = published(home)
    with pytest.raises(FreezeRefusedError, match="not a name"):
        freeze(home / "fy2027.yml", " ", outputs_folder)
    (home / "requests" / "sales" / "seat.csv").write_text("another request")
    with pytest.raises(FreezeRefusedError, match=r"requests/sales/seat\.csv changed after the run"):
        freeze(home / "fy2027.yml", "Ana Ames", outputs_folder)
    write_frame(frame_file(run, "budget"), "budget", BUDGET.head(1))
    with pytest.raises(FreezeRefusedError, match="not what its run wrote"):
        freeze(home / "fy2027.yml", "Ana Ames", outputs_folder)
    assert not (home / "approved").exists()


def test_a_run_with_set_is_never_frozen(home):
    published(home, **{"cycle.seed": "7"})
    with pytest.raises(FreezeRefusedError, match="run with --set"):
        freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")


def test_another_plan_never_replaces_a_frozen_one(home):
    published(home)
    freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")
    (home / "requests" / "sales" / "seat.csv").write_text("another request")
    published(home)
    with pytest.raises(FreezeRefusedError, match="another plan was frozen under this name by Ana Ames"):
        freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")


def test_a_plan_counts_as_frozen_only_while_its_inputs_are_the_approved_ones(home):
    published(home)
    params = load(home / "fy2027.yml")
    assert not is_frozen(params, asdict(inputs(params, TINY / "notebooks", STAGES)))
    freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")
    assert is_frozen(params, asdict(inputs(params, TINY / "notebooks", STAGES)))
    (home / "requests" / "sales" / "seat.csv").write_text("another request")
    assert not is_frozen(params, asdict(inputs(params, TINY / "notebooks", STAGES)))


def test_a_review_without_a_frozen_plan_says_so(home):
    review = open_cycle(home / "fy2027_q1.yml")
    with pytest.raises(BaselineError, match="never frozen"):
        review.baseline_frame("budget")
    assert approved_folder(review.params, "fy2027") == home / "approved" / "fy2027"


def test_an_imported_budget_is_a_baseline_of_one_layer_and_has_no_other_frame():
    imported = BUDGET.drop(columns="layer").assign(budget="board")
    assert list(imported_frame("budget", "board", imported)["layer"]) == ["imported", "imported"]
    assert imported_frame("goals", "board", None).empty
    with pytest.raises(BaselineError, match="imported are: board"):
        imported_frame("budget", "borad", imported)


def test_of_an_imported_budget_of_several_years_a_review_takes_its_own(home):
    file = home / "fy2027_q1.yml"
    file.write_text(file.read_text().replace("baseline: fy2027", "baseline: imported:board"))
    review = open_cycle(file)
    years = [BUDGET.assign(month=pd.Timestamp(f"{year}-01-01")) for year in (2026, 2027, 2028)]
    review.write("imported_budget", pd.concat(years, ignore_index=True).drop(columns="layer").assign(budget="board"))
    taken = review.baseline_frame("budget")
    assert set(taken["month"]) == {pd.Timestamp("2027-01-01")}
    assert taken["amount"].sum() == Decimal("0.30")
