"""What a goal's statement says in figures: its numbers, and which of them are the target, the start or a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from aop_lib.params.goals import Goal

SCALES = {
    "k": 3, "thousand": 3, "tsd": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "millions": 6, "bn": 9, "b": 9, "billion": 9, "billions": 9,
}  # fmt: skip
NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-−]?)(?P<digits>\d{1,3}(?:[ ,_\u00a0]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ \u00a0]?(?P<scale>thousand|millions?|mn|mio|billions?|bn|tsd|[kKmMbB])(?![a-zA-Z]))?[ \u00a0]?(?P<pct>%|per cent|percent)?"
)
JOINED = re.compile(r"\b(?:and|as well as|und)\b|[;&]", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Figure:
    """One number of a statement.

    Attributes:
        text: As it is written.
        value: With its scale; per cent as a fraction.
        half: Half of the last digit that is written: what rounding can hide.
        is_per_cent: Whether it is written as a per cent.
    """

    text: str
    value: Decimal
    half: Decimal
    is_per_cent: bool

    def says(self, value: Decimal) -> bool:
        """Whether the number is that value, as far as it is written out."""
        return abs(abs(self.value) - abs(value)) <= self.half


def figures(statement: str) -> list[Figure]:
    """Returns the numbers of a statement in its order: `29 million USD`, `1,500`, `2.5 M`, `102 %`; years are left out."""
    found = []
    for each in NUMBER.finditer(statement):
        digits = re.sub(r"[ ,_\u00a0]", "", each["digits"])
        power = SCALES.get((each["scale"] or "").lower(), 0) - (2 if each["pct"] else 0)
        is_plain = not (each["scale"] or each["pct"] or each["sign"]) and digits == each["digits"] and "." not in digits
        if is_plain and len(digits) == len(str(FIRST_YEAR)) and FIRST_YEAR <= int(digits) < LAST_YEAR:
            continue
        places = len(digits.partition(".")[2])
        half = Decimal(5).scaleb(power - places - 1)
        found.append(Figure(each[0].strip(), Decimal(digits).scaleb(power), half, bool(each["pct"])))
    return found


def other_figures(goal: Goal) -> tuple[list[Figure], list[Figure]]:
    """Returns the numbers of a goal's statement that are its target (or the change to it), and those that are neither that nor its start."""
    change = goal.target - goal.start
    shares = [change / goal.start] if goal.start else []
    own = [goal.target, change]
    target, others = [], []
    for each in figures(goal.statement):
        if any(each.says(value) for value in (*own, *(shares if each.is_per_cent else ()))):
            target.append(each)
        elif not each.says(goal.start):
            others.append(each)
    return target, others


def joins_aims(statement: str, label: str) -> bool:
    """Returns whether a statement joins aims by an `and` that is not part of the KPI's name."""
    return bool(JOINED.search(re.sub(re.escape(label), "", statement, flags=re.IGNORECASE)))
