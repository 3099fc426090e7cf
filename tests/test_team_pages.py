"""A team's page: what it says, and that nothing of other teams can be on it."""

from __future__ import annotations

import html
import json
import subprocess
from decimal import Decimal

import pytest

from aop_lib.apart import pages_apart
from aop_lib.load import load
from aop_lib.plan.team_page import FRAMES, members, team_extract
from aop_lib.store import frame_file, read_frame


@pytest.fixture(scope="module", params=["plan", "review"])
def cycle(request, cycles):
    folder = getattr(cycles, request.param)
    params = load(cycles.params / "demo" / ("fy2027.yml" if request.param == "plan" else "fy2027_q1.yml"))
    return params, folder, {name: read_frame(frame_file(folder, name), name) for name in FRAMES}


def text_of(folder, team: str) -> str:
    return html.unescape((folder / "reports" / "teams" / f"{team}.html").read_text(encoding="utf-8"))


def own_texts(frames, teams) -> set[str]:
    """Texts that say what these teams ask, plan and owe."""
    found: set[str] = set()
    for name, columns in (("requests", ["title", "why", "evidence", "effect"]), ("milestones", ["what", "measure"]), ("initiatives", ["what"])):
        own = frames[name][frames[name]["team"].isin(teams)]
        found |= {text for column in columns for text in own[column] if len(text) > 12}
    return found


def test_every_team_and_every_group_has_a_page(cycle):
    params, folder, _ = cycle
    assert sorted(each.stem for each in (folder / "reports" / "teams").iterdir()) == sorted(each.id for each in params.company.teams)
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert all(f'href="reports/teams/{each.id}.html"' in index for each in params.company.teams)


def test_nothing_that_only_other_teams_say_is_on_a_team_s_page(cycle):
    params, folder, frames = cycle
    every = [each.id for each in params.company.teams]
    for team in every:
        mine = members(params, team)
        waits = frames["milestones"][frames["milestones"]["team"].isin(mine)]["depends_on"].str.split().explode()
        shared = set(frames["milestones"].loc[frames["milestones"]["milestone"].isin(waits), "what"])  # what a team waits for is told to it
        others = own_texts(frames, [each for each in every if each not in mine]) - own_texts(frames, mine) - shared
        page = text_of(folder, team)
        assert [text for text in others if text in page] == [], team


def test_no_amount_of_other_teams_is_in_a_team_s_extract(cycle):
    params, _, frames = cycle
    budget = frames["budget"].groupby(["team", "account"], observed=True)["amount"].sum()
    for team in [each.id for each in params.company.teams]:
        mine = members(params, team)
        told = json.dumps(team_extract(params, team, frames))
        own = {str(value) for (who, _), value in budget.items() if who in mine}
        foreign = {str(value) for (who, _), value in budget.items() if who not in mine and abs(value) > 1000} - own
        assert not {value for value in foreign if f'"{value}"' in told}, team


def test_a_team_s_budget_on_its_page_is_the_budget_s_to_the_cent(cycle):
    params, _, frames = cycle
    kinds = dict(zip(frames["lines"]["line"], frames["lines"]["type"], strict=True))
    cost = {row["account"] for row in frames["accounts"].to_dict("records") if kinds.get(row["line"]) in {"cost_of_revenue", "opex"}}
    for team in ("engineering", "go_to_market"):
        rows = frames["budget"][frames["budget"]["team"].isin(members(params, team)) & frames["budget"]["account"].isin(cost)]
        sections = team_extract(params, team, frames)["sections"]
        (table,) = [table for section in sections for table in section["tables"] if table["label"] == "Budget by account"]
        assert sum((Decimal(row["year"]) for row in table["rows"]), Decimal(0)) == sum(rows["amount"], Decimal(0))
        assert all(sum(Decimal(row[name]) for name in ("q1", "q2", "q3", "q4")) == Decimal(row["year"]) for row in table["rows"])


def test_a_group_sees_its_teams_and_a_team_itself_alone(cycle):
    params, _, _ = cycle
    assert members(params, "go_to_market") == ["go_to_market", "sales_na", "sales_emea", "marketing"]
    assert members(params, "sales_na") == ["sales_na"]


def test_the_page_says_what_is_expected_by_when_and_how_it_is_measured(cycle):
    params, folder, frames = cycle
    page = text_of(folder, "sales_na")
    owed = frames["targets"][frames["targets"]["team"] == "sales_na"]
    for metric in set(owed["metric"]):
        assert params.metrics[metric].label in page
        assert params.metrics[metric].definition in page
    for row in frames["milestones"][frames["milestones"]["team"] == "sales_na"].to_dict("records"):
        assert row["what"] in page


def test_text_of_a_request_is_shown_and_never_run(cycle):
    params, _, frames = cycle
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    status = frames["request_status"].assign(title=hostile, reason=hostile)
    extract = team_extract(params, "sales_na", {**frames, "request_status": status})
    facts = {"company": "X", "cycle": "fy2027", "label": "FY2027", "period": "", "version": "internal", "status": "draft", "last_closed": "", "as_of": "",
             "currency": "USD", "baseline": "", "assumptions": [], "stage_title": hostile, "is_review": False, "readings": []}  # fmt: skip
    page = pages_apart({"one": {**extract, "facts": facts, "home": ""}}, "aop_lib.team_process")["one"]
    assert "<script" not in page
    assert "<img src=x" not in page
    assert html.escape(hostile) in page


def test_a_page_that_cannot_be_made_fails_the_run_by_name():
    with pytest.raises(subprocess.CalledProcessError):
        pages_apart({"one": {"story": []}}, "aop_lib.team_process")


def test_a_frame_without_rows_leaves_a_page_that_says_what_is_missing(cycle):
    params, _, frames = cycle
    bare = {name: frame.iloc[0:0] if name not in {"accounts", "lines"} else frame for name, frame in frames.items()}
    findings = [section["finding"] for section in team_extract(params, "executive", bare)["sections"]]
    assert findings == [
        "No target is handed to this team",
        "This team asked for nothing beyond its base",
        "This team has no plan yet",
        "This team has no costs in the budget",
    ]
