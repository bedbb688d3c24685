#!/usr/bin/env bash
# nanoarrow 0.9.0 (Python): decimals below zero are read as if their bits were unsigned. -3.50 as decimal128(5, 2)
# becomes 3.4028E+36, a number of 39 digits in a column of five; decimal256 likewise.
#
# Why it surprises: the type is valid, two's complement is what the format says, positive values are right, and the
# result is an ordinary Decimal. (3.4028E+36 is the beginning of 2**128 - 350 at the precision of the column.)
#
# Seen:
#   decimal128(5, 2)   Arrow ['1.25', '-3.50']   nanoarrow ['1.25', '3.4028E+36']
#   decimal256(50, 2)  Arrow ['1.25', '-3.50']   nanoarrow ['1.25', '1.1579208923731619542357098500868790785326998466564E+75']
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nanoarrow==0.9.0 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import nanoarrow as na
import pyarrow as pa

values = [Decimal("1.25"), Decimal("-3.50")]
for arrow_type in pa.decimal128(5, 2), pa.decimal256(50, 2):
    array = pa.array(values, arrow_type)
    array.validate(full=True)
    read = na.Array(array).to_pylist()
    print(arrow_type, "Arrow", list(map(str, array.to_pylist())), "nanoarrow", list(map(str, read)))
    assert read[0] == values[0]
    assert read[1] > 0, "negative decimals are read as negative"
PYTHON
