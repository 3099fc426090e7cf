"""A small company for tests of the plan: two teams in one group, six accounts, and whatever parameters a test asks for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd

from aop_lib import frames
from aop_lib.load import Params
from aop_lib.params.catalogue import Metric
from aop_lib.params.company import Company
from aop_lib.params.cycle import CycleFile
from aop_lib.params.drivers import Drivers, Scenario
from aop_lib.params.goals import Goals
from aop_lib.params.requests import Decisions
from aop_lib.periods import add_months, month_of

LINES = frames.conformed(
    "lines",
    pd.DataFrame(
        [
            ("sales", "Sales", "revenue", 1, 0),
            ("hosting", "Hosting", "cost_of_revenue", -1, 1),
            ("people", "People", "opex", -1, 2),
            ("travel", "Travel", "opex", -1, 3),
            ("interest", "Interest income", "other_income", 1, 4),
            ("tax", "Taxes", "tax", -1, 5),
        ],
        columns=["line", "name", "type", "direction", "position"],
    ),
)

ACCOUNTS = frames.conformed(
    "accounts",
    pd.DataFrame(
        [
            ("1000", "Bank", "", "", "asset", 0, 1),
            ("4000", "Subscriptions", "", "sales", "revenue", 1, -1),
            ("4090", "Discounts given", "4000", "sales", "revenue", -1, 1),
            ("5000", "Hosting", "", "hosting", "cost_of_revenue", 1, 1),
            ("6000", "Salaries", "", "people", "opex", 1, 1),
            ("6010", "Bonuses", "6000", "people", "opex", 1, 1),
            ("6100", "Travel", "", "travel", "opex", 1, 1),
            ("8000", "Interest", "", "interest", "other_income", 1, -1),
            ("9000", "Taxes", "", "tax", "tax", 1, 1),
            ("9900", "Heads", "", "", "statistical", 0, 0),
        ],
        columns=["account", "name", "parent", "line", "type", "line_sign", "debit_sign"],
    ).assign(behaviour="fixed", position=range(10)),
)

TEAMS = frames.conformed(
    "teams",
    pd.DataFrame(
        [
            ("all", "Company", "", "ceo", "Ada Ash, CEO", 0),
            ("selling", "Selling", "all", "sal", "Sal Sorrel", 1),
            ("building", "Building", "all", "bea", "Bea Birch", 2),
        ],
        columns=["team", "name", "parent", "owner", "owner_name", "position"],
    ),
)

COMPANY = {
    "name": "Small",
    "reporting_currency": "USD",
    "materiality": {"amount": "100", "pct": "5 %"},
    "owners": [{"id": "ceo", "name": "Ada Ash", "title": "CEO"}, {"id": "sal", "name": "Sal Sorrel"}, {"id": "bea", "name": "Bea Birch"}],
    "entities": [{"id": "us", "name": "Small Inc.", "currency": "USD"}, {"id": "de", "name": "Small GmbH", "currency": "EUR"}],
    "teams": [
        {"id": "all", "name": "Company", "owner": "ceo"},
        {"id": "selling", "name": "Selling", "owner": "sal", "parent": "all"},
        {"id": "building", "name": "Building", "owner": "bea", "parent": "all"},
    ],
    "lines": [{"id": "sales", "name": "Sales", "type": "revenue"}],
}

METRICS = {
    "new_customers": {
        "label": "New customers",
        "unit": "count",
        "direction": "more",
        "additive": "true",
        "aggregate": "sum",
        "definition": "…",
        "source": "billing",
    },
    "bookings": {"label": "Bookings", "unit": "currency", "direction": "more", "additive": "true", "aggregate": "sum", "definition": "…", "source": "CRM"},
    "customers": {"label": "Customers", "unit": "count", "direction": "more", "additive": "true", "aggregate": "last", "definition": "…"},
    "churn": {"label": "Churn", "unit": "pct", "direction": "less", "aggregate": "last", "definition": "…", "source": "billing"},
    "margin": {"label": "Margin", "unit": "pct", "direction": "more", "aggregate": "mean", "definition": "…"},
}


def params(*, cycle=None, goals=(), drivers=None, scenarios=(), decisions=(), company=None) -> Params:
    """The plan FY2027 made in October 2026, unless the test says otherwise."""
    cycle = {"kind": "plan", "cycle": "fy2027", "last_closed_month": "2026-09", **(cycle or {})}
    return Params(
        file=Path("small") / f"{cycle['cycle']}.yml",
        company=Company.model_validate({**COMPANY, **(company or {})}),
        cycle=CycleFile.model_validate(cycle),
        goals=Goals.model_validate({"objectives": [{"id": "grow", "statement": "Grow"}], "goals": list(goals)}),
        drivers=Drivers.model_validate(drivers or {}),
        scenarios=tuple(Scenario.model_validate(each) for each in scenarios),
        decisions=tuple(Decisions.model_validate({"decisions": list(decisions)}).decisions),
        metrics={name: Metric.model_validate(each) for name, each in METRICS.items()},
        files={},
    )


def review(**changes) -> Params:
    """The review of FY2027 to March 2027."""
    return params(cycle={"kind": "review", "cycle": "fy2027_q1", "last_closed_month": "2027-03", "baseline": "fy2027", **changes.pop("cycle", {})}, **changes)


def goal(**changes) -> dict:
    """A goal without a fault: 120 new customers in 2027, shared by both teams."""
    return {
        "id": "win",
        "statement": "Win customers",
        "objective": "grow",
        "weight": "1",
        "kpi": "new_customers",
        "start": "0",
        "target": "120",
        "deadline": "2027-12-31",
        "owner": "sal",
        "teams": {"selling": "0.75", "building": "0.25"},
        "milestones": [{"id": "m1", "what": "Pricing page", "due": "2027-02-15", "owner": "bea", "measure": "live"}],
        **changes,
    }


def amounts(*rows, **constant) -> pd.DataFrame:
    """Long rows (team, account, month, amount) of entity `us`, as a budget or as part of a ledger."""
    frame = pd.DataFrame(
        [(team, account, month_of(month), Decimal(amount)) for team, account, month, amount in rows], columns=["team", "account", "month", "amount"]
    )
    typed = frame.assign(entity="us", **constant)
    return typed.astype({"month": "datetime64[us]", "amount": frames.MONEY})[["entity", "team", "account", "month", *constant, "amount"]]


def ledger(*rows) -> pd.DataFrame:
    """A ledger of those rows (team, account, month, amount), each from a vendor of its own."""
    rows = amounts(*rows)
    return frames.conformed("ledger", rows.assign(currency="USD", vendor=[f"V{number:03d}" for number in range(len(rows))], amount_local=rows["amount"]))


def budget(*rows, layer="base") -> pd.DataFrame:
    """A budget of those rows (team, account, month, amount) in one layer."""
    return frames.conformed("budget", amounts(*rows).assign(layer=layer))


def every_month(team: str, account: str, amount: str, start="2026-01", count=12) -> list[tuple[str, str, str, str]]:
    """One row for each month of a range."""
    months = [add_months(month_of(start), index) for index in range(count)]
    return [(team, account, f"{month:%Y-%m}", amount) for month in months]


def kpis(*rows) -> pd.DataFrame:
    """Actuals of metrics (metric, month, value) of the company, or (metric, month, value, team)."""
    if not rows:
        return frames.empty("kpis")
    listed = [(row[0], row[3] if len(row) > 3 else "", month_of(row[1]), Decimal(row[2])) for row in rows]
    return frames.conformed("kpis", pd.DataFrame(listed, columns=["metric", "team", "month", "value"]))


def requests(*rows) -> pd.DataFrame:
    """Requests as (request, team) with changes as a third part."""
    base = {
        "round": 1,
        "kind": "incremental",
        "title": "A hire",
        "why": "growth",
        "goal": "win",
        "evidence": "pipeline",
        "effect": "",
        "submitted_by": "sal",
        "submitted_on": pd.Timestamp("2026-09-20"),
        "where": "requests/x.yml:1",
        "content": "",
    }
    listed = [{**base, "request": row[0], "team": row[1], **(row[2] if len(row) > 2 else {})} for row in rows]
    return frames.conformed("requests", pd.DataFrame(listed)) if listed else frames.empty("requests")


def request_lines(*rows) -> pd.DataFrame:
    """Request lines as (request, option, team, account, month, amount), with a currency and heads where they matter."""
    if not rows:
        return frames.empty("request_lines")
    listed = [
        {
            "request": row[0],
            "option": row[1],
            "team": row[2],
            "cost_centre": "C1",
            "account": row[3],
            "month": month_of(row[4]),
            "amount": Decimal(row[5]),
            "amount_local": Decimal(row[5]),
            "currency": row[6] if len(row) > 6 else "USD",
            "heads": row[7] if len(row) > 7 else 0,
            "vendor": "",
            "comment": "",
            "where": "",
        }
        for row in rows
    ]
    return frames.conformed("request_lines", pd.DataFrame(listed))


def submissions(*rows) -> pd.DataFrame:
    """Submissions as (team, state)."""
    listed = [{"team": team, "state": state, "requests": 0, "files": "", "note": ""} for team, state in rows]
    return frames.conformed("submissions", pd.DataFrame(listed)) if listed else frames.empty("submissions")


def with_teams(base: Params, *teams: dict) -> Params:
    """The same parameters with other teams."""
    return replace(base, company=Company.model_validate({**COMPANY, "teams": list(teams)}))
