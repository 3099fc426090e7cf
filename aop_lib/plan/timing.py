"""Timing or permanent: how much of a variance to date the outlook takes back within the year."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames as contracts
from aop_lib import money
from aop_lib.display import compared, displayed, scale_of
from aop_lib.plan.figure_keys import amount_key
from aop_lib.plan.variance import line_variances, material, variances
from aop_lib.plan.wording import amount_text, listed

if TYPE_CHECKING:
    from aop_lib.load import Params

ZERO = Decimal("0.00")
TIMING, PERMANENT, PARTLY = "timing", "permanent", "partly timing"


def reversed_part(to_date: Decimal, rest: Decimal) -> Decimal:
    """Returns how much of a variance to date the months left take back, with its sign.

    Defined as::

        timing = sign(to date) * min(|to date|, |rest|)      where the variance of the months left has the other sign; else 0

    Args:
        to_date: The variance of the closed months, favourable positive.
        rest: The outlook's variance of the months left.
    """
    if to_date * rest >= 0:
        return ZERO
    size = min(abs(to_date), abs(rest))
    return size if to_date > 0 else -size


def variance_timing(rows: pd.DataFrame, budget: pd.DataFrame, outlook: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns every variance to date parted into what reverses within the year and what stays, by line and by team and line.

    Defined as::

        full_year  variance of the outlook against the year's budget
        rest       full_year - variance to date
        timing     what the rest reverses (`reversed_part`)
        permanent  variance to date - timing
        nature     `timing` where nothing stays, `permanent` where nothing reverses, else `partly timing`

    The parts of teams need not add up to those of the line: one team's delay may be made good by another.

    Args:
        rows: The frame `variances`.
        budget: The budget that the actuals are held against, the whole year.
        outlook: The frame `outlook`.
        accounts: The account tree.
        lines: The P&L lines.

    Returns:
        The frame `variance_timing`; team is empty for the company.
    """
    year = variances(budget, outlook, accounts, lines, sorted(set(outlook["month"]) | set(budget["month"])))
    found: list[dict[str, Any]] = []
    for by in ((), ("team",)):
        whole = {tuple(row[key] for key in (*by, "line")): row["variance"] for row in line_variances(year, accounts, lines, by).to_dict("records")}
        dated = {tuple(row[key] for key in (*by, "line")): row["variance"] for row in line_variances(rows, accounts, lines, by).to_dict("records")}
        for key in sorted({*whole, *dated}):
            to_date, full = dated.get(key, ZERO), whole.get(key, ZERO)
            timing = reversed_part(to_date, full - to_date)
            place = {"scope": "team" if by else "company", "team": key[0] if by else "", "line": key[-1]}
            parts = {"variance": to_date, "full_year": full, "rest": full - to_date, "timing": timing, "permanent": to_date - timing}
            found.append(place | parts | {"nature": nature(to_date, timing)})
    if not found:
        return contracts.empty("variance_timing")
    frame = pd.DataFrame(found)
    typed = {column: money.money_series(frame[column]) for column in ("variance", "full_year", "rest", "timing", "permanent")}
    return contracts.conformed("variance_timing", frame.assign(**typed))


def nature(to_date: Decimal, timing: Decimal) -> str:
    """Returns what a variance is: timing, permanent, partly timing; empty where there is none."""
    if not to_date:
        return ""
    return PERMANENT if not timing else TIMING if timing == to_date else PARTLY


def nature_text(row: dict[Any, Any]) -> str:
    """Returns a variance's nature in words, with the part that stays: `partly timing: 40 k of it stays`."""
    if row["nature"] != PARTLY:
        return str(row["nature"])
    return f"{PARTLY}: {amount_text(abs(row['permanent']))} of it stays"


def natures(table: pd.DataFrame, timed: pd.DataFrame, by: Sequence[str] = ()) -> list[str]:
    """Returns the nature of each row of a table of variances, in words.

    Args:
        table: Rows with line, and team where `by` has it.
        timed: The frame `variance_timing`.
        by: (`team`,) for variances by team and line.
    """
    own = timed[timed["scope"] == ("team" if by else "company")]
    known = {tuple(row[key] for key in (*by, "line")): nature_text(row) for row in own.to_dict("records")}
    return [known.get(tuple(row[key] for key in (*by, "line")), "") for row in table.to_dict("records")]


def timing_view(statement: pd.DataFrame, rows: pd.DataFrame, timed: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Returns the material variances by line with what of each reverses and stays, the largest first, in the figures that the statement displays.

    Args:
        statement: The statement to date and for the year with what is displayed of it (`views.statement_with_year`, `display.with_shown`).
        rows: The frame `variances`.
        timed: The frame `variance_timing`.
        accounts: The account tree.
        lines: The P&L lines.
        params: Materiality and currency.

    Returns:
        name, variance, full_year, rest, timing, permanent, nature, said: the nature in words, and explains.
    """
    table = material(line_variances(rows, accounts, lines), params.company.materiality)[["line", "name"]]
    scale = scale_of([Decimal(each) for column in compared(statement) for each in statement[column]], params.company.reporting_currency)
    year = [displayed(statement, column, scale) for column in ("year_actual", "year_plan")]
    full = [int(way) * (actual - plan) * scale.unit for way, actual, plan in zip(statement["direction"], *year, strict=True)]
    shown = {name: (Decimal(dated), whole) for name, dated, whole in zip(statement["label"], statement["variance_shown"], full, strict=True)}
    parts = [(*shown[name], reversed_part(shown[name][0], shown[name][1] - shown[name][0])) for name in table["name"]]
    columns = ("variance", "full_year", "rest", "timing", "permanent")
    figures = pd.DataFrame([(dated, whole, whole - dated, back, dated - back) for dated, whole, back in parts], columns=list(columns))
    view = table.assign(**{column: money.money_series(figures[column], index=table.index) for column in columns})
    view = view.assign(nature=[nature(dated, back) for dated, _, back in parts])
    return view.assign(said=natures(table, timed), explains=[amount_key(line, "actual", "planned") for line in table["line"]])


def timing_finding(view: pd.DataFrame) -> str:
    """Returns how much of the material variances the outlook takes back, and the largest that stays."""
    if view.empty:
        return "No line's variance is material"
    stays = [row for row in view.to_dict("records") if row["permanent"]]
    back = listed([row["name"] for row in view.to_dict("records") if row["nature"] != PERMANENT], 3)
    head = f"Timing at least in part: {back}" if back != "none" else "No material variance reverses within the year"
    if not stays:
        return head
    most = max(stays, key=lambda row: abs(row["permanent"]))
    return f"{head}; {most['name']} stays {amount_text(abs(most['permanent']))} {'ahead' if most['permanent'] > 0 else 'short'}"
