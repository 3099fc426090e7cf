"""The small line in a key-figure tile."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup, escape

WIDTH, HEIGHT, MARGIN = 132, 46, 7


def sparkline(values: Sequence[Decimal], plan: Decimal | None, alt: str) -> Markup:
    """Returns an inline SVG: the line of a figure's history, a dot for the last actual, a ring for its plan.

    Args:
        values: The history in order; fewer than two points draw nothing.
        plan: Where the plan puts the last point; None draws no ring.
        alt: What a screen reader says.
    """
    if len(values) < 2:
        return Markup("")
    known = [*values, *([plan] if plan is not None else [])]
    low, high = min(known), max(known)
    span = high - low or Decimal(1)
    heights = [float(HEIGHT - MARGIN - (each - low) / span * (HEIGHT - 2 * MARGIN)) for each in known]
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = " ".join(f"{MARGIN + index * step:.1f},{height:.1f}" for index, height in enumerate(heights[: len(values)]))
    ring = Markup('<circle cx="{}" cy="{:.1f}" r="4.8" class="pl"/>').format(WIDTH - MARGIN, heights[-1]) if plan is not None else Markup("")
    dot = Markup('<circle cx="{}" cy="{:.1f}" r="2.9" class="ac"/>').format(WIDTH - MARGIN, heights[len(values) - 1])
    box = Markup('<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, WIDTH, HEIGHT, escape(alt))
    return box + Markup('<polyline points="{}" class="sl"/>').format(points) + ring + dot + Markup("</svg>")
