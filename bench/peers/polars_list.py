"""Polars on one list column, streaming from file to file: INPUT OUTPUT.

Does not do: sums, validation, an output that is whole or absent.
"""

import sys

import polars as pl

element = pl.element()
shifted = (element - element.max()).exp()
(
    pl.scan_ipc(sys.argv[1])
    .select(probs=pl.col("logits").arr.eval(shifted / shifted.sum()))
    .sink_ipc(sys.argv[2], compression="uncompressed")
)
