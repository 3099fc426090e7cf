"""Vertical tests: do teams' targets and money add up to what the company wants, and does every piece of money serve a goal?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan.alignment_rows import VERTICAL, Row, Side, Test, currency_or, judged, outcome
from aop_lib.plan.initiatives import NO_REQUEST
from aop_lib.plan.owners import team_name
from aop_lib.plan.targets import each_kpi
from aop_lib.plan.trees import team_ancestry
from aop_lib.plan.wording import listed

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.allocation import HeadLimit, MoneyLimit
    from aop_lib.params.goals import Goal

Frames = Mapping[str, pd.DataFrame]
FUNDED = ("approved", NO_REQUEST)
ZERO = Decimal(0)
QUARTERS = ("q1", "q2", "q3", "q4")


def vertical_rows(params: Params, frames: Frames) -> list[Row]:
    """Returns the vertical tests: targets add up, requests keep their envelopes, goals have work, work has goals, money follows weights.

    Args:
        params: Goals, limits of allocation.yml, teams, tolerances.
        frames: stretch, targets, requests, request_lines, request_status, initiatives.
    """
    return [*_targets(params, frames), *_envelopes(params, frames), *_goals(params, frames), *_requests(params, frames), *_weights(params, frames)]


def _targets(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each KPI that adds up over teams, whether what is handed down is at least what is asked above."""
    handed = {(row["goal"], row["metric"], row["parent"]): row for row in frames["stretch"].to_dict("records")}
    for goal in each_kpi(params):
        metric = params.metrics[goal.kpi]
        if not metric.additive:
            continue
        below = [each for each in handed if each[:2] == (goal.id, goal.kpi)] or [(goal.id, goal.kpi, "")]
        for key in below:
            parts, whole = (handed[key]["parts"], handed[key]["target"]) if key in handed else (ZERO, goal.target)
            yield _target_row(params, frames, goal, key[2], Decimal(parts), Decimal(whole))


def _target_row(params: Params, frames: Frames, goal: Goal, parent: str, parts: Decimal, whole: Decimal) -> Row:
    metric, targets = params.metrics[goal.kpi], frames["targets"]
    own = targets[(targets["goal"] == goal.id) & (targets["metric"] == goal.kpi) & (targets["parent"] == parent) & (targets["team"] != "")]
    teams = sorted(set(own["team"]))
    is_less = metric.direction == "less" or (metric.direction == "either" and goal.target < goal.start)
    unit = currency_or(params, metric.unit)
    test = Test(
        "targets", f"{metric.label}: teams' targets add up", VERTICAL, "at_most" if is_less else "at_least", unit, slack=abs(whole) * params.alignment.tolerance
    )
    left = Side(f"teams together: {listed([team_name(params, each) for each in teams])}" if teams else "no team has a part of it", parts)
    right = Side(f"target of {team_name(params, parent) if parent else 'the company'}", whole)
    proposal = "Hand the rest to a team, or lower the target" if teams else "Name the teams that answer for it"
    return outcome(params, test, f"{goal.id} {goal.kpi} {parent}".strip(), parent, teams, left, right, proposal=proposal, owners=(goal.owner, ""))


