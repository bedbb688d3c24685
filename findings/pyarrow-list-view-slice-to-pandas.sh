#!/usr/bin/env bash
# pyarrow 26.0.1 (pandas 3.1.1): to_pandas of a slice of a list-view column with nulls applies the slice's offset to the
# nulls twice. Rows that hold a list come out as None, null rows as somebody else's list. to_pylist of the same slice
# is right, and so is to_pandas of the same slice of an ordinary list column.
#
# Why it surprises: a page of a table (`table[2:]`) loses its lists only on the way to pandas, in silence.
#
# Seen:
#   to_pylist  [[3.0, 4.0], None, [5.0], [6.0]]
#   to_pandas  [None, None, None, None] list_view (and large_list_view)
#   to_pandas  [[3.0, 4.0], None, [5.0], [6.0]] list_
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pyarrow as pa

rows = [[1.0], [2.0], [3.0, 4.0], None, [5.0], [6.0]]


def through_pandas(kind):
    column = pa.table({"logits": pa.array(rows, kind(pa.float32()))})[2:]["logits"]
    column.validate(full=True)
    assert column.to_pylist() == rows[2:]
    return [None if row is None else list(map(float, row)) for row in column.to_pandas()]


print("to_pylist ", rows[2:])
for kind in pa.list_view, pa.large_list_view, pa.list_:
    print("to_pandas ", through_pandas(kind), kind.__name__)
assert through_pandas(pa.list_) == rows[2:]
assert through_pandas(pa.list_view) != rows[2:] and through_pandas(pa.large_list_view) != rows[2:], "list views are right"
PYTHON
