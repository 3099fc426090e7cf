"""Tables in the accounting format: units in headers, displayed sums that add up, exact amounts one fold away, n/m with its reason."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pandas as pd

from aop_lib.report import tables
from aop_lib.report.tables import Column
from aop_lib.report.variance_table import Sides, variance_table

REQUESTS = pd.DataFrame(
    {
        "team": ["Sales", "Ops", "People"], "why": ["two hires", "", ""], "asked": [Decimal("100400.00"), Decimal("100400.00"), Decimal("100400.00")],
        "heads": [2, 0, 1], "share": [0.5, None, 0.25], "gap": [Decimal(-500), Decimal(0), Decimal(1500)], "due": [pd.Timestamp("2027-02-15"), pd.NaT, pd.NaT], "state": ["late", "due", "strange"],
    }
)  # fmt: skip
COLUMNS = [
    Column("team", "Team", why="why"), Column("asked", "Asked", "money"), Column("heads", "Heads", "count"), Column("share", "Share", "share"),
    Column("gap", "Gap", "variance"), Column("due", "Due", "day"), Column("state", "State", "status"),
]  # fmt: skip


def cells(html: str) -> list[list[str]]:
    """The rows of the first table of a block, as text."""
    rows = re.findall(r"<tr.*?</tr>", html.split("</table>", maxsplit=1)[0], re.DOTALL)
    return [
        [unescape(re.sub(r"<span class=\"why\">.*?</span>|<[^>]+>", "", each)).strip() for each in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def statement(plan=("1000000", "400000")):
    money = [Decimal(each) for each in ("1100000", "500000", *plan)]
    return pd.DataFrame(
        {
            "label": ["Sales", "Hosting", "Gross profit"], "why": ["", "actual only", ""], "style": ["", "", "result"], "direction": [1, -1, 1], "group": ["revenue", "cost", ""],
            "actual": [money[0], money[1], money[0] - money[1]], "plan": [money[2], money[3], money[2] - money[3]],
        }
    )  # fmt: skip


def test_units_stand_in_the_headers():
    assert cells(tables.amounts(REQUESTS, COLUMNS, "Requests", "USD").html)[0] == [
        "Team",
        "Asked, k USD",
        "Heads",
        "Share, %",
        "Gap, k USD, +B/(W)",
        "Due",
        "State",
    ]


def test_displayed_rows_add_up_to_the_displayed_total():
    block = tables.amounts(REQUESTS, COLUMNS, "Requests", "USD", total="All")
    shown = cells(block.html)
    assert [row[1] for row in shown[1:]] == ["101", "100", "100", "301"]
    assert [row[2] for row in shown[1:]] == ["2", "0", "1", "3"]
    assert shown[-1][3:] == ["", "+1", "", ""]
    assert 'title="100,400.00">101<' in block.html


def test_what_is_missing_is_not_meaningful_or_empty_and_never_nan():
    shown = cells(tables.amounts(REQUESTS, COLUMNS, "Requests", "USD").html)
    assert shown[2] == ["Ops", "100", "0", "n/m", "0", "", "due"]
    assert shown[1][5] == "15 Feb 2027"
    assert "nan" not in tables.amounts(REQUESTS, COLUMNS, "Requests", "USD").html.lower()


def test_a_state_that_nobody_knows_is_open():
    html = tables.amounts(REQUESTS, COLUMNS, "Requests", "USD").html
    assert re.findall(r'class="sh (\w+)"', html) == ["bad", "watch", "open"]


def test_a_frame_is_left_as_it_was():
    before = REQUESTS.copy(deep=True)
    tables.amounts(REQUESTS, COLUMNS, "Requests", "USD", total="All")
    pd.testing.assert_frame_equal(REQUESTS, before)


def test_an_empty_frame_says_so_in_words():
    assert tables.amounts(REQUESTS.head(0), COLUMNS, "Requests", "USD", empty="Nobody asks.").html == '<p class="nothing">Nobody asks.</p>'
    assert "Nothing to compare." in variance_table(statement().head(0), Sides("Q1"), "P&L", "USD").html


def test_findings_stand_errors_first_and_by_amount():
    frame = pd.DataFrame(
        {
            "severity": ["note", "error", "warning", "error"],
            "where": list("abcd"),
            "what": "w",
            "expected": "e",
            "found": "f",
            "owner": "o",
            "amount": [Decimal(9), Decimal(1), Decimal(5), Decimal(7)],
        }
    )
    assert [row[0] for row in cells(tables.findings(frame, "USD").html)[1:]] == ["d", "b", "c", "a"]


def test_control_totals_say_in_words_whether_they_tie():
    frame = pd.DataFrame({"check": ["in = out", "a = b"], "left": [Decimal("1.10"), Decimal(2)], "right": [Decimal("1.10"), Decimal(3)], "ties": [True, False]})
    block = tables.control_totals(frame, "USD")
    assert [row[-1] for row in cells(block.html)[1:]] == ["ties", "does not tie"]
    assert block.text == "in = out: 1.10 = 1.10, ties\na = b: 2 = 3, does not tie"


def test_a_variance_is_the_difference_of_what_is_displayed_favourable_positive():
    shown = cells(variance_table(statement(), Sides("Q1"), "P&L", "USD").html)
    assert [row[:5] for row in shown[2:]] == [
        ["Sales", "1,100", "1,000", "+100", "+10.0"],
        ["Hosting", "500", "400", "(100)", "(25.0)"],
        ["Gross profit", "600", "600", "0", "0.0"],
    ]


def test_a_share_of_a_zero_or_negative_plan_is_not_meaningful_and_says_why():
    block = variance_table(statement(plan=("0", "400000")), Sides("Q1"), "P&L", "USD")
    shown = cells(block.html)
    assert [row[4] for row in shown[2:]] == ["n/m", "(25.0)", "n/m"]
    assert block.html.count('title="not meaningful: the plan is zero or negative"') == 2


def test_better_and_worse_are_told_by_more_than_colour():
    html = variance_table(statement(), Sides("Q1"), "P&L", "USD").html
    assert ">+100<" in html
    assert ">(100)<" in html
    assert "+B / (W)" in html


def test_exact_amounts_lie_one_fold_away():
    rows = statement().assign(actual=[Decimal("1100000.49"), Decimal("500000.05"), Decimal("600000.44")])
    html = variance_table(rows, Sides("Q1"), "P&L", "USD").html
    fold = html[html.index("<details") :]
    assert [row[1] for row in cells(fold)[1:]] == ["1,100,000.49", "500,000.05", "600,000.44"]
    assert [row[3] for row in cells(fold)[1:]] == ["100,000.49", "(100,000.05)", "0.44"]


def test_the_year_stands_beside_the_period_only_where_there_is_one():
    rows = statement().assign(year_actual=lambda each: each["actual"], year_plan=lambda each: each["plan"])
    assert len(cells(variance_table(rows, Sides("Q1", year="Full year"), "P&L", "USD").html)[1]) == 9
    assert len(cells(variance_table(rows, Sides("Q1"), "P&L", "USD").html)[1]) == 6


def test_bars_stay_within_the_cell_on_one_scale():
    html = variance_table(statement(plan=("100", "999999")), Sides("Q1"), "P&L", "USD").html
    bars = [(float(x), float(width)) for x, width in re.findall(r'<rect x="([\d.]+)%" y="3" width="([\d.]+)%"', html)]
    assert len(bars) == 3
    assert all(x >= 0 and x + width <= 100 for x, width in bars)
