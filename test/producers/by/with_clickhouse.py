"""ClickHouse, by chdb: its Arrow and text formats."""

import chdb
import pandas as pd
from case import Case, Producer, Refusal, plain
from reasons import LIST_CELLS, NESTED, TYPE_LINES
from truth import LOGITS, NAMES, TOKENS, columns, listed, tokens

wide, with_loss, lists, nested = (pd.DataFrame(table) for table in (columns(), columns(loss=True), listed(), tokens()))
BESIDE = ("id", "text", "label", "loss")
FLOATS, MATRICES = "* replace (logits::Array(Float32) as logits)", "* replace (logits::Array(Array(Float32)) as logits)"


def query(frame: pd.DataFrame, form: str, select: str = "*"):
    tables = {"frame": frame}

    def write(path):
        frame = tables["frame"]  # noqa: F841 (chdb finds it by its name)
        path.write_bytes(chdb.query(f"select {select} from Python(frame)", form).bytes())

    return write


def read(path):
    import json

    rows = [json.loads(line) for line in str(chdb.query(f"select * from file('{path}', Arrow)", "JSONEachRow")).splitlines()]
    return {name: [plain(row[name]) for row in rows] for name in rows[0]}


PRODUCER = Producer(
    "ClickHouse",
    chdb.query("select version()", "TabSeparatedRaw").bytes().decode().strip(),
    [
        Case("format Arrow", "wide.arrow", query(wide, "Arrow"), LOGITS, "a column a class, LZ4", names=NAMES, beside=BESIDE[:3]),
        Case("format ArrowStream", "list.arrows", query(lists, "ArrowStream", FLOATS), LOGITS, "list<float>, LZ4", beside=BESIDE),
        Case("format Arrow, a loss beside", "loss.arrow", query(with_loss, "Arrow"), None, "a column a class, LZ4",
             refusal=Refusal(2, ("loss", "logit_"))),
        Case("format Arrow, Array(Array)", "tokens.arrow", query(nested, "Arrow", MATRICES), TOKENS, "list<list<float>>, LZ4",
             options=("--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("format CSV", "scores.csv", query(wide[NAMES], "CSV"), LOGITS, "no header", names=[f"c{j}" for j in range(6)]),
        Case("format CSVWithNames", "wide.csv", query(with_loss, "CSVWithNames"), LOGITS, "all names quoted, \\N for null",
             options=("--columns", "logit_*", "--null-values", "\\N"), names=NAMES, beside=BESIDE),
        Case("format CSVWithNamesAndTypes", "types.csv", query(wide[NAMES], "CSVWithNamesAndTypes"), LOGITS, "a second line of types",
             names=NAMES, missing=TYPE_LINES),
        Case("format TSVWithNames", "wide.tsv", query(wide[NAMES], "TSVWithNames"), LOGITS, "tabs", names=NAMES),
        Case("format CSVWithNames, arrays", "lists.csv", query(lists, "CSVWithNames", FLOATS), LOGITS, "lists in cells: [0.5,1.5]",
             options=("--column", "logits"), beside=BESIDE, missing=LIST_CELLS),
    ],
    read,
)
