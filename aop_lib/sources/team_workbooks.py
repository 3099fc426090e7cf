"""A team's workbook that came back: whether it is the one that was sent, and the documents that its answers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.periods import CycleId, month_text
from aop_lib.sources.archive import REQUEST, WorkbookRefusedError, opened
from aop_lib.sources.book import Book, cell_of, cell_value, outline
from aop_lib.sources.sheet import letters, position
from aop_lib.sources.table import Faults, quoted, visible
from aop_lib.sources.team_documents import Sent, plan_document, request_documents
from aop_lib.sources.team_sheets import Row, is_to_fill, written_rows
from aop_lib.sources.team_values import answers
from aop_lib.team_workbook import IDENTITY, LISTS, ORDER, READ_ME, SHEETS, VERSION, fingerprint

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.yamlfile import Document

ENOUGH = 3
ROWS_ONCE = ("People", "Spend", "Drivers", "Initiative effects", "Personal KPIs")
NEW = "ask for a new workbook (aop template), and copy your answers into it"


@dataclass(frozen=True)
class TeamBook:
    """What a team's workbook says.

    Attributes:
        requests: One document for each request.
        plan: The team's plan; None where no sheet of it was filled in.
        faults: What is wrong with the workbook itself and with the cells of its requests.
        plan_faults: What is wrong with the cells of its plan.
        warnings: What was read but should be looked at, and sheets that are not read.
        is_elsewhere: Whether it belongs to another cycle and is not read.
    """

    requests: tuple[Document, ...] = ()
    plan: Document | None = None
    faults: tuple[Fault, ...] = ()
    plan_faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    is_elsewhere: bool = False


def sent(params: Params, team: str) -> Sent:
    """Returns what a team's workbook of a cycle must say."""
    sums = frozenset(name for name, metric in params.metrics.items() if metric.aggregate == "sum")
    return Sent(params.company_id, params.id, team, tuple(map(month_text, params.year_months)), sums)


def is_team_workbook(content: bytes) -> bool:
    """Returns whether a file is a workbook with at least three of the sheets that teams are sent, whatever is wrong with it."""
    try:
        with opened(content, REQUEST) as archive:
            names = {name for name, _, _ in outline(archive, "", REQUEST).sheets}
    except WorkbookRefusedError:
        return False
    return len(names.intersection(ORDER)) >= ENOUGH


def team_book(content: bytes, shown: str, about: Sent) -> TeamBook:
    """Returns what a team's workbook says, with every fault of it at once.

    Args:
        content: The whole file.
        shown: Its name as messages show it.
        about: What it must say to be the one that was sent.
    """
    faults, plan_faults = Faults(shown), Faults(shown)
    books = _books(content, faults)
    if READ_ME not in books:
        return TeamBook(faults=faults.all, warnings=tuple(faults.warnings))
    told = {key: cell_of(books[READ_ME], *position(address), set(), Faults(shown)).text for key, address in IDENTITY.items()}
    if _is_elsewhere(told, about, faults):
        return TeamBook(warnings=tuple(faults.warnings), is_elsewhere=True)
    if not _is_ours(told, about, faults):
        return TeamBook(faults=faults.all, warnings=tuple(faults.warnings))
    rows = {sheet.name: written_rows(books[sheet.name], sheet, about.months, faults) for sheet in SHEETS if sheet.name in books}
    if not faults.all and told["fingerprint"] != _fingerprint(books):
        where = f"{shown}!{READ_ME}!{IDENTITY['fingerprint']}"
        faults.add(where, "locked cells that are not what was sent (targets, actuals, lists, headings or words)", "the workbook as it was sent", NEW)
    is_whole = not faults.all
    written = {
        name: [answers(row, about.months, faults if row.sheet.part == "request" else plan_faults) for row in found or ()] for name, found in rows.items()
    }
    for name in ROWS_ONCE:
        _rows_once([each.row for each in written.get(name, ())], faults, plan_faults)
    if not any(written.values()) and is_whole:
        faults.warn(shown, "a workbook as it was sent", "answers", "if the team asks for nothing and plans nothing, nothing is amiss")
    requests = request_documents(written, shown, about, faults) if is_whole else ()
    plan = plan_document(written, shown, about.team, plan_faults) if is_whole else None
    return TeamBook(requests, plan, faults.all, plan_faults.all, (*faults.warnings, *plan_faults.warnings))


