"""What a team expects an option to add to metrics, by the end of the year and month by month: one figure must not contradict the other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.periods import month_text

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.params.requests import Option
    from aop_lib.sources.choices import Choices
    from aop_lib.yamlfile import Document, Path_

Months = Mapping["pd.Timestamp", Decimal]


def month_faults(option: Option, path: Path_, document: Document, choices: Choices) -> None:
    """Adds to a document what is wrong with the months of an option's expected effects.

    Args:
        option: The option, typed.
        path: Where it stands in the document.
        document: Takes the faults.
        choices: The closed lists of the team; they know which metrics' months add up.
    """
    for metric, months in option.expects_by_month.items():
        here = (*path, "expects_by_month", metric)
        if metric not in option.expects or not months:
            document.fault(
                here, "no month" if metric in option.expects else f"{metric!r}, which 'expects' does not name", "months of a metric of 'expects'", "add it"
            )
            continue
        for month in months:
            if choices.month(month_text(month)) is None:
                document.fault((*here, month_text(month)), month_text(month), choices.expected_month)
        at_end, how = year_end(months, adds_up=metric in choices.sums), "the sum of its months" if metric in choices.sums else "the last of its months"
        if at_end != option.expects[metric]:
            document.fault((*path, "expects", metric), str(option.expects[metric]), f"{at_end}, {how}", "correct one of them")


def year_end(months: Months, *, adds_up: bool) -> Decimal:
    """Returns what months come to at the end of the year: their sum where they add up, else the last one that was given."""
    return sum(months.values(), Decimal(0)) if adds_up else months[max(months)]


def in_words(months: Months) -> str:
    """Returns months and what is expected in each, e.g. `2027-01: 1, 2027-03: 2.5`; empty where there are none."""
    return ", ".join(f"{month_text(month)}: {months[month].normalize():f}" for month in sorted(months))
