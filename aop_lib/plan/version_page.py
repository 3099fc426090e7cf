"""What the readers of a version see, and nothing else: its P&L by quarter, the metrics and the goals that are chosen for them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import money
from aop_lib.display import displayed, scale_of
from aop_lib.periods import add_months
from aop_lib.plan import story
from aop_lib.plan.figure_keys import FigureKey
from aop_lib.plan.profit_and_loss import Result, line_totals, result
from aop_lib.plan.reader_explanation import version_explanations
from aop_lib.plan.views import statement_view
from aop_lib.plan.wording import amount_text, day_name, month_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import Version

QUARTERS = ("q1", "q2", "q3", "q4")
TILES = 3


def has_readers(version: Version) -> bool:
    """Returns whether a version has a page of its own: one that names goals or metrics for its readers."""
    return bool(version.goals or version.kpis)


def quarter_rows(params: Params, amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L by quarter and for the year, exact to the cent: label, why, style, direction, group, q1 to q4, year.

    Args:
        params: The months of the year.
        amounts: The rows of the version: account, month, amount.
        accounts: The account tree.
        lines: The P&L lines.
    """
    wide = lines[["line"]]
    for name, months in {**{name: params.year_months[3 * place : 3 * place + 3] for place, name in enumerate(QUARTERS)}, "year": params.year_months}.items():
        found = line_totals(amounts[amounts["month"].isin(months)], accounts, lines, ())
        known = dict(zip(found["line"], found["amount"], strict=True))
        wide = wide.assign(**{name: money.money_series((known.get(line, Decimal(0)) for line in wide["line"]), index=wide.index)})
    return statement_view(wide, lines, {name: name for name in (*QUARTERS, "year")})


def shown_quarters(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Returns the same rows as a table displays them: quarters cut so that they add up down the statement, the year their sum.

    Args:
        rows: What `quarter_rows` returned.
        currency: The reporting currency.
    """
    scale = scale_of([each for name in (*QUARTERS, "year") for each in rows[name]], currency)
    steps = {name: [each * scale.unit for each in displayed(rows, name, scale)] for name in QUARTERS}
    year = [sum(parts, Decimal(0)) for parts in zip(*steps.values(), strict=True)]
    return rows.assign(**{name: money.money_series(values, index=rows.index) for name, values in {**steps, "year": year}.items()})


def metric_rows(params: Params, version: Version, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the metrics that a version's readers see as they are: name, latest, before (a year earlier) and month, in words; and the figures.

    Args:
        params: The catalogue, the last closed month.
        version: Which metrics.
        kpis: The frame `kpis`.
    """
    own = kpis[kpis["team"] == ""]
    rows = []
    for name in version.kpis:
        unit = params.company.reporting_currency if params.metrics[name].unit == "currency" else params.metrics[name].unit
        values = {month: Decimal(value) for metric, month, value in zip(own["metric"], own["month"], own["value"], strict=True) if metric == name}
        latest, before = values.get(params.last_closed), values.get(add_months(params.last_closed, -12))
        texts = ["not measured" if each is None else value_text(each, unit) for each in (latest, before)]
        rows.append(
            [
                params.metrics[name].label,
                *texts,
                month_name(params.last_closed),
                unit,
                latest,
                before,
                1 if params.metrics[name].direction == "more" else -1,
                name,
            ]
        )
    return pd.DataFrame(rows, columns=["name", "latest", "before", "month", "unit", "value", "reference", "direction", "metric"], dtype=object)


def goal_rows(params: Params, version: Version, goals: pd.DataFrame) -> pd.DataFrame:
    """Returns the goals that a version's readers see, in its words: statement, metric, start, target, deadline, in words."""
    known = {row["goal"]: row for row in goals.to_dict("records")}
    rows = []
    for each in version.goals:
        row = known[each.goal]
        unit = params.company.reporting_currency if row["unit"] == "currency" else str(row["unit"])
        start, target = value_text(Decimal(row["start"]), unit), value_text(each.target, unit)
        rows.append((each.statement, row["metric_name"], start, target, day_name(row["deadline"])))
    return pd.DataFrame(rows, columns=["statement", "metric", "start", "target", "deadline"])


def version_story(params: Params, here: Result, metrics: pd.DataFrame) -> pd.DataFrame:
    """Returns the first screen of a version's page: revenue, operating profit and the first metrics."""
    margin = f", {percent_text(here.operating_profit / here.revenue)} of revenue" if here.revenue > 0 else ""
    currency = params.company.reporting_currency
    rows = [
        story.message(
            f"{params.year_label} plans revenue of {amount_text(here.revenue)} and an operating profit of {amount_text(here.operating_profit)}{margin}"
        )
    ]
    rows += [story.figure("Revenue", params.year_label, currency, here.revenue, explains=FigureKey("own", "revenue").text)]
    rows += [story.figure("Operating profit", params.year_label, currency, here.operating_profit, explains=FigureKey("own", "operating_profit").text)]
    for row in metrics[[value is not None for value in metrics["value"]]].head(TILES).to_dict("records"):
        reference = row["reference"] if row["reference"] is not None else None
        told = {"reference": reference, "reference_label": "prior year", "direction": row["direction"]}
        rows.append(story.figure(row["name"], row["month"], row["unit"], row["value"], **told, explains=FigureKey("own", f"metric_{row['metric']}").text))
    return story.story_frame("scenario_story", rows)


def version_extract(params: Params, version: Version, frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Returns all that the page of a version is made from, as plain texts and numbers: what is not in it cannot reach the page.

    Args:
        params: The cycle.
        version: The version.
        frames: versions, accounts, lines, kpis and goals.

    Returns:
        `story`, `behind` (where its figures come from, by key), `exact`, `shown`, `metrics`, `goals` (rows), `revenue` (by month) and
        the headings of the sections.
    """
    accounts, lines = frames["accounts"], frames["lines"]
    amounts = frames["versions"][frames["versions"]["version"] == version.id]
    rows, currency = quarter_rows(params, amounts, accounts, lines), params.company.reporting_currency
    metrics, here = metric_rows(params, version, frames["kpis"]), result(amounts, accounts, lines)
    by_month = [result(amounts[amounts["month"] == month], accounts, lines).revenue for month in params.year_months]
    shown = shown_quarters(rows, currency)
    first, last = (_revenue(shown, name) for name in ("q1", "q4"))
    return {
        "story": _records(version_story(params, here, metrics)),
        "behind": version_explanations(params, rows, metrics),
        "exact": _records(rows),
        "shown": _records(shown),
        "metrics": _records(metrics[["name", "latest", "before", "month"]]),
        "goals": _records(goal_rows(params, version, frames["goals"])),
        "revenue": [{"month": f"{month:%Y-%m-%d}", "series": "plan", "value": str(value)} for month, value in zip(params.year_months, by_month, strict=True)],
        "by_quarter": f"Revenue of {amount_text(first)} in the first quarter and {amount_text(last)} in the last",
        "by_month": f"Revenue rises from {amount_text(by_month[0])} a month to {amount_text(by_month[-1])}"
        if by_month[-1] > by_month[0]
        else f"Revenue is {amount_text(by_month[0])} in the first month and {amount_text(by_month[-1])} in the last",
        "currency": currency,
        "label": params.label,
    }


def _revenue(shown: pd.DataFrame, column: str) -> Decimal:
    """Returns revenue as the table displays it."""
    return sum((Decimal(each) for each in shown.loc[(shown["style"] == "") & (shown["group"] == "revenue"), column]), Decimal(0))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): str(value) if isinstance(value, Decimal) else value for key, value in row.items()} for row in frame.to_dict("records")]
