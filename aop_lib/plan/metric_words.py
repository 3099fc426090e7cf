"""Metrics in words: switches as a report states them, and the headings of the sections about recurring revenue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.catalogue import switch_names
from aop_lib.params.catalogue import Metric
from aop_lib.periods import add_months
from aop_lib.plan.arr_bridge import MOVEMENTS
from aop_lib.plan.wording import amount_text, counted, listed, month_name, months_name, percent_text, value_text
from aop_lib.switches import Switches

if TYPE_CHECKING:
    from aop_lib.load import Params

BRIDGE = ("arr", "new_arr", "reactivated_arr", "expansion_arr", "contracted_arr", "churned_arr", "currency_effect_arr")
RETENTION = ("nrr", "grr", "logo_retention")
LOSSES = ("churn", "contraction")
GAINS = ("new", "reactivation", "expansion")
STEP_NAMES = {
    "new": "New customers",
    "reactivation": "Reactivation",
    "expansion": "Expansion",
    "contraction": "Contraction",
    "churn": "Churn",
    "currency": "At new rates",
}
STEP_GROUPS = dict.fromkeys(GAINS, "Gained") | dict.fromkeys(LOSSES, "Lost") | {"currency": "Currency"}


def unit_text(metric: Metric, currency: str) -> str:
    """Returns a metric's unit as readers name it: `USD`, `USD per customer` is left to the label, so `USD each`; else the unit."""
    unit = currency if metric.unit == "currency" else metric.unit
    return f"{unit} each" if metric.per else unit


def switches_text(params: Params, names: Iterable[str]) -> str:
    """Returns switches as they are set, in words, one sentence each; empty where a metric has none."""
    return " ".join(switch_sentences(params, names))


def switch_sentences(params: Params, names: Iterable[str]) -> list[str]:
    """Returns switches as they are set, a sentence for each that says something."""
    words = [SWITCH_WORDS[name](getattr(params.company.switches, name), params) for name in dict.fromkeys(names) if name in SWITCH_WORDS]
    return [f"{text[0].upper()}{text[1:]}." for text in words if text]


def stated_switches(params: Params, metrics: Iterable[str]) -> str:
    """Returns the switches that metrics stand on, through their formulas too, in words: what a section that shows them states."""
    return switches_text(params, reached_switches(params, metrics))


def reached_switches(params: Params, metrics: Iterable[str]) -> list[str]:
    """Returns the switches that metrics stand on, through their formulas too, in the order of `Switches`."""
    found = _reached(params, metrics)
    return [name for name in Switches.model_fields if name in found]


