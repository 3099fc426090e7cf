"""What `--set` puts into a parameter file's document before it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aop_lib.errors import Fault

if TYPE_CHECKING:
    from aop_lib.yamlfile import Document


def override(document: Document, key: str, path: list[str], text: str) -> None:
    """Puts a text where a path leads in a document; where it leads nowhere, the document gets a fault.

    Args:
        document: The file's document.
        key: What stands before the equals sign, as messages show it.
        path: Its steps below the file: keys, places of lists, or the id, line or team that an entry of a list has.
        text: The value.
    """
    place: Any = document.value if document.value is not None else {}
    document.value = place
    for step in path[:-1]:
        place = _step(place, step)
    last = path[-1]
    if isinstance(place, dict):
        place[last] = text
    elif isinstance(place, list) and last.isdigit() and int(last) < len(place):
        place[int(last)] = text
    else:
        document.faults.append(Fault("--set", key, f"a key that leads to a value of {document.shown}"))


def _step(place: Any, step: str) -> Any:
    if isinstance(place, dict):
        return place.setdefault(step, {})
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    if isinstance(place, list):
        return next((each for each in place if isinstance(each, dict) and step in {each.get("id"), each.get("line"), each.get("team")}), None)
    return None
