"""Goals one by one: statement, owner, KPI, five tests, and behind folds targets, levers and milestones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from aop_lib.report import charts_tree, tables
from aop_lib.report.blocks import Block, folded, inside, rendered
from aop_lib.report.tables import STATES, Column

LETTERS = ("S", "M", "A", "R", "T")
SMART = [Column("test", "Test"), Column("result", "Result", "status"), Column("reason", "Why"), Column("figure", "Figure"), Column("remedy", "To pass")]
STEPS = [Column("what", "Milestone", why="measure"), Column("due", "Due", "day"), Column("who", "Answers"), Column("status", "Status", "status")]
LEVERS = [
    Column("label", "Lever", why="per"), Column("value", "Now", "figure"), Column("moves", "KPI, for +1\u00a0%", "figure"),
    Column("needed", "Alone for the target", "figure"), Column("change", "Change", "figure"),
]  # fmt: skip


@dataclass(frozen=True)
class GoalFrames:
    """What the blocks of all goals are made of; every frame has a column `goal`.

    Attributes:
        cards: statement, about, way, stands, status.
        smart: The frame `smart`.
        quarters: Targets by quarter in words: label, why, style, q1, q2, q3, q4, year.
        levers: Levers in words: label, per, value, moves, needed, change.
        trees: Driver trees, see `charts_tree.tree`.
        milestones: what, who, due, measure, status.
    """

    cards: pd.DataFrame
    smart: pd.DataFrame
    quarters: pd.DataFrame
    levers: pd.DataFrame
    trees: pd.DataFrame
    milestones: pd.DataFrame


def each_goal(frames: GoalFrames, currency: str, year: str) -> list[Block]:
    """Returns one block for each goal, in the order of the cards.

    Args:
        frames: What the blocks are made of.
        currency: The reporting currency.
        year: What the year is called, e.g. `FY2027`.
    """
    return [_goal(frames, card, currency, year) for card in frames.cards.to_dict("records")]


def _goal(frames: GoalFrames, card: Mapping[Any, Any], currency: str, year: str) -> Block:
    smart = frames.smart[frames.smart["goal"] == card["goal"]]
    tests = smart.assign(order=smart["letter"].map(LETTERS.index)).sort_values("order").to_dict("records")
    marks = [{"letter": each["letter"], "kind": STATES[each["result"]], "text": f"{each['test'].capitalize()}: {each['result']}"} for each in tests]
    troubles = [each for each in tests if each["result"] != "pass"]
    folds = [*_folds(frames, card, currency, year), _tests(tests, currency)]
    status = {"kind": STATES.get(card["status"], "open"), "text": card["status"]}
    html = rendered("goal.html.j2", card=card, status=status, marks_=marks, troubles=troubles, folds=inside(folds))
    said = [f"{each['test']}: {each['result']}, {each['reason']}" for each in tests]
    return Block(html, text="\n".join([card["statement"], card["way"], card["stands"], *said]))


def _folds(frames: GoalFrames, card: Mapping[Any, Any], currency: str, year: str) -> list[Block]:
    quarters, levers, trees, steps = (each[each["goal"] == card["goal"]] for each in (frames.quarters, frames.levers, frames.trees, frames.milestones))
    heads = [Column("label", "KPI and team"), *(Column(f"q{number}", f"Q{number}", "figure") for number in (1, 2, 3, 4)), Column("year", year, "figure")]
    found = [folded("Targets by quarter", tables.amounts(quarters, heads, f"Targets by quarter, {card['statement']}", currency))] if len(quarters) else []
    if len(levers):
        drawn = [charts_tree.tree(trees, alt=f"What moves it: {card['way']}")] if len(trees) > 1 else []
        found.append(folded("What moves it", *drawn, tables.amounts(levers, LEVERS, f"Levers, {card['statement']}", currency)))
    if len(steps):
        found.append(folded(f"Milestones ({len(steps)})", tables.amounts(steps, STEPS, f"Milestones, {card['statement']}", currency)))
    return found


def _tests(tests: list[dict[Any, Any]], currency: str) -> Block:
    told = pd.DataFrame(tests).assign(test=[each["test"].capitalize() for each in tests])
    return folded("The five tests with their figures", tables.amounts(told, SMART, "The five tests", currency))
