"""What stands behind figures, folded: a mark where a block shows them, and the tree that is put there when the page is made."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from aop_lib.report.blocks import rendered

Told = Mapping[str, Any]
MARK = re.compile(r'<p class="behind" data-figures="(?P<figures>[^"]*)"></p>')
END = "</main>"


@dataclass(frozen=True)
class Teller:
    """What folds are filled from.

    Attributes:
        tell: By a figure's key, its explanation as plain texts (`plan.shortened`); None where there is none.
        files: For a source and a frame, the files that it was read from with their hashes.
        command: What prints all of an explanation that is cut; empty where the page's readers cannot run it.
    """

    tell: Callable[[str], Told | None]
    files: Callable[[tuple[str, str]], Sequence[str]] = lambda _: ()
    command: str = ""


@dataclass
class _Page:
    """What one page has told already: figures by key, parts and sources by name, each with its number."""

    parts: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    sources: dict[tuple[str, str], int] = field(default_factory=dict)


def with_folds(page: str, teller: Teller) -> str:
    """Returns a page with a fold at every mark; a figure that stands twice is explained once, and files are listed once at the end.

    Args:
        page: The page as it was made.
        teller: What the folds are filled from.
    """
    told = _Page()

    def fold(found: re.Match[str]) -> str:
        figures = json.loads(unescape(found["figures"]))
        return rendered("folds.html.j2", folds=[_fold(label, key, teller, told) for label, key in figures], command=teller.command)

    text = MARK.sub(fold, page)
    if not told.sources:
        return text
    sources = [{"name": " ".join(source), "place": place, "files": teller.files(source)} for source, place in told.sources.items()]
    return text.replace(END, f"{rendered('files.html.j2', sources=sources)}{END}", 1)


def _fold(label: str, key: str, teller: Teller, told: _Page) -> dict[str, Any]:
    if key in told.figures:
        return {"label": label, "key": key, "again": told.figures[key], "node": None, "place": 0}
    told.figures[key] = len(told.figures) + 1
    node = teller.tell(key)
    return {"label": label, "key": key, "again": 0, "node": _numbered(node, told) if node is not None else None, "place": told.figures[key]}


def _numbered(node: Told, told: _Page) -> dict[str, Any]:
    """Returns a tree whose sources are numbered as the list of files at the end numbers them."""
    if node["name"] in told.parts:
        return {**node, "parts": [], "again": told.parts[node["name"]], "here": 0, "source": 0}
    here = told.parts.setdefault(node["name"], len(told.parts) + 1) if node["name"] and node["is_whole"] else 0
    source = tuple(node["source"])
    place = told.sources.setdefault((source[0], source[1]), len(told.sources) + 1) if source[0] else 0
    return {**node, "again": 0, "here": here, "source": place, "parts": [_numbered(part, told) for part in node["parts"]]}
