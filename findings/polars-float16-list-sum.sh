#!/usr/bin/env bash
# Polars 2.1.0: `list.sum` and `arr.sum` of Float16 add in float16 and stand still at 2,048; `Series.sum`,
# `group_by().agg(sum)` and `arr.mean` of the same numbers do not.
#
# Why it surprises: the same 5,000 ones sum to 5,000 as a column and to 2,048 as a list or an array, so that a check of
# rows of half-precision probabilities depends on how they are laid out: 5,000 probabilities of 1/5,000 sum to 0.5 in
# the list, to 1 in the column.
#
# Seen:
#   5,000 ones           Series.sum 5000     list.sum 2048     arr.sum 2048
#   5,000 times 1/5,000  Series.sum 1        list.sum 0.5      arr.sum 0.5
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import polars as pl

for name, value in ("5,000 ones", 1.0), ("5,000 times 1/5,000", 1 / 5000):
    values = np.full(5000, value, np.float16)
    column = pl.Series(values).sum()
    lists = pl.Series(values).implode().list.sum().item()
    arrays = pl.Series(values.reshape(1, -1)).arr.sum().item()
    print(f"{name:20} Series.sum {column:<8.4g} list.sum {lists:<8.4g} arr.sum {arrays:.4g}")
    assert abs(column / (5000 * value) - 1) < 0.01
    assert lists < 0.7 * column and arrays < 0.7 * column, "lists sum to what columns sum to"
PYTHON
