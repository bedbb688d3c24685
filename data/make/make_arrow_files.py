"""Writes the small Arrow files under data/arrow/ with pyarrow and Polars: see data/arrow/README.md.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pyarrow==26.0.1 polars==2.1.0
    /tmp/venv/bin/python data/make/make_arrow_files.py data/arrow
"""
import datetime
import decimal
import pathlib
import sys

import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "data/arrow")
folder.mkdir(parents=True, exist_ok=True)


def all_types() -> pa.Table:
    """Two rows of every type that pyarrow can write, nulls among them."""
    int8, int32, f32 = pa.int8(), pa.int32(), pa.float32()
    day = datetime.date(2024, 2, 29)
    noon = datetime.datetime(2024, 2, 29, 12, 0, 0)
    columns = {
        "null": pa.nulls(2),
        "bool": pa.array([True, None]),
        **{str(t): pa.array([1, None], t) for t in (
            int8, pa.int16(), int32, pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
            pa.float16(), f32, pa.float64())},
        "decimal32": pa.array([decimal.Decimal("1.25"), None], pa.decimal32(7, 2)),
        "decimal64": pa.array([decimal.Decimal("1.25"), None], pa.decimal64(15, 2)),
        "decimal128": pa.array([decimal.Decimal("1.25"), None], pa.decimal128(30, 2)),
        "decimal256": pa.array([decimal.Decimal("1.25"), None], pa.decimal256(60, 2)),
        "date32": pa.array([day, None], pa.date32()),
        "date64": pa.array([day, None], pa.date64()),
        "time32": pa.array([noon.time(), None], pa.time32("ms")),
        "time64": pa.array([noon.time(), None], pa.time64("ns")),
        "timestamp": pa.array([noon, None], pa.timestamp("us")),
        "timestamp_zone": pa.array([noon, None], pa.timestamp("ns", "Europe/Berlin")),
        "duration": pa.array([datetime.timedelta(seconds=1), None], pa.duration("s")),
        "interval": pa.array([pa.MonthDayNano([1, 2, 3]), None], pa.month_day_nano_interval()),
        "binary": pa.array([b"a\xff", None], pa.binary()),
        "large_binary": pa.array([b"a\xff", None], pa.large_binary()),
        "binary_view": pa.array([b"longer than twelve bytes", None], pa.binary_view()),
        "utf8": pa.array(["é", None]),
        "large_utf8": pa.array(["é", None], pa.large_string()),
        "utf8_view": pa.array(["longer than twelve bytes", "short"], pa.string_view()),
        "fixed_size_binary": pa.array([b"abc", None], pa.binary(3)),
        "list": pa.array([[1.0, None], None], pa.list_(f32)),
        "large_list": pa.array([[1.0], []], pa.large_list(f32)),
        "list_view": pa.array([[1.0], [2.0, 3.0]], pa.list_view(f32)),
        "large_list_view": pa.array([[1.0], None], pa.large_list_view(f32)),
        "fixed_size_list": pa.array([[1.0, 2.0], None], pa.list_(f32, 2)),
        "tensor": pa.FixedShapeTensorArray.from_storage(
            pa.fixed_shape_tensor(f32, [2, 3]), pa.array([[1.0] * 6, [2.0] * 6], pa.list_(f32, 6))),
        "struct": pa.array([{"a": 1, "b": ["x"]}, None], pa.struct([("a", int8), ("b", pa.list_(pa.string()))])),
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), int32)),
        "sparse_union": pa.UnionArray.from_sparse(
            pa.array([0, 1], int8), [pa.array([1, 2], int32), pa.array(["a", "b"])]),
        "dense_union": pa.UnionArray.from_dense(
            pa.array([5, 7], int8), pa.array([0, 0], int32), [pa.array([1], int32), pa.array(["b"])], type_codes=[5, 7]),
        "run_end_encoded": pa.RunEndEncodedArray.from_arrays(pa.array([2], int32), pa.array([1.5], f32)),
        "dictionary": pa.array(["red", None]).dictionary_encode(),
        "dictionary_ordered": pa.DictionaryArray.from_arrays(
            pa.array([1, 0], pa.uint16()), pa.array(["lo", "hi"], pa.large_string()), ordered=True),
        "list_of_dictionary": pa.ListArray.from_arrays(
            pa.array([0, 1, 2], int32), pa.array(["red", "blue"]).dictionary_encode()),
        "dictionary_of_struct": pa.DictionaryArray.from_arrays(
            pa.array([0, 0], int8),
            pa.StructArray.from_arrays([pa.array(["x"]).dictionary_encode(), pa.array([1.0])], ["inner", "value"])),
        "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16, None], pa.binary(16))),
    }
    schema = pa.schema(
        [pa.field(name, column.type, metadata={"of": name, b"bytes": b"\xff\x00"}) for name, column in columns.items()],
        metadata={"origin": "logitmill", b"pickle": b"\x80\x04K\x01."},
    )
    return pa.table(list(columns.values()), schema=schema)


