"""Everything that an analyst would open our files with: each gives the columns as lists of Python values."""

from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset


def plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def with_pyarrow(path: Path) -> dict[str, list]:
    table = pa.ipc.open_file(path).read_all()
    table.validate(full=True)
    return table.to_pydict()


def with_pyarrow_mapped(path: Path) -> dict[str, list]:
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        table.validate(full=True)
        return table.to_pydict()


def with_pyarrow_dataset(path: Path) -> dict[str, list]:
    return pa.dataset.dataset(path, format="ipc").to_table().to_pydict()


def with_pandas(path: Path) -> dict[str, list]:
    # pandas makes NaN of null; a column of objects keeps it.
    frame = pd.read_feather(path, dtype_backend="pyarrow")
    return {name: [None if value is pd.NA else plain(value) for value in frame[name]] for name in frame}


def with_polars(path: Path) -> dict[str, list]:
    return {series.name: plain(series.to_list()) for series in pl.read_ipc(path)}


def with_polars_lazy(path: Path) -> dict[str, list]:
    return {series.name: plain(series.to_list()) for series in pl.scan_ipc(path).collect()}


def with_duckdb(path: Path) -> dict[str, list]:
    dataset = pa.dataset.dataset(path, format="ipc")
    relation = duckdb.sql("select * from dataset")
    rows = relation.fetchall()
    assert dataset.count_rows() == len(rows)
    return {name: [plain(row[index]) for row in rows] for index, name in enumerate(relation.columns)}


READERS = {
    reader.__name__.removeprefix("with_"): reader
    for reader in (with_pyarrow, with_pyarrow_mapped, with_pyarrow_dataset, with_pandas, with_polars, with_polars_lazy, with_duckdb)
}
