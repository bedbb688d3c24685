#!/usr/bin/env bash
# Polars 2.1.0: floor and ceil of a Float16 column give the column back as it is. Float32, Float64, `truncate`, `round`
# and a cast to an integer are right.
#
# Why it surprises: Float16 is a stable type of Polars, the functions accept it, and nothing is raised; a bin computed
# by `(x * 15).floor()` has a fraction. SQL's FLOOR and CEIL and `list.eval` do the same.
#
# Seen:
#   Float32  floor [1.0, -3.0]   ceil [2.0, -2.0]
#   Float16  floor [1.5, -2.5]   ceil [1.5, -2.5]
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import polars as pl

found = {}
for dtype in pl.Float32, pl.Float16:
    scores = pl.Series("score", [1.5, -2.5], dtype=dtype)
    found[dtype] = scores.floor().to_list(), scores.ceil().to_list()
    print(f"{str(dtype):8} floor {found[dtype][0]}  ceil {found[dtype][1]}")
    assert scores.truncate().to_list() == [1.0, -2.0]
assert found[pl.Float32] == ([1.0, -3.0], [2.0, -2.0])
assert found[pl.Float16] == ([1.5, -2.5], [1.5, -2.5]), "floor and ceil of Float16 do something"
PYTHON
