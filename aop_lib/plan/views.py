"""Frames as readers get them: rows in reading order with names, for tables and charts. Nothing is computed anew here."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.display import scale_of, scaled
from aop_lib.periods import add_months
from aop_lib.plan.figure_keys import amount_key
from aop_lib.plan.goals import MARK
from aop_lib.plan.owners import owner_name
from aop_lib.plan.profit_and_loss import line_totals, profit_by, statement_rows
from aop_lib.plan.wording import listed, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

STYLES = {"line": "", "subtotal": "sub", "result": "result"}
TYPE_NAMES = {
    "revenue": "Revenue", "cost_of_revenue": "Cost of revenue", "opex": "Operating expenses",
    "other_income": "Other income", "other_expense": "Other expense", "tax": "Taxes",
}  # fmt: skip
SIDES = {"budget only": "budgeted, no actual", "actual only": "actual only, not budgeted"}
PROGRESS_SCALE = Decimal("1.2")
OPERATING_PROFIT = "Operating profit"
REVIEW_SIDES = ("actual", "planned")
YEAR_SIDES = (*REVIEW_SIDES, "outlook", "plan_year")
OPEX_KEY = amount_key("total_opex", *REVIEW_SIDES)
BUDGET_SOURCES = (
    "Budget: existing people and contracts carried forward by drivers.yml, plus approved requests of decisions.yml. Year before: the ledger through the "
    "last closed month, then an estimate by the same rules. Gross profit is revenue less cost of revenue; operating profit is gross profit less "
    "operating expenses."
)
VARIANCE_SOURCES = (
    "Plan: the budget of the same months; in a review the frozen one. Actual: the ledger, closed months only, each line at its month's average rate. "
    "Variance: actual less plan for revenue, plan less actual for cost. Full year: the outlook, actuals to date and the re-forecast of the months left, "
    "each account by the method that stage 03 says. Timing is what the outlook takes back within the year; the rest is permanent."
)


def statement_view(totals: pd.DataFrame, lines: pd.DataFrame, columns: dict[str, str], sides: Sequence[str] = ()) -> pd.DataFrame:
    """Returns P&L lines with subtotals and results, ready for a variance table.

    Args:
        totals: One row per line with money columns; `sides`, where present, is told under the line's name.
        lines: The P&L lines.
        columns: The totals' columns to what the table calls them, e.g. {"budget": "plan"}.
        sides: What the columns are, in their order, see `FigureKey.sides`: then subtotals and results can be explained.

    Returns:
        label, why, style, direction, group (what a subtotal adds up) and the columns under their new names; with sides also explains.
    """
    rows = statement_rows(totals, lines, list(columns))
    occurs = dict(zip(totals["line"], totals["sides"], strict=True)) if "sides" in totals else {}
    why = [SIDES.get(occurs.get(row, ""), "") for row in rows["row"]]
    group = rows["type"].replace({"other_income": "other", "other_expense": "other"})
    view = rows.assign(label=rows["name"], why=why, style=rows["kind"].map(STYLES), group=group).rename(columns=columns)
    view = view[["label", "why", "style", "direction", "group", *columns.values()]]
    keys = [amount_key(row, *sides) if kind != "line" else "" for row, kind in zip(rows["row"], rows["kind"], strict=True)]
    return view.assign(explains=keys) if sides else view


def year_totals(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, months: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Returns the total of every P&L line over months; a line without amounts is zero."""
    found = line_totals(amounts[amounts["month"].isin(list(months))], accounts, lines, ())
    known = dict(zip(found["line"], found["amount"], strict=True))
    return lines[["line"]].assign(amount=money.money_series((known.get(line, Decimal(0)) for line in lines["line"]), index=lines.index))


