"""The budget: the base carried forward, approved requests on top of it, and the year it is held against."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames, money
from aop_lib.plan.carry_forward import PLACE, carried_forward, pl_amounts, planned_budgets
from aop_lib.plan.profit_and_loss import NET, line_totals, profit_by, result
from aop_lib.plan.restatements import is_restatement

if TYPE_CHECKING:
    from aop_lib.load import Params

BASE, IMPORTED = "base", "imported"
ACTUAL, ESTIMATE, BUDGET = "actual", "estimate", "budget"


def base_budget(params: Params, ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, imported: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns existing people and contracts carried into the planned year by drivers.yml; see `carry_forward.carried_forward`.

    Args:
        params: drivers.yml, calendar, last closed month, teams.
        ledger: Actuals, closed months, reporting currency.
        accounts: The account tree.
        lines: The P&L lines; only their accounts are carried.
        imported: Budgets made elsewhere, for rules with the method `imported`.

    Returns:
        The frame `base_budget`, natural sign, twelve months for each place.
    """
    return frames.conformed("base_budget", carried_forward(params, ledger, accounts, lines, params.year_months, imported))


def approved_lines(params: Params, request_lines: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns the costs of the approved options in the planned year, one layer for each request.

    The entity is the first of the company that keeps the line's currency, else the company's first.

    Args:
        params: Entities and year.
        request_lines: What each option costs per month, reporting currency.
        status: The frame `request_status`.

    Returns:
        entity, team, account, month, amount, layer (the request).
    """
    chosen = status.loc[status["decision"] == "approved", ["request", "option"]]
    rows = request_lines[request_lines["month"].isin(params.year_months)].merge(chosen, on=["request", "option"], how="inner", validate="many_to_one")
    rows = rows.assign(entity=[entity_of(params, currency) for currency in rows["currency"]], layer=rows["request"])
    return money.sums(rows, [*PLACE, "month", "layer"])


def entity_of(params: Params, currency: str) -> str:
    """Returns the first entity that keeps a currency; the company's first entity where none does."""
    entities = params.company.entities
    fallback = entities[0].id if entities else ""
    return next((each.id for each in entities if each.currency == currency), fallback)


def budget(params: Params, base: pd.DataFrame, request_lines: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Returns the budget of the planned year.

    Defined as::

        budget = base (layer `base`) + the approved option of each approved request (layer = the request)

    Returns:
        The frame `budget`, natural sign.
    """
    approved = approved_lines(params, request_lines, status)
    both = pd.concat(
        [base.assign(layer=BASE), approved.astype({column: kind for column, kind in base.dtypes.items() if column in approved})], ignore_index=True
    )
    return frames.conformed("budget", both)


def year_end_estimate(params: Params, ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, imported: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns the year before the planned one: actual through the last closed month, then the estimate by the rules of drivers.yml.

    Returns:
        The frame `year_end_estimate`, P&L accounts, natural sign; basis is `actual` or `estimate`.
    """
    months = params.ending_year_months
    closed = [month for month in months if month <= params.last_closed]
    actual = pl_amounts(ledger[ledger["month"].isin(closed)], accounts, lines).assign(basis=ACTUAL)
    left = [month for month in months if month > params.last_closed]
    if not left:
        return frames.conformed("year_end_estimate", actual)
    estimate = carried_forward(params, ledger, accounts, lines, left, imported).assign(basis=ESTIMATE)
    return frames.conformed("year_end_estimate", pd.concat([actual, estimate], ignore_index=True))


def statement(params: Params, budget: pd.DataFrame, estimate: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L by line and month: the planned year beside the year before.

    Args:
        params: The year and the last closed month.
        budget: The frame `budget`.
        estimate: The frame `year_end_estimate`.
        accounts: The account tree.
        lines: The P&L lines.

    Returns:
        The frame `statement`: every line in every month, zeros included; basis is `budget`, `actual` or `estimate`.
    """
    planned = line_totals(budget, accounts, lines, ["month"])
    before = line_totals(estimate, accounts, lines, ["month"])
    spine = pd.DataFrame(
        [(line, month, BUDGET) for line in lines["line"] for month in params.year_months]
        + [(line, month, ACTUAL if month <= params.last_closed else ESTIMATE) for line in lines["line"] for month in params.ending_year_months],
        columns=["line", "month", "basis"],
    )
    spine["month"] = spine["month"].astype("datetime64[us]")
    full = spine.merge(pd.concat([planned, before], ignore_index=True), on=["line", "month"], how="left", validate="one_to_one")
    return frames.conformed("statement", full.assign(amount=money.zero_filled(full["amount"])))


def team_budgets(
    budget: pd.DataFrame, estimate: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, teams: pd.DataFrame, types: tuple[str, ...] = ("opex",)
) -> pd.DataFrame:
    """Returns each team's spend: the year before, base, approved requests, budget; costs positive.

    Args:
        budget: The frame `budget`.
        estimate: The frame `year_end_estimate`.
        accounts: The account tree.
        lines: The P&L lines.
        teams: For the names and their order.
        types: The line types that count, all with one direction.

    Returns:
        team, name, before, base, approved, restated, budget, change (budget less before); teams with none of it are left out.
    """
    own = lines[lines["type"].isin(types)]
    in_base, since = budget["layer"].isin([BASE, IMPORTED]), is_restatement(budget["layer"])
    parts = {"before": estimate, "base": budget[in_base], "approved": budget[~in_base & ~since], "restated": budget[since], "budget": budget}
    table = teams.sort_values("position", kind="stable")[["team", "name"]]
    named = set(budget["team"]) | set(estimate["team"])
    extra = sorted(named - set(table["team"]))
    table = pd.concat([table, pd.DataFrame({"team": extra, "name": [team or "no team" for team in extra]})], ignore_index=True)
    for column, rows in parts.items():
        sums = money.sums(line_totals(rows, accounts, own, ["team"]), ["team"])
        table[column] = money.money_series(
            (dict(zip(sums["team"], sums["amount"], strict=True)).get(team, Decimal(0)) for team in table["team"]), index=table.index
        )
    shown = (table["before"] != 0) | (table["base"] != 0) | (table["approved"] != 0) | (table["restated"] != 0)
    return table[shown].assign(change=lambda frame: (frame["budget"] - frame["before"]).astype(money.MONEY)).reset_index(drop=True)


def budget_control_totals(
    params: Params,
    base: pd.DataFrame,
    budget: pd.DataFrame,
    status: pd.DataFrame,
    accounts: pd.DataFrame,
    lines: pd.DataFrame,
    imported: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Returns the identities of the budget, each to the cent.

    Defined as::

        budget               = base + approved requests, or the imported budget of the year, + restatements       natural sign
        operating profit     = sum of the teams' operating profits
        net result           = sum of the months' net results

    Args:
        params: The year, and the name of an imported baseline.
        base: The frame `base_budget`.
        budget: The frame `budget`.
        status: The frame `request_status` whose approvals are in the budget.
        accounts: The account tree.
        lines: The P&L lines.
        imported: The frame `imported_budget`, where the budget was made elsewhere.

    Returns:
        The frame `control_totals`.
    """
    year, whole = result(budget, accounts, lines), money.total(budget["amount"])
    since = money.total(budget.loc[is_restatement(budget["layer"]), "amount"])
    after = " + restatements" if is_restatement(budget["layer"]).any() else ""
    source = (f"budget = base + approved requests{after}", whole, money.total(base["amount"]) + money.total(status["approved"]) + since)
    if imported is not None and (budget["layer"] == IMPORTED).any():
        named = imported[imported["budget"].isin(planned_budgets(params, imported)) & imported["month"].isin(params.year_months)]
        source = (f"budget = imported budget{after}", whole, money.total(named["amount"]) + since)
    by_team = money.total(profit_by(budget, accounts, lines, ["team"])["amount"])
    by_month = money.total(profit_by(budget[budget["month"].isin(params.year_months)], accounts, lines, ["month"], NET)["amount"])
    checks = [("operating profit = sum of teams", year.operating_profit, by_team), ("net result = sum of months", year.net_result, by_month)]
    return control_totals([source, *checks])


def control_totals(checks: list[tuple[str, Decimal, Decimal]]) -> pd.DataFrame:
    """Returns identities as the frame `control_totals`: left, right, their difference, and whether they tie."""
    rows = [{"check": name, "left": left, "right": right, "difference": left - right, "ties": left == right} for name, left, right in checks]
    return frames.conformed("control_totals", pd.DataFrame(rows)) if rows else frames.empty("control_totals")
