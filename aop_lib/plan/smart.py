"""SMART, checked: five tests of each goal, each with its result, the reason, the figure behind it and what would make it pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.plan.levers import run_rate
from aop_lib.plan.owners import known_owners, team_name
from aop_lib.plan.paths import history, months_to_deadline
from aop_lib.plan.progress import direction_of
from aop_lib.plan.reach import reach, verdict
from aop_lib.plan.statement_figures import joins_aims, other_figures
from aop_lib.plan.wording import counted, day_name, listed, month_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.goals import Goal

LETTERS = {"S": "specific", "M": "measurable", "A": "achievable", "R": "relevant", "T": "time-bound"}
RESULTS = ("fail", "weak", "pass")
FULL_HISTORY = 13
LEVERS_TOLD = 3
TOLERANCE = Decimal("0.05")


@dataclass(frozen=True)
class Basis:
    """What the tests look at.

    Attributes:
        params: Goals, catalogue, owners, calendar.
        kpis: Actuals per month.
        plan_kpis: Actuals that the plan was made on; in a review those of the frozen plan.
        milestones: The frame `milestones`.
        levers: The frame `goal_levers`.
        capacity: What each goal's KPI can reach by the driver model, where it says so.
    """

    params: Params
    kpis: pd.DataFrame
    plan_kpis: pd.DataFrame
    milestones: pd.DataFrame
    levers: pd.DataFrame
    capacity: Mapping[str, Decimal] = field(default_factory=dict)

    def said(self, goal: Goal, value: Decimal) -> str:
        """Returns a value of the goal's KPI in words."""
        unit = self.params.metrics[goal.kpi].unit
        return value_text(value, self.params.company.reporting_currency if unit == "currency" else unit)


@dataclass(frozen=True)
class Verdict:
    """The result of one test: `pass`, `weak` or `fail`, why, the figure behind it, and what would make it pass."""

    result: str
    reason: str
    figure: str = ""
    remedy: str = ""


def smart(basis: Basis) -> pd.DataFrame:
    """Returns the five tests of every goal.

    Defined as::

        S  fail  the target contradicts the statement's figure or the KPI's good direction, or equals the start of a level
           weak  the statement has no figure, a further figure, several aims, or the goal has several lagging KPIs
        M  fail  the KPI has no actuals        weak  they end early, are fewer than 13 months, or a further KPI has none
        A  by the KPI's own history (`reach.verdict`); at most weak where the target is beyond the benchmark, or where the
           driver model's capacity falls short of it by more than a twentieth of the change asked, or where the quota of sellers
           does; weak at least where that capacity reaches it
        R  fail  no stated objective, or no weight        weak  no measured lever
        T  fail  deadline outside the year, or no milestone by it     weak  the first one after half the time, or one without owner

    Args:
        basis: What the tests look at.

    Returns:
        The frame `smart`.
    """
    rows = []
    for goal in basis.params.goals.goals:
        for letter, test in TESTS.items():
            found = test(basis, goal)
            remedy = "" if found.result == "pass" else found.remedy
            row = {"goal": goal.id, "letter": letter, "test": LETTERS[letter]}
            rows.append(row | {"result": found.result, "reason": found.reason, "figure": found.figure, "remedy": remedy})
    return frames.conformed("smart", pd.DataFrame(rows)) if rows else frames.empty("smart")


def lacking(tests: Sequence[str]) -> str:
    """Returns what a goal is not: `not relevant`, `neither relevant nor time-bound`."""
    return f"not {tests[0]}" if len(tests) == 1 else f"neither {', '.join(tests[:-1])} nor {tests[-1]}"


def worst(verdicts: list[Verdict], otherwise: Verdict) -> Verdict:
    """Returns one verdict of several: the worst result, with the reasons, figures and remedies of all that are no pass."""
    bad = [each for each in verdicts if each.result != "pass"]
    if not bad:
        return otherwise
    bad.sort(key=lambda each: RESULTS.index(each.result))
    signs = {"reason": ". ", "figure": "; ", "remedy": "; "}
    joined = (sign.join(part for part in dict.fromkeys(getattr(each, name) for each in bad) if part) for name, sign in signs.items())
    return Verdict(bad[0].result, *joined)


