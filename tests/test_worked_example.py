"""docs/worked_example.md: the library computes every figure that stands on the page."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from aop_lib import frames
from aop_lib.load import load
from aop_lib.money import cents, money_series, total
from aop_lib.params.requests import Request
from aop_lib.periods import add_months, month_of, month_spine
from aop_lib.plan import (
    budget,
    budget_review,
    consolidation,
    goal_findings,
    goal_story,
    goals,
    outlook,
    requests,
    scenarios,
    targets,
    timeline,
    timing,
    variance,
    variance_review,
)
from aop_lib.plan.profit_and_loss import NET, line_totals, statement_rows
from aop_lib.sources.accounts import debit_sign
from aop_lib.typed import typed
from aop_lib.yamlfile import read_yaml

PAGE = (Path(__file__).parent.parent / "docs" / "worked_example.md").read_text()
FILES = dict(re.findall(r"```yaml (\S+)\n(.*?)```", PAGE, re.DOTALL))
TABLE = re.compile(r"^### (.+?)\n(?:(?!^#).*\n)*?((?:\|.*\n?)+)", re.MULTILINE)
TABLES = {name: [[cell.strip().strip("*") for cell in line.strip("|").split("|")] for line in text.strip().splitlines()] for name, text in TABLE.findall(PAGE)}
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


def rows(name: str) -> list[list[str]]:
    """The body of the table under a heading."""
    return TABLES[name][2:]


def money(value) -> str:
    return f"{Decimal(value):,.2f}"


def better(value) -> str:
    return f"({money(-value)})" if value < 0 else f"+{money(value)}" if value else "0.00"


def percent(value: float) -> str:
    if pd.isna(value):
        return "n/m"
    text = f"{abs(value) * 100:.1f} %"
    return f"({text})" if value < 0 and text != "0.0 %" else text if text == "0.0 %" else f"+{text}"


def actuals(*names: str) -> pd.DataFrame:
    listed = []
    for name in names:
        for place, *values in rows(name):
            team, account = place.split(", ")
            listed += [
                (team, account, month_of(month), Decimal(value.replace(",", "")))
                for month, value in zip(TABLES[name][0][1:], values, strict=True)
                if value != "0.00"
            ]
    frame = pd.DataFrame(listed, columns=["team", "account", "month", "amount"])
    return frames.conformed("ledger", frame.assign(entity="us", currency="USD", vendor="", amount_local=frame["amount"]))


def won() -> pd.DataFrame:
    listed = [
        (metric, "", month_of(month), Decimal(value))
        for metric, *values in rows("Customers won")
        for month, value in zip(TABLES["Customers won"][0][1:], values, strict=True)
    ]
    return frames.conformed("kpis", pd.DataFrame(listed, columns=["metric", "team", "month", "value"]))


def asked(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    files = sorted((folder / "requests").rglob("*.yml"))
    read = [typed(read_yaml(file, file.name), Request) for file in files]
    heads = [
        {
            **each.model_dump(include={"request", "team", "round", "kind", "title", "why", "goal", "evidence", "effect", "submitted_by"}),
            "submitted_on": pd.Timestamp(each.submitted_on),
            "where": "",
            "content": "",
        }
        for each in read
    ]
    costs = [
        {
            "request": each.request,
            "option": option.id,
            "team": each.team,
            "cost_centre": line.cost_centre,
            "account": line.account,
            "month": month,
            "currency": line.currency,
            "amount_local": line.amount,
            "amount": line.amount,
            "heads": option.heads,
            "vendor": "",
            "comment": "",
            "where": "",
        }
        for each in read
        for option in each.options
        for line in option.lines
        for month in month_spine(line.start, line.end or add_months(line.start, 1))
    ]
    return frames.conformed("requests", pd.DataFrame(heads)), frames.conformed("request_lines", pd.DataFrame(costs))


@pytest.fixture(scope="module")
def corner(tmp_path_factory):
    """The company of the page, planned and reviewed."""
    folder = tmp_path_factory.mktemp("params") / "corner"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    plan, review = load(folder / "fy2027.yml"), load(folder / "fy2027_m02.yml")
    here = SimpleNamespace(plan=plan, review=review)
    here.accounts = frames.conformed(
        "accounts",
        pd.DataFrame(
            [
                {
                    "account": each.account,
                    "name": each.name,
                    "parent": "",
                    "line": each.line,
                    "type": each.type,
                    "behaviour": each.behaviour,
                    "line_sign": 1,
                    "debit_sign": -1 if each.type == "revenue" else 1,
                    "position": position,
                }
                for position, each in enumerate(plan.company.accounts)
            ]
        ),
    )
    here.lines = frames.conformed(
        "lines",
        pd.DataFrame(
            [
                {"line": each.id, "name": each.name, "type": each.type, "direction": 1 if each.type == "revenue" else -1, "position": position}
                for position, each in enumerate(plan.company.lines)
            ]
        ),
    )
    here.teams = frames.conformed(
        "teams",
        pd.DataFrame(
            [
                {"team": each.id, "name": each.name, "parent": "", "owner": each.owner, "owner_name": "", "position": position}
                for position, each in enumerate(plan.company.teams)
            ]
        ),
    )
    here.before, here.now = actuals("Actuals 2026"), actuals("Actuals 2026", "Actuals 2027")
    here.kpis, here.no_kpis = won(), frames.empty("kpis")
    here.requests, here.request_lines = asked(folder)
    here.status = requests.request_status(plan, here.requests, here.request_lines)
    here.base = budget.base_budget(plan, here.before, here.accounts, here.lines)
    here.budget = budget.budget(plan, here.base, here.request_lines, here.status)
    here.estimate = budget.year_end_estimate(plan, here.before, here.accounts, here.lines)
    given = {"ledger": here.now, "accounts": here.accounts, "lines": here.lines}
    nothing = (frames.empty("driver_paths"), frames.empty("year_end_estimate"))
    here.outlook = outlook.outlook(review, given, here.budget, *nothing).amounts
    here.variances = variance.variances(here.budget, here.now, here.accounts, here.lines, variance.reviewed_months(review))
    return here


def test_the_target_goes_to_months_and_teams_in_whole_customers(corner):
    found = targets.targets(corner.plan, corner.no_kpis)
    columns = [list(found.loc[found["team"] == team, "value"]) for team in ("", "sales", "engineering")]
    table = [[name, *(f"{column[index]:.0f}" for column in columns)] for index, name in enumerate(MONTHS)]
    table.append(["Year", *(f"{sum(column):.0f}" for column in columns)])
    assert table == rows("Targets")


def test_the_largest_option_is_asked_for_and_only_a_decision_funds_it(corner):
    table = [[row.request, money(row.asked), row.decision, row.option, money(row.approved)] for row in corner.status.iloc[::-1].itertuples()]
    assert sorted(table) == sorted(rows("Requests"))


def test_each_month_is_carried_forward_and_rounded_once(corner):
    def of(amounts, account, team):
        own = amounts[(amounts["account"] == account) & (amounts["team"] == team)].set_index("month")["amount"]
        return [own.get(month, Decimal(0)) for month in corner.plan.year_months]

    approved = corner.budget[corner.budget["layer"] == "second_seller"]
    parts = [
        of(corner.base, "4000", "sales"),
        of(corner.base, "5000", "engineering"),
        of(corner.base, "6000", "sales"),
        of(corner.base, "6000", "engineering"),
        of(approved, "6000", "sales"),
    ]
    people = [sum(month) for month in zip(*parts[2:], strict=True)]
    columns = [*parts, people, [month[0] - month[1] - cost for month, cost in zip(zip(*parts, strict=True), people, strict=True)]]
    table = [[name, *(money(column[index]) for column in columns)] for index, name in enumerate(MONTHS)]
    table.append(["Year", *(money(sum(column)) for column in columns)])
    assert table == rows("Budget by month")


def test_the_budget_stands_beside_the_year_that_is_ending(corner):
    layers = corner.budget["layer"] == "base"
    parts = {
        "actual": corner.estimate[corner.estimate["basis"] == "actual"],
        "estimate": corner.estimate[corner.estimate["basis"] == "estimate"],
        "year": corner.estimate,
        "base": corner.budget[layers],
        "approved": corner.budget[~layers],
        "budget": corner.budget,
    }
    totals = corner.lines[["line"]]
    for name, amounts in parts.items():
        totals = totals.merge(line_totals(amounts, corner.accounts, corner.lines, ()).rename(columns={"amount": name}), on="line", how="left")
    found = statement_rows(totals.fillna(0), corner.lines, tuple(parts))
    assert [[row["name"], *(money(row[name]) for name in parts)] for row in found.to_dict("records")] == rows("Budget by line")


def test_the_scenario_scales_month_by_month(corner):
    found = scenarios.scenario_totals(corner.plan, scenarios.scenarios(corner.plan, corner.budget, corner.accounts), corner.accounts, corner.lines)
    wide = found.set_index(["line", "scenario"])["amount"]
    table = []
    for line in corner.lines.sort_values("position").to_dict("records"):
        base, slow = wide[line["line"], "base"], wide[line["line"], "slow_year"]
        table.append([line["name"], money(base), money(slow), better(line["direction"] * (slow - base))])
    effects = scenarios.scenario_effects(corner.plan, found, corner.lines).set_index("scenario")
    profits = effects["operating_profit"]
    table.append(["Operating profit", money(profits["base"]), money(profits["slow_year"]), better(effects.loc["slow_year", "profit_effect"])])
    assert table == rows("Slow year")


def test_variances_are_signed_so_that_good_news_is_positive(corner):
    lines = variance.line_variances(corner.variances, corner.accounts, corner.lines)
    found = variance.with_pct(statement_rows(lines, corner.lines, ("budget", "actual"), ("variance",)))
    table = [[row.name, money(row.budget), money(row.actual), better(row.variance), percent(row.variance_pct)] for row in found.itertuples(index=False)]
    assert table == rows("Variances to date")


def test_teams_add_up_to_operating_expenses(corner):
    found = variance.team_variances(corner.variances, corner.accounts, corner.lines).set_index("team")
    table = [
        [
            name,
            money(found.loc[team, "budget"]),
            money(found.loc[team, "actual"]),
            better(found.loc[team, "variance"]),
            percent(found.loc[team, "variance_pct"]),
        ]
        for team, name in (("sales", "Sales"), ("engineering", "Engineering"))
    ]
    assert table == rows("Operating expenses by team")


def test_the_bridge_leads_from_planned_to_actual_profit(corner):
    found = variance.bridge(corner.variances, corner.accounts, corner.lines)
    names = {"plan": "Budgeted operating profit", "actual": "Actual operating profit", **dict(zip(corner.lines["line"], corner.lines["name"], strict=True))}
    table = [[names[row.step], money(row.amount) if row.kind == "total" else better(row.amount), money(row.total)] for row in found.itertuples()]
    assert table == rows("Bridge")


def test_the_full_year_is_booked_months_and_the_drivers_restarted_for_the_rest(corner):
    found = variance.full_year_variances(corner.budget, corner.outlook, corner.accounts, corner.lines, corner.review.year_months, corner.review.review_months)
    table = [
        [
            row["name"],
            *(money(row[key]) for key in ("budget", "actual_to_date", "outlook_left", "outlook")),
            better(row["variance"]),
            percent(row["variance_pct"]),
        ]
        for row in found.to_dict("records")
    ]
    assert table == rows("Full year")


def test_what_the_months_left_take_back_is_timing(corner):
    found = timing.variance_timing(corner.variances, corner.budget, corner.outlook, corner.accounts, corner.lines)
    own = found[found["scope"] == "company"].set_index("line")
    parts = ("variance", "rest", "timing", "permanent")
    table = [[row.name, *(better(own.loc[row.line, part]) for part in parts)] for row in corner.lines.sort_values("position").itertuples(index=False)]
    assert table == rows("Timing or permanent")


def test_the_goal_is_held_against_its_path(corner):
    found = goals.goal_progress(corner.review, targets.targets(corner.review, corner.kpis), corner.kpis).iloc[0]
    table = [
        found["goal"],
        f"{found['actual']:.0f}",
        f"{found['path']:.0f}",
        f"{found['attainment']:.0%}".replace("%", " %"),
        f"{found['gap']:.0f}",
        f"{found['needed']:.1f}",
        found["status"],
    ]
    assert [table] == rows("Goal to date")
    in_plan, in_review = (timeline.milestones(each).set_index("milestone")["status"] for each in (corner.plan, corner.review))
    assert [[name, in_plan[name], in_review[name]] for name in ("price_page", "referral")] == rows("Milestones")


def test_each_page_says_its_message(corner):
    plan, review = corner.plan, corner.review

    def goal_page(params, kpis):
        steps = timeline.milestones(params)
        return goal_story.goal_story(
            params, goals.goals(params, kpis), targets.targets(params, kpis), steps, goal_findings.goal_findings(params, kpis, steps), kpis
        )

    totals = scenarios.scenario_totals(plan, scenarios.scenarios(plan, corner.budget, corner.accounts), corner.accounts, corner.lines)
    pages = {
        "Goals, plan": goal_page(plan, corner.no_kpis),
        "Team requests": requests.request_story(plan, corner.status, frames.empty("submissions"), corner.requests),
        "Budget": budget_review.budget_story(plan, corner.budget, corner.estimate, corner.status, corner.requests, corner.accounts, corner.lines),
        "Scenarios": scenarios.scenario_story(plan, totals, corner.lines),
        "Goals, review": goal_page(review, corner.kpis),
        "Variance review": variance_review.variance_story(
            review, corner.variances, corner.accounts, corner.lines, targets.targets(review, corner.kpis), corner.kpis
        ),
    }
    assert [[name, page.loc[page["kind"] == "message", "text"].item()] for name, page in pages.items()] == rows("Messages")


def test_figures_in_the_prose_are_those_of_the_tables(corner):
    months = corner.budget[corner.budget["account"] == "4000"].set_index("month")["amount"]
    estimate = corner.estimate[(corner.estimate["account"] == "4000") & (corner.estimate["basis"] == "estimate")]["amount"]
    hosting = corner.base.loc[corner.base["account"] == "5000", "amount"].iloc[0]
    slow = scenarios.scenarios(corner.plan, corner.budget, corner.accounts)
    cheaper = slow[(slow["scenario"] == "slow_year") & (slow["account"] == "5000")]["amount"].iloc[-1]
    assert total(estimate) == Decimal("10302.00")
    for figure in (total(estimate), months.iloc[0], months.iloc[1], hosting, cheaper):
        assert f" {money(figure)}" in PAGE.replace("\n", " ")


def exactly(value) -> Decimal:
    return Decimal(value.replace(",", ""))


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The second company of the page, its books made into a group."""
    folder = tmp_path_factory.mktemp("params")
    for name, text in FILES.items():
        if name.startswith("pair/") or name == "metrics.yml":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    here = SimpleNamespace(params=load(folder / "pair" / "fy2027.yml"))
    company, income = here.params.company, {"revenue", "other_income"}
    types = {each.id: each.type for each in company.lines}
    here.accounts = frames.conformed(
        "accounts",
        pd.DataFrame(
            [
                {
                    "account": each.account, "name": each.name, "parent": "", "line": each.line or "", "type": each.type, "behaviour": each.behaviour,
                    "line_sign": 0 if not each.line else 1 if (each.type in income) == (types[each.line] in income) else -1,
                    "debit_sign": debit_sign(each.type), "position": position,
                }
                for position, each in enumerate(company.accounts)
            ]
        ),
    )  # fmt: skip
    listed = [(each.id, each.name, each.type, 1 if each.type in income else -1, position) for position, each in enumerate(company.lines)]
    here.lines = frames.conformed("lines", pd.DataFrame(listed, columns=["line", "name", "type", "direction", "position"]))
    rates = [("EUR", month_of(month), exactly(average), exactly(close)) for month, average, close in rows("Rates")]
    rates = frames.conformed("rates", pd.DataFrame(rates, columns=["currency", "month", "average", "close"]))
    average = dict(zip(rates["month"], rates["average"], strict=True))
    currency = {each.id: each.currency for each in company.entities}
    booked = [
        (*place.split(", "), month_of(month), exactly(value))
        for place, *values in rows("Books")
        for month, value in zip(TABLES["Books"][0][1:], values, strict=True)
        if value != "0.00"
    ]
    ledger = pd.DataFrame(booked, columns=["entity", "account", "month", "amount_local"]).assign(team="all", vendor="")
    ledger = ledger.assign(currency=ledger["entity"].map(currency), amount_local=money_series(ledger["amount_local"]))
    converted = [cents(local * average[month]) if entity == "de" else local for entity, _, month, local in booked]
    here.ledger = frames.conformed("ledger", ledger.assign(amount=money_series(converted)))
    here.books = consolidation.group_books(here.params, here.ledger, here.accounts, rates)
    return here


