"""Notebooks as files: what they declare before they run, what is kept of them afterwards."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault

if TYPE_CHECKING:
    from nbformat import NotebookNode

INJECTED = "injected-parameters"
OWN_METADATA = ("papermill", "execution")


def notebook_faults(file: Path, shown: str, wanted: Mapping[str, str]) -> list[Fault]:
    """Returns what keeps a notebook from taking the run's parameters; nothing of it is executed.

    Args:
        file: The notebook.
        shown: How messages name it.
        wanted: The parameters that the run passes, by name.
    """
    if not file.is_file():
        return [Fault(shown, "no such notebook", "the stage's notebook", "restore it")]
    try:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if "parameters" in cell.get("metadata", {}).get("tags", [])]
        declared = {name for cell in cells for name in _assigned("".join(cell["source"]))}
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError, SyntaxError) as problem:
        return [Fault(shown, f"{type(problem).__name__}: {problem}", "a notebook whose parameters cell can be read")]
    missing = sorted(wanted.keys() - declared)
    return [Fault(shown, f"no parameter {name!r}", f"a cell tagged `parameters` that sets {name}") for name in missing]


def scrubbed(notebook: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Returns an executed notebook without what differs from run to run: times, versions of the moment, random cell ids."""
    clean = copy.deepcopy(notebook)
    for key in (*OWN_METADATA, "widgets"):
        clean.metadata.pop(key, None)
    own = {cell.get("id") for cell in source.cells if cell.get("id")}
    for position, cell in enumerate(clean.cells):
        for key in OWN_METADATA:
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if cell.get("id") not in own:
            cell["id"] = INJECTED if INJECTED in cell.metadata.get("tags", []) else f"cell-{position}"
    clean.nbformat_minor = max(clean.nbformat_minor, 5)
    return clean


def written(notebook: NotebookNode, file: Path) -> None:
    """Writes a notebook, the same bytes for the same cells."""
    import nbformat

    file.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")


def _assigned(code: str) -> list[str]:
    targets = [
        target
        for line in ast.parse(code).body
        if isinstance(line, (ast.Assign, ast.AnnAssign))
        for target in (line.targets if isinstance(line, ast.Assign) else [line.target])
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]
