"""The heading of each section: a sentence with its number, computed by the run."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.periods import add_months
from aop_lib.plan.profit_and_loss import Result
from aop_lib.plan.variance import reviewed_months
from aop_lib.plan.wording import against_text, amount_text, counted, listed, month_name, months_name, percent_text, short_or_ahead_text

if TYPE_CHECKING:
    from aop_lib.load import Params


def coverage(params: Params, sources: pd.DataFrame) -> str:
    """Returns how much was read and how much of it is used."""
    if sources.empty:
        return "No source is declared yet"
    used, later, aside = (int(sources[column].sum()) for column in ("used", "later", "quarantined"))
    hidden = f"; {later:,} from after {month_name(params.last_closed)} stay out" if later else ""
    without = f"{aside:,} {'is' if aside == 1 else 'are'} set aside" if aside else "none is set aside"
    count = f"All {counted(used, 'row')}" if not later and not aside and used > 1 else f"{used:,} of {counted(used + later + aside, 'row')}"
    return f"{count} count{hidden}; {without}"


def growth(params: Params, ledger_revenue: dict[pd.Timestamp, Decimal]) -> str:
    """Returns how revenue of the last twelve closed months stands against the twelve before; n/m where there are none.

    Args:
        params: The last closed month.
        ledger_revenue: Revenue per month.
    """
    months = [add_months(params.last_closed, -back) for back in range(12)]
    here = sum((ledger_revenue.get(month, Decimal(0)) for month in months), Decimal(0))
    before = sum((ledger_revenue.get(add_months(month, -12), Decimal(0)) for month in months), Decimal(0))
    stands = against_text(here, before, "the twelve before") if before else "and the twelve months before are not in the ledger"
    return f"Revenue of the twelve months to {month_name(params.last_closed)} is {amount_text(here)}, {stands}"


def submissions(states: pd.DataFrame) -> str:
    """Returns who sent requests and who did not."""
    sent = states["state"].isin(["submitted", "submitted_empty"])
    if not len(states):
        return "No team is asked for requests"
    count = "All" if sent.all() and len(states) > 1 else f"{int(sent.sum())} of"
    return f"{count} {counted(len(states), 'team')} sent requests"


def finding_counts(findings: pd.DataFrame) -> str:
    """Returns how many findings there are and what they put at stake."""
    if findings.empty:
        return "No findings"
    serious = findings[findings["severity"] != "note"]
    if serious.empty:
        return f"Nothing wrong; {counted(len(findings), 'note')} to know"
    notes = len(findings) - len(serious)
    also = f" and {counted(notes, 'note')}" if notes else ""
    return f"{counted(len(serious), 'finding')} to look at{also}"


def ties(control_totals: pd.DataFrame) -> str:
    """Returns how many control totals tie."""
    good = int(control_totals["ties"].sum())
    if good == len(control_totals):
        which = "Both control totals" if good == 2 else f"{'All ' if good > 1 else ''}{counted(good, 'control total')}"
        return f"{which} {'tie' if good != 1 else 'ties'} to the cent" if good else "Nothing to tie"
    return f"Only {good} of {counted(len(control_totals), 'control total')} tie"


def cascade(targets: pd.DataFrame, goals: pd.DataFrame) -> str:
    """Returns how many goals are split to how many teams."""
    split = targets[targets["team"] != ""]
    if split.empty:
        return f"{counted(len(goals), 'goal')} with targets for the company, none split to teams"
    count, teams = len(set(split["goal"])), len(set(split["team"]))
    return f"{count} of {counted(len(goals), 'goal')} {'are' if count != 1 else 'is'} split to {counted(teams, 'team')}, month by month"


def asked(status: pd.DataFrame) -> str:
    """Returns the largest request and all that is asked."""
    if status.empty:
        return "Nobody asked for money beyond the base"
    largest = status.sort_values(["asked", "request"], ascending=[False, True], kind="stable").iloc[0]
    sizes = f"{amount_text(largest['asked'])} of {amount_text(money.total(status['asked']))}"
    return f"The largest of {counted(len(status), 'request')} is {largest['title']}: {sizes}"


def by_team(status: pd.DataFrame) -> str:
    """Returns which team asked for most."""
    if status.empty:
        return "No team asked"
    most = status.sort_values(["asked", "team"], ascending=[False, True], kind="stable").iloc[0]
    share = Decimal(most["asked"]) / money.total(status["asked"]) if money.total(status["asked"]) > 0 else None
    return f"{most['name']} asks for most: {amount_text(most['asked'])}, {percent_text(share, 0)} of all"


def year_against(here: Result, before: Result, label: str, other: str) -> str:
    """Returns a year's revenue and operating profit against another year's."""
    change = here.operating_profit - before.operating_profit
    profit = f"operating profit of {amount_text(here.operating_profit)} is {amount_text(abs(change))} {'better' if change >= 0 else 'worse'}"
    return f"{label} revenue of {amount_text(here.revenue)} is {against_text(here.revenue, before.revenue, other)}; {profit}"


def spend_against(table: pd.DataFrame, actual: str, plan: str, other: str) -> str:
    """Returns teams' spend against another column of the table, and where the largest difference is."""
    if table.empty:
        return "No team has spend"
    here, there = money.total(table[actual]), money.total(table[plan])
    gaps = [there_ - here_ for here_, there_ in zip(table[actual], table[plan], strict=True)]
    worst = min(range(len(gaps)), key=lambda row: (gaps[row], row))
    where = f"; {table['name'].iloc[worst]} is farthest over, by {amount_text(-gaps[worst])}" if gaps[worst] < 0 else ""
    return f"Teams spend {amount_text(here)}, {against_text(here, there, other)}{where}"