def _specific(basis: Basis, goal: Goal) -> Verdict:
    params, metric = basis.params, basis.params.metrics[goal.kpi]
    target, others = other_figures(goal)
    found = [*_one_direction(basis, goal)]
    here = basis.said(goal, goal.target)
    if others and not target:
        said = listed([each.text for each in others])
        found.append(Verdict("fail", f"The statement says {said}, the target is {here}", said, "one figure, the same in statement and target"))
    elif others:
        said = listed([each.text for each in others])
        found.append(Verdict("weak", f"The statement has a further figure: {said}", said, "one goal for each figure"))
    elif not target:
        found.append(Verdict("weak", "The statement names no figure", here, f"a statement that says {here}"))
    if joins_aims(goal.statement, metric.label):
        found.append(Verdict("weak", "The statement joins several aims", "", "one goal for each aim"))
    lagging = [params.metrics[each.kpi].label for each in goal.by_kpi() if each.role == "lagging"]
    if len(lagging) > 1:
        found.append(Verdict("weak", f"{counted(len(lagging), 'lagging KPI')} at once: {listed(lagging)}", str(len(lagging)), "one lagging KPI for each goal"))
    scope = listed([team_name(params, team) for team in goal.teams], 4) if goal.teams else "the whole company"
    way = "up" if direction_of(metric, goal) > 0 else "down"
    return worst(found, Verdict("pass", f"One KPI, {metric.label}, {way} to {here}, for {scope}", here))


def _one_direction(basis: Basis, goal: Goal) -> list[Verdict]:
    metric = basis.params.metrics[goal.kpi]
    way = direction_of(metric, goal) * (goal.target - goal.start)
    start, target = basis.said(goal, goal.start), basis.said(goal, goal.target)
    if way < 0:
        reason = f"{metric.label}: {metric.direction} is better, but the target {target} is worse than the start {start}"
        return [Verdict("fail", reason, target, f"a target better than {start}")]
    if not way and metric.aggregate != "sum":
        return [Verdict("fail", f"The target equals the start, {start}: it has no direction", target, "a target to move to")]
    return []


def _measurable(basis: Basis, goal: Goal) -> Verdict:
    verdicts = [_measured(basis, each.kpi, is_main=not place) for place, each in enumerate(goal.by_kpi())]
    return worst(verdicts, verdicts[0]) if verdicts[0].result != "fail" else verdicts[0]


def _measured(basis: Basis, kpi: str, *, is_main: bool) -> Verdict:
    metric, last = basis.params.metrics[kpi], basis.params.last_closed
    months = [month for month in history(basis.kpis, kpi) if month <= last]
    source = f", from {metric.source.replace('_', ' ')}" if metric.source else ", by its formula" if metric.formula else ""
    if not months:
        need = metric.needs.rstrip(".") or metric.source or "a source for it"
        return Verdict("fail" if is_main else "weak", f"{metric.label} has no actuals", "0 months", f"acquire: {need}")
    count = f"{counted(len(months), 'month')} to {month_name(max(months))}"
    if max(months) < last:
        return Verdict("weak", f"The actuals of {metric.label} end in {month_name(max(months))}", count, f"actuals to {month_name(last)}")
    if len(months) < FULL_HISTORY:
        reason = f"{metric.label} has only {counted(len(months), 'month')} of actuals"
        return Verdict("weak", reason, count, "thirteen months of actuals, so that a year can be compared")
    return Verdict("pass", f"{metric.label} is measured{source}: {count}", count)


def _achievable(basis: Basis, goal: Goal) -> Verdict:
    found = reach(basis.params, goal, basis.plan_kpis)
    if found is None:
        return Verdict("fail", "Nothing says whether it can be reached: there is no history", "", "actuals of the KPI")
    result, reason = verdict(found)
    figure = f"{found.as_much} of {counted(len(found.past), 'span')}" if found.past else found.said(found.required)
    pace = run_rate(basis.params, goal, basis.plan_kpis) if not basis.params.is_review else None
    reason += f"; at the pace of the last twelve months it would be {basis.said(goal, pace)}" if pace is not None else ""
    further = _within_reach(basis, goal)
    reason = "; ".join([reason, *(each.reason for each in further)])
    remedy = "" if result == "pass" else "a target that the history supports, or evidence of what is new"
    lifted = "weak" if result == "fail" and _is_in_capacity(basis, goal) else result
    least = min([lifted, *(each.result for each in further)], key=RESULTS.index)
    return Verdict(least, reason, figure, "; ".join(filter(None, [remedy, *(each.remedy for each in further if each.result != "pass")])))


def _is_in_capacity(basis: Basis, goal: Goal, tolerance: Decimal = Decimal(0)) -> bool:
    direction = direction_of(basis.params.metrics[goal.kpi], goal)
    return goal.id in basis.capacity and direction * (basis.capacity[goal.id] - goal.target) >= -tolerance


