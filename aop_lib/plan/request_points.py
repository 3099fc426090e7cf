"""What stands against a request, and what is still open: conflicts with what others plan, questions that what is missing asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames as contracts
from aop_lib import money
from aop_lib.periods import add_months
from aop_lib.plan.alignment_rows import MISSED, currency_or
from aop_lib.plan.approval import next_approver
from aop_lib.plan.claims import NOW
from aop_lib.plan.owners import owner_name, team_name, team_owner
from aop_lib.plan.requests import UNDECIDED
from aop_lib.plan.weighing import NONE, STATED, evidence_grade
from aop_lib.plan.wording import amount_text, counted, day_name, listed, month_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
Row = Mapping[Any, Any]
Point = tuple[str, str, str]
CONFLICT, QUESTION = "conflict", "question"
MUCH = Decimal("0.1")
CLAIM_SLACK = Decimal("0.01")
OPEN = (UNDECIDED, "sent back")
TIMELINE = ("dependency", "funding", "timeline")


def request_points(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns every conflict and every open question of every request.

    Conflicts are: another team counts on a different figure; what the request states is not what the snapshot shows; it needs a request that is not
    approved, or excludes one that is not rejected; its initiative or a milestone of it does not fit the timeline. Questions are asked by what is
    missing: a goal, evidence that can be looked up, a driver, an effect in figures, a claim near the model, the cost after the year, a smaller
    option, a part in the goal's target, a decision before the cost begins.

    Args:
        params: Goals, limits, owners, the year.
        frames: requests, request_status, request_lines, request_effects, targets, weighing, claims, initiatives, milestones, plan_findings, and
            `apart`, the tests of assumptions.

    Returns:
        The frame `request_points`; `owner` is who has to answer, both where two teams differ.
    """
    rows = []
    for row in frames["requests"].to_dict("records"):
        for kind, points in ((CONFLICT, conflicts(params, row, frames)), (QUESTION, questions(params, row, frames))):
            told = enumerate(points)
            rows += [{"request": row["request"], "kind": kind, "position": place, "topic": each[0], "text": each[1], "owner": each[2]} for place, each in told]
    return contracts.conformed("request_points", pd.DataFrame(rows)) if rows else contracts.empty("request_points")


def conflicts(params: Params, request: Row, frames: Frames) -> list[Point]:
    """Returns what stands against a request: topic, text, who has to answer."""
    return [
        *_assumed(request, frames["apart"]),
        *_stated(params, request, frames["claims"]),
        *_limits(params, request, frames["request_status"]),
        *_timeline(request, frames),
    ]


def _assumed(request: Row, apart: pd.DataFrame) -> Iterator[Point]:
    for row in apart[apart["status"] == MISSED].to_dict("records"):
        left, right = row["item"].split()[-2:]
        if request["request"] in (left, right):
            own, other = ("left", "right") if request["request"] == left else ("right", "left")
            said, held = (value_text(Decimal(row[side]), row["unit"]) for side in (own, other))
            text = f"It counts on {said} {row['name'].split(':')[0]}; {row[f'{other}_what']} says {held} ({_relation(row['relation'])})"
            yield "assumptions", text, "; ".join(dict.fromkeys([row["owner"], row["other_owner"]]))


def _relation(relation: str) -> str:
    return {"one group": "a team of its own group", "across groups": "a team of another group"}.get(relation, "the company")


def _stated(params: Params, request: Row, claims: pd.DataFrame) -> Iterator[Point]:
    own = claims[(claims["kind"] == "request") & (claims["claim"] == request["request"]) & (claims["about"] == NOW) & claims["reference"].notna()]
    for row in own.to_dict("records"):
        if abs(row["difference"]) > CLAIM_SLACK * abs(row["reference"]):
            unit, label = currency_or(params, params.metrics[row["metric"]].unit), params.metrics[row["metric"]].label
            said, is_known = (value_text(Decimal(row[name]), unit) for name in ("claimed", "reference"))
            text = f"It states {label} of {said}; the {row['reference_label']} is {is_known}"
            yield "claims", text, owner_name(params, row["owner"])


