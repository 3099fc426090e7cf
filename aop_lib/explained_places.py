"""Where the parameters behind figures are written, `file:line`, with the hash of a request's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aop_lib.load import Params
from aop_lib.places import shown
from aop_lib.yamlfile import Document, Value, read_yaml

if TYPE_CHECKING:
    import pandas as pd


def written_places(params: Params, planned: Params, requests: pd.DataFrame, hashes: Mapping[str, str]) -> dict[str, str]:
    """Returns where things are written, by what they are: `metric nrr`, `switch carr`, `goal arr_29m`, `decision renewals`, `rule 3`, `told quota smb`.

    Args:
        params: The cycle.
        planned: The cycle in which its budget was made, whose drivers.yml carried the base.
        requests: The frame `requests`.
        hashes: Each file under `requests/` with its hash, as the run read it.
    """
    found: dict[str, str] = {}
    for name, file in params.files.items():
        document = read_yaml(file, shown(file, params.folder))
        top = document.value if isinstance(document.value, dict) else {}
        kinds = {"metrics.yml": ("metrics", "metric"), "company.yml": ("switches", "switch")}
        key, word = kinds.get(file.name, ("", ""))
        found |= {f"{word} {each}": document.where((key, each)) for each in _keys(top.get(key))}
        found |= _entries(document, top.get("goals"), "goals", "goal", "id") if file.name == "goals.yml" else {}
        found |= _entries(document, top.get("decisions"), "decisions", "decision", "request") if file.name == "decisions.yml" else {}
        found |= {f"restatement {file.stem}": document.where()} if "restatements/" in name else {}
        found |= {f"plan {file.stem}": document.where()} if "plans/" in name else {f"file {file.stem}": document.where()}
    return found | _overlays(params) | _rules(planned) | _requests(requests, hashes)


def _keys(value: Value) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _entries(document: Document, entries: Value, key: str, word: str, named: str) -> dict[str, str]:
    """Returns the place of each entry of a list by what names it; of several entries the last approval, or the last one."""
    found: dict[str, str] = {}
    for index, each in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(each, dict) and each.get("decision", "approve") == "approve":
            place = document.where((key, index, "target")) if word == "goal" else document.where((key, index))
            found[f"{word} {each.get(named)}"] = place
    return found


def _rules(planned: Params) -> dict[str, str]:
    file = next((each for each in planned.files.values() if each.name == "drivers.yml"), None)
    if file is None:
        return {}
    document = read_yaml(file, shown(file, planned.folder))
    rules = {f"rule {number}": document.where(("rules", number)) for number in range(len(planned.drivers.rules))}
    told = {f"told {each.driver} {each.segment or ''}".strip(): ("model", "told", number) for number, each in enumerate(planned.drivers.model.told)}
    return rules | {name: document.where(path) for name, path in told.items()} | {
        "driver balances": document.where(("model", "balances")), "driver window": document.where(("model", "window_months")),
    }  # fmt: skip


def _overlays(params: Params) -> dict[str, str]:
    """Returns the place of each scenario's or version's file and of each of its changes: `overlay downside`, `change downside 0`."""
    found = {}
    for each in (*params.scenarios, *params.versions):
        file = next((file for name, file in params.files.items() if name.endswith(f"/{each.id}.yml")), None)
        if file is not None:
            document = read_yaml(file, shown(file, params.folder))
            found[f"overlay {each.id}"] = document.where()
            found |= {f"change {each.id} {place}": document.where(("changes", place)) for place in range(len(each.changes))}
    return found


def _requests(requests: pd.DataFrame, hashes: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for request, where in zip(requests["request"], requests["where"], strict=True):
        digest = next((digest for name, digest in hashes.items() if f"/{name}" in f"/{where}"), "")
        found[f"request {request}"] = f"{where}, sha256 {digest}" if digest else str(where)
    return found
