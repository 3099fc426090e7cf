"""What a run stood on and what it made, by hash: inputs, outputs, versions, fingerprints of stages."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from aop_lib.load import Params
from aop_lib.sources.mapped_files import mapped_digests
from aop_lib.stages import Stage

CODE = Path(__file__).resolve().parent
LIBRARIES = (
    "duckdb",
    "ibis-framework",
    "ipykernel",
    "jinja2",
    "matplotlib",
    "mistune",
    "nbclient",
    "nbconvert",
    "numpy",
    "pandas",
    "pandera",
    "papermill",
    "pyarrow",
    "pydantic",
    "python-calamine",
    "ruamel-yaml",
    "sqlglot",
)
SETTLED_NANOSECONDS = 1_000_000_000  # a file changed twice within a clock tick keeps its times
PRESET_FILE = re.compile(r"[\w\-]+\.ya?ml", re.ASCII)


@dataclass(frozen=True)
class Inputs:
    """The hash of everything that a run reads.

    Attributes:
        parameters: Each parameter file, by the name that messages show.
        submissions: Each file under the company's `requests/`.
        sources: Each file of each source, as `source/path`; and presets that lie beside company.yml.
        notebooks: Each stage's notebook.
        code: The library, as one hash.
        baseline: The manifest of the frozen plan that is reviewed; empty where there is none.
        approved: The manifest of this cycle's own frozen plan; empty where it is not frozen.
    """

    parameters: dict[str, str]
    submissions: dict[str, str]
    sources: dict[str, str]
    notebooks: dict[str, str]
    code: str
    baseline: str
    approved: str

    def changed(self, later: Inputs) -> list[str]:
        """Returns the names of everything that is not what it was."""
        before, after = flat(asdict(self)), flat(asdict(later))
        return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def inputs(params: Params, notebooks: Path, stages: Sequence[Stage]) -> Inputs:
    """Returns the hash of everything that a run of the cycle reads, as it is now."""
    return Inputs(
        parameters={name: file_hash(file) for name, file in sorted(params.files.items())},
        submissions=_tree(params.folder / "requests", "requests") | mapped_digests(params.folder / "requests"),
        sources=_sources(params),
        notebooks={stage.name: file_hash(notebooks / f"{stage.name}.ipynb") for stage in stages},
        code=code_hash(),
        baseline=frozen_hash(params, params.cycle.baseline or "-"),
        approved=frozen_hash(params, params.id),
    )


def frozen_hash(params: Params, cycle: str) -> str:
    """Returns the hash of a frozen plan of the company, which is its manifest's; empty where there is none."""
    file = params.folder / "approved" / cycle / "manifest.json"
    return file_hash(file) if file.is_file() else ""


def code_hash() -> str:
    """Returns one hash of the library's files."""
    return text_hash(canonical(_tree(CODE, "aop_lib")))


def fingerprint(stage: Stage, read: Inputs, overrides: Mapping[str, str], frames: Mapping[str, str]) -> str:
    """Returns the hash of everything that decides what a stage writes; the same fingerprint means the same output.

    Defined as::

        code, versions, its notebook, all parameters, --set, the frozen plan, the frames it reads
        and, for a stage that reads no frame: every source and submission

    Args:
        stage: The stage.
        read: The run's inputs.
        overrides: What `--set` changed.
        frames: The hash of each frame written so far, by name.
    """
    facts = {
        "code": read.code,
        "versions": versions(),
        "notebook": read.notebooks[stage.name],
        "parameters": read.parameters,
        "set": dict(overrides),
        "baseline": read.baseline,
        "approved": read.approved,
        "frames": {name: frames[name] for name in stage.reads},
        "sources": {} if stage.reads else {**read.sources, **read.submissions},
        "writes": list(stage.writes),
    }
    return text_hash(canonical(facts))


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the libraries that shape a run's output."""
    return {"python": platform.python_version(), **{name: found for name in LIBRARIES if (found := _version(name))}}


def outputs(folder: Path) -> dict[str, str]:
    """Returns the hash of each file of a run's folder but the manifest itself."""
    return {name: digest for name, digest in _tree(folder, "").items() if name != "manifest.json"}


def manifest_text(params: Params, read: Inputs, stages: Mapping[str, str], made: Mapping[str, str], totals: Sequence[Mapping[str, str]]) -> str:
    """Returns the text of manifest.json: nothing in it tells one machine or moment from another.

    Args:
        params: The cycle's parameters.
        read: The run's inputs.
        stages: Each stage's fingerprint.
        made: The hash of each output.
        totals: The rows of the frame `control_totals`, as texts.
    """
    return canonical(
        {
            "format": 1,
            "company": params.company_id,
            "cycle": params.id,
            "kind": params.cycle.kind,
            "seed": params.cycle.seed,
            "last_closed_month": f"{params.last_closed:%Y-%m}",
            "as_of": params.as_of.isoformat(),
            "set": dict(params.overrides),
            "baseline": params.cycle.baseline or "",
            "inputs": asdict(read),
            "versions": versions(),
            "stages": dict(stages),
            "control_totals": list(totals),
            "outputs": dict(made),
        }
    )


def manifest(folder: Path) -> dict[str, Any]:
    """Returns the manifest of a published or kept run; empty where there is none that can be read."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def canonical(value: Any) -> str:
    """Returns a value as JSON text that is the same wherever it is written."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def text_hash(text: str) -> str:
    """Returns the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def file_hash(file: Path) -> str:
    """Returns the SHA-256 of a file; a file that has not changed since it was last read is not read again."""
    stat = file.stat()
    settled = time.time_ns() - stat.st_ctime_ns > SETTLED_NANOSECONDS
    return _settled_hash(file, (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)) if settled else _hash(file)


@cache
def _settled_hash(file: Path, _signature: tuple[int, ...]) -> str:
    return _hash(file)


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def flat(value: Mapping[str, Any]) -> dict[str, str]:
    """Returns nested hashes under one name each."""
    names: dict[str, str] = {}
    for key, inner in value.items():
        names |= inner if isinstance(inner, Mapping) else {key: inner}
    return names


def _sources(params: Params) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for source in params.company.sources:
        place = params.folder / source.where
        hashes |= {source.name: file_hash(place)} if place.is_file() else _tree(place, source.name)
        preset = params.folder / source.preset
        if PRESET_FILE.fullmatch(source.preset) and preset.is_file():
            hashes[source.preset] = file_hash(preset)
    return hashes


def _tree(folder: Path, name: str) -> dict[str, str]:
    files: Iterable[Path] = sorted(folder.rglob("*")) if folder.is_dir() else ()
    kept = [file for file in files if "__pycache__" not in file.parts and (file.is_symlink() or file.is_file())]
    prefix = f"{name}/" if name else ""
    return {prefix + file.relative_to(folder).as_posix(): _entry_hash(file) for file in kept}


def _entry_hash(file: Path) -> str:
    return text_hash(f"link to {file.readlink()}") if file.is_symlink() else file_hash(file)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
