"""The answers of a team's workbook as the documents that YAML files would be: its requests and its plan, every value with its cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aop_lib.errors import nearest
from aop_lib.periods import month_of
from aop_lib.sources.expected_effects import year_end
from aop_lib.sources.table import Faults, quoted, visible
from aop_lib.sources.team_values import Answers
from aop_lib.team_workbook import IDENTITY, READ_ME
from aop_lib.yamlfile import Document, Path_

Written = Mapping[str, Sequence[Answers]]
PARTS = {"Spend": "lines", "People": "people", "Drivers": "drivers"}
MONTH_KEYS = tuple(f"m{month:02d}" for month in range(1, 13))
PLAN_LISTS = {"Strategies": "strategies", "Personal KPIs": "individuals"}


@dataclass(frozen=True)
class Sent:
    """What the workbook of a team must say to be the one that was sent for a cycle.

    Attributes:
        company: The company's id.
        cycle: The cycle's id.
        team: The team's id.
        months: The months of the planned year, as YYYY-MM.
        sums: Metrics whose months add up to the year.
    """

    company: str
    cycle: str
    team: str
    months: tuple[str, ...]
    sums: frozenset[str]


@dataclass
class _Draft:
    """A document while rows are put into it, and the entries that later rows belong to."""

    document: Document
    value: dict[str, Any]
    entries: dict[str, tuple[dict[str, Any], Path_]] = field(default_factory=dict)

    def put(self, path: Path_, row: Answers, leave: Collection[str] = ()) -> dict[str, Any]:
        """Returns what a row says as an entry at a path, and notes the cell of each of its values."""
        self.document.cells[path] = row.row.place
        entry = {key: value for key, value in row.values.items() if key not in leave}
        self.document.cells.update({(*path, key): row.row.place_of(key) for key in entry})
        return entry

    def append(self, owner: dict[str, Any], path: Path_, key: str, row: Answers, leave: Collection[str] = ()) -> tuple[dict[str, Any], Path_]:
        """Returns a row's entry, appended to a list of its owner, and the entry's path."""
        listed = owner.setdefault(key, [])
        here = (*path, key, len(listed))
        entry = self.put(here, row, leave)
        listed.append(entry)
        return entry, here


def request_documents(written: Written, shown: str, about: Sent, faults: Faults) -> tuple[Document, ...]:
    """Returns one document for each request, in the order of the sheet Requests.

    Args:
        written: The answers of each sheet.
        shown: The workbook as messages show it.
        about: Whose workbook it is, the months of its year, and the metrics whose months add up.
        faults: Takes rows that belong to no request or option, and what comes twice.
    """
    drafts: dict[str, _Draft] = {}
    for row in written["Requests"]:
        name = row.text("request")
        if name in drafts and name:
            _second(row, "request", drafts[name].document.cells[()], faults)
            continue
        draft = _Draft(_document(shown, row), {})
        draft.value |= {"team": about.team, **draft.put((), row)}
        drafts[name or row.row.place] = draft
    for row in written["Options"]:
        _add_option(row, drafts, faults)
    for sheet, key in PARTS.items():
        for row in written[sheet]:
            found = _option(row, drafts, faults)
            if found and "driver" not in row.refused:
                found[0].append(found[1], found[2], key, row, ("request", "option"))
    _add_effects(written["Effects"], drafts, about.months, about.sums, faults)
    _add_assumptions(written["Assumptions"], drafts, faults)
    for draft in drafts.values():
        draft.document.value = draft.value
        draft.value.setdefault("options", [])
    return tuple(draft.document for draft in drafts.values())


def plan_document(written: Written, shown: str, team: str, faults: Faults) -> Document | None:
    """Returns the team's plan; None where no sheet of it holds a row.

    Args:
        written: The answers of each sheet.
        shown: The workbook as messages show it.
        team: Whose workbook it is.
        faults: Takes rows that belong to no initiative.
    """
    names = (*PLAN_LISTS, "Initiatives", "Initiative effects", "Milestones")
    first = next((row for name in names for row in written[name]), None)
    if first is None:
        return None
    draft = _Draft(_document(shown, first), {"team": team})
    for sheet, key in PLAN_LISTS.items():
        for row in written[sheet]:
            draft.append(draft.value, (), key, row)
    for row in written["Initiatives"]:
        entry, path = draft.append(draft.value, (), "initiatives", row)
        draft.entries.setdefault(row.text("id") or row.row.place, (entry, path))
    for row in written["Initiative effects"]:
        if owner := _initiative(row, draft, faults):
            draft.append(*owner, "effects", row, ("initiative",))
    for row in written["Milestones"]:
        owner = _initiative(row, draft, faults) if "initiative" in row.values else (draft.value, ())
        if owner:
            entry, _ = draft.append(*owner, "milestones", row, ("initiative",))
            if "rhythm" in row.refused:
                entry["rhythm"] = "once" if "due" in entry else "weekly"
    draft.document.value = draft.value
    return draft.document


def _document(shown: str, row: Answers) -> Document:
    return Document(shown, cells={(): row.row.place, ("team",): f"{READ_ME}!{IDENTITY['team']}"})


def _second(row: Answers, key: str, first: str, faults: Faults) -> None:
    cell = row.row.cells[key]
    faults.add(cell.where, f"{quoted(cell.text)} a second time", f"each {key} once", f"it stands in {first} already; rename one of them, or delete the row")


def _unknown(row: Answers, key: str, what: str, known: Collection[str], fix: str, faults: Faults) -> None:
    cell = row.row.cells[key]
    choice = f"one of {', '.join(map(visible, known))}" if 0 < len(known) <= 12 else what
    faults.add(cell.where, f"{key} {quoted(cell.text)}", f"{choice}{nearest(visible(row.text(key)), known)}", fix)


def _request(row: Answers, drafts: Mapping[str, _Draft], faults: Faults) -> _Draft | None:
    name = row.text("request")
    if name and name not in drafts:
        known = [each for each in drafts if "!" not in each]
        _unknown(row, "request", "a request of the sheet Requests", known, "choose it from the list, or add it to the sheet Requests", faults)
    return drafts.get(name) if name else None


def _add_option(row: Answers, drafts: Mapping[str, _Draft], faults: Faults) -> None:
    draft = _request(row, drafts, faults)
    name = row.text("option")
    if draft is None or not name:
        return
    if name in draft.entries:
        _second(row, "option", draft.document.cells[draft.entries[name][1]], faults)
        return
    entry, path = draft.append(draft.value, (), "options", row, ("request", "option"))
    entry["id"] = name
    draft.document.cells[(*path, "id")] = row.row.place_of("option")
    draft.entries[name] = (entry, path)


def _option(row: Answers, drafts: Mapping[str, _Draft], faults: Faults) -> tuple[_Draft, dict[str, Any], Path_] | None:
    draft, name = _request(row, drafts, faults), row.text("option")
    if draft is None or not name:
        return None
    if name not in draft.entries:
        what = f"an option of {row.text('request')!r} on the sheet Options"
        _unknown(row, "option", what, list(draft.entries), f"choose it from the list, or add it to the sheet Options for {row.text('request')!r}", faults)
        return None
    return draft, *draft.entries[name]


def _initiative(row: Answers, draft: _Draft, faults: Faults) -> tuple[dict[str, Any], Path_] | None:
    name = row.text("initiative")
    if name and name not in draft.entries:
        known = [each for each in draft.entries if "!" not in each]
        _unknown(row, "initiative", "an initiative of the sheet Initiatives", known, "choose it from the list, or add it to the sheet Initiatives", faults)
    return draft.entries.get(name) if name else None


def _add_effects(rows: Sequence[Answers], drafts: Mapping[str, _Draft], months: Sequence[str], sums: Collection[str], faults: Faults) -> None:
    for row in rows:
        found, metric = _option(row, drafts, faults), row.text("metric")
        given = {month: str(row.values[key]) for key, month in zip(MONTH_KEYS, months, strict=True) if key in row.values}
        if not given:
            faults.add(row.row.cells[MONTH_KEYS[0]].where, "no month", "what the option adds in one month or more", "fill at least the last month")
        if not found or not metric or not given:
            continue
        draft, entry, path = found
        expects, by_month = entry.setdefault("expects", {}), entry.setdefault("expects_by_month", {})
        if metric in expects:
            _second(row, "metric", draft.document.cells[(*path, "expects", metric)], faults)
            continue
        at_end = year_end({month_of(month): Decimal(value) for month, value in given.items()}, adds_up=metric in sums)
        expects[metric], by_month[metric] = f"{at_end:f}", given
        draft.document.cells.update({(*path, key, metric): row.row.place_of("metric") for key in ("expects", "expects_by_month")})


def _add_assumptions(rows: Sequence[Answers], drafts: Mapping[str, _Draft], faults: Faults) -> None:
    for row in rows:
        draft, metric = _request(row, drafts, faults), row.text("metric")
        said = {key: row.values[key] for key in ("states", "assumes") if key in row.values}
        if not said:
            faults.add(row.row.cells["states"].where, "no value", "what the metric is now, or what it will be", "fill one of the two, or empty the row")
        if draft is None or not metric:
            continue
        for key, value in said.items():
            told = draft.value.setdefault(key, {})
            if metric in told:
                _second(row, "metric", draft.document.cells[(key, metric)], faults)
                break
            told[metric] = value
            draft.document.cells[(key, metric)] = row.row.place_of("metric")
