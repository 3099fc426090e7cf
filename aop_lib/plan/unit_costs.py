"""Unit costs of requests: what a head, an account or a role costs, beside the team's own twelve months and beside the other teams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib import frames as contracts
from aop_lib import money
from aop_lib.plan.requests import option_totals
from aop_lib.plan.wording import MINUS, amount_text, counted, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params

Frames = Mapping[str, pd.DataFrame]
Row = dict[str, Any]
PER_HEAD, IN_YEAR, PER_TEAM_HEAD, PAY = "per added head", "in the year", "per head of the team", "yearly pay"
TWELVE, ZERO = Decimal(12), Decimal(0)
FINEST = Decimal("0.0000000001")


def unit_costs(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns what each option costs per unit, beside history and beside the other teams.

    Defined as::

        per added head        12 * amount ÷ heads added up over the months       an option that adds heads, costs that run to its last month
                              in which the account costs
                              own: 12 * spend ÷ head-months of the team          twelve months to the last closed one, each account alone
        in the year           the year's amount; own: the team's spend on the account in the twelve months
        per head of the team  (own spend + amount) ÷ heads of the team           own and others: spend ÷ heads; heads = head-months ÷ 12; only
                              where another team spends on the account
        yearly pay            of one, full time, in its currency; own: the average of the team's people in that role at the last close

    Others are teams with spend on the account and with people; of pay, people of other teams in the same role and currency. A side is missing
    where nothing was spent, or nobody works. Roles are the same where their names are.

    Args:
        params: The year, the last closed month.
        frames: request_lines, ledger, people_history; request_people, where requests name roles.

    Returns:
        The frame `unit_costs`: amounts in the reporting currency, pay in its own.
    """
    lines = frames["request_lines"]
    if lines.empty:
        return contracts.empty("unit_costs")
    history = _history(params, frames)
    heads = {(row["request"], row["option"]): int(row["heads"]) for row in option_totals(params, lines).to_dict("records")}
    inside = lines[lines["month"].isin(params.year_months)]
    rows = []
    for (request, option), own in inside.groupby(["request", "option"], sort=True):
        found = [*_pay_rows(history, request, option), *_account_rows(params, history, own, heads[request, option])]
        rows += [{"request": request, "option": option, "position": place, **row} for place, row in enumerate(found)]
    return contracts.conformed("unit_costs", pd.DataFrame(rows)) if rows else contracts.empty("unit_costs")


@dataclass(frozen=True)
class History:
    """What teams spent and who worked in them in the twelve months to the last closed one.

    Attributes:
        spent: (team, account) to what was spent, reporting currency.
        head_months: Team to the months that its people worked, added up.
        people: Those at work at the last close: team, role, salary, currency.
        roles: What options name: request, option, team, role, pay, currency.
    """

    spent: Mapping[tuple[str, str], Decimal]
    head_months: Mapping[str, Decimal]
    people: Sequence[Mapping[Any, Any]]
    roles: Sequence[Mapping[Any, Any]]

    def per_head(self, team: str, account: str, added: Decimal = ZERO) -> Decimal | None:
        """Returns a team's spend on an account per head and year; None where nothing was spent or nobody worked."""
        months, amount = self.head_months.get(team), self.spent.get((team, account))
        return None if not months or amount is None else (amount + added) * TWELVE / months

    def others(self, team: str, account: str) -> Row:
        """Returns how many other teams spend on an account, and from how little to how much per head."""
        known = [self.per_head(each, account) for each, spent in self.spent if spent == account and each != team]
        return _range([each for each in known if each])


def _history(params: Params, frames: Frames) -> History:
    ledger, people = frames["ledger"], frames["people_history"]
    spent = money.sums(ledger[ledger["month"].isin(params.last_twelve)], ["team", "account"])
    worked = people[people["month"].isin(params.last_twelve)].groupby("team").size()
    return History(
        {(row["team"], row["account"]): Decimal(row["amount"]) for row in spent.to_dict("records")},
        {str(team): Decimal(int(count)) for team, count in worked.items()},
        people[people["month"] == params.last_closed].to_dict("records"),
        frames["request_people"].to_dict("records") if "request_people" in frames else [],
    )


