"""A page that stands alone: put together from blocks and what it says of its cycle, without a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from aop_lib.report.blocks import Block, Facts, environment, stylesheet
from aop_lib.report.stated import Reading, statements


def standing_page(facts: Facts, first: Block, blocks: Sequence[Block], home: str = "") -> str:
    """Returns a whole page of a first screen and sections."""
    return str(
        environment()
        .get_template("page.html.j2")
        .render(
            title=f"{facts.company}, {facts.label}: {first.text}",
            style=Markup(stylesheet()),  # noqa: S704 - our own file
            facts=facts,
            home=home,
            first=Markup(first.html),  # noqa: S704 - rendered with escaping on
            contents=[dict(block.meta) for block in blocks],
            body=Markup("\n").join(Markup(block.html) for block in blocks),  # noqa: S704 - rendered with escaping on
            statements=statements([first.html, *(block.html for block in blocks)], facts.readings),
        )
    )


def facts_of(told: Mapping[str, Any]) -> Facts:
    """Returns what a page says of its cycle, from the plain values of an extract."""
    readings = tuple(Reading(each["label"], tuple(each["names"]), tuple(each["sentences"])) for each in told["readings"])
    return Facts(**{**told, "readings": readings, "assumptions": tuple(told["assumptions"])})
