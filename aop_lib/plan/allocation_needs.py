"""Why an option is not funded, and what it would take beside what is: exact shortfalls of each limit."""

from __future__ import annotations

from dataclasses import dataclass

from aop_lib.plan.allocation_greedy import Choice
from aop_lib.plan.allocation_problem import Flags, LimitRow, Problem


@dataclass(frozen=True)
class Shortfall:
    """By how much a limit would have to give way.

    Attributes:
        row: The limit and its period.
        amount: Cents, heads, or 1 for a rule.
    """

    row: LimitRow
    amount: int


@dataclass(frozen=True)
class OptionNeed:
    """Where an option stands beside a choice.

    Attributes:
        state: `funded`, `lesser` (another option of the request, of as much value or more, is funded), `short` (it fits into no limit's
            room beside what is funded), `worthless` (it fits, and adds nothing).
        shortfalls: The limits it would break, in the order of the rows.
        money: The largest shortfall of a single money limit, in cents: 0 where money is not what is missing.
    """

    state: str
    shortfalls: tuple[Shortfall, ...]
    money: int


def option_needs(problem: Problem, chosen: Flags) -> list[OptionNeed]:
    """Returns what each option would need to be funded beside the choice, which otherwise stays as it is.

    Defined as::

        shortfall_r = used_r - used_r of the request's own option + weight_ro - upper_r       where above 0
                      lower_r - (the same)                                                    where above 0

    So a need is the least that makes room without taking anything from anybody else; the solver might do better by exchanging
    requests, which is what the price of the limit and the frontier show.

    Args:
        problem: Options and limits.
        chosen: A choice that keeps every limit.

    Returns:
        One entry for each option, in their order.
    """
    choice = Choice(problem, chosen)
    return [_need(choice, option) for option in range(len(problem.options))]


def _need(choice: Choice, option: int) -> OptionNeed:
    problem = choice.problem
    if choice.chosen[option]:
        return OptionNeed("funded", (), 0)
    own = int(choice.taken[problem.request_of[option]])
    if own >= 0 and problem.value[own] >= problem.value[option]:
        return OptionNeed("lesser", (), 0)
    rows, by = choice.change(option)
    then, limits = choice.used[rows] + by, problem.rows
    missing = [max(amount - int(limits.upper[row]), int(limits.lower[row]) - amount, 0) for row, amount in zip(rows.tolist(), then.tolist(), strict=True)]
    short = tuple(Shortfall(problem.what[row], amount) for row, amount in sorted(zip(rows.tolist(), missing, strict=True)) if amount > 0)
    money = max((each.amount for each in short if each.row.kind == "money"), default=0)
    return OptionNeed("short" if short else "worthless", short, money)


def nearest_options(problem: Problem, chosen: Flags, needs: list[OptionNeed]) -> set[int]:
    """Returns for each unfunded request the option that is nearest to being funded: no rule in its way, least money, most value."""
    funded = set(problem.request_of[chosen].tolist())
    best: dict[int, int] = {}
    for option, request in enumerate(problem.request_of.tolist()):
        if request not in funded and (request not in best or _distance(problem, needs, option) < _distance(problem, needs, best[request])):
            best[request] = option
    return set(best.values())


def _distance(problem: Problem, needs: list[OptionNeed], option: int) -> tuple[bool, int, float, int]:
    rules = any(each.row.kind == "rule" for each in needs[option].shortfalls)
    return rules, needs[option].money, -float(problem.value[option]), option
