"""What teams have handed in for a cycle: requests that count, the state of each team, every fault of every file.

A file with a fault makes its whole team `refused`: its figures are missing, by name, and never zero. The other teams
are not touched.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aop_lib.errors import Fault
from aop_lib.periods import month_text
from aop_lib.sources.choices import Choices, choices
from aop_lib.sources.inbox import content, inbox, visible_path
from aop_lib.sources.mapped_files import is_mapping, mapped_digests
from aop_lib.sources.planned_roles import without_rate
from aop_lib.sources.requests import AskedRequest, flat_request, yaml_request
from aop_lib.sources.table import Faults, Table

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params

    Rates = Mapping[tuple[str, pd.Timestamp], Decimal]

LARGEST_YAML = 100_000


@dataclass(frozen=True)
class TeamState:
    """Where one team stands: `submitted`, `submitted_empty`, `missing` or `refused`, and why."""

    team: str
    state: str
    requests: int
    files: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Submissions:
    """Everything that teams have handed in.

    Attributes:
        asked: The requests that count: latest round, of teams without a refused file.
        teams: The state of each team that submits, in the order of company.yml.
        faults: Every fault of every file.
        warnings: What was read but should be looked at: hidden rows, files that are no requests.
        good: Files without a fault, also where another file of their team is refused.
        files: Hash (SHA-256) of each file that was read, by the name that messages show.
        rates: Budget rates by (currency, month); None where they were not known.
        reporting: The reporting currency.
        rounds: Every round of the requests that count.
    """

    asked: tuple[AskedRequest, ...]
    teams: tuple[TeamState, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    good: tuple[str, ...]
    files: dict[str, str]
    rates: Rates | None
    reporting: str
    rounds: tuple[AskedRequest, ...] = ()

    @cached_property
    def requests(self) -> pd.DataFrame:
        """The frame `requests`."""
        from aop_lib.sources.request_frames import request_frame

        return request_frame(self.asked)

    @cached_property
    def request_contents(self) -> pd.DataFrame:
        """The frame `request_contents`."""
        from aop_lib.sources.request_content import content_frame

        return content_frame(self.rounds)

    @cached_property
    def request_lines(self) -> pd.DataFrame:
        """The frame `request_lines`, amounts in reporting currency at budget rates.

        Raises:
            UnknownRateError: If an amount is in a currency without a rate; a missing rate is never 1.
        """
        from aop_lib.sources.request_frames import line_frame

        return line_frame(self.asked, self.rates or {}, self.reporting)

    @cached_property
    def request_people(self) -> pd.DataFrame:
        """The frame `request_people`."""
        from aop_lib.sources.planned_roles import people_frame

        return people_frame(self.asked)

    @cached_property
    def request_assumptions(self) -> pd.DataFrame:
        """The frame `request_assumptions`."""
        from aop_lib.sources.request_frames import assumption_frame

        return assumption_frame(self.asked)

    @cached_property
    def request_effects(self) -> pd.DataFrame:
        """The frame `request_effects`."""
        from aop_lib.sources.request_frames import effect_frame

        return effect_frame(self.asked)

    @cached_property
    def submissions(self) -> pd.DataFrame:
        """The frame `submissions`."""
        from aop_lib.sources.request_frames import state_frame

        return state_frame(self.teams)


@dataclass(frozen=True)
class _Handed:
    """One file as it was read."""

    team: str
    shown: str
    digest: str
    requests: tuple[AskedRequest, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    elsewhere: bool = False


def submissions(params: Params, known_accounts: Collection[str] | None = None, rates: Rates | None = None) -> Submissions:
    """Returns what teams have handed in under `requests/<team>/`, with every fault at once.

    Args:
        params: The cycle's parameters.
        known_accounts: Account codes of the company; None where only the sources know them and were not read: then
            accounts are held against company.yml's list, if it has one.
        rates: Budget rate of each (currency, month) into the reporting currency, none needed for that currency itself;
            None where they are not known yet: then a missing rate is found when `request_lines` is asked for.
    """
    found = inbox(params)
    handed = [_handed(file, choices(params, team, known_accounts), params) for team, files in found.files.items() for file in files]
    handed = _without_rate(_repeated(handed), rates, params)
    teams = {each.id for each in params.company.teams if each.submits}
    refused = {team for team, _ in found.faults} | {each.team for each in handed if each.faults}
    fine = [each for each in handed if each.team in teams - refused]
    counted = _latest(fine)
    return Submissions(
        asked=counted,
        teams=tuple(_state(each.id, each.id in refused, counted, handed) for each in params.company.teams if each.submits),
        faults=tuple(sorted({fault for _, fault in found.faults} | {fault for each in handed for fault in each.faults})),
        warnings=tuple(sorted({*found.warnings, *(warning for each in handed for warning in each.warnings)})),
        good=tuple(each.shown for each in handed if not each.faults),
        files={each.shown: each.digest for each in handed if each.digest} | mapped_digests(params.folder / "requests"),
        rates=rates,
        reporting=params.company.reporting_currency,
        rounds=tuple(request for each in fine for request in each.requests),
    )


def _handed(file: Path, lists: Choices, params: Params) -> _Handed:
    shown = visible_path(file, params)
    faults = Faults(shown)
    read = content(file)
    if isinstance(read, Fault):
        return _Handed(lists.team, shown, "", (), (replace(read, where=shown),), ())
    requests, elsewhere = _requests(file, read, lists, params, faults)
    if not faults.all:
        counted = tuple(each for each in requests if not _of_another_cycle(each, lists, params, faults))
        requests, elsewhere = counted, elsewhere or bool(requests and not counted)
    return _Handed(lists.team, shown, hashlib.sha256(read).hexdigest(), () if faults.all else requests, faults.all, tuple(faults.warnings), elsewhere)


def _of_another_cycle(request: AskedRequest, lists: Choices, params: Params, faults: Faults) -> bool:
    """Returns whether a request was submitted after the cycle's cut or asks nothing for its year, and says so."""
    months = {line.month for option in request.options for line in option.lines}
    months |= {month for option in request.options for role in option.people for month in role.months(lists.year)}
    if lists.cut and request.submitted_on and request.submitted_on > lists.cut:
        expected = f"a day up to {lists.cut}, the cycle's `as_of`"
        faults.warn(request.where, f"a request submitted on {request.submitted_on}", expected, "it counts in a later cycle, not in this one")
        return True
    outside = ", ".join(month_text(month) for month in sorted(months - set(lists.year)))
    if outside:
        whole = months.isdisjoint(lists.year)
        what = "a request for" if whole else "amounts in"
        fix = "it counts in another cycle, not in this one" if whole else "they do not enter the budget of the year"
        faults.warn(request.where, f"{what} {outside}", f"months of {params.label}", fix)
        return whole
    return False


