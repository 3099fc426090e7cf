"""Every frame that crosses a stage, held against its contract: the types of `contracts/spec.py`, one row per grain."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from aop_lib.contracts import alignment, allocation, consolidation, goal_setting, scenarios, single_source, team_requests, variance_review
from aop_lib.contracts.spec import FrameSpec
from aop_lib.errors import FrameError
from aop_lib.money import MONEY

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

EXACT = pd.ArrowDtype(pa.decimal128(38, 10))
DTYPES: dict[str, Any] = {
    "text": pd.StringDtype(na_value=float("nan")),
    "month": "datetime64[us]",
    "day": "datetime64[us]",
    "money": MONEY,
    "exact": EXACT,
    "figure": EXACT,
    "count": "int64",
    "share": "float64",
    "flag": "bool",
}
NULLABLE = {"day", "share", "figure"}

FRAMES: dict[str, FrameSpec] = {
    **single_source.FRAMES,
    **goal_setting.FRAMES,
    **team_requests.FRAMES,
    **consolidation.FRAMES,
    **alignment.FRAMES,
    **allocation.FRAMES,
    **scenarios.FRAMES,
    **variance_review.FRAMES,
}


def conformed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the frame with its contract's columns in order, their types, its rows sorted by the grain.

    Raises:
        FrameError: If a column is missing or surplus, a value does not fit its kind, or the grain repeats.
    """
    spec = FRAMES[name]
    problems = [f"column {column!r} is missing" for column in spec.columns if column not in frame]
    problems += [f"column {column!r} is not in the contract" for column in frame if column not in spec.columns]
    if problems:
        raise FrameError(name, problems)
    typed = pd.DataFrame({column: _typed(name, frame[column], kind) for column, kind in spec.columns.items()})
    order = list(spec.key) or [c for c, kind in spec.columns.items() if kind in {"text", "month"}]
    typed = typed.sort_values(order, kind="stable", ignore_index=True) if len(typed) else typed.reset_index(drop=True)
    checked(name, typed)
    return typed


def empty(name: str) -> pd.DataFrame:
    """Returns a frame of that contract without rows."""
    return conformed(name, pd.DataFrame({column: [] for column in FRAMES[name].columns}))


def _typed(name: str, column: pd.Series, kind: str) -> pd.Series:
    try:
        if kind == "text":
            return column.fillna("").astype(DTYPES[kind])
        return column.astype(DTYPES[kind])
    except (TypeError, ValueError, OverflowError, pa.ArrowException) as problem:
        raise FrameError(name, [f"column {column.name!r} is not {kind}: {problem}"]) from problem


def checked(name: str, frame: pd.DataFrame) -> None:
    """Holds a frame against its contract.

    Raises:
        FrameError: With every offence at once.
    """
    from pandera.errors import SchemaErrors

    try:
        schema(name).validate(frame, lazy=True)
    except SchemaErrors as offences:
        cases = offences.failure_cases
        lines = [f"{row.column or 'frame'}: {row.check} (row {row.index}, found {row.failure_case!r})" for row in cases.head(20).itertuples()]
        raise FrameError(name, lines) from None


@cache
def schema(name: str) -> DataFrameSchema:
    """Returns the pandera schema of a frame's contract."""
    from pandera.pandas import Check, Column, DataFrameSchema

    spec = FRAMES[name]
    first = Check(lambda months: months.dt.day == 1, error="not the first of a month")
    finite = Check(lambda values: ~values.isin([float("inf"), float("-inf")]), error="not finite")
    checks = {"month": [first], "share": [finite]}
    columns = {column: Column(_pandera_dtype(kind), checks.get(kind, []), nullable=kind in NULLABLE) for column, kind in spec.columns.items()}
    return DataFrameSchema(columns, strict=True, ordered=True, unique=list(spec.key) or None, report_duplicates="all")


def _pandera_dtype(kind: str) -> Any:
    return None if kind in {"text", "money", "exact", "figure"} else DTYPES[kind]
