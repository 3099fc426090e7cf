"""A file's table as it was written: cells with their places, and the faults found while reading them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from aop_lib.errors import Fault, nearest

LARGEST_FILE = 5_000_000
MOST_ROWS = 10_000
MOST_COLUMNS = 30
MOST_FAULTS = 100
LONGEST_TEXT = 32_767
LONGEST_SHOWN = 80

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
LINE_ENDS = re.compile(r"[\r\n]")

Kind = Literal["text", "number", "date", "flag", "refused"]


@dataclass(frozen=True)
class Cell:
    """One cell: its text as it was written, its place, and what a workbook says it is.

    Attributes:
        text: As written; a number in plain digits, a date as YYYY-MM-DD.
        where: `file:line` or `workbook!sheet!cell`.
        kind: `refused` where a fault of the cell is already on the list.
    """

    text: str
    where: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """A header and the rows below it, each as long as the header; blank rows are left out."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass
class Faults:
    """The faults and warnings of one file, the first hundred in full, the others counted."""

    shown: str
    listed: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(self, where: str, found: str, expected: str, fix: str = "") -> None:
        """Adds a fault."""
        if len(self.listed) < MOST_FAULTS:
            self.listed.append(Fault(where, found, expected, fix))
        else:
            self.more += 1

    def warn(self, where: str, found: str, expected: str, fix: str = "") -> None:
        """Adds a warning: something a person should know, which stops nothing."""
        self.warnings.append(Fault(where, found, expected, fix))

    def unknown(self, cell: Cell, name: str, known: Collection[str]) -> None:
        """Adds the fault of a value that is not on a closed list, with the nearest one that is."""
        if len(self.listed) >= MOST_FAULTS:
            self.more += 1
            return
        choice = f"one of {', '.join(map(visible, sorted(known)))}" if 0 < len(known) <= 12 else f"a known {name}"
        self.add(cell.where, f"{name} {quoted(cell.text)}{_foreign_letters(cell.text)}", f"{choice}{_nearest(cell.text, known)}")

    @property
    def all(self) -> tuple[Fault, ...]:
        """Every fault; those beyond the first hundred as one line."""
        rest = [Fault(self.shown, f"{self.more:,} more faults", "a file without faults", "mend those listed first")] if self.more else []
        return (*self.listed, *rest)


def visible(text: str, longest: int = LONGEST_SHOWN) -> str:
    """Returns a text as messages show it: one line, what cannot be seen spelled out, cut when long."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in cut)


def quoted(text: str) -> str:
    """Returns a text as messages show it, in quotes."""
    return f"'{visible(text)}'"


def unfit(text: str) -> str:
    """Returns what keeps a text from being stored: characters that cannot be seen, or too many; empty where it is fit."""
    found = CONTROL.search(text)
    if found:
        return f"the character U+{ord(found[0]):04X}"
    return f"{len(text):,} characters" if len(text) > LONGEST_TEXT else ""


def _nearest(text: str, known: Collection[str]) -> str:
    same = [each for each in sorted(known) if each.casefold() == text.strip().casefold()]
    return nearest(same[0] if same else visible(text), same or known)


def _foreign_letters(text: str) -> str:
    letters = [f"U+{ord(each):04X}" for each in text[:LONGEST_SHOWN] if not each.isascii()]
    return f" (with {', '.join(letters[:5])}, which may look like a plain letter)" if letters else ""
