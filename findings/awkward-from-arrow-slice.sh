#!/usr/bin/env bash
# awkward 2.14.0 (pyarrow 26.0.1): ak.from_arrow of a sliced Arrow array with nulls takes the values from the slice and
# the nulls from the beginning of the array that was sliced. Rows lose their value, missing rows get one (0.0), and
# lists of logits shift against their validity in the same way.
#
# Why it surprises: a slice is the everyday form of an Arrow array (a page of a table, a batch of a file), its offset is
# part of the format, and without nulls the same call is right. Nothing is raised, and the length is right.
#
# Seen:
#   floats  Arrow [None, 2.5, 3.5, None, 5.5]            awkward [0.0, None, 3.5, 0.0, None]
#   lists   Arrow [None, [3.0], [4.0, 5.0]]              awkward [[], None, [4.0, 5.0]]
#   chunked Arrow [None, 2.5, 3.5, None, 5.5]            awkward [0.0, None, 3.5, 0.0, None]
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check awkward==2.14.0 pyarrow==26.0.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import awkward as ak
import pyarrow as pa

floats = pa.array([1.5, None, 2.5, 3.5, None, 5.5])[1:]
lists = pa.array([[1.0, 2.0], None, [3.0], [4.0, 5.0]])[1:]
wrong = 0
for name, array in ("floats", floats), ("lists", lists), ("chunked", pa.table({"x": floats})["x"]):
    array.validate(full=True)
    read = ak.from_arrow(array).to_list()
    print(f"{name:7} Arrow {str(array.to_pylist()):40} awkward {read}")
    wrong += read != array.to_pylist()
    # The same values without an offset are read as they are.
    assert ak.from_arrow(pa.array(array.to_pylist())).to_list() == array.to_pylist()
assert wrong == 3, "awkward reads sliced arrays with nulls as they are"
PYTHON