def _within_reach(basis: Basis, goal: Goal) -> list[Verdict]:
    params, direction = basis.params, direction_of(basis.params.metrics[goal.kpi], goal)
    found = []
    if goal.benchmark:
        others, source = basis.said(goal, goal.benchmark.value), goal.benchmark.source
        is_beyond = direction * (goal.target - goal.benchmark.value) > 0
        words = f"beyond what others reach, {others} ({source})" if is_beyond else f"others reach {others} ({source})"
        found.append(Verdict("weak" if is_beyond else "pass", words, others, "evidence of why we do better than others"))
    if goal.id in basis.capacity:
        able, is_short = basis.capacity[goal.id], not _is_in_capacity(basis, goal, TOLERANCE * abs(goal.target - goal.start))
        words = f"today's drivers lead to {basis.said(goal, able)} by the driver model{', short of the target' if is_short else ''}"
        found.append(Verdict("weak" if is_short else "pass", words, basis.said(goal, able), "the capacity that is missing, or a lower target"))
    if params.company.switches.bookings_metric in {each.kpi for each in goal.by_kpi()}:
        found += _coverage(basis)
    return found


def _coverage(basis: Basis) -> list[Verdict]:
    found = []
    for metric in ("quota_coverage", "pipeline_coverage"):
        value = history(basis.plan_kpis, metric).get(basis.params.last_closed)
        if value is not None and metric in basis.params.metrics:
            is_short = metric == "quota_coverage" and value < 1
            text = f"{basis.params.metrics[metric].label.lower()} is {value_text(value, 'ratio')}"
            found.append(Verdict("weak" if is_short else "pass", text, value_text(value, "ratio"), "sellers whose quota covers the target"))
    return found


def _relevant(basis: Basis, goal: Goal) -> Verdict:
    objective = next((each.statement for each in basis.params.goals.objectives if each.id == goal.objective), "")
    share, own = percent_text(goal.weight, 0), basis.levers[basis.levers["goal"] == goal.id]
    measured = own[own["value"].notna() & (own["elasticity"].isna() | (own["elasticity"] != 0))]
    found = []
    if not objective:
        found.append(Verdict("fail", f"Serves no stated objective: {goal.objective}", goal.objective, "an objective of goals.yml"))
    if goal.weight <= 0:
        found.append(Verdict("fail", "Its weight is zero: it counts for nothing", share, "a weight above zero, or no goal"))
    if measured.empty:
        remedy = "a formula of the KPI in the catalogue, or a leading KPI of the goal"
        found.append(Verdict("weak", "Nothing measured shows what moves it", "0 levers", remedy))
    told = [_told(row) for row in measured.head(LEVERS_TOLD).to_dict("records")]
    return worst(found, Verdict("pass", f"Serves “{objective}” with a weight of {share}; it moves with {listed(told)}", counted(len(measured), "lever")))


def _told(lever: Mapping[Any, Any]) -> str:
    label, moves = str(lever["label"]), lever["elasticity"]
    if not isinstance(moves, Decimal):
        return f"{label} (its leading KPI)"
    return f"{label} ({'+' if moves > 0 else ''}{percent_text(moves / 100, 2)} for 1\u00a0% more)"


def _time_bound(basis: Basis, goal: Goal) -> Verdict:
    params = basis.params
    month = pd.Timestamp(goal.deadline).replace(day=1)
    own = basis.milestones[(basis.milestones["goal"] == goal.id) & basis.milestones["due"].notna()]
    steps = own[own["due"] <= pd.Timestamp(goal.deadline)].sort_values("due")
    found = []
    if params.calendar.fiscal_year(month) != params.fiscal_year:
        found.append(Verdict("fail", f"The deadline {day_name(goal.deadline)} lies outside the year", day_name(goal.deadline), f"a day in {params.year_label}"))
    if steps.empty:
        found.append(Verdict("fail", "No milestone is due before the deadline", "0 milestones", "dated steps that can be checked"))
        return worst(found, found[-1])
    first, half = steps["due"].iloc[0].date(), _half(params, goal)
    if first > half:
        found.append(Verdict("weak", f"The first milestone is due on {day_name(first)}, after half the time", day_name(first), f"a step by {day_name(half)}"))
    unowned = [row["what"] for row in steps.to_dict("records") if row["owner"] not in known_owners(params)]
    if unowned:
        found.append(Verdict("weak", f"Nobody answers for {listed(unowned, 3)}", str(len(unowned)), "an owner for each milestone"))
    count = counted(len(steps), "milestone")
    return worst(found, Verdict("pass", f"Due on {day_name(goal.deadline)}, with {count} before, the first on {day_name(first)}", count))


def _half(params: Params, goal: Goal) -> date:
    start = params.year_months[0].date()
    end = (params.year_months[months_to_deadline(params, goal) - 1] + pd.offsets.MonthEnd(0)).date()
    return start + timedelta(days=(end - start).days // 2)


TESTS: dict[str, Callable[[Basis, Goal], Verdict]] = {"S": _specific, "M": _measurable, "A": _achievable, "R": _relevant, "T": _time_bound}
