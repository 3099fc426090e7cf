"""What teams ask: requests with their options and monthly lines, read from YAML or made from a flat file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.errors import nearest
from aop_lib.overlay_references import change_faults
from aop_lib.params.requests import Option, Request, RequestLine
from aop_lib.periods import add_months, month_spine, month_text
from aop_lib.sources.expected_effects import in_words, month_faults
from aop_lib.sources.planned_roles import AskedRole, peak, role_faults, roles
from aop_lib.sources.table import Faults, quoted, unfit, visible
from aop_lib.typed import typed
from aop_lib.yamlfile import Document, Path_, Value, parsed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from aop_lib.sources.choices import Choices

LONGEST_ID = 64
SAYS = {"states": "now", "assumes": "year"}


@dataclass(frozen=True)
class AskedLine:
    """What an option costs in one account and month; the amount is in `currency`."""

    account: str
    cost_centre: str
    month: pd.Timestamp
    currency: str
    amount: Decimal
    comment: str
    where: str
    vendor: str = ""


@dataclass(frozen=True)
class AskedEffect:
    """What an option does: to a `driver` (driver * scale + value), or to a `metric` as the team expects it, from `start` on, `why` naming the months."""

    kind: str
    what: str
    place: str
    value: Decimal
    scale: Decimal
    start: pd.Timestamp | None
    end: pd.Timestamp | None
    why: str
    where: str


@dataclass(frozen=True)
class AskedOption:
    """A size of a request: its heads, its lines, what it does and its people."""

    id: str
    heads: int
    lines: tuple[AskedLine, ...]
    effects: tuple[AskedEffect, ...] = ()
    people: tuple[AskedRole, ...] = ()


@dataclass(frozen=True)
class Assumption:
    """What a request says a metric is: `now`, in the last closed month, or `year`, at the end of the planned one."""

    metric: str
    about: str
    value: Decimal
    where: str


@dataclass(frozen=True)
class AskedRequest:
    """One ask of a team in one round."""

    request: str
    team: str
    round: int
    kind: str
    title: str
    why: str
    goal: str
    effect: str
    evidence: str
    submitted_by: str
    submitted_on: date | None
    options: tuple[AskedOption, ...]
    where: str
    assumptions: tuple[Assumption, ...] = ()


def flat_request(lines: tuple[AskedLine, ...], team: str, stem: str, where: str) -> AskedRequest:
    """Returns the request that a flat file is: incremental, round 1, one option `full`.

    Args:
        lines: The file's lines.
        team: Whose file it is.
        stem: The file's name without its ending; in words it becomes the title, as a slug the id.
        where: The file as messages show it.
    """
    option = AskedOption("full", 0, lines)
    return AskedRequest(request_id(team, stem), team, 1, "incremental", _title(stem), "", "", "", "", "", None, (option,), where)


def _title(stem: str) -> str:
    words = " ".join(visible(stem).replace("_", " ").split())
    return words[:1].upper() + words[1:]


def request_id(team: str, stem: str) -> str:
    """Returns a request id made of a team and a file's name: lower-case letters, digits and `-`, at most 64.

    A name that is cut, or of which letters are lost, ends in a piece of the name's hash, so that two names stay two.
    """
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii").lower()
    slug = "-".join([team, *re.findall("[a-z0-9]+", plain)])
    if len(slug) <= LONGEST_ID and stem.isascii():
        return slug
    digest = hashlib.sha256(stem.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{slug[: LONGEST_ID - 9].rstrip('-')}-{digest}"


def yaml_request(content: bytes, choices: Choices, faults: Faults) -> AskedRequest | None:
    """Returns the request in a YAML file; None, with every fault, where it cannot be read.

    Args:
        content: The whole file.
        choices: The closed lists of the team whose file it is.
        faults: Takes what is found wrong.
    """
    document = Document(faults.shown)
    try:
        parsed(content.decode("utf-8-sig"), document)
    except UnicodeDecodeError as problem:
        document.fault((), f"the byte 0x{content[problem.start]:02X}", "UTF-8", "save the file as UTF-8")
    request = asked_request(document, choices)
    for fault in document.faults:
        faults.add(fault.where, fault.found, fault.expected, fault.fix)
    return request


def asked_request(document: Document, choices: Choices) -> AskedRequest | None:
    """Returns the request in a document; None where it has faults, which are added to the document.

    Args:
        document: What a YAML file says, or a workbook in its place.
        choices: The closed lists of the team whose document it is.
    """
    request = None if document.faults else typed(document, Request)
    if request:
        _check(request, document, choices)
        _check_texts(document.value, (), document)
    return _asked(request, document, choices) if request and not document.faults else None


def _check(request: Request, document: Document, choices: Choices) -> None:
    if request.team != choices.team:
        fix = f"move it to requests/{choices.teams.get(request.team, '<team>')}/"
        document.fault(("team",), repr(request.team), f"{choices.team!r}: a file may hold only its own team", fix)
    _known(document, ("goal",), request.goal, choices.goals, "goal of goals.yml")
    _known(document, ("submitted_by",), request.submitted_by, choices.owners, "owner of company.yml")
    if request.round < 1:
        document.fault(("round",), str(request.round), "1 or more")
    for key in SAYS:
        for metric in getattr(request, key):
            _known(document, (key, metric), metric, choices.metrics, "metric of metrics.yml")
    names = [option.id for option in request.options]
    if not names:
        document.fault(("options",), "no option", "one option or more", "add one, such as full")
    for index, option in enumerate(request.options):
        if option.id in names[:index]:
            document.fault(("options", index, "id"), f"{option.id!r} a second time", "each option once")
        _check_option(option, ("options", index), document, choices)


def _check_option(option: Option, path: Path_, document: Document, choices: Choices) -> None:
    if option.heads < 0:
        document.fault((*path, "heads"), str(option.heads), "0 or more")
    for index, change in enumerate(option.drivers):
        document.faults.extend(change_faults(document, (*path, "drivers", index), change))
    for metric in option.expects:
        _known(document, (*path, "expects", metric), metric, choices.metrics, "metric of metrics.yml")
    month_faults(option, path, document, choices)
    role_faults(option, path, document, choices)
    if not option.lines and not option.people:
        document.fault((*path, "lines"), "no lines", "one line or more", "add what the option costs, or remove the option")
    for index, line in enumerate(option.lines):
        here = (*path, "lines", index)
        _known(document, (*here, "cost_centre"), line.cost_centre, choices.cost_centres, "cost centre of the team")
        _known(document, (*here, "currency"), line.currency, choices.currencies, "currency of the company")
        if choices.accounts is not None:
            _known(document, (*here, "account"), line.account, choices.accounts, "account")
        _check_months(line, here, document, choices)
        if line in option.lines[:index]:
            document.fault(here, f"the same line as number {option.lines.index(line) + 1}", "each line once", "delete it, or say in its comment how it differs")


def _check_months(line: RequestLine, path: Path_, document: Document, choices: Choices) -> None:
    last = add_months(line.end, -1) if line.end else line.start
    if last < line.start:
        document.fault((*path, "end"), f"the end {month_text(line.end or last)}", "a month after 'start'; the end itself is excluded")
    for name, month in (("start", line.start), ("end", last)):
        if choices.month(month_text(month)) is None:
            document.fault((*path, name), month_text(month), choices.expected_month)


def _known(document: Document, path: Path_, name: str, known: Collection[str] | Mapping[str, str], what: str) -> None:
    if name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a {what}"
        document.fault(path, quoted(name), f"{choice}{nearest(name, known)}")


def _check_texts(value: Value, path: Path_, document: Document) -> None:
    for here, text in _texts(value, path):
        problem = unfit(text)
        if problem:
            document.fault(here, f"{quoted(text)} with {problem}", "text that can be seen", "type it anew")


def _texts(value: Value, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _texts(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _texts(child, (*path, index))


def _asked(request: Request, document: Document, choices: Choices) -> AskedRequest:
    options = tuple(_option(option, ("options", index), document, choices) for index, option in enumerate(request.options))
    return AskedRequest(
        request.request,
        request.team,
        request.round,
        request.kind,
        request.title,
        request.why,
        request.goal,
        request.effect,
        request.evidence,
        request.submitted_by,
        request.submitted_on,
        options,
        document.where(),
        tuple(
            Assumption(metric, about, value, document.where((key, metric))) for key, about in SAYS.items() for metric, value in getattr(request, key).items()
        ),
    )


def _option(option: Option, path: Path_, document: Document, choices: Choices) -> AskedOption:
    places = [document.where((*path, "lines", index)) for index in range(len(option.lines))]
    lines = [each for line, where in zip(option.lines, places, strict=True) for each in _lines(line, where, choices)]
    people = roles(option, path, document)
    return AskedOption(option.id, peak(people) if people else option.heads, tuple(lines), tuple(_effects(option, path, document)), people)


def _effects(option: Option, path: Path_, document: Document) -> Iterator[AskedEffect]:
    for index, each in enumerate(option.drivers):
        place, where = each.segment or each.line or each.account or "", document.where((*path, "drivers", index))
        yield AskedEffect("driver", each.driver, place, each.by, each.scale, each.start, each.end, each.why, where)
    for metric, value in option.expects.items():
        months, where = option.expects_by_month.get(metric, {}), document.where((*path, "expects", metric))
        yield AskedEffect("metric", metric, "", value, Decimal(1), min(months, default=None), None, in_words(months), where)


def _lines(line: RequestLine, where: str, choices: Choices) -> Iterator[AskedLine]:
    account = choices.accounts[line.account] if choices.accounts is not None else line.account
    for month in month_spine(line.start, line.end or add_months(line.start, 1)):
        yield AskedLine(account, line.cost_centre, month, line.currency, line.amount, line.comment, where, line.vendor)
