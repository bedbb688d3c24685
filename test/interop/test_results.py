"""The columns that --add brings, against PyTorch in float64."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from common import run
from readers import with_pyarrow

ADD = ["argmax", "max_prob", "margin", "entropy", "logsumexp", "topk:5"]
TINY = np.nextafter(np.float32(0), np.float32(1))


def rows(name: str, classes: int) -> np.ndarray:
    generator = np.random.default_rng(classes)
    logits = generator.normal(size=(200, classes)) * 8
    if name == "masked":
        logits[generator.random(logits.shape) < 0.7] = -np.inf
        logits[:, 3] = generator.normal(size=200)
    if name == "ties":
        logits = np.round(logits / 4)
    if name == "sure winners":
        logits[:, 2] += 60
    if name == "far apart":
        logits = generator.uniform(-3e38, 3e38, size=logits.shape)
    if name == "subnormal":
        logits = generator.uniform(-100, 0, size=logits.shape)
        logits[:, 0] = 3
    return logits.astype(np.float32)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("op", ["both", "none"])
@pytest.mark.parametrize("name", ["normal", "masked", "ties", "sure winners", "far apart", "subnormal"])
@pytest.mark.parametrize("classes", [5, 17, 1000])
def test_as_pytorch(tmp_path: Path, name: str, classes: int, op: str, temperature: float) -> None:
    logits = rows(name, classes)
    table = pa.table({"logits": pa.FixedSizeListArray.from_arrays(pa.array(logits.ravel()), classes)})
    with pa.ipc.new_file(tmp_path / "in.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=64)
    columns = with_pyarrow(run(tmp_path / "in.arrow", "--op", op, "--add", ",".join(ADD), "--temperature", str(temperature)))
    exact = torch.tensor(logits, dtype=torch.float64) / temperature
    probs = torch.softmax(exact, -1)

    def close(column: str, expected: torch.Tensor, rtol: float, atol: float = 0.0) -> None:
        np.testing.assert_allclose(np.array(columns[column], dtype=float), expected.numpy(), rtol=rtol, atol=atol, err_msg=column)

    # numpy's is the first of equal ones; PyTorch's is any.
    assert np.array_equal(columns["argmax"], logits.argmax(-1))
    close("max_prob", probs.max(-1).values, 2**-23)
    best = exact.topk(2).values
    close("margin", -torch.expm1(best[:, 1] - best[:, 0]) * probs.max(-1).values, 2**-23, TINY)
    close("logsumexp", torch.logsumexp(exact, -1), 2**-23, 2**-23)
    with np.errstate(all="ignore"):
        entropy = torch.special.entr(probs).sum(-1)
    close("entropy", entropy, 2**-22, 1e-14)
    assert min(columns["entropy"]) >= 0
    values, ids = torch.topk(exact, 5)
    ours = np.array(columns["topk_ids"])
    assert np.array_equal(np.take_along_axis(exact.numpy(), ours, -1), values.numpy())
    assert np.array_equal(ours, np.argsort(-logits.astype(float), -1, kind="stable")[:, :5])
    close("topk_probs", torch.gather(probs, -1, torch.tensor(ours, dtype=torch.int64)), 2**-21, TINY)
    outside = probs.scatter(-1, torch.tensor(ours, dtype=torch.int64), 0.0).sum(-1)
    close("topk_rest", outside, 2**-22, 1e-300)
    total = np.array(columns["topk_probs"], dtype=float).sum(-1) + np.array(columns["topk_rest"])
    np.testing.assert_allclose(total, 1, atol=1e-6)
    if op == "both":
        assert np.array_equal(np.array(columns["topk_probs"]), np.take_along_axis(np.array(columns["probs"]), ours, -1))
        logs = np.take_along_axis(np.array(columns["log_probs"]), ours, -1)
        assert np.array_equal(np.array(columns["topk_log_probs"]), logs)
