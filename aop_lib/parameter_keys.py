"""Parameter files as flat keys, so that two cycles can be compared key by key: `drivers.yml rules.6030.growth` with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aop_lib.load import Params
from aop_lib.places import shown
from aop_lib.yamlfile import Document, Path_, Value, read_yaml

IDENTITY = ("id", "request", "round", "name", "goal", "kpi", "driver", "segment", "line", "account", "team", "role", "metric", "what", "start")
ALONE = ("id",)
CHAINED = (".after", ".content")  # digests of decisions.yml: what a decision says is compared, not its place in a log


def parameter_keys(params: Params) -> dict[str, tuple[str, str]]:
    """Returns each key of each parameter file of a cycle: where it stands (`file:line`) and its text; what `--set` changed comes last.

    The cycle's own file is called `cycle`, so that two cycles compare; entries of lists go by what names them, not by their place.
    """
    found: dict[str, tuple[str, str]] = {}
    for file in params.files.values():
        document = read_yaml(file, shown(file, params.folder))
        name = "cycle" if file == params.file else _name(file, params.folder)
        told = [each for each in _flat(document, document.value, (), "") if file.name != "decisions.yml" or not each[0].endswith(CHAINED)]
        found |= {f"{name} {key}": (document.where(path), text) for key, path, text in told}
    return found | {f"--set {key}": ("--set", text) for key, text in params.overrides.items()}


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name


def _flat(document: Document, value: Value, path: Path_, key: str) -> Iterator[tuple[str, Path_, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(document, inner, (*path, name), f"{key}.{name}" if key else name)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        labels: list[str] = []
        for index, inner in enumerate(value):
            label = _label(inner)
            labels.append(label)
            number = labels.count(label)
            yield from _flat(document, inner, (*path, index), f"{key}.{label}{f'#{number}' if number > 1 else ''}")
    elif isinstance(value, list):
        yield key, path, ", ".join(str(each) for each in value)
    else:
        yield key, path, "" if value is None else value


def _label(entry: Value) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    names = [name for name in ALONE if name in entry] or [name for name in IDENTITY if name in entry]
    return "/".join(str(entry[name]) for name in names) or "entry"
