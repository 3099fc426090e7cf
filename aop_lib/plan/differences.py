"""Differences between two plans: what, where, on either side, by how much, and whether that is good for operating profit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib import money
from aop_lib.plan.profit_and_loss import OPERATING, Result, line_totals, result_of
from aop_lib.plan.wording import day_name, percent_text

KINDS = ("result", "line", "team", "change", "request", "goal", "target", "driver", "parameter")
COLUMNS = ["kind", "what", "where", "unit", "a", "b", "difference", "effect", "direction"]
RESULTS = {"revenue": "Revenue", "gross_profit": "Gross profit", "operating_profit": "Operating profit", "net_result": "Net result"}
NO = Decimal(0)


@dataclass(frozen=True)
class Change:
    """One change that an overlay makes: in words, where it is written, and its effect on operating profit."""

    what: str
    where: str
    effect: Decimal


@dataclass(frozen=True)
class Plan:
    """One side of a comparison: a plan, a version or a scenario of it.

    Attributes:
        currency: The reporting currency.
        amounts: entity, team, account, month, amount of its budget.
        frames: Of its cycle: accounts, lines and teams; where it has them goals, targets, driver_values and request_status.
        aggregates: How each metric's months make a year: sum, last or mean.
        changes: What its overlay changes.
        parameters: Each key of each parameter file: where it stands (`file:line`) and its text.
    """

    currency: str
    amounts: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    aggregates: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    parameters: Mapping[str, tuple[str, str]] = field(default_factory=dict)


Row = dict[str, Any]


def differences(a: Plan, b: Plan) -> pd.DataFrame:
    """Returns every difference between two plans, from A to B, the one that moves operating profit most first.

    Defined as::

        difference   B - A                       in the unit of the row; missing where either side has no figure
        effect       on operating profit of B - A: of a line or a team's line its direction * difference, of a request - difference in what is
                     approved, of an overlay's change what it does; 0 of what makes no profit by itself
        direction    good or bad: by the effect, else by the direction of a line or metric; empty where neither says

    Lines, teams' lines, changes and requests each tell the same effect in their own way; they are not added up across kinds. Only a side's own
    figures count: swapping the sides turns every sign.

    Args:
        a: What is compared with.
        b: What is compared.

    Returns:
        kind, what, where, unit, a, b (texts), difference (exact or missing), effect (Decimal), direction; results first, then by size of effect.
    """
    parts: list[Callable[[Plan, Plan], Iterator[Row]]] = [_results, _lines, _teams, _changes, _requests, _goals, _targets, _drivers, _parameters]
    rows = [row for part in parts for row in part(a, b)]
    rows.sort(key=lambda row: (row["kind"] != "result", -abs(row["effect"]), KINDS.index(row["kind"]), -abs(row["size"])))
    return pd.DataFrame([{name: row[name] for name in COLUMNS} for row in rows], columns=COLUMNS, dtype=object)


def _row(kind: str, what: str, where: str, unit: str, texts: tuple[str, str], difference: Decimal | None, effect: Decimal, direction: int) -> Row:
    sign = effect or (direction * difference if difference is not None else NO)
    verdict = "good" if sign > 0 else "bad" if sign < 0 else ""
    told = {"kind": kind, "what": what, "where": where, "unit": unit, "a": texts[0], "b": texts[1]}
    return {**told, "difference": difference, "effect": effect, "direction": verdict, "size": difference if kind in {"line", "team"} and difference else NO}


def _amounts(kind: str, what: str, where: str, unit: str, pair: tuple[Decimal, Decimal], direction: int, *, makes_profit: bool) -> Row:
    here, there = pair
    gap = there - here
    return _row(kind, what, where, unit, (f"{here:,.2f}", f"{there:,.2f}"), gap, direction * gap if makes_profit else NO, direction)


def _lines_of(a: Plan, b: Plan) -> dict[str, Row]:
    """The P&L lines of both sides; where both have one, B's name, type and direction hold."""
    return {row["line"]: {str(key): value for key, value in row.items()} for side in (a, b) for row in side.frames["lines"].to_dict("records")}


def _totals(plan: Plan, by: tuple[str, ...]) -> dict[tuple[str, ...], Decimal]:
    found = line_totals(plan.amounts, plan.frames["accounts"], plan.frames["lines"], by)
    return {tuple(str(row[name]) for name in (*by, "line")): Decimal(row["amount"]) for row in found.to_dict("records")}


