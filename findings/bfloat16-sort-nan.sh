#!/usr/bin/env bash
# ml_dtypes 0.6.0 (NumPy 2.4.6): np.sort, np.argsort, np.unique and np.partition leave a bfloat16 (or float8) array
# unsorted as soon as one NaN stands in it, and np.searchsorted and ranks built on them follow.
#
# Why it surprises: NumPy promises that NaN sorts last, for every float type, float16 among them. Here one NaN among the
# scores of a row keeps the top-k of all others from being found, and the result still looks like a sorted array's:
# the same values, the same length.
#
# Seen:
#   float16   sort [1.0, 2.0, 3.0, nan]  top 2 by argsort, NaN left out [3.0, 2.0]
#   bfloat16  sort [3.0, nan, 1.0, 2.0]  top 2 by argsort, NaN left out [2.0, 1.0]
#   float8    sort [3.0, nan, 1.0, 2.0]  top 2 by argsort, NaN left out [2.0, 1.0]
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ml_dtypes==0.6.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import ml_dtypes
import numpy as np

row = [3.0, float("nan"), 1.0, 2.0]
found = {}
for name, dtype in ("float16", np.float16), ("bfloat16", ml_dtypes.bfloat16), ("float8", ml_dtypes.float8_e4m3fn):
    scores = np.array(row, dtype)
    order = np.argsort(scores)[::-1]
    best = [float(scores[at]) for at in order if not np.isnan(scores[at])][:2]
    found[name] = np.sort(scores).astype(float).tolist(), best
    print(f"{name:9} sort {found[name][0]}  top 2 by argsort, NaN left out {best}")
assert found["float16"][1] == [3.0, 2.0]
assert found["bfloat16"][1] != [3.0, 2.0] and found["float8"][1] != [3.0, 2.0], "NaN sorts last"
PYTHON
