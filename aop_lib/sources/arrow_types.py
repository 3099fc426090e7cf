"""Which Arrow types a source may bring, and how moments with a zone become plain ones."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import types

SCALARS = (
    types.is_string, types.is_large_string, types.is_string_view, types.is_integer, types.is_floating, types.is_decimal128, types.is_date, types.is_timestamp,
    types.is_boolean, types.is_null,
)  # fmt: skip


def readable(kind: pa.DataType) -> bool:
    """Returns whether a type can be read as text: text, numbers, days, moments, flags; nothing nested, no bytes."""
    inner = kind.value_type if types.is_dictionary(kind) else kind
    return any(test(inner) for test in SCALARS)


def without_zone(rows: pa.Table) -> pa.Table:
    """Returns rows in which moments are UTC without a zone, to the microsecond, and texts are plain texts."""
    fields = [pa.field(field.name, _plain(field.type)) for field in rows.schema]
    return rows.cast(pa.schema(fields), safe=False)


def _plain(kind: pa.DataType) -> pa.DataType:
    inner = kind.value_type if types.is_dictionary(kind) else kind
    if types.is_timestamp(inner):
        return pa.timestamp("us")
    if types.is_null(inner) or types.is_large_string(inner) or types.is_string_view(inner):
        return pa.string()
    return pa.float64() if types.is_float16(inner) else inner