def test_two_entities_become_one_group_layer_by_layer(pair):
    layers = {("us", "posted"): 0, ("de", "posted"): 1, ("de", "translation"): 2, ("us", "elimination"): 3, ("de", "elimination"): 3}
    found: dict[str, list[Decimal]] = {}
    for row in pair.books.itertuples():
        place = found.setdefault(f"{row.month:%Y-%m}, {row.account}", [Decimal(0)] * 5)
        for column in (layers[row.entity, row.layer], 4):
            place[column] += row.amount
    assert [[place, *(money(value) for value in values)] for place, values in sorted(found.items())] == rows("Group books")
    signs = dict(zip(pair.accounts["account"], pair.accounts["debit_sign"], strict=True))
    for column in range(5):
        for month in ("2027-01", "2027-02"):
            assert sum(signs[place[-4:]] * values[column] for place, values in found.items() if place.startswith(month)) == 0


def test_what_only_one_entity_tells_does_not_match(pair):
    translated = pair.books[pair.books["layer"] != "elimination"]
    left = consolidation.unmatched(translated, pair.accounts, pair.params.company.consolidation.intercompany)
    table = [[row.pair, f"{row.month:%Y-%m}", *(money(each) for each in (row.left, row.right, row.difference))] for row in left.itertuples()]
    assert table == rows("What does not match")


def test_a_tenth_of_one_entity_belongs_to_others(pair):
    shares = {each.id: each.ownership for each in pair.params.company.entities}
    found = consolidation.attributable(pair.ledger, pair.accounts, pair.lines, shares, NET)
    table = [[row.entity, money(row.profit), f"{row.ownership:.0%}".replace("%", " %"), money(row.owners), money(row.others)] for row in found.itertuples()]
    assert table == rows("What belongs to whom")


def test_no_table_of_the_page_is_left_unchecked():
    asked_for = set(re.findall(r'(?:rows|actuals)\("([^"]+)"(?:, "([^"]+)")?\)', Path(__file__).read_text()))
    assert set(TABLES) <= {name for names in asked_for for name in names}
    assert len(TABLES) == PAGE.count("\n### ")
