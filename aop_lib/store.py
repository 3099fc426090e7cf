"""Frames as files: one Parquet file each, the same bytes for the same rows, whole or not there at all."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aop_lib.errors import FrameError
from aop_lib.frames import DTYPES, FRAMES, checked, conformed

ARROW_TYPES = {
    "text": pa.string(),
    "month": pa.timestamp("us"),
    "day": pa.timestamp("us"),
    "money": pa.decimal128(18, 2),
    "exact": pa.decimal128(38, 10),
    "figure": pa.decimal128(38, 10),
    "count": pa.int64(),
    "share": pa.float64(),
    "flag": pa.bool_(),
}


def frame_file(folder: Path, name: str) -> Path:
    """Returns where a frame lies in a cycle's folder."""
    return folder / "frames" / f"{name}.parquet"


def arrow_schema(name: str) -> pa.Schema:
    """Returns the Arrow schema of a frame's contract, text and money exact."""
    return pa.schema([(column, ARROW_TYPES[kind]) for column, kind in FRAMES[name].columns.items()])


def write_frame(file: Path, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Writes a frame in its contract's form and order; the file is replaced in one step.

    Returns:
        The frame as it was written.

    Raises:
        FrameError: If the frame breaks its contract.
    """
    typed = conformed(name, frame)
    table = pa.Table.from_pandas(typed, schema=arrow_schema(name), preserve_index=False).replace_schema_metadata(None)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        pq.write_table(table, partial, compression="zstd", use_dictionary=True)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return typed


def read_frame(file: Path, name: str) -> pd.DataFrame:
    """Returns a frame from its file, held against its contract.

    Raises:
        FrameError: If the file is no Parquet file of that contract.
    """
    try:
        table = pq.read_table(file, memory_map=False)
    except pa.ArrowInvalid as problem:
        raise FrameError(name, [f"{file.name} is not a whole Parquet file: {problem}"]) from problem
    if table.schema.names != list(FRAMES[name].columns):
        raise FrameError(name, [f"{file.name} has the columns {', '.join(table.schema.names)}"])
    kinds = FRAMES[name].columns
    frame = pd.DataFrame({column: _column(table[column], kind) for column, kind in kinds.items()})
    checked(name, frame)
    return frame


def _column(values: pa.ChunkedArray, kind: str) -> pd.Series:
    if kind in {"money", "exact", "figure"}:
        return pd.Series(pd.arrays.ArrowExtensionArray(values.cast(ARROW_TYPES[kind])))
    return pd.Series(values.to_pandas()).astype(DTYPES[kind])