def _books(content: bytes, faults: Faults) -> dict[str, Book]:
    try:
        with opened(content, REQUEST) as archive:
            found = outline(archive, faults.shown, REQUEST)
            books = found.books(archive, ORDER, REQUEST)
    except WorkbookRefusedError as refusal:
        faults.add(faults.shown, refusal.found, refusal.expected, refusal.fix)
        return {}
    added = [(name, state) for name, state, _ in found.sheets if name not in ORDER]
    for name in ORDER:
        if name not in books:
            near = nearest(name, [each for each, _ in added]).strip(" ()")
            faults.add(f"{faults.shown}!{name}", f"no sheet {name!r}", "every sheet of the template", f"{near}; give it its name back" if near else NEW)
    for name, state in added:
        kind = "a sheet" if state == "visible" else "a hidden sheet"
        faults.warn(f"{faults.shown}!{visible(name)}", f"{kind} that was added, which is not read", "the sheets of the template", "answers count only there")
    for name, state, _ in found.sheets:
        if name in books and state != "visible" and name != LISTS:
            faults.warn(f"{faults.shown}!{name}", "a hidden sheet, read like any other", "no hidden sheets", "unhide it, and check it")
    return books


def _is_elsewhere(told: Mapping[str, str], about: Sent, faults: Faults) -> bool:
    """Returns whether the workbook belongs to a later cycle, or to one of another year, and says so."""
    try:
        theirs, ours = CycleId.parse(told["cycle"]), CycleId.parse(about.cycle)
    except ValueError:
        return False
    is_later = _month(theirs) > _month(ours)
    if theirs.fiscal_year == ours.fiscal_year and not is_later:
        return False
    where = f"{faults.shown}!{READ_ME}!{IDENTITY['cycle']}"
    faults.warn(where, f"a workbook of the cycle {told['cycle']}", f"a workbook of {about.cycle}", "it counts in its own cycle, not in this one")
    return True


def _month(cycle: CycleId) -> int:
    return cycle.month or (cycle.quarter or 0) * 3


def _is_ours(told: Mapping[str, str], about: Sent, faults: Faults) -> bool:
    """Returns whether version, company, cycle and team are those of the workbook that was sent, and adds a fault for each that is not."""
    found = []
    if told["version"] != VERSION:
        is_newer = told["version"].isdigit() and int(told["version"][:9]) > int(VERSION)
        fix = "update this program, which is older than the workbook" if is_newer else NEW
        found.append(("version", f"version {quoted(told['version'])} of the template", f"version {VERSION}", fix))
    if told["company"] != about.company:
        found.append(("company", f"the company {quoted(told['company'])}", repr(about.company), "send it to that company, or ask for a new workbook"))
    if told["team"] != about.team:
        found.append(
            (
                "team",
                f"the workbook of the team {quoted(told['team'])}",
                f"{about.team!r}, whose folder this is",
                f"move it to requests/{visible(told['team'])}/",
            )
        )
    try:
        CycleId.parse(told["cycle"])
    except ValueError:
        found.append(("cycle", f"the cycle {quoted(told['cycle'])}", repr(about.cycle), NEW))
    for key, what, expected, fix in found:
        faults.add(f"{faults.shown}!{READ_ME}!{IDENTITY[key]}", what, expected, fix)
    return not found


def _fingerprint(books: Mapping[str, Book]) -> str:
    sheets, own = {sheet.name: sheet for sheet in SHEETS}, set(IDENTITY.values())
    cells = []
    for name, book in books.items():
        for (row, column), raw in book.sheet.cells.items():
            address = f"{letters(column)}{row}"
            is_open = (name in sheets and is_to_fill(sheets[name], row, column)) or (name == READ_ME and address in own)
            if not raw.formula and not is_open:
                cells.append((name, address, _text(book, row, column)))
    return fingerprint(cells)


def _text(book: Book, row: int, column: int) -> str:
    raw = book.sheet.cells[row, column]
    try:
        return cell_value(book, raw)[0]
    except (ValueError, IndexError, OverflowError):
        return raw.value or ""


def _rows_once(rows: list[Row], faults: Faults, plan_faults: Faults) -> None:
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        same = first.setdefault(tuple(cell.text for cell in row.cells.values()), row)
        if same is not row:
            found = f"the same row as {same.place.rpartition('!')[2]}"
            taken = faults if row.sheet.part == "request" else plan_faults
            taken.add(f"{taken.shown}!{row.place}", found, "each row once", "delete one of the two, or say how they differ")


def answered(book: TeamBook, document: Document) -> list[Fault]:
    """Returns the faults of a document that its workbook's cells do not have already, so that a cell is not named twice."""
    named = {fault.where for fault in (*book.faults, *book.plan_faults)}
    return [fault for fault in document.faults if fault.where not in named]
