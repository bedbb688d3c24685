"""PyTorch and pyarrow, over the rows of the file, in constant memory: INPUT OUTPUT.

INPUT is an Arrow file with one list column. Two passes over the mapped file: maximum and sum of every column,
merged batch by batch in float64, then the results.
Does not do: sums of what was written, validation, an output that is whole or absent.
"""

import sys

import pyarrow as pa
import torch

with pa.memory_map(sys.argv[1]) as mapped, pa.OSFile(sys.argv[2], "wb") as sink:
    reader = pa.ipc.open_file(mapped)
    kind = reader.schema.field("logits").type
    schema = pa.schema([pa.field("probs", kind, nullable=False)])

    def batches():
        for index in range(reader.num_record_batches):
            column = reader.get_batch(index).column("logits")
            yield torch.from_numpy(column.flatten().to_numpy()).view(-1, kind.list_size)

    total = None
    for logits in batches():
        part = torch.logsumexp(logits, dim=0).double()
        total = part if total is None else torch.logaddexp(total, part)
    total = total.to(logits.dtype)

    space = None
    with pa.ipc.new_file(sink, schema) as writer:
        for logits in batches():
            if space is None or len(space) < len(logits):
                space = torch.empty_like(logits)
            result = space[: len(logits)]
            torch.sub(logits, total, out=result).exp_()
            values = pa.array(result.view(-1).numpy())
            writer.write_batch(
                pa.record_batch([pa.FixedSizeListArray.from_arrays(values, type=kind)], schema=schema)
            )
