"""A sheet of requests on which decisions are written in Excel, and read back cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aop_lib.asked import Asked, asked
from aop_lib.decide import KINDS, Wish, recorded
from aop_lib.decision_words import option_text, proposal_text, waits_for
from aop_lib.errors import Fault, InputRefusedError
from aop_lib.load import load
from aop_lib.places import project_root
from aop_lib.plan.owners import team_name
from aop_lib.plan.wording import counted

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET, LISTS, HEADER = "Decisions", "Lists", 4
TOLD = {"request": 24, "round": 7, "title": 38, "team": 20, "asked": 14, "options": 30, "state": 14, "waits for": 34, "proposal": 44}
ANSWERS = {"decision": 12, "option": 14, "by": 16, "on": 12, "why": 44, "what": 44}
KEYS = ("request", "round", *ANSWERS)
HELP = (
    "Blue cells are yours: choose a decision, who takes it and on which day, and say why; `what` says what the next round has to show. A row without a "
    "decision is left out. Then: aop decide PARAMS_FILE --sheet FILE. Names are attribution, not authentication."
)
MADE = datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed day, so that the same requests give the same bytes)


def written_sheet(params_file: str | Path, file: Path, outputs: Path | None = None) -> str:
    """Writes the requests of a cycle as a sheet to decide on, and returns what was written.

    Args:
        params_file: The cycle's file.
        file: The workbook; it must not exist yet.
        outputs: Where cycles are published, for what was proposed.

    Raises:
        InputRefusedError: If the workbook exists, or parameters and sources hold faults.
    """
    if file.suffix.lower() != ".xlsx" or file.exists():
        found = "a file that exists" if file.exists() else repr(file.name)
        raise InputRefusedError([Fault(str(file), found, "the name of a new .xlsx file", "nothing is overwritten")])
    known = asked(load(params_file), outputs or project_root() / "outputs")
    write_sheet(known, file)
    return f"wrote {counted(len(known.status), 'request')} to {file}; fill in the blue cells, then `aop decide {params_file} --sheet {file}`"


def recorded_sheet(params_file: str | Path, file: Path, outputs: Path | None = None, *, is_dry: bool = False) -> str:
    """Records every decision of a sheet, or none where one has a fault, and returns what each does.

    Raises:
        InputRefusedError: With every fault, by workbook, sheet and cell.
    """
    return recorded(params_file, sheet_wishes(file), outputs, is_dry=is_dry)


def sheet_wishes(file: Path) -> list[Wish]:
    """Returns the rows of a sheet that hold a decision, each with the cells of its parts.

    Raises:
        InputRefusedError: If the file is no such sheet, or holds what cannot be read.
    """
    from aop_lib.sources.archive import REQUEST
    from aop_lib.sources.inbox import content
    from aop_lib.sources.table import Faults
    from aop_lib.sources.workbook_in import sheet_table

    faults, read = Faults(file.name), content(file)
    if isinstance(read, Fault):
        raise InputRefusedError([Fault(str(file), read.found, "a sheet that `aop decide PARAMS_FILE --sheet-out FILE` wrote", read.fix)])
    table = sheet_table(read, SHEET, HEADER, KEYS, faults, REQUEST)
    names = [cell.text for cell in table.header if cell.text in KEYS] if table else []
    if table and sorted(names) != sorted(KEYS):
        found = ", ".join(cell.text for cell in table.header if cell.text) or "nothing"
        faults.add(f"{file.name}!{SHEET}!{HEADER}:{HEADER}", found[:200], f"the columns {', '.join(KEYS)}, each once", "write the sheet anew")
    if faults.all or table is None:
        raise InputRefusedError(faults.all)
    return _wishes([{name: (cell.text.strip(), cell.where) for name, cell in zip(names, row, strict=True)} for row in table.rows], file)


def _wishes(rows: Sequence[dict[str, tuple[str, str]]], file: Path) -> list[Wish]:
    wishes: list[Wish] = []
    faults: list[Fault] = []
    for row in rows:
        texts = {name: text for name, (text, _) in row.items()}
        places = {name: where for name, (_, where) in row.items()}
        if texts["decision"]:
            same = next((each for each in wishes if each.request == texts["request"]), None)
            if same:
                faults.append(Fault(places["request"], f"{texts['request']!r} a second time", "each request once", f"first at {same.where('request')}"))
            wishes.append(Wish(**texts, places=places))
        elif filled := next((name for name in ANSWERS if texts[name]), ""):
            faults.append(Fault(places["decision"], f"no decision beside {filled!r}", f"one of {', '.join(KINDS)}", "choose one, or clear the row"))
    if not wishes and not faults:
        faults.append(Fault(f"{file.name}!{SHEET}", "no decision", "one row with a decision or more"))
    if faults:
        raise InputRefusedError(faults)
    return wishes


def write_sheet(known: Asked, file: Path) -> None:
    """Writes the requests of a cycle as a sheet to decide on; the same requests give the same bytes.

    Args:
        known: What is asked.
        file: The workbook; replaced where it is there.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"created": MADE})
        page, lists = book.add_worksheet(SHEET), book.add_worksheet(LISTS)
        rows = [_row(known, each) for each in known.status.sort_values(["asked", "request"], ascending=[False, True], kind="stable").to_dict("records")]
        _page(book, page, known, rows)
        _lists(page, lists, known, rows)
        lists.hide()


