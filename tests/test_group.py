"""The demo's two entities as one group, and its shared costs: what must balance balances, what does not match is told, every cent is traced."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_companies import ACCOUNTS, trees
from statement_companies import books as generated
from statement_companies import params as generated_params

from aop_lib.load import load
from aop_lib.params.company import Consolidation, Intercompany
from aop_lib.plan.consolidation import group_books
from aop_lib.plan.group_views import dealing_findings, group_ties
from aop_lib.store import frame_file, read_frame

ZERO = Decimal("0.00")
AUGUST, SEPTEMBER = pd.Timestamp("2026-08-01"), pd.Timestamp("2026-09-01")
MATERIALITY = Decimal(10_000)


@pytest.fixture(scope="module")
def demo(cycles):
    names = ("ledger", "accounts", "lines", "rates", "group_books", "shared_costs", "budget", "kpis", "budget_findings")
    read = {name: read_frame(frame_file(cycles.plan, name), name) for name in names}
    return SimpleNamespace(params=load(cycles.params / "demo" / "fy2027.yml"), **read)


def standing(books: pd.DataFrame, account: str, month: pd.Timestamp, *layers: str) -> Decimal:
    own = books[(books["account"] == account) & (books["month"] <= month) & books["layer"].isin(layers)]
    return sum(own["amount"], ZERO)


def test_books_of_each_entity_and_of_the_group_balance_in_every_month(demo):
    signs = dict(zip(demo.accounts["account"], demo.accounts["debit_sign"], strict=True))
    sums: dict[tuple[str, str, pd.Timestamp], Decimal] = defaultdict(Decimal)
    for row in demo.group_books.itertuples():
        debit = signs[row.account] * row.amount
        keys = [("group", ""), ("eliminated", "")] if row.layer == "elimination" else [("group", ""), ("translated", row.entity)]
        for what, entity in keys:
            sums[what, entity, row.month] += debit
    assert {entity for what, entity, _ in sums if what == "translated"} == {"us", "de"}
    assert {key: amount for key, amount in sums.items() if amount} == {}


def test_balances_of_the_foreign_entity_stand_at_the_closing_rate(demo):
    last = demo.ledger["month"].max()
    close = demo.rates.loc[(demo.rates["currency"] == "EUR") & (demo.rates["month"] == last), "close"].item()
    for account in ("1000", "1100", "1900", "2200"):
        local = demo.ledger[(demo.ledger["entity"] == "de") & (demo.ledger["account"] == account)]["amount_local"]
        own = demo.group_books[demo.group_books["entity"] == "de"]
        assert standing(own, account, last, "posted", "translation") == round(sum(local, ZERO) * close, 2)


def test_either_side_loses_the_same_and_what_is_left_between_entities_is_small(demo):
    for month in sorted(set(demo.group_books["month"])):
        assert standing(demo.group_books, "1900", month, "elimination") == standing(demo.group_books, "2900", month, "elimination")
        left = standing(demo.group_books, "1900", month, "posted", "translation", "elimination")
        assert (abs(left) > MATERIALITY) == (month == AUGUST), month
    line = demo.group_books[demo.group_books["account"].isin(["9110", "9120"])]
    whole = {month: sum((row.amount if row.account == "9110" else -row.amount for row in own.itertuples()), ZERO) for month, own in line.groupby("month")}
    assert {month for month, amount in whole.items() if amount} == {AUGUST, SEPTEMBER}
    assert whole[AUGUST] == -whole[SEPTEMBER]


def test_the_invoice_that_one_entity_booked_a_month_late_is_found_and_named_with_both(demo):
    told = demo.budget_findings[demo.budget_findings["topic"] == "dealings"]
    services = told[told["where"] == "Development services, August 2026"].iloc[0]
    assert services["what"].startswith("Larkfield GmbH and Larkfield, Inc. differ by ")
    assert services["what"].endswith("Larkfield, Inc. booked it in September 2026")
    booked = demo.group_books[(demo.group_books["account"] == "9110") & (demo.group_books["month"] == AUGUST) & (demo.group_books["layer"] == "posted")]
    assert services["amount"] == sum(booked["amount"], ZERO)
    assert services["owner"].startswith("Daniel Brandt")
    assert set(told["where"]) == {"Development services, August 2026", "Dues between entities, August 2026"}


def test_what_entities_sell_one_another_is_planned_on_both_sides_alike(demo):
    own = {account: sum(demo.budget.loc[demo.budget["account"] == account, "amount"], ZERO) for account in ("9110", "9120", "9130")}
    assert own["9110"] == own["9120"] > 0
    assert own["9130"] == 0


def test_shared_costs_can_be_followed_both_ways_to_the_cent(demo):
    kinds = dict(zip(demo.lines["line"], demo.lines["type"], strict=True))
    cost = {row.account for row in demo.accounts.itertuples() if kinds.get(row.line) in {"cost_of_revenue", "opex"}}
    direct: dict[tuple[str, pd.Timestamp], Decimal] = defaultdict(Decimal)
    for row in demo.budget.itertuples():
        if row.account in cost:
            direct[row.team, row.month] += row.amount
    out: dict[tuple[str, pd.Timestamp], Decimal] = defaultdict(Decimal)
    into: dict[tuple[str, pd.Timestamp], Decimal] = defaultdict(Decimal)
    for row in demo.shared_costs.itertuples():
        out[row.source, row.month] += row.amount
        into[row.team, row.month] += row.amount
    services = {each.team for each in demo.params.company.consolidation.shared_costs}
    assert len(services) == 3
    assert {key: amount for key, amount in out.items() if amount} == {key: amount for key, amount in direct.items() if amount}
    assert not services & {team for team, _ in into}
    assert sum(into.values(), ZERO) == sum(direct.values(), ZERO)
    stayed = demo.shared_costs[~demo.shared_costs["source"].isin(services)]
    assert (stayed["source"] == stayed["team"]).all()


def test_shared_costs_end_where_handing_them_on_round_after_round_ends(demo):
    """Heads of September 2026 and the shares of finance, handed on until nothing is left to hand on."""
    own = demo.kpis[(demo.kpis["metric"] == "heads") & (demo.kpis["team"] != "") & (demo.kpis["month"] == SEPTEMBER)]
    heads = {team: float(value) for team, value in zip(own["team"], own["value"], strict=True)}
    finance = next(each.by for each in demo.params.company.consolidation.shared_costs if each.team == "finance")
    uses = {"people": heads, "executive": heads, "finance": {team: float(share) for team, share in finance.items()}}
    month = demo.params.year_months[0]
    here = demo.shared_costs[demo.shared_costs["month"] == month]
    held = {service: float(sum(here.loc[here["source"] == service, "amount"], ZERO)) for service in uses}
    ended: dict[str, float] = defaultdict(float)
    for _ in range(200):
        moving: dict[str, float] = defaultdict(float)
        for service, amount in held.items():
            weights = {team: weight for team, weight in uses[service].items() if team != service}
            for team, weight in weights.items():
                (moving if team in uses else ended)[team] += amount * weight / sum(weights.values())
        held = moving
    for team, amount in ended.items():
        got = here[(here["team"] == team) & here["source"].isin(list(uses))]["amount"]
        assert float(sum(got, ZERO)) == pytest.approx(amount, abs=0.05)


@settings(deadline=None, max_examples=15)
@given(st.integers(min_value=0, max_value=10_000))
def test_any_two_entities_in_two_currencies_become_a_group_that_balances(seed):
    ledger, rates = generated(np.random.default_rng(seed))
    accounts, _ = trees()
    pairs = [Intercompany(id="dues", name="Dues", left=["1200"], right=["2100"]), Intercompany(id="fees", name="Fees", left=["8000"], right=["8100"])]
    own = generated_params()
    own = SimpleNamespace(company=own.company.model_copy(update={"consolidation": Consolidation(intercompany=pairs)}))
    books = group_books(own, ledger, accounts, rates)
    signs = {code: row[4] for code, row in ACCOUNTS.items()} | {"translation": -1}
    months: dict[tuple[bool, pd.Timestamp], Decimal] = defaultdict(Decimal)
    for row in books.itertuples():
        months[row.layer == "elimination", row.month] += signs[row.account] * row.amount
    assert {key: amount for key, amount in months.items() if amount} == {}
    assert all(left == right for _, left, right in group_ties(books, accounts))
    for left, right in (("1200", "2100"), ("8000", "8100")):
        taken = [sum(books.loc[(books["account"] == code) & (books["layer"] == "elimination"), "amount"], ZERO) for code in (left, right)]
        assert taken[0] == taken[1]


def test_a_company_that_declares_no_dealings_has_no_finding(demo):
    none = SimpleNamespace(company=demo.params.company.model_copy(update={"consolidation": Consolidation()}), last_twelve=demo.params.last_twelve)
    assert dealing_findings(none, demo.group_books, demo.accounts) == []
