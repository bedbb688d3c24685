"""DuckDB: its results as Arrow, and COPY TO."""

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
from case import Case, Producer, Refusal, plain
from reasons import LIST_CELLS, NESTED, PARQUET
from truth import ANIMALS, LOGITS, NAMES, TENSOR, TOKENS, columns, listed, tokens


def read(path):
    dataset = pa.dataset.dataset(path, format="ipc")  # noqa: F841 (DuckDB finds it by its name)
    found = duckdb.sql("select * from dataset")
    rows = found.fetchall()
    return {name: [plain(row[at]) for row in rows] for at, name in enumerate(found.columns)}


def arrow(query: str, frame: pd.DataFrame):
    def write(path):
        duckdb.register("frame", frame)
        table = duckdb.sql(query).to_arrow_table()
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)

    return write


def copy(frame: pd.DataFrame, options: str = "", query: str = "select * from frame"):
    def write(path):
        duckdb.register("frame", frame)
        duckdb.sql(f"copy ({query}) to '{path}' {options}")

    return write


wide, with_loss, lists, nested = (pd.DataFrame(table) for table in (columns(), columns(loss=True), listed(), tokens()))
cubes = pd.DataFrame({"logits": TENSOR.tolist()})
animals = pd.DataFrame(LOGITS, columns=ANIMALS)
BESIDE = ("id", "text", "label")

PRODUCER = Producer(
    "DuckDB",
    duckdb.__version__,
    [
        Case("to_arrow_table", "wide.arrow", arrow("from frame", wide), LOGITS, "a column a class", names=NAMES, beside=BESIDE),
        Case("to_arrow_table, a loss beside", "loss.arrow", arrow("select * replace (loss::float as loss) from frame", with_loss), None,
             "a column a class", refusal=Refusal(2, ("loss", "logit_"))),
        Case("to_arrow_table of FLOAT[]", "list.arrow", arrow("select * replace (logits::float[] as logits) from frame", lists), LOGITS,
             "list<float>", beside=(*BESIDE, "loss")),
        Case("to_arrow_table of FLOAT[6]", "array.arrow", arrow("select * replace (logits::float[6] as logits) from frame", lists),
             LOGITS, "fixed_size_list<float>[6]", beside=(*BESIDE, "loss")),
        Case("to_arrow_table of FLOAT[][]", "tokens.arrow", arrow("select * replace (logits::float[][] as logits) from frame", nested),
             TOKENS, "list<list<float>>", options=("--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("to_arrow_table of FLOAT[7][3]", "cube.arrow", arrow("select logits::float[7][3] as logits from frame", cubes), TENSOR,
             "fixed_size_list<fixed_size_list<float>[7]>[3]"),
        Case("to_arrow_table of DECIMAL", "decimal.arrow",
             arrow("select id, " + ", ".join(f"{name}::decimal(12, 6) as {name}" for name in NAMES) + " from frame", wide),
             LOGITS.round(6), "a column of decimals a class", names=NAMES, refusal=Refusal(2, ("--dtype",))),
        Case("copy to", "animals.csv", copy(animals), LOGITS, "text", names=ANIMALS),
        Case("copy to, with ids and labels", "wide.csv", copy(with_loss), LOGITS, "quoted text, nulls",
             options=("--columns", "logit_*"), names=NAMES, beside=(*BESIDE, "loss")),
        Case("copy to, tabs", "animals.tsv", copy(animals, "(delimiter '\t')"), LOGITS, "tabs", names=ANIMALS),
        Case("copy to .gz", "animals.csv.gz", copy(animals), LOGITS, "gzip", names=ANIMALS),
        Case("copy to, lists", "lists.csv", copy(lists), LOGITS, "lists in cells: [0.5, 1.5]", options=("--column", "logits"),
             beside=(*BESIDE, "loss"), missing=LIST_CELLS),
        Case("copy to Parquet", "wide.parquet", copy(wide, "(format parquet)"), LOGITS, "Parquet", names=NAMES, beside=BESIDE,
             missing=PARQUET),
    ],
    read,
)
