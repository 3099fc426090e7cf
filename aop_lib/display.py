"""Amounts as they are displayed: rounded once, top down, so that results are exact and every displayed sum adds up.

Tables, bridges and headings take their figures from here, so that a reader finds the same figure in each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from itertools import pairwise

import pandas as pd

THOUSAND, MILLION = Decimal(1000), Decimal(1_000_000)
CLOSING = ("result", "total")


@dataclass(frozen=True)
class Scale:
    """The unit in which amounts are displayed.

    Attributes:
        unit: What one displayed 1 is worth.
        places: Decimals shown.
        name: `k USD`, `M USD`, `USD`.
    """

    unit: Decimal
    places: int
    name: str

    def rounded(self, amount: Decimal) -> Decimal:
        """Returns an amount in this unit, rounded half to even."""
        return (Decimal(amount) / self.unit).quantize(Decimal(1).scaleb(-self.places), rounding=ROUND_HALF_EVEN)


def scale_of(amounts: Sequence[Decimal], currency: str) -> Scale:
    """Returns the unit for a table of amounts: M from 200 million on, k from 20 thousand on, else single units.

    Args:
        amounts: Every amount that is shown in that unit.
        currency: Its code.
    """
    largest = max((abs(Decimal(amount)) for amount in amounts), default=Decimal(0))
    if largest >= 200 * MILLION:
        return Scale(MILLION, 1, f"M {currency}")
    return Scale(THOUSAND, 0, f"k {currency}") if largest >= 20 * THOUSAND else Scale(Decimal(1), 0, currency)


def scaled(values: Sequence[Decimal], scale: Scale) -> list[Decimal]:
    """Returns amounts in a display unit such that displayed parts add up to their displayed total."""
    exact = [Decimal(value) for value in values]
    return allocated([value / scale.unit for value in exact], scale.rounded(sum(exact, Decimal(0))), scale.places)


def allocated(parts: Sequence[Decimal], target: Decimal, places: int = 0) -> list[Decimal]:
    """Returns parts cut to display steps so that they sum to a target: the largest remainders are rounded up.

    Args:
        parts: In the display unit, exact, of either sign.
        target: What they must sum to, a whole number of steps.
        places: Decimals of a step.
    """
    step = Decimal(1).scaleb(-places)
    floors = [(part / step).to_integral_value(rounding=ROUND_FLOOR) for part in parts]
    left = int(target / step - sum(floors, Decimal(0)))
    order = sorted(range(len(parts)), key=lambda place: (floors[place] - parts[place] / step, place))
    if left < 0:
        order.reverse()
    for count in range(abs(left) if parts else 0):
        floors[order[count % len(parts)]] += 1 if left > 0 else -1
    return [floor * step for floor in floors]


def displayed_steps(kinds: Sequence[str], amounts: Sequence[Decimal], scale: Scale) -> list[Decimal]:
    """Returns the figures of a waterfall in the display unit: between two totals, the steps add up to the totals' difference.

    Args:
        kinds: `total` or `step`.
        amounts: Exact, in the currency.
        scale: The display unit.
    """
    found = [scale.rounded(each) for each in amounts]
    for first, last in pairwise([index for index, kind in enumerate(kinds) if kind == "total"]):
        inner = list(range(first + 1, last))
        if not inner or amounts[first] + sum(amounts[index] for index in inner) != amounts[last]:
            continue
        parts = scaled([amounts[index] for index in inner], scale)
        largest = max(range(len(inner)), key=lambda index: abs(parts[index]))
        parts[largest] += found[last] - found[first] - sum(parts)
        for index, part in zip(inner, parts, strict=True):
            found[index] = part
    return found


def displayed(rows: pd.DataFrame, column: str, scale: Scale) -> list[Decimal]:
    """Returns a table column in a display unit, such that every displayed sum adds up.

    Defined as::

        result, total          its own amount, rounded
        plain row (style "")   cut so that the groups between two results add up to the difference of the displayed results,
                               and the rows of a group to their displayed group
        sub                    sum of the displayed plain rows of its group; by direction where its own direction is 0

    Args:
        rows: `style`, `direction` (+1 adds to a result, -1 takes from it), the money column, and `group` where subtotals stand.
        column: The column that is shown.
        scale: The display unit.
    """
    table = _Table(rows, column, scale)
    shown: dict[int, Decimal] = {}
    running, segment = Decimal(0), list[int]()
    for row, style in enumerate(table.styles):
        if style in CLOSING:
            shown[row] = scale.rounded(table.amounts[row])
            signs = table.signs(segment, style)
            shown |= table.placed(segment, signs, shown[row] - running)
            running, segment = shown[row], []
        elif style == "":
            segment.append(row)
    whole = scale.rounded(sum((table.amounts[row] for row in segment), Decimal(0)))
    shown |= table.placed(segment, [1] * len(segment), whole)
    return table.with_subtotals(shown)


class _Table:
    """A column on its way to display figures."""

    def __init__(self, rows: pd.DataFrame, column: str, scale: Scale) -> None:
        self.amounts = [Decimal(value) for value in rows[column]]
        self.styles, self.directions = list(rows["style"]), [int(each) for each in rows["direction"]]
        self.groups = list(rows["group"]) if "group" in rows else [""] * len(self.amounts)
        self.scale = scale

    def signs(self, segment: Sequence[int], closing: str) -> list[int]:
        """Returns how each row of a segment enters its closing row."""
        return [self.directions[row] if closing == "result" else 1 for row in segment]

    def placed(self, segment: Sequence[int], signs: Sequence[int], target: Decimal) -> dict[int, Decimal]:
        """Returns the display figures of a segment's plain rows, which sum by sign to the target."""
        effect = {row: sign * self.amounts[row] / self.scale.unit for row, sign in zip(segment, signs, strict=True)}
        members = {group: [row for row in segment if self.groups[row] == group] for group in dict.fromkeys(self.groups[row] for row in segment)}
        sums = allocated([sum((effect[row] for row in rows), Decimal(0)) for rows in members.values()], target, self.scale.places)
        placed = {
            row: figure
            for rows, whole in zip(members.values(), sums, strict=True)
            for row, figure in zip(rows, allocated([effect[each] for each in rows], whole, self.scale.places), strict=True)
        }
        return {row: placed[row] * sign for row, sign in zip(segment, signs, strict=True)}

    def with_subtotals(self, shown: dict[int, Decimal]) -> list[Decimal]:
        """Returns every row's display figure, subtotals added up from their displayed rows."""
        for row, style in enumerate(self.styles):
            if style == "sub":
                members = [each for each in range(row) if self.styles[each] == "" and self.groups[each] == self.groups[row]]
                by_direction = self.directions[row] == 0
                shown[row] = sum((shown[each] * (self.directions[each] if by_direction else 1) for each in members), Decimal(0))
        return [shown[row] for row in range(len(self.amounts))]


