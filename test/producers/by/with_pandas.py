"""pandas: Feather and CSV, as to_feather and to_csv write them when nothing else is said."""

import pandas as pd
from case import Case, Producer, Refusal, plain
from reasons import HEADERS, LIST_CELLS, NESTED, PARQUET
from truth import ANIMALS, IDS, LOGITS, LOSSES, NAMES, TENSOR, TOKENS, columns, listed, tokens


def read(path):
    frame = pd.read_feather(path, dtype_backend="pyarrow")
    frame = frame.reset_index() if frame.index.name else frame
    return {name: [None if value is pd.NA else plain(value) for value in frame[name]] for name in frame}


def animals(**options):
    return pd.DataFrame(LOGITS, columns=ANIMALS, **options)


def two_levels():
    return pd.DataFrame(LOGITS, columns=pd.MultiIndex.from_product([["logits"], ANIMALS]))


wide, lists, nested = pd.DataFrame(columns()), pd.DataFrame(listed()), pd.DataFrame(tokens())
with_loss = pd.DataFrame(columns(loss=True))
BESIDE = ("id", "text", "label")
AMBIGUOUS = Refusal(2, ("loss", "logit_"))

PRODUCER = Producer(
    "pandas",
    pd.__version__,
    [
        Case("to_feather", "wide.feather", wide.to_feather, LOGITS, "a column a class, LZ4", names=NAMES, beside=BESIDE),
        Case("to_feather, a loss beside", "loss.feather", with_loss.to_feather, None, "a column a class, LZ4",
             refusal=AMBIGUOUS),
        Case("to_feather, --columns", "chosen.feather", with_loss.to_feather, LOGITS, "a column a class, LZ4",
             options=("--columns", "logit_*"), names=NAMES, beside=(*BESIDE, "loss")),
        Case("to_feather of a list a row", "list.feather", lists.to_feather, LOGITS, "list<double>, LZ4",
             dtype="float64", beside=(*BESIDE, "loss")),
        Case("to_feather of arrays", "arrays.feather", lambda path: pd.DataFrame({"id": IDS, "logits": list(LOGITS)}).to_feather(path),
             LOGITS, "list<float>, LZ4", beside=("id",)),
        Case("to_feather of tokens x vocabulary", "tokens.feather", nested.to_feather, TOKENS, "list<list<double>>, LZ4",
             options=("--column", "logits"), dtype="float64", beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("to_feather, nothing said", "which.feather", nested.to_feather, TOKENS, "list<list<double>>, list<int64>, LZ4",
             dtype="float64", beside=("id", "input_ids", "loss"), refusal=Refusal(2, ("logits",))),
        Case("to_feather with a float index", "index.feather", animals(index=pd.Index(LOSSES, name="loss")).to_feather, LOGITS,
             "a column a class, the index in a column", names=ANIMALS, beside=("loss",)),
        Case("to_feather, uncompressed", "plain.feather", lambda path: wide.to_feather(path, compression="uncompressed"), LOGITS,
             "a column a class", names=NAMES, beside=BESIDE),
        Case("to_feather, ZSTD", "zstd.feather", lambda path: wide.to_feather(path, compression="zstd"), LOGITS,
             "a column a class, ZSTD", names=NAMES, beside=BESIDE),
        Case("to_feather, float16", "half.feather", pd.DataFrame(columns(dtype="float16")).to_feather, LOGITS.astype("float16"),
             "a column of half floats a class", names=NAMES, beside=BESIDE, dtype="float16"),
        Case("to_csv", "index.csv", animals().to_csv, LOGITS, "an index without a name", names=ANIMALS, refusal=Refusal(2, ("cat..hen",))),
        Case("to_csv, index=False", "animals.csv", lambda path: animals().to_csv(path, index=False), LOGITS, "text", names=ANIMALS),
        Case("to_csv with ids and labels", "labels.csv", lambda path: wide.to_csv(path, index=False), LOGITS, "quoted text, nulls",
             names=NAMES, beside=BESIDE, refusal=Refusal(2, ("logit_",))),
        Case("to_csv, --columns", "chosen.csv", lambda path: with_loss.to_csv(path, index=False), LOGITS, "quoted text, nulls",
             options=("--columns", "logit_*"), names=NAMES, beside=(*BESIDE, "loss")),
        Case("to_csv.gz", "animals.csv.gz", lambda path: animals().to_csv(path, index=False), LOGITS, "gzip", names=ANIMALS),
        Case("to_csv.zst", "animals.csv.zst", lambda path: animals().to_csv(path, index=False), LOGITS, "zstd", names=ANIMALS),
        Case("to_csv with sep=';', decimal=','", "comma.csv", lambda path: animals().to_csv(path, index=False, sep=";", decimal=","),
             LOGITS, "decimal commas", options=("--decimal", ","), names=ANIMALS),
        Case("to_csv of a list a row", "lists.csv", lambda path: lists.to_csv(path, index=False), LOGITS,
             "lists in cells: [0.5, 1.5]", options=("--column", "logits"), beside=(*BESIDE, "loss"), missing=LIST_CELLS),
        Case("to_csv of arrays", "arrays.csv", lambda path: pd.DataFrame({"id": IDS, "logits": list(LOGITS)}).to_csv(path, index=False),
             LOGITS, "arrays in cells: [0.5 1.5]", options=("--column", "logits"), beside=("id",), missing=LIST_CELLS),
        Case("to_csv of arrays of 1,001", "cut.csv", lambda path: pd.DataFrame({"logits": list(TENSOR.reshape(1, -1).repeat(8, 1))})
             .to_csv(path, index=False), None, "arrays in cells, cut by an ellipsis", options=("--column", "logits"),
             refusal=Refusal(3, ("lost",)), missing=LIST_CELLS),
        Case("to_csv with integer labels", "integers.csv", lambda path: pd.DataFrame(LOGITS).to_csv(path, index=False), LOGITS,
             "header 0,1,2,…", names=[str(j) for j in range(6)]),
        Case("to_csv with integer labels and index", "numbered.csv", lambda path: pd.DataFrame(LOGITS).to_csv(path), LOGITS,
             "header ,0,1,2,…", names=[str(j) for j in range(6)], refusal=Refusal(2, ("--columns",))),
        Case("to_csv with two levels of columns", "levels.csv", lambda path: two_levels().to_csv(path, index=False), LOGITS,
             "two header lines", names=ANIMALS, refusal=Refusal(2, ("--skip-lines",)), missing=HEADERS),
        Case("to_parquet", "wide.parquet", wide.to_parquet, LOGITS, "Parquet", names=NAMES, beside=BESIDE, missing=PARQUET),
    ],
    read,
)