def _result(plan: Plan) -> Result:
    return result_of(line_totals(plan.amounts, plan.frames["accounts"], plan.frames["lines"], ()), plan.frames["lines"])


def _results(a: Plan, b: Plan) -> Iterator[Row]:
    here, there = _result(a), _result(b)
    for name, label in RESULTS.items():
        pair = (getattr(here, name), getattr(there, name))
        if pair[0] != pair[1]:
            yield _amounts("result", label, "the year", b.currency, pair, 1, makes_profit=name == "operating_profit")


def _lines(a: Plan, b: Plan) -> Iterator[Row]:
    known = _lines_of(a, b)
    for key, pair in _pairs(_totals(a, ()), _totals(b, ())):
        line = known[key[0]]
        yield _amounts("line", line["name"], key[0], b.currency, pair, int(line["direction"]), makes_profit=line["type"] in OPERATING)


def _teams(a: Plan, b: Plan) -> Iterator[Row]:
    known, names = _lines_of(a, b), _named(a, b, "teams", "team", "name")
    for key, pair in _pairs(_totals(a, ("team",)), _totals(b, ("team",))):
        line, team = known[key[1]], names.get(key[0], key[0] or "No team")
        yield _amounts(
            "team", f"{team}, {line['name']}", f"{key[0]}/{key[1]}", b.currency, pair, int(line["direction"]), makes_profit=line["type"] in OPERATING
        )


def _pairs(here: Mapping[tuple[str, ...], Decimal], there: Mapping[tuple[str, ...], Decimal]) -> Iterator[tuple[tuple[str, ...], tuple[Decimal, Decimal]]]:
    """Yields the amounts of both sides where they differ; what one side lacks counts as zero there."""
    for key in sorted(here.keys() | there.keys()):
        pair = (here.get(key, NO), there.get(key, NO))
        if pair[0] != pair[1]:
            yield key, pair


def _named(a: Plan, b: Plan, frame: str, key: str, name: str) -> dict[str, str]:
    found = [plan.frames[frame] for plan in (a, b) if frame in plan.frames]
    return {str(each): str(text) for rows in found for each, text in zip(rows[key], rows[name], strict=True)}


def _changes(a: Plan, b: Plan) -> Iterator[Row]:
    here, there = (_summed(plan.changes) for plan in (a, b))
    for key in sorted(here.keys() | there.keys()):
        effects = [side.get(key, NO) for side in (here, there)]
        if effects[0] != effects[1] or (key in here) is not (key in there):
            texts = ("made" if key in here else "", "made" if key in there else "")
            yield _row("change", key[0], key[1], b.currency, texts, effects[1] - effects[0], effects[1] - effects[0], 1)


def _summed(changes: Iterable[Change]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    for each in changes:
        found[each.what, each.where] = found.get((each.what, each.where), NO) + each.effect
    return found


def _both(a: Plan, b: Plan, frame: str, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Row | None, Row | None]]:
    """Yields the rows of a frame by key, on either side; nothing where a side does not have the frame."""
    if frame not in a.frames or frame not in b.frames:
        return
    here, there = ({tuple(str(row[key]) for key in keys): {str(name): value for name, value in row.items()} for row in plan.frames[frame].to_dict("records")}
                   for plan in (a, b))  # fmt: skip
    for key in sorted(here.keys() | there.keys()):
        yield key, here.get(key), there.get(key)


def _requests(a: Plan, b: Plan) -> Iterator[Row]:
    for key, here, there in _both(a, b, "request_status", ("request",)):
        texts = (_decision(here), _decision(there))
        if texts[0] != texts[1]:
            title = (there or here or {})["title"]
            gap = (Decimal(there["approved"]) if there else NO) - (Decimal(here["approved"]) if here else NO)
            yield _row("request", title, key[0], b.currency, texts, gap, -gap, -1)


def _decision(row: Row | None) -> str:
    return ", ".join(part for part in (row["decision"], row["option"], f"{row['approved']:,.2f}") if part) if row else "not asked"


