"""`validate` on what others wrote, streams through pipes, and the special values as PyTorch has them."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import torch
from common import ROOT, logitmill, reference, run
from readers import with_pyarrow

DIGITS = pa.ipc.open_file(ROOT / "data" / "digits.arrow").read_all()
LOGITS = np.array(DIGITS["logits"].to_pylist(), dtype=np.float32)


@pytest.mark.parametrize("op", ["softmax", "log_softmax"])
def test_validate_what_others_wrote(tmp_path: Path, op: str) -> None:
    function = torch.softmax if op == "softmax" else torch.log_softmax
    values = function(torch.tensor(LOGITS), -1).numpy()
    name = "p" if op == "softmax" else "logp"
    table = pa.table({name: pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 10)})
    with pa.ipc.new_file(tmp_path / "a.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    pl.DataFrame({f"p{j}": values[:, j] for j in range(10)}).write_ipc(tmp_path / "b.arrow")
    for file in ("a.arrow", "b.arrow"):
        logitmill("validate", tmp_path / file, "--op", op)
        logitmill("validate", tmp_path / file, "--op", op, "--tolerance", "1e-12", code=4)


SPECIAL = [
    [0.0, -np.inf, 1.0, 2.0], [-np.inf] * 4, [np.inf, 0.0, 1.0, 2.0], [np.nan, 0.0, 1.0, 2.0], [np.inf, -np.inf, np.nan, 0.0],
    [0.0, -104.0, -200.0, -1000.0], [1e8] * 4, [-1e8] * 4, [3e38, -3e38, 0.0, 3e38], [0.0, -0.0, 1e-45, -1e-45], [-np.inf, -np.inf, -np.inf, 5.0],
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(tmp_path: Path, dtype: str) -> None:
    logits = np.array(SPECIAL, dtype=dtype)
    table = pa.table({"logits": pa.FixedSizeListArray.from_arrays(pa.array(logits.ravel()), 4)})
    with pa.ipc.new_file(tmp_path / "in.arrow", table.schema) as writer:
        writer.write_table(table)
    columns = with_pyarrow(run(tmp_path / "in.arrow", "--op", "both", "--on-invalid", "keep"))
    info = np.finfo(dtype)
    for result in ("probs", "log_probs"):
        with np.errstate(over="ignore"):
            expected = reference(logits, log=result == "log_probs").astype(dtype)
        actual = np.array(columns[result], dtype=dtype)
        assert np.array_equal(np.isnan(actual), np.isnan(expected))
        assert np.array_equal(np.isinf(actual), np.isinf(expected))
        finite = np.isfinite(expected)
        assert np.allclose(actual[finite], expected[finite], rtol=4 * float(info.eps), atol=4 * float(info.smallest_subnormal) + (1e-15 if result == "log_probs" else 0))


def test_a_stream_through_pipes() -> None:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, DIGITS.schema) as writer:
        writer.write_table(DIGITS, max_chunksize=100)
    out = logitmill("run", "-", "-o", "-", stdin=sink.getvalue()).stdout
    table = pa.ipc.open_stream(out).read_all()
    assert table["id"].equals(DIGITS["id"]) and table.num_rows == 1797
    assert pl.read_ipc_stream(io.BytesIO(out)).height == 1797
    assert np.abs(np.array(table["row_sum"]) - 1).max() < 1e-6


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
@pytest.mark.parametrize("form", ["arrow", "stream"])
def test_compressed_output(tmp_path: Path, compression: str, form: str) -> None:
    plain, packed = tmp_path / "plain.arrow", tmp_path / "packed.arrow"
    logitmill("run", ROOT / "data" / "digits.arrow", "-o", plain)
    logitmill("run", ROOT / "data" / "digits.arrow", "-o", packed, "--compression", compression, "--format", form)
    opened = (pa.ipc.open_file if form == "arrow" else pa.ipc.open_stream)(packed).read_all()
    assert opened.equals(pa.ipc.open_file(plain).read_all())
    frame = (pl.read_ipc if form == "arrow" else pl.read_ipc_stream)(packed)
    assert frame.height == 1797
