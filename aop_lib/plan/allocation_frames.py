"""An allocation as frames: what is proposed, the prices of limits, the frontier, the rounds, other ways, contradictions, overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aop_lib import frames
from aop_lib.errors import nearest
from aop_lib.plan.allocation import Proposal, Revalued, proposal
from aop_lib.plan.allocation_figures import exact, framed, in_money
from aop_lib.plan.allocation_limits import Uses, allocation_problem, option_uses
from aop_lib.plan.allocation_needs import nearest_options, option_needs
from aop_lib.plan.allocation_prices import Prices, Relaxation, envelope_levels, frontier_values, limit_prices, missing_value
from aop_lib.plan.allocation_problem import UNLIMITED, Problem, usage
from aop_lib.plan.allocation_ways import override_frame, ways_frame
from aop_lib.plan.allocation_words import needs_text, reason_text, unknown_request_texts
from aop_lib.plan.contradictions import contradicting_limits
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.limit_names import limit_name, limit_namer
from aop_lib.plan.owners import owner_name
from aop_lib.plan.wording import listed

if TYPE_CHECKING:
    from aop_lib.load import Params

NAMES = ("allocation", "limit_prices", "frontier", "allocation_rounds", "allocation_ways", "contradictions", "override_costs")


@dataclass(frozen=True)
class Asked:
    """What requests ask for, and what was decided so far.

    Attributes:
        options: One row for each option: request, option, team, goal, value (strategy-weighted contribution).
        uses: request, option, month, amount (money, reporting currency), heads; `cash` (money) where payment differs from cost.
        order: The requests in the order in which they came.
        decided: The approved option of each request that was decided; "" where it was rejected or sent back.
        titles: What readers call requests; one that is not there is told by its id.
    """

    options: pd.DataFrame
    uses: pd.DataFrame
    order: Sequence[str]
    decided: Mapping[str, str]
    titles: Mapping[str, str] = field(default_factory=dict)


def allocation_frames(params: Params, asked: Asked, cash_path: Mapping[pd.Timestamp, Decimal], revalued: Revalued | None = None) -> dict[str, pd.DataFrame]:
    """Returns every frame of the allocation, by its name.

    Nothing here enters the budget: it is what the limits and the values propose; people decide.

    Args:
        params: allocation.yml, the teams, the year.
        asked: The requests with their values.
        cash_path: The cash at the end of each month without any request; used by cash floors alone.
        revalued: Gives the values of all options beside a chosen set, computed by the driver model; without it the given values stand.

    Raises:
        AllocationUndecidedError: If the branches of allocation.yml ran out before a choice was found.
    """
    limits, months = params.allocation, params.year_months
    problem = allocation_problem(limits, asked.options, asked.uses, params.company.teams, cash_path, months)
    made = proposal(problem, revalued, float(limits.gap), limits.nodes)
    empty = {name: frames.empty(name) for name in NAMES}
    if made.solution.chosen is None:
        return empty | {"contradictions": _contradictions(params, made.problem)}
    relaxation = Relaxation(made.problem)
    prices = limit_prices(relaxation) if problem.options else None
    if prices is None:
        return empty
    uses = option_uses(problem.options, asked.uses, months)
    return {
        "allocation": allocation_frame(params, asked, made, prices, uses),
        "limit_prices": price_frame(params, made, prices),
        "frontier": frontier_frame(params, made, relaxation),
        "allocation_rounds": rounds_frame(made),
        "allocation_ways": ways_frame(made, prices, uses, asked.order, limit_namer(params, asked.titles)),
        "contradictions": frames.empty("contradictions"),
        "override_costs": override_frame(params, made, asked.decided),
    }


def allocation_frame(params: Params, asked: Asked, made: Proposal, prices: Prices, uses: Uses) -> pd.DataFrame:
    """Returns the frame `allocation`: each option, whether it is proposed, why, what it would need, what value it lacks by the prices."""
    problem, chosen = made.problem, made.chosen
    needs, missing = option_needs(problem, chosen), missing_value(problem, prices.price)
    worth = problem.value.tolist()
    near, limits = nearest_options(problem, chosen, needs), {each.id: each for each in params.allocation.limits}
    funded = dict(problem.options[each] for each in np.flatnonzero(chosen))
    about = {(row["request"], row["option"]): row for row in asked.options.to_dict("records")}
    named = limit_namer(params, asked.titles)
    rows = [
        {
            **{column: about[key][column] for column in ("request", "option", "team", "goal")},
            "proposed": bool(chosen[place]),
            "nearest": place in near,
            "state": needs[place].state,
            "reason": reason_text(needs[place], funded.get(key[0], ""), named),
            "needs": needs_text(needs[place], limits, named),
            "value": exact(worth[place]),
            "missing_value": exact(missing[place]),
            "money": in_money(int(uses.money[place].sum())),
            "needs_money": in_money(needs[place].money),
            "heads": int(uses.heads[place].max()),
        }
        for place, key in enumerate(problem.options)
    ]
    return framed("allocation", rows)


def price_frame(params: Params, made: Proposal, prices: Prices) -> pd.DataFrame:
    """Returns the frame `limit_prices`: for each limit what is proposed to be used of it, its price in the LP relaxation, and the price's range.

    Cash is a floor that the effects of requests must stay above: its row counts what they may take, so `least` is negative.
    """
    problem = made.problem
    used, limits = usage(problem.rows, made.chosen), {each.id: each for each in params.allocation.limits}
    rows = []
    for place, what in enumerate(problem.what):
        unit = 100 if what.kind in {"money", "cash"} else 1
        limit = limits[what.limit]
        least, most = int(problem.rows.lower[place]), int(problem.rows.upper[place])
        rows.append(
            {
                "limit": what.limit,
                "period": what.period,
                "kind": what.kind,
                "reason": limit.reason,
                "owner": owner_name(params, limit.owner),
                "least": None if least <= -UNLIMITED else Decimal(least) / unit,
                "most": None if most >= UNLIMITED else Decimal(most) / unit,
                "used": Decimal(int(used[place])) / unit,
                "price": exact(prices.price[place] * unit),
                "holds_from": _ended(prices.lowest[place] / unit),
                "holds_to": _ended(prices.highest[place] / unit),
            }
        )
    return framed("limit_prices", rows)


def _ended(number: float) -> Decimal | None:
    return exact(number) if isfinite(number) and abs(number) < UNLIMITED / 2 else None


def frontier_frame(params: Params, made: Proposal, relaxation: Relaxation) -> pd.DataFrame:
    """Returns the frame `frontier` along the envelope that allocation.yml names; empty where it names none."""
    problem, limits = made.problem, params.allocation
    places = [place for place, what in enumerate(problem.what) if what.limit == limits.envelope]
    if not places:
        return frames.empty("frontier")
    now = int(problem.rows.upper[places[0]])
    points = frontier_values(relaxation, places[0], envelope_levels(problem, places[0], limits.frontier_points))
    return framed(
        "frontier",
        (
            {
                "envelope": limits.envelope,
                "level": in_money(level),
                "value": exact(value),
                "price": exact(price * 100),
                "current": level == now,
                "proposed": exact(made.solution.value) if level == now else None,
            }
            for level, value, price in points
        ),
    )


def rounds_frame(made: Proposal) -> pd.DataFrame:
    """Returns the frame `allocation_rounds`: each valuation, its choice, and what that choice is worth beside itself."""
    rows = []
    for place, each in enumerate(made.rounds):
        solution, chosen = each.solution, each.solution.chosen
        after = float(each.revalued[chosen].sum()) if chosen is not None else 0.0
        figures = {"value": exact(solution.value), "revalued": exact(after), "bound": exact(solution.bound), "gap": round(solution.gap, 9)}
        counts = {"round": place + 1, "requests": 0 if chosen is None else int(chosen.sum()), "changed": each.changed}
        rows.append({**counts, **figures, "kept": place == made.kept, "stable": made.stable and place == made.kept})
    return framed("allocation_rounds", rows)


def _contradictions(params: Params, problem: Problem) -> pd.DataFrame:
    limits = {each.id: each for each in params.allocation.limits}
    kinds = {what.limit: what.kind for what in problem.what}
    named = (limits[each] for each in contradicting_limits(problem, params.allocation.nodes))
    rows = ({"limit": each.id, "kind": kinds[each.id], "reason": each.reason, "owner": owner_name(params, each.owner)} for each in named)
    return framed("contradictions", rows)


def allocation_findings(params: Params, options: pd.DataFrame, contradictions: pd.DataFrame) -> list[Row]:
    """Returns what is wrong with the limits: requests that nobody submitted, and limits that contradict one another; rows of a findings frame."""
    own = {str(request): [str(each) for each in rows["option"]] for request, rows in options.groupby("request")}
    titles = dict(zip(options["request"], options["title"], strict=True)) if "title" in options else {}
    found = [
        finding(
            "warning",
            "limit",
            limit.id,
            f"limit {limit.id} {text}",
            expected="requests that were submitted",
            owner=owner_name(params, limit.owner),
            found=", ".join(f"{name}{nearest(name, own)}" for name in _named(limit) if name not in own),
        )
        for limit, text in unknown_request_texts(params.allocation, own)
    ]
    names, limits = list(contradictions["limit"]), {each.id: each for each in params.allocation.limits}
    if names:
        torn = [limit_name(params, limits[each], titles) for each in names]
        what = f"{listed(torn, 12)} cannot be kept together: nothing can be proposed until one of them gives way"
        owners = listed(sorted(set(contradictions["owner"])))
        found.append(finding("error", "limit", ", ".join(names), what, expected="limits that some choice keeps", owner=owners))
    return found


def _named(limit: Any) -> list[str]:
    return [*getattr(limit, "requests", []), *(getattr(limit, key) for key in ("request", "needs") if hasattr(limit, key))]
