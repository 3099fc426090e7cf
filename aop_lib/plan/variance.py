"""Variances: budget against actual, favourable positive, added up by line, team and period, and bridged from plan to actual."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames, money
from aop_lib.plan.carry_forward import PLACE, pl_amounts
from aop_lib.plan.profit_and_loss import OPERATING, line_totals, pl_accounts, signed

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.company import Materiality

BOTH, BUDGET_ONLY, ACTUAL_ONLY = "both", "budget only", "actual only"
ZERO = Decimal("0.00")
ALWAYS = 10


def reviewed_year(params: Params) -> list[pd.Timestamp]:
    """Returns the twelve months under review: the fiscal year of a review, the ending year of a plan."""
    return params.year_months if params.is_review else params.ending_year_months


def reviewed_months(params: Params) -> list[pd.Timestamp]:
    """Returns the closed months of the year under review; a month that is not closed is never compared."""
    return [month for month in reviewed_year(params) if month <= params.last_closed]


def reviewed_budget(params: Params, budget: pd.DataFrame, imported: pd.DataFrame) -> pd.DataFrame:
    """Returns the budget that the actuals are held against, the whole year: entity, team, account, month, amount.

    Args:
        params: A review compares with its own budget, a plan with the imported `prior_budget` of the year that is ending.
        budget: The frame `budget`.
        imported: The frame `imported_budget`.
    """
    source = budget if params.is_review else imported[imported["budget"] == (params.cycle.prior_budget or "")]
    return money.sums(source[source["month"].isin(reviewed_year(params))], [*PLACE, "month"])


def variances(budget: pd.DataFrame, ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, months: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Returns budget against actual for every P&L account, signed so that a positive variance is good news.

    Defined as::

        variance = direction of the line * line_sign * (actual - budget)

    A row missing on one side counts as zero there, so unbudgeted spend and unspent budget both show.

    Args:
        budget: Rows with entity, team, account, month, amount, natural sign, reporting currency.
        ledger: Actuals, same grain or finer.
        accounts: The account tree.
        lines: The P&L lines.
        months: The closed months to compare.

    Returns:
        The frame `variances`; budget and actual in natural sign, `sides` says who has the row.
    """
    sides = [
        pl_amounts(each[each["month"].isin(months)], accounts, lines).rename(columns={"amount": name})
        for each, name in ((budget, "budget"), (ledger, "actual"))
    ]
    joined = sides[0].merge(sides[1], on=[*PLACE, "month"], how="outer", indicator="sides", validate="one_to_one")
    joined = joined.merge(pl_accounts(accounts, lines), on="account", how="left", validate="many_to_one")
    joined = joined.assign(budget=money.zero_filled(joined["budget"]), actual=money.zero_filled(joined["actual"]))
    joined["sides"] = joined["sides"].astype(str).map({"both": BOTH, "left_only": BUDGET_ONLY, "right_only": ACTUAL_ONLY})
    joined["variance"] = signed(joined["actual"] - joined["budget"], joined["direction"] * joined["line_sign"])
    return frames.conformed("variances", joined[list(frames.FRAMES["variances"].columns)])


