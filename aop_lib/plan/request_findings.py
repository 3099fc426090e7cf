"""What is wrong with requests, submissions and decisions: rows of the findings frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aop_lib import money
from aop_lib.plan.approval import next_approver
from aop_lib.plan.decided import VERBS, changed_since, chosen_option, is_history, judged_decisions, standing_decision
from aop_lib.plan.findings import Row, Severity, finding, findings_frame
from aop_lib.plan.owners import first_owner, owner_name, team_name, team_owner
from aop_lib.plan.requests import UNDECIDED, option_totals
from aop_lib.plan.wording import counted, day_name, months_name

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params
    from aop_lib.params.requests import Decision

COUNTS = "a decision on the latest round by an owner above the team, within the limit, who is not the submitter"


def request_findings(params: Params, requests: pd.DataFrame, request_lines: pd.DataFrame, status: pd.DataFrame, submissions: pd.DataFrame) -> pd.DataFrame:
    """Returns what is wrong with requests, submissions and decisions.

    Checked are: teams that are missing or refused, requests without decision, evidence or a known goal, costs outside the
    year, replacing requests that name nothing to replace, decisions that do not count, what changed after it was decided, and a log that is not sealed.

    Args:
        params: Goals, owners, teams, year, decisions.yml.
        requests: The frame `requests`.
        request_lines: What each option costs per month.
        status: The frame `request_status`.
        submissions: Who submitted, who is missing or refused.

    Returns:
        The frame `request_findings`; amounts are what the request asks for, or what lies outside the year.
    """
    asked = dict(zip(status["request"], status["asked"], strict=True))
    rows = [*_submissions(params, submissions), *_undecided(params, status, requests)]
    for request in requests.to_dict("records"):
        rows += [*_reasons(params, request, asked), *_replaces(params, request, request_lines, asked)]
    rows += [*_outside(params, requests, request_lines), *_decisions(params, requests, request_lines)]
    return findings_frame("request_findings", rows)


def titles(requests: pd.DataFrame, teams: pd.DataFrame) -> dict[str, str]:
    """Returns what readers call requests and teams, by id.

    Args:
        requests: The frame `requests`.
        teams: The frame `teams`.
    """
    named = dict(zip(teams["team"], teams["name"], strict=True))
    return named | dict(zip(requests["request"], requests["title"], strict=True))


def _submissions(params: Params, submissions: pd.DataFrame) -> Iterator[Row]:
    for each in submissions.to_dict("records"):
        if each["state"] in {"missing", "refused"}:
            refused = each["state"] == "refused"
            what = "The submission was refused, so the team counts as missing" if refused else "The team has not submitted"
            yield finding(
                "error" if refused else "warning",
                "submission",
                team_name(params, each["team"]),
                what,
                expected="a submission that can be read",
                found=each["note"] or each["state"],
                owner=owner_name(params, team_owner(params, each["team"])),
            )


def _undecided(params: Params, status: pd.DataFrame, requests: pd.DataFrame) -> Iterator[Row]:
    submitters = dict(zip(requests["request"], requests["submitted_by"], strict=True))
    for each in status[status["decision"] == UNDECIDED].to_dict("records"):
        yield finding(
            "warning",
            "decision",
            each["request"],
            f"“{each['title']}” is undecided and not funded",
            expected="approve, revise or reject",
            found=each["reason"],
            owner=owner_name(params, next_approver(params, each["team"], each["asked"], submitters.get(each["request"], ""))),
            amount=each["asked"],
        )


def _reasons(params: Params, request: Mapping[Any, Any], asked: Mapping[str, Any]) -> Iterator[Row]:
    owner, amount = owner_name(params, team_owner(params, request["team"])), asked.get(request["request"])
    goals = {goal.id for goal in params.goals.goals}
    if not request["goal"]:
        yield finding(
            "warning",
            "goal",
            request["request"],
            f"“{request['title']}” serves no stated goal",
            expected="a goal of goals.yml",
            found="none",
            owner=owner,
            amount=amount,
        )
    elif request["goal"] not in goals:
        yield finding(
            "warning",
            "goal",
            request["request"],
            f"“{request['title']}” serves a goal that is not in goals.yml",
            expected="a goal of goals.yml",
            found=request["goal"],
            owner=owner,
            amount=amount,
        )
    if not request["evidence"].strip():
        yield finding(
            "warning",
            "evidence",
            request["request"],
            f"“{request['title']}” gives no evidence",
            expected="data that supports the request",
            found="none",
            owner=owner,
            amount=amount,
        )


def _replaces(params: Params, request: Mapping[Any, Any], request_lines: pd.DataFrame, asked: Mapping[str, Any]) -> Iterator[Row]:
    own = request_lines[request_lines["request"] == request["request"]]
    if request["kind"] == "replaces" and not (own["amount"] < 0).any():
        yield finding(
            "warning",
            "kind",
            request["request"],
            f"“{request['title']}” replaces part of the base but takes nothing out of it, so all of it is counted on top",
            expected="negative lines for what it replaces",
            found="replaces",
            owner=owner_name(params, team_owner(params, request["team"])),
            amount=asked.get(request["request"]),
        )


def _outside(params: Params, requests: pd.DataFrame, request_lines: pd.DataFrame) -> Iterator[Row]:
    outside = request_lines[~request_lines["month"].isin(params.year_months)]
    teams = dict(zip(requests["request"], requests["team"], strict=True))
    for each in money.sums(outside, ["request", "option"]).to_dict("records"):
        months = sorted(outside.loc[(outside["request"] == each["request"]) & (outside["option"] == each["option"]), "month"].unique())
        yield finding(
            "warning",
            "months",
            each["request"],
            f"Option {each['option']} has costs outside {params.label}, which are not in the budget",
            expected=months_name(params.year_months),
            found=counted(len(months), "month"),
            owner=owner_name(params, team_owner(params, teams.get(each["request"], ""))),
            amount=each["amount"],
        )


def _decisions(params: Params, requests: pd.DataFrame, request_lines: pd.DataFrame) -> Iterator[Row]:
    known = {row["request"]: row for row in requests.to_dict("records")}
    totals = option_totals(params, request_lines)
    amounts = {request: dict(zip(rows["option"], rows["amount"], strict=True)) for request, rows in totals.groupby("request")}
    yield from _unsealed(params)
    for each in params.decisions:
        if each.on > params.as_of:
            what, day = "A decision was made after the cycle's day, so it is not seen", f"on or before {day_name(params.as_of)}"
            yield _decision(params, "note", each.request, what, day, day_name(each.on))
        elif each.request not in known:
            yield _decision(params, "warning", each.request, "A decision is about a request that nobody submitted", "a submitted request", each.request)
    for name, request in known.items():
        own = amounts.get(name, {})
        judged = list(judged_decisions(params, request, own))
        for each, flaw in judged:
            if flaw and not is_history(each, request):
                severity: Severity = "note" if each.round < request["round"] else "error"
                yield _decision(params, severity, name, "A decision does not count", COUNTS, flaw)
        yield from _changed(params, request, own, standing_decision(judged))


def _decision(params: Params, severity: Severity, request: str, what: str, expected: str, found: str, amount: Decimal | None = None) -> Row:
    return finding(severity, "decision", request, what, expected=expected, found=found, owner=owner_name(params, first_owner(params)), amount=amount)


def _changed(params: Params, request: Mapping[Any, Any], amounts: Mapping[str, Decimal], standing: Decision | None) -> Iterator[Row]:
    """Yields what was asked otherwise after it was decided, under the same round: an approval counts no longer, another decision has lost its object."""
    changes = changed_since(standing, request, amounts) if standing else ""
    if standing and changes:
        state, approved = VERBS[standing.decision], standing.decision == "approve"
        what = f"“{request['title']}” was changed after it was {state}{', so it is undecided again' if approved else ', under the same round'}"
        expected = f"round {standing.round} as it was on {day_name(standing.on)}, or a round {standing.round + 1}"
        yield _decision(params, "error" if approved else "warning", request["request"], what, expected, changes, standing.amount)
    elif standing and standing.amount is not None and standing.amount != (now := amounts[chosen_option(standing, amounts)]):
        what = f"“{request['title']}” costs another amount than when it was approved: rates, or rules of what people cost, changed"
        yield _decision(params, "note", request["request"], what, f"{standing.amount:,.2f}", f"{now:,.2f}", now - standing.amount)


def _unsealed(params: Params) -> Iterator[Row]:
    """Yields that nothing guards a log that was read from a file and has no digests."""
    log = next((name for name in params.files if name.endswith("decisions.yml")), "")
    if log and params.decisions and not all(each.after for each in params.decisions):
        what = "decisions.yml is not sealed: a changed or dropped entry would not be noticed"
        yield _decision(params, "warning", log, what, "entries chained by digest", "a log written by hand; `aop decide PARAMS_FILE --seal` seals it once")
