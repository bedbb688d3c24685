#!/usr/bin/env bash
# fastparquet 2026.9.0 (pandas 3.1.1): a column of datetime64[s] is written as its seconds divided by 1,000, called
# milliseconds. 2020-01-01 becomes 1970-01-01 00:26:17.836 for every reader, and of the seconds the last three digits
# are gone: two times within a quarter of an hour are one.
#
# Why it surprises: datetime64[s] is an ordinary type of pandas 3; datetime64 of ms, us and ns are right, and nothing is
# raised.
#
# Seen:
#   datetime64[s]   read as 1970-01-01 00:26:17.836000
#   datetime64[ms]  read as 2020-01-01 00:00:00
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastparquet==2026.9.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import fastparquet
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

read = {}
for unit in "s", "ms", "us", "ns":
    frame = pd.DataFrame({"when": np.array(["2020-01-01"], f"M8[{unit}]")})
    fastparquet.write("t.parquet", frame)
    read[unit] = pd.Timestamp(pq.read_table("t.parquet")["when"][0].as_py())
    print(f"datetime64[{unit}] read as", read[unit])
right = pd.Timestamp("2020-01-01")
assert all(read[unit] == right for unit in ("ms", "us", "ns"))
assert read["s"] != right, "seconds are written as seconds"
PYTHON
