"""Restatements of a frozen plan as readers see them: a bridge from old to new, a list, a sentence, control totals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan import story
from aop_lib.plan.budget import control_totals
from aop_lib.plan.findings import Row
from aop_lib.plan.profit_and_loss import line_totals, result
from aop_lib.plan.restatements import PREFIX, is_restatement, made_since
from aop_lib.plan.wording import amount_text, counted, listed

if TYPE_CHECKING:
    from aop_lib.load import Params

COSTS = ("cost_of_revenue", "opex")
ZERO = Decimal("0.00")
OTHERS = "All other teams"
SOURCES = "Frozen plan: approved/. Restatements: restatements/. A name says who, it does not prove who."


def restatement_bridge(params: Params, frozen: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the steps from the frozen operating profit to the restated one, one for each restatement: step, kind, group, amount."""
    steps = [("Frozen", "total", result(frozen, accounts, lines).operating_profit)]
    layers = [(each.name, budget[budget["layer"] == f"{PREFIX}{each.id}"]) for each in made_since(params)]
    steps += [(name, "step", result(rows, accounts, lines).operating_profit) for name, rows in layers]
    steps.append(("Restated", "total", result(budget, accounts, lines).operating_profit))
    rows = [{"step": step, "kind": kind, "group": "", "amount": amount} for step, kind, amount in steps]
    return pd.DataFrame(rows).assign(amount=lambda frame: money.as_money(frame["amount"]))


def restatement_table(rows: pd.DataFrame, accounts: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Returns the frame `restatements` in readers' words: name, who, on, why, team_name, account_name, amount (natural sign)."""
    names = [dict(zip(frame[key], frame["name"], strict=True)) for frame, key in ((teams, "team"), (accounts, "account"))]
    own = rows.sort_values(["position", "team", "account"], kind="stable")
    return own.assign(
        who=own["by"],
        day=[f"{day:%Y-%m-%d}" for day in own["on"]],
        team_name=[names[0].get(team, team) for team in own["team"]],
        account_name=[names[1].get(account, account) for account in own["account"]],
    ).reset_index(drop=True)


def team_bridge(params: Params, frozen: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Returns the year's costs of each restated team from the frozen plan to the one under review, exact to the cent.

    Defined as::

        restated = frozen + one column for each restatement, named by its id

    Args:
        params: The review with its restatements.
        frozen: The frame `budget` of the frozen plan.
        budget: The restated budget.
        accounts: The account tree.
        lines: The P&L lines; cost of revenue and operating expenses count.
        teams: For names and their order.

    Returns:
        name, frozen, a column for each restatement, restated; the teams that none of them touches stand together in the last row.
    """
    made = [each.id for each in made_since(params)]
    own = lines[lines["type"].isin(COSTS)]
    layers = {"frozen": frozen, **{each: budget[budget["layer"] == f"{PREFIX}{each}"] for each in made}, "restated": budget}
    sums = {name: _by_team(rows, accounts, own) for name, rows in layers.items()}
    touched = {team for each in made for team, amount in sums[each].items() if amount}
    named = [(row["team"], row["name"]) for row in teams.sort_values("position", kind="stable").to_dict("records") if row["team"] in touched]
    rows = [{"name": name, **{column: found.get(team, ZERO) for column, found in sums.items()}} for team, name in named]
    if rows:
        known = {team for team, _ in named}
        others = {column: sum((amount for team, amount in found.items() if team not in known), ZERO) for column, found in sums.items()}
        rows.append({"name": OTHERS, **others})
    return pd.DataFrame(rows, columns=["name", *sums])


def _by_team(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> dict[str, Decimal]:
    sums = money.sums(line_totals(amounts, accounts, lines, ["team"]), ["team"])
    return {str(team): Decimal(amount) for team, amount in zip(sums["team"], sums["amount"], strict=True)}


def step_names(params: Params) -> dict[str, str]:
    """Returns the columns of `team_bridge` with what readers call them: the frozen plan, each restatement, the plan under review."""
    return {"frozen": "Frozen plan", **{each.id: each.name for each in made_since(params)}, "restated": "Plan under review"}


def team_bridge_finding(params: Params, bridge: pd.DataFrame) -> str:
    """Returns between which teams the restatements moved costs, how much, and what that leaves of the company's total."""
    made = [each.id for each in made_since(params)]
    gained = {row["name"]: sum((row[each] for each in made), ZERO) for row in bridge.to_dict("records")}
    taken = [name for name, amount in gained.items() if amount < 0]
    given = [name for name, amount in gained.items() if amount > 0]
    whole = sum(gained.values(), ZERO)
    head = f"{counted(len(made), 'restatement')} since the plan was frozen"
    if not whole and taken:
        moved = sum((gained[name] for name in given), ZERO)
        return f"{head}: {amount_text(moved)} moved from {listed(taken)} to {listed(given)}; the company's costs stay the same to the cent"
    return f"{head}: costs {'rise' if whole > 0 else 'fall'} by {amount_text(abs(whole))}" if whole else f"{head}: no team's costs change"


def moves_profit(steps: pd.DataFrame) -> bool:
    """Returns whether any restatement changes operating profit; a bridge of zeros is no picture."""
    return bool((steps.loc[steps["kind"] == "step", "amount"] != 0).any())


def restatement_finding(params: Params, steps: pd.DataFrame) -> str:
    """Returns the finding of the bridge: how often the plan was restated since it was frozen, and what that does to operating profit."""
    effect = Decimal(steps["amount"].iloc[-1]) - Decimal(steps["amount"].iloc[0])
    moved = f"operating profit {'rises' if effect > 0 else 'falls'} by {amount_text(abs(effect))}" if effect else "operating profit stays as it was"
    return f"{counted(len(made_since(params)), 'restatement')} since the plan was frozen: {moved}"


def with_restatements(params: Params, told: pd.DataFrame) -> pd.DataFrame:
    """Returns a story with one line more where the plan was restated: how often, last by whom and when."""
    made = made_since(params)
    if not made:
        return told
    owners = {owner.id: owner.name for owner in params.company.owners}
    last = f"{owners.get(made[-1].by, made[-1].by)} on {made[-1].on}: {made[-1].name}"
    line = f"The budget is the frozen plan, {counted(len(made), 'restatement')} since, the last by {last}"
    before: list[Row] = [{str(name): value for name, value in row.items()} for row in told.to_dict("records")]
    return story.story_frame("budget_story", [*before, story.line(line)])


def restatement_ties(params: Params, frozen: pd.DataFrame, budget: pd.DataFrame) -> pd.DataFrame:
    """Returns what must hold of a restated budget: frozen + restatements = restated, and a mere change of teams keeps its total at 0.

    Args:
        params: The review.
        frozen: The frame `budget` of the frozen plan.
        budget: The restated budget.

    Returns:
        The frame `control_totals`, without rows where nothing was restated.
    """
    made, since = made_since(params), budget[is_restatement(budget["layer"])]
    if not made:
        return control_totals([])
    checks = [("restated budget = frozen plan + restatements", money.total(budget["amount"]), money.total(frozen["amount"]) + money.total(since["amount"]))]
    for each in made:
        if not each.changes:
            own = since[since["layer"] == f"{PREFIX}{each.id}"]
            moved = sum((abs(amount) for amount in money.sums(own, ["entity", "account", "month"])["amount"]), Decimal("0.00"))
            checks.append((f"{each.name}: by entity, account and month nothing is gained or lost", moved, Decimal("0.00")))
    return control_totals(checks)
