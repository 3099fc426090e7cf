"""What `aop decide` prints: what waits and for whom, and what a decision does to the budget."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aop_lib import money
from aop_lib.plan.approval import may_approve, next_approver
from aop_lib.plan.decided import VERBS
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.proposal_words import value_text
from aop_lib.plan.requests import UNDECIDED
from aop_lib.plan.wording import counted, day_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aop_lib.asked import Asked
    from aop_lib.params.requests import Decision


def waiting_lines(known: Asked) -> Iterator[str]:
    """Yields what waits for a decision, largest first, with whom it waits for, its options and what is proposed; then what was sent back."""
    params, status = known.params, known.status
    ordered = status.sort_values(["asked", "request"], ascending=[False, True], kind="stable").to_dict("records")
    open_, back = ([each for each in ordered if each["decision"] == state] for state in (UNDECIDED, VERBS["revise"]))
    verb = "waits" if len(open_) == 1 else "wait"
    yield f"{params.company.name}, {params.label}: {counted(len(open_), 'request')} {verb} for a decision, {money.total(status['approved']):,.2f} approved"
    for each in open_:
        request = known.by_id[each["request"]]
        yield f"  {each['request']}, round {request['round']}: {each['title']} ({team_name(params, each['team'])})"
        yield f"    options   {option_text(known, each['request'])}"
        yield f"    waits for {waits_for(known, each)}; {each['reason']}"
        yield f"    proposal  {proposal_text(known, each['request'])}"
    for each in back:
        yield f"  {each['request']}: sent back on {day_name(each['decided_on'])}, waits for a new round of {team_name(params, each['team'])}: {each['reason']}"
    if known.refused:
        yield f"  refused, and so not listed: files of {', '.join(known.refused)}"


def option_text(known: Asked, request: str) -> str:
    """Returns options with their amounts: `full 188,000.00, reduced 94,000.00`."""
    return ", ".join(f"{option} {amount:,.2f}" for option, amount in known.amounts.get(request, {}).items())


def waits_for(known: Asked, row: Mapping[Any, Any]) -> str:
    """Returns whom a request waits for by its largest option; where a smaller one may be approved a level below, by whom.

    Args:
        known: What is asked.
        row: A row of `request_status`.
    """
    submitter = str(known.by_id[row["request"]]["submitted_by"])
    amounts = known.amounts.get(row["request"], {})
    whole = next_approver(known.params, row["team"], row["asked"], submitter)
    least = next_approver(known.params, row["team"], min(amounts.values(), default=Decimal(0)), submitter)
    smaller = [option for option, amount in amounts.items() if least != whole and least in may_approve(known.params, row["team"], amount, submitter)]
    beside = f" ({owner_name(known.params, least)} may approve {', '.join(smaller)})" if smaller else ""
    return (owner_name(known.params, whole) or "nobody: company.yml names no owner above the team") + beside


def proposal_text(known: Asked, request: str) -> str:
    """Returns what the last run proposes for a request, and why."""
    own = known.proposal[known.proposal["request"] == request].to_dict("records")
    if not own:
        return "none: no published run says anything about it"
    chosen = next((each for each in own if each["proposed"]), None)
    return f"{chosen['option']}: {chosen['reason']}" if chosen else f"not proposed: {own[0]['reason']}"


def effect_lines(before: Asked, after: Asked, decisions: Sequence[Decision]) -> Iterator[str]:
    """Yields what decisions say and what they do: against the proposal each, to what is approved and to the envelope together.

    Args:
        before: What is asked, by the decisions so far.
        after: The same with the new decisions.
        decisions: The new ones.
    """
    params = after.params
    for each in decisions:
        row = after.by_id[each.request]
        option = f" option {each.option}" if each.option else ""
        amount = f", {each.amount:,.2f} {params.company.reporting_currency}" if each.amount is not None else ""
        yield f"{each.request}, round {each.round}: {row['title']} ({team_name(params, row['team'])})"
        yield f"  {VERBS[each.decision]}{option}{amount}, by {owner_name(params, each.by)}, on {day_name(each.on)}: {each.why}"
        yield f"  proposal: {proposal_text(after, each.request)}{_cost(after, each)}"
    then, now = (money.total(each.status["approved"]) for each in (before, after))
    yield f"approved requests: {then:,.2f} before, {now:,.2f} after"
    yield from _envelope(before, after)


def _envelope(before: Asked, after: Asked) -> Iterator[str]:
    limits = after.params.allocation
    own = next((each for each in limits.money if each.id == limits.envelope), None)
    if own is None or own.at_most is None or own.period != "year" or own.teams or own.goals:
        return
    then, now = (own.at_most - money.total(each.status["approved"]) for each in (before, after))
    yield f"left of {own.id}: {then:,.2f} before, {now:,.2f} after, of {own.at_most:,.2f}{'; beyond it' if now < 0 else ''}"


def _cost(after: Asked, decision: Decision) -> str:
    """Returns what a decision costs against the proposal, as the last run computed it for the same decision."""
    funded = (decision.option or "") if decision.decision == "approve" else ""
    for each in after.override_costs.to_dict("records"):
        if (each["request"], each["option"]) == (decision.request, funded):
            cost = f"deciding so costs {value_text(each['cost'])} of the way to all goals"
            return f"; {cost if each['possible'] else 'no choice keeps all limits beside this decision'}"
    own = after.proposal[after.proposal["request"] == decision.request].to_dict("records")
    if not own:
        return ""
    proposed = sum((each["value"] for each in own if each["proposed"]), Decimal(0))
    value = sum((each["value"] for each in own if each["option"] == funded), Decimal(0))
    told = f"its own value is {value_text(value)} of the way to all goals, that of what is proposed {value_text(proposed)}"
    return f"; {told}: the next run tells what deciding so costs" if value != proposed else ""
