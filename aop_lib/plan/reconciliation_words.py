"""Where sources disagree and what teams claim, in words: headings and table rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan.claims import YEAR, claim_findings, claims
from aop_lib.plan.findings import findings_frame
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.reconciliation import AGREES, DIFFERS, EXPLAINED, UNMEASURED, reconciliation_findings, reconciliation_frames
from aop_lib.plan.wording import counted, listed, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

NONE = "–"


def compared_frames(params: Params, frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Returns reconciliations, reconciliation_records and claims, computed from the other frames of stage 00."""
    found = reconciliation_frames(params, frames)
    return {**found, "claims": claims(params, frames["request_assumptions"], frames["kpis"])}


def compared_findings(params: Params, compared: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Returns what the comparison of sources and of claims found, as the frame `source_findings`."""
    rows = [*claim_findings(params, compared["claims"]), *reconciliation_findings(params, compared["reconciliations"])]
    return findings_frame("source_findings", rows)


def disagreement(params: Params, reconciliations: pd.DataFrame) -> str:
    """Returns how many readings agree with the source that counts, and by how much the others are off beyond what records explain."""
    last = reconciliations[(reconciliations["month"] == params.last_closed) & ~reconciliations["precedence"]]
    if last.empty:
        return "No metric is told by more than one source"
    off = last[last["state"] == DIFFERS]
    measured = last[last["state"] != UNMEASURED]
    gaps = [
        f"{_label(params, row['metric'])} in {row['source']} is {_shown(params, row['metric'], abs(row['unexplained']))} off, unexplained"
        for row in off.to_dict("records")
    ]
    agree = int(measured["state"].isin([AGREES, EXPLAINED]).sum())
    tail = f"; {listed(gaps)}" if gaps else ""
    return f"{agree} of {counted(len(measured), 'comparison')} between sources {'agrees' if agree == 1 else 'agree'}{tail}"


def disagreement_view(params: Params, reconciliations: pd.DataFrame) -> pd.DataFrame:
    """Returns the last closed month's readings as rows of a table: label, how, source, value, difference, explained, unexplained, state."""
    last = reconciliations[reconciliations["month"] == params.last_closed]
    order = {each.metric: index for index, each in enumerate(params.company.reconcile)}
    ranked = sorted(last.to_dict("records"), key=lambda row: (order[row["metric"]], not row["precedence"], row["source"]))
    rows = [
        {"label": f"{_label(params, row['metric'])}, {row['source']}", "how": row["how"], "state": row["state"]}
        | {"value": _shown(params, row["metric"], row["value"])}
        | {name: NONE if row["precedence"] else _shown(params, row["metric"], row[name], signed=True) for name in ("difference", "explained", "unexplained")}
        for row in ranked
    ]
    return pd.DataFrame(rows, columns=["label", "how", "value", "difference", "explained", "unexplained", "state"])


def reason_view(params: Params, records: pd.DataFrame) -> pd.DataFrame:
    """Returns why sources differ, one row per reason: label, first (records), records (count), difference, state; the unexplained first, then the largest."""
    groups: dict[tuple[str, str, str, bool], list[dict[Any, Any]]] = {}
    for row in records.to_dict("records"):
        groups.setdefault((row["metric"], row["source"], row["reason"], row["explains"]), []).append(row)
    sums = {key: sum((row["difference"] for row in own), Decimal(0)) for key, own in groups.items()}
    rows = [_reason(params, key, groups[key], sums[key]) for key in sorted(groups, key=lambda key: (key[3], -abs(sums[key]), key))]
    return pd.DataFrame(rows, columns=["label", "first", "records", "difference", "state"])


def _reason(params: Params, key: tuple[str, str, str, bool], own: list[dict[Any, Any]], difference: Decimal) -> dict[str, Any]:
    metric, source, reason, explains = key
    largest = [row["record"] for row in sorted(own, key=lambda row: (-abs(row["difference"]), row["record"]))]
    return {
        "label": f"{reason[:1].upper()}{reason[1:]}",
        "first": f"{_label(params, metric)}, {source}: {listed(largest, 4)}",
        "records": len(own),
        "difference": _shown(params, metric, difference, signed=True),
        "state": "explained" if explains else "unexplained",
    }


def claimed(params: Params, found: pd.DataFrame) -> str:
    """Returns whether the teams' claims contradict one another, in a sentence."""
    own = found[found["kind"] == "request"]
    if own.empty:
        return "No request says what a metric is"
    clashes = []
    for (metric, _), group in own[own["about"] == YEAR].groupby(["metric", "month"], sort=True):
        values = [value_text(value, _unit(params, str(metric))) for value in sorted(set(group["claimed"]))]
        if len(values) > 1:
            clashes.append(f"{' and '.join(values)} {_label(params, str(metric)).lower()}")
    teams = len(set(own["team"]))
    if clashes:
        return f"Teams count on different figures: {listed(clashes)}"
    return f"{counted(len(own), 'claim')} of {counted(teams, 'team')}, none contradicts another"


def claim_view(params: Params, found: pd.DataFrame) -> pd.DataFrame:
    """Returns claims as rows of a table: label, who, claimed, reference, difference, against."""
    rows = []
    for row in sorted(found.to_dict("records"), key=lambda row: (row["kind"] == "goal", row["metric"], row["team"], row["claim"])):
        who = owner_name(params, row["owner"])
        team = f"{team_name(params, row['team'])}, {who}" if row["team"] else who
        rows.append(
            {
                "label": f"{_label(params, row['metric'])}{', end of the year' if row['about'] == YEAR else ''}",
                "who": f"{row['kind']} {row['claim']}: {team}",
                "claimed": _shown(params, row["metric"], row["claimed"]),
                "reference": _shown(params, row["metric"], row["reference"]),
                "difference": _shown(params, row["metric"], row["difference"], signed=True),
                "against": row["reference_label"] or "nothing to hold it against",
            }
        )
    return pd.DataFrame(rows, columns=["label", "who", "claimed", "reference", "difference", "against"])


def _shown(params: Params, metric: str, value: Any, *, signed: bool = False) -> str:
    if value is None or pd.isna(value):
        return NONE
    exact = Decimal(value)
    text = value_text(exact, _unit(params, metric))
    text = text.replace("%", "points") if signed else text
    return f"+{text}" if signed and exact > 0 and text.strip("0.\u00a0points") else text


def _unit(params: Params, metric: str) -> str:
    unit = params.metrics[metric].unit
    return params.company.reporting_currency if unit == "currency" else unit


def _label(params: Params, metric: str) -> str:
    return params.metrics[metric].label
