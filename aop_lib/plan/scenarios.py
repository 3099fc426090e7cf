"""Scenarios: overlays that scale parts of the budget, what each makes of the year, and how far it lies from the budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames, money
from aop_lib.plan import story
from aop_lib.plan.carry_forward import PLACE
from aop_lib.plan.figure_keys import amount_key
from aop_lib.plan.findings import Row, finding, findings_frame
from aop_lib.plan.overlay_findings import change_findings
from aop_lib.plan.overlays import laid
from aop_lib.plan.owners import first_owner, owner_name
from aop_lib.plan.profit_and_loss import Result, line_totals, result_of
from aop_lib.plan.wording import amount_text, counted, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Scenario

BASE = "base"


def scenarios(params: Params, budget: pd.DataFrame, accounts: pd.DataFrame, paths: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns the budget of every scenario; `base` is the budget itself.

    Defined as::

        amount = budget * product of the scales of every change that holds for the row, rounded once to the cent
                 + the row's part of what moved drivers do to its line

    A change holds for its line, account (with the accounts below it) and team (with the teams below it), from its month on;
    what it does not name it does not restrict.

    Args:
        params: The scenarios of the cycle.
        budget: The frame `budget`.
        accounts: The account tree.
        paths: The frame `overlay_paths`; None where no scenario moves a driver.

    Returns:
        The frame `scenarios`, natural sign.
    """
    base = money.sums(budget, [*PLACE, "month"])
    scaled = [base.assign(scenario=BASE), *(laid(params, base, each, accounts, paths).assign(scenario=each.id) for each in params.scenarios)]
    return frames.conformed("scenarios", pd.concat(scaled, ignore_index=True))


def scenario_totals(params: Params, scenarios: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the year of every scenario by P&L line, zeros included: the frame `scenario_totals`."""
    found = line_totals(scenarios, accounts, lines, ["scenario"])
    names = [BASE, *(each.id for each in params.scenarios)]
    spine = pd.DataFrame([(name, line) for name in names for line in lines["line"]], columns=["scenario", "line"])
    full = spine.merge(found, on=["scenario", "line"], how="left", validate="one_to_one")
    return frames.conformed("scenario_totals", full.assign(amount=money.zero_filled(full["amount"])))


def scenario_results(totals: pd.DataFrame, lines: pd.DataFrame) -> dict[str, Result]:
    """Returns the levels of profit of each scenario, `base` included."""
    return {str(name): result_of(rows, lines) for name, rows in totals.groupby("scenario", sort=True)}


def scenario_effects(params: Params, totals: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns each scenario against the budget.

    Args:
        params: Names, reasons and owners of the scenarios.
        totals: The frame `scenario_totals`.
        lines: The P&L lines.

    Returns:
        scenario, name, reason, owner_name, revenue, operating_profit, revenue_effect, profit_effect (money, favourable positive),
        and text: the effect in words; the budget first, then in the cycle's order.
    """
    results = scenario_results(totals, lines)
    base = results[BASE]
    rows = [_effect(BASE, "Budget", "the budget itself", "", base, base)]
    rows += [_effect(each.id, scenario_name(params, each), each.reason, owner_name(params, each.owner), results[each.id], base) for each in params.scenarios]
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(("revenue", "operating_profit", "revenue_effect", "profit_effect"), money.MONEY))


def scenario_name(params: Params, scenario: Scenario) -> str:
    """Returns what readers call a scenario: its name, and the version that it starts from."""
    on = next((each.name for each in params.versions if each.id == scenario.on), "")
    return f"{scenario.name}, on {on.lower()}" if on else scenario.name


def _effect(key: str, name: str, reason: str, owner: str, here: Result, base: Result) -> dict[str, Any]:
    revenue, profit = here.revenue - base.revenue, here.operating_profit - base.operating_profit
    text = "the budget itself" if key == BASE else effect_text(here, base)
    return {
        "scenario": key,
        "name": name,
        "reason": reason,
        "owner_name": owner,
        "revenue": here.revenue,
        "operating_profit": here.operating_profit,
        "revenue_effect": revenue,
        "profit_effect": profit,
        "text": text,
    }


def effect_text(here: Result, base: Result) -> str:
    """Returns how a scenario differs from the budget: `revenue 10.0 % lower, operating profit 850 k lower at 350 k`."""
    return f"revenue {_moved(here.revenue, base.revenue)}, operating profit {_moved_amount(here.operating_profit, base.operating_profit)}"


