"""Parameter files read into types: everything people decided for one cycle, or one list of every fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pandas as pd

from aop_lib import (
    alignment_faults,
    allocation_faults,
    approval_faults,
    headcount_faults,
    outlook_faults,
    overlay_references,
    references,
    restatement_faults,
    team_plan_files,
    team_plan_workbooks,
)
from aop_lib.decisions import log_faults
from aop_lib.errors import Fault, InputRefusedError, nearest
from aop_lib.fields import Strict
from aop_lib.overrides import override
from aop_lib.params.alignment import AlignmentRules
from aop_lib.params.allocation import AllocationLimits
from aop_lib.params.catalogue import Catalogue, Metric
from aop_lib.params.company import Company
from aop_lib.params.cycle import CycleFile
from aop_lib.params.drivers import Drivers, Scenario, Version
from aop_lib.params.goals import Goals
from aop_lib.params.headcount import HeadcountRules
from aop_lib.params.outlook import OutlookFile
from aop_lib.params.requests import Decision, Decisions
from aop_lib.params.restatements import Restatement
from aop_lib.params.team_plans import TeamPlan
from aop_lib.periods import CycleId, FiscalCalendar, add_months, month_end, month_spine
from aop_lib.places import project_root, resolved, shown
from aop_lib.split_references import unread_goal_faults
from aop_lib.typed import typed
from aop_lib.yamlfile import Document, read_yaml

T = TypeVar("T", bound=Strict)
CHECKS = (
    references, team_plan_files, allocation_faults, alignment_faults, approval_faults, overlay_references, outlook_faults, restatement_faults, headcount_faults,
)  # fmt: skip


@dataclass(frozen=True)
class Params:
    """Everything people decided for one cycle.

    Attributes:
        file: The cycle's file.
        company: company.yml.
        cycle: The cycle's file, typed.
        goals: goals.yml; empty where there is none.
        drivers: drivers.yml; defaults where there is none.
        scenarios: The scenarios that the cycle names, in its order.
        decisions: decisions.yml, in its order.
        metrics: The catalogue, company's own metrics included.
        files: Every parameter file that was read, by the name that messages show.
        overrides: What `--set` changed.
        team_plans: plans/<team>.yml, in order of the files' names; then those in teams' workbooks.
        allocation: allocation.yml; no limits where there is none.
        versions: The versions of the plan that the cycle names, in its order.
        alignment: alignment.yml; nothing is told to hold plans against where there is none.
        outlook: outlook.yml, in a review; nothing is fixed or stated where there is none.
        restatements: restatements/<id>.yml, in a review, in order of the files' names; of other plans as well.
        headcount: headcount.yml; no rules of what people cost where there is none.
        plans_set_aside: What keeps the plan in a team's workbook from being read, by workbook; the team's submission is refused for it.
        plans_replaced: Workbooks whose plan does not count, each with the later one that counts.
    """

    file: Path
    company: Company
    cycle: CycleFile
    goals: Goals
    drivers: Drivers
    scenarios: tuple[Scenario, ...]
    decisions: tuple[Decision, ...]
    metrics: dict[str, Metric]
    files: dict[str, Path]
    overrides: dict[str, str] = field(default_factory=dict)
    team_plans: tuple[TeamPlan, ...] = ()
    allocation: AllocationLimits = field(default_factory=AllocationLimits)
    versions: tuple[Version, ...] = ()
    alignment: AlignmentRules = field(default_factory=AlignmentRules)
    outlook: OutlookFile = field(default_factory=OutlookFile)
    restatements: tuple[Restatement, ...] = ()
    headcount: HeadcountRules = field(default_factory=HeadcountRules)
    plans_set_aside: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    plans_replaced: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The company's folder."""
        return self.file.parent

    @property
    def company_id(self) -> str:
        """The company's short name: its folder's name."""
        return self.folder.name

    @property
    def id(self) -> str:
        """The cycle's id, e.g. `fy2027_q1`."""
        return self.cycle.cycle

    @cached_property
    def calendar(self) -> FiscalCalendar:
        """The company's fiscal calendar."""
        return FiscalCalendar(self.company.fiscal_year_start)

    @property
    def fiscal_year(self) -> int:
        """The fiscal year that is planned or reviewed."""
        return CycleId.parse(self.id).fiscal_year

    @cached_property
    def year_months(self) -> list[pd.Timestamp]:
        """The twelve months of the fiscal year."""
        return self.calendar.year_months(self.fiscal_year)

    @property
    def last_closed(self) -> pd.Timestamp:
        """The last closed month."""
        return self.cycle.last_closed_month

    @property
    def is_review(self) -> bool:
        """Whether the cycle reviews a plan instead of making one."""
        return self.cycle.kind == "review"

    @property
    def as_of(self) -> date:
        """The day as of which sources are read: the end of the last closed month unless stated."""
        return self.cycle.as_of or month_end(self.last_closed)

    @property
    def label(self) -> str:
        """What readers call the cycle, e.g. `FY2027 Q1`."""
        parts = CycleId.parse(self.id)
        suffix = f" Q{parts.quarter}" if parts.quarter else f" M{parts.month:02d}" if parts.month else ""
        return f"{self.year_label}{suffix}"

    @property
    def year_label(self) -> str:
        """What readers call the fiscal year, e.g. `FY2027`: of figures of the whole year, in a review too."""
        return f"FY{self.fiscal_year}"

    @cached_property
    def review_months(self) -> list[pd.Timestamp]:
        """The closed months of the fiscal year, in order; none in a plan that is made before the year."""
        return [month for month in self.year_months if month <= self.last_closed]

    @cached_property
    def last_twelve(self) -> list[pd.Timestamp]:
        """The twelve months to the last closed one."""
        return [add_months(self.last_closed, -back) for back in range(11, -1, -1)]

    @cached_property
    def ending_year_months(self) -> list[pd.Timestamp]:
        """The twelve months of the fiscal year before the planned one."""
        return self.calendar.year_months(self.fiscal_year - 1)

    @cached_property
    def open_months_before_year(self) -> list[pd.Timestamp]:
        """The months after the last closed one and before the fiscal year: estimate, not actual."""
        return month_spine(add_months(self.last_closed, 1), self.year_months[0])


