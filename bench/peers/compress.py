"""Copies an Arrow file with its bodies compressed: INPUT OUTPUT lz4|zstd."""

import sys

import pyarrow as pa

options = pa.ipc.IpcWriteOptions(compression=sys.argv[3])
with pa.memory_map(sys.argv[1]) as mapped, pa.OSFile(sys.argv[2], "wb") as sink:
    reader = pa.ipc.open_file(mapped)
    with pa.ipc.new_file(sink, reader.schema, options=options) as writer:
        for index in range(reader.num_record_batches):
            writer.write_batch(reader.get_batch(index))
