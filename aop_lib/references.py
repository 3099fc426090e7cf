"""Names in parameter files that must lead somewhere: every one that does not is a fault with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from aop_lib import consolidation_references
from aop_lib.catalogue import catalogue_faults
from aop_lib.driver_references import driver_faults
from aop_lib.errors import Fault, nearest
from aop_lib.split_references import loop, target_faults

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each name that leads nowhere, each id given twice, and each cycle that contradicts itself."""
    return [
        *_cycle(params, documents["cycle"]),
        *_company(params, documents["company"]),
        *(_goals(params, documents["goals"]) if "goals" in documents else ()),
        *(_drivers(params, documents["drivers"]) if "drivers" in documents else ()),
        *(driver_faults(params, documents["drivers"]) if "drivers" in documents else ()),
        *_metrics(params, documents),
        *_switches(params, documents["company"]),
        *_reconcile(params, documents["company"]),
        *consolidation_references.faults(params, documents["company"]),
    ]


def _fault(document: Document, path: Path_, found: str, expected: str, fix: str = "") -> Fault:
    return Fault(document.where(path), found, expected, fix)


def _unknown(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield _fault(document, path, repr(name), f"{choice}{nearest(name, known)}")


def _twice(document: Document, path: Path_, ids: list[str]) -> Check:
    for each, count in Counter(ids).items():
        if count > 1:
            last = len(ids) - 1 - ids[::-1].index(each)
            yield _fault(document, (*path, last), f"{each!r} {count} times", "each name once")


def _cycle(params: Params, document: Document) -> Check:
    cycle = params.cycle
    if cycle.cycle != params.file.stem:
        yield _fault(document, ("cycle",), repr(cycle.cycle), f"{params.file.stem!r}, the name of the file", "rename one of them")
    if cycle.kind == "review" and cycle.baseline is None:
        yield _fault(document, ("kind",), "a review without a baseline", "the key 'baseline'", "name the frozen plan, such as fy2027")
    if cycle.as_of and cycle.as_of < params.last_closed.date():
        yield _fault(document, ("as_of",), str(cycle.as_of), "a day after the last closed month")
    if cycle.kind == "review" and params.last_closed < params.year_months[0]:
        yield _fault(document, ("last_closed_month",), str(params.last_closed.date())[:7], "a month of the fiscal year that is reviewed")
    if cycle.kind == "plan" and params.last_closed >= params.year_months[-1]:
        yield _fault(document, ("last_closed_month",), str(params.last_closed.date())[:7], "a month before the planned year ends")


def _company(params: Params, document: Document) -> Check:
    company = params.company
    owners, lines = {each.id for each in company.owners}, {each.id for each in company.lines}
    teams = [each.id for each in company.teams]
    accounts = [each.account for each in company.accounts]
    for name, ids in (
        ("owners", [each.id for each in company.owners]),
        ("entities", [each.id for each in company.entities]),
        ("teams", teams),
        ("lines", [each.id for each in company.lines]),
        ("accounts", accounts),
        ("sources", [each.name for each in company.sources]),
    ):
        yield from _twice(document, (name,), ids)
    for index, team in enumerate(company.teams):
        yield from _unknown(document, ("teams", index, "owner"), team.owner, owners, "owner")
        yield from _unknown(document, ("teams", index, "parent"), team.parent, teams, "team")
        for position, metric in enumerate(team.moves):
            yield from _unknown(document, ("teams", index, "moves", position), metric, params.metrics, "metric of metrics.yml")
    yield from _team_loops(params, document)
    for index, account in enumerate(company.accounts):
        yield from _unknown(document, ("accounts", index, "line"), account.line, lines, "line")
        yield from _unknown(document, ("accounts", index, "parent"), account.parent, accounts, "account")


def _team_loops(params: Params, document: Document) -> Check:
    parents = {each.id: each.parent for each in reversed(params.company.teams)}
    for index, team in enumerate(params.company.teams):
        if path := loop(team.id, parents):
            yield _fault(document, ("teams", index, "parent"), " → ".join(path), "groups that do not contain themselves")


def _goals(params: Params, document: Document) -> Check:
    teams = {each.id for each in params.company.teams}
    objectives = {each.id for each in params.goals.objectives}
    yield from _twice(document, ("goals",), [each.id for each in params.goals.goals])
    yield from _objectives(params, document)
    for index, goal in enumerate(params.goals.goals):
        here = ("goals", index)
        yield from _unknown(document, (*here, "objective"), goal.objective, objectives, "objective")
        yield from target_faults(params, document, here, goal)
        for position, further in enumerate(goal.kpis):
            yield from target_faults(params, document, (*here, "kpis", position), further)
        yield from _twice(document, (*here, "kpis"), [goal.kpi, *(each.kpi for each in goal.kpis)][1:])
        if goal.kpi in {each.kpi for each in goal.kpis}:
            yield _fault(document, (*here, "kpis"), f"the goal's main KPI {goal.kpi!r} again", "each KPI once")
        for position, milestone in enumerate(goal.milestones):
            yield from _unknown(document, (*here, "milestones", position, "team"), milestone.team, teams, "team")
    ids = [milestone.id for goal in params.goals.goals for milestone in goal.milestones]
    for each in sorted({each for each in ids if ids.count(each) > 1}):
        yield _fault(document, ("goals",), f"the milestone {each!r} {ids.count(each)} times", "each name once")


def _objectives(params: Params, document: Document) -> Check:
    objectives = params.goals.objectives
    yield from _twice(document, ("objectives",), [each.id for each in objectives])
    above = {each.id: each.serves for each in reversed(objectives)}
    for index, objective in enumerate(objectives):
        yield from _unknown(document, ("objectives", index, "serves"), objective.serves, above, "objective")
        if path := loop(objective.id, above):
            yield _fault(document, ("objectives", index, "serves"), " → ".join(path), "objectives that do not serve themselves")


def _drivers(params: Params, document: Document) -> Check:
    if not 1 <= params.drivers.window_months <= 36:
        yield _fault(document, ("window_months",), str(params.drivers.window_months), "1 to 36 months")
    for index, rule in enumerate(params.drivers.rules):
        yield from _places(params, document, ("rules", index), rule.line, rule.account, rule.team)


def _metrics(params: Params, documents: Mapping[str, Document]) -> Check:
    for each in catalogue_faults(params.metrics, params.company.switches):
        path: Path_ = ("metrics", each.metric, *([each.key] if each.key else []))
        owns = (documents[name] for name in ("own metrics", "metrics") if name in documents and _holds(documents[name], each.metric))
        yield from (_fault(document, path, each.found, each.expected) for document in list(owns)[:1])


def _holds(document: Document, metric: str) -> bool:
    entries = document.value.get("metrics") if isinstance(document.value, dict) else None
    return isinstance(entries, dict) and metric in entries


def _switches(params: Params, document: Document) -> Check:
    switches, here = params.company.switches, ("switches",)
    stated = switches.model_fields_set
    lines = {each.id for each in params.company.lines}
    for name in ("sales_marketing_lines", "subscription_revenue_lines", "subscription_cost_lines"):
        for index, line in enumerate(getattr(switches, name) if name in stated else []):
            yield from _unknown(document, (*here, name, index), line, lines, "line")
    for name in ("bookings_metric", "driver_tree"):
        yield from _unknown(document, (*here, name), getattr(switches, name) if name in stated else None, params.metrics, "metric of metrics.yml")
    for name in ("cash_accounts", "financing_accounts", "depreciation_accounts"):
        for index, account in enumerate(getattr(switches, name) if params.company.accounts else []):
            yield from _unknown(document, (*here, name, index), account, {each.account for each in params.company.accounts}, "account")
    for name, least, most in (("unit_economics_months", 1, 36), ("cac_lag_months", 0, 24), ("reactivation_window_months", 0, 120)):
        value = getattr(switches, name)
        if value is not None and not least <= value <= most:
            yield _fault(document, (*here, name), str(value), f"{least} to {most} months")


def _reconcile(params: Params, document: Document) -> Check:
    names = [each.name for each in params.company.sources]
    listed = {each.account for each in params.company.accounts}
    for index, each in enumerate(params.company.reconcile):
        here = ("reconcile", index)
        yield from _unknown(document, (*here, "metric"), each.metric, params.metrics, "metric of metrics.yml")
        for position, source in enumerate(each.sources):
            yield from _unknown(document, (*here, "sources", position), source, names, "source")
        yield from _unknown(document, (*here, "precedence"), each.precedence, each.sources, "source of this list")
        for position, account in enumerate(each.accounts if listed else []):
            yield from _unknown(document, (*here, "accounts", position), account, listed, "account")
        if not 0 <= each.tolerance <= 1:
            yield _fault(document, (*here, "tolerance"), str(each.tolerance), "0 to 100 %")
        twice = sorted({name for name in each.sources if each.sources.count(name) > 1})
        if len(each.sources) < 2 or twice:
            yield _fault(document, (*here, "sources"), ", ".join(each.sources) or "none", "two sources or more, each once")
    metrics = [each.metric for each in params.company.reconcile]
    for metric in sorted({each for each in metrics if metrics.count(each) > 1}):
        yield _fault(document, ("reconcile",), f"the metric {metric!r} {metrics.count(metric)} times", "each metric once")


def _places(params: Params, document: Document, path: Path_, line: str | None, account: str | None, team: str | None) -> Check:
    yield from _unknown(document, (*path, "line"), line, {each.id for each in params.company.lines}, "line")
    yield from _unknown(document, (*path, "team"), team, {each.id for each in params.company.teams}, "team")
    if params.company.accounts:
        yield from _unknown(document, (*path, "account"), account, {each.account for each in params.company.accounts}, "account")
