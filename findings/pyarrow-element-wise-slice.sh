#!/usr/bin/env bash
# pyarrow 26.0.1: max_element_wise and min_element_wise of a slice of a fixed-size binary array give the rows from the
# beginning of the array that was sliced. The same values in an array without an offset give the right answer, and so do
# slices of text and of variable binary.
#
# Why it surprises: bfloat16 scores and ids are kept as fixed-size binary(2) and (16); the maximum of a column with itself is
# not the column as soon as it is a page of a table.
#
# Seen:
#   column                        [b'xyz', b'abc', b'xyz', b'abc', b'xyz']
#   max_element_wise with itself  [b'abc', b'xyz', b'abc', b'xyz', b'abc']: the rows before them
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pyarrow as pa
import pyarrow.compute as pc

rows = [b"abc", b"xyz"] * 3
page = pa.array(rows, pa.binary(3))[1:]
page.validate(full=True)
copy = pa.array(page.to_pylist(), pa.binary(3))
print("column                       ", page.to_pylist())
for function in pc.max_element_wise, pc.min_element_wise:
    assert function(copy, copy).to_pylist() == copy.to_pylist()
    found = function(page, page).to_pylist()
    print(f"{function.__name__} with itself", found)
    assert found != page.to_pylist(), "slices are compared as they are"
variable = pa.array(rows, pa.binary())[1:]
assert pc.max_element_wise(variable, variable).to_pylist() == variable.to_pylist()
PYTHON
