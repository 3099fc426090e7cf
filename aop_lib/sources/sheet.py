"""The XML of a workbook's parts, as plain values: sheets, shared texts, date styles, cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from aop_lib.sources.archive import REQUEST, Limits, WorkbookRefusedError
from aop_lib.sources.table import LONGEST_TEXT

ADDRESS = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
NO_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|General', re.IGNORECASE)

Attributes = AttributesImpl
Position = tuple[int, int]


@dataclass
class RawCell:
    """One cell of the XML: its type, style, stored value and whether a formula made it."""

    kind: str
    style: int
    value: str | None = None
    formula: bool = False


@dataclass
class RawSheet:
    """A sheet's cells by (row, column), counted from 1, and what the sheet hides or merges."""

    cells: dict[Position, RawCell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)


class _Path(ContentHandler):
    """Knows the elements above the present one, and the text inside it."""

    def __init__(self, limits: Limits = REQUEST) -> None:
        super().__init__()
        self.limits = limits
        self.path: list[str] = []
        self.text: list[str] = []
        self.length = self.pieces = 0

    def startElement(self, name: str, attrs: Attributes) -> None:  # noqa: N802  (the name that SAX calls)
        self.path.append(name)
        self.taken()
        self.opened(name, attrs)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.closed(name)
        self.path.pop()

    def characters(self, content: str) -> None:
        self.length += len(content)
        self.pieces += 1
        if self.length > LONGEST_TEXT * 8 or self.pieces > self.limits.pieces:
            raise WorkbookRefusedError("more text than the cells of a request hold", f"at most {LONGEST_TEXT:,} characters in a cell", "shorten it")
        self.text.append(content)

    def taken(self) -> str:
        """Returns the text since the last call."""
        text = "".join(self.text)
        self.text.clear()
        self.length = 0
        return text

    def opened(self, name: str, attrs: Attributes, /) -> None:
        """Sees an element open."""

    def closed(self, name: str) -> None:
        """Sees an element close."""


class Relations(_Path):
    """Targets of a part's relations, by id and by the end of their type; targets outside the workbook are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.by_id: dict[str, str] = {}
        self.by_type: dict[str, str] = {}

    def opened(self, name: str, attrs: Attributes, /) -> None:
        """Keeps a relation."""
        if name == "Relationship" and attrs.get("TargetMode") != "External":
            target, kind = attrs.get("Target", ""), attrs.get("Type", "").rpartition("/")[2]
            self.by_id[attrs.get("Id", "")] = target
            self.by_type.setdefault(kind, target)


class Sheets(_Path):
    """The workbook's sheets in order: name, state, relation; and whether its dates count from 1904."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, str]] = []
        self.from_1904 = False

    def opened(self, name: str, attrs: Attributes, /) -> None:
        """Keeps a sheet."""
        if name == "workbookPr":
            self.from_1904 = attrs.get("date1904") in {"1", "true"}
        if name == "sheet" and self.path[-2:-1] == ["sheets"]:
            relation = next((attrs[each] for each in attrs.keys() if each.rpartition(":")[2] == "id"), "")  # noqa: SIM118  (SAX attributes are no dict)
            self.sheets.append((attrs.get("name", ""), attrs.get("state", "visible"), relation))


class SharedTexts(_Path):
    """The workbook's shared texts, in order, phonetic readings left out."""

    def __init__(self, limits: Limits = REQUEST) -> None:
        super().__init__(limits)
        self.texts: list[str] = []
        self.here: list[str] = []

    def opened(self, name: str, _attrs: Attributes, /) -> None:
        """Starts a text."""
        if name == "si":
            self.here = []

    def closed(self, name: str) -> None:
        """Ends a text."""
        if name == "t" and "rPh" not in self.path:
            self.here.append(self.taken())
        elif name == "si":
            self.texts.append(unescaped("".join(self.here)))


