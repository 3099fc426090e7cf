"""Tests of capacity: sellers and pipeline against bookings, hires against recruiting, load against heads, people against their tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.alignment_rows import HORIZONTAL, Row, Side, Test, answering, common_team, currency_or, movers, outcome
from aop_lib.plan.owners import team_name
from aop_lib.plan.planned_heads import HeadPlan, Start, head_plan, starts, year_amount
from aop_lib.plan.wording import counted, listed, month_name, months_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.alignment import Load, Recruiting, Software

Frames = Mapping[str, pd.DataFrame]
ZERO, CENT = Decimal(0), Decimal("0.01")
SALES = {
    "capacity": (
        "sales_capacity",
        "Sellers can close the bookings that are needed",
        "Tell sellers that start in drivers.yml (rep_starts), hire or ramp them earlier, or lower the target",
    ),
    "demand": ("pipeline", "The pipeline brings the bookings that are needed", "Create more pipeline, or lower the target"),
}
SELLERS = "New business of today's sellers and of those told in drivers.yml (rep_starts)"


def capacity_rows(params: Params, frames: Frames) -> list[Row]:
    """Returns the tests of capacity; where a figure is missing the row says what would have to be measured.

    Args:
        params: alignment.yml, goals, teams.
        frames: driver_paths, targets, kpis, ledger, budget, accounts, requests, request_lines, request_status, people.
    """
    return [*_sales(params, frames), *_hires(params, frames), *_loads(params, frames), *_software(params, frames)]


def _sales(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields whether sellers, and whether the pipeline, bring the year's bookings.

    Defined as::

        brought   actual in closed months + the limit of each segment (capacity or demand) + new ARR without an opportunity
        needed    the year's target of the bookings metric; without one what leads to the goal on ARR
    """
    metric = params.company.switches.bookings_metric
    needed, words = _needed(params, frames, metric)
    sellers, makers = movers(params, metric), movers(params, "open_pipeline")
    for measure, (name, title, proposal) in SALES.items():
        brought = _brought(params, frames, metric, measure)
        slack = params.alignment.tolerance * needed if needed else ZERO
        test = Test(name, title, HORIZONTAL, "at_least", params.company.reporting_currency, "error", slack)
        team = common_team(params, makers) if measure == "demand" and makers else common_team(params, sellers)
        others = [each for each in sellers if each != team] if measure == "demand" else sorted(movers(params, "arr"))
        missing = (
            "no target of bookings and no goal on ARR"
            if needed is None
            else f"drivers.yml names no sellers, or no segment has {measure}"
            if brought is None
            else ""
        )
        left = Side(SELLERS if measure == "capacity" else "Pipeline × win rate, and business without an opportunity", brought)
        right = Side(words, needed)
        told = missing or f"driver model, {months_name(params.year_months)}"
        yield outcome(
            params,
            test,
            "year",
            team,
            others,
            left,
            right,
            proposal=proposal if not missing else "Measure opportunities and name who sells in drivers.yml",
            why=told,
        )


def _needed(params: Params, frames: Frames, metric: str) -> tuple[Decimal | None, str]:
    targets, paths = frames["targets"], frames["driver_paths"]
    own = targets[(targets["metric"] == metric) & (targets["team"] == "") & targets["month"].isin(params.year_months)]
    if len(own) and params.metrics[metric].aggregate == "sum":
        return year_amount(own, "value"), f"target of {params.metrics[metric].label}"
    led = paths[(paths["measure"] == "needed") & paths["month"].isin(params.year_months)]
    return (year_amount(led, "value"), "new ARR that leads to the goal on ARR") if len(led) else (None, "bookings that are needed")


def _brought(params: Params, frames: Frames, metric: str, measure: str) -> Decimal | None:
    paths, kpis = frames["driver_paths"], frames["kpis"]
    closed = kpis[(kpis["metric"] == metric) & (kpis["team"] == "") & kpis["month"].isin(params.review_months)]
    ahead = paths[paths["month"].isin(params.year_months) & (paths["month"] > params.last_closed)]
    told = {name: _by_place(ahead, name) for name in ("new", "capacity", "demand")}
    if not told[measure] or set(told[measure]) != set(told["new"]):
        return None
    whole = year_amount(closed, "value")
    for place, new in told["new"].items():
        limit = min(told[each][place] for each in ("capacity", "demand") if place in told[each])
        whole += told[measure][place] + max(12 * new - limit, ZERO)
    return whole


