"""Daft: its tensors, and its lists, as Arrow."""

import daft
import pyarrow as pa
from case import Case, Producer, plain
from daft import DataType
from reasons import DAFT
from truth import IDS, LOGITS, NAMES, TENSOR, columns, listed

F32 = DataType.float32()


def arrow(make):
    def write(path):
        table = make().to_arrow()
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)

    return write


def csv(path):
    folder = path.with_name(f"{path.name}.parts")
    daft.from_pydict({name: LOGITS[:, j] for j, name in enumerate(NAMES)}).write_csv(str(folder))
    next(folder.glob("*.csv")).rename(path)


def read(path):
    found = daft.from_arrow(pa.ipc.open_file(path).read_all()).to_pydict()
    return {name: [plain(value) for value in values] for name, values in found.items()}


def lists(kind):
    return lambda: daft.from_pydict(listed()).with_column("logits", daft.col("logits").cast(kind))


PRODUCER = Producer(
    "Daft",
    daft.__version__,
    [
        Case("to_arrow", "wide.arrow", arrow(lambda: daft.from_pydict(columns())), LOGITS, "a column a class", names=NAMES,
             beside=("id", "text", "label")),
        Case("to_arrow of List", "list.arrow", arrow(lists(DataType.list(F32))), LOGITS, "large_list<float>", beside=("id", "text")),
        Case("to_arrow of FixedSizeList", "fixed.arrow", arrow(lists(DataType.fixed_size_list(F32, 6))), LOGITS,
             "fixed_size_list<float>[6]", beside=("id", "text")),
        Case("to_arrow of NumPy rows", "tensor.arrow", arrow(lambda: daft.from_pydict({"id": IDS, "logits": list(TENSOR)})), TENSOR,
             "daft.super_extension, struct<data, shape>", beside=("id",), missing=DAFT),
        Case("write_csv", "scores.csv", csv, LOGITS, "text", names=NAMES),
    ],
    read,
)
