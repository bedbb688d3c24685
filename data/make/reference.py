"""The expected numbers, in arithmetic of 400 digits, and the files that hold them. Shares nothing with logitmill."""

import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
HOSTILE = GOLDEN.parent / "hostile"
mpmath.mp.dps = 400


def reduce(row: list[float], temperature: float = 1, log: bool = False) -> list[float]:
    """softmax or log_softmax of one slice, each value the float64 nearest to the exact result.

    Special values as PyTorch has them on the CPU: NaN, +inf or -inf alone anywhere make the whole slice NaN.
    """
    if any(math.isnan(x) or x == math.inf for x in row) or all(x == -math.inf for x in row):
        return [math.nan] * len(row)
    scaled = [mpmath.mpf(x) / mpmath.mpf(temperature) for x in row]
    first = max(range(len(row)), key=lambda j: scaled[j])
    terms = [mpmath.exp(x - scaled[first]) for x in scaled]
    if not log:
        total = mpmath.fsum(terms)
        return [float(term / total) for term in terms]
    others = mpmath.fsum(term for j, term in enumerate(terms) if j != first)
    return [float(x - scaled[first] - mpmath.log1p(others)) for x in scaled]


def softmax(rows, temperature: float = 1):
    return [None if row is None else reduce(row, temperature) for row in rows]


def log_softmax(rows, temperature: float = 1):
    return [None if row is None else reduce(row, temperature, log=True) for row in rows]


def columns(rows) -> list[list]:
    """Rows to columns: what a wide table holds."""
    return [list(column) for column in zip(*rows)]


def nearest(text: str, dtype: str) -> float:
    """The value of `dtype` nearest to a decimal text, rounded once, ties to even; too large is infinity."""
    if dtype == "float64" or not math.isfinite(float(text)):
        return float(text)
    exact, kind, info = abs(Fraction(Decimal(text))), np.dtype(dtype).type, np.finfo(dtype)
    largest = Fraction(float(info.max))
    if exact >= largest + (largest - Fraction(float(np.nextafter(info.max, kind(0))))) / 2:
        return math.copysign(math.inf, float(text))
    with np.errstate(over="ignore"):
        guess = min(kind(abs(float(text))), info.max)
        near = [np.nextafter(guess, kind(0)), guess, np.nextafter(guess, kind(np.inf))]
    near = [value for value in near if np.isfinite(value)]
    best = min(near, key=lambda v: (abs(Fraction(float(v)) - exact), int(v.view(f"u{v.itemsize}")) & 1))
    return math.copysign(float(best), float(text))


def printable(value):
    """JSON has no NaN and no infinities: they are written as texts."""
    if isinstance(value, (list, tuple)):
        return [printable(item) for item in value]
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, (np.floating, np.integer)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value


def expect(name: str, why: str, *, folder: Path = GOLDEN, **expected) -> None:
    """Writes NAME.expected.json; the keys are described in data/README.md."""
    lines = [f"  {json.dumps(key)}: {json.dumps(printable(value))}" for key, value in expected.items()]
    text = ",\n".join([f'  "why": {json.dumps(why)}', *lines])
    (folder / f"{name}.expected.json").write_text("{\n" + text + "\n}\n")


def results(rows, op: str = "softmax", dtype: str = "float32", temperature: float = 1) -> dict:
    """`values`, `tolerance` and `sumOf` of a list column with the results of `op` on `rows`."""
    values, tolerance = {}, {}
    if op in ("softmax", "both"):
        values["probs"], tolerance["probs"] = softmax(rows, temperature), {"ulp": 2, "of": dtype}
    if op in ("log_softmax", "both"):
        values["log_probs"], tolerance["log_probs"] = log_softmax(rows, temperature), {"ulp": 2, "of": dtype}
    source = "log_probs" if op == "log_softmax" else "probs"
    return {"values": values, "tolerance": tolerance, "sumOf": sum_of([source], op, dtype)}


def sum_of(names: list[str], op: str, dtype: str) -> dict:
    """Adding float64 numbers up costs next to nothing; a kernel's exp of stored log-probabilities may cost 2^-24."""
    exp = op == "log_softmax"
    return {"columns": names, "exp": exp, "abs": 6e-8 if exp and dtype != "float64" else 1e-14}


def wide_results(rows, names: list[str], op: str = "softmax", dtype: str = "float32", temperature: float = 1) -> dict:
    """The same for one column a class."""
    values, tolerance = {}, {}
    ops = {"softmax": ["probs"], "log_softmax": ["log_probs"], "both": ["probs", "log_probs"]}[op]
    for result in ops:
        table = softmax(rows, temperature) if result == "probs" else log_softmax(rows, temperature)
        by_column = columns([row if row is not None else [None] * len(names) for row in table]) if rows else [[] for _ in names]
        for name, column in zip(names, by_column):
            key = f"{result}_{name}"
            values[key], tolerance[key] = column, {"ulp": 2, "of": dtype}
    first = list(values)[: len(names)]
    return {"values": values, "tolerance": tolerance, "sumOf": sum_of(first, op, dtype)}
