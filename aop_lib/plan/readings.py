"""What each kind of source says ARR, new ARR and heads are, and the records in which two of them differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.periods import month_end, posting_month
from aop_lib.plan.saas_metrics import committed_mrr, recurring_book
from aop_lib.plan.wording import day_name

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.company import Reconcile

Frames = Mapping[str, pd.DataFrame]
NONE = Decimal(0)
RATES_APART = Decimal("0.15")


@dataclass(frozen=True)
class Reading:
    """A metric as one source tells it.

    Attributes:
        months: The value of each month, in the metric's unit; empty where it cannot be told.
        how: The formula.
        needs: What would have to be measured where it cannot be told.
    """

    months: Mapping[pd.Timestamp, Decimal]
    how: str
    needs: str = ""


@dataclass(frozen=True)
class Record:
    """One record in which the other source differs from the one that counts.

    Attributes:
        record: A customer, an opportunity, a person, a currency.
        reason: Why it differs.
        difference: Other source minus the one that counts, in the metric's unit.
        explains: Whether the reason accounts for the difference; else it is named, and stays unexplained.
    """

    record: str
    reason: str
    difference: Decimal
    explains: bool = True


def billed_arr(params: Params, frames: Frames, _: Reconcile) -> Reading:
    """Returns ARR as billing tells it, in each of the last twelve closed months."""
    how = "12 × MRR live, or signed, at the close" if params.company.switches.carr else "12 × MRR live at the close"
    return Reading(_actuals(params, frames["kpis"], "arr"), how)


def recognised_arr(params: Params, frames: Frames, _: Reconcile) -> Reading:
    """Returns ARR as the ledger tells it: 12 × subscription revenue of the month, in each of the last twelve closed months."""
    rows = _subscription_rows(params, frames)
    months = rows[rows["month"].isin(params.last_twelve)]
    values: dict[pd.Timestamp, Decimal] = {}
    for month, amount in zip(months["month"], months["amount"], strict=True):
        values[month] = values.get(month, NONE) + 12 * amount
    return Reading(values, "12 × subscription revenue of the month")


def won_arr(*_: object) -> Reading:
    """Returns that opportunities cannot tell ARR: they hold what was won, not what is still live."""
    return Reading({}, "", "start, term and renewal of each won contract in the CRM: opportunities tell what was won, not what is still live")


def billed_new_arr(params: Params, frames: Frames, _: Reconcile) -> Reading:
    """Returns the ARR of customers that were new in the last twelve closed months, as billing tells it."""
    return Reading({params.last_closed: sum(_new_customers(params, frames).values(), NONE)}, "12 × MRR of new customers, twelve months to this one")


def won_new_arr(params: Params, frames: Frames, _: Reconcile) -> Reading:
    """Returns the yearly value of the opportunities that were won in the last twelve closed months."""
    won = _won(params, frames["opportunities"])
    how, needs = "yearly value of won opportunities, twelve months to this one", "opportunities"
    return Reading({params.last_closed: sum((amount for _, _, amount, _ in won), NONE)} if len(frames["opportunities"]) else {}, how, needs)


def employed_heads(params: Params, frames: Frames, _: Reconcile) -> Reading:
    """Returns heads as the people system tells them in the last closed month."""
    values = _actuals(params, frames["kpis"], "heads")
    return Reading({month: value for month, value in values.items() if month == params.last_closed}, "people employed on the last day of the month")


def paid_heads(params: Params, frames: Frames, each: Reconcile) -> Reading:
    """Returns how many heads the ledger paid in the last closed month.

    Defined as::

        sum over currencies of  base salaries of the month in the ledger / (yearly pay of the people there / 12 / their number)

    Args:
        params: The last closed month.
        frames: ledger and people.
        each: Its `accounts` hold base salaries; without them the ledger cannot tell.
    """
    how = "base salaries of the month ÷ average pay of a month"
    ledger = frames["ledger"]
    own = ledger[ledger["account"].isin(each.accounts) & (ledger["month"] == params.last_closed)]
    pay = _average_pay(params, frames["people"])
    if not each.accounts or own.empty:
        return Reading({}, "", "the accounts that hold base salaries (`accounts` of this entry), and rows in them")
    paid = {str(currency): sum(part["amount_local"], NONE) for currency, part in own.groupby("currency")}
    if any(not pay.get(currency) for currency in paid):
        return Reading({}, "", "the pay of the people that are paid in each currency")
    return Reading({params.last_closed: sum((amount / pay[currency] for currency, amount in paid.items()), NONE)}, how)


def arr_records(params: Params, frames: Frames, _: Reconcile) -> list[Record]:
    """Returns, per currency, why 12 × subscription revenue differs from 12 × MRR in the last closed month.

    Defined as::

        currency     revenue counts at the month's average rate, MRR at its close: 12 × (amount - amount in local currency × close)
        rounding     where both hold the same in local currency: what is left
        recognised   where they do not: 12 × (revenue - MRR) in local currency at the close; named, and unexplained
        signed       with the switch `carr`: 12 × what is signed and not yet live, which no ledger holds
    """
    revenue, billed = _by_currency(params, _subscription_rows(params, frames)), _by_currency(params, frames["mrr"])
    close = _closing(params, frames["rates"])
    records = []
    for currency in sorted(revenue.keys() | billed.keys()):
        (local, amount), (live, worth) = revenue.get(currency, (NONE, NONE)), billed.get(currency, (NONE, NONE))
        rate = close.get(currency)
        if rate is None:
            continue
        at_close = local * rate
        records.append(Record(currency, "revenue counts at the month's average rate, ARR at its close", 12 * (amount - at_close)))
        same = local == live
        why = "each customer is rounded to the cent" if same else f"the ledger recognised {'more' if local > live else 'less'} than billing holds live"
        records.append(Record(currency, why, 12 * (at_close - worth), same))
    return records + (_signed_records(params, frames) if params.company.switches.carr else [])


def _signed_records(params: Params, frames: Frames) -> list[Record]:
    """Returns, per currency, what is signed and not yet live at the last close: ARR holds it, and the ledger does not."""
    both = committed_mrr(frames, params.last_closed, params.company.reporting_currency)
    committed, live = _by_currency(params, both), _by_currency(params, frames["mrr"])
    changes = {currency: committed[currency][1] - live.get(currency, (NONE, NONE))[1] for currency in sorted(committed)}
    return [Record(currency, "signed and not yet live", -12 * change) for currency, change in changes.items() if change]


def new_arr_records(params: Params, frames: Frames, _: Reconcile) -> list[Record]:
    """Returns, customer by customer, why the CRM's won value differs from the new ARR of billing.

    A record explains its difference where one side has it and the other has not, in these twelve months, or where it is billed
    in another currency and the two are at most 15 % apart (the CRM states its own rate). Other amounts that differ are named and stay
    unexplained.
    """
    new, won = _new_customers(params, frames), _won(params, frames["opportunities"])
    currencies = _currencies(frames["mrr"])
    anytime = {customer for customer in frames["opportunities"].loc[frames["opportunities"]["is_won"], "customer"] if customer}
    records = []
    by_customer: dict[str, Decimal] = {}
    for opportunity, customer, amount, day in won:
        if customer in new:
            by_customer[customer] = by_customer.get(customer, NONE) + amount
        else:
            name = f"{customer or opportunity} (won on {day_name(day)})"
            records.append(Record(name, _won_alone(customer, currencies), amount, bool(customer)))
    for customer, amount in new.items():
        if customer not in by_customer:
            reason = "won before these twelve months, billed in them" if customer in anytime else "billed, and never won in the CRM"
            records.append(Record(customer, reason, -amount))
        else:
            foreign = params.company.reporting_currency not in currencies.get(customer, set())
            at_own_rate = foreign and abs(by_customer[customer] - amount) <= RATES_APART * amount
            reason = "billed in another currency: the CRM states it at its own rate" if at_own_rate else "the CRM's value is not what is billed"
            records.append(Record(customer, reason, by_customer[customer] - amount, at_own_rate))
    return records


def heads_records(params: Params, frames: Frames, _: Reconcile) -> list[Record]:
    """Returns the people that were paid for a part of the last closed month: the ledger pays days, the people system counts the last day."""
    month = params.last_closed
    first, last = month.date(), month_end(month)
    records: list[Record] = []
    for person, start, end in zip(frames["people"]["person"], frames["people"]["start"], frames["people"]["end"], strict=True):
        came, left = start.date(), None if pd.isna(end) else end.date()
        if came > last or (left is not None and left < first):
            continue
        days = ((left if left is not None and left < last else last) - max(came, first)).days + 1
        counted = Decimal(1) if left is None or left >= last else NONE
        if days < last.day:
            name = f"{person} (joined on {day_name(came)})" if came > first else f"{person} (left on {day_name(left or last)})"
            records.append(Record(name, "paid for a part of the month", Decimal(days) / last.day - counted))
    return records


def _actuals(params: Params, kpis: pd.DataFrame, metric: str) -> dict[pd.Timestamp, Decimal]:
    own = kpis[(kpis["metric"] == metric) & (kpis["team"] == "") & kpis["month"].isin(params.last_twelve)]
    return dict(zip(own["month"], own["value"], strict=True))


def _subscription_rows(params: Params, frames: Frames) -> pd.DataFrame:
    """Returns the ledger's rows of subscription revenue, `amount` and `amount_local` signed so that they add into the line."""
    accounts = frames["accounts"]
    own = accounts[accounts["line"].isin(params.company.switches.subscription_revenue_lines)]
    signs = dict(zip(own["account"], own["line_sign"].astype(int), strict=True))
    rows = frames["ledger"][frames["ledger"]["account"].isin(list(signs))]
    signed = {name: [signs[account] * value for account, value in zip(rows["account"], rows[name], strict=True)] for name in ("amount", "amount_local")}
    return rows.assign(**{name: pd.Series(values, index=rows.index, dtype=object) for name, values in signed.items()})


