"""Entities line by line on their way into the group: by hand, over generated companies in two currencies, and on the demo's pages."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_companies import books as generated
from statement_companies import params as generated_params
from statement_companies import trees

from aop_lib.load import load
from aop_lib.money import money_series, total
from aop_lib.params.company import Consolidation, Intercompany
from aop_lib.plan.consolidation import group_books
from aop_lib.plan.entity_lines import LOCAL, TAKEN, balance_lines, entity_columns, line_ties, result_lines
from aop_lib.plan.group_views import loaded_costs, loaded_teams, service_columns
from aop_lib.plan.profit_and_loss import result
from aop_lib.report.entity_table import entity_table
from aop_lib.store import frame_file, read_frame

ZERO = Decimal("0.00")
PAIRS = [Intercompany(id="dues", name="Dues", left=["1200"], right=["2100"]), Intercompany(id="fees", name="Fees", left=["8000"], right=["8100"])]


def group(ledger: pd.DataFrame, rates: pd.DataFrame) -> SimpleNamespace:
    accounts, lines = trees()
    own = generated_params()
    rules = own.company.model_copy(update={"consolidation": Consolidation(intercompany=PAIRS)})
    here = SimpleNamespace(company=rules, last_twelve=own.last_twelve, last_closed=own.last_closed)
    books = group_books(here, ledger, accounts, rates)
    earned, standing = result_lines(here, ledger, books, accounts, lines), balance_lines(here, ledger, books, accounts)
    return SimpleNamespace(params=here, accounts=accounts, lines=lines, books=books, earned=earned, standing=standing)


def posted(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    ledger, rates = generated(np.random.default_rng(1))
    average = dict(zip(rates["month"], rates["average"], strict=True))
    frame = pd.DataFrame(rows, columns=["entity", "account", "month", "amount_local"])
    frame = frame.assign(team="selling", vendor="", month=pd.to_datetime(frame["month"]).astype("datetime64[us]"))
    frame = frame.assign(currency=["EUR" if entity == "de" else "USD" for entity in frame["entity"]])
    local = [Decimal(each) for each in frame["amount_local"]]
    home = [value * average[month] if entity == "de" else value for entity, month, value in zip(frame["entity"], frame["month"], local, strict=True)]
    return frame.assign(amount_local=money_series(local), amount=money_series(home)).astype(
        {"entity": ledger["entity"].dtype, "account": ledger["account"].dtype}
    )


def test_a_subsidiary_s_deposit_and_invoice_are_followed_by_hand_from_its_books_to_the_group():
    """Capital 1,000 and an invoice of 200 in euro: averages 1.10, close 1.25; the parent books what it was billed, 220."""
    ledger = posted(
        ("de", "1000", "2026-09-01", "1000"), ("de", "3000", "2026-09-01", "1000"), ("de", "1200", "2026-09-01", "200"), ("de", "8000", "2026-09-01", "200"),
        ("us", "8100", "2026-09-01", "220"), ("us", "2100", "2026-09-01", "220"),
    )  # fmt: skip
    _, rates = generated(np.random.default_rng(1))
    rates = rates.assign(average=Decimal("1.10"), close=Decimal("1.25")).astype(rates.dtypes)
    ledger = ledger.assign(amount=money_series([Decimal(each) for each in ("1100", "1100", "220", "220", "220", "220")]))
    found = group(ledger, rates)
    told = [(row["label"], row["entity us"], row["entity de"], row["group"]) for row in found.standing.to_dict("records")]
    cash, due, owed = (f"Account {code}, of one kind" for code in ("1000", "1200", "2100"))
    assert told[:5] == [
        (cash, 0, 1250, 1250), (LOCAL, 0, 1000, None), (due, 0, 30, 30), (LOCAL, 0, 200, None), ("at the closing rate", 0, 250, 250),
    ]  # fmt: skip
    assert told[5:8] == [(TAKEN, 0, -220, -220), ("Assets before eliminations", 0, 1500, 1500), ("Assets", 0, 1280, 1280)]
    assert told[8] == (owed, 0, 0, 0)
    assert ("Translation difference", 0, 180, 180) in told  # 1,000 and 200 gained 0.15 each
    assert ("Result not yet in equity", 0, 0, 0) in told
    assert told[-1] == ("Liabilities and equity", 0, 1280, 1280)
    earned = {row["label"]: (row["entity us"], row["entity de"], row["group"]) for row in found.earned.to_dict("records")}
    assert earned["Net result"] == (0, 0, 0)
    assert list(entity_columns(found.params, found.books).values()) == ["Small Inc.", "Small GmbH (EUR)", "Group"]


@settings(deadline=None, max_examples=12)
@given(st.integers(min_value=0, max_value=10_000))
def test_lines_of_entities_sum_to_the_group_and_the_balance_sheet_balances_in_every_column(seed):
    found = group(*generated(np.random.default_rng(seed)))
    columns = list(entity_columns(found.params, found.books))
    for table in (found.earned, found.standing):
        for row in table[table["label"] != LOCAL].to_dict("records"):
            assert sum(row[name] for name in columns[:-1]) == row["group"]
    sides = found.standing.drop_duplicates("label", keep="last").set_index("label")
    assert sides.loc["Assets", "group"] == sides.loc["Liabilities and equity", "group"]
    for name in columns:
        before = [f"{side} before eliminations" if f"{side} before eliminations" in sides.index else side for side in ("Assets", "Liabilities and equity")]
        assert sides.loc[before[0], name] == sides.loc[before[1], name]
    whole = result(found.books, found.accounts, found.lines)
    at = found.earned.set_index("label")["group"]
    assert (at["Operating profit"], at["Net result"]) == (whole.operating_profit, whole.net_result)
    assert line_ties(found.params, found.earned, found.standing, found.books, found.accounts, found.lines)["ties"].all()


@settings(deadline=None, max_examples=8)
@given(st.integers(min_value=0, max_value=10_000))
def test_the_steps_under_a_line_lead_to_it(seed):
    found = group(*generated(np.random.default_rng(seed)))
    for table in (found.earned, found.standing):
        rows = table.to_dict("records")
        for place, row in enumerate(rows):
            if row["label"] == TAKEN:
                line = next(each for each in reversed(rows[:place]) if each["style"] == "")
                before = rows[place - 1]
                assert all(before[name] + row[name] == line[name] for name in ("entity us", "entity de", "group"))


def test_a_company_without_books_has_no_lines():
    accounts, lines = trees()
    own = generated_params()
    empty = group_books(own, pd.DataFrame(), accounts, pd.DataFrame())
    earned, standing = result_lines(own, pd.DataFrame(), empty, accounts, lines), balance_lines(own, pd.DataFrame(), empty, accounts)
    assert earned.empty
    assert standing.empty
    assert line_ties(own, earned, standing, empty, accounts, lines).empty


def test_books_in_several_currencies_name_no_unit_and_leave_blank_what_has_no_sum():
    frame = pd.DataFrame(
        {"label": ["Cash", LOCAL], "style": ["", "memo"], "entity de": [Decimal("12.50"), Decimal("-10.00")], "group": [Decimal("12.50"), None]}
    )
    block = entity_table(frame, {"entity de": "GmbH (EUR)", "group": "Group"}, "Books", "USD")
    assert block.text.splitlines() == ["Cash  12.50  12.50", f"{LOCAL}  (10.00)  "]
    assert "k USD" not in block.html


@pytest.fixture(scope="module")
def demo(cycles):
    names = ("ledger", "accounts", "lines", "group_books", "shared_costs", "budget")
    read = {name: read_frame(frame_file(cycles.plan, name), name) for name in names}
    return SimpleNamespace(params=load(cycles.params / "demo" / "fy2027.yml"), **read)


def test_the_demo_s_page_shows_every_line_and_its_control_totals(demo, cycles):
    soup = BeautifulSoup((cycles.plan / "reports" / "03_consolidation.html").read_text(encoding="utf-8"), "html.parser")
    earned = result_lines(demo.params, demo.ledger, demo.group_books, demo.accounts, demo.lines)
    standing = balance_lines(demo.params, demo.ledger, demo.group_books, demo.accounts)
    for label, table in (("Results from entities to the group", earned), ("Balance sheet from entities to the group", standing)):
        shown = soup.find("table", attrs={"aria-label": label})
        assert shown.find_parent("details")
        assert len(shown.tbody.find_all("tr")) == len(table)
    assert (standing["label"] == "Translation difference").sum() == 1
    assert "assets of entities line by line = of the group's books" in soup.get_text(" ")


def test_the_matrix_of_shared_costs_adds_up_along_rows_and_down_columns(demo):
    matrix = loaded_teams(demo.params, demo.shared_costs)
    services = list(service_columns(demo.params, demo.shared_costs))
    assert len(services) == 3
    for row in matrix.to_dict("records"):
        assert row["direct"] + sum(row[name] for name in services) == row["loaded"]
    assert [sum(matrix[name]) for name in services] == [0, 0, 0]
    assert sum(matrix["direct"]) == sum(matrix["loaded"]) == total(demo.shared_costs["amount"])
    for name in services:
        source = name.removeprefix("from ")
        out = total(demo.shared_costs.loc[demo.shared_costs["source"] == source, "amount"])
        assert min(matrix[name]) == -out


def test_plan_and_actual_are_loaded_by_the_same_shares_so_that_the_same_costs_are_no_variance(demo):
    same = loaded_costs(demo.params, demo.shared_costs, demo.shared_costs)
    assert (same["budget"] == same["actual"]).all()
    assert sum(same["actual"], ZERO) == total(demo.shared_costs["amount"])
