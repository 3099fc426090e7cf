"""The proposal beside other ways to hand out the same limits, and beside what people decided: frames for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aop_lib.plan.allocation import Proposal
from aop_lib.plan.allocation_comparison import first_come, override_costs, pro_rata
from aop_lib.plan.allocation_figures import exact, framed, in_money
from aop_lib.plan.allocation_greedy import greedy_choice
from aop_lib.plan.allocation_limits import Uses
from aop_lib.plan.allocation_prices import Prices
from aop_lib.plan.allocation_problem import Flags, Numbers, Problem, broken_rows
from aop_lib.plan.allocation_words import WAYS
from aop_lib.plan.wording import listed

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.limit_names import Namer


def ways_frame(made: Proposal, prices: Prices, uses: Uses, order: Sequence[str], named: Namer) -> pd.DataFrame:
    """Returns the frame `allocation_ways`: the proposal, its bound, the greedy choice, everybody cut alike, and first come first served.

    Args:
        made: The proposal; every way is valued by its values, and `lost` is what the way is worth less than it.
        prices: The relaxation, which is the bound.
        uses: What each option costs.
        order: The requests in the order in which they came.
        named: What names a limit, `limit_names.limit_namer`.
    """
    problem = made.problem
    cut = pro_rata(problem)
    whole = {"proposed": made.chosen, "greedy": greedy_choice(problem), "pro_rata_whole": cut.funded, "first_come": first_come(problem, order)}
    parts = {"relaxation": prices.shares, "pro_rata": cut.parts}
    shares = {**parts, **{way: chosen.astype(float) for way, chosen in whole.items()}}
    rows = [_way(made, uses, (way, place), shares[way], whole.get(way), named) for place, way in enumerate(WAYS)]
    return framed("allocation_ways", rows)


def _way(made: Proposal, uses: Uses, at: tuple[str, int], shares: Numbers, chosen: Flags | None, named: Namer) -> dict[str, Any]:
    way, place = at
    value, money = float(shares @ made.problem.value), uses.money.sum(axis=1)
    return {
        "way": way,
        "name": WAYS[way],
        "position": place,
        "value": exact(value),
        "lost": exact(made.solution.value - value),
        "money": in_money(round(float(shares @ money)) if chosen is None else int(money[chosen].sum())),
        "requests": int(np.count_nonzero(shares > 1e-9)),
        "breaks": "" if chosen is None else _broken(made.problem, chosen, named),
    }


def _broken(problem: Problem, chosen: Flags, named: Namer) -> str:
    names = [named(problem.what[each]) for each in broken_rows(problem, chosen)]
    return listed(names) if names else ""


def override_frame(params: Params, made: Proposal, decided: Mapping[str, str]) -> pd.DataFrame:
    """Returns the frame `override_costs`: what each recorded decision costs against the proposal, and all of them together."""
    costs = override_costs(made.problem, made.solution, decided, float(params.allocation.gap), params.allocation.nodes)
    return framed("override_costs", ({"request": each.request, "option": each.option, "possible": each.possible, "cost": exact(each.cost)} for each in costs))
