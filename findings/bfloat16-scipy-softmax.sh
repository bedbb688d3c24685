#!/usr/bin/env bash
# SciPy 1.17.1 over ml_dtypes 0.6.0 (NumPy 2.4.6): scipy.special.softmax takes a bfloat16 array and gives bfloat16
# "probabilities" whose sum is 3.9 for 1,000 equal logits; log_softmax is off by 1.4. For float8_e4m3fn the row sums to
# 62.5.
#
# Why it surprises: the accumulator of NumPy's sum has the type of the array for these types (float16 is summed in
# float32), so that it stands still at 256 (at 16 in float8), and SciPy builds its denominator on it. Each value
# printed alone looks fine, and no warning is given. A sum that stands still is known of ml_dtypes; what becomes of it
# in a softmax is not said anywhere.
#
# Seen:
#   float16        each 0.0010004   row sum 1.0004   log_softmax -6.9062
#   bfloat16       each 0.0039062   row sum 3.9062   log_softmax -5.5312
#   float8_e4m3fn  each 0.0625      row sum 62.5
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ml_dtypes==0.6.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import ml_dtypes
import numpy as np
from scipy.special import log_softmax, softmax

sums = {}
for dtype in np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn:
    logits = np.zeros(1000, dtype)
    probs = softmax(logits)
    name = np.dtype(dtype).name
    assert probs.dtype == dtype
    sums[name] = probs.astype(np.float64).sum()
    logs = "" if name.startswith("float8") else f"log_softmax {float(log_softmax(logits)[0]):.4f}"
    print(f"{name:14} each {float(probs[0]):<11.5g} row sum {sums[name]:<8.5g} {logs}")
assert abs(sums["float16"] - 1) < 0.01
assert sums["bfloat16"] > 2 and sums["float8_e4m3fn"] > 2, "rows of bfloat16 sum to one"
PYTHON
