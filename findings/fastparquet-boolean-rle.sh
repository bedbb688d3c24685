#!/usr/bin/env bash
# fastparquet 2026.9.0: a boolean column in the encoding RLE, in a data page of version 1 (here written by pyarrow
# 26.0.1), is read with its values shifted: the four bytes of the run's length are not passed over.
#
# Why it surprises: the file is valid and read right by pyarrow, DuckDB and Polars; with the same encoding in a page of
# version 2, or with PLAIN, fastparquet is right too. A column "correct" comes out as its own opposite.
#
# Seen:
#   written      [True, False, True, False, True, False, True]
#   fastparquet  [False, True, False, True, False, True, False]
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

correct = [True, False, True, False, True, False, True]


def read(version, encoding):
    table = pa.table({"correct": correct})
    pq.write_table(table, "c.parquet", use_dictionary=False, data_page_version=version, column_encoding={"correct": encoding})
    assert pq.read_table("c.parquet")["correct"].to_pylist() == correct
    return fastparquet.ParquetFile("c.parquet").to_pandas()["correct"].tolist()


print("written    ", correct)
print("fastparquet", read("1.0", "RLE"))
assert read("1.0", "PLAIN") == correct and read("2.0", "RLE") == correct
assert read("1.0", "RLE") != correct, "fastparquet reads runs of booleans in pages of version 1"
PYTHON