def profit_bridge(steps: pd.DataFrame) -> str:
    """Returns the largest steps between planned and actual operating profit."""
    own = steps[steps["kind"] == "step"]
    plan, actual = Decimal(steps["amount"].iloc[0]), Decimal(steps["amount"].iloc[-1])
    order = sorted(range(len(own)), key=lambda row: (-abs(own["amount"].iloc[row]), row))[:2]
    parts = [f"{own['step'].iloc[row]} {_moves(own['amount'].iloc[row])}" for row in order if own["amount"].iloc[row]]
    return f"Operating profit is {amount_text(actual)} against a plan of {amount_text(plan)}: {listed(parts)}" if parts else "Operating profit is as planned"


def _moves(effect: Decimal) -> str:
    return f"{'adds' if effect > 0 else 'takes'} {amount_text(abs(effect))}"


def one_sided(table: pd.DataFrame) -> str:
    """Returns how many lines only one side has."""
    own = table[table["sides"].isin(["budget only", "actual only"])]
    if own.empty:
        return "Every line has a budget and an actual"
    return f"{counted(len(own), 'line')} {'is' if len(own) == 1 else 'are'} on one side only: {listed(list(own['name']))}"


def assumptions(assumed: pd.DataFrame) -> str:
    """Returns how much of the base rests on what nobody has sourced."""
    if assumed.empty:
        return "Every driver has a source"
    return f"{counted(len(assumed), 'driver')} without a source carry {amount_text(money.total(assumed['amount'].astype(money.MONEY)))} of the base budget"


def scenario_range(effects: pd.DataFrame) -> str:
    """Returns between which operating profits the scenarios lie."""
    if len(effects) < 2:
        return "No scenario is set beside the budget"
    low, high = min(effects["operating_profit"]), max(effects["operating_profit"])
    return f"Operating profit between {amount_text(low)} and {amount_text(high)} over {counted(len(effects) - 1, 'scenario')}"


def goal_count(goals: pd.DataFrame) -> str:
    """Returns how many goals there are and whether their weights add up."""
    if goals.empty:
        return "No goal is set"
    weights = sum((Decimal(str(each)) for each in goals["weight"]), Decimal(0))
    owners = len(set(goals["owner"]))
    answer = "each with an owner of its own" if owners == len(goals) > 1 else f"answered for by {counted(owners, 'owner')}"
    return f"{counted(len(goals), 'goal')}, {answer}; the weights sum to {percent_text(weights, 0)}"


def progress(progressed: pd.DataFrame) -> str:
    """Returns how many goals are on track, at risk and off track."""
    own = progressed[progressed["team"] == ""]
    counts = own["status"].value_counts()
    parts = [f"{int(counts[state])} {state}" for state in ("on track", "at risk", "off track") if counts.get(state)]
    return f"{counted(len(own), 'KPI')} measured: {listed(parts)}" if len(own) else "No goal has an actual yet"


def decided(status: pd.DataFrame) -> str:
    """Returns how much of what was asked is approved, and how much waits."""
    if status.empty:
        return "Nothing was asked, so nothing is to be decided"
    approved, total = money.total(status["approved"]), money.total(status["asked"])
    waits = status[status["decision"] == "undecided"]
    share = f", {percent_text(approved / total, 0)}" if total > 0 else ""
    open_ = f"; {amount_text(money.total(waits['asked']))} waits for a decision" if len(waits) else "; nothing waits for a decision"
    return f"{amount_text(approved)} of the {amount_text(total)} asked is approved{share}{open_}"


