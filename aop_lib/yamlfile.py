"""YAML read as text: every scalar stays the characters that were written, every value knows its line.

Type guessing is what makes YAML dangerous (`NO` becomes False, `1.10` becomes 1.1, `0123` becomes 83). Here nothing
is guessed: the typed parameters parse the text by their own strict rules. Tags, anchors and aliases are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from math import isinf
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from aop_lib.errors import Fault

LARGEST_FILE = 2_000_000
DEEPEST = 50
PLAIN_TAGS = ("tag:yaml.org,2002:", "!")

NO_NUMBER = re.compile(r"[-+]?\.?(inf|nan)(inity)?", re.IGNORECASE)
HUGE = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
KEY = re.compile(r"[A-Za-z0-9_.\- ]{1,80}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Value = str | None | list["Value"] | dict[str, "Value"]
Path_ = tuple[str | int, ...]


@dataclass
class Document:
    """One YAML file, or what a workbook says in its place: its values as text, the place of each, and what is wrong with it.

    Attributes:
        shown: The file's name as messages show it.
        value: Mappings, lists and texts; None for an empty value.
        lines: Line number, counted from 1, of each path into `value`.
        cells: `sheet!cell` of each path, where the values came from a workbook.
        faults: Everything found wrong while reading.
    """

    shown: str
    value: Value = None
    lines: dict[Path_, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    cells: dict[Path_, str] = field(default_factory=dict)

    def where(self, path: Path_ = ()) -> str:
        """Returns `file:line` or `workbook!sheet!cell` of a path, or of its nearest ancestor that is in the file."""
        while path and path not in self.lines and path not in self.cells:
            path = path[:-1]
        if path in self.cells:
            return f"{self.shown}!{self.cells[path]}"
        return f"{self.shown}:{self.lines.get(path, 1)}"

    def fault(self, path: Path_, found: str, expected: str, fix: str = "") -> None:
        """Adds a fault at a path."""
        self.faults.append(Fault(self.where(path), found, expected, fix))


def read_yaml(file: Path, shown: str) -> Document:
    """Returns the document in a file; every fault of it is in `faults`, none is raised.

    Args:
        file: Where it is.
        shown: How messages name it.
    """
    document = Document(shown)
    try:
        if file.stat().st_size > LARGEST_FILE:
            document.fault((), f"{file.stat().st_size:,} bytes", f"at most {LARGEST_FILE:,} bytes")
            return document
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        document.fault((), "no such file", "a YAML file", "create it, or correct the path that names it")
        return document
    except (OSError, UnicodeDecodeError) as problem:
        document.fault((), str(problem), "a readable UTF-8 text file", "save it as UTF-8")
        return document
    return parsed(text, document)


def parsed(text: str, document: Document) -> Document:
    """Returns the document filled from YAML text."""
    try:
        if _refused_events(text, document):
            return document
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 1
        found = str(problem.problem or problem.context)
        document.faults.append(Fault(f"{document.shown}:{line}", found, "valid YAML", "check quotes, colons and indentation here"))
        return document
    except (YAMLError, ValueError) as problem:
        document.fault((), str(problem).splitlines()[0], "valid YAML")
        return document
    if root is not None:
        document.value = _value(root, (), document)
    return document


def _refused_events(text: str, document: Document) -> bool:
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        line = event.start_mark.line + 1
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            document.faults.append(Fault(f"{document.shown}:{line}", f"more than {DEEPEST} levels", "lists and keys of a few levels", "close the brackets"))
            return True
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            sign = "*" if isinstance(event, AliasEvent) else "&"
            place = f"{document.shown}:{line}"
            document.faults.append(Fault(place, f"{sign}{event.anchor}", "no anchors or aliases", "write the value out"))
            return True
        tag = getattr(event, "tag", None)
        if tag:
            document.faults.append(Fault(f"{document.shown}:{line}", f"the tag {tag}", "plain values without tags", "remove the tag"))
    return bool(document.faults)


def _value(node: Node, path: Path_, document: Document) -> Value:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        _plain_scalar(node, path, document)
        return node.value if node.value != "" or node.style else None
    if isinstance(node, SequenceNode):
        return [_value(child, (*path, index), document) for index, child in enumerate(node.value)]
    return _mapping(node, path, document) if isinstance(node, MappingNode) else None


def _plain_scalar(node: ScalarNode, path: Path_, document: Document) -> None:
    """Refuses, under whatever key, what only looks like a value: a day no calendar has, a number that is none."""
    if node.style:
        return
    if NO_NUMBER.fullmatch(node.value) or (HUGE.fullmatch(node.value) and isinf(float(node.value))):
        document.fault(path, repr(node.value), "a finite number", "write the number out")
    if DAY.fullmatch(node.value):
        try:
            date.fromisoformat(node.value)
        except ValueError:
            document.fault(path, repr(node.value), "a date of the calendar as YYYY-MM-DD")


def _mapping(node: MappingNode, path: Path_, document: Document) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key_node, child in node.value:
        key = key_node.value if isinstance(key_node, ScalarNode) else None
        line = key_node.start_mark.line + 1
        place = f"{document.shown}:{line}"
        if key is None or not KEY.fullmatch(key):
            document.faults.append(Fault(place, f"the key {key!r}", "a plain name of letters, digits, '_', '-' or '.'"))
            continue
        if key in values:
            first = document.lines[(*path, key)]
            document.faults.append(Fault(place, f"{key!r} a second time", "each key once", f"first set on line {first}; keep one of them"))
            continue
        document.lines[(*path, key)] = line
        values[key] = _value(child, (*path, key), document)
    return values