def line_variances(variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Returns variances added up by P&L line, and by further keys.

    Defined as::

        budget, actual   sum(line_sign * amount)
        variance         sum(variance) = direction * (actual - budget)
        variance_pct     variance / budget; n/m (missing) where the budget is zero or negative
        sides            who has any row of it

    Args:
        variances: The frame `variances`, or one with a `quarter` from `with_quarter`.
        accounts: The account tree.
        lines: The P&L lines; without `by` each of them has a row.
        by: Further keys: `team`, `entity`, `month`, `quarter`.

    Returns:
        One row per (*by, line): budget, actual, variance (money), variance_pct (fraction), sides; in report order.
    """
    keys = [*by, "line"]
    budget, actual = (line_totals(variances, accounts, lines, by, column) for column in ("budget", "actual"))
    table = budget.merge(actual, on=keys, how="outer", validate="one_to_one").merge(
        money.sums(variances, keys, "variance"), on=keys, how="left", validate="one_to_one"
    )
    table = table.merge(_sides(variances, keys), on=keys, how="left", validate="one_to_one")
    if not by:
        table = lines[["line"]].merge(table, on="line", how="left", validate="one_to_one")
    table = table.assign(sides=table["sides"].fillna(""), **{column: money.zero_filled(table[column]) for column in ("budget", "actual", "variance")})
    ordered = table.merge(lines[["line", "name", "type", "direction", "position"]], on="line", validate="many_to_one").sort_values(
        [*by, "position"], kind="stable", ignore_index=True
    )
    return with_pct(ordered.drop(columns="position"))


def _sides(variances: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    marks = variances.assign(has_budget=variances["sides"] != ACTUAL_ONLY, has_actual=variances["sides"] != BUDGET_ONLY)
    found = marks.groupby(list(keys), as_index=False, sort=True)[["has_budget", "has_actual"]].max()
    found["sides"] = [
        BOTH if budget and actual else BUDGET_ONLY if budget else ACTUAL_ONLY for budget, actual in zip(found["has_budget"], found["has_actual"], strict=True)
    ]
    return found[[*keys, "sides"]]


def team_variances(
    variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, types: Sequence[str] = ("opex",), by: Sequence[str] = ("team",)
) -> pd.DataFrame:
    """Returns the variances of one kind of line added up by team: budget, actual, variance, variance_pct, sides.

    Args:
        variances: The frame `variances`.
        accounts: The account tree.
        lines: The P&L lines.
        types: Line types that count; all of one direction, so that their amounts add up.
        by: The keys of the result.
    """
    own = lines[lines["type"].isin(types)]
    rows = variances[variances["line"].isin(own["line"])]
    by_line = line_variances(rows, accounts, own, by)
    table = money.sums(by_line, by, "budget")
    for column in ("actual", "variance"):
        table = table.merge(money.sums(by_line, by, column), on=list(by), validate="one_to_one")
    return with_pct(table.merge(_sides(rows, by), on=list(by), validate="one_to_one"))


def profit_variances(variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, by: Sequence[str], types: Sequence[str] = OPERATING) -> pd.DataFrame:
    """Returns what each group adds to profit: budget, actual, variance, variance_pct; favourable positive.

    Defined as::

        budget, actual   sum(direction * line_sign * amount) over the lines of those types
        variance         actual - budget
    """
    placed = variances.merge(pl_accounts(accounts, lines)[["account", "line_sign", "type", "direction"]], on="account", validate="many_to_one")
    placed = placed[placed["type"].isin(types)]
    effect = placed["direction"] * placed["line_sign"]
    signs = placed.assign(budget=signed(placed["budget"], effect), actual=signed(placed["actual"], effect))
    table = money.sums(signs, by, "budget").merge(money.sums(signs, by, "actual"), on=list(by), validate="one_to_one")
    return with_pct(table.assign(variance=(table["actual"] - table["budget"]).astype(money.MONEY)))


def with_pct(table: pd.DataFrame, base: str = "budget") -> pd.DataFrame:
    """Returns the table with variance_pct = variance / base as a fraction; missing (n/m) where the base is zero or negative."""
    shares = [variance_pct(variance, whole) for variance, whole in zip(table["variance"], table[base], strict=True)]
    return table.assign(variance_pct=pd.Series([float("nan") if share is None else float(share) for share in shares], index=table.index, dtype="float64"))


def variance_pct(variance: Decimal, base: Decimal) -> Decimal | None:
    """Returns a variance as a fraction of its base; None (n/m) where the base is zero or negative."""
    return variance / base if base > 0 else None


def with_quarter(params: Params, variances: pd.DataFrame) -> pd.DataFrame:
    """Returns the variances with the fiscal `quarter` of each month, such as `FY2027 Q1`."""
    labels = {month: params.calendar.quarter_label(month) for month in variances["month"].unique()}
    return variances.assign(quarter=variances["month"].map(labels))


def full_year_variances(
    budget: pd.DataFrame, outlook: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, year: Sequence[pd.Timestamp], closed: Sequence[pd.Timestamp]
) -> pd.DataFrame:
    """Returns the year by P&L line: its budget against the outlook, which is actuals to date and the re-forecast of the months left.

    Defined as::

        outlook     actual_to_date + outlook_left
        variance    direction * (outlook - budget of the year)

    Args:
        budget: The year's budget, natural sign.
        outlook: The frame `outlook`.
        accounts: The account tree.
        lines: The P&L lines.
        year: The twelve months.
        closed: The closed ones among them.

    Returns:
        One row per line: name, type, direction, budget, actual_to_date, outlook_left, outlook, variance, variance_pct of the year's budget.
    """
    parts = {
        "budget": budget[budget["month"].isin(year)],
        "actual_to_date": outlook[outlook["month"].isin(closed)],
        "outlook_left": outlook[outlook["month"].isin(year) & ~outlook["month"].isin(closed)],
    }
    table = lines.sort_values("position", kind="stable", ignore_index=True)[["line", "name", "type", "direction"]]
    for column, rows in parts.items():
        found = line_totals(rows, accounts, lines, ())
        known = dict(zip(found["line"], found["amount"], strict=True))
        table = table.assign(**{column: money.money_series((known.get(line, ZERO) for line in table["line"]), index=table.index)})
    whole = (table["actual_to_date"] + table["outlook_left"]).astype(money.MONEY)
    return with_pct(table.assign(outlook=whole, variance=signed(whole - table["budget"], table["direction"])))


def material(table: pd.DataFrame, materiality: Materiality) -> pd.DataFrame:
    """Returns the rows that are discussed, the largest variance first.

    Defined as::

        discussed = |variance| >= amount and (|variance_pct| >= pct or n/m)
                    or |variance| >= 10 * amount, whatever its share

    Args:
        table: Rows with variance (money) and variance_pct (fraction, missing where n/m).
        materiality: The limits of company.yml: an amount in reporting currency, a fraction of the budget.
    """
    size, share = table["variance"].abs(), table["variance_pct"].abs()
    wide = (share >= float(materiality.pct)) | share.isna()
    large = ((size >= materiality.amount) & wide) | (size >= ALWAYS * materiality.amount)
    kept = table[large & (table["variance"] != 0)]
    order = sorted(range(len(kept)), key=lambda row: (-abs(kept["variance"].iloc[row]), row))
    return kept.iloc[order].reset_index(drop=True)


def bridge(variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, by: str = "line", types: Sequence[str] = OPERATING) -> pd.DataFrame:
    """Returns the steps from planned to actual operating profit; they sum exactly.

    Defined as::

        planned profit + sum(variance of each step) = actual profit

    Args:
        variances: The frame `variances`.
        accounts: The account tree.
        lines: The P&L lines.
        by: `line` (grouped as in the statement, the largest step of a group first) or `team` (the largest step first).
        types: `OPERATING`, or another level of profit.

    Returns:
        step, kind (`total` or `step`), group (the line's type; empty for teams), amount (money), and total after the step.
    """
    table = profit_variances(variances, accounts, lines, [by], types).rename(columns={by: "step"})
    group = dict(zip(lines["line"], lines["type"], strict=True)) if by == "line" else {}
    steps = table.assign(kind="step", group=[group.get(step, "") for step in table["step"]], amount=table["variance"])
    order = sorted(range(len(steps)), key=lambda row: (types.index(steps["group"].iloc[row]) if by == "line" else 0, -abs(steps["amount"].iloc[row]), row))
    rows = [("plan", "total", "", money.total(table["budget"])), *(tuple(steps.iloc[row][["step", "kind", "group", "amount"]]) for row in order)]
    found = pd.DataFrame([*rows, ("actual", "total", "", money.total(table["actual"]))], columns=["step", "kind", "group", "amount"])
    return found.assign(amount=money.money_series(found["amount"]), total=money.money_series(_running(list(found["amount"]))))


def _running(amounts: Sequence[Decimal]) -> list[Decimal]:
    totals = [amounts[0]]
    for amount in amounts[1:-1]:
        totals.append(totals[-1] + amount)
    return [*totals, amounts[-1]]
