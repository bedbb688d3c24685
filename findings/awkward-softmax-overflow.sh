#!/usr/bin/env bash
# awkward 2.14.0: ak.softmax takes exp of the values as they are, not of their distance to the maximum. A logit of 100 in
# float32, or of 1000 in float64, makes the probability of the sure winner nan, and rows of very negative logits become
# nan throughout.
#
# Why it surprises: softmax does not change when a constant is taken from all logits, and every other softmax of the
# field (SciPy, PyTorch, JAX, scikit-learn) makes use of it. The docstring gives the formula without a word on
# where it ends; what NumPy says are warnings on an exp and a division inside the library.
#
# Seen:
#   float32 [0, 100]          awkward [0.0, nan]       SciPy [3.78e-44, 1.0]
#   float64 [0, 1000]         awkward [0.0, nan]       SciPy [0.0, 1.0]
#   float64 [-1000, -1001]    awkward [nan, nan]       SciPy [0.731, 0.269]
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check awkward==2.14.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import awkward as ak
import numpy as np
from scipy.special import softmax

warnings.simplefilter("ignore")
unlike = 0
for dtype, row in ("float32", [0, 100]), ("float64", [0, 1000]), ("float64", [-1000, -1001]):
    logits = np.array([row], dtype)
    ours, theirs = ak.softmax(ak.Array(logits), axis=-1).to_numpy()[0], softmax(logits, axis=-1)[0]
    print(dtype, row, "awkward", ours.tolist(), "SciPy", [float(f"{value:.3g}") for value in theirs])
    unlike += not np.isfinite(ours).all() and np.isfinite(theirs).all()
assert unlike == 3, "awkward's softmax stands large logits"
PYTHON
