"""Plans that teams wrote into their workbooks: read beside `plans/`, and set aside, with every fault, where something is wrong with one.

A plan with a fault stops nobody else: its team is refused with the requests of the same workbook, as for any other file that it hands in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aop_lib import team_plan_files
from aop_lib.errors import Fault
from aop_lib.params.team_plans import TeamPlan
from aop_lib.sources.inbox import content, inbox, visible_path
from aop_lib.sources.team_workbooks import TeamBook, answered, is_team_workbook, sent, team_book
from aop_lib.typed import typed

if TYPE_CHECKING:
    from pathlib import Path

    from aop_lib.load import Params
    from aop_lib.yamlfile import Document


@dataclass(frozen=True)
class _Read:
    """A workbook that holds a plan, or faults of one."""

    team: str
    file: Path
    book: TeamBook
    plan: TeamPlan | None
    document: Document | None
    shown: str

    @property
    def faults(self) -> list[Fault]:
        """What keeps its plan from being read; what is wrong with its requests does not."""
        own = answered(self.book, self.document) if self.document else []
        is_whole = bool(self.book.plan or self.book.requests)
        return [*(() if is_whole else self.book.faults), *self.book.plan_faults, *own]


def with_plans(params: Params, documents: dict[str, Document]) -> tuple[Params, dict[str, Document], dict[str, Path]]:
    """Returns the parameters with the plans in teams' workbooks, the documents with theirs, and each workbook whose plan counts, by the name messages show.

    Args:
        params: Everything else that people decided.
        documents: The files by the name under which they were read; left as they are.
    """
    read = _workbooks(params)
    replaced = {each.shown: later.shown for each in read for later in read if each.plan and later.plan and _replaces(later, each)}
    aside = {each.shown: tuple(each.faults) for each in read if each.faults}
    aside |= _second_plans([each for each in read if each.plan and each.shown not in {*aside, *replaced}], documents)
    while True:
        kept = [each for each in read if each.plan and each.shown not in {*aside, *replaced}]
        told, every = _together(params, documents, kept)
        named = _named(team_plan_files.faults(told, every), kept) if kept else {}
        if not named:
            break
        aside |= named
    for each in read:
        if each.plan and each.faults:
            aside[each.shown] = (*aside[each.shown], *_others(params, documents, kept, each))
    return replace(told, plans_set_aside=aside, plans_replaced=replaced), every, {each.shown: each.file for each in kept}


def _together(params: Params, documents: dict[str, Document], kept: Sequence[_Read]) -> tuple[Params, dict[str, Document]]:
    every = {**documents, **{f"{team_plan_files.FOLDER}/{each.team}": each.document for each in kept if each.document}}
    return replace(params, team_plans=(*params.team_plans, *(each.plan for each in kept if each.plan))), every


def _named(faults: Sequence[Fault], kept: Sequence[_Read]) -> dict[str, tuple[Fault, ...]]:
    found = {each.shown: tuple(fault for fault in faults if fault.where.startswith(f"{each.shown}!")) for each in kept}
    return {shown: of_book for shown, of_book in found.items() if of_book}


def _others(params: Params, documents: dict[str, Document], kept: Sequence[_Read], read: _Read) -> list[Fault]:
    """Returns what else is wrong with a plan that has faults already, so that all of them are told at once."""
    if f"{team_plan_files.FOLDER}/{read.team}" in documents or read.team in {each.team for each in kept}:
        return []
    told, every = _together(params, documents, [*kept, read])
    named = {fault.where for fault in read.faults}
    return [fault for fault in _named(team_plan_files.faults(told, every), [read]).get(read.shown, ()) if fault.where not in named]


def _workbooks(params: Params) -> list[_Read]:
    if not any((params.folder / "requests").glob("*/*.[xX][lL][sS][xX]")):
        return []
    files = [(team, file) for team, found in inbox(params).files.items() for file in found if file.suffix.lower() == ".xlsx"]
    return [read for team, file in files if (read := _workbook(team, file, params))]


def _workbook(team: str, file: Path, params: Params) -> _Read | None:
    found, shown = content(file), visible_path(file, params)
    if isinstance(found, Fault) or not is_team_workbook(found):
        return None
    book = team_book(found, shown, sent(params, team))
    plan = typed(book.plan, TeamPlan) if book.plan else None
    return _Read(team, file, book, plan, book.plan, shown)


def _second_plans(read: Sequence[_Read], documents: Mapping[str, Document]) -> dict[str, tuple[Fault, ...]]:
    """Returns a fault for each workbook with a plan of a team that has another one, in `plans/` or in a workbook."""
    aside: dict[str, tuple[Fault, ...]] = {}
    for each in read:
        of_files = documents.get(f"{team_plan_files.FOLDER}/{each.team}")
        others = [other.document for other in read if other.team == each.team and other is not each]
        others = [of_files, *others] if of_files else others
        if others and each.document:
            places = " and ".join(document.where() for document in others if document)
            fix = "empty the plan's sheets in this workbook, or remove the other plan"
            aside[each.shown] = (
                Fault(each.document.where(), f"a plan of the team {each.team!r}, which has one in {places} too", "one plan of each team", fix),
            )
    return aside


def _replaces(one: _Read, other: _Read) -> bool:
    """Returns whether a workbook hands in the same requests as another in higher rounds alone, so that its plan counts and not the other's."""
    rounds = [
        {str(document.value["request"]): _round(document) for document in each.book.requests if isinstance(document.value, dict)} for each in (one, other)
    ]
    both = rounds[0].keys() & rounds[1].keys()
    return one.team == other.team and bool(both) and all(rounds[0][name] > rounds[1][name] for name in both)


def _round(document: Document) -> int:
    stated = document.value.get("round", "1") if isinstance(document.value, dict) else "1"
    return int(stated) if isinstance(stated, str) and stated.isdigit() else 1