def _moved(value: Decimal, base: Decimal) -> str:
    if value == base:
        return "unchanged"
    size = percent_text(abs(value - base) / base) if base > 0 else amount_text(abs(value - base))
    return f"{size} {'higher' if value > base else 'lower'}"


def _moved_amount(value: Decimal, base: Decimal) -> str:
    if value == base:
        return "unchanged"
    return f"{amount_text(abs(value - base))} {'higher' if value > base else 'lower'} at {amount_text(value)}"


def scenario_findings(
    params: Params, scenarios: pd.DataFrame, totals: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, paths: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Returns what is wrong with scenarios and versions: changes that hold for nothing, start outside the year or turn signs, and losses.

    Args:
        params: The scenarios and versions of the cycle.
        scenarios: The frame `scenarios`.
        totals: The frame `scenario_totals`.
        accounts: The account tree.
        lines: The P&L lines.
        paths: The frame `driver_paths`, which tells the segments of the driver model; None where there is no model.
    """
    base, results = scenarios[scenarios["scenario"] == BASE], scenario_results(totals, lines)
    rows: list[Row] = []
    if not params.scenarios:
        rows.append(
            finding(
                "note",
                "scenario",
                params.label,
                "The cycle names no scenario",
                expected="at least one overlay",
                found="none",
                owner=owner_name(params, first_owner(params)),
            )
        )
    for each in params.scenarios:
        rows += [*change_findings(params, each, base, accounts, paths), *_loss(params, each, results[each.id], results[BASE])]
    for version in params.versions:
        rows += change_findings(params, version, base, accounts, paths)
    return findings_frame("scenario_findings", rows)


def _loss(params: Params, scenario: Scenario, here: Result, base: Result) -> Iterator[Row]:
    if here.operating_profit < 0 <= base.operating_profit:
        yield finding(
            "warning",
            "profit",
            scenario.name,
            "The scenario turns the year's operating profit into a loss",
            expected="an operating profit of zero or more",
            found=amount_text(here.operating_profit),
            owner=owner_name(params, scenario.owner),
            amount=-here.operating_profit,
        )


def scenario_story(params: Params, totals: pd.DataFrame, lines: pd.DataFrame, versions: Sequence[str] = ()) -> pd.DataFrame:
    """Returns the first screen of the scenarios page: the widest effect on operating profit, and every scenario's in a line.

    Args:
        params: The scenarios and their owners.
        totals: The frame `scenario_totals`.
        lines: The P&L lines.
        versions: What is said of the versions of the plan, one sentence each.
    """
    effects, currency = scenario_effects(params, totals, lines), params.company.reporting_currency
    base, rest = effects.iloc[0], effects.iloc[1:].to_dict("records")
    rows = [
        story.message(_title(params, rest, base["operating_profit"])),
        story.figure("Operating profit, budget", params.year_label, currency, base["operating_profit"], explains=amount_key("operating_profit", "budget")),
    ]
    for each in rest[:4]:
        status = story.status_of(each["operating_profit"], base["operating_profit"], 1)
        rows.append(
            story.figure(
                f"Operating profit, {each['name']}",
                params.year_label,
                currency,
                each["operating_profit"],
                reference=base["operating_profit"],
                reference_label="plan",
                direction=1,
                status=status,
                explains=amount_key("operating_profit", f"scenario:{each['scenario']}"),
            )
        )
    rows += [
        story.decision(
            f"Agree what to do if “{each['name']}” happens",
            f"{_capital(each['text'])}. {each['reason']}",
            owner=each["owner_name"],
            amount=-each["profit_effect"],
        )
        for each in rest
        if each["operating_profit"] < 0 <= base["operating_profit"]
    ]
    rows += [story.line(text) for text in (*(f"{each['name']}: {each['text']}" for each in rest[:4]), *versions)]
    return story.story_frame("scenario_story", rows)


def _title(params: Params, effects: list[dict[Any, Any]], profit: Decimal) -> str:
    if not effects:
        return f"{params.label} has no scenario beside the budget: operating profit {amount_text(profit)}"
    widest = max(effects, key=lambda each: abs(each["profit_effect"]))
    return f"{counted(len(effects), 'scenario')} beside the budget; widest is “{widest['name']}”: {widest['text']}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
