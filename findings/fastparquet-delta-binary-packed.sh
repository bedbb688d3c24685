#!/usr/bin/env bash
# fastparquet 2026.9.0: a column of int32 in the encoding DELTA_BINARY_PACKED (here written by pyarrow 26.0.1) is read with
# wrong numbers once its deltas need many bits. The first values are right, the later ones are not.
#
# Why it surprises: ids and labels are what this encoding is for, the file is plain Parquet (pyarrow and DuckDB read
# it), and small numbers come out right, so that a first look at the column shows nothing.
#
# Seen:
#   written      [5, 2000000000, -2000000000, 7, 1900000000, 3, 11, 2]
#   fastparquet  [5, 2000000000, -2000000000, 402653191, -1488997632, 905969667, -989855733, 1409286146]
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

ids = [5, 2_000_000_000, -2_000_000_000, 7, 1_900_000_000, 3, 11, 2]
table = pa.table({"id": pa.array(ids, pa.int32())})
pq.write_table(table, "ids.parquet", use_dictionary=False, column_encoding={"id": "DELTA_BINARY_PACKED"})
assert pq.read_table("ids.parquet")["id"].to_pylist() == ids
read = fastparquet.ParquetFile("ids.parquet").to_pandas()["id"].tolist()
print("written    ", ids)
print("fastparquet", read)
assert len(read) == len(ids) and read != ids, "fastparquet reads these deltas"
PYTHON
