"""What is wrong with requests, submissions and decisions: rows of the findings frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aop_lib import money
from aop_lib.plan.findings import Row, finding, findings_frame
from aop_lib.plan.owners import decider, first_owner, owner_name, team_name, team_owner
from aop_lib.plan.requests import UNDECIDED, decision_flaw
from aop_lib.plan.wording import counted, day_name, months_name

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.load import Params


def request_findings(params: Params, requests: pd.DataFrame, request_lines: pd.DataFrame, status: pd.DataFrame, submissions: pd.DataFrame) -> pd.DataFrame:
    """Returns what is wrong with requests, submissions and decisions.

    Checked are: teams that are missing or refused, requests without decision, evidence or a known goal, costs outside the
    year, replacing requests that name nothing to replace, and decisions that do not count.

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
    rows = [*_submissions(params, submissions), *_undecided(params, status)]
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


def _undecided(params: Params, status: pd.DataFrame) -> Iterator[Row]:
    for each in status[status["decision"] == UNDECIDED].to_dict("records"):
        yield finding(
            "warning",
            "decision",
            each["request"],
            f"“{each['title']}” is undecided and not funded",
            expected="approve, revise or reject",
            found=each["reason"],
            owner=owner_name(params, decider(params, each["team"])),
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
    options = {request: sorted(rows["option"].unique()) for request, rows in request_lines.groupby("request")}
    for each in params.decisions:
        owner = owner_name(params, first_owner(params))
        if each.on > params.as_of:
            yield finding(
                "note",
                "decision",
                each.request,
                "A decision was made after the cycle's day, so it is not seen",
                expected=f"on or before {day_name(params.as_of)}",
                found=day_name(each.on),
                owner=owner,
            )
        elif each.request not in known:
            yield finding(
                "warning",
                "decision",
                each.request,
                "A decision is about a request that nobody submitted",
                expected="a submitted request",
                found=each.request,
                owner=owner,
            )
        elif flaw := decision_flaw(params, each, known[each.request], options.get(each.request, [])):
            yield finding(
                "note" if each.round < known[each.request]["round"] else "error",
                "decision",
                each.request,
                "A decision does not count",
                expected="a decision on the latest round by an owner who is not the submitter",
                found=flaw,
                owner=owner,
            )
