"""An explanation cut to what fits on a page: a few levels, the largest parts of each breakdown, the rest of it as one part."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from aop_lib.plan.explanation import Node
from aop_lib.plan.wording import counted

DEEPEST = 3
MOST = 6


def shortened(node: Node, deepest: int = DEEPEST, most: int = MOST) -> dict[str, Any]:
    """Returns an explanation as plain texts that any process can read, cut to a few levels.

    Args:
        node: The root.
        deepest: How many levels stand below the root.
        most: How many parts of one breakdown are told; where there are more, the smaller ones are told together.

    Returns:
        label, value, how, place, exact (a number as text; empty for a fact), breakdown, name, source (source and frame; empty texts where it is
        none), parts (the same again), is_cut: whether more stands behind it than is told, and is_whole: whether it is told so far that
        another figure that stands on it can refer to it.
    """
    parts = _kept(node.parts, most) if deepest else ()
    told = [shortened(part, deepest - 1, most) for part in parts]
    is_cut = len(parts) < len(node.parts) or any(part["is_cut"] for part in told)
    exact = "" if node.exact is None else f"{node.exact:f}"
    return {
        "label": node.label, "value": node.value, "how": node.how, "place": node.place, "exact": exact, "breakdown": node.breakdown, "name": node.name,
        "source": list(node.source), "parts": told, "is_cut": is_cut,
        "is_whole": deepest > 1,
    }  # fmt: skip


def _kept(parts: Sequence[Node], most: int) -> tuple[Node, ...]:
    """Returns the largest parts of each breakdown in their order, one part for the rest of each, and the facts."""
    found: list[Node] = []
    for name in dict.fromkeys(part.breakdown for part in parts):
        own = [part for part in parts if part.breakdown == name]
        if len(own) <= most + 1:
            found += own
            continue
        ranked = sorted(own, key=lambda part: -abs(part.exact or Decimal(0))) if name else own
        shown = {id(part) for part in ranked[:most]}
        rest = [part for part in own if id(part) not in shown]
        found += [part for part in own if id(part) in shown]
        exact = sum((part.exact or Decimal(0) for part in rest), Decimal(0)) if name else None
        label = f"and {counted(len(rest), 'smaller part')}" if name else f"and {len(rest)} more"
        found.append(Node(label, "" if exact is None else f"{exact:,.2f}", exact=exact, breakdown=name))
    return tuple(found)
