"""Polars from CSV to Arrow, streaming, every number read as float32: INPUT OUTPUT.

Does not do: sums, validation, an output that is whole or absent, rounding text to float32 once.
"""

import sys

import polars as pl

with open(sys.argv[1], encoding="utf8") as file:
    names = file.readline().rstrip("\n").split(",")
columns = pl.col(names)
(
    pl.scan_csv(sys.argv[1], schema=dict.fromkeys(names, pl.Float32))
    .with_columns(largest=pl.max_horizontal(names))
    .with_columns((columns - pl.col("largest")).exp())
    .with_columns(total=pl.sum_horizontal(names))
    .select(columns / pl.col("total"))
    .sink_ipc(sys.argv[2], compression="uncompressed")
)
