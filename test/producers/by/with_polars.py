"""Polars: IPC files and streams, and CSV."""

import polars as pl
from case import Case, Producer, Refusal, plain
from reasons import FOREIGN_TYPES, NESTED, PARQUET
from truth import ANIMALS, IDS, LOGITS, NAMES, RAGGED, TENSOR, TOKENS, columns, listed, tokens


def read(path):
    return {series.name: plain(series.to_list()) for series in pl.read_ipc(path)}


F32 = pl.Float32
wide, with_loss = pl.DataFrame(columns()), pl.DataFrame(columns(loss=True))
lists = pl.DataFrame(listed(), schema_overrides={"logits": pl.List(F32)})
arrays = pl.DataFrame(listed(), schema_overrides={"logits": pl.Array(F32, 6)})
nested = pl.DataFrame(tokens(), schema_overrides={"logits": pl.List(pl.List(F32))})
cubes = pl.DataFrame({"id": IDS, "logits": TENSOR})
halves = pl.DataFrame(listed(), schema_overrides={"logits": pl.List(pl.Float16)})
animals = pl.DataFrame(dict(zip(ANIMALS, LOGITS.T.copy(), strict=True)))
BESIDE = ("id", "text", "label")

PRODUCER = Producer(
    "Polars",
    pl.__version__,
    [
        Case("write_ipc", "wide.arrow", wide.write_ipc, LOGITS, "a column a class, string views", names=NAMES, beside=BESIDE),
        Case("write_ipc, a loss beside", "loss.arrow", with_loss.write_ipc, None, "a column a class",
             refusal=Refusal(2, ("loss", "logit_"))),
        Case("write_ipc of List", "list.arrow", lists.write_ipc, LOGITS, "large_list<float>", beside=(*BESIDE, "loss")),
        Case("write_ipc of List, ragged", "ragged.arrow",
             pl.DataFrame(listed(RAGGED), schema_overrides={"logits": pl.List(F32)}).write_ipc, RAGGED, "large_list<float>",
             beside=(*BESIDE, "loss")),
        Case("write_ipc of Array", "array.arrow", arrays.write_ipc, LOGITS, "fixed_size_list<float>[6]", beside=(*BESIDE, "loss")),
        Case("write_ipc of List of Float16", "half.arrow", halves.write_ipc, LOGITS.astype("float16"), "large_list<halffloat>",
             dtype="float16", beside=(*BESIDE, "loss")),
        Case("write_ipc of List of List", "tokens.arrow", nested.write_ipc, TOKENS, "large_list<large_list<float>>",
             options=("--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("write_ipc of tokens, nothing said", "which.arrow", nested.write_ipc, TOKENS,
             "large_list<large_list<float>>, large_list<int64>", refusal=Refusal(2, ("logits",))),
        Case("write_ipc of a 3-D NumPy array", "cube.arrow", cubes.write_ipc, TENSOR, "fixed_size_list<fixed_size_list<float>[7]>[3]",
             beside=("id",)),
        Case("write_ipc, LZ4", "lz4.arrow", lambda path: lists.write_ipc(path, compression="lz4"), LOGITS, "large_list<float>, LZ4",
             beside=(*BESIDE, "loss")),
        Case("write_ipc, ZSTD", "zstd.arrow", lambda path: wide.write_ipc(path, compression="zstd"), LOGITS, "a column a class, ZSTD",
             names=NAMES, beside=BESIDE),
        Case("write_ipc_stream", "list.arrows", lists.write_ipc_stream, LOGITS, "large_list<float>", beside=(*BESIDE, "loss")),
        Case("write_ipc, Int128 beside", "int128.arrow", lists.with_columns(pl.col("id").cast(pl.Int128)).write_ipc, None,
             "large_list<float>, Int128", refusal=Refusal(2, ("id", "--keep")), missing=FOREIGN_TYPES),
        Case("write_ipc, Int128 left out", "left.arrow", lists.with_columns(pl.col("id").cast(pl.Int128)).write_ipc, LOGITS,
             "large_list<float>, Int128", options=("--keep", "text,label"), beside=("text", "label"), missing=FOREIGN_TYPES),
        Case("write_ipc, Categorical and Decimal beside", "categories.arrow",
             lists.with_columns(pl.col("text").cast(pl.Categorical), pl.col("loss").cast(pl.Decimal(10, 4))).write_ipc, LOGITS,
             "large_list<float>, dictionary, decimal", beside=("id", "text", "label")),
        Case("write_csv", "animals.csv", animals.write_csv, LOGITS, "text", names=ANIMALS),
        Case("write_csv with ids and labels", "wide.csv", with_loss.write_csv, LOGITS, "quoted text, nulls",
             options=("--columns", "logit_*"), names=NAMES, beside=(*BESIDE, "loss")),
        Case("write_parquet", "wide.parquet", wide.write_parquet, LOGITS, "Parquet", names=NAMES, beside=BESIDE, missing=PARQUET),
    ],
    read,
)
