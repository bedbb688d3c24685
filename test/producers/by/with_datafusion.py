"""DataFusion: COPY TO as Arrow and CSV."""

import datafusion
import pyarrow as pa
from case import Case, Producer, Refusal
from reasons import NESTED, PARQUET
from truth import ANIMALS, LOGITS, NAMES, TOKENS, columns, listed, tokens


def read(path):
    context = datafusion.SessionContext()
    context.register_arrow("ours", str(path))
    return {name: column.to_pylist() for name, column in zip(*whole(context.sql("select * from ours")), strict=True)}


def whole(frame):
    table = frame.to_arrow_table()
    return table.column_names, table.columns


def copy(table: pa.Table, form: str):
    def write(path):
        context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(1))
        context.from_arrow(table, name="frame")
        context.sql(f"copy (select * from frame) to '{path}' stored as {form}").collect()

    return write


def of(values: dict, kind=None) -> pa.Table:
    return pa.table({name: pa.array(column, kind) if name == "logits" else pa.array(column) for name, column in values.items()})


F32 = pa.float32()
wide, with_loss, animals = of(columns()), of(columns(loss=True)), of(dict(zip(ANIMALS, LOGITS.T.copy(), strict=True)))
lists, nested = of(listed(), pa.list_(F32)), of(tokens(), pa.list_(pa.list_(F32)))
BESIDE = ("id", "text", "label", "loss")

PRODUCER = Producer(
    "DataFusion",
    datafusion.__version__,
    [
        Case("copy to, arrow", "wide.arrow", copy(wide, "arrow"), LOGITS, "a column a class", names=NAMES, beside=BESIDE[:3]),
        Case("copy to, arrow, a loss beside", "loss.arrow", copy(with_loss, "arrow"), None, "a column a class",
             refusal=Refusal(2, ("loss", "logit_"))),
        Case("copy to, arrow, list", "list.arrow", copy(lists, "arrow"), LOGITS, "list<float>", beside=BESIDE),
        Case("copy to, arrow, tokens x vocabulary", "tokens.arrow", copy(nested, "arrow"), TOKENS, "list<list<float>>",
             options=("--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("copy to, csv", "animals.csv", copy(animals, "csv"), LOGITS, "text", names=ANIMALS),
        Case("copy to, csv, with ids and labels", "wide.csv", copy(with_loss, "csv"), LOGITS, "quoted text, nulls",
             options=("--columns", "logit_*"), names=NAMES, beside=BESIDE),
        Case("copy to, parquet", "wide.parquet", copy(wide, "parquet"), LOGITS, "Parquet", names=NAMES, beside=BESIDE[:3],
             missing=PARQUET),
    ],
    read,
)