def _by_currency(params: Params, rows: pd.DataFrame) -> dict[str, tuple[Decimal, Decimal]]:
    """Returns the amounts of the last closed month per currency, as (in that currency, in reporting currency)."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    own = rows[rows["month"] == params.last_closed]
    for currency, local, amount in zip(own["currency"], own["amount_local"], own["amount"], strict=True):
        before = found.get(currency, (NONE, NONE))
        found[currency] = (before[0] + local, before[1] + amount)
    return found


def _closing(params: Params, rates: pd.DataFrame) -> dict[str, Decimal]:
    own = rates[rates["month"] == params.last_closed]
    return {**dict(zip(own["currency"], own["close"], strict=True)), params.company.reporting_currency: Decimal(1)}


def _new_customers(params: Params, frames: Frames) -> dict[str, Decimal]:
    """Returns the ARR of each customer that was new in the last twelve closed months, as in the ARR bridge."""
    book = recurring_book(frames, params.last_closed, params.company.reporting_currency, params.company.switches)
    found: dict[str, Decimal] = {}
    for move in book.moves:
        if move.kind == "new" and move.month in params.last_twelve:
            found[move.customer] = found.get(move.customer, NONE) + 12 * move.amount
    return found


def _won(params: Params, opportunities: pd.DataFrame) -> list[tuple[str, str, Decimal, date]]:
    """Returns opportunity, customer, yearly value and day of what was won in the last twelve closed months."""
    own = opportunities[opportunities["is_won"] & opportunities["close"].notna()]
    rows: Iterable[tuple[str, str, Decimal, pd.Timestamp]] = zip(own["opportunity"], own["customer"], own["amount"], own["close"], strict=True)
    return [(name, customer, amount, close.date()) for name, customer, amount, close in rows if posting_month(close.date()) in params.last_twelve]


def _currencies(mrr: pd.DataFrame) -> dict[str, set[str]]:
    """Returns the currencies that each customer is or was billed in."""
    found: dict[str, set[str]] = {}
    for customer, currency in zip(mrr["customer"], mrr["currency"], strict=True):
        found.setdefault(customer, set()).add(currency)
    return found


def _won_alone(customer: str, billed: Collection[str]) -> str:
    if not customer:
        return "won, without a customer number that would lead to billing"
    return "won from somebody who was a customer before" if customer in billed else "won, and not billed in a closed month yet"


def _average_pay(params: Params, people: pd.DataFrame) -> dict[str, Decimal]:
    """Returns the average pay of a month by currency, of the people employed on the last day of the last closed month."""
    day = pd.Timestamp(month_end(params.last_closed))
    here = people[(people["start"] <= day) & (people["end"].isna() | (people["end"] >= day))]
    return {str(currency): sum(own["salary"], NONE) / 12 / len(own) for currency, own in here.groupby("currency")}
