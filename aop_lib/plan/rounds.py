"""What changed from one round of a request to the next, in words and figures, with the decision between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames
from aop_lib.plan.decided import VERBS
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.wording import amount_text, counted, day_name, listed, month_name

if TYPE_CHECKING:
    from aop_lib.load import Params

    Key = tuple[str, str, int]

LABELS = {"why": "the reason", "effect": "the effect", "submitted_by": "submitted by", "submitted_on": "submitted on"}
HOW = "what the round before said, beside what this one says; first the decision between them, its reason and what it asked for."
NOTHING = "nothing"


def request_rounds(params: Params, contents: pd.DataFrame) -> pd.DataFrame:
    """Returns each change from round to round of each request that came more than once.

    Defined as::

        amounts    the option's total, then each account and month of it whose amount is another; change = now - before
        words      title, reason, effect, evidence, goal, kind, heads, people, effects on drivers, claims: before and now

    Args:
        params: decisions.yml, for what was decided between two rounds.
        contents: The frame `request_contents`.

    Returns:
        The frame `request_rounds`; money in the currency of its lines.
    """
    rows = []
    for request, own in contents.groupby("request", sort=True):
        numbers = sorted(own["round"].unique())
        for before, now in pairwise(numbers):
            told = [*_decided(params, str(request), int(before)), *_changes(own[own["round"] == before], own[own["round"] == now])]
            head = {"request": request, "team": own["team"].iloc[0], "round": now}
            rows += [head | {"position": position} | row for position, row in enumerate(told)]
    return frames.conformed("request_rounds", pd.DataFrame(rows)) if rows else frames.empty("request_rounds")


def _row(part: str, what: str, before: str, after: str, currency: str = "", change: Decimal = Decimal(0)) -> dict[str, Any]:
    return {"part": part, "what": what, "before": before, "after": after, "currency": currency, "change": change.quantize(Decimal("0.01"))}


def _decided(params: Params, request: str, number: int) -> Iterator[dict[str, Any]]:
    for each in params.decisions:
        if each.request == request and each.round == number and each.on <= params.as_of:
            what = f"{VERBS[each.decision]} by {owner_name(params, each.by)} on {day_name(each.on)}"
            yield _row("decision", what, each.why, each.what)


def _changes(before: pd.DataFrame, now: pd.DataFrame) -> Iterator[dict[str, Any]]:
    yield from _amounts(before, now)
    texts, later = _texts(before), _texts(now)
    order = list(dict.fromkeys([*texts, *later]))
    for key in sorted(order, key=lambda key: (key[0] not in {"words", "standing"}, key[0])):
        left, right = texts.get(key, ""), later.get(key, "")
        if left != right:
            part, what, _ = key
            yield _row(part, LABELS.get(what, what), left or NOTHING, right or NOTHING)


def _texts(said: pd.DataFrame) -> dict[Key, str]:
    found: dict[Key, str] = {}
    times: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in said[said["part"] != "amounts"].to_dict("records"):
        what = f"{row['option']}: {row['item']}" if row["option"] else row["item"]
        found[row["part"], what, times[row["part"], what]] = row["text"]
        times[row["part"], what] += 1
    return found


def _amounts(before: pd.DataFrame, now: pd.DataFrame) -> Iterator[dict[str, Any]]:
    left, right = _totals(before, ("option", "currency")), _totals(now, ("option", "currency"))
    for key in dict.fromkeys([*left, *right]):
        if left.get(key) != right.get(key):
            yield _amount_row(f"option {key[0]}", key[1], left.get(key), right.get(key))
    grain = ("option", "currency", "item", "month")
    left, right = _totals(before, grain), _totals(now, grain)
    for key in sorted({*left, *right}):
        if left.get(key) != right.get(key):
            yield _amount_row(f"{key[0]}: {key[2]}, {month_name(key[3])}", key[1], left.get(key), right.get(key), "lines")


def _amount_row(what: str, currency: str, before: Decimal | None, now: Decimal | None, part: str = "amounts") -> dict[str, Any]:
    left, right = (NOTHING if each is None else f"{each:,.2f}" for each in (before, now))
    return _row(part, what, left, right, currency, (now or Decimal(0)) - (before or Decimal(0)))


def _totals(said: pd.DataFrame, grain: Iterable[str]) -> dict[tuple[Any, ...], Decimal]:
    sums: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in said[said["part"] == "amounts"].to_dict("records"):
        sums[tuple(row[name] for name in grain)] += row["amount"]
    return dict(sums)


def rounds_view(params: Params, changes: pd.DataFrame, requests: pd.DataFrame) -> pd.DataFrame:
    """Returns changes as a page shows them: label (request and round), what, before, after, change.

    Args:
        params: For teams.
        changes: Rows of `request_rounds`.
        requests: The frame `requests`, for titles.
    """
    titles = dict(zip(requests["request"], requests["title"], strict=True))
    heads = [f"{titles.get(row.request, row.request)}, round {row.round}" for row in changes.itertuples()]
    shown = [head if place == 0 or heads[place - 1] != head else "" for place, head in enumerate(heads)]
    return changes.assign(label=shown, team_name=[team_name(params, each) for each in changes["team"]])


def rounds_finding(changes: pd.DataFrame, status: pd.DataFrame) -> str:
    """Returns in one sentence what came back, and what became of it: the heading of the section.

    Args:
        changes: The frame `request_rounds`.
        status: The frame `request_status`.
    """
    known: Mapping[str, Mapping[Any, Any]] = {row["request"]: row for row in status.to_dict("records")}
    told = []
    for request, own in changes.groupby("request", sort=True):
        money = own[own["part"] == "amounts"]
        moved = [_moved(row) for row in money.to_dict("records")]
        state = known.get(str(request), {})
        told.append(f"“{state.get('title', request)}”{': ' + listed(moved) if moved else ''}, now {state.get('decision', 'withdrawn')}")
    return f"{counted(len(told), 'request')} came back: {'; '.join(told[:3])}{'; …' if len(told) > 3 else ''}"


def _moved(row: Mapping[Any, Any]) -> str:
    before, now = (None if row[name] == NOTHING else Decimal(row[name].replace(",", "")) for name in ("before", "after"))
    if before is None or now is None:
        amount = now if now is not None else before or Decimal(0)
        return f"{row['what']} is {'new at' if before is None else 'gone, at'} {amount_text(amount)} {row['currency']}"
    return f"{row['what']} {amount_text(before)} → {amount_text(now)} {row['currency']}"
