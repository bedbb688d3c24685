"""nanoarrow: its stream writer."""

import nanoarrow as na
import pyarrow as pa
from case import Case, Producer
from nanoarrow.ipc import StreamWriter
from reasons import NESTED
from truth import LOGITS, NAMES, TOKENS, columns, listed, tokens

F32 = pa.float32()


def stream(values: dict, kind=None):
    table = pa.table({name: pa.array(column, kind) if name == "logits" else pa.array(column) for name, column in values.items()})

    def write(path):
        with StreamWriter.from_path(str(path)) as writer:
            writer.write_stream(table)

    return write


def read(path):
    """It reads streams only: `--format stream` makes one."""
    with na.ipc.InputStream.from_path(str(path)) as source:
        rows = na.Array(source).to_pylist()
    return {name: [row[name] for row in rows] for name in rows[0]}


STREAM = ("--format", "stream")
BESIDE = ("id", "text", "label", "loss")

PRODUCER = Producer(
    "nanoarrow",
    na.__version__,
    [
        Case("StreamWriter", "wide.arrows", stream(columns()), LOGITS, "a column a class", options=STREAM, names=NAMES, beside=BESIDE[:3]),
        Case("StreamWriter of list", "list.arrows", stream(listed(), pa.list_(F32)), LOGITS, "list<float>", options=STREAM, beside=BESIDE),
        Case("StreamWriter of tokens x vocabulary", "tokens.arrows", stream(tokens(), pa.list_(pa.list_(F32))), TOKENS,
             "list<list<float>>", options=(*STREAM, "--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
    ],
    read,
)
