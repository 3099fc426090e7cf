"""The same budget handed out in the usual ways, pro rata and first come, and what people's decisions cost against the proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aop_lib.plan.allocation_problem import UNLIMITED, Flags, LimitRow, Numbers, Problem, Whole, value_of, with_row
from aop_lib.plan.allocation_solver import Solution, best_choice


@dataclass(frozen=True)
class Override:
    """What a recorded decision costs against the proposal.

    Attributes:
        request: The request that was decided; empty for all decisions together.
        option: What was approved; empty where the request was rejected or sent back.
        possible: Whether any choice keeps all limits beside the decision.
        cost: The value of the proposal less that of the best choice beside the decision; 0 where they agree, never below 0.
    """

    request: str
    option: str
    possible: bool
    cost: float


@dataclass(frozen=True)
class Cut:
    """Every request cut by the same share.

    Attributes:
        share: What is left of each request.
        parts: The share of each option: `share` of the largest of each request, nothing of the others.
        funded: The options that the cut pays for in full.
    """

    share: float
    parts: Numbers
    funded: Flags


def first_come(problem: Problem, order: Sequence[str]) -> Flags:
    """Returns what is funded when requests are served in the order in which they came: each gets the largest option that still fits.

    Only ceilings of money, heads and cash count; floors, dependencies, exclusions and musts are looked past, as such a round does.

    Args:
        problem: Options and limits.
        order: The requests, the first comer first; a request that is missing here comes last.
    """
    weights, room, size = _ceilings(problem)
    place = {request: position for position, request in enumerate(order)}
    largest = sorted(range(len(size)), key=lambda option: (place.get(problem.options[option][0], len(place)), -size[option], option))
    chosen, served = np.zeros(len(size), bool), set()
    for option in largest:
        request = int(problem.request_of[option])
        if request not in served and np.all(weights[:, option] <= np.maximum(room, 0)):
            chosen[option], room = True, room - weights[:, option]
            served.add(request)
    return chosen


def pro_rata(problem: Problem) -> Cut:
    """Returns what comes of cutting every request by the same share.

    Defined as::

        share    the largest part of what all requests ask, each in its largest option, that every ceiling of money, heads and cash allows; at most 1
        parts    share of the largest options: what the cut is worth if a part of a request brings the same part of its value
        funded   the option of most value that fits into the request's share of its largest option, in every limited row; none if none
                 does: what the cut is worth if only options that it pays for in full bring anything

    Between the two lies what cutting everybody is worth. Floors, dependencies, exclusions and musts are looked past.
    """
    weights, room, size = _ceilings(problem)
    largest = np.full(int(problem.request_of.max(initial=-1)) + 1, -1)
    for option in np.argsort(size, kind="stable").tolist():
        largest[problem.request_of[option]] = option
    asked, most = weights[:, largest].sum(axis=1), np.maximum(room, 0)
    over = asked > most
    share = float(np.min(most[over] / asked[over])) if over.any() else 1.0
    fits = np.all(weights <= np.floor(weights[:, largest[problem.request_of]] * share + 1e-9), axis=0)
    best: dict[int, int] = {}
    for option in np.flatnonzero(fits & (problem.value > 0)).tolist():
        request = int(problem.request_of[option])
        if request not in best or problem.value[option] > problem.value[best[request]]:
            best[request] = option
    funded, parts = np.zeros(len(size), bool), np.zeros(len(size))
    funded[list(best.values())] = True
    parts[largest] = share
    return Cut(share, parts, funded)


def _ceilings(problem: Problem) -> tuple[Whole, Whole, Whole]:
    """The weights of the ceilings as a table (row, option), how much each holds, and the size of each option in money."""
    rows, kinds = problem.rows, np.array([each.kind for each in problem.what], dtype=object)
    most = np.flatnonzero((rows.upper < UNLIMITED) & np.isin(kinds, ["money", "heads"]))
    cash = np.flatnonzero((rows.lower > -UNLIMITED) & (kinds == "cash"))
    weights = np.concatenate([_table(problem, most), -_table(problem, cash)])
    money = _table(problem, np.flatnonzero(kinds == "money"))
    size = money.max(axis=0, initial=0) if len(money) else weights.sum(axis=0)
    return weights, np.concatenate([rows.upper[most], -rows.lower[cash]]), size


def _table(problem: Problem, positions: Whole) -> Whole:
    rows, row = problem.rows, problem.rows.row
    place = np.full(rows.count, -1)
    place[positions] = np.arange(len(positions))
    here = place[row] >= 0 if rows.count else np.zeros(0, bool)
    table = np.zeros((len(positions), len(problem.options)), np.int64)
    table[place[row[here]], rows.column[here]] = rows.weight[here]
    return table


def override_costs(problem: Problem, proposal: Solution, decided: Mapping[str, str], gap: float = 0.001, nodes: int = 100_000) -> list[Override]:
    """Returns what each recorded decision costs by itself, and all of them together (request ``""``, last).

    Defined as::

        cost = value of the proposal - value of the best choice in which the request gets what was decided

    Both values are within the gap of the best there is, so a cost below the gap may be none.

    Args:
        problem: Options and limits.
        proposal: What was found without the decisions.
        decided: The option that was approved for a request; "" where it was rejected or sent back.
        gap: As of the proposal.
        nodes: As of the proposal.

    Raises:
        AllocationUndecidedError: If the branches ran out.
    """
    known = {request: option for request, option in sorted(decided.items()) if request in problem.requests}
    funded = {problem.options[each] for each in np.flatnonzero(proposal.chosen)} if proposal.chosen is not None else set()
    cases = [(request, option, {request: option}) for request, option in known.items()]
    cases += [("", "", known)] if known else []
    return [_override(problem, proposal, case, dict(funded), gap, nodes) for case in cases]


def _override(problem: Problem, proposal: Solution, case: tuple[str, str, Mapping[str, str]], proposed: Mapping[str, str], gap: float, nodes: int) -> Override:
    request, option, decided = case
    if all(proposed.get(each, "") == wanted for each, wanted in decided.items()):
        return Override(request, option, possible=True, cost=0.0)
    forced = best_choice(with_decisions(problem, decided), gap, nodes)
    if forced.chosen is None:
        return Override(request, option, possible=False, cost=0.0)
    return Override(request, option, possible=True, cost=max(0.0, proposal.value - value_of(problem, forced.chosen)))


def with_decisions(problem: Problem, decided: Mapping[str, str]) -> Problem:
    """Returns the problem in which each decided request gets its option, or nothing where that is "".

    Raises:
        ValueError: If an approved option is not there.
    """
    for request, option in sorted(decided.items()):
        own = [position for position, key in enumerate(problem.options) if key[0] == request]
        wanted = [position for position in own if problem.options[position][1] == option]
        if option and not wanted:
            raise ValueError(f"request {request} has no option {option!r}")
        columns = np.array(wanted or own, np.int64)
        least, most = (1, 1) if option else (-UNLIMITED, 0)
        problem = with_row(problem, LimitRow(f"decision on {request}", "rule"), columns, np.ones(len(columns), np.int64), least, most)
    return problem
