"""Spark, by PySpark on the Java of the machine: toArrow, and the folders that its CSV writer makes."""

import pyarrow as pa
import pyspark
import pyspark.sql.types as kinds
from case import Case, Producer, Refusal
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession
from reasons import NESTED, VECTORS
from truth import IDS, LABELS, LOGITS, LOSSES, NAMES, TEXTS, TOKEN_IDS, TOKENS

LOCAL = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.log.level": "ERROR",
}
BESIDE = ("id", "text", "label")
_sessions: list[SparkSession] = []


def spark() -> SparkSession:
    if not _sessions:
        _sessions.append(SparkSession.builder.master("local[1]").config(map=LOCAL).getOrCreate())
    return _sessions[0]


def frame(columns: dict, fields: dict):
    schema = kinds.StructType([kinds.StructField(name, kind) for name, kind in fields.items()])
    return spark().createDataFrame(list(zip(*columns.values(), strict=True)), schema)


def wide(loss: bool = False):
    columns = {"id": IDS, "text": TEXTS, "label": LABELS, **({"loss": LOSSES} if loss else {})}
    fields = {"id": kinds.LongType(), "text": kinds.StringType(), "label": kinds.LongType()}
    scores = {name: LOGITS[:, j].tolist() for j, name in enumerate(NAMES)}
    floats = dict.fromkeys((["loss"] if loss else []) + NAMES, kinds.FloatType())
    return frame(columns | scores, fields | floats)


def lists():
    return frame(
        {"id": IDS, "loss": LOSSES, "logits": LOGITS.tolist()},
        {"id": kinds.LongType(), "loss": kinds.DoubleType(), "logits": kinds.ArrayType(kinds.FloatType())},
    )


def tokens():
    integers, floats = kinds.ArrayType(kinds.LongType()), kinds.ArrayType(kinds.ArrayType(kinds.FloatType()))
    columns = {"id": IDS, "input_ids": TOKEN_IDS, "logits": [row.tolist() for row in TOKENS]}
    return frame(columns, {"id": kinds.LongType(), "input_ids": integers, "logits": floats})


def vectors():
    return spark().createDataFrame([(i, Vectors.dense(row)) for i, row in zip(IDS, LOGITS.tolist(), strict=True)], ["id", "rawPrediction"])


def arrow(make):
    def write(path):
        table = make().toArrow()
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)

    return write


def part(make, **options):
    """The one part of a folder that Spark wrote."""

    def write(path):
        folder = path.with_name(f"{path.name}.parts")
        make().coalesce(1).write.csv(str(folder), **options)
        next(folder.glob("part-*")).rename(path)

    return write


def read(path):
    """By way of pandas, which is how a file of Arrow gets into Spark."""
    table = pa.ipc.open_file(path).read_all()
    rows = spark().createDataFrame(table).collect()
    return {name: [plain(row[name]) for row in rows] for name in table.column_names}


def plain(value):
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


PRODUCER = Producer(
    "Spark",
    pyspark.__version__,
    [
        Case("toArrow", "wide.arrow", arrow(wide), LOGITS, "a column a class", names=NAMES, beside=BESIDE),
        Case("toArrow, a loss beside", "loss.arrow", arrow(lambda: wide(loss=True)), None, "a column a class",
             refusal=Refusal(2, ("loss", "logit_"))),
        Case("toArrow of ArrayType", "list.arrow", arrow(lists), LOGITS, "list<float>", beside=("id", "loss")),
        Case("toArrow of ArrayType(ArrayType)", "tokens.arrow", arrow(tokens), TOKENS, "list<list<float>>",
             options=("--column", "logits"), beside=("id", "input_ids"), missing=NESTED),
        Case("toArrow of an ML vector", "vector.arrow", arrow(vectors), LOGITS, "struct<type, size, indices, values: list<double>>",
             beside=("id",), dtype="float64", refusal=Refusal(2, ("rawPrediction",)), missing=VECTORS),
        Case("write.csv with a header", "wide.csv", part(lambda: wide(loss=True), header=True), LOGITS, "quoted text, nulls",
             options=("--columns", "logit_*"), names=NAMES, beside=(*BESIDE, "loss")),
        Case("write.csv, tabs", "scores.tsv", part(lambda: wide().select(*NAMES), sep="\t"), LOGITS, "tabs, no header",
             names=[f"c{j}" for j in range(6)]),
    ],
    read,
)
