"""A run is a transaction: judged, published whole or not at all, the same bytes everywhere, nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from tiny.drive import STAGES

from aop_lib.baseline import freeze
from aop_lib.errors import BaselineError, CycleBusyError, InputChangedError, InputRefusedError, StageFailedError
from aop_lib.load import load
from aop_lib.manifest import manifest
from aop_lib.publish import locked, publish, staging, whole
from aop_lib.republish import pages_again
from aop_lib.run import RunResult, run

TINY = Path(__file__).parent / "tiny"
ROOT = TINY.parent.parent
ONE = STAGES[:1]
FOREVER = "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\nsubprocess.Popen(['sleep', '600'], start_new_session=True)\nopen({marker!r}, 'w').close()\ntime.sleep(600)"


class Company:
    """A copy of the tiny company with its own notebooks and outputs."""

    def __init__(self, folder: Path) -> None:
        self.home, self.notebooks, self.outputs = folder / "tiny", folder / "notebooks", folder / "outputs"
        shutil.copytree(TINY / "company", self.home)
        shutil.copytree(TINY / "notebooks", self.notebooks)

    @property
    def published(self) -> Path:
        return self.outputs / "tiny" / "fy2027"

    def run(self, cycle: str = "fy2027", stages=STAGES, **options) -> RunResult:
        return run(self.home / f"{cycle}.yml", outputs=self.outputs, stages=stages, notebooks=self.notebooks, **options)

    def process(self, *first: str, largest_file: int | None = None, **environment: str) -> subprocess.Popen[str]:
        """The run as a process of its own, as a user starts it."""
        command = [sys.executable, str(TINY / "drive.py"), str(self.home / "fy2027.yml"), str(self.outputs), str(self.notebooks), *first]
        if largest_file:
            command = ["prlimit", f"--fsize={largest_file}", *command]
        return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT), **environment})

    def last_cell(self, stage: str, code: str) -> None:
        """Adds a cell at the end of a stage's notebook."""
        file = self.notebooks / f"{stage}.ipynb"
        notebook = json.loads(file.read_text())
        notebook["cells"].append({"cell_type": "code", "id": "added", "metadata": {}, "execution_count": None, "outputs": [], "source": code})
        file.write_text(json.dumps(notebook))