def _by_place(paths: pd.DataFrame, measure: str) -> dict[tuple[str, pd.Timestamp], Decimal]:
    own = paths[paths["measure"] == measure]
    return {(place, month): Decimal(value) for place, month, value in zip(own["place"], own["month"], own["value"], strict=True)}


def _hires(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each fiscal quarter that is not closed, whether the heads that start in it can be recruited."""
    rule, coming = params.alignment.recruiting, starts(frames)
    if rule is None:
        team, heads = common_team(params, movers(params, "heads")), sum(each.heads for each in coming if each.month > params.last_closed)
        test = Test("hires", "Hires can be recruited", HORIZONTAL, "at_most", "count")
        proposal = "Count the hires of a quarter that recruiting can bring; name them under recruiting in alignment.yml"
        sides = Side("heads of approved requests", Decimal(heads)), Side("heads that can be hired in a quarter")
        yield outcome(params, test, "year", team, [], *sides, proposal=proposal, why="alignment.yml names no recruiting capacity")
        return
    for number, name in enumerate(("q1", "q2", "q3", "q4")):
        months = params.year_months[3 * number : 3 * number + 3]
        if months[-1] > params.last_closed:
            limit = {str(key): value for key, value in rule.quarters.items()}.get(name, rule.heads)
            yield _quarter_row(params, rule, name, months, limit, [each for each in coming if each.month in months])


def _quarter_row(params: Params, rule: Recruiting, name: str, months: list[pd.Timestamp], limit: int, here: list[Start]) -> Row:
    heads = sum(each.heads for each in here)
    test = Test("hires", f"Hires of {name.upper()} can be recruited", HORIZONTAL, "at_most", "count")
    who = listed([f"{each.heads} {team_name(params, each.team)}" for each in here], 8)
    left = Side(f"start in {months_name(months)}: {who}", Decimal(heads))
    right = Side(f"hires of a quarter that {team_name(params, rule.team)} can bring", Decimal(limit))
    others = sorted({each.team for each in here} - {rule.team})
    why, stake = f"source: {rule.source or '[assumed]'}", _over(here, heads, limit)
    return outcome(params, test, name, rule.team, others, left, right, proposal=_spread(params, here, limit), stake=stake, why=why)


def _over(here: list[Start], heads: int, limit: int) -> Decimal:
    """Returns what the hires of a quarter cost in the year, as far as they are above what can be recruited."""
    cost = sum((each.amount for each in here), ZERO)
    return ZERO if heads <= limit else (cost * (heads - limit) / heads).quantize(CENT)


def _spread(params: Params, here: list[Start], limit: int) -> str:
    over = sum(each.heads for each in here) - limit
    most = max(here, key=lambda each: (each.heads, each.team), default=None)
    where = f", such as of {team_name(params, most.team)}" if most else ""
    return f"Let {counted(max(over, 0), 'head')} start a quarter later{where}, or add recruiting for the quarter"


def _loads(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each load of alignment.yml, whether the heads planned for the end of the year can look after it."""
    if not params.alignment.loads:
        test = Test("load", "Teams can look after what comes", HORIZONTAL, "at_most", "count")
        left, right = Side("customers, tickets or seats at the end of the year"), Side("what the heads of the teams can look after")
        proposal = "Measure tickets or customers a head; name them under loads in alignment.yml"
        yield outcome(params, test, "load", "", [], left, right, proposal=proposal, why="alignment.yml names no load")
    plan = head_plan(params, frames)
    for load in params.alignment.loads:
        yield _load_row(params, frames, load, plan)


def _load_row(params: Params, frames: Frames, load: Load, plan: HeadPlan) -> Row:
    metric, last = params.metrics[load.load], params.year_months[-1]
    coming, words = _year_end(params, frames, load.load)
    heads = plan.of(load.team, last)
    can = None if heads is None else load.per_head * heads
    slack = params.alignment.tolerance * can if can else ZERO
    test = Test(
        "load",
        f"{team_name(params, load.team)} can look after the {metric.label.lower()}",
        HORIZONTAL,
        "at_most",
        currency_or(params, metric.unit),
        slack=slack,
    )
    left = Side(words, coming)
    right = Side(f"{heads} heads at {load.per_head.normalize():f} each" if heads is not None else f"heads of {team_name(params, load.team)}", can)
    status = frames["request_status"]
    waiting = status[(status["team"] == load.team) & ~status["decision"].isin(["approved", "rejected"]) & (status["heads"] > 0)]
    decide = f"Decide on {listed([f'“{each}”' for each in waiting['title']], 3)}" if len(waiting) else "Ask for heads"
    why = f"source: {load.source or '[assumed]'}"
    if coming is None or can is None:
        why = f"{metric.label} has no target and no path" if coming is None else f"no heads of {team_name(params, load.team)} are measured"
    others = [each for each in movers(params, load.load) if each != load.team]
    stake = year_amount(waiting, "asked")
    return outcome(params, test, load.id, load.team, others, left, right, proposal=f"{decide}, or take load off the team", stake=stake, why=why)


def _year_end(params: Params, frames: Frames, metric: str) -> tuple[Decimal | None, str]:
    """Returns what the company wants of a metric at the end of the year, else what the driver model makes of it."""
    last, label = params.year_months[-1], params.metrics[metric].label
    targets, paths = frames["targets"], frames["driver_paths"]
    own = targets[(targets["metric"] == metric) & (targets["team"] == "") & (targets["month"] == last)]
    if len(own):
        return Decimal(own["value"].iloc[0]), f"target of {label}, {month_name(last)}"
    led = paths[(paths["measure"] == "metric") & (paths["place"] == metric) & (paths["month"] == last)]
    return (Decimal(led["value"].iloc[0]), f"{label} of the driver model, {month_name(last)}") if len(led) else (None, f"{label}, {month_name(last)}")


def _software(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each team, whether its budget holds seats and tools for the heads that are planned.

    Defined as::

        needed   cost per head and month over the last twelve closed months * planned heads, summed over the months of the year
    """
    rule = params.alignment.software
    if rule is None:
        test = Test("tools", "People have seats and tools", HORIZONTAL, "at_least", params.company.reporting_currency)
        why, proposal = "alignment.yml names no accounts for seats and tools", "Name the accounts that hold seats and tools in alignment.yml"
        yield outcome(params, test, "tools", "", [], Side("budget of seats and tools"), Side("what the planned heads need"), proposal=proposal, why=why)
        return
    bearing = sorted({each.team for each in starts(frames)})
    plan = head_plan(params, frames)
    for team in bearing:
        yield _tools_row(params, frames, rule, team, plan)


def _tools_row(params: Params, frames: Frames, rule: Software, team: str, plan: HeadPlan) -> Row:
    spent = year_amount(_on_accounts(frames["ledger"], rule, team, params.last_twelve))
    kpis = frames["kpis"]
    past = kpis[(kpis["metric"] == "heads") & (kpis["team"] == team) & kpis["month"].isin(params.last_twelve)]
    months = sum((Decimal(each) for each in past["value"]), ZERO)
    ahead = [plan.of(team, month) for month in params.year_months if month > params.last_closed]
    heads = None if None in ahead else sum(each or 0 for each in ahead)
    needed = None if heads is None or not months else (spent / months * heads).quantize(CENT)
    given = year_amount(_on_accounts(frames["budget"], rule, team, [month for month in params.year_months if month > params.last_closed]))
    test = Test(
        "tools", "People have seats and tools", HORIZONTAL, "at_least", params.company.reporting_currency, "note", rule.tolerance * needed if needed else ZERO
    )
    words = f"planned heads × {spent / months:,.0f} a head and month" if months else "planned heads × cost of a head"
    why = f"source: {rule.source or 'ledger of the last twelve closed months'}" if needed is not None else f"no heads of {team_name(params, team)} are measured"
    proposal = f"Add seats and tools for the new heads, or say why they need none; {team_name(params, rule.team)} buys them"
    others = [rule.team] if rule.team != team else []
    sides = Side("budget of seats and tools", given), Side(words, needed)
    return outcome(params, test, team, team, others, *sides, proposal=proposal, why=why, owners=("", answering(params, [rule.team])))


def _on_accounts(rows: pd.DataFrame, rule: Software, team: str, months: list[pd.Timestamp]) -> pd.DataFrame:
    return rows[rows["account"].isin(rule.accounts) & (rows["team"] == team) & rows["month"].isin(months)]