def _pay_rows(history: History, request: Any, option: Any) -> Iterator[Row]:
    for role in history.roles:
        if (role["request"], role["option"]) == (request, option):
            same = [each for each in history.people if each["role"].casefold() == role["role"].casefold() and each["currency"] == role["currency"]]
            own = [Decimal(each["salary"]) for each in same if each["team"] == role["team"]]
            elsewhere = [Decimal(each["salary"]) for each in same if each["team"] != role["team"]]
            mean = sum(own, ZERO) / len(own) if own else None
            yield _row(PAY, "", role["role"], role["currency"], Decimal(role["pay"]), mean, _range(elsewhere))


def _account_rows(params: Params, history: History, own: pd.DataFrame, heads: int) -> Iterator[Row]:
    currency, last = params.company.reporting_currency, own.loc[own["amount"] != 0, "month"].max()
    for team, account in sorted({(str(row["team"]), str(row["account"])) for row in own.to_dict("records")}):
        rows = own[(own["team"] == team) & (own["account"] == account)]
        spent = rows[rows["amount"] != 0]
        amount, before = money.total(rows["amount"]), history.spent.get((team, account))
        head_months = int(spent.groupby("month")["heads"].max().sum())
        if heads and head_months and spent["month"].max() == last:
            each = amount * TWELVE / head_months
            yield _row(PER_HEAD, account, "", currency, each, history.per_head(team, account), history.others(team, account))
            continue
        yield _row(IN_YEAR, account, "", currency, amount, before, _range([]))
        raised, others = history.per_head(team, account, amount), history.others(team, account)
        if raised is not None and others["others"]:
            yield _row(PER_TEAM_HEAD, account, "", currency, raised, history.per_head(team, account), others)


def _range(values: list[Decimal]) -> Row:
    return {"others": len(values), "low": _exact(min(values)) if values else None, "high": _exact(max(values)) if values else None}


def _row(measure: str, account: Any, what: str, unit: str, asked: Decimal, own: Decimal | None, others: Row) -> Row:
    return {"measure": measure, "account": account, "what": what, "unit": unit, "asked": _exact(asked), "own": None if own is None else _exact(own), **others}


def _exact(value: Decimal) -> Decimal:
    return value.quantize(FINEST)


def as_frozen(now: pd.DataFrame, frozen: pd.DataFrame | None) -> pd.DataFrame:
    """Returns what a frame says now, but of requests that the frozen plan knows what it said when it was frozen.

    Args:
        now: A frame with a column `request`.
        frozen: The same frame of the frozen plan; None while the year is planned.
    """
    if frozen is None or frozen.empty:
        return now
    return pd.concat([frozen, now[~now["request"].isin(list(frozen["request"]))]], ignore_index=True)


def unit_cost_view(unit_costs: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns unit costs in words: request, option, label, why (the measure), asked, own, others; in their order.

    Args:
        unit_costs: The frame `unit_costs`.
        accounts: The account tree, for names.
    """
    names = dict(zip(accounts["account"], accounts["name"], strict=True))
    rows = [
        {
            "request": row["request"],
            "option": row["option"],
            "label": row["what"] or names.get(row["account"], row["account"]),
            "why": row["measure"] if row["measure"] != PAY else f"{row['measure']}, {row['unit']}",
            "asked": amount_text(row["asked"]),
            "own": _own_text(row),
            "others": _others_text(row),
        }
        for row in unit_costs.sort_values(["request", "option", "position"]).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["request", "option", "label", "why", "asked", "own", "others"])


def _own_text(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["own"]):
        return "nobody yet" if row["measure"] == PAY else "none so far"
    asked, own = Decimal(row["asked"]), Decimal(row["own"])
    if own <= 0:
        return amount_text(own)
    if row["measure"] == IN_YEAR:
        return f"{amount_text(own)} ({'adds' if asked >= 0 else 'takes off'} {percent_text(abs(asked / own), 0)})"
    return f"{amount_text(own)} ({'+' if asked >= own else MINUS}{percent_text(abs(asked / own - 1), 0)})"


def _others_text(row: Mapping[Any, Any]) -> str:
    if row["measure"] == IN_YEAR:
        return ""
    noun = ("person", "people") if row["measure"] == PAY else ("team", "teams")
    if not row["others"]:
        return "nobody elsewhere" if row["measure"] == PAY else "no other team"
    low, high = amount_text(Decimal(row["low"])), amount_text(Decimal(row["high"]))
    span = low if low == high else f"{low} to {high}"
    return f"{span} ({counted(int(row['others']), *noun)})"
