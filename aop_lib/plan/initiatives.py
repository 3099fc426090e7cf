"""Action plans: the initiatives by which teams mean to reach their targets, what they cost and what they are expected to bring."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames, money
from aop_lib.errors import UnknownRateError
from aop_lib.periods import month_end, month_text
from aop_lib.plan.owners import owner_name, team_owner
from aop_lib.plan.requests import request_status
from aop_lib.plan.trees import team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.team_plans import Initiative

Row = dict[str, Any]
NO_REQUEST, NO_SUCH_REQUEST = "own budget", "no such request"
ZERO = Decimal("0.00")
FINEST = Decimal("0.0000000001")


def initiatives(params: Params, requests: pd.DataFrame, request_lines: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Returns every initiative of the team plans with its cost and what was decided about its money.

    Defined as::

        cost      what the plan states, at the close of the last closed month; without a statement what its request asks for
        funding   the request's decision: `approved`, `undecided`, `sent back`, `rejected`; `no such request` where no team has handed
                  it in; `own budget` without a request
        status    `planned` before its first day, `running`, `ended` after its last, seen from the cycle's cut

    Args:
        params: Plans, decisions, owners, year.
        requests: The frame `requests`.
        request_lines: The frame `request_lines`.
        rates: The frame `rates`, for costs in other currencies.

    Returns:
        The frame `initiatives`: cost, asked and approved in reporting currency; asked is what the request's largest option asks for.

    Raises:
        UnknownRateError: If a cost is in a currency that has no rate.
    """
    known = {row["request"]: row for row in request_status(params, requests, request_lines).to_dict("records")}
    close = {(row["currency"], row["month"]): Decimal(row["close"]) for row in rates.to_dict("records")}
    rows = [_row(params, plan.team, each, known, close) for plan in params.team_plans for each in plan.initiatives]
    return frames.conformed("initiatives", pd.DataFrame(rows)) if rows else frames.empty("initiatives")


def _row(params: Params, team: str, each: Initiative, requests: Mapping[str, Mapping[Any, Any]], close: Mapping[Any, Decimal]) -> Row:
    request = requests.get(each.request or "")
    asked, approved = (request["asked"], request["approved"]) if request else (ZERO, ZERO)
    accountable = each.accountable[0] if each.accountable else ""
    return {
        "initiative": each.id,
        "team": team,
        "what": each.what,
        "goal": each.goal or "",
        "metric": each.kpi or "",
        "strategy": each.strategy or "",
        "accountable": accountable,
        "accountable_name": owner_name(params, accountable),
        "responsible": " ".join(each.responsible),
        "request": each.request or "",
        "start": pd.Timestamp(each.start),
        "end": pd.Timestamp(each.end),
        "cost": asked if each.cost is None else _converted(params, each.cost, each.currency or params.company.reporting_currency, close),
        "asked": asked,
        "approved": approved,
        "funding": str(request["decision"]) if request else NO_SUCH_REQUEST if each.request else NO_REQUEST,
        "status": "planned" if each.start > params.as_of else "running" if params.as_of <= each.end else "ended",
    }


def _converted(params: Params, amount: Decimal, currency: str, close: Mapping[Any, Decimal]) -> Decimal:
    if currency == params.company.reporting_currency:
        return amount
    rate = close.get((currency, params.last_closed))
    if rate is None:
        raise UnknownRateError([(currency, month_text(params.last_closed))], params.company.reporting_currency)
    return money.cents(amount * rate)