def _limits(params: Params, request: Row, status: pd.DataFrame) -> Iterator[Point]:
    """Yields dependencies and exclusions of allocation.yml that do not hold as requests are decided now."""
    known = {row["request"]: row for row in status.to_dict("records")}
    here, decided = request["request"], known[request["request"]]["decision"]
    for need in params.allocation.needs:
        other = known.get(need.needs)
        if need.request == here and (other is None or other["decision"] != "approved"):
            text = f"It is worth its money only beside {_named(other, need.needs)}: {need.reason}"
            yield "dependency", text, owner_name(params, need.owner)
        asking = known.get(need.request)
        if need.needs == here and decided != "approved" and asking is not None and asking["decision"] == "approved":
            yield "dependency", f"{_named(asking, need.request)} is worth its money only beside it: {need.reason}", owner_name(params, need.owner)
    for limit in params.allocation.excludes:
        rivals = [known[each] for each in limit.requests if each != here and each in known and known[each]["decision"] != "rejected"]
        if here in limit.requests and rivals and decided != "rejected":
            text = f"Only one of it and {listed([_named(each, '') for each in rivals])} can be funded: {limit.reason}"
            yield "exclusion", text, owner_name(params, limit.owner)


def _named(row: Row | None, name: str) -> str:
    return f"“{row['title']}” ({row['decision']})" if row is not None else f"{name}, which nobody asked for"


def _timeline(request: Row, frames: Frames) -> Iterator[Point]:
    work, steps, found = frames["initiatives"], frames["milestones"], frames["plan_findings"]
    own = set(work.loc[work["request"] == request["request"], "initiative"])
    places = own | set(steps.loc[steps["initiative"].isin(own), "milestone"])
    for row in found[found["where"].isin(places) & found["topic"].isin(TIMELINE)].to_dict("records"):
        text = row["what"].replace(f" its request {request['request']} ", " this request ")
        yield row["topic"], f"{text}; expected: {row['expected']}" if row["topic"] != "funding" else text, row["owner"]


def questions(params: Params, request: Row, frames: Frames) -> list[Point]:
    """Returns what is still open about a request: topic, question, who has to answer; asked by what is missing, in a fixed order."""
    lead = owner_name(params, team_owner(params, request["team"]))
    lines = frames["request_lines"][frames["request_lines"]["request"] == request["request"]]
    effects = frames["request_effects"][frames["request_effects"]["request"] == request["request"]]
    status = next(row for row in frames["request_status"].to_dict("records") if row["request"] == request["request"])
    told = [
        *_goal_questions(params, request, frames["targets"]),
        *_evidence_questions(request),
        *_effect_questions(params, request, effects, frames["weighing"]),
        *_size_questions(params, lines, status),
        *_later_questions(params, lines),
    ]
    return [*[(topic, text, lead) for topic, text in told], *_decision_questions(params, request, lines, status)]


def _goal_questions(params: Params, request: Row, targets: pd.DataFrame) -> Iterator[tuple[str, str]]:
    goals = {goal.id: goal for goal in params.goals.goals}
    if request["goal"] not in goals:
        yield "goal", "Which goal of the company does it serve? It names none that there is"
    elif not why_this_team(params, request, targets):
        yield "team", f"Why this team? It has no part in “{goals[request['goal']].statement}”: no target of it, no role, no KPI that it moves"
    if not str(request["why"]).strip():
        yield "why", "Why is it asked for? No reason is given"


def why_this_team(params: Params, request: Row, targets: pd.DataFrame) -> str:
    """Returns what part the team has in the goal that its request serves, in words; empty where it has none, or there is no goal.

    Defined as::

        its part     the team's targets of the goal's KPI, or those of the group it lies in
        else         its lead owns the goal or contributes to it, or company.yml says that its work moves the KPI

    Args:
        params: Goals, teams, owners.
        request: One row of the frame `requests`.
        targets: The frame `targets`.
    """
    goal = next((each for each in params.goals.goals if each.id == request["goal"]), None)
    if goal is None:
        return ""
    name, label = team_name(params, request["team"]), params.metrics[goal.kpi].label
    own = targets[(targets["goal"] == goal.id) & (targets["metric"] == goal.kpi) & (targets["team"] == request["team"])].sort_values("month")
    lead = team_owner(params, request["team"])
    if len(own):
        adds, unit = params.metrics[goal.kpi].aggregate == "sum", currency_or(params, params.metrics[goal.kpi].unit)
        value = sum((Decimal(each) for each in own["value"]), Decimal(0)) if adds else Decimal(own["value"].iloc[-1])
        return f"{name} has a part in it: {label} of {value_text(value, unit)}, {'added up over the year' if adds else month_name(own['month'].iloc[-1])}"
    if lead == goal.owner:
        return f"{owner_name(params, lead)} owns the goal"
    if lead in goal.contributors:
        return f"{owner_name(params, lead)} contributes to the goal"
    moves = next((each.moves for each in params.company.teams if each.id == request["team"]), [])
    return f"its work moves {label}, as company.yml says" if goal.kpi in moves else ""


