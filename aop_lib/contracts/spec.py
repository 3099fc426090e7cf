"""What a contract of a frame says, and its short form.

Column kinds: `text` (never missing, empty for none), `month` (first of month), `day` (may be missing), `money`
(DECIMAL(18,2), the unit is the currency in `currency` or, without such a column, the reporting currency), `exact`
(DECIMAL(38,10): rates and KPI values), `figure` (the same, may be missing), `count` (integer), `share` (float, may be missing), `flag`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FrameSpec:
    """A frame's contract.

    Attributes:
        what: One line on what a row is.
        columns: Name to kind, in order.
        key: The grain; no two rows share it. Empty where rows may repeat.
    """

    what: str
    columns: dict[str, str]
    key: tuple[str, ...] = ()


def frame_spec(what: str, columns: str, key: str = "") -> FrameSpec:
    """Returns a contract from its short form: `entity team: text, month: month, amount: money`, key `entity team month`."""
    kinds = (group.rpartition(":") for group in columns.split(","))
    return FrameSpec(what, {name: kind.strip() for names, _, kind in kinds for name in names.split()}, tuple(key.split()))


FINDINGS = frame_spec(
    "one fault or risk: what was found, what was expected, who answers",
    "severity topic where what expected found owner: text, amount: money",
)
STORY = frame_spec(
    "one line of a page's first screen and of the index: message, figure, decision or line; explains is the key under which a figure is explained",
    "kind: text, position: count, label text unit: text, value reference: exact, reference_label: text, direction: count, status "
    "owner prepared_by due: text, amount: money, explains: text",
    key="kind position",
)
