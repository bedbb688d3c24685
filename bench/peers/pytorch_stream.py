"""PyTorch and pyarrow, a record batch at a time, in constant memory: INPUT OUTPUT [softmax|log_softmax|both].

INPUT is an Arrow file with one list column, or a folder of them. The input is mapped, tensors are views of it,
results go to one preallocated tensor that is written without another copy; torch uses all cores.
Does not do: sums, validation, an output that is whole or absent.
"""

import pathlib
import sys

import pyarrow as pa
import torch

OPS = {"softmax": torch.softmax, "log_softmax": torch.log_softmax}
NAMES = {"softmax": "probs", "log_softmax": "log_probs"}


def convert(source, target, ops):
    with pa.memory_map(str(source)) as mapped, pa.OSFile(str(target), "wb") as sink:
        reader = pa.ipc.open_file(mapped)
        kind = reader.schema.field("logits").type
        classes = kind.list_size
        schema = pa.schema([pa.field(NAMES[op], kind, nullable=False) for op in ops])
        results = {}
        with pa.ipc.new_file(sink, schema) as writer:
            for index in range(reader.num_record_batches):
                column = reader.get_batch(index).column("logits")
                logits = torch.from_numpy(column.flatten().to_numpy()).view(-1, classes)
                arrays = []
                for op in ops:
                    if op not in results or results[op].shape[0] < logits.shape[0]:
                        results[op] = torch.empty_like(logits)
                    result = results[op][: logits.shape[0]]
                    OPS[op](logits, dim=1, out=result)
                    values = pa.array(result.view(-1).numpy())
                    arrays.append(pa.FixedSizeListArray.from_arrays(values, type=kind))
                writer.write_batch(pa.record_batch(arrays, schema=schema))


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:3])
    op = sys.argv[3] if len(sys.argv) > 3 else "softmax"
    ops = ["softmax", "log_softmax"] if op == "both" else [op]
    if source.is_dir():
        target.mkdir()
        for file in sorted(source.iterdir()):
            convert(file, target / file.name, ops)
    else:
        convert(source, target, ops)
