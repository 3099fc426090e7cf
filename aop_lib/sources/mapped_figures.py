"""Figures of a mapped workbook computed again: columns made of others, targets reached step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation
from operator import add, mul, neg, sub, truediv

from aop_lib.formulas import FormulaError, Name, Node, Number, formula, names
from aop_lib.params.workbook_mapping import ReadGoal, Reproduced
from aop_lib.sources.mapped_checks import ZERO, Tables, conditions, differ, summed
from aop_lib.sources.mapped_tables import MappedTable, Sheets
from aop_lib.sources.table import Faults, quoted, visible
from aop_lib.yamlfile import Document, Path_

OPERATIONS: Mapping[str, Callable[..., Decimal]] = {"add": add, "sub": sub, "mul": mul, "div": truediv, "neg": neg, "min": min, "max": max}
PERCENT = re.compile(r"([-+−]?\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True)
class Step:
    """One step of a target: its label, what it adds, and where both stand."""

    label: str
    amount: Decimal
    where: str


@dataclass(frozen=True)
class MappedGoal:
    """A target as the workbook reaches it: start, steps, target, and what is asked beside it (None where the mapping does not say)."""

    goal: str
    start: Step
    steps: tuple[Step, ...]
    target: Step
    asked: Decimal | None

    @property
    def gap(self) -> Decimal:
        """What is asked beyond the target; negative where it is kept."""
        return (self.asked or ZERO) - self.target.amount if self.asked is not None else ZERO

    @property
    def told(self) -> str:
        """The steps as one line of arithmetic."""
        parts = "".join(f" {'−' if step.amount < 0 else '+'} {abs(step.amount):,}" for step in self.steps if step.amount)
        return f"{self.start.amount:,}{parts} = {self.target.amount:,}"


def check_reproduced(read: MappedTable, rule: Reproduced, path: Path_, document: Document, faults: Faults) -> dict[int, Decimal]:
    """Holds a column against what its formula gives in each row.

    Defined as::

        round(formula, decimals), half away from zero

    Args:
        read: The rows.
        rule: The column, its formula, its decimals.
        path: Where the rule stands in the mapping.
        document: The mapping, for its lines.
        faults: Takes the rows in which the two differ.

    Returns:
        The computed value by number of the row; empty where the formula cannot be read.
    """
    try:
        tree = formula(rule.formula)
        computed = {row.row: _rounded(_value(tree, row.numbers), rule.decimals) for row in read.rows}
    except FormulaError as problem:
        document.fault((*path, "formula"), problem.found, problem.expected)
        return {}
    except KeyError as missing:
        document.fault((*path, "formula"), f"the name {missing}", "number columns of the table")
        return {}
    except (DivisionByZero, InvalidOperation):
        document.fault((*path, "formula"), "a division by zero", "rows in which it can be computed")
        return {}
    for row in read.rows:
        held = row.numbers[rule.column]
        told = f"{rule.formula}, rounded, of " + ", ".join(f"{name} {row.numbers[name]}" for name in dict.fromkeys(names(tree)))
        differ(row.where(rule.column), f"{rule.column} {held:,}", held, computed[row.row], told, rule.accepted, faults)
    return computed


def _value(node: Node, row: Mapping[str, Decimal]) -> Decimal:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return row[node.id]
    parts = [_value(each, row) for each in node.arguments]
    if node.function not in OPERATIONS:
        raise FormulaError(node.function, "+ - * /, parentheses, min and max of columns of the row")
    return OPERATIONS[node.function](*parts)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def mapped_goal(goal: ReadGoal, tables: Tables, sheets: Sheets) -> MappedGoal:
    """Returns a target with its steps, each held against the sum so far; a target that is exceeded is a warning."""
    start, target, steps, so_far = None, None, [], ZERO
    for row in range(goal.rows[0], goal.rows[1] + 1):
        label, cell = (sheets.cell(goal.sheet, f"{column}{row}") for column in (goal.labels, goal.amounts))
        step = Step(" ".join(label.text.split()), sheets.number(cell), cell.where)
        if row in goal.running:
            differ(cell.where, f"{visible(step.label)} {step.amount:,}", step.amount, so_far, "the sum of the steps so far", goal.accepted, sheets.faults)
        elif start is None:
            start, so_far = step, step.amount
        else:
            if row in goal.shares:
                _check_share(step, so_far, goal, sheets.faults)
            steps.append(step)
            so_far += step.amount
        target = step
    start, target = start or Step("", ZERO, ""), Step(target.label, so_far, target.where) if target else Step("", ZERO, "")
    asked = summed(tables, goal.asked.of, goal.asked.where) if goal.asked else None
    read = MappedGoal(goal.goal, start, tuple(steps), target, asked)
    if read.gap > 0 and asked is not None:
        expected = f"at most the target: {read.told}"
        sheets.faults.warn(target.where, f"{asked:,} asked ({conditions(goal.asked.where if goal.asked else {})}), {read.gap:,} above the target", expected)
    return read


def _check_share(step: Step, so_far: Decimal, goal: ReadGoal, faults: Faults) -> None:
    found = PERCENT.search(step.label)
    if not found:
        faults.add(step.where, f"no percentage in the label {quoted(step.label)}", "such as 'Reduction (-2%)'", "take the row out of 'shares'")
        return
    expected = _rounded(so_far * Decimal(found[1].replace("−", "-")) / 100, 0)
    differ(step.where, f"{visible(step.label)} {step.amount:,}", step.amount, expected, f"{found[0]} of {so_far:,}", goal.accepted, faults)
