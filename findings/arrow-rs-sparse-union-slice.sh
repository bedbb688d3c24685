#!/usr/bin/env bash
# arro3-core 0.9.1 and datafusion 55.0.0, both on arrow-rs, given a slice of a sparse union by pyarrow 26.0.1: the type of
# each row comes from the slice, its value from the beginning of the array that was sliced. The column has the right
# length and the values of other rows.
#
# Why it surprises: the offset of a union is handed over in the C data interface as for any other type; dense unions and
# slices of all other types that were tried arrive whole. Here two libraries agree on wrong rows.
#
# Seen:
#   pyarrow     ['c', 3.0, 'e', 5.0]
#   arro3       ['a', 1.0, 'c', 3.0]
#   datafusion  ['a', 1.0, 'c', 3.0]
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check arro3-core==0.9.1 datafusion==55.0.0 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import arro3.core
import datafusion
import pyarrow as pa

types = pa.array([1, 0] * 4, pa.int8())
union = pa.UnionArray.from_sparse(types, [pa.array([float(row) for row in range(8)]), pa.array(list("abcdefgh"))])
table = pa.table({"score": union.slice(2, 4)})
table.validate(full=True)
want = table["score"].to_pylist()
rows = {
    "pyarrow": want,
    "arro3": [value.as_py() for value in arro3.core.Table.from_arrow(table)["score"]],
    "datafusion": datafusion.SessionContext().from_arrow(table).to_arrow_table()["score"].to_pylist(),
}
for name, values in rows.items():
    print(f"{name:11} {values}")
assert want == ["c", 3.0, "e", 5.0]
assert rows["arro3"] != want and rows["datafusion"] != want, "slices of sparse unions arrive whole"
PYTHON
