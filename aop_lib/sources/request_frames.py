"""Requests as the frames that stages read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.errors import Fault
from aop_lib.frames import conformed, empty
from aop_lib.money import converted, money_series
from aop_lib.sources.request_content import content_digest

if TYPE_CHECKING:
    from aop_lib.sources.requests import AskedRequest
    from aop_lib.sources.submissions import TeamState

PLAIN = ("request", "team", "round", "kind", "title", "why", "goal", "evidence", "effect", "submitted_by", "submitted_on", "where")


def request_frame(asked: Iterable[AskedRequest]) -> pd.DataFrame:
    """Returns the frame `requests`: one row per request, in its latest round."""
    rows = [{name: getattr(each, name) for name in PLAIN} | {"content": content_digest(each)} for each in asked]
    if not rows:
        return empty("requests")
    frame = pd.DataFrame(rows)
    return conformed("requests", frame.assign(submitted_on=pd.to_datetime(frame["submitted_on"])))


def assumption_frame(asked: Iterable[AskedRequest]) -> pd.DataFrame:
    """Returns the frame `request_assumptions`: what each request says a metric is, now or at the end of the planned year."""
    rows = [
        {"request": each.request, "team": each.team, "metric": says.metric, "about": says.about, "value": says.value, "where": says.where}
        for each in asked
        for says in each.assumptions
    ]
    return conformed("request_assumptions", pd.DataFrame(rows)) if rows else empty("request_assumptions")


def effect_frame(asked: Iterable[AskedRequest]) -> pd.DataFrame:
    """Returns the frame `request_effects`: what each option does to drivers of the model, and what its team expects of metrics."""
    rows = [
        {
            "request": each.request, "option": option.id, "kind": effect.kind, "position": position, "what": effect.what, "place": effect.place,
            "value": effect.value, "scale": effect.scale, "start": effect.start, "end": effect.end, "why": effect.why, "where": effect.where,
        }
        for each in asked
        for option in each.options
        for position, effect in enumerate(option.effects)
    ]  # fmt: skip
    if not rows:
        return empty("request_effects")
    frame = pd.DataFrame(rows)
    return conformed("request_effects", frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"])))


def line_frame(asked: Iterable[AskedRequest], rates: Mapping[tuple[str, pd.Timestamp], Decimal], reporting: str) -> pd.DataFrame:
    """Returns the frame `request_lines`: what each option costs per account and month.

    Args:
        asked: The requests that count.
        rates: Budget rate of each (currency, month) into the reporting currency.
        reporting: The reporting currency.

    Returns:
        One row per line; `amount_local` in `currency`, `amount` in reporting currency, converted row by row and rounded
        once. `heads` are those of the whole option, the same on each of its rows: they do not add up over rows.

    Raises:
        UnknownRateError: If an amount is in a currency without a rate for its month.
    """
    rows = [
        {
            "request": each.request,
            "option": option.id,
            "team": each.team,
            "cost_centre": line.cost_centre,
            "account": line.account,
            "month": line.month,
            "currency": line.currency,
            "amount_local": line.amount,
            "heads": option.heads,
            "vendor": line.vendor,
            "comment": line.comment,
            "where": line.where,
        }
        for each in asked
        for option in each.options
        for line in option.lines
    ]
    if not rows:
        return empty("request_lines")
    frame = pd.DataFrame(rows)
    frame["amount_local"] = money_series(frame["amount_local"])
    amount = converted(frame.assign(amount=frame["amount_local"]), rates, reporting)["amount"]
    return conformed("request_lines", frame.assign(amount=amount))


def state_frame(teams: Iterable[TeamState]) -> pd.DataFrame:
    """Returns the frame `submissions`: one row per team that submits."""
    rows = [{"team": each.team, "state": each.state, "requests": each.requests, "files": ", ".join(each.files), "note": each.note} for each in teams]
    return conformed("submissions", pd.DataFrame(rows)) if rows else empty("submissions")


def finding_frame(faults: Iterable[Fault], warnings: Iterable[Fault]) -> pd.DataFrame:
    """Returns faults and warnings of submissions as the frame `source_findings`; a fault has set its file aside."""
    rows = [
        {
            "severity": severity, "topic": "submission", "where": each.where, "what": what, "expected": each.expected, "found": each.found,
            "owner": "", "amount": Decimal("0.00"),
        }
        for severity, what, found in (("error", "A request file is refused, and with it its team", faults), ("warning", "Read, but look at it", warnings))
        for each in found
    ]  # fmt: skip
    return conformed("source_findings", pd.DataFrame(rows)) if rows else empty("source_findings")
