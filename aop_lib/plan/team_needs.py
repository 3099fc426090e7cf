"""AOP and budget side by side: what the work behind each team's targets needs, what the budget gives, where it does not meet."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.money import cents
from aop_lib.plan.budget import control_totals
from aop_lib.plan.initiatives import NO_REQUEST
from aop_lib.plan.planned_heads import HeadPlan, head_plan, heads_now, year_amount
from aop_lib.plan.profit_and_loss import line_totals
from aop_lib.plan.wording import counted, listed

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
Row = dict[str, Any]
SPEND = ("cost_of_revenue", "opex")
ZERO = Decimal("0.00")


def team_needs(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns, per team, what its targets need beside what the budget gives.

    Defined as::

        needed         what its initiatives cost (those that a request pays for: what they cost at most; without a request: on the team's
                       own budget) + what its requests without an initiative ask for
        given          approved amounts + initiatives on the team's own budget, which the base holds
        gap            needed - given                     base, budget   spend of the year: cost of revenue and operating expenses
        heads_needed   heads given + heads asked for; at least what loads of alignment.yml need
        heads_given    at the end of the year, as `headcount` counts them: known leavers are gone, approved heads there
        open_targets   targets whose initiatives bring less than is asked

    Args:
        params: Teams, loads of alignment.yml.
        frames: initiatives, action_gaps, targets, request_status, request_lines, people, kpis, base_budget, budget, accounts, lines.

    Returns:
        The frame `team_needs`: teams that have spend, targets, initiatives or requests.
    """
    groups = {each.parent for each in params.company.teams}
    teams = [each.id for each in params.company.teams if each.id not in groups]
    spend = {name: _spend(frames, name) for name in ("base_budget", "budget")}
    plan = head_plan(params, frames)
    rows = [row for team in teams if (row := _team_row(params, frames, team, spend, plan))]
    return conformed("team_needs", pd.DataFrame(rows)) if rows else empty("team_needs")


def _spend(frames: Frames, name: str) -> dict[str, Decimal]:
    costs = list(frames["lines"].loc[frames["lines"]["type"].isin(SPEND), "line"])
    totals = line_totals(frames[name], frames["accounts"], frames["lines"], ("team",))
    own = totals[totals["line"].isin(costs)]
    return {str(team): year_amount(rows) for team, rows in own.groupby("team", sort=True)}


def _team_row(params: Params, frames: Frames, team: str, spend: Mapping[str, Mapping[str, Decimal]], plan: HeadPlan) -> Row | None:
    plans, status, gaps = (frames[name][frames[name]["team"] == team] for name in ("initiatives", "request_status", "action_gaps"))
    targets = frames["targets"].loc[frames["targets"]["team"] == team, ["goal", "metric"]].drop_duplicates()
    base, budget = spend["base_budget"].get(team, ZERO), spend["budget"].get(team, ZERO)
    if not (len(plans) or len(status) or len(targets) or base or budget):
        return None
    asked, own = _asked(plans, status), year_amount(plans[plans["funding"] == NO_REQUEST], "cost")
    needed, given = sum(asked.values(), ZERO) + own, year_amount(status, "approved") + own
    now = heads_now(params, frames, team) or 0
    heads = plan.of(team, params.year_months[-1]) or 0
    open_gaps = [each for each in gaps["gap"] if not pd.isna(each) and each > 0]
    return {
        "team": team, "targets": len(targets), "open_targets": len(open_gaps), "initiatives": len(plans), "base": cents(base), "budget": cents(budget),
        "needed": cents(needed), "given": cents(given), "gap": cents(needed - given), "heads": now, "heads_given": heads,
        "heads_needed": max(heads + _heads_waiting(status), _load_heads(params, frames, team)), "why": _why(status, asked, len(open_gaps)),
    }  # fmt: skip


def _asked(plans: pd.DataFrame, status: pd.DataFrame) -> dict[str, Decimal]:
    """Returns what each request of a team is needed for: what its initiatives cost at most, else what it asks for."""
    costs = {str(name): max(Decimal(each) for each in rows["cost"]) for name, rows in plans[plans["request"] != ""].groupby("request")}
    return costs | {name: asked for name, asked in zip(status["request"], status["asked"], strict=True) if name not in costs}


def _heads_waiting(status: pd.DataFrame) -> int:
    return int(status.loc[~status["decision"].isin(["approved", "rejected"]), "heads"].sum())


def _load_heads(params: Params, frames: Frames, team: str) -> int:
    """Returns the heads that loads of alignment.yml ask for at the end of the year; 0 without a load or a target."""
    own, targets = [each for each in params.alignment.loads if each.team == team], frames["targets"]
    found = 0
    for load in own:
        ends = targets[(targets["metric"] == load.load) & (targets["team"] == "") & (targets["month"] == params.year_months[-1])]
        found = max([found, *(ceil(Decimal(value) / load.per_head) for value in ends["value"])])
    return found


def _why(status: pd.DataFrame, asked: Mapping[str, Decimal], open_targets: int) -> str:
    short = [
        f"“{title}” {'funded in part' if decision == 'approved' else decision}"
        for request, title, decision, approved in zip(status["request"], status["title"], status["decision"], status["approved"], strict=True)
        if asked.get(request, ZERO) > approved
    ]
    parts = [listed(short, 3)] if short else []
    return "; ".join([*parts, *([f"{counted(open_targets, 'target')} without enough work"] if open_targets else [])])


def needs_ties(needs: pd.DataFrame, initiatives: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns that what teams are given is what was approved and what they pay themselves, and that gaps are needs less that.

    Args:
        needs: The frame `team_needs`.
        initiatives: The frame `initiatives`.
        status: The frame `request_status`.
    """
    own = year_amount(initiatives[initiatives["funding"] == NO_REQUEST], "cost")
    checks = [
        ("given to teams = approved + own budgets", year_amount(needs, "given"), year_amount(status, "approved") + own),
        ("gaps of teams = needed − given", year_amount(needs, "gap"), year_amount(needs, "needed") - year_amount(needs, "given")),
    ]
    return control_totals(checks)
