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
    hidden = f", {later:,} came after the cut" if later else ""
    return f"{used:,} rows used through {month_name(params.last_closed)}{hidden}, {aside:,} set aside"


def growth(params: Params, ledger_revenue: dict[pd.Timestamp, Decimal]) -> str:
    """Returns how revenue of the last twelve closed months stands against the twelve before; n/m where there are none.

    Args:
        params: The last closed month.
        ledger_revenue: Revenue per month.
    """
    months = [add_months(params.last_closed, -back) for back in range(12)]
    here = sum((ledger_revenue.get(month, Decimal(0)) for month in months), Decimal(0))
    before = sum((ledger_revenue.get(add_months(month, -12), Decimal(0)) for month in months), Decimal(0))
    return f"Revenue of twelve months to {month_name(params.last_closed)}: {amount_text(here)}, {against_text(here, before, 'the twelve before')}"


def submissions(states: pd.DataFrame) -> str:
    """Returns who sent requests and who did not."""
    sent = states["state"].isin(["submitted", "submitted_empty"])
    return f"{int(sent.sum())} of {counted(len(states), 'team')} sent requests" if len(states) else "No team is asked for requests"


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
        return f"{'All ' if good > 1 else ''}{counted(good, 'control total')} {'tie' if good != 1 else 'ties'} to the cent" if good else "Nothing to tie"
    return f"Only {good} of {counted(len(control_totals), 'control total')} tie"


def cascade(targets: pd.DataFrame, goals: pd.DataFrame) -> str:
    """Returns how many goals are split to how many teams."""
    split = targets[targets["team"] != ""]
    if split.empty:
        return f"{counted(len(goals), 'goal')} with targets for the company, none split to teams"
    count, teams = len(set(split["goal"])), len(set(split["team"]))
    return f"{count} of {counted(len(goals), 'goal')} {'are' if count != 1 else 'is'} split to {counted(teams, 'team')}, month by month"


def milestone_state(milestones: pd.DataFrame) -> str:
    """Returns how many milestones are done, due and late."""
    counts = milestones["status"].value_counts()
    parts = [f"{int(counts[state])} {state}" for state in ("done", "late", "due", "planned") if counts.get(state)]
    return f"{counted(len(milestones), 'milestone')}: {listed(parts)}" if len(milestones) else "No milestones are set"


def asked(status: pd.DataFrame) -> str:
    """Returns what was asked and what was approved."""
    if status.empty:
        return "Nobody asked for money beyond the base"
    return f"{counted(len(status), 'request')} ask for {amount_text(money.total(status['asked']))}; {amount_text(money.total(status['approved']))} is approved"


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
    profit = f"operating profit {amount_text(here.operating_profit)}, {amount_text(abs(change))} {'more' if change >= 0 else 'less'}"
    return f"{label}: revenue {amount_text(here.revenue)}, {against_text(here.revenue, before.revenue, other)}; {profit}"


def spend_against(table: pd.DataFrame, actual: str, plan: str, other: str) -> str:
    """Returns teams' spend against another column of the table, and where the largest difference is."""
    if table.empty:
        return "No team has spend"
    here, there = money.total(table[actual]), money.total(table[plan])
    gaps = [there_ - here_ for here_, there_ in zip(table[actual], table[plan], strict=True)]
    worst = min(range(len(gaps)), key=lambda row: (gaps[row], row))
    where = f"; most more in {table['name'].iloc[worst]}, {amount_text(-gaps[worst])}" if gaps[worst] < 0 else ""
    return f"Teams spend {amount_text(here)}, {against_text(here, there, other)}{where}"


def profit_bridge(plan: Decimal, actual: Decimal, steps: pd.DataFrame) -> str:
    """Returns the largest steps between planned and actual operating profit."""
    own = steps[steps["kind"] == "step"]
    order = sorted(range(len(own)), key=lambda row: (-abs(own["amount"].iloc[row]), row))[:2]
    parts = [f"{own['step'].iloc[row]} {_moves(own['amount'].iloc[row])}" for row in order if own["amount"].iloc[row]]
    return f"Operating profit {amount_text(actual)} against {amount_text(plan)}: {listed(parts)}" if parts else "Operating profit is as planned"


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
    return f"{counted(len(goals), 'goal')} with {counted(len(set(goals['owner'])), 'owner')}; the weights sum to {percent_text(weights, 0)}"