def load(params_file: str | Path, overrides: Mapping[str, str] | None = None) -> Params:
    """Returns everything people decided for the cycle in a file.

    Args:
        params_file: The cycle's file, e.g. `params/demo/fy2027.yml`; company.yml and the others lie beside it.
        overrides: `cycle.seed=3` as {"cycle.seed": "3"}; the first part names the file (cycle, company, goals, drivers).

    Raises:
        InputRefusedError: With every fault of every file at once.
    """
    reader = _Reader(resolved(params_file), dict(overrides or {}))
    params = reader.params()
    if reader.faults or params is None:
        raise InputRefusedError(reader.faults)
    return params


class _Reader:
    """Collects documents and their faults while one company's files are read."""

    def __init__(self, file: Path, overrides: dict[str, str]) -> None:
        self.file, self.folder, self.overrides = file, file.parent, overrides
        self.documents: dict[str, Document] = {}
        self.files: dict[str, Path] = {}
        self.found: list[Fault] = []

    @property
    def faults(self) -> list[Fault]:
        """Every fault so far."""
        return [*self.found, *(fault for document in self.documents.values() for fault in document.faults)]

    def params(self) -> Params | None:
        """Returns the typed parameters, or None when they cannot be typed."""
        cycle = self.typed("cycle", self.file, CycleFile)
        company = self.typed("company", self.folder / "company.yml", Company)
        goals = self.typed("goals", self.folder / "goals.yml", Goals, Goals(objectives=[], goals=[]))
        drivers = self.typed("drivers", self.folder / "drivers.yml", Drivers, Drivers())
        decisions = self.typed("decisions", self.folder / "decisions.yml", Decisions, Decisions())
        self.found += log_faults(self.folder, shown(self.folder / "decisions.yml", self.folder))
        limits = self.typed("allocation", self.folder / "allocation.yml", AllocationLimits, AllocationLimits())
        aligned = self.typed("alignment", self.folder / "alignment.yml", AlignmentRules, AlignmentRules())
        heads = self.typed("headcount", self.folder / "headcount.yml", HeadcountRules, HeadcountRules())
        owned = self.typed("outlook", self.folder / "outlook.yml", OutlookFile, OutlookFile()) if cycle and cycle.kind == "review" else OutlookFile()
        metrics = self.catalogue()
        scenarios = self.named("scenario", cycle.scenarios if cycle else [], Scenario)
        versions = self.named("version", cycle.versions if cycle else [], Version)
        plans = self.each_file(team_plan_files.FOLDER, team_plan_files.plan_files(self.folder), TeamPlan)
        listed = restatement_faults.restatement_files(self.folder) if cycle and cycle.kind == "review" else ([], [])
        restated = self.each_file(restatement_faults.FOLDER, listed, Restatement)
        self.unknown_overrides()
        if goals is None and "goals" in self.documents:
            self.found += unread_goal_faults(metrics, self.documents["goals"])
        if not (cycle and company and goals and drivers and decisions and limits and aligned and owned and heads):
            return None
        if scenarios is None or versions is None or plans is None or restated is None:
            return None
        decided = tuple(decisions.decisions)
        told = (goals, drivers, scenarios, decided, metrics, self.files, self.overrides, plans, limits, versions, aligned, owned, restated, heads)
        params, self.documents, books = team_plan_workbooks.with_plans(Params(self.file, company, cycle, *told), self.documents)
        self.files |= books
        self.found += [fault for checks in CHECKS for fault in checks.faults(params, self.documents)]
        self.found += [fault for faults in params.plans_set_aside.values() for fault in faults if self.faults]
        return None if self.faults else params

    def document(self, name: str, file: Path) -> Document:
        """Returns a file's document, `--set` applied, and keeps it."""
        document = read_yaml(file, shown(file, self.folder))
        self.documents[name] = document
        if file.is_file():
            self.files[document.shown] = file
        for key, text in self.overrides.items():
            head, _, rest = key.partition(".")
            if head == name and rest:
                override(document, key, rest.split("."), text)
        return document

    def typed(self, name: str, file: Path, kind: type[T], default: T | None = None) -> T | None:
        """Returns a file as its type; None where it has faults; the default where there is no such file."""
        if default is not None and not file.exists() and not any(key.startswith(f"{name}.") for key in self.overrides):
            return default
        document = self.document(name, file)
        if document.faults:
            if isinstance(document.value, dict):
                typed(document, kind)  # what else is wrong in it is told at once
            return None
        if document.value is None and default is not None:
            return default
        return typed(document, kind)

    def catalogue(self) -> dict[str, Metric]:
        """Returns the common catalogue, extended by the company's own metrics."""
        common = next((each for each in (self.folder.parent / "metrics.yml", project_root() / "params" / "metrics.yml") if each.is_file()), None)
        metrics: dict[str, Metric] = {}
        for name, file in (("metrics", common), ("own metrics", self.folder / "metrics.yml")):
            entries = self.typed(name, file, Catalogue) if file and file.is_file() else None
            metrics |= entries.metrics if entries else {}
        return metrics

    def named(self, what: str, names: Sequence[str], kind: type[T]) -> tuple[T, ...] | None:
        """Returns the scenarios or versions that the cycle names, each from the file of its name."""
        read = [self.typed(f"{what} {name}", self.folder / f"{what}s" / f"{name}.yml", kind) for name in names]
        complete = [each for each in read if each]
        return tuple(complete) if len(complete) == len(names) else None

    def each_file(self, folder: str, listed: tuple[list[Path], list[Fault]], kind: type[T]) -> tuple[T, ...] | None:
        """Returns every file of a folder as its type, in order of their names; files that cannot be one are faults."""
        files, others = listed
        self.found += others
        read = [self.typed(f"{folder}/{file.stem}", file, kind) for file in files]
        complete = [each for each in read if each]
        return tuple(complete) if len(complete) == len(files) else None

    def unknown_overrides(self) -> None:
        """Adds a fault for each `--set` that names no file."""
        plans = (name for name in self.documents if name.startswith(f"{team_plan_files.FOLDER}/"))
        known = ("cycle", "company", "goals", "drivers", "allocation", "alignment", "outlook", "headcount", *plans)
        for key in self.overrides:
            head = key.partition(".")[0]
            if head not in known:
                expected = f"a key that starts with one of {', '.join(known)}, such as drivers.window_months"
                self.found.append(Fault("--set", key, expected, nearest(head, known).strip(" ()")))
