"""arro3: the IPC, CSV and Parquet writers of arrow-rs."""

from importlib.metadata import version

import arro3.core
import arro3.io
import pyarrow as pa
from case import Case, Producer, Refusal
from reasons import NESTED
from truth import ANIMALS, LOGITS, NAMES, RAGGED, TOKENS, columns, listed, tokens

F32 = pa.float32()


def read(path):
    table = arro3.io.read_ipc(path).read_all()
    return {name: [value.as_py() for value in table[name]] for name in table.column_names}


def table(values: dict, kind=None) -> arro3.core.Table:
    arrays = {name: pa.array(column, kind) if name == "logits" else pa.array(column) for name, column in values.items()}
    return arro3.core.Table.from_arrow(pa.table(arrays))


wide, with_loss, animals = table(columns()), table(columns(loss=True)), table(dict(zip(ANIMALS, LOGITS.T.copy(), strict=True)))
lists, ragged, nested = table(listed(), pa.list_(F32)), table(listed(RAGGED), pa.list_(F32)), table(tokens(), pa.list_(pa.list_(F32)))
BESIDE = ("id", "text", "label", "loss")

PRODUCER = Producer(
    "arro3 (arrow-rs)",
    version("arro3-core"),
    [
        Case("write_ipc", "wide.arrow", lambda path: arro3.io.write_ipc(wide, path), LOGITS, "a column a class, LZ4", names=NAMES,
             beside=BESIDE[:3]),
        Case("write_ipc, a loss beside", "loss.arrow", lambda path: arro3.io.write_ipc(with_loss, path), None, "a column a class, LZ4",
             refusal=Refusal(2, ("loss", "logit_"))),
        Case("write_ipc of list", "list.arrow", lambda path: arro3.io.write_ipc(lists, path), LOGITS, "list<float>, LZ4", beside=BESIDE),
        Case("write_ipc of list, ragged", "ragged.arrow", lambda path: arro3.io.write_ipc(ragged, path, compression=None), RAGGED,
             "list<float>", beside=BESIDE),
        Case("write_ipc of tokens x vocabulary", "tokens.arrow", lambda path: arro3.io.write_ipc(nested, path), TOKENS,
             "list<list<float>>, LZ4", options=("--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("write_ipc_stream", "list.arrows", lambda path: arro3.io.write_ipc_stream(lists, path), LOGITS, "list<float>, LZ4",
             beside=BESIDE),
        Case("write_csv", "animals.csv", lambda path: arro3.io.write_csv(animals, path), LOGITS, "text", names=ANIMALS),
    ],
    read,
)
