"""A parameter file's document read into its type; every offence becomes a fault with its line."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from aop_lib.errors import nearest
from aop_lib.fields import Strict
from aop_lib.yamlfile import Document

T = TypeVar("T", bound=Strict)


def typed(document: Document, kind: type[T]) -> T | None:
    """Returns a document as a parameter type; its faults are added to the document, with their lines."""
    if not isinstance(document.value, dict):
        document.fault((), "no keys", f"the keys of {kind.__doc__ or kind.__name__}".rstrip("."))
        return None
    try:
        return kind.model_validate(document.value)
    except ValidationError as offences:
        for offence in offences.errors():
            _add(document, kind, offence)
        return None


def _add(document: Document, kind: type[Strict], offence: Any) -> None:
    path = tuple(offence["loc"])
    if offence["type"] == "extra_forbidden":
        known = _known_keys(kind, path)
        document.fault(path, f"the key {path[-1]!r}", f"one of {', '.join(known)}", nearest(str(path[-1]), known).strip(" ()"))
    elif offence["type"] == "missing":
        document.fault(path[:-1], f"no {path[-1]!r}", f"the key {path[-1]!r}", "add it")
    else:
        message = str(offence["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
        document.fault(path, _found(offence["input"]), message)


def _found(value: Any) -> str:
    kinds = {type(None): "nothing", list: "a list", dict: "keys"}
    return kinds.get(type(value), repr(value))


def _known_keys(kind: type[Strict], path: tuple[Any, ...]) -> list[str]:
    current: Any = kind
    for step in path[:-1]:
        if isinstance(step, str) and hasattr(current, "model_fields") and step in current.model_fields:
            current = _inner(current.model_fields[step].annotation)
    return sorted(current.model_fields) if hasattr(current, "model_fields") else []


def _inner(annotation: Any) -> Any:
    arguments = [each for each in getattr(annotation, "__args__", ()) if hasattr(each, "model_fields")]
    return arguments[-1] if arguments else annotation
