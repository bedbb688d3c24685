"""Files that others wrote are read by us: every way to write a tensor of logits that we know of."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from common import assert_close, logitmill, reference, run, ulp
from readers import READERS

ROWS, CLASSES = 37, 11
RANDOM = np.random.default_rng(5).normal(0, 6, (ROWS, CLASSES))
NAMES = [f"c{j}" for j in range(CLASSES)]
TEXTS = [None if i % 5 == 2 else "naïve " * (i % 4) for i in range(ROWS)]


def batches(table: pa.Table, path: Path, rows: int | None = None, stream: bool = False, **options) -> None:
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(path, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows)


def listed(logits: np.ndarray, kind: str) -> pa.Table:
    flat = pa.array(logits.ravel())
    offsets = range(0, logits.size + 1, logits.shape[1])
    column = {
        "fixed": lambda: pa.FixedSizeListArray.from_arrays(flat, logits.shape[1]),
        "list": lambda: pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat),
        "large": lambda: pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), flat),
    }[kind]()
    return pa.table({"text": pa.array(TEXTS), "logits": column})


def wide(logits: np.ndarray) -> pa.Table:
    return pa.table({"text": pa.array(TEXTS), **{name: pa.array(np.ascontiguousarray(logits[:, j])) for j, name in enumerate(NAMES)}})


def polars_frame(logits: np.ndarray, kind: str) -> pl.DataFrame:
    element = {np.dtype("float32"): pl.Float32, np.dtype("float64"): pl.Float64}[logits.dtype]
    if kind == "wide":
        return pl.DataFrame({"text": TEXTS, **{name: logits[:, j] for j, name in enumerate(NAMES)}})
    dtype = pl.Array(element, CLASSES) if kind == "array" else pl.List(element)
    return pl.DataFrame({"text": TEXTS, "logits": pl.Series(logits.tolist(), dtype=dtype)})


def duckdb_table(logits: np.ndarray, kind: str) -> pa.Table:
    source = listed(logits, "list").append_column("i", pa.array(range(ROWS)))
    cast = f"logits::{'float' if logits.dtype == np.float32 else 'double'}[{CLASSES if kind == 'array' else ''}]"
    found = duckdb.sql(f"select text, {cast} as logits from source order by i").arrow()
    return found if isinstance(found, pa.Table) else found.read_all()


WRITERS = {
    "pyarrow fixed-size list": lambda x, p: batches(listed(x, "fixed"), p),
    "pyarrow fixed-size list, batches": lambda x, p: batches(listed(x, "fixed"), p, rows=10),
    "pyarrow fixed-size list, batches of one row": lambda x, p: batches(listed(x, "fixed"), p, rows=1),
    "pyarrow list": lambda x, p: batches(listed(x, "list"), p),
    "pyarrow list, batches": lambda x, p: batches(listed(x, "list"), p, rows=10),
    "pyarrow large list": lambda x, p: batches(listed(x, "large"), p, rows=10),
    "pyarrow wide": lambda x, p: batches(wide(x), p),
    "pyarrow wide, batches": lambda x, p: batches(wide(x), p, rows=10),
    "pyarrow, a slice of a table": lambda x, p: batches(pa.concat_tables([listed(x, "list")] * 3).slice(ROWS, ROWS), p, rows=10),
    "pyarrow, metadata V4": lambda x, p: batches(listed(x, "fixed"), p, metadata_version=pa.ipc.MetadataVersion.V4),
    "pyarrow stream": lambda x, p: batches(listed(x, "fixed"), p, rows=10, stream=True),
    "pyarrow LZ4": lambda x, p: batches(listed(x, "fixed"), p, rows=10, compression="lz4"),
    "pyarrow ZSTD": lambda x, p: batches(listed(x, "fixed"), p, rows=10, compression="zstd"),
    "pyarrow wide ZSTD": lambda x, p: batches(wide(x), p, rows=10, compression="zstd"),
    "pandas": lambda x, p: pd.DataFrame({"text": TEXTS, "logits": list(x)}).to_feather(p, compression="uncompressed"),
    "pandas wide": lambda x, p: wide(x).to_pandas().to_feather(p, compression="uncompressed"),
    "pandas wide, its default compression": lambda x, p: wide(x).to_pandas().to_feather(p),
    "polars list": lambda x, p: polars_frame(x, "list").write_ipc(p),
    "polars list, old strings": lambda x, p: polars_frame(x, "list").write_ipc(p, compat_level=pl.CompatLevel.oldest()),
    "polars array": lambda x, p: polars_frame(x, "array").write_ipc(p),
    "polars wide": lambda x, p: polars_frame(x, "wide").write_ipc(p),
    "polars ZSTD": lambda x, p: polars_frame(x, "list").write_ipc(p, compression="zstd"),
    "polars wide LZ4": lambda x, p: polars_frame(x, "wide").write_ipc(p, compression="lz4"),
    "polars stream": lambda x, p: polars_frame(x, "list").write_ipc_stream(p),
    "polars sink": lambda x, p: polars_frame(x, "list").lazy().sink_ipc(p),
    "duckdb list": lambda x, p: batches(duckdb_table(x, "list"), p),
    "duckdb array": lambda x, p: batches(duckdb_table(x, "array"), p),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("writer", WRITERS)
def test_written_by(tmp_path: Path, writer: str, dtype: str) -> None:
    logits = RANDOM.astype(dtype)
    source = tmp_path / "in.arrow"
    WRITERS[writer](logits, source)
    output = run(source, "--op", "both", "--layout", "list" if "wide" in writer else "mirror")
    for name, reader in READERS.items():
        columns = reader(output)
        assert columns["text"] == TEXTS, name
        for result in ("probs", "log_probs"):
            assert_close(columns[result], reference(logits, log=result == "log_probs"), dtype, log=result == "log_probs")


@pytest.mark.parametrize("kind", ["fixed", "list", "large", "wide"])
def test_float16(tmp_path: Path, kind: str) -> None:
    logits = RANDOM.astype("float16")
    batches(wide(logits) if kind == "wide" else listed(logits, kind), tmp_path / "in.arrow", rows=10)
    columns = READERS["pyarrow"](run(tmp_path / "in.arrow", "--op", "both", "--layout", "list" if kind == "wide" else "mirror"))
    assert_close(columns["probs"], reference(logits), "float16")
    assert_close(columns["log_probs"], reference(logits, log=True), "float16", log=True)
    # Sums of so few halves are exact in float64, in any order.
    assert columns["row_sum"] == np.array(columns["probs"], dtype=np.float64).sum(axis=1).tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int64", "uint16"])
def test_cast_to_float16_is_that_of_numpy(tmp_path: Path, dtype: str) -> None:
    logits = (np.abs(RANDOM) * 3).astype(dtype)
    batches(listed(logits, "fixed"), tmp_path / "in.arrow", rows=10)
    columns = READERS["pyarrow"](run(tmp_path / "in.arrow", "--dtype", "float16", "--op", "log_softmax"))
    assert_close(columns["log_probs"], reference(logits.astype("float16"), log=True), "float16", log=True)


def test_csv_as_float16(tmp_path: Path) -> None:
    logits = RANDOM.astype("float16")
    (tmp_path / "in.csv").write_text("\n".join([",".join(NAMES), *(",".join(map(str, row)) for row in logits)]) + "\n")
    columns = READERS["pyarrow"](run(tmp_path / "in.csv", "--dtype", "float16", "--layout", "list"))
    assert_close(columns["probs"], reference(logits), "float16")


@pytest.mark.parametrize("words", [32_000, 128_256])
def test_float16_vocabulary(tmp_path: Path, words: int) -> None:
    logits = np.random.default_rng(9).normal(0, 3, (4, words)).astype("float16")
    logits[1] = 0.5
    logits[2, 7] = 30
    flat = pa.array(logits.ravel())
    batches(pa.table({"logits": pa.FixedSizeListArray.from_arrays(flat, words)}), tmp_path / "in.arrow", rows=3)
    for op in ("both", "log_softmax"):
        columns = READERS["pyarrow"](run(tmp_path / "in.arrow", "--op", op))
        assert_close(columns["log_probs"], reference(logits, log=True), "float16", log=True)
    columns = READERS["pyarrow"](run(tmp_path / "in.arrow"))
    assert_close(columns["probs"], reference(logits), "float16")


SHAPES = {
    "classifier (batch, classes)": (64, 1000),
    "language model (batch, tokens, words)": (3, 4, 5000),
    "attention (batch, heads, queries, keys)": (3, 4, 16, 16),
    "segmentation (batch, classes, height, width)": (3, 21, 12, 10),
    "detection (batch, boxes, classes)": (4, 50, 91),
    "video (batch, time, classes, height, width)": (2, 3, 4, 5, 6),
}


def nested(values: np.ndarray) -> pa.Array:
    array = pa.array(values.ravel())
    for length in reversed(values.shape[1:]):
        array = pa.FixedSizeListArray.from_arrays(array, length)
    return array


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("shape", "dim"), [(name, dim) for name, shape in SHAPES.items() for dim in range(len(shape))])
def test_shapes_of_real_models(tmp_path: Path, shape: str, dim: int, dtype: str) -> None:
    logits = np.random.default_rng(6).normal(0, 4, SHAPES[shape]).astype(dtype)
    batches(pa.table({"logits": nested(logits)}), tmp_path / "in.arrow", rows=2)
    columns = READERS["pyarrow"](run(tmp_path / "in.arrow", "--op", "both", f"--dim={dim}"))
    assert_close(columns["probs"], reference(logits, dim=dim), dtype)
    assert_close(columns["log_probs"], reference(logits, log=True, dim=dim), dtype, log=True)


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_rows_of_the_whole_file(tmp_path: Path, dtype: str, compression: str | None) -> None:
    logits = np.random.default_rng(8).normal(0, 3, (9001, 33)).astype(dtype)
    logits[5000, 3] = 25
    table = pa.table({"logits": nested(logits)})
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=1500)
    output = run(tmp_path / "in.arrow", "--op", "both", "--dim=0", "--compression", compression or "none")
    columns = READERS["pyarrow"](output)
    for name, log in (("probs", False), ("log_probs", True)):
        expected = reference(logits, log=log, dim=0)
        assert_close(columns[name], expected, dtype, log=log)
        if dtype == "float16":
            off = np.abs(np.asarray(columns[name], dtype=np.float64) - expected) / ulp(expected, dtype)
            assert off.max() <= 0.501
    logitmill("validate", output, "--dim=0")


def test_tensor_extension(tmp_path: Path) -> None:
    logits = np.random.default_rng(7).normal(0, 4, (6, 3, 4)).astype(np.float32)
    batches(pa.table({"logits": pa.FixedShapeTensorArray.from_numpy_ndarray(logits)}), tmp_path / "in.arrow")
    output = run(tmp_path / "in.arrow", "--dim=1")
    column = pa.ipc.open_file(output).read_all()["probs"].combine_chunks()
    assert isinstance(column.type, pa.FixedShapeTensorType)
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    assert_close(column.to_numpy_ndarray(), reference(logits, dim=1))


def test_columns_that_share_a_name(tmp_path: Path) -> None:
    logits = listed(RANDOM.astype(np.float32), "fixed")["logits"]
    table = pa.table([pa.array(range(ROWS)), logits, pa.array(TEXTS)], names=["k", "logits", "k"])
    batches(table, tmp_path / "in.arrow", rows=10)
    found = pa.ipc.open_file(run(tmp_path / "in.arrow")).read_all()
    assert found.column_names == ["k", "probs", "row_sum", "k"]
    assert found.column(0).equals(table.column(0)) and found.column(3).equals(table.column(2))


@pytest.mark.parametrize("kind", ["fixed", "list", "large", "wide"])
@pytest.mark.parametrize("masked", [False, True], ids=["", "mask-nulls"])
def test_nulls(tmp_path: Path, kind: str, masked: bool) -> None:
    """A null counts as -inf when it is masked; otherwise it makes its row null."""
    rows = RANDOM.astype(np.float32).tolist()
    holes = {3: [0], 4: [1, 2, 10], 20: list(range(5))}
    whole = set() if kind == "wide" else {7, 36}
    for row, classes in holes.items():
        for j in classes:
            rows[row][j] = None
    if kind == "wide":
        table = pa.table({name: pa.array([row[j] for row in rows], pa.float32()) for j, name in enumerate(NAMES)})
    else:
        types = {"fixed": pa.list_(pa.float32(), CLASSES), "list": pa.list_(pa.float32()), "large": pa.large_list(pa.float32())}
        table = pa.table({"logits": pa.array([None if i in whole else row for i, row in enumerate(rows)], types[kind])})
    batches(table, tmp_path / "in.arrow", rows=13)
    output = run(tmp_path / "in.arrow", "--layout", "list" if kind == "wide" else "mirror", *(["--mask-nulls"] if masked else []))
    null = whole if masked else whole | set(holes)
    expected = reference([[-np.inf if value is None else value for value in row] for row in rows])
    for name, reader in READERS.items():
        columns = reader(output)
        assert {i for i, row in enumerate(columns["probs"]) if row is None} == null, name
        assert {i for i, value in enumerate(columns["row_sum"]) if value is None} == null, name
        good = [i for i in range(ROWS) if i not in null]
        assert_close([columns["probs"][i] for i in good], expected[good])


KINDS = [["low", "high", None], ["high", "none", "low"], ["low", "high", "none", "other"]]
V4 = pa.ipc.MetadataVersion.V4


def dictionaries(kind: str) -> list[pa.Array]:
    """One array a batch; whether each has a dictionary of its own, or one that goes on from the one before."""
    if kind == "same":
        known = pa.array(["low", "high", "none", "other"])
        return [pa.DictionaryArray.from_arrays(pa.array([2, None, i, 0], pa.int8()), known) for i in range(3)]
    if kind == "growing":
        known = ["low", "high", "none", "other"]
        return [pa.DictionaryArray.from_arrays(pa.array([0, None, i, 1], pa.int16()), pa.array(known[: i + 2])) for i in range(3)]
    return [pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 1], pa.int32()), pa.array(known)) for known in KINDS]


@pytest.mark.parametrize("options", [{}, {"metadata_version": V4}, {"compression": "lz4"}, {"compression": "zstd"}], ids=["V5", "V4", "LZ4", "ZSTD"])
@pytest.mark.parametrize(("kind", "stream"), [("same", False), ("same", True), ("growing", False), ("growing", True), ("replaced", True)])
def test_dictionaries_that_pass_through(tmp_path: Path, kind: str, stream: bool, options: dict) -> None:
    """With deltas where one grows; nested in a list and in a struct, too; in plain outputs and in compressed ones."""
    arrays = dictionaries(kind)
    logits = RANDOM.astype(np.float32)[:4]
    lists = [pa.ListArray.from_arrays(pa.array([0, 1, 1, 3, 4], pa.int32()), array) for array in arrays]
    structs = [pa.StructArray.from_arrays([array], ["inner"]) for array in arrays]
    columns = {"kind": arrays, "many": lists, "struct": structs}
    tables = [pa.record_batch({name: column[i] for name, column in columns.items()} | {name: pa.array(np.ascontiguousarray(logits[:, j])) for j, name in enumerate(NAMES)}) for i in range(3)]
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(tmp_path / "in.arrow", tables[0].schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=kind == "growing", **options)) as writer:
        for table in tables:
            writer.write_batch(table)
    open_input = pa.ipc.open_stream if stream else pa.ipc.open_file
    expected = open_input(tmp_path / "in.arrow").read_all()
    for args in ([], ["--compression", "zstd"], ["--format", "stream"]):
        if kind == "replaced":
            args = ["--format", "stream", *args]
        output = run(tmp_path / "in.arrow", "--op", "both", "--columns", ",".join(NAMES), "--layout", "list", *args)
        opened = pa.ipc.open_stream if "stream" in args else pa.ipc.open_file
        found = opened(output).read_all()
        found.validate(full=True)
        for name in columns:
            assert found[name].to_pylist() == expected[name].to_pylist(), (name, args)
        assert_close(np.vstack(found["probs"].to_pylist()), np.tile(reference(logits), (3, 1)))