def progress(progressed: pd.DataFrame) -> str:
    """Returns how many goals are on track, at risk and off track."""
    own = progressed[progressed["team"] == ""]
    counts = own["status"].value_counts()
    parts = [f"{int(counts[state])} {state}" for state in ("on track", "at risk", "off track") if counts.get(state)]
    return f"{counted(len(own), 'goal')} measured: {listed(parts)}" if len(own) else "No goal has an actual yet"


def decided(status: pd.DataFrame) -> str:
    """Returns how many requests were approved, sent back, rejected, and how many wait."""
    if status.empty:
        return "Nothing was asked, so nothing is to be decided"
    counts = status["decision"].value_counts()
    return f"Of {counted(len(status), 'request')} {listed([f'{int(count)} {state}' for state, count in sorted(counts.items())])}"


def monthly_range(series: pd.DataFrame) -> str:
    """Returns the lowest and the highest month of a planned series."""
    own = series[series["series"] == "plan"].reset_index(drop=True)
    if own.empty:
        return "There is no budget to show by month"
    low, high = (min(range(len(own)), key=lambda row: (way * own["value"].iloc[row], row)) for way in (1, -1))
    lowest = f"lowest in {month_name(own['month'].iloc[low])}, {amount_text(own['value'].iloc[low])}"
    return f"Operating profit by month: {lowest}, highest in {month_name(own['month'].iloc[high])}, {amount_text(own['value'].iloc[high])}"


def months_met(series: pd.DataFrame) -> str:
    """Returns in how many closed months operating profit reached its budget."""
    wide = {name: dict(zip(own["month"], own["value"], strict=True)) for name, own in series.groupby("series")}
    actual, plan = wide.get("actual", {}), wide.get("plan", {})
    both = [month for month in actual if month in plan]
    if not both:
        return "No closed month has both a budget and an actual"
    met = sum(actual[month] >= plan[month] for month in both)
    return f"Operating profit reached its budget in {met} of {counted(len(both), 'closed month')}"


def largest_lines(by_line: pd.DataFrame) -> str:
    """Returns the best and the worst line against plan."""
    own = by_line[by_line["sides"] == "both"].reset_index(drop=True)
    if own.empty:
        return "No line has both a budget and an actual"
    order = sorted(range(len(own)), key=lambda row: (own["variance"].iloc[row], row))
    worst, best = order[0], order[-1]
    parts = [
        f"{own['name'].iloc[row]} {_beside_plan(own.iloc[row])}"
        for row, counts in ((worst, own["variance"].iloc[worst] < 0), (best, own["variance"].iloc[best] > 0))
        if counts
    ]
    return f"Against plan: {listed(parts)}" if parts else "Every line is on plan"


def _beside_plan(row: pd.Series) -> str:
    difference = row["actual"] - row["budget"]
    return f"{amount_text(abs(difference))} {'over' if difference > 0 else 'under'}"


def entities(params: Params, table: pd.DataFrame) -> str:
    """Returns how many entities reach their planned operating profit, and the one farthest from it."""
    if table.empty:
        return "No entity has amounts"
    names = {each.id: each.name for each in params.company.entities}
    met = int((table["variance"] >= 0).sum())
    order = sorted(range(len(table)), key=lambda row: (table["variance"].iloc[row], row))
    worst = table.iloc[order[0]]
    far = f"; {names.get(worst['entity'], worst['entity'])} is {short_or_ahead_text(worst['variance'])}" if worst["variance"] < 0 else ""
    return f"{met} of {counted(len(table), 'entity', 'entities')} {'reaches' if met == 1 else 'reach'} the planned operating profit{far}"


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
