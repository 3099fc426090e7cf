"""What pages say about the allocation: the proposal beside the decisions, what limits cost, and other ways to hand out the money."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import money
from aop_lib.plan.allocation_problem import LimitRow
from aop_lib.plan.limit_names import limit_name, limit_namer
from aop_lib.plan.requests import UNDECIDED
from aop_lib.plan.weighing import POINTS
from aop_lib.plan.wording import amount_text, counted, listed, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
HOW = (
    "proposed is the choice of most value that keeps every limit of allocation.yml; value is the weighed part of the way to all goals, beside what else "
    "is proposed."
)
SOURCES = "Values are those of the requests page, limits those of allocation.yml. Allocation proposes, people decide: only decisions.yml enters the budget."
RELAXED = (
    "Prices are those of the LP relaxation, in which requests can be funded in parts; each holds from and to the stated use of its limit, everything "
    "else as it is."
)
OPEN = "A request whose effect the driver model does not know has no value here; whether it must be done is for people to say."


def value_text(points: Any) -> str:
    """Returns points as the part of the way to all goals, `3.81 %`."""
    return percent_text(Decimal(points) / POINTS, 2)


def proposal_finding(params: Params, frames: Frames) -> str:
    """Returns what is proposed, for how much, and what the decisions cost against it.

    Args:
        params: allocation.yml names the envelope.
        frames: allocation, request_status, override_costs and contradictions.
    """
    if len(frames["contradictions"]):
        return f"{listed(list(torn_view(params, frames)['name']), 6)} cannot be kept together: nothing can be proposed"
    allocation = frames["allocation"]
    chosen, known = allocation[allocation["proposed"]], allocation["request"].nunique()
    envelope = next((each for each in params.allocation.money if each.id == params.allocation.envelope), None)
    within = f" of {amount_text(envelope.at_most)}" if envelope and envelope.at_most is not None else ""
    other = _apart(frames)
    head = f"{len(chosen)} of {counted(known, 'request')} are proposed for {amount_text(money.total(chosen['money']))}{within}"
    return f"{head}; people decided otherwise on {other}{_cost(frames['override_costs'])}" if other else f"{head}, as people decided"


def _cost(overrides: pd.DataFrame) -> str:
    whole = overrides[overrides["request"] == ""]
    if whole.empty:
        return ""
    if not whole["possible"].iloc[0]:
        return ", beside which the limits cannot all be kept"
    cost = whole["cost"].iloc[0]
    return f", which costs {value_text(cost)} of the way" if cost >= POINTS // 20_000 else ", at no cost to the goals that the model can tell"


def _apart(frames: Frames) -> int:
    """How many decided requests got another option than is proposed."""
    proposed = _proposed(frames["allocation"])
    decided = frames["request_status"][frames["request_status"]["decision"] != UNDECIDED]
    return sum(proposed.get(row["request"], "") != row["option"] for row in decided.to_dict("records"))


def _proposed(allocation: pd.DataFrame) -> dict[str, str]:
    chosen = allocation[allocation["proposed"]]
    return dict(zip(chosen["request"], chosen["option"], strict=True))


def proposal_view(frames: Frames) -> pd.DataFrame:
    """Returns each request with what is proposed beside what was decided, the most valuable first: label, reason, proposed, decision, value, money, needs.

    Args:
        frames: allocation and request_status.
    """
    status = {row["request"]: row for row in frames["request_status"].to_dict("records")}
    rows = []
    for request, options in frames["allocation"].groupby("request", sort=True):
        own = options.sort_values(["proposed", "nearest", "value"], ascending=False, kind="stable").iloc[0]
        decided = status.get(str(request), {"title": request, "decision": UNDECIDED, "option": ""})
        several = len(options) > 1
        rows.append(
            {
                "label": decided["title"],
                "reason": _reason(own),
                "proposed": (f"option {own['option']}" if several else "yes") if own["proposed"] else "no",
                "decision": decided["decision"],
                "option": decided["option"] if several else "",
                "points": own["value"],
                "value": value_text(own["value"]) if own["value"] else "unknown",
                "money": own["money"],
                "needs": own["needs"],
            }
        )
    columns = ["label", "reason", "proposed", "decision", "option", "points", "value", "money", "needs"]
    return pd.DataFrame(rows, columns=columns).sort_values(["points", "label"], ascending=[False, True], kind="stable", ignore_index=True)


def _reason(own: pd.Series) -> str:
    if own["proposed"] and not own["value"]:
        return "The model knows no effect of it; it is proposed because a limit asks for it or room is left."
    if own["state"] == "worthless" and not own["value"]:
        return "The model knows no effect of it, so nothing speaks for it but what people know."
    text = str(own["reason"])
    return f"{text[:1].upper()}{text[1:]}."


def frontier_view(frontier: pd.DataFrame) -> pd.DataFrame:
    """Returns the frontier for the chart: values as parts of the way to all goals."""
    parts = {name: [None if pd.isna(each) else Decimal(each) / POINTS for each in frontier[name]] for name in ("value", "price", "proposed")}
    return frontier.assign(**{name: pd.Series(part, index=frontier.index, dtype=object) for name, part in parts.items()})


def frontier_finding(frontier: pd.DataFrame) -> str:
    """Returns what another 100,000 of the envelope would bring, and from which level on more money brings nearly nothing."""
    here = frontier[frontier["current"]]
    if here.empty:
        return "What more or less money would bring"
    now, most = here.iloc[0], frontier["value"].max()
    enough = min(row["level"] for row in frontier.to_dict("records") if row["value"] >= most * Decimal("0.99"))
    more = now["price"] * 100_000
    if more < POINTS // 2000:
        return f"More money would bring nearly nothing: {amount_text(enough)} brings 99 % of what requests can bring by the driver model"
    return f"100 k more would bring {value_text(more)} more of the way to all goals, if requests could be funded in parts"


def torn_view(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns limits that cannot be kept together, in words: name, reason, owner.

    Args:
        params: allocation.yml.
        frames: contradictions and request_status.
    """
    titles, limits = _titles(frames), {each.id: each for each in params.allocation.limits}
    return frames["contradictions"].assign(name=[_opened(limit_name(params, limits[each], titles)) for each in frames["contradictions"]["limit"]])


