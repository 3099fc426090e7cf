"""The first screen of the single source: what was read, how fresh it is, what could not be used, who is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.frames import conformed, empty
from aop_lib.periods import add_months, month_text
from aop_lib.plan.figure_keys import metric_key
from aop_lib.plan.findings import severity_counts
from aop_lib.plan.owners import owner_name, team_name, team_owner
from aop_lib.plan.story import Row, decision, figure, line, message, story_frame
from aop_lib.plan.wording import amount_text, counted, day_name, listed, month_name, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params

FIGURES = ("arr", "nrr", "customers", "revenue", "operating_profit")


def source_story(params: Params, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Returns the first screen of the single source.

    Args:
        params: The cycle.
        frames: The frames that stage 00 writes, by name, without its story.

    Returns:
        The frame `source_story`: its message, the latest key figures against a year before, a decision for each team whose
        requests are missing or refused, and three lines for the index.
    """
    return story_frame(
        "source_story",
        [
            message(_message(frames)),
            *_figures(params, frames["kpis"]),
            *_decisions(params, frames["submissions"]),
            line(_freshness(params, frames["sources"])),
            line(_totals(frames)),
            line(_submissions(params, frames["submissions"])),
        ],
    )


def quarantine_groups(quarantine: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows that were set aside, counted by source, frame and reason, the most first: source, frame, reason, rows, amount, first.

    Args:
        quarantine: The frame `quarantine`.
    """
    by = ["source", "frame", "reason"]
    counts = quarantine.groupby(by, as_index=False, sort=True).agg(rows=("row", "size"), first=("row", "first"))
    sums = money.sums(quarantine, by, "amount")
    return counts.merge(sums, on=by, validate="one_to_one").sort_values("rows", ascending=False, kind="stable", ignore_index=True)


def untied(control_totals: pd.DataFrame) -> pd.DataFrame:
    """Returns the control totals that do not tie; none in a sound snapshot."""
    return control_totals[~control_totals["ties"]]


def _message(frames: dict[str, pd.DataFrame]) -> str:
    aside, broken = len(frames["quarantine"]), len(untied(frames["control_totals"]))
    rows = int(frames["sources"]["rows"].sum())
    if broken:
        return f"{counted(broken, 'control total')} of {len(frames['control_totals'])} do not tie: do not plan on this snapshot yet"
    used = f"One set of numbers: {counted(rows, 'row')} read and every control total ties"
    amount = money.total(frames["quarantine"]["amount"].abs()) if aside else Decimal(0)
    return f"{used}; {counted(aside, 'row')} worth {amount_text(amount)} set aside" if aside else used


def _figures(params: Params, kpis: pd.DataFrame) -> list[Row]:
    own = kpis[kpis["team"] == ""]
    year_before = add_months(params.last_closed, -12)
    rows = []
    for metric in FIGURES:
        values = own[own["metric"] == metric].set_index("month")["value"]
        entry = params.metrics.get(metric)
        if entry is None or params.last_closed not in values.index:
            continue
        unit = params.company.reporting_currency if entry.unit == "currency" else entry.unit
        reference = Decimal(values[year_before]) if year_before in values.index else None
        direction = {"more": 1, "less": -1, "either": 0}[entry.direction]
        rows.append(
            figure(
                entry.label,
                month_name(params.last_closed),
                unit,
                Decimal(values[params.last_closed]),
                reference=reference,
                reference_label="a year before",
                direction=direction,
                explains=metric_key(metric, month_text(params.last_closed)),
            )
        )
    return rows[:5]


def _decisions(params: Params, submissions: pd.DataFrame) -> list[Row]:
    what = {"missing": "Send the requests of {}, or say that there are none", "refused": "Mend and send again the requests of {}"}
    return [
        decision(
            what[row["state"]].format(team_name(params, row["team"])),
            row["note"] or "Without it the budget of the team holds its base alone.",
            owner=owner_name(params, team_owner(params, row["team"])),
            due="before the budget is frozen",
        )
        for row in submissions.to_dict("records")
        if row["state"] in what and not params.is_review
    ]


def _freshness(params: Params, sources: pd.DataFrame) -> str:
    names = sorted(set(sources["source"]))
    later = int(sources["later"].sum())
    hidden = f"; {counted(later, 'row')} from after the cut stay hidden" if later else ""
    closed = month_name(params.last_closed)
    return f"{counted(len(names), 'source')} read as of {day_name(params.as_of)}, closed through {closed}{hidden}."


def _totals(frames: dict[str, pd.DataFrame]) -> str:
    checks, broken = frames["control_totals"], untied(frames["control_totals"])
    rows, aside = int(frames["sources"]["rows"].sum()), int(frames["sources"]["quarantined"].sum())
    share = percent_text(Decimal(aside) / rows) if rows else "none"
    counts = severity_counts(frames["source_findings"])
    ties = f"{len(checks) - len(broken)} of {counted(len(checks), 'control total')} tie"
    unused = f"{share} of the rows could not be used" if aside else "every row could be used"
    serious = counts["error"] + counts["warning"]
    return f"{ties}; {unused}; {counted(serious, 'finding') if serious else 'nothing'} to look at."


def _submissions(params: Params, submissions: pd.DataFrame) -> str:
    sent = submissions[submissions["state"].isin(["submitted", "submitted_empty"])]
    absent = [team_name(params, team) for team in submissions[~submissions["team"].isin(sent["team"])]["team"]]
    missing = f"; missing: {listed(absent)}" if absent else ""
    if submissions.empty:
        return "No team is asked for requests."
    return f"{len(sent)} of {counted(len(submissions), 'team')} sent requests{missing}."


def all_findings(frames: dict[str, pd.DataFrame], *others: pd.DataFrame) -> pd.DataFrame:
    """Returns the findings of sources, of submissions and of what else was compared as one frame `source_findings`."""
    parts = [each for each in (frames["source_findings"], *others) if len(each)]
    return conformed("source_findings", pd.concat(parts, ignore_index=True)) if parts else empty("source_findings")


def kpi_trends(params: Params, kpis: pd.DataFrame) -> pd.DataFrame:
    """Returns the last twelve months of the key figures, by the label they have in the story: label, month, value."""
    labels = {metric: params.metrics[metric].label for metric in FIGURES if metric in params.metrics}
    own = kpis[(kpis["team"] == "") & kpis["metric"].isin(labels) & kpis["month"].isin(params.last_twelve)]
    return own.assign(label=own["metric"].map(labels))[["label", "month", "value"]]