def _evidence_questions(request: Row) -> Iterator[tuple[str, str]]:
    grade = evidence_grade(str(request["evidence"]))
    if grade == NONE:
        yield "evidence", "What data supports it? No evidence is given, so its value counts half"
    elif grade == STATED:
        yield "evidence", f"Of when is the evidence? “{request['evidence']}” names no year, so it cannot be looked up"
    if not str(request["effect"]).strip():
        yield "effect", "What would it do? No effect is stated"


def _effect_questions(params: Params, request: Row, effects: pd.DataFrame, weighing: pd.DataFrame) -> Iterator[tuple[str, str]]:
    if effects.empty or not (effects["kind"] == "driver").any():
        yield "driver", "Which driver of the business would it move, and by how much? No driver is told, so the model can compute no effect"
    if effects.empty or not (effects["kind"] == "metric").any():
        yield "claim", "What does the team expect in figures? It claims no effect on a KPI, so nobody can hold it to one"
    own = weighing[(weighing["request"] == request["request"]) & weighing["claimed"].notna() & weighing["effect"].notna()]
    for row in own.to_dict("records"):
        claim, effect, unit = Decimal(row["claimed"]), Decimal(row["effect"]), currency_or(params, row["unit"])
        if claim > 0 and claim - effect > MUCH * claim:
            label, option = params.metrics[row["kpi"]].label, f" ({row['option']})" if len(set(own["option"])) > 1 else ""
            text = f"{figure_text(claim, unit)} more {label}{option} claimed, {figure_text(effect, unit)} by the model"
            yield "claim", f"What brings the rest? {text}: {percent_text((claim - effect) / claim, 0)} of the claim is not explained"


def figure_text(value: Decimal, unit: str) -> str:
    """Returns an effect in the words of its unit: a share in points, a count with one decimal where it has one."""
    if unit == "pct":
        return f"{value * 100:.2f} points"
    return f"{value:,.1f}" if unit in {"count", "fte"} and value % 1 else value_text(value, unit)


def _size_questions(params: Params, lines: pd.DataFrame, status: Row) -> Iterator[tuple[str, str]]:
    if status["decision"] in OPEN and len(set(lines["option"])) == 1 and status["asked"] >= params.company.materiality.amount:
        yield "options", f"What would less money bring? There is one size only, {amount_text(status['asked'])}"


def _later_questions(params: Params, lines: pd.DataFrame) -> Iterator[tuple[str, str]]:
    last = params.year_months[-1]
    beyond = set(lines.loc[lines["month"] > last, "option"])
    running = money.sums(lines[lines["month"] == last], ["option"])
    left = [Decimal(row["amount"]) for row in running.to_dict("records") if row["amount"] and row["option"] not in beyond]
    if left:
        most = max(left, key=abs)
        verb, runs = "cost" if most > 0 else "save", f"{amount_text(abs(most))} a month still runs then"
        yield "later", f"What does it {verb} after {month_name(last)}? {runs}, and nothing is told of the months after"


def _decision_questions(params: Params, request: Row, lines: pd.DataFrame, status: Row) -> Iterator[Point]:
    spent = lines[lines["month"].isin(params.year_months) & (lines["amount"] != 0)]
    if spent.empty:
        return
    first = spent["month"].min()
    who = owner_name(params, next_approver(params, str(request["team"]), Decimal(status["asked"]), str(request["submitted_by"])))
    ready = add_months(pd.Timestamp(params.as_of).replace(day=1), 1)
    if status["decision"] in OPEN and first <= ready:
        yield "start", f"Can it start later? Its cost begins in {month_name(first)} and it is {status['decision']}", who
    elif status["decision"] in OPEN:
        yield "decision", f"Yes or no? Its cost begins in {month_name(first)}, {counted(_months(params, first), 'month')} from now", who
    elif status["decision"] == "approved" and not pd.isna(status["decided_on"]) and status["decided_on"] >= add_months(first, 1):
        day = day_name(status["decided_on"].date())
        yield "start", f"Who let it begin? Its cost began in {month_name(first)}, the approval is of {day}", status["decided_by"]


def _months(params: Params, first: pd.Timestamp) -> int:
    return (first.year - params.as_of.year) * 12 + first.month - params.as_of.month
