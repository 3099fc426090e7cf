"""The project's own promises: one set of requirements, layers, documented functions, notebooks that match STAGES."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from aop_lib.frames import FRAMES
from aop_lib.stages import STAGES

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
LIBRARY = sorted((ROOT / "aop_lib").rglob("*.py"))


def test_conda_users_get_the_same_set_as_pip_users():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(each["pip"] for each in environment["dependencies"] if isinstance(each, dict))
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    assert sorted(pip) == sorted([*wanted, "-e ."])
    assert f"python{project['requires-python']}" in environment["dependencies"]


def test_the_lock_holds_every_requirement_with_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
        name = re.sub(r"[._]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement).group().lower())
        assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), name
    assert "://" not in lock
    blocks = re.split(r"\n(?=[a-z0-9])", lock)
    assert all("--hash=sha256:" in block for block in blocks if re.match(r"[a-z0-9._-]+==", block))


def test_the_rooms_keep_their_layers():
    done = subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", LIBRARY, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_function_and_class_says_what_comes_back(module):
    tree = ast.parse(module.read_text())
    bare = [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert ast.get_docstring(tree), "the module says what it is for"
    assert bare == []


def cells(stage, kind):
    notebook = json.loads((NOTEBOOKS / f"{stage.name}.ipynb").read_text())
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(stage):
    return "\n".join("".join(cell["source"]) for cell in cells(stage, "code"))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_notebook_reads_and_writes_what_stages_says(stage):
    code = source(stage)
    assert set(re.findall(r'cycle\.read\("(\w+)"\)', code)) == set(stage.reads)
    assert set(re.findall(r'cycle\.write\("(\w+)"', code)) | written_in_bulk(code) == set(stage.writes)


def written_in_bulk(code):
    """`cycle.write_all(frames)` in stage 00 writes what the snapshot returns."""
    return set(STAGES[0].writes) if "cycle.write_all(" in code else set()


def test_each_frame_is_written_once_and_before_it_is_read():
    written = []
    for stage in STAGES:
        assert set(stage.reads) <= set(written), stage.name
        written += stage.writes
    assert len(written) == len(set(written))
    assert set(written) == set(FRAMES)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_notebook_tells_and_leaves_the_deciding_to_the_library(stage):
    code = ["".join(cell["source"]) for cell in cells(stage, "code")]
    prose = cells(stage, "markdown")
    for text in code:
        assert len([line for line in text.splitlines() if line.strip()]) <= 10, text
        assert not re.search(r"^\s*(def|class|for|while|try)\b", text, re.MULTILINE), text
    assert len(prose) >= len(code) * 0.7
    assert "parameters" in cells(stage, "code")[0]["metadata"].get("tags", [])


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_notebook_stores_no_output_but_its_control_totals(stage):
    kept = [cell for cell in cells(stage, "code") if cell["outputs"]]
    assert all("keep_output" in cell["metadata"].get("tags", []) for cell in kept)
    assert len(kept) == 1
