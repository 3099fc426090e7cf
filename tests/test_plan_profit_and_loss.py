"""The P&L: natural amounts into lines, lines into results, results into report rows."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import ACCOUNTS, LINES, amounts, ledger

from aop_lib.money import total
from aop_lib.plan.profit_and_loss import GROSS, NET, line_totals, profit, profit_by, result, statement_rows

PL = [account for account, line in zip(ACCOUNTS["account"], ACCOUNTS["line"], strict=True) if line]
DIRECTION = dict(zip(LINES["line"], LINES["direction"], strict=True))
ROW = st.tuples(st.sampled_from(["selling", "building", ""]), st.sampled_from(list(ACCOUNTS["account"])), st.integers(1, 12), st.integers(-(10**9), 10**9))
ROWS = st.lists(ROW, max_size=25)


def frame(rows):
    return amounts(*[(team, account, f"2026-{month:02d}", Decimal(cents) / 100) for team, account, month, cents in rows])


def test_an_account_that_reduces_its_line_enters_with_the_tree_s_sign():
    totals = line_totals(ledger(("selling", "4000", "2026-01", "100"), ("selling", "4090", "2026-01", "7.50")), ACCOUNTS, LINES)
    assert [(row.line, row.amount) for row in totals.itertuples()] == [("sales", Decimal("92.50"))]


def test_balance_sheet_and_statistical_accounts_never_enter_the_statement():
    rows = ledger(("", "1000", "2026-01", "500"), ("building", "9900", "2026-01", "12"), ("building", "6000", "2026-01", "40"))
    assert total(line_totals(rows, ACCOUNTS, LINES)["amount"]) == Decimal("40.00")
    assert profit(rows, ACCOUNTS, LINES) == Decimal("-40.00")


def test_results_are_the_levels_of_the_statement():
    rows = ledger(
        ("selling", "4000", "2026-01", "1000"),
        ("selling", "4090", "2026-01", "100"),
        ("building", "5000", "2026-01", "300"),
        ("building", "6000", "2026-01", "200"),
        ("selling", "6100", "2026-01", "50"),
        ("", "8000", "2026-01", "5"),
        ("", "9000", "2026-01", "80"),
    )
    found = result(rows, ACCOUNTS, LINES)
    assert (found.revenue, found.gross_profit, found.operating_profit, found.net_result) == (Decimal(900), Decimal(600), Decimal(350), Decimal(275))
    assert found.gross_margin == Decimal(600) / 900
    assert (profit(rows, ACCOUNTS, LINES, GROSS), profit(rows, ACCOUNTS, LINES), profit(rows, ACCOUNTS, LINES, NET)) == (
        Decimal(600),
        Decimal(350),
        Decimal(275),
    )


def test_a_margin_without_revenue_is_not_meaningful():
    assert result(ledger(("building", "5000", "2026-01", "10")), ACCOUNTS, LINES).gross_margin is None
    assert result(ledger(("selling", "4090", "2026-01", "10")), ACCOUNTS, LINES).gross_margin is None
    assert result(ledger(), ACCOUNTS, LINES).operating_profit == 0


def test_statement_rows_follow_the_report_with_a_subtotal_only_where_a_group_has_several_lines():
    totals = line_totals(
        ledger(
            ("selling", "4000", "2026-01", "1000"), ("building", "6000", "2026-01", "200"), ("selling", "6100", "2026-01", "50"), ("", "9000", "2026-01", "80")
        ),
        ACCOUNTS,
        LINES,
        (),
    )
    rows = statement_rows(totals, LINES)
    assert [(row.row, row.amount) for row in rows.itertuples()] == [
        ("sales", Decimal(1000)), ("hosting", Decimal(0)), ("gross_profit", Decimal(1000)), ("people", Decimal(200)), ("travel", Decimal(50)), ("total_opex", Decimal(250)),
        ("operating_profit", Decimal(750)), ("interest", Decimal(0)), ("tax", Decimal(80)), ("net_result", Decimal(670))]  # fmt: skip
    assert set(rows["kind"]) == {"line", "subtotal", "result"}


def test_a_result_stands_only_where_there_are_lines_to_make_it():
    rows = statement_rows(line_totals(ledger(), ACCOUNTS, LINES, ()), LINES[LINES["type"].isin(["revenue", "opex"])])
    assert list(rows["row"]) == ["sales", "people", "travel", "total_opex", "operating_profit"]


@settings(max_examples=15)
@given(ROWS)
def test_lines_by_month_teams_by_profit_and_the_whole_at_once_agree_to_the_cent(rows):
    table = frame(rows)
    whole = profit(table, ACCOUNTS, LINES, NET)
    by_hand = sum((Decimal(cents) / 100 * sign for _, account, _, cents in rows for sign in [_effect(account)]), Decimal(0))
    assert whole == by_hand
    assert total(profit_by(table, ACCOUNTS, LINES, ["team"], NET)["amount"]) == whole
    assert total(profit_by(table, ACCOUNTS, LINES, ["month"], NET)["amount"]) == whole
    assert total(profit_by(table, ACCOUNTS, LINES, ["line"], NET)["amount"]) == whole
    assert result(table, ACCOUNTS, LINES).net_result == whole
    shown = statement_rows(line_totals(table, ACCOUNTS, LINES, ()), LINES)
    assert shown.loc[shown["row"] == "net_result", "amount"].item() == whole


@settings(max_examples=15)
@given(ROWS)
def test_the_order_of_rows_changes_nothing_and_twice_the_amounts_is_twice_the_lines(rows):
    once = line_totals(frame(rows), ACCOUNTS, LINES)
    assert line_totals(frame(rows[::-1]), ACCOUNTS, LINES).equals(once)
    twice = line_totals(frame([*rows, *rows]), ACCOUNTS, LINES)
    assert list(twice["amount"]) == [2 * amount for amount in once["amount"]]


def _effect(account):
    row = ACCOUNTS[ACCOUNTS["account"] == account].iloc[0]
    return int(row["line_sign"]) * int(DIRECTION.get(row["line"], 0))
