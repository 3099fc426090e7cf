"""The year's ARR bridge as a table, by segment or by product: every displayed row and column adds up, and the last row is the waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from aop_lib.cross_totals import with_total
from aop_lib.display import Scale, displayed_steps, scale_of
from aop_lib.money import money_series
from aop_lib.plan.arr_bridge import MOVEMENTS
from aop_lib.plan.figure_keys import ARR_KEY
from aop_lib.plan.live_book import By
from aop_lib.plan.metric_words import STEP_NAMES, bridge_months, bridge_steps
from aop_lib.plan.wording import amount_text, listed

NAMES = {"opening": "Opening", **STEP_NAMES, "transfer": "Moved", "closing": "Closing"}
WHOLE = "Company"


def bridge_table(bridge: pd.DataFrame, by: By, last_closed: pd.Timestamp, currency: str, count: int = 12) -> pd.DataFrame:
    """Returns the bridge of the last months with a row per part of the business and one of the company, as it is displayed.

    Defined as, in the row of each part and of the company::

        opening + new + reactivation + expansion + contraction + churn + currency + transfer = closing
        the parts' rows sum to the company's, which is what the waterfall of the same months shows

    Args:
        bridge: The frame `arr_bridge` or `product_bridge`.
        by: What parts the business in it.
        last_closed: The last month.
        currency: The reporting currency.
        count: How many months.

    Returns:
        label, style, opening, each movement, closing: whole steps of the display unit, in the currency. Empty where no
        part has a name.
    """
    own = bridge[bridge["month"].isin(bridge_months(bridge, last_closed, count))]
    names = sorted(set(own[by]), key=lambda name: (not name, name))
    if not any(names):
        return pd.DataFrame({"label": [], "style": []})
    exact = {name: _summed(own[own[by] == name]) for name in names}
    whole = {kind: sum((row[kind] for row in exact.values()), Decimal(0)) for kind in NAMES}
    scale = _scale([value for row in (*exact.values(), whole) for value in row.values()], currency)
    total = _waterfall(bridge, last_closed, count, scale)
    step = scale.unit.scaleb(-scale.places)
    rows = with_total([_balanced(row, step) for row in exact.values()], _balanced({kind: total.get(kind, Decimal(0)) for kind in NAMES}, step))
    told = [{kind: sum((row[place] for row in rows), Decimal(0)) for place, kind in enumerate(NAMES)}]
    shown = [dict(zip(NAMES, row, strict=True)) for row in rows] + told
    labels = [name.replace("_", " ") or f"Without {by}" for name in names]
    table = pd.DataFrame({"label": [*labels, WHOLE], "style": [*[""] * len(labels), "total"], "explains": [*[""] * len(labels), ARR_KEY]})
    return table.assign(**{kind: money_series(row[kind] * step * (-1 if kind == "closing" else 1) for row in shown) for kind in NAMES})


def bridge_columns(*tables: pd.DataFrame) -> dict[str, str]:
    """Returns the columns that bridges' tables have in common and what stands over them; movements that occur in none of them are left out."""
    told = [table for table in tables if len(table)]
    occurs = {kind: kind in {"opening", "closing"} or any(value != 0 for table in told for value in table[kind]) for kind in NAMES}
    return {kind: name for kind, name in NAMES.items() if told and occurs[kind]}


def grown(*tables: pd.DataFrame) -> str:
    """Returns in which segment and in which product ARR moved most, from their tables."""
    parts = [_most(table) for table in tables if len(table)]
    if not parts:
        return "No source tells segments or products of ARR"
    net = next(_net(table)[-1] for table in tables if len(table))
    return f"ARR {'grows' if net >= 0 else 'falls'} by {amount_text(abs(net))}, most in {listed(parts)}"


def _most(table: pd.DataFrame) -> str:
    *nets, whole = _net(table)
    way = 1 if whole >= 0 else -1
    most = max(range(len(nets)), key=lambda row: (way * nets[row], -row))
    return f"{table['label'].iloc[most]} ({amount_text(nets[most])})"


def _net(table: pd.DataFrame) -> list[Decimal]:
    return [closing - opening for opening, closing in zip(table["opening"], table["closing"], strict=True)]


def _summed(rows: pd.DataFrame) -> dict[str, Decimal]:
    """Returns a part's opening in the first month, its movements in all of them, its closing in the last."""
    first, last = rows["month"] == rows["month"].min(), rows["month"] == rows["month"].max()
    chosen = {kind: rows["movement"] == kind for kind in MOVEMENTS} | {
        "opening": (rows["movement"] == "opening") & first,
        "closing": (rows["movement"] == "closing") & last,
    }
    return {kind: sum(rows.loc[chosen[kind], "amount"], Decimal(0)) for kind in NAMES}


def _scale(amounts: Sequence[Decimal], currency: str) -> Scale:
    """Returns the unit in which a table will show amounts once they are rounded to it."""
    scale = scale_of(amounts, currency)
    return scale_of([scale.rounded(each) * scale.unit for each in amounts], currency)


def _waterfall(bridge: pd.DataFrame, last_closed: pd.Timestamp, count: int, scale: Scale) -> dict[str, Decimal]:
    """Returns what the waterfall of the same months displays, per movement, in the currency."""
    steps = bridge_steps(bridge, last_closed, count)
    shown = [each * scale.unit for each in displayed_steps(list(steps["kind"]), list(steps["amount"]), scale)]
    kinds = {name: kind for kind, name in STEP_NAMES.items()}
    moves = {kinds[step]: value for step, kind, value in zip(steps["step"], steps["kind"], shown, strict=True) if kind == "step"}
    return {"opening": shown[0], **moves, "closing": shown[-1]}


def _balanced(row: dict[str, Decimal], step: Decimal) -> list[Decimal]:
    """Returns a row in display steps, the closing turned over, so that it sums to zero."""
    return [(-value if kind == "closing" else value) / step for kind, value in row.items()]
