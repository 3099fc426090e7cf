"""What teams measure themselves: tickets that customers opened, and the net promoter score of the quarterly survey."""

from __future__ import annotations

from pathlib import Path
from random import Random

from make.customers import Phase
from make.layouts import write_table
from make.months import MONTHS, label, month_of_year

COLUMNS = ["metric", "team", "month", "value"]
TICKETS_A_CUSTOMER = 3.9
BUSY = {1: 1.06, 4: 1.04, 7: 1.12, 8: 1.08, 12: 0.86}  # summer is the season of field service


def write_readings(folder: Path, phases: list[Phase]) -> None:
    """Writes the file that the support team hands over."""
    draw, score, rows = Random("readings"), 31.0, []
    for number in MONTHS:
        live = len({each.customer for each in phases if each.start <= number and (each.end is None or number < each.end)})
        tickets = round(live * TICKETS_A_CUSTOMER * BUSY.get(month_of_year(number), 1.0) * draw.uniform(0.97, 1.03))
        rows += [{"metric": "support_tickets", "team": team, "month": label(number), "value": tickets} for team in ("", "support")]
        if month_of_year(number) % 3 == 0:
            score += draw.uniform(-2.0, 2.6)
            rows.append({"metric": "nps", "team": "", "month": label(number), "value": f"{score:.1f}"})
    write_table(folder / "readings.csv", COLUMNS, rows)
