"""Running logitmill, and PyTorch in float64 as the judge of its numbers."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent.parent
CLI = [os.environ.get("NODE", "node"), str(ROOT / "dist" / "cli.js")]
torch.set_num_threads(1)


def logitmill(*args, code: int = 0, stdin: bytes | None = None) -> subprocess.CompletedProcess:
    done = subprocess.run([*CLI, *map(str, args)], input=stdin, capture_output=True, timeout=300)
    assert done.returncode == code, f"exit {done.returncode}, not {code}: {done.stderr.decode()}"
    return done


def run(source: Path, *args) -> Path:
    """Runs `logitmill run` into a file beside the input; the summary must agree that all is well."""
    output = source.with_name(f"out-{len(list(source.parent.iterdir()))}.arrow")
    summary = json.loads(logitmill("run", source, "-o", output, "--summary", "-", *args).stdout)
    assert summary["status"] == "ok" and summary["output"]["bytes"] == output.stat().st_size
    assert "consistency" not in summary or summary["consistency"]["max_abs_difference"] < 1e-2
    return output


def reference(logits: np.ndarray, log: bool = False, dim: int = -1) -> np.ndarray:
    function = torch.log_softmax if log else torch.softmax
    return function(torch.tensor(np.asarray(logits, dtype=np.float64)), dim).numpy()


def ulp(values: np.ndarray, dtype: str) -> np.ndarray:
    info = np.finfo(dtype)
    with np.errstate(divide="ignore"):
        exponent = np.floor(np.log2(np.abs(values.astype(np.float64))))
    exponent = np.maximum(np.where(np.isfinite(exponent), exponent, -np.inf), np.log2(float(info.smallest_normal)))
    return np.exp2(exponent) * float(info.eps)


def assert_close(actual, expected: np.ndarray, dtype: str = "float32", log: bool = False) -> None:
    """Within 2 ulp of PyTorch's result in float64, and of what PyTorch's own rounding leaves open.

    Its float64 softmax is off by up to 512 ulp (measured over widths 4 to 128,256), that is 1.2e-13 relative; its
    log_softmax subtracts the maximum and the logarithm, so that its error is absolute.
    """
    actual = np.asarray(actual, dtype=np.float64)
    assert actual.shape == expected.shape
    open_by_torch = 1e-15 * (1 + np.abs(expected)) if log else 1.2e-13 * np.abs(expected)
    bound = 2 * ulp(expected, dtype) + open_by_torch
    worst = np.max(np.abs(actual - expected) / bound, initial=0)
    assert worst <= 1, f"{worst:.2f} times the bound"
