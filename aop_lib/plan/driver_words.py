"""What page 03 says about the driver model: its findings in words, its tables and the series of its pictures."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.params.model import DRIVERS
from aop_lib.plan.profit_and_loss import line_totals
from aop_lib.plan.views import statement_view
from aop_lib.plan.wording import NBSP, amount_text, counted, month_name, percent_text, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

SOURCES = (
    "New ARR is the lesser of what sellers can close (quota × attainment × ramp) and what the pipeline brings (pipeline × win rate), plus what no "
    "opportunity tells. Expansion, contraction and churn are monthly rates on opening MRR. What is not modelled is carried by the budget."
)
EMPTY = "The company has no recurring business in its snapshot, so nothing is modelled; its accounts are carried forward by the rules of drivers.yml."
TOO_FEW = 12


def path(paths: pd.DataFrame, measure: str, place: str | None = "") -> pd.DataFrame:
    """Returns one measure by month: month, value; of one place, or, with None, the sum over all of its places."""
    own = paths[paths["measure"] == measure]
    own = own if place is None else own[own["place"] == place]
    return own.groupby("month", sort=True)["value"].sum().reset_index() if len(own) else own[["month", "value"]]


def arr_series(params: Params, paths: pd.DataFrame, bridge: pd.DataFrame) -> pd.DataFrame:
    """Returns ARR by month for a picture: the company's as `actual` and `estimate`, each segment under its name; month, series, value."""
    closed = bridge[(bridge["movement"] == "closing") & bridge["month"].isin(params.last_twelve)]
    parts = [_series(closed.groupby("month")["amount"].sum().reset_index(name="value"), "actual")]
    parts.append(_series(path(paths, "metric", "arr"), "estimate"))
    for segment in sorted(set(paths.loc[paths["measure"] == "mrr", "place"])):
        past = closed[closed["segment"] == segment].rename(columns={"amount": "value"})
        ahead = path(paths, "mrr", segment)
        rows = pd.concat([past[["month", "value"]], ahead.assign(value=[12 * each for each in ahead["value"]])], ignore_index=True)
        parts.append(_series(rows, segment.replace("_", " ").replace("-", " ")))
    return pd.concat(parts, ignore_index=True)


def booking_series(paths: pd.DataFrame) -> pd.DataFrame:
    """Returns new ARR by month for a picture: needed for the goal as `plan`, the model's as `estimate`, the limits under their names.

    Business that no opportunity tells counts in all of them, so that the estimate lies at the lower limit of each segment.
    """
    wide = paths.pivot_table(index=["month", "place"], columns="measure", values="value", aggfunc="sum", observed=True)
    own = wide[wide["new"].notna()].assign(yearly=lambda rows: [12 * each for each in rows["new"]])
    limits = [name for name in ("capacity", "demand") if name in own]
    direct = [new - min(each for each in row if pd.notna(each)) for new, *row in zip(own["yearly"], *(own[name] for name in limits), strict=True)]
    names = {"yearly": "estimate", "capacity": "sellers can close", "demand": "pipeline brings"}
    parts = [_series(path(paths, "needed"), "plan")]
    for column in ("yearly", *limits):
        rows = own.assign(value=[a + (0 if column == "yearly" else b) for a, b in zip(own[column], direct, strict=True)])
        if rows["value"].notna().all():
            parts.append(_series(rows.groupby("month")["value"].sum().reset_index(), names[column]))
    return pd.concat([each for each in parts if len(each)], ignore_index=True)


