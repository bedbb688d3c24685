"""Polars on one column a class, streaming from file to file: INPUT OUTPUT.

Does not do: sums, validation, an output that is whole or absent.
"""

import sys

import polars as pl

logits = pl.scan_ipc(sys.argv[1])
names = logits.collect_schema().names()
columns = pl.col(names)
(
    logits.with_columns(largest=pl.max_horizontal(names))
    .with_columns((columns - pl.col("largest")).exp())
    .with_columns(total=pl.sum_horizontal(names))
    .select(columns / pl.col("total"))
    .sink_ipc(sys.argv[2], compression="uncompressed")
)