def _titles(frames: Frames) -> dict[str, str]:
    return dict(zip(frames["request_status"]["request"], frames["request_status"]["title"], strict=True))


def _opened(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def price_view(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns each limit in words: label, reason, used, price, holds, owner; limits with a price first.

    Args:
        params: allocation.yml.
        frames: limit_prices and request_status.
    """
    rows, prices, named = [], frames["limit_prices"], limit_namer(params, _titles(frames))
    for row in prices.to_dict("records"):
        is_money = row["kind"] in {"money", "cash"}
        per = row["price"] * (100_000 if is_money else 1)
        rows.append(
            {
                "label": _opened(named(LimitRow(row["limit"], row["kind"], row["period"]))),
                "reason": row["reason"],
                "used": "" if row["kind"] == "rule" else _figure(row["used"], row["kind"]),
                "price": _price(per, " per 100 k" if is_money else " each") if row["price"] else "none",
                "holds": _range(row) if row["price"] and row["kind"] != "rule" else "",
                "owner": row["owner"],
                "size": abs(row["price"]),
            }
        )
    columns = ["label", "reason", "used", "price", "holds", "owner", "size"]
    return pd.DataFrame(rows, columns=columns).sort_values(["size", "label"], ascending=[False, True], kind="stable", ignore_index=True)


def _price(points: Decimal, per: str) -> str:
    return f"{value_text(points)}{per}" if abs(points) >= POINTS // 10_000 else f"under 0.01 %{per}"


def _figure(value: Any, kind: str) -> str:
    return amount_text(Decimal(value)) if kind in {"money", "cash"} else f"{value:.0f}"


def _range(row: Mapping[Any, Any]) -> str:
    ends = [f"{word} {_figure(row[name], row['kind'])}" for word, name in (("from", "holds_from"), ("to", "holds_to")) if pd.notna(row[name])]
    return " ".join(ends)


def ways_view(ways: pd.DataFrame) -> pd.DataFrame:
    """Returns the same money handed out in other ways: name, value, lost, money, requests, breaks; in their order."""
    rows = ways.sort_values("position", kind="stable").to_dict("records")
    return pd.DataFrame(
        [{**row, "value": value_text(row["value"]), "lost": value_text(row["lost"]) if row["lost"] > 0 else "", "breaks": row["breaks"]} for row in rows],
        columns=["name", "value", "lost", "money", "requests", "breaks"],
    )


def override_view(frames: Frames) -> pd.DataFrame:
    """Returns what each recorded decision that differs from the proposal costs, all of them together last: label, option, cost.

    Args:
        frames: override_costs, allocation and request_status.
    """
    proposed, titles = _proposed(frames["allocation"]), _titles(frames)
    rows = [
        {
            "label": titles.get(row["request"], "All decisions together"),
            "option": "" if not row["request"] else f"approved: {row['option']}" if row["option"] else "not approved",
            "proposed": "" if not row["request"] else proposed.get(row["request"], "not proposed"),
            "cost": value_text(row["cost"]) if row["possible"] else "no choice keeps all limits beside it",
            "last": row["request"] == "",
        }
        for row in frames["override_costs"].to_dict("records")
        if not row["request"] or proposed.get(row["request"], "") != row["option"]
    ]
    return pd.DataFrame(rows, columns=["label", "option", "proposed", "cost", "last"]).sort_values("last", kind="stable", ignore_index=True)


def rounds_text(rounds: pd.DataFrame) -> str:
    """Returns how the proposal was reached: rounds, the proven gap, what revaluing leaves."""
    kept = rounds[rounds["kept"]].iloc[0]
    stable = "the choice is stable" if kept["stable"] else f"values still move by {value_text(abs(kept['revalued'] - kept['value']))}"
    proven = f"no other choice can be better by more than {percent_text(Decimal(str(kept['gap'])), 2)}"
    return f"Options were revalued beside what is chosen in {counted(len(rounds), 'round')}; {stable}, and {proven}. {OPEN}"