def _goals(a: Plan, b: Plan) -> Iterator[Row]:
    for key, here, there in _both(a, b, "goals", ("goal",)):
        row = there or here or {}
        statement, unit, direction = row["statement"], _unit(b, row["unit"]), int(row["direction"])
        if here is None or there is None:
            yield _row("goal", statement, key[0], "", ("" if here is None else "set", "" if there is None else "set"), None, NO, 0)
            continue
        for name in ("start", "target"):
            if here[name] != there[name]:
                pair = (Decimal(here[name]), Decimal(there[name]))
                yield _figures("goal", f"{statement}: {name}", f"{key[0]}.{name}", unit, pair, direction if name == "target" else 0)
        for name in ("metric", "owner_name", "deadline", "weight"):
            texts = (_text(name, here[name]), _text(name, there[name]))
            if texts[0] != texts[1]:
                yield _row("goal", f"{statement}: {name.replace('_name', '')}", f"{key[0]}.{name.replace('_name', '')}", "", texts, None, NO, 0)


def _text(name: str, value: Any) -> str:
    if name == "deadline":
        return "" if pd.isna(value) else day_name(pd.Timestamp(value))
    return percent_text(Decimal(str(value))) if name == "weight" else str(value)


def _unit(plan: Plan, unit: str) -> str:
    return plan.currency if unit == "currency" else unit


def _figures(kind: str, what: str, where: str, unit: str, pair: tuple[Decimal, Decimal], direction: int) -> Row:
    return _row(kind, what, where, unit, (figure_text(pair[0], unit), figure_text(pair[1], unit)), pair[1] - pair[0], NO, direction)


def figure_text(value: Decimal, unit: str) -> str:
    """Returns a figure in full: `2.5 %`, `27,500,000.00`, `6.25`; trailing zeros beyond the unit's own places are left out."""
    if unit == "pct":
        return f"{(value * 100).quantize(Decimal('0.01')):,} %"
    if len(unit) == 3 and unit.isupper():
        return f"{value:,.2f}"
    plain = value.quantize(Decimal("0.0001")).normalize()
    return f"{plain:,f}"


def _targets(a: Plan, b: Plan) -> Iterator[Row]:
    if "goals" not in a.frames or "goals" not in b.frames:
        return
    known = {(row["goal"], row["metric"]): row for plan in (a, b) for row in plan.frames["goals"].to_dict("records")}
    teams = _named(a, b, "teams", "team", "name")
    here, there = _year_targets(a), _year_targets(b)
    for key in sorted(here.keys() & there.keys()):
        if here[key] != there[key] and (row := known.get(key[:2])) is not None:
            what = f"{row['metric_name']}: target of {teams.get(key[2], key[2])}"
            yield _figures("target", what, "/".join(key), _unit(b, row["unit"]), (here[key], there[key]), int(row["direction"]))


def _year_targets(plan: Plan) -> dict[tuple[str, str, str], Decimal]:
    """Returns each team's target of the year: its months added up, their mean, or the last one, as the metric's months make a year."""
    if "targets" not in plan.frames:
        return {}
    found: dict[tuple[str, str, str], Decimal] = {}
    own = plan.frames["targets"].query("team != ''").sort_values("month", kind="stable")
    for (goal, metric, team), rows in own.groupby(["goal", "metric", "team"], sort=True):
        values, way = [Decimal(each) for each in rows["value"]], plan.aggregates.get(str(metric), "last")
        whole = sum(values, NO)
        found[str(goal), str(metric), str(team)] = whole if way == "sum" else whole / len(values) if way == "mean" else values[-1]
    return found


def _drivers(a: Plan, b: Plan) -> Iterator[Row]:
    for key, here, there in _both(a, b, "driver_values", ("driver", "place", "since")):
        row = there or here or {}
        values = tuple(None if each is None else Decimal(each["value"]) for each in (here, there))
        if values[0] != values[1]:
            texts = tuple("" if each is None else figure_text(each, row["unit"]) for each in values)
            gap = None if values[0] is None or values[1] is None else values[1] - values[0]
            where = ".".join(part for part in key if part)
            yield _row("driver", ", ".join(part for part in (row["label"], row["place"]) if part), where, row["unit"], (texts[0], texts[1]), gap, NO, 0)


def _parameters(a: Plan, b: Plan) -> Iterator[Row]:
    for key in sorted(a.parameters.keys() | b.parameters.keys()):
        here, there = a.parameters.get(key, ("", "")), b.parameters.get(key, ("", ""))
        if here[1] != there[1] or (key in a.parameters) is not (key in b.parameters):
            yield _row("parameter", key, there[0] or here[0], "", (here[1], there[1]), None, NO, 0)


def operating_profits(a: Plan, b: Plan) -> tuple[Decimal, Decimal]:
    """Returns the operating profit of both sides."""
    return money.cents(_result(a).operating_profit), money.cents(_result(b).operating_profit)