class DateStyles(_Path):
    """Which cell styles show a date."""

    def __init__(self) -> None:
        super().__init__()
        self.custom: dict[str, str] = {}
        self.styles: list[bool] = []

    def opened(self, name: str, attrs: Attributes, /) -> None:
        """Keeps a number format or a style."""
        if name == "numFmt":
            self.custom[attrs.get("numFmtId", "")] = attrs.get("formatCode", "")
        elif name == "xf" and self.path[-2:-1] == ["cellXfs"]:
            number = attrs.get("numFmtId", "0")
            code = NO_DATE.sub("", self.custom.get(number, "")).lower()
            self.styles.append(any(sign in code for sign in "ymdhs") or (number.isdigit() and int(number) in DATE_FORMATS))


class SheetCells(_Path):
    """The cells of a sheet that hold something, with their addresses checked."""

    def __init__(self, limits: Limits = REQUEST) -> None:
        super().__init__(limits)
        self.sheet = RawSheet()
        self.row = self.column = 0
        self.cell: RawCell | None = None
        self.parts: list[str] = []

    def opened(self, name: str, attrs: Attributes, /) -> None:
        """Sees a row, a cell or what is said about columns and merges."""
        if name == "c":
            self.column = _column(attrs.get("r", ""), self.row, self.column)
            self.cell, self.parts = RawCell(attrs.get("t", "n"), _whole(attrs.get("s", "0"))), []
        elif name == "f" and self.cell:
            self.cell.formula = True
        elif name == "row":
            self.row, self.column = _whole(attrs.get("r", str(self.row + 1))), 0
            if attrs.get("hidden") in {"1", "true"} or attrs.get("ht") == "0":
                self.sheet.hidden_rows.add(self.row)
        elif name == "col" and (attrs.get("hidden") in {"1", "true"} or attrs.get("width") == "0"):
            last = min(_whole(attrs.get("max", "1")), self.limits.columns)
            self.sheet.hidden_columns |= set(range(_whole(attrs.get("min", "1")), last + 1))
        elif name == "mergeCell":
            self.sheet.merged.append(attrs.get("ref", ""))

    def closed(self, name: str) -> None:
        """Takes the text of a value, or keeps the cell."""
        if not self.cell:
            return
        if name == "v" or (name == "t" and "rPh" not in self.path):
            self.parts.append(self.taken())
            self.cell.value = "".join(self.parts)
        elif name == "c":
            self._keep(self.cell)
            self.cell = None

    def _keep(self, cell: RawCell) -> None:
        if not cell.value and not cell.formula:
            return
        address = f"{letters(self.column)}{self.row}"
        if self.row > self.limits.rows + 1 or self.column > self.limits.columns:
            limits = f"at most {self.limits.rows:,} rows and {self.limits.columns} columns"
            raise WorkbookRefusedError(f"a cell at {address}", limits, "delete what stands there, or split the workbook")
        if len(self.sheet.cells) >= self.limits.cells:
            raise WorkbookRefusedError(f"more than {self.limits.cells:,} cells", "a request on the first sheet", "split the workbook")
        if (self.row, self.column) in self.sheet.cells:
            raise WorkbookRefusedError(f"the cell {address} twice", "each cell once")
        self.sheet.cells[self.row, self.column] = cell


def unescaped(text: str) -> str:
    """Returns a workbook's text with `_xHHHH_`, its way to write what XML cannot hold, read back."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def letters(column: int) -> str:
    """Returns a column's letters, counted from 1: A, B, …, AA."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def position(address: str) -> Position:
    """Returns row and column, counted from 1, of an address such as E2; (0, 0) where it is none."""
    found = ADDRESS.fullmatch(address)
    if not found:
        return 0, 0
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def _column(address: str, row: int, before: int) -> int:
    if not address:
        return before + 1
    here, column = position(address)
    if here != row:
        raise WorkbookRefusedError(f"a cell {address[:12]!r} in row {row}", "cells in their own rows")
    return column


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise WorkbookRefusedError(f"{text[:20]!r} where a whole number belongs", "a sheet as Excel writes it")
    return int(text)