def _requests(file: Path, read: bytes, lists: Choices, params: Params, faults: Faults) -> tuple[tuple[AskedRequest, ...], bool]:
    """Returns a file's requests, and whether it is a workbook that was sent to the team for another cycle."""
    if file.suffix.lower() == ".xlsx":
        from aop_lib.sources import team_requests, team_workbooks

        if team_workbooks.is_team_workbook(read):
            return team_requests.team_requests(read, lists, params, faults)
    if is_mapping(file):
        from aop_lib.sources.mapped_workbooks import mapped_workbook

        return mapped_workbook(file, read, lists, params, faults).requests, False
    return tuple(filter(None, [_request(file, read, lists, faults)])), False


def _request(file: Path, read: bytes, lists: Choices, faults: Faults) -> AskedRequest | None:
    """Returns a file's request; None where it has faults or holds a header and no rows."""
    if file.suffix.lower() in {".yml", ".yaml"}:
        if len(read) > LARGEST_YAML:
            faults.add(faults.shown, f"{len(read):,} bytes", f"at most {LARGEST_YAML:,} for a request", "split it into several requests")
            return None
        return yaml_request(read, lists, faults)
    from aop_lib.sources.flat import asked_lines

    table = _table(file, read, faults)
    lines = asked_lines(table, lists, faults) if table else ()
    return flat_request(lines, lists.team, file.stem, faults.shown) if lines else None


