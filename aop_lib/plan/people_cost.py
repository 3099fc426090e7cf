"""The cost of requested people as frames: part by part for showing, and as lines of the requests for everything that reads those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.money import MONEY, converted, money_series, sums
from aop_lib.plan.role_cost import Role, role_flows
from aop_lib.plan.role_time import Span, is_here
from aop_lib.plan.trees import team_ancestry

if TYPE_CHECKING:
    from aop_lib.load import Params

Rates = Mapping[tuple[str, pd.Timestamp], Decimal]
Record = Mapping[Any, Any]
SELLING = {"ramp_months": Decimal(6), "attainment": Decimal(1)}  # where drivers.yml does not tell them, as in the driver model
KEY = ["request", "option", "position"]


def span_of(row: Record) -> Span:
    """Returns from when to when a row of `request_people` is held."""
    return Span(row["start"].date(), None if pd.isna(row["end"]) else row["end"].date())


def role_of(params: Params, row: Record) -> Role:
    """Returns a row of `request_people` as its cost depends on it.

    The accounts are those of the team whose cost centre it is; ramp and attainment of sellers are told in drivers.yml, of the first
    segment that the role sells in.

    Args:
        params: headcount.yml, drivers.yml, teams.
        row: One row of the frame `request_people`.
    """
    team = next((each.id for each in params.company.teams if row["cost_centre"] in each.cost_centres), str(row["team"]))
    above, rules = team_ancestry(params).get(team, {team: 0}), params.headcount
    accounts = rules.accounts_of(above)
    if accounts is None:
        raise ValueError(f"headcount.yml says no accounts for people of {team}")
    segments = next((each.segments for each in params.drivers.model.sellers if each.role == row["role"]), [])
    quota: Decimal | None = None if pd.isna(row["quota"]) else Decimal(row["quota"])
    selling = {name: _told(params, name, segments) for name in SELLING}
    location = rules.location(row["location"])
    return Role(span_of(row), Decimal(row["pay"]), row["level"], row["role"], location, accounts, quota, **selling, attrition=rules.attrition_of(above))


def _told(params: Params, driver: str, segments: list[str]) -> Decimal:
    own = [each for each in params.drivers.model.told if each.driver == driver]
    near = [each for each in own if segments and each.segment == segments[0]] or [each for each in own if each.segment is None]
    return near[0].value if near else SELLING[driver]


def people_cost(params: Params, request_people: pd.DataFrame, rates: Rates) -> pd.DataFrame:
    """Returns the frame `request_people_cost`: what each requested role costs in each month of the year, part by part.

    Defined as::

        amount_local = people * the flow of one person, rounded once        see `role_flows`
        amount       = amount_local * rate of the month, rounded once

    Args:
        params: headcount.yml, the year, teams, drivers of sellers.
        request_people: The frame `request_people`.
        rates: Budget rate of each (currency, month) into the reporting currency.

    Raises:
        UnknownRateError: If an amount is in a currency without a rate for its month.
    """
    rows = [flow for row in request_people.to_dict("records") for flow in _cost_rows(params, row)]
    if not rows:
        return empty("request_people_cost")
    frame = pd.DataFrame(rows)
    frame["amount_local"] = money_series(frame["amount_local"])
    amount = converted(frame.assign(amount=frame["amount_local"]), rates, params.company.reporting_currency)["amount"]
    return conformed("request_people_cost", frame.assign(amount=amount))


def _cost_rows(params: Params, row: Record) -> Iterator[dict[str, Any]]:
    names = {name: row[name] for name in KEY}
    for flow in role_flows(params.headcount, role_of(params, row), params.year_months[-1]):
        if flow.month >= params.year_months[0]:
            amount = flow.amount * int(row["people"])
            told = {"component": flow.component, "item": flow.item, "account": flow.account, "month": flow.month, "currency": flow.currency}
            yield names | told | {"amount_local": amount}


def with_people(params: Params, request_lines: pd.DataFrame, request_people: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    """Returns the frame `request_lines` with what people cost, and with the heads of each month where an option names people.

    Defined as::

        line   sum of a role's parts on an account in a month
        heads  of options with people: people held on the month's last day, the same on each of the option's rows of the month

    Args:
        params: The year.
        request_lines: The lines that teams state themselves.
        request_people: The frame `request_people`.
        cost: What `people_cost` returned.
    """
    if request_people.empty:
        return request_lines
    added = _line_rows(request_people, cost)
    whole = pd.concat([request_lines, added.astype(request_lines.dtypes.to_dict())], ignore_index=True) if len(added) else request_lines
    held, options = heads_by_month(params, request_people), set(zip(request_people["request"], request_people["option"], strict=True))
    keys = zip(whole["request"], whole["option"], whole["month"], whole["heads"], strict=True)
    heads = [held[request, option, month] if (request, option) in options else int(stated) for request, option, month, stated in keys]
    return conformed("request_lines", whole.assign(heads=heads))


def _line_rows(request_people: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    by = [*KEY, "account", "month", "currency"]
    summed = sums(cost, by).merge(sums(cost, by, "amount_local"), on=by, validate="one_to_one")
    roles = request_people[[*KEY, "team", "cost_centre", "role", "people", "where"]]
    named = summed.merge(roles, on=KEY, validate="many_to_one")
    words = [f"{people} × {role}" for people, role in zip(named["people"], named["role"], strict=True)]
    blank = {name: "" for name, kind in FRAMES["request_lines"].columns.items() if kind == "text" and name not in named}
    told = named.assign(**blank).assign(comment=words, heads=0)
    return told.astype({"amount": MONEY, "amount_local": MONEY})[list(FRAMES["request_lines"].columns)]


def heads_by_month(params: Params, request_people: pd.DataFrame) -> Counter[tuple[str, str, pd.Timestamp]]:
    """Returns the people of each request and option that are held on the last day of each month of the year.

    Args:
        params: The year.
        request_people: The frame `request_people`.
    """
    found: Counter[tuple[str, str, pd.Timestamp]] = Counter()
    for row in request_people.to_dict("records"):
        for month in params.year_months:
            if is_here(span_of(row), month):
                found[row["request"], row["option"], month] += int(row["people"])
    return found


def hires_by_month(request_people: pd.DataFrame) -> pd.DataFrame:
    """Returns who starts when: request, option, team, month and people; each role in the month of its first day.

    Args:
        request_people: The frame `request_people`.
    """
    first = request_people.assign(month=[span_of(row).first_month for row in request_people.to_dict("records")])
    return first.groupby(["request", "option", "team", "month"], sort=True, observed=True)["people"].sum().reset_index()


def with_sellers(params: Params, effects: pd.DataFrame, request_people: pd.DataFrame) -> pd.DataFrame:
    """Returns the frame `request_effects` with the sellers that options name: `rep_starts` in the month of their start, `rep_leavers` in that of their end.

    A seller is a role with a quota that drivers.yml names under `sellers`; in several segments it counts in equal parts. An option that states
    either driver itself keeps what it states.

    Args:
        params: Sellers of drivers.yml.
        effects: The frame `request_effects`.
        request_people: The frame `request_people`.
    """
    own = effects[effects["what"].isin(["rep_starts", "rep_leavers"])]
    stated, after = set(zip(own["request"], own["option"], strict=True)), Counter(zip(effects["request"], effects["option"], strict=True))
    rows: list[dict[str, Any]] = []
    for row in request_people.to_dict("records"):
        key = (row["request"], row["option"])
        for told in _seller_rows(params, row) if key not in stated else ():
            rows.append({"request": key[0], "option": key[1], "kind": "driver", "position": after[key], "where": row["where"], **told})
            after[key] += 1
    if not rows:
        return effects
    more = conformed("request_effects", pd.DataFrame(rows))
    return conformed("request_effects", pd.concat([effects, more], ignore_index=True)) if len(effects) else more


def _seller_rows(params: Params, row: Record) -> Iterator[dict[str, Any]]:
    sellers = [each for each in params.drivers.model.sellers if each.role == row["role"]]
    if pd.isna(row["quota"]) or not sellers or not sellers[0].segments:
        return
    span, segments = span_of(row), sellers[0].segments
    moves = [("rep_starts", span.first_month), *([("rep_leavers", Span(span.end).first_month)] if span.end else [])]
    for driver, month in moves:
        for segment in segments:
            part = (Decimal(int(row["people"])) / len(segments)).quantize(Decimal("1E-10"))
            words = {"value": part, "scale": Decimal(1), "start": month, "end": pd.NaT, "why": f"{row['people']} × {row['role']}"}
            yield {"what": driver, "place": segment, **words}


def people_frames(params: Params, asked: Mapping[str, pd.DataFrame], rates: Rates) -> dict[str, pd.DataFrame]:
    """Returns the frames in which requested people show: request_people_cost, request_lines and request_effects.

    Args:
        params: headcount.yml, the year, teams, sellers.
        asked: request_people, request_lines and request_effects, as teams state them.
        rates: Budget rate of each (currency, month) into the reporting currency.

    Raises:
        UnknownRateError: If an amount is in a currency without a rate for its month.
    """
    people = asked["request_people"]
    cost = people_cost(params, people, rates)
    lines = with_people(params, asked["request_lines"], people, cost)
    return {"request_people_cost": cost, "request_lines": lines, "request_effects": with_sellers(params, asked["request_effects"], people)}