def initiative_effects(params: Params) -> pd.DataFrame:
    """Returns what each initiative is expected to add to each metric, in the metric's unit; several effects on one metric add up.

    Returns:
        The frame `initiative_effects`: `by` is the latest day named; `counts` where that lies before the year's end.
    """
    last = month_end(params.year_months[-1])
    whole: dict[tuple[str, str], Row] = {}
    for plan in params.team_plans:
        for each in plan.initiatives:
            for effect in each.effects:
                so_far = whole.get((each.id, effect.metric))
                value = effect.value + (so_far["value"] if so_far else Decimal(0))
                by = max(effect.by, so_far["by"]) if so_far else effect.by
                row = {"initiative": each.id, "team": plan.team, "metric": effect.metric, "value": value, "by": by, "counts": by <= last}
                whole[each.id, effect.metric] = row
    rows = pd.DataFrame(list(whole.values()))
    return frames.conformed("initiative_effects", rows.assign(by=pd.to_datetime(rows["by"]))) if len(rows) else frames.empty("initiative_effects")


def action_gaps(params: Params, targets: pd.DataFrame, goal_kpis: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Returns what each target asks for beside what initiatives are expected to bring.

    Defined as::

        year       the sum of the months where months add up, else the last month
        needed     KPI that adds up over teams   year * (target - start) / target of the company: the team's part of the rise
                   any other KPI                 target - start of the company; missing for a team, whose part of a ratio is no figure of its own
        expected   sum of the effects of the initiatives of the team and of the teams below it that come inside the year
        gap        direction * (needed - expected)      above zero: open

    A group whose teams have targets of their own is told by them. A KPI that adds up and has targets of teams is told by these; any other
    by the company (team empty) with the initiatives of all teams.

    Args:
        params: Metrics, teams, year.
        targets: The frame `targets`.
        goal_kpis: The frame `goal_kpis`.
        effects: The frame `initiative_effects`.

    Returns:
        The frame `action_gaps`, in the metric's unit; initiatives counts those that move the KPI, whenever.
    """
    above = team_ancestry(params)
    rows = [
        _gap_row(params, kpi, team, targets, effects.loc[[not team or team in above.get(each, (each,)) for each in effects["team"]]])
        for kpi in goal_kpis.to_dict("records")
        for team in _told_by(targets[(targets["goal"] == kpi["goal"]) & (targets["metric"] == kpi["metric"])], adds_up=kpi["additive"])
    ]
    return frames.conformed("action_gaps", pd.DataFrame(rows)) if rows else frames.empty("action_gaps")


def _told_by(targets: pd.DataFrame, *, adds_up: bool) -> list[str]:
    teams = sorted(set(targets["team"]) - {""} - set(targets["parent"]))
    return teams if teams and adds_up else ["", *teams]


def _gap_row(params: Params, kpi: Mapping[Any, Any], team: str, targets: pd.DataFrame, effects: pd.DataFrame) -> Row:
    own = targets[(targets["goal"] == kpi["goal"]) & (targets["metric"] == kpi["metric"]) & (targets["team"] == team)]
    moving = effects[effects["metric"] == kpi["metric"]]
    needed = _needed(params, kpi, team, dict(zip(own["month"], own["value"], strict=True)))
    expected = sum((Decimal(each) for each in moving.loc[moving["counts"], "value"]), Decimal(0))
    owner = team_owner(params, team) if team else next((each.owner for each in params.goals.goals if each.id == kpi["goal"]), "")
    return {
        "goal": kpi["goal"],
        "metric": kpi["metric"],
        "team": team,
        "owner": owner,
        "needed": needed,
        "expected": expected,
        "gap": None if needed is None else int(kpi["direction"]) * (needed - expected),
        "initiatives": len(moving),
    }


def _needed(params: Params, kpi: Mapping[Any, Any], team: str, path: Mapping[pd.Timestamp, Decimal]) -> Decimal | None:
    start, target = Decimal(kpi["start"]), Decimal(kpi["target"])
    if not kpi["additive"]:
        return None if team else target - start
    is_sum = params.metrics[kpi["metric"]].aggregate == "sum"
    year = sum((Decimal(each) for each in path.values()), Decimal(0)) if is_sum else Decimal(path[max(path)]) if path else target
    return (year * (target - start) / target).quantize(FINEST) if target else target - start