def _envelopes(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each limit of allocation.yml on money or heads, whether approved requests keep it."""
    limits = params.allocation
    approved = approved_lines(params, frames)
    if not limits.money and not limits.heads:
        test = Test("envelopes", "Approved requests keep their envelope", VERTICAL, "at_most", params.company.reporting_currency)
        left = Side("approved requests", money.total(approved["amount"]))
        why = "allocation.yml names no limit on money or heads"
        yield outcome(
            params, test, "envelope", "", [], left, Side("no envelope is told"), proposal="Write the envelope of the year into allocation.yml", why=why
        )
    for money_limit in limits.money:
        yield from _limit_rows(params, money_limit, _covered(params, money_limit, approved), params.company.reporting_currency)
    for head_limit in limits.heads:
        yield from _limit_rows(params, head_limit, _covered(params, head_limit, approved), "count")


def approved_lines(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns the lines of approved options in the year, with the goal that their request serves."""
    chosen = frames["request_status"].loc[frames["request_status"]["decision"] == "approved", ["request", "option", "goal"]]
    lines = frames["request_lines"][frames["request_lines"]["month"].isin(params.year_months)]
    joined: pd.DataFrame = lines.merge(chosen, on=["request", "option"], how="inner", validate="many_to_one")
    return joined


def _covered(params: Params, limit: MoneyLimit | HeadLimit, lines: pd.DataFrame) -> pd.DataFrame:
    above = team_ancestry(params)
    inside = [not limit.teams or any(each in above.get(team, {team: 0}) for each in limit.teams) for team in lines["team"]]
    serves = [not limit.goals or goal in limit.goals for goal in lines["goal"]]
    return lines[[a and b for a, b in zip(inside, serves, strict=True)]]


def _limit_rows(params: Params, limit: MoneyLimit | HeadLimit, lines: pd.DataFrame, unit: str) -> Iterator[Row]:
    periods = QUARTERS if limit.period == "each" else (limit.period,)
    teams = list(limit.teams) or [""]
    for period in periods:
        months = params.year_months if period == "year" else _quarter(params, period)
        here = lines[lines["month"].isin(months)]
        used = money.total(here["amount"]) if unit != "count" else Decimal(_heads(here))
        for rule, bound in (("at_most", limit.at_most), ("at_least", limit.at_least)):
            if bound is not None:
                test = Test("envelopes", f"Envelope {limit.id}: {limit.reason}", VERTICAL, "at_most" if rule == "at_most" else "at_least", unit)
                left, right = Side(f"approved requests, {period}", used), Side(f"{rule.replace('_', ' ')} {limit.id}", Decimal(bound))
                team, rest = (teams[0], []) if len(teams) == 1 else ("", teams)
                yield outcome(
                    params,
                    test,
                    f"{limit.id} {period} {rule}",
                    team,
                    rest,
                    left,
                    right,
                    proposal=f"Decide again, or move the limit {limit.id} with a reason",
                    owners=("", limit.owner),
                )


def _quarter(params: Params, period: str) -> list[pd.Timestamp]:
    first = 3 * QUARTERS.index(period)
    return params.year_months[first : first + 3]


def _heads(lines: pd.DataFrame) -> int:
    """Returns the heads of requests: of each request the most that a line of the months states."""
    return int(lines.groupby("request")["heads"].max().sum()) if len(lines) else 0


def _goals(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each goal, whether an approved request or an initiative on the team's own budget works for it."""
    status, plans = frames["request_status"], frames["initiatives"]
    for goal in params.goals.goals:
        own = status[status["goal"] == goal.id]
        work = plans[(plans["goal"] == goal.id) & plans["funding"].isin(FUNDED)]
        funded = [*own.loc[own["decision"] == "approved", "title"], *work.loc[~work["request"].isin(list(own["request"])), "what"]]
        waiting = own[own["decision"] != "approved"]
        test = Test("funded_goal", "Every goal has funded work", VERTICAL, "at_least", "count", "error" if goal.weight else "warning")
        left = Side(f"funded: {listed([f'“{each}”' for each in funded], 3)}" if funded else "nothing funded serves it", Decimal(len(funded)))
        proposal = f"Decide on {listed([f'“{each}”' for each in waiting['title']], 3)}" if len(waiting) else "Ask a team for work that serves it, or give it up"
        teams = sorted({*own["team"], *goal.teams})
        yield outcome(
            params,
            test,
            goal.id,
            "",
            teams,
            left,
            Side(goal.statement, Decimal(1)),
            proposal=proposal,
            stake=money.total(waiting["asked"]),
            owners=(goal.owner, ""),
        )


def _requests(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each approved request, whether it serves a goal."""
    goals = {each.id: each for each in params.goals.goals}
    status = frames["request_status"]
    for row in status[status["decision"] == "approved"].to_dict("records"):
        goal = goals.get(row["goal"])
        test = Test("serves_goal", "Every funded request serves a goal", VERTICAL, "equal", params.company.reporting_currency)
        right = Side(goal.statement if goal else f"no goal is called {row['goal']}" if row["goal"] else "names no goal")
        proposal = "Name the goal that it serves, or take the approval back"
        made = outcome(
            params, test, row["request"], row["team"], [], Side(f"“{row['title']}”"), right, proposal=proposal, owners=("", goal.owner if goal else "")
        )
        stake = ZERO if goal else abs(row["approved"])
        yield judged(made, is_met=goal is not None, proposal=proposal) | {"amount": money.cents(Decimal(stake))}


def _weights(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each goal, whether its share of the money spent on work is near its weight.

    Defined as::

        spent   positive lines of approved options in the year + cost of initiatives on the team's own budget, by the goal they name
        share   spent for the goal / spent in all, work without a goal included
    """
    spent = goal_spend(params, frames)
    whole = sum(spent.values(), ZERO)
    for goal in params.goals.goals:
        test = Test("weights", "Money follows the goals' weights", VERTICAL, "equal", "pct", "note", slack=params.alignment.weight_tolerance)
        share = spent.get(goal.id, ZERO) / whole if whole > 0 else None
        teams = sorted(set(frames["request_status"].loc[frames["request_status"]["goal"] == goal.id, "team"]))
        stake = abs(share - goal.weight) * whole if share is not None else None
        why = "" if whole > 0 else "no money is spent on work yet"
        proposal = "Move money to or from it, or say why it needs less than its weight"
        right = Side(f"weight of “{goal.statement}”", goal.weight)
        yield outcome(
            params,
            test,
            goal.id,
            "",
            teams,
            Side("share of the money spent on work", share),
            right,
            proposal=proposal,
            stake=stake,
            why=why,
            owners=(goal.owner, ""),
        )


def goal_spend(params: Params, frames: Frames) -> dict[str, Decimal]:
    """Returns the money spent on work for each goal; work without a goal stands under an empty name."""
    spent: dict[str, Decimal] = {}
    lines = approved_lines(params, frames)
    plans = frames["initiatives"]
    own = plans[plans["funding"] == NO_REQUEST]
    for goal, amount in [*zip(lines["goal"], lines["amount"], strict=True), *zip(own["goal"], own["cost"], strict=True)]:
        spent[goal] = spent.get(goal, ZERO) + max(Decimal(amount), ZERO)
    return spent