def _reached(params: Params, metrics: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting, seen = list(metrics), set[str]()
    chosen = params.company.switches
    while waiting:
        name = waiting.pop()
        if name in seen or name not in params.metrics:
            continue
        seen.add(name)
        metric = params.metrics[name]
        found.update(switch_names(metric))
        words = "".join(each if each.isalnum() or each == "_" else " " for each in metric.formula).split()
        waiting += [str(getattr(chosen, word)) if word in Switches.model_fields else word for word in words]
    return found


def _lines(what: str) -> Callable[[Any, Params], str]:
    def text(ids: Any, params: Params) -> str:
        known = {each.id: each.name for each in params.company.lines}
        own = [known[each] for each in ids if each in known]
        return f"P&L lines of {what}: {listed(own)}" if own else ""

    return text


def _label(what: str) -> Callable[[Any, Params], str]:
    return lambda metric, params: f"{what}: {params.metrics[metric].label if metric in params.metrics else metric}"


SWITCH_WORDS: dict[str, Callable[[Any, Params], str]] = {
    "subscriptions_observed_through": lambda month, _: f"subscriptions are observed through {month_name(month)}; later months are unobserved" if month else "",
    "carr": lambda counts, _: f"contracts that are signed and not yet live at the close {'count (CARR)' if counts else 'do not count (ARR, not CARR)'}",
    "reactivation_window_months": lambda months, _: (
        "a customer that returns is reactivated, however long it was gone"
        if months is None
        else f"a customer that returns within {counted(months, 'month')} is reactivated, later it is new"
    ),
    "unit_economics_months": lambda months, _: f"taken over {counted(months, 'month')}",
    "cac_lag_months": lambda months, _: f"spend of {counted(months, 'month')} before the customers" if months else "spend and customers of the same months",
    "rule_of_40_growth": _label("growth"),
    "rule_of_40_margin": _label("margin"),
    "arr_per_head_base": lambda base, _: "heads at the close" if base == "heads" else "average heads of twelve closes",
    "bookings_metric": _label("the bookings target is the goal for"),
    "sales_marketing_lines": _lines("sales and marketing"),
    "subscription_revenue_lines": _lines("subscription revenue"),
    "subscription_cost_lines": _lines("cost of subscription"),
}


def sources(params: Params, metrics: Iterable[str]) -> str:
    """Returns the definitions of metrics, where they come from, and the switches they stand on: what is folded under a section."""
    known = [params.metrics[name] for name in dict.fromkeys(metrics) if name in params.metrics]
    told = " ".join(f"{each.label}: {each.definition.rstrip('.')}." for each in known)
    stated = stated_switches(params, metrics)
    return f"{told} Read here so: {stated}" if stated else told


def bridge_period(bridge: pd.DataFrame, last_closed: pd.Timestamp, count: int = 12) -> str:
    """Returns the months of the waterfall in words."""
    return months_name(bridge_months(bridge, last_closed, count))


def bridge_months(bridge: pd.DataFrame, last_closed: pd.Timestamp, count: int = 12) -> list[pd.Timestamp]:
    """Returns the last months of a bridge, as many as there are."""
    return [month for month in sorted(set(bridge["month"])) if add_months(last_closed, -count) < month <= last_closed]


def bridge_steps(bridge: pd.DataFrame, last_closed: pd.Timestamp, count: int = 12) -> pd.DataFrame:
    """Returns the bridge of the last months as a waterfall: step, kind, group, amount; gains and losses largest first.

    Args:
        bridge: The frame `arr_bridge`; by product it gives the same.
        last_closed: The last month.
        count: How many months; as many as there are where there are fewer.

    Returns:
        Opening and closing as totals, movements as steps; one without any amount is left out. Empty without a bridge.
    """
    months = bridge_months(bridge, last_closed, count)
    columns = ["step", "kind", "group", "amount"]
    if not months:
        return pd.DataFrame({column: [] for column in columns})
    own = bridge[bridge["month"].isin(months)]
    moved = {kind: _amount(own, kind) for kind in MOVEMENTS if kind in STEP_NAMES}
    rows: list[tuple[str, str, str, Decimal]] = [(f"ARR {add_months(months[0], -1):%b %Y}", "total", "", _amount(own[own["month"] == months[0]], "opening"))]
    for kinds in (GAINS, LOSSES, ("currency",)):
        rows += [(STEP_NAMES[kind], "step", STEP_GROUPS[kind], moved[kind]) for kind in sorted(kinds, key=lambda kind: -abs(moved[kind])) if moved[kind]]
    rows.append((f"ARR {months[-1]:%b %Y}", "total", "", _amount(own[own["month"] == months[-1]], "closing")))
    return pd.DataFrame(rows, columns=columns)


def _amount(rows: pd.DataFrame, movement: str) -> Decimal:
    return sum((Decimal(each) for each in rows.loc[rows["movement"] == movement, "amount"]), Decimal(0))


def moved(steps: pd.DataFrame) -> str:
    """Returns how recurring revenue moved, from the steps of its waterfall."""
    if steps.empty:
        return "Recurring revenue is not measured"
    start, end = steps["amount"].iloc[0], steps["amount"].iloc[-1]
    gained, lost = (sum(steps.loc[steps["group"] == group, "amount"], Decimal(0)) for group in ("Gained", "Lost"))
    parts = [f"{amount_text(gained)} gained", f"{amount_text(-lost)} lost"]
    currency = sum(steps.loc[steps["step"] == STEP_NAMES["currency"], "amount"], Decimal(0))
    parts += [f"{amount_text(abs(currency))} {'added' if currency > 0 else 'taken'} by currency"] if currency else []
    return f"ARR is {'up' if end >= start else 'down'} {amount_text(abs(end - start))} to {amount_text(end)}: {listed(parts)}"


def stays(params: Params, kpis: pd.DataFrame) -> str:
    """Returns who stays: net, gross and logo retention of the last closed month."""
    own = kpis[(kpis["team"] == "") & (kpis["month"] == params.last_closed)].set_index("metric")["value"]
    known = {name: percent_text(Decimal(own[name])) for name in ("nrr", "grr", "logo_retention") if name in own.index}
    if len(known) < 3:
        return "Retention needs thirteen months of subscriptions"
    return f"Of a year ago {known['logo_retention']} of customers stay, {known['grr']} of their ARR; with expansion {known['nrr']}"


def drives(tree: pd.DataFrame) -> str:
    """Returns what the root of a driver tree hangs on most, among the figures that are not made of others."""
    if tree.empty or pd.isna(tree["value"].iloc[0]):
        return f"{tree['label'].iloc[0]} has no value yet" if len(tree) else "No driver tree is asked for"
    root = tree.iloc[0]
    parents = set(tree["parent"])
    leaves = tree[~tree["node"].isin(parents) & tree["elasticity"].notna()].drop_duplicates("node")
    order = sorted(range(len(leaves)), key=lambda row: (-abs(leaves["elasticity"].iloc[row]), row))[:2]
    value = value_text(Decimal(root["value"]), root["unit"].split(" ")[0])
    told = [f"{_inside(leaves['label'].iloc[row])} ({_change(leaves['elasticity'].iloc[row])} for 1\u00a0% more)" for row in order]
    return f"{root['label']} is {value} and moves most with {listed(told)}" if told else f"{root['label']} is {value}; nothing is known to move it"


def _change(elasticity: Decimal) -> str:
    return f"{'+' if elasticity > 0 else ''}{percent_text(Decimal(elasticity) / 100)}"


def _inside(label: str) -> str:
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def standing(status: pd.DataFrame) -> str:
    """Returns how many metrics of the catalogue are measured, computed, without meaning and without data."""
    counts = status["status"].value_counts()
    parts = [f"{int(counts[state])} {text}" for state, text in STATES.items() if counts.get(state)]
    return f"{counted(len(status), 'metric')}: {listed(parts)}" if len(status) else "The catalogue is empty"


VIEW = ["label", "switches", "shown", "status", "how", "formula"]
STATES = {"measured": "measured", "computed": "computed", "n/m": "not meaningful", "no data": "without data"}


def status_view(params: Params, status: pd.DataFrame) -> pd.DataFrame:
    """Returns metrics as table rows, in the catalogue's order: label, switches, shown (with unit, or n/m), status, how (what it is, or takes), formula."""
    ordered = status.sort_values("position", kind="stable")
    return pd.DataFrame([_view_row(params, row) for row in ordered.to_dict("records")], columns=VIEW)


def missing_view(status: pd.DataFrame) -> pd.DataFrame:
    """Returns what would have to be measured, and the metrics that wait for it: needs, metrics, count; what most wait for first."""
    waiting: dict[str, list[str]] = {}
    for row in status[status["status"] == "no data"].sort_values("position", kind="stable").to_dict("records"):
        waiting.setdefault(row["needs"] or f"{row['reason'][:1].upper()}{row['reason'][1:]}.", []).append(row["label"])
    order = sorted(waiting, key=lambda needs: -len(waiting[needs]))
    rows = [(needs.rstrip("."), listed(waiting[needs], 8), len(waiting[needs])) for needs in order]
    return pd.DataFrame(rows, columns=["needs", "metrics", "count"])


def _view_row(params: Params, row: dict[Any, Any]) -> tuple[str, ...]:
    unit, _, each = row["unit"].partition(" ")
    shown = "n/m" if row["status"] == "n/m" else ""
    if not pd.isna(row["value"]):
        named = unit if unit.isupper() else "×" if unit == "ratio" else ""
        shown = " ".join(part for part in (value_text(Decimal(row["value"]), unit), named, each) if part)
    why = ". ".join(part.rstrip(".") for part in (row["reason"], f"It takes: {row['needs']}" if row["needs"] else "") if part)
    how = f"{why[:1].upper()}{why[1:]}." if why else params.metrics[row["metric"]].definition
    return row["label"], row["switches"], shown, row["status"], how, row["formula"]
