"""Allocation in words: why an option is proposed or not, and what it would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.params.allocation import AllocationLimits, Exclusion, Limit, Must, Need
from aop_lib.plan.allocation_needs import OptionNeed, Shortfall
from aop_lib.plan.wording import amount_text, counted, listed

if TYPE_CHECKING:
    from aop_lib.plan.limit_names import Namer

WAYS = {
    "relaxation": "Bound: requests funded in parts",
    "proposed": "Proposed",
    "greedy": "Most value for the money, one after the other",
    "pro_rata": "Everybody cut by the same share, a part worth its part",
    "pro_rata_whole": "Everybody cut by the same share, only what is paid for in full counts",
    "first_come": "First come, first served",
}


def reason_text(need: OptionNeed, funded: str, named: Namer) -> str:
    """Returns why an option is proposed or not.

    Args:
        need: Where it stands beside what is proposed.
        funded: The option of its request that is proposed; empty where none is.
        named: What names a limit, `limit_names.limit_namer`.
    """
    if need.state == "funded":
        return "part of the choice of most value that keeps every limit"
    if need.state == "lesser":
        return f"option {funded} of the same request is proposed"
    if need.state == "worthless":
        return "fits, and adds no value beside what is proposed" + (f", option {funded} included" if funded else "")
    limits = listed([named(each.row) for each in need.shortfalls], 3)
    return f"does not fit beside what is proposed: {limits}"


def needs_text(need: OptionNeed, limits: Mapping[str, Limit], named: Namer) -> str:
    """Returns what would have to give way for an option, other requests staying as they are; empty where nothing must.

    Args:
        need: Its shortfalls.
        limits: Every limit by its id.
        named: What names a limit, `limit_names.limit_namer`.
    """
    return "; ".join(_shortfall_text(each, limits.get(each.row.limit), named(each.row)) for each in need.shortfalls)


def _shortfall_text(short: Shortfall, limit: Limit | None, name: str) -> str:
    if isinstance(limit, Need | Exclusion | Must):
        return f"the rule to give way: {name}"
    amount = counted(short.amount, "head") if short.row.kind == "heads" else amount_text(Decimal(short.amount).scaleb(-2))
    return f"{amount} outside the limit of {name}"


def unknown_request_texts(limits: AllocationLimits, options: Mapping[str, Sequence[str]]) -> list[tuple[Limit, str]]:
    """Returns each limit that names a request, or an option, that nobody submitted, and what follows from it.

    Args:
        limits: allocation.yml.
        options: The options of each request.
    """
    found: list[tuple[Limit, str]] = []
    for limit in limits.limits:
        if isinstance(limit, Must) and (limit.request not in options or (limit.option and limit.option not in options[limit.request])):
            found.append(
                (limit, f"must fund {limit.request}{f', option {limit.option}' if limit.option else ''}, which nobody asked for: no choice can keep it")
            )
        if isinstance(limit, Need) and limit.request in options and limit.needs not in options:
            found.append((limit, f"lets {limit.request} be funded only beside {limit.needs}, which nobody asked for: it cannot be funded"))
        if isinstance(limit, Need) and limit.request not in options:
            found.append((limit, f"names {limit.request}, which nobody asked for: it has no effect"))
        if isinstance(limit, Exclusion):
            missing = [each for each in limit.requests if each not in options]
            found += [(limit, f"names {listed(missing)}, which nobody asked for")] if missing else []
    return found