def two_years(params: Params, budget: pd.DataFrame, before: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the planned year beside the year before, by P&L line with results: label, why, style, direction, actual, plan."""
    here = year_totals(budget, accounts, lines, params.year_months).rename(columns={"amount": "actual"})
    last = year_totals(before, accounts, lines, params.ending_year_months).rename(columns={"amount": "plan"})
    return statement_view(here.merge(last, on="line", validate="one_to_one"), lines, {"actual": "actual", "plan": "plan"}, ("budget", "before"))


def team_view(
    table: pd.DataFrame, names: pd.DataFrame, actual: str, plan: str, total: str, why: Sequence[str] | None = None, explains: str = ""
) -> pd.DataFrame:
    """Returns teams' costs with their total, ready for a variance table, the worst first.

    Args:
        table: One row per team with two money columns.
        names: The frame `teams` (or any with team and name).
        actual: The column that is compared.
        plan: The column it is compared with.
        total: The name of the last row.
        why: A text under each team's name.
        explains: The key under which the last row is explained.
    """
    known = dict(zip(names["team"], names["name"], strict=True))
    rows = pd.DataFrame(
        {
            "label": [known.get(team, team or "No team") for team in table["team"]], "why": list(why or [""] * len(table)), "style": "", "direction": -1,
            "actual": list(table[actual]), "plan": list(table[plan]),
        }
    )  # fmt: skip
    ordered = rows.sort_values("actual", key=lambda column: rows["plan"] - column, kind="stable", ignore_index=True)
    last = {"label": total, "why": "", "style": "total", "direction": -1, "actual": sum(rows["actual"], Decimal(0)), "plan": sum(rows["plan"], Decimal(0))}
    return pd.concat([ordered.assign(explains=""), pd.DataFrame([last | {"explains": explains}])], ignore_index=True)


def entity_view(params: Params, table: pd.DataFrame, total: str) -> pd.DataFrame:
    """Returns entities' profit with its sum, ready for a variance table.

    Args:
        params: For the names.
        table: entity, budget, actual: profit, favourable positive.
        total: The name of the last row.
    """
    known = {each.id: each.name for each in params.company.entities}
    rows = pd.DataFrame(
        {
            "label": [known.get(entity, entity) for entity in table["entity"]], "why": "", "style": "", "direction": 1,
            "actual": list(table["actual"]), "plan": list(table["budget"]),
        }
    )  # fmt: skip
    last = {"label": total, "why": "", "style": "total", "direction": 1, "actual": sum(rows["actual"], Decimal(0)), "plan": sum(rows["plan"], Decimal(0))}
    return pd.concat([rows.assign(explains=""), pd.DataFrame([last | {"explains": amount_key("operating_profit", *REVIEW_SIDES)}])], ignore_index=True)


def bridge_of(shown: pd.DataFrame) -> pd.DataFrame:
    """Returns the steps from planned to actual operating profit as the statement's table displays them; they sum exactly.

    Args:
        shown: The statement with what is displayed of it (`display.with_shown`).

    Returns:
        step, kind (`total` or `step`), group, amount; groups in report order, the largest step of a group first.
    """
    results = [place for place, style in enumerate(shown["style"]) if style == "result" and shown["label"].iloc[place] == OPERATING_PROFIT]
    last = results[0] if results else len(shown) - 1
    own = shown.iloc[:last][shown["style"].iloc[:last] == ""]
    groups = list(dict.fromkeys(own["group"]))
    order = sorted(range(len(own)), key=lambda row: (groups.index(own["group"].iloc[row]), -abs(own["variance_shown"].iloc[row]), row))
    ordered = own.iloc[order]
    ends = [
        {"step": name, "kind": "total", "group": "", "amount": shown[column].iloc[last]}
        for name, column in (("Plan", "plan_shown"), ("Actual", "actual_shown"))
    ]
    steps = pd.DataFrame({"step": ordered["label"], "kind": "step", "group": ordered["group"].map(TYPE_NAMES).fillna(""), "amount": ordered["variance_shown"]})
    return pd.concat([pd.DataFrame(ends[:1]), steps, pd.DataFrame(ends[1:])], ignore_index=True)


def monthly_profit(
    parts: dict[str, pd.DataFrame], accounts: pd.DataFrame, lines: pd.DataFrame, months: Sequence[pd.Timestamp], types: Sequence[str]
) -> pd.DataFrame:
    """Returns revenue or profit per month and series, zeros included: month, series, value.

    Args:
        parts: Series (`actual`, `plan`, `estimate`, `prior`) to its amounts; each shows only in the months it has.
        accounts: The account tree.
        lines: The P&L lines.
        months: The months to show.
        types: The line types that count: (`revenue`,) is revenue, `OPERATING` is operating profit.
    """
    pieces = []
    for series, amounts in parts.items():
        own = amounts[amounts["month"].isin(list(months))]
        if not own.empty:
            pieces.append(profit_by(own, accounts, lines, ["month"], types).rename(columns={"amount": "value"}).assign(series=series))
    columns = ["month", "series", "value"]
    return pd.concat(pieces, ignore_index=True)[columns] if pieces else pd.DataFrame({column: [] for column in columns})


def beside_year_before(ledger: pd.DataFrame, last_closed: pd.Timestamp, count: int = 12) -> dict[str, pd.DataFrame]:
    """Returns the last closed months as `actual` and the same months a year before, moved forward, as `prior`."""
    months = [add_months(last_closed, -back) for back in range(count)]
    before = ledger[ledger["month"].isin([add_months(month, -12) for month in months])]
    return {"actual": ledger[ledger["month"].isin(months)], "prior": before.assign(month=[add_months(month, 12) for month in before["month"]])}


def goal_view(params: Params, goals: pd.DataFrame) -> pd.DataFrame:
    """Returns goals as a table in words: statement, owner_name, metric_name, start, latest, target, weight, status."""
    unit = [params.company.reporting_currency if each == "currency" else each for each in goals["unit"]]
    texts = {column: [value_text(value, each) for value, each in zip(goals[column], unit, strict=True)] for column in ("start", "latest", "target")}
    has = goals["latest_month"].notna()
    texts["latest"] = [text if present else "not measured" for text, present in zip(texts["latest"], has, strict=True)]
    return goals[["statement", "owner_name", "metric_name", "status", "deadline"]].assign(
        **texts, weight=[percent_text(Decimal(str(each)), 0) for each in goals["weight"]]
    )


def bullet_view(params: Params, progress: pd.DataFrame, goals: pd.DataFrame) -> pd.DataFrame:
    """Returns the company's progress for bullet bars: label, sub, share of the path reached, status, text."""
    own = progress[(progress["team"] == "") & progress["attainment"].notna()].merge(
        goals[["goal", "statement", "owner_name"]], on="goal", validate="many_to_one"
    )
    unit = [params.company.reporting_currency if each == "currency" else each for each in own["unit"]]
    return pd.DataFrame(
        {
            "label": own["metric_name"], "sub": own["owner_name"], "status": own["status"].map(MARK),
            "share": [max(Decimal(0), min(Decimal(each), PROGRESS_SCALE)) for each in own["attainment"]],
            "text": [f"{value_text(a, u)} of {value_text(p, u)}" for a, p, u in zip(own["actual"], own["path"], unit, strict=True)],
        }
    )  # fmt: skip


def with_names(table: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Returns a table by team with each team's name; an empty team is told as such."""
    known = dict(zip(teams["team"], teams["name"], strict=True))
    return table.assign(name=[known.get(team, team or "No team") for team in table["team"]])


def revenue_by_month(ledger: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> dict[pd.Timestamp, Decimal]:
    """Returns revenue of each month of the ledger."""
    sums = profit_by(ledger, accounts, lines, ["month"], ("revenue",))
    return {month: Decimal(amount) for month, amount in zip(sums["month"], sums["amount"], strict=True)}


def actual_estimate_plan(params: Params, estimate: pd.DataFrame, budget: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Returns the ending year as `actual` and `estimate` and the planned one as `plan`, for a chart by month."""
    closed = estimate["month"] <= params.last_closed
    return {"actual": estimate[closed], "estimate": estimate[~closed], "plan": budget}


def statement_with_year(by_line: pd.DataFrame, year: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L to date and for the year, ready for a variance table: actual, plan, year_actual, year_plan."""
    whole = year[["line", "budget", "outlook"]].rename(columns={"budget": "year_plan", "outlook": "year_actual"})
    both = by_line.merge(whole, on="line", validate="one_to_one")
    return statement_view(both, lines, {"actual": "actual", "budget": "plan", "year_actual": "year_actual", "year_plan": "year_plan"}, YEAR_SIDES)


def one_sided(by_line: pd.DataFrame) -> pd.DataFrame:
    """Returns the lines that only one side has, and which side that is."""
    own = by_line[by_line["sides"].isin(SIDES)]
    return own.assign(why=own["sides"].map(SIDES))


def ranked_requests(status: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Returns requests for a ranked chart, largest first: label, value (asked), part (approved), note (team)."""
    named = with_names(status, teams).sort_values(["asked", "request"], ascending=[False, True], kind="stable", ignore_index=True)
    notes = list(named["name"])
    scale = scale_of([*named["asked"], *named["approved"]], "")
    value, part = ([figure * scale.unit for figure in scaled(list(named[column]), scale)] for column in ("asked", "approved"))
    return pd.DataFrame({"label": named["title"], "value": value, "part": part, "note": notes})


def named_requests(params: Params, status: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Returns requests with team_name and decider in words, largest first."""
    ordered = with_names(status, teams).sort_values(["asked", "request"], ascending=[False, True], kind="stable", ignore_index=True)
    return ordered.assign(team_name=ordered["name"], decider=[owner_name(params, each) for each in ordered["decided_by"]])


def named_rules(params: Params, assumed: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Returns unsourced drivers in words: name, words, owner_name, amount.

    Args:
        params: For owners, lines and teams.
        assumed: What `assumed_rules` returned.
        names: The frame `accounts`.
    """
    known = (
        {line.id: line.name for line in params.company.lines}
        | {team.id: team.name for team in params.company.teams}
        | dict(zip(names["account"], names["name"], strict=True))
    )
    growth = [
        listed([f"{percent_text(rate)} growth{per}" for rate, per in ((row["growth"], ""), (row["monthly_growth"], " a month")) if rate])
        for row in assumed.to_dict("records")
    ]
    words = [f"{method.replace('_', ' ')}{'' if text == 'none' else ', ' + text}" for method, text in zip(assumed["method"], growth, strict=True)]
    return assumed.assign(
        name=[known.get(rule, rule) for rule in assumed["rule"]], words=words, owner_name=[owner_name(params, each) for each in assumed["owner"]]
    )


def compared_scenarios(effects: pd.DataFrame) -> pd.DataFrame:
    """Returns scenarios for a chart against the budget: label, value and reference (operating profit), gap (the effect)."""
    base = effects.loc[effects["scenario"] == "base", "operating_profit"].iloc[0]
    return pd.DataFrame({"label": effects["name"], "value": effects["operating_profit"], "reference": base, "gap": effects["profit_effect"]})


def scenario_lines(totals: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L with one money column per scenario: label, style, direction and the scenarios' ids."""
    wide = lines[["line"]]
    names = list(dict.fromkeys(totals["scenario"]))
    for name in names:
        own = dict(zip(totals.loc[totals["scenario"] == name, "line"], totals.loc[totals["scenario"] == name, "amount"], strict=True))
        wide = wide.assign(**{name: money.money_series((own.get(line, Decimal(0)) for line in wide["line"]), index=wide.index)})
    sides = ["budget" if name == "base" else f"scenario:{name}" for name in names]
    return statement_view(wide, lines, {name: name for name in names}, sides)


def scenario_names(params: Params) -> dict[str, str]:
    """Returns the name of the budget and of each scenario by its id, in the cycle's order."""
    return {"base": "Budget", **{each.scenario: each.name for each in params.scenarios}}
