"""Figures that are sums or counts of listed things explained: requests and their approvals, steps of the ARR bridge, tests of alignment."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aop_lib.plan.arr_bridge import MOVEMENTS
from aop_lib.plan.explanation import Known, Node, exact_text, source_nodes
from aop_lib.plan.metric_words import bridge_months
from aop_lib.plan.request_points import QUESTION
from aop_lib.plan.requests import UNDECIDED
from aop_lib.plan.wording import day_name, month_name, months_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from aop_lib.plan.figure_keys import FigureKey

REQUESTS = {
    "asked": ("Asked, each request in its largest option", "asked"),
    "approved": ("Approved", "approved"),
    "undecided": ("Undecided, as asked", "asked"),
    "heads": ("Heads asked", "heads"),
}
MISSED = "missed"


def requests_node(known: Known, key: FigureKey) -> Node | None:
    """Returns requests that add up to what was asked, approved, is undecided, or to heads, each with its file's hash and who approved it.

    Args:
        known: The cycle, as far as its stages have run.
        key: `asked`, `approved`, `undecided` or `heads`; the team, or none for all.
    """
    if key.name not in REQUESTS:
        return None
    label, column = REQUESTS[key.name]
    status = known.frames["request_status"]
    own = status[status["team"] == key.team] if key.team else status
    own = own[own["decision"] == UNDECIDED] if key.name == "undecided" else own
    parts = tuple(_request(known, row, column) for row in own.to_dict("records") if row[column])
    total = sum((Decimal(each) for each in own[column]), Decimal(0))
    return Node(label, _text(known, total, column), how="" if parts else "no request", parts=parts or (_decisions(known),), exact=total)


def _request(known: Known, row: dict[Any, Any], column: str) -> Node:
    """Returns a request with what it adds, where it is written, and what was decided."""
    names = {owner.id: owner.name for owner in known.params.company.owners}
    value, request = Decimal(row[column]), str(row["request"])
    by = f" by {names.get(row['decided_by'], row['decided_by'])} on {day_name(row['decided_on'].date())}" if row["decided_by"] else ""
    told = f"{row['decision']}{by}: {row['reason']}" if row["reason"] else f"{row['decision']}{by}"
    decided = Node("decision", how=told, place=known.places.get(f"decision {request}", "") if by else "")
    return Node(
        f"{row['title']}, team {row['team']}", _text(known, value, column), place=known.places.get(f"request {request}", ""), parts=(decided,), exact=value,
        breakdown="request",
    )  # fmt: skip


def _decisions(known: Known) -> Node:
    return Node(
        "decisions and requests", how="none of the cycle's requests adds to it", place=known.places.get("file decisions", known.places.get("file company", ""))
    )


def _text(known: Known, value: Decimal, column: str) -> str:
    return f"{value:,.0f}" if column == "heads" else exact_text(value, known.currency)


def bridge_node(known: Known, key: FigureKey) -> Node | None:
    """Returns the ARR at the close of the last month as opening and movements, down to the sources.

    Args:
        known: The cycle, as far as its stages have run.
        key: Any name; the bridge is the company's.
    """
    del key
    bridge, last = known.frames["arr_bridge"], known.params.last_closed
    months = bridge_months(bridge, last, 12)
    if not months:
        return None
    closing = _moved(bridge, [months[-1]], "closing")
    parts = (*_steps(known, bridge, months), *source_nodes(known, ("mrr", "rates")))
    how = f"opening and movements of {months_name(months)}"
    return Node(f"ARR, {month_name(last)}", exact_text(closing, known.currency), how=how, parts=parts, exact=closing)


def _steps(known: Known, bridge: pd.DataFrame, months: list[pd.Timestamp]) -> Iterator[Node]:
    amounts = {"opening": _moved(bridge, [months[0]], "opening"), **{kind: _moved(bridge, months, kind) for kind in MOVEMENTS}}
    for kind, amount in amounts.items():
        if amount:
            yield Node(kind, exact_text(amount, known.currency), exact=amount, breakdown="movement")


def _moved(bridge: pd.DataFrame, months: list[pd.Timestamp], movement: str) -> Decimal:
    own = bridge[bridge["month"].isin(months) & (bridge["movement"] == movement)]
    return sum((Decimal(each) for each in own["amount"]), Decimal("0.00"))


def alignment_node(known: Known, key: FigureKey) -> Node | None:
    """Returns the tests of alignment that are missed, each with both sides and who answers, and what was counted on.

    Args:
        known: The cycle, as far as its stages have run.
        key: `missed`.
    """
    found = known.frames["alignment"]
    own = found[found["status"] == MISSED] if key.name == MISSED else found
    parts = tuple(
        Node(
            f"{row['name']}: {row['left_what']}", "1", how=f"beside {row['right_what']}; {row['owner']} answers", parts=_behind(known, row), exact=Decimal(1),
            breakdown="test",
        )
        for row in own.to_dict("records")
    )  # fmt: skip
    return Node("Tests of alignment missed", str(len(own)), how="" if parts else "every test that can be told is met", parts=parts, exact=Decimal(len(own)))


def questions_node(known: Known, key: FigureKey) -> Node | None:
    """Returns the questions that are open on requests, request by request, each with the request's file.

    Args:
        known: The cycle, as far as its stages have run.
        key: Any name.
    """
    del key
    points = known.frames["request_points"]
    own = points[points["kind"] == QUESTION]
    titles = {row["request"]: f"{row['title']}, team {row['team']}" for row in known.frames["request_status"].to_dict("records")}
    parts = tuple(
        Node(
            titles.get(request, str(request)), str(len(rows)), how="; ".join(rows["text"]), place=known.places.get(f"request {request}", ""),
            exact=Decimal(len(rows)), breakdown="request",
        )
        for request, rows in own.groupby("request", sort=False)
    )  # fmt: skip
    return Node("Open questions", str(len(own)), parts=parts or (_decisions(known),), exact=Decimal(len(own)))


def _behind(known: Known, row: dict[Any, Any]) -> tuple[Node, ...]:
    """Returns where what a test is about is written."""
    named = [*str(row["item"]).split(), row["team"], *str(row["other"]).split()]
    told = {f"{kind} {name}": place for kind in ("goal", "request", "metric", "plan") for name in named if (place := known.places.get(f"{kind} {name}", ""))}
    rules = {f"{name}.yml": known.places[f"file {name}"] for name in ("alignment", "drivers", "goals", "company") if f"file {name}" in known.places}
    return tuple(Node(what, place=place) for what, place in (told or dict([*rules.items()][:1])).items())
