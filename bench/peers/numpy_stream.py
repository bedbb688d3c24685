"""NumPy and pyarrow, a record batch at a time, on all cores: INPUT OUTPUT.

INPUT is an Arrow file with one list column, or a folder of them. The input is mapped, every core has some rows of
each batch, in blocks that stay in its cache, in place in one preallocated result.
Does not do: sums, validation, an output that is whole or absent.
"""

import concurrent.futures
import os
import pathlib
import sys

import numpy as np
import pyarrow as pa

BLOCK_BYTES = 256 * 1024
CORES = len(os.sched_getaffinity(0))


def softmax(logits, result):
    rows = max(1, BLOCK_BYTES // (logits.itemsize * logits.shape[1]))
    for first in range(0, len(logits), rows):
        block, out = logits[first : first + rows], result[first : first + rows]
        if block.dtype == np.float16:  # NumPy computes in halves bit by bit
            block = block.astype(np.float32)
            work = block
        else:
            work = out
        np.subtract(block, block.max(axis=1, keepdims=True), out=work)
        np.exp(work, out=work)
        np.divide(work, work.sum(axis=1, keepdims=True), out=out, casting="same_kind")


def convert(source, target, pool):
    with pa.memory_map(str(source)) as mapped, pa.OSFile(str(target), "wb") as sink:
        reader = pa.ipc.open_file(mapped)
        kind = reader.schema.field("logits").type
        schema = pa.schema([pa.field("probs", kind, nullable=False)])
        space = None
        with pa.ipc.new_file(sink, schema) as writer:
            for index in range(reader.num_record_batches):
                column = reader.get_batch(index).column("logits")
                logits = column.flatten().to_numpy().reshape(-1, kind.list_size)
                if space is None or len(space) < len(logits):
                    space = np.empty_like(logits)
                result = space[: len(logits)]
                parts = min(CORES, len(logits))
                list(pool.map(softmax, np.array_split(logits, parts), np.array_split(result, parts)))
                values = pa.array(result.reshape(-1))
                writer.write_batch(
                    pa.record_batch([pa.FixedSizeListArray.from_arrays(values, type=kind)], schema=schema)
                )


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:])
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        if source.is_dir():
            target.mkdir()
            for file in sorted(source.iterdir()):
                convert(file, target / file.name, pool)
        else:
            convert(source, target, pool)
