#!/usr/bin/env bash
# fastparquet 2026.9.0: lists of lists, and lists of text without a dictionary, are read as a column of None: every row,
# in silence.
#
# Why it surprises: lists of floats are read, and so are lists of text when the writer made a dictionary; the type of the
# column is seen (to_pandas gives the column), and the rows are counted. Tokens x vocabulary, or class names, are simply
# missing, where an error would say that they cannot be read.
#
# Seen:
#   list<float>                   [[1.5, 2.5], [3.5]]
#   list<list<float>>             [None, None]
#   list<string>, dictionary      [['a', 'b'], ['c']]
#   list<string>, no dictionary   [None, None]
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastparquet==2026.9.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import fastparquet
import pyarrow as pa
import pyarrow.parquet as pq


def plain(item):
    return item.item() if hasattr(item, "item") else item


def read(rows, **options):
    pq.write_table(pa.table({"x": rows}), "x.parquet", **options)
    assert pq.read_table("x.parquet")["x"].to_pylist() == rows
    return [None if row is None else [plain(item) for item in row] for row in fastparquet.ParquetFile("x.parquet").to_pandas()["x"]]


floats, nested, names = [[1.5, 2.5], [3.5]], [[[1.5], [2.5]], [[3.5]]], [["a", "b"], ["c"]]
found = {
    "list<float>": read(floats),
    "list<list<float>>": read(nested),
    "list<string>, dictionary": read(names),
    "list<string>, no dictionary": read(names, use_dictionary=False),
}
for name, rows in found.items():
    print(f"{name:28} {rows}")
assert found["list<float>"] == floats and found["list<string>, dictionary"] == names
assert found["list<list<float>>"] == found["list<string>, no dictionary"] == [None, None], "the lists are read"
PYTHON
