"""Restatements of frozen plans: where their files lie, and every name, month and share in them that cannot be."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.periods import add_months

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.restatements import RestatedAmount, Restatement
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]
FOLDER = "restatements"


def restatement_files(folder: Path) -> tuple[list[Path], list[Fault]]:
    """Returns the restatements below a company's folder, in order of their names, and a fault for each file that cannot be one."""
    place = folder / FOLDER
    found = sorted(file for file in place.iterdir() if not file.name.startswith(".")) if place.is_dir() else []
    fine = [file for file in found if file.suffix == ".yml" and file.is_file() and not file.is_symlink()]
    others = [file for file in found if file not in fine]
    told = [Fault(f"{folder.name}/{FOLDER}/{file.name}", "a file of another kind", "<id>.yml, one file for each restatement") for file in others]
    return fine, told


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each restatement that leads nowhere, contradicts itself or is dated before the plan it restates."""
    read = [document for name, document in documents.items() if name.startswith(f"{FOLDER}/")]
    pairs = list(zip(params.restatements, read, strict=True))
    return [fault for each, document in pairs for check in (_head, _months, _changes, _teams) for fault in check(params, document, each)]


def _head(params: Params, document: Document, each: Restatement) -> Check:
    name = document.shown.rpartition("/")[2].removesuffix(".yml")
    if each.id != name:
        yield Fault(document.where(("id",)), repr(each.id), f"{name!r}, the name of the file", "rename one of them")
    yield from _unknown(document, ("by",), each.by, {owner.id for owner in params.company.owners}, "owner")
    made = _made_on(params, each.plan)
    if made is None:
        yield Fault(document.where(("plan",)), repr(each.plan), f"a plan that was frozen, such as {params.cycle.baseline}")
    elif str(each.on) < made:
        yield Fault(document.where(("on",)), str(each.on), f"a day not before {made}, as of which {each.plan} was made")
    if not each.changes and not each.teams:
        yield Fault(document.where(()), "neither 'changes' nor 'teams'", "what becomes of the plan", "add one of them")


def _made_on(params: Params, plan: str) -> str | None:
    if plan == params.cycle.baseline and plan.startswith("imported:"):
        return ""
    if plan != Path(plan).name or plan in {".", ".."}:
        return None
    file = params.folder / "approved" / plan / "manifest.json"
    if not file.is_file():
        return "" if plan == params.cycle.baseline else None
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["as_of"])
    except (ValueError, KeyError, TypeError):
        return ""  # what is wrong with it is told when the frozen plan is verified


def _months(params: Params, document: Document, each: Restatement) -> Check:
    if each.plan != params.cycle.baseline:
        return
    if each.teams and each.start is None:
        yield Fault(document.where(("teams",)), "no 'start'", "the month from which the teams are the new ones", "add the key 'start'")
    spans: list[tuple[Path_, object]] = [(("start",), each.start)] if each.start is not None else []
    spans += [(("changes", index, "start"), change.start) for index, change in enumerate(each.changes)]
    spans += [(("changes", index, "end"), add_months(change.end, -1)) for index, change in enumerate(each.changes) if change.end is not None]
    for path, month in spans:
        if month not in params.year_months:
            yield Fault(document.where(path), f"{month:%Y-%m}", f"a month of {params.year_label}; an end is the month after the last one")


def _changes(params: Params, document: Document, each: Restatement) -> Check:
    for index, change in enumerate(each.changes):
        path: Path_ = ("changes", index)
        yield from _places(params, document, path, change)
        if (change.account is None) == (change.line is None):
            yield Fault(document.where(path), "both or neither of 'account' and 'line'", "one of them")
        if (change.amount is None) == (change.scale is None):
            yield Fault(document.where(path), "both or neither of 'amount' and 'scale'", "one of them")
        if change.line is not None and change.amount is not None:
            yield Fault(document.where((*path, "amount")), "an amount for a line", "an account, or a scale")
        if change.end is not None and change.end <= change.start:
            yield Fault(document.where((*path, "end")), f"{change.end:%Y-%m}", f"a month after {change.start:%Y-%m}")
        if any(_overlap(change, other) for other in each.changes[:index]):
            yield Fault(document.where(path), "the same place and month a second time", "each place and month once in a restatement")


def _overlap(one: RestatedAmount, other: RestatedAmount) -> bool:
    if (one.account, one.line, one.team) != (other.account, other.line, other.team) or (one.entity and other.entity and one.entity != other.entity):
        return False
    return one.start < (other.end or add_months(other.start, 1)) and other.start < (one.end or add_months(one.start, 1))


def _places(params: Params, document: Document, path: Path_, change: RestatedAmount) -> Check:
    company = params.company
    yield from _unknown(document, (*path, "team"), change.team, {team.id for team in company.teams}, "team")
    yield from _unknown(document, (*path, "entity"), change.entity, {entity.id for entity in company.entities}, "entity")
    yield from _unknown(document, (*path, "line"), change.line, {line.id for line in company.lines}, "line")
    if company.accounts:
        yield from _unknown(document, (*path, "account"), change.account, {account.account for account in company.accounts}, "account")


def _teams(params: Params, document: Document, each: Restatement) -> Check:
    teams = {team.id for team in params.company.teams}
    for old, shares in each.teams.items():
        path: Path_ = ("teams", old)
        for team in (old, *shares):
            yield from _unknown(document, path, team, teams, "team")
        if sum(shares.values(), Decimal(0)) != 1 or any(share <= 0 for share in shares.values()):
            yield Fault(document.where(path), " + ".join(f"{share:%}" for share in shares.values()) or "no share", "shares above 0 that add up to 100 %")
        if any(team != old and team in each.teams for team in shares):
            yield Fault(document.where(path), "a new team that is an old one as well", "one step: name where its money ends up")


def _unknown(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")