def _table(file: Path, read: bytes, faults: Faults) -> Table | None:
    if file.suffix.lower() == ".xlsx":
        from aop_lib.sources.workbook_in import workbook_table

        return workbook_table(read, faults)
    from aop_lib.sources.delimited import csv_table
    from aop_lib.sources.flat import COLUMNS

    return csv_table(read, COLUMNS, faults)


def _repeated(handed: list[_Handed]) -> list[_Handed]:
    """Returns the files, with a fault on each that names a request and round that another file names too."""
    places: dict[str, list[tuple[_Handed, AskedRequest]]] = defaultdict(list)
    for each in handed:
        for request in each.requests:
            places[request.request].append((each, request))
    faults: dict[str, list[Fault]] = defaultdict(list)
    for name, found in places.items():
        for each, request in found:
            others = [other.shown for other, same in found if other is not each and (same.round == request.round or same.team != request.team)]
            if others:
                words = f"the request {name!r}, round {request.round}, also in {', '.join(sorted(others))}"
                faults[each.shown].append(Fault(request.where, words, "each request and round in one file", "rename one of them, or give it the next round"))
    return [replace(each, requests=(), faults=(*each.faults, *faults[each.shown])) if each.shown in faults else each for each in handed]


def _without_rate(handed: list[_Handed], rates: Rates | None, params: Params) -> list[_Handed]:
    """Returns the files, with a fault on each that holds an amount in a currency and month without a rate."""
    if rates is None:
        return handed
    return [replace(each, requests=(), faults=(*each.faults, *faults)) if (faults := _no_rate(each, rates, params)) else each for each in handed]


def _no_rate(handed: _Handed, rates: Rates, params: Params) -> list[Fault]:
    options = [option for request in handed.requests for option in request.options]
    lines, reporting = [line for option in options for line in option.lines], params.company.reporting_currency
    missing: dict[tuple[str, str], str] = {}
    for line in lines:
        if line.currency != reporting and (line.currency, line.month) not in rates:
            missing.setdefault((line.currency, month_text(line.month)), line.where)
    for option in options:
        missing = without_rate(option, params.year_months, rates, reporting) | missing
    expected = f"an amount in {reporting}, or a budget rate; a missing rate is never 1"
    return [Fault(where, f"{currency} in {month}, which has no rate", expected) for (currency, month), where in missing.items()]


def _latest(handed: list[_Handed]) -> tuple[AskedRequest, ...]:
    latest: dict[str, AskedRequest] = {}
    for each in handed:
        for request in each.requests:
            before = latest.get(request.request)
            if before is None or before.round < request.round:
                latest[request.request] = request
    return tuple(latest[name] for name in sorted(latest))


def _state(team: str, refused: bool, counted: Collection[AskedRequest], handed: Collection[_Handed]) -> TeamState:
    files = [each for each in handed if each.team == team]
    names = tuple(each.shown for each in files)
    requests = sum(request.team == team for request in counted)
    if refused:
        bad = [each.shown for each in files if each.faults]
        good = [each.shown for each in files if not each.faults]
        note = f"refused: {', '.join(bad) or 'what lies in its folder'}" + (f"; good, but not counted until then: {', '.join(good)}" if good else "")
        return TeamState(team, "refused", 0, names, note)
    if requests:
        return TeamState(team, "submitted", requests, names, "")
    if any(not each.elsewhere for each in files):
        return TeamState(team, "submitted_empty", 0, names, "no rows: the team asks for nothing")
    return TeamState(team, "missing", 0, names, "only requests of other cycles" if files else "no file")
