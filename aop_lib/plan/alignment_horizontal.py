"""Horizontal tests between teams: do they count on the same figures, and does nothing begin before what it waits for?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.plan.alignment_rows import HORIZONTAL, VERTICAL, Row, Side, Test, judged, outcome
from aop_lib.plan.assumptions import GOAL, REQUEST
from aop_lib.plan.owners import team_name
from aop_lib.plan.wording import day_name, month_name, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
ZERO = Decimal(0)


def horizontal_rows(params: Params, frames: Frames) -> list[Row]:
    """Returns the tests between teams that rest on their plans alone.

    Args:
        params: Teams, tolerance.
        frames: assumptions, request_status, milestones, initiatives.
    """
    return [*assumption_rows(params, frames), *_launches(params, frames)]


def assumption_rows(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each key and month, every pair of teams that says something about it, else a team beside the company's goal.

    The one that is off the company's goal is the left side; money at stake is what the requests that are off it ask for.

    Args:
        params: Teams, tolerance.
        frames: assumptions, request_status.
    """
    told = frames["assumptions"]
    own = told[told["compared"]]
    for (_, _), group in own.groupby(["key", "month"], sort=True):
        rows = sorted(group.to_dict("records"), key=lambda row: (row["team"], row["kind"], row["item"]))
        reference = next((row for row in rows if row["kind"] == GOAL), None)
        teams = [row for row in rows if row["kind"] != GOAL]
        pairs = [(a, b) for a, b in combinations(teams, 2) if a["team"] != b["team"] or a["value"] != b["value"]]
        apart = {row["team"] for a, b in pairs if _is_apart(params, a, b) for row in (a, b)}
        for first, second in pairs:
            yield _assumed(params, frames, *_ordered(first, second, reference), reference)
        for row in teams if reference else ():
            if row["team"] not in apart:
                yield _assumed(params, frames, row, reference or row, reference)


def _is_apart(params: Params, first: Mapping[Any, Any], second: Mapping[Any, Any]) -> bool:
    return bool(abs(first["value"] - second["value"]) > params.alignment.tolerance * abs(second["value"]))


def _ordered(first: Mapping[Any, Any], second: Mapping[Any, Any], reference: Mapping[Any, Any] | None) -> tuple[Mapping[Any, Any], Mapping[Any, Any]]:
    if reference is not None and abs(second["value"] - reference["value"]) > abs(first["value"] - reference["value"]):
        return second, first
    return first, second


def assumption_tests(params: Params, told: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns the tests of assumptions as the frame `alignment`, for the page of requests.

    Args:
        params: Teams, tolerance.
        told: The frame `assumptions`.
        status: The frame `request_status`.
    """
    rows = list(assumption_rows(params, {"assumptions": told, "request_status": status}))
    return conformed("alignment", pd.DataFrame(rows)) if rows else empty("alignment")


def _assumed(params: Params, frames: Frames, left: Mapping[Any, Any], right: Mapping[Any, Any], reference: Mapping[Any, Any] | None) -> Row:
    is_vertical = right["kind"] == GOAL
    when = month_name(left["month"])
    name = f"{left['label']}, {when}: {'a team and the company count' if is_vertical else 'teams count'} on the same figure"
    test = Test(
        "assumptions", name, VERTICAL if is_vertical else HORIZONTAL, "equal", left["unit"], slack=params.alignment.tolerance * abs(Decimal(right["value"]))
    )
    stakes = dict(zip(frames["request_status"]["request"], frames["request_status"]["asked"], strict=True))
    is_off = [row for row in (left, right) if reference is None or _is_apart(params, row, reference)]
    stake = sum((Decimal(abs(stakes.get(row["item"], ZERO))) for row in is_off if row["kind"] == REQUEST), ZERO)
    target = f"; the company's goal says {value_text(Decimal(reference['value']), left['unit'])}" if reference is not None and not is_vertical else ""
    proposal = f"Agree on one figure{target}" if not is_vertical else "Count on the company's target, or ask for another one"
    sides = [Side(_said(params, row), Decimal(row["value"])) for row in (left, right)]
    others = [right["team"]] if right["team"] else []
    item = f"{left['key']} {left['month']:%Y-%m} {left['item']} {right['item']}"
    return outcome(params, test, item, left["team"], others, sides[0], sides[1], proposal=proposal, stake=stake, owners=(left["owner"], right["owner"]))


def _said(params: Params, row: Mapping[Any, Any]) -> str:
    if row["kind"] == GOAL:
        return f"target of the goal {row['item']}"
    who = team_name(params, row["team"]) if row["team"] else "drivers.yml"
    return f"{who}, request {row['item']}" if row["kind"] == REQUEST else f"{who}, {row['source'] or row['where']}"


def _launches(params: Params, frames: Frames) -> Iterator[Row]:
    """Yields, for each milestone that waits for one of another team, whether it is due on or after that one."""
    steps = {row["milestone"]: row for row in frames["milestones"].to_dict("records")}
    costs = dict(zip(frames["initiatives"]["initiative"], frames["initiatives"]["cost"], strict=True))
    for name in sorted(steps):
        for before in sorted(steps[name]["depends_on"].split()):
            later, first = steps[name], steps.get(before)
            if first is not None and first["team"] != later["team"] and later["team"]:
                yield _launch(params, later, first, abs(Decimal(costs.get(later["initiative"], ZERO))))


def _launch(params: Params, later: Mapping[Any, Any], first: Mapping[Any, Any], cost: Decimal) -> Row:
    days = (first["due"] - later["due"]).days
    test = Test("launches", "Nothing is due before what it waits for", HORIZONTAL, "at_most", "days")
    left = Side(f"“{later['what']}” is due on {day_name(later['due'].date())}", Decimal(days))
    right = Side(f"waits for “{first['what']}”, due on {day_name(first['due'].date())}", ZERO)
    proposal = f"Move “{later['what']}” to {day_name(first['due'].date())} or later, or bring forward what it waits for"
    others = [first["team"]] if first["team"] else []
    item, owners = f"{later['milestone']} {first['milestone']}", (later["owner"], first["owner"])
    made = outcome(params, test, item, later["team"], others, left, right, proposal=proposal, stake=cost, owners=owners)
    return judged(made, is_met=True) | {"amount": Decimal("0.00")} if first["status"] == "done" or later["status"] == "done" else made
