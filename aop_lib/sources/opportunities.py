"""Opportunities as known at the cycle's cut."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.load import Params
from aop_lib.money import as_money, converted
from aop_lib.sources.ledger import Rates
from aop_lib.sources.rows import Judged
from aop_lib.sources.warehouse import Warehouse


def opportunities_frame(store: Warehouse, judged: list[Judged], rates: Rates, params: Params) -> pd.DataFrame:
    """Returns one row per opportunity, conformed to `opportunities`.

    `amount` is the yearly contract value in reporting currency at the close of the last closed month; `probability` a fraction.

    Args:
        store: The loaded tables.
        judged: The judged `opportunities` rows of each source, one version per opportunity.
        rates: Closing rate of each (currency, month).
        params: The cut.

    Raises:
        UnknownRateError: If a closing rate is missing.
    """
    rows = []
    for each in judged:
        for record in store.records(each.used.order_by("_line")):
            unit = Decimal(1) if record["probability_unit"] is None else record["probability_unit"]
            rows.append({**record, "probability": (record["probability"] or Decimal(0)) * unit, "month": params.last_closed})
    if not rows:
        return empty("opportunities")
    frame = pd.DataFrame(rows)
    frame = converted(frame.assign(amount=as_money(frame["amount"])), rates, params.company.reporting_currency)
    days = {name: pd.to_datetime(frame[name]).dt.normalize() for name in ("created", "close")}
    return conformed("opportunities", frame.assign(**days)[list(FRAMES["opportunities"].columns)])
