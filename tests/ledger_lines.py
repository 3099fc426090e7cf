"""Ledger lines for tests: six to be redone by hand, any that hypothesis thinks of, and how both are written and added up."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from aop_lib.errors import InputRefusedError
from aop_lib.periods import posting_month

SCHEMA = pa.schema(
    [
        ("entity", pa.string()),
        ("team", pa.string()),
        ("account", pa.string()),
        ("date", pa.date32()),
        ("currency", pa.string()),
        ("vendor", pa.string()),
        ("amount", pa.decimal128(18, 2)),
    ]
)
LINES = [
    ("us", "sales", "6000", date(2026, 1, 5), "USD", "Acme", Decimal("0.10")),
    ("us", "sales", "6000", date(2026, 1, 31), "USD", "Bolt", Decimal("0.20")),
    ("us", "sales", "6000", date(2026, 2, 1), "USD", "Acme", Decimal("-7.05")),
    ("de", "", "4000", date(2026, 2, 14), "EUR", "", Decimal("9999999999999.99")),
    ("de", "", "4000", date(2026, 2, 15), "EUR", "", Decimal("0.01")),
    ("de", "support", "6000", date(2026, 3, 1), "USD", "", Decimal("12.00")),
]

amounts = st.decimals(min_value=Decimal("-9999999999999.99"), max_value=Decimal("9999999999999.99"), places=2)
days = st.dates(min_value=date(2025, 11, 1), max_value=date(2026, 4, 30))
line = st.tuples(
    st.sampled_from(["us", "de"]),
    st.sampled_from(["", "sales", "r\"&'d"]),
    st.sampled_from(["4000", "6000"]),
    days,
    st.sampled_from(["USD", "EUR"]),
    st.just("Acme"),
    amounts,
)
SMALL = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def table(lines, schema=SCHEMA):
    return pa.table([pa.array(column, field.type) for column, field in zip(zip(*lines, strict=True), schema, strict=True)], schema=schema)


def written(file: Path, lines, schema=SCHEMA, **options) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table(lines, schema), file, **options)
    return file


def by_hand(lines, posting="calendar"):
    sums, counts = Counter(), Counter()
    for entity, team, account, day, currency, _, amount in lines:
        key = (team, account, posting_month(day, posting).date(), entity, currency)
        sums[key] += amount
        counts[key] += 1
    return [(*key, counts[key], sums[key]) for key in sorted(counts)]


def rows(totals):
    return [tuple(row.values()) for row in totals.to_pylist()]


def refusal(call) -> str:
    with pytest.raises(InputRefusedError) as caught:
        call()
    return str(caught.value)
