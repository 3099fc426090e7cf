"""Findings: faults and risks of a plan as rows, never as exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from aop_lib import frames
from aop_lib.money import cents

Row = dict[str, Any]
Severity = Literal["error", "warning", "note"]


def finding(
    severity: Severity, topic: str, where: str, what: str, *, expected: str = "", found: str = "", owner: str = "", amount: Decimal | None = None
) -> Row:
    """Returns one row of a findings frame.

    Args:
        severity: `error` must be mended, `warning` should be looked at, `note` is good to know.
        topic: What the rule is about, e.g. `goal`, `request`, `budget`.
        where: The goal, request, team, line or file that it concerns.
        what: The fault in one sentence.
        expected: What the rule asks for.
        found: What stands there.
        owner: Who answers for it.
        amount: Money at stake in reporting currency; none is 0.
    """
    return {
        "severity": severity,
        "topic": topic,
        "where": where,
        "what": what,
        "expected": expected,
        "found": found,
        "owner": owner,
        "amount": cents(amount) if amount is not None else Decimal("0.00"),
    }


def findings_frame(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Returns findings as the frame of that name, conformed; without rows it is empty.

    Args:
        name: `goal_findings`, `request_findings`, `budget_findings`, `scenario_findings` or `variance_findings`.
        rows: What `finding` returned.
    """
    listed = list(rows)
    return frames.conformed(name, pd.DataFrame(listed)) if listed else frames.empty(name)


def with_rows(name: str, findings: pd.DataFrame, rows: Iterable[Row]) -> pd.DataFrame:
    """Returns the findings frame of that name with further findings."""
    listed = list(rows)
    return frames.conformed(name, pd.concat([findings, findings_frame(name, listed)], ignore_index=True)) if listed else findings


def titled(findings: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Returns findings whose `where` is what readers call it, its id small after the fault.

    Args:
        findings: Any findings frame.
        titles: Id of a goal, milestone or request to its statement or title; what is not in it stays.
    """
    told = [
        (titles.get(where, where), f"{what} ({where})" if where in titles else what) for where, what in zip(findings["where"], findings["what"], strict=True)
    ]
    return findings.assign(where=[where for where, _ in told], what=[what for _, what in told]) if told else findings


def severity_counts(findings: pd.DataFrame) -> dict[str, int]:
    """Returns the number of errors, warnings and notes, zeros included."""
    counts = findings["severity"].value_counts()
    return {severity: int(counts.get(severity, 0)) for severity in ("error", "warning", "note")}