def write(name: str, tables: list[pa.Table], options: ipc.IpcWriteOptions | None = None, stream: bool = False) -> None:
    new = ipc.new_stream if stream else ipc.new_file
    with new(str(folder / name), tables[0].schema, options=options) as writer:
        for table in tables:
            writer.write_table(table)


def logits(rows: int, first: int = 0) -> pa.Table:
    values = pa.array([(first * 3 + i) / 4 for i in range(rows * 3)], pa.float32())
    return pa.table({
        "id": pa.array(range(first, first + rows), pa.int64()),
        "logits": pa.FixedSizeListArray.from_arrays(values, 3),
    })


every = all_types()
write("all-types.arrow", [every])
write("all-types.arrows", [every], stream=True)
# Readers of version 4 know no unions without validity, so that pyarrow writes one.
write("all-types-v4.arrow", [every], ipc.IpcWriteOptions(metadata_version=ipc.MetadataVersion.V4))
write("legacy.arrows", [logits(4)], ipc.IpcWriteOptions(use_legacy_format=True, metadata_version=ipc.MetadataVersion.V4), stream=True)
write("legacy.arrow", [logits(4), logits(2, 4)], ipc.IpcWriteOptions(use_legacy_format=True, metadata_version=ipc.MetadataVersion.V4))
write("batches.arrow", [logits(3), logits(0, 3), logits(5, 3)])
write("batches.arrows", [logits(3), logits(0, 3), logits(5, 3)], stream=True)
write("no-batches.arrow", [logits(0)][:1])
write("lz4.arrow", [logits(64)], ipc.IpcWriteOptions(compression="lz4"))
write("zstd.arrow", [logits(64)], ipc.IpcWriteOptions(compression="zstd"))

coloured = [pa.table({"colour": pa.array(names).dictionary_encode(), "x": pa.array([0.5] * len(names), pa.float32())})
            for names in (["red", "blue"], ["red", "blue", "green"], ["black"])]
write("delta.arrows", coloured[:2], ipc.IpcWriteOptions(emit_dictionary_deltas=True), stream=True)
write("delta.arrow", coloured[:2], ipc.IpcWriteOptions(emit_dictionary_deltas=True))
write("replaced.arrows", coloured, stream=True)

frame = pl.DataFrame({
    "id": [1, 2, 3],
    "name": ["a", None, "a text of more than twelve bytes"],
    "kind": pl.Series(["x", "y", "x"], dtype=pl.Categorical),
    "level": pl.Series(["lo", "hi", "lo"], dtype=pl.Enum(["lo", "hi"])),
    "logits": pl.Series([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=pl.Array(pl.Float32, 2)),
    "ragged": pl.Series([[1.0], [], None], dtype=pl.List(pl.Float64)),
})
frame.write_ipc(folder / "polars.arrow")
frame.write_ipc_stream(folder / "polars.arrows")
frame.write_ipc(folder / "polars-zstd.arrow", compression="zstd")
