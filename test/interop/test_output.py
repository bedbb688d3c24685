"""Every form of our output is read by each reader, and holds PyTorch's numbers."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from common import ROOT, assert_close, reference, run
from readers import READERS

DIGITS = pa.ipc.open_file(ROOT / "data" / "digits.arrow").read_all()
LOGITS = np.array(DIGITS["logits"].to_pylist(), dtype=np.float32)
NAMES = [f"logit_{j}" for j in range(10)]
OPS = {"softmax": ["probs"], "log_softmax": ["log_probs"], "both": ["probs", "log_probs"]}
INPUTS = {"list": "digits.arrow", "wide": "digits-wide.arrow", "csv": "digits.csv"}
LAYOUTS = ("mirror", "list", "wide")


def result_columns(kind: str, layout: str, result: str) -> str | list[str]:
    """The names that the documentation promises."""
    wide = layout == "wide" or (layout == "mirror" and kind != "list")
    if not wide:
        return result
    if kind == "list":
        return [f"{result}_{j}" for j in range(10)]
    return [f"{result}_{name}" for name in NAMES]


def matrix(columns: dict[str, list], names: str | list[str]) -> np.ndarray:
    if isinstance(names, str):
        return np.array(columns[names], dtype=np.float64)
    return np.array([columns[name] for name in names], dtype=np.float64).T


@pytest.mark.parametrize("kept", [False, True], ids=["", "keep-logits"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("kind", INPUTS)
def test_every_form(tmp_path: Path, kind: str, op: str, layout: str, kept: bool) -> None:
    source = tmp_path / INPUTS[kind]
    source.symlink_to(ROOT / "data" / INPUTS[kind])
    args = ["--op", op, "--layout", layout, *(["--keep-logits"] if kept else []), *(["--columns", "logit_*"] if kind == "csv" else [])]
    output = run(source, *args)
    expected = {result: reference(LOGITS, log=result == "log_probs") for result in OPS[op]}
    for name, reader in READERS.items():
        columns = reader(output)
        assert columns["id"] == DIGITS["id"].to_pylist(), name
        assert columns["label"] == DIGITS["label"].to_pylist(), name
        for result, values in expected.items():
            assert_close(matrix(columns, result_columns(kind, layout, result)), values, log=result == "log_probs")
        if kept:
            assert np.array_equal(matrix(columns, "logits" if kind == "list" else NAMES).astype(np.float32), LOGITS), name
        first = matrix(columns, result_columns(kind, layout, OPS[op][0]))
        exact = [math.fsum(row) for row in (np.exp(first) if op == "log_softmax" else first)]
        assert np.allclose(columns["row_sum"], exact, rtol=0, atol=6e-8 if op == "log_softmax" else 1e-14), name
        assert np.abs(np.array(columns["row_sum"]) - 1).max() < 2e-6, name


@pytest.mark.parametrize("kind", INPUTS)
def test_buffers_are_aligned_to_64_bytes(tmp_path: Path, kind: str) -> None:
    source = tmp_path / INPUTS[kind]
    source.symlink_to(ROOT / "data" / INPUTS[kind])
    output = run(source, "--op", "both", *(["--columns", "logit_*"] if kind == "csv" else []))
    with pa.memory_map(str(output)) as mapped:
        start = mapped.read_buffer(8).address
        file = pa.ipc.open_file(mapped)
        for index in range(file.num_record_batches):
            for column in file.get_batch(index).columns:
                for buffer in column.buffers():
                    if buffer is not None and buffer.size > 0:
                        assert (buffer.address - start) % 64 == 0
