"""PyTorch and pyarrow on one column a class, a record batch at a time: INPUT OUTPUT.

The columns of a batch are copied into one preallocated matrix, classes by rows, so that results are columns again.
Does not do: sums, validation, an output that is whole or absent.
"""

import sys

import pyarrow as pa
import torch

with pa.memory_map(sys.argv[1]) as mapped, pa.OSFile(sys.argv[2], "wb") as sink:
    reader = pa.ipc.open_file(mapped)
    space = None
    with pa.ipc.new_file(sink, reader.schema) as writer:
        for index in range(reader.num_record_batches):
            batch = reader.get_batch(index)
            columns = [torch.from_numpy(column.to_numpy()) for column in batch.columns]
            if space is None or space[0].shape[1] != batch.num_rows:
                shape = (len(columns), batch.num_rows)
                space = [torch.empty(shape, dtype=columns[0].dtype) for _ in range(2)]
            logits, probs = space
            torch.stack(columns, out=logits)
            torch.softmax(logits, dim=0, out=probs)
            arrays = [pa.array(column) for column in probs.numpy()]
            writer.write_batch(pa.record_batch(arrays, schema=reader.schema))
