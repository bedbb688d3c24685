"""pyarrow's CSV reader and PyTorch, a block of text at a time, every number read as float32: INPUT OUTPUT.

The columns of a block are copied into one matrix, classes by rows; pyarrow parses on all cores.
Does not do: sums, validation, an output that is whole or absent.
"""

import sys

import pyarrow as pa
import pyarrow.csv
import torch

with open(sys.argv[1], encoding="utf8") as file:
    names = file.readline().rstrip("\n").split(",")
reader = pa.csv.open_csv(
    sys.argv[1],
    read_options=pa.csv.ReadOptions(block_size=16 << 20),
    convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float32())),
)
with pa.OSFile(sys.argv[2], "wb") as sink, pa.ipc.new_file(sink, reader.schema) as writer:
    for batch in reader:
        logits = torch.stack([torch.from_numpy(column.to_numpy()) for column in batch.columns])
        probs = torch.softmax(logits, dim=0)
        arrays = [pa.array(column) for column in probs.numpy()]
        writer.write_batch(pa.record_batch(arrays, schema=reader.schema))