@pytest.fixture
def company(tmp_path) -> Company:
    return Company(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    Company(folder).run()
    return folder


@pytest.fixture
def published(finished, tmp_path) -> Company:
    """A company whose cycle has been published."""
    company = Company(tmp_path)
    shutil.copytree(finished / "outputs", company.outputs, symlinks=True)
    return company


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def left(mark: str) -> list[str]:
    """Every process that was started with this mark in its environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def wait_for(what, seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if what():
            return True
        time.sleep(0.05)
    return False


def test_a_frozen_plan_says_so_on_its_pages_without_being_run_again(published):
    before = files(published.published)
    freeze(published.home / "fy2027.yml", "Ana Ames", published.outputs)
    index = pages_again(load(published.home / "fy2027.yml"), published.outputs, stages=STAGES, notebooks=published.notebooks)
    after = files(published.published)
    assert ">Frozen<" in index.read_text()
    assert ">Frozen<" not in before["index.html"].decode()
    same = {name for name in before if name.startswith(("frames/", "notebooks/"))}
    assert same
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert whole(published.published)
    pages_again(load(published.home / "fy2027.yml"), published.outputs, stages=STAGES, notebooks=published.notebooks)
    assert files(published.published) == after


def test_a_run_publishes_frames_notebooks_reports_an_index_and_a_manifest_that_matches_them(published):
    names = set(files(published.published))
    assert {"index.html", "manifest.json", "frames/teams.parquet", "notebooks/01_checks.ipynb", "reports/02_review.html"} <= names
    assert whole(published.published)
    assert published.published.is_symlink()


def test_nothing_published_tells_the_machine_the_folder_or_the_moment(published, finished):
    texts = b"".join(files(published.published).values())
    assert str(finished).encode() not in texts
    assert str(ROOT).encode() not in texts
    assert b'"papermill"' not in (published.published / "notebooks" / "00_teams.ipynb").read_bytes().replace(b" ", b"")


def test_two_runs_in_other_folders_time_zones_and_hash_seeds_give_the_same_bytes(tmp_path, published):
    east, west = Company(tmp_path / "east"), Company(tmp_path / "a {much} longer name" / "west")
    runs = [east.process(TZ="Asia/Kolkata", PYTHONHASHSEED="1", LC_ALL="C"), west.process(TZ="America/Lima", PYTHONHASHSEED="77", OMP_NUM_THREADS="2")]
    for each in runs:
        output = each.communicate(timeout=60)
        assert each.returncode == 0, output
    assert files(east.published) == files(west.published) == files(published.published)


def test_the_same_run_again_changes_no_byte(published):
    before, link = files(published.published), published.published.readlink()
    published.run()
    assert files(published.published) == before
    assert published.published.readlink() == link
    assert len(list((published.outputs / "tiny" / ".runs").iterdir())) == 1


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see which processes are left")
def test_a_run_that_is_killed_in_any_stage_leaves_the_publication_whole_and_no_process(tmp_path, finished):
    mark, killed = uuid.uuid4().hex, []
    for stage in STAGES:
        company = Company(tmp_path / stage.id)
        shutil.copytree(finished / "outputs", company.outputs, symlinks=True)
        company.last_cell(stage.name, FOREVER.format(marker=str(tmp_path / stage.id / "running")))
        killed.append((company, tmp_path / stage.id / "running", company.process(stage.id, AOP_TEST_MARK=mark)))
    for company, running, process in killed:
        assert wait_for(running.exists, 60), process.communicate()
        before = files(company.published)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert whole(company.published)
        assert files(company.published) == before
    assert wait_for(lambda: not left(mark), 5), left(mark)
    last = killed[-1][0]
    shutil.copytree(TINY / "notebooks", last.notebooks, dirs_exist_ok=True)
    last.run()
    assert files(last.published) == files(finished / "outputs" / "tiny" / "fy2027")
    assert not any((last.outputs / "tiny" / ".staging").iterdir())


def test_a_failing_cell_is_named_with_its_reason_and_exit_status_1_and_the_publication_stays(published):
    before = files(published.published)
    published.last_cell("01_checks", "1 / 0")
    process = published.process()
    _, message = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "stage 01_checks, cell 6: ZeroDivisionError: division by zero" in message
    kept = Path(message.partition("the failed notebook is ")[2].partition(";")[0])
    assert "ZeroDivisionError" in kept.read_text()
    assert files(published.published) == before


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit(0)", "it left by sys.exit(0) instead of running to its end"),
        ("import os; os.kill(os.getpid(), 9)", "its kernel died while the cell ran"),
        ("import os; os._exit(0)", "its kernel died while the cell ran"),
        ("(cycle.folder / 'frames' / 'teams.parquet').unlink()", "it did not write teams"),
        ("(cycle.folder / 'frames' / 'teams.parquet').write_bytes(b'PAR1')", "frame 'teams' breaks its contract"),
        ("cycle.write('goals', teams)", "stage 00_teams may not write 'goals'"),
        ("raise ValueError", "ValueError"),
    ],
)
def test_what_only_looks_like_success_is_a_failure(company, code, reason):
    company.last_cell("00_teams", code)
    with pytest.raises(StageFailedError) as caught:
        company.run(stages=ONE)
    assert reason in caught.value.reason
    assert not company.published.exists()


def test_a_stage_past_its_time_limit_is_stopped_with_everything_it_started(company, tmp_path):
    company.last_cell("00_teams", FOREVER.format(marker=str(tmp_path / "running")))
    began = time.monotonic()
    with pytest.raises(StageFailedError, match=r"still running after its limit of 0\.05 minutes"):
        company.run(stages=ONE, minutes=0.05)
    assert time.monotonic() - began < 15


def test_from_a_stage_on_reuses_what_is_valid_and_runs_again_what_is_not(published):
    before = files(published.published)
    assert published.run(first="02").reused == ("00_teams", "01_checks")
    assert files(published.published) == before
    published.last_cell("01_checks", "'one more look'")
    assert published.run(first="02").reused == ("00_teams",)


def test_from_the_failed_stage_on_reuses_the_stages_that_came_before_it(company):
    company.last_cell("02_review", "1 / 0")
    with pytest.raises(StageFailedError):
        company.run()
    shutil.copytree(TINY / "notebooks", company.notebooks, dirs_exist_ok=True)
    assert company.run(first="02").reused == ("00_teams", "01_checks")
    assert whole(company.published)


def test_a_part_of_a_cycle_is_kept_apart_and_replaces_nothing(published):
    before = files(published.published)
    result = published.run(first="01", last="01")
    assert result.index is None
    assert manifest(result.folder)["stages"].keys() == {"00_teams", "01_checks"}
    assert files(published.published) == before


def test_a_run_with_set_is_published_apart(published):
    before = files(published.published)
    result = published.run(stages=ONE, overrides={"cycle.seed": "7"})
    assert result.folder.name.startswith("fy2027--set-")
    assert manifest(result.folder)["set"] == {"cycle.seed": "7"}
    assert files(published.published) == before


def test_one_cycle_is_run_once_at_a_time(company):
    with locked(company.outputs / "tiny", "fy2027"), pytest.raises(CycleBusyError, match=f"process {os.getpid()}"):
        company.run()


def test_an_input_that_changes_between_two_stages_stops_the_run(company):
    company.last_cell("00_teams", f"open({str(company.home / 'requests' / 'sales' / 'seat.csv')!r}, 'a').write('more')")
    with pytest.raises(InputChangedError, match=r"requests/sales/seat\.csv"):
        company.run(stages=ONE)
    assert not company.published.exists()


@pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit (util-linux) to play a disk that is full")
@pytest.mark.parametrize("largest_file", [1_500, 6_000])
def test_a_disk_that_takes_no_more_leaves_the_old_set(published, largest_file):
    before = files(published.published)
    published.last_cell("00_teams", "'a new run'")
    process = published.process(largest_file=largest_file)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 1, message
    assert "what was published before is untouched" in message
    assert "Traceback" not in message
    assert files(published.published) == before
    assert whole(published.published)


def test_only_the_last_three_runs_of_a_cycle_are_kept_and_those_of_others_stay(tmp_path):
    for cycle in ("fy2027_q1", *["fy2027"] * 5):
        folder = staging(tmp_path, cycle)
        (folder / "manifest.json").write_text(json.dumps({"moment": time.monotonic_ns()}))
        publish(folder, tmp_path, cycle)
    kept = [run.name.partition("-")[0] for run in (tmp_path / ".runs").iterdir()]
    assert sorted(kept) == ["fy2027", "fy2027", "fy2027", "fy2027_q1"]
    assert manifest(tmp_path / "fy2027") == manifest(max((tmp_path / ".runs").glob("fy2027-*"), key=lambda run: run.stat().st_mtime_ns))


def test_a_published_run_that_was_tampered_with_is_not_taken_for_the_same_run_again(published):
    before = files(published.published)
    (published.published / "index.html").write_text("something else")
    published.run(first="02")
    assert files(published.published) == before


def test_faults_are_refused_before_any_notebook_starts_and_outputs_stay_as_they_were(company):
    (company.notebooks / "01_checks.ipynb").unlink()
    file = company.notebooks / "00_teams.ipynb"
    file.write_text(file.read_text().replace("cycle_file: str", "file_of_cycle: str"))
    with pytest.raises(InputRefusedError) as caught:
        company.run()
    assert [fault.where for fault in caught.value.faults] == ["notebooks/00_teams.ipynb", "notebooks/01_checks.ipynb"]
    with pytest.raises(InputRefusedError, match="'07'"):
        company.run(first="07")
    assert not company.outputs.exists()


def test_a_review_does_not_start_without_the_frozen_plan_it_names(company):
    with pytest.raises(BaselineError, match="never frozen"):
        company.run("fy2027_q1")
    assert not company.outputs.exists()
