"""Which decision about a request counts: the last one on its latest round, by somebody who may, on what is still asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan.approval import authority_flaw, outranks
from aop_lib.plan.owners import known_owners, owner_name
from aop_lib.plan.wording import day_name, listed

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.requests import Decision

PARTS = {"standing": "its goal, kind or submitter", "words": "its words", "amounts": "its amounts, months or heads", "effects": "what it does or claims"}
VERBS = {"approve": "approved", "revise": "sent back", "reject": "rejected", "withdraw": "taken back"}


def decision_that_counts(params: Params, request: Mapping[Any, Any], amounts: Mapping[str, Decimal]) -> tuple[Decision | None, str]:
    """Returns the decision on a request that counts; None and the reason where there is none.

    Defined as::

        the last entry without a flaw, as of the cycle, on the latest round, unless a later one takes it back;
        an approval counts no longer once what was asked has changed

    Args:
        params: decisions.yml in its order, the chart and limits, the day as of which the cycle sees.
        request: One row of the frame `requests`.
        amounts: The year's amount of each option of the request.
    """
    judged = list(judged_decisions(params, request, amounts))
    if not judged:
        return None, "no decision yet"
    standing = standing_decision(judged)
    if standing is None:
        valid = [each for each, flaw in judged if not flaw]
        if not valid and is_history(judged[-1][0], request):
            before = judged[-1][0]
            return None, f"no decision yet on round {request['round']}; round {before.round} was {VERBS[before.decision]} on {day_name(before.on)}"
        return None, f"what was decided was taken back on {day_name(valid[-1].on)}: {valid[-1].why}" if valid else judged[-1][1]
    if standing.decision == "approve" and (changes := changed_since(standing, request, amounts)):
        return None, f"approved on {day_name(standing.on)}, but {changes} since"
    return standing, ""


def judged_decisions(params: Params, request: Mapping[Any, Any], amounts: Mapping[str, Decimal]) -> Iterator[tuple[Decision, str]]:
    """Yields each decision on a request that the cycle sees, in order, with why it does not count; empty where it does."""
    standing: Decision | None = None
    for each in params.decisions:
        if each.request != request["request"] or each.on > params.as_of:
            continue
        flaw = decision_flaw(params, each, request, amounts, standing)
        if not flaw:
            standing = None if each.decision == "withdraw" else each
        yield each, flaw


def is_history(decision: Decision, request: Mapping[Any, Any]) -> bool:
    """Returns whether a decision is about an earlier round and was taken before the latest one came."""
    came = request["submitted_on"]
    return bool(decision.round < request["round"] and not pd.isna(came) and pd.Timestamp(decision.on) <= came)


def standing_decision(judged: Collection[tuple[Decision, str]]) -> Decision | None:
    """Returns the last decision that counts, unless it was taken back."""
    valid = [each for each, flaw in judged if not flaw]
    return valid[-1] if valid and valid[-1].decision != "withdraw" else None


def decision_flaw(params: Params, decision: Decision, request: Mapping[Any, Any], amounts: Mapping[str, Decimal], standing: Decision | None) -> str:
    """Returns why a decision does not count; empty where it does.

    Args:
        params: The chart, owners and limits.
        decision: The entry.
        request: One row of the frame `requests`: the latest round.
        amounts: The year's amount of each option.
        standing: What stands on the round before this entry; None where nothing does.
    """
    return (
        _wrong_person_or_day(params, decision, request)
        or _wrong_option(decision, amounts)
        or _beyond_authority(params, decision, request, amounts)
        or _against_what_stands(params, decision, request, standing)
    )


def _wrong_person_or_day(params: Params, decision: Decision, request: Mapping[Any, Any]) -> str:
    said = f"the decision of {day_name(decision.on)} is"
    if decision.round != request["round"]:
        return f"{said} on round {decision.round}, the latest is round {request['round']}"
    if decision.by not in known_owners(params):
        return f"{said} by {decision.by}, who is no owner"
    if decision.by == request["submitted_by"]:
        return f"{said} by the submitter"
    if not pd.isna(request["submitted_on"]) and pd.Timestamp(decision.on) < request["submitted_on"]:
        return f"{said} older than the request, which was submitted on {day_name(request['submitted_on'])}"
    return ""


def _wrong_option(decision: Decision, amounts: Collection[str]) -> str:
    if decision.decision != "approve" or chosen_option(decision, amounts):
        return ""
    named = f"option {decision.option}, which is not there" if decision.option else "none of its options"
    return f"the approval of {day_name(decision.on)} names {named}"


def _beyond_authority(params: Params, decision: Decision, request: Mapping[Any, Any], amounts: Mapping[str, Decimal]) -> str:
    amount = None
    if decision.decision == "approve":
        amount = decision.amount if decision.amount is not None else amounts[chosen_option(decision, amounts)]
    flaw = authority_flaw(params, request["team"], amount, decision.by, request["submitted_by"])
    return f"the decision of {day_name(decision.on)} is {flaw}" if flaw else ""


def _against_what_stands(params: Params, decision: Decision, request: Mapping[Any, Any], standing: Decision | None) -> str:
    said = f"the decision of {day_name(decision.on)}"
    if standing is None:
        return f"{said} takes back what is not there: nothing stands on round {decision.round}" if decision.decision == "withdraw" else ""
    if standing.decision == "reject" and decision.decision != "withdraw":
        return f"{said} comes after the rejection of round {standing.round} on {day_name(standing.on)}; it is withdrawn first, or a new round is asked"
    if decision.on < standing.on:
        return f"{said} is older than the one of {day_name(standing.on)} that it would replace"
    if not outranks(params, request["team"], decision.by, standing.by):
        return f"{said} is by {owner_name(params, decision.by)}, who does not stand above {owner_name(params, standing.by)}, who decided before"
    return ""


def chosen_option(decision: Decision, options: Collection[str]) -> str:
    """Returns the option that an approval funds: the one it names, or the only one; empty where it names none that is there."""
    if decision.option is None:
        return next(iter(options)) if len(options) == 1 else ""
    return decision.option if decision.option in options else ""


def changed_since(decision: Decision, request: Mapping[Any, Any], amounts: Mapping[str, Decimal]) -> str:
    """Returns what of a request's round changed since a decision that kept its content; empty where nothing did, or nothing was kept.

    Args:
        decision: The entry.
        request: One row of the frame `requests`; `content` is the digest of what it asks now.
        amounts: The year's amount of each option now.
    """
    before, now = _digests(decision.content), _digests(str(request["content"]))
    if not before or before == now:
        return ""
    parts = [words for part, words in PARTS.items() if before.get(part) != now.get(part)]
    changed = f"{listed(parts or ['its content'])} changed"
    option = chosen_option(decision, amounts)
    if decision.amount is not None and option and decision.amount != amounts[option]:
        return f"{changed} ({decision.amount:,.2f} then, {amounts[option]:,.2f} now)"
    return changed


def _digests(content: str) -> dict[str, str]:
    return dict(each.split("=", 1) for each in content.split() if "=" in each)
