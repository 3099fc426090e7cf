"""Currency rates: units of reporting currency per unit of another, average and close of each month."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.errors import Fault, InputRefusedError
from aop_lib.frames import conformed, empty
from aop_lib.load import Params
from aop_lib.periods import month_text
from aop_lib.sources.rows import Judged, as_month
from aop_lib.sources.warehouse import Warehouse


def rates_frame(store: Warehouse, judged: list[Judged], params: Params) -> pd.DataFrame:
    """Returns the rates into the reporting currency, conformed to `rates`, closed months only.

    Rates into other currencies are left aside. The reporting currency has no rows: it needs no rate.

    Raises:
        InputRefusedError: If a month has two rates for one currency, or one that is zero or less.
    """
    reporting = params.company.reporting_currency
    found: dict[tuple[str, pd.Timestamp], dict[str, Any]] = {}
    faults = []
    for each in judged:
        for record in store.records(each.used.order_by("_line")):
            month = as_month(record["month"])
            if record["into"] != reporting or record["currency"] == reporting or month is None:
                continue
            row = {"currency": record["currency"], "month": month, "average": record["average"], "close": record["close"]}
            if min(row["average"], row["close"]) <= 0 or found.setdefault((row["currency"], month), row) != row:
                stated = f"{row['currency']} in {month_text(month)} at {row['average']}"
                faults.append(Fault(f"{each.mapped.source.name} {record['row']}", stated, "one rate above zero per month"))
    if faults:
        raise InputRefusedError(faults)
    return conformed("rates", pd.DataFrame(list(found.values()))) if found else empty("rates")


def average_rates(rates: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], Decimal]:
    """Returns the average rate of each (currency, month)."""
    return dict(zip(zip(rates["currency"], rates["month"], strict=True), rates["average"], strict=True))


def closing_rates(rates: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], Decimal]:
    """Returns the closing rate of each (currency, month)."""
    return dict(zip(zip(rates["currency"], rates["month"], strict=True), rates["close"], strict=True))


def held_rates(rates: pd.DataFrame, months: Iterable[pd.Timestamp], last_closed: pd.Timestamp) -> dict[tuple[str, pd.Timestamp], Decimal]:
    """Returns average rates, and for months that are not closed yet the close of the last closed month.

    A month up to the last closed one gets no rate that the source does not give.

    Args:
        rates: `rates`, closed months only.
        months: The months that are asked for.
        last_closed: The last closed month.
    """
    known, closing = average_rates(rates), closing_rates(rates)
    open_months = [month for month in months if month > last_closed]
    held = {(currency, month): rate for (currency, closed), rate in closing.items() if closed == last_closed for month in open_months}
    return {**held, **known}


def request_rates(params: Params, rates: pd.DataFrame, frozen: pd.DataFrame | None = None) -> dict[tuple[str, pd.Timestamp], Decimal]:
    """Returns the rates at which requests count: those that the plan holds; in a review those of the frozen plan, so that nothing approved changes with a rate.

    A currency that the frozen plan did not know counts at the rates of today.

    Args:
        params: The years, the last closed month.
        rates: `rates`, as read now.
        frozen: `rates` of the frozen plan; None while the year is planned.
    """
    months = [*params.ending_year_months, *params.year_months]
    now = held_rates(rates, months, params.last_closed)
    if frozen is None or frozen.empty:
        return now
    then = held_rates(frozen, months, frozen["month"].max())
    return {key: rate for key, rate in now.items() if key[0] not in set(frozen["currency"])} | then
