"""Small helpers that write Arrow files with pyarrow."""

from pathlib import Path

import numpy as np
import pyarrow as pa

DTYPES = {"float16": pa.float16(), "float32": pa.float32(), "float64": pa.float64()}
NAMES = {"float16": "Float16", "float32": "Float32", "float64": "Float64"}


def number_array(values, dtype: str = "float32") -> pa.Array:
    """An array of floats; None is null."""
    valid = [0.0 if value is None else value for value in values]
    mask = np.array([value is None for value in values], dtype=bool)
    return pa.array(np.array(valid, dtype=dtype), mask=mask if mask.any() else None)


def fixed_list(rows, dtype: str = "float32", length: int | None = None) -> pa.Array:
    """A fixed-size list column; a row or an element may be None."""
    length = length if length is not None else len(next(row for row in rows if row is not None))
    flat = number_array([value for row in rows for value in (row if row is not None else [0.0] * length)], dtype)
    mask = pa.array([row is None for row in rows]) if any(row is None for row in rows) else None
    return pa.FixedSizeListArray.from_arrays(flat, length, mask=mask)


def variable_list(rows, dtype: str = "float32", large: bool = False) -> pa.Array:
    """A list or large list column; rows may be ragged or None."""
    kind = pa.large_list(DTYPES[dtype]) if large else pa.list_(DTYPES[dtype])
    exact = [None if row is None else list(number_array(row, dtype)) for row in rows]
    return pa.array([None if row is None else [item.as_py() for item in row] for row in exact], type=kind)


def tensor(values: np.ndarray) -> pa.Array:
    """Fixed-size lists nested as deep as `values` has dims after the first."""
    array = pa.array(values.ravel())
    for length in reversed(values.shape[1:]):
        array = pa.FixedSizeListArray.from_arrays(array, length)
    return array


def wide(rows, names: list[str], dtype: str = "float32") -> dict[str, pa.Array]:
    """One column a class."""
    return {name: number_array([row[j] for row in rows], dtype) for j, name in enumerate(names)}


def write(path: Path, data, batches: list[int] | None = None, stream: bool = False, compression=None) -> None:
    """Writes a table, cut into record batches of the given numbers of rows."""
    table = data if isinstance(data, pa.Table) else pa.table(data)
    options = pa.ipc.IpcWriteOptions(compression=compression)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(path, table.schema, options=options) as writer:
        if batches is None:
            writer.write_table(table)
            return
        whole = (table.combine_chunks().to_batches() or [empty(table.schema)])[0]
        start = 0
        for rows in batches:
            writer.write_batch(whole.slice(start, rows))
            start += rows


def empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)
