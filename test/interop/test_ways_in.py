"""The same text by other ways, as others write it, and files in parts: all give what the plain file does."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest
from common import assert_close, logitmill, reference, run

LOGITS = np.random.default_rng(5).normal(0, 4, (45_000, 6)).astype(np.float32)
FRAME = pd.DataFrame({"id": np.arange(len(LOGITS)), "word": [f'"{i}",\nx' for i in range(len(LOGITS))]} | {f"c{j}": LOGITS[:, j] for j in range(6)})
COLUMNS = ["--columns", "c0..c5"]


def by_pandas(path: Path) -> None:
    FRAME.to_csv(path, index=False, compression={"method": "gzip", "compresslevel": 1})


def by_pyarrow(path: Path) -> None:
    with pa.CompressedOutputStream(str(path), "zstd") as sink:
        sink.write(FRAME.to_csv(index=False).encode())


def by_polars(path: Path) -> None:
    path.write_bytes(gzip.compress(pl.from_pandas(FRAME).write_csv().encode(), 1))


@pytest.mark.parametrize("write", [by_pandas, by_pyarrow, by_polars])
def test_packed_text(tmp_path: Path, write) -> None:
    write(tmp_path / "in.csv")
    table = pa.ipc.open_file(run(tmp_path / "in.csv", *COLUMNS)).read_all()
    assert table["id"].to_pylist() == list(range(len(LOGITS)))
    assert table["word"].to_pylist() == FRAME["word"].tolist()
    assert_close(np.stack([table[f"probs_c{j}"].to_numpy() for j in range(6)], axis=1), reference(LOGITS))


def test_text_on_standard_in(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "in.csv", index=False)
    out = tmp_path / "out.arrow"
    logitmill("run", "-", "-o", out, *COLUMNS, stdin=(tmp_path / "in.csv").read_bytes())
    assert out.read_bytes() == run(tmp_path / "in.csv", *COLUMNS).read_bytes()


@pytest.mark.parametrize("kind", ["csv", "arrow"])
def test_parts_are_one_dataset(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"in.{kind}"
    if kind == "csv":
        FRAME.to_csv(source, index=False)
    else:
        with pa.ipc.new_file(source, pa.Schema.from_pandas(FRAME)) as writer:
            writer.write_table(pa.Table.from_pandas(FRAME), max_chunksize=7_001)
    (tmp_path / "parts").mkdir()
    for part in range(4):
        logitmill("run", source, "-o", tmp_path / "parts" / f"{part}.arrow", "--shard", f"{part}/4", *COLUMNS)
    whole = pa.ipc.open_file(run(source, *COLUMNS)).read_all()
    files = [str(tmp_path / "parts" / f"{part}.arrow") for part in range(4)]
    assert pa.dataset.dataset(files, format="ipc").to_table().equals(whole)
    assert pl.read_ipc(files).equals(pl.from_arrow(whole))
