"""requests/<team>/<name>.mapping.yml, typed: how a workbook that is not ours is read."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from aop_lib.fields import Currency, Day, Flag, Id, Strict, Text, Whole

LETTERS = re.compile(r"[A-Z]{1,3}")
CELL = re.compile(r"(.+)!([A-Z]{1,3}[1-9]\d{0,6})")
SPAN = re.compile(r"([1-9]\d{0,6})-([1-9]\d{0,6})")


def _column(value: Any) -> Any:
    return {"header": value} if isinstance(value, str) else value


def _letter(value: Any) -> str:
    if not isinstance(value, str) or not LETTERS.fullmatch(value):
        raise ValueError("the letters of a column, such as C or AB")
    return value


def _cell(value: Any) -> str:
    if not isinstance(value, str) or not CELL.fullmatch(value):
        raise ValueError("a cell as Sheet!C6")
    return value


def _span(value: Any) -> tuple[int, int]:
    found = SPAN.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found[1]) > int(found[2]):
        raise ValueError("rows as 2-11, the last included")
    return int(found[1]), int(found[2])


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _rows(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Letter = Annotated[str, BeforeValidator(_letter)]
CellAt = Annotated[str, BeforeValidator(_cell)]
Span = Annotated[tuple[int, int], BeforeValidator(_span)]
Texts = Annotated[list[Text], BeforeValidator(_texts)]
Where = dict[Id, Texts]  # a column must hold one of these texts


class Exchange(Strict):
    """What a value of theirs is with us."""

    given: Text
    ours: Text


class ReadColumn(Strict):
    """A column by the text of its header, by its letters, or by both, which must then agree."""

    header: Text = ""
    letter: Letter | None = None
    kind: Literal["text", "number"] = "text"
    sign: Literal["plus", "minus"] = "plus"  # minus: they write as -5 what is 5 with us
    values: list[Exchange] = []  # a closed list: what is not on it is a fault


class NamedTotal(Strict):
    """The label of a total, and of which rows it is the sum; without conditions of all."""

    label: Text
    where: Where = {}
    accepted: Text = ""  # why a difference does not stop the file; without it, it does


class Totals(Strict):
    """Totals above or below the rows, by the label in a column; each is held against the rows."""

    rows: Span
    labels: Letter
    columns: list[Id]
    of: list[NamedTotal]


class Subtotals(Strict):
    """Subtotals between the rows: not read as rows, each held against the rows since the one before."""

    column: Id
    labels: Texts
    columns: list[Id]
    accepted: Text = ""


class Reproduced(Strict):
    """A column that must come out of others of its row."""

    column: Id
    formula: Text  # of columns of the table; + - * / and parentheses
    decimals: Whole = 0  # rounded half away from zero, as workbooks do
    accepted: Text = ""


class ReadTable(Strict):
    """Rows of a sheet."""

    sheet: Text
    header_row: Annotated[list[Whole], BeforeValidator(_rows)]  # two rows are read as one, joined by a blank
    columns: dict[Id, Annotated[ReadColumn, BeforeValidator(_column)]]
    constants: dict[Id, Text] = {}  # columns that the sheet lacks
    filled: list[Id] = []  # a row counts where all of these hold something
    where: Where = {}
    stop: Where = {}  # reading ends before the first row that holds this
    totals: list[Totals] = []
    subtotals: Subtotals | None = None
    reproduced: list[Reproduced] = []


class Sum(Strict):
    """A sum of columns of tables over the rows that hold conditions."""

    of: dict[Id, Id]  # table to column
    where: Where = {}


class CheckedCell(Strict):
    """A cell, and of which rows it must be the sum."""

    at: CellAt
    of: dict[Id, Id] = {}
    where: Where = {}


class CellCheck(Strict):
    """Cells that must be what they say, and all the same."""

    name: Text
    cells: list[CheckedCell]
    accepted: Text = ""  # why a difference does not stop the file; without it, it does


class ReadGoal(Strict):
    """A target that is reached step by step: the first row starts, each adds, rows in `running` must be the sum so far."""

    goal: Id  # of goals.yml; where it states the same KPI, start and target must be the workbook's
    sheet: Text
    labels: Letter
    amounts: Letter
    rows: Span
    running: list[Whole] = []
    shares: list[Whole] = []  # rows whose label holds a percentage of the sum so far, such as "reduction (-2%)"
    asked: Sum | None = None  # what is asked beside the target
    held: Flag = True  # start and target must be those of goals.yml
    accepted: Text = ""


class ReadLine(Strict):
    """Rows of a table as lines of a request: a year's amount, spread evenly over the months of the cycle's year."""

    table: Id
    amount: Id
    account: Id
    cost_centre: Id
    vendor: Id | None = None
    comment: Id | None = None


class ReadOption(Strict):
    """A size of a request: the rows that count for it."""

    id: Id
    where: Where = {}


class ReadAssumption(Strict):
    """What a metric is assumed to be over the year: the sum of a column."""

    metric: Id
    table: Id
    column: Id
    where: Where = {}


class ReadRequest(Strict):
    """A request, or with `each` one for every value of a column."""

    request: Id
    each: Id | None = None
    kind: Literal["incremental", "replaces"] = "incremental"
    title: Text  # `each`: followed by the value
    why: Text
    goal: Id
    effect: Text = ""
    evidence: Text = ""
    round: Whole = 1
    where: Where = {}
    options: list[ReadOption] = [ReadOption(id="full")]
    heads: dict[Id, Id] = {}  # table to the column of its heads
    lines: list[ReadLine]
    assumes: list[ReadAssumption] = []  # with `each`, said once, by the first


class WorkbookMapping(Strict):
    """How a workbook that is not ours becomes requests."""

    workbook: Text = ""  # beside the mapping; without it the .xlsx of the same name
    currency: Currency
    submitted_by: Id
    submitted_on: Day
    fillers: list[Text] = ["-"]  # texts that stand for nothing
    tables: dict[Id, ReadTable]
    checks: list[CellCheck] = []
    goals: list[ReadGoal] = []
    requests: list[ReadRequest]


def cell_parts(at: str) -> tuple[str, str]:
    """Returns the sheet and the address of a cell written as Sheet!C6."""
    sheet, _, address = at.rpartition("!")
    return sheet, address