def _row(known: Asked, status: dict[Any, Any]) -> dict[str, Any]:
    request = str(status["request"])
    return {
        "request": request, "round": int(known.by_id[request]["round"]), "title": status["title"], "team": team_name(known.params, status["team"]),
        "asked": status["asked"], "options": option_text(known, request), "state": status["decision"], "waits for": waits_for(known, status),
        "proposal": proposal_text(known, request),
    }  # fmt: skip


def _page(book: Workbook, page: Worksheet, known: Asked, rows: Sequence[dict[str, Any]]) -> None:
    base = {"font_name": "Calibri", "font_size": 10, "valign": "top", "text_wrap": True, "border": 1, "border_color": "#C8CED8"}
    told, number = book.add_format(base), book.add_format({**base, "num_format": "#,##0.00;-#,##0.00"})
    answer = book.add_format({**base, "font_color": "#0000FF", "bg_color": "#F3F7FD", "num_format": "@"})
    head = book.add_format({**base, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3864"})
    currency = known.params.company.reporting_currency
    page.write_string(0, 0, f"{known.params.company.name}, {known.params.label}: decisions on requests", book.add_format({"bold": True, "font_size": 16}))
    page.write_string(1, 0, f"{HELP} Amounts of the year in {currency}.")
    for column, (name, width) in enumerate((TOLD | ANSWERS).items()):
        page.set_column(column, column, width)
        page.write_string(HEADER - 1, column, name, head)
        for place, row in enumerate(rows, HEADER):
            if name in ("asked", "round"):
                page.write_number(place, column, float(row[name]), number if name == "asked" else told)
            else:
                page.write_string(place, column, str(row[name]) if name in TOLD else "", told if name in TOLD else answer)
    page.freeze_panes(HEADER, 1)


def _lists(page: Worksheet, lists: Worksheet, known: Asked, rows: Sequence[dict[str, Any]]) -> None:
    """Writes what can be chosen: decisions and owners once, options for each request."""
    owners = [each.id for each in known.params.company.owners]
    for column, texts in enumerate((KINDS, owners)):
        for place, text in enumerate(texts):
            lists.write_string(place, column, text)
    columns = {name: place for place, name in enumerate(TOLD | ANSWERS)}
    first, last = HEADER, HEADER + max(len(rows), 1) - 1
    page.data_validation(first, columns["decision"], last, columns["decision"], _choice(f"={LISTS}!$A$1:$A${len(KINDS)}"))
    page.data_validation(first, columns["by"], last, columns["by"], _choice(f"={LISTS}!$B$1:$B${max(len(owners), 1)}"))
    for place, row in enumerate(rows):
        found = list(known.amounts.get(row["request"], {}))
        for index, text in enumerate(found):
            lists.write_string(place, 3 + index, text)
        if found:
            end = chr(ord("D") + min(len(found), 20) - 1)
            page.data_validation(HEADER + place, columns["option"], HEADER + place, columns["option"], _choice(f"={LISTS}!$D${place + 1}:${end}${place + 1}"))


def _choice(source: str) -> dict[str, Any]:
    return {"validate": "list", "source": source, "error_title": "Not on the list", "error_message": "Choose one of the list.", "ignore_blank": True}