def _series(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return pd.DataFrame({"month": list(rows["month"]), "series": name, "value": [Decimal(each) for each in rows["value"]]})


def arr_finding(params: Params, paths: pd.DataFrame) -> str:
    """Returns where ARR goes with today's drivers, and how that stands against the goal on it."""
    found = path(paths, "metric", "arr")
    goal = next((each for each in params.goals.goals if each.kpi == "arr"), None)
    values = dict(zip(found["month"], found["value"], strict=True))
    month = max(month for month in values if goal is None or month <= pd.Timestamp(goal.deadline)) if values else None
    if month is None:
        return "There is no recurring business to model"
    text = f"With today's drivers ARR reaches {amount_text(values[month])} in {month_name(month)}"
    if goal is None:
        return text
    gap = values[month] - goal.target
    return f"{text}, {amount_text(abs(gap))} {'above' if gap >= 0 else 'below'} its goal"


def booking_finding(paths: pd.DataFrame) -> str:
    """Returns how much more new business the goal needs, and what limits it: sellers or pipeline."""
    new, needed = path(paths, "new", None), path(paths, "needed")
    if not len(needed):
        return "No goal on ARR says how much new business is needed"
    share = sum(needed["value"]) / sum(12 * each for each in new["value"])
    ask = f"The goal needs {percent_text(abs(share - 1))} {'more' if share > 1 else 'less'} new business than today's drivers bring"
    keyed = paths.set_index(["measure", "place", "month"])["value"]
    tied = [key for key in keyed.index if key[0] == "capacity" and keyed[key] < keyed["demand", key[1], key[2]]]
    if not tied:
        return f"{ask}; the pipeline limits it, sellers do not"
    places = sorted({place for _, place, _ in tied})
    return f"{ask}; sellers limit it in {counted(len({month for _, _, month in tied}), 'month')} ({', '.join(each.replace('_', ' ') for each in places)})"


def value_view(params: Params, values: pd.DataFrame) -> pd.DataFrame:
    """Returns drivers for a table: label, place, shown, error_shown, basis, why (window and source), who; estimates from few observations are told."""
    names = {line.id: line.name for line in params.company.lines}
    rows = []
    for row in values.to_dict("records"):
        place = names.get(row["place"], str(row["place"]).replace("_", " ")) + (f" from {row['since']}" if row["since"] else "")
        spread = "" if pd.isna(row["error"]) else f"± {driver_text(row['error'], row['unit'])}"
        few = ", few" if 0 < row["observations"] < TOO_FEW else ""
        basis = f"{row['window']}, {counted(row['observations'], 'observation')}{few}" if row["window"] else ""
        beside = f"; the snapshot says {driver_text(row['estimate'], row['unit'])}" if row["basis"] != "estimated" and not pd.isna(row["estimate"]) else ""
        rows.append(
            {
                "label": row["label"], "place": place, "shown": driver_text(row["value"], row["unit"]), "error_shown": spread, "basis": row["basis"],
                "why": (basis if row["basis"] == "estimated" else row["source"] or "no source") + beside, "owner": row["owner"],
            }
        )  # fmt: skip
    order = {DRIVERS[name].label: place for place, name in enumerate(DRIVERS)}
    view = pd.DataFrame(rows, columns=["label", "place", "shown", "error_shown", "basis", "why", "owner"])
    return view.sort_values("label", key=lambda column: column.map(order), kind="stable", ignore_index=True)


def driver_text(value: Decimal, unit: str) -> str:
    """Returns a driver's value in words: small per cents with two places, rates per volume with four."""
    if unit == "pct":
        return percent_text(value, 2 if abs(value) < Decimal("0.1") else 1)
    if unit == "ratio":
        return f"{value:.4f}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{value:.1f}{NBSP}days" if unit == "days" else value_text(value, unit)


def value_finding(values: pd.DataFrame) -> str:
    """Returns on what the drivers rest: how many are estimated, told and assumed."""
    counts = {basis: int((values["basis"] == basis).sum()) for basis in ("estimated", "told", "assumed")}
    return f"{counts['estimated']} drivers are estimated from the snapshot, {counts['told']} told with a source, {counts['assumed']} assumed"


def model_beside_budget(params: Params, paths: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L of the planned year as the model sees it beside the budget, ready for a variance table: label, why, style, direction, actual, plan.

    Both sides count the months that the model tells.
    """
    own = paths[(paths["measure"] == "line") & paths["month"].isin(params.year_months)]
    months = sorted(set(own["month"]))
    modelled = own.groupby("place")["value"].sum().to_dict()
    found = line_totals(budget[budget["month"].isin(months)], accounts, lines, ())
    planned = dict(zip(found["line"], found["amount"], strict=True))
    totals = lines[["line"]].assign(
        actual=money.money_series((modelled.get(line, Decimal(0)) for line in lines["line"]), index=lines.index),
        plan=money.money_series((planned.get(line, Decimal(0)) for line in lines["line"]), index=lines.index),
    )
    return statement_view(totals, lines, {"actual": "actual", "plan": "plan"}, ("model", "modelled_budget"))


def beside_finding(rows: pd.DataFrame) -> str:
    """Returns how the model's operating profit stands against the budget's."""
    own = rows[rows["label"] == "Operating profit"]
    if not len(own):
        return "The model beside the budget"
    profit, planned = Decimal(own["actual"].iloc[0]), Decimal(own["plan"].iloc[0])
    side = "above" if profit >= planned else "below"
    return f"The drivers lead to an operating profit of {amount_text(profit)}, {amount_text(abs(profit - planned))} {side} the budget"