def monthly_range(series: pd.DataFrame) -> str:
    """Returns the lowest and the highest month of a planned series."""
    own = series[series["series"] == "plan"].reset_index(drop=True)
    if own.empty:
        return "There is no budget to show by month"
    low, high = (min(range(len(own)), key=lambda row: (way * own["value"].iloc[row], row)) for way in (1, -1))
    ends = [f"{amount_text(own['value'].iloc[place])} in {month_name(own['month'].iloc[place])}" for place in (low, high)]
    return f"Operating profit by month lies between {ends[0]} and {ends[1]}"


def months_met(series: pd.DataFrame) -> str:
    """Returns in how many closed months operating profit reached its budget."""
    wide = {name: dict(zip(own["month"], own["value"], strict=True)) for name, own in series.groupby("series")}
    actual, plan = wide.get("actual", {}), wide.get("plan", {})
    both = [month for month in actual if month in plan]
    if not both:
        return "No closed month has both a budget and an actual"
    met = sum(actual[month] >= plan[month] for month in both)
    return f"Operating profit reached its budget in {met} of {counted(len(both), 'closed month')}"


def largest_lines(shown: pd.DataFrame) -> str:
    """Returns the best and the worst line against plan, as the table displays them.

    Args:
        shown: The statement with what is displayed of it (`display.with_shown`).
    """
    own = shown[(shown["style"] == "") & (shown["why"] == "")].reset_index(drop=True)
    if own.empty:
        return "No line has both a budget and an actual"
    order = sorted(range(len(own)), key=lambda row: (own["variance_shown"].iloc[row], row))
    worst, best = own.iloc[order[0]], own.iloc[order[-1]]
    told = ((worst, worst["variance_shown"] < 0), (best, best["variance_shown"] > 0))
    parts = [f"{row['label']} is {_beside_plan(row)} plan" for row, counts in told if counts]
    return ", ".join(parts) if parts else "Every line is on plan"


def _beside_plan(row: pd.Series) -> str:
    difference = row["actual_shown"] - row["plan_shown"]
    return f"{amount_text(abs(difference))} {'over' if difference > 0 else 'under'}"


def team_spend(shown: pd.DataFrame) -> str:
    """Returns teams' spend against plan and where most more was spent, as the table displays it.

    Args:
        shown: Teams and their total with what is displayed of them (`display.with_shown`).
    """
    if len(shown) < 2:
        return "No team has spend"
    whole, own = shown.iloc[-1], shown.iloc[:-1]
    worst = own.iloc[min(range(len(own)), key=lambda row: (own["variance_shown"].iloc[row], row))]
    where = f"; {worst['label']} is farthest over, by {amount_text(-worst['variance_shown'])}" if worst["variance_shown"] < 0 else ""
    return f"Teams spend {amount_text(whole['actual'])}, {against_text(whole['actual'], whole['plan'])}{where}"


def entities(params: Params, table: pd.DataFrame) -> str:
    """Returns how many entities reach their planned operating profit, and the one farthest from it."""
    if table.empty:
        return "No entity has amounts"
    names = {each.id: each.name for each in params.company.entities}
    met = int((table["variance"] >= 0).sum())
    order = sorted(range(len(table)), key=lambda row: (table["variance"].iloc[row], row))
    worst = table.iloc[order[0]]
    far = f"; {names.get(worst['entity'], worst['entity'])} is {short_or_ahead_text(worst['variance'])}" if worst["variance"] < 0 else ""
    if len(table) == 1:
        who = "The one entity reaches" if met else "The one entity misses"
    elif not met:
        who = f"None of {len(table)} entities reaches"
    else:
        who = f"{'All' if met == len(table) else f'{met} of'} {len(table)} entities {'reaches' if met == 1 else 'reach'}"
    return f"{who} the planned operating profit{far}"


def most_moved(totals: pd.DataFrame, lines: pd.DataFrame) -> str:
    """Returns the line that moves most between the budget and any scenario."""
    base = dict(zip(totals.loc[totals["scenario"] == "base", "line"], totals.loc[totals["scenario"] == "base", "amount"], strict=True))
    moves = [(abs(row.amount - base.get(row.line, Decimal(0))), row.line) for row in totals.itertuples() if row.scenario != "base"]
    if not moves or not max(moves)[0]:
        return "No line moves"
    size, line = max(moves)
    return f"{dict(zip(lines['line'], lines['name'], strict=True))[line]} moves most, by {amount_text(size)}"


def review_period(params: Params) -> str:
    """Returns the closed months that are reviewed, in words."""
    return months_name(reviewed_months(params))