def with_shown(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Returns a comparison's rows with what a table displays of them, in units of currency.

    Defined as::

        variance_shown = direction * (actual_shown - plan_shown)     a result or total by difference has direction +1

    Args:
        rows: label, style, direction, actual, plan, and year_actual, year_plan where the table has them.
        currency: The reporting currency.

    Returns:
        The rows with actual_shown, plan_shown and variance_shown; whole steps of the display unit.
    """
    scale = scale_of([Decimal(each) for column in compared(rows) for each in rows[column]], currency)
    shown = {side: displayed(rows, side, scale) for side in ("actual", "plan")}
    signs = [1 if style == "result" else int(direction) or 1 for style, direction in zip(rows["style"], rows["direction"], strict=True)]
    variances = [sign * (actual - plan) for sign, actual, plan in zip(signs, shown["actual"], shown["plan"], strict=True)]
    columns = {"actual_shown": shown["actual"], "plan_shown": shown["plan"], "variance_shown": variances}
    return rows.assign(**{name: pd.Series([value * scale.unit for value in values], index=rows.index, dtype=object) for name, values in columns.items()})


def compared(rows: pd.DataFrame) -> list[str]:
    """Returns the amount columns of a comparison that share one display unit."""
    return [column for column in ("actual", "plan", "year_actual", "year_plan") if column in rows]
