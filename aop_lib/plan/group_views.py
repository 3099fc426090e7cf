"""The group as readers get it: each entity on the way into it, and each team with the shared costs that it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames, money
from aop_lib.periods import add_months
from aop_lib.plan.budget import control_totals
from aop_lib.plan.consolidation import attributable, unmatched
from aop_lib.plan.findings import Row, finding
from aop_lib.plan.owners import first_owner, owner_name, team_name
from aop_lib.plan.profit_and_loss import line_totals
from aop_lib.plan.shared_costs import final_shares, handed_on
from aop_lib.plan.translation import UNNAMED
from aop_lib.plan.wording import against_text, amount_text, counted, listed, month_name, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params

COSTS = ("cost_of_revenue", "opex")
ROUNDING = Decimal("1.00")  # what converting a month's rows one by one may leave


def entity_rows(params: Params, books: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns each entity's way into the group over the twelve months to the last closed one, exact to the cent.

    Defined as::

        revenue, operating profit   of the twelve months, at average rates, without what entities sell one another
        owners                      operating profit * ownership, rounded once
        assets                      standing at the last close, at its rate
        translation                 the translation difference in equity that stands at the last close
        eliminated                  what left the entity's assets and liabilities because entities hold it against one another

    Returns:
        name, currency, revenue, operating_profit, ownership (words), owners, assets, translation, eliminated.
    """
    year = books[books["month"].isin(params.last_twelve)]
    shares = {each.id: each.ownership for each in params.company.entities}
    profits = attributable(year, accounts, lines, shares).set_index("entity")
    revenue = _revenue(year, accounts, lines)
    own = params.company.consolidation.translation_account or UNNAMED
    rows = []
    for each in params.company.entities:
        held = books[books["entity"] == each.id]
        if held.empty:
            continue
        profit = profits["profit"].get(each.id, Decimal(0))
        rows.append(
            {
                "name": each.name, "currency": each.currency, "revenue": revenue.get(each.id, Decimal(0)), "operating_profit": profit,
                "ownership": percent_text(each.ownership, 0), "owners": money.cents(profits["owners"].get(each.id, Decimal(0))),
                "assets": _standing(held, accounts, ("asset",)), "translation": money.total(held.loc[held["account"] == own, "amount"]),
                "eliminated": _standing(held[held["layer"] == "elimination"], accounts, ("asset", "liability")),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _revenue(year: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> dict[str, Decimal]:
    totals = line_totals(year, accounts, lines, ("entity",)).merge(lines[["line", "type"]], on="line")
    found = totals[totals["type"] == "revenue"].groupby("entity", observed=True)["amount"].sum()
    return {str(entity): Decimal(amount) for entity, amount in found.items()}


def _standing(books: pd.DataFrame, accounts: pd.DataFrame, types: Sequence[str]) -> Decimal:
    signs = {row["account"]: int(row["debit_sign"]) for row in accounts.to_dict("records") if row["type"] in types}
    own = books[books["account"].isin(list(signs))]
    return sum((abs(signs[account]) * Decimal(amount) for account, amount in zip(own["account"], own["amount"], strict=True)), Decimal("0.00"))


def group_heading(rows: pd.DataFrame) -> str:
    """Returns what the entities add up to, and what translation and others' shares take."""
    if rows.empty:
        return "No entity has books"
    whole, owners = (sum(rows[name], Decimal(0)) for name in ("operating_profit", "owners"))
    parts = [f"{counted(len(rows), 'entity', 'entities')} with an operating profit of {amount_text(whole)} in twelve months"]
    if whole != owners:
        parts.append(f"{amount_text(owners)} of it belongs to the owners")
    shift = sum(rows["translation"], Decimal(0))
    if shift:
        parts.append(f"translation has {'added' if shift > 0 else 'taken'} {amount_text(abs(shift))}")
    return "; ".join(parts)


def group_ties(books: pd.DataFrame, accounts: pd.DataFrame) -> list[tuple[str, Decimal, Decimal]]:
    """Returns (check, left, right): debits and credits of the translated books, and what elimination takes from either side.

    Defined as::

        left    sum over entities and months of |debits - credits| of the translated books, where the posted ones balance but for rounding
        right   0
    """
    signs = dict(zip(accounts["account"], accounts["debit_sign"].astype(int), strict=True)) | {UNNAMED: -1}
    debits = [signs[account] * Decimal(amount) for account, amount in zip(books["account"], books["amount"], strict=True)]
    posted: dict[tuple[str, pd.Timestamp], Decimal] = {}
    translated: dict[tuple[str, pd.Timestamp], Decimal] = {}
    taken = Decimal("0.00")
    for entity, month, layer, debit in zip(books["entity"], books["month"], books["layer"], debits, strict=True):
        if layer == "elimination":
            taken += debit
            continue
        translated[entity, month] = translated.get((entity, month), Decimal(0)) + debit
        posted[entity, month] = posted.get((entity, month), Decimal(0)) + (debit if layer == "posted" else 0)
    apart = sum((abs(value) for key, value in translated.items() if abs(posted[key]) <= ROUNDING), Decimal("0.00"))
    none = Decimal("0.00")
    return [("the translated books balance in every month and entity", apart, none), ("elimination takes as much from debits as from credits", taken, none)]


def dealing_findings(params: Params, books: pd.DataFrame, accounts: pd.DataFrame) -> list[Row]:
    """Returns a finding for each month of the last twelve in which entities tell different things of what they hold against one another.

    Counted is what reaches the company's materiality, amount and share; less is what rates leave. Of results that one side booked a
    month later than the other there is one finding, which names both months.

    Args:
        params: Pairs with their owners, names of entities, materiality.
        books: The frame `group_books`.
        accounts: The account tree.
    """
    pairs = {each.id: each for each in params.company.consolidation.intercompany}
    left = unmatched(books[books["layer"] != "elimination"], accounts, list(pairs.values()))
    rows = []
    for name, own in left[left["month"].isin(params.last_twelve)].groupby("pair", sort=True):
        apart = {row["month"]: row for row in own.to_dict("records") if _is_material(params, row)}
        owner = owner_name(params, pairs[str(name)].owner or first_owner(params))
        told: set[pd.Timestamp] = set()
        for month, row in apart.items():
            later = apart.get(add_months(month, 1))
            is_late = later is not None and later["difference"] == -row["difference"]
            if month not in told:
                rows.append(_dealing_finding(params, row, later if is_late else None, owner))
            told |= {add_months(month, 1)} if is_late else set()
    return rows


def _is_material(params: Params, row: Mapping[Any, Any]) -> bool:
    limit, size = params.company.materiality, abs(row["difference"])
    return bool(size >= limit.amount and size >= limit.pct * max(abs(row["left"]), abs(row["right"])))


def _dealing_finding(params: Params, row: Mapping[Any, Any], later: Mapping[Any, Any] | None, owner: str) -> Row:
    names = {each.id: each.name for each in params.company.entities}
    sides = [listed([names.get(each, each) for each in row[side].split(", ") if each]) or "nobody" for side in ("left_entities", "right_entities")]
    when = month_name(row["month"])
    held = [f"{who} {amount_text(row[side])}" for who, side in zip(sides, ("left", "right"), strict=True)]
    behind = sides[1] if row["difference"] > 0 else sides[0]
    late = f"; {behind} booked it in {month_name(later['month'])}" if later else ""
    what = f"{sides[0]} and {sides[1]} differ by {amount_text(abs(row['difference']))} in {when}{late}"
    told = {"expected": "both sides the same", "found": " against ".join(held), "owner": owner, "amount": abs(row["difference"])}
    return finding("warning", "dealings", f"{row['name']}, {when}", what, **told)


def shared_costs(params: Params, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns every team's costs of the planned year handed to the teams that use them, conformed to `shared_costs`.

    Args:
        params: Which teams are services, who uses them, and the method.
        budget: The frame `budget`, or the ledger for what teams cost to date.
        accounts: The account tree.
        lines: The P&L lines.
        kpis: The frame `kpis`: heads by team in the last closed month.
    """
    uses = used_by(params, kpis)
    if not uses:
        return frames.empty("shared_costs")
    found = handed_on(team_costs(params, budget, accounts, lines), final_shares(uses, params.company.consolidation.method))
    return frames.conformed("shared_costs", money.sums(found, ["source", "team", "month"]))


def used_by(params: Params, kpis: pd.DataFrame) -> dict[str, dict[str, Decimal]]:
    """Returns, for each service, the weight of each team that uses it: as stated, or heads in the last closed month."""
    own = kpis[(kpis["metric"] == "heads") & (kpis["team"] != "") & (kpis["month"] == params.last_closed)]
    heads = {str(team): Decimal(value) for team, value in zip(own["team"], own["value"], strict=True)}
    found: dict[str, dict[str, Decimal]] = {}
    for each in params.company.consolidation.shared_costs:
        weights: Mapping[str, Decimal] = each.by if isinstance(each.by, dict) else heads
        used = {team: weight for team, weight in weights.items() if team != each.team and weight > 0}
        if used:
            found[each.team] = used
    return found


def service_columns(params: Params, shared: pd.DataFrame) -> dict[str, str]:
    """Returns the columns of `loaded_teams` that services hand on, with what readers call them, in the company's order."""
    sources = {str(source) for source in shared["source"]}
    return {f"from {each.team}": team_name(params, each.team) for each in params.company.consolidation.shared_costs if each.team in sources}


def loaded_teams(params: Params, shared: pd.DataFrame) -> pd.DataFrame:
    """Returns each team's direct cost, what each service hands to it, and all of it together; rows and columns add up to the cent.

    Defined as::

        from a service    what it hands to the team; in its own row minus what it hands on, so that each of these columns sums to 0
        loaded            direct + what all services hand to it; services stand at zero in the end

    Args:
        params: Teams and services.
        shared: The frame `shared_costs`, of any months.

    Returns:
        name, direct, a column for each service (`service_columns`), handed (their sum), loaded.
    """
    sources, services = {str(source) for source in shared["source"]}, service_columns(params, shared)
    sums = {(row["source"], row["team"]): Decimal(row["amount"]) for row in money.sums(shared, ["source", "team"]).to_dict("records")}
    rows = []
    for team in [each.id for each in params.company.teams if each.id in sources | set(shared["team"])]:
        direct = sum((amount for (source, _), amount in sums.items() if source == team), Decimal(0))
        parts = {key: -direct if key == f"from {team}" else sums.get((key.removeprefix("from "), team), Decimal(0)) for key in services}
        handed = sum(parts.values(), Decimal(0))
        rows.append({"name": team_name(params, team), "direct": direct, **parts, "handed": handed, "loaded": direct + handed})
    return pd.DataFrame(rows, columns=["name", "direct", *services, "handed", "loaded"])


def loaded_costs(params: Params, planned: pd.DataFrame, actual: pd.DataFrame) -> pd.DataFrame:
    """Returns each team's fully loaded cost, plan and actual by the same shares: team, budget, actual; services, which end at zero, are left out.

    Args:
        params: The teams in their order.
        planned: `shared_costs` of the plan in the closed months.
        actual: `shared_costs` of the ledger in the same months.
    """
    sides = [{row["team"]: Decimal(row["amount"]) for row in money.sums(each, ["team"]).to_dict("records")} for each in (planned, actual)]
    held = [each.id for each in params.company.teams if any(each.id in side for side in sides)]
    return pd.DataFrame([(team, *(side.get(team, Decimal(0)) for side in sides)) for team in held], columns=["team", "budget", "actual"])


def shared_heading(params: Params, shared: pd.DataFrame) -> str:
    """Returns which services are handed on, how much they cost, and by which method."""
    services = [each.team for each in params.company.consolidation.shared_costs]
    moved = shared[shared["source"].isin(services)]
    names = listed([team_name(params, team) for team in services], 3)
    return f"{names} cost {amount_text(money.total(moved['amount']))}, handed to the teams that use them"


def loaded_heading(params: Params, loaded: pd.DataFrame) -> str:
    """Returns what all teams cost with shared costs against the plan, and the team that is farthest over its own."""
    whole, spent = (sum(loaded[name], Decimal(0)) for name in ("budget", "actual"))
    over = max(loaded.to_dict("records"), key=lambda row: row["actual"] - row["budget"])
    by = over["actual"] - over["budget"]
    tail = f"; farthest over is {team_name(params, over['team'])}, by {amount_text(by)}" if by > 0 else ""
    return f"With shared costs, teams cost {amount_text(spent)}, {against_text(spent, whole)}{tail}"


def group_checks(params: Params, books: pd.DataFrame, shared: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the control totals of the group and of shared costs: check, left, right, difference, ties."""
    checks = group_ties(books, accounts) if len(books) else []
    if len(shared):
        before = money.total(team_costs(params, budget, accounts, lines)["amount"])
        checks.append(("shared costs: what all teams cost before and after", money.total(shared["amount"]), before))
    return control_totals(checks)


def team_costs(params: Params, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns what teams cost in the planned year, by team and month: cost of revenue and operating expenses."""
    kinds = dict(zip(lines["line"], lines["type"], strict=True))
    cost = {row["account"] for row in accounts.to_dict("records") if kinds.get(row["line"]) in COSTS}
    return money.sums(budget[budget["account"].isin(cost) & budget["month"].isin(params.year_months)], ["team", "month"])
